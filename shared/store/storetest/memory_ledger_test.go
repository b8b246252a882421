package storetest_test

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/payment"
)

// memoryLedger is the memory as a payment.Ledger.
type memoryLedger struct{ *memory }

func (l *memoryLedger) PutEntry(ctx context.Context, n payment.Entry) error {
	unlock, err := l.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if l.has("ledger-loses-its-refunds") {
		n.Refunds = nil
	}
	return l.put(l.bookingBox, "Y#"+n.ID, n.Version, n, nil)
}

func (l *memoryLedger) Entry(ctx context.Context, authorisation string) (payment.Entry, error) {
	n, found, err := get[payment.Entry](ctx, l.memory, "Y#"+authorisation)
	return must(l.memory, n, found, err, "entry")
}

func (l *memoryLedger) OpenEntries(ctx context.Context, before time.Time, limit int) ([]payment.Entry, error) {
	unlock, err := l.lock(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var all []payment.Entry
	for key, it := range l.items {
		if !strings.HasPrefix(key, "Y#") || len(all) >= limit && !l.has("limit-is-ignored") {
			continue
		}
		var n payment.Entry
		if err := json.Unmarshal(it.doc, &n); err != nil {
			return nil, err
		}
		switch {
		case n.State != payment.Authorised && !(l.has("captured-entries-stay-open") && n.State == payment.Captured):
		case !n.At.Before(before) && !(l.has("open-entries-are-those-up-to-a-time") && n.At.Equal(before)):
		case l.has("open-entries-are-those-of-the-last-hour") && n.At.Before(before.Add(-time.Hour)):
		case l.has("open-entries-are-lost-beside-others") && len(all) > 20:
		default:
			all = append(all, n)
		}
	}
	return all, nil
}
