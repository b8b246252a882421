package mongostore

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

// service is one service's aggregates and outbox.
type service struct {
	s     *Store
	items *mongo.Collection
	wake  chan struct{}
}

// awake tells the relay of this process that something is due.
func (sv *service) awake() {
	select {
	case sv.wake <- struct{}{}:
	default:
	}
}

// remembered is how many writes a document remembers having been: a call whose reply was lost finds itself among them, even
// where others wrote since.
const remembered = 8

// turnField is the field in which a document that has no versions to count by keeps whose turn its outbox is.
const turnField = "p"

// item is a document about to be written.
type item struct {
	id      string
	version any // what it is after the write
	prev    any // what is stored before; nil: nothing
	set     bson.D
	unset   []string
	out     []letter
	turn    int // which half of the outbox takes the messages of this write; -1: the one that did not take the last
}

// newItem makes an item of a document with a version, which is one more than what is stored.
func (s *Store) newItem(id string, version int64, doc any, out []outbox.Message) (*item, error) {
	if version < 1 {
		return nil, errStale
	}
	it, err := s.newItemAt(id, version, doc, out)
	if err != nil {
		return nil, err
	}
	if version > 1 {
		it.prev = version - 1
	}
	it.turn = int(version & 1)
	return it, nil
}

func (s *Store) newItemAt(id string, version, doc any, out []outbox.Message) (*item, error) {
	plain, err := json.Marshal(doc)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "the document cannot be stored", err)
	}
	it := &item{id: id, version: version, set: bson.D{{Key: "d", Value: string(plain)}}}
	if it.out, err = s.letters(out); err != nil {
		return nil, err
	}
	size := len(id) + len(plain)
	for _, l := range it.out {
		size += len(l.Message)
	}
	if size > maxDocument {
		return nil, fault.New(fault.Invalid, "", fmt.Sprintf("the document and its messages are larger than %d bytes", maxDocument))
	}
	return it, nil
}

// maxDocument is how large a document and the messages of one write may be: MongoDB's 16 MiB, with room for the rest.
// Source: https://www.mongodb.com/docs/manual/reference/limits/#bson-documents
const maxDocument = 15 << 20

// How often a write is tried again because what it is about changed between write and read, and how soon.
const (
	maxRaces = 64
	raceWait = 5 * time.Millisecond
)

var errRaces = fault.New(fault.Unavailable, "", "too many want the same at once")

// again calls try until it says that it is done, with a pause between two times.
func again(ctx context.Context, what string, try func() (done bool, err error)) error {
	for race := range maxRaces {
		if race > 1 {
			if err := pause(ctx, raceWait<<min(race-2, 4)); err != nil {
				return ended(what, err, nil)
			}
		}
		if done, err := try(); done || err != nil {
			return err
		}
	}
	return errRaces
}

// put writes an item where the stored version is what it says; otherwise errStale.
func (sv *service) put(ctx context.Context, it *item) error {
	write := rand.Int64()
	err := again(ctx, "write", func() (bool, error) {
		done, err := sv.write(ctx, it, write)
		if done || err != nil {
			return done, err
		}
		return sv.outcome(ctx, it, write)
	})
	if err == nil && slices.ContainsFunc(it.out, func(l letter) bool { return !l.Timer }) {
		sv.awake()
	}
	return err
}

// write makes the write; false where its condition did not hold, which a write that was applied before finds as well.
func (sv *service) write(ctx context.Context, it *item, write int64) (bool, error) {
	if it.prev == nil {
		_, err := call(ctx, sv.s, "write", func(ctx context.Context) (*mongo.InsertOneResult, error) {
			return sv.items.InsertOne(ctx, it.document(write))
		})
		if mongo.IsDuplicateKeyError(err) {
			return false, nil
		}
		return err == nil, faultOf("write", err)
	}
	turns := []int{it.turn}
	if it.turn < 0 {
		turns = []int{0, 1}
	}
	for _, turn := range turns {
		filter := bson.D{{Key: "_id", Value: it.id}, {Key: "v", Value: it.prev}}
		if it.turn < 0 {
			filter = append(filter, bson.E{Key: turnField, Value: 1 - turn})
		}
		change := it.change(write, turn, sv.s.now())
		res, err := call(ctx, sv.s, "write", func(ctx context.Context) (*mongo.UpdateResult, error) {
			return sv.items.UpdateOne(ctx, filter, change)
		})
		if err != nil || res.MatchedCount == 1 {
			return err == nil, faultOf("write", err)
		}
	}
	return false, nil
}

// due is when the first of the item's messages is.
func (it *item) due() int64 {
	return slices.MinFunc(it.out, func(a, b letter) int { return cmp.Compare(a.Due, b.Due) }).Due
}

// document is the item where nothing is stored.
func (it *item) document(write int64) bson.D {
	turn := max(it.turn, 0)
	doc := append(bson.D{{Key: "_id", Value: it.id}, {Key: "v", Value: it.version}, {Key: "w", Value: bson.A{write}}}, it.set...)
	if it.turn < 0 {
		doc = append(doc, bson.E{Key: turnField, Value: turn})
	}
	if len(it.out) > 0 {
		doc = append(doc, bson.E{Key: outboxes[turn], Value: named(it.out, write)}, bson.E{Key: pending, Value: it.due()})
	}
	return doc
}

// change is the item over what is stored. Its messages go to one half of the outbox, and from the other half go the timers
// of the write before that are neither due nor claimed: one update may not do both to the same array. That half has all
// such timers, because the write before took away those of its own predecessor.
func (it *item) change(write int64, turn int, now time.Time) bson.D {
	set := append(bson.D{{Key: "v", Value: it.version}}, it.set...)
	if it.turn < 0 {
		set = append(set, bson.E{Key: turnField, Value: turn})
	}
	push := bson.D{{Key: "w", Value: bson.D{{Key: "$each", Value: bson.A{write}}, {Key: "$slice", Value: -remembered}}}}
	if len(it.out) > 0 {
		push = append(push, bson.E{Key: outboxes[turn], Value: bson.D{{Key: "$each", Value: named(it.out, write)}}})
	}
	change := bson.D{
		{Key: "$set", Value: set},
		{Key: "$push", Value: push},
		{Key: "$pull", Value: bson.D{{Key: outboxes[1-turn], Value: bson.D{
			{Key: "t", Value: true}, {Key: "n", Value: bson.D{{Key: "$gt", Value: now.UnixMicro()}}}, {Key: "c.a", Value: unclaimed},
		}}}},
	}
	if len(it.out) > 0 {
		change = append(change, bson.E{Key: "$min", Value: bson.D{{Key: pending, Value: it.due()}}})
	}
	if len(it.unset) > 0 {
		var unset bson.D
		for _, field := range it.unset {
			unset = append(unset, bson.E{Key: field, Value: ""})
		}
		change = append(change, bson.E{Key: "$unset", Value: unset})
	}
	return change
}

// outcome says what became of a write whose condition did not hold. One that finds itself done was applied before its reply
// was lost. What the condition met need not be safe yet, and so not be seen by this read: then false, to try again.
func (sv *service) outcome(ctx context.Context, it *item, write int64) (bool, error) {
	found, err := sv.s.one(ctx, sv.items, it.id, bson.D{{Key: "v", Value: 1}, {Key: "w", Value: 1}})
	if err != nil {
		return false, err
	}
	if found == nil {
		if it.prev == nil {
			return false, nil
		}
		return false, errStale
	}
	var is struct {
		Version any     `bson:"v"`
		Writes  []int64 `bson:"w"`
	}
	if err := bson.Unmarshal(found, &is); err != nil {
		return false, bad(err)
	}
	switch {
	case slices.Contains(is.Writes, write):
		return true, nil
	case is.Version == it.prev:
		return false, nil
	}
	return false, errStale
}

// putDoc writes a document whose version is one more than what is stored.
func (sv *service) putDoc(ctx context.Context, id string, version int64, doc any, out []outbox.Message) error {
	it, err := sv.s.newItem(id, version, doc, out)
	if err == nil {
		err = sv.put(ctx, it)
	}
	return about(err, id)
}

// one reads a document; nil where there is none. fields may be nil: all.
func (s *Store) one(ctx context.Context, c *mongo.Collection, id string, fields bson.D) (bson.Raw, error) {
	opts := options.FindOne()
	if fields != nil {
		opts.SetProjection(fields)
	}
	found, err := call(ctx, s, "read", func(ctx context.Context) (bson.Raw, error) {
		return c.FindOne(ctx, bson.D{{Key: "_id", Value: id}}, opts).Raw()
	})
	if errors.Is(err, mongo.ErrNoDocuments) {
		return nil, nil
	}
	return found, faultOf("read", err)
}

// many reads documents.
func (s *Store) many(ctx context.Context, c *mongo.Collection, filter any, opts *options.FindOptionsBuilder) ([]bson.Raw, error) {
	found, err := call(ctx, s, "read", func(ctx context.Context) ([]bson.Raw, error) {
		cursor, err := c.Find(ctx, filter, opts)
		if err != nil {
			return nil, err
		}
		var all []bson.Raw
		err = cursor.All(ctx, &all)
		return all, err
	})
	return found, faultOf("read", err)
}

// stored is what a read of an item wants of it.
type stored struct {
	ID  string `bson:"_id"`
	Doc string `bson:"d"`
}

var storedFields = bson.D{{Key: "d", Value: 1}}

// decode reads an item's document.
func decode[T any](found bson.Raw) (id string, v T, err error) {
	var it stored
	if err := bson.Unmarshal(found, &it); err != nil {
		return "", v, bad(err)
	}
	if err := json.Unmarshal([]byte(it.Doc), &v); err != nil {
		return it.ID, v, bad(err)
	}
	return it.ID, v, nil
}

// get reads a document; false where there is none.
func get[T any](ctx context.Context, s *Store, c *mongo.Collection, id string) (v T, found bool, err error) {
	doc, err := s.one(ctx, c, id, storedFields)
	if err == nil && doc != nil {
		found = true
		_, v, err = decode[T](doc)
	}
	return v, found, about(err, id)
}

// must reads a document; where there is none it is fault.NotFound.
func must[T any](ctx context.Context, s *Store, c *mongo.Collection, id string) (T, error) {
	v, found, err := get[T](ctx, s, c, id)
	if err == nil && !found {
		err = about(errNotFound, id)
	}
	return v, err
}

// moment writes a time so that text sorts as time does, whatever its year, to the nanosecond.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000000Z") }
