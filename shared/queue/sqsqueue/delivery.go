package sqsqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// FirstReceived is the attribute of SQS that a host of batches may hand on in queue.Delivery.Attributes beside those that
// were sent: when the message was first received, in Unix milliseconds. Without it the age of a message that was never put
// off counts from this delivery.
const FirstReceived = string(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp)

// longestDelay is the longest that SQS keeps back what was sent, in seconds.
const longestDelay = 900

// deliveryOf reads what SQS handed out.
func deliveryOf(m types.Message) queue.Delivery {
	attrs := make(map[string]string, len(m.MessageAttributes)+1)
	for name, v := range m.MessageAttributes {
		if v.StringValue != nil {
			attrs[name] = *v.StringValue
		}
	}
	attrs[FirstReceived] = m.Attributes[FirstReceived]
	received, err := strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if err != nil {
		received = 1
	}
	return queue.Delivery{
		ID: aws.ToString(m.MessageId), Receipt: aws.ToString(m.ReceiptHandle), Body: []byte(aws.ToString(m.Body)),
		Attempt: received, Attributes: attrs,
	}
}

// state is what is known of a delivery beside its body.
type state struct {
	attempt int       // from 1, over all copies
	first   time.Time // when the message was first delivered
	until   time.Time // zero: it is due
}

func stateOf(d queue.Delivery, now time.Time) state {
	before, err := strconv.Atoi(d.Attributes[attrAttempts])
	if err != nil || before < 0 {
		before = 0
	}
	s := state{attempt: before + max(1, d.Attempt), until: ofMillis(d.Attributes[attrUntil])}
	if s.first = ofMillis(d.Attributes[attrFirst]); s.first.IsZero() {
		s.first = ofMillis(d.Attributes[FirstReceived])
	}
	if s.first.IsZero() || s.first.After(now) {
		s.first = now
	}
	return s
}

// answer is what is left to do with a delivery.
type answer struct {
	again bool // else it is done with, and may be deleted
	after time.Duration
}

// early is how much too soon a message that was put off is let pass: the clocks differ, and a second is SQS's least.
const early = 500 * time.Millisecond

// judge hands a delivery to h and decides on it. Nothing has been done about it yet.
func (q *Queue) judge(ctx context.Context, group string, d queue.Delivery, h queue.Handler) (state, queue.Verdict) {
	began := time.Now()
	s := stateOf(d, began)
	if wait := s.until.Sub(began); wait > early {
		return s, queue.Verdict{Action: queue.Wait, After: wait}
	}
	m, err := message.Decode(d.Body)
	if err != nil {
		m = message.Envelope{ID: d.ID}
	} else {
		err = queue.Safely(ctx, h, m)
	}
	if err != nil && ctx.Err() != nil {
		return s, queue.Verdict{Action: queue.Retry} // the error is the stop's, and no attempt
	}
	v := q.d.Policy.Judge(err, s.attempt, time.Since(s.first), rand.Float64())
	if q.d.Observe != nil {
		q.d.Observe(group, m, v, time.Since(began))
	}
	return s, v
}

// settle does what was decided, except for deleting the delivery and for making it visible again.
func (q *Queue) settle(ctx context.Context, group string, d queue.Delivery, s state, v queue.Verdict) answer {
	switch v.Action {
	case queue.Retry:
		return answer{again: true, after: v.After}
	case queue.Wait:
		return q.putOff(ctx, group, d, s, v.After)
	case queue.Dead:
		return q.bury(ctx, group, d, s, v.Reason)
	case queue.Ack:
	}
	return answer{}
}

// putOff sends a copy that comes after wait, or after a part of it.
func (q *Queue) putOff(ctx context.Context, group string, d queue.Delivery, s state, wait time.Duration) answer {
	seconds := min(longestDelay, (wait+time.Second-1)/time.Second)
	e := entry{body: string(d.Body), delay: int32(max(0, seconds))}.
		with(attrType, d.Attributes[attrType]).
		with(attrAttempts, strconv.Itoa(s.attempt-1)). // this one counts none
		with(attrFirst, millis(s.first))
	if wait > longestDelay*time.Second {
		e = e.with(attrUntil, millis(time.Now().Add(wait)))
	}
	if err := q.sendOne(ctx, q.queueOf(group), e); err != nil {
		q.failed(fmt.Errorf("put off message %s: %w", d.ID, err))
		return answer{again: true, after: min(wait, q.d.Policy.Max)}
	}
	return answer{}
}

// bury sends a delivery to its group's dead letters.
func (q *Queue) bury(ctx context.Context, group string, d queue.Delivery, s state, reason string) answer {
	now := time.Now()
	e := entry{body: string(d.Body)}.
		with(attrType, d.Attributes[attrType]).
		with(attrDeadID, id.New(id.DeadLetter, now)).
		with(attrDeadAttempts, strconv.Itoa(s.attempt)).
		with(attrDeadAt, now.UTC().Format(time.RFC3339Nano)).
		withText(attrDeadReason, reason)
	if err := q.sendOne(ctx, q.deadOf(group), e); err != nil {
		q.failed(fmt.Errorf("bury message %s: %w", d.ID, err))
		return answer{again: true, after: q.d.Policy.Max}
	}
	return answer{}
}

// seconds rounds to whole ones at random, so that it is right on average: a wait of 0.3 s is none in 7 of 10 cases.
func seconds(d time.Duration, chance float64) int32 {
	const most = 12 * 60 * 60
	return int32(min(most, max(0, d.Seconds()+chance)))
}
