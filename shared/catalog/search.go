package catalog

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

// search is a query made ready: where to look, from where to where, and what else has to be so of what is found there.
type search struct {
	space   string
	streams [][]string // tokens; what has all of any of them is looked at
	after   Position
	before  string // sort key; empty: no end
	limit   int
	cursor  uint64 // what cursors of this query carry
	match   []func(Event) bool
}

// Search returns a page of the events that a query finds, soonest first. It looks at a bounded number of events, so a page
// may be short or empty and still have a NextCursor. Errors: fault.Invalid; fault.Forbidden for Mine by who is
// neither an organiser nor staff.
func (s *Service) Search(ctx context.Context, a Actor, q Query) (EventPage, error) {
	sq, err := s.prepare(a, q)
	if err != nil {
		return EventPage{}, err
	}
	var page EventPage
	batch := 0
	if len(sq.match) > 0 {
		batch = maxExamined / maxSearches
	}
	p := newPager(s.d.Store, sq.space, sq.streams, sq.after, sq.before)
	at, more, err := p.page(ctx, sq.limit, batch, func(found []candidate, most int) (int, int, error) {
		return s.look(ctx, sq, found, most, &page)
	})
	if err != nil {
		return EventPage{}, err
	}
	if more {
		page.NextCursor = encodeCursor(sq.cursor, at)
	}
	return page, nil
}

// look reads what was found and keeps what is to be shown, at most so many events.
func (s *Service) look(ctx context.Context, sq *search, found []candidate, most int, page *EventPage) (used, kept int, err error) {
	ids := make([]string, len(found))
	for i, f := range found {
		ids[i] = f.ID
	}
	events, err := s.d.Store.EventsByID(ctx, ids)
	if err != nil {
		return 0, 0, fmt.Errorf("read what was found: %w", err)
	}
	byID := make(map[string]Event, len(events))
	for _, e := range events {
		byID[e.ID] = e
	}
	for i, f := range found {
		if e, ok := byID[f.ID]; ok && s.shows(sq, f, e) {
			page.Items = append(page.Items, e)
			if kept++; kept == most {
				return i + 1, kept, nil
			}
		}
	}
	return len(found), kept, nil
}

// shows reports whether an event that an entry of the index led to belongs on the page: an index may lag behind. At another
// date it belongs elsewhere; of another version, it has to have the tokens itself.
func (s *Service) shows(sq *search, f candidate, e Event) bool {
	if sortKey(e.StartsAt) != f.Sort {
		return false
	}
	if e.Version != f.Version {
		var tokens []string
		switch {
		case sq.space == SpaceMine:
			tokens = mineTokens(e)
		case e.public() && e.Status != Cancelled:
			tokens = publicTokens(e)
		}
		for _, t := range f.by {
			if !slices.Contains(tokens, t) {
				return false
			}
		}
	}
	for _, match := range sq.match {
		if !match(e) {
			return false
		}
	}
	return true
}

// prepare checks a query and makes it ready.
func (s *Service) prepare(a Actor, q Query) (*search, error) {
	if q.Mine && (!a.Organiser && !a.Staff || len(a.Organisations) == 0) {
		return nil, fault.New(fault.Forbidden, "", "only organisers and their staff have events of their own")
	}
	var c checks
	sq := &search{space: SpaceEvents, limit: limitOf(&c, q.Limit)}
	var organisations []string
	if q.Mine {
		sq.space = SpaceMine
		for _, o := range a.Organisations {
			organisations = append(organisations, tokenOrganisation+o)
		}
		organisations = distinct(organisations)
		if !a.Organiser {
			sq.match = append(sq.match, func(e Event) bool { return e.public() })
		}
	}
	tokens := sq.words(&c, q.Q)
	tokens = append(tokens, sq.filters(&c, q)...)
	cells := sq.near(&c, q)
	s.when(&c, sq, q)
	sq.cursor = fingerprint(append([]string{
		sq.space, q.Q, q.Category, q.Country, q.City, q.Near, fmt.Sprint(q.RadiusKm), q.From, q.To,
		number(q.PriceMax), strconv.Itoa(q.Seats),
	}, organisations...)...)
	if q.Cursor != "" {
		after, err := decodeCursor(sq.cursor, q.Cursor)
		c.addErr(err)
		sq.after = after
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	sq.streams = combine(tokens, organisations, cells)
	return sq, nil
}

func limitOf(c *checks, limit int) int {
	if limit == 0 {
		return DefaultLimit
	}
	c.within("query.limit", limit, 1, MaxLimit)
	return limit
}

func number(v *int64) string {
	if v == nil {
		return ""
	}
	return strconv.FormatInt(*v, 10)
}

// combine returns the tokens of each stream: with one of the organisations and one of the cells, where there are any.
func combine(tokens, organisations, cells []string) [][]string {
	streams := [][]string{tokens}
	for _, choices := range [][]string{organisations, cells} {
		if len(choices) == 0 {
			continue
		}
		var with [][]string
		for _, tokens := range streams {
			for _, choice := range choices {
				with = append(with, append(slices.Clone(tokens), choice))
			}
		}
		streams = with
	}
	if len(streams[0]) == 0 {
		streams[0] = []string{tokenAll}
	}
	return streams
}

func (sq *search) words(c *checks, text string) []string {
	q, tokens := ask(c.optional("query.q", text), sq.space == SpaceEvents)
	if !q.exact {
		sq.match = append(sq.match, func(e Event) bool { return q.match(eventWords(e)) })
	}
	return tokens
}

// filters are those that do not depend on where and when.
func (sq *search) filters(c *checks, q Query) (tokens []string) {
	if q.City != "" {
		if t := cityToken(c.name("query.city", q.City, maxName)); t != tokenCity {
			tokens = append(tokens, t)
		}
	}
	if q.Country != "" {
		tokens = append(tokens, tokenCountry+c.country("query.country", q.Country))
	}
	if q.Category != "" {
		if !isCategory(q.Category) {
			c.add("query.category", "must be one of "+categoryIDs())
		}
		tokens = append(tokens, tokenCategory+q.Category)
	}
	if most := q.PriceMax; most != nil {
		if *most < 0 {
			c.add("query.priceMax", "must not be negative")
		}
		sq.match = append(sq.match, func(e Event) bool {
			price, ok := e.PriceFrom()
			return ok && price.Minor <= *most
		})
	}
	if q.Seats != 0 && c.within("query.seats", q.Seats, 0, maxPlaces) {
		sq.match = append(sq.match, func(e Event) bool { return e.left() >= q.Seats })
	}
	return tokens
}

// near returns the tokens of the cells to look in; none: everywhere.
func (sq *search) near(c *checks, q Query) (cells []string) {
	km := float64(DefaultRadiusKm)
	if q.RadiusKm != 0 {
		if km = q.RadiusKm; !(km > 0 && km <= MaxRadiusKm) {
			c.add("query.radiusKm", fmt.Sprintf("must be above 0 and at most %d", MaxRadiusKm))
			return nil
		}
		if q.Near == "" {
			c.add("query.radiusKm", "must be given with near")
		}
	}
	if q.Near == "" {
		return nil
	}
	center, ok := parsePoint(q.Near)
	if !ok {
		c.add("query.near", "must be a latitude from -90 to 90, a comma and a longitude from -180 to 180")
		return nil
	}
	sq.match = append(sq.match, func(e Event) bool {
		return e.Place.Latitude != nil && e.Place.Longitude != nil &&
			center.km(point{*e.Place.Latitude, *e.Place.Longitude}) <= km
	})
	if sq.space == SpaceMine {
		return nil
	}
	for _, cell := range center.cover(km) {
		cells = append(cells, tokenCell+cell.hash())
	}
	return cells
}

func parsePoint(v string) (point, bool) {
	latText, lonText, ok := strings.Cut(v, ",")
	lat, latErr := strconv.ParseFloat(strings.TrimSpace(latText), 64)
	lon, lonErr := strconv.ParseFloat(strings.TrimSpace(lonText), 64)
	ok = ok && latErr == nil && lonErr == nil && on(lat, 90) && on(lon, 180)
	return point{lat, lon}, ok
}

// zoneSpan is how far local dates may be from those of UTC.
const zoneSpan = 14 * time.Hour

// when sets from where to where the index is read. Dates are those of each event's own zone, so the index is read a little
// farther, and what it gives is compared.
func (s *Service) when(c *checks, sq *search, q Query) {
	sq.after.Sort = sortKey(s.now())
	from, fromDate, fromOK := parseWhen(q.From)
	switch {
	case q.From == "":
	case !fromOK:
		c.add("query.from", "must be an RFC 3339 time or a date such as 2027-05-31")
	case fromDate:
		sq.after.Sort = sortKey(from.Add(-zoneSpan))
		sq.match = append(sq.match, func(e Event) bool { return s.localDate(e) >= q.From })
	default:
		sq.after.Sort = sortKey(from.Add(time.Millisecond - 1)) // events start at whole milliseconds
	}
	to, toDate, toOK := parseWhen(q.To)
	switch {
	case q.To == "":
	case !toOK:
		c.add("query.to", "must be an RFC 3339 time or a date such as 2027-05-31")
	case fromOK && fromDate == toDate && to.Before(from):
		c.add("query.to", "must not be before from")
	case to.UTC().Year() >= maxYear: // no end
	case toDate:
		sq.before = sortKey(to.Add(24*time.Hour + zoneSpan))
		sq.match = append(sq.match, func(e Event) bool { return s.localDate(e) <= q.To })
	default:
		sq.before = sortKey(to.Add(time.Millisecond))
	}
}

// parseWhen reads a time or, which date says, a date, whose time is then its beginning in UTC.
func parseWhen(v string) (at time.Time, date, ok bool) {
	if t, err := time.Parse(time.DateOnly, v); err == nil {
		return t, true, true
	}
	t, err := time.Parse(time.RFC3339, v)
	return t, false, err == nil
}

// localDate is the date on which an event begins, where it takes place.
func (s *Service) localDate(e Event) string {
	zone, ok := s.zones.load(e.TimeZone)
	if !ok {
		zone = time.UTC
	}
	return e.StartsAt.In(zone).Format(time.DateOnly)
}
