package queuetest_test

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/queuetest"
)

// brokersBugs are promises of brokers with triggers broken on purpose, and cases that must notice.
var brokersBugs = []struct{ bug, found string }{
	{"redriven-reaches-every-group", "redriven-message-reaches-its-group-alone"},
	{"redriven-is-lost", "redriven-message-reaches-its-group-alone redriven-message-begins-anew"},
	{"redriven-keeps-its-attempts", "redriven-message-begins-anew"},
	{"unknown-groups-are-taken", "redrive-to-an-unknown-group-is-invalid"},
	{"parked-becomes-text", "parked-messages-come-back-as-they-were"},
	{"parked-reasons-are-lost", "parked-messages-come-back-as-they-were"},
	{"parked-is-cut", "parked-messages-come-back-as-they-were"},
	{"forgotten-before-it-is-published", "parked-message-stays-until-it-is-published"},
	{"parked-stays", "parked-message-stays-until-it-is-published parked-messages-come-back-as-they-were"},
	{"limit-is-ignored", "unpark-stops-at-its-limit"},
	{"every-7th-message-of-batches-is-lost", "batches-bring-every-message-once"},
	{"acked-come-again", "batches-bring-every-message-once"},
	{"batch-fails-as-a-whole", "failed-message-of-a-batch-is-tried-again-alone poison-in-a-batch-harms-no-other"},
	{"failures-are-acked", "failed-message-of-a-batch-is-tried-again-alone message-of-batches-is-tried-until-the-attempts-are-used-up"},
	{"attempts-never-end", "message-of-batches-is-tried-until-the-attempts-are-used-up"},
	{"dead-letters-are-returned-too", "message-of-batches-is-tried-until-the-attempts-are-used-up"},
	{"poison-ends-the-batch", "poison-in-a-batch-harms-no-other"},
	{"put-off-is-an-attempt", "message-of-a-batch-is-put-off-without-an-attempt"},
	{"put-off-is-returned-too", "message-of-a-batch-is-put-off-without-an-attempt"},
	{"put-off-comes-at-once", "message-of-a-batch-is-put-off-without-an-attempt"},
	{"deadline-is-not-seen", "batch-returns-in-time-what-it-has-no-time-for"},
	{"rest-of-a-batch-is-lost", "batch-returns-in-time-what-it-has-no-time-for"},
	{"cut-off-in-time-is-dead", "batch-returns-in-time-what-it-has-no-time-for"},
}

// broker is a broker in memory whose triggers hand out batches, with one bug; "" is none.
type broker struct {
	*queuetest.Letters
	bug string
	s   queuetest.Setup

	mu    sync.Mutex
	made  int
	trays map[string][]*parcel
	lot   []queue.Parked
}

// parcel is a message of a group.
type parcel struct {
	queue.Delivery
	before int // attempts of earlier copies
	first  time.Time
	due    time.Time
}

const brokersHidden = time.Minute

func newBroker(bug string, s queuetest.Setup) queuetest.Queues {
	b := &broker{Letters: &queuetest.Letters{}, bug: bug, s: s, trays: map[string][]*parcel{}}
	return queuetest.Queues{Publisher: b, Subscriber: b, DeadLetters: b, Redriver: b, Lot: b, Batches: b, Invoke: b.invoke}
}

// put adds a parcel. The caller holds the lock.
func (b *broker) put(group string, p parcel) {
	b.made++
	p.ID = fmt.Sprint("parcel-", b.made)
	p.Receipt = p.ID
	p.Attempt = 0
	b.trays[group] = append(b.trays[group], &p)
}

func (b *broker) Publish(_ context.Context, ms ...message.Envelope) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, m := range ms {
		body, err := m.Encode()
		if err != nil {
			return err
		}
		for group := range b.s.Groups {
			if b.bug == "every-7th-message-of-batches-is-lost" && b.made%7 == 6 {
				b.made++
				continue
			}
			b.put(group, parcel{Delivery: queue.Delivery{Body: body}})
		}
	}
	return nil
}

func (b *broker) Subscribe(ctx context.Context, group string, _ []message.Type, h queue.Handler) error {
	for ctx.Err() == nil {
		_ = b.invoke(ctx, group, func(ds []queue.Delivery) []string { return b.HandleBatch(ctx, group, ds, h) })
	}
	return nil
}

func (b *broker) invoke(ctx context.Context, group string, invoke func([]queue.Delivery) []string) error {
	var ds []queue.Delivery
	b.mu.Lock()
	now := time.Now()
	for _, p := range b.trays[group] {
		if len(ds) < 10 && !p.due.After(now) {
			p.Attempt++
			p.due = now.Add(brokersHidden)
			if p.first.IsZero() {
				p.first = now
			}
			ds = append(ds, p.Delivery)
		}
	}
	b.mu.Unlock()
	if len(ds) == 0 {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
		return nil
	}
	again := invoke(ds)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bug == "acked-come-again" && len(again) == 0 && b.once(group) {
		again = []string{ds[0].ID}
		for _, p := range b.trays[group] {
			p.due = now
		}
	}
	b.trays[group] = slices.DeleteFunc(b.trays[group], func(p *parcel) bool {
		handed := slices.ContainsFunc(ds, func(d queue.Delivery) bool { return d.ID == p.ID })
		return handed && !slices.Contains(again, p.ID)
	})
	return nil
}

// HandleBatch handles all at once, and answers when nine tenths of the time are over.
func (b *broker) HandleBatch(ctx context.Context, group string, ds []queue.Delivery, h queue.Handler) (again []string) {
	handling, cancel := ctx, context.CancelFunc(func() {})
	if until, ok := ctx.Deadline(); ok && b.bug != "deadline-is-not-seen" {
		handling, cancel = context.WithTimeout(ctx, time.Until(until)*9/10)
	}
	defer cancel()
	answers := make(chan string, len(ds))
	for _, d := range ds {
		go func() {
			if b.one(handling, group, d, h) {
				answers <- d.ID
			} else {
				answers <- ""
			}
		}()
	}
	left := map[string]bool{}
	for _, d := range ds {
		left[d.ID] = true
	}
	var done []string
	for range ds {
		select {
		case id := <-answers:
			if id != "" {
				again = append(again, id)
			} else {
				done = append(done, id)
			}
			continue
		case <-after(handling, ctx):
		}
		break
	}
	if len(again)+len(done) < len(ds) { // a handler hangs
		return b.hung(ds, again)
	}
	if b.bug == "batch-fails-as-a-whole" && len(again) > 0 {
		again = again[:0]
		b.mu.Lock()
		for _, p := range b.trays[group] {
			p.due = time.Now().Add(time.Millisecond)
		}
		b.mu.Unlock()
		for _, d := range ds {
			again = append(again, d.ID)
		}
	}
	if b.bug == "rest-of-a-batch-is-lost" && handling.Err() != nil {
		return nil
	}
	return again
}

// hung answers for a batch that is not done. It is used with batches of one only.
func (b *broker) hung(ds []queue.Delivery, again []string) []string {
	if len(ds) == 1 && b.bug != "rest-of-a-batch-is-lost" {
		return []string{ds[0].ID}
	}
	return again
}

// after is closed a little after handling's end, or at ctx's.
func after(handling, ctx context.Context) <-chan struct{} {
	late := make(chan struct{})
	go func() {
		defer close(late)
		select {
		case <-handling.Done():
		case <-ctx.Done():
			return
		}
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
	}()
	return late
}

// one handles a delivery and reports whether it is to come again.
func (b *broker) one(ctx context.Context, group string, d queue.Delivery, h queue.Handler) (again bool) {
	b.mu.Lock()
	var p *parcel
	for _, q := range b.trays[group] {
		if q.ID == d.ID {
			p = q
		}
	}
	b.mu.Unlock()
	if p == nil {
		p = &parcel{Delivery: d, first: time.Now()}
	}
	m, err := message.Decode(d.Body)
	if err == nil {
		err = queue.Safely(ctx, h, m)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bug == "cut-off-in-time-is-dead" && ctx.Err() != nil {
		return b.bury(group, m, "out of time", 1)
	}
	if err != nil && ctx.Err() != nil {
		p.due = time.Now()
		return true
	}
	attempt := p.before + d.Attempt
	v := b.s.Policy.Judge(err, attempt, time.Since(p.first), 0.5)
	switch v.Action {
	case queue.Retry:
		p.due = time.Now().Add(v.After)
		return b.bug != "failures-are-acked"
	case queue.Wait:
		copied := *p
		copied.before, copied.due = attempt-1, time.Now().Add(v.After)
		switch b.bug {
		case "put-off-is-an-attempt":
			p.due = time.Now().Add(v.After)
			p.before = 2
			return true
		case "put-off-comes-at-once":
			copied.due = time.Now()
		}
		b.put(group, copied)
		if b.bug == "put-off-is-returned-too" && b.once(m.ID) {
			p.due = time.Now().Add(time.Millisecond)
			return true
		}
		return false
	case queue.Dead:
		switch b.bug {
		case "attempts-never-end":
			p.due = time.Now().Add(time.Millisecond)
			return true
		case "poison-ends-the-batch":
			b.trays[group] = slices.DeleteFunc(b.trays[group], func(q *parcel) bool { return q.due.After(time.Now()) })
		case "dead-letters-are-returned-too":
			p.due = time.Now().Add(time.Millisecond)
			b.bury(group, m, v.Reason, attempt)
			return b.once(m.ID)
		}
		return b.bury(group, m, v.Reason, attempt)
	case queue.Ack:
	}
	if b.bug == "poison-ends-the-batch" && m.Type == message.BookingConfirmed {
		p.due = time.Now().Add(time.Millisecond)
		return b.once(m.ID)
	}
	return false
}

// once reports whether a key is new.
func (b *broker) once(key string) bool {
	for _, k := range b.lot {
		if string(k.Body) == key {
			return false
		}
	}
	b.lot = append(b.lot, queue.Parked{Body: []byte(key)})
	return true
}

func (b *broker) bury(group string, m message.Envelope, reason string, attempts int) bool {
	b.made++
	_ = b.AddDeadLetter(context.Background(), queue.DeadLetter{
		ID: fmt.Sprintf("dlq-%09d", b.made), Group: group, Message: m, Reason: reason, Attempts: attempts, At: time.Now(),
	})
	return false
}

func (b *broker) Redrive(ctx context.Context, d queue.DeadLetter) error {
	if _, known := b.s.Groups[d.Group]; !known && b.bug != "unknown-groups-are-taken" {
		return fault.New(fault.Invalid, "", "no such group")
	}
	body, err := d.Message.Encode()
	if err != nil {
		return err
	}
	switch b.bug {
	case "redriven-reaches-every-group":
		return b.Publish(ctx, d.Message)
	case "redriven-is-lost":
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := parcel{Delivery: queue.Delivery{Body: body}}
	if b.bug == "redriven-keeps-its-attempts" {
		p.before = d.Attempts
	}
	b.put(d.Group, p)
	return nil
}

func (b *broker) Park(_ context.Context, ps ...queue.Parked) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range ps {
		switch b.bug {
		case "parked-becomes-text":
			p.Body = bytes.ToValidUTF8(p.Body, []byte("?"))
		case "parked-reasons-are-lost":
			p.Reason = ""
		case "parked-is-cut":
			p.Body = p.Body[:min(len(p.Body), message.MaxSize)]
		}
		b.lot = append(b.lot, p)
	}
	return nil
}

func (b *broker) Unpark(ctx context.Context, limit int, publish func(context.Context, queue.Parked) error) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bug == "limit-is-ignored" {
		limit = len(b.lot)
	}
	var kept []queue.Parked
	for i, p := range b.lot {
		switch {
		case i >= limit:
			kept = append(kept, p)
		case publish(ctx, p) != nil && b.bug != "forgotten-before-it-is-published", b.bug == "parked-stays":
			kept = append(kept, p)
		default:
			n++
		}
	}
	b.lot = kept
	return n, nil
}
