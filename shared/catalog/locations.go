package catalog

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

var (
	errNoLocation = fault.New(fault.NotFound, "", "there is no such location")
	errNoHall     = fault.New(fault.NotFound, "", "there is no such hall")
	errStale      = fault.New(fault.Stale, "", "it was changed since you read it")
)

// CreateLocation creates a location with its halls. Where the organisation has one with this external id already, that
// one is returned, and created is false. Errors: fault.Forbidden for who is no organiser; fault.Invalid.
func (s *Service) CreateLocation(ctx context.Context, a Actor, n NewLocation) (l Location, created bool, err error) {
	org, err := creator(a, n.OrganisationID)
	if err != nil {
		return Location{}, false, err
	}
	var c checks
	l = Location{
		OrganisationID: org, Name: n.Name, Address: n.Address, City: n.City, Region: n.Region, Country: n.Country,
		Latitude: n.Latitude, Longitude: n.Longitude, TimeZone: n.TimeZone, Version: 1,
	}
	l.ExternalID = c.optional("body.externalId", n.ExternalID)
	s.checkLocation(&c, &l)
	if len(n.Halls) > maxHalls {
		c.add("body.halls", fmt.Sprintf("must be at most %d", maxHalls))
		n.Halls = nil
	}
	for i, h := range n.Halls {
		l.Halls = append(l.Halls, s.newHall(&c, fmt.Sprintf("body.halls[%d].", i), h))
	}
	checkSize(&c, "body.halls", l)
	if err := c.err(); err != nil {
		return Location{}, false, err
	}
	l.ID = s.newID(id.Location, org, l.ExternalID)
	if l.ExternalID != "" {
		was, err := s.d.Store.Location(ctx, l.ID)
		if err == nil {
			return was, false, nil
		}
		if !fault.Is(err, fault.NotFound) {
			return Location{}, false, fmt.Errorf("create location %s: %w", l.ID, err)
		}
	}
	err = s.putLocation(ctx, l)
	if l.ExternalID != "" && fault.Is(err, fault.Stale) { // somebody else was creating it
		was, err := s.Location(ctx, l.ID)
		return was, false, err
	}
	if err != nil {
		return Location{}, false, fmt.Errorf("create location %s: %w", l.ID, err)
	}
	return l, true, nil
}

func (s *Service) checkLocation(c *checks, l *Location) {
	l.Name = c.name("body.name", l.Name, maxName)
	l.Address = c.name("body.address", l.Address, maxAddress)
	l.City = c.name("body.city", l.City, maxName)
	l.Region = c.optional("body.region", l.Region)
	l.Country = c.country("body.country", l.Country)
	c.coordinates(l.Latitude, l.Longitude)
	if _, ok := s.zones.load(l.TimeZone); !ok {
		c.add("body.timeZone", "must be an IANA time zone such as Europe/Berlin")
	}
}

func checkSize(c *checks, path string, l Location) {
	if len(l.Halls) > maxHalls {
		c.add(path, fmt.Sprintf("must be at most %d halls in a location", maxHalls))
	}
	if len(c.fields) == 0 && size(l) > maxLocationSize {
		c.add(path, fmt.Sprintf("must leave a location of at most %d bytes", maxLocationSize))
	}
}

// putLocation writes a location, tells of it and indexes it.
func (s *Service) putLocation(ctx context.Context, l Location) error {
	m := message.New(s.d.NewID(id.Message), message.SourceCatalog, message.LocationChanged, l.ID, s.now(),
		message.LocationStateV1{LocationID: l.ID, Version: l.Version, TimeZone: l.TimeZone, Place: place(l, "")})
	if err := s.d.Store.PutLocation(ctx, l, outbox.Message{Envelope: m}); err != nil {
		return err
	}
	_ = s.indexLocation(ctx, l) // only to be findable at once: the message that was just queued does it again
	return nil
}

// place is the location as events and tickets show it.
func place(l Location, hallName string) message.PlaceV1 {
	return message.PlaceV1{
		Name: l.Name, Address: l.Address, City: l.City, Region: l.Region, Country: l.Country,
		HallName: hallName, Latitude: l.Latitude, Longitude: l.Longitude,
	}
}

// Location returns a location. Unknown: fault.NotFound.
func (s *Service) Location(ctx context.Context, locationID string) (Location, error) {
	if _, ok := id.Parse(id.Location, locationID); !ok {
		return Location{}, errNoLocation
	}
	l, err := s.d.Store.Location(ctx, locationID)
	if fault.Is(err, fault.NotFound) {
		return Location{}, errNoLocation
	}
	if err != nil {
		return Location{}, fmt.Errorf("location %s: %w", locationID, err)
	}
	return l, nil
}

// ownLocation returns a location that the actor may change; for others it does not exist.
func (s *Service) ownLocation(ctx context.Context, a Actor, locationID string) (Location, error) {
	l, err := s.Location(ctx, locationID)
	if err == nil && !a.runs(l.OrganisationID) {
		return Location{}, errNoLocation
	}
	return l, err
}

// UpdateLocation changes a location of the actor's organisation from version ifVersion. Events take the change over soon.
// Errors: fault.NotFound; fault.Stale where the version is another; fault.Invalid.
func (s *Service) UpdateLocation(ctx context.Context, a Actor, locationID string, ifVersion int64, p LocationPatch) (Location, error) {
	l, err := s.ownLocation(ctx, a, locationID)
	if err != nil {
		return Location{}, err
	}
	if l.Version != ifVersion {
		return Location{}, errStale
	}
	was := l
	var c checks
	change(&c, "body.name", &l.Name, p.Name)
	change(&c, "body.address", &l.Address, p.Address)
	change(&c, "body.city", &l.City, p.City)
	changeOr(&l.Region, p.Region, "")
	change(&c, "body.country", &l.Country, p.Country)
	change(&c, "body.timeZone", &l.TimeZone, p.TimeZone)
	changePointer(&l.Latitude, p.Latitude)
	changePointer(&l.Longitude, p.Longitude)
	s.checkLocation(&c, &l)
	checkSize(&c, "body", l)
	if err := c.err(); err != nil {
		return Location{}, err
	}
	if samePlace(place(l, ""), place(was, "")) && l.TimeZone == was.TimeZone {
		return was, nil
	}
	l.Version++
	if err := s.putLocation(ctx, l); err != nil {
		return Location{}, fmt.Errorf("update location %s: %w", locationID, err)
	}
	return l, nil
}

// AddHall adds a hall to a location of the actor's organisation. Errors: fault.NotFound; fault.Invalid.
func (s *Service) AddHall(ctx context.Context, a Actor, locationID string, n NewHall) (Hall, error) {
	var added Hall
	err := s.retryStale(ctx, func() error {
		l, err := s.ownLocation(ctx, a, locationID)
		if err != nil {
			return err
		}
		var c checks
		added = s.newHall(&c, "body.", n)
		l.Halls = append(slices.Clone(l.Halls), added)
		checkSize(&c, "body.sections", l)
		if err := c.err(); err != nil {
			return err
		}
		l.Version++
		if err := s.putLocation(ctx, l); err != nil {
			return fmt.Errorf("add hall to %s: %w", locationID, err)
		}
		return nil
	})
	if err != nil {
		return Hall{}, err
	}
	return added, nil
}

// UpdateHall changes a hall of the actor's organisation from its version ifVersion. Events that were published keep the
// sections that they were published with. Errors: fault.NotFound; fault.Stale where the version is another; fault.Invalid.
func (s *Service) UpdateHall(ctx context.Context, a Actor, locationID, hallID string, ifVersion int64, p HallPatch) (Hall, error) {
	var updated Hall
	err := s.retryStale(ctx, func() error {
		l, err := s.ownLocation(ctx, a, locationID)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(l.Halls, func(h Hall) bool { return h.ID == hallID })
		if i < 0 {
			return errNoHall
		}
		updated = l.Halls[i]
		if updated.Version != ifVersion {
			return final{errStale}
		}
		var c checks
		was := updated
		change(&c, "body.name", &updated.Name, p.Name)
		updated.Name = c.name("body.name", updated.Name, maxName)
		switch {
		case p.Sections.Null:
			c.add("body.sections", "must not be removed")
		case p.Sections.Set:
			updated.Sections = s.sections(&c, "body.sections", p.Sections.Value, updated.Sections)
		}
		if len(c.fields) == 0 && reflect.DeepEqual(was, updated) {
			return nil
		}
		l.Halls = slices.Clone(l.Halls)
		updated.Version++
		l.Halls[i] = updated
		checkSize(&c, "body.sections", l)
		if err := c.err(); err != nil {
			return err
		}
		l.Version++
		if err := s.putLocation(ctx, l); err != nil {
			return fmt.Errorf("update hall %s: %w", hallID, err)
		}
		return nil
	})
	if err != nil {
		return Hall{}, err
	}
	return updated, nil
}

// final marks an error that trying again does not mend, although its kind says so.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// retryStale repeats try while somebody else's write comes first.
func (s *Service) retryStale(ctx context.Context, try func() error) error {
	for attempt := 0; ; attempt++ {
		err := try()
		var f final
		if errors.As(err, &f) {
			return f.error
		}
		if !fault.Is(err, fault.Stale) {
			return err
		}
		if attempt == maxAttempts {
			return fault.Wrap(fault.Unavailable, "too many changes at once", err)
		}
		if err := pause(ctx, attempt); err != nil {
			return err
		}
	}
}
