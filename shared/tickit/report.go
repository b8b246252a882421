package tickit

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Row is a line of a file, counted from 1.
type Row struct {
	File string `json:"file"`
	Line int    `json:"line"`
}

func (r Row) String() string { return r.File + ":" + strconv.Itoa(r.Line) }

// Kind is a kind of adjustment.
type Kind string

// What is adjusted.
const (
	SeatsAssumed    Kind = "seats-assumed"      // missing or 0: 1,000
	SeatsUnreadable Kind = "seats-unreadable"   // no number, or none that a hall can have: 1,000
	CityCorrected   Kind = "city-corrected"     // spelled wrongly in the sample
	CategoryOther   Kind = "category-other"     // a category that the sample did not have
	OtherHall       Kind = "other-hall"         // its hall was taken
	OtherTime       Kind = "other-time"         // it was imported before, for another time
	LeapDay         Kind = "leap-day"           // moved to a year without 29 February
	TimeSkipped     Kind = "time-skipped"       // a local time that does not exist
	TimeTwice       Kind = "time-happens-twice" // a local time that exists twice
)

var kinds = []struct {
	kind Kind
	text string
}{
	{SeatsAssumed, "venues without a number of seats, given 1,000"},
	{SeatsUnreadable, "venues whose number of seats cannot be read, given 1,000"},
	{CityCorrected, "venues whose city is misspelled, corrected"},
	{CategoryOther, "unknown categories, taken for \"other\""},
	{OtherHall, "events that clash, put into another hall of their venue"},
	{OtherTime, "events imported earlier for another time, left there"},
	{LeapDay, "events moved from 29 to 28 February"},
	{TimeSkipped, "events at a local time that does not exist, put later"},
	{TimeTwice, "events at a local time that happens twice, put at the first"},
}

// Adjustment is a row that was imported otherwise than it reads.
type Adjustment struct {
	Row
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// Rejection is a row that was not imported, or not put on sale.
type Rejection struct {
	Row
	Reason string `json:"reason"`
}

// Count is how many things were made, and how many were there.
type Count struct {
	Created  int `json:"created"`
	Existing int `json:"existing"`
}

func (c *Count) add(created bool) {
	if created {
		c.Created++
	} else {
		c.Existing++
	}
}

// Report is what an import did.
type Report struct {
	Locations    Count         `json:"locations"`
	Events       Count         `json:"events"`
	HallsCreated int           `json:"hallsCreated"` // beyond each location's first
	Published    int           `json:"published"`    // by this import
	YearsMoved   int           `json:"yearsMoved"`
	Adjusted     []Adjustment  `json:"adjusted"` // by file and line
	Rejected     []Rejection   `json:"rejected"` // likewise
	Took         time.Duration `json:"-"`
}

// AdjustedBy counts adjustments by kind.
func (r Report) AdjustedBy() map[Kind]int {
	n := map[Kind]int{}
	for _, a := range r.Adjusted {
		n[a.Kind]++
	}
	return n
}

func (r *Report) sort() {
	slices.SortStableFunc(r.Adjusted, func(a, b Adjustment) int { return cmp.Or(a.compare(b.Row), cmp.Compare(a.Kind, b.Kind)) })
	slices.SortStableFunc(r.Rejected, func(a, b Rejection) int { return a.compare(b.Row) })
}

func (r Row) compare(o Row) int {
	return cmp.Or(cmp.Compare(r.File, o.File), cmp.Compare(r.Line, o.Line))
}

// Print writes the report for people: counts, then every rejected row, and with all every adjusted one too.
func (r Report) Print(w io.Writer, all bool) error {
	var b strings.Builder
	fmt.Fprintf(&b, "locations  %6d created, %d existing\n", r.Locations.Created, r.Locations.Existing)
	fmt.Fprintf(&b, "events     %6d created, %d existing\n", r.Events.Created, r.Events.Existing)
	fmt.Fprintf(&b, "published  %6d\n", r.Published)
	fmt.Fprintf(&b, "halls      %6d added\n", r.HallsCreated)
	if r.YearsMoved != 0 {
		fmt.Fprintf(&b, "dates moved by %d years\n", r.YearsMoved)
	}
	fmt.Fprintf(&b, "adjusted   %6d\n", len(r.Adjusted))
	by := r.AdjustedBy()
	for _, k := range kinds {
		if n := by[k.kind]; n > 0 {
			fmt.Fprintf(&b, "           %6d %s\n", n, k.text)
		}
	}
	if all {
		for _, a := range r.Adjusted {
			fmt.Fprintf(&b, "  %s: %s\n", a.Row, a.Text)
		}
	}
	fmt.Fprintf(&b, "rejected   %6d\n", len(r.Rejected))
	for _, j := range r.Rejected {
		fmt.Fprintf(&b, "  %s: %s\n", j.Row, j.Reason)
	}
	if r.Took > 0 {
		fmt.Fprintf(&b, "took %v\n", r.Took.Round(100*time.Millisecond))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
