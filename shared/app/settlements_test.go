package app_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// Letters that nobody can help do not hide those that can be.
func TestApp_RetrySettlements_LooksBehindTheHopeless(t *testing.T) {
	store, err := embedstore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	keys, err := booking.NewKeyring(1, map[byte][]byte{1: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	service := booking.New(booking.Deps{
		Store: store, Payment: testpay.New(testpay.Config{}), Keys: keys,
		Now: func() time.Time { return now }, NewID: func(prefix string) string { return id.New(prefix, now) },
	}, booking.Config{})
	raw, _ := id.Parse(id.User, id.Derived(id.User, "ana"))
	event, _ := id.Parse(id.Event, id.Derived(id.Event, "concert"))
	b := booking.Booking{
		User: raw, Hold: 7, Event: event, Status: booking.Recorded, Key: "k", CreatedAt: now.Add(-time.Hour), Version: 1,
		Items: []booking.Item{{Groups: []inventory.Group{{Block: inventory.BlockID{Event: event}, Slots: 1}}}},
	}
	if err := store.PutBooking(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	for n := range 250 {
		m := message.New(fmt.Sprint("m", n), message.SourceBooking, message.EventChanged, "x", now, message.EventStateV1{})
		if n == 240 {
			m = message.New("m", message.SourceBooking, message.BookingRecorded, b.Ref().ID(), b.CreatedAt, message.BookingRefV1{BookingID: b.Ref().ID(), Version: 1})
		}
		letter := queue.DeadLetter{ID: fmt.Sprintf("dlq_%04d", n), Group: consumer.BookingGroup, Message: m, Reason: "away", At: now}
		if err := store.AddDeadLetter(t.Context(), letter); err != nil {
			t.Fatal(err)
		}
	}
	settled, err := app.NewJanitor(app.Store{DeadLetters: store}, service).RetrySettlements(t.Context())
	if settled != 1 || err != nil {
		t.Errorf("RetrySettlements: got %d and %v, want 1", settled, err)
	}
	if got, err := store.Booking(t.Context(), b.Ref()); err != nil || got.Status == booking.Recorded {
		t.Errorf("Booking after: got %s and %v, want it settled", got.Status, err)
	}
}
