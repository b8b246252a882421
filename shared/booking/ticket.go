package booking

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
)

// The refusals of what is done to tickets.
var (
	ErrTicketCancelled = fault.New(fault.Conflict, "ticketCancelled", "the ticket was cancelled")
	ErrCheckedIn       = fault.New(fault.Conflict, "checkedIn", "the ticket was used at the door")
	ErrUnsettled       = fault.New(fault.Conflict, "unsettled", "the booking is not confirmed")
	errRenamedOften    = fault.New(fault.Conflict, "renamedTooOften", "the ticket was renamed too often")
)

// change does a compare-and-set on a booking until it wins or edit refuses. edit sees the newest record and returns the
// messages that announce what it did; false: nothing is to be written.
func (s *Service) change(ctx context.Context, r Ref, edit func(b *Booking, sale *onSale) (out []outbox.Message, write bool, err error)) (Booking, *onSale, error) {
	for range casTries {
		b, sale, err := s.load(ctx, r)
		if err != nil {
			return b, sale, err
		}
		if b.Status == Recorded {
			if b, err = s.settle(ctx, b); err != nil {
				return b, sale, err
			}
		}
		out, write, err := edit(&b, sale)
		if err != nil || !write {
			return b, sale, err
		}
		b.Version++
		if err = s.put(ctx, b, out...); !fault.Is(err, fault.Stale) {
			return b, sale, err
		}
	}
	return Booking{}, nil, fault.New(fault.Unavailable, "", "the booking is being changed by others")
}

// ownTicket finds one of a user's tickets; a stranger's is not found.
func ownTicket(user id.Raw, bookingID, ticketID string) (Ref, int, error) {
	r, err := ParseRef(bookingID)
	if err != nil {
		return r, 0, err
	}
	if r.User != user {
		return r, 0, errNoBooking
	}
	n, err := r.ticket(ticketID)
	return r, n, err
}

// usable checks that ticket n exists and still admits somebody.
func (b *Booking) usable(n int) error {
	switch t := b.ticket(n); {
	case n >= places(b.Items):
		return errNoTicket
	case b.Status == Cancelled || b.Status == Failed || t.Status == TicketCancelled:
		return ErrTicketCancelled
	case t.Status == CheckedIn:
		return ErrCheckedIn
	case b.Status != Confirmed:
		return ErrUnsettled
	}
	return nil
}

// rename gives ticket n to somebody: its code is renewed, so that the old one is refused at the door.
func (b *Booking) rename(n int, to Attendee, revoke bool) error {
	if err := b.usable(n); err != nil {
		return err
	}
	t := b.ticket(n)
	if t.Rotation >= maxRotation {
		return errRenamedOften
	}
	t.Name, t.Email = to.Name, to.Email
	t.Rotation++
	if revoke {
		t.Shared = false
	}
	b.setTicket(n, t)
	return nil
}

// RenameTicket names who uses a ticket. The code is renewed, and a link to it revoked.
func (s *Service) RenameTicket(ctx context.Context, user id.Raw, bookingID, ticketID string, to Attendee) (TicketDetails, error) {
	r, n, err := ownTicket(user, bookingID, ticketID)
	if err != nil {
		return TicketDetails{}, err
	}
	b, sale, err := s.change(ctx, r, func(b *Booking, _ *onSale) ([]outbox.Message, bool, error) {
		return nil, true, b.rename(n, to, true)
	})
	if err != nil {
		return TicketDetails{}, fmt.Errorf("rename %s: %w", ticketID, err)
	}
	return s.ticketDetails(sale, &b, n, sale.seats(b.Items, b.Currency)[n], true), nil
}

// Ticket returns one of a user's tickets and its event.
func (s *Service) Ticket(ctx context.Context, user id.Raw, bookingID, ticketID string) (SharedTicket, error) {
	r, n, err := ownTicket(user, bookingID, ticketID)
	if err != nil {
		return SharedTicket{}, err
	}
	b, sale, err := s.load(ctx, r)
	if err != nil {
		return SharedTicket{}, err
	}
	if n >= places(b.Items) {
		return SharedTicket{}, errNoTicket
	}
	return s.one(ctx, &b, sale, n), nil
}

func (s *Service) one(ctx context.Context, b *Booking, sale *onSale, n int) SharedTicket {
	return SharedTicket{
		Ticket: s.ticketDetails(sale, b, n, sale.seats(b.Items, b.Currency)[n], true),
		Event:  s.eventDetails(ctx, sale, b.CreatedAt),
	}
}

// ShareTicket makes a link that opens one ticket for one peer; an older link is revoked.
func (s *Service) ShareTicket(ctx context.Context, user id.Raw, bookingID, ticketID string) (token string, err error) {
	r, n, err := ownTicket(user, bookingID, ticketID)
	if err != nil {
		return "", err
	}
	b, _, err := s.change(ctx, r, func(b *Booking, _ *onSale) ([]outbox.Message, bool, error) {
		if err := b.usable(n); err != nil {
			return nil, false, err
		}
		t := b.ticket(n)
		t.Share, t.Shared = t.Share+1, true
		b.setTicket(n, t)
		return nil, true, nil
	})
	if err != nil {
		return "", fmt.Errorf("share %s: %w", ticketID, err)
	}
	return s.d.Keys.shareToken(r, n, b.ticket(n).Share), nil
}

// linked checks that a link's ticket is still shared by it; else it does not exist.
func (b *Booking) linked(n, link int) error {
	t := b.ticket(n)
	if n >= places(b.Items) || !t.Shared || t.Share != link || t.Status == TicketCancelled || b.Status != Confirmed {
		return errNoTicket
	}
	return nil
}

// SharedTicket returns the ticket that a link opens. Revoked or cancelled: not found.
func (s *Service) SharedTicket(ctx context.Context, token string) (SharedTicket, error) {
	r, n, link, err := s.d.Keys.parseShare(token)
	if err != nil {
		return SharedTicket{}, err
	}
	b, sale, err := s.load(ctx, r)
	if err == nil {
		err = b.linked(n, link)
	}
	if err != nil {
		return SharedTicket{}, hideBooking(err)
	}
	return s.one(ctx, &b, sale, n), nil
}

// RenameShared lets the peer with the link name themselves, which renews the code; the link stays theirs.
func (s *Service) RenameShared(ctx context.Context, token string, to Attendee) (SharedTicket, error) {
	r, n, link, err := s.d.Keys.parseShare(token)
	if err != nil {
		return SharedTicket{}, err
	}
	b, sale, err := s.change(ctx, r, func(b *Booking, _ *onSale) ([]outbox.Message, bool, error) {
		if err := b.linked(n, link); err != nil {
			return nil, false, err
		}
		return nil, true, b.rename(n, to, false)
	})
	if err != nil {
		return SharedTicket{}, hideBooking(err)
	}
	return s.one(ctx, &b, sale, n), nil
}

// hideBooking makes a missing booking a missing ticket: a link tells nothing of the booking behind it.
func hideBooking(err error) error {
	if fault.Is(err, fault.NotFound) {
		return errNoTicket
	}
	return err
}
