package dynamostore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

func userPK(user id.Raw) string                { return user.With("U#") }
func holdSK(h inventory.HoldID) string         { return "K#" + h.String() }
func markSK(key string) string                 { return "I#" + key }
func bookingKey(r booking.Ref) (pk, sk string) { return userPK(r.User), holdSK(r.Hold) }

// PutBooking writes a record; see booking.Bookings.
func (s *Store) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	pk, sk := bookingKey(booking.Ref{User: b.User, Hold: b.Hold})
	return s.putDoc(ctx, s.booking, pk, sk, b.Version, b, out)
}

// Booking reads a record strongly; see booking.Bookings.
func (s *Store) Booking(ctx context.Context, r booking.Ref) (booking.Booking, error) {
	pk, sk := bookingKey(r)
	b, err := must[booking.Booking](ctx, s, s.booking, pk, sk)
	if err != nil {
		return booking.Booking{}, err
	}
	b.User, b.Hold = r.User, r.Hold
	return b, nil
}

// UserBookings reads a page of a user's records strongly; see booking.Bookings.
func (s *Store) UserBookings(ctx context.Context, user id.Raw, after inventory.HoldID, limit int) ([]booking.Booking, error) {
	pk := userPK(user)
	if after == maxHold {
		return nil, nil
	}
	found, _, err := s.query(ctx, span{table: s.booking, pk: pk, from: holdSK(after + 1), to: holdSK(maxHold), strong: true}, limit)
	if err != nil {
		return nil, fmt.Errorf("bookings of %s: %w", pk, err)
	}
	var all []booking.Booking
	for _, it := range found {
		h, err := holdOf(it)
		if err != nil {
			return nil, fmt.Errorf("bookings of %s: %w", pk, err)
		}
		b, err := decode[booking.Booking](it)
		if err != nil {
			return nil, about(err, pk, holdSK(h))
		}
		b.User, b.Hold = user, h
		all = append(all, b)
	}
	return all, nil
}

const maxHold = ^inventory.HoldID(0)

// holdOf reads the hold id from an item's key.
func holdOf(found attributes) (inventory.HoldID, error) {
	sk, err := str(found, "sk")
	if err != nil {
		return 0, err
	}
	h, err := strconv.ParseUint(strings.TrimPrefix(sk, "K#"), 16, 64)
	if err != nil {
		return 0, bad(err)
	}
	return inventory.HoldID(h), nil
}

// sweepLate is how long after its time an item may be swept away: clocks differ.
const sweepLate = time.Hour

// PutMark stores a mark unless one is there; see booking.Bookings.
func (s *Store) PutMark(ctx context.Context, m booking.Mark) (booking.Mark, error) {
	pk, sk := userPK(m.User), markSK(m.Key)
	it, err := newItem(s.booking, pk, sk, integer(1), m, nil)
	if err != nil {
		return booking.Mark{}, about(err, pk, sk)
	}
	if !m.Until.IsZero() {
		it.attributes[Expiry] = integer(m.Until.Add(sweepLate).Unix())
	}
	in := &dynamodb.PutItemInput{
		TableName: &s.booking, Item: it.attributes, ConditionExpression: aws.String(whereAbsent),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	_, err = call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) { return s.api.PutItem(ctx, in) })
	found := it.attributes
	if there, ok := refused(err); ok {
		found, err = there, nil
	}
	if err != nil {
		return booking.Mark{}, about(faultOf("write", s.booking, err), pk, sk)
	}
	return readMark(m.User, m.Key, found)
}

func readMark(user id.Raw, key string, found attributes) (booking.Mark, error) {
	m, err := decode[booking.Mark](found)
	if err != nil {
		return booking.Mark{}, about(err, userPK(user), "I#")
	}
	m.User, m.Key = user, key
	return m, nil
}

// Mark reads a mark; see booking.Bookings. Half a read unit.
func (s *Store) Mark(ctx context.Context, user id.Raw, key string) (booking.Mark, error) {
	pk, sk := userPK(user), markSK(key)
	found, err := s.load(ctx, s.booking, pk, sk, false)
	if err == nil && found == nil {
		err = errNotFound
	}
	if err != nil {
		return booking.Mark{}, about(err, pk, "I#")
	}
	return readMark(user, key, found)
}

// partPK is the partition of a part of an event's bookings.
func partPK(event id.Raw, part byte) string { return fmt.Sprintf("%s#%02x", event.With("E#"), part) }

// IndexBooking names a booking under its event; see booking.EventBookings.
func (s *Store) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	pk, sk := partPK(event, byte(r.Hold>>56)), holdSK(r.Hold)
	it := key(pk, sk)
	it["u"] = text(r.User.With(""))
	_, err := call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) {
		return s.api.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.booking, Item: it})
	})
	return about(faultOf("write", s.booking, err), pk, sk)
}

// EventBookings reads a page of a part of an event's bookings strongly; see booking.EventBookings.
func (s *Store) EventBookings(ctx context.Context, event id.Raw, part byte, after inventory.HoldID, limit int) ([]booking.Ref, error) {
	first := inventory.HoldID(part) << 56
	end := first | (1<<56 - 1)
	if after >= end {
		return nil, nil
	}
	if after >= first {
		first = after + 1
	}
	pk := partPK(event, part)
	found, _, err := s.query(ctx, span{table: s.booking, pk: pk, from: holdSK(first), to: holdSK(end), strong: true}, limit)
	if err != nil {
		return nil, fmt.Errorf("index %s: %w", pk, err)
	}
	var refs []booking.Ref
	for _, it := range found {
		h, err := holdOf(it)
		var name string
		if err == nil {
			name, err = str(it, "u")
		}
		if err != nil {
			return nil, fmt.Errorf("index %s: %w", pk, err)
		}
		user, ok := id.Parse("", name)
		if !ok {
			return nil, fmt.Errorf("index %s: %w", pk, bad(fmt.Errorf("%q is no user", name)))
		}
		refs = append(refs, booking.Ref{User: user, Hold: h})
	}
	return refs, nil
}

func purchasesKey(user, event id.Raw) (pk, sk string) { return userPK(user), event.With("P#") }

// Purchases reads what a user has of an event strongly; see booking.PurchaseLists.
func (s *Store) Purchases(ctx context.Context, user, event id.Raw) (booking.Purchases, error) {
	pk, sk := purchasesKey(user, event)
	p, _, err := get[booking.Purchases](ctx, s, s.booking, pk, sk)
	if err != nil {
		return booking.Purchases{}, err
	}
	p.User, p.Event = user, event
	return p, nil
}

// PutPurchases writes what a user has of an event; see booking.PurchaseLists.
func (s *Store) PutPurchases(ctx context.Context, p booking.Purchases) error {
	pk, sk := purchasesKey(p.User, p.Event)
	return s.putDoc(ctx, s.booking, pk, sk, p.Version, p, nil)
}

const accountSK = "A"

// accountPK is the partition of a user's bookings. An id of another form has one that no user's bookings have.
func accountPK(userID string) string {
	if raw, ok := id.Parse(id.User, userID); ok {
		return userPK(raw)
	}
	return "U#_" + userID
}

// PutUser writes an account; see booking.Users.
func (s *Store) PutUser(ctx context.Context, u booking.User) error {
	if u.ID == "" {
		return fault.New(fault.Invalid, "", "an account has no id")
	}
	return s.putDoc(ctx, s.booking, accountPK(u.ID), accountSK, u.Version, u, nil)
}

// User reads an account strongly; see booking.Users.
func (s *Store) User(ctx context.Context, userID string) (booking.User, error) {
	return must[booking.User](ctx, s, s.booking, accountPK(userID), accountSK)
}
