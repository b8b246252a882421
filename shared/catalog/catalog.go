// Package catalog keeps locations, their halls, and the events that take place in them: what there is, when, where and for
// how much. It decides who may change what, that a hall holds one event at a time, and which events a query finds. It
// knows nothing of seats sold, of HTTP or of databases; what is left of an event it is told in messages.
package catalog

import (
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

// The JSON names of the types below are how engines store them; what the API shows is httpapi's.

// Location is a place with an address; it owns its halls.
type Location struct {
	ID             string   `json:"id"`
	OrganisationID string   `json:"org"`
	ExternalID     string   `json:"ext,omitempty"`
	Name           string   `json:"name"`
	Address        string   `json:"address"`
	City           string   `json:"city"`
	Region         string   `json:"region,omitempty"`
	Country        string   `json:"country"` // ISO 3166-1 alpha-2
	Latitude       *float64 `json:"lat,omitempty"`
	Longitude      *float64 `json:"lon,omitempty"`
	TimeZone       string   `json:"tz"` // IANA
	Halls          []Hall   `json:"halls,omitempty"`
	Version        int64    `json:"v"`
}

// Hall is a room of a location.
type Hall struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	Sections []Section `json:"sections"`
	Version  int64     `json:"v"`
}

// The kinds of section.
const (
	Seated   = "seated"
	Standing = "standing"
)

// Section is a part of a hall: rows of numbered seats, or a standing capacity.
type Section struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Rows     []Row  `json:"rows,omitempty"`
	Capacity int    `json:"capacity,omitempty"`
}

// Row is a row of seats numbered 1 to Seats.
type Row struct {
	Label      string `json:"label"`
	Seats      int    `json:"seats"`
	Accessible []int  `json:"accessible,omitempty"`
}

// Status is where an event is in its life.
type Status string

// The life of an event: draft → published → cancelled or ended; a draft may be cancelled too.
const (
	Draft     Status = "draft"
	Published Status = "published"
	Cancelled Status = "cancelled"
	Ended     Status = "ended"
)

// Event is one performance in one hall.
type Event struct {
	ID             string              `json:"id"`
	OrganisationID string              `json:"org"`
	ExternalID     string              `json:"ext,omitempty"`
	Name           string              `json:"name"`
	Category       string              `json:"category"`
	Description    string              `json:"description,omitempty"`
	Performers     []string            `json:"performers,omitempty"`
	ImageURL       string              `json:"image,omitempty"`
	Status         Status              `json:"status"`
	LocationID     string              `json:"location"`
	HallID         string              `json:"hall"`
	StartsAt       time.Time           `json:"starts"`
	EndsAt         *time.Time          `json:"ends,omitempty"`
	DoorsAt        *time.Time          `json:"doors,omitempty"`
	TimeZone       string              `json:"tz"`
	OnSaleFrom     *time.Time          `json:"saleFrom,omitempty"`
	OnSaleUntil    *time.Time          `json:"saleUntil,omitempty"`
	TicketTypes    []TicketType        `json:"types,omitempty"`
	PerPerson      int                 `json:"perPerson"` // 0: no limit
	CancelUntil    *time.Time          `json:"cancelUntil,omitempty"`
	CancelReason   string              `json:"cancelReason,omitempty"`
	RescheduledAt  *time.Time          `json:"rescheduled,omitempty"`
	Place          message.PlaceV1     `json:"place"`            // the location as it was when the event last changed
	Layout         []message.SectionV1 `json:"layout,omitempty"` // the hall's sections, frozen at publish
	Availability   *Availability       `json:"-"`                // told by the Booking Service; stored beside the event, no part of its version
	Version        int64               `json:"v"`
}

// TicketType is a price for one or more sections.
type TicketType struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Price      money.Amount `json:"price"`
	SectionIDs []string     `json:"sections"`
	PerPerson  int          `json:"perPerson,omitempty"` // 0: only the event's limit
	SalesFrom  *time.Time   `json:"from,omitempty"`
	SalesUntil *time.Time   `json:"until,omitempty"`
}

// Availability is what the Booking Service last told of an event.
type Availability struct {
	AsOf  time.Time `json:"asOf"`
	Total int       `json:"total"`
	Sold  int       `json:"sold"`
	Left  int       `json:"left"`
}

// end is when the event is over, and its hall free again.
func (e *Event) end() time.Time {
	if e.EndsAt != nil {
		return *e.EndsAt
	}
	return e.StartsAt.Add(unendedFor)
}

// occupies reports whether the event takes its hall.
func (e *Event) occupies() bool { return e.Status == Draft || e.Status == Published }

// public reports whether the event is, or was, for everyone to see: whether it was ever published.
func (e *Event) public() bool { return e.Status != Draft && len(e.Layout) > 0 }

// PriceFrom is the price of the cheapest ticket type; false where there is none.
func (e Event) PriceFrom() (money.Amount, bool) {
	if len(e.TicketTypes) == 0 {
		return money.Amount{}, false
	}
	cheapest := e.TicketTypes[0].Price
	for _, t := range e.TicketTypes[1:] {
		if t.Price.Minor < cheapest.Minor {
			cheapest = t.Price
		}
	}
	return cheapest, true
}

// What can be had of an event.
const (
	ShownAvailable = "available"
	ShownFew       = "few" // under 10 % left
	ShownSoldOut   = "soldOut"
	ShownNotOnSale = "notOnSale"
	ShownEnded     = "ended"
	ShownCancelled = "cancelled"
)

// Shown is what can be had of the event at a moment, one of the Shown constants, as far as known here.
func (e Event) Shown(now time.Time) string {
	switch a := e.Availability; {
	case e.Status == Cancelled:
		return ShownCancelled
	case e.Status == Ended, e.Status == Published && !now.Before(e.end()):
		return ShownEnded
	case e.Status != Published:
		return ShownNotOnSale
	case a != nil && a.Total > 0 && a.Left <= 0:
		return ShownSoldOut
	case !e.onSale(now):
		return ShownNotOnSale
	case a != nil && a.Left*10 < a.Total:
		return ShownFew
	}
	return ShownAvailable
}

// left is how many places are left, as far as is known: all, until the Booking Service has told.
func (e *Event) left() int {
	if e.Availability == nil {
		return placesOf(e.Layout)
	}
	return e.Availability.Left
}

// onSale reports whether any ticket type can be bought at a moment.
func (e *Event) onSale(now time.Time) bool {
	within := func(from, until *time.Time) bool {
		return (from == nil || !now.Before(*from)) && (until == nil || now.Before(*until))
	}
	if !within(e.OnSaleFrom, e.OnSaleUntil) {
		return false
	}
	for _, t := range e.TicketTypes {
		if within(t.SalesFrom, t.SalesUntil) {
			return true
		}
	}
	return false
}

// unendedFor is how long an event without an end takes its hall.
const unendedFor = 3 * time.Hour
