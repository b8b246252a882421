package lambdahost

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// kafkaRecord is a record of a Kafka invocation.
type kafkaRecord struct {
	Topic     string
	Partition int
	Offset    int64
	Timestamp int64  // milliseconds since 1970
	Value     string // base64
}

// rabbitRecord is a message of a RabbitMQ invocation. Its own timestamp is in words and left alone.
type rabbitRecord struct {
	Data string // base64
}

// ordered is a message among others that it must not overtake.
type ordered struct {
	where string // for errors and for the dead letter's id: the same at every delivery
	body  string // base64
	since time.Time
}

// kafkaStreams returns the records of each partition.
func kafkaStreams(records map[string][]kafkaRecord) (streams [][]ordered) {
	for _, partition := range slices.Sorted(maps.Keys(records)) {
		var stream []ordered
		for _, r := range records[partition] {
			o := ordered{where: fmt.Sprintf("%s/%d/%d", r.Topic, r.Partition, r.Offset), body: r.Value}
			if r.Timestamp > 0 {
				o.since = time.UnixMilli(r.Timestamp)
			}
			stream = append(stream, o)
		}
		streams = append(streams, stream)
	}
	return streams
}

// rabbitStreams returns the messages of each queue.
func rabbitStreams(queues map[string][]rabbitRecord) (streams [][]ordered) {
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		var stream []ordered
		for n, r := range queues[name] {
			stream = append(stream, ordered{where: name + "/" + strconv.Itoa(n), body: r.Data})
		}
		streams = append(streams, stream)
	}
	return streams
}

// inOrder handles the messages of each stream one after another, and the streams side by side.
func (m messages) inOrder(ctx context.Context, streams [][]ordered) ([]byte, error) {
	ctx, cancel := early(ctx)
	defer cancel()
	faults := make([]error, len(streams))
	var work sync.WaitGroup
	for i, stream := range streams {
		work.Go(func() {
			for _, o := range stream {
				if faults[i] = m.settle(ctx, o); faults[i] != nil {
					return // those behind it wait for it
				}
			}
		})
	}
	work.Wait()
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return failures(nil)
}

// settle handles a message or gives it up. An error means that neither could be done in time.
func (m messages) settle(ctx context.Context, o ordered) error {
	e, err := decode(o.body)
	if o.since.IsZero() {
		o.since = e.Time // zero of what is no envelope
	}
	if err != nil {
		return m.bury(ctx, o, message.Stray(id.Derived(id.Message, o.body), o.body[:min(len(o.body), maxStray)]), err.Error(), 1)
	}
	if !m.wanted(e.Type) {
		return nil
	}
	for attempt := 1; ; attempt++ {
		began := m.Now()
		err := queue.Safely(ctx, m.Handler, e)
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("handle %s: %w", o.where, err) // its time was cut short: that is no attempt
		}
		v := m.Policy.Judge(err, attempt, began.Sub(o.since), rand.Float64())
		m.Observe(m.Group, e, v, m.Now().Sub(began))
		switch v.Action {
		case queue.Ack:
			return nil
		case queue.Dead:
			return m.bury(ctx, o, e, v.Reason, attempt)
		case queue.Wait:
			attempt-- // its time had not come
		case queue.Retry:
		}
		if !m.wait(ctx, v.After) {
			return fmt.Errorf("handle %s: no time left to try again: %w", o.where, err)
		}
	}
}

// wait returns false, at once, where ctx would end first.
func (m messages) wait(ctx context.Context, d time.Duration) bool {
	if end, ok := ctx.Deadline(); ok && time.Until(end) < d {
		return false
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (m messages) bury(ctx context.Context, o ordered, e message.Envelope, reason string, attempts int) error {
	if m.DeadLetters == nil {
		return fmt.Errorf("handle %s: %s; there is no place for dead letters", o.where, reason)
	}
	err := m.DeadLetters.AddDeadLetter(ctx, queue.DeadLetter{
		ID: id.DerivedAt(id.DeadLetter, o.since, m.Group, e.ID), Group: m.Group, Message: e, Reason: reason, Attempts: attempts, At: m.Now().UTC(),
	})
	if err != nil {
		return fmt.Errorf("give up %s (%s): %w", o.where, reason, err)
	}
	return nil
}

// maxStray is how much of a body that is no envelope is kept, in bytes of base64: a dead letter has its limit.
const maxStray = 64 << 10

func decode(body string) (message.Envelope, error) {
	b, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return message.Envelope{}, fault.Wrap(fault.Invalid, "not base64", err)
	}
	return message.Decode(b)
}

func parseAttempt(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err == nil && n < 1 {
		return 0, strconv.ErrRange
	}
	return n, err
}
