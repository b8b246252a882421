package storetest

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

func bookingFacts() []fact {
	return []fact{
		{name: "unknown-booking-is-not-found", test: unknownBooking},
		{name: "booking-comes-back-whole", test: wholeBooking},
		{name: "booking-follows-versions", test: func(e *env) { e.keepsVersions("PutBooking", e.bookingVersions()) }},
		{name: "booking-is-recorded-once", test: func(e *env) { e.firstWins("PutBooking", e.bookingVersions()) }},
		{name: "bookings-are-keyed-by-user-and-hold", test: bookingsApart},
		{name: "booking-is-read-back-by-many-writers", test: manyBookings},
		{name: "bookings-of-a-user-come-in-hold-order", test: userBookingOrder},
		{name: "bookings-of-a-user-page-stably-under-inserts", test: userBookingPages},
		{name: "mark-stays-with-its-first-hold", test: marks},
		{name: "mark-has-one-winner-among-many", test: markRace},
	}
}

func (e *env) booking(r booking.Ref) booking.Booking {
	e.Helper()
	b, err := e.Booking.Booking(e.Context(), r)
	e.must("Booking", err)
	return b
}

func (e *env) putBooking(b booking.Booking) {
	e.Helper()
	e.must("PutBooking", e.Booking.PutBooking(e.Context(), b))
}

func ref(b booking.Booking) booking.Ref { return booking.Ref{User: b.User, Hold: b.Hold} }

func unknownBooking(e *env) {
	b := e.sampleBooking()
	_, err := e.Booking.Booking(e.Context(), ref(b))
	e.kind("Booking, unknown", err, fault.NotFound)
	e.putBooking(b)
	_, err = e.Booking.Booking(e.Context(), booking.Ref{User: b.User, Hold: b.Hold + 1})
	e.kind("Booking of another hold", err, fault.NotFound)
	_, err = e.Booking.Booking(e.Context(), booking.Ref{User: b.Event, Hold: b.Hold})
	e.kind("Booking of another user", err, fault.NotFound)
	got, err := e.Booking.UserBookings(e.Context(), e.raw(), 0, 10)
	if err != nil || len(got) != 0 {
		e.Errorf("UserBookings of a new user: got %d, %v, want none", len(got), err)
	}
}

func wholeBooking(e *env) {
	full := e.sampleBooking()
	e.putBooking(full)
	e.equal("Booking", e.booking(ref(full)), full)
	bare := e.bareBooking(e.raw(), e.hold())
	e.putBooking(bare)
	e.equal("Booking with little set", e.booking(ref(bare)), bare)

	emptied := booking.Booking{User: full.User, Hold: full.Hold, Event: full.Event, Status: booking.Failed, CreatedAt: t0, Version: 2}
	e.putBooking(emptied)
	e.equal("Booking with fields emptied", e.booking(ref(full)), emptied)

	large := e.sampleBooking()
	large.Tickets = nil
	for i := range 64 {
		large.Tickets = append(large.Tickets, booking.Ticket{Name: fmt.Sprintf("%s %d", awkward, i), Email: "someone@example.org"})
	}
	e.putBooking(large)
	e.equal("Booking of 64 named tickets", e.booking(ref(large)), large)
}

func (e *env) bookingVersions() versioned {
	b := e.bareBooking(e.raw(), e.hold())
	return versioned{
		put: func(version int64, text string) error {
			w := b
			w.Version, w.Key = version, text
			return e.Booking.PutBooking(e.Context(), w)
		},
		check: func(version int64, text string) string {
			want := b
			want.Version, want.Key = version, text
			got, err := e.Booking.Booking(e.Context(), ref(b))
			return differs(got, want, err)
		},
	}
}

// differs returns what is wrong with a read.
func differs(got, want any, err error) string {
	if err != nil {
		return fmt.Sprintf("got %v, want nil", err)
	}
	return differ(got, want)
}

func bookingsApart(e *env) {
	one, two := e.raw(), e.raw()
	var want []booking.Booking
	for i, r := range []booking.Ref{
		{User: one, Hold: 1},
		{User: one, Hold: 1 << 63},
		{User: two, Hold: 1},
		{User: two, Hold: 256},
		{User: two, Hold: math.MaxUint64},
	} {
		b := e.bareBooking(r.User, r.Hold)
		b.Key = fmt.Sprint(i)
		e.putBooking(b)
		want = append(want, b)
	}
	for _, b := range want {
		e.equal(fmt.Sprintf("Booking %x %s", b.User, b.Hold), e.booking(ref(b)), b)
	}
}

func manyBookings(e *env) {
	parallel(callers, func(int) {
		b := e.bareBooking(e.raw(), e.hold())
		for v := range int64(4) {
			b.Version, b.BodyHash = v+1, uint64(v)
			if err := e.Booking.PutBooking(e.Context(), b); err != nil {
				e.Errorf("PutBooking version %d, beside others: got %v, want nil", b.Version, err)
				return
			}
			got, err := e.Booking.Booking(e.Context(), ref(b))
			if wrong := differs(got, b, err); wrong != "" {
				e.Errorf("Booking just written: %s", wrong)
			}
			list, err := e.Booking.UserBookings(e.Context(), b.User, 0, 2)
			if wrong := differs(list, []booking.Booking{b}, err); wrong != "" {
				e.Errorf("UserBookings just written: %s", wrong)
			}
		}
	})
}

func userBookingOrder(e *env) {
	user := e.raw()
	want := []inventory.HoldID{1, 2, 255, 256, 1<<31 - 1, 1 << 31, 1 << 32, 1<<63 - 1, 1 << 63, 1<<63 + 1, math.MaxUint64 - 1, math.MaxUint64}
	for i := range want {
		e.putBooking(e.bareBooking(user, want[(i*5+3)%len(want)]))
	}
	for _, other := range nextTo(user) {
		e.putBooking(e.bareBooking(other, 300))
	}
	list := func(after inventory.HoldID, limit int) []inventory.HoldID {
		bs, err := e.Booking.UserBookings(e.Context(), user, after, limit)
		e.must("UserBookings", err)
		return holds(bs)
	}
	e.equal("UserBookings, all", list(0, 100), want)
	for i, after := range want {
		e.equal(fmt.Sprintf("UserBookings after %s", after), list(after, 100), slices.Clone(want[i+1:]))
		e.equal(fmt.Sprintf("UserBookings after %s, limit 2", after), list(after, 2), slices.Clone(want[i+1:min(i+3, len(want))]))
	}
	e.equal("UserBookings after a hold that is none of them", list(1000, 1), []inventory.HoldID{1<<31 - 1})
}

// nextTo returns the ids just before and after r, and one that begins as r does.
func nextTo(r id.Raw) []id.Raw {
	before, after, end := r, r, r
	before[15]--
	after[15]++
	end[15] = 0xFF
	return []id.Raw{before, after, end}
}

func holds(bs []booking.Booking) []inventory.HoldID {
	hs := make([]inventory.HoldID, len(bs))
	for i, b := range bs {
		hs[i] = b.Hold
	}
	return hs
}

// userBookingPages pages while bookings are written before and behind the cursor and others change: what was there
// throughout comes once, in order.
func userBookingPages(e *env) {
	user := e.raw()
	steady := make([]booking.Booking, 60)
	for i := range steady {
		steady[i] = e.bareBooking(user, e.hold())
	}
	parallel(4, func(k int) {
		for i := k; i < len(steady); i += 4 {
			if err := e.Booking.PutBooking(e.Context(), steady[i]); err != nil {
				e.Errorf("PutBooking: got %v, want nil", err)
			}
		}
	})
	var seen []inventory.HoldID
	turn := 0
	for after := inventory.HoldID(0); ; {
		page, err := e.Booking.UserBookings(e.Context(), user, after, 7)
		e.must("UserBookings", err)
		if len(page) == 0 {
			break
		}
		if len(page) > 7 || page[0].Hold <= after || len(seen) > 500 {
			e.Fatalf("UserBookings after %s, limit 7: got %d from %s on, want at most 7 above it", after, len(page), page[0].Hold)
		}
		seen, after = append(seen, holds(page)...), page[len(page)-1].Hold
		inserts := []inventory.HoldID{after / 2, after - 1, after + (math.MaxUint64-after)/2}
		if turn++; turn%2 == 0 {
			inserts = append(inserts, after+1)
		}
		for _, h := range inserts {
			err := e.Booking.PutBooking(e.Context(), e.bareBooking(user, h))
			if err != nil && !fault.Is(err, fault.Stale) {
				e.must("PutBooking between pages", err)
			}
		}
		changed := page[0]
		changed.Version++
		e.putBooking(changed)
		if after >= math.MaxUint64-2 {
			break
		}
	}
	if !slices.IsSorted(seen) || len(slices.Compact(slices.Clone(seen))) != len(seen) {
		e.Errorf("UserBookings over pages: got %v, want each hold once, in order", seen)
	}
	for _, b := range steady {
		if _, ok := slices.BinarySearch(seen, b.Hold); !ok {
			e.Errorf("UserBookings over pages: hold %s was there throughout and is missing", b.Hold)
		}
	}
}

func marks(e *env) {
	user, key := e.raw(), awkward
	_, err := e.Booking.Mark(e.Context(), user, key)
	e.kind("Mark, unknown", err, fault.NotFound)

	first := booking.Mark{User: user, Key: key, Hold: math.MaxUint64, BodyHash: 1 << 63, Until: forever()}
	for _, m := range []booking.Mark{first, first, {User: user, Key: key, Hold: 7, BodyHash: 8, Until: forever()}} {
		got, err := e.Booking.PutMark(e.Context(), m)
		if wrong := differs(got, first, err); wrong != "" {
			e.Errorf("PutMark for hold %s, the first being for %s: %s", m.Hold, first.Hold, wrong)
		}
	}
	e.eventually("Mark", func() string {
		got, err := e.Booking.Mark(e.Context(), user, key)
		return differs(got, first, err)
	})
	for _, m := range []booking.Mark{
		{User: e.raw(), Key: key, Hold: 1, Until: forever()},
		{User: user, Key: key + " ", Hold: 2, Until: forever()},
		{User: user, Key: "#", Hold: 3, Until: forever()},
	} {
		got, err := e.Booking.PutMark(e.Context(), m)
		if wrong := differs(got, m, err); wrong != "" {
			e.Errorf("PutMark of another user or key: %s", wrong)
		}
	}
}

func markRace(e *env) {
	user := e.raw()
	for round := range e.times(16) {
		var got [callers]booking.Mark
		var errs [callers]error
		parallel(callers, func(i int) {
			got[i], errs[i] = e.Booking.PutMark(e.Context(), booking.Mark{
				User: user, Key: fmt.Sprint(round), Hold: inventory.HoldID(i + 1),
				Until: forever(),
			})
		})
		e.must("PutMark by many at once", errors.Join(errs[:]...))
		for _, m := range got {
			if differ(m, got[0]) != "" {
				e.Fatalf("PutMark by many at once: got hold %s and hold %s, want one for all", m.Hold, got[0].Hold)
			}
		}
	}
}
