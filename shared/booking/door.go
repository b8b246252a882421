package booking

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// How far a scan that is told later may lie back, and how far the clock of a door may be ahead.
const (
	scanLife    = 7 * 24 * time.Hour
	scanIsAhead = 5 * time.Minute
)

// Scan is a code as a door read it.
type Scan struct {
	EventID string
	Code    string
	ID      string    // the door's own name of this scan: told again, it finds what it did; empty: none
	At      time.Time // when the door read it, where it could not ask at once; zero: now
}

// mark is what of a scan's ID is kept beside the ticket that it admitted; 0 for none.
func (c Scan) mark() uint64 {
	if c.ID == "" {
		return 0
	}
	h := fnv.New64a()
	h.Write([]byte(c.ID))
	return max(1, h.Sum64())
}

// readAt is when a scan was read, seen from now.
func (c Scan) readAt(now time.Time) (time.Time, error) {
	switch at := c.At.UTC(); {
	case c.At.IsZero():
		return now, nil
	case at.After(now.Add(scanIsAhead)):
		return now, fault.InvalidField("body.scannedAt", "is in the future")
	case at.Before(now.Add(-scanLife)):
		return now, fault.InvalidField("body.scannedAt", "is more than seven days ago")
	case at.After(now):
		return now, nil
	default:
		return at, nil
	}
}

// CheckIn admits the bearer of a code, once: of any number of scans at the same time exactly one is admitted, and told so
// again when it asks again by its ID. Staff and organisers of the event's organisation; to others the event does not exist.
func (s *Service) CheckIn(ctx context.Context, a Actor, scan Scan) (CheckInResult, error) {
	sale, err := s.managed(ctx, a, scan.EventID)
	if err != nil {
		return CheckInResult{}, err
	}
	at, err := scan.readAt(s.d.Now().UTC())
	if err != nil {
		return CheckInResult{}, err
	}
	code, err := s.readCode(ctx, sale.event, scan.Code)
	if isAny(err, errForged) {
		return CheckInResult{Result: Refused, Reason: ReasonForged, At: at}, nil
	}
	if err != nil {
		return CheckInResult{}, err
	}
	return s.admit(ctx, sale, code, at, scan.mark())
}

// admit decides on a genuine code by the booking's record.
func (s *Service) admit(ctx context.Context, sale *onSale, code ticketCode, at time.Time, mark uint64) (CheckInResult, error) {
	for range casTries {
		b, err := s.d.Store.Booking(ctx, code.ref)
		if fault.Is(err, fault.NotFound) {
			return CheckInResult{Result: Refused, Reason: ReasonForged, At: at}, nil
		}
		if err != nil {
			return CheckInResult{}, fmt.Errorf("read booking %s: %w", code.ref.ID(), err)
		}
		result, admits := b.door(sale, code, at, mark)
		if !admits {
			return s.witness(result, &b, sale, code.number), nil
		}
		t := b.ticket(code.number)
		t.Status, t.At, t.Scan = CheckedIn, at.UnixMilli(), mark
		b.setTicket(code.number, t)
		b.Version++
		ticketID := code.ref.ticketID(code.number)
		err = s.put(ctx, b, s.message(message.TicketCheckedIn, code.ref.ID(),
			message.CheckInV1{BookingID: code.ref.ID(), EventID: sale.EventID, TicketID: ticketID, At: at}))
		if err == nil {
			return s.witness(result, &b, sale, code.number), nil
		}
		if !fault.Is(err, fault.Stale) {
			return CheckInResult{}, fmt.Errorf("check in %s: %w", ticketID, err)
		}
	}
	return CheckInResult{}, fault.New(fault.Unavailable, "", "the booking is being changed by others")
}

// door decides what a genuine code that was read at a time is worth, and whether the ticket is to be marked as used: a scan
// that is told again was admitted before.
func (b *Booking) door(sale *onSale, code ticketCode, at time.Time, mark uint64) (r CheckInResult, admits bool) {
	t := b.ticket(code.number)
	r = CheckInResult{Result: Refused, At: at}
	switch {
	case b.Event != sale.event:
		r.Reason = ReasonWrongEvent
	case code.number >= places(b.Items):
		r.Reason = ReasonForged
	case b.Status != Confirmed, t.Status == TicketCancelled, sale.Status == eventCancelled:
		r.Reason = ReasonCancelled
	case code.rotation != t.Rotation:
		r.Reason = ReasonRenewed
	case t.Status == CheckedIn:
		r.Result, r.At = AlreadyIn, time.UnixMilli(t.At).UTC()
		if mark != 0 && mark == t.Scan {
			r.Result = Admitted
		}
	case sale.DoorsAt != nil && at.Before(*sale.DoorsAt):
		r.Reason = ReasonTooEarly
	default:
		r.Result, admits = Admitted, true
	}
	return r, admits
}

// witness adds what the door sees of a ticket of this event; of another event's it sees nothing.
func (s *Service) witness(r CheckInResult, b *Booking, sale *onSale, n int) CheckInResult {
	if r.Reason == ReasonWrongEvent || r.Reason == ReasonForged {
		return r
	}
	t, seat := b.ticket(n), sale.seats(b.Items, b.Currency)[n]
	r.TicketID = b.Ref().ticketID(n)
	r.Attendee, r.Seat = &Attendee{Name: t.Name, Email: t.Email}, &seat
	return r
}

// DoorBooking is what a door keeps of a booking, to decide without a network: a code names the booking and the ticket's
// place in it.
type DoorBooking struct {
	BookingID string
	Tickets   []DoorTicket // all of the booking's, in order
}

// DoorTicket is what a door keeps of a ticket.
type DoorTicket struct {
	Rotation    int // of the code that is good; an older one was renewed
	Status      string
	CheckedInAt *time.Time
	Name        string // of the attendee, as far as named
	Seat        Seat
}

// DoorList returns an event's tickets to its organisation, by booking, in a stable order of no meaning. What has no
// codes, since it is not settled or failed, is not in it.
func (s *Service) DoorList(ctx context.Context, a Actor, eventID, cursor string, limit int) (items []DoorBooking, next string, err error) {
	next, err = s.eachBooking(ctx, a, eventID, cursor, limit, func(sale *onSale, b Booking) bool {
		if b.Status != Confirmed && b.Status != Cancelled {
			return false
		}
		d := DoorBooking{BookingID: b.Ref().ID()}
		for n, seat := range sale.seats(b.Items, b.Currency) {
			t := s.ticketDetails(sale, &b, n, seat, false)
			d.Tickets = append(d.Tickets, DoorTicket{
				Rotation: b.ticket(n).Rotation, Status: t.Status, CheckedInAt: t.CheckedInAt, Name: t.Attendee.Name, Seat: seat,
			})
		}
		items = append(items, d)
		return true
	})
	return items, next, err
}
