package catalog

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// state is an event as it is told to others.
func state(e Event) message.EventStateV1 {
	types := make([]message.TicketTypeV1, len(e.TicketTypes))
	for i, t := range e.TicketTypes {
		types[i] = message.TicketTypeV1(t)
	}
	return message.EventStateV1{
		EventID: e.ID, Version: e.Version, OrganisationID: e.OrganisationID, Status: string(e.Status),
		Name: e.Name, Category: e.Category, LocationID: e.LocationID, HallID: e.HallID, StartsAt: e.StartsAt, EndsAt: e.EndsAt,
		DoorsAt: e.DoorsAt, TimeZone: e.TimeZone, OnSaleFrom: e.OnSaleFrom, OnSaleUntil: e.OnSaleUntil, PerPerson: e.PerPerson,
		CancelUntil: e.CancelUntil, RescheduledAt: e.RescheduledAt, CancelReason: e.CancelReason, Location: e.Place,
		TicketTypes: types, Layout: e.Layout,
	}
}

// ApplyEvent makes an event findable as it is now, which may be newer than the message, and lets it take over what it
// shows of its location, should that have changed between its being read and written. Repeating it changes nothing.
func (s *Service) ApplyEvent(ctx context.Context, m message.EventStateV1) error {
	e, err := s.event(ctx, m.EventID)
	if err != nil {
		return fmt.Errorf("apply event %s: %w", m.EventID, err)
	}
	if err := s.indexEvent(ctx, e); err != nil {
		return err
	}
	if open(e) != nil {
		return nil //nolint:nilerr // why it is over does not matter
	}
	l, err := s.Location(ctx, e.LocationID)
	if err != nil {
		return fmt.Errorf("apply event %s: %w", m.EventID, err)
	}
	return s.refresh(ctx, l, e)
}

// ApplyLocation makes a location findable as it is now, and lets the events there that are not over take over what they
// show of it, so that its new name, address or zone is what is shown and found. Repeating it changes nothing.
func (s *Service) ApplyLocation(ctx context.Context, m message.LocationStateV1) error {
	l, err := s.Location(ctx, m.LocationID)
	if err != nil {
		return fmt.Errorf("apply location %s: %w", m.LocationID, err)
	}
	if err := s.indexLocation(ctx, l); err != nil {
		return err
	}
	after := Position{Sort: sortKey(s.now().Add(-maxDuration))} // no event that began earlier is still going on
	for more := true; more; {
		hits, err := s.d.Store.Search(ctx, SpaceMine, []string{tokenLocation + l.ID}, after, "", MaxLimit)
		if err != nil {
			return fmt.Errorf("find events at %s: %w", l.ID, err)
		}
		events, err := s.d.Store.EventsByID(ctx, entryIDs(hits.Entries))
		if err != nil {
			return fmt.Errorf("read events at %s: %w", l.ID, err)
		}
		for _, e := range events {
			if err := s.refresh(ctx, l, e); err != nil {
				return err
			}
		}
		after, more = hits.Next, hits.More
	}
	return nil
}

// refresh writes an event that shows its location otherwise than it is. An event that was read before somebody else changed
// it is read again: that change may have been made before the location's.
func (s *Service) refresh(ctx context.Context, l Location, e Event) error {
	err := s.retake(ctx, l, e)
	if !fault.Is(err, fault.Stale) {
		return err
	}
	return s.retryStale(ctx, func() error {
		e, err := s.event(ctx, e.ID)
		if err != nil {
			return err
		}
		l, err := s.Location(ctx, e.LocationID)
		if err != nil {
			return err
		}
		return s.retake(ctx, l, e)
	})
}

// retake lets an event take over what it shows of its location, where that differs.
func (s *Service) retake(ctx context.Context, l Location, e Event) error {
	i := slices.IndexFunc(l.Halls, func(h Hall) bool { return h.ID == e.HallID })
	if i < 0 || open(e) != nil || e.TimeZone == l.TimeZone && samePlace(e.Place, place(l, l.Halls[i].Name)) {
		return nil //nolint:nilerr // why it is over does not matter
	}
	was := e
	e.show(l, l.Halls[i].Name)
	_, err := s.change(ctx, was, e, message.EventChanged)
	return err
}

func samePlace(a, b message.PlaceV1) bool { return reflect.DeepEqual(a, b) }

// ApplyAvailability remembers how many places of an event are left; an older message than the last changes nothing. Only
// sections that are sold count, but what was sold in others is not forgotten.
func (s *Service) ApplyAvailability(ctx context.Context, m message.AvailabilityV1) error {
	e, err := s.event(ctx, m.EventID)
	if err != nil {
		return fmt.Errorf("apply availability of %s: %w", m.EventID, err)
	}
	a := Availability{AsOf: m.AsOf}
	selling := sold(e)
	for _, section := range m.Sections {
		a.Sold += section.Sold
		if selling[section.SectionID] {
			a.Total += section.Total
			a.Left += section.Left
		}
	}
	defer func() { s.pages.wrote(e.ID, s.d.Now()) }()
	if err := s.d.Store.PutAvailability(ctx, e.ID, a); err != nil {
		return fmt.Errorf("apply availability of %s: %w", m.EventID, err)
	}
	return nil
}

// closeFaults is after how many events that could not be marked CloseEnded gives up: it is not for them alone then.
const closeFaults = 20

// CloseEnded marks published events that are over as ended, at most limit of them, and returns how many it marked. One
// that cannot be marked holds up no other.
func (s *Service) CloseEnded(ctx context.Context, limit int) (int, error) {
	closed := 0
	var faults []error
	var after Position
	for more := true; more && closed < limit; {
		hits, err := s.d.Store.Search(ctx, SpaceEvents, []string{tokenStatus + string(Published)}, after, sortKey(s.now()), MaxLimit)
		if err != nil {
			return closed, errors.Join(append(faults, fmt.Errorf("find events that are over: %w", err))...)
		}
		for _, hit := range hits.Entries {
			if closed == limit {
				break
			}
			switch marked, err := s.closeIfOver(ctx, hit.ID); {
			case err != nil:
				if faults = append(faults, err); len(faults) == closeFaults {
					return closed, errors.Join(faults...)
				}
			case marked:
				closed++
			}
		}
		after, more = hits.Next, hits.More
	}
	return closed, errors.Join(faults...)
}

// closeIfOver marks an event as ended where it is over, and reports whether it did.
func (s *Service) closeIfOver(ctx context.Context, eventID string) (bool, error) {
	was, err := s.event(ctx, eventID)
	if err != nil || was.Status != Published || s.now().Before(was.end()) {
		return false, err
	}
	e := was
	e.Status = Ended
	_, err = s.change(ctx, was, e, message.EventChanged)
	if fault.Is(err, fault.Stale) {
		return false, nil // changed meanwhile: the next round sees
	}
	return err == nil, err
}
