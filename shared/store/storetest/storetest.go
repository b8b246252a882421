// Package storetest is the suite that every store engine passes: each promise in the comments of the ports (catalog.Store,
// booking.Store with inventory.Store, outbox.Source, queue.DeadLetters, payment.Ledger) is at least one case here, named as a fact. An
// engine supplies a constructor and says how fast and how consistent it is; it supplies no case and leaves none out. A
// fault found in one engine becomes a case for all. The suite knows no engine, and no wall clock but to wait for reads
// that are allowed to lag: every time that it writes or claims by is explicit.
package storetest

import (
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/queue"
)

// Harness is what an engine's test supplies.
type Harness struct {
	// Open returns an empty store and arranges with t.Cleanup for its end. It is called by several cases at a time, once
	// for each, and once for all of those that need no more than a block of their own. Required.
	Open func(t *testing.T) Stores
	// Scale divides the repetitions of the long cases, for engines that answer over a network; 0 and 1 leave them whole.
	// Races keep their 64 callers.
	Scale int
	// Lag is how long those reads may lag that the ports allow to: EventsByID, LocationsByID, the index, Mark, and blocks
	// that are not read strongly. 0: not at all, so they are read once.
	Lag time.Duration
	// StreamOutbox says that the engine's outbox is a stream which it does not poll: its sources may be nil, and the cases
	// that claim from them do not run. What they promise is then the engine's own to test.
	StreamOutbox bool
}

// Stores is one empty store, seen through its ports.
type Stores struct {
	Catalog       catalog.Store
	Booking       booking.Store
	CatalogOutbox outbox.Source
	BookingOutbox outbox.Source
	DeadLetters   queue.DeadLetters // nil where the engine keeps none
	Ledger        payment.Ledger    // nil where the engine keeps none
}

// need is what a case asks of an engine beyond the stores.
type need uint8

const (
	nothing need = iota
	block        // a block that nobody else uses, in any store
	polling      // outbox sources that can be claimed from
	letters      // dead letters
	books        // a ledger
)

// fact is one case: what is true of every engine, and the test of it.
type fact struct {
	name  string
	needs need
	test  func(e *env)
}

// facts returns every case, in the order in which they are best read.
func facts() []fact {
	var all []fact
	for _, part := range [][]fact{
		blockFacts(), blockReadFacts(), blockRaceFacts(), snapshotFacts(),
		bookingFacts(), eventBookingFacts(), saleFacts(), personFacts(), sagaFacts(),
		eventFacts(), locationFacts(), calendarFacts(), indexFacts(), indexOrderFacts(), indexPageFacts(),
		outboxFacts(), claimFacts(), timerFacts(), deadLetterFacts(), cancelledFacts(), ledgerFacts(),
	} {
		all = append(all, part...)
	}
	return all
}

// Run runs every case that applies against stores from h.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.Open == nil {
		t.Fatal("storetest: Harness.Open is nil")
	}
	shared := h.Open(t)
	for _, f := range facts() {
		if f.needs == polling && h.StreamOutbox {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			s := shared
			if f.needs != block {
				s = h.Open(t)
			}
			if f.needs == letters && s.DeadLetters == nil {
				t.Skip("the engine keeps no dead letters")
			}
			if f.needs == books && s.Ledger == nil {
				t.Skip("the engine keeps no ledger")
			}
			if s.Catalog == nil || s.Booking == nil || !h.StreamOutbox && (s.CatalogOutbox == nil || s.BookingOutbox == nil) {
				t.Fatal("storetest: Harness.Open left out a store")
			}
			f.test(newEnv(t, h, s))
		})
	}
}
