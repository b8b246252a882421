package kafkaqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// handle hands an item to the handler and does what was decided about it; true when it is done with. Else it waits for its
// time, or its partition is not this subscriber's any more.
func (s *subscriber) handle(p *part, it *item) (over bool) {
	began := time.Now()
	if it.first.IsZero() || it.first.After(began) {
		it.first = began
	}
	m, err := message.Decode(it.raw)
	if err != nil {
		m = message.Envelope{ID: it.name, Subject: it.subject}
	} else {
		err = queue.Safely(p.ctx, s.h, m)
	}
	if err != nil && p.ctx.Err() != nil {
		return false // the error is the stop's, and no attempt
	}
	v := s.q.d.Policy.Judge(err, it.attempts+1, time.Since(it.first), rand.Float64())
	if s.q.d.Observe != nil {
		s.q.d.Observe(s.group, m, v, time.Since(began))
	}
	switch v.Action {
	case queue.Ack:
		return true
	case queue.Dead:
		now := time.Now()
		letter := s.q.letter(queue.DeadLetter{
			ID: id.New(id.DeadLetter, now), Group: s.group, Message: m, Reason: v.Reason, Attempts: it.attempts + 1, At: now,
		}, it.raw)
		return s.insist(p, it, func(ctx context.Context) error { return s.q.produce(ctx, letter) })
	case queue.Retry:
		it.attempts++
	case queue.Wait:
	}
	if it.until = time.Now().Add(v.After); v.After > s.q.d.Hold {
		s.insist(p, it, func(ctx context.Context) error { return s.storeNow(ctx, p, it) })
	}
	return false
}

// insist does what has to be done before an item can be left, until it is done, or a stop comes and one try more fails.
func (s *subscriber) insist(p *part, it *item, do func(ctx context.Context) error) bool {
	for tries := 0; ; tries++ {
		stopping := p.ctx.Err() != nil
		ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), settleTime)
		err := do(ctx)
		cancel()
		if err == nil {
			return true
		}
		s.q.failed(fmt.Errorf("message %s of %s/%d stays as it is for now: %w", it.name, s.group, p.n, err))
		if stopping {
			return false
		}
		rest(p.ctx, tries)
	}
}
