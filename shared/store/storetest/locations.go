package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
)

func locationFacts() []fact {
	return []fact{
		{name: "unknown-location-is-not-found", test: unknownLocation},
		{name: "location-comes-back-whole", test: wholeLocation},
		{name: "location-follows-versions", test: func(e *env) { e.keepsVersions("PutLocation", e.locationVersions()) }},
		{name: "location-is-created-once", test: func(e *env) { e.firstWins("PutLocation", e.locationVersions()) }},
		{name: "locations-by-id-come-in-the-order-asked", test: locationsByID},
	}
}

func calendarFacts() []fact {
	return []fact{
		{name: "month-of-an-unused-hall-is-version-zero", test: noMonth},
		{name: "month-comes-back-whole", test: wholeMonth},
		{name: "month-follows-versions", test: func(e *env) { e.keepsVersions("PutHallMonth", e.monthVersions()) }},
		{name: "month-gives-each-of-25-times-to-one-of-100-parallel-events", test: manyReservations},
		{name: "month-gives-one-time-to-one-of-100-parallel-events", test: oneReservation},
		{name: "months-are-keyed-by-hall-and-month", test: monthsApart},
	}
}

func unknownLocation(e *env) {
	_, err := e.Catalog.Location(e.Context(), e.id(id.Location))
	e.kind("Location, unknown", err, fault.NotFound)
}

func wholeLocation(e *env) {
	full := e.sampleLocation()
	bare := catalog.Location{ID: e.id(id.Location), Version: 1}
	emptied := catalog.Location{ID: full.ID, Version: 2}
	for _, want := range []catalog.Location{full, bare, emptied} {
		e.must(fmt.Sprint("PutLocation, version ", want.Version), e.Catalog.PutLocation(e.Context(), want))
		got, err := e.Catalog.Location(e.Context(), want.ID)
		if wrong := differs(got, want, err); wrong != "" {
			e.Errorf("Location: %s", wrong)
		}
	}
}

func (e *env) locationVersions() versioned {
	l := catalog.Location{ID: e.id(id.Location), City: "Bonn"}
	return versioned{
		put: func(version int64, text string) error {
			w := l
			w.Version, w.Name = version, text
			return e.Catalog.PutLocation(e.Context(), w)
		},
		check: func(version int64, text string) string {
			want := l
			want.Version, want.Name = version, text
			got, err := e.Catalog.Location(e.Context(), l.ID)
			return differs(got, want, err)
		},
	}
}

func locationsByID(e *env) {
	var ids []string
	var want []catalog.Location
	for i := range 120 {
		l := catalog.Location{ID: e.id(id.Location), Name: fmt.Sprint("location ", i), Version: 1}
		ids = append(ids, l.ID)
		if i%6 == 5 {
			continue
		}
		e.must("PutLocation", e.Catalog.PutLocation(e.Context(), l))
		want = append(want, l)
	}
	slices.Reverse(ids)
	slices.Reverse(want)
	e.eventually("LocationsByID of 120, 20 of which are unknown", func() string {
		got, err := e.Catalog.LocationsByID(e.Context(), ids)
		return differs(got, want, err)
	})
	if got, err := e.Catalog.LocationsByID(e.Context(), nil); err != nil || len(got) != 0 {
		e.Errorf("LocationsByID of none: got %d, %v, want none", len(got), err)
	}
}

const may = "2031-05"

func noMonth(e *env) {
	got, err := e.Catalog.HallMonth(e.Context(), e.id(id.Hall), may)
	if err != nil || got.Version != 0 || len(got.Reservations) != 0 {
		e.Errorf("HallMonth of an unused hall: got %s, %v, want version 0 without reservations", show(got), err)
	}
}

func wholeMonth(e *env) {
	m := catalog.Month{HallID: e.id(id.Hall), Month: may, Version: 1, Reservations: []catalog.Reservation{
		{EventID: e.id(id.Event), From: after(1), Until: after(2).Add(3), MadeAt: after(4).Add(999_999_999)}, {EventID: e.id(id.Event)},
	}}
	for version := int64(1); version < 3; version++ {
		m.Version = version
		e.must("PutHallMonth", e.Catalog.PutHallMonth(e.Context(), m))
		got, err := e.Catalog.HallMonth(e.Context(), m.HallID, m.Month)
		if wrong := differs(got, m, err); wrong != "" {
			e.Errorf("HallMonth: %s", wrong)
		}
		m.Reservations = nil
	}
}

func (e *env) monthVersions() versioned {
	hall := e.id(id.Hall)
	month := func(version int64, text string) catalog.Month {
		return catalog.Month{HallID: hall, Month: may, Version: version, Reservations: []catalog.Reservation{{EventID: text}}}
	}
	return versioned{
		put: func(version int64, text string) error {
			return e.Catalog.PutHallMonth(e.Context(), month(version, text))
		},
		check: func(version int64, text string) string {
			got, err := e.Catalog.HallMonth(e.Context(), hall, may)
			return differs(got, month(version, text), err)
		},
	}
}

// reserve adds a reservation as the domain does: read, look for a clash, write the next version, again while others were
// first. It says whether the time was free.
func (e *env) reserve(hall string, r catalog.Reservation) bool {
	for range 5000 {
		m, err := e.Catalog.HallMonth(e.Context(), hall, may)
		if err != nil {
			e.Errorf("HallMonth: got %v, want nil", err)
			return false
		}
		for _, other := range m.Reservations {
			if r.From.Before(other.Until) && other.From.Before(r.Until) {
				return false
			}
		}
		m = catalog.Month{
			HallID: hall, Month: may, Version: m.Version + 1,
			Reservations: append(m.Reservations[:len(m.Reservations):len(m.Reservations)], r),
		}
		if err = e.Catalog.PutHallMonth(e.Context(), m); err == nil {
			return true
		} else if !fault.Is(err, fault.Stale) {
			e.Errorf("PutHallMonth beside others: got %s, want nil or %s", kindOf(err), fault.Stale)
			return false
		}
	}
	e.Errorf("PutHallMonth: got %s 5000 times over, want a turn", fault.Stale)
	return false
}

// manyReservations has 100 events want 25 times, each wanted by four.
func manyReservations(e *env) {
	hall := e.id(id.Hall)
	const hours = 25
	var won [100]bool
	parallel(len(won), func(i int) {
		from := t0.Add(time.Duration(i%hours) * time.Hour)
		won[i] = e.reserve(hall, catalog.Reservation{EventID: fmt.Sprint(i), From: from, Until: from.Add(time.Hour)})
	})
	got, err := e.Catalog.HallMonth(e.Context(), hall, may)
	e.must("HallMonth", err)
	kept := map[string]bool{}
	for _, r := range got.Reservations {
		kept[r.EventID] = true
	}
	winners := [hours]int{}
	for i, w := range won {
		if w != kept[fmt.Sprint(i)] {
			e.Errorf("reservation of event %d: got told %t, kept %t, want the same", i, w, kept[fmt.Sprint(i)])
		}
		if w {
			winners[i%hours]++
		}
	}
	for hour, n := range winners {
		if n != 1 {
			e.Errorf("hour %d, wanted by four events: got %d winners, want 1", hour, n)
		}
	}
	if len(got.Reservations) != hours || got.Version != hours {
		e.Errorf("HallMonth: got %d reservations, version %d, want %d of each", len(got.Reservations), got.Version, hours)
	}
}

func oneReservation(e *env) {
	hall := e.id(id.Hall)
	var won [100]bool
	parallel(len(won), func(i int) {
		from := t0.Add(time.Duration(i) * time.Minute)
		won[i] = e.reserve(hall, catalog.Reservation{EventID: fmt.Sprint(i), From: from, Until: from.Add(3 * time.Hour)})
	})
	got, err := e.Catalog.HallMonth(e.Context(), hall, may)
	e.must("HallMonth", err)
	winners := 0
	for _, w := range won {
		if w {
			winners++
		}
	}
	if winners != 1 || len(got.Reservations) != 1 || got.Version != 1 {
		e.Errorf("100 parallel reservations that all clash: got %d winners, %d reservations, version %d, want 1 of each", winners,
			len(got.Reservations), got.Version)
	}
}

func monthsApart(e *env) {
	one, two := e.id(id.Hall), e.id(id.Hall)
	for _, k := range [][2]string{{one, may}, {one, "2031-06"}, {two, may}} {
		m := catalog.Month{HallID: k[0], Month: k[1], Version: 1, Reservations: []catalog.Reservation{{EventID: k[0] + k[1]}}}
		e.must("PutHallMonth", e.Catalog.PutHallMonth(e.Context(), m))
	}
	for _, k := range [][2]string{{one, may}, {one, "2031-06"}, {two, may}} {
		got, err := e.Catalog.HallMonth(e.Context(), k[0], k[1])
		if err != nil || len(got.Reservations) != 1 || got.Reservations[0].EventID != k[0]+k[1] {
			e.Errorf("HallMonth %s %s: got %s, %v, want its own reservation", k[0], k[1], show(got), err)
		}
	}
}
