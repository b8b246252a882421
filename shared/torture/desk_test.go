package torture_test

import (
	"context"
	"fmt"
	"maps"
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

// audit compares bookings, places and money with what was bought, and tells.
func (d *desk) audit(t testing.TB, adapter, event, did string, recovery time.Duration) {
	t.Helper()
	ctx := t.Context()
	d.mu.Lock()
	bought, captured := maps.Clone(d.bought), maps.Clone(d.captured)
	d.mu.Unlock()
	tickets := 0
	for name, n := range bought {
		list, _, err := d.UserBookings(ctx, buyer(name), "", 10)
		if err != nil || len(list) != 1 || list[0].Status != booking.Confirmed || len(list[0].Tickets) != n {
			t.Errorf("bookings of %s: got %+v and %v, want a confirmed one with %d tickets", name, list, err, n)
			continue
		}
		tickets += n
		if d.aloof {
			continue
		}
		ref, err := booking.ParseRef(list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := d.s.Booking(ctx, ref)
		if err != nil {
			t.Fatalf("Booking: got %v, want nil", err)
		}
		e, err := d.s.ledger.Entry(ctx, b.Payment)
		if err != nil || e.State != payment.Captured || e.Amount.Minor != int64(n)*price || e.Refunded.Minor != 0 {
			t.Errorf("payment of %s: got %+v and %v, want %d captured", name, e, err, n*price)
		}
		delete(captured, b.Payment)
	}
	if len(captured) != 0 && !d.aloof {
		t.Errorf("captures that are no booking's: got %v, want none", captured)
	}
	if open, err := d.s.ledger.OpenEntries(ctx, time.Now().Add(time.Hour), 10); err != nil || len(open) != 0 && !d.aloof {
		t.Errorf("authorisations left open: got %v and %v, want none", open, err)
	}
	var now booking.SectionAvailability
	eventually(t, "the number of places that are sold", func() bool {
		a, err := d.Availability(ctx, event)
		if err == nil {
			now = a.Sections[0]
		}
		return err == nil && now.Sold >= tickets && now.Held == 0
	})
	if now.Sold != tickets {
		t.Errorf("places sold: got %d, want %d", now.Sold, tickets)
	}
	paid := ", each paid once"
	if d.aloof {
		paid = ""
	}
	report(t, adapter, fmt.Sprintf("%s: %d bookings of %d places, %d sold%s, %d calls to be repeated",
		did, len(bought), tickets, now.Sold, paid, d.refused), recovery)
}
