package booking_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
)

func TestService_AvailabilityChanged_ABurstCostsFewSweeps(t *testing.T) {
	b := newBus(t, 0, 0)
	event := b.open("concert", noLimit)
	for n := range 100 { // all places of the floor in 3 s
		b.bought(fmt.Sprint("u", n), event, floor, 1, "k")
		b.relay(100 * time.Millisecond)
		b.clock.add(30 * time.Millisecond)
		b.turn()
	}
	took := b.drain()
	b.wantTold(100, 40)
	if took > 3*time.Second {
		t.Errorf("the last sale told after %v, want within 3 s", took)
	}
	if n := b.sweeps(); n > 6 {
		t.Errorf("sweeps for 100 bookings in 3 s: got %d, want at most 6", n)
	}
	if b.putOff > 40 {
		t.Errorf("messages put off: got %d of 100, want those of the last moment of each second", b.putOff)
	}
}

func TestService_AvailabilityChanged_TellsOfTheLastSale(t *testing.T) {
	for _, after := range []time.Duration{0, time.Millisecond, 500 * time.Millisecond, 850 * time.Millisecond, 999 * time.Millisecond, time.Second, 2 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			b := newBus(t, 0, 0)
			event := b.open("concert", noLimit)
			b.bought("ana", event, floor, 64, "k")
			b.bought("eva", event, floor, 35, "k")
			b.drain()
			b.wantTold(99, 41)
			b.clock.add(after)
			b.bought("rui", event, floor, 1, "k")
			if took := b.drain(); took > 1500*time.Millisecond {
				t.Errorf("sold out told after %v, want as soon as a second since the last is over", took)
			}
			b.wantTold(100, 40)
			if b.waiting != nil || len(b.told) != 2 {
				t.Errorf("told: got %d times, want 2", len(b.told))
			}
		})
	}
}

func TestService_AvailabilityChanged_RepeatsAreCheap(t *testing.T) {
	b := newBus(t, 0)
	event := b.open("concert", noLimit)
	b.bought("ana", event, floor, 2, "k")
	b.relay(0)
	sale := b.waiting[0]
	b.drain()
	for range 50 {
		b.clock.add(10 * time.Second)
		b.waiting = append(b.waiting, sale) // once more
		b.drain()
	}
	// A count so soon after the sale may, by another's clock, have begun before it: the first repetition counts once more.
	if b.sweeps() > 2 || b.putOff != 0 || len(b.told) != 1 {
		t.Errorf("one sale, delivered 51 times: got %d sweeps, %d put off, told %d times, want at most 2, none and 1", b.sweeps(), b.putOff, len(b.told))
	}
}

func TestService_AvailabilityChanged_WhatIsFreedIsTold(t *testing.T) {
	organiser := booking.Actor{User: user("door"), Organisations: []string{"demo"}}
	for _, tc := range []struct {
		name string
		do   func(b *bus, event string, d booking.Details)
		sold int
		left int
	}{
		{"cancelled-tickets", func(b *bus, _ string, d booking.Details) {
			if _, err := b.CancelTickets(b.t.Context(), organiser, d.ID, []string{d.Tickets[0].ID}); err != nil {
				b.t.Fatal(err)
			}
		}, 1, 139},
		{"refused-capture", func(b *bus, event string, _ booking.Details) {
			h := b.hold("rui", event, floor, 3, "k2")
			_, err := b.Book(b.t.Context(), user("rui"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("refuseCapture"), Key: "k2"})
			wantKind(b.t, "Book", err, fault.Declined)
		}, 2, 138},
		{"grown-layout", func(b *bus, _ string, _ booking.Details) {
			grown := b.state("concert", func(s *message.EventStateV1) { noLimit(s); s.Version, s.Layout[1].Capacity = 3, 150 })
			if err := b.ApplyEvent(b.t.Context(), grown); err != nil {
				b.t.Fatal(err)
			}
		}, 2, 188},
		{"cancelled-event", func(b *bus, _ string, _ booking.Details) {
			over := b.state("concert", func(s *message.EventStateV1) { noLimit(s); s.Version, s.Status = 3, "cancelled" })
			if err := b.ApplyEvent(b.t.Context(), over); err != nil {
				b.t.Fatal(err)
			}
			b.clock.add(2 * time.Minute)
			if _, err := b.ResumeCancellations(b.t.Context()); err != nil {
				b.t.Fatal(err)
			}
		}, 0, 140},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBus(t, 0, 0)
			event := b.open("concert", noLimit)
			d := b.bought("ana", event, floor, 2, "k")
			b.drain()
			b.wantTold(2, 138)
			tc.do(b, event, d)
			if took := b.drain(); took > 3*time.Second {
				t.Errorf("told after %v, want within 3 s", took)
			}
			b.wantTold(tc.sold, tc.left)
		})
	}
}

// A crash between selling and failing lets the catalogue hear of places that are then given back: it hears of that, too.
func TestService_AvailabilityChanged_AfterACrash(t *testing.T) {
	for step := 1; step <= 12; step++ {
		for _, pays := range []string{"ok", "refuseCapture"} {
			b := newBus(t, 0, 0)
			event := b.open("concert", noLimit)
			b.bought("ana", event, floor, 1, "k")
			h := b.hold("rui", event, floor, 3, "k")
			dying, _ := b.dying(step, true)
			_, _ = dying.Book(t.Context(), user("rui"), booking.BookRequest{HoldToken: h.Token, Payment: payWith(pays), Key: "b"})
			b.drain() // counts what the crash left
			b.clock.add(21 * time.Second)
			due, err := b.store.BookingOutbox().Claim(t.Context(), b.clock.Now(), time.Hour, 1000)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range due {
				if err := b.handleBy(b.workers[0].Service, p.Message); err != nil {
					t.Fatalf("handle %s: got %v, want nil", p.Message.Type, err)
				}
			}
			b.drain()
			if sold, _, _ := b.counts(event); len(b.told) > 0 {
				b.wantTold(sold, 140-sold)
			}
		}
	}
}

func TestService_AvailabilityChanged_Refusals(t *testing.T) {
	b := newBus(t, 0)
	w, now := b.workers[0], b.clock.Now()
	wantKind(t, "AvailabilityChanged of no event", w.AvailabilityChanged(t.Context(), "x", now), fault.Invalid)
	wantErr(t, "AvailabilityChanged of an unknown event", w.AvailabilityChanged(t.Context(), id.Derived(id.Event, "unknown"), now), nil)
	draft := b.state("draft", func(s *message.EventStateV1) { s.Status = "cancelled" })
	wantErr(t, "ApplyEvent", b.ApplyEvent(t.Context(), draft), nil)
	wantErr(t, "AvailabilityChanged of an event that never sold", w.AvailabilityChanged(t.Context(), draft.EventID, now), nil)
	event := b.open("concert", nil)
	var early *booking.NotYetError
	err := w.AvailabilityChanged(t.Context(), event, b.clock.Now().Add(time.Minute))
	if !errors.As(err, &early) || early.Wait > time.Minute || early.Wait < 59*time.Second {
		t.Errorf("AvailabilityChanged a minute early: got %v, want it to wait for a minute", err)
	}
	if b.sweeps() != 0 {
		t.Errorf("sweeps: got %d, want none", b.sweeps())
	}
}

// A count that began before a sale, by a clock that is ahead, is not taken for one that began after it.
func TestService_AvailabilityChanged_ByAClockThatIsAhead(t *testing.T) {
	b := newBus(t, 0, 180*time.Millisecond)
	behind, ahead := b.workers[0], b.workers[1]
	event := b.open("concert", noLimit)
	began := b.clock.Now()
	until := func(d time.Duration) { b.clock.add(d - b.clock.Now().Sub(began)) }
	sell := func(who string) message.Envelope {
		b.bought(who, event, floor, 1, "k")
		b.relay(0)
		m := b.waiting[len(b.waiting)-1].m
		b.waiting = b.waiting[:len(b.waiting)-1] // delivered by hand
		return m
	}
	b.deliver(behind, sell("ana")) // the first count
	until(300 * time.Millisecond)
	second := sell("rui")
	b.deliver(behind, second) // waits for the next count, for all
	until(850 * time.Millisecond)
	var third message.Envelope
	reads := 0
	ahead.store.amid = func() {
		if reads++; reads == 2 { // after the blocks were read
			third = sell("eva")
		}
	}
	if _, err := ahead.Availability(t.Context(), event); err != nil {
		t.Fatal(err)
	}
	if third.ID == "" {
		t.Fatal("Availability by the clock ahead: got no count, want one a second after the first by its clock")
	}
	until(900 * time.Millisecond)
	b.deliver(behind, third)
	b.drain()
	b.wantTold(3, 137)
}

// Two messages that wait in two processes, and are delivered too early to the other's, do not both rely on each other.
func TestService_AvailabilityChanged_OneOfThoseThatWaitRemains(t *testing.T) {
	for _, first := range []int{0, 1} {
		b := newBus(t, 0, 0)
		event := b.open("concert", noLimit)
		b.bought("ana", event, floor, 1, "k")
		b.drain()
		b.bought("rui", event, floor, 1, "k")
		b.clock.add(time.Millisecond)
		b.bought("eva", event, floor, 1, "k")
		b.relay(0)
		sales := []message.Envelope{b.waiting[0].m, b.waiting[1].m}
		b.waiting = nil
		for n, m := range sales {
			b.deliver(b.workers[(first+n)%2], m)
		}
		if len(b.waiting) != 2 {
			t.Fatalf("waiting: got %d, want both, each in its process", len(b.waiting))
		}
		b.waiting = nil
		for n, m := range sales {
			b.deliver(b.workers[(first+n+1)%2], m)
		}
		if len(b.waiting) != 1 || b.waiting[0].m.ID != sales[0].ID {
			t.Errorf("waiting: got %d, want the earlier sale's alone", len(b.waiting))
		}
		b.drain()
		b.wantTold(3, 137)
	}
}

// Whatever happens amid counts, in processes whose clocks differ, with messages late, in disorder and repeated: the
// catalogue is told at most once a second, and in the end what is.
func TestService_AvailabilityChanged_InAnyOrder(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed-", seed), func(t *testing.T) { anyOrder(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

func anyOrder(t *testing.T, rng *rand.Rand) {
	t.Helper()
	b := newBus(t, 0, 90*time.Millisecond, -90*time.Millisecond)
	event := b.open("concert", noLimit)
	if rng.IntN(2) == 0 {
		b.hasty = rng
	}
	sold, sales, deep := 0, 0, false
	sell := func() {
		if sales++; sales > 60 {
			return
		}
		d := b.bought(fmt.Sprint("u", sales), event, floor, 1, "k")
		sold++
		if rng.IntN(6) == 0 {
			if _, err := b.CancelTickets(t.Context(), booking.Actor{User: user(fmt.Sprint("u", sales))}, d.ID, nil); err != nil {
				t.Error(err)
			}
			sold--
		}
		b.relay(time.Duration(rng.IntN(600)) * time.Millisecond)
	}
	read := func() {
		w := b.workers[rng.IntN(len(b.workers))]
		if _, err := w.Availability(t.Context(), event); err != nil {
			t.Error(err)
		}
	}
	for _, w := range b.workers {
		w.store.amid = func() {
			if deep || rng.IntN(3) > 0 {
				return
			}
			deep = true
			defer func() { deep = false }()
			b.clock.add(time.Duration(rng.IntN(30)) * time.Millisecond)
			sell()
			if n := len(b.waiting); n > 0 && rng.IntN(2) == 0 { // and another process hears of something
				other := b.workers[rng.IntN(len(b.workers))]
				if one := b.waiting[rng.IntN(n)]; other != w && !one.due.After(b.clock.Now()) {
					b.deliver(other, one.m) // it stays, and comes again
				}
			}
		}
	}
	for range 100 {
		b.clock.add(time.Duration(rng.IntN(200)) * time.Millisecond)
		switch rng.IntN(4) {
		case 0:
			sell()
		case 1:
			read()
		}
		rng.Shuffle(len(b.waiting), func(i, j int) { b.waiting[i], b.waiting[j] = b.waiting[j], b.waiting[i] })
		b.turn()
	}
	sales = 60 // amid the last counts nothing more is sold
	b.drain()
	b.wantTold(sold, 140-sold)
	for i := 1; i < len(b.snapshots); i++ {
		if gap := b.snapshots[i].Sub(b.snapshots[i-1]); gap < time.Second {
			t.Errorf("snapshots: got two within %v, want a second between them", gap)
		}
	}
}
