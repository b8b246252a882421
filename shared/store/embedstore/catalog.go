package embedstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

// PutEvent writes an event; see catalog.Events. The availability is an item of its own beside it.
func (s *Store) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	return s.put(ctx, s.catalog, "E#"+e.ID, "E", e.Version, e, out)
}

// Event reads an event; see catalog.Events.
func (s *Store) Event(ctx context.Context, eventID string) (catalog.Event, error) {
	found, err := s.EventsByID(ctx, []string{eventID})
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("event %s: %w", eventID, errNotFound)
	}
	if err != nil {
		return catalog.Event{}, err
	}
	return found[0], nil
}

// EventsByID reads events; see catalog.Events. It never lags.
func (s *Store) EventsByID(ctx context.Context, ids []string) ([]catalog.Event, error) {
	type row struct {
		event, availability []byte
		version             int64
		known               *catalog.Event
	}
	rows := make([]row, len(ids))
	err := s.atOnce(ctx, len(ids), func(c *conn) error {
		for i, id := range ids {
			err := c.query("SELECT sk, version, doc FROM catalog_items WHERE pk = ?", func(st *stmt) bool {
				r := &rows[i]
				if st.raw(0)[0] == 'A' {
					r.availability = st.bytes(2)
				} else if r.version, r.known = st.int(1), s.events.get(id, st.int(1)); r.known == nil {
					r.event = st.bytes(2)
				}
				return true
			}, text("E#"+id))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	all := make([]catalog.Event, 0, len(ids))
	for i, r := range rows {
		if r.event == nil && r.known == nil {
			continue
		}
		e, err := s.events.decoded(ids[i], r.version, r.known, r.event)
		if err == nil && r.availability != nil {
			var a catalog.Availability
			a, err = decode[catalog.Availability](r.availability)
			e.Availability = &a
		}
		if err != nil {
			return nil, fmt.Errorf("event %s: %w", ids[i], err)
		}
		all = append(all, e)
	}
	return all, nil
}

// PutAvailability stores what is left of an event; see catalog.Events. The item's version is AsOf.
func (s *Store) PutAvailability(ctx context.Context, eventID string, a catalog.Availability) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return fault.Wrap(fault.Invalid, "the availability cannot be stored", err)
	}
	pk := "E#" + eventID
	err = s.apply(ctx, func(t *tx) error {
		there, err := t.c.number("SELECT 1 FROM catalog_items WHERE pk = ? AND sk = 'E'", text(pk))
		if err == nil && there == 0 {
			err = errNotFound
		}
		if err != nil {
			return err
		}
		return t.run("INSERT INTO catalog_items (pk, sk, version, doc) VALUES (?, 'A', ?, ?) ON CONFLICT (pk, sk) DO UPDATE "+
			"SET version = excluded.version, doc = excluded.doc WHERE excluded.version > version",
			text(pk), integer(a.AsOf.UnixNano()), textBytes(doc))
	})
	if err != nil {
		return fmt.Errorf("availability of event %s: %w", eventID, err)
	}
	return nil
}

// PutLocation writes a location; see catalog.Locations.
func (s *Store) PutLocation(ctx context.Context, l catalog.Location, out ...outbox.Message) error {
	return s.put(ctx, s.catalog, "L#"+l.ID, "L", l.Version, l, out)
}

// Location reads a location; see catalog.Locations.
func (s *Store) Location(ctx context.Context, locationID string) (catalog.Location, error) {
	return get[catalog.Location](ctx, s, s.catalog, "L#"+locationID, "L")
}

// LocationsByID reads locations; see catalog.Locations. It never lags.
func (s *Store) LocationsByID(ctx context.Context, ids []string) ([]catalog.Location, error) {
	docs := make([][]byte, len(ids))
	err := s.atOnce(ctx, len(ids), func(c *conn) (err error) {
		for i, id := range ids {
			if docs[i], err = c.load(s.catalog, "L#"+id, "L"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("locations: %w", err)
	}
	all := make([]catalog.Location, 0, len(ids))
	for i, doc := range docs {
		if doc == nil {
			continue
		}
		l, err := decode[catalog.Location](doc)
		if err != nil {
			return nil, fmt.Errorf("location %s: %w", ids[i], err)
		}
		all = append(all, l)
	}
	return all, nil
}

// HallMonth reads a hall's month; see catalog.Calendar.
func (s *Store) HallMonth(ctx context.Context, hallID, month string) (catalog.Month, error) {
	m, found, err := load[catalog.Month](ctx, s, s.catalog, "H#"+hallID, month)
	if err == nil && !found {
		m = catalog.Month{HallID: hallID, Month: month}
	}
	return m, err
}

// PutHallMonth writes a hall's month; see catalog.Calendar.
func (s *Store) PutHallMonth(ctx context.Context, m catalog.Month) error {
	return s.put(ctx, s.catalog, "H#"+m.HallID, m.Month, m.Version, m, nil)
}
