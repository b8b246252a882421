package outbox

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// Change is one record of an engine's change stream: an item was written or deleted. The changes of an item come in the
// order of its writes, as do all changes of a shard.
type Change struct {
	Sequence string    // the record's own number: decimal digits, rising within its shard
	Item     string    // the item's key, in any form that is always the same for the item
	At       time.Time // when it was written; the stream may round this down to the second
	Packed   []byte    // the attribute of the item as it was written; empty: the write announced nothing
}

// PassDeps is what Pass needs. Publish, Park and Now are required.
type PassDeps struct {
	// Publish sends messages, or returns an error: fault.Invalid where they can never be sent. Repeating it is safe.
	Publish func(ctx context.Context, ms ...message.Envelope) error
	// Park keeps what cannot be published: an encoded envelope, or, where it could not be unpacked, the attribute as it was.
	Park func(ctx context.Context, body []byte, reason string) error
	Now  func() time.Time
	// The hooks are for metrics and logs; nil: nobody. Failed also hears of what is parked.
	Published func(n int)
	Failed    func(err error)
}

const (
	passTime    = 30 * time.Second       // where ctx has no deadline
	passReserve = 500 * time.Millisecond // of ctx's time that is left to the caller
	passAtOnce  = 32                     // calls of Publish at a time
)

// Pass sends the messages of changes of one shard, as a function is given them, and returns the sequence numbers of the
// changes that are not done with, in order; nil: all are. Messages of one item go out in order, those of several items
// together and side by side. A timer that a later of the changes replaced before it was due is not sent; every other timer
// is sent at once, since nobody waits in a function: its consumer puts it off until it is due. What cannot be published is
// tried again, with jitter, for three quarters of the time until ctx's deadline, and then parked; what can never be is
// parked at once, and so is what cannot be read. Only what cannot be parked either has failed.
//
// The trigger's rule: of a partial batch response the lowest sequence number counts, and all changes from there on come
// again (https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html). Those that were sent are
// then sent twice, which consumers are made for.
func Pass(ctx context.Context, d PassDeps, changes []Change) (failed []string) {
	if len(changes) == 0 {
		return nil
	}
	left := passTime
	if deadline, ok := ctx.Deadline(); ok {
		left = max(0, time.Until(deadline)-passReserve)
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	r := newCarrier(d, carriage{atOnce: passAtOnce, batch: batchSize, until: time.Now().Add(left * 3 / 4)})
	r.accept("", changes)
	r.run(ctx, true)
	return r.unfinished("")
}

// ReadParked returns the messages of what was parked: an envelope, or packed messages that the program of that time could
// not read. Errors: fault.Invalid where it is neither.
func ReadParked(body []byte) ([]message.Envelope, error) {
	m, err := message.Decode(body)
	if err == nil {
		return []message.Envelope{m}, nil
	}
	packed, unread := Unpack(body)
	if unread != nil {
		return nil, fault.Wrap(fault.Invalid, "what was parked cannot be read", errors.Join(err, unread))
	}
	all := make([]message.Envelope, len(packed))
	for i, p := range packed {
		all[i] = p.Envelope
	}
	return all, nil
}
