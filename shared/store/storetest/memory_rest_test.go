package storetest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"math/bits"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
)

// apply does a step, or what a planted bug makes of it.
func (m *memory) apply(s inventory.Step, b *inventory.Block) (bool, error) {
	own, was := b.Own(s.Slots, s.Hold), *b
	switch s.Op {
	case inventory.OpClaim:
		switch {
		case m.has("claim-ignores-expiry"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("claim-knows-no-grace"):
			s.Now = s.Now.Add(inventory.Grace)
		case m.has("claim-grace-is-a-second-short"):
			s.Now = s.Now.Add(time.Second)
		case m.has("claim-never-lapses"):
			s.Now = time.Time{}
		case m.has("claim-refuses-its-repeat") && own != 0:
			return false, inventory.ErrTaken
		case m.has("claim-moves-an-expiry-back"):
			for i := range b.Claims {
				if own&^b.With(own, inventory.Sold)&(1<<i) != 0 {
					b.Claims[i].Expires = s.Expires
				}
			}
		case m.has("claim-takes-what-it-can"):
			s.Slots = b.Free(s.Slots, s.Now) | own
		case m.has("claim-takes-sold-places"):
			b.Taken &^= b.With(s.Slots, inventory.Sold) &^ own
		case m.has("claim-takes-withheld-places"):
			b.Taken &^= b.With(s.Slots, inventory.Withheld)
		case m.has("claim-of-lapsed-places-alone") && own != s.Slots && b.Free(s.Slots, s.Now)&b.Taken != 0 && s.Slots&^b.Taken != 0:
			return false, inventory.ErrTaken
		case m.has("claim-holds-only-32-places"):
			s.Slots &= 1<<32 - 1
		case m.has("claim-repeated-on-a-closed-block-is-refused") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("claim-revives-nothing") && own == s.Slots:
			return false, nil
		case m.has("claim-unsells-what-is-mine") && own != s.Slots && own|b.Free(s.Slots, s.Now) == s.Slots && !b.Closed:
			b.Taken &^= own
		case m.has("claim-overwrites-sold") && own == s.Slots:
			b.Taken &^= own
		case m.has("close-does-not-fence-claims"):
			b.Closed = false
		case m.has("refused-step-leaves-traces") && own|b.Free(s.Slots, s.Now) != s.Slots && !b.Closed:
			part := s
			part.Slots = b.Free(s.Slots, s.Now)
			_, _ = part.Apply(b)
			return false, inventory.ErrTaken
		}
	case inventory.OpConfirm:
		switch {
		case m.has("confirm-ignores-owner"):
			for i := range b.Claims {
				if s.Slots&b.Taken&(1<<i) != 0 {
					b.Claims[i].Hold = s.Hold
				}
			}
		case m.has("confirm-sells-free-places"):
			b.Taken |= s.Slots
			for i := range b.Claims {
				if s.Slots&^was.Taken&(1<<i) != 0 {
					b.Claims[i].Hold = s.Hold
				}
			}
		case m.has("confirm-accepts-sold-for-any") && b.With(s.Slots, inventory.Sold) == s.Slots:
			return false, nil
		case m.has("confirm-sells-what-it-can") && !b.Closed && own != 0:
			s.Slots = own
		case m.has("confirm-sells-the-whole-hold"):
			s.Slots |= b.Own(math.MaxUint64, s.Hold)
		case m.has("confirm-does-nothing") && own == s.Slots:
			return false, nil
		case m.has("confirm-needs-a-live-hold") && b.Free(s.Slots, s.Now) != 0:
			return false, inventory.ErrTaken
		case m.has("confirm-compares-the-hint"):
			for i, c := range b.Claims {
				if own&(1<<i) != 0 && c.Expires != s.Expires && c.Expires != inventory.Sold {
					return false, inventory.ErrTaken
				}
			}
		case m.has("confirm-refuses-its-repeat") && b.With(own, inventory.Sold) != 0:
			return false, inventory.ErrTaken
		case m.has("confirm-repeated-on-a-closed-block-is-refused") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("confirm-shows-closed-before-taken") && b.Closed && own != s.Slots:
			return false, inventory.ErrClosed
		case m.has("close-does-not-fence-confirms"):
			b.Closed = false
		}
	case inventory.OpExtend:
		switch {
		case m.has("extend-moves-an-expiry-back"):
			for i := range b.Claims {
				if own == s.Slots && !b.Closed && own&^b.With(own, inventory.Sold)&(1<<i) != 0 {
					b.Claims[i].Expires = s.Expires
				}
			}
		case m.has("extend-unsells"):
			for i := range b.Claims {
				if own&(1<<i) != 0 && own == s.Slots && !b.Closed {
					b.Claims[i].Expires = s.Expires
				}
			}
		case m.has("extend-raises-the-whole-hold"):
			if own == s.Slots {
				s.Slots = b.Own(math.MaxUint64, s.Hold)
			}
		case m.has("extend-ignores-owner") && !b.Closed:
			for i := range b.Claims {
				if s.Slots&(1<<i) != 0 {
					b.Taken |= 1 << i
					b.Claims[i].Hold = s.Hold
				}
			}
		case m.has("extend-needs-a-live-hold") && b.Free(s.Slots, s.Now) != 0:
			return false, inventory.ErrTaken
		case m.has("extend-does-nothing") && own == s.Slots && !b.Closed:
			return false, nil
		case m.has("close-does-not-fence-extends"):
			b.Closed = false
		}
	case inventory.OpRelease:
		switch {
		case m.has("release-frees-anothers-places"):
			b.Taken &^= s.Slots
		case m.has("release-does-nothing"):
			return false, nil
		case m.has("release-leaves-lapsed-places"):
			s.Slots &^= b.Free(own, s.Now)
		case m.has("house-frees-withheld-places") && s.Hold == 0:
			b.Taken &^= b.With(s.Slots, inventory.Withheld)
		case m.has("release-refuses-what-is-not-mine") && own != s.Slots:
			return false, inventory.ErrTaken
		case m.has("release-leaves-sold-places"):
			s.Op = inventory.OpLetGo
		case m.has("release-refuses-on-a-closed-block") && b.Closed:
			return false, inventory.ErrClosed
		}
	case inventory.OpLetGo:
		switch {
		case m.has("let-go-frees-sold-places"):
			s.Op = inventory.OpRelease
		case m.has("let-go-frees-anothers-places"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("let-go-refuses-what-is-not-mine") && own != s.Slots:
			return false, inventory.ErrTaken
		case m.has("release-leaves-lapsed-places"):
			s.Slots &^= b.Free(own, s.Now)
		case m.has("let-go-does-nothing"):
			return false, nil
		case m.has("let-go-refuses-on-a-closed-block") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("house-frees-withheld-places") && s.Hold == 0:
			b.Taken &^= b.With(s.Slots, inventory.Withheld)
		}
	case inventory.OpClose:
		if m.has("close-frees-held-places") {
			b.Taken &= b.With(b.Taken, inventory.Sold)
		}
	case inventory.OpWithhold:
		switch {
		case m.has("withhold-takes-held-places"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("withhold-takes-only-absent-places"):
			s.Slots &^= b.Taken
		case m.has("withhold-of-taken-places-is-refused") && b.Free(s.Slots, s.Now) == 0:
			return false, inventory.ErrTaken
		case m.has("withhold-refuses-on-a-closed-block") && b.Closed:
			return false, inventory.ErrClosed
		case m.has("withhold-is-all-or-nothing") && bits.OnesCount64(b.Free(s.Slots, s.Now)) != bits.OnesCount64(s.Slots):
			return false, nil
		}
	case inventory.OpOffer:
		switch {
		case m.has("offer-frees-held-places"):
			b.Taken &^= s.Slots &^ b.With(s.Slots, inventory.Sold)
		case m.has("offer-does-nothing"):
			return false, nil
		case m.has("offer-of-free-places-is-refused") && b.With(s.Slots, inventory.Withheld) != s.Slots:
			return false, inventory.ErrTaken
		}
	}
	changed, err := s.Apply(b)
	b.Closed = b.Closed || was.Closed
	return changed, err
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

// catalog.Events, catalog.Locations, catalog.Calendar

func (m *memory) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.put(m.catalogBox, "E#"+e.ID, e.Version, e, out); err != nil {
		return err
	}
	if m.has("event-drops-its-availability") {
		delete(m.availability, e.ID)
	}
	if m.has("event-writes-its-availability") && e.Availability != nil {
		m.availability[e.ID] = *e.Availability
	}
	return nil
}

func (m *memory) Event(ctx context.Context, eventID string) (catalog.Event, error) {
	e, ok, err := get[catalog.Event](ctx, m, "E#"+eventID)
	if ok {
		m.mu.Lock()
		defer m.mu.Unlock()
		if a, ok := m.availability[eventID]; ok {
			e.Availability = &a
		}
	}
	return must(m, e, ok, err, "event")
}

func (m *memory) EventsByID(ctx context.Context, ids []string) ([]catalog.Event, error) {
	return byID(ctx, m, ids, m.Event)
}

func byID[T any](ctx context.Context, m *memory, ids []string, read func(context.Context, string) (T, error)) ([]T, error) {
	var all []T
	for i, one := range ids {
		v, err := read(ctx, one)
		if fault.Is(err, fault.NotFound) {
			if m.has("unknown-ids-give-empty-records") {
				all = append(all, v)
			}
			continue
		} else if err != nil {
			return nil, err
		}
		if m.has("only-a-hundred-records-are-read") && i >= 100 {
			break
		}
		all = append(all, v)
	}
	if m.has("records-come-in-another-order") {
		slices.Reverse(all)
	}
	return all, nil
}

func (m *memory) PutAvailability(ctx context.Context, eventID string, a catalog.Availability) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if _, ok := m.items["E#"+eventID]; !ok && !m.has("availability-of-unknown-events-is-kept") {
		return notFound("event")
	}
	stored, ok := m.availability[eventID]
	if m.has("newer-is-not-atomic") {
		m.tear()
	}
	switch {
	case !ok, m.has("older-wins"), a.AsOf.After(stored.AsOf), m.has("as-new-wins") && a.AsOf.Equal(stored.AsOf):
		m.availability[eventID] = a
	}
	if i, ok := m.items["E#"+eventID]; ok && m.has("availability-raises-the-version") {
		m.items["E#"+eventID] = item{i.version + 1, i.doc}
	}
	return nil
}

func (m *memory) PutLocation(ctx context.Context, l catalog.Location, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("location-loses-its-halls") {
		l.Halls = nil
	}
	return m.put(m.catalogBox, "L#"+l.ID, l.Version, l, out)
}

func (m *memory) Location(ctx context.Context, locationID string) (catalog.Location, error) {
	l, ok, err := get[catalog.Location](ctx, m, "L#"+locationID)
	return must(m, l, ok, err, "location")
}

func (m *memory) LocationsByID(ctx context.Context, ids []string) ([]catalog.Location, error) {
	return byID(ctx, m, ids, m.Location)
}

func (m *memory) monthKey(hall, month string) string {
	if m.has("months-are-keyed-by-hall-alone") {
		month = ""
	}
	return "C#" + hall + month
}

func (m *memory) HallMonth(ctx context.Context, hall, month string) (catalog.Month, error) {
	c, _, err := get[catalog.Month](ctx, m, m.monthKey(hall, month))
	return c, err
}

func (m *memory) PutHallMonth(ctx context.Context, c catalog.Month) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	return m.put(m.catalogBox, m.monthKey(c.HallID, c.Month), c.Version, c, nil)
}

// queue.DeadLetters

func (m *memory) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("times-are-cut-to-milliseconds") {
		d.At = d.At.Truncate(time.Millisecond)
	}
	at := slices.IndexFunc(m.letters, func(o queue.DeadLetter) bool { return o.ID == d.ID })
	switch {
	case at < 0, m.has("dead-letter-comes-twice"):
		m.letters = append(m.letters, d)
	case m.has("dead-letter-is-replaced"):
		m.letters[at] = d
	}
	if !m.has("dead-letters-come-as-added") {
		slices.SortFunc(m.letters, func(a, b queue.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
	}
	return nil
}

func (m *memory) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	start := 0
	if m.has("dead-letters-page-by-a-letter-that-may-be-gone") {
		start = 1 + slices.IndexFunc(m.letters, func(o queue.DeadLetter) bool { return o.ID == after })
	} else if after != "" {
		for start < len(m.letters) && m.letters[start].ID <= after {
			start++
		}
	}
	return slices.Clone(m.letters[start:min(len(m.letters), start+limit)]), nil
}

func (m *memory) RemoveDeadLetter(ctx context.Context, letter string) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	n := len(m.letters)
	m.letters = slices.DeleteFunc(m.letters, func(o queue.DeadLetter) bool { return o.ID == letter })
	if m.has("unknown-dead-letter-is-an-error") && len(m.letters) == n {
		return notFound("dead letter")
	}
	return nil
}
