package payment

import (
	"context"
	"time"
)

// Ledger keeps the books of a provider that runs inside the platform, so that all processes see the same one. An engine
// offers it; a provider of the real world has books of its own. Implementations are safe for concurrent use.
type Ledger interface {
	// PutEntry writes e, whose Version is one more than what is stored (1: nothing may be stored). Otherwise fault.Stale.
	PutEntry(ctx context.Context, e Entry) error
	// Entry returns an authorisation's entry as of the last write that was answered. Unknown: fault.NotFound.
	Entry(ctx context.Context, authorisation string) (Entry, error)
	// OpenEntries returns up to limit entries in state Authorised made before a time, in any order.
	OpenEntries(ctx context.Context, before time.Time, limit int) ([]Entry, error)
}

// Entry is an authorisation with what its provider must remember of it.
type Entry struct {
	Authorisation
	Token   string          // what the payer asked for
	Lost    map[string]bool // calls whose reply was lost on purpose
	Refunds map[string]bool // keys
	Version int64
}
