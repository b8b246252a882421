package mongostore

import (
	"context"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/payment"
)

// openSince is the field of authorisations that are open: when they were made. No other document has it.
const openSince = "open"

func ledgerID(authorisation string) string { return "Y#" + authorisation }

// Ledger returns the books of a payment provider that runs inside the platform, among the Booking Service's documents.
func (s *Store) Ledger() payment.Ledger { return ledger{s} }

// ledger is the Store as a payment.Ledger: catalog.Index has a method of the same name.
type ledger struct{ s *Store }

// PutEntry writes an authorisation's entry; see payment.Ledger.
func (l ledger) PutEntry(ctx context.Context, e payment.Entry) error {
	if e.ID == "" {
		return fault.New(fault.Invalid, "", "an entry has no id")
	}
	name := ledgerID(e.ID)
	it, err := l.s.newItem(name, e.Version, e, nil)
	if err == nil {
		if e.State == payment.Authorised {
			it.set = append(it.set, bson.E{Key: openSince, Value: moment(e.At)})
		} else {
			it.unset = []string{openSince}
		}
		err = l.s.booking.put(ctx, it)
	}
	return about(err, name)
}

// Entry reads an authorisation's entry; see payment.Ledger.
func (l ledger) Entry(ctx context.Context, authorisation string) (payment.Entry, error) {
	name := ledgerID(authorisation)
	e, found, err := get[payment.Entry](ctx, l.s, l.s.booking.items, name)
	if err == nil && !found {
		err = about(payment.ErrUnknown, name)
	}
	return e, err
}

// OpenEntries reads entries that are open; see payment.Ledger.
func (l ledger) OpenEntries(ctx context.Context, before time.Time, limit int) ([]payment.Entry, error) {
	return listed[payment.Entry](ctx, l.s, "open entries", l.s.booking.items,
		bson.D{{Key: openSince, Value: bson.D{{Key: "$lt", Value: moment(before)}}}}, limit, bson.D{{Key: openSince, Value: 1}}, nil)
}
