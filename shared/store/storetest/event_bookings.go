package storetest

import (
	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

func eventBookingFacts() []fact {
	return []fact{
		{name: "event-bookings-are-listed-by-part-in-hold-order", test: eventBookingParts},
		{name: "event-bookings-are-indexed-once", test: indexedOnce},
		{name: "event-bookings-of-another-event-stay-out", test: eventBookingsApart},
		{name: "event-bookings-page-stably-under-inserts", test: eventBookingPages},
	}
}

// eventBookings pages through a part.
func (e *env) eventBookings(event id.Raw, part byte, limit int, between func(last inventory.HoldID)) []booking.Ref {
	e.Helper()
	var seen []booking.Ref
	for after := inventory.HoldID(0); ; {
		page, err := e.Booking.EventBookings(e.Context(), event, part, after, limit)
		e.must("EventBookings", err)
		for _, r := range page {
			if r.Hold <= after || byte(r.Hold>>56) != part {
				e.Fatalf("EventBookings of part %#x after %s: got %s, want one of the part above it, in order", part, after, r.Hold)
			}
			after = r.Hold
		}
		seen = append(seen, page...)
		if len(page) > limit || len(seen) > 2000 {
			e.Fatalf("EventBookings of part %#x, limit %d: got %d, in all %d", part, limit, len(page), len(seen))
		}
		if len(page) == 0 {
			return seen
		}
		if between != nil {
			between(after)
		}
	}
}

func (e *env) indexBooking(event id.Raw, r booking.Ref) {
	e.Helper()
	e.must("IndexBooking", e.Booking.IndexBooking(e.Context(), event, r))
}

// eventBookingParts puts bookings at both ends of each part and reads all 256.
func eventBookingParts(e *env) {
	event := e.raw()
	var want []booking.Ref
	for part := range uint64(256) {
		ends := []uint64{part << 56, part<<56 | 1, part<<56 | 0x00FF_FFFF_FFFF_FFFF}
		for k, h := range ends {
			if h == 0 || k == 1 && part%64 != 0 {
				continue
			}
			want = append(want, booking.Ref{User: e.raw(), Hold: inventory.HoldID(h)})
		}
	}
	parallel(8, func(k int) {
		for i := k; i < len(want); i += 8 {
			if err := e.Booking.IndexBooking(e.Context(), event, want[len(want)-1-i]); err != nil {
				e.Errorf("IndexBooking: got %v, want nil", err)
			}
		}
	})
	var got []booking.Ref
	for part := range 256 {
		got = append(got, e.eventBookings(event, byte(part), 2, nil)...)
	}
	e.equal("EventBookings of all parts", got, want)
	for _, r := range []inventory.HoldID{0x7F00_0000_0000_0000, 0x80FF_FFFF_FFFF_FFFF} {
		page, err := e.Booking.EventBookings(e.Context(), event, byte(r>>56), r, 10)
		e.must("EventBookings", err)
		wantLeft := 1
		if r&1 == 1 {
			wantLeft = 0
		}
		if len(page) != wantLeft {
			e.Errorf("EventBookings after %s, one end of its part: got %d, want %d", r, len(page), wantLeft)
		}
	}
}

func indexedOnce(e *env) {
	event, r := e.raw(), booking.Ref{User: e.raw(), Hold: e.hold()}
	parallel(callers, func(int) {
		if err := e.Booking.IndexBooking(e.Context(), event, r); err != nil {
			e.Errorf("IndexBooking repeated at once: got %v, want nil", err)
		}
	})
	e.indexBooking(event, r)
	e.equal("EventBookings after many IndexBooking of one", e.eventBookings(event, byte(r.Hold>>56), 10, nil), []booking.Ref{r})
}

func eventBookingsApart(e *env) {
	event, h := e.raw(), e.hold()
	mine := booking.Ref{User: e.raw(), Hold: h}
	e.indexBooking(event, mine)
	for _, other := range nextTo(event) {
		e.indexBooking(other, booking.Ref{User: e.raw(), Hold: h + 1})
	}
	e.putBooking(e.bareBooking(mine.User, h+2)) // a record alone is not in the index
	e.equal("EventBookings", e.eventBookings(event, byte(h>>56), 10, nil), []booking.Ref{mine})
	e.equal("EventBookings of an event without any", e.eventBookings(e.raw(), byte(h>>56), 10, nil), []booking.Ref(nil))
}

func eventBookingPages(e *env) {
	event := e.raw()
	const part = 0xA7
	steady := map[inventory.HoldID]bool{}
	for i := range uint64(60) {
		h := inventory.HoldID(part<<56 | uint64(spread(i))>>8)
		steady[h] = true
		e.indexBooking(event, booking.Ref{User: e.raw(), Hold: h})
	}
	writes := 0
	seen := e.eventBookings(event, part, 7, func(last inventory.HoldID) {
		if writes++; writes > 30 {
			return
		}
		inserts := []inventory.HoldID{last - 1}
		if writes%2 == 0 {
			inserts = append(inserts, last+1, last+1<<40)
		}
		for _, h := range inserts {
			if byte(h>>56) == part && !steady[h] {
				e.indexBooking(event, booking.Ref{User: e.raw(), Hold: h})
			}
		}
	})
	count := map[inventory.HoldID]int{}
	for _, r := range seen {
		count[r.Hold]++
	}
	for h := range steady {
		if count[h] != 1 {
			e.Errorf("EventBookings over pages: got hold %s, which was there throughout, %d times, want once", h, count[h])
		}
	}
}
