package booking_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment"
)

// timer returns the newest timer in the outbox, as a carrier hands it over that knows no "not before".
func (w *world) timer() message.Envelope {
	w.t.Helper()
	due, err := w.store.BookingOutbox().Claim(context.Background(), w.clock.Now().Add(time.Hour), 0, 100)
	if err != nil {
		w.t.Fatal(err)
	}
	var newest message.Envelope
	for _, p := range due {
		if p.Message.Type == message.BookingRecorded && p.Message.Time.After(newest.Time) {
			newest = p.Message
		}
	}
	if newest.ID == "" {
		w.t.Fatal("timers: got none, want one")
	}
	return newest
}

// wantEarly checks that a timer is put off by exactly a time, and that its booking is left alone.
func (w *world) wantEarly(m message.Envelope, wait time.Duration) {
	w.t.Helper()
	body, err := message.Body[message.BookingRefV1](m)
	if err != nil {
		w.t.Fatal(err)
	}
	var early *booking.NotYetError
	if err := w.handle(m); !errors.As(err, &early) || early.Wait != wait {
		w.t.Errorf("SettleRecorded early: got %v, want it to come back after %v", err, wait)
	}
	if _, b := w.record(body.BookingID); b.Version != body.Version {
		w.t.Errorf("booking after an early timer: got version %d, want %d as before", b.Version, body.Version)
	}
}

func (w *world) record(bookingID string) (booking.Ref, booking.Booking) {
	w.t.Helper()
	r, err := booking.ParseRef(bookingID)
	if err != nil {
		w.t.Fatal(err)
	}
	b, err := w.store.Booking(context.Background(), r)
	if err != nil {
		w.t.Fatal(err)
	}
	return r, b
}

// slowly is a payment provider that takes its time to authorise.
type slowly struct {
	payment.Provider
	w    *world
	took time.Duration
}

func (p slowly) Authorise(ctx context.Context, r payment.Request) (payment.Authorisation, error) {
	p.w.clock.add(p.took)
	return p.Provider.Authorise(ctx, r)
}

// A timer that comes at once, and again and again, waits until its own request cannot be at it any more, and no longer.
func TestService_SettleRecorded_Early(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, floor, 2, "k")
	m := &mortal{Store: w.store, pay: slowly{w.pay, w, 15 * time.Second}, at: 2, after: true} // authorises and records
	dying := booking.New(booking.Deps{
		Store: m, Payment: m, Keys: w.keys, Now: w.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, w.clock.Now()) },
	}, booking.Config{})
	_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
	timer := w.timer()
	for waited := time.Duration(0); waited < 20*time.Second; waited += 2500 * time.Millisecond {
		w.wantEarly(timer, 20*time.Second-waited)
		w.clock.add(2500 * time.Millisecond)
	}
	for range 3 {
		if err := w.handle(timer); err != nil {
			t.Errorf("SettleRecorded: got %v, want nil", err)
		}
	}
	if _, b := w.record(timer.Subject); b.Status != booking.Confirmed {
		t.Errorf("booking: got %s, want confirmed", b.Status)
	}
	w.audit(event, "ana")
}

// By a clock that is far behind, a timer waits no longer at a time than it would by a right one.
func TestService_SettleRecorded_FromTheFuture(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, floor, 2, "k")
	dying, _ := w.dying(2, true)
	_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
	timer := w.timer()
	timer.Time = timer.Time.Add(time.Hour)
	w.wantEarly(timer, 20*time.Second)
}

// A cancellation is finished by its own request, or by its own timer: not by an older one that happens to fall due.
func TestService_SettleRecorded_LeavesACancellationToItsRequest(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, floor, 2, "k")
	dying, _ := w.dying(2, true)
	_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
	first := w.timer()
	w.clock.add(19 * time.Second)
	d := w.book("ana", h.Token, "b")
	dying, _ = w.dying(1, true) // writes the cancellation
	if _, err := dying.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, nil); !errors.Is(err, errDead) {
		t.Fatalf("CancelTickets: got %v, want a crash", err)
	}
	second := w.timer()
	w.clock.add(2 * time.Second)
	_, before := w.record(d.ID)
	if err := w.handle(first); err != nil {
		t.Errorf("SettleRecorded by the first timer: got %v, want nil", err)
	}
	if _, after := w.record(d.ID); after.Version != before.Version {
		t.Errorf("booking after the first timer: got version %d, want %d as before", after.Version, before.Version)
	}
	w.wantEarly(second, 18*time.Second)
	w.clock.add(18 * time.Second)
	if err := w.handle(second); err != nil {
		t.Errorf("SettleRecorded by the second timer: got %v, want nil", err)
	}
	if _, after := w.record(d.ID); len(after.Refunds) != 1 || !after.Refunds[0].Done {
		t.Errorf("booking after the second timer: got refunds %v, want one that is done", after.Refunds)
	}
	w.audit(event, "ana")
}

// before is a store on which others act just before the first confirmation, and another just before the first capture.
type before struct {
	booking.Store
	payment.Provider
	confirm, capture func()
}

func once(do *func()) {
	if did := *do; did != nil {
		*do = nil
		did()
	}
}

func (s *before) Step(ctx context.Context, b inventory.BlockID, step inventory.Step) (inventory.Block, error) {
	if step.Op == inventory.OpConfirm {
		once(&s.confirm)
	}
	return s.Store.Step(ctx, b, step)
}

func (s *before) Capture(ctx context.Context, authorisation string) error {
	once(&s.capture)
	return s.Provider.Capture(ctx, authorisation)
}

// Who confirms too late, after another let the booking fail and its places were held anew by the same key, frees them; and
// the catalogue, which may have heard of their sale, hears of that.
func TestService_Settle_WhatWasConfirmedTooLateIsTold(t *testing.T) {
	b := newBus(t, 0)
	event := b.open("concert", noLimit)
	b.bought("eva", event, floor, 1, "k")
	ask := booking.BookRequest{Direct: ptr(best(event, floor, 3, "")), Payment: payWith("refuseCapture"), Key: "k"}
	store := &before{Store: b.store, Provider: b.pay}
	late := booking.New(booking.Deps{
		Store: store, Payment: store, Keys: b.keys, Now: b.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, b.clock.Now()) },
	}, booking.Config{})
	store.confirm = func() {
		_, err := b.Book(t.Context(), user("ana"), ask) // the same request by another process, which is faster
		wantKind(t, "Book by the faster", err, fault.Declined)
		b.drain()
		b.wantTold(1, 139)
		owner := b.pay.Ledger()
		var ref booking.Ref
		for _, a := range owner {
			if r, _ := booking.ParseRef(a.Owner); r.User == user("ana") {
				ref = r
			}
		}
		_, record := b.record(ref.ID())
		for _, g := range record.Items[0].Groups { // held again, by a repeat of the hold that was on its way
			_, err := b.store.Step(t.Context(), g.Block, inventory.Step{
				Op: inventory.OpClaim, Slots: g.Slots, Hold: ref.Hold, Expires: b.clock.Now().Unix() + 600, Now: b.clock.Now(),
			})
			wantErr(t, "Step", err, nil)
		}
	}
	store.capture = func() {
		b.clock.add(2 * time.Second)
		if _, err := b.workers[0].Availability(t.Context(), event); err != nil {
			t.Fatal(err)
		}
		b.wantTold(4, 136)
	}
	_, err := late.Book(t.Context(), user("ana"), ask)
	wantKind(t, "Book", err, fault.Declined)
	if store.capture != nil {
		t.Fatal("Capture: got none by the slower, want one after it confirmed too late")
	}
	b.drain()
	b.wantTold(1, 139)
	b.audit(event, "ana", "eva")
}

func ptr[T any](v T) *T { return &v }
