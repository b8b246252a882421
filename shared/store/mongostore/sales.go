package mongostore

import (
	"context"
	"encoding/json"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
)

const (
	// cancelled is the status of a sale whose tickets go back; the booking package has it from the catalogue's messages.
	cancelled = "cancelled"
	// cancelling is the field of sales that are cancelled and not refunded; no other document has it.
	cancelling = "cancelling"
)

func saleID(event id.Raw) string { return event.With("S#") }

// PutSale writes the copy of an event; see booking.Sales.
func (s *Store) PutSale(ctx context.Context, sale booking.Sale, out ...outbox.Message) error {
	event, ok := id.Parse(id.Event, sale.EventID)
	if !ok {
		return fault.New(fault.Invalid, "", "a sale has no event")
	}
	name := saleID(event)
	it, err := s.newItem(name, sale.Rev, sale, out)
	if err == nil {
		if sale.Status == cancelled && !sale.Refunded {
			it.set = append(it.set, bson.E{Key: cancelling, Value: true})
		} else {
			it.unset = []string{cancelling}
		}
		err = s.booking.put(ctx, it)
	}
	return about(err, name)
}

// Sale reads the copy of an event; see booking.Sales.
func (s *Store) Sale(ctx context.Context, event id.Raw) (booking.Sale, error) {
	return must[booking.Sale](ctx, s, s.booking.items, saleID(event))
}

// OpenCancellations reads copies whose cancellation is not done; see booking.Sales.
func (s *Store) OpenCancellations(ctx context.Context, limit int) ([]booking.Sale, error) {
	return listed[booking.Sale](ctx, s, "open cancellations", s.booking.items, bson.D{{Key: cancelling, Value: true}}, limit, byName, nil)
}

// byName is the order of ids.
var byName = bson.D{{Key: "_id", Value: 1}}

// listed reads up to limit documents that a filter selects.
func listed[T any](ctx context.Context, s *Store, what string, c *mongo.Collection, filter bson.D, limit int, order bson.D, named func(id string, v *T) error) ([]T, error) {
	if limit <= 0 {
		return nil, ctx.Err()
	}
	found, err := s.many(ctx, c, filter, options.Find().SetSort(order).SetLimit(int64(limit)).SetProjection(storedFields))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	var all []T
	for _, doc := range found {
		name, v, err := decode[T](doc)
		if err == nil && named != nil {
			err = named(name, &v)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", what, name, err)
		}
		all = append(all, v)
	}
	return all, nil
}

func venueID(locationID string) string { return "V#" + locationID }

// PutVenue writes the copy of a location unless it is old; see booking.Sales.
func (s *Store) PutVenue(ctx context.Context, v booking.Venue) error {
	name := venueID(v.LocationID)
	doc, err := json.Marshal(v)
	if err != nil {
		return about(fault.Wrap(fault.Invalid, "the document cannot be stored", err), name)
	}
	return about(s.newer(ctx, s.booking.items, name, v.Version, bson.D{{Key: "d", Value: string(doc)}}), name)
}

// Venue reads the copy of a location; see booking.Sales.
func (s *Store) Venue(ctx context.Context, locationID string) (booking.Venue, error) {
	return must[booking.Venue](ctx, s, s.booking.items, venueID(locationID))
}
