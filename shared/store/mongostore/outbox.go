package mongostore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// outboxes are the fields that a document's pending messages are in, by turns; see item.change.
var outboxes = [2]string{"outbox0", "outbox1"}

// pending is the field that says from when on a document is to be looked at for what is due in it: never later than that
// is. A document without messages lacks it.
const pending = "q"

// unclaimed is when a message was claimed that never was: before any lease.
const unclaimed int64 = math.MinInt64

// letter is a message as it is kept. Times are Unix microseconds: nanoseconds would not reach year 1 or 3000.
type letter struct {
	Name    string `bson:"i"`           // the write that queued it, and its place in that
	Due     int64  `bson:"n"`           // NotBefore, or when it was queued
	Timer   bool   `bson:"t,omitempty"` // it has a NotBefore that had not come
	Claim   claim  `bson:"c"`
	Message string `bson:"m,omitempty"` // JSON
}

// claim is when a message was claimed, and in which call. It is one field, so that both change in one place.
type claim struct {
	At int64 `bson:"a"`
	By int64 `bson:"b,omitempty"`
}

// letters prepares messages. A timer that is due by now is none.
func (s *Store) letters(out []outbox.Message) ([]letter, error) {
	if len(out) == 0 {
		return nil, nil
	}
	now := s.now()
	all := make([]letter, len(out))
	for i, m := range out {
		doc, err := m.Encode()
		if err != nil {
			return nil, fmt.Errorf("message %s: %w", m.ID, err)
		}
		since := m.Time
		if !m.NotBefore.IsZero() {
			since = m.NotBefore
		}
		l := letter{Due: since.UnixMicro(), Timer: m.NotBefore.After(now), Claim: claim{At: unclaimed}, Message: string(doc)}
		if !l.Timer { // due now, whatever its own clock said
			l.Due = min(l.Due, now.UnixMicro())
		}
		all[i] = l
	}
	return all, nil
}

// named are the letters of a write.
func named(all []letter, write int64) []letter {
	all = slices.Clone(all)
	for i := range all {
		all[i].Name = strconv.FormatUint(uint64(write), 16) + "." + strconv.Itoa(i)
	}
	return all
}

// CatalogOutbox returns the messages of the Event Service.
func (s *Store) CatalogOutbox() outbox.Source { return s.catalog }

// BookingOutbox returns the messages of the Booking Service.
func (s *Store) BookingOutbox() outbox.Source { return s.booking }

// Wake receives after this process queued a message that is to be sent at once.
func (sv *service) Wake() <-chan struct{} { return sv.wake }

// letterAt is a message in its document.
type letterAt struct {
	letter
	doc  string
	turn int
}

func byDue(a, b letterAt) int { return cmp.Compare(a.Due, b.Due) }

// ref names a message: "0/3f2a.0/U#…".
func (f *letterAt) ref() string { return strconv.Itoa(f.turn) + "/" + f.Name + "/" + f.doc }

// parseRef reads a ref; false where it is none.
func parseRef(ref string) (f letterAt, ok bool) {
	turn, rest, cut := strings.Cut(ref, "/")
	if !cut || turn != "0" && turn != "1" {
		return f, false
	}
	f.turn = int(turn[0] - '0')
	f.Name, f.doc, ok = strings.Cut(rest, "/")
	return f, ok && f.Name != "" && f.doc != ""
}

// boxes is a document's outbox, or part of what is in it.
type boxes struct {
	ID      string   `bson:"_id"`
	Version any      `bson:"v"`
	Pending int64    `bson:"q"`
	Zero    []letter `bson:"outbox0"`
	One     []letter `bson:"outbox1"`
}

// claimFields are what is to be known of a document in order to claim of its messages.
var claimFields = bson.D{
	{Key: "v", Value: 1},
	{Key: pending, Value: 1},
	{Key: "outbox0.i", Value: 1},
	{Key: "outbox0.n", Value: 1},
	{Key: "outbox0.c", Value: 1},
	{Key: "outbox1.i", Value: 1},
	{Key: "outbox1.n", Value: 1},
	{Key: "outbox1.c", Value: 1},
}

func (b *boxes) letters() []letterAt {
	var all []letterAt
	for turn, box := range [][]letter{b.Zero, b.One} {
		for _, l := range box {
			all = append(all, letterAt{letter: l, doc: b.ID, turn: turn})
		}
	}
	return all
}

// Claim claims messages; see outbox.Source. It looks for what is free, writes its name on as much of it as it may have, and
// takes what carries the name: so what another was first to claim is that one's, and a claim that is applied twice is one.
func (sv *service) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]outbox.Pending, error) {
	at, expired := now.UnixMicro(), now.Add(-lease).UnixMicro()
	free, err := sv.free(ctx, at, expired, limit)
	if err != nil || len(free) == 0 {
		return nil, wrapOutbox("claim", err)
	}
	mine := claim{At: at, By: 1 + rand.Int64N(math.MaxInt64)}
	if err := sv.claim(ctx, free, mine, expired); err != nil {
		return nil, wrapOutbox("claim", err)
	}
	taken, err := sv.taken(ctx, free, mine)
	if err != nil {
		return nil, wrapOutbox("claim", err)
	}
	all := make([]outbox.Pending, 0, len(taken))
	for i := range taken {
		var m message.Envelope
		if err := json.Unmarshal([]byte(taken[i].Message), &m); err != nil {
			continue // it stays, and Depth tells of it; the others must not wait for it
		}
		all = append(all, outbox.Pending{Ref: taken[i].ref(), Message: m})
	}
	return all, nil
}

// free returns up to limit messages that can be claimed, the oldest first. On the way it puts right when the documents that
// it finds are to be looked at again.
func (sv *service) free(ctx context.Context, at, expired int64, limit int) ([]letterAt, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	var due []*boxes
	all, err := call(ctx, sv.s, "claim", func(ctx context.Context) (all []letterAt, err error) {
		cursor, err := sv.items.Find(ctx, bson.D{{Key: pending, Value: bson.D{{Key: "$lte", Value: at}}}},
			options.Find().SetSort(bson.D{{Key: pending, Value: 1}}).SetBatchSize(int32(min(limit, 1000)+1)).SetProjection(claimFields))
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, cursor.Close(context.WithoutCancel(ctx))) }()
		due = nil
		for cursor.Next(ctx) {
			var b boxes
			if err := cursor.Decode(&b); err != nil {
				return nil, bad(err)
			}
			if len(all) >= limit { // what is found from here on is not older than b.Pending
				if slices.SortStableFunc(all, byDue); all[limit-1].Due <= b.Pending {
					break
				}
			}
			free := false
			for _, l := range b.letters() {
				if l.Due <= at && l.Claim.At <= expired {
					all, free = append(all, l), true
				}
			}
			if !free {
				due = append(due, &b)
			}
		}
		return all, cursor.Err()
	})
	for _, b := range due {
		if err == nil {
			err = sv.settle(ctx, b, at)
		}
	}
	slices.SortStableFunc(all, byDue)
	return all[:min(len(all), limit)], faultOf("claim", err)
}

// settle moves on when a document is to be looked at to when its next message is due, where that is not yet: the message
// that was due before was sent, or was a timer that was replaced. Only a write of the document can have queued more since.
func (sv *service) settle(ctx context.Context, b *boxes, at int64) error {
	change := bson.D{{Key: "$unset", Value: bson.D{{Key: pending, Value: ""}}}}
	if all := b.letters(); len(all) > 0 {
		next := slices.MinFunc(all, byDue).Due
		if next <= at {
			return nil // it is another's for now
		}
		change = bson.D{{Key: "$set", Value: bson.D{{Key: pending, Value: next}}}}
	}
	_, err := call(ctx, sv.s, "claim", func(ctx context.Context) (*mongo.UpdateResult, error) {
		return sv.items.UpdateOne(ctx, bson.D{{Key: "_id", Value: b.ID}, {Key: "v", Value: b.Version}, {Key: pending, Value: b.Pending}}, change)
	})
	return err
}

// half is one half of a document's outbox.
type half struct {
	doc  string
	turn int
}

// byHalf sorts messages' names by where they are.
func byHalf(all []letterAt) map[half][]string {
	names := map[half][]string{}
	for _, f := range all {
		h := half{f.doc, f.turn}
		names[h] = append(names[h], f.Name)
	}
	return names
}

// claim writes a claim on those of the messages that are still free.
func (sv *service) claim(ctx context.Context, free []letterAt, mine claim, expired int64) error {
	var changes []mongo.WriteModel
	for h, names := range byHalf(free) {
		field := outboxes[h.turn]
		some := bson.D{{Key: "$in", Value: names}}
		changes = append(changes, mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: h.doc}, {Key: field + ".i", Value: some}}).
			SetUpdate(bson.D{{Key: "$set", Value: bson.D{{Key: field + ".$[x].c", Value: mine}}}}).
			SetArrayFilters([]any{bson.D{{Key: "x.i", Value: some}, {Key: "x.c.a", Value: bson.D{{Key: "$lte", Value: expired}}}}}))
	}
	return sv.bulk(ctx, "claim", changes)
}

// taken reads those of the messages that carry a claim, in their order.
func (sv *service) taken(ctx context.Context, asked []letterAt, by claim) ([]letterAt, error) {
	var ids []string
	for _, f := range asked {
		ids = append(ids, f.doc)
	}
	mine := map[string]letterAt{}
	err := sv.s.batch(ctx, sv.items, ids, bson.D{{Key: outboxes[0], Value: 1}, {Key: outboxes[1], Value: 1}}, func(_ []int, doc bson.Raw) error {
		var b boxes
		if err := bson.Unmarshal(doc, &b); err != nil {
			return bad(err)
		}
		for _, f := range b.letters() {
			if f.Claim == by {
				mine[f.ref()] = f
			}
		}
		return nil
	})
	var all []letterAt
	for _, f := range asked {
		if m, ok := mine[f.ref()]; ok {
			all = append(all, m)
		}
	}
	return all, err
}

// MarkSent forgets messages; see outbox.Source. What it leaves empty goes as well, so that documents without
// messages are in no index of the outbox.
func (sv *service) MarkSent(ctx context.Context, refs []string) error {
	var all []letterAt
	for _, ref := range refs {
		if f, ok := parseRef(ref); ok {
			all = append(all, f)
		}
	}
	var changes []mongo.WriteModel
	for h, names := range byHalf(all) {
		changes = append(changes, mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: h.doc}}).
			SetUpdate(bson.D{{Key: "$pull", Value: bson.D{{
				Key: outboxes[h.turn], Value: bson.D{{Key: "i", Value: bson.D{{Key: "$in", Value: names}}}},
			}}}}))
		for _, field := range outboxes {
			changes = append(changes, mongo.NewUpdateOneModel().
				SetFilter(bson.D{{Key: "_id", Value: h.doc}, {Key: field, Value: bson.D{{Key: "$size", Value: 0}}}}).
				SetUpdate(bson.D{{Key: "$unset", Value: bson.D{{Key: field, Value: ""}}}}))
		}
		changes = append(changes, mongo.NewUpdateOneModel().
			SetFilter(bson.D{{Key: "_id", Value: h.doc}, {Key: outboxes[0], Value: absent}, {Key: outboxes[1], Value: absent}}).
			SetUpdate(bson.D{{Key: "$unset", Value: bson.D{{Key: pending, Value: ""}}}}))
	}
	return wrapOutbox("mark sent", sv.bulk(ctx, "mark sent", changes))
}

// maxBulk is how many changes go in one command.
const maxBulk = 1000

// bulk makes changes, in order. Each is right when it is applied twice, and so are all of them.
func (sv *service) bulk(ctx context.Context, what string, changes []mongo.WriteModel) error {
	for some := range slices.Chunk(changes, maxBulk) {
		_, err := call(ctx, sv.s, what, func(ctx context.Context) (*mongo.BulkWriteResult, error) {
			return sv.items.BulkWrite(ctx, some)
		})
		if err != nil {
			return faultOf(what, err)
		}
	}
	return ctx.Err()
}

// Depth counts what is due and unsent; see outbox.Source.
func (sv *service) Depth(ctx context.Context, now time.Time) (n int, oldest time.Time, err error) {
	first := int64(math.MaxInt64)
	for _, field := range outboxes {
		due := func(name string) bson.D {
			return bson.D{{Key: "$match", Value: bson.D{{Key: name, Value: bson.D{{Key: "$lte", Value: now.UnixMicro()}}}}}}
		}
		steps := bson.A{
			due(pending),
			bson.D{{Key: "$unwind", Value: "$" + field}},
			due(field + ".n"),
			bson.D{{Key: "$group", Value: bson.D{
				{Key: "_id", Value: nil},
				{Key: "count", Value: bson.D{{Key: "$sum", Value: 1}}},
				{Key: "first", Value: bson.D{{Key: "$min", Value: "$" + field + ".n"}}},
			}}},
		}
		sum, err := aggregate[struct {
			Count int   `bson:"count"`
			First int64 `bson:"first"`
		}](ctx, sv.s, sv.items, steps)
		if err != nil {
			return 0, time.Time{}, wrapOutbox("depth", err)
		}
		for _, some := range sum {
			n, first = n+some.Count, min(first, some.First)
		}
	}
	if n > 0 {
		oldest = time.UnixMicro(first).UTC()
	}
	return n, oldest, nil
}

// aggregate runs a pipeline that reads.
func aggregate[T any](ctx context.Context, s *Store, c *mongo.Collection, steps bson.A) ([]T, error) {
	all, err := call(ctx, s, "read", func(ctx context.Context) ([]T, error) {
		cursor, err := c.Aggregate(ctx, steps)
		if err != nil {
			return nil, err
		}
		var all []T
		err = cursor.All(ctx, &all)
		return all, err
	})
	return all, faultOf("read", err)
}

func wrapOutbox(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("outbox %s: %w", what, err)
}
