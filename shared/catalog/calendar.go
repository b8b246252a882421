package catalog

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

// A hall holds one event at a time. Who wants a time writes a reservation into the hall's month first, naming the event and
// the version that its write will make, and then the event under the condition that this version is the next one. So a
// reservation is decided as soon as the event has that version or a later one, or a minute has gone by, because nobody
// writes an event on a reservation that old; and once it is decided only the event itself says whether it takes the hall.
// What a crash, a lost race or a move left behind needs no care to be harmless: the next who is in the way drops it.
const (
	voidAfter    = time.Minute
	writeWithin  = 30 * time.Second // from the reservation to the beginning of the event's write
	writeTimeout = 15 * time.Second // of that write
	fullMonth    = 2_000            // reservations: what an item of a store can hold
	crowdedMonth = 256              // reservations from which on the void ones are looked for
	maxAttempts  = 100
	maxPause     = 64 // ms
)

var (
	errHallTaken = fault.New(fault.Conflict, "hallTaken", "the hall has another event at this time")
	errCrowded   = fault.New(fault.Conflict, "hallTaken", "the hall's calendar for this month is full")
)

// booked is the reservations that one try to write an event made, by month.
type booked struct {
	hall   string
	event  string
	madeAt time.Time
	made   []Month // one reservation each
}

// reserve takes e's hall for e, which is as it will be written. Errors: errHallTaken; fault.Unavailable.
func (s *Service) reserve(ctx context.Context, e Event) (*booked, error) {
	b := &booked{hall: e.HallID, event: e.ID, madeAt: s.now()}
	for _, month := range months(e.StartsAt, e.end()) {
		r, err := s.reserveMonth(ctx, e, month, b.madeAt)
		if err != nil {
			s.withdraw(ctx, b)
			return nil, err
		}
		b.made = append(b.made, Month{Month: month, Reservations: []Reservation{r}})
	}
	return b, nil
}

func (s *Service) reserveMonth(ctx context.Context, e Event, month string, madeAt time.Time) (Reservation, error) {
	for attempt := 0; ; attempt++ {
		m, err := s.d.Store.HallMonth(ctx, e.HallID, month)
		if err != nil {
			return Reservation{}, fmt.Errorf("read calendar %s %s: %w", e.HallID, month, err)
		}
		kept, err := s.clear(ctx, m, e)
		if err != nil {
			return Reservation{}, err
		}
		r := Reservation{EventID: e.ID, From: e.StartsAt, Until: e.end(), MadeAt: madeAt, Version: e.Version}
		for slices.ContainsFunc(kept, func(o Reservation) bool { return sameReservation(o, r) }) {
			r.MadeAt = r.MadeAt.Add(time.Nanosecond) // another try of the same moment: each withdraws only its own
		}
		m.HallID, m.Month, m.Version = e.HallID, month, m.Version+1
		m.Reservations = slices.Concat(kept, []Reservation{r})
		slices.SortStableFunc(m.Reservations, func(a, b Reservation) int { return a.From.Compare(b.From) })
		err = s.d.Store.PutHallMonth(ctx, m)
		if err == nil {
			return r, nil
		}
		if !fault.Is(err, fault.Stale) {
			return Reservation{}, fmt.Errorf("write calendar %s %s: %w", e.HallID, month, err)
		}
		if attempt == maxAttempts || s.now().Sub(madeAt) > writeWithin {
			return Reservation{}, fault.Wrap(fault.Unavailable, "too many want this hall at once", err)
		}
		if err := pause(ctx, attempt); err != nil {
			return Reservation{}, err
		}
	}
}

// clear returns m's reservations without the void ones that are in e's way. A valid one there is errHallTaken.
func (s *Service) clear(ctx context.Context, m Month, e Event) ([]Reservation, error) {
	kept := make([]Reservation, 0, len(m.Reservations)+1)
	for _, r := range m.Reservations {
		if r.EventID == e.ID || !r.From.Before(e.end()) || !e.StartsAt.Before(r.Until) {
			kept = append(kept, r)
			continue
		}
		other, err := s.d.Store.Event(ctx, r.EventID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, fmt.Errorf("read event %s: %w", r.EventID, err)
		}
		switch {
		case r.Version > other.Version && s.now().Sub(r.MadeAt) < voidAfter: // about to be written
			return nil, errHallTaken
		case !holds(other, e.HallID): // gone: cancelled, moved elsewhere, or never written
		case other.StartsAt.Before(e.end()) && e.StartsAt.Before(other.end()):
			return nil, errHallTaken
		case r.From.Equal(other.StartsAt) && r.Until.Equal(other.end()):
			kept = append(kept, r)
		}
	}
	if len(kept) >= crowdedMonth && len(kept)%32 == 0 || len(kept) >= fullMonth {
		var err error
		if kept, err = s.prune(ctx, kept, e.HallID); err != nil {
			return nil, err
		}
		if len(kept) >= fullMonth {
			return nil, errCrowded
		}
	}
	return kept, nil
}

// prune returns the reservations without those that are void.
func (s *Service) prune(ctx context.Context, rs []Reservation, hall string) ([]Reservation, error) {
	ids := make([]string, len(rs))
	for i, r := range rs {
		ids[i] = r.EventID
	}
	slices.Sort(ids)
	events, err := s.d.Store.EventsByID(ctx, slices.Compact(ids))
	if err != nil {
		return nil, fmt.Errorf("read events of hall %s: %w", hall, err)
	}
	byID := make(map[string]Event, len(events))
	for _, e := range events {
		byID[e.ID] = e
	}
	now := s.now()
	return slices.DeleteFunc(rs, func(r Reservation) bool {
		e := byID[r.EventID]
		return now.Sub(r.MadeAt) >= 2*voidAfter && // those events may be read a second late
			!(holds(e, hall) && r.From.Equal(e.StartsAt) && r.Until.Equal(e.end()))
	}), nil
}

// holds reports whether an event, which is the zero one where there is none, takes a hall at some time.
func holds(e Event, hall string) bool { return e.Version > 0 && e.occupies() && e.HallID == hall }

func sameReservation(a, b Reservation) bool {
	return a.EventID == b.EventID && a.Version == b.Version && a.MadeAt.Equal(b.MadeAt)
}

// fresh returns an error once it is too late to write the event on its reservation.
func (s *Service) fresh(b *booked) error {
	if b != nil && s.now().Sub(b.madeAt) > writeWithin {
		return fault.New(fault.Unavailable, "", "reserving the hall took too long; try again")
	}
	return nil
}

// withdraw takes back what a try reserved that is known to have come to nothing. It may fail: the reservations are void
// after a minute anyway.
func (s *Service) withdraw(ctx context.Context, b *booked) {
	if b == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTimeout)
	defer cancel()
	for _, m := range b.made {
		s.remove(ctx, b.hall, m.Month, func(r Reservation) bool { return sameReservation(r, m.Reservations[0]) })
	}
}

// tidy removes what e, as it was just written, reserved earlier and does not take any more: in a hall, for a time. It may
// fail, as withdraw may.
func (s *Service) tidy(ctx context.Context, e Event, hall string, from, until time.Time) {
	for _, month := range months(from, until) {
		s.remove(ctx, hall, month, func(r Reservation) bool {
			return r.EventID == e.ID && r.Version <= e.Version &&
				!(holds(e, hall) && r.From.Equal(e.StartsAt) && r.Until.Equal(e.end()))
		})
	}
}

func (s *Service) remove(ctx context.Context, hall, month string, unwanted func(Reservation) bool) {
	for attempt := range 20 {
		m, err := s.d.Store.HallMonth(ctx, hall, month)
		if err != nil || !slices.ContainsFunc(m.Reservations, unwanted) {
			return
		}
		m.Reservations = slices.DeleteFunc(m.Reservations, unwanted)
		m.Version++
		if err = s.d.Store.PutHallMonth(ctx, m); !fault.Is(err, fault.Stale) || pause(ctx, attempt) != nil {
			return
		}
	}
}

// months returns the UTC months, as 2006-01, that a span touches.
func months(from, until time.Time) []string {
	from, last := from.UTC(), until.UTC().Add(-time.Nanosecond)
	var all []string
	for m := time.Date(from.Year(), from.Month(), 1, 0, 0, 0, 0, time.UTC); !m.After(last); m = m.AddDate(0, 1, 0) {
		all = append(all, m.Format("2006-01"))
	}
	return all
}

// pause waits before another try: a random time that grows with the attempts, at most maxPause.
func pause(ctx context.Context, attempt int) error {
	most := time.Duration(min(1<<min(attempt, 10), maxPause)) * time.Millisecond
	t := time.NewTimer(rand.N(most))
	defer t.Stop()
	select {
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "the caller gave up", ctx.Err())
	case <-t.C:
		return nil
	}
}
