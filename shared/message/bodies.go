package message

import (
	"time"

	"github.com/myevents/myevents/shared/money"
)

// EventStateV1 is the body of every event.* message from the catalogue: the whole state as of Version. A consumer acts on
// the difference between it and its own copy, newer wins, never on the message's type.
type EventStateV1 struct {
	EventID        string         `json:"eventId"`
	Version        int64          `json:"version"`
	OrganisationID string         `json:"organisationId"`
	Status         string         `json:"status"` // draft, published, cancelled, ended
	Name           string         `json:"name"`
	Category       string         `json:"category"`
	LocationID     string         `json:"locationId"`
	HallID         string         `json:"hallId"`
	StartsAt       time.Time      `json:"startsAt"`
	EndsAt         *time.Time     `json:"endsAt,omitempty"`
	DoorsAt        *time.Time     `json:"doorsAt,omitempty"`
	TimeZone       string         `json:"timeZone"`
	OnSaleFrom     *time.Time     `json:"onSaleFrom,omitempty"`
	OnSaleUntil    *time.Time     `json:"onSaleUntil,omitempty"`
	PerPerson      int            `json:"perPerson"` // 0: no limit
	CancelUntil    *time.Time     `json:"cancelUntil,omitempty"`
	RescheduledAt  *time.Time     `json:"rescheduledAt,omitempty"`
	CancelReason   string         `json:"cancelReason,omitempty"`
	Location       PlaceV1        `json:"location"`
	TicketTypes    []TicketTypeV1 `json:"ticketTypes"`
	Layout         []SectionV1    `json:"layout,omitempty"` // frozen at publish; grows only at the end of a section
}

// PlaceV1 is where an event takes place.
type PlaceV1 struct {
	Name      string   `json:"name"`
	Address   string   `json:"address"`
	City      string   `json:"city"`
	Region    string   `json:"region,omitempty"`
	Country   string   `json:"country"`
	HallName  string   `json:"hallName,omitempty"`
	Latitude  *float64 `json:"latitude,omitempty"`
	Longitude *float64 `json:"longitude,omitempty"`
}

// TicketTypeV1 is a price for sections.
type TicketTypeV1 struct {
	ID         string       `json:"id"`
	Name       string       `json:"name"`
	Price      money.Amount `json:"price"`
	SectionIDs []string     `json:"sectionIds"`
	PerPerson  int          `json:"perPerson,omitempty"` // 0: only the event's limit
	SalesFrom  *time.Time   `json:"salesFrom,omitempty"`
	SalesUntil *time.Time   `json:"salesUntil,omitempty"`
}

// SectionV1 is a section of the frozen layout: rows, or a capacity.
type SectionV1 struct {
	ID       string  `json:"id"`
	Name     string  `json:"name"`
	Kind     string  `json:"kind"` // seated, standing
	Rows     []RowV1 `json:"rows,omitempty"`
	Capacity int     `json:"capacity,omitempty"`
}

// RowV1 is a row of seats numbered 1 to Seats.
type RowV1 struct {
	Label      string `json:"label"`
	Seats      int    `json:"seats"`
	Accessible []int  `json:"accessible,omitempty"`
}

// LocationStateV1 is the body of location.changed.v1.
type LocationStateV1 struct {
	LocationID string  `json:"locationId"`
	Version    int64   `json:"version"`
	TimeZone   string  `json:"timeZone"`
	Place      PlaceV1 `json:"place"`
}

// BookingRefV1 is the body of booking.recorded.v1, booking.confirmed.v1 and booking.cancelled.v1: which booking, and its
// version when it was said.
type BookingRefV1 struct {
	BookingID string   `json:"bookingId"`
	EventID   string   `json:"eventId"`
	UserID    string   `json:"userId"`
	Version   int64    `json:"version"`
	TicketIDs []string `json:"ticketIds,omitempty"` // cancelled: which
}

// CheckInV1 is the body of ticket.checked-in.v1.
type CheckInV1 struct {
	BookingID string    `json:"bookingId"`
	EventID   string    `json:"eventId"`
	TicketID  string    `json:"ticketId"`
	At        time.Time `json:"at"`
}

// AvailabilityV1 is the body of event.availability.v1: a snapshot as of a moment; the newer one wins.
type AvailabilityV1 struct {
	EventID  string               `json:"eventId"`
	AsOf     time.Time            `json:"asOf"`
	Sections []SectionAvailableV1 `json:"sections"`
}

// SectionAvailableV1 counts the places of a section.
type SectionAvailableV1 struct {
	SectionID string `json:"sectionId"`
	Total     int    `json:"total"`
	Sold      int    `json:"sold"`
	Left      int    `json:"left"` // neither sold nor withheld; held places count as left
}

// CancellationDueV1 is the body of event.cancellation-due.v1, from booking to itself: cancel the bookings of one part
// (0 to Parts-1) of a cancelled event.
type CancellationDueV1 struct {
	EventID string `json:"eventId"`
	Part    int    `json:"part"`
	Parts   int    `json:"parts"`
}

// AvailabilityDueV1 is the body of event.availability-due.v1, from booking to itself: tell the catalogue how many places of
// an event are left, by a count that begins at At or later.
type AvailabilityDueV1 struct {
	EventID string    `json:"eventId"`
	At      time.Time `json:"at"`
}
