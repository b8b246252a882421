package catalog

import (
	"context"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

type zones struct{ sync.Map }
type counts struct{ sync.Mutex }

var errSoon = fault.New(fault.Unavailable, "", "not there yet")

// CreateLocation ...; created=false: the organisation has one with this external id already, and it is returned.
func (s *Service) CreateLocation(ctx context.Context, a Actor, n NewLocation) (l Location, created bool, err error) {
	return l, false, errSoon
}
func (s *Service) UpdateLocation(ctx context.Context, a Actor, id string, ifVersion int64, p LocationPatch) (Location, error) {
	return Location{}, errSoon
}
func (s *Service) AddHall(ctx context.Context, a Actor, locationID string, n NewHall) (Hall, error) {
	return Hall{}, errSoon
}

// UpdateHall: ifVersion is the hall's.
func (s *Service) UpdateHall(ctx context.Context, a Actor, locationID, hallID string, ifVersion int64, p HallPatch) (Hall, error) {
	return Hall{}, errSoon
}
func (s *Service) Location(ctx context.Context, id string) (Location, error) {
	return Location{}, errSoon
}
func (s *Service) Locations(ctx context.Context, q LocationQuery) (LocationPage, error) {
	return LocationPage{}, errSoon
}
func (s *Service) CreateEvent(ctx context.Context, a Actor, n NewEvent) (e Event, created bool, err error) {
	return e, false, errSoon
}
func (s *Service) UpdateEvent(ctx context.Context, a Actor, id string, ifVersion int64, p EventPatch) (Event, error) {
	return Event{}, errSoon
}
func (s *Service) PublishEvent(ctx context.Context, a Actor, id string) (Event, error) {
	return Event{}, errSoon
}
func (s *Service) CancelEvent(ctx context.Context, a Actor, id, reason string) (Event, error) {
	return Event{}, errSoon
}

// RescheduleEvent: without endsAt the event keeps its length.
func (s *Service) RescheduleEvent(ctx context.Context, a Actor, id string, startsAt time.Time, endsAt *time.Time) (Event, error) {
	return Event{}, errSoon
}
func (s *Service) Event(ctx context.Context, a Actor, id string) (Event, error) {
	return Event{}, errSoon
}
func (s *Service) Search(ctx context.Context, a Actor, q Query) (EventPage, error) {
	return EventPage{}, errSoon
}
func (s *Service) Categories(ctx context.Context) ([]Category, error) { return nil, errSoon }

func (s *Service) ApplyEvent(ctx context.Context, m message.EventStateV1) error       { return errSoon }
func (s *Service) ApplyLocation(ctx context.Context, m message.LocationStateV1) error { return errSoon }
func (s *Service) ApplyAvailability(ctx context.Context, m message.AvailabilityV1) error {
	return errSoon
}

// CloseEnded returns how many it closed, at most limit.
func (s *Service) CloseEnded(ctx context.Context, limit int) (int, error) { return 0, errSoon }

// Shown is one of available, few, soldOut, notOnSale, ended, cancelled.
func (e Event) Shown(now time.Time) string { return "notOnSale" }

// PriceFrom is the cheapest ticket type's price; false where there is no ticket type.
func (e Event) PriceFrom() (money.Amount, bool) { return money.Amount{}, false }
