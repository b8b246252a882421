package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

const (
	eventSK    = "E"
	locationSK = "L"
)

func eventPK(id string) string    { return "E#" + id }
func locationPK(id string) string { return "L#" + id }

// The attributes of an event's availability, beside the event in its item: one read has both.
const (
	availableDoc  = "a"
	availableAsOf = "n" // nanoseconds since 1970
)

// PutEvent writes an event and leaves its availability; see catalog.Events.
func (s *Store) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	pk := eventPK(e.ID)
	it, err := newItem(s.catalog, pk, eventSK, integer(e.Version), e, out)
	if err == nil {
		err = s.putBeside(ctx, it, before(e.Version))
	}
	return about(err, pk, eventSK)
}

// putBeside is put that leaves attributes which the item does not have; but messages it removes.
func (s *Store) putBeside(ctx context.Context, it *item, prev types.AttributeValue) error {
	values := attributes{":d": it.attributes["d"], ":v": it.attributes["v"], ":w": it.attributes["w"]}
	update, condition := "SET d=:d,v=:v,w=:w", whereAbsent
	if o := it.attributes[outbox.Attribute]; o != nil {
		update += "," + outbox.Attribute + "=:o"
		values[":o"] = o
	} else {
		update += " REMOVE " + outbox.Attribute
	}
	if prev != nil {
		condition = whereVersion
		values[":prev"] = prev
	}
	in := &dynamodb.UpdateItemInput{
		TableName: &it.table, Key: key(it.pk, it.sk), UpdateExpression: &update, ConditionExpression: &condition,
		ExpressionAttributeValues:           values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	_, err := call(ctx, s, "write", func(ctx context.Context) (*dynamodb.UpdateItemOutput, error) { return s.api.UpdateItem(ctx, in) })
	return it.outcome(err)
}

func readEvent(found attributes) (catalog.Event, error) {
	e, err := decode[catalog.Event](found)
	if err != nil || found[availableDoc] == nil {
		return e, err
	}
	doc, err := str(found, availableDoc)
	if err == nil {
		e.Availability = &catalog.Availability{}
		if err = json.Unmarshal([]byte(doc), e.Availability); err != nil {
			err = bad(err)
		}
	}
	return e, err
}

// Event reads an event strongly; see catalog.Events.
func (s *Store) Event(ctx context.Context, id string) (catalog.Event, error) {
	pk := eventPK(id)
	found, err := s.load(ctx, s.catalog, pk, eventSK, true)
	if err == nil && found == nil {
		err = errNotFound
	}
	var e catalog.Event
	if err == nil {
		e, err = readEvent(found)
	}
	return e, about(err, pk, eventSK)
}

// EventsByID reads events; see catalog.Events. Half a read unit for each 4 KB of one.
func (s *Store) EventsByID(ctx context.Context, ids []string) ([]catalog.Event, error) {
	all, err := byID(ctx, s, ids, eventPK, eventSK, readEvent)
	if err != nil {
		return nil, fmt.Errorf("events: %w", err)
	}
	return all, nil
}

// byID reads what there is of items of the catalogue, in the order of ids.
func byID[T any](ctx context.Context, s *Store, ids []string, pk func(string) string, sk string, read func(attributes) (T, error)) ([]T, error) {
	pks := make([]string, len(ids))
	for i, id := range ids {
		pks[i] = pk(id)
	}
	found := make([]*T, len(ids))
	err := s.batch(ctx, s.catalog, pks, sk, false, func(at []int, it attributes) error {
		for _, i := range at { // read anew for each, so that they share nothing
			v, err := read(it)
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

// PutAvailability stores what is left of an event in the event's item; see catalog.Events.
func (s *Store) PutAvailability(ctx context.Context, eventID string, a catalog.Availability) error {
	pk := eventPK(eventID)
	doc, err := json.Marshal(a)
	if err != nil {
		return fault.Wrap(fault.Invalid, "the availability cannot be stored", err)
	}
	in := &dynamodb.UpdateItemInput{
		TableName: &s.catalog, Key: key(pk, eventSK),
		UpdateExpression:                    aws.String("SET a=:a,n=:n REMOVE " + outbox.Attribute),
		ConditionExpression:                 aws.String("attribute_exists(pk) AND (attribute_not_exists(n) OR n<:n)"),
		ExpressionAttributeValues:           attributes{":a": text(string(doc)), ":n": nanoseconds(a.AsOf)},
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	_, err = call(ctx, s, "write", func(ctx context.Context) (*dynamodb.UpdateItemOutput, error) { return s.api.UpdateItem(ctx, in) })
	if found, ok := refused(err); ok {
		if err = nil; len(found) == 0 {
			err = errNotFound
		}
	}
	return about(faultOf("write", s.catalog, err), pk, availableDoc)
}

// PutLocation writes a location; see catalog.Locations.
func (s *Store) PutLocation(ctx context.Context, l catalog.Location, out ...outbox.Message) error {
	return s.putDoc(ctx, s.catalog, locationPK(l.ID), locationSK, l.Version, l, out)
}

// Location reads a location strongly; see catalog.Locations.
func (s *Store) Location(ctx context.Context, id string) (catalog.Location, error) {
	return must[catalog.Location](ctx, s, s.catalog, locationPK(id), locationSK)
}

// LocationsByID reads locations; see catalog.Locations.
func (s *Store) LocationsByID(ctx context.Context, ids []string) ([]catalog.Location, error) {
	all, err := byID(ctx, s, ids, locationPK, locationSK, decode[catalog.Location])
	if err != nil {
		return nil, fmt.Errorf("locations: %w", err)
	}
	return all, nil
}

// HallMonth reads a hall's month strongly; see catalog.Calendar.
func (s *Store) HallMonth(ctx context.Context, hallID, month string) (catalog.Month, error) {
	m, found, err := get[catalog.Month](ctx, s, s.catalog, "H#"+hallID, month)
	if err == nil && !found {
		m = catalog.Month{HallID: hallID, Month: month}
	}
	return m, err
}

// PutHallMonth writes a hall's month; see catalog.Calendar.
func (s *Store) PutHallMonth(ctx context.Context, m catalog.Month) error {
	if m.Month == "" {
		return about(bad(errors.New("a month has no name")), "H#"+m.HallID, "")
	}
	return s.putDoc(ctx, s.catalog, "H#"+m.HallID, m.Month, m.Version, m, nil)
}
