package seed

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// How the evening lies around the moment for which it is made: by then its doors have been open for three quarters of an hour
// at least.
const (
	eveningStep  = 15 * time.Minute
	eveningAhead = time.Hour // at least, of its start
	eveningDoors = 2 * time.Hour
	eveningLasts = 10 * time.Hour
)

const eveningHouse = "insonia"

// theEvening is the show whose doors are open while the demo is looked at, whatever the hour: hence a theatre that never
// closes.
func theEvening() show {
	return show{
		slug: "the-theatre-that-never-closes", category: "theatre", house: eveningHouse, lasts: eveningLasts,
		name: "The Theatre That Never Closes", by: []string{"Companhia da Insónia"},
		text:   "Ten hours of puppets by candlelight, at any hour of the day: come when you like, stay while you can. Doors open two hours before, and the soup is on.",
		prices: []price{{name: "Seat", minor: 1800, in: "Stalls"}, {name: "Child", minor: 600, in: "Stalls"}, {name: "Gallery, standing", minor: 900, in: "Gallery"}},
	}
}

// EveningStart is when the evening begins that is made at a moment.
func EveningStart(now time.Time) time.Time {
	return now.UTC().Add(eveningAhead + eveningStep).Truncate(eveningStep)
}

// Evening is the event that begins at a time of EveningStart, and who has bought for it; some of them are in already. An
// error means that its zone is unknown to this machine.
func Evening(starts time.Time) (Event, []Booking, error) {
	all := houses()
	h := all[slices.IndexFunc(all, func(h house) bool { return h.key == eveningHouse })]
	zone, err := time.LoadLocation(h.zone)
	if err != nil {
		return Event{}, nil, err
	}
	local := starts.In(zone)
	s := theEvening()
	e, err := s.begins(h, local, date{local.Year(), local.Month(), local.Day(), zone})
	if err != nil {
		return Event{}, nil, fmt.Errorf("demo event %s: %w", s.slug, err)
	}
	e.ExternalID += starts.UTC().Format("-20060102-1504")
	e.DoorsAt = utc(starts.Add(-eveningDoors))
	return e, visits(e, h.halls[s.hall]), nil
}

// isEvening reports whether an external id is that of an evening.
func isEvening(externalID string) bool {
	return strings.HasPrefix(externalID, "demo-"+theEvening().slug+"-")
}
