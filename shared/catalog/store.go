package catalog

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/outbox"
)

// The ports below are what the catalogue needs of a store; one engine implements all four. Implementations are safe for
// concurrent use, by several processes too. A write is durable when it returns. Every method may answer
// fault.Unavailable, after which repeating is safe.

// Store is the four ports together.
type Store interface {
	Events
	Locations
	Calendar
	Index
}

// Events keeps events.
type Events interface {
	// PutEvent writes e, whose Version is one more than what is stored (1: nothing may be stored), and queues out, both or
	// neither. Otherwise fault.Stale. The stored availability stays.
	PutEvent(ctx context.Context, e Event, out ...outbox.Message) error
	// Event returns an event with its availability, as of the last write that was answered. Unknown: fault.NotFound.
	Event(ctx context.Context, id string) (Event, error)
	// EventsByID returns those of the events that exist, in the order of ids. It may lag behind writes by a second.
	EventsByID(ctx context.Context, ids []string) ([]Event, error)
	// PutAvailability stores a beside the event unless one as new is there; the event's version stays. An unknown event
	// is fault.NotFound.
	PutAvailability(ctx context.Context, eventID string, a Availability) error
}

// Locations keeps locations with their halls.
type Locations interface {
	// PutLocation writes l, whose Version is one more than what is stored (1: nothing may be stored), and queues out, both
	// or neither. Otherwise fault.Stale.
	PutLocation(ctx context.Context, l Location, out ...outbox.Message) error
	// Location returns a location as of the last write that was answered. Unknown: fault.NotFound.
	Location(ctx context.Context, id string) (Location, error)
	// LocationsByID returns those of the locations that exist, in the order of ids. It may lag by a second.
	LocationsByID(ctx context.Context, ids []string) ([]Location, error)
}

// Month is a hall's calendar for one month (UTC): who has it when.
type Month struct {
	HallID       string        `json:"hall"`
	Month        string        `json:"month"` // 2006-01
	Reservations []Reservation `json:"reservations"`
	Version      int64         `json:"v"`
}

// Reservation is a time in a hall for an event. It is made before the event is written; one without its event is void
// after a minute.
type Reservation struct {
	EventID string    `json:"event"`
	Version int64     `json:"v"` // of the event once it is written: from then on the event says itself where it is
	From    time.Time `json:"from"`
	Until   time.Time `json:"until"` // exclusive
	MadeAt  time.Time `json:"made"`
}

// Calendar keeps halls' months.
type Calendar interface {
	// HallMonth returns a month as of the last write that was answered; with Version 0 where nothing is stored.
	HallMonth(ctx context.Context, hallID, month string) (Month, error)
	// PutHallMonth writes m, whose Version is one more than what is stored. Otherwise fault.Stale.
	PutHallMonth(ctx context.Context, m Month) error
}

// The spaces of the index: things of different kinds, or for different readers, never meet in one.
const (
	SpaceEvents    = "events"    // published and ended events, for everyone, by start
	SpaceMine      = "mine"      // every event, by organisation, by start
	SpaceLocations = "locations" // locations, by name
)

// Entry is a thing in the index of a space: findable by each of its tokens, listed in the order of (Sort, ID).
type Entry struct {
	ID      string   `json:"id"`
	Sort    string   `json:"sort"` // UTF-8, compared bytewise
	Version int64    `json:"v"`    // of the thing that was indexed
	Tokens  []string `json:"tokens"`
}

// Position is a place in the order of (Sort, ID); the zero Position is before everything.
type Position struct {
	Sort string `json:"s"`
	ID   string `json:"i"`
}

// Hits is what an index search found.
type Hits struct {
	Entries []Entry  // in order; Tokens may be left out
	Next    Position // after the last entry that was examined, which need not be one that was found
	More    bool     // there may be entries after Next
}

// Index finds things by tokens. It holds no truth: a hit is a hint to be compared with the thing itself.
type Index interface {
	// PutEntry makes e the space's only entry with its ID, unless one with that version or a newer one was put before. An
	// entry without tokens is found no more, but its version is remembered.
	PutEntry(ctx context.Context, space string, e Entry) error
	// Search returns entries of the space that have all the tokens (at least one), in order, from just after a position,
	// and before the sort key `before` where that is not empty: at most limit of them, after examining a bounded number,
	// so that few or none may come back with More. Paging by Next neither repeats nor skips an entry that was there
	// throughout, whatever is put meanwhile.
	Search(ctx context.Context, space string, tokens []string, after Position, before string, limit int) (Hits, error)
	// Count returns how many entries of the space with the token sort at or after from, and stops counting at most.
	Count(ctx context.Context, space, token, from string, most int) (int, error)
}
