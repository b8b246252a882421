package rabbitqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// early is how much too soon a message that was put off in steps is let pass: the clocks differ.
const early = 50 * time.Millisecond

// state is what is known of a delivery beside its body.
type state struct {
	attempt int       // from 1, over all copies
	first   time.Time // when the message was first delivered
	until   time.Time // zero: it is due
}

func stateOf(d amqp.Delivery, now time.Time) state {
	s := state{attempt: int(max(0, number(d.Headers, headAttempts))) + 1, first: instant(d.Headers, headFirst), until: instant(d.Headers, headUntil)}
	if s.first.IsZero() || s.first.After(now) {
		s.first = now
	}
	return s
}

// table is the headers of a copy, of which more attempts are counted; 0: this delivery was none.
func (s state) table(more int) amqp.Table {
	t := amqp.Table{headAttempts: int64(s.attempt - 1 + more), headFirst: s.first.UnixMilli()}
	if !s.until.IsZero() {
		t[headUntil] = s.until.UnixMilli()
	}
	return t
}

// one handles a delivery and does what was decided about it.
func (in *intake) one(ctx context.Context, d amqp.Delivery) {
	if ctx.Err() != nil {
		return // a stop before it began; the end of the channel gives it back
	}
	s, v := in.judge(ctx, d)
	switch v.Action {
	case queue.Ack:
	case queue.Retry, queue.Wait, queue.Dead:
		if !in.settle(ctx, d, s, v) {
			return
		}
	default:
		return
	}
	in.acks <- d.DeliveryTag
}

// judge hands a delivery to the handler and decides on it. The zero Verdict gives it back.
func (in *intake) judge(ctx context.Context, d amqp.Delivery) (state, queue.Verdict) {
	began := time.Now()
	s := stateOf(d, began)
	if wait := s.until.Sub(began); wait > early {
		return s, queue.Verdict{Action: queue.Wait, After: wait}
	}
	s.until = time.Time{}
	m, err := message.Decode(d.Body)
	if err != nil {
		m = message.Envelope{ID: d.MessageId}
	} else {
		err = queue.Safely(ctx, in.h, m)
	}
	if err != nil && ctx.Err() != nil {
		return s, queue.Verdict{} // the error is the stop's, and no attempt
	}
	v := in.q.d.Policy.Judge(err, s.attempt, time.Since(s.first), rand.Float64())
	if in.q.d.Observe != nil {
		in.q.d.Observe(in.group, m, v, time.Since(began))
	}
	return s, v
}

// settle publishes the copy that is to take a delivery's place, for as long as the delivery can be acked. It returns false
// where it is given back instead.
func (in *intake) settle(ctx context.Context, d amqp.Delivery, s state, v queue.Verdict) bool {
	name, p := in.q.copied(in.group, d, s, v, time.Now())
	for tries := 0; ; tries++ {
		trying, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		err := in.q.sendTo(trying, name, p)
		cancel()
		if err == nil {
			return true
		}
		in.q.failed(fmt.Errorf("message %s stays as it is for now: %w", d.MessageId, err))
		if ctx.Err() != nil || in.ch.IsClosed() {
			return false
		}
		rest(ctx, tries)
	}
}

// copied makes what takes a delivery's place and says to which queue it goes.
func (q *Queue) copied(group string, d amqp.Delivery, s state, v queue.Verdict, now time.Time) (name string, p *parcel) {
	p = &parcel{msg: again(d)}
	switch v.Action {
	case queue.Dead:
		p.msg.Headers = amqp.Table{
			headDeadID: id.New(id.DeadLetter, now), headDeadReason: text(v.Reason, maxReason), headDeadAttempts: int64(s.attempt),
			headDeadAt: now.UTC().Format(time.RFC3339Nano),
		}
		return q.deadOf(group), p
	case queue.Retry:
		p.msg.Headers = s.table(1)
	default:
		last := rungs[len(rungs)-1].most
		if s.until = (time.Time{}); v.After > last {
			s.until, v.After = now.Add(v.After), last
		}
		p.msg.Headers = s.table(0)
	}
	for _, r := range rungs {
		if v.After > 0 && v.After <= r.most {
			p.msg.Expiration = strconv.FormatInt(int64((v.After+time.Millisecond-1)/time.Millisecond), 10)
			return q.rungOf(group, r.name), p
		}
	}
	return q.queueOf(group), p
}
