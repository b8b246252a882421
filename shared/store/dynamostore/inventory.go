package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

// Step does a step to a block; see inventory.Store. Claim and confirm begin with a write that assumes the usual, and learn
// from its refusal; the others read first.
func (s *Store) Step(ctx context.Context, b inventory.BlockID, step inventory.Step) (inventory.Block, error) {
	pk := b.Key()
	found, err := s.step(ctx, pk, step)
	if err != nil && !errors.Is(err, inventory.ErrTaken) && !errors.Is(err, inventory.ErrClosed) { // those are the answer, not a failure
		return found, fmt.Errorf("block %s: %w", pk, err)
	}
	return found, err
}

// How often a step is tried again because a place that it is about changed between read and write, and how soon.
const (
	maxRaces = 64
	raceWait = 5 * time.Millisecond
)

func (s *Store) step(ctx context.Context, pk string, step inventory.Step) (inventory.Block, error) {
	var found inventory.Block
	var won bool
	var err error
	switch lapsed := step.Now.Add(-inventory.Grace).Unix(); {
	case step.Op == inventory.OpClose:
		found, _, err = s.change(ctx, pk, closing())
		return found, err
	case step.Op == inventory.OpClaim && step.Slots != 0 && step.Expires >= lapsed: // so that no expiry moves back
		claim := claimFree(step)
		claim.yield = step.Yield
		found, won, err = s.change(ctx, pk, claim)
	case step.Op == inventory.OpConfirm && step.Slots != 0:
		found, won, err = s.change(ctx, pk, confirmHeld(step))
	default:
		found, err = s.block(ctx, pk)
	}
	for race := 1; err == nil && !won; race++ {
		next := found
		changed, refused := step.Apply(&next)
		if refused != nil {
			return found, refused
		}
		if !changed || step.Slots == 0 {
			return found, nil
		}
		if race > 1 {
			if race > maxRaces {
				return found, fault.New(fault.Unavailable, "", "too many want the same places at once")
			}
			if err := pause(ctx, raceWait<<min(race-2, 4)); err != nil {
				return found, ended("write", err, nil)
			}
		}
		found, won, err = s.change(ctx, pk, replacing(step.Slots, &found, &next))
	}
	return found, err
}

// change makes a conditional change of a block and returns the block as it then is; or, with false, as it was found by the
// condition that did not hold.
func (s *Store) change(ctx context.Context, pk string, c change) (inventory.Block, bool, error) {
	in := &dynamodb.UpdateItemInput{
		TableName: &s.booking, Key: key(pk, blockSK), UpdateExpression: &c.update, ExpressionAttributeValues: c.values,
		ReturnValues:                        types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if c.condition != "" {
		in.ConditionExpression = &c.condition
	}
	out, err := call(ctx, s, "step", func(ctx context.Context) (*dynamodb.UpdateItemOutput, error) {
		out, err := s.api.UpdateItem(ctx, in)
		if c.yield && throttled(err) {
			return nil, inventory.ErrBusy
		}
		c.yield = false // what had no answer may have been done, and is not left for another block
		return out, err
	})
	if found, ok := refused(err); ok {
		b, err := readBlock(found)
		return b, false, err
	}
	if err != nil {
		return inventory.Block{}, false, faultOf("step", s.booking, err)
	}
	b, err := readBlock(out.Attributes)
	return b, true, err
}

// block reads a block strongly.
func (s *Store) block(ctx context.Context, pk string) (inventory.Block, error) {
	found, err := s.load(ctx, s.booking, pk, blockSK, true)
	if err != nil {
		return inventory.Block{}, err
	}
	return readBlock(found)
}

// Blocks reads blocks; see inventory.Store.
func (s *Store) Blocks(ctx context.Context, blocks []inventory.BlockID, strong bool, yield func(int, *inventory.Block)) error {
	pks := make([]string, len(blocks))
	for i, b := range blocks {
		pks[i] = b.Key()
	}
	err := s.batch(ctx, s.booking, pks, blockSK, strong, func(at []int, found attributes) error {
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

func snapshotKey(event id.Raw) (pk, sk string) { return event.With("E#"), "N" }

// Snapshot returns an event's snapshot; see inventory.Store.
func (s *Store) Snapshot(ctx context.Context, event id.Raw) (inventory.Snapshot, error) {
	pk, sk := snapshotKey(event)
	snap, found, err := get[inventory.Snapshot](ctx, s, s.booking, pk, sk)
	if err != nil || !found {
		return inventory.Snapshot{}, err
	}
	snap.Event = event
	return snap, nil
}

// PutSnapshot replaces a snapshot; see inventory.Store. The item's version is AsOf.
func (s *Store) PutSnapshot(ctx context.Context, snap inventory.Snapshot, prev time.Time, out ...outbox.Message) error {
	pk, sk := snapshotKey(snap.Event)
	it, err := newItem(s.booking, pk, sk, nanoseconds(snap.AsOf), snap, out)
	if err == nil {
		var was types.AttributeValue
		if !prev.IsZero() {
			was = nanoseconds(prev)
		}
		err = s.put(ctx, it, was)
	}
	return about(err, pk, sk)
}
