package booking

import (
	"time"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

// Deps is everything that a Service needs. All fields are required.
type Deps struct {
	Store   Store
	Payment payment.Provider
	Keys    *Keyring
	Now     func() time.Time           // UTC
	NewID   func(prefix string) string // sortable by creation time
}

// Config is what an operator may choose; zero values mean the defaults.
type Config struct {
	HoldTTL     time.Duration // how long a hold lasts; default 10 min, at least 1 s
	SettleAfter time.Duration // age at which the worker settles what a crash left; default 20 s
	BookBudget  time.Duration // how long Book waits for the outcome before it answers "recorded"; default 8 s
	// Ticking says that RefreshAvailability is called several times a second for as long as the process lives. Without it,
	// messages about what was sold or freed are acted on while they are handled.
	Ticking bool
}

// Service sells places. It is safe for concurrent use.
type Service struct {
	d     Deps
	c     Config
	seats *inventory.Keeper
	sales *saleCache
	snaps *snapshots
	keys  *heldKeys
}

// New returns a Service.
func New(d Deps, c Config) *Service {
	if c.HoldTTL <= 0 {
		c.HoldTTL = 10 * time.Minute
	}
	c.HoldTTL = max(c.HoldTTL, time.Second)
	if c.SettleAfter <= 0 {
		c.SettleAfter = 20 * time.Second
	}
	if c.BookBudget <= 0 {
		c.BookBudget = 8 * time.Second
	}
	keeper := inventory.NewKeeper(d.Store, d.Now)
	return &Service{d: d, c: c, seats: keeper, sales: newSaleCache(d.Store, d.Now), snaps: newSnapshots(d, keeper, c.Ticking), keys: newHeldKeys()}
}

// Actor is who asks: a signed-in user, with the organisations whose events they may manage or admit to.
type Actor struct {
	User          id.Raw
	Organisations []string
}

func (a Actor) member(organisation string) bool {
	for _, o := range a.Organisations {
		if o == organisation {
			return true
		}
	}
	return false
}

// HoldRequest asks for places. Key is the idempotency key; BodyHash tells requests under one key apart.
type HoldRequest struct {
	EventID  string
	Items    []ItemRequest
	Split    bool // places need not be together
	Key      string
	BodyHash uint64
}

// ItemRequest asks for places of one ticket type: a Quantity, best available, or named Seats.
type ItemRequest struct {
	TicketTypeID string
	Quantity     int
	Seats        []SeatRequest
}

// SeatRequest names a place; Row is empty in a standing section.
type SeatRequest struct {
	SectionID string
	Row       string
	Number    int
}

// Hold is places kept for a user until ExpiresAt.
type Hold struct {
	Token     string
	EventID   string
	ExpiresAt time.Time
	Seats     []Seat
	Total     money.Amount
}

// Seat is a place as people know it, with its price.
type Seat struct {
	SectionID    string
	Section      string
	Row          string // empty when standing
	Number       int
	TicketTypeID string
	Price        money.Amount
}

// BookRequest asks for a booking: of a hold, or (Direct) of places to be held in the same call.
type BookRequest struct {
	HoldToken string
	Direct    *HoldRequest // its Key and BodyHash are taken from this request
	Attendees []Attendee   // fill the tickets in order
	Payment   *PaymentRequest
	Key       string
	BodyHash  uint64
}

// PaymentRequest is how the buyer pays.
type PaymentRequest struct {
	Method string
	Token  string
}

// Attendee is the person whom a ticket admits.
type Attendee struct {
	Name  string
	Email string
}

// Details is a booking with all that its reader sees of it.
type Details struct {
	ID        string
	EventID   string
	UserID    string
	Status    Status
	Failure   string // error code, when failed
	Total     money.Amount
	Refunded  money.Amount // zero Amount where nothing was refunded
	CreatedAt time.Time
	Tickets   []TicketDetails
	Event     EventDetails
	Version   int64
}

// EventDetails is what a booking shows of its event, as of now.
type EventDetails struct {
	ID             string
	OrganisationID string
	Name           string
	Status         string
	StartsAt       time.Time
	EndsAt         *time.Time
	DoorsAt        *time.Time
	TimeZone       string
	CancelUntil    time.Time // until when the buyer may cancel
	Place          message.PlaceV1
}

// The states of a ticket as they are shown.
const (
	ShownValid     = "valid"
	ShownCheckedIn = "checkedIn"
	ShownCancelled = "cancelled"
)

// TicketDetails is a ticket as its reader sees it. Code and ShortCode are empty for a reader who may not use them.
type TicketDetails struct {
	ID          string
	Number      int // in its booking, from 1
	Seat        Seat
	Attendee    Attendee
	Status      string
	Code        string // what the QR code shows
	ShortCode   string // for typing
	CheckedInAt *time.Time
	Shared      bool // a link is alive
}

// Quote says what cancelling would give back.
type Quote struct {
	TicketIDs []string
	Refund    money.Amount
	Until     time.Time
	Allowed   bool
	Reason    string // an error code, when not allowed
}

// SharedTicket is what a peer with a link sees: one ticket and its event.
type SharedTicket struct {
	Ticket TicketDetails
	Event  EventDetails
}

// The results of a check-in, and the reasons of a refusal.
const (
	Admitted  = "admitted"
	AlreadyIn = "alreadyIn"
	Refused   = "refused"

	ReasonWrongEvent = "wrongEvent"
	ReasonCancelled  = "cancelled"
	ReasonRenewed    = "renewed"
	ReasonForged     = "forged"
	ReasonTooEarly   = "tooEarly"
)

// CheckInResult is what the door sees.
type CheckInResult struct {
	TicketID string // empty where the code names none
	Result   string
	Reason   string // with Refused
	At       time.Time
	Attendee *Attendee
	Seat     *Seat
}

// Availability counts an event's places; at most 2 s old.
type Availability struct {
	EventID  string
	AsOf     time.Time
	Sections []SectionAvailability
}

// SectionAvailability counts a section's places: Total = Sold + Held + Free + those withheld.
type SectionAvailability struct {
	SectionID               string
	Total, Sold, Held, Free int
}

// The states of a seat.
const (
	SeatFree     = "free"
	SeatHeld     = "held"
	SeatSold     = "sold"
	SeatWithheld = "withheld"
)

// SeatRow is a row of a seated section.
type SeatRow struct {
	Label string
	Seats []SeatState
}

// SeatState is a seat with its state now.
type SeatState struct {
	Number     int
	State      string
	Accessible bool
}

// Figures are an event's sales.
type Figures struct {
	Held, Sold, Left, CheckedIn int
	Revenue                     money.Amount
	ByTicketType                []TypeFigures
}

// TypeFigures are the sales of one ticket type.
type TypeFigures struct {
	TicketTypeID    string
	Name            string
	Sold, CheckedIn int
	Revenue         money.Amount
}

// Account is what a token says of a user.
type Account struct {
	ID            string
	Email         string
	Name          string
	Roles         []string
	Organisations []string
}

// UserPatch changes what users may change of themselves; nil: unchanged, empty: removed.
type UserPatch struct {
	Name    *string
	Locale  *string
	Country *string
}

// TicketKey is a public key that ticket codes verify with.
type TicketKey struct {
	ID        byte
	PublicKey []byte // Ed25519, 32 bytes
}
