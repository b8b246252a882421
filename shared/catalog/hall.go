package catalog

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
)

// The bounds of a hall. A frozen hall travels in a message, and a location is one item of a store, so their encoded sizes
// are bounded too.
const (
	maxHalls        = 200
	maxSections     = 99 // a block key has two digits for the section, and one section is kept back
	maxRows         = 2_000
	maxRowSeats     = 500
	maxPlaces       = 1_000_000
	maxHallSize     = 72 << 10
	maxLocationSize = 300 << 10
)

// Places returns how many places the hall has.
func (h Hall) Places() (n int) {
	for _, section := range h.Sections {
		n += section.Places()
	}
	return n
}

// Places returns how many places the section has.
func (s Section) Places() int {
	n := s.Capacity
	for _, r := range s.Rows {
		n += r.Seats
	}
	return n
}

// newHall checks what a hall is to be made of, and makes it; path is where it stands in the request, with a dot behind.
func (s *Service) newHall(c *checks, path string, n NewHall) Hall {
	return Hall{
		ID:       s.d.NewID(id.Hall),
		Name:     c.name(path+"name", n.Name, maxName),
		Sections: s.sections(c, path+"sections", n.Sections, nil),
		Version:  1,
	}
}

// sections checks the sections of a hall and gives those without an id one. An id must be that of an existing section.
func (s *Service) sections(c *checks, path string, given, existing []Section) []Section {
	if len(given) == 0 || len(given) > maxSections {
		c.add(path, fmt.Sprintf("must have from 1 to %d sections", maxSections))
		return nil
	}
	made := make([]Section, len(given))
	seen := make(map[string]bool, len(given))
	places := 0
	for i, section := range given {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case section.ID == "":
			section.ID = s.d.NewID(id.Section)
		case !slices.ContainsFunc(existing, func(e Section) bool { return e.ID == section.ID }):
			c.add(at+".id", "must be the id of a section of this hall, or absent")
		case seen[section.ID]:
			c.add(at+".id", "must not be given twice")
		}
		seen[section.ID] = true
		made[i] = checkSection(c, at, section)
		places += min(made[i].Places(), maxPlaces+1)
	}
	if places > maxPlaces {
		c.add(path, fmt.Sprintf("must have at most %d places together", maxPlaces))
	}
	if size(made) > maxHallSize {
		c.add(path, fmt.Sprintf("must have at most %d bytes together", maxHallSize))
	}
	return made
}

func checkSection(c *checks, at string, section Section) Section {
	section.Name = c.name(at+".name", section.Name, maxName)
	switch section.Kind {
	case Seated:
		if section.Capacity != 0 {
			c.add(at+".capacity", "must be absent for a seated section")
		}
		section.Capacity = 0
		section.Rows = checkRows(c, at+".rows", section.Rows)
	case Standing:
		if len(section.Rows) > 0 {
			c.add(at+".rows", "must be absent for a standing section")
		}
		section.Rows = nil
		if !c.within(at+".capacity", section.Capacity, 1, maxPlaces) {
			section.Capacity = 0
		}
	default:
		c.add(at+".kind", "must be seated or standing")
	}
	return section
}

func checkRows(c *checks, path string, given []Row) []Row {
	if len(given) == 0 || len(given) > maxRows {
		c.add(path, fmt.Sprintf("must have from 1 to %d rows", maxRows))
		return nil
	}
	rows := make([]Row, len(given))
	labels := make(map[string]bool, len(given))
	for i, row := range given {
		at := fmt.Sprintf("%s[%d]", path, i)
		row.Label = c.name(at+".label", row.Label, maxRowLabel)
		if labels[row.Label] {
			c.add(at+".label", "must not be that of another row of the section")
		}
		labels[row.Label] = true
		if !c.within(at+".seats", row.Seats, 1, maxRowSeats) {
			row.Seats, row.Accessible = 0, nil
		}
		row.Accessible = checkAccessible(c, at+".accessible", row)
		rows[i] = row
	}
	return rows
}

func checkAccessible(c *checks, path string, row Row) []int {
	numbers := slices.Clone(row.Accessible)
	slices.Sort(numbers)
	for i, n := range row.Accessible {
		if n < 1 || n > row.Seats {
			c.add(fmt.Sprintf("%s[%d]", path, i), "must be the number of a seat of the row")
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	return slices.Compact(numbers)
}

// size is how many bytes a thing takes where it is stored.
func size(v any) int {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("catalog: %T has no JSON form: %v", v, err)) // plain data always has one
	}
	return len(b)
}

// freeze returns the hall's sections as they are told to the Booking Service.
func freeze(sections []Section) []message.SectionV1 {
	frozen := make([]message.SectionV1, len(sections))
	for i, section := range sections {
		frozen[i] = message.SectionV1{ID: section.ID, Name: section.Name, Kind: section.Kind, Capacity: section.Capacity}
		for _, r := range section.Rows {
			frozen[i].Rows = append(frozen[i].Rows, message.RowV1(r))
		}
	}
	return frozen
}

// grow returns a frozen layout together with what a hall has beyond it: sections behind the last one, rows behind the last
// row of a section, standing places. Whatever else differs stays as it was frozen, since a place keeps its block and slot
// for good; what the hall has no more is withheld by nobody selling it.
func grow(frozen []message.SectionV1, sections []Section) []message.SectionV1 {
	grown := slices.Clone(frozen)
	for _, now := range freeze(sections) {
		i := slices.IndexFunc(grown, func(f message.SectionV1) bool { return f.ID == now.ID })
		switch {
		case i < 0:
			grown = append(grown, now)
		case grown[i].Kind != now.Kind:
		case now.Kind == Standing:
			grown[i].Capacity = max(grown[i].Capacity, now.Capacity)
		case extends(now.Rows, grown[i].Rows):
			grown[i].Rows = now.Rows
		}
	}
	return grown
}

// extends reports whether rows begin with those that were frozen.
func extends(rows, frozen []message.RowV1) bool {
	return len(rows) >= len(frozen) && slices.EqualFunc(rows[:len(frozen)], frozen, func(a, b message.RowV1) bool {
		return a.Label == b.Label && a.Seats == b.Seats
	})
}
