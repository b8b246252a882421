package catalog_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// behind is a store whose cheap reads of events lag by a second, as far as they may, and which counts reads.
type behind struct {
	catalog.Store
	w *world

	mu     sync.Mutex
	was    map[string][]version
	cheap  int
	strong int
}

type version struct {
	at    time.Time
	event catalog.Event
}

func (s *behind) note(ctx context.Context, eventID string) error {
	e, err := s.Store.Event(ctx, eventID)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.was == nil {
		s.was = map[string][]version{}
	}
	s.was[eventID] = append(s.was[eventID], version{s.w.now(), e})
	return err
}

func (s *behind) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	if err := s.Store.PutEvent(ctx, e, out...); err != nil {
		return err
	}
	return s.note(ctx, e.ID)
}

func (s *behind) PutAvailability(ctx context.Context, eventID string, a catalog.Availability) error {
	if err := s.Store.PutAvailability(ctx, eventID, a); err != nil {
		return err
	}
	return s.note(ctx, eventID)
}

func (s *behind) Event(ctx context.Context, eventID string) (catalog.Event, error) {
	s.mu.Lock()
	s.strong++
	s.mu.Unlock()
	return s.Store.Event(ctx, eventID)
}

func (s *behind) EventsByID(_ context.Context, ids []string) ([]catalog.Event, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cheap++
	var all []catalog.Event
	for _, eventID := range ids {
		for _, v := range slices.Backward(s.was[eventID]) {
			if s.w.now().Sub(v.at) >= time.Second {
				all = append(all, v.event)
				break
			}
		}
	}
	return all, nil
}

func (s *behind) reads() (cheap, strong int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	cheap, strong = s.cheap, s.strong
	s.cheap, s.strong = 0, 0
	return cheap, strong
}

func TestService_Event_ForThePublicIsOneCheapReadASecond(t *testing.T) {
	w := newWorld(t)
	e := w.published(concert(w.place(arena()), w.in(24*time.Hour)))
	store := &behind{Store: w.store, w: w}
	if err := store.note(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	w.advance(time.Minute)
	other := catalog.New(catalog.Deps{Store: store, Now: w.now, NewID: w.deps().NewID})
	for range 3 {
		for range 10 {
			if _, err := other.Event(t.Context(), nobody, e.ID); err != nil {
				t.Fatalf("Event: got %v, want nil", err)
			}
		}
		w.advance(time.Second)
	}
	if cheap, strong := store.reads(); cheap != 3 || strong != 0 {
		t.Errorf("reads for 30 looks in 3 s: got %d cheap and %d strong, want 3 and none", cheap, strong)
	}
	if _, err := other.Event(t.Context(), alice, e.ID); err != nil {
		t.Fatalf("Event for its organiser: got %v, want nil", err)
	}
	if cheap, strong := store.reads(); cheap != 0 || strong != 1 {
		t.Errorf("reads for the organiser: got %d cheap and %d strong, want one strong", cheap, strong)
	}
}

func TestService_Event_WhatIsWrittenHereIsSeenAtOnce(t *testing.T) {
	w := newWorld(t)
	store := &behind{Store: w.store, w: w}
	w.Service = catalog.New(catalog.Deps{Store: store, Now: w.now, NewID: w.deps().NewID})
	other := catalog.New(catalog.Deps{Store: store, Now: w.now, NewID: w.deps().NewID})
	e := w.published(concert(w.place(arena()), w.in(24*time.Hour)))
	for name, s := range map[string]*catalog.Service{"the process that published it": w.Service, "another": other} {
		if got, err := s.Event(t.Context(), nobody, e.ID); err != nil || got.Status != catalog.Published {
			t.Errorf("Event by %s: got %s and %v, want it published", name, got.Status, err)
		}
	}
	for n, step := range []time.Duration{0, 100 * time.Millisecond, 900 * time.Millisecond, time.Second, 1900 * time.Millisecond, 3 * time.Second} {
		w.advance(step)
		left := 100 - n
		m := message.AvailabilityV1{EventID: e.ID, AsOf: w.now().Add(time.Duration(n)), Sections: []message.SectionAvailableV1{
			{SectionID: e.TicketTypes[0].SectionIDs[0], Total: 200, Left: left},
		}}
		if err := w.ApplyAvailability(t.Context(), m); err != nil {
			t.Fatal(err)
		}
		for _, later := range []time.Duration{0, 300 * time.Millisecond, 300 * time.Millisecond, 600 * time.Millisecond} {
			w.advance(later)
			if got, err := w.Event(t.Context(), nobody, e.ID); err != nil || got.Availability == nil || got.Availability.Left != left {
				t.Errorf("Event after availability %d and %v: got %v and %v, want %d left", n, later, got.Availability, err, left)
			}
		}
	}
	w.advance(2 * time.Second)
	if got, err := other.Event(t.Context(), nobody, e.ID); err != nil || got.Availability == nil || got.Availability.Left != 95 {
		t.Errorf("Event by another process after 2 s: got %v and %v, want 95 left", got.Availability, err)
	}
}

func TestService_Event_DraftsStayHidden(t *testing.T) {
	w := newWorld(t)
	store := &behind{Store: w.store, w: w}
	w.Service = catalog.New(catalog.Deps{Store: store, Now: w.now, NewID: w.deps().NewID})
	draft := w.draft(concert(w.place(arena()), w.in(24*time.Hour)))
	for _, later := range []time.Duration{0, 2 * time.Second} {
		w.advance(later)
		for _, eventID := range []string{draft.ID, "evt_00000000000000000000000000", "x"} {
			if _, err := w.Event(t.Context(), nobody, eventID); !fault.Is(err, fault.NotFound) {
				t.Errorf("Event %s: got %v, want it not to be found", eventID, err)
			}
		}
	}
}

// An event that was changed just before its location takes the location over all the same, though a read that lags still
// shows the event as it was.
func TestService_ApplyLocation_OverReadsThatLag(t *testing.T) {
	w := newWorld(t)
	store := &behind{Store: w.store, w: w}
	w.Service = catalog.New(catalog.Deps{Store: store, Now: w.now, NewID: w.deps().NewID})
	l := w.place(arena())
	e := w.published(concert(l, w.in(24*time.Hour)))
	w.advance(2 * time.Second)
	if _, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{Name: catalog.Some("Another")}); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	w.advance(100 * time.Millisecond)
	if _, err := w.UpdateLocation(t.Context(), alice, l.ID, l.Version, catalog.LocationPatch{Name: catalog.Some("Arena by the river")}); err != nil {
		t.Fatal(err)
	}
	w.deliver()
	if got, err := w.Event(t.Context(), alice, e.ID); err != nil || got.Place.Name != "Arena by the river" || got.Name != "Another" {
		t.Errorf("Event: got %s at %s and %v, want Another at Arena by the river", got.Name, got.Place.Name, err)
	}
}
