package booking_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment"
)

// mortal is a process that dies at its nth step towards the outside: before the step takes effect, or after it did but
// before the process heard of it. A dead process does nothing more.
type mortal struct {
	booking.Store
	pay   payment.Provider
	at    int
	after bool

	mu    sync.Mutex
	steps int
	dead  bool
}

var errDead = errors.New("the process is dead")

func (m *mortal) step(do func() error) error {
	m.mu.Lock()
	if m.dead {
		m.mu.Unlock()
		return errDead
	}
	m.steps++
	m.dead = m.steps == m.at
	dies := m.dead
	m.mu.Unlock()
	if !dies {
		return do()
	}
	if m.after {
		_ = do()
	}
	return errDead
}

func (m *mortal) Step(ctx context.Context, b inventory.BlockID, s inventory.Step) (found inventory.Block, err error) {
	err = m.step(func() error { found, err = m.Store.Step(ctx, b, s); return err })
	return found, err
}

func (m *mortal) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	return m.step(func() error { return m.Store.PutBooking(ctx, b, out...) })
}

func (m *mortal) PutPurchases(ctx context.Context, p booking.Purchases) error {
	return m.step(func() error { return m.Store.PutPurchases(ctx, p) })
}

func (m *mortal) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	return m.step(func() error { return m.Store.IndexBooking(ctx, event, r) })
}

func (m *mortal) PutMark(ctx context.Context, k booking.Mark) (got booking.Mark, err error) {
	err = m.step(func() error { got, err = m.Store.PutMark(ctx, k); return err })
	return got, err
}

func (m *mortal) PutSale(ctx context.Context, s booking.Sale, out ...outbox.Message) error {
	return m.step(func() error { return m.Store.PutSale(ctx, s, out...) })
}

func (m *mortal) Authorise(ctx context.Context, r payment.Request) (a payment.Authorisation, err error) {
	err = m.step(func() error { a, err = m.pay.Authorise(ctx, r); return err })
	return a, err
}

func (m *mortal) Capture(ctx context.Context, a string) error {
	return m.step(func() error { return m.pay.Capture(ctx, a) })
}

func (m *mortal) Release(ctx context.Context, a string) error {
	return m.step(func() error { return m.pay.Release(ctx, a) })
}

func (m *mortal) Refund(ctx context.Context, a string, amount money.Amount, key string) error {
	return m.step(func() error { return m.pay.Refund(ctx, a, amount, key) })
}

func (m *mortal) Open(ctx context.Context, before time.Time, limit int) ([]payment.Authorisation, error) {
	return m.pay.Open(ctx, before, limit)
}

// dying returns a process that dies at step n.
func (w *world) dying(n int, after bool) (*booking.Service, *mortal) {
	m := &mortal{Store: w.store, pay: w.pay, at: n, after: after}
	return booking.New(booking.Deps{
		Store: m, Payment: m, Keys: w.keys, Now: w.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, w.clock.Now()) },
	}, booking.Config{}), m
}

// recover does what the living do after a crash: the worker handles messages as they fall due, then the janitor comes.
func (w *world) recover() {
	w.t.Helper()
	w.clock.add(21 * time.Second)
	w.work()
	w.clock.add(16 * time.Minute)
	for _, janitor := range []func(context.Context) (int, error){w.VoidOrphans, w.ResumeCancellations} {
		if _, err := janitor(context.Background()); err != nil {
			w.t.Fatalf("janitor: got %v, want nil", err)
		}
	}
	w.work()
}

// work handles every due message of the Booking Service, as the worker would.
func (w *world) work() {
	w.t.Helper()
	ctx := context.Background()
	for {
		due, err := w.store.BookingOutbox().Claim(ctx, w.clock.Now(), time.Minute, 100)
		if err != nil {
			w.t.Fatal(err)
		}
		if len(due) == 0 {
			return
		}
		for _, p := range due {
			if err := w.handle(p.Message); err != nil {
				w.t.Fatalf("handle %s: got %v, want nil", p.Message.Type, err)
			}
			if err := w.store.BookingOutbox().MarkSent(ctx, []string{p.Ref}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) handle(m message.Envelope) error { return w.handleBy(w.Service, m) }

// handleBy handles a message in a process.
func (w *world) handleBy(s *booking.Service, m message.Envelope) error {
	switch m.Type {
	case message.BookingRecorded:
		body, err := message.Body[message.BookingRefV1](m)
		return errors.Join(err, s.SettleRecorded(context.Background(), body, m.Time))
	case message.CancellationDue:
		body, err := message.Body[message.CancellationDueV1](m)
		return errors.Join(err, s.CancelPart(context.Background(), body))
	case message.AvailabilityDue:
		body, err := message.Body[message.AvailabilityDueV1](m)
		return errors.Join(err, s.AvailabilityChanged(context.Background(), body.EventID, body.At))
	case message.BookingConfirmed:
		body, err := message.Body[message.BookingRefV1](m)
		return errors.Join(err, s.AvailabilityChanged(context.Background(), body.EventID, m.Time))
	default:
		return nil
	}
}

// audit checks that places, bookings and money agree: every sold place has its confirmed ticket, no place two, nothing is
// left unsettled, and what was captured less what was given back is what the valid tickets cost.
func (w *world) audit(event string, users ...string) (tickets int) {
	w.t.Helper()
	seats, paid := map[string]string{}, int64(0)
	for _, name := range users {
		list, _, err := w.UserBookings(context.Background(), user(name), "", 1000)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, b := range list {
			if b.Status == booking.Recorded {
				w.t.Errorf("booking %s: got recorded, want it settled", b.ID)
			}
			for _, t := range b.Tickets {
				if t.Status == booking.ShownCancelled {
					continue
				}
				tickets++
				paid += t.Seat.Price.Minor
				if other, twice := seats[seatKey(t.Seat)]; twice {
					w.t.Errorf("place %s: sold to %s and %s", seatKey(t.Seat), other, b.ID)
				}
				seats[seatKey(t.Seat)] = b.ID
			}
		}
	}
	if sold, _, _ := w.counts(event); sold != tickets {
		w.t.Errorf("sold places: got %d, want the %d of valid tickets", sold, tickets)
	}
	var taken int64
	for _, a := range w.pay.Ledger() {
		switch a.State {
		case payment.Captured:
			taken += a.Amount.Minor - a.Refunded.Minor
		case payment.Authorised:
			w.t.Errorf("authorisation %s of %s: got left open, want it captured or voided", a.ID, a.Owner)
		case payment.Voided:
		}
	}
	if taken != paid {
		w.t.Errorf("money: got %d kept, want the %d of valid tickets", taken, paid)
	}
	return tickets
}

func TestService_CrashAtEveryStepOfABooking(t *testing.T) {
	for _, token := range []string{"ok", "refuseCapture"} {
		for _, after := range []bool{false, true} {
			crashes := 0
			for n := 1; ; n++ {
				alive := false
				t.Run(fmt.Sprintf("%s/step-%d/after-%t", token, n, after), func(t *testing.T) {
					w := newWorld(t)
					event := w.open("concert", nil)
					ask := best(event, adult, 3, "")
					request := booking.BookRequest{Direct: &ask, Payment: payWith(token), Key: "b"}
					dying, m := w.dying(n, after)
					d, err := dying.Book(t.Context(), user("ana"), request)
					alive = !m.dead
					acked := err == nil && d.Status == booking.Confirmed
					w.recover()
					tickets := w.audit(event, "ana")
					if acked && tickets != 3 {
						t.Errorf("an acknowledged booking: got %d tickets, want 3", tickets)
					}
					if _, held, free := w.counts(event); held+free+tickets != 140 {
						t.Errorf("places: got %d held and %d free, want all but %d", held, free, tickets)
					}
					// The buyer asks again with the same key, and gets the one booking or the one refusal.
					d, err = w.Book(t.Context(), user("ana"), request)
					if token == "ok" && tickets == 3 && (err != nil || d.Status != booking.Confirmed) {
						t.Errorf("Book again: got %s and %v, want the confirmed booking", d.Status, err)
					}
					if err != nil && fault.KindOf(err) == fault.Internal {
						t.Errorf("Book again: got %v, want no internal error", err)
					}
					w.recover()
					w.audit(event, "ana")
				})
				if alive {
					break
				}
				crashes++
			}
			if crashes < 6 {
				t.Errorf("%s: got %d crash points, want every step of the saga", token, crashes)
			}
		}
	}
}

func TestService_CrashAtEveryStepOfACancellation(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := false
			t.Run(fmt.Sprintf("step-%d/after-%t", n, after), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", nil)
				d := w.bought("ana", event, adult, 3, "k")
				dying, m := w.dying(n, after)
				_, _ = dying.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, []string{d.Tickets[1].ID})
				alive = !m.dead
				w.recover()
				if tickets := w.audit(event, "ana"); tickets != 2 && tickets != 3 {
					t.Errorf("tickets: got %d, want 2 or 3", tickets)
				}
				if _, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, nil); err != nil {
					t.Errorf("CancelTickets again: got %v, want nil", err)
				}
				w.recover()
				if tickets := w.audit(event, "ana"); tickets != 0 {
					t.Errorf("tickets: got %d, want none", tickets)
				}
			})
			if alive {
				break
			}
		}
	}
}

func TestService_CrashAtEveryStepOfAnEventsCancellation(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := false
			t.Run(fmt.Sprintf("step-%d/after-%t", n, after), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", nil)
				w.bought("ana", event, adult, 3, "k")
				w.bought("rui", event, floor, 4, "k")
				held := w.hold("eva", event, floor, 2, "k")
				state := w.state("concert", func(s *message.EventStateV1) { s.Version, s.Status = 3, "cancelled" })
				dying, m := w.dying(n, after)
				_ = dying.ApplyEvent(t.Context(), state)
				alive = !m.dead
				if err := w.ApplyEvent(t.Context(), state); err != nil { // the broker delivers it again
					t.Fatalf("ApplyEvent again: got %v, want nil", err)
				}
				w.recover()
				if tickets := w.audit(event, "ana", "rui"); tickets != 0 {
					t.Errorf("tickets: got %d, want none", tickets)
				}
				_, err := w.Book(t.Context(), user("eva"), booking.BookRequest{HoldToken: held.Token, Payment: payWith("ok"), Key: "b"})
				if !errors.Is(err, booking.ErrHoldLapsed) && !errors.Is(err, booking.ErrNotOnSale) {
					t.Errorf("Book of a hold at a cancelled event: got %v, want notOnSale", err)
				}
				open, err := w.store.OpenCancellations(t.Context(), 10)
				if err != nil || len(open) != 0 {
					t.Errorf("OpenCancellations: got %d and %v, want none", len(open), err)
				}
			})
			if alive {
				break
			}
		}
	}
}

// A booking whose request died goes with its event, too, and needs no janitor for that.
func TestService_CrashedBookingOfACancelledEvent(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := false
			t.Run(fmt.Sprintf("step-%d/after-%t", n, after), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", nil)
				ask := best(event, adult, 3, "")
				dying, m := w.dying(n, after)
				_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{Direct: &ask, Payment: payWith("ok"), Key: "b"})
				alive = !m.dead
				if err := w.ApplyEvent(t.Context(), w.state("concert", func(s *message.EventStateV1) { s.Version, s.Status = 3, "cancelled" })); err != nil {
					t.Fatal(err)
				}
				w.work()
				w.clock.add(21 * time.Second)
				w.work()
				list, _, err := w.UserBookings(t.Context(), user("ana"), "", 10)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range list {
					if b.Status != booking.Cancelled && b.Status != booking.Failed {
						t.Errorf("booking half a minute after its event was cancelled: got %s, want it cancelled or failed", b.Status)
					}
				}
				w.recover()
				w.audit(event, "ana")
			})
			if alive {
				break
			}
		}
	}
}
