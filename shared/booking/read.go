package booking

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/money"
)

// pageSize is how many records are read at a time when all of something are.
const pageSize = 250

// details shows a booking. codes: to someone who may use its tickets.
func (s *Service) details(ctx context.Context, sale *onSale, b Booking, codes bool) Details {
	sum, _ := total(b.Items, b.Currency) // it was added up before it was recorded
	d := Details{
		ID: b.Ref().ID(), EventID: sale.EventID, UserID: b.User.With(id.User), Status: b.Status, Failure: b.Failure, Total: sum,
		CreatedAt: b.CreatedAt, Event: s.eventDetails(ctx, sale, b.CreatedAt), Version: b.Version,
	}
	for _, r := range b.Refunds {
		d.Refunded = money.Of(d.Refunded.Minor+r.Amount, b.Currency)
	}
	for n, seat := range sale.seats(b.Items, b.Currency) {
		d.Tickets = append(d.Tickets, s.ticketDetails(sale, &b, n, seat, codes))
	}
	return d
}

// ticketDetails shows ticket n (from 0), with its codes where it is good and its reader may use it.
func (s *Service) ticketDetails(sale *onSale, b *Booking, n int, seat Seat, codes bool) TicketDetails {
	t := b.ticket(n)
	d := TicketDetails{
		ID: b.Ref().ticketID(n), Number: n + 1, Seat: seat, Attendee: Attendee{Name: t.Name, Email: t.Email},
		Status: ShownValid, Shared: t.Shared,
	}
	switch {
	case t.Status == CheckedIn:
		at := time.UnixMilli(t.At).UTC()
		d.Status, d.CheckedInAt = ShownCheckedIn, &at
	case t.Status == TicketCancelled, b.Status == Failed, b.Status == Cancelled:
		d.Status = ShownCancelled
	}
	if codes && b.Status == Confirmed && d.Status != ShownCancelled {
		code := ticketCode{keyID: s.d.Keys.current, ref: b.Ref(), number: n, rotation: t.Rotation}
		d.Code, d.ShortCode = code.encode(s.d.Keys), code.short(s.d.Keys, sale.event)
	}
	return d
}

// load reads a booking and its event's sale.
func (s *Service) load(ctx context.Context, r Ref) (Booking, *onSale, error) {
	b, err := s.d.Store.Booking(ctx, r)
	switch {
	case fault.Is(err, fault.NotFound):
		return b, nil, errNoBooking
	case err != nil:
		return b, nil, fmt.Errorf("read booking %s: %w", r.ID(), err)
	}
	sale, err := s.sales.get(ctx, b.Event)
	return b, sale, err
}

// mayRead lets a booking's user and its event's organisation in; to others it does not exist.
func (s *Service) mayRead(ctx context.Context, a Actor, bookingID string) (Booking, *onSale, error) {
	r, err := ParseRef(bookingID)
	if err != nil {
		return Booking{}, nil, err
	}
	b, sale, err := s.load(ctx, r)
	if err == nil && b.User != a.User && !a.member(sale.OrganisationID) {
		err = errNoBooking
	}
	return b, sale, err
}

// Booking returns a booking to its user, codes included, or to its event's organisation, without.
func (s *Service) Booking(ctx context.Context, a Actor, bookingID string) (Details, error) {
	b, sale, err := s.mayRead(ctx, a, bookingID)
	if err != nil {
		return Details{}, err
	}
	return s.details(ctx, sale, b, b.User == a.User), nil
}

// listCursor is where a list of bookings goes on.
type listCursor struct {
	at   int64 // Unix nanoseconds
	hold inventory.HoldID
}

func (c listCursor) encode() string {
	b := binary.BigEndian.AppendUint64(nil, uint64(c.at))
	return base64.RawURLEncoding.EncodeToString(binary.BigEndian.AppendUint64(b, uint64(c.hold)))
}

func parseListCursor(s string) (listCursor, error) {
	if s == "" {
		return listCursor{}, nil
	}
	b, err := decode64(s)
	if err != nil || len(b) != 16 {
		return listCursor{}, fault.InvalidField("query.cursor", "is not one that this list gave")
	}
	return listCursor{at: int64(binary.BigEndian.Uint64(b)), hold: inventory.HoldID(binary.BigEndian.Uint64(b[8:]))}, nil
}

// UserBookings returns a user's bookings, newest first. All of the user's records are read for it: they are keyed by hold,
// which has no order in time.
func (s *Service) UserBookings(ctx context.Context, user id.Raw, cursor string, limit int) (items []Details, next string, err error) {
	from, err := parseListCursor(cursor)
	if err != nil {
		return nil, "", err
	}
	var all []Booking
	for after := inventory.HoldID(0); ; {
		page, err := s.d.Store.UserBookings(ctx, user, after, pageSize)
		if err != nil {
			return nil, "", fmt.Errorf("list bookings: %w", err)
		}
		all = append(all, page...)
		if len(page) < pageSize {
			break
		}
		after = page[len(page)-1].Hold
	}
	slices.SortFunc(all, func(a, b Booking) int {
		return cmp.Or(b.CreatedAt.Compare(a.CreatedAt), cmp.Compare(a.Hold, b.Hold))
	})
	for _, b := range all {
		at := b.CreatedAt.UnixNano()
		if cursor != "" && (at > from.at || (at == from.at && b.Hold <= from.hold)) {
			continue
		}
		if len(items) == limit {
			return items, next, nil
		}
		sale, err := s.sales.get(ctx, b.Event)
		if err != nil {
			return nil, "", fmt.Errorf("read sale of booking %s: %w", b.Ref().ID(), err)
		}
		items = append(items, s.details(ctx, sale, b, true))
		next = listCursor{at: at, hold: b.Hold}.encode()
	}
	return items, "", nil
}

// managed returns the sale of an event to its organisation; to others it does not exist.
func (s *Service) managed(ctx context.Context, a Actor, eventID string) (*onSale, error) {
	sale, err := s.sale(ctx, eventID)
	if err == nil && !a.member(sale.OrganisationID) {
		err = errNoEvent
	}
	return sale, err
}

// eachRef calls do for references of an event's bookings in the order of hold ids, from just after one; until it says no.
func (s *Service) eachRef(ctx context.Context, event id.Raw, after inventory.HoldID, do func(Ref) (bool, error)) error {
	for part := int(byte(after >> 56)); part < 256; part++ {
		for {
			refs, err := s.d.Store.EventBookings(ctx, event, byte(part), after, pageSize)
			if err != nil {
				return fmt.Errorf("list bookings of %s: %w", event.With(id.Event), err)
			}
			for _, r := range refs {
				more, err := do(r)
				if err != nil || !more {
					return err
				}
				after = r.Hold
			}
			if len(refs) < pageSize {
				break
			}
		}
	}
	return nil
}

// EventBookings returns an event's bookings to its organisation, in a stable order of no meaning.
func (s *Service) EventBookings(ctx context.Context, a Actor, eventID, cursor string, limit int) (items []Details, next string, err error) {
	next, err = s.eachBooking(ctx, a, eventID, cursor, limit, func(sale *onSale, b Booking) bool {
		items = append(items, s.details(ctx, sale, b, false))
		return true
	})
	return items, next, err
}

// eachBooking shows use an event's bookings, for its organisation, until it took limit of them; next is where the others
// begin, if there are any.
func (s *Service) eachBooking(ctx context.Context, a Actor, eventID, cursor string, limit int, use func(*onSale, Booking) bool) (next string, err error) {
	from, err := parseListCursor(cursor)
	if err != nil {
		return "", err
	}
	sale, err := s.managed(ctx, a, eventID)
	if err != nil {
		return "", err
	}
	taken, last, more := 0, from.hold, false
	err = s.eachRef(ctx, sale.event, from.hold, func(r Ref) (bool, error) {
		if taken == limit {
			more = true
			return false, nil
		}
		b, err := s.d.Store.Booking(ctx, r)
		if fault.Is(err, fault.NotFound) {
			return true, nil
		}
		if err == nil && use(sale, b) {
			taken++
		}
		last = r.Hold
		return true, err
	})
	if more {
		next = listCursor{hold: last}.encode()
	}
	return next, err
}

// EventSales adds up an event's sales for its organisation, from its bookings and a count of its places that is at most
// 2 s old.
func (s *Service) EventSales(ctx context.Context, a Actor, eventID string) (Figures, error) {
	sale, err := s.managed(ctx, a, eventID)
	if err != nil {
		return Figures{}, err
	}
	f := Figures{Revenue: money.Of(0, sale.currency()), ByTicketType: make([]TypeFigures, len(sale.TicketTypes))}
	for i, t := range sale.TicketTypes {
		f.ByTicketType[i] = TypeFigures{TicketTypeID: t.ID, Name: t.Name, Revenue: money.Of(0, sale.currency())}
	}
	if !sale.open() {
		return f, nil
	}
	snap, err := s.snaps.get(ctx, sale)
	if err != nil {
		return Figures{}, err
	}
	for _, c := range snap.Sections {
		f.Held, f.Left = f.Held+c.Held, f.Left+c.Free
	}
	err = s.eachRef(ctx, sale.event, 0, func(r Ref) (bool, error) {
		b, err := s.d.Store.Booking(ctx, r)
		if err == nil {
			f.add(sale, &b)
		}
		return true, err
	})
	return f, err
}

func (f *Figures) add(sale *onSale, b *Booking) {
	if b.Status != Confirmed {
		return
	}
	n := 0
	for _, item := range b.Items {
		i, known := sale.types[item.TicketType.With(id.TicketType)]
		for range inventory.Size(item.Groups) {
			t := b.ticket(n)
			n++
			if t.Status == TicketCancelled {
				continue
			}
			f.Sold++
			f.Revenue.Minor += item.Price
			in := 0
			if t.Status == CheckedIn {
				in = 1
			}
			f.CheckedIn += in
			if known {
				k := &f.ByTicketType[i]
				k.Sold, k.CheckedIn, k.Revenue.Minor = k.Sold+1, k.CheckedIn+in, k.Revenue.Minor+item.Price
			}
		}
	}
}
