package apiclient

import "time"

// Money is an amount in minor units of an ISO 4217 currency.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Location is a place with halls; to create one, leave ID, OrganisationID and Version empty.
type Location struct {
	ID             string   `json:"id,omitempty"`
	OrganisationID string   `json:"organisationId,omitempty"`
	ExternalID     string   `json:"externalId,omitempty"`
	Name           string   `json:"name"`
	Address        string   `json:"address"`
	City           string   `json:"city"`
	Region         string   `json:"region,omitempty"`
	Country        string   `json:"country"`
	Latitude       *float64 `json:"latitude,omitempty"`
	Longitude      *float64 `json:"longitude,omitempty"`
	TimeZone       string   `json:"timeZone"`
	Halls          []Hall   `json:"halls,omitempty"`
	Version        int64    `json:"version,omitempty"`
}

// Hall is a room of a location.
type Hall struct {
	ID       string    `json:"id,omitempty"`
	Name     string    `json:"name"`
	Sections []Section `json:"sections"`
	Version  int64     `json:"version,omitempty"`
}

// The kinds of section.
const (
	Seated   = "seated"
	Standing = "standing"
)

// Section is a part of a hall, with rows or with a capacity.
type Section struct {
	ID       string `json:"id,omitempty"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Rows     []Row  `json:"rows,omitempty"`
	Capacity int    `json:"capacity,omitempty"`
}

// Row is a row of seats, numbered from 1.
type Row struct {
	Label      string `json:"label"`
	Seats      int    `json:"seats"`
	Accessible []int  `json:"accessible,omitempty"`
}

// Places returns how many places the hall has.
func (h Hall) Places() (n int) {
	for _, s := range h.Sections {
		n += s.Places()
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

// TicketType is a price for one or more sections; to create one, leave ID empty.
type TicketType struct {
	ID         string     `json:"id,omitempty"`
	Name       string     `json:"name"`
	Price      Money      `json:"price"`
	SectionIDs []string   `json:"sectionIds"`
	PerPerson  int        `json:"perPerson,omitempty"`
	SalesFrom  *time.Time `json:"salesFrom,omitempty"`
	SalesUntil *time.Time `json:"salesUntil,omitempty"`
}

// Cancellation is until when buyers may cancel.
type Cancellation struct {
	Until time.Time `json:"until"`
}

// NewEvent is a draft to be.
type NewEvent struct {
	OrganisationID string        `json:"organisationId,omitempty"`
	ExternalID     string        `json:"externalId,omitempty"`
	Name           string        `json:"name"`
	Category       string        `json:"category"`
	Description    string        `json:"description,omitempty"`
	Performers     []string      `json:"performers,omitempty"`
	ImageURL       string        `json:"imageUrl,omitempty"`
	LocationID     string        `json:"locationId"`
	HallID         string        `json:"hallId"`
	StartsAt       time.Time     `json:"startsAt"`
	EndsAt         *time.Time    `json:"endsAt,omitempty"`
	DoorsAt        *time.Time    `json:"doorsAt,omitempty"`
	OnSaleFrom     *time.Time    `json:"onSaleFrom,omitempty"`
	OnSaleUntil    *time.Time    `json:"onSaleUntil,omitempty"`
	TicketTypes    []TicketType  `json:"ticketTypes,omitempty"`
	PerPerson      *int          `json:"perPerson,omitempty"`
	Cancellation   *Cancellation `json:"cancellation,omitempty"`
}

// The states of an event.
const (
	Draft     = "draft"
	Published = "published"
	Cancelled = "cancelled"
	Ended     = "ended"
)

// Event is one performance in one hall.
type Event struct {
	NewEvent

	ID           string `json:"id"`
	Status       string `json:"status"`
	TimeZone     string `json:"timeZone"`
	Availability string `json:"availability"`
	PriceFrom    *Money `json:"priceFrom,omitempty"`
	Version      int64  `json:"version"`
	Location     struct {
		Name    string `json:"name"`
		City    string `json:"city"`
		Country string `json:"country"`
	} `json:"location"`
}

// Category is a kind of event.
type Category struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Item asks for places of one ticket type: a quantity, or named seats.
type Item struct {
	TicketTypeID string     `json:"ticketTypeId"`
	Quantity     int        `json:"quantity,omitempty"`
	Seats        []SeatName `json:"seats,omitempty"`
}

// SeatName names a seat.
type SeatName struct {
	SectionID string `json:"sectionId"`
	Row       string `json:"row"`
	Number    int    `json:"number"`
}

// Seat is a place at its price.
type Seat struct {
	SectionID    string `json:"sectionId"`
	Section      string `json:"section"`
	Row          string `json:"row,omitempty"`
	Number       int    `json:"number"`
	TicketTypeID string `json:"ticketTypeId"`
	Price        Money  `json:"price"`
}

// Hold is places claimed for some minutes.
type Hold struct {
	Token     string    `json:"token"`
	EventID   string    `json:"eventId"`
	ExpiresAt time.Time `json:"expiresAt"`
	Seats     []Seat    `json:"seats"`
	Total     Money     `json:"total"`
}

// Attendee is whom a ticket is for.
type Attendee struct {
	Name  string `json:"name,omitempty"`
	Email string `json:"email,omitempty"`
}

// Payment says how to pay.
type Payment struct {
	Method string `json:"method"`
	Token  string `json:"token"`
}

// Valid is the state of a ticket that was not used yet, and not cancelled.
const Valid = "valid"

// Ticket is one admission.
type Ticket struct {
	ID       string   `json:"id"`
	Seat     Seat     `json:"seat"`
	Attendee Attendee `json:"attendee"`
	Status   string   `json:"status"`
	Code     string   `json:"code,omitempty"`
}

// Booking is what somebody bought.
type Booking struct {
	ID        string    `json:"id"`
	EventID   string    `json:"eventId"`
	Status    string    `json:"status"`
	Total     Money     `json:"total"`
	Refunded  *Money    `json:"refunded,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	Tickets   []Ticket  `json:"tickets"`
	Version   int64     `json:"version"`
}

// Availability is how many places are left.
type Availability struct {
	EventID  string    `json:"eventId"`
	AsOf     time.Time `json:"asOf"`
	Sections []struct {
		SectionID string `json:"sectionId"`
		Total     int    `json:"total"`
		Sold      int    `json:"sold"`
		Held      int    `json:"held"`
		Free      int    `json:"free"`
	} `json:"sections"`
}

// Page is a part of a list.
type Page[T any] struct {
	Items      []T    `json:"items"`
	NextCursor string `json:"nextCursor"`
}
