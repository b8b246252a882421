package storetest

import (
	"fmt"
	"slices"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
)

func eventFacts() []fact {
	return []fact{
		{name: "unknown-event-is-not-found", test: unknownEvent},
		{name: "event-comes-back-whole", test: wholeEvent},
		{name: "event-follows-versions", test: func(e *env) { e.keepsVersions("PutEvent", e.eventVersions()) }},
		{name: "event-is-created-once", test: func(e *env) { e.firstWins("PutEvent", e.eventVersions()) }},
		{name: "events-by-id-come-in-the-order-asked", test: eventsByID},
		{name: "availability-stands-beside-the-event", test: availability},
		{name: "availability-that-is-newer-wins-in-any-order", test: newerAvailability},
		{name: "availability-and-event-written-at-once-lose-neither", test: availabilityRace},
	}
}

func (e *env) event(eventID string) catalog.Event {
	e.Helper()
	got, err := e.Catalog.Event(e.Context(), eventID)
	e.must("Event", err)
	return got
}

func (e *env) putEvent(v catalog.Event) {
	e.Helper()
	e.must("PutEvent", e.Catalog.PutEvent(e.Context(), v))
}

// bareEvent is an event with as little set as may be.
func (e *env) bareEvent() catalog.Event {
	return catalog.Event{ID: e.id(id.Event), Status: catalog.Draft, StartsAt: t0, Version: 1}
}

func unknownEvent(e *env) {
	e.putEvent(e.bareEvent())
	eventID := e.id(id.Event)
	_, err := e.Catalog.Event(e.Context(), eventID)
	e.kind("Event, unknown", err, fault.NotFound)
	e.kind("PutAvailability, unknown", e.Catalog.PutAvailability(e.Context(), eventID, catalog.Availability{AsOf: t0}), fault.NotFound)
	_, err = e.Catalog.Event(e.Context(), eventID)
	e.kind("Event after an availability was refused", err, fault.NotFound)
	late := e.bareEvent()
	late.ID = eventID
	e.putEvent(late)
	e.equal("Event created after an availability was refused", e.event(eventID), late)
}

func wholeEvent(e *env) {
	full, bare := e.sampleEvent(), e.bareEvent()
	e.putEvent(full)
	e.equal("Event", e.event(full.ID), full)
	e.putEvent(bare)
	e.equal("Event with little set", e.event(bare.ID), bare)
	emptied := e.bareEvent()
	emptied.ID, emptied.Version = full.ID, 2
	e.putEvent(emptied)
	e.equal("Event with fields emptied", e.event(full.ID), emptied)
}

func (e *env) eventVersions() versioned {
	v := e.bareEvent()
	return versioned{
		put: func(version int64, text string) error {
			w := v
			w.Version, w.Name = version, text
			return e.Catalog.PutEvent(e.Context(), w)
		},
		check: func(version int64, text string) string {
			want := v
			want.Version, want.Name = version, text
			got, err := e.Catalog.Event(e.Context(), v.ID)
			return differs(got, want, err)
		},
	}
}

// eventsByID asks for more events than engines take keys in one request, with strangers among them.
func eventsByID(e *env) {
	var ids []string
	var want []catalog.Event
	for i := range 150 {
		v := e.bareEvent()
		ids = append(ids, v.ID)
		if i%5 == 2 {
			continue
		}
		v.Name = fmt.Sprint("event ", i)
		e.putEvent(v)
		if i%4 == 0 {
			v.Availability = &catalog.Availability{AsOf: after(int64(i)), Total: 200, Sold: i, Left: 200 - i}
			e.must("PutAvailability", e.Catalog.PutAvailability(e.Context(), v.ID, *v.Availability))
		}
		want = append(want, v)
	}
	slices.Reverse(ids)
	slices.Reverse(want)
	ids[0], ids[149], want[0], want[len(want)-1] = ids[149], ids[0], want[len(want)-1], want[0]
	e.eventually("EventsByID of 150, 30 of which are unknown", func() string {
		got, err := e.Catalog.EventsByID(e.Context(), ids)
		return differs(got, want, err)
	})
	for _, none := range [][]string{nil, {e.id(id.Event)}} {
		if got, err := e.Catalog.EventsByID(e.Context(), none); err != nil || len(got) != 0 {
			e.Errorf("EventsByID of %d unknown: got %d, %v, want none", len(none), len(got), err)
		}
	}
}

func availability(e *env) {
	v := e.sampleEvent()
	v.Availability = &catalog.Availability{AsOf: after(1), Total: 1, Left: 1}
	e.putEvent(v)
	if got := e.event(v.ID).Availability; got != nil {
		e.Errorf("Availability written with its event: got %s, want none stored", show(got))
	}
	stored := catalog.Availability{AsOf: after(5).Add(7), Total: 300, Sold: 100, Left: 150}
	e.must("PutAvailability", e.Catalog.PutAvailability(e.Context(), v.ID, stored))
	v.Availability = &stored
	e.equal("Event with its availability", e.event(v.ID), v)

	v.Version, v.Name, v.Availability = 2, "changed", nil
	e.putEvent(v)
	v.Availability = &stored
	e.equal("Event changed by a write without availability", e.event(v.ID), v)

	w := v
	w.Version, w.Availability = 3, &catalog.Availability{AsOf: after(999), Sold: 999}
	e.putEvent(w)
	w.Availability = &stored
	e.equal("Event changed by a write with another availability", e.event(v.ID), w)
}

func newerAvailability(e *env) {
	v := e.bareEvent()
	e.putEvent(v)
	told := func(version int64, text string) *catalog.Availability {
		return &catalog.Availability{AsOf: after(version), Total: len(text), Sold: int(text[0]), Left: 3}
	}
	e.newerWins("PutAvailability",
		func(version int64, text string) error {
			return e.Catalog.PutAvailability(e.Context(), v.ID, *told(version, text))
		},
		func(version int64, text string) string {
			want := v
			want.Availability = told(version, text)
			got, err := e.Catalog.Event(e.Context(), v.ID)
			return differs(got, want, err)
		})
	first := *told(71, "71")
	for _, a := range []catalog.Availability{{AsOf: after(71), Sold: 1}, {AsOf: after(71).Add(-1), Sold: 2}, {Sold: 3}} {
		e.must("PutAvailability, as old or older", e.Catalog.PutAvailability(e.Context(), v.ID, a))
	}
	e.equal("Availability after ones as old or older", e.event(v.ID).Availability, &first)
	newer := catalog.Availability{AsOf: after(71).Add(1), Sold: 4}
	e.must("PutAvailability, a nanosecond newer", e.Catalog.PutAvailability(e.Context(), v.ID, newer))
	e.equal("Availability after one a nanosecond newer", e.event(v.ID).Availability, &newer)
}

// availabilityRace changes an event and its availability from two sides at once; each must find its own as it left it, and
// the other's never gone back.
func availabilityRace(e *env) {
	v := e.bareEvent()
	e.putEvent(v)
	e.must("PutAvailability", e.Catalog.PutAvailability(e.Context(), v.ID, catalog.Availability{AsOf: t0}))
	n := e.times(64)
	parallel(2, func(side int) {
		last := catalog.Event{Version: 1, Availability: &catalog.Availability{}}
		for i := 1; i <= n; i++ {
			w := v
			w.Version, w.Name = int64(i+1), fmt.Sprint(i)
			var err error
			if side == 0 {
				err = e.Catalog.PutAvailability(e.Context(), v.ID, catalog.Availability{AsOf: after(int64(i)), Sold: i})
			} else {
				err = e.Catalog.PutEvent(e.Context(), w)
			}
			got, errRead := e.Catalog.Event(e.Context(), v.ID)
			switch {
			case err != nil || errRead != nil:
				e.Errorf("PutAvailability and PutEvent at once, number %d of side %d: got %v and %v, want nil", i, side, err, errRead)
				return
			case got.Availability == nil || got.Availability.Sold < last.Availability.Sold || got.Version < last.Version,
				side == 0 && got.Availability.Sold != i, side == 1 && got.Version != w.Version:
				e.Errorf("Event after write %d of side %d: got version %d, availability %s, after version %d, availability %s", i, side,
					got.Version, show(got.Availability), last.Version, show(last.Availability))
				return
			}
			last = got
		}
	})
	v.Version, v.Name, v.Availability = int64(n+1), fmt.Sprint(n), &catalog.Availability{AsOf: after(int64(n)), Sold: n}
	e.equal("Event after both sides wrote", e.event(v.ID), v)
}
