package booking

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/payment"
)

// How often what a reply was lost of is tried again at once, and how long a key's mark is kept.
const (
	authoriseTries = 3
	settleTries    = 2 // a reply that was lost once
	markLife       = 24 * time.Hour
)

// Book books a hold, or holds and books in one call. It answers a confirmed booking, or one still recorded that will be
// settled within a minute. The same key and body answer the same; another body ErrKeyReused. Refusals: payment.ErrDeclined
// (the hold stays; a direct booking's places are freed), ErrHoldLapsed, ErrHoldUsed, those of Hold, and fault.Invalid.
func (s *Service) Book(ctx context.Context, user id.Raw, r BookRequest) (Details, error) {
	b, sale, err := s.book(ctx, user, r)
	if err != nil {
		return Details{}, err
	}
	if b.Status == Failed {
		return Details{}, fmt.Errorf("book %s: %w", b.Ref().ID(), failure(b.Failure))
	}
	return s.details(ctx, sale, b, true), nil
}

// failure is the error of a booking that failed for a reason.
func failure(code string) error {
	for _, err := range []*fault.Error{ErrHoldLapsed, payment.ErrRefused, ErrNotOnSale} {
		if err.Code == code {
			return err
		}
	}
	return ErrHoldLapsed
}

func (s *Service) book(ctx context.Context, user id.Raw, r BookRequest) (Booking, *onSale, error) {
	t, sale, done, err := s.heldFor(ctx, user, r)
	if err != nil || done != nil {
		return deref(done), sale, err
	}
	free := func(err error) error { // a direct booking that comes to nothing leaves no hold behind
		if r.Direct == nil {
			return err
		}
		return errors.Join(err, s.letGo(ctx, t.ref.Hold, groupsOf(t.items)), s.forgetHold(context.WithoutCancel(ctx), t.ref, t.event))
	}
	b := Booking{
		User: t.ref.User, Hold: t.ref.Hold, Event: t.event, Status: Recorded, Key: r.Key, BodyHash: r.BodyHash,
		Items: t.items, Currency: t.currency, CreatedAt: s.d.Now(), Expires: t.expires, Version: 1,
	}
	if err := b.admit(r.Attendees); err != nil {
		return b, sale, free(err)
	}
	if b.Payment, err = s.authorise(ctx, t, r); err != nil {
		return b, sale, free(err)
	}
	err = s.put(ctx, b)
	if fault.Is(err, fault.Stale) {
		return s.lostRecord(ctx, sale, b, r)
	}
	if err != nil {
		return b, sale, fmt.Errorf("record booking %s: %w", b.Ref().ID(), err)
	}
	return s.settleNow(ctx, b), sale, nil
}

func deref(b *Booking) Booking {
	if b == nil {
		return Booking{}
	}
	return *b
}

// heldFor finds what a request is to book: its hold, or the booking that an earlier try of it made.
func (s *Service) heldFor(ctx context.Context, user id.Raw, r BookRequest) (t holdToken, sale *onSale, done *Booking, err error) {
	if r.Direct != nil {
		return s.heldDirect(ctx, user, r)
	}
	if t, err = s.heldBy(user, r.HoldToken); err != nil {
		return t, nil, nil, fault.InvalidField("body.hold", "no such hold")
	}
	if sale, err = s.sales.get(ctx, t.event); err != nil {
		return t, nil, nil, err
	}
	if done, err = s.booked(ctx, t.ref, r); err != nil || done != nil {
		return t, sale, done, err
	}
	if s.d.Now().After(t.bookBy()) {
		return t, sale, nil, ErrHoldLapsed
	}
	return t, sale, nil, nil
}

func (s *Service) heldDirect(ctx context.Context, user id.Raw, r BookRequest) (t holdToken, sale *onSale, done *Booking, err error) {
	if sale, err = s.saleToHold(ctx, r.Direct.EventID); err != nil {
		return t, nil, nil, err
	}
	key := directKey(r.Key)
	holdID, err := s.d.Keys.holdID(sale.KeyID, sale.event, user, key)
	if err != nil {
		return t, nil, nil, err
	}
	if done, err = s.booked(ctx, Ref{User: user, Hold: holdID}, r); err != nil || done != nil {
		return t, sale, done, err
	}
	direct := *r.Direct
	direct.Key, direct.BodyHash = key, r.BodyHash
	t, err = s.hold(ctx, user, sale, direct)
	return t, sale, nil, err
}

// booked returns the booking of a hold where there is one that this request may see as its own, settled as far as it goes.
func (s *Service) booked(ctx context.Context, ref Ref, r BookRequest) (*Booking, error) {
	b, err := s.d.Store.Booking(ctx, ref)
	switch {
	case err == nil:
		if err := b.sameRequest(r); err != nil {
			return nil, err
		}
		b = s.settleNow(ctx, b)
		return &b, nil
	case !fault.Is(err, fault.NotFound):
		return nil, fmt.Errorf("read booking %s: %w", ref.ID(), err)
	}
	mark, err := s.d.Store.Mark(ctx, ref.User, r.Key)
	switch {
	case fault.Is(err, fault.NotFound):
		return nil, nil //nolint:nilnil // not booked yet
	case err != nil:
		return nil, fmt.Errorf("read mark: %w", err)
	case mark.Hold != ref.Hold && s.d.Now().Before(mark.Until):
		return nil, ErrKeyReused
	}
	return nil, nil //nolint:nilnil // not booked yet
}

func (b *Booking) sameRequest(r BookRequest) error {
	switch {
	case b.Key != r.Key:
		return ErrHoldUsed
	case b.BodyHash != r.BodyHash:
		return ErrKeyReused
	}
	return nil
}

// admit fills the tickets with attendees, in order.
func (b *Booking) admit(attendees []Attendee) error {
	if n := places(b.Items); len(attendees) > n {
		return fault.InvalidField("body.attendees", "there are only "+strconv.Itoa(n)+" tickets")
	}
	for i, a := range attendees {
		if a != (Attendee{}) {
			b.setTicket(i, Ticket{Name: a.Name, Email: a.Email})
		}
	}
	return nil
}

// authorise sets the total aside and returns the authorisation's id; "" where nothing is to pay.
func (s *Service) authorise(ctx context.Context, t holdToken, r BookRequest) (string, error) {
	sum, err := total(t.items, t.currency)
	if err != nil {
		return "", err
	}
	if sum.IsZero() {
		return "", nil
	}
	if r.Payment == nil {
		return "", fault.InvalidField("body.payment", "is required where there is something to pay")
	}
	request := payment.Request{Key: t.ref.ID() + "/" + r.Key, Amount: sum, Method: r.Payment.Method, Token: r.Payment.Token, Owner: t.ref.ID()}
	var auth payment.Authorisation
	for try := 1; ; try++ {
		auth, err = s.d.Payment.Authorise(ctx, request)
		if err == nil || !fault.Is(err, fault.Unavailable) || try == authoriseTries || ctx.Err() != nil {
			break
		}
	}
	if err != nil {
		return "", fmt.Errorf("authorise payment: %w", err)
	}
	return auth.ID, nil
}

// lostRecord is for whoever finds the hold's record made by another request: that one counts, and this one's own
// authorisation is given back unless the record names it.
func (s *Service) lostRecord(ctx context.Context, sale *onSale, mine Booking, r BookRequest) (Booking, *onSale, error) {
	b, err := s.d.Store.Booking(ctx, mine.Ref())
	if err != nil {
		return mine, sale, fmt.Errorf("read booking %s: %w", mine.Ref().ID(), err)
	}
	if mine.Payment != "" && mine.Payment != b.Payment {
		if err := s.d.Payment.Release(context.WithoutCancel(ctx), mine.Payment); err != nil {
			return b, sale, fmt.Errorf("void payment of the loser of %s: %w", b.Ref().ID(), err)
		}
	}
	if err := b.sameRequest(r); err != nil {
		return b, sale, err
	}
	return s.settleNow(ctx, b), sale, nil
}

// settleNow settles a booking as far as the budget allows, whether or not its caller still waits. What is left then is the
// worker's, by the timer that the record carries, and the booking is answered as it stands.
func (s *Service) settleNow(ctx context.Context, b Booking) Booking {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.c.BookBudget)
	defer cancel()
	for try := 1; ; try++ {
		settled, err := s.settle(ctx, b)
		if settled.Version >= b.Version {
			b = settled
		}
		if err == nil || !fault.Is(err, fault.Unavailable) || try == settleTries || ctx.Err() != nil {
			return b
		}
	}
}
