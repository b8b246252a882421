package httpapi

import (
	"fmt"
	"strings"
	"time"

	ics "github.com/arran4/golang-ical"

	"github.com/myevents/myevents/shared/booking"
)

const calendarType = "text/calendar; charset=utf-8"

// assumedLength is how long an event without an end is taken to last.
const assumedLength = 3 * time.Hour

// calendarFile is a ticket's event for a calendar. Times are instants in UTC, which every calendar shows in its own zone;
// the description gives the clock at the door.
func calendarFile(t booking.SharedTicket, now time.Time) (*file, error) {
	cal := ics.NewCalendarFor("MyEvents")
	cal.SetMethod(ics.MethodPublish)
	cal.SetCalscale("GREGORIAN")
	e := cal.AddEvent(t.Ticket.ID + "@myevents")
	e.SetDtStampTime(now.UTC())
	e.SetStartAt(t.Event.StartsAt.UTC())
	end := t.Event.StartsAt.Add(assumedLength)
	if t.Event.EndsAt != nil {
		end = *t.Event.EndsAt
	}
	e.SetEndAt(end.UTC())
	e.SetSummary(t.Event.Name)
	e.SetLocation(address(t.Event))
	e.SetDescription(clocks(t))
	e.SetStatus(ics.ObjectStatusConfirmed)
	if t.Event.Status == "cancelled" || t.Ticket.Status == booking.ShownCancelled {
		e.SetStatus(ics.ObjectStatusCancelled)
	}
	e.SetTimeTransparency(ics.TransparencyOpaque)
	if p := t.Event.Place; p.Latitude != nil && p.Longitude != nil {
		e.SetProperty(ics.ComponentPropertyGeo, fmt.Sprintf("%.6f;%.6f", *p.Latitude, *p.Longitude))
	}
	return &file{ContentType: calendarType, Body: []byte(cal.Serialize())}, nil
}

func address(e booking.EventDetails) string {
	var parts []string
	for _, p := range []string{e.Place.Name, e.Place.HallName, e.Place.Address, e.Place.City, e.Place.Region, e.Place.Country} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}

// clocks says when, on the clock of the place, and where to sit.
func clocks(t booking.SharedTicket) string {
	zone, err := time.LoadLocation(t.Event.TimeZone)
	if err != nil {
		zone = time.UTC
	}
	const clock = "Mon 2 Jan 2006 15:04 MST"
	lines := []string{"Begins " + t.Event.StartsAt.In(zone).Format(clock) + " (" + zone.String() + ")"}
	if t.Event.DoorsAt != nil {
		lines = append(lines, "Doors "+t.Event.DoorsAt.In(zone).Format(clock))
	}
	seat := t.Ticket.Seat.Section
	if t.Ticket.Seat.Row != "" {
		seat += ", row " + t.Ticket.Seat.Row + ", seat " + itoa(t.Ticket.Seat.Number)
	}
	return strings.Join(append(lines, seat), "\n")
}
