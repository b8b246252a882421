package mongostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

func eventID(id string) string            { return "E#" + id }
func locationID(id string) string         { return "L#" + id }
func monthID(hallID, month string) string { return "H#" + hallID + "#" + month }

// The fields of an event's availability, beside the event in its document: one read has both.
const (
	availableDoc  = "a"
	availableAsOf = "n"
)

// PutEvent writes an event and leaves its availability; see catalog.Events.
func (s *Store) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	return s.catalog.putDoc(ctx, eventID(e.ID), e.Version, e, out)
}

var eventFields = bson.D{{Key: "d", Value: 1}, {Key: availableDoc, Value: 1}}

func readEvent(found bson.Raw) (catalog.Event, error) {
	_, e, err := decode[catalog.Event](found)
	if err != nil {
		return e, err
	}
	doc := found.Lookup(availableDoc)
	if doc.IsZero() {
		return e, nil
	}
	text, ok := doc.StringValueOK()
	if !ok {
		return e, bad(errors.New("its availability is no text"))
	}
	e.Availability = &catalog.Availability{}
	if err := json.Unmarshal([]byte(text), e.Availability); err != nil {
		return e, bad(err)
	}
	return e, nil
}

// Event reads an event; see catalog.Events.
func (s *Store) Event(ctx context.Context, id string) (catalog.Event, error) {
	name := eventID(id)
	found, err := s.one(ctx, s.catalog.items, name, eventFields)
	if err == nil && found == nil {
		err = errNotFound
	}
	var e catalog.Event
	if err == nil {
		e, err = readEvent(found)
	}
	return e, about(err, name)
}

// EventsByID reads events; see catalog.Events. It never lags.
func (s *Store) EventsByID(ctx context.Context, ids []string) ([]catalog.Event, error) {
	all, err := byID(ctx, s, ids, eventID, eventFields, readEvent)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return all, nil
}

// byID reads what there is of documents of the catalogue, in the order of ids.
func byID[T any](ctx context.Context, s *Store, ids []string, name func(string) string, fields bson.D, read func(bson.Raw) (T, error)) ([]T, error) {
	names := make([]string, len(ids))
	for i, id := range ids {
		names[i] = name(id)
	}
	found := make([]*T, len(ids))
	err := s.batch(ctx, s.catalog.items, names, fields, func(at []int, doc bson.Raw) error {
		for _, i := range at { // read anew for each, so that they share nothing
			v, err := read(doc)
			if err != nil {
				return err
			}
			found[i] = &v
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]T, 0, len(ids))
	for _, v := range found {
		if v != nil {
			all = append(all, *v)
		}
	}
	return all, nil
}

// PutAvailability stores what is left of an event in the event's document; see catalog.Events.
func (s *Store) PutAvailability(ctx context.Context, id string, a catalog.Availability) error {
	name := eventID(id)
	doc, err := json.Marshal(a)
	if err != nil {
		return fault.Wrap(fault.Invalid, "the availability cannot be stored", err)
	}
	// An event that has none has none that is as new.
	older := bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: moment(a.AsOf)}}}}
	res, err := call(ctx, s, "write", func(ctx context.Context) (*mongo.UpdateResult, error) {
		return s.catalog.items.UpdateOne(ctx, bson.D{{Key: "_id", Value: name}, {Key: availableAsOf, Value: older}},
			bson.D{{Key: "$set", Value: bson.D{{Key: availableDoc, Value: string(doc)}, {Key: availableAsOf, Value: moment(a.AsOf)}}}})
	})
	if err != nil || res.MatchedCount == 1 {
		return about(faultOf("write", err), name)
	}
	found, err := s.one(ctx, s.catalog.items, name, bson.D{{Key: availableAsOf, Value: 1}})
	if err == nil && found == nil {
		err = errNotFound
	}
	return about(err, name)
}

// PutLocation writes a location; see catalog.Locations.
func (s *Store) PutLocation(ctx context.Context, l catalog.Location, out ...outbox.Message) error {
	return s.catalog.putDoc(ctx, locationID(l.ID), l.Version, l, out)
}

// Location reads a location; see catalog.Locations.
func (s *Store) Location(ctx context.Context, id string) (catalog.Location, error) {
	return must[catalog.Location](ctx, s, s.catalog.items, locationID(id))
}

// LocationsByID reads locations; see catalog.Locations. It never lags.
func (s *Store) LocationsByID(ctx context.Context, ids []string) ([]catalog.Location, error) {
	all, err := byID(ctx, s, ids, locationID, storedFields, func(found bson.Raw) (catalog.Location, error) {
		_, l, err := decode[catalog.Location](found)
		return l, err
	})
	if err != nil {
		return nil, fmt.Errorf("locations: %w", err)
	}
	return all, nil
}

// HallMonth reads a hall's month; see catalog.Calendar.
func (s *Store) HallMonth(ctx context.Context, hallID, month string) (catalog.Month, error) {
	m, found, err := get[catalog.Month](ctx, s, s.catalog.items, monthID(hallID, month))
	if err == nil && !found {
		m = catalog.Month{HallID: hallID, Month: month}
	}
	return m, err
}

// PutHallMonth writes a hall's month; see catalog.Calendar.
func (s *Store) PutHallMonth(ctx context.Context, m catalog.Month) error {
	return s.catalog.putDoc(ctx, monthID(m.HallID, m.Month), m.Version, m, nil)
}
