package catalog_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

// state brings an event into a state.
func (w *world) state(status catalog.Status) catalog.Event {
	w.t.Helper()
	l := w.place(arena())
	n := concert(l, w.in(24*time.Hour))
	n.EndsAt, n.DoorsAt, n.CancelUntil = ptr(n.StartsAt.Add(2*time.Hour)), ptr(n.StartsAt.Add(-time.Hour)), ptr(n.StartsAt.Add(-time.Hour))
	e := w.draft(n)
	var err error
	if status == catalog.Published || status == catalog.Ended {
		e, err = w.PublishEvent(w.t.Context(), alice, e.ID)
	}
	if status == catalog.Cancelled {
		e, err = w.CancelEvent(w.t.Context(), alice, e.ID, "rain")
	}
	if err != nil {
		w.t.Fatal(err)
	}
	if status == catalog.Ended {
		w.advance(26 * time.Hour)
		if n, err := w.CloseEnded(w.t.Context(), 10); n != 1 || err != nil {
			w.t.Fatalf("CloseEnded: got %d, %v, want 1, nil", n, err)
		}
		e, _ = w.Event(w.t.Context(), alice, e.ID)
	}
	w.messages()
	return e
}

func TestService_life(t *testing.T) {
	t.Parallel()
	publish := func(w *world, e catalog.Event) (catalog.Event, error) {
		return w.PublishEvent(w.t.Context(), alice, e.ID)
	}
	cancel := func(w *world, e catalog.Event) (catalog.Event, error) {
		return w.CancelEvent(w.t.Context(), alice, e.ID, "storm")
	}
	reschedule := func(w *world, e catalog.Event) (catalog.Event, error) {
		return w.RescheduleEvent(w.t.Context(), alice, e.ID, w.in(72*time.Hour), nil)
	}
	patch := func(w *world, e catalog.Event) (catalog.Event, error) {
		return w.UpdateEvent(w.t.Context(), alice, e.ID, e.Version, catalog.EventPatch{Name: catalog.Some("Renamed")})
	}
	for _, tc := range []struct {
		name string
		from catalog.Status
		act  func(*world, catalog.Event) (catalog.Event, error)
		want catalog.Status
		says message.Type // empty: nothing
		code string
	}{
		{"publish-draft", catalog.Draft, publish, catalog.Published, message.EventPublished, ""},
		{"publish-published", catalog.Published, publish, catalog.Published, "", ""},
		{"publish-cancelled", catalog.Cancelled, publish, "", "", "eventCancelled"},
		{"publish-ended", catalog.Ended, publish, "", "", "eventEnded"},
		{"cancel-draft", catalog.Draft, cancel, catalog.Cancelled, message.EventCancelled, ""},
		{"cancel-published", catalog.Published, cancel, catalog.Cancelled, message.EventCancelled, ""},
		{"cancel-cancelled", catalog.Cancelled, cancel, catalog.Cancelled, "", ""},
		{"cancel-ended", catalog.Ended, cancel, "", "", "eventEnded"},
		{"reschedule-draft", catalog.Draft, reschedule, "", "", "notPublished"},
		{"reschedule-published", catalog.Published, reschedule, catalog.Published, message.EventRescheduled, ""},
		{"reschedule-cancelled", catalog.Cancelled, reschedule, "", "", "eventCancelled"},
		{"reschedule-ended", catalog.Ended, reschedule, "", "", "eventEnded"},
		{"patch-draft", catalog.Draft, patch, catalog.Draft, message.EventChanged, ""},
		{"patch-published", catalog.Published, patch, catalog.Published, message.EventChanged, ""},
		{"patch-cancelled", catalog.Cancelled, patch, "", "", "eventCancelled"},
		{"patch-ended", catalog.Ended, patch, "", "", "eventEnded"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			before := w.state(tc.from)
			e, err := tc.act(w, before)
			if tc.code != "" {
				wantCode(t, tc.name, err, fault.Conflict, tc.code)
				return
			}
			if err != nil || e.Status != tc.want {
				t.Fatalf("%s: got %s, %v, want %s, nil", tc.name, e.Status, err, tc.want)
			}
			said := w.messages()
			if tc.says == "" {
				if len(said) != 0 || e.Version != before.Version {
					t.Errorf("repeating: got %d messages, version %d, want none, %d", len(said), e.Version, before.Version)
				}
				return
			}
			if len(said) != 1 || said[0].Type != tc.says || said[0].Subject != e.ID {
				t.Fatalf("messages: got %v, want one %s", said, tc.says)
			}
			body, err := message.Body[message.EventStateV1](said[0])
			if err != nil || body.Version != e.Version || body.Status != string(e.Status) || body.Name != e.Name ||
				!body.StartsAt.Equal(e.StartsAt) || len(body.TicketTypes) != len(e.TicketTypes) || !reflect.DeepEqual(body.Layout, e.Layout) {
				t.Errorf("body: got %+v, %v, want the state of %+v", body, err, e)
			}
			stored, err := w.Event(t.Context(), alice, e.ID)
			if err != nil || !reflect.DeepEqual(stored, e) {
				t.Errorf("Event: got %+v, %v, want %+v", stored, err, e)
			}
		})
	}
}

func TestService_PublishEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	t.Run("freezes-the-layout", func(t *testing.T) {
		e := w.published(concert(l, w.in(time.Hour)))
		h := l.Halls[0]
		more := append([]catalog.Section{}, h.Sections...)
		more[0].Rows = []catalog.Row{{Label: "Z", Seats: 1}}
		h, err := w.UpdateHall(t.Context(), alice, l.ID, h.ID, h.Version, catalog.HallPatch{Sections: catalog.Some(more)})
		if err != nil || h.Sections[0].Rows[0].Label != "Z" {
			t.Fatalf("UpdateHall: got %+v, %v, want the new row, nil", h, err)
		}
		e, _ = w.Event(t.Context(), nobody, e.ID)
		if got := e.Layout[0]; len(got.Rows) != 2 || got.Rows[0].Seats != 10 || len(got.Rows[0].Accessible) != 2 || e.Layout[1].Capacity != 100 {
			t.Errorf("layout: got %+v, want that of before", e.Layout)
		}
	})
	t.Run("needs-a-ticket-type", func(t *testing.T) {
		n := concert(l, w.in(10*time.Hour))
		n.TicketTypes = nil
		_, err := w.PublishEvent(t.Context(), alice, w.draft(n).ID)
		wantCode(t, "PublishEvent", err, fault.Conflict, "noTicketTypes")
	})
	t.Run("refuses-what-is-over", func(t *testing.T) {
		w := newWorld(t)
		e := w.draft(concert(w.place(arena()), w.in(time.Hour)))
		w.advance(100 * time.Hour)
		_, err := w.PublishEvent(t.Context(), alice, e.ID)
		wantCode(t, "PublishEvent", err, fault.Conflict, "eventEnded")
	})
	t.Run("takes-the-past-of-an-import-which-then-ends", func(t *testing.T) {
		w := newWorld(t)
		n := concert(w.place(arena()), start.Add(-100*time.Hour))
		n.ExternalID = "old"
		e := w.published(n)
		if closed, err := w.CloseEnded(t.Context(), 10); closed != 1 || err != nil {
			t.Errorf("CloseEnded: got %d and %v, want 1", closed, err)
		}
		if e, err := w.Event(t.Context(), nobody, e.ID); e.Status != catalog.Ended || err != nil {
			t.Errorf("Event: got %s and %v, want it ended and found", e.Status, err)
		}
	})
	t.Run("refuses-sections-that-are-gone", func(t *testing.T) {
		l := w.place(arena())
		e := w.draft(concert(l, w.in(20*time.Hour)))
		_, err := w.UpdateHall(t.Context(), alice, l.ID, l.Halls[0].ID, 1, catalog.HallPatch{Sections: catalog.Some(l.Halls[0].Sections[1:])})
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.PublishEvent(t.Context(), alice, e.ID)
		wantCode(t, "PublishEvent", err, fault.Conflict, "sectionGone")
	})
}

func TestService_RescheduleEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.state(catalog.Published)
	to := e.StartsAt.Add(50 * time.Hour)
	got, err := w.RescheduleEvent(t.Context(), alice, e.ID, to, nil)
	if err != nil || !got.StartsAt.Equal(to) || !got.EndsAt.Equal(to.Add(2*time.Hour)) || !got.DoorsAt.Equal(to.Add(-time.Hour)) ||
		!got.CancelUntil.Equal(to.Add(-time.Hour)) || got.RescheduledAt == nil || !got.RescheduledAt.Equal(w.now()) {
		t.Errorf("RescheduleEvent: got %+v, %v, want everything moved along", got, err)
	}
	again, err := w.RescheduleEvent(t.Context(), alice, e.ID, to, nil)
	if err != nil || again.Version != got.Version {
		t.Errorf("again: got version %d, %v, want %d, nil", again.Version, err, got.Version)
	}
	_, err = w.RescheduleEvent(t.Context(), alice, e.ID, w.in(-time.Hour), nil)
	if got := fieldsOf(err); got != "body.startsAt" {
		t.Errorf("into the past: got %q, want body.startsAt", got)
	}
	_, err = w.RescheduleEvent(t.Context(), alice, e.ID, to, ptr(to.Add(-time.Hour)))
	if got := fieldsOf(err); got != "body.endsAt" {
		t.Errorf("end before start: got %q, want body.endsAt", got)
	}
	_, err = w.RescheduleEvent(t.Context(), alice, e.ID, time.Date(20_000, 1, 1, 0, 0, 0, 0, time.UTC), nil)
	if got := fieldsOf(err); got != "body.startsAt" {
		t.Errorf("year 20000: got %q, want body.startsAt", got)
	}
	patched, err := w.UpdateEvent(t.Context(), alice, e.ID, again.Version, catalog.EventPatch{StartsAt: catalog.Some(to.Add(time.Hour))})
	if err != nil || patched.RescheduledAt == nil || w.messages()[1].Type != message.EventRescheduled {
		t.Errorf("patched start of a published event: got %+v, %v, want it rescheduled", patched.RescheduledAt, err)
	}
}

func TestService_UpdateEvent_published(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	second := w.place(arena())
	h := l.Halls[0]
	types := func(section string, price money.Amount) catalog.EventPatch {
		return catalog.EventPatch{TicketTypes: catalog.Some([]catalog.TicketType{{Name: "New", Price: price, SectionIDs: []string{section}}})}
	}
	eur := money.Of(100, "EUR")
	for i, tc := range []struct {
		name   string
		sold   int
		patch  catalog.EventPatch
		code   string
		fields string
	}{
		{"rename-while-sold", 3, catalog.EventPatch{Name: catalog.Some("New")}, "", ""},
		{"same-section-other-price-while-sold", 3, types(h.Sections[0].ID, eur), "", ""},
		{"section-uncovered-while-sold", 3, types(h.Sections[1].ID, eur), "seatsSold", ""},
		{"section-uncovered-while-unsold", 0, types(h.Sections[1].ID, eur), "", ""},
		{"currency-while-sold", 3, types(h.Sections[0].ID, money.Of(100, "CHF")), "seatsSold", ""},
		{"hall-while-sold", 3, catalog.EventPatch{
			LocationID: catalog.Some(second.ID), HallID: catalog.Some(second.Halls[0].ID),
			TicketTypes: types(second.Halls[0].Sections[0].ID, eur).TicketTypes,
		}, "seatsSold", ""},
		{"hall-while-unsold", 0, catalog.EventPatch{
			LocationID: catalog.Some(second.ID), HallID: catalog.Some(second.Halls[0].ID),
			TicketTypes: types(second.Halls[0].Sections[0].ID, eur).TicketTypes,
		}, "", ""},
		{"hall-without-ticket-types", 0, catalog.EventPatch{LocationID: catalog.Some(second.ID), HallID: catalog.Some(second.Halls[0].ID)}, "", "body.hallId"},
		{"location-without-hall", 0, catalog.EventPatch{LocationID: catalog.Some(second.ID)}, "", "body.hallId"},
		{"section-of-the-old-hall", 0, catalog.EventPatch{
			LocationID: catalog.Some(second.ID), HallID: catalog.Some(second.Halls[0].ID),
			TicketTypes: types(h.Sections[0].ID, eur).TicketTypes,
		}, "", "body.ticketTypes[0].sectionIds[0]"},
		{"no-ticket-types", 0, catalog.EventPatch{TicketTypes: catalog.Null[[]catalog.TicketType]()}, "", "body.ticketTypes"},
		{"unknown-ticket-type-id", 0, catalog.EventPatch{TicketTypes: catalog.Some([]catalog.TicketType{{
			ID: "tkt_x", Name: "x", Price: eur,
			SectionIDs: []string{h.Sections[0].ID},
		}})}, "", "body.ticketTypes[0].id"},
		{"start-in-the-past", 0, catalog.EventPatch{StartsAt: catalog.Some(start.Add(-time.Hour))}, "", "body.startsAt"},
		{
			"required-removed", 0,
			catalog.EventPatch{Name: catalog.Null[string](), Category: catalog.Null[string](), StartsAt: catalog.Null[time.Time]()},
			"",
			"body.category body.name body.startsAt",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			e := w.published(concert(l, start.Add(time.Duration(i+1)*10*time.Hour)))
			if tc.sold > 0 {
				w.sold(e, tc.sold)
			}
			got, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, tc.patch)
			switch {
			case tc.code != "":
				wantCode(t, "UpdateEvent", err, fault.Conflict, tc.code)
			case tc.fields != "":
				if fields := fieldsOf(err); fields != tc.fields {
					t.Errorf("UpdateEvent: got %q (%v), want %q", fields, err, tc.fields)
				}
			case err != nil || got.Version != e.Version+1:
				t.Errorf("UpdateEvent: got version %d, %v, want %d, nil", got.Version, err, e.Version+1)
			case len(got.Layout) < len(e.Layout) || !reflect.DeepEqual(got.Layout[:len(e.Layout)], e.Layout):
				t.Errorf("layout: got %+v, want one that begins with %+v", got.Layout, e.Layout)
			}
		})
	}
}

func TestService_UpdateEvent_mergePatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := concert(w.place(arena()), w.in(24*time.Hour))
	n.Description, n.PerPerson, n.EndsAt = "Loud", ptr(4), ptr(w.in(26*time.Hour))
	e := w.draft(n)
	kept := e.TicketTypes[0]
	kept.Name = "Renamed"
	got, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{
		Description: catalog.Null[string](), PerPerson: catalog.Null[int](), EndsAt: catalog.Null[time.Time](),
		Performers: catalog.Some([]string{" Ada "}),
		TicketTypes: catalog.Some([]catalog.TicketType{
			{Name: "Second", Price: money.Of(1, "EUR"), SectionIDs: kept.SectionIDs},
			kept,
		}),
	})
	if err != nil || got.Description != "" || got.PerPerson != catalog.DefaultPerPerson || got.EndsAt != nil || got.Performers[0] != "Ada" ||
		got.Name != e.Name || len(got.TicketTypes) != 2 || got.TicketTypes[1].ID != kept.ID || got.TicketTypes[0].ID == kept.ID {
		t.Errorf("UpdateEvent: got %+v, %v, want it patched", got, err)
	}
	_, err = w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{Name: catalog.Some("x")})
	wantCode(t, "an old version", err, fault.Stale, "")
	same, err := w.UpdateEvent(t.Context(), alice, e.ID, got.Version, catalog.EventPatch{Name: catalog.Some(e.Name)})
	if err != nil || same.Version != got.Version {
		t.Errorf("nothing new: got version %d, %v, want %d, nil", same.Version, err, got.Version)
	}
}

func TestService_UpdateEvent_growth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	h := l.Halls[0]
	e := w.published(concert(l, w.in(24*time.Hour)))
	w.sold(e, 5)
	stalls, floor := h.Sections[0], h.Sections[1]
	stalls.Rows = append(append([]catalog.Row{}, stalls.Rows...), catalog.Row{Label: "C", Seats: 5})
	floor.Capacity = 150
	grown := []catalog.Section{{Name: "Box", Kind: catalog.Standing, Capacity: 4}, floor, stalls}
	if _, err := w.UpdateHall(t.Context(), alice, l.ID, h.ID, h.Version, catalog.HallPatch{Sections: catalog.Some(grown)}); err != nil {
		t.Fatal(err)
	}
	e, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{HallID: catalog.Some(h.ID)})
	if err != nil || len(e.Layout) != 3 || e.Layout[0].ID != stalls.ID || len(e.Layout[0].Rows) != 3 || e.Layout[1].Capacity != 150 || e.Layout[2].Name != "Box" {
		t.Errorf("grown: got %+v, %v, want a row, 50 places and a section more, at the ends", e.Layout, err)
	}
	h = w.hall(l.ID)
	floor.Capacity, stalls.Rows = 10, stalls.Rows[1:]
	if _, err := w.UpdateHall(t.Context(), alice, l.ID, h.ID, h.Version, catalog.HallPatch{Sections: catalog.Some([]catalog.Section{stalls, floor})}); err != nil {
		t.Fatal(err)
	}
	same, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{HallID: catalog.Some(h.ID)})
	if err != nil || !reflect.DeepEqual(same.Layout, e.Layout) {
		t.Errorf("shrunk: got %+v, %v, want what was frozen", same.Layout, err)
	}
}

// hall reads the first hall of a location.
func (w *world) hall(locationID string) catalog.Hall {
	w.t.Helper()
	l, err := w.Location(w.t.Context(), locationID)
	if err != nil {
		w.t.Fatal(err)
	}
	return l.Halls[0]
}

func TestService_whoMay(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	draft := w.draft(concert(l, w.in(24*time.Hour)))
	public := w.published(concert(l, w.in(48*time.Hour)))
	dropped := w.draft(concert(l, w.in(72*time.Hour)))
	if _, err := w.CancelEvent(t.Context(), alice, dropped.ID, ""); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name                           string
		actor                          catalog.Actor
		draft, public, dropped, change bool
	}{
		{"its-organiser", alice, true, true, true, true},
		{"another-organiser", bob, false, true, false, false},
		{"an-attendee-of-the-organisation", attendee, false, true, false, false},
		{"anyone", nobody, false, true, false, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := t.Context()
			want := func(what string, err error, may bool) {
				t.Helper()
				if may != (err == nil) || !may && !fault.Is(err, fault.NotFound) {
					t.Errorf("%s: got %v, want allowed: %t, or else not found", what, err, may)
				}
			}
			_, err := w.Event(ctx, tc.actor, draft.ID)
			want("draft", err, tc.draft)
			_, err = w.Event(ctx, tc.actor, public.ID)
			want("published", err, tc.public)
			_, err = w.Event(ctx, tc.actor, dropped.ID)
			want("cancelled draft", err, tc.dropped)
			_, err = w.UpdateEvent(ctx, tc.actor, public.ID, public.Version, catalog.EventPatch{})
			want("UpdateEvent", err, tc.change)
			_, err = w.PublishEvent(ctx, tc.actor, public.ID)
			want("PublishEvent", err, tc.change)
			_, err = w.RescheduleEvent(ctx, tc.actor, public.ID, public.StartsAt, nil)
			want("RescheduleEvent", err, tc.change)
			_, err = w.UpdateLocation(ctx, tc.actor, l.ID, l.Version, catalog.LocationPatch{})
			want("UpdateLocation", err, tc.change)
			_, err = w.UpdateHall(ctx, tc.actor, l.ID, l.Halls[0].ID, 1, catalog.HallPatch{})
			want("UpdateHall", err, tc.change)
			if !tc.change {
				_, err = w.AddHall(ctx, tc.actor, l.ID, hall())
				want("AddHall", err, false)
				_, err = w.CancelEvent(ctx, tc.actor, public.ID, "")
				want("CancelEvent", err, false)
			}
		})
	}
	for _, a := range []catalog.Actor{attendee, nobody} {
		_, _, err := w.CreateEvent(t.Context(), a, concert(l, w.in(96*time.Hour)))
		wantCode(t, "CreateEvent", err, fault.Forbidden, "")
		_, _, err = w.CreateLocation(t.Context(), a, arena())
		wantCode(t, "CreateLocation", err, fault.Forbidden, "")
		_, err = w.Search(t.Context(), a, catalog.Query{Mine: true})
		wantCode(t, "Search mine", err, fault.Forbidden, "")
	}
	if _, _, err := w.CreateEvent(t.Context(), bob, concert(l, w.in(120*time.Hour))); err != nil {
		t.Errorf("an organiser in another's hall: got %v, want nil", err)
	}
	for _, garbage := range []string{"", "evt_", "evt_01", "EVT_01JD3XW0T6Q6KZJ1J0N3V0Z2M4", "evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4", "\xff", l.ID} {
		_, err := w.Event(t.Context(), alice, garbage)
		wantCode(t, "Event "+garbage, err, fault.NotFound, "")
	}
}

func TestService_halls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	h, err := w.AddHall(t.Context(), alice, l.ID, hall())
	if err != nil || h.Version != 1 {
		t.Fatalf("AddHall: got %+v, %v, want version 1, nil", h, err)
	}
	h2, err := w.UpdateHall(t.Context(), alice, l.ID, h.ID, 1, catalog.HallPatch{Name: catalog.Some("Studio")})
	if err != nil || h2.Version != 2 || h2.Name != "Studio" || h2.Sections[0].ID != h.Sections[0].ID {
		t.Errorf("UpdateHall: got %+v, %v, want version 2, nil", h2, err)
	}
	_, err = w.UpdateHall(t.Context(), alice, l.ID, h.ID, 1, catalog.HallPatch{Name: catalog.Some("x")})
	wantCode(t, "an old version", err, fault.Stale, "")
	_, err = w.UpdateHall(t.Context(), alice, l.ID, "hal_none", 1, catalog.HallPatch{})
	wantCode(t, "an unknown hall", err, fault.NotFound, "")
	got, err := w.Location(t.Context(), l.ID)
	if err != nil || got.Version != 3 || len(got.Halls) != 2 || got.Halls[1].Name != "Studio" {
		t.Errorf("Location: got %+v, %v, want version 3 with both halls", got, err)
	}
	_, err = w.UpdateLocation(t.Context(), alice, l.ID, 2, catalog.LocationPatch{})
	wantCode(t, "an old version of the location", err, fault.Stale, "")
}
