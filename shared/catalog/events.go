package catalog

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

var (
	errNoEvent   = fault.New(fault.NotFound, "", "there is no such event")
	errCancelled = fault.New(fault.Conflict, "eventCancelled", "the event was cancelled")
	errEnded     = fault.New(fault.Conflict, "eventEnded", "the event is over")
	errSeatsSold = fault.New(fault.Conflict, "seatsSold", "places that this would take away have been sold")
)

// Event returns an event with its availability, to organisers as it is and to others at most 2 s old; do not change what it
// refers to. One that was never published is there for its organisation only; for others, as when it is unknown:
// fault.NotFound.
func (s *Service) Event(ctx context.Context, a Actor, eventID string) (Event, error) {
	var e Event
	var err error
	if a.Organiser {
		e, err = s.event(ctx, eventID)
	} else {
		e, err = s.pages.get(ctx, eventID, s.d.Now(), s.eventCheaply, s.event)
	}
	if err == nil && !e.public() && !a.runs(e.OrganisationID) {
		return Event{}, errNoEvent
	}
	return e, err
}

func (s *Service) event(ctx context.Context, eventID string) (Event, error) {
	if _, ok := id.Parse(id.Event, eventID); !ok {
		return Event{}, errNoEvent
	}
	e, err := s.d.Store.Event(ctx, eventID)
	if fault.Is(err, fault.NotFound) {
		return Event{}, errNoEvent
	}
	if err != nil {
		return Event{}, fmt.Errorf("event %s: %w", eventID, err)
	}
	return e, nil
}

// eventCheaply is event by a read that may lag by a second and costs half. What that does not show to the public may have
// been written or published within the second, and is looked for once more.
func (s *Service) eventCheaply(ctx context.Context, eventID string) (Event, error) {
	if _, ok := id.Parse(id.Event, eventID); !ok {
		return Event{}, errNoEvent
	}
	found, err := s.d.Store.EventsByID(ctx, []string{eventID})
	if err != nil {
		return Event{}, fmt.Errorf("event %s: %w", eventID, err)
	}
	if len(found) == 1 && found[0].public() {
		return found[0], nil
	}
	return s.event(ctx, eventID)
}

// ownEvent returns an event that the actor may change; for others it does not exist.
func (s *Service) ownEvent(ctx context.Context, a Actor, eventID string) (Event, error) {
	e, err := s.event(ctx, eventID)
	if err == nil && !a.runs(e.OrganisationID) {
		return Event{}, errNoEvent
	}
	return e, err
}

// CreateEvent creates a draft in any hall. Where the organisation has one with this external id already, that one is
// returned, and created is false. Errors: fault.Forbidden for who is no organiser; fault.Invalid; fault.Conflict
// (hallTaken); fault.Unavailable.
func (s *Service) CreateEvent(ctx context.Context, a Actor, n NewEvent) (e Event, created bool, err error) {
	org, err := creator(a, n.OrganisationID)
	if err != nil {
		return Event{}, false, err
	}
	var c checks
	e = s.draft(&c, org, n)
	if e.ExternalID == "" && !e.StartsAt.IsZero() && e.StartsAt.Before(s.now()) {
		c.add("body.startsAt", "must not be in the past")
	}
	e.ID = s.newID(id.Event, org, e.ExternalID)
	if e.ExternalID != "" && len(c.fields) == 0 {
		was, err := s.event(ctx, e.ID)
		if !fault.Is(err, fault.NotFound) {
			return was, false, err
		}
	}
	hall, err := s.settle(ctx, &c, &e)
	if err != nil {
		return Event{}, false, err
	}
	if hall.ID != "" {
		checkSections(&c, e.TicketTypes, sectionIDs(hall), false)
	}
	if err := c.err(); err != nil {
		return Event{}, false, err
	}
	b, err := s.reserve(ctx, e)
	if err == nil {
		err = s.write(ctx, e, message.EventChanged, b)
	}
	if e.ExternalID != "" && (fault.Is(err, fault.Stale) || fault.Is(err, fault.Conflict)) { // another may have created it meanwhile
		if was, readErr := s.event(ctx, e.ID); !fault.Is(readErr, fault.NotFound) {
			return was, false, readErr
		}
	}
	if err != nil {
		return Event{}, false, fmt.Errorf("create event %s: %w", e.ID, err)
	}
	return e, true, nil
}

// draft makes an event of a request, checked as far as that is possible without its location.
func (s *Service) draft(c *checks, org string, n NewEvent) Event {
	e := Event{
		OrganisationID: org, Name: n.Name, Category: n.Category, Description: n.Description, Performers: n.Performers,
		ImageURL: n.ImageURL, Status: Draft, LocationID: n.LocationID, HallID: n.HallID, StartsAt: n.StartsAt, EndsAt: n.EndsAt,
		DoorsAt: n.DoorsAt, OnSaleFrom: n.OnSaleFrom, OnSaleUntil: n.OnSaleUntil, PerPerson: DefaultPerPerson,
		CancelUntil: n.CancelUntil, Version: 1,
	}
	e.ExternalID = c.optional("body.externalId", n.ExternalID)
	if n.PerPerson != nil {
		e.PerPerson = *n.PerPerson
	}
	e.TicketTypes = n.TicketTypes
	s.checkEvent(c, &e)
	e.TicketTypes = nilIfEmpty(s.identify(c, e.TicketTypes, nil))
	return e
}

// settle finds the event's hall and takes over what the event shows of its location.
func (s *Service) settle(ctx context.Context, c *checks, e *Event) (Hall, error) {
	l, err := s.Location(ctx, e.LocationID)
	if fault.Is(err, fault.NotFound) {
		c.add("body.locationId", "must be the id of a location")
		return Hall{}, nil
	}
	if err != nil {
		return Hall{}, err
	}
	i := slices.IndexFunc(l.Halls, func(h Hall) bool { return h.ID == e.HallID })
	if i < 0 {
		c.add("body.hallId", "must be the id of a hall of the location")
		return Hall{}, nil
	}
	e.show(l, l.Halls[i].Name)
	return l.Halls[i], nil
}

// show takes over what the event shows of its location.
func (e *Event) show(l Location, hallName string) {
	e.Place, e.TimeZone = place(l, hallName), l.TimeZone
}

// UpdateEvent changes an event of the actor's organisation from version ifVersion. Another start of a published event
// reschedules it. Naming its hall again lets a published event take over what the hall gained since; nothing else of its
// layout changes. Errors: fault.NotFound; fault.Stale where the version is another; fault.Invalid; fault.Conflict
// (eventCancelled, eventEnded, hallTaken, seatsSold); fault.Unavailable.
func (s *Service) UpdateEvent(ctx context.Context, a Actor, eventID string, ifVersion int64, p EventPatch) (Event, error) {
	was, err := s.ownEvent(ctx, a, eventID)
	if err != nil {
		return Event{}, err
	}
	if was.Version != ifVersion {
		return Event{}, errStale
	}
	if err := open(was); err != nil {
		return Event{}, err
	}
	var c checks
	e := was
	s.patch(&c, &e, p)
	if !e.StartsAt.Equal(was.StartsAt) && e.StartsAt.Before(s.now()) && (e.ExternalID == "" || e.Status == Published) {
		c.add("body.startsAt", "must not be in the past")
	}
	hall, err := s.settle(ctx, &c, &e)
	if err != nil {
		return Event{}, err
	}
	if hall.ID != "" {
		s.fit(&c, &e, was, hall, p)
	}
	if err := c.err(); err != nil {
		return Event{}, err
	}
	if strands(was, e) {
		return Event{}, errSeatsSold
	}
	asked := e // without what the event shows of its location, which is taken over whenever it changes
	asked.Place, asked.TimeZone = was.Place, was.TimeZone
	if reflect.DeepEqual(asked, was) {
		return was, nil
	}
	return s.change(ctx, was, e, message.EventChanged)
}

// open says why an event can be changed no more; nil where it can.
func open(e Event) error {
	switch e.Status {
	case Cancelled:
		return errCancelled
	case Ended:
		return errEnded
	case Draft, Published:
	}
	return nil
}

func (s *Service) patch(c *checks, e *Event, p EventPatch) {
	change(c, "body.name", &e.Name, p.Name)
	change(c, "body.category", &e.Category, p.Category)
	changeOr(&e.Description, p.Description, "")
	changeOr(&e.ImageURL, p.ImageURL, "")
	change(c, "body.locationId", &e.LocationID, p.LocationID)
	change(c, "body.hallId", &e.HallID, p.HallID)
	changeOr(&e.Performers, p.Performers, nil)
	change(c, "body.startsAt", &e.StartsAt, p.StartsAt)
	changePointer(&e.EndsAt, p.EndsAt)
	changePointer(&e.DoorsAt, p.DoorsAt)
	changePointer(&e.OnSaleFrom, p.OnSaleFrom)
	changePointer(&e.OnSaleUntil, p.OnSaleUntil)
	changePointer(&e.CancelUntil, p.CancelUntil)
	changeOr(&e.PerPerson, p.PerPerson, DefaultPerPerson)
	existing := e.TicketTypes
	changeOr(&e.TicketTypes, p.TicketTypes, nil)
	s.checkEvent(c, e)
	if p.TicketTypes.Set {
		e.TicketTypes = nilIfEmpty(s.identify(c, e.TicketTypes, existing))
	}
}

// fit brings the layout and the ticket types of a changed event together.
func (s *Service) fit(c *checks, e *Event, was Event, hall Hall, p EventPatch) {
	if e.Status == Draft {
		checkSections(c, e.TicketTypes, sectionIDs(hall), !p.TicketTypes.Set)
		return
	}
	if len(e.TicketTypes) == 0 {
		c.add("body.ticketTypes", "must have at least one, as the event is published")
	}
	if p.HallID.Set {
		e.Layout = grow(was.Layout, hall.Sections)
		checkLayout(c, "body.hallId", e.Layout)
	}
	before := was
	before.Layout = e.Layout
	if e.HallID != was.HallID {
		before.TicketTypes = nil // what it sold was in the other hall
	}
	checkSections(c, e.TicketTypes, sellable(before, hall), !p.TicketTypes.Set)
}

// strands reports whether a change takes away places that have been sold, as far as known.
func strands(was, e Event) bool {
	if was.Status != Published || was.Availability == nil || was.Availability.Sold == 0 {
		return false
	}
	if e.HallID != was.HallID || e.TicketTypes[0].Price.Currency != was.TicketTypes[0].Price.Currency {
		return true
	}
	still := sold(e)
	for section := range sold(was) {
		if !still[section] {
			return true
		}
	}
	return false
}

// change writes e, which was an event of the version before, with all that depends on where and when it is.
func (s *Service) change(ctx context.Context, was, e Event, t message.Type) (Event, error) {
	e.Version = was.Version + 1
	if e.Status == Published && (t == message.EventRescheduled || !e.StartsAt.Equal(was.StartsAt)) {
		now := s.now()
		e.RescheduledAt, t = &now, message.EventRescheduled
	}
	moved := e.HallID != was.HallID || !e.StartsAt.Equal(was.StartsAt) || !e.end().Equal(was.end())
	var b *booked
	if moved && e.occupies() {
		var err error
		if b, err = s.reserve(ctx, e); err != nil {
			return Event{}, fmt.Errorf("change event %s: %w", e.ID, err)
		}
	}
	if err := s.write(ctx, e, t, b); err != nil {
		return Event{}, fmt.Errorf("change event %s: %w", e.ID, err)
	}
	if moved || e.Status == Cancelled {
		s.tidy(ctx, e, was.HallID, was.StartsAt, was.end())
	}
	return e, nil
}

// write stores e under the reservations that it needs (nil: none), tells of it, and indexes it. Nothing was written where
// the error is fault.Stale.
func (s *Service) write(ctx context.Context, e Event, t message.Type, b *booked) error {
	if err := s.fresh(b); err != nil {
		s.withdraw(ctx, b)
		return err
	}
	m := message.New(s.d.NewID(id.Message), message.SourceCatalog, t, e.ID, s.now(), state(e))
	bounded, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	defer func() { s.pages.wrote(e.ID, s.d.Now()) }()
	if err := s.d.Store.PutEvent(bounded, e, outbox.Message{Envelope: m}); err != nil {
		if b != nil && fault.Is(err, fault.Stale) {
			s.withdrawLost(ctx, b, e)
		}
		return err
	}
	_ = s.indexEvent(ctx, e) // only to be findable at once: the message that was just queued does it again
	return nil
}

// withdrawLost takes back what was reserved for a write that came too late, unless the event is there after all: a store
// may have lost the answer to a write and met it again on repeating it.
func (s *Service) withdrawLost(ctx context.Context, b *booked, e Event) {
	is, err := s.d.Store.Event(ctx, e.ID)
	if err != nil || holds(is, e.HallID) && is.StartsAt.Equal(e.StartsAt) && is.end().Equal(e.end()) {
		return
	}
	s.withdraw(ctx, b)
}
