package booking_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment"
)

// newcomer is a process that has seen nothing before.
func (w *world) newcomer() *booking.Service {
	return booking.New(booking.Deps{
		Store: w.store, Payment: w.provider(), Keys: w.keys, Now: w.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, w.clock.Now()) },
	}, booking.Config{})
}

// sweepUp has each of the janitor's jobs done once, each by a newcomer.
func (w *world) sweepUp() {
	w.t.Helper()
	for _, job := range []func(*booking.Service, context.Context) (int, error){
		(*booking.Service).VoidOrphans, (*booking.Service).ResumeCancellations, (*booking.Service).RefreshAvailability,
	} {
		if _, err := job(w.newcomer(), context.Background()); err != nil {
			w.t.Errorf("janitor: got %v, want nil", err)
		}
	}
}

// timers has every timer handled by a newcomer, late, as the janitor does with those that were given up.
func (w *world) timers() {
	w.t.Helper()
	due, err := w.store.BookingOutbox().Claim(context.Background(), w.clock.Now(), 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, p := range due {
		if p.Message.Type != message.BookingRecorded {
			continue
		}
		if err := w.handleBy(w.newcomer(), p.Message); err != nil {
			w.t.Errorf("handle %s: got %v, want nil", p.Message.Type, err)
		}
	}
}

// Whatever step a request dies at, processes that know nothing of it end it.
func TestJanitor_KnowsNothing_Bookings(t *testing.T) {
	for step := 1; step <= 8; step++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("step-%d/after-%t", step, after), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", noLimit)
				h := w.hold("ana", event, floor, 2, "k")
				dying, _ := w.dying(step, after)
				_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
				w.clock.add(16 * time.Minute)
				w.sweepUp()
				w.timers()
				for _, a := range w.pay.Ledger() {
					if a.State == payment.Authorised {
						t.Errorf("authorisation %s: got %s, want it captured or given back", a.Owner, a.State)
					}
				}
				w.audit(event, "ana")
			})
		}
	}
}

// An event whose cancellation dies at any step, and whose messages never arrive, is done by the janitor alone.
func TestJanitor_KnowsNothing_Cancellations(t *testing.T) {
	for step := 1; step <= 6; step++ {
		t.Run(fmt.Sprint("step-", step), func(t *testing.T) {
			w := newWorld(t)
			event := w.open("concert", noLimit)
			for n := range 5 {
				w.bought(fmt.Sprint("u", n), event, floor, 2, "k")
			}
			cancelled := w.state("concert", func(s *message.EventStateV1) { noLimit(s); s.Version, s.Status = 3, "cancelled" })
			dying, _ := w.dying(step, true)
			_ = dying.ApplyEvent(t.Context(), cancelled)
			if s, err := w.store.Sale(t.Context(), eventRaw(event)); err != nil || s.Status != "cancelled" {
				t.Fatalf("sale: got %s and %v, want it cancelled", s.Status, err)
			}
			w.sweepUp() // closes what is open
			w.clock.add(2 * time.Minute)
			w.sweepUp()
			s, err := w.store.Sale(t.Context(), eventRaw(event))
			if err != nil || !s.Refunded {
				t.Errorf("sale: got refunded %t and %v, want true", s.Refunded, err)
			}
			for _, a := range w.pay.Ledger() {
				if a.Refunded != a.Amount {
					t.Errorf("payment of %s: got %v given back, want %v", a.Owner, a.Refunded, a.Amount)
				}
			}
		})
	}
}

func eventRaw(eventID string) id.Raw {
	raw, _ := id.Parse(id.Event, eventID)
	return raw
}
