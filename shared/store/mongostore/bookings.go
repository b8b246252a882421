package mongostore

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

func bookingsOf(user id.Raw) string         { return user.With("U#") + "#K#" }
func bookingID(r booking.Ref) string        { return bookingsOf(r.User) + r.Hold.String() }
func markID(user id.Raw, key string) string { return user.With("U#") + "#I#" + key }
func purchasesID(user, event id.Raw) string { return user.With("U#") + event.With("#P#") }
func accountID(user string) string          { return "A#" + user }

// PutBooking writes a record; see booking.Bookings.
func (s *Store) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	return s.booking.putDoc(ctx, bookingID(booking.Ref{User: b.User, Hold: b.Hold}), b.Version, b, out)
}

// Booking reads a record; see booking.Bookings.
func (s *Store) Booking(ctx context.Context, r booking.Ref) (booking.Booking, error) {
	b, err := must[booking.Booking](ctx, s, s.booking.items, bookingID(r))
	if err != nil {
		return booking.Booking{}, err
	}
	b.User, b.Hold = r.User, r.Hold
	return b, nil
}

// holds is the condition of ids that begin with a prefix and end with a hold id from one to another.
func holds(prefix string, first, last inventory.HoldID) bson.D {
	return bson.D{{Key: "_id", Value: bson.D{{Key: "$gte", Value: prefix + first.String()}, {Key: "$lte", Value: prefix + last.String()}}}}
}

const maxHold = ^inventory.HoldID(0)

// holdOf reads the hold id at the end of an id.
func holdOf(name, prefix string) (inventory.HoldID, error) {
	h, err := strconv.ParseUint(strings.TrimPrefix(name, prefix), 16, 64)
	if err != nil {
		return 0, bad(err)
	}
	return inventory.HoldID(h), nil
}

// UserBookings reads a page of a user's records; see booking.Bookings.
func (s *Store) UserBookings(ctx context.Context, user id.Raw, after inventory.HoldID, limit int) ([]booking.Booking, error) {
	if after == maxHold {
		return nil, ctx.Err()
	}
	prefix := bookingsOf(user)
	return listed(ctx, s, "bookings", s.booking.items, holds(prefix, after+1, maxHold), limit, byName, func(name string, b *booking.Booking) (err error) {
		b.User = user
		b.Hold, err = holdOf(name, prefix)
		return err
	})
}

// PutMark stores a mark unless one is there; see booking.Bookings. It makes the document or leaves it, and returns what there
// is then.
func (s *Store) PutMark(ctx context.Context, m booking.Mark) (booking.Mark, error) {
	name := markID(m.User, m.Key)
	doc, err := json.Marshal(m)
	if err != nil {
		return booking.Mark{}, about(fault.Wrap(fault.Invalid, "the mark cannot be stored", err), name)
	}
	fields := bson.D{{Key: "d", Value: string(doc)}}
	if !m.Until.IsZero() {
		fields = append(fields, bson.E{Key: expiry, Value: bson.NewDateTimeFromTime(m.Until)})
	}
	var there booking.Mark
	opts := options.FindOneAndUpdate().SetUpsert(true).SetReturnDocument(options.After)
	err = again(ctx, "write", func() (bool, error) {
		found, err := call(ctx, s, "write", func(ctx context.Context) (bson.Raw, error) {
			return s.marks.FindOneAndUpdate(ctx, bson.D{{Key: "_id", Value: name}}, bson.D{{Key: "$setOnInsert", Value: fields}}, opts).Raw()
		})
		if mongo.IsDuplicateKeyError(err) { // another made it at this moment
			return false, nil
		}
		if err == nil {
			_, there, err = decode[booking.Mark](found)
		}
		return err == nil, faultOf("write", err)
	})
	if err != nil {
		return booking.Mark{}, about(err, markID(m.User, ""))
	}
	there.User, there.Key = m.User, m.Key
	return there, nil
}

// Mark reads a mark; see booking.Bookings. It never lags.
func (s *Store) Mark(ctx context.Context, user id.Raw, key string) (booking.Mark, error) {
	m, err := must[booking.Mark](ctx, s, s.marks, markID(user, key))
	if err != nil {
		return booking.Mark{}, err
	}
	m.User, m.Key = user, key
	return m, nil
}

// partOf begins the ids of an event's bookings.
func partOf(event id.Raw) string { return event.With("E#") + "#" }

// IndexBooking names a booking under its event; see booking.EventBookings.
func (s *Store) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	name := partOf(event) + r.Hold.String()
	_, err := call(ctx, s, "write", func(ctx context.Context) (*mongo.UpdateResult, error) {
		return s.index.UpdateOne(ctx, bson.D{{Key: "_id", Value: name}},
			bson.D{{Key: "$set", Value: bson.D{{Key: "u", Value: r.User.With("")}}}}, options.UpdateOne().SetUpsert(true))
	})
	return about(faultOf("write", err), name)
}

// EventBookings reads a page of a part of an event's bookings; see booking.EventBookings.
func (s *Store) EventBookings(ctx context.Context, event id.Raw, part byte, after inventory.HoldID, limit int) ([]booking.Ref, error) {
	first := inventory.HoldID(part) << 56
	last := first | (1<<56 - 1)
	if after >= last || limit <= 0 {
		return nil, ctx.Err()
	}
	if after >= first {
		first = after + 1
	}
	prefix := partOf(event)
	found, err := s.many(ctx, s.index, holds(prefix, first, last), options.Find().SetSort(byName).SetLimit(int64(limit)))
	if err != nil {
		return nil, fmt.Errorf("index %s: %w", prefix, err)
	}
	var refs []booking.Ref
	for _, doc := range found {
		var of struct {
			ID   string `bson:"_id"`
			User string `bson:"u"`
		}
		if err := bson.Unmarshal(doc, &of); err != nil {
			return nil, fmt.Errorf("index %s: %w", prefix, bad(err))
		}
		h, err := holdOf(of.ID, prefix)
		user, ok := id.Parse("", of.User)
		if err == nil && !ok {
			err = bad(fmt.Errorf("%q is no user", of.User))
		}
		if err != nil {
			return nil, fmt.Errorf("index %s: %w", of.ID, err)
		}
		refs = append(refs, booking.Ref{User: user, Hold: h})
	}
	return refs, nil
}

// Purchases reads what a user has of an event; see booking.PurchaseLists.
func (s *Store) Purchases(ctx context.Context, user, event id.Raw) (booking.Purchases, error) {
	p, _, err := get[booking.Purchases](ctx, s, s.booking.items, purchasesID(user, event))
	if err != nil {
		return booking.Purchases{}, err
	}
	p.User, p.Event = user, event
	return p, nil
}

// PutPurchases writes what a user has of an event; see booking.PurchaseLists.
func (s *Store) PutPurchases(ctx context.Context, p booking.Purchases) error {
	return s.booking.putDoc(ctx, purchasesID(p.User, p.Event), p.Version, p, nil)
}

// PutUser writes an account; see booking.Users.
func (s *Store) PutUser(ctx context.Context, u booking.User) error {
	if u.ID == "" {
		return fault.New(fault.Invalid, "", "an account has no id")
	}
	return s.booking.putDoc(ctx, accountID(u.ID), u.Version, u, nil)
}

// User reads an account; see booking.Users.
func (s *Store) User(ctx context.Context, userID string) (booking.User, error) {
	return must[booking.User](ctx, s, s.booking.items, accountID(userID))
}
