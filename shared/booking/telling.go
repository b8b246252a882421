package booking

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// The catalogue hears of every change in how many places are left. Who makes one leaves a message behind in the same write
// of the booking: that it is confirmed, or that its places were freed and a count is due. What then happens depends on
// the process that the message comes to. One that ticks notes the event and counts it in its next turn. One that runs only
// while it handles something counts at once, or has the message come again when the next count may be taken.

// NotYetError reports that the time for something has not come: come back after Wait.
type NotYetError struct {
	Wait time.Duration
	Why  string
}

func (e *NotYetError) Error() string { return e.Why }

// freed is the message that has the catalogue told of places that were freed, unless their event is cancelled, which shows
// none; its end is told once (see finishCancellation).
func (s *Service) freed(ctx context.Context, event id.Raw) []outbox.Message {
	if sale, err := s.sales.get(ctx, event); err == nil && sale.Status == eventCancelled {
		return nil
	}
	return []outbox.Message{s.availabilityDue(event.With(id.Event), s.d.Now())}
}

func (s *Service) availabilityDue(eventID string, at time.Time) outbox.Message {
	return s.message(message.AvailabilityDue, eventID, message.AvailabilityDueV1{EventID: eventID, At: at})
}

// AvailabilityChanged sees to it that the catalogue is told of an event's places as they are at a time or later. Repeating
// it is cheap. NotYetError where it has to come back; fault.Invalid for what is no event's id.
func (s *Service) AvailabilityChanged(ctx context.Context, eventID string, at time.Time) error {
	event, ok := id.Parse(id.Event, eventID)
	if !ok {
		return fault.New(fault.Invalid, "", "the event's id is not one")
	}
	if s.c.Ticking {
		heard := s.d.Now()
		if heard.Before(at) {
			heard = at // nothing that is counted before will do
		}
		s.snaps.note(event, touched{at: at, heard: heard})
		return nil
	}
	sale, err := s.sales.get(ctx, event)
	if fault.Is(err, fault.NotFound) || err == nil && !sale.open() {
		return nil // nothing of it was ever sold here
	}
	if err != nil {
		return err
	}
	return s.snaps.tell(ctx, sale, at)
}

// tell returns nil once there is a snapshot that shows what changed before at, or once another message is on its way that
// comes back for the next.
func (s *snapshots) tell(ctx context.Context, sale *onSale, at time.Time) error {
	entered := s.d.Now()
	if wait := at.Sub(entered); wait > 0 {
		return &NotYetError{Wait: wait, Why: "the count is not due yet"}
	}
	s.mu.Lock()
	last := s.last[sale.event]
	s.mu.Unlock()
	if last.covers(at, entered) {
		return nil
	}
	k, err := s.get(ctx, sale)
	if err != nil || k.covers(at, entered) {
		return err
	}
	return s.await(k, at)
}

// await puts a message about what changed before at off until the next snapshot may be taken; one of all that wait for it is
// enough. The sweep of that one begins a second or more after this one's; so it shows whatever was sold before a message
// that is handled now, even by a clock that is clockSkew behind. Who waits is the earliest: a message that is delivered too
// early meets itself, or such as wait in another process, and if each relied on any other none might be left.
func (s *snapshots) await(k known, at time.Time) error {
	wait := k.AsOf.Add(snapshotLife).Sub(s.d.Now())
	why := "the event was counted within the last second"
	if k.passing || wait <= clockSkew {
		return &NotYetError{Wait: max(wait, clockSkew), Why: why}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.last[k.Event]
	if !last.AsOf.Equal(k.AsOf) { // there is a newer one by now
		return &NotYetError{Wait: clockSkew, Why: why}
	}
	if !last.awaited.IsZero() && last.awaited.Before(at) {
		return nil
	}
	last.awaited = at
	s.last[k.Event] = last
	wait += rand.N(clockSkew) // those of several processes do not come back at once: the first counts for the others
	return &NotYetError{Wait: wait, Why: why}
}

// RefreshAvailability tells the catalogue of events whose places changed hands since it was told, each at most once a
// second. A process that is Ticking calls it several times a second; in others there is nothing for it to do. It returns
// how many events it looked at.
func (s *Service) RefreshAvailability(ctx context.Context) (int, error) {
	s.snaps.mu.Lock()
	dirty := s.snaps.dirty
	s.snaps.dirty = make(map[id.Raw]touched, len(dirty))
	s.snaps.mu.Unlock()
	var errs []error
	for event, t := range dirty {
		sale, err := s.sales.get(ctx, event)
		if fault.Is(err, fault.NotFound) || err == nil && !sale.open() {
			continue
		}
		var k known
		if err == nil {
			k, err = s.snaps.refresh(ctx, sale)
		}
		if err != nil {
			errs = append(errs, err)
		}
		if err != nil || !k.covers(t.at, t.heard) { // counted before the change: the next turn looks again
			s.snaps.untold(event, t)
		}
	}
	return len(dirty), errors.Join(errs...)
}
