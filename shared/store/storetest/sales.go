package storetest

import (
	"fmt"
	"slices"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
)

func saleFacts() []fact {
	return []fact{
		{name: "unknown-sale-is-not-found", test: unknownSale},
		{name: "sale-comes-back-whole", test: wholeSale},
		{name: "sale-of-a-large-hall-comes-back-whole", test: largeSale},
		{name: "sale-follows-revisions", test: func(e *env) { e.keepsVersions("PutSale", e.saleVersions()) }},
		{name: "sale-is-opened-once", test: func(e *env) { e.firstWins("PutSale", e.saleVersions()) }},
		{name: "open-cancellations-are-those-not-yet-refunded", test: openCancellations},
		{name: "open-cancellations-keep-to-the-limit", test: cancellationLimit},
		{name: "unknown-venue-is-not-found", test: unknownVenue},
		{name: "venue-comes-back-whole", test: wholeVenue},
		{name: "venue-of-a-newer-version-wins-in-any-order", test: newerVenue},
	}
}

func (e *env) sale(event id.Raw) booking.Sale {
	e.Helper()
	s, err := e.Booking.Sale(e.Context(), event)
	e.must("Sale", err)
	return s
}

func (e *env) putSale(s booking.Sale) {
	e.Helper()
	e.must("PutSale", e.Booking.PutSale(e.Context(), s))
}

func unknownSale(e *env) {
	s := e.bareSale("published")
	e.putSale(s)
	for _, r := range append(nextTo(rawOf(s)), e.raw()) {
		_, err := e.Booking.Sale(e.Context(), r)
		e.kind("Sale, unknown", err, fault.NotFound)
	}
}

func wholeSale(e *env) {
	full := e.sampleSale()
	e.putSale(full)
	e.equal("Sale", e.sale(rawOf(full)), full)
	bare := e.bareSale("draft")
	e.putSale(bare)
	e.equal("Sale with little set", e.sale(rawOf(bare)), bare)
	emptied := e.bareSale("draft")
	emptied.EventID, emptied.Rev = full.EventID, 2
	e.putSale(emptied)
	e.equal("Sale with fields emptied", e.sale(rawOf(full)), emptied)
}

// largeSale keeps a hall of 2,000 rows.
func largeSale(e *env) {
	s := e.bareSale("published")
	for i := range 20 {
		section := message.SectionV1{ID: e.id(id.Section), Name: fmt.Sprint("Block ", i), Kind: "seated"}
		for r := range 100 {
			section.Rows = append(section.Rows, message.RowV1{Label: fmt.Sprint("Row ", r), Seats: 50, Accessible: []int{1, 50}})
		}
		s.Layout = append(s.Layout, section)
	}
	e.putSale(s)
	e.equal("Sale of a large hall", e.sale(rawOf(s)), s)
}

func (e *env) saleVersions() versioned {
	s := e.bareSale("published")
	return versioned{
		put: func(version int64, text string) error {
			w := s
			w.Rev, w.Name = version, text
			return e.Booking.PutSale(e.Context(), w)
		},
		check: func(version int64, text string) string {
			want := s
			want.Rev, want.Name = version, text
			got, err := e.Booking.Sale(e.Context(), rawOf(s))
			return differs(got, want, err)
		},
	}
}

func (e *env) openCancellations(limit int) []booking.Sale {
	e.Helper()
	got, err := e.Booking.OpenCancellations(e.Context(), limit)
	e.must("OpenCancellations", err)
	slices.SortFunc(got, func(a, b booking.Sale) int {
		x, y := rawOf(a), rawOf(b)
		return slices.Compare(x[:], y[:])
	})
	return got
}

func openCancellations(e *env) {
	if got := e.openCancellations(10); len(got) != 0 {
		e.Errorf("OpenCancellations of an empty store: got %d, want none", len(got))
	}
	var want []booking.Sale
	for _, status := range []string{"draft", "published", "cancelled", "ended", "published", "cancelled"} {
		s := e.sampleSale()
		s.Status, s.Refunded, s.ClosedAt = status, false, nil
		e.putSale(s)
		if status == "cancelled" {
			want = append(want, s)
		}
	}
	done := e.bareSale("cancelled")
	done.Refunded = true
	e.putSale(done)
	late := e.bareSale("published")
	e.putSale(late)
	e.equal("OpenCancellations", e.openCancellations(10), want)

	late.Status, late.Rev = "cancelled", 2
	e.putSale(late)
	want = append(want, late)
	e.equal("OpenCancellations after one more", e.openCancellations(10), want)

	want[0].ClosedAt, want[0].Rev = ptr(after(9)), 2
	e.putSale(want[0])
	e.equal("OpenCancellations after one was closed", e.openCancellations(10), want)

	stale := want[1]
	stale.Refunded, stale.Rev = true, 3
	e.kind("PutSale skipping a revision", e.Booking.PutSale(e.Context(), stale), fault.Stale)
	e.equal("OpenCancellations after a refused write", e.openCancellations(10), want)

	refunded := want[0]
	refunded.Refunded, refunded.Rev = true, 3
	e.putSale(refunded)
	e.equal("OpenCancellations after one was refunded", e.openCancellations(10), want[1:])
}

func cancellationLimit(e *env) {
	left := map[string]booking.Sale{}
	for range 12 {
		s := e.bareSale("cancelled")
		e.putSale(s)
		left[s.EventID] = s
	}
	for round := 0; len(left) > 0; round++ { // as the janitor works: some at a time, until there are none
		got := e.openCancellations(5)
		if len(got) != min(5, len(left)) || round > 12 {
			e.Fatalf("OpenCancellations, limit 5, of %d: got %d", len(left), len(got))
		}
		for _, s := range got {
			if _, ok := left[s.EventID]; !ok {
				e.Fatalf("OpenCancellations: got %s, which was refunded or came twice", s.EventID)
			}
			delete(left, s.EventID)
			s.Refunded, s.Rev = true, s.Rev+1
			e.putSale(s)
		}
	}
	if got := e.openCancellations(5); len(got) != 0 {
		e.Errorf("OpenCancellations after all were refunded: got %d, want none", len(got))
	}
}

func unknownVenue(e *env) {
	_, err := e.Booking.Venue(e.Context(), e.id(id.Location))
	e.kind("Venue, unknown", err, fault.NotFound)
}

func wholeVenue(e *env) {
	for _, want := range []booking.Venue{
		{LocationID: e.id(id.Location), Version: 3, TimeZone: "Europe/Berlin", Place: place()},
		{LocationID: e.id(id.Location), Version: 1},
	} {
		e.must("PutVenue", e.Booking.PutVenue(e.Context(), want))
		got, err := e.Booking.Venue(e.Context(), want.LocationID)
		if wrong := differs(got, want, err); wrong != "" {
			e.Errorf("Venue: %s", wrong)
		}
	}
}

func newerVenue(e *env) {
	location := e.id(id.Location)
	venue := func(version int64, text string) booking.Venue {
		return booking.Venue{LocationID: location, Version: version, TimeZone: "UTC", Place: message.PlaceV1{Name: text}}
	}
	e.newerWins("PutVenue",
		func(version int64, text string) error { return e.Booking.PutVenue(e.Context(), venue(version, text)) },
		func(version int64, text string) string {
			got, err := e.Booking.Venue(e.Context(), location)
			return differs(got, venue(version, text), err)
		})
}
