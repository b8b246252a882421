package booking

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// The states of an event that are told in messages.
const (
	eventPublished = "published"
	eventCancelled = "cancelled"
	eventEnded     = "ended"
)

// unendedFor is how long an event without an end is taken to last.
const unendedFor = 3 * time.Hour

func (s *Sale) ends() time.Time {
	if s.EndsAt != nil {
		return *s.EndsAt
	}
	return s.StartsAt.Add(unendedFor)
}

// cancelUntil is until when a buyer may cancel a booking made at a time: the organiser's limit, or the start; and the
// start for everybody who booked before the event was moved.
func (s *Sale) cancelUntil(booked time.Time) time.Time {
	if s.CancelUntil == nil || (s.RescheduledAt != nil && booked.Before(*s.RescheduledAt)) {
		return s.StartsAt
	}
	return *s.CancelUntil
}

// open reports whether the event's inventory was ever opened.
func (s *Sale) open() bool { return !s.OpenedAt.IsZero() }

// onSale is a Sale made ready for selling. It is immutable.
type onSale struct {
	Sale
	event id.Raw
	plan  *inventory.Plan
	types map[string]int // ticket type id → index
}

func (o *onSale) ticketType(typeID string) *message.TicketTypeV1 {
	if i, ok := o.types[typeID]; ok {
		return &o.TicketTypes[i]
	}
	return nil
}

// noCurrency is ISO 4217's code for amounts of none: of an event that has no prices yet.
const noCurrency = "XXX"

func (o *onSale) currency() string {
	if len(o.TicketTypes) == 0 {
		return noCurrency
	}
	return o.TicketTypes[0].Price.Currency
}

func ready(s Sale) *onSale {
	event, _ := id.Parse(id.Event, s.EventID)
	layout := inventory.Layout{Event: event, Sections: make([]inventory.Section, len(s.Layout))}
	for i, section := range s.Layout {
		rows := make([]inventory.Row, len(section.Rows))
		for r, row := range section.Rows {
			rows[r] = inventory.Row(row)
		}
		layout.Sections[i] = inventory.Section{ID: section.ID, Name: section.Name, Kind: section.Kind, Rows: rows, Capacity: section.Capacity}
	}
	o := &onSale{Sale: s, event: event, plan: inventory.Cut(layout, s.Lacks...), types: make(map[string]int, len(s.TicketTypes))}
	for i, t := range s.TicketTypes {
		o.types[t.ID] = i
	}
	return o
}

// The cache of sales: a copy is read again after a second, and at once after this process changed it.
const (
	saleLife  = time.Second
	keptSales = 1024
)

type saleCache struct {
	store Store
	now   func() time.Time
	mu    sync.RWMutex
	sales map[id.Raw]cachedSale
}

type cachedSale struct {
	sale *onSale
	at   time.Time
}

func newSaleCache(store Store, now func() time.Time) *saleCache {
	return &saleCache{store: store, now: now, sales: map[id.Raw]cachedSale{}}
}

// get returns an event's sale, at most saleLife old. Unknown: errNoEvent.
func (c *saleCache) get(ctx context.Context, event id.Raw) (*onSale, error) {
	now := c.now()
	c.mu.RLock()
	cached := c.sales[event]
	c.mu.RUnlock()
	if cached.sale != nil && now.Sub(cached.at) < saleLife {
		return cached.sale, nil
	}
	s, err := c.store.Sale(ctx, event)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, errNoEvent
	case err != nil:
		return nil, fmt.Errorf("read sale %s: %w", event.With(id.Event), err)
	}
	sale := cached.sale
	if sale == nil || sale.Rev != s.Rev {
		sale = ready(s)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if other := c.sales[event].sale; other != nil && other.Rev >= sale.Rev {
		sale = other // made by another meanwhile: who shares a plan shares what is known by it
	}
	if len(c.sales) >= keptSales && c.sales[event].sale == nil {
		for other := range c.sales { // any one: it is read again when it is needed
			delete(c.sales, other)
			break
		}
	}
	c.sales[event] = cachedSale{sale: sale, at: now}
	return sale, nil
}

func (c *saleCache) forget(event id.Raw) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sales, event)
}

// sale returns the sale of an event by its id; errNoEvent for what is none or was never published.
func (s *Service) sale(ctx context.Context, eventID string) (*onSale, error) {
	event, ok := id.Parse(id.Event, eventID)
	if !ok {
		return nil, errNoEvent
	}
	return s.sales.get(ctx, event)
}

// casTries bounds how often a compare-and-set is tried again after losing.
const casTries = 16

// ApplyEvent takes over an event's state where it is newer than the copy, and does what the difference asks for: opens
// inventory, lets it grow, or closes it and has its bookings cancelled. Repeating it finishes what was left half done.
func (s *Service) ApplyEvent(ctx context.Context, state message.EventStateV1) error {
	event, ok := id.Parse(id.Event, state.EventID)
	if !ok {
		return fault.New(fault.Invalid, "", "the event's id is not one")
	}
	defer s.sales.forget(event)
	for range casTries {
		sale, err := s.d.Store.Sale(ctx, event)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("apply event %s: %w", state.EventID, err)
		}
		if sale.Version >= state.Version {
			return s.finishClosing(ctx, event)
		}
		next := s.newer(sale, state)
		var out []outbox.Message
		if sale.open() && !next.sameLayout(&sale) { // told of once every process sells by the new one
			out = append(out, s.availabilityDue(state.EventID, s.d.Now().Add(saleLife+clockSkew)))
		}
		err = s.d.Store.PutSale(ctx, next, out...)
		if fault.Is(err, fault.Stale) {
			continue
		}
		if err != nil {
			return fmt.Errorf("apply event %s: %w", state.EventID, err)
		}
		return s.finishClosing(ctx, event)
	}
	return fault.New(fault.Unavailable, "", "the event is being changed by others")
}

// newer returns the copy that takes over state. A cancelled event stays so.
func (s *Service) newer(old Sale, state message.EventStateV1) Sale {
	next := old
	next.EventStateV1 = state
	next.Rev = old.Rev + 1
	if old.open() {
		next.Layout = grown(old.Layout, state.Layout)
		next.Lacks = lacking(ready(next).plan, state.Layout)
	} else if state.Status == eventPublished || state.Status == eventEnded {
		next.OpenedAt, next.KeyID = s.d.Now(), s.d.Keys.current
	}
	if old.Status == eventCancelled {
		next.Status = eventCancelled
	}
	if next.Status == eventCancelled && !next.open() {
		next.Refunded = true // nothing of it was ever sold
	}
	return next
}

// sameLayout reports whether two copies offer the same places.
func (s *Sale) sameLayout(other *Sale) bool {
	return reflect.DeepEqual(s.Layout, other.Layout) && slices.Equal(s.Lacks, other.Lacks)
}

// grown returns the layout that sells from now on: the old one with what the new one appends. What the new one lacks stays,
// since places sold there stay valid; it is not offered any more.
func grown(old, state []message.SectionV1) []message.SectionV1 {
	if len(state) == 0 {
		return old
	}
	out := append([]message.SectionV1{}, old...)
	for _, section := range state {
		i := 0
		for i < len(out) && out[i].ID != section.ID {
			i++
		}
		if i == len(out) {
			out = append(out, section)
			continue
		}
		out[i].Name = section.Name
		out[i].Capacity = max(out[i].Capacity, section.Capacity)
		known := map[string]bool{}
		for _, row := range out[i].Rows {
			known[row.Label] = true
		}
		rows := append([]message.RowV1{}, out[i].Rows...)
		for _, row := range section.Rows {
			if !known[row.Label] {
				rows = append(rows, row)
			}
		}
		out[i].Rows = rows
	}
	return out
}

// lacking returns the places of the frozen layout that the newest state no longer has.
func lacking(frozen *inventory.Plan, state []message.SectionV1) []inventory.Group {
	if len(state) == 0 {
		return nil
	}
	has := make(map[string]message.SectionV1, len(state))
	for _, section := range state {
		has[section.ID] = section
	}
	slots := map[inventory.BlockID]uint64{}
	for i, section := range frozen.Layout.Sections {
		now := has[section.ID]
		rows := make(map[string]int, len(now.Rows))
		for _, row := range now.Rows {
			rows[row.Label] = row.Seats
		}
		for number := now.Capacity + 1; number <= section.Capacity; number++ {
			if block, slot, ok := frozen.Find(i, "", number); ok {
				slots[block] |= 1 << slot
			}
		}
		for _, row := range section.Rows {
			for number := rows[row.Label] + 1; number <= row.Seats; number++ {
				if block, slot, ok := frozen.Find(i, row.Label, number); ok {
					slots[block] |= 1 << slot
				}
			}
		}
	}
	groups := make([]inventory.Group, 0, len(slots))
	for block, mask := range slots {
		groups = append(groups, inventory.Group{Block: block, Slots: mask})
	}
	slices.SortFunc(groups, func(a, b inventory.Group) int {
		return cmp.Or(a.Block.Section-b.Block.Section, a.Block.Number-b.Block.Number)
	})
	return groups
}

// finishClosing does what a cancelled event still lacks: every block closed, then its bookings' cancellation told. The
// completion is written last, so that a crash repeats the work.
func (s *Service) finishClosing(ctx context.Context, event id.Raw) error {
	for range casTries {
		sale, err := s.d.Store.Sale(ctx, event)
		if err != nil {
			return fmt.Errorf("close %s: %w", event.With(id.Event), err)
		}
		if sale.Status != eventCancelled || sale.ClosedAt != nil || !sale.open() {
			return nil
		}
		if err := s.seats.Close(ctx, ready(sale).plan); err != nil {
			return fmt.Errorf("close %s: %w", sale.EventID, err)
		}
		now := s.d.Now()
		sale.ClosedAt = &now
		sale.Rev++
		err = s.d.Store.PutSale(ctx, sale, s.cancellationParts(sale)...)
		if !fault.Is(err, fault.Stale) {
			s.sales.forget(event)
			return err
		}
	}
	return fault.New(fault.Unavailable, "", "the event is being changed by others")
}

// ApplyLocation takes over a location's address and zone for tickets.
func (s *Service) ApplyLocation(ctx context.Context, state message.LocationStateV1) error {
	if state.LocationID == "" {
		return fault.New(fault.Invalid, "", "the location's id is missing")
	}
	return s.d.Store.PutVenue(ctx, Venue{LocationID: state.LocationID, Version: state.Version, TimeZone: state.TimeZone, Place: state.Place})
}

// place returns the newest address that is known for a sale.
func (s *Service) place(ctx context.Context, sale *onSale) message.PlaceV1 {
	place := sale.Location
	venue, err := s.d.Store.Venue(ctx, sale.LocationID)
	if err == nil {
		hall := place.HallName
		place = venue.Place
		place.HallName = hall
	}
	return place
}

func (s *Service) eventDetails(ctx context.Context, sale *onSale, booked time.Time) EventDetails {
	return EventDetails{
		ID: sale.EventID, OrganisationID: sale.OrganisationID, Name: sale.Name, Status: sale.Status,
		StartsAt: sale.StartsAt, EndsAt: sale.EndsAt, DoorsAt: sale.DoorsAt, TimeZone: sale.TimeZone,
		CancelUntil: sale.cancelUntil(booked), Place: s.place(ctx, sale),
	}
}

// message returns one of this service's messages.
func (s *Service) message(t message.Type, subject string, body any) outbox.Message {
	now := s.d.Now()
	return outbox.Message{Envelope: message.New(s.d.NewID(id.Message), message.SourceBooking, t, subject, now, body)}
}

// isAny reports whether err is one of targets.
func isAny(err error, targets ...error) bool {
	for _, t := range targets {
		if errors.Is(err, t) {
			return true
		}
	}
	return false
}
