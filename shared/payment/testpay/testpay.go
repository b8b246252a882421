// Package testpay is a payment provider that moves no money: what it answers follows from the payer's token alone, so that
// every outcome can be tried on purpose.
//
// # Consistency
//
// Each call is atomic and idempotent by its key, for all providers on one payment.Ledger: every change is a compare-and-set
// on the authorisation's entry, tried again while others win. An authorisation's id says all that made it, so one that is
// not in the books is taken for authorised and can be captured or given back as before; with books in memory, those are
// the ones from before a restart.
//
// # Limits
//
// Books in memory keep every authorisation for the life of the process, about 400 bytes each. An entry grows by each
// refund's key.
//
// # Failure
//
// On purpose only: see the tokens. Where the ledger fails, the call fails with its error; whether it took effect is then
// unknown, and repeating it is safe.
package testpay

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

// The tokens a payer may use.
const (
	OK            = "ok"
	Declined      = "declined"      // the authorisation is declined
	Slow          = "slow"          // the capture takes Config.Slow
	Lost          = "lost"          // the authorisation and the capture succeed, but their first replies are lost
	RefuseCapture = "refuseCapture" // authorised, then refused by the bank
	Duplicate     = "duplicate"     // every notification comes twice
)

// Config is what may be chosen; zero values mean the defaults.
type Config struct {
	Ledger payment.Ledger                                   // where the books are; default NewBooks: of this provider alone
	Now    func() time.Time                                 // default time.Now
	Slow   time.Duration                                    // default 3 s
	Notify func(ctx context.Context, owner string)          // called after each capture, in its own goroutine; default none
	Sleep  func(ctx context.Context, d time.Duration) error // default waits
}

// Provider is a payment.Provider.
type Provider struct{ c Config }

// New returns a Provider.
func New(c Config) *Provider {
	if c.Ledger == nil {
		c.Ledger = NewBooks()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Slow == 0 {
		c.Slow = 3 * time.Second
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	return &Provider{c: c}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

var errLost = fault.New(fault.Unavailable, "", "the payment provider's reply was lost")

// Authorise implements payment.Provider.
func (p *Provider) Authorise(ctx context.Context, r payment.Request) (payment.Authorisation, error) {
	if r.Method != "test" {
		return payment.Authorisation{}, fault.InvalidField("body.payment.method", "must be test")
	}
	switch r.Token {
	case OK, Slow, Lost, RefuseCapture, Duplicate:
	case Declined:
		return payment.Authorisation{}, payment.ErrDeclined
	default:
		return payment.Authorisation{}, fault.InvalidField("body.payment.token", "must be ok, declined, slow, lost, refuseCapture or duplicate")
	}
	e := payment.Entry{Token: r.Token, Version: 1, Authorisation: payment.Authorisation{
		ID: encodeID(r), Owner: r.Owner, Amount: r.Amount,
		State: payment.Authorised, Refunded: money.Of(0, r.Amount.Currency), At: p.c.Now(),
	}}
	answer := reply(&e, "authorise")
	err := p.c.Ledger.PutEntry(ctx, e)
	switch {
	case fault.Is(err, fault.Stale): // authorised before
		if e, err = p.c.Ledger.Entry(ctx, e.ID); err != nil {
			return payment.Authorisation{}, fmt.Errorf("read authorisation: %w", err)
		}
		return e.Authorisation, nil
	case err != nil:
		return payment.Authorisation{}, fmt.Errorf("write authorisation: %w", err)
	}
	return e.Authorisation, answer
}

// reply loses the first reply to a call, where the payer's token asks for that.
func reply(e *payment.Entry, call string) error {
	if e.Token != Lost || e.Lost[call] {
		return nil
	}
	e.Lost = with(e.Lost, call)
	return errLost
}

// with returns a copy of set that has key, too: what is in the books is not changed in place.
func with(set map[string]bool, key string) map[string]bool {
	next := make(map[string]bool, len(set)+1)
	maps.Copy(next, set)
	next[key] = true
	return next
}

// The pauses between tries of a write that others won: full jitter over a growing span, in all as long as ctx allows.
const (
	firstPause   = time.Millisecond
	longestPause = 50 * time.Millisecond
)

// change does step to an authorisation's entry, and writes it where that changed it. The answer is step's, once what it
// did is in the books; written says that this very call put it there.
func (p *Provider) change(ctx context.Context, authorisation string,
	step func(*payment.Entry) (changed bool, answer error),
) (written bool, answer error) {
	unread, ok := decodeID(authorisation)
	if !ok {
		return false, payment.ErrUnknown
	}
	for span := firstPause; ; span = min(2*span, longestPause) {
		e, err := p.c.Ledger.Entry(ctx, authorisation)
		if fault.Is(err, fault.NotFound) {
			e, err = unread, nil
		}
		if err != nil {
			return false, fmt.Errorf("read authorisation: %w", err)
		}
		changed, answer := step(&e)
		if !changed {
			return false, answer
		}
		e.Version++
		err = p.c.Ledger.PutEntry(ctx, e)
		if err == nil {
			return true, answer
		}
		if fault.Is(err, fault.Stale) {
			err = p.c.Sleep(ctx, rand.N(span))
			if err == nil {
				continue
			}
			err = fault.Wrap(fault.Unavailable, "the authorisation is being changed by others", err)
		}
		return false, fmt.Errorf("write authorisation: %w", err)
	}
}

// Capture implements payment.Provider.
func (p *Provider) Capture(ctx context.Context, authorisation string) error {
	said, _ := decodeID(authorisation)
	if said.Token == Slow {
		if err := p.c.Sleep(ctx, p.c.Slow); err != nil {
			return fault.Wrap(fault.Unavailable, "the payment provider is slow", err)
		}
	}
	var owner string
	captured, err := p.change(ctx, authorisation, func(e *payment.Entry) (bool, error) {
		switch {
		case e.State == payment.Voided, e.Token == RefuseCapture:
			return false, payment.ErrRefused
		case e.State == payment.Captured:
			return false, nil
		}
		e.State, owner = payment.Captured, e.Owner
		return true, reply(e, "capture")
	})
	if captured {
		p.notify(context.WithoutCancel(ctx), owner, said.Token)
	}
	return err
}

func (p *Provider) notify(ctx context.Context, owner, token string) {
	if p.c.Notify == nil {
		return
	}
	go p.c.Notify(ctx, owner)
	if token == Duplicate {
		go p.c.Notify(ctx, owner)
	}
}

// Release implements payment.Provider.
func (p *Provider) Release(ctx context.Context, authorisation string) error {
	_, err := p.change(ctx, authorisation, func(e *payment.Entry) (bool, error) {
		switch {
		case e.State == payment.Authorised:
			e.State = payment.Voided
		case e.State == payment.Captured && e.Refunded != e.Amount:
			e.Refunded = e.Amount
		default:
			return false, nil
		}
		return true, nil
	})
	return err
}

// Refund implements payment.Provider.
func (p *Provider) Refund(ctx context.Context, authorisation string, amount money.Amount, key string) error {
	_, err := p.change(ctx, authorisation, func(e *payment.Entry) (bool, error) {
		if e.Refunds[key] {
			return false, nil
		}
		if e.State == payment.Authorised && e.At.IsZero() {
			e.State = payment.Captured // known from its id only: it was captured before a restart
		}
		if e.State != payment.Captured || amount.Minor < 0 || amount.Currency != e.Amount.Currency ||
			e.Refunded.Minor+amount.Minor > e.Amount.Minor {
			return false, fault.New(fault.Conflict, "refundTooLarge", "more cannot be refunded than was captured")
		}
		e.Refunds = with(e.Refunds, key)
		e.Refunded.Minor += amount.Minor
		return true, nil
	})
	return err
}

// Open implements payment.Provider.
func (p *Provider) Open(ctx context.Context, before time.Time, limit int) ([]payment.Authorisation, error) {
	entries, err := p.c.Ledger.OpenEntries(ctx, before, limit)
	if err != nil {
		return nil, fmt.Errorf("list open authorisations: %w", err)
	}
	return authorisations(entries), nil
}

// Ledger returns every authorisation in the provider's books, for those who add up, where those are in memory; a ledger
// elsewhere cannot be listed, and none of it is returned.
func (p *Provider) Ledger() []payment.Authorisation {
	if b, ok := p.c.Ledger.(*Books); ok {
		return authorisations(b.Entries())
	}
	return nil
}

func authorisations(entries []payment.Entry) []payment.Authorisation {
	out := make([]payment.Authorisation, len(entries))
	for i, e := range entries {
		out[i] = e.Authorisation
	}
	return out
}
