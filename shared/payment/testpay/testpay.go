// Package testpay is a payment provider that moves no money: what it answers follows from the payer's token alone, so that
// every outcome can be tried on purpose.
//
// # Consistency
//
// Each call is atomic and idempotent by its key, within one process. An authorisation's id says all that made it, so after
// a restart it is taken for one that is authorised and can be captured or given back as before.
//
// # Limits
//
// Authorisations are kept in memory for the life of the process, about 300 bytes each.
//
// # Failure
//
// Only on purpose: see the tokens.
package testpay

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"
	"sync"
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
	Now    func() time.Time                                 // default time.Now
	Slow   time.Duration                                    // default 3 s
	Notify func(ctx context.Context, owner string)          // called after each capture, in its own goroutine; default none
	Sleep  func(ctx context.Context, d time.Duration) error // default waits
}

// Provider is a payment.Provider.
type Provider struct {
	c  Config
	mu sync.Mutex
	by map[string]*entry // by id
}

type entry struct {
	payment.Authorisation
	token   string
	lost    map[string]bool // calls whose reply was lost already
	refunds map[string]bool // keys
}

// New returns a Provider.
func New(c Config) *Provider {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Slow == 0 {
		c.Slow = 3 * time.Second
	}
	if c.Sleep == nil {
		c.Sleep = sleep
	}
	return &Provider{c: c, by: map[string]*entry{}}
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
func (p *Provider) Authorise(_ context.Context, r payment.Request) (payment.Authorisation, error) {
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
	p.mu.Lock()
	defer p.mu.Unlock()
	authID := encodeID(r)
	e := p.by[authID]
	if e == nil {
		e = &entry{token: r.Token, Authorisation: payment.Authorisation{
			ID: authID, Owner: r.Owner, Amount: r.Amount,
			State: payment.Authorised, Refunded: money.Of(0, r.Amount.Currency), At: p.c.Now(),
		}}
		p.by[authID] = e
	}
	return e.Authorisation, e.reply("authorise")
}

// reply loses the first reply to a call, where the payer's token asks for that.
func (e *entry) reply(call string) error {
	if e.token != Lost || e.lost[call] {
		return nil
	}
	if e.lost == nil {
		e.lost = map[string]bool{}
	}
	e.lost[call] = true
	return errLost
}

// Capture implements payment.Provider.
func (p *Provider) Capture(ctx context.Context, authorisation string) error {
	e, err := p.entry(authorisation)
	if err != nil {
		return err
	}
	if e.token == Slow {
		if err := p.c.Sleep(ctx, p.c.Slow); err != nil {
			return fault.Wrap(fault.Unavailable, "the payment provider is slow", err)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case e.State == payment.Voided, e.token == RefuseCapture:
		return payment.ErrRefused
	case e.State == payment.Authorised:
		e.State = payment.Captured
		p.notify(context.WithoutCancel(ctx), e)
	}
	return e.reply("capture")
}

func (p *Provider) notify(ctx context.Context, e *entry) {
	if p.c.Notify == nil {
		return
	}
	go p.c.Notify(ctx, e.Owner)
	if e.token == Duplicate {
		go p.c.Notify(ctx, e.Owner)
	}
}

// Release implements payment.Provider.
func (p *Provider) Release(_ context.Context, authorisation string) error {
	e, err := p.entry(authorisation)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.State == payment.Captured {
		e.Refunded = e.Amount
		return nil
	}
	e.State = payment.Voided
	return nil
}

// Refund implements payment.Provider.
func (p *Provider) Refund(_ context.Context, authorisation string, amount money.Amount, key string) error {
	e, err := p.entry(authorisation)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.refunds[key] {
		return nil
	}
	if e.State == payment.Authorised && e.At.IsZero() {
		e.State = payment.Captured // known from its id only: it was captured before a restart
	}
	if e.State != payment.Captured || amount.Minor < 0 || amount.Currency != e.Amount.Currency ||
		e.Refunded.Minor+amount.Minor > e.Amount.Minor {
		return fault.New(fault.Conflict, "refundTooLarge", "more cannot be refunded than was captured")
	}
	if e.refunds == nil {
		e.refunds = map[string]bool{}
	}
	e.refunds[key] = true
	e.Refunded.Minor += amount.Minor
	return nil
}

// Open implements payment.Provider.
func (p *Provider) Open(_ context.Context, before time.Time, limit int) ([]payment.Authorisation, error) {
	return p.list(limit, func(e *entry) bool { return e.State == payment.Authorised && !e.At.IsZero() && e.At.Before(before) }), nil
}

// Ledger returns every authorisation of this process, for those who add up.
func (p *Provider) Ledger() []payment.Authorisation {
	return p.list(int(^uint(0)>>1), func(*entry) bool { return true })
}

func (p *Provider) list(limit int, wanted func(*entry) bool) []payment.Authorisation {
	p.mu.Lock()
	defer p.mu.Unlock()
	var out []payment.Authorisation
	for _, e := range p.by {
		if len(out) == limit {
			break
		}
		if wanted(e) {
			out = append(out, e.Authorisation)
		}
	}
	return out
}

// entry finds an authorisation, or makes it anew from its id.
func (p *Provider) entry(authorisation string) (*entry, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.by[authorisation]; e != nil {
		return e, nil
	}
	e, ok := decodeID(authorisation)
	if !ok {
		return nil, payment.ErrUnknown
	}
	p.by[authorisation] = e
	return e, nil
}

// idPrefix begins every authorisation's id: test, token, amount, currency, and a hash of the key and the rest.
const idPrefix = "test"

func encodeID(r payment.Request) string {
	sum := sha256.Sum256([]byte(r.Key))
	return strings.Join([]string{
		idPrefix, r.Token, strconv.FormatInt(r.Amount.Minor, 10), r.Amount.Currency,
		base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]),
	}, ":")
}

func decodeID(authorisation string) (*entry, bool) {
	parts := strings.Split(authorisation, ":")
	if len(parts) != 5 || parts[0] != idPrefix {
		return nil, false
	}
	minor, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || minor < 0 {
		return nil, false
	}
	amount := money.Of(minor, parts[3])
	return &entry{token: parts[1], Authorisation: payment.Authorisation{
		ID: authorisation, Amount: amount,
		State: payment.Authorised, Refunded: money.Of(0, amount.Currency),
	}}, true
}
