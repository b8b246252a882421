package embedstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

// Step does a step to a block; see inventory.Store.
func (s *Store) Step(ctx context.Context, b inventory.BlockID, step inventory.Step) (inventory.Block, error) {
	found, err := write(ctx, s, func(t *tx) (inventory.Block, error) {
		cached, err := t.block(b)
		if err != nil {
			return inventory.Block{}, err
		}
		changed, err := step.Apply(&cached.block)
		if changed && !cached.dirty {
			cached.dirty = true
			t.dirty = append(t.dirty, cached)
		}
		return cached.block, err
	})
	if err != nil && !errors.Is(err, inventory.ErrTaken) && !errors.Is(err, inventory.ErrClosed) { // those are the answer, not a failure
		return found, fmt.Errorf("block %s: %w", b.Key(), err)
	}
	return found, err
}

// Blocks reads blocks; see inventory.Store. Every read is strong.
func (s *Store) Blocks(ctx context.Context, blocks []inventory.BlockID, _ bool, yield func(int, *inventory.Block)) error {
	return s.atOnce(ctx, len(blocks), func(c *conn) error {
		var b inventory.Block
		for i := range blocks {
			st, err := c.first(getBlock, text(blocks[i].Key()))
			if err != nil {
				return err
			}
			if st == nil {
				continue
			}
			err = b.UnmarshalBinary(st.raw(0))
			st.reset()
			if err != nil {
				return fmt.Errorf("block %s: %w", blocks[i].Key(), err)
			}
			yield(i, &b)
		}
		return nil
	})
}

func snapshotKey(event id.Raw) (pk, sk string) { return event.With("S#"), "S" }

// Snapshot returns an event's snapshot; see inventory.Store.
func (s *Store) Snapshot(ctx context.Context, event id.Raw) (inventory.Snapshot, error) {
	pk, sk := snapshotKey(event)
	snap, found, err := load[inventory.Snapshot](ctx, s, s.booking, pk, sk)
	if err != nil || !found {
		return inventory.Snapshot{}, err
	}
	snap.Event = event
	return snap, nil
}

// PutSnapshot replaces a snapshot; see inventory.Store. The item's version is AsOf.
func (s *Store) PutSnapshot(ctx context.Context, snap inventory.Snapshot, prev time.Time, out ...outbox.Message) error {
	pk, sk := snapshotKey(snap.Event)
	it, err := s.newItem(pk, sk, snap.AsOf.UnixNano(), snap, out)
	if err != nil {
		return fmt.Errorf("snapshot %s: %w", pk, err)
	}
	var before int64
	if !prev.IsZero() {
		before = prev.UnixNano()
	}
	err = s.apply(ctx, func(t *tx) error { return t.putOver(s.booking, &it, before) })
	if err != nil {
		return fmt.Errorf("snapshot %s: %w", pk, err)
	}
	return nil
}

// load reads one item; false where there is none.
func load[T any](ctx context.Context, s *Store, sv *service, pk, sk string) (T, bool, error) {
	var zero T
	var doc []byte
	err := s.read(ctx, func(c *conn) (err error) {
		doc, err = c.load(sv, pk, sk)
		return err
	})
	if err != nil {
		return zero, false, fmt.Errorf("%s %s: %w", pk, sk, err)
	}
	if doc == nil {
		return zero, false, nil
	}
	v, err := decode[T](doc)
	if err != nil {
		return zero, false, fmt.Errorf("%s %s: %w", pk, sk, err)
	}
	return v, true, nil
}

// get is load for what must be there.
func get[T any](ctx context.Context, s *Store, sv *service, pk, sk string) (T, error) {
	v, found, err := load[T](ctx, s, sv, pk, sk)
	if err == nil && !found {
		err = fmt.Errorf("%s %s: %w", pk, sk, errNotFound)
	}
	return v, err
}

// put writes one item whose version is one more than what is stored.
func (s *Store) put(ctx context.Context, sv *service, pk, sk string, version int64, v any, out []outbox.Message) error {
	it, err := s.newItem(pk, sk, version, v, out)
	if err == nil {
		err = s.apply(ctx, func(t *tx) error { return t.put(sv, &it) })
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", pk, sk, err)
	}
	return nil
}
