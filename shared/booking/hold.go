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
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

// MaxPlaces is how many places one hold may have.
const MaxPlaces = 64

// The refusals of a hold beside inventory's.
var (
	ErrNotOnSale    = fault.New(fault.Conflict, "notOnSale", "the event is not on sale")
	ErrLimitReached = fault.New(fault.Conflict, "limitReached", "that is more than one person may have of this event")
	ErrHoldLapsed   = fault.New(fault.Conflict, "holdLapsed", "the hold has lapsed and its places are gone")
	ErrHoldUsed     = fault.New(fault.Conflict, "holdUsed", "the hold was booked already")
	ErrKeyReused    = fault.New(fault.Invalid, "idempotencyMismatch", "the idempotency key was used for another request")
)

// Hold keeps places for a user. The same key and body while the hold lives answer the same hold; another body
// ErrKeyReused. Other refusals: inventory's, ErrNotOnSale, ErrLimitReached; fault.Invalid naming the field.
func (s *Service) Hold(ctx context.Context, user id.Raw, r HoldRequest) (Hold, error) {
	sale, err := s.saleToHold(ctx, r.EventID)
	if err != nil {
		return Hold{}, err
	}
	t, err := s.hold(ctx, user, sale, r)
	if err != nil {
		return Hold{}, fmt.Errorf("hold at %s: %w", r.EventID, err)
	}
	return s.shown(sale, t)
}

// justMade is how long after an event's id was made its publication may still be on its way here.
const justMade = 10 * time.Second

func (s *Service) saleToHold(ctx context.Context, eventID string) (*onSale, error) {
	sale, err := s.sale(ctx, eventID)
	if errors.Is(err, errNoEvent) {
		if event, ok := id.Parse(id.Event, eventID); ok && event.Age(s.d.Now()).Abs() < justMade {
			return nil, &fault.Error{Kind: fault.Unavailable, Code: "opening", Text: "sales of the event are about to open", RetryAfter: time.Second}
		}
		return nil, fault.InvalidField("body.eventId", "no such event")
	}
	return sale, err
}

// hold claims what is asked for, or finds what the same request claimed before.
func (s *Service) hold(ctx context.Context, user id.Raw, sale *onSale, r HoldRequest) (holdToken, error) {
	now := s.d.Now()
	wants, err := s.wants(sale, r, now)
	if err != nil {
		return holdToken{}, err
	}
	if t, alive, err := s.made(ctx, user, r); alive || err != nil {
		return t, err
	}
	holdID, err := s.d.Keys.holdID(sale.KeyID, sale.event, user, r.Key)
	if err != nil {
		return holdToken{}, err
	}
	until := now.Add(s.c.HoldTTL)
	t := holdToken{
		keyID: s.d.Keys.current, ref: Ref{User: user, Hold: holdID}, event: sale.event, currency: sale.currency(),
		expires: ceilUnix(until), extendUntil: ceilUnix(until.Add(s.c.HoldTTL)),
	}
	if limits := sale.limits(wants); limits.any() {
		t, err = s.holdWithin(ctx, sale, limits, t, wants, r)
	} else {
		t.items, err = s.claim(ctx, sale, t, wants, r.Split)
	}
	if err == nil {
		s.keys.remember(user, r, t)
	}
	return t, err
}

// want is an item of a request, checked.
type want struct {
	kind     *message.TicketTypeV1
	raw      id.Raw
	quantity int
	sections []int
	named    []inventory.Group
}

// wants checks a request against what is on sale.
func (s *Service) wants(sale *onSale, r HoldRequest, now time.Time) ([]want, error) {
	if len(r.Items) == 0 {
		return nil, fault.InvalidField("body.items", "at least one is needed")
	}
	var wants []want
	taken := map[inventory.BlockID]uint64{}
	n := 0
	for i, item := range r.Items {
		at := fmt.Sprintf("body.items[%d]", i)
		kind := sale.ticketType(item.TicketTypeID)
		if kind == nil {
			return nil, fault.InvalidField(at+".ticketTypeId", "the event has no such ticket type")
		}
		w := want{kind: kind, quantity: item.Quantity}
		w.raw, _ = id.Parse(id.TicketType, kind.ID)
		for _, sectionID := range kind.SectionIDs {
			if section, ok := sale.plan.Section(sectionID); ok {
				w.sections = append(w.sections, section)
			}
		}
		if len(item.Seats) > 0 {
			if item.Quantity != 0 && item.Quantity != len(item.Seats) {
				return nil, fault.InvalidField(at+".quantity", "leave it out where seats are named")
			}
			w.quantity = len(item.Seats)
			var err error
			if w.named, err = sale.named(at, w, item.Seats, taken); err != nil {
				return nil, err
			}
		}
		if w.quantity < 1 || w.quantity > MaxPlaces {
			return nil, fault.InvalidField(at+".quantity", fmt.Sprintf("must be from 1 to %d", MaxPlaces))
		}
		if n += w.quantity; n > MaxPlaces {
			return nil, fault.InvalidField("body.items", fmt.Sprintf("at most %d places in one hold", MaxPlaces))
		}
		wants = append(wants, w)
	}
	for _, w := range wants {
		if !sale.sells(w.kind, now) {
			return nil, ErrNotOnSale
		}
	}
	return wants, nil
}

// sells reports whether a ticket type is on sale at a time.
func (o *onSale) sells(kind *message.TicketTypeV1, now time.Time) bool {
	within := func(from, until *time.Time) bool {
		return (from == nil || !now.Before(*from)) && (until == nil || now.Before(*until))
	}
	return o.Status == eventPublished && o.open() && now.Before(o.ends()) &&
		within(o.OnSaleFrom, o.OnSaleUntil) && within(kind.SalesFrom, kind.SalesUntil)
}

// named finds the blocks of named seats; taken collects them over all items, so that one named twice is noticed.
func (o *onSale) named(at string, w want, seats []SeatRequest, taken map[inventory.BlockID]uint64) ([]inventory.Group, error) {
	var groups []inventory.Group
	for i, seat := range seats {
		where := fmt.Sprintf("%s.seats[%d]", at, i)
		section, ok := o.plan.Section(seat.SectionID)
		if !ok || !slices.Contains(w.sections, section) {
			return nil, fault.InvalidField(where+".sectionId", "the ticket type is not sold in such a section")
		}
		block, slot, ok := o.plan.Find(section, seat.Row, seat.Number)
		if !ok {
			return nil, fault.InvalidField(where, "the section has no such place")
		}
		if taken[block]&(1<<slot) != 0 {
			return nil, fault.InvalidField(where, "the same place is named twice")
		}
		taken[block] |= 1 << slot
		g := slices.IndexFunc(groups, func(g inventory.Group) bool { return g.Block == block })
		if g < 0 {
			g, groups = len(groups), append(groups, inventory.Group{Block: block})
		}
		groups[g].Slots |= 1 << slot
	}
	return groups, nil
}

// claim takes the places of all wants, or none: the named ones first, so that they are not chosen for another want.
func (s *Service) claim(ctx context.Context, sale *onSale, t holdToken, wants []want, split bool) ([]Item, error) {
	items := make([]Item, len(wants))
	later := 0
	for i, w := range wants {
		items[i] = Item{TicketType: w.raw, Price: w.kind.Price.Minor}
		if w.named == nil {
			later += w.quantity
		}
	}
	for _, named := range []bool{true, false} {
		for i, w := range wants {
			if (w.named != nil) != named {
				continue
			}
			var err error
			if named {
				err = s.claimNamed(ctx, sale, t, w.named)
				items[i].Groups = w.named
			} else {
				later -= w.quantity
				items[i].Groups, err = s.seats.ClaimBest(ctx, sale.plan, t.ref.Hold, time.Unix(t.expires, 0), inventory.Want{
					Sections: w.sections, N: w.quantity, Apart: split, Have: groupsOf(items), Later: later, Turn: uint64(i),
				})
			}
			if err != nil {
				items[i].Groups = nil // not claimed
				s.snaps.touch(sale.event)
				return nil, errors.Join(err, s.letGo(ctx, t.ref.Hold, groupsOf(items)))
			}
		}
	}
	s.snaps.touch(sale.event)
	return items, nil
}

func (s *Service) claimNamed(ctx context.Context, sale *onSale, t holdToken, named []inventory.Group) error {
	if !sale.offers(named) {
		return inventory.ErrTaken
	}
	return s.seats.ClaimNamed(ctx, t.ref.Hold, time.Unix(t.expires, 0), named)
}

// offers reports whether places are for sale at all.
func (o *onSale) offers(groups []inventory.Group) bool {
	return !slices.ContainsFunc(groups, func(g inventory.Group) bool { return g.Slots&^o.plan.Offered(g.Block) != 0 })
}

// letGo frees places of a hold that came to nothing, also when the caller has gone away meanwhile.
func (s *Service) letGo(ctx context.Context, h inventory.HoldID, groups []inventory.Group) error {
	if len(groups) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	return s.seats.LetGo(ctx, h, groups)
}

// ceilUnix returns t in whole seconds, rounded up: a hold never lasts shorter than was said.
func ceilUnix(t time.Time) int64 { return t.Add(time.Second - 1).Unix() }

// shown is a hold as its user sees it.
func (s *Service) shown(sale *onSale, t holdToken) (Hold, error) {
	sum, err := total(t.items, t.currency)
	if err != nil {
		return Hold{}, err
	}
	return Hold{
		Token: t.encode(s.d.Keys), EventID: sale.EventID, ExpiresAt: time.Unix(t.expires, 0).UTC(),
		Seats: sale.seats(t.items, t.currency), Total: sum,
	}, nil
}

// seats names the places of items, in their order.
func (o *onSale) seats(items []Item, currency string) []Seat {
	seats := make([]Seat, 0, places(items))
	for _, item := range items {
		typeID, price := item.TicketType.With(id.TicketType), money.Of(item.Price, currency)
		for _, g := range item.Groups {
			for slot := range inventory.BlockSize {
				if g.Slots&(1<<slot) == 0 {
					continue
				}
				seat := Seat{TicketTypeID: typeID, Price: price}
				if place, ok := o.plan.Place(g.Block, slot); ok {
					section := &o.plan.Layout.Sections[place.Section]
					seat.SectionID, seat.Section, seat.Row, seat.Number = section.ID, section.Name, place.Row, place.Number
				}
				seats = append(seats, seat)
			}
		}
	}
	return seats
}

// heldBy reads a token and checks whose it is: a stranger's is not found.
func (s *Service) heldBy(user id.Raw, token string) (holdToken, error) {
	t, err := s.d.Keys.parseHold(token)
	if err == nil && t.ref.User != user {
		err = errNoHold
	}
	return t, err
}

// HeldBy returns a user's hold: not found once it was released, lapsed and taken by others, or booked. Its end is the one
// that it was extended to, whichever token asks.
func (s *Service) HeldBy(ctx context.Context, user id.Raw, token string) (Hold, error) {
	t, err := s.heldBy(user, token)
	if err != nil {
		return Hold{}, err
	}
	sale, err := s.sales.get(ctx, t.event)
	if err != nil {
		return Hold{}, err
	}
	if err = s.unused(ctx, t.ref); isAny(err, ErrHoldUsed) {
		return Hold{}, errNoHold
	} else if err != nil {
		return Hold{}, err
	}
	until, owns, err := s.seats.Owns(ctx, t.ref.Hold, groupsOf(t.items))
	switch {
	case err != nil:
		return Hold{}, err
	case !owns:
		return Hold{}, errNoHold
	}
	return s.shown(sale, t.until(until))
}

// unused checks that a hold was not booked yet; otherwise ErrHoldUsed.
func (s *Service) unused(ctx context.Context, r Ref) error {
	_, err := s.d.Store.Booking(ctx, r)
	switch {
	case err == nil:
		return ErrHoldUsed
	case fault.Is(err, fault.NotFound):
		return nil
	}
	return fmt.Errorf("read booking %s: %w", r.ID(), err)
}

// ExtendHold lets a hold last as long again, once; asking again answers the same. ErrHoldLapsed when a place
// is gone, ErrHoldUsed once it was booked.
func (s *Service) ExtendHold(ctx context.Context, user id.Raw, token string) (Hold, error) {
	t, err := s.heldBy(user, token)
	if err != nil {
		return Hold{}, err
	}
	sale, err := s.sales.get(ctx, t.event)
	if err != nil {
		return Hold{}, err
	}
	if err := s.unused(ctx, t.ref); err != nil {
		return Hold{}, err
	}
	t.expires = max(t.expires, t.extendUntil)
	err = s.seats.Extend(ctx, t.ref.Hold, time.Unix(t.expires, 0), groupsOf(t.items))
	switch {
	case isAny(err, inventory.ErrTaken):
		return Hold{}, ErrHoldLapsed
	case err != nil:
		return Hold{}, fmt.Errorf("extend hold %s: %w", t.ref.Hold, err)
	}
	s.snaps.touch(sale.event)
	return s.shown(sale, t)
}

// ReleaseHold gives a hold's places back. What was booked meanwhile stays booked. Again: nothing.
func (s *Service) ReleaseHold(ctx context.Context, user id.Raw, token string) error {
	t, err := s.heldBy(user, token)
	if err != nil {
		return err
	}
	if err := s.seats.LetGo(ctx, t.ref.Hold, groupsOf(t.items)); err != nil {
		return fmt.Errorf("release hold %s: %w", t.ref.Hold, err)
	}
	s.snaps.touch(t.event)
	return s.forgetHold(ctx, t.ref, t.event)
}
