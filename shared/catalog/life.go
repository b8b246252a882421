package catalog

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// PublishEvent puts a draft on sale: its hall's sections are frozen as they are now. A published event stays as it is.
// Errors: fault.NotFound; fault.Conflict (eventCancelled, eventEnded, noTicketTypes, sectionGone).
func (s *Service) PublishEvent(ctx context.Context, a Actor, eventID string) (Event, error) {
	return s.act(ctx, a, eventID, func(was Event) (Event, message.Type, error) {
		e := was
		switch err := open(e); {
		case err != nil:
			return Event{}, "", err
		case e.Status == Published:
			return e, "", nil
		case e.ExternalID == "" && !s.now().Before(e.end()):
			return Event{}, "", errEnded // an import's past is published all the same, and ends at the next round
		case len(e.TicketTypes) == 0:
			return Event{}, "", fault.New(fault.Conflict, "noTicketTypes", "an event needs a ticket type to be published")
		}
		var c checks
		hall, err := s.settle(ctx, &c, &e)
		if err != nil {
			return Event{}, "", err
		}
		checkSections(&c, e.TicketTypes, sectionIDs(hall), false)
		if len(c.fields) > 0 {
			return Event{}, "", fault.New(fault.Conflict, "sectionGone", "a ticket type names a section that the hall has no more")
		}
		e.Status, e.Layout = Published, freeze(hall.Sections)
		return e, message.EventPublished, nil
	})
}

// CancelEvent cancels a draft or a published event for good; the reason may be empty. A cancelled event stays as it is.
// Errors: fault.NotFound; fault.Invalid; fault.Conflict (eventEnded).
func (s *Service) CancelEvent(ctx context.Context, a Actor, eventID, reason string) (Event, error) {
	var c checks
	reason = c.long("body.reason", reason, maxReason)
	if err := c.err(); err != nil {
		return Event{}, err
	}
	return s.act(ctx, a, eventID, func(e Event) (Event, message.Type, error) {
		switch {
		case e.Status == Cancelled:
			return e, "", nil
		case e.Status == Ended, e.Status == Published && !s.now().Before(e.end()):
			return Event{}, "", errEnded
		}
		e.Status, e.CancelReason = Cancelled, reason
		return e, message.EventCancelled, nil
	})
}

// RescheduleEvent moves a published event to another time. Without an end it keeps its length, and in any case the
// distance of its doors and of the end of cancellation from its start. At the time that it has, it stays as it is.
// Errors: fault.NotFound; fault.Invalid; fault.Conflict (eventCancelled, eventEnded, notPublished, hallTaken);
// fault.Unavailable.
func (s *Service) RescheduleEvent(ctx context.Context, a Actor, eventID string, startsAt time.Time, endsAt *time.Time) (Event, error) {
	var c checks
	if startsAt = c.time("body.startsAt", startsAt); len(c.fields) > 0 {
		return Event{}, c.err()
	}
	return s.act(ctx, a, eventID, func(was Event) (Event, message.Type, error) {
		e := was
		switch err := open(e); {
		case err != nil:
			return Event{}, "", err
		case e.Status != Published:
			return Event{}, "", fault.New(fault.Conflict, "notPublished", "only a published event is rescheduled; a draft is changed")
		}
		by := startsAt.Sub(e.StartsAt)
		e.StartsAt, e.EndsAt = startsAt, shift(e.EndsAt, by)
		if endsAt != nil {
			e.EndsAt = endsAt
		}
		e.DoorsAt, e.CancelUntil = shift(e.DoorsAt, by), shift(e.CancelUntil, by)
		var c checks
		checkTimes(&c, &e)
		same := e.StartsAt.Equal(was.StartsAt) && e.end().Equal(was.end())
		if !same && e.StartsAt.Before(s.now()) {
			c.add("body.startsAt", "must not be in the past")
		}
		if err := c.err(); err != nil {
			return Event{}, "", err
		}
		if same {
			return was, "", nil
		}
		return e, message.EventRescheduled, nil
	})
}

func shift(t *time.Time, by time.Duration) *time.Time {
	if t == nil {
		return nil
	}
	moved := t.Add(by)
	return &moved
}

// act changes an event of the actor's organisation as step says: what it is then, and the message that tells of it; no
// message where nothing changes. It begins again where somebody else changed the event meanwhile.
func (s *Service) act(ctx context.Context, a Actor, eventID string, step func(Event) (Event, message.Type, error)) (Event, error) {
	var acted Event
	err := s.retryStale(ctx, func() error {
		was, err := s.ownEvent(ctx, a, eventID)
		if err != nil {
			return err
		}
		e, t, err := step(was)
		if err != nil {
			return err
		}
		if acted = e; t == "" {
			return nil
		}
		acted, err = s.change(ctx, was, e, t)
		return err
	})
	if err != nil {
		return Event{}, err
	}
	return acted, nil
}
