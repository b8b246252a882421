package mongostore

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

// Step does a step to a block; see inventory.Store. Most begin with a write that assumes the usual, and read only where it
// was refused.
func (s *Store) Step(ctx context.Context, b inventory.BlockID, step inventory.Step) (inventory.Block, error) {
	key := b.Key()
	found, err := s.step(ctx, key, step)
	if err != nil && !errors.Is(err, inventory.ErrTaken) && !errors.Is(err, inventory.ErrClosed) { // those are the answer, not a failure
		return found, fmt.Errorf("block %s: %w", key, err)
	}
	return found, err
}

func (s *Store) step(ctx context.Context, key string, step inventory.Step) (inventory.Block, error) {
	var found inventory.Block
	guess, guessed := usual(step)
	err := again(ctx, "step", func() (done bool, err error) {
		if guessed {
			guessed = false
			if found, done, err = s.change(ctx, key, &guess); done || err != nil {
				return done, err
			}
		}
		if found, err = s.block(ctx, key); err != nil {
			return false, err
		}
		next := found
		if changed, err := step.Apply(&next); err != nil || !changed {
			return true, err
		}
		replace := replacing(step.Slots, &found, &next)
		if step.Op == inventory.OpClose {
			replace = closing()
		}
		after, done, err := s.change(ctx, key, &replace)
		if done {
			found = after
		}
		return done, err
	})
	return found, err
}

// usual is the change that a step is if all is as its caller believes; false where that cannot be told unread.
func usual(step inventory.Step) (change, bool) {
	lapsed := step.Now.Add(-inventory.Grace).Unix()
	switch {
	case step.Op == inventory.OpClose:
		return closing(), true
	case step.Slots == 0:
	case step.Op == inventory.OpClaim && step.Expires >= lapsed: // so that no expiry moves back
		return claimFree(step), true
	case step.Op == inventory.OpConfirm:
		return confirmMine(step), true
	case step.Op == inventory.OpExtend:
		return extendMine(step), true
	case step.Op == inventory.OpRelease, step.Op == inventory.OpLetGo:
		return releaseMine(step), true
	}
	return change{}, false
}

// change makes a conditional change of a block and returns the block as it then is; false where the condition did not hold.
func (s *Store) change(ctx context.Context, key string, c *change) (inventory.Block, bool, error) {
	filter := append(bson.D{{Key: "_id", Value: key}}, c.condition...)
	opts := options.FindOneAndUpdate().SetReturnDocument(options.After).SetUpsert(c.absent)
	found, err := call(ctx, s, "step", func(ctx context.Context) (bson.Raw, error) {
		return s.blocks.FindOneAndUpdate(ctx, filter, c.update(), opts).Raw()
	})
	if errors.Is(err, mongo.ErrNoDocuments) || mongo.IsDuplicateKeyError(err) { // there is a block, of which it does not hold
		return inventory.Block{}, false, nil
	}
	if err != nil {
		return inventory.Block{}, false, faultOf("step", err)
	}
	b, err := readBlock(found)
	return b, err == nil, err
}

// block reads a block; an absent one is all free.
func (s *Store) block(ctx context.Context, key string) (inventory.Block, error) {
	found, err := s.one(ctx, s.blocks, key, nil)
	if err != nil || found == nil {
		return inventory.Block{}, err
	}
	return readBlock(found)
}

// How many documents are asked for in one call, and how many such calls of one are under way at a time: an answer of blocks
// is some 2 KB for each.
const (
	batchKeys   = 250
	batchAtOnce = 4
)

// batch reads the documents with ids and calls yield for each that exists, one call at a time, with the places in ids that
// it stands for.
func (s *Store) batch(ctx context.Context, c *mongo.Collection, ids []string, fields bson.D, yield func(at []int, found bson.Raw) error) error {
	places := make(map[string][]int, len(ids))
	distinct := make([]string, 0, len(ids))
	for i, name := range ids {
		if places[name] == nil {
			distinct = append(distinct, name)
		}
		places[name] = append(places[name], i)
	}
	opts := options.Find()
	if fields != nil {
		opts.SetProjection(fields)
	}
	var turn sync.Mutex
	some, ctx := errgroup.WithContext(ctx)
	some.SetLimit(batchAtOnce)
	for from := 0; from < len(distinct); from += batchKeys {
		some.Go(func() error {
			want := distinct[from:min(from+batchKeys, len(distinct))]
			found, err := s.many(ctx, c, bson.D{{Key: "_id", Value: bson.D{{Key: "$in", Value: want}}}}, opts)
			if err != nil {
				return err
			}
			turn.Lock()
			defer turn.Unlock()
			for _, doc := range found {
				name, ok := doc.Lookup("_id").StringValueOK()
				if !ok {
					return bad(errors.New("its id is no text"))
				}
				if err := yield(places[name], doc); err != nil {
					return about(err, name)
				}
			}
			return nil
		})
	}
	return some.Wait()
}

// Blocks reads blocks; see inventory.Store. Every read is strong.
func (s *Store) Blocks(ctx context.Context, blocks []inventory.BlockID, _ bool, yield func(int, *inventory.Block)) error {
	keys := make([]string, len(blocks))
	for i, b := range blocks {
		keys[i] = b.Key()
	}
	err := s.batch(ctx, s.blocks, keys, nil, func(at []int, found bson.Raw) error {
		b, err := readBlock(found)
		if err != nil {
			return err
		}
		for _, i := range at {
			yield(i, &b)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("blocks: %w", err)
	}
	return nil
}

func snapshotID(event id.Raw) string { return event.With("N#") }

// Snapshot returns an event's snapshot; see inventory.Store.
func (s *Store) Snapshot(ctx context.Context, event id.Raw) (inventory.Snapshot, error) {
	snap, found, err := get[inventory.Snapshot](ctx, s, s.booking.items, snapshotID(event))
	if err != nil || !found {
		return inventory.Snapshot{}, err
	}
	snap.Event = event
	return snap, nil
}

// PutSnapshot replaces a snapshot; see inventory.Store. The document's version is AsOf.
func (s *Store) PutSnapshot(ctx context.Context, snap inventory.Snapshot, prev time.Time, out ...outbox.Message) error {
	name := snapshotID(snap.Event)
	it, err := s.newItemAt(name, moment(snap.AsOf), snap, out)
	if err == nil {
		if it.turn = -1; !prev.IsZero() {
			it.prev = moment(prev)
		}
		err = s.booking.put(ctx, it)
	}
	return about(err, name)
}
