package torture_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/testpay"
)

// publishes is Publish of some queue.
type publishes = func(ctx context.Context, ms ...message.Envelope) error

// together runs f for each of all until they have ended.
func together[T any](ctx context.Context, all []T, f func(ctx context.Context, one T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	for _, one := range all {
		g.Go(func() error { return f(ctx, one) })
	}
	return g.Wait()
}

// desk is a Booking Service over a store, whose buyers ask again until they have their tickets.
type desk struct {
	*booking.Service
	s stored

	mu       sync.Mutex
	captured map[string]bool // authorisations
	bought   map[string]int  // tickets by buyer
	refused  int
	aloof    bool // other processes have books of their own, so that nobody knows who paid
}

// newDesk opens a desk of its own over a store.
func newDesk(s stored) (*desk, error) {
	keys, err := booking.NewKeyring(1, map[byte][]byte{1: []byte("0123456789abcdef0123456789abcdef")})
	if err != nil {
		return nil, err
	}
	d := &desk{s: s, captured: map[string]bool{}, bought: map[string]int{}}
	d.Service = booking.New(booking.Deps{
		Store: s.storesPorts, Payment: &witness{testpay.New(testpay.Config{Ledger: s.ledger}), d}, Keys: keys,
		Now: func() time.Time { return time.Now().UTC() }, NewID: func(prefix string) string { return id.New(prefix, time.Now()) },
	}, booking.Config{})
	return d, nil
}

// witness notes what is captured.
type witness struct {
	payment.Provider
	d *desk
}

func (w *witness) Capture(ctx context.Context, authorisation string) error {
	err := w.Provider.Capture(ctx, authorisation)
	w.d.mu.Lock()
	defer w.d.mu.Unlock()
	if err == nil {
		w.d.captured[authorisation] = true
	}
	return err
}

var (
	floor  = id.Derived(id.Section, "floor")
	ticket = id.Derived(id.TicketType, "floor")
)

const price = 3000

// onSale is an event with 20,000 standing places.
func onSale(name string) message.EventStateV1 {
	return message.EventStateV1{
		EventID: id.Derived(id.Event, name), Version: 2, OrganisationID: "demo", Status: "published", Name: name, Category: "concert",
		LocationID: id.Derived(id.Location, "hall"), StartsAt: time.Date(2041, 3, 1, 20, 0, 0, 0, time.UTC), TimeZone: "Europe/Lisbon", PerPerson: 10,
		Location:    message.PlaceV1{Name: "Coliseu", Address: "Rua 1", City: "Lisboa", Country: "PT"},
		TicketTypes: []message.TicketTypeV1{{ID: ticket, Name: "Floor", Price: money.Of(price, "EUR"), SectionIDs: []string{floor}}},
		Layout:      []message.SectionV1{{ID: floor, Name: "Floor", Kind: "standing", Capacity: 20_000}},
	}
}

// opens puts an event on sale, patiently, and returns its id.
func (d *desk) opens(t testing.TB, name string) string {
	t.Helper()
	state := onSale(name)
	eventually(t, "an event on sale", func() bool { return d.ApplyEvent(t.Context(), state) == nil })
	return state.EventID
}

func buyer(name string) id.Raw {
	raw, _ := id.Parse(id.User, id.Derived(id.User, name))
	return raw
}

// try asks once for a buyer's tickets: with the same key each time, so that it is one booking however often it is asked for.
func (d *desk) try(ctx context.Context, event, name string, n int) (done bool, err error) {
	return d.tryFor(ctx, event, ticket, name, name, n)
}

func (d *desk) tryFor(ctx context.Context, event, kind, name, key string, n int) (done bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	got, err := d.Book(ctx, buyer(name), booking.BookRequest{
		Direct:  &booking.HoldRequest{EventID: event, Items: []booking.ItemRequest{{TicketTypeID: kind, Quantity: n}}},
		Payment: &booking.PaymentRequest{Method: "test", Token: testpay.OK}, Key: key,
	})
	if err != nil {
		return false, err
	}
	if got.Status == booking.Recorded { // what the worker does, sooner
		ref, err := booking.ParseRef(got.ID)
		if err != nil {
			return false, err
		}
		return false, d.Settle(ctx, ref)
	}
	return got.Status == booking.Confirmed, nil
}

// buy asks until the buyer has the tickets.
func (d *desk) buy(t testing.TB, event, name string, n int) {
	ctx := context.WithoutCancel(t.Context())
	for until := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		done, err := d.try(ctx, event, name, n)
		if done {
			break
		}
		d.mu.Lock()
		d.refused++
		d.mu.Unlock()
		if err != nil && !fault.Is(err, fault.Unavailable) && ctx.Err() == nil && !timeIsUp(err) {
			t.Errorf("Book by %s: got %v, want tickets, or unavailable", name, err)
			return
		}
		if time.Now().After(until) {
			t.Errorf("Book by %s: got %v for %v, want tickets in the end", name, err, patience)
			return
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bought[name] = n
}

// holdAndBook asks for a hold, and then for its booking, until the buyer has the tickets.
func (d *desk) holdAndBook(t testing.TB, event, name string, n int) {
	ctx := context.WithoutCancel(t.Context())
	var hold booking.Hold
	again(t, "Hold", func() (err error) {
		hold, err = d.Hold(ctx, buyer(name), booking.HoldRequest{
			EventID: event, Key: name, Items: []booking.ItemRequest{{TicketTypeID: ticket, Quantity: n}},
		})
		return err
	})
	again(t, "Book", func() error {
		got, err := d.Book(ctx, buyer(name), booking.BookRequest{
			HoldToken: hold.Token, Payment: &booking.PaymentRequest{Method: "test", Token: testpay.OK}, Key: "book " + name,
		})
		if err == nil && got.Status != booking.Confirmed {
			return fault.New(fault.Unavailable, "", "the booking is "+string(got.Status))
		}
		return err
	})
	d.mu.Lock()
	defer d.mu.Unlock()
	d.bought[name] = n
}

// cancel cancels what a buyer has, whatever it takes.
func (d *desk) cancel(t testing.TB, name string) {
	ctx := context.WithoutCancel(t.Context())
	var list []booking.Details
	again(t, "UserBookings", func() (err error) {
		list, _, err = d.UserBookings(ctx, buyer(name), "", 1)
		return err
	})
	again(t, "CancelTickets", func() error {
		_, err := d.CancelTickets(ctx, booking.Actor{User: buyer(name)}, list[0].ID, nil)
		return err
	})
}

// again does something until it is not unavailable any more.
func again(t testing.TB, call string, do func() error) {
	t.Helper()
	for until := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		err := do()
		if err == nil {
			return
		}
		if !fault.Is(err, fault.Unavailable) || time.Now().After(until) {
			t.Fatalf("%s: got %v, want nil, or unavailable for less than %v", call, err, patience)
		}
	}
}
