package booking

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/outbox"
)

// ErrTooLate reports that buyers may not cancel any more.
var ErrTooLate = fault.New(fault.Conflict, "tooLate", "bookings of this event can no longer be cancelled")

// CancelTickets cancels tickets of a booking (none named: all that are left), frees their places at once and gives their
// money back, once. Its user may until the event's limit, its organisation at any time. Repeating it is a no-op.
// Refusals: ErrCheckedIn, ErrTooLate; fault.Invalid for a ticket of another booking.
func (s *Service) CancelTickets(ctx context.Context, a Actor, bookingID string, ticketIDs []string) (Details, error) {
	b, sale, err := s.mayRead(ctx, a, bookingID)
	if err != nil {
		return Details{}, err
	}
	manager := a.member(sale.OrganisationID)
	b, sale, err = s.change(ctx, b.Ref(), func(b *Booking, sale *onSale) ([]outbox.Message, bool, error) {
		chosen, err := b.cancellable(ticketIDs, "body.ticketIds", false)
		if err != nil || chosen == 0 {
			return nil, false, err
		}
		if !manager && s.d.Now().After(sale.cancelUntil(b.CreatedAt)) {
			return nil, false, ErrTooLate
		}
		return []outbox.Message{s.cancel(b, chosen)}, true, nil
	})
	if err != nil {
		return Details{}, fmt.Errorf("cancel tickets of %s: %w", bookingID, err)
	}
	b = s.settleNow(ctx, b)
	return s.details(ctx, sale, b, b.User == a.User), nil
}

// cancellable returns those of the named tickets (none named: all) that are still to be cancelled, by number from bit 0.
// A used ticket is refused, unless forced. in is where the request names them.
func (b *Booking) cancellable(ticketIDs []string, in string, force bool) (chosen uint64, err error) {
	if b.Status == Failed || b.Status == Cancelled {
		return 0, nil
	}
	if b.Status != Confirmed {
		return 0, ErrUnsettled
	}
	n := places(b.Items)
	named := uint64(1)<<uint(n) - 1
	if len(ticketIDs) > 0 {
		named = 0
		for i, ticketID := range ticketIDs {
			at, err := b.Ref().ticket(ticketID)
			if err != nil || at >= n {
				return 0, fault.InvalidField(fmt.Sprintf("%s[%d]", in, i), "the booking has no such ticket")
			}
			named |= 1 << at
		}
	}
	for at := range n {
		if named&(1<<at) == 0 {
			continue
		}
		switch b.ticket(at).Status {
		case TicketCancelled:
		case CheckedIn:
			if !force {
				return 0, ErrCheckedIn
			}
			chosen |= 1 << at
		case Valid:
			chosen |= 1 << at
		}
	}
	return chosen, nil
}

// cancel cancels the chosen tickets in the record and notes what is owed for them. It returns the announcement.
func (s *Service) cancel(b *Booking, chosen uint64) outbox.Message {
	var ids []string
	all, sum, n := true, int64(0), 0
	for _, item := range b.Items {
		for range inventory.Size(item.Groups) {
			t := b.ticket(n)
			switch {
			case chosen&(1<<n) != 0:
				t.Status, t.Shared = TicketCancelled, false
				b.setTicket(n, t)
				ids = append(ids, b.Ref().ticketID(n))
				sum += item.Price
			case t.Status != TicketCancelled:
				all = false
			}
			n++
		}
	}
	if all {
		b.Status = Cancelled
	}
	b.Refunds = append(append([]Refund{}, b.Refunds...),
		Refund{Key: fmt.Sprintf("%s/%x", b.Ref().ID(), chosen), Tickets: chosen, Amount: sum})
	said := b.said(ids)
	said.Version++ // of the record that is about to be written
	return s.message(message.BookingCancelled, b.Ref().ID(), said)
}

// CancelQuote says what cancelling would give back, and whether it is allowed now.
func (s *Service) CancelQuote(ctx context.Context, a Actor, bookingID string, ticketIDs []string) (Quote, error) {
	b, sale, err := s.mayRead(ctx, a, bookingID)
	if err != nil {
		return Quote{}, err
	}
	q := Quote{Until: sale.cancelUntil(b.CreatedAt), Refund: money.Of(0, b.Currency), TicketIDs: []string{}}
	chosen, err := b.cancellable(ticketIDs, "query.ticketIds", false)
	switch {
	case fault.Is(err, fault.Conflict):
		q.Reason = codeOf(err)
		return q, nil
	case err != nil:
		return Quote{}, err
	case chosen != 0 && !a.member(sale.OrganisationID) && s.d.Now().After(q.Until):
		q.Reason = ErrTooLate.Code
		return q, nil
	}
	n := 0
	for _, item := range b.Items {
		for range inventory.Size(item.Groups) {
			if chosen&(1<<n) != 0 {
				q.TicketIDs = append(q.TicketIDs, b.Ref().ticketID(n))
				q.Refund.Minor += item.Price
			}
			n++
		}
	}
	q.Allowed = chosen != 0
	return q, nil
}

// cancelParts is how many messages an event's cancellation is spread over.
const cancelParts = 16

// cancellationParts are the messages that have a cancelled event's bookings cancelled, part by part.
func (s *Service) cancellationParts(sale Sale) []outbox.Message {
	out := make([]outbox.Message, cancelParts)
	for part := range out {
		out[part] = s.message(message.CancellationDue, sale.EventID,
			message.CancellationDueV1{EventID: sale.EventID, Part: part, Parts: cancelParts})
	}
	return out
}

// CancelPart cancels and refunds the bookings of one part of a cancelled event, used tickets too, and then sees whether
// that was the last: the event is done only when no block carries a sold place.
func (s *Service) CancelPart(ctx context.Context, m message.CancellationDueV1) error {
	event, ok := id.Parse(id.Event, m.EventID)
	if !ok || m.Parts < 1 || m.Parts > 256 || m.Part < 0 || m.Part >= m.Parts {
		return fault.New(fault.Invalid, "", "the part is not one of an event's")
	}
	sale, err := s.d.Store.Sale(ctx, event)
	if err != nil {
		return fmt.Errorf("read sale %s: %w", m.EventID, err)
	}
	if sale.ClosedAt == nil || sale.Refunded {
		return nil
	}
	var errs patience
	for first := m.Part * 256 / m.Parts; first < (m.Part+1)*256/m.Parts; first++ {
		if err := s.cancelFirst(ctx, event, byte(first), &errs); err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		return errors.Join(errs...)
	}
	return s.finishCancellation(ctx, event)
}

// cancelFirst cancels the bookings whose hold id begins with a byte, and notes those that it could not.
func (s *Service) cancelFirst(ctx context.Context, event id.Raw, first byte, errs *patience) error {
	for after := inventory.HoldID(0); ; {
		refs, err := s.d.Store.EventBookings(ctx, event, first, after, pageSize)
		if err != nil {
			return fmt.Errorf("list bookings: %w", err)
		}
		for _, r := range refs {
			if errs.add(s.cancelWhole(ctx, r), "cancel booking "+r.ID()) {
				return errors.Join(*errs...)
			}
			after = r.Hold
		}
		if len(refs) < pageSize {
			return nil
		}
	}
}

func (s *Service) cancelWhole(ctx context.Context, r Ref) error {
	b, _, err := s.change(ctx, r, func(b *Booking, _ *onSale) ([]outbox.Message, bool, error) {
		chosen, err := b.cancellable(nil, "", true)
		if err != nil || chosen == 0 {
			return nil, false, err
		}
		return []outbox.Message{s.cancel(b, chosen)}, true, nil
	})
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err == nil {
		_, err = s.settle(ctx, b)
	}
	return err
}

// finishCancellation marks a cancelled event done once no block carries a sold place.
func (s *Service) finishCancellation(ctx context.Context, event id.Raw) error {
	for range casTries {
		sale, err := s.d.Store.Sale(ctx, event)
		if err != nil || sale.Refunded || sale.ClosedAt == nil {
			return err
		}
		snap, err := s.seats.CountNow(ctx, ready(sale).plan)
		if err != nil {
			return err
		}
		for _, c := range snap.Sections {
			if c.Sold > 0 {
				return nil
			}
		}
		sale.Refunded = true
		sale.Rev++
		if err = s.d.Store.PutSale(ctx, sale, s.availabilityDue(sale.EventID, s.d.Now())); !fault.Is(err, fault.Stale) {
			s.sales.forget(event)
			return err
		}
	}
	return fault.New(fault.Unavailable, "", "the event is being changed by others")
}

// resumeAfter is how long after its blocks were closed a cancellation that is not done is told again.
const resumeAfter = time.Minute

// ResumeCancellations finishes what a crash or a dead letter left of cancelled events. It returns how many it looked at.
func (s *Service) ResumeCancellations(ctx context.Context) (int, error) {
	open, err := s.d.Store.OpenCancellations(ctx, 100)
	if err != nil {
		return 0, fmt.Errorf("list cancellations: %w", err)
	}
	var errs patience
	for _, sale := range open {
		event, ok := id.Parse(id.Event, sale.EventID)
		if !ok {
			continue
		}
		var err error
		if sale.ClosedAt == nil {
			err = s.finishClosing(ctx, event)
		} else if s.d.Now().Sub(*sale.ClosedAt) >= resumeAfter {
			var parts patience
			for part := range cancelParts {
				parts.add(s.CancelPart(ctx, message.CancellationDueV1{EventID: sale.EventID, Part: part, Parts: cancelParts}), "part")
			}
			err = errors.Join(parts...)
		}
		if errs.add(err, "resume cancellation of "+sale.EventID) {
			break
		}
	}
	return len(open), errors.Join(errs...)
}
