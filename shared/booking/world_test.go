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
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// clock is a time that moves only when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a Booking Service on an empty embedded store.
type world struct {
	*booking.Service
	t     testing.TB
	store *embedstore.Store
	books *testpay.Books
	pay   *testpay.Provider
	clock *clock
	keys  *booking.Keyring
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := embedstore.Open(context.Background(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t, store: store, books: testpay.NewBooks(), clock: &clock{now: time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)}}
	w.pay = w.provider()
	if w.keys, err = booking.NewKeyring(1, map[byte][]byte{1: []byte("0123456789abcdef0123456789abcdef")}); err != nil {
		t.Fatal(err)
	}
	w.Service = w.service(store)
	return w
}

// provider returns another process's payment provider with the same books.
func (w *world) provider() *testpay.Provider {
	return testpay.New(testpay.Config{
		Ledger: w.books, Now: w.clock.Now, Sleep: func(context.Context, time.Duration) error { return nil },
	})
}

// service returns another process's service on a store over the same data.
func (w *world) service(store booking.Store) *booking.Service {
	return booking.New(booking.Deps{
		Store: store, Payment: w.pay, Keys: w.keys, Now: w.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, w.clock.Now()) },
	}, booking.Config{Ticking: true})
}

var (
	seated   = id.Derived(id.Section, "stalls")
	standing = id.Derived(id.Section, "floor")
	adult    = id.Derived(id.TicketType, "adult")
	floor    = id.Derived(id.TicketType, "floor")
)

// state is a published event with 4 rows of 10 seats and 100 standing places; edit changes it.
func (w *world) state(name string, edit func(*message.EventStateV1)) message.EventStateV1 {
	starts := w.clock.Now().Add(30 * 24 * time.Hour)
	s := message.EventStateV1{
		EventID: id.Derived(id.Event, name), Version: 2, OrganisationID: "demo", Status: "published", Name: name, Category: "concert",
		LocationID: id.Derived(id.Location, "hall"), StartsAt: starts, TimeZone: "Europe/Lisbon", PerPerson: 10,
		Location: message.PlaceV1{Name: "Coliseu", Address: "Rua 1", City: "Lisboa", Country: "PT"},
		TicketTypes: []message.TicketTypeV1{
			{ID: adult, Name: "Adult", Price: money.Of(4500, "EUR"), SectionIDs: []string{seated}},
			{ID: floor, Name: "Floor", Price: money.Of(3000, "EUR"), SectionIDs: []string{standing}},
		},
		Layout: []message.SectionV1{
			{ID: seated, Name: "Stalls", Kind: "seated"},
			{ID: standing, Name: "Floor", Kind: "standing", Capacity: 100},
		},
	}
	for _, label := range []string{"A", "B", "C", "D"} {
		s.Layout[0].Rows = append(s.Layout[0].Rows, message.RowV1{Label: label, Seats: 10})
	}
	if edit != nil {
		edit(&s)
	}
	return s
}

// open puts an event on sale and returns its id.
func (w *world) open(name string, edit func(*message.EventStateV1)) string {
	w.t.Helper()
	s := w.state(name, edit)
	if err := w.ApplyEvent(context.Background(), s); err != nil {
		w.t.Fatalf("ApplyEvent: got %v, want nil", err)
	}
	return s.EventID
}

func user(name string) id.Raw {
	raw, _ := id.Parse(id.User, id.Derived(id.User, name))
	return raw
}

func noLimit(s *message.EventStateV1) { s.PerPerson = 0 }

func best(eventID, kind string, n int, key string) booking.HoldRequest {
	return booking.HoldRequest{
		EventID: eventID, Key: key, BodyHash: uint64(n),
		Items: []booking.ItemRequest{{TicketTypeID: kind, Quantity: n}},
	}
}

func (w *world) hold(who, eventID, kind string, n int, key string) booking.Hold {
	w.t.Helper()
	h, err := w.Hold(context.Background(), user(who), best(eventID, kind, n, key))
	if err != nil {
		w.t.Fatalf("Hold: got %v, want nil", err)
	}
	return h
}

func payWith(token string) *booking.PaymentRequest {
	return &booking.PaymentRequest{Method: "test", Token: token}
}

func (w *world) book(who, token, key string) booking.Details {
	w.t.Helper()
	d, err := w.Book(context.Background(), user(who), booking.BookRequest{HoldToken: token, Payment: payWith("ok"), Key: key})
	if err != nil {
		w.t.Fatalf("Book: got %v, want nil", err)
	}
	return d
}

// bought is a confirmed booking of n places.
func (w *world) bought(who, eventID, kind string, n int, key string) booking.Details {
	w.t.Helper()
	return w.book(who, w.hold(who, eventID, kind, n, key).Token, key)
}

// left counts the free places of an event, now.
func (w *world) counts(eventID string) (sold, held, free int) {
	w.t.Helper()
	w.clock.add(2 * time.Second)
	a, err := w.Availability(context.Background(), eventID)
	if err != nil {
		w.t.Fatalf("Availability: got %v, want nil", err)
	}
	for _, s := range a.Sections {
		sold, held, free = sold+s.Sold, held+s.Held, free+s.Free
	}
	return sold, held, free
}

func wantErr(t testing.TB, call string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", call, got, want)
	}
}

func wantKind(t testing.TB, call string, got error, want fault.Kind) {
	t.Helper()
	if !fault.Is(got, want) {
		t.Errorf("%s: got %v, want kind %v", call, got, want)
	}
}

func seatKey(s booking.Seat) string { return fmt.Sprintf("%s/%s/%d", s.SectionID, s.Row, s.Number) }
