package catalog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// A location's new name, city and zone reach its events, also one that was written with the old ones meanwhile.
func TestService_ApplyLocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	draft := w.draft(concert(l, w.in(24*time.Hour)))
	public := w.published(concert(l, w.in(48*time.Hour)))
	w.deliver()
	if _, err := w.UpdateLocation(t.Context(), alice, l.ID, l.Version, catalog.LocationPatch{
		City:    catalog.Some("Łódź"),
		Country: catalog.Some("PL"), TimeZone: catalog.Some("Europe/Warsaw"),
	}); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	for _, id := range []string{draft.ID, public.ID} {
		if e, err := w.Event(t.Context(), alice, id); err != nil || e.Place.City != "Łódź" || e.TimeZone != "Europe/Warsaw" || e.Place.HallName != "Main" {
			t.Errorf("event: got %+v, %s, %v, want it in Łódź", e.Place, e.TimeZone, err)
		}
	}
	if got := w.names(nobody, catalog.Query{City: "lodz", Q: "poland"}); len(got) != 1 {
		t.Errorf("search lodz: got %v, want one", got)
	}
	if got := w.names(nobody, catalog.Query{City: "Berlin"}); len(got) != 0 {
		t.Errorf("search Berlin: got %v, want none", got)
	}
	if ms := w.messages(); len(ms) != 0 {
		t.Errorf("messages: got %d more, want none", len(ms))
	}
}

// An event that was written with what its location was a moment ago takes over what it is.
func TestService_ApplyEvent_staleLocation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	e := w.draft(concert(l, w.in(24*time.Hour)))
	l.City, l.Version = "Potsdam", l.Version+1
	if err := w.store.PutLocation(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	if got, err := w.Event(t.Context(), alice, e.ID); err != nil || got.Place.City != "Potsdam" || got.Version != 2 {
		t.Errorf("event: got %s, version %d, %v, want Potsdam, 2, nil", got.Place.City, got.Version, err)
	}
}

func TestService_CloseEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	n := concert(l, w.in(time.Hour))
	n.EndsAt = ptr(w.in(100 * time.Hour))
	long := w.published(n)
	for i := range 5 {
		n := concert(l, w.in(time.Duration(i+40)*3*time.Hour))
		w.published(n)
	}
	w.advance(160 * time.Hour)
	for _, tc := range []struct{ limit, want int }{{2, 2}, {10, 4}, {10, 0}} {
		if got, err := w.CloseEnded(t.Context(), tc.limit); got != tc.want || err != nil {
			t.Errorf("CloseEnded %d: got %d, %v, want %d, nil", tc.limit, got, err, tc.want)
		}
	}
	if e, _ := w.Event(t.Context(), nobody, long.ID); e.Status != catalog.Ended || e.Shown(w.now()) != catalog.ShownEnded {
		t.Errorf("the long event: got %s, want ended", e.Status)
	}
	if got := w.names(nobody, catalog.Query{From: "2027-03-01"}); len(got) != 6 {
		t.Errorf("search from before: got %d, want 6", len(got))
	}
}

func TestEvent_Shown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	now := start
	left := func(sold, left int) *catalog.Availability {
		return &catalog.Availability{Total: sold + left, Sold: sold, Left: left}
	}
	base := catalog.Event{Status: catalog.Published, StartsAt: now.Add(time.Hour), TicketTypes: []catalog.TicketType{{Name: "x"}}}
	for _, tc := range []struct {
		name   string
		change func(*catalog.Event)
		want   string
	}{
		{"nothing-known", func(*catalog.Event) {}, "available"},
		{"ten-percent-left", func(e *catalog.Event) { e.Availability = left(90, 10) }, "available"},
		{"under-ten-percent-left", func(e *catalog.Event) { e.Availability = left(91, 9) }, "few"},
		{"none-left", func(e *catalog.Event) { e.Availability = left(100, 0) }, "soldOut"},
		{"draft", func(e *catalog.Event) { e.Status = catalog.Draft }, "notOnSale"},
		{"before-the-sale", func(e *catalog.Event) { e.OnSaleFrom = ptr(now.Add(time.Minute)) }, "notOnSale"},
		{"from-the-moment-of-sale", func(e *catalog.Event) { e.OnSaleFrom = ptr(now) }, "available"},
		{"after-the-sale", func(e *catalog.Event) { e.OnSaleUntil = ptr(now) }, "notOnSale"},
		{"no-type-on-sale", func(e *catalog.Event) { e.TicketTypes = []catalog.TicketType{{SalesUntil: ptr(now)}} }, "notOnSale"},
		{"one-type-on-sale", func(e *catalog.Event) { e.TicketTypes = []catalog.TicketType{{SalesUntil: ptr(now)}, {}} }, "available"},
		{"over-but-not-closed", func(e *catalog.Event) { e.StartsAt = now.Add(-3 * time.Hour) }, "ended"},
		{"running", func(e *catalog.Event) { e.StartsAt = now.Add(-3*time.Hour + 1) }, "available"},
		{"ended", func(e *catalog.Event) { e.Status = catalog.Ended }, "ended"},
		{"cancelled", func(e *catalog.Event) { e.Status = catalog.Cancelled }, "cancelled"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := base
			tc.change(&e)
			if got := e.Shown(w.now()); got != tc.want {
				t.Errorf("Shown: got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestService_ApplyAvailability(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.published(concert(w.place(arena()), w.in(24*time.Hour))) // sells the stalls only: 22 places
	w.sold(e, 22)
	e, _ = w.Event(t.Context(), nobody, e.ID)
	if a := e.Availability; a == nil || a.Total != 22 || a.Sold != 22 || a.Left != 0 || e.Shown(w.now()) != catalog.ShownSoldOut {
		t.Errorf("availability: got %+v, want 22 sold", a)
	}
	err := w.ApplyAvailability(t.Context(), message.AvailabilityV1{EventID: e.ID, AsOf: w.now().Add(-time.Minute)})
	if err != nil {
		t.Errorf("an older one: got %v, want nil", err)
	}
	if e, _ = w.Event(t.Context(), nobody, e.ID); e.Availability.Sold != 22 {
		t.Errorf("after an older one: got %+v, want 22 sold", e.Availability)
	}
	err = w.ApplyAvailability(t.Context(), message.AvailabilityV1{EventID: "evt_none"})
	wantCode(t, "an unknown event", err, fault.NotFound, "")
}

func TestService_Categories(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	count := func() map[string]int {
		all, err := w.Categories(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		counts := map[string]int{}
		for _, c := range all {
			counts[c.ID] = c.Count
		}
		return counts
	}
	if got := count(); len(got) != 11 || got["concert"] != 0 {
		t.Errorf("Categories: got %v, want 11 of 0", got)
	}
	w.advance(time.Second)
	e := w.published(concert(l, w.in(24*time.Hour)))
	w.draft(concert(l, w.in(48*time.Hour)))
	if got := count(); got["concert"] != 1 || got["circus"] != 0 {
		t.Errorf("Categories: got %v, want one concert", got)
	}
	w.advance(time.Second)
	if _, err := w.CancelEvent(t.Context(), alice, e.ID, ""); err != nil {
		t.Fatal(err)
	}
	if got := count(); got["concert"] != 0 {
		t.Errorf("Categories: got %v, want none", got)
	}
}

// What happens to the index after the write is mended by the message.
func TestService_ApplyEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.draft(concert(w.place(arena()), w.in(24*time.Hour)))
	w.messages()
	crash := errors.New("power went")
	w.store.afterPut = func(catalog.Event) error { return crash }
	if _, err := w.PublishEvent(t.Context(), alice, e.ID); !errors.Is(err, crash) {
		t.Fatalf("PublishEvent: got %v, want %v", err, crash)
	}
	w.store.afterPut = nil
	if got := w.names(nobody, catalog.Query{}); len(got) != 0 {
		t.Errorf("before the message: got %v, want none", got)
	}
	w.deliver()
	if got := w.names(nobody, catalog.Query{}); len(got) != 1 {
		t.Errorf("after the message: got %v, want one", got)
	}
	stale := message.EventStateV1{EventID: e.ID, Version: 1}
	if err := w.ApplyEvent(t.Context(), stale); err != nil {
		t.Errorf("a late message: got %v, want nil", err)
	}
	if got := w.names(nobody, catalog.Query{}); len(got) != 1 {
		t.Errorf("after a late message: got %v, want one", got)
	}
}

func TestService_CloseEnded_OneThatFailsHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	stuck := w.published(concert(l, w.in(time.Hour)))
	for n := range 3 {
		w.published(concert(l, w.in(time.Duration(5*n+5)*time.Hour)))
	}
	w.advance(100 * time.Hour)
	broken := fault.New(fault.Unavailable, "", "not this one")
	w.store.beforePut = func(e catalog.Event) error {
		if e.ID == stuck.ID {
			return broken
		}
		return nil
	}
	if n, err := w.CloseEnded(t.Context(), 10); n != 3 || !errors.Is(err, broken) {
		t.Errorf("CloseEnded: got %d and %v, want the 3 others and %v", n, err, broken)
	}
	w.store.beforePut = nil
	if n, err := w.CloseEnded(t.Context(), 10); n != 1 || err != nil {
		t.Errorf("CloseEnded again: got %d and %v, want 1 and nil", n, err)
	}
}
