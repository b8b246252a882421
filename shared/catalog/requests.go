package catalog

import (
	"time"
)

// Opt is a field of a merge patch (RFC 7396): absent (the zero Opt) leaves the value as it is, Null removes it, anything
// else replaces it.
type Opt[T any] struct {
	Set   bool
	Null  bool
	Value T
}

// Some returns an Opt that replaces.
func Some[T any](v T) Opt[T] { return Opt[T]{Set: true, Value: v} }

// Null returns an Opt that removes.
func Null[T any]() Opt[T] { return Opt[T]{Set: true, Null: true} }

// NewLocation is what a location is created from.
type NewLocation struct {
	OrganisationID string // empty: the actor's first
	ExternalID     string // empty: none
	Name           string
	Address        string
	City           string
	Region         string
	Country        string
	Latitude       *float64
	Longitude      *float64
	TimeZone       string
	Halls          []NewHall
}

// LocationPatch changes a location; its halls are changed by themselves.
type LocationPatch struct {
	Name, Address, City, Region, Country, TimeZone Opt[string]
	Latitude, Longitude                            Opt[float64]
}

// NewHall is what a hall is created from. The ids of its sections are made here.
type NewHall struct {
	Name     string
	Sections []Section
}

// HallPatch changes a hall. Sections are replaced as a whole; one that names the id of an existing section is that one.
type HallPatch struct {
	Name     Opt[string]
	Sections Opt[[]Section]
}

// NewEvent is what an event is created from. The ids of its ticket types are made here.
type NewEvent struct {
	OrganisationID string // empty: the actor's first
	ExternalID     string // empty: none
	Name           string
	Category       string
	Description    string
	Performers     []string
	ImageURL       string
	LocationID     string
	HallID         string
	StartsAt       time.Time
	EndsAt         *time.Time
	DoorsAt        *time.Time
	OnSaleFrom     *time.Time
	OnSaleUntil    *time.Time
	TicketTypes    []TicketType
	PerPerson      *int       // nil: DefaultPerPerson; 0: no limit
	CancelUntil    *time.Time // cancellation.until
}

// EventPatch changes an event. TicketTypes are replaced as a whole; one that names the id of an existing type is that one.
type EventPatch struct {
	Name, Category, Description, ImageURL    Opt[string]
	LocationID, HallID                       Opt[string]
	Performers                               Opt[[]string]
	StartsAt                                 Opt[time.Time]
	EndsAt, DoorsAt, OnSaleFrom, OnSaleUntil Opt[time.Time]
	CancelUntil                              Opt[time.Time] // cancellation.until
	TicketTypes                              Opt[[]TicketType]
	PerPerson                                Opt[int] // removed: DefaultPerPerson
}

// Query is a search for events. The zero Query finds every event from now on.
type Query struct {
	Q        string  // words; all must match, the last as the beginning of a word
	Category string  // the id of a category
	Country  string  // ISO 3166-1 alpha-2
	City     string  // whole, without regard to case and accents
	Near     string  // "latitude,longitude"
	RadiusKm float64 // with Near; 0: DefaultRadiusKm
	From     string  // an RFC 3339 time, or a date in the event's zone, inclusive; empty: now
	To       string  // likewise; empty: no end
	PriceMax *int64  // minor units: the cheapest ticket costs at most this
	Seats    int     // at least so many places are left, as far as known
	Mine     bool    // events of the actor's organisations, cancelled ones included, and drafts for organisers
	Cursor   string
	Limit    int // 1 to MaxLimit; 0: DefaultLimit
}

// EventPage is some of the events that a query found, in order. It may be short or empty and still have a NextCursor.
type EventPage struct {
	Items      []Event
	NextCursor string // empty at the end
}

// LocationQuery is a search for locations. The zero LocationQuery finds all.
type LocationQuery struct {
	Q            string
	Country      string
	Organisation string
	Cursor       string
	Limit        int // 1 to MaxLimit; 0: DefaultLimit
}

// LocationPage is some of the locations that a query found, in the order of their names.
type LocationPage struct {
	Items      []Location
	NextCursor string // empty at the end
}

// The bounds of what a request may ask for.
const (
	DefaultLimit     = 20
	MaxLimit         = 100
	DefaultRadiusKm  = 25
	MaxRadiusKm      = 20_100 // beyond half the Earth's circumference
	DefaultPerPerson = 10
)
