// Package booking sells places: it prices a request, holds places, takes payment, and keeps bookings and their tickets
// until the door. From the moment that a booking is recorded, a crash anywhere ends with it confirmed or refunded. What it
// knows of events it was told in messages and keeps as its own copy. It knows nothing of HTTP, queues or databases.
package booking

import (
	"time"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
)

// The JSON names of the types below are how engines store them, short because a record should fit 1 KB (one write unit
// of DynamoDB); what the API shows is httpapi's.

// Sale is the Booking Service's own copy of an event: what is sold, at which prices, until when.
type Sale struct {
	message.EventStateV1
	KeyID    byte              `json:"keyId"`              // the key that hold ids of this event are made with: current when it opened
	OpenedAt time.Time         `json:"openedAt"`           // when inventory opened; zero while it is not
	ClosedAt *time.Time        `json:"closedAt,omitempty"` // when every block was closed after a cancellation
	Refunded bool              `json:"refunded,omitempty"` // the cancellation is done: no block carries a sold place
	Lacks    []inventory.Group `json:"lacks,omitempty"`    // places that the newest state no longer has: not offered any more
	Rev      int64             `json:"rev"`                // of this copy, for its compare-and-set
}

// Status is where a booking is in its life.
type Status string

// The life of a booking: recorded → confirmed → cancelled, or recorded → failed.
const (
	Recorded  Status = "recorded"
	Confirmed Status = "confirmed"
	Failed    Status = "failed"
	Cancelled Status = "cancelled"
)

// Booking is one user's places at one event. Its key is (User, Hold), and its id says both.
type Booking struct {
	User      id.Raw           `json:"-"`
	Hold      inventory.HoldID `json:"-"`
	Event     id.Raw           `json:"e"`
	Status    Status           `json:"s"`
	Key       string           `json:"k"`           // the idempotency key it was booked with
	BodyHash  uint64           `json:"h"`           // of the request's body
	Items     []Item           `json:"i"`           // what was held, by ticket type
	Tickets   []Ticket         `json:"t,omitempty"` // parallel to the places of Items, in order; trailing zero tickets are left out
	Currency  string           `json:"c,omitempty"`
	Payment   string           `json:"p,omitempty"` // the authorisation's id; empty when nothing is to pay
	Captured  bool             `json:"pc,omitempty"`
	Failure   string           `json:"f,omitempty"` // why it failed: an error code
	Released  bool             `json:"r,omitempty"` // failed or wholly cancelled: places freed and money returned
	Refunds   []Refund         `json:"rf,omitempty"`
	CreatedAt time.Time        `json:"at"`
	Expires   int64            `json:"x,omitempty"` // Unix seconds, of the hold as it was booked: what confirming expects to find
	Version   int64            `json:"v"`
}

// Item is places of one ticket type at a frozen price.
type Item struct {
	TicketType id.Raw            `json:"t"`
	Price      int64             `json:"p"` // minor units
	Groups     []inventory.Group `json:"g"`
}

// TicketStatus is where a ticket is in its life.
type TicketStatus string

// The life of a ticket; valid is the empty string so that an untouched ticket takes no room.
const (
	Valid           TicketStatus = ""
	CheckedIn       TicketStatus = "i"
	TicketCancelled TicketStatus = "c"
)

// Ticket is one admission. Its code is derived from the booking, its number and Rotation; it is not stored.
type Ticket struct {
	Name     string       `json:"n,omitempty"`
	Email    string       `json:"m,omitempty"`
	Status   TicketStatus `json:"s,omitempty"`
	Rotation int          `json:"o,omitempty"` // raised by a rename: older codes are refused
	Share    int          `json:"h,omitempty"` // raised by sharing and renaming: older links are revoked; 0: never shared
	Shared   bool         `json:"l,omitempty"` // the link numbered Share is alive
	At       int64        `json:"a,omitempty"` // when it was checked in, Unix milliseconds
	Scan     uint64       `json:"d,omitempty"` // which scan that was, so that it is known when it is told again; 0: it had no name
}

// Refund is money going back for cancelled tickets; Key makes it happen once.
type Refund struct {
	Key     string `json:"k"`
	Tickets uint64 `json:"t"` // by ticket number, from bit 0
	Amount  int64  `json:"a"`
	Done    bool   `json:"d,omitempty"` // places freed and money returned
}

// Purchases is what a user holds and has booked of one event, for the limits per person. An entry leaves only after its
// places were released or found not to be its own, never by time alone.
type Purchases struct {
	User    id.Raw          `json:"-"`
	Event   id.Raw          `json:"-"`
	Entries []PurchaseEntry `json:"n"`
	Version int64           `json:"v"`
}

// PurchaseEntry is one hold of a user, booked or not.
type PurchaseEntry struct {
	Hold     inventory.HoldID `json:"h"`
	BodyHash uint64           `json:"b"` // of the hold request
	Expires  int64            `json:"x"` // Unix seconds, of the hold when it was named
	Items    []Item           `json:"i"`
}

// User is a person with an account, recorded at first sight.
type User struct {
	ID            string    `json:"id"`
	Email         string    `json:"email"`
	Name          string    `json:"name"`
	Locale        string    `json:"locale,omitempty"`
	Country       string    `json:"country,omitempty"`
	Roles         []string  `json:"roles,omitempty"`
	Organisations []string  `json:"orgs,omitempty"`
	CreatedAt     time.Time `json:"at"`
	Version       int64     `json:"v"`
}

// Venue is the Booking Service's copy of a location, for tickets.
type Venue struct {
	LocationID string          `json:"id"`
	Version    int64           `json:"v"`
	TimeZone   string          `json:"tz"`
	Place      message.PlaceV1 `json:"place"`
}

// Ref names a booking.
type Ref struct {
	User id.Raw
	Hold inventory.HoldID
}

// Mark remembers that a user's idempotency key was used for a hold's booking, so that it is refused for another's.
type Mark struct {
	User     id.Raw           `json:"-"`
	Key      string           `json:"-"`
	Hold     inventory.HoldID `json:"h"`
	BodyHash uint64           `json:"b"`
	Until    time.Time        `json:"u"` // a mark may be forgotten after
}
