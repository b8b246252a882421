package booking

import (
	"context"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

// The ports below are what the Booking Service needs of a store beside inventory.Store; one engine implements all.
// Implementations are safe for concurrent use, by several processes too. A write is durable when it returns; reads see
// every write that was answered before them, except where it says otherwise. Every method may answer fault.Unavailable,
// after which repeating is safe.

// Store is the ports together.
type Store interface {
	inventory.Store
	Sales
	Bookings
	EventBookings
	PurchaseLists
	Users
}

// Sales keeps the copies of events and locations.
type Sales interface {
	// PutSale writes s, whose Rev is one more than what is stored (1: nothing may be stored), and queues out, both or
	// neither. Otherwise fault.Stale.
	PutSale(ctx context.Context, s Sale, out ...outbox.Message) error
	// Sale returns the copy of an event. Unknown: fault.NotFound.
	Sale(ctx context.Context, event id.Raw) (Sale, error)
	// OpenCancellations returns up to limit copies of cancelled events whose Refunded is not set, in any order.
	OpenCancellations(ctx context.Context, limit int) ([]Sale, error)
	// PutVenue stores v unless one of that version or a newer one is there.
	PutVenue(ctx context.Context, v Venue) error
	// Venue returns the copy of a location. Unknown: fault.NotFound.
	Venue(ctx context.Context, locationID string) (Venue, error)
}

// Bookings keeps booking records, by user and hold.
type Bookings interface {
	// PutBooking writes b, whose Version is one more than what is stored (1: nothing may be stored), and queues out, both
	// or neither. Otherwise fault.Stale.
	PutBooking(ctx context.Context, b Booking, out ...outbox.Message) error
	// Booking returns a record. Unknown: fault.NotFound.
	Booking(ctx context.Context, r Ref) (Booking, error)
	// UserBookings returns up to limit records of a user with a hold id above after, in the order of hold ids.
	UserBookings(ctx context.Context, user id.Raw, after inventory.HoldID, limit int) ([]Booking, error)
	// PutMark stores m unless one with its (User, Key) is there; it returns the one that is there now.
	PutMark(ctx context.Context, m Mark) (Mark, error)
	// Mark returns the mark of a user's key. Unknown: fault.NotFound. It may lag by a second.
	Mark(ctx context.Context, user id.Raw, key string) (Mark, error)
}

// EventBookings is the index from an event to its bookings, spread over 256 parts by the first byte of the hold id. It is
// written after a booking's places are confirmed and before the booking says so.
type EventBookings interface {
	// IndexBooking names a booking under an event. Repeating it changes nothing.
	IndexBooking(ctx context.Context, event id.Raw, r Ref) error
	// EventBookings returns up to limit references of an event with a hold id above after and in the part's first byte,
	// in the order of hold ids.
	EventBookings(ctx context.Context, event id.Raw, part byte, after inventory.HoldID, limit int) ([]Ref, error)
}

// PurchaseLists keeps what each user has of each event.
type PurchaseLists interface {
	// Purchases returns the list; one of Version 0 where nothing is stored.
	Purchases(ctx context.Context, user, event id.Raw) (Purchases, error)
	// PutPurchases writes p, whose Version is one more than what is stored. Otherwise fault.Stale.
	PutPurchases(ctx context.Context, p Purchases) error
}

// Users keeps accounts as the Booking Service knows them.
type Users interface {
	// PutUser writes u, whose Version is one more than what is stored (1: nothing may be stored). Otherwise fault.Stale.
	PutUser(ctx context.Context, u User) error
	// User returns an account. Unknown: fault.NotFound.
	User(ctx context.Context, id string) (User, error)
}
