// Package memqueue is the queue of the one-machine platform: publish and subscribe inside a process.
//
// # Consistency
//
// Publish returns after every group that wants a message has acked it, or its dead letter is stored; so whoever publishes
// from an outbox loses nothing when the process ends. Delivery is at least once: a message whose Publish was answered with
// an error may have been handled by some groups. No order is promised.
//
// # Limits
//
// Each group holds at most Deps.InFlight messages, being handled or waiting to be tried again, however many subscribe to
// it; beyond that Publish waits.
// A message for a group that nobody subscribes to at the moment waits as well. Nothing is kept but dead letters.
//
// # Failure
//
// When its context ends, or its subscriber stops, Publish answers fault.Unavailable and the message is the publisher's
// again. A dead letter that cannot be stored is the same.
package memqueue

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Deps is what a Queue needs. DeadLetters and NewID are required.
type Deps struct {
	DeadLetters queue.DeadLetters
	NewID       func() string // of dead letters, sortable by time
	// Groups declares who wants which types (none: every type), so that what is published before a group subscribes waits
	// for it. A group that is not declared exists from its first Subscribe on.
	Groups   map[string][]message.Type
	Policy   queue.Policy
	InFlight int // messages of a group at a time; default 1,024
	// Observe is told what became of each delivery; default: nobody.
	Observe func(group string, m message.Envelope, v queue.Verdict, took time.Duration)
}

// Queue is a queue.Publisher and queue.Subscriber.
type Queue struct {
	d      Deps
	mu     sync.RWMutex
	groups map[string]*group
}

type group struct {
	name    string
	types   []message.Type
	waiting chan *delivery
	room    chan struct{} // holds one for each message that the group has, and for each subscriber that asks for one
}

// delivery is one message on its way to one group; done gets exactly one answer.
type delivery struct {
	ctx  context.Context //nolint:containedctx // the publisher's: its end takes the message back
	m    message.Envelope
	done chan error
}

var errStopped = fault.New(fault.Unavailable, "", "the subscriber stopped")

// New returns a Queue.
func New(d Deps) *Queue {
	d.Policy = d.Policy.WithDefaults()
	if d.InFlight <= 0 {
		d.InFlight = 1024
	}
	q := &Queue{d: d, groups: make(map[string]*group, len(d.Groups))}
	for name, types := range d.Groups {
		q.groups[name] = q.newGroup(name, types)
	}
	return q
}

func (q *Queue) newGroup(name string, types []message.Type) *group {
	return &group{name: name, types: types, waiting: make(chan *delivery), room: make(chan struct{}, q.d.InFlight)}
}

func (g *group) wants(t message.Type) bool { return len(g.types) == 0 || slices.Contains(g.types, t) }

// same reports whether types are what the group wants.
func (g *group) same(types []message.Type) bool {
	return (len(types) == 0) == (len(g.types) == 0) &&
		!slices.ContainsFunc(types, func(t message.Type) bool { return !slices.Contains(g.types, t) }) &&
		!slices.ContainsFunc(g.types, func(t message.Type) bool { return !slices.Contains(types, t) })
}

// Publish implements queue.Publisher.
func (q *Queue) Publish(ctx context.Context, ms ...message.Envelope) error {
	for _, m := range ms {
		if _, err := m.Encode(); err != nil { // what no broker would take is not taken here either
			return fmt.Errorf("publish %s: %w", m.ID, err)
		}
	}
	var answers []<-chan error
	for _, g := range q.all() {
		var ds []*delivery
		for _, m := range ms {
			if g.wants(m.Type) {
				d := &delivery{ctx: ctx, m: m, done: make(chan error, 1)}
				ds, answers = append(ds, d), append(answers, d.done)
			}
		}
		if len(ds) > 0 {
			go g.hand(ctx, ds) // each group for itself: one without room holds up no other
		}
	}
	var faults []error
	for _, answer := range answers {
		faults = append(faults, <-answer)
	}
	return errors.Join(faults...)
}

func (q *Queue) all() []*group {
	q.mu.RLock()
	defer q.mu.RUnlock()
	return slices.Collect(maps.Values(q.groups))
}

// hand gives deliveries to the group's subscribers, as they have room.
func (g *group) hand(ctx context.Context, ds []*delivery) {
	for _, d := range ds {
		select {
		case g.waiting <- d:
		case <-ctx.Done():
			d.done <- fault.Wrap(fault.Unavailable, "group "+g.name+" has no room for message "+d.m.ID, ctx.Err())
		}
	}
}

// Subscribe implements queue.Subscriber. All subscribers of a group want the same types; others are fault.Invalid.
func (q *Queue) Subscribe(ctx context.Context, name string, types []message.Type, h queue.Handler) error {
	q.mu.Lock()
	g := q.groups[name]
	if g == nil {
		g = q.newGroup(name, types)
		q.groups[name] = g
	}
	q.mu.Unlock()
	if !g.same(types) {
		return fault.New(fault.Invalid, "", "group "+name+" wants other types")
	}
	var work sync.WaitGroup
	defer work.Wait()
	for {
		select {
		case g.room <- struct{}{}:
		case <-ctx.Done():
			return nil
		}
		select {
		case d := <-g.waiting:
			work.Go(func() {
				defer func() { <-g.room }()
				d.done <- q.deliver(ctx, g, h, d)
			})
		case <-ctx.Done():
			<-g.room
			return nil
		}
	}
}

// deliver hands a message to h until it is acked or given up.
func (q *Queue) deliver(ctx context.Context, g *group, h queue.Handler, d *delivery) error {
	first, attempt := time.Now(), 1
	for {
		began := time.Now()
		err := queue.Safely(ctx, h, d.m)
		if err != nil && ctx.Err() != nil {
			return errStopped // the error is the stop's, and no attempt
		}
		v := q.d.Policy.Judge(err, attempt, time.Since(first), rand.Float64())
		if q.d.Observe != nil {
			q.d.Observe(g.name, d.m, v, time.Since(began))
		}
		switch v.Action {
		case queue.Ack:
			return nil
		case queue.Dead:
			return q.bury(ctx, g, d.m, v.Reason, attempt)
		case queue.Retry:
			attempt++
		case queue.Wait:
		}
		select {
		case <-time.After(v.After):
		case <-ctx.Done():
			return errStopped
		case <-d.ctx.Done():
			return fault.Wrap(fault.Unavailable, "the publisher gave up on message "+d.m.ID, d.ctx.Err())
		}
	}
}

func (q *Queue) bury(ctx context.Context, g *group, m message.Envelope, reason string, attempts int) error {
	err := q.d.DeadLetters.AddDeadLetter(context.WithoutCancel(ctx), queue.DeadLetter{
		ID: q.d.NewID(), Group: g.name,
		Message: m, Reason: reason, Attempts: attempts, At: time.Now().UTC(),
	})
	return fault.Wrap(fault.Unavailable, "dead letter of "+m.ID+" for "+g.name+" is not stored", err)
}
