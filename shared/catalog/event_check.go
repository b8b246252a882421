package catalog

import (
	"fmt"
	"slices"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
)

// The bounds of an event. Its ticket types travel in a message together with its layout.
const (
	maxPerformers   = 50
	maxTicketTypes  = 100
	maxPerPerson    = 1_000
	maxTypesSize    = 72 << 10
	maxPerformerLen = 200
)

// checkEvent checks what an event says of itself, and brings it to the form in which it is kept. It leaves aside what
// depends on the location; see checkSections.
func (s *Service) checkEvent(c *checks, e *Event) {
	e.Name = c.name("body.name", e.Name, maxName)
	if !isCategory(e.Category) {
		c.add("body.category", "must be one of "+categoryIDs())
	}
	e.Description = c.long("body.description", e.Description, maxDescription)
	if len(e.Performers) > maxPerformers {
		c.add("body.performers", fmt.Sprintf("must be at most %d", maxPerformers))
		e.Performers = nil
	}
	performers := make([]string, len(e.Performers))
	for i, p := range e.Performers {
		performers[i] = c.name(fmt.Sprintf("body.performers[%d]", i), p, maxPerformerLen)
	}
	e.Performers = nilIfEmpty(performers)
	e.ImageURL = c.image("body.imageUrl", e.ImageURL)
	c.within("body.perPerson", e.PerPerson, 0, maxPerPerson)
	checkTimes(c, e)
	s.checkTypes(c, e)
}

func nilIfEmpty[T any](v []T) []T {
	if len(v) == 0 {
		return nil
	}
	return v
}

func checkTimes(c *checks, e *Event) {
	if e.StartsAt.IsZero() {
		c.add("body.startsAt", "is required")
		return
	}
	e.StartsAt = c.time("body.startsAt", e.StartsAt)
	e.EndsAt = c.optionalTime("body.endsAt", e.EndsAt)
	e.DoorsAt = c.optionalTime("body.doorsAt", e.DoorsAt)
	e.OnSaleFrom = c.optionalTime("body.onSaleFrom", e.OnSaleFrom)
	e.OnSaleUntil = c.optionalTime("body.onSaleUntil", e.OnSaleUntil)
	e.CancelUntil = c.optionalTime("body.cancellation.until", e.CancelUntil)
	if e.EndsAt != nil {
		switch long := e.EndsAt.Sub(e.StartsAt); {
		case long <= 0:
			c.add("body.endsAt", "must be later than the start")
		case long > maxDuration:
			c.add("body.endsAt", "must be at most 366 days after the start")
		}
	}
	if e.DoorsAt != nil && (e.DoorsAt.After(e.StartsAt) || e.StartsAt.Sub(*e.DoorsAt) > maxDuration) {
		c.add("body.doorsAt", "must not be later than the start, nor more than 366 days earlier")
	}
	c.window("body.onSaleUntil", e.OnSaleFrom, e.OnSaleUntil)
	if e.OnSaleFrom != nil && !e.OnSaleFrom.Before(e.end()) {
		c.add("body.onSaleFrom", "must be earlier than the end of the event")
	}
	if e.CancelUntil != nil && e.CancelUntil.After(e.end()) {
		c.add("body.cancellation.until", "must not be later than the end of the event")
	}
}

// checkTypes checks ticket types and gives those without an id one.
func (s *Service) checkTypes(c *checks, e *Event) {
	if len(e.TicketTypes) > maxTicketTypes {
		c.add("body.ticketTypes", fmt.Sprintf("must be at most %d", maxTicketTypes))
		e.TicketTypes = nil
	}
	types := slices.Clone(e.TicketTypes)
	currency := ""
	for i := range types {
		t, at := &types[i], fmt.Sprintf("body.ticketTypes[%d]", i)
		t.Name = c.name(at+".name", t.Name, maxName)
		c.price(at+".price", t.Price)
		if currency == "" {
			currency = t.Price.Currency
		} else if t.Price.Currency != currency {
			c.add(at+".price.currency", "must be that of the event's other ticket types")
		}
		if len(t.SectionIDs) == 0 || len(t.SectionIDs) > maxSections {
			c.add(at+".sectionIds", fmt.Sprintf("must be from 1 to %d", maxSections))
			t.SectionIDs = nil
		}
		for j, section := range t.SectionIDs {
			if slices.Contains(t.SectionIDs[:j], section) {
				c.add(fmt.Sprintf("%s.sectionIds[%d]", at, j), "must not be given twice")
			}
		}
		c.within(at+".perPerson", t.PerPerson, 0, maxPerPerson)
		t.SalesFrom = c.optionalTime(at+".salesFrom", t.SalesFrom)
		t.SalesUntil = c.optionalTime(at+".salesUntil", t.SalesUntil)
		c.window(at+".salesUntil", t.SalesFrom, t.SalesUntil)
	}
	if size(types) > maxTypesSize {
		c.add("body.ticketTypes", fmt.Sprintf("must have at most %d bytes together", maxTypesSize))
	}
	e.TicketTypes = nilIfEmpty(types)
}

// identify gives each ticket type an id: a new one, or the one that it names, which must be that of an existing type.
func (s *Service) identify(c *checks, given, existing []TicketType) []TicketType {
	types := slices.Clone(given)
	seen := make(map[string]bool, len(types))
	for i := range types {
		t, at := &types[i], fmt.Sprintf("body.ticketTypes[%d].id", i)
		switch {
		case t.ID == "":
			t.ID = s.d.NewID(id.TicketType)
		case !slices.ContainsFunc(existing, func(e TicketType) bool { return e.ID == t.ID }):
			c.add(at, "must be the id of a ticket type of this event, or absent")
		case seen[t.ID]:
			c.add(at, "must not be given twice")
		}
		seen[t.ID] = true
	}
	return types
}

// checkSections checks that ticket types sell only sections that there are. moved: the ticket types were not given, but
// the hall was, and is what is wrong.
func checkSections(c *checks, types []TicketType, sections map[string]bool, moved bool) {
	for i, t := range types {
		for j, section := range t.SectionIDs {
			switch {
			case sections[section]:
			case moved:
				c.add("body.hallId", "must be a hall with the sections that the ticket types name, or be given with other ticket types")
				return
			default:
				c.add(fmt.Sprintf("body.ticketTypes[%d].sectionIds[%d]", i, j), "must be the id of a section of the event's hall")
			}
		}
	}
}

func sectionIDs(h Hall) map[string]bool {
	ids := make(map[string]bool, len(h.Sections))
	for _, section := range h.Sections {
		ids[section.ID] = true
	}
	return ids
}

// sellable returns which sections a published event may sell: those of its layout that its hall still has, or that it
// sells already.
func sellable(e Event, h Hall) map[string]bool {
	ids := sectionIDs(h)
	for section := range sold(e) {
		ids[section] = true
	}
	frozen := make(map[string]bool, len(e.Layout))
	for _, section := range e.Layout {
		frozen[section.ID] = ids[section.ID]
	}
	return frozen
}

// sold returns which sections the event's ticket types sell.
func sold(e Event) map[string]bool {
	ids := map[string]bool{}
	for _, t := range e.TicketTypes {
		for _, section := range t.SectionIDs {
			ids[section] = true
		}
	}
	return ids
}

// checkLayout checks that a layout that has grown still fits its bounds.
func checkLayout(c *checks, path string, layout []message.SectionV1) {
	if len(layout) > maxSections || placesOf(layout) > maxPlaces || size(layout) > maxHallSize {
		c.add(path, "has more places than can be added to those that the event was published with")
	}
}

// placesOf returns how many places a layout has.
func placesOf(layout []message.SectionV1) (n int) {
	for _, section := range layout {
		n += section.Capacity
		for _, r := range section.Rows {
			n += r.Seats
		}
	}
	return n
}
