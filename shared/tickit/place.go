package tickit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

const (
	maxHalls = 200 // in one location
	price    = 5000
)

// currencies are those of the countries that the sample is about.
var currencies = map[string]string{"US": "USD", "CA": "CAD"}

// place is a venue that the API knows.
type place struct {
	venue
	locationID string
	halls      []apiclient.Hall
}

// place creates the venue's location with its first hall, or finds it.
func (im *importer) place(ctx context.Context, v venue) (*place, error) {
	lat, lon := v.city.Latitude, v.city.Longitude
	l, created, err := im.c.Client.CreateLocation(ctx, apiclient.Location{
		ExternalID: "tickit-venue-" + strconv.Itoa(v.id),
		Name:       v.name,
		Address:    v.cityName + ", " + v.state, // the sample has no streets
		City:       v.cityName,
		Region:     v.state,
		Country:    v.city.Country,
		Latitude:   &lat,
		Longitude:  &lon,
		TimeZone:   v.city.TimeZone,
		Halls:      []apiclient.Hall{newHall(1, v.seats)},
	})
	if err != nil {
		return nil, err
	}
	im.log.count(func(r *Report) { r.Locations.add(created) })
	return &place{venue: v, locationID: l.ID, halls: l.Halls}, nil
}

func hallName(n int) string { return "Hall " + strconv.Itoa(n) }

func newHall(n, seats int) apiclient.Hall {
	return apiclient.Hall{Name: hallName(n), Sections: []apiclient.Section{{Name: "General", Kind: apiclient.Standing, Capacity: seats}}}
}

// hall returns the venue's n-th hall and makes it where it is missing. Only the one worker that imports a venue makes
// halls there; an answer that got lost is looked up before the hall is made again.
func (im *importer) hall(ctx context.Context, p *place, n int) (apiclient.Hall, error) {
	for attempt := 1; ; attempt++ {
		if i := slices.IndexFunc(p.halls, func(h apiclient.Hall) bool { return h.Name == hallName(n) }); i >= 0 {
			return p.halls[i], nil
		}
		h, err := im.c.Client.CreateHall(ctx, p.locationID, newHall(n, p.seats))
		if err == nil {
			p.halls = append(p.halls, h)
			im.log.count(func(r *Report) { r.HallsCreated++ })
			return h, nil
		}
		unsure := errors.Is(err, apiclient.ErrUnreachable) || apiclient.StatusOf(err) == http.StatusServiceUnavailable
		if !unsure || attempt == 3 || ctx.Err() != nil {
			return apiclient.Hall{}, err
		}
		l, _, readErr := im.c.Client.Location(ctx, p.locationID)
		if readErr != nil {
			return apiclient.Hall{}, readErr
		}
		p.halls = l.Halls
	}
}

// event puts an event on sale in the first hall of its venue that is free then.
func (im *importer) event(ctx context.Context, p *place, e event) error {
	starts, err := im.starts(p, e)
	if err != nil {
		return err
	}
	made, created, n, err := im.create(ctx, p, e, starts)
	if err != nil {
		return err
	}
	im.log.count(func(r *Report) { r.Events.add(created) })
	if n > 1 {
		im.log.adjust(e.row, OtherHall, fmt.Sprintf("clashes with another event at %s, so it is in %s", p.name, hallName(n)))
	}
	if !made.StartsAt.Equal(starts) {
		im.log.adjust(e.row, OtherTime, "was there before, at "+made.StartsAt.UTC().Format(time.RFC3339)+"; it stays there")
	}
	if made.Status != apiclient.Draft {
		return nil
	}
	if _, err := im.c.Client.PublishEvent(ctx, made.ID); err != nil {
		return fmt.Errorf("it stays a draft: %w", err)
	}
	im.log.count(func(r *Report) { r.Published++ })
	return nil
}

// create makes the event, or finds it; n is the number of its hall, 0 where that is none of the import's.
func (im *importer) create(ctx context.Context, p *place, e event, starts time.Time) (made apiclient.Event, created bool, n int, err error) {
	for n = 1; n <= maxHalls; n++ {
		hall, err := im.hall(ctx, p, n)
		if err != nil {
			return apiclient.Event{}, false, 0, err
		}
		sections := make([]string, len(hall.Sections))
		for i, s := range hall.Sections {
			sections[i] = s.ID
		}
		made, created, err = im.c.Client.CreateEvent(ctx, apiclient.NewEvent{
			ExternalID: "tickit-event-" + strconv.Itoa(e.id),
			Name:       e.name,
			Category:   e.category,
			LocationID: p.locationID,
			HallID:     hall.ID,
			StartsAt:   starts,
			TicketTypes: []apiclient.TicketType{{
				Name: "General", SectionIDs: sections,
				Price: apiclient.Money{Amount: price, Currency: currencies[p.city.Country]},
			}},
		})
		switch {
		case err == nil:
			return made, created, p.number(made.HallID), nil
		case apiclient.CodeOf(err) != "hallTaken":
			return apiclient.Event{}, false, 0, err
		}
	}
	return apiclient.Event{}, false, 0, fmt.Errorf("all %d halls have another event then", maxHalls)
}

// number returns which of the venue's halls has an id.
func (p *place) number(hallID string) int {
	for _, h := range p.halls {
		if h.ID == hallID {
			for n := 1; n <= maxHalls; n++ {
				if h.Name == hallName(n) {
					return n
				}
			}
		}
	}
	return 0
}

// starts is when an event starts: its local time, moved by whole years, in the venue's zone.
func (im *importer) starts(p *place, e event) (time.Time, error) {
	local, moved := moveYears(e.starts, im.log.years())
	if y := local.Year(); y < minYear || y > maxYear {
		return time.Time{}, fmt.Errorf("starts in the year %d, which is not from %d to %d", y, minYear, maxYear)
	}
	if moved {
		im.log.adjust(e.row, LeapDay, "29 February became 28 February "+strconv.Itoa(local.Year()))
	}
	at, how := inZone(local, p.zone)
	switch how {
	case once:
	case skipped:
		im.log.adjust(e.row, TimeSkipped, fmt.Sprintf("%s does not exist in %s, where the clock goes forward then, so it is %s", local.Format(time.DateTime), p.zone, at.In(p.zone).Format(time.DateTime)))
	case twice:
		im.log.adjust(e.row, TimeTwice, fmt.Sprintf("%s happens twice in %s, where the clock goes back then; the first is taken", local.Format(time.DateTime), p.zone))
	}
	return at, nil
}

func (l *logbook) years() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.report.YearsMoved
}
