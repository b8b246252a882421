package booking_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

// between is a store whose process is interrupted: before each step on a block, what the test wants to happen meanwhile
// happens, and an error of it fails the step.
type between struct {
	booking.Store
	step func(s inventory.Step) error
}

func (b *between) Step(ctx context.Context, block inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	if err := b.step(s); err != nil {
		return inventory.Block{}, err
	}
	return b.Store.Step(ctx, block, s)
}

// stubborn is a payment provider that gives back nothing for one owner, ever.
type stubborn struct {
	payment.Provider
	authorisation string
}

var errStubborn = fault.New(fault.Unavailable, "", "not now")

func (p *stubborn) Release(ctx context.Context, authorisation string) error {
	if authorisation == p.authorisation {
		return errStubborn
	}
	return p.Provider.Release(ctx, authorisation)
}

func (p *stubborn) Refund(ctx context.Context, authorisation string, amount money.Amount, key string) error {
	if authorisation == p.authorisation {
		return errStubborn
	}
	return p.Provider.Refund(ctx, authorisation, amount, key)
}

func (w *world) paidBy(p payment.Provider) *booking.Service {
	return booking.New(booking.Deps{
		Store: w.store, Payment: p, Keys: w.keys, Now: w.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, w.clock.Now()) },
	}, booking.Config{})
}

func seatAt(row string, n int) []booking.SeatRequest {
	return []booking.SeatRequest{{SectionID: seated, Row: row, Number: n}}
}

func TestService_ApplyEvent_CrashAtEveryStepOfAChangeOfShape(t *testing.T) {
	for _, after := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := false
			t.Run(fmt.Sprintf("step-%d/after-%t", n, after), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", noLimit)
				apply := func(s *booking.Service, version int64, capacity int) error {
					return s.ApplyEvent(t.Context(), w.state("concert", func(e *message.EventStateV1) {
						noLimit(e)
						e.Version, e.Layout[1].Capacity = version, capacity
					}))
				}
				dying, m := w.dying(n, after)
				for version, capacity := range []int{30, 70} {
					_ = apply(dying, int64(3+version), capacity)
					if err := apply(w.Service, int64(3+version), capacity); err != nil { // the broker delivers it again
						t.Fatalf("ApplyEvent again: got %v, want nil", err)
					}
					if _, _, free := w.counts(event); free != 40+capacity {
						t.Errorf("free with room for %d to stand: got %d, want %d", capacity, free, 40+capacity)
					}
				}
				alive = !m.dead
			})
			if alive {
				break
			}
		}
	}
}

// A place that somebody held while the hall shrank is not offered to the next when it comes back.
func TestService_ApplyEvent_HeldPlacesThatAreGoneAreNotOfferedAgain(t *testing.T) {
	for _, named := range []bool{false, true} {
		for _, lapse := range []bool{false, true} {
			t.Run(fmt.Sprintf("named-%t/lapsed-%t", named, lapse), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", noLimit)
				ask := best(event, adult, 0, "k")
				ask.Items[0].Seats = seatAt("D", 7)
				h, err := w.Hold(t.Context(), user("ana"), ask)
				if err != nil {
					t.Fatalf("Hold: got %v, want nil", err)
				}
				err = w.ApplyEvent(t.Context(), w.state("concert", func(s *message.EventStateV1) {
					noLimit(s)
					s.Version, s.Layout[0].Rows = 3, s.Layout[0].Rows[:3]
				}))
				if err != nil {
					t.Fatalf("ApplyEvent: got %v, want nil", err)
				}
				if lapse {
					w.clock.add(11 * time.Minute)
				} else if err := w.ReleaseHold(t.Context(), user("ana"), h.Token); err != nil {
					t.Fatalf("ReleaseHold: got %v, want nil", err)
				}
				if _, held, free := w.counts(event); held != 0 || free != 130 {
					t.Errorf("after it came back: got %d held and %d free, want 0 and 130", held, free)
				}
				if named {
					ask.Key = "k2"
					_, err := w.Hold(t.Context(), user("rui"), ask)
					wantErr(t, "Hold of a place that is gone", err, inventory.ErrTaken)
					return
				}
				for n := range 30 {
					w.hold("rui", event, adult, 1, fmt.Sprint(n))
				}
				_, err = w.Hold(t.Context(), user("rui"), best(event, adult, 1, "more"))
				if !errors.Is(err, inventory.ErrAllHeld) && !errors.Is(err, inventory.ErrSoldOut) {
					t.Errorf("Hold of a 31st of 30 seats: got %v, want allHeld", err)
				}
			})
		}
	}
}

// The list of purchases names when a hold ended at first; an extended one is neither lapsed nor to be freed.
func TestService_ExtendedHoldIsNotTakenForLapsed(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	h := w.hold("ana", event, floor, 10, "k")
	h, err := w.ExtendHold(t.Context(), user("ana"), h.Token)
	if err != nil {
		t.Fatalf("ExtendHold: got %v, want nil", err)
	}
	w.clock.add(12 * time.Minute)
	_, err = w.Hold(t.Context(), user("ana"), best(event, floor, 1, "k2"))
	wantErr(t, "Hold over the limit while the first is extended", err, booking.ErrLimitReached)
	again, err := w.service(w.store).Hold(t.Context(), user("ana"), best(event, floor, 10, "k"))
	if err != nil || !again.ExpiresAt.Equal(h.ExpiresAt) {
		t.Errorf("Hold again: got %v and %v, want the extended one until %v", again.ExpiresAt, err, h.ExpiresAt)
	}
	if d := w.book("ana", h.Token, "b"); d.Status != booking.Confirmed {
		t.Errorf("Book of the extended hold: got %s, want confirmed", d.Status)
	}
}

// Asking again for a hold whose reply was lost gives that hold, however its places were found.
func TestService_HoldAgainIsTheSameHold(t *testing.T) {
	large := func(s *message.EventStateV1) {
		noLimit(s)
		s.Layout[1].Capacity = 64 * 20
	}
	for _, tc := range []struct {
		name    string
		edit    func(*message.EventStateV1)
		others  int // places of the standing section that others have
		request booking.HoldRequest
	}{
		{"over-several-blocks", func(s *message.EventStateV1) { noLimit(s); s.Layout[1].Capacity = 70 }, 10, best("", floor, 60, "k")},
		{"two-items-of-a-section", noLimit, 0, booking.HoldRequest{Key: "k", Items: []booking.ItemRequest{
			{TicketTypeID: adult, Quantity: 2}, {TicketTypeID: child, Quantity: 3},
		}}},
		{"the-last-of-many-blocks", large, 64*20 - 2, best("", floor, 2, "k")},
		{"apart", noLimit, 0, booking.HoldRequest{Key: "k", Split: true, Items: []booking.ItemRequest{{TicketTypeID: adult, Quantity: 33}}}},
	} {
		for _, other := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/another-process-%t", tc.name, other), func(t *testing.T) {
				w := newWorld(t)
				event := w.open("concert", func(s *message.EventStateV1) {
					tc.edit(s)
					s.TicketTypes = append(s.TicketTypes, message.TicketTypeV1{
						ID: child, Name: "Child", Price: money.Of(1500, "EUR"), SectionIDs: []string{seated},
					})
				})
				for left, n := tc.others, 0; left > 0; n++ {
					k := min(left, 64)
					left -= k
					w.bought("rui", event, floor, k, fmt.Sprint(n))
				}
				tc.request.EventID = event
				first, err := w.Hold(t.Context(), user("ana"), tc.request)
				if err != nil {
					t.Fatalf("Hold: got %v, want nil", err)
				}
				process := w.Service
				if other {
					process = w.service(w.store)
				}
				again, err := process.Hold(t.Context(), user("ana"), tc.request)
				if err != nil {
					t.Fatalf("Hold again: got %v, want the same hold", err)
				}
				seats := map[string]bool{}
				for _, s := range first.Seats {
					seats[seatKey(s)] = true
				}
				for _, s := range again.Seats {
					if !seats[seatKey(s)] {
						t.Errorf("Hold again: got %s, want places of the first", seatKey(s))
					}
				}
				if again.Total != first.Total || len(again.Seats) != len(first.Seats) {
					t.Errorf("Hold again: got %d places for %v, want %d for %v", len(again.Seats), again.Total, len(first.Seats), first.Total)
				}
				if _, held, _ := w.counts(event); held != len(first.Seats) {
					t.Errorf("held after asking twice: got %d, want %d", held, len(first.Seats))
				}
			})
		}
	}
}

var child = id.Derived(id.TicketType, "child")

// A process that slept while others confirmed and cancelled must not leave places sold to nobody.
func TestService_Settle_LoserUndoesWhatItConfirmedTooLate(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, adult, 2, "k")
	ctx, asleep := t.Context(), false
	slow := w.service(&between{w.store, func(s inventory.Step) error {
		if s.Op != inventory.OpConfirm || asleep {
			return nil
		}
		asleep = true
		d := w.book("ana", h.Token, "b")
		if _, err := w.CancelTickets(ctx, booking.Actor{User: user("ana")}, d.ID, nil); err != nil {
			t.Errorf("CancelTickets: got %v, want nil", err)
		}
		w.hold("ana", event, adult, 2, "k") // the old key again: the same hold id
		return nil
	}})
	d, err := slow.Book(ctx, user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
	if err != nil || d.Status != booking.Cancelled {
		t.Errorf("Book by the slow process: got %s and %v, want the cancelled booking", d.Status, err)
	}
	w.recover()
	w.audit(event, "ana")
}

// What cannot be settled holds up nothing else.
func TestService_JanitorGoesOnAfterAFailure(t *testing.T) {
	t.Run("orphans", func(t *testing.T) {
		w := newWorld(t)
		event := w.open("concert", noLimit)
		for n := range 6 {
			dying, _ := w.dying(3, false) // claims, authorises, and dies before the record
			ask := best(event, adult, 1, "")
			_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{Direct: &ask, Payment: payWith("ok"), Key: fmt.Sprint(n)})
		}
		w.clock.add(16 * time.Minute)
		stuck := w.pay.Ledger()[0].ID
		if n, err := w.paidBy(&stubborn{w.pay, stuck}).VoidOrphans(t.Context()); n != 5 || err == nil {
			t.Errorf("VoidOrphans with one that cannot be voided: got %d and %v, want 5 and its error", n, err)
		}
	})
	t.Run("cancellation", func(t *testing.T) {
		w := newWorld(t)
		event := w.open("concert", noLimit)
		for n := range 12 {
			w.bought("ana", event, adult, 1, fmt.Sprint(n))
		}
		state := w.state("concert", func(s *message.EventStateV1) { s.Version, s.Status = 3, "cancelled" })
		if err := w.ApplyEvent(t.Context(), state); err != nil {
			t.Fatalf("ApplyEvent: got %v, want nil", err)
		}
		w.clock.add(2 * time.Minute)
		stuck := w.pay.Ledger()[0].ID
		if _, err := w.paidBy(&stubborn{w.pay, stuck}).ResumeCancellations(t.Context()); err == nil {
			t.Error("ResumeCancellations with one that cannot be refunded: got nil, want its error")
		}
		back := 0
		for _, a := range w.pay.Ledger() {
			if a.Refunded == a.Amount {
				back++
			}
		}
		if back != 11 {
			t.Errorf("refunds while one cannot be: got %d, want 11", back)
		}
	})
}

// A step whose reply was lost tells nothing of its block.
func TestService_Availability_LearnsNothingFromALostReply(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", func(s *message.EventStateV1) { noLimit(s); s.Layout = s.Layout[1:]; s.Layout[0].Capacity = 20 })
	w.bought("rui", event, floor, 10, "k")
	w.clock.add(2 * time.Second)
	fail := false
	p := w.service(&between{w.store, func(inventory.Step) error {
		if fail {
			return fault.New(fault.Unavailable, "", "not now")
		}
		return nil
	}})
	if _, err := p.Hold(t.Context(), user("ana"), best(event, floor, 11, "k")); !errors.Is(err, inventory.ErrSoldOut) {
		t.Fatalf("Hold: got %v, want soldOut", err) // which swept the event
	}
	fail = true
	_, err := p.Hold(t.Context(), user("ana"), best(event, floor, 1, "k2"))
	wantKind(t, "Hold", err, fault.Unavailable)
	a, err := p.Availability(t.Context(), event)
	if err != nil || a.Sections[0].Sold != 10 {
		t.Errorf("Availability: got %v and %v, want 10 sold", a.Sections, err)
	}
}

func TestService_HeldBy(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, adult, 2, "k")
	longer, err := w.ExtendHold(t.Context(), user("ana"), h.Token)
	if err != nil {
		t.Fatalf("ExtendHold: got %v, want nil", err)
	}
	if got, err := w.HeldBy(t.Context(), user("ana"), h.Token); err != nil || !got.ExpiresAt.Equal(longer.ExpiresAt) {
		t.Errorf("HeldBy by the token from before it was extended: got %v and %v, want %v", got.ExpiresAt, err, longer.ExpiresAt)
	}
	w.book("ana", h.Token, "b")
	_, err = w.HeldBy(t.Context(), user("ana"), h.Token)
	wantKind(t, "HeldBy once it was booked", err, fault.NotFound)
}

func TestService_CancelQuote_UnknownTicketIsInTheQuery(t *testing.T) {
	w := newWorld(t)
	d := w.bought("ana", w.open("concert", nil), adult, 1, "k")
	for call, do := range map[string]func() error{
		"query.ticketIds[0]": func() error {
			_, err := w.CancelQuote(t.Context(), booking.Actor{User: user("ana")}, d.ID, []string{"tic_1"})
			return err
		},
		"body.ticketIds[0]": func() error {
			_, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, []string{"tic_1"})
			return err
		},
	} {
		var f *fault.Error
		if err := do(); !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) != 1 || f.Fields[0].Location != call {
			t.Errorf("unknown ticket: got %v, want invalid at %s", err, call)
		}
	}
}

// Places named by one item of a request are not chosen for another.
func TestService_Hold_NamedAndChosenPlacesDiffer(t *testing.T) {
	for _, again := range []bool{false, true} {
		for n := range 20 {
			w := newWorld(t)
			event := w.open("concert", func(s *message.EventStateV1) {
				noLimit(s)
				s.Layout[0].Rows = []message.RowV1{{Label: "A", Seats: 3}, {Label: "B", Seats: 64}}
			})
			ask := booking.HoldRequest{EventID: event, Key: fmt.Sprint(n), Items: []booking.ItemRequest{
				{TicketTypeID: adult, Quantity: 2}, {TicketTypeID: adult, Seats: append(seatAt("A", 1), seatAt("A", 2)...)},
			}}
			h, err := w.Hold(t.Context(), user("ana"), ask)
			if again && err == nil {
				h, err = w.service(w.store).Hold(t.Context(), user("ana"), ask)
			}
			if err != nil {
				t.Fatalf("Hold: got %v, want nil", err)
			}
			seats := map[string]bool{}
			for _, s := range h.Seats {
				seats[seatKey(s)] = true
			}
			if _, held, _ := w.counts(event); len(seats) != 4 || len(h.Seats) != 4 || held != 4 {
				t.Fatalf("places, again %t: got %d, %d of them different, %d held, want 4", again, len(h.Seats), len(seats), held)
			}
		}
	}
}

// A hold that lapsed and of which others took a part is asked for anew by its own key.
func TestService_HoldAgainAfterItLapsed(t *testing.T) {
	for _, other := range []bool{false, true} {
		w := newWorld(t)
		event := w.open("concert", func(s *message.EventStateV1) { noLimit(s); s.Layout[1].Capacity = 4 })
		h := w.hold("ana", event, floor, 3, "k")
		w.clock.add(11 * time.Minute)
		take := best(event, floor, 0, "k")
		take.Items[0].Seats = []booking.SeatRequest{{SectionID: standing, Number: h.Seats[1].Number}}
		if _, err := w.Hold(t.Context(), user("rui"), take); err != nil {
			t.Fatalf("Hold of a lapsed place: got %v, want nil", err)
		}
		process := w.Service
		if other {
			process = w.service(w.store)
		}
		h, err := process.Hold(t.Context(), user("ana"), best(event, floor, 3, "k"))
		if err != nil || len(h.Seats) != 3 {
			t.Fatalf("Hold again: got %d places and %v, want 3", len(h.Seats), err)
		}
		w.book("ana", h.Token, "b")
		w.audit(event, "ana")
	}
}
