package booking_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// watched is a process' store: it counts sweeps, notes what is told, and lets others act in the midst of a count.
type watched struct {
	booking.Store
	b      *bus
	sweeps int
	amid   func()
}

func (s *watched) Blocks(ctx context.Context, blocks []inventory.BlockID, strong bool, yield func(int, *inventory.Block)) error {
	if !strong {
		s.b.t.Error("Blocks for a count: got an eventual read, want a strong one")
	}
	s.sweeps++
	s.amid()
	defer s.amid()
	return s.Store.Blocks(ctx, blocks, strong, yield)
}

func (s *watched) PutSnapshot(ctx context.Context, snap inventory.Snapshot, prev time.Time, out ...outbox.Message) error {
	s.amid()
	err := s.Store.PutSnapshot(ctx, snap, prev, out...)
	if err == nil {
		s.b.snapshots = append(s.b.snapshots, snap.AsOf)
		for _, m := range out {
			body, err := message.Body[message.AvailabilityV1](m.Envelope)
			if err != nil {
				s.b.t.Fatal(err)
			}
			s.b.told = append(s.b.told, body)
		}
	}
	s.amid()
	return err
}

// worker is a process that runs only while it handles something.
type worker struct {
	*booking.Service
	store *watched
}

// bus is a queue with workers that take messages from it by turns, and a clock that moves a little whenever it is read.
type bus struct {
	*world
	workers   []*worker
	waiting   []waiting
	putOff    int
	hasty     *rand.Rand               // what is put off is delivered too early by it; nil: never
	told      []message.AvailabilityV1 // in the order of telling
	snapshots []time.Time
}

type waiting struct {
	m   message.Envelope
	due time.Time
}

// newBus has a worker for each skew: by how much its clock is ahead.
func newBus(t *testing.T, skews ...time.Duration) *bus {
	t.Helper()
	b := &bus{world: newWorld(t)}
	for _, skew := range skews {
		store := &watched{Store: b.store, b: b, amid: func() {}}
		now := func() time.Time {
			b.clock.add(time.Microsecond)
			return b.clock.Now().Add(skew)
		}
		b.workers = append(b.workers, &worker{store: store, Service: booking.New(booking.Deps{
			Store: store, Payment: b.pay, Keys: b.keys, Now: now,
			NewID: func(prefix string) string { return id.New(prefix, now()) },
		}, booking.Config{})})
	}
	return b
}

// relay takes what the Booking Service wrote to the bus, to be delivered after a while.
func (b *bus) relay(after time.Duration) {
	b.t.Helper()
	due, err := b.store.BookingOutbox().Claim(context.Background(), b.clock.Now(), time.Hour, 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, p := range due {
		if p.Message.Type == message.BookingConfirmed || p.Message.Type == message.AvailabilityDue {
			b.waiting = append(b.waiting, waiting{p.Message, b.clock.Now().Add(after)})
		}
	}
}

// deliver hands a message to a worker; one that is put off waits.
func (b *bus) deliver(w *worker, m message.Envelope) {
	b.t.Helper()
	err := b.handleBy(w.Service, m)
	var early *booking.NotYetError
	switch {
	case errors.As(err, &early):
		b.putOff++
		wait := early.Wait
		if b.hasty != nil && b.hasty.IntN(2) == 0 {
			wait = time.Duration(b.hasty.Int64N(int64(wait) + 1))
		}
		b.waiting = append(b.waiting, waiting{m, b.clock.Now().Add(wait)})
	case err != nil:
		b.t.Errorf("handle %s: got %v, want nil or NotYetError", m.Type, err)
	}
}

// turn delivers what is due, by turns to each worker.
func (b *bus) turn() {
	b.t.Helper()
	all := b.waiting
	b.waiting = nil
	for n, one := range all {
		if one.due.After(b.clock.Now()) {
			b.waiting = append(b.waiting, one)
			continue
		}
		b.deliver(b.workers[n%len(b.workers)], one.m)
	}
}

// drain delivers until nothing waits, and returns how long that took.
func (b *bus) drain() time.Duration {
	b.t.Helper()
	began := b.clock.Now()
	for range 2000 {
		b.relay(0)
		b.turn()
		if len(b.waiting) == 0 {
			return b.clock.Now().Sub(began)
		}
		b.clock.add(20 * time.Millisecond)
	}
	b.t.Fatal("messages: got some put off for ever, want all handled")
	return 0
}

func (b *bus) sweeps() (n int) {
	for _, w := range b.workers {
		n += w.store.sweeps
	}
	return n
}

// wantTold compares what the catalogue was last told with what is.
func (b *bus) wantTold(sold, left int) {
	b.t.Helper()
	if len(b.told) == 0 {
		b.t.Fatalf("told: got nothing, want %d sold and %d left", sold, left)
	}
	gotSold, gotLeft := 0, 0
	for _, s := range b.told[len(b.told)-1].Sections {
		gotSold, gotLeft = gotSold+s.Sold, gotLeft+s.Left
	}
	if gotSold != sold || gotLeft != left {
		b.t.Errorf("told last: got %d sold and %d left, want %d and %d", gotSold, gotLeft, sold, left)
	}
}
