// Package seed has demo data: invented events of every category in invented houses around the world, with seat maps as
// real houses have them, and a poster for each. It fills a server through its HTTP API and knows nothing of stores.
package seed

import (
	"fmt"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// Organisation is whose the demo data is.
const Organisation = "demo"

// Plan is what is to be there.
type Plan struct {
	At        time.Time // the moment that it is made for
	Locations []apiclient.Location
	Events    []Event
	Bookings  []Booking // of these events
}

// Event is an event to be. What only the server knows is left out: the ids of its location and hall, which it names
// instead, and of sections, for which its ticket types have names.
type Event struct {
	apiclient.NewEvent

	Location  string // its ExternalID
	Hall      string // its name
	Publish   bool   // false: stays a draft
	Cancelled string // why it is cancelled after it was published; empty: it is not
}

// Demo returns the demo data as it is on a day: its events are spread over the next twelve months, in the evening, or
// whenever their kind takes place, of their own time zones, and some of their tickets are sold. The evening that is on, or
// begins soon, is not in it: see Evening. An error means that a zone is unknown to this machine.
func Demo(now time.Time) (Plan, error) {
	p := Plan{At: now}
	byKey := map[string]house{}
	for _, h := range houses() {
		byKey[h.key] = h
		p.Locations = append(p.Locations, h.location())
	}
	for _, s := range shows() {
		h, known := byKey[s.house]
		if !known {
			return Plan{}, fmt.Errorf("demo event %s: no house %s", s.slug, s.house)
		}
		e, err := s.event(h, now)
		if err != nil {
			return Plan{}, fmt.Errorf("demo event %s: %w", s.slug, err)
		}
		p.Events = append(p.Events, e)
		p.Bookings = append(p.Bookings, sales(e, h.halls[s.hall])...)
	}
	return p, nil
}

// house is a place of the demo data.
type house struct {
	key, name, address, city, region, country string
	lat, lon                                  float64
	zone, currency                            string
	halls                                     []apiclient.Hall
}

func (h house) location() apiclient.Location {
	return apiclient.Location{
		OrganisationID: Organisation, ExternalID: "demo-" + h.key, Name: h.name, Address: h.address, City: h.city, Region: h.region,
		Country: h.country, Latitude: &h.lat, Longitude: &h.lon, TimeZone: h.zone, Halls: h.halls,
	}
}

// show is an event of the demo data. Its prices are in the currency of its house, in minor units.
type show struct {
	slug, category, house string
	hall                  int // of the house
	week                  int // from now
	on                    time.Weekday
	at                    clock // local
	lasts                 time.Duration
	name, text            string
	by                    []string
	prices                []price
	terms
}

// terms are what only few events have.
type terms struct {
	draft      bool
	cancelled  string
	onTheDay   bool // on sale from 8:00 of its day
	presale    int  // on sale only from so many days before; 0: now
	perPerson  int  // tickets; 0: as the server has it, -1: no limit
	freeCancel time.Duration
	noDoors    bool
}

// price is a ticket type to be.
type price struct {
	name      string
	minor     int64
	in        string // sections, by name, separated by commas; a * stands for whatever follows; empty: all
	perPerson int
	until     int // on sale until so many days before; 0: till the end
	from      int // on sale from so many days before; 0: at once
}

// clock is a time of day, in minutes.
type clock int

func at(hour, minute int) clock { return clock(hour*60 + minute) }

func (s show) event(h house, now time.Time) (Event, error) {
	zone, err := time.LoadLocation(h.zone)
	if err != nil {
		return Event{}, err
	}
	day := s.day(now.In(zone))
	return s.begins(h, day.on(s.at), day)
}

// begins gives the show a time, on a day.
func (s show) begins(h house, starts time.Time, day date) (Event, error) {
	ends := starts.Add(s.lasts)
	hall := h.halls[s.hall]
	e := Event{
		NewEvent: apiclient.NewEvent{
			OrganisationID: Organisation, ExternalID: "demo-" + s.slug, Name: s.name, Category: s.category, Description: s.text,
			Performers: s.by, ImageURL: "/art/" + s.slug + ".svg", StartsAt: starts.UTC(), EndsAt: utc(ends),
		},
		Location: "demo-" + h.key, Hall: hall.Name, Publish: !s.draft, Cancelled: s.cancelled,
	}
	if !s.noDoors {
		e.DoorsAt = utc(starts.Add(-time.Hour))
	}
	if s.onTheDay {
		e.OnSaleFrom = utc(day.on(at(8, 0)))
	}
	if s.presale > 0 {
		e.OnSaleFrom = utc(day.back(s.presale).on(at(10, 0)))
	}
	if s.perPerson != 0 {
		most := max(s.perPerson, 0)
		e.PerPerson = &most
	}
	if s.freeCancel > 0 {
		e.Cancellation = &apiclient.Cancellation{Until: starts.Add(-s.freeCancel).UTC()}
	}
	for _, p := range s.prices {
		t := apiclient.TicketType{Name: p.name, Price: apiclient.Money{Amount: p.minor, Currency: h.currency}, PerPerson: p.perPerson}
		if t.SectionIDs = p.sections(hall); len(t.SectionIDs) == 0 {
			return Event{}, fmt.Errorf("ticket type %s: hall %s has no section %s", p.name, hall.Name, p.in)
		}
		if p.until > 0 {
			t.SalesUntil = utc(day.back(p.until).on(at(23, 59)))
		}
		if p.from > 0 {
			t.SalesFrom = utc(day.back(p.from).on(at(9, 0)))
		}
		e.TicketTypes = append(e.TicketTypes, t)
	}
	return e, nil
}

// date is a day in a zone.
type date struct {
	year  int
	month time.Month
	day   int
	zone  *time.Location
}

// day is the first of the show's weekdays from its week on; week 0 begins tomorrow.
func (s show) day(today time.Time) date {
	days := 7*s.week + 1 + (int(s.on)-int(today.Weekday())+6)%7
	return date{today.Year(), today.Month(), today.Day() + days, today.Location()}
}

func (d date) back(days int) date {
	d.day -= days
	return d
}

// on is a time of the day, by the clocks there.
func (d date) on(c clock) time.Time {
	return time.Date(d.year, d.month, d.day, int(c)/60, int(c)%60, 0, 0, d.zone)
}

func utc(t time.Time) *time.Time {
	t = t.UTC()
	return &t
}

// sections returns the names of the hall's sections that the ticket type is for.
func (p price) sections(h apiclient.Hall) []string {
	var names []string
	for _, s := range h.Sections {
		for pattern := range strings.SplitSeq(p.in, ",") {
			start, open := strings.CutSuffix(pattern, "*")
			if p.in == "" || s.Name == pattern || open && strings.HasPrefix(s.Name, start) {
				names = append(names, s.Name)
				break
			}
		}
	}
	return names
}
