package dynamostore

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
)

const (
	// cancelled is the status of a sale whose tickets go back; the booking package has it from the catalogue's messages.
	cancelled = "cancelled"

	saleSK  = "S"
	venueSK = "V"
	// cancelling is the partition of the markers of sales that may be cancelled and not refunded.
	cancelling = "CANCELLING"
)

// PutSale writes the copy of an event; see booking.Sales. The marker of an open cancellation stands before the sale says
// so, and goes after it says that all is refunded; in between there may be one that leads to nothing.
func (s *Store) PutSale(ctx context.Context, sale booking.Sale, out ...outbox.Message) error {
	event, ok := id.Parse(id.Event, sale.EventID)
	if !ok {
		return fault.New(fault.Invalid, "", "a sale has no event")
	}
	pk := event.With("E#")
	if sale.Status == cancelled && !sale.Refunded {
		if err := s.putMarker(ctx, cancelling, pk); err != nil {
			return about(err, cancelling, pk)
		}
	}
	if err := s.putDoc(ctx, s.booking, pk, saleSK, sale.Rev, sale, out); err != nil {
		return err
	}
	if sale.Status == cancelled && sale.Refunded && sale.Rev > 1 {
		// The write is done, and a marker that stays is removed by who finds it.
		_ = s.remove(ctx, s.booking, cancelling, pk, "", nil)
	}
	return nil
}

// putMarker makes an item that has nothing but its key.
func (s *Store) putMarker(ctx context.Context, pk, sk string) error {
	_, err := call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) {
		return s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.booking, Item: key(pk, sk)})
	})
	return faultOf("write", s.booking, err)
}

// Sale reads the copy of an event strongly; see booking.Sales.
func (s *Store) Sale(ctx context.Context, event id.Raw) (booking.Sale, error) {
	return must[booking.Sale](ctx, s, s.booking, event.With("E#"), saleSK)
}

// OpenCancellations reads copies whose cancellation is not done; see booking.Sales.
func (s *Store) OpenCancellations(ctx context.Context, limit int) ([]booking.Sale, error) {
	var all []booking.Sale
	for from := " "; len(all) < limit; {
		markers, more, err := s.query(ctx, span{table: s.booking, pk: cancelling, from: from, to: last, strong: true}, batchKeys)
		if err != nil {
			return nil, fmt.Errorf("open cancellations: %w", err)
		}
		pks := make([]string, len(markers))
		for i, m := range markers {
			if pks[i], err = str(m, "sk"); err != nil {
				return nil, fmt.Errorf("open cancellations: %w", err)
			}
			from = pks[i] + " "
		}
		var done []string
		err = s.batch(ctx, s.booking, pks, saleSK, true, func(at []int, found attributes) error {
			sale, err := decode[booking.Sale](found)
			switch {
			case err != nil:
				return err
			case sale.Status != cancelled: // not yet, or the write of it was refused
			case sale.Refunded: // for good
				done = append(done, pks[at[0]])
			case len(all) < limit:
				all = append(all, sale)
			}
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("open cancellations: %w", err)
		}
		for _, pk := range done {
			if err := s.remove(ctx, s.booking, cancelling, pk, "", nil); err != nil {
				return nil, fmt.Errorf("open cancellations: %w", err)
			}
		}
		if !more {
			break
		}
	}
	return all, nil
}

func venuePK(locationID string) string { return "V#" + locationID }

// PutVenue writes the copy of a location unless it is old; see booking.Sales.
func (s *Store) PutVenue(ctx context.Context, v booking.Venue) error {
	pk := venuePK(v.LocationID)
	it, err := newItem(s.booking, pk, venueSK, integer(v.Version), v, nil)
	if err != nil {
		return about(err, pk, venueSK)
	}
	in := &dynamodb.PutItemInput{
		TableName: &s.booking, Item: it.attributes, ConditionExpression: aws.String(whereAbsent + " OR v < :v"),
		ExpressionAttributeValues: attributes{":v": it.attributes["v"]},
	}
	_, err = call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) { return s.api.PutItem(ctx, in) })
	if _, newer := refused(err); newer {
		return nil
	}
	return about(faultOf("write", s.booking, err), pk, venueSK)
}

// Venue reads the copy of a location strongly; see booking.Sales.
func (s *Store) Venue(ctx context.Context, locationID string) (booking.Venue, error) {
	return must[booking.Venue](ctx, s, s.booking, venuePK(locationID), venueSK)
}
