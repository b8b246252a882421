package seed

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/apiclient"
)

const parallel = 16 // requests

// Count is how many things were made, and how many were there.
type Count struct{ Created, Existing int }

func (c *Count) add(created bool) {
	if created {
		c.Created++
	} else {
		c.Existing++
	}
}

// Report is what Apply did.
type Report struct {
	Locations, Events Count
	Published         int // by this call
	Cancelled         int // likewise
	Bookings          int // that are there now, whoever made them
	Refused           int // bookings that the server did not take, as others were faster, or the event is over or changed
}

// Actors are clients of one server for whoever acts in the demo.
type Actors struct {
	Organiser *apiclient.Client // of the demo organisation
	// As returns a client for a person; nil: nobody buys anything, and there is no evening.
	As func(Person) (*apiclient.Client, error)
}

// Apply makes what the plan says through the API, and an evening, unless one is on or about to begin. It can be repeated:
// what exists by its external id stays as it is, even where the plan, which depends on the day, has other dates by now; who
// has booked does not book again, and whom others were faster than goes without. Errors are the client's.
func Apply(ctx context.Context, by Actors, p Plan) (Report, error) {
	a := &applying{c: by.Organiser, as: by.As, places: make(map[string]apiclient.Location, len(p.Locations)), events: make(map[string]apiclient.Event, len(p.Events)+1)}
	if err := each(ctx, p.Locations, a.location); err != nil {
		return a.report, err
	}
	if err := each(ctx, p.Events, a.event); err != nil || a.as == nil {
		return a.report, err
	}
	if err := a.evening(ctx, p.At, true); err != nil {
		return a.report, err
	}
	err := each(ctx, p.Bookings, a.book)
	return a.report, err
}

// Refresh makes an evening, unless one is on or about to begin, on a server that has the demo data; on any other it does
// nothing. Errors are the client's.
func Refresh(ctx context.Context, by Actors, now time.Time) (Report, error) {
	a := &applying{c: by.Organiser, as: by.As, places: map[string]apiclient.Location{}, events: map[string]apiclient.Event{}}
	if a.as == nil {
		return a.report, nil
	}
	for _, h := range houses() {
		if h.key != eveningHouse {
			continue
		}
		want := h.location()
		for l, err := range a.c.AllLocations(ctx, url.Values{"q": {want.Name}}) {
			if err != nil {
				return a.report, fmt.Errorf("look for the demo data: %w", err)
			}
			if l.ExternalID == want.ExternalID && l.OrganisationID == want.OrganisationID {
				a.places[l.ExternalID] = l
				err := a.evening(ctx, now, false)
				return a.report, err
			}
		}
	}
	return a.report, nil
}

func each[T any](ctx context.Context, all []T, do func(context.Context, T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(parallel)
	for _, v := range all {
		g.Go(func() error { return do(ctx, v) })
	}
	return g.Wait()
}

type applying struct {
	c  *apiclient.Client
	as func(Person) (*apiclient.Client, error)

	mu     sync.Mutex
	places map[string]apiclient.Location // by external id
	events map[string]apiclient.Event    // likewise
	report Report
}

func (a *applying) count(f func(*Report)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	f(&a.report)
}

func (a *applying) location(ctx context.Context, l apiclient.Location) error {
	made, created, err := a.c.CreateLocation(ctx, l)
	if err != nil {
		return fmt.Errorf("demo location %s: %w", l.ExternalID, err)
	}
	a.count(func(r *Report) {
		r.Locations.add(created)
		a.places[l.ExternalID] = made
	})
	return nil
}

func (a *applying) event(ctx context.Context, e Event) error {
	if err := a.put(ctx, e); err != nil {
		return fmt.Errorf("demo event %s: %w", e.ExternalID, err)
	}
	return nil
}

func (a *applying) put(ctx context.Context, e Event) error {
	a.mu.Lock()
	place := a.places[e.Location]
	a.mu.Unlock()
	n, err := e.at(place)
	if err != nil {
		return err
	}
	made, created, err := a.c.CreateEvent(ctx, n)
	if err != nil {
		return err
	}
	a.count(func(r *Report) { r.Events.add(created) })
	if e.Publish && made.Status == apiclient.Draft {
		if made, err = a.c.PublishEvent(ctx, made.ID); err != nil {
			return err
		}
		a.count(func(r *Report) { r.Published++ })
	}
	if e.Cancelled != "" && made.Status == apiclient.Published {
		if made, err = a.c.CancelEvent(ctx, made.ID, e.Cancelled); err != nil {
			return err
		}
		a.count(func(r *Report) { r.Cancelled++ })
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.events[e.ExternalID] = made
	return nil
}

var errChanged = errors.New("its location was changed, and has not the hall and the sections any more that it needs")

// at gives the event the ids that its location has.
func (e Event) at(l apiclient.Location) (apiclient.NewEvent, error) {
	n := e.NewEvent
	n.LocationID = l.ID
	ids := map[string]string{}
	for _, h := range l.Halls {
		if h.Name == e.Hall {
			n.HallID = h.ID
			for _, s := range h.Sections {
				ids[s.Name] = s.ID
			}
			break
		}
	}
	n.TicketTypes = make([]apiclient.TicketType, len(e.TicketTypes))
	for i, t := range e.TicketTypes {
		names := t.SectionIDs
		t.SectionIDs = make([]string, len(names))
		for j, name := range names {
			id, found := ids[name]
			if !found {
				return apiclient.NewEvent{}, errChanged
			}
			t.SectionIDs[j] = id
		}
		n.TicketTypes[i] = t
	}
	return n, nil
}
