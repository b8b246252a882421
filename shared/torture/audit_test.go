package torture_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/payment"
)

// audit compares bookings, places and money with what was bought, and tells.
func (d *desk) audit(t testing.TB, adapter, event, did string, recovery, within time.Duration) {
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
		did, len(bought), tickets, now.Sold, paid, d.refused), recovery, within)
}

// auditCancelled finds every booking cancelled, no place sold and all money given back.
func (d *desk) auditCancelled(t testing.TB, adapter, event, did string) {
	t.Helper()
	d.mu.Lock()
	bought := maps.Clone(d.bought)
	d.mu.Unlock()
	for name, n := range bought {
		list, _, err := d.UserBookings(t.Context(), buyer(name), "", 10)
		if err != nil || len(list) != 1 || list[0].Status != booking.Cancelled {
			t.Errorf("bookings of %s: got %+v and %v, want a cancelled one", name, list, err)
			continue
		}
		ref, err := booking.ParseRef(list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		b, err := d.s.Booking(t.Context(), ref)
		if err != nil {
			t.Fatalf("Booking: got %v, want nil", err)
		}
		e, err := d.s.ledger.Entry(t.Context(), b.Payment)
		if err != nil || e.Refunded.Minor != int64(n)*price || len(e.Refunds) != 1 {
			t.Errorf("payment of %s: got %+v and %v, want %d given back at once", name, e, err, n*price)
		}
	}
	eventually(t, "an event of which nothing is sold", func() bool {
		a, err := d.Availability(t.Context(), event)
		return err == nil && a.Sections[0].Sold == 0 && a.Sections[0].Held == 0
	})
	report(t, adapter, fmt.Sprintf("%s: %d bookings cancelled, each refunded once, nothing sold", did, len(bought)), 0, soon())
}
