package embedstore

import (
	"context"
	"fmt"
	"strconv"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

func bookingKey(r booking.Ref) (pk, sk string) { return r.User.With("U#"), "K#" + r.Hold.String() }

// PutBooking writes a record; see booking.Bookings.
func (s *Store) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	pk, sk := bookingKey(booking.Ref{User: b.User, Hold: b.Hold})
	return s.put(ctx, s.booking, pk, sk, b.Version, b, out)
}

// Booking reads a record; see booking.Bookings.
func (s *Store) Booking(ctx context.Context, r booking.Ref) (booking.Booking, error) {
	pk, sk := bookingKey(r)
	b, err := get[booking.Booking](ctx, s, s.booking, pk, sk)
	if err != nil {
		return booking.Booking{}, err
	}
	b.User, b.Hold = r.User, r.Hold
	return b, nil
}

// UserBookings reads a page of a user's records; see booking.Bookings.
func (s *Store) UserBookings(ctx context.Context, user id.Raw, after inventory.HoldID, limit int) ([]booking.Booking, error) {
	pk := user.With("U#")
	type row struct {
		hold string
		doc  []byte
	}
	var rows []row
	err := s.read(ctx, func(c *conn) error {
		return c.query("SELECT sk, doc FROM booking_items WHERE pk = ? AND sk > ? AND sk < 'K$' ORDER BY sk LIMIT ?",
			func(st *stmt) bool {
				rows = append(rows, row{st.string(0), st.bytes(1)})
				return true
			}, text(pk), text("K#"+after.String()), integer(int64(limit)))
	})
	if err != nil {
		return nil, fmt.Errorf("bookings of %s: %w", pk, err)
	}
	var all []booking.Booking
	for _, r := range rows {
		b, err := decode[booking.Booking](r.doc)
		if err == nil {
			b.User = user
			b.Hold, err = parseHold(r.hold[2:])
		}
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", pk, r.hold, err)
		}
		all = append(all, b)
	}
	return all, nil
}

func parseHold(hex string) (inventory.HoldID, error) {
	h, err := strconv.ParseUint(hex, 16, 64)
	if err != nil {
		return 0, badRow(err)
	}
	return inventory.HoldID(h), nil
}

func markKey(user id.Raw, key string) (pk, sk string) { return user.With("U#"), "I#" + key }

// PutMark stores a mark unless one is there; see booking.Bookings.
func (s *Store) PutMark(ctx context.Context, m booking.Mark) (booking.Mark, error) {
	pk, sk := markKey(m.User, m.Key)
	it, err := s.newItem(pk, sk, 1, m, nil)
	if err != nil {
		return booking.Mark{}, fmt.Errorf("%s %s: %w", pk, sk, err)
	}
	doc, err := write(ctx, s, func(t *tx) ([]byte, error) {
		there, err := t.c.load(s.booking, pk, sk)
		if err != nil || there != nil {
			return there, err
		}
		return it.doc, t.put(s.booking, &it)
	})
	if err != nil {
		return booking.Mark{}, fmt.Errorf("%s %s: %w", pk, sk, err)
	}
	return readMark(m.User, m.Key, doc)
}

func readMark(user id.Raw, key string, doc []byte) (booking.Mark, error) {
	m, err := decode[booking.Mark](doc)
	if err != nil {
		return booking.Mark{}, fmt.Errorf("mark of %s: %w", user.With(""), err)
	}
	m.User, m.Key = user, key
	return m, nil
}

// Mark reads a mark; see booking.Bookings.
func (s *Store) Mark(ctx context.Context, user id.Raw, key string) (booking.Mark, error) {
	pk, sk := markKey(user, key)
	m, err := get[booking.Mark](ctx, s, s.booking, pk, sk)
	if err != nil {
		return booking.Mark{}, err
	}
	m.User, m.Key = user, key
	return m, nil
}

// IndexBooking names a booking under its event; see booking.EventBookings.
func (s *Store) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	err := s.apply(ctx, func(t *tx) error {
		return t.run("INSERT INTO booking_events (event, hold, user) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
			text(event.With("")), text(r.Hold.String()), text(r.User.With("")))
	})
	if err != nil {
		return fmt.Errorf("index of event %s: %w", event.With(""), err)
	}
	return nil
}

// EventBookings reads a page of a part of an event's index; see booking.EventBookings.
func (s *Store) EventBookings(ctx context.Context, event id.Raw, part byte, after inventory.HoldID, limit int) ([]booking.Ref, error) {
	first, last := inventory.HoldID(uint64(part)<<56), inventory.HoldID(uint64(part)<<56|(1<<56-1))
	from := ">="
	if after >= first {
		first, from = after, ">"
	}
	var refs []booking.Ref
	var bad error
	err := s.read(ctx, func(c *conn) error {
		return c.query("SELECT hold, user FROM booking_events WHERE event = ? AND hold "+from+" ? AND hold <= ? ORDER BY hold, user LIMIT ?",
			func(st *stmt) bool {
				h, err := parseHold(st.string(0))
				u, ok := id.Parse("", st.string(1))
				if err != nil || !ok {
					bad = badRow(fmt.Errorf("hold %q of user %q", st.string(0), st.string(1)))
					return false
				}
				refs = append(refs, booking.Ref{User: u, Hold: h})
				return true
			}, text(event.With("")), text(first.String()), text(last.String()), integer(int64(limit)))
	})
	if err == nil {
		err = bad
	}
	if err != nil {
		return nil, fmt.Errorf("index of event %s: %w", event.With(""), err)
	}
	return refs, nil
}

func purchasesKey(user, event id.Raw) (pk, sk string) { return user.With("U#"), event.With("P#") }

// Purchases reads what a user has of an event; see booking.PurchaseLists.
func (s *Store) Purchases(ctx context.Context, user, event id.Raw) (booking.Purchases, error) {
	pk, sk := purchasesKey(user, event)
	p, _, err := load[booking.Purchases](ctx, s, s.booking, pk, sk)
	if err != nil {
		return booking.Purchases{}, err
	}
	p.User, p.Event = user, event
	return p, nil
}

// PutPurchases writes what a user has of an event; see booking.PurchaseLists.
func (s *Store) PutPurchases(ctx context.Context, p booking.Purchases) error {
	pk, sk := purchasesKey(p.User, p.Event)
	return s.put(ctx, s.booking, pk, sk, p.Version, p, nil)
}

// PutUser writes an account; see booking.Users.
func (s *Store) PutUser(ctx context.Context, u booking.User) error {
	return s.put(ctx, s.booking, "A#"+u.ID, "A", u.Version, u, nil)
}

// User reads an account; see booking.Users.
func (s *Store) User(ctx context.Context, userID string) (booking.User, error) {
	return get[booking.User](ctx, s, s.booking, "A#"+userID, "A")
}
