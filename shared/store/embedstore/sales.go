package embedstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
)

// cancelled is the status of a sale whose tickets go back; the booking package has it from the catalogue's messages.
const cancelled = "cancelled"

// PutSale writes the copy of an event; see booking.Sales.
func (s *Store) PutSale(ctx context.Context, sale booking.Sale, out ...outbox.Message) error {
	event, ok := id.Parse(id.Event, sale.EventID)
	if !ok {
		return fault.New(fault.Invalid, "", "a sale has no event")
	}
	pk := event.With("E#")
	it, err := s.newItem(pk, "E", sale.Rev, sale, out)
	if err == nil {
		err = s.apply(ctx, func(t *tx) error {
			if err := t.put(s.booking, &it); err != nil {
				return err
			}
			if sale.Status == cancelled && !sale.Refunded {
				return t.run("INSERT INTO booking_open (event) VALUES (?) ON CONFLICT DO NOTHING", text(pk))
			}
			return t.run("DELETE FROM booking_open WHERE event = ?", text(pk))
		})
	}
	if err != nil {
		return fmt.Errorf("sale %s: %w", sale.EventID, err)
	}
	return nil
}

// Sale reads the copy of an event; see booking.Sales.
func (s *Store) Sale(ctx context.Context, event id.Raw) (booking.Sale, error) {
	return get[booking.Sale](ctx, s, s.booking, event.With("E#"), "E")
}

// OpenCancellations reads copies whose cancellation is not done; see booking.Sales.
func (s *Store) OpenCancellations(ctx context.Context, limit int) ([]booking.Sale, error) {
	var docs [][]byte
	err := s.read(ctx, func(c *conn) error {
		return c.query("SELECT doc FROM booking_open JOIN booking_items ON pk = event AND sk = 'E' LIMIT ?", func(st *stmt) bool {
			docs = append(docs, st.bytes(0))
			return true
		}, integer(int64(limit)))
	})
	if err != nil {
		return nil, fmt.Errorf("open cancellations: %w", err)
	}
	var all []booking.Sale
	for _, doc := range docs {
		sale, err := decode[booking.Sale](doc)
		if err != nil {
			return nil, fmt.Errorf("open cancellations: %w", err)
		}
		all = append(all, sale)
	}
	return all, nil
}

// PutVenue writes the copy of a location unless it is old; see booking.Sales.
func (s *Store) PutVenue(ctx context.Context, v booking.Venue) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return fault.Wrap(fault.Invalid, "the venue cannot be stored", err)
	}
	err = s.apply(ctx, func(t *tx) error {
		return t.run("INSERT INTO booking_items (pk, sk, version, doc) VALUES (?, 'V', ?, ?) ON CONFLICT (pk, sk) DO UPDATE "+
			"SET version = excluded.version, doc = excluded.doc WHERE excluded.version > version",
			text("V#"+v.LocationID), integer(v.Version), textBytes(doc))
	})
	if err != nil {
		return fmt.Errorf("venue %s: %w", v.LocationID, err)
	}
	return nil
}

// Venue reads the copy of a location; see booking.Sales.
func (s *Store) Venue(ctx context.Context, locationID string) (booking.Venue, error) {
	return get[booking.Venue](ctx, s, s.booking, "V#"+locationID, "V")
}
