package dynamostore_test

import (
	"context"
	"math/bits"
	"testing"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

var t0 = time.Date(2031, 3, 5, 19, 30, 0, 0, time.UTC)

// Every write is done, its first replies are lost, and what the store tries again by itself finds it done: the answer is
// success, and the effect there once.
func TestStore_writeWhoseReplyIsLost(t *testing.T) {
	prefix, _ := tables(t)
	cfg := config(t)
	l := &lossy{HTTPClient: awshttp.NewBuildableClient()}
	cfg.HTTPClient = l
	s, err := dynamostore.Open(t.Context(), cfg, "dynamodb://"+prefix, dynamostore.WithAttemptTimeout(20*time.Second),
		dynamostore.WithBackoff(time.Millisecond, time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	ctx, event, user := t.Context(), id.Raw{1}, id.Raw{2}
	block := inventory.BlockID{Event: event}
	step := func(op inventory.Op, slots uint64, expires int64, want func(inventory.Block) bool) func() error {
		return func() error {
			found, err := s.Step(ctx, block, inventory.Step{Op: op, Slots: slots, Hold: 7, Expires: t0.Unix() + expires, Now: t0})
			if err == nil && !want(found) {
				t.Errorf("Step %d: got %+v, want it done", op, found)
			}
			return err
		}
	}
	own := func(n int) func(inventory.Block) bool {
		return func(b inventory.Block) bool { return bits.OnesCount64(b.Own(^uint64(0), 7)) == n }
	}
	ledger := s.Ledger()
	for _, w := range []struct {
		name string
		do   func() error
	}{
		{"claim", step(inventory.OpClaim, 0b1111, 60, own(4))},
		{"claim-of-more", step(inventory.OpClaim, 0b11111, 60, own(5))},
		{"extend", step(inventory.OpExtend, 0b11111, 90, own(5))},
		{"confirm", step(inventory.OpConfirm, 0b11, 90, own(5))},
		{"confirm-by-a-wrong-hint", step(inventory.OpConfirm, 0b100, 1, own(5))},
		{"let-go", step(inventory.OpLetGo, 0b1000, 0, own(4))},
		{"release", step(inventory.OpRelease, 0b1, 0, own(3))},
		{"withhold", step(inventory.OpWithhold, 1<<63, 0, func(b inventory.Block) bool { return b.With(^uint64(0), inventory.Withheld) == 1<<63 })},
		{"offer", step(inventory.OpOffer, 1<<63, 0, func(b inventory.Block) bool { return b.With(^uint64(0), inventory.Withheld) == 0 })},
		{"close", step(inventory.OpClose, 0, 0, func(b inventory.Block) bool { return b.Closed })},
		{"new-event", func() error { return s.PutEvent(ctx, catalog.Event{ID: "evt_1", Version: 1}) }},
		{"event", func() error { return s.PutEvent(ctx, catalog.Event{ID: "evt_1", Version: 2}) }},
		{"availability", func() error { return s.PutAvailability(ctx, "evt_1", catalog.Availability{AsOf: t0}) }},
		{"new-location", func() error { return s.PutLocation(ctx, catalog.Location{ID: "loc_1", Version: 1}) }},
		{"location", func() error { return s.PutLocation(ctx, catalog.Location{ID: "loc_1", Version: 2}) }},
		{"month", func() error { return s.PutHallMonth(ctx, catalog.Month{HallID: "h", Month: "2031-03", Version: 1}) }},
		{"entry", func() error {
			return s.PutEntry(ctx, "events", catalog.Entry{ID: "e", Sort: "1", Version: 1, Tokens: []string{"a", "b", "c"}})
		}},
		{"entry-changed", func() error {
			return s.PutEntry(ctx, "events", catalog.Entry{ID: "e", Sort: "2", Version: 2, Tokens: []string{"b"}})
		}},
		{"snapshot", func() error { return s.PutSnapshot(ctx, inventory.Snapshot{Event: event, AsOf: t0}, time.Time{}) }},
		{"next-snapshot", func() error { return s.PutSnapshot(ctx, inventory.Snapshot{Event: event, AsOf: t0.Add(1)}, t0) }},
		{"sale", func() error {
			return s.PutSale(ctx, booking.Sale{EventStateV1: message.EventStateV1{EventID: event.With(id.Event), Status: "cancelled"}, Rev: 1})
		}},
		{"refunded-sale", func() error {
			return s.PutSale(ctx, booking.Sale{EventStateV1: message.EventStateV1{EventID: event.With(id.Event), Status: "cancelled"}, Refunded: true, Rev: 2})
		}},
		{"venue", func() error { return s.PutVenue(ctx, booking.Venue{LocationID: "loc_1", Version: 1}) }},
		{"booking", func() error { return s.PutBooking(ctx, booking.Booking{User: user, Hold: 7, Version: 1}) }},
		{"booking-changed", func() error { return s.PutBooking(ctx, booking.Booking{User: user, Hold: 7, Version: 2}) }},
		{"mark", func() error {
			m, err := s.PutMark(ctx, booking.Mark{User: user, Key: "k", Hold: 7})
			if err == nil && m.Hold != 7 {
				t.Errorf("PutMark: got hold %s, want 7", m.Hold)
			}
			return err
		}},
		{"index", func() error { return s.IndexBooking(ctx, event, booking.Ref{User: user, Hold: 7}) }},
		{"purchases", func() error { return s.PutPurchases(ctx, booking.Purchases{User: user, Event: event, Version: 1}) }},
		{"user", func() error { return s.PutUser(ctx, booking.User{ID: user.With(id.User), Version: 1}) }},
		{"ledger", func() error {
			return ledger.PutEntry(ctx, payment.Entry{Authorisation: payment.Authorisation{ID: "a", State: payment.Authorised, At: t0}, Version: 1})
		}},
		{"ledger-captured", func() error {
			return ledger.PutEntry(ctx, payment.Entry{Authorisation: payment.Authorisation{ID: "a", State: payment.Captured, At: t0}, Version: 2})
		}},
	} {
		l.mu.Lock()
		l.lose, l.lost = 3, 0
		l.mu.Unlock()
		if err := w.do(); err != nil {
			t.Errorf("%s with three replies lost: got %v, want nil", w.name, err)
		}
		if l.lost == 0 {
			t.Errorf("%s: got no reply lost, want three", w.name)
		}
	}
	l.mu.Lock()
	l.lose = 0
	l.mu.Unlock()
	if b, err := s.Booking(ctx, booking.Ref{User: user, Hold: 7}); err != nil || b.Version != 2 {
		t.Errorf("Booking: got version %d and %v, want 2", b.Version, err)
	}
	hits, err := s.Search(ctx, "events", []string{"b"}, catalog.Position{}, "", 10)
	if err != nil || len(hits.Entries) != 1 || hits.Entries[0].Version != 2 {
		t.Errorf("Search: got %+v and %v, want version 2 alone", hits, err)
	}
	if open, err := s.OpenCancellations(ctx, 10); err != nil || len(open) != 0 {
		t.Errorf("OpenCancellations: got %d and %v, want none", len(open), err)
	}
	if open, err := ledger.OpenEntries(ctx, t0.Add(time.Hour), 10); err != nil || len(open) != 0 {
		t.Errorf("OpenEntries: got %d and %v, want none", len(open), err)
	}
}

// A write that was done although nobody was told, by a process that asks no more, is another's to whoever comes next.
func TestStore_writeOfAnotherWithTheSameContent(t *testing.T) {
	prefix, api := tables(t)
	b := booking.Booking{User: id.Raw{1}, Hold: 1, Version: 1}
	for i, want := range []bool{true, false} {
		err := dynamostore.New(api, prefix).PutBooking(context.WithoutCancel(t.Context()), b)
		if got := err == nil; got != want || err != nil && !fault.Is(err, fault.Stale) {
			t.Errorf("PutBooking %d of the same: got %v, want success %t or stale", i+1, err, want)
		}
	}
}
