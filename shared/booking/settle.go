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
	"github.com/myevents/myevents/shared/payment"
)

// final reports whether nothing is left to do for a booking.
func (b *Booking) final() bool {
	switch b.Status {
	case Recorded:
		return false
	case Failed:
		return b.Released
	case Confirmed, Cancelled:
	}
	for _, r := range b.Refunds {
		if !r.Done {
			return false
		}
	}
	return true
}

// put writes a booking. While something is left to do, it leaves a timer behind, which the worker settles it by should
// this process not live to.
func (s *Service) put(ctx context.Context, b Booking, out ...outbox.Message) error {
	if !b.final() {
		timer := s.message(message.BookingRecorded, b.Ref().ID(), b.said(nil))
		timer.NotBefore = timer.Time.Add(s.c.SettleAfter)
		out = append(out, timer)
	}
	return s.d.Store.PutBooking(ctx, b, out...)
}

// said is what a message says of the booking.
func (b *Booking) said(tickets []string) message.BookingRefV1 {
	return message.BookingRefV1{
		BookingID: b.Ref().ID(), EventID: b.Event.With(id.Event), UserID: b.User.With(id.User),
		Version: b.Version, TicketIDs: tickets,
	}
}

// Settle does everything that a booking still lacks: its places sold and its payment captured, or both given back. It may
// be called by several at once, and again. Every outcome is first a compare-and-set on the record; only then is anything
// undone; whoever loses rereads and finishes what the record says. fault.Unavailable: try again.
func (s *Service) Settle(ctx context.Context, r Ref) error {
	b, err := s.d.Store.Booking(ctx, r)
	if err != nil {
		return fmt.Errorf("read booking %s: %w", r.ID(), err)
	}
	_, err = s.settle(ctx, b)
	return err
}

// settle returns the booking as it then is, which is also the newest known where there is an error.
func (s *Service) settle(ctx context.Context, b Booking) (Booking, error) {
	untold := false // places were freed, and no message says so yet
	for range casTries {
		if b.final() && !untold {
			return b, nil
		}
		next, err := s.advance(ctx, b)
		switch {
		case err == nil:
			b = next
			untold = untold && !b.final()
		case fault.Is(err, fault.Stale):
			late := b.Status == Recorded
			if b, err = s.d.Store.Booking(ctx, b.Ref()); err != nil {
				return b, fmt.Errorf("read booking: %w", err)
			}
			if late {
				var freed bool
				freed, err = s.unconfirm(ctx, &b)
				untold = untold || freed
			}
			if err != nil {
				return b, fmt.Errorf("settle %s: %w", b.Ref().ID(), err)
			}
		default:
			return b, fmt.Errorf("settle %s: %w", b.Ref().ID(), err)
		}
	}
	return b, fault.New(fault.Unavailable, "", "the booking is being changed by others")
}

// advance takes a booking one outcome further. One that is final is written anew, for what was freed of it late.
func (s *Service) advance(ctx context.Context, b Booking) (Booking, error) {
	if b.final() {
		b.Version++
		return b, s.put(ctx, b, s.freed(ctx, b.Event)...)
	}
	switch b.Status {
	case Recorded:
		return s.decide(ctx, b)
	case Failed:
		return s.giveBack(ctx, b)
	case Confirmed, Cancelled:
		return s.refund(ctx, b)
	}
	return b, fault.New(fault.Internal, "", "the booking has an unknown status")
}

// decide confirms a recorded booking or lets it fail.
func (s *Service) decide(ctx context.Context, b Booking) (Booking, error) {
	err := s.seats.Confirm(ctx, b.Hold, time.Unix(b.Expires, 0), groupsOf(b.Items))
	switch {
	case isAny(err, inventory.ErrTaken):
		return s.fail(ctx, b, ErrHoldLapsed.Code)
	case isAny(err, inventory.ErrClosed):
		return s.fail(ctx, b, ErrNotOnSale.Code)
	case err != nil:
		return b, err
	}
	if b.Payment != "" {
		err := s.d.Payment.Capture(ctx, b.Payment)
		switch {
		case fault.Is(err, fault.Declined), errors.Is(err, payment.ErrUnknown):
			return s.fail(ctx, b, payment.ErrRefused.Code)
		case err != nil:
			return b, fmt.Errorf("capture: %w", err)
		}
		b.Captured = true
	}
	// Before it says confirmed, the event's index names it, so that a cancelled event finds every booking it has to
	// refund; and the key is marked, so that it cannot be used for another hold.
	if err := s.d.Store.IndexBooking(ctx, b.Event, b.Ref()); err != nil {
		return b, fmt.Errorf("index: %w", err)
	}
	mark := Mark{User: b.User, Key: b.Key, Hold: b.Hold, BodyHash: b.BodyHash, Until: s.d.Now().Add(markLife)}
	if _, err := s.d.Store.PutMark(ctx, mark); err != nil {
		return b, fmt.Errorf("mark key: %w", err)
	}
	b.Status = Confirmed
	b.Version++
	if err := s.put(ctx, b, s.message(message.BookingConfirmed, b.Ref().ID(), b.said(nil))); err != nil {
		return b, err
	}
	s.snaps.touch(b.Event)
	// Places sold before the event was closed may be confirmed after its bookings were cancelled: this one goes with them.
	if sale, err := s.sales.get(ctx, b.Event); err == nil && sale.Status == eventCancelled {
		return s.withdraw(ctx, b)
	}
	return b, nil
}

// withdraw cancels a confirmed booking of a cancelled event, used tickets too.
func (s *Service) withdraw(ctx context.Context, b Booking) (Booking, error) {
	chosen, err := b.cancellable(nil, "", true)
	if err != nil || chosen == 0 {
		return b, err
	}
	out := s.cancel(&b, chosen)
	b.Version++
	return b, s.put(ctx, b, out)
}

// unconfirm frees what a loser of the compare-and-set may have confirmed too late: places of tickets that were given back
// meanwhile, and were then held anew under the same key. It reports whether there may have been any.
func (s *Service) unconfirm(ctx context.Context, b *Booking) (freed bool, err error) {
	gone := b.itemsOf(func(n int) bool {
		return b.Status == Failed || b.Status == Cancelled || b.ticket(n).Status == TicketCancelled
	})
	if len(gone) == 0 {
		return false, nil
	}
	return true, s.seats.Release(ctx, b.Hold, groupsOf(gone))
}

// fail is the other outcome of a recorded booking; what it had is given back after.
func (s *Service) fail(ctx context.Context, b Booking, code string) (Booking, error) {
	b.Status, b.Failure = Failed, code
	b.Version++
	return b, s.put(ctx, b)
}

// giveBack frees a failed booking's places and returns its money.
func (s *Service) giveBack(ctx context.Context, b Booking) (Booking, error) {
	if err := s.seats.Release(ctx, b.Hold, groupsOf(b.Items)); err != nil {
		return b, err
	}
	if b.Payment != "" {
		if err := s.d.Payment.Release(ctx, b.Payment); err != nil && !errors.Is(err, payment.ErrUnknown) {
			return b, fmt.Errorf("give payment back: %w", err)
		}
	}
	if err := s.relistBooking(ctx, &b); err != nil {
		return b, err
	}
	b.Released = true
	b.Version++
	if err := s.put(ctx, b, s.freed(ctx, b.Event)...); err != nil {
		return b, err
	}
	s.snaps.touch(b.Event)
	return b, nil
}

// refund frees the places of cancelled tickets and returns their money, for each cancellation that lacks it.
func (s *Service) refund(ctx context.Context, b Booking) (Booking, error) {
	refunds := append([]Refund{}, b.Refunds...)
	for i, r := range refunds {
		if r.Done {
			continue
		}
		freed := b.itemsOf(func(n int) bool { return r.Tickets&(1<<n) != 0 })
		if err := s.seats.Release(ctx, b.Hold, groupsOf(freed)); err != nil {
			return b, err
		}
		if r.Amount > 0 && b.Payment != "" {
			if err := s.d.Payment.Refund(ctx, b.Payment, money.Of(r.Amount, b.Currency), r.Key); err != nil {
				return b, fmt.Errorf("refund: %w", err)
			}
		}
		refunds[i].Done = true
	}
	if err := s.relistBooking(ctx, &b); err != nil {
		return b, err
	}
	b.Refunds = refunds
	b.Version++
	if err := s.put(ctx, b, s.freed(ctx, b.Event)...); err != nil {
		return b, err
	}
	s.snaps.touch(b.Event)
	return b, nil
}

// SettleRecorded is the worker's: it settles a booking whose own request should have done so long ago. said is when the
// timer m was left behind; it may come early, also at once: NotYetError until it is due. The timer of a state that the
// booking has left is void: the next state has one of its own, unless it is final.
func (s *Service) SettleRecorded(ctx context.Context, m message.BookingRefV1, said time.Time) error {
	r, err := ParseRef(m.BookingID)
	if err != nil {
		return fault.New(fault.Invalid, "", "the booking's id is not one")
	}
	b, err := s.d.Store.Booking(ctx, r)
	if err != nil {
		return fmt.Errorf("read booking %s: %w", m.BookingID, err)
	}
	if b.final() || b.Version > m.Version {
		return nil
	}
	if wait := s.c.SettleAfter - s.d.Now().Sub(said); wait > 0 {
		return &NotYetError{Wait: min(wait, s.c.SettleAfter), Why: "the booking is young: its own request is settling it"}
	}
	_, err = s.settle(ctx, b)
	return err
}

// voidAfter is how old an authorisation is before one that no record names is given back.
const voidAfter = 15 * time.Minute

// VoidOrphans gives back authorisations that are older than voidAfter and that no record names: of requests that crashed
// between authorising and recording. It returns how many.
func (s *Service) VoidOrphans(ctx context.Context) (voided int, err error) {
	auths, err := s.d.Payment.Open(ctx, s.d.Now().Add(-voidAfter), 1000)
	if err != nil {
		return 0, fmt.Errorf("list open authorisations: %w", err)
	}
	var errs patience
	for _, a := range auths {
		r, err := ParseRef(a.Owner)
		if err != nil {
			continue // not one of ours
		}
		b, err := s.d.Store.Booking(ctx, r)
		switch {
		case err == nil && b.Payment == a.ID:
			err = s.Settle(ctx, r)
		case err == nil, fault.Is(err, fault.NotFound):
			if err = s.d.Payment.Release(ctx, a.ID); err == nil {
				voided++
			}
		}
		if errs.add(err, "void "+a.ID) {
			break
		}
	}
	return voided, errors.Join(errs...)
}

// patience collects what failed, one thing after another, so that what cannot be done holds up nothing else.
type patience []error

// add notes an error, and reports whether so many failed that it is all of them.
func (p *patience) add(err error, of string) (enough bool) {
	if err != nil {
		*p = append(*p, fmt.Errorf("%s: %w", of, err))
	}
	return len(*p) >= 20
}

// PaymentNotified is for the payment provider's callbacks, which may come twice, late or never: it settles the booking
// that owns a payment. One whose own request is still at it is left to that, which would only be hindered.
func (s *Service) PaymentNotified(ctx context.Context, owner string) error {
	r, err := ParseRef(owner)
	if err != nil {
		return err
	}
	b, err := s.d.Store.Booking(ctx, r)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil // authorised, but not recorded
	case err != nil:
		return fmt.Errorf("read booking %s: %w", owner, err)
	case s.d.Now().Sub(b.CreatedAt) < s.c.BookBudget:
		return nil
	}
	_, err = s.settle(ctx, b)
	return err
}
