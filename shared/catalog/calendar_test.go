package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
)

func TestService_CreateEvent_hallClash(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	at := w.in(240 * time.Hour)
	n := concert(l, at)
	n.EndsAt = ptr(at.Add(2 * time.Hour))
	w.draft(n)
	other := w.place(arena())
	const openEnd = math.MaxInt64
	for _, tc := range []struct {
		name       string
		location   catalog.Location
		start, end time.Duration // end: openEnd where there is none
		want       bool          // free
	}{
		{"same-time", l, 0, 2 * time.Hour, false},
		{"inside", l, time.Hour, 90 * time.Minute, false},
		{"around", l, -time.Hour, 3 * time.Hour, false},
		{"overlaps-the-start", l, -time.Hour, time.Millisecond, false},
		{"overlaps-the-end", l, 2*time.Hour - time.Millisecond, 3 * time.Hour, false},
		{"open-end-takes-three-hours", l, -3*time.Hour + time.Millisecond, openEnd, false},
		{"other-hall", other, 0, 2 * time.Hour, true},
		{"back-to-back-before", l, -time.Hour, 0, true},
		{"back-to-back-behind", l, 2 * time.Hour, 3 * time.Hour, true},
		{"spans-months-around", l, -50 * 24 * time.Hour, 50 * 24 * time.Hour, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := concert(tc.location, at.Add(tc.start))
			n.ExternalID = tc.name // may begin in the past
			if tc.end != openEnd {
				n.EndsAt = ptr(at.Add(tc.end))
			}
			_, _, err := w.CreateEvent(t.Context(), alice, n)
			if tc.want && err != nil {
				t.Errorf("CreateEvent: got %v, want nil", err)
			}
			if !tc.want {
				wantCode(t, "CreateEvent", err, fault.Conflict, "hallTaken")
			}
		})
	}
}

func TestService_CreateEvent_hundredOverlappingHaveOneWinner(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		length time.Duration
	}{
		{"one-month", 2 * time.Hour},
		{"three-months", 60 * 24 * time.Hour},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			second := catalog.New(w.deps()) // another process
			l := w.place(arena())
			at := time.Date(2027, 5, 30, 18, 0, 0, 0, time.UTC)
			var won atomic.Int32
			var wg sync.WaitGroup
			for i := range 100 {
				wg.Go(func() {
					n := concert(l, at.Add(time.Duration(i)*time.Minute/2))
					n.EndsAt = ptr(n.StartsAt.Add(tc.length))
					service := w.Service
					if i%2 == 1 {
						service = second
					}
					_, created, err := service.CreateEvent(t.Context(), alice, n)
					if created && err == nil {
						won.Add(1)
					} else {
						wantCode(t, "CreateEvent", err, fault.Conflict, "hallTaken")
					}
				})
			}
			wg.Wait()
			if won.Load() != 1 {
				t.Errorf("created: got %d, want 1", won.Load())
			}
		})
	}
}

func TestService_CreateEvent_sixtyBesideEachOtherAllWin(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	var wg sync.WaitGroup
	for i := range 60 {
		wg.Go(func() {
			n := concert(l, start.Add(time.Duration(i+1)*time.Hour))
			n.EndsAt = ptr(n.StartsAt.Add(time.Hour))
			if _, _, err := w.CreateEvent(t.Context(), alice, n); err != nil {
				t.Errorf("CreateEvent: got %v, want nil", err)
			}
		})
	}
	wg.Wait()
}

func TestService_CreateEvent_reservationWithoutEvent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	at := w.in(48 * time.Hour)
	lost := errors.New("power went")
	w.store.beforePut = func(catalog.Event) error { return lost }
	if _, _, err := w.CreateEvent(t.Context(), alice, concert(l, at)); !errors.Is(err, lost) {
		t.Fatalf("CreateEvent: got %v, want %v", err, lost)
	}
	w.store.beforePut = nil
	w.advance(59 * time.Second)
	_, _, err := w.CreateEvent(t.Context(), alice, concert(l, at))
	wantCode(t, "within a minute", err, fault.Conflict, "hallTaken")
	w.advance(2 * time.Second)
	w.draft(concert(l, at))
}

func TestService_CreateEvent_lostAnswerKeepsTheHall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	at := w.in(48 * time.Hour)
	w.store.afterPut = func(catalog.Event) error { return fault.New(fault.Unavailable, "", "reply lost") }
	if _, _, err := w.CreateEvent(t.Context(), alice, concert(l, at)); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("CreateEvent: got %v, want unavailable", err)
	}
	w.store.afterPut = nil
	w.advance(2 * time.Minute)
	_, _, err := w.CreateEvent(t.Context(), alice, concert(l, at))
	wantCode(t, "on an event whose answer was lost", err, fault.Conflict, "hallTaken")
}

// slowCalendar lets the clock run on after a reservation.
type slowCalendar struct {
	*hooked
	w    *world
	slow time.Duration
}

func (s slowCalendar) PutHallMonth(ctx context.Context, m catalog.Month) error {
	err := s.hooked.PutHallMonth(ctx, m)
	s.w.advance(s.slow)
	return err
}

func TestService_CreateEvent_tooSlowIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	d := w.deps()
	d.Store = slowCalendar{w.store, w, 31 * time.Second}
	_, _, err := catalog.New(d).CreateEvent(t.Context(), alice, concert(l, w.in(48*time.Hour)))
	wantCode(t, "CreateEvent", err, fault.Unavailable, "")
	w.draft(concert(l, w.in(48*time.Hour))) // and was withdrawn
}

func TestService_movingFreesTheHall(t *testing.T) {
	t.Parallel()
	at := start.Add(1000 * time.Hour)
	for _, tc := range []struct {
		name string
		free func(*world, catalog.Event) error
	}{
		{"cancelled", func(w *world, e catalog.Event) error {
			_, err := w.CancelEvent(w.t.Context(), alice, e.ID, "rain")
			return err
		}},
		{"rescheduled", func(w *world, e catalog.Event) error {
			_, err := w.RescheduleEvent(w.t.Context(), alice, e.ID, at.Add(40*24*time.Hour), nil)
			return err
		}},
		{"patched", func(w *world, e catalog.Event) error {
			_, err := w.UpdateEvent(w.t.Context(), alice, e.ID, e.Version, catalog.EventPatch{StartsAt: catalog.Some(at.Add(3 * time.Hour))})
			return err
		}},
		{"other-hall", func(w *world, e catalog.Event) error {
			l := w.place(arena())
			_, err := w.UpdateEvent(w.t.Context(), alice, e.ID, e.Version, catalog.EventPatch{
				LocationID: catalog.Some(l.ID), HallID: catalog.Some(l.Halls[0].ID), TicketTypes: catalog.Some(concert(l, at).TicketTypes),
			})
			return err
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			l := w.place(arena())
			e := w.published(concert(l, at))
			if err := tc.free(w, e); err != nil {
				t.Fatalf("moving: got %v, want nil", err)
			}
			for _, month := range catalog.Months(at, at.Add(60*24*time.Hour)) {
				m, err := w.store.HallMonth(t.Context(), l.Halls[0].ID, month)
				for _, r := range m.Reservations {
					if err != nil || r.From.Equal(at) {
						t.Errorf("reservations: got %+v, %v, want none for what was", r, err)
					}
				}
			}
			w.draft(concert(l, at)) // at once
			if e, _ = w.Event(t.Context(), alice, e.ID); e.Status == catalog.Published {
				moved, _ := w.Location(t.Context(), e.LocationID)
				_, _, err := w.CreateEvent(t.Context(), alice, concert(moved, e.StartsAt))
				wantCode(t, "where it moved to", err, fault.Conflict, "hallTaken")
			}
		})
	}
}

func TestService_failedMoveLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	at := w.in(1000 * time.Hour)
	e := w.draft(concert(l, at))
	w.store.beforePut = func(catalog.Event) error { return fault.New(fault.Stale, "", "another was first") }
	_, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{StartsAt: catalog.Some(at.Add(100 * time.Hour))})
	wantCode(t, "UpdateEvent", err, fault.Stale, "")
	w.store.beforePut = nil
	w.draft(concert(l, at.Add(100*time.Hour)))
	_, _, err = w.CreateEvent(t.Context(), alice, concert(l, at))
	wantCode(t, "where it still is", err, fault.Conflict, "hallTaken")
}

// A move that crashed between its reservation and its write: within the minute both times are taken, then only the old.
func TestService_crashedMove(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	at := w.in(1000 * time.Hour)
	e := w.draft(concert(l, at))
	w.store.beforePut = func(catalog.Event) error { return errors.New("power went") }
	_, err := w.UpdateEvent(t.Context(), alice, e.ID, e.Version, catalog.EventPatch{StartsAt: catalog.Some(at.Add(time.Hour))})
	if err == nil {
		t.Fatal("UpdateEvent: got nil, want an error")
	}
	w.store.beforePut = nil
	_, _, err = w.CreateEvent(t.Context(), alice, concert(l, at.Add(3*time.Hour)))
	wantCode(t, "where it was moving", err, fault.Conflict, "hallTaken")
	w.advance(time.Minute)
	w.draft(concert(l, at.Add(3*time.Hour)))
	_, _, err = w.CreateEvent(t.Context(), alice, concert(l, at.Add(-time.Hour)))
	wantCode(t, "where it is", err, fault.Conflict, "hallTaken")
}

func TestService_CreateEvent_externalIDRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	n := concert(l, start.Add(-48*time.Hour)) // what was may be recorded
	n.ExternalID = "tickit-17"
	var created atomic.Int32
	ids := make([]string, 16)
	var wg sync.WaitGroup
	for i := range ids {
		wg.Go(func() {
			e, fresh, err := w.CreateEvent(t.Context(), alice, n)
			if err != nil {
				t.Errorf("CreateEvent: got %v, want nil", err)
			}
			if ids[i] = e.ID; fresh {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	if created.Load() != 1 {
		t.Errorf("created: got %d, want 1", created.Load())
	}
	for _, got := range ids {
		if got != ids[0] {
			t.Errorf("id: got %s, want %s", got, ids[0])
		}
	}
	later, fresh, err := w.CreateEvent(t.Context(), alice, n)
	if err != nil || fresh || later.ID != ids[0] {
		t.Errorf("again: got %s, %t, %v, want %s, false, nil", later.ID, fresh, err, ids[0])
	}
	if _, fresh, err = w.CreateEvent(t.Context(), bob, n); fresh {
		t.Error("the other organisation's of that name in the same hall: got true, want false")
	}
	wantCode(t, "the other organisation's", err, fault.Conflict, "hallTaken")
}

func TestService_CreateLocation_externalIDRace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := arena()
	n.ExternalID = "venue-1"
	var created atomic.Int32
	var wg sync.WaitGroup
	halls := make([]string, 16)
	for i := range halls {
		wg.Go(func() {
			l, fresh, err := w.CreateLocation(t.Context(), alice, n)
			if err != nil {
				t.Errorf("CreateLocation: got %v, want nil", err)
				return
			}
			if halls[i] = l.Halls[0].ID; fresh {
				created.Add(1)
			}
		})
	}
	wg.Wait()
	if created.Load() != 1 {
		t.Errorf("created: got %d, want 1", created.Load())
	}
	for _, got := range halls {
		if got != halls[0] {
			t.Errorf("hall: got %s, want %s", got, halls[0])
		}
	}
}

// A hall's month is kept small: what is void is dropped once there is much of it.
func TestService_calendarIsPruned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	m := catalog.Month{HallID: l.Halls[0].ID, Month: "2027-04", Version: 1}
	for i := range 2_000 {
		at := time.Date(2027, 4, 1, 0, i, 0, 0, time.UTC)
		m.Reservations = append(m.Reservations, catalog.Reservation{
			EventID: fmt.Sprintf("evt_%026d", i), Version: 1, From: at,
			Until: at.Add(time.Minute), MadeAt: start.Add(-time.Hour),
		})
	}
	if err := w.store.PutHallMonth(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	w.draft(concert(l, time.Date(2027, 4, 20, 0, 0, 0, 0, time.UTC)))
	m, err := w.store.HallMonth(t.Context(), m.HallID, m.Month)
	if err != nil || len(m.Reservations) != 1 {
		t.Errorf("reservations: got %d, %v, want 1", len(m.Reservations), err)
	}
}

func TestMonths(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, from, until string
		want              string
	}{
		{"inside", "2027-05-01T00:00:00Z", "2027-05-31T23:59:59Z", "[2027-05]"},
		{"end-is-exclusive", "2027-05-31T22:00:00Z", "2027-06-01T00:00:00Z", "[2027-05]"},
		{"touches-two", "2027-05-31T22:00:00Z", "2027-06-01T00:00:01Z", "[2027-05 2027-06]"},
		{"in-utc", "2027-06-01T01:00:00+02:00", "2027-06-01T03:00:00+02:00", "[2027-05 2027-06]"},
		{"over-new-year", "2027-12-31T22:00:00Z", "2028-02-01T00:00:00Z", "[2027-12 2028-01]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			from, _ := time.Parse(time.RFC3339, tc.from)
			until, _ := time.Parse(time.RFC3339, tc.until)
			if got := fmt.Sprint(catalog.Months(from, until)); got != tc.want {
				t.Errorf("months: got %s, want %s", got, tc.want)
			}
		})
	}
}
