package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// limits are how many places of an event a person may have: of all its ticket types, and of each. 0: no limit.
type limits struct {
	event int
	types map[id.Raw]int
}

func (l limits) any() bool { return l.event > 0 || len(l.types) > 0 }

// limits returns those that a request's wants are subject to.
func (o *onSale) limits(wants []want) limits {
	l := limits{event: o.PerPerson}
	for _, w := range wants {
		if w.kind.PerPerson > 0 {
			if l.types == nil {
				l.types = map[id.Raw]int{}
			}
			l.types[w.raw] = w.kind.PerPerson
		}
	}
	return l
}

// exceeded reports whether what entries and items have together is over a limit.
func (l limits) exceeded(entries []PurchaseEntry, items []Item) bool {
	all := 0
	byType := map[id.Raw]int{}
	count := func(items []Item) {
		for _, item := range items {
			n := inventory.Size(item.Groups)
			all += n
			byType[item.TicketType] += n
		}
	}
	for _, e := range entries {
		count(e.Items)
	}
	count(items)
	if l.event > 0 && all > l.event {
		return true
	}
	for kind, most := range l.types {
		if byType[kind] > most {
			return true
		}
	}
	return false
}

// holdWithin holds under limits per person. The list is read first, the places claimed, and the hold named in the list
// under its version before the token exists; so parallel orders meet in the list, and one of them sees the other.
func (s *Service) holdWithin(ctx context.Context, sale *onSale, l limits, t holdToken, wants []want, r HoldRequest) (holdToken, error) {
	var claimed bool
	for range casTries {
		list, err := s.d.Store.Purchases(ctx, t.ref.User, sale.event)
		if err != nil {
			return t, errors.Join(fmt.Errorf("read purchases: %w", err), s.letGo(ctx, t.ref.Hold, groupsOf(t.items)))
		}
		if i := list.index(t.ref.Hold); i >= 0 {
			if claimed { // the same request came in twice at once, and the other was first
				if err := s.letGo(ctx, t.ref.Hold, without(groupsOf(t.items), groupsOf(list.Entries[i].Items))); err != nil {
					return t, err
				}
				claimed, t.items = false, nil
			}
			again, alive, err := s.heldAgain(ctx, t, list.Entries[i], r)
			if alive || err != nil {
				return again, err
			}
			list.Entries = slices.Delete(list.Entries, i, i+1)
		}
		asked := t.items
		if !claimed {
			asked = asItems(wants)
		}
		if l.exceeded(list.Entries, asked) {
			if list.Entries, err = s.withoutLapsed(ctx, list, t.ref.Hold); err != nil {
				return t, errors.Join(err, s.letGo(ctx, t.ref.Hold, groupsOf(t.items)))
			}
			if l.exceeded(list.Entries, asked) {
				return t, errors.Join(ErrLimitReached, s.letGo(ctx, t.ref.Hold, groupsOf(t.items)))
			}
		}
		if !claimed {
			if t.items, err = s.claim(ctx, sale, t, wants, r.Split); err != nil {
				return t, err
			}
			claimed = true
		}
		list.Entries = append(list.Entries, PurchaseEntry{Hold: t.ref.Hold, BodyHash: r.BodyHash, Expires: t.expires, Items: t.items})
		list.Version++
		err = s.d.Store.PutPurchases(ctx, list)
		switch {
		case err == nil:
			return t, nil
		case !fault.Is(err, fault.Stale):
			return t, errors.Join(fmt.Errorf("name hold: %w", err), s.letGo(ctx, t.ref.Hold, groupsOf(t.items)))
		}
	}
	return t, errors.Join(fault.New(fault.Unavailable, "", "too many orders of one person at once"),
		s.letGo(ctx, t.ref.Hold, groupsOf(t.items)))
}

// without returns the places of groups that are not among others.
func without(groups, others []inventory.Group) []inventory.Group {
	var out []inventory.Group
	for _, g := range groups {
		for _, o := range others {
			if o.Block == g.Block {
				g.Slots &^= o.Slots
			}
		}
		if g.Slots != 0 {
			out = append(out, g)
		}
	}
	return out
}

func (p *Purchases) index(h inventory.HoldID) int {
	return slices.IndexFunc(p.Entries, func(e PurchaseEntry) bool { return e.Hold == h })
}

// asItems gives wants the shape of items, to be counted.
func asItems(wants []want) []Item {
	items := make([]Item, len(wants))
	for i, w := range wants {
		items[i] = Item{TicketType: w.raw}
		for n := w.quantity; n > 0; n -= inventory.BlockSize {
			items[i].Groups = append(items[i].Groups, inventory.Group{Slots: 1<<uint(min(n, inventory.BlockSize)) - 1})
		}
	}
	return items
}

// heldAgain answers a repeated request with the hold that it made before, if that is alive.
func (s *Service) heldAgain(ctx context.Context, t holdToken, e PurchaseEntry, r HoldRequest) (again holdToken, alive bool, err error) {
	if e.BodyHash != r.BodyHash {
		return t, true, ErrKeyReused
	}
	until, owns, err := s.seats.Owns(ctx, t.ref.Hold, groupsOf(e.Items))
	if err != nil {
		return t, false, err
	}
	again = t
	again.items, again.expires = e.Items, e.Expires
	again.extendUntil = ceilUnix(time.Unix(e.Expires, 0).Add(s.c.HoldTTL))
	if again = again.until(until); owns && s.d.Now().Unix() <= again.expires {
		return again, true, nil
	}
	// What is left of it goes before it is asked for anew; a booking of it keeps its places and its entry.
	kept, err := s.settled(ctx, t.ref, e)
	if err != nil {
		return t, false, err
	}
	if kept != nil {
		return t, false, ErrHoldUsed
	}
	return t, false, nil
}

// withoutLapsed returns the list's entries less those that hold nothing any more: lapsed ones, whose places it frees
// first, and those whose booking failed or was cancelled. except is the caller's own hold.
func (s *Service) withoutLapsed(ctx context.Context, list Purchases, except inventory.HoldID) ([]PurchaseEntry, error) {
	before := s.d.Now().Add(-inventory.Grace).Unix()
	var kept []PurchaseEntry
	for _, e := range list.Entries {
		if e.Hold == except || e.Expires >= before {
			kept = append(kept, e)
			continue
		}
		left, err := s.settled(ctx, Ref{User: list.User, Hold: e.Hold}, e)
		if err != nil {
			return nil, err
		}
		if left != nil {
			kept = append(kept, *left)
		}
	}
	return kept, nil
}

// settled returns what an entry that seems lapsed still has: its booking's places, those of a hold that was extended, or nil
// after freeing what was held. Places that a booking confirms at this moment stay, since only held ones are freed.
func (s *Service) settled(ctx context.Context, r Ref, e PurchaseEntry) (*PurchaseEntry, error) {
	b, err := s.d.Store.Booking(ctx, r)
	if err == nil {
		if items := b.held(); len(items) > 0 {
			e.Items = items
			return &e, nil
		}
		return nil, nil //nolint:nilnil // nothing is left, and nothing went wrong
	}
	if !fault.Is(err, fault.NotFound) {
		return nil, fmt.Errorf("read booking of hold %s: %w", r.Hold, err)
	}
	until, owns, err := s.seats.Owns(ctx, r.Hold, groupsOf(e.Items))
	if err != nil {
		return nil, err
	}
	if owns && s.d.Now().Unix() <= until {
		return &e, nil
	}
	if err := s.seats.LetGo(ctx, r.Hold, groupsOf(e.Items)); err != nil {
		return nil, fmt.Errorf("free hold %s: %w", r.Hold, err)
	}
	if _, owns, err = s.seats.Owns(ctx, r.Hold, groupsOf(e.Items)); err != nil {
		return nil, err
	}
	if owns { // it was booked between the two reads
		return &e, nil
	}
	return nil, nil //nolint:nilnil // nothing is left, and nothing went wrong
}

// forgetHold takes a hold that was let go off its user's list, unless it was booked.
func (s *Service) forgetHold(ctx context.Context, r Ref, event id.Raw) error {
	return s.relist(ctx, r, event, func(e PurchaseEntry) (*PurchaseEntry, error) { return s.settled(ctx, r, e) })
}

// relistBooking makes a user's list say what a booking has now; nothing, once it failed or was cancelled.
func (s *Service) relistBooking(ctx context.Context, b *Booking) error {
	return s.relist(ctx, b.Ref(), b.Event, func(e PurchaseEntry) (*PurchaseEntry, error) {
		items := b.held()
		if len(items) == 0 {
			return nil, nil
		}
		e.Items = items
		return &e, nil
	})
}

func (s *Service) relist(ctx context.Context, r Ref, event id.Raw, change func(PurchaseEntry) (*PurchaseEntry, error)) error {
	for range casTries {
		list, err := s.d.Store.Purchases(ctx, r.User, event)
		if err != nil {
			return fmt.Errorf("read purchases: %w", err)
		}
		i := list.index(r.Hold)
		if i < 0 {
			return nil
		}
		left, err := change(list.Entries[i])
		if err != nil {
			return err
		}
		if left == nil {
			list.Entries = slices.Delete(list.Entries, i, i+1)
		} else {
			list.Entries[i] = *left
		}
		list.Version++
		if err = s.d.Store.PutPurchases(ctx, list); !fault.Is(err, fault.Stale) {
			return err
		}
	}
	return fault.New(fault.Unavailable, "", "too many orders of one person at once")
}

// held returns the items of a booking's tickets that are not cancelled; none when it failed.
func (b *Booking) held() []Item {
	if b.Status == Failed || b.Status == Cancelled {
		return nil
	}
	return b.itemsOf(func(n int) bool { return b.ticket(n).Status != TicketCancelled })
}

// itemsOf returns the booking's items with only those places whose ticket's number (from 0) is wanted.
func (b *Booking) itemsOf(wanted func(n int) bool) []Item {
	var out []Item
	n := 0
	for _, item := range b.Items {
		left := Item{TicketType: item.TicketType, Price: item.Price}
		for _, g := range item.Groups {
			var slots uint64
			for slot := range inventory.BlockSize {
				if g.Slots&(1<<slot) == 0 {
					continue
				}
				if wanted(n) {
					slots |= 1 << slot
				}
				n++
			}
			if slots != 0 {
				left.Groups = append(left.Groups, inventory.Group{Block: g.Block, Slots: slots})
			}
		}
		if len(left.Groups) > 0 {
			out = append(out, left)
		}
	}
	return out
}

// ticket returns ticket n (from 0).
func (b *Booking) ticket(n int) Ticket {
	if n < len(b.Tickets) {
		return b.Tickets[n]
	}
	return Ticket{}
}

// setTicket replaces ticket n (from 0).
func (b *Booking) setTicket(n int, t Ticket) {
	tickets := make([]Ticket, max(n+1, len(b.Tickets)))
	copy(tickets, b.Tickets)
	tickets[n] = t
	b.Tickets = tickets
}
