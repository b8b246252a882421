package storetest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

// booking.Bookings

func (m *memory) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("booking-loses-refunds") {
		b.Refunds = nil
	}
	r := booking.Ref{User: b.User, Hold: b.Hold}
	key := "K#" + r.User.With("") + r.Hold.String()
	if m.has("bookings-are-keyed-by-hold-alone") {
		key = "K#" + r.Hold.String()
	}
	if err := m.put(m.bookingBox, key, b.Version, b, out); err != nil {
		return err
	}
	m.bookings[r] = m.items[key].doc
	if m.has("booking-reads-lag") && b.Version == 2 {
		delete(m.bookings, r)
	}
	return nil
}

func (m *memory) Booking(ctx context.Context, r booking.Ref) (booking.Booking, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return booking.Booking{}, err
	}
	defer unlock()
	doc, ok := m.bookings[r]
	if !ok {
		if m.has("unknown-reads-as-empty") {
			return booking.Booking{}, nil
		}
		return booking.Booking{}, notFound("booking")
	}
	return readBooking(r, doc)
}

func readBooking(r booking.Ref, doc []byte) (b booking.Booking, err error) {
	err = json.Unmarshal(doc, &b)
	b.User, b.Hold = r.User, r.Hold
	return b, err
}

func (m *memory) UserBookings(ctx context.Context, user id.Raw, after inventory.HoldID, limit int) ([]booking.Booking, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	refs := []booking.Ref{}
	for r := range m.bookings {
		if r.User == user {
			refs = append(refs, r)
		}
	}
	var all []booking.Booking
	for _, r := range m.holdPage(refs, after, limit) {
		b, err := readBooking(r, m.bookings[r])
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// holdPage sorts by hold id and returns what comes after one.
func (m *memory) holdPage(refs []booking.Ref, after inventory.HoldID, limit int) []booking.Ref {
	slices.SortFunc(refs, func(a, b booking.Ref) int {
		if m.has("hold-ids-sort-signed") {
			return cmp.Compare(int64(a.Hold), int64(b.Hold))
		}
		return cmp.Compare(a.Hold, b.Hold)
	})
	start := 0
	for start < len(refs) && refs[start].Hold <= after && !(m.has("cursor-repeats-its-last") && refs[start].Hold == after) {
		start++
	}
	if m.has("cursor-skips-one") && after != 0 {
		start = min(start+1, len(refs))
	}
	if m.has("limit-is-ignored") {
		limit = len(refs)
	}
	return refs[start:min(len(refs), start+limit)]
}

func (m *memory) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("events-share-a-booking-index") {
		event = id.Raw{}
	}
	if !slices.Contains(m.indexed[event], r) || m.has("index-names-a-booking-twice") {
		m.indexed[event] = append(m.indexed[event], r)
	}
	return nil
}

func (m *memory) EventBookings(ctx context.Context, event id.Raw, part byte, after inventory.HoldID, limit int) ([]booking.Ref, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if m.has("events-share-a-booking-index") {
		event = id.Raw{}
	}
	var refs []booking.Ref
	for _, r := range m.indexed[event] {
		if byte(r.Hold>>56) != part || m.has("parts-lose-their-first") && uint64(r.Hold)<<8 == 0 {
			continue
		}
		refs = append(refs, r)
	}
	return m.holdPage(refs, after, limit), nil
}

func (m *memory) PutMark(ctx context.Context, k booking.Mark) (booking.Mark, error) {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return booking.Mark{}, err
	}
	defer unlock()
	key := markKey{k.User, k.Key}
	stored, ok := m.marks[key]
	if m.has("marks-are-not-atomic") {
		m.tear()
	}
	switch {
	case m.has("mark-answers-the-callers") && ok:
		return k, nil
	case ok && !m.has("mark-is-replaced"):
		return stored, nil
	}
	m.marks[key] = k
	return k, nil
}

func (m *memory) Mark(ctx context.Context, user id.Raw, key string) (booking.Mark, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return booking.Mark{}, err
	}
	defer unlock()
	k, ok := m.marks[markKey{user, key}]
	if !ok {
		return k, notFound("mark")
	}
	return k, nil
}

// booking.Sales, booking.PurchaseLists, booking.Users

func (m *memory) PutSale(ctx context.Context, s booking.Sale, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	return m.put(m.bookingBox, "S#"+s.EventID, s.Rev, s, out)
}

func (m *memory) Sale(ctx context.Context, event id.Raw) (booking.Sale, error) {
	s, ok, err := get[booking.Sale](ctx, m, "S#"+event.With(id.Event))
	return must(m, s, ok, err, "sale")
}

func (m *memory) OpenCancellations(ctx context.Context, limit int) ([]booking.Sale, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var open []booking.Sale
	for key, i := range m.items {
		if !strings.HasPrefix(key, "S#") || len(open) == limit && !m.has("limit-is-ignored") {
			continue
		}
		var s booking.Sale
		if err := json.Unmarshal(i.doc, &s); err != nil {
			return nil, err
		}
		if s.Status == "cancelled" && (!s.Refunded || m.has("refunded-cancellations-stay-open")) &&
			!(m.has("cancellations-are-noticed-only-when-new") && s.Rev > 1) {
			open = append(open, s)
		}
	}
	return open, nil
}

func (m *memory) PutVenue(ctx context.Context, v booking.Venue) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	stored := m.items["V#"+v.LocationID].version
	if m.has("newer-is-not-atomic") {
		m.tear()
	}
	if stored >= v.Version && !m.has("older-wins") && !(m.has("as-new-wins") && stored == v.Version) {
		return nil
	}
	doc, err := m.encode("V#"+v.LocationID, v)
	m.items["V#"+v.LocationID] = item{v.Version, doc}
	return err
}

func (m *memory) Venue(ctx context.Context, locationID string) (booking.Venue, error) {
	v, ok, err := get[booking.Venue](ctx, m, "V#"+locationID)
	return must(m, v, ok, err, "venue")
}

func (m *memory) purchaseKey(user, event id.Raw) string {
	if m.has("purchases-are-keyed-by-user-alone") {
		event = id.Raw{}
	}
	return "P#" + user.With("") + event.With("")
}

func (m *memory) Purchases(ctx context.Context, user, event id.Raw) (booking.Purchases, error) {
	p, _, err := get[booking.Purchases](ctx, m, m.purchaseKey(user, event))
	p.User, p.Event = user, event
	return p, err
}

func (m *memory) PutPurchases(ctx context.Context, p booking.Purchases) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	return m.put(m.bookingBox, m.purchaseKey(p.User, p.Event), p.Version, p, nil)
}

func (m *memory) PutUser(ctx context.Context, u booking.User) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	return m.put(m.bookingBox, "U#"+u.ID, u.Version, u, nil)
}

func (m *memory) User(ctx context.Context, userID string) (booking.User, error) {
	u, ok, err := get[booking.User](ctx, m, "U#"+userID)
	return must(m, u, ok, err, "user")
}
