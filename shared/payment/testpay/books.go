package testpay

import (
	"context"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/payment"
)

// Books are a payment.Ledger in memory, for the life of a process: about 400 bytes an authorisation.
type Books struct {
	mu sync.Mutex
	by map[string]payment.Entry // by id; what is in one is never changed, only replaced
}

// NewBooks returns Books.
func NewBooks() *Books { return &Books{by: map[string]payment.Entry{}} }

// PutEntry implements payment.Ledger.
func (b *Books) PutEntry(_ context.Context, e payment.Entry) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.by[e.ID].Version != e.Version-1 {
		return fault.New(fault.Stale, "", "the authorisation was changed meanwhile")
	}
	b.by[e.ID] = e
	return nil
}

// Entry implements payment.Ledger.
func (b *Books) Entry(_ context.Context, authorisation string) (payment.Entry, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e, ok := b.by[authorisation]
	if !ok {
		return e, payment.ErrUnknown
	}
	return e, nil
}

// OpenEntries implements payment.Ledger.
func (b *Books) OpenEntries(_ context.Context, before time.Time, limit int) ([]payment.Entry, error) {
	return b.list(limit, func(e payment.Entry) bool { return e.State == payment.Authorised && e.At.Before(before) }), nil
}

// Entries returns everything in the books, for those who add up.
func (b *Books) Entries() []payment.Entry {
	return b.list(int(^uint(0)>>1), func(payment.Entry) bool { return true })
}

func (b *Books) list(limit int, wanted func(payment.Entry) bool) []payment.Entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []payment.Entry
	for _, e := range b.by {
		if len(out) == limit {
			break
		}
		if wanted(e) {
			out = append(out, e)
		}
	}
	return out
}
