package rabbitqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// publishTime is how long a publish is tried whose context says nothing of it.
const publishTime = 30 * time.Second

// Publish implements queue.Publisher. Where it fails, some of the messages may have been sent.
func (q *Queue) Publish(ctx context.Context, ms ...message.Envelope) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	ps := make([]*parcel, len(ms))
	for i, m := range ms {
		msg, err := encode(m)
		if err != nil {
			return fmt.Errorf("publish %s: %w", m.ID, err)
		}
		ps[i] = &parcel{exchange: q.exchange(), key: string(m.Type), must: q.d.Groups.Wanted(m.Type), msg: msg}
	}
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, "publish", err)
	}
	if len(ps) == 0 {
		return nil
	}
	return q.ship(ctx, q.front, ps)
}

// ship publishes parcels until all are confirmed, or ctx ends, or people have to help.
func (q *Queue) ship(ctx context.Context, by *renewed[*pipe], ps []*parcel) error {
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	var why error // of the latest try that ctx did not end
	for tries := 0; ; tries++ {
		p, err := by.get(ctx)
		if err == nil {
			if ps, err = p.send(ctx, ps); len(ps) == 0 {
				return nil
			}
			ps = fresh(ps)
		}
		switch {
		case errors.Is(err, errUnrouted):
			return q.unrouted(p, ps[0])
		case errors.Is(err, errAbsent):
			return fmt.Errorf("publish %d: %w", len(ps), err)
		case ctx.Err() == nil:
			why = err
			rest(ctx, tries)
			continue
		case why == nil:
			why = err
		}
		if !errors.Is(why, ctx.Err()) {
			why = fmt.Errorf("%w, after %d tries: %w", ctx.Err(), tries+1, why)
		}
		return fault.Wrap(fault.Unavailable, fmt.Sprintf("publish %d", len(ps)), why)
	}
}

// fresh returns copies, since the originals may still be under a writer's hands.
func fresh(ps []*parcel) []*parcel {
	all := make([]*parcel, len(ps))
	for i, p := range ps {
		all[i] = &parcel{exchange: p.exchange, key: p.key, must: p.must, msg: p.msg}
	}
	return all
}

// unrouted says which queue is missing, by what no queue takes.
func (q *Queue) unrouted(p *pipe, it *parcel) error {
	if it.exchange == "" {
		return absent("queue "+it.key, nil)
	}
	if err := q.bound(p.s); err != nil {
		return err
	}
	return absent("queue bound to "+it.exchange+" by "+it.key, nil)
}

// sendTo publishes one message to a queue itself.
func (q *Queue) sendTo(ctx context.Context, name string, p *parcel) error {
	p.key, p.must = name, true
	return q.ship(ctx, q.back, []*parcel{p})
}
