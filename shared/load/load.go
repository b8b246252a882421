// Package load puts a running server under an open-loop load of buyers and then audits it: buyers come at a fixed rate
// however slow the answers are, and what they were told is compared with what the server has. It speaks HTTP and knows
// nothing of what is behind it.
package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// Config is what a load is made of.
type Config struct {
	Server   string            // checked to be on this machine, unless Remote
	Remote   bool              // the server may be elsewhere
	Client   *apiclient.Client // with an organiser's token
	EventID  string            // to buy from; empty: one made for it
	Places   int               // of the event made for it
	Rate     float64           // buyers a second, at random moments (a Poisson process)
	Duration time.Duration
	Buyers   int // different people; default 64
	InFlight int // buyers served at a time at most; who comes beyond is counted as turned away; default 1,024
	// Buyer returns the client of the nth person.
	Buyer func(n int) (*apiclient.Client, error)
}

// Run loads and audits. The report is good also where an error is returned: that the load could not be run, or ErrAudit.
func Run(ctx context.Context, c Config) (*Report, error) {
	if err := c.check(); err != nil {
		return new(Report), err
	}
	crowd := make([]*buyer, c.Buyers)
	for n := range crowd {
		client, err := c.Buyer(n)
		if err != nil {
			return new(Report), fmt.Errorf("buyer %d: %w", n, err)
		}
		crowd[n] = &buyer{client: client, run: rand.Uint64()}
	}
	sale, err := c.sale(ctx)
	if err != nil {
		return new(Report), err
	}
	r := &Report{EventID: sale.event, Outcomes: map[string]int{}}
	r.rush(ctx, c, sale, crowd)
	err = r.audit(context.WithoutCancel(ctx), c, sale, crowd)
	return r, err
}

func (c *Config) check() error {
	if c.Buyers <= 0 {
		c.Buyers = 64
	}
	if c.InFlight <= 0 {
		c.InFlight = 1024
	}
	if c.Rate <= 0 || c.Rate > 100_000 || c.Duration <= 0 || c.Duration > time.Hour {
		return errors.New("load: the rate must be up to 100,000 a second, for at most an hour")
	}
	u, err := url.Parse(c.Server)
	if err != nil {
		return fmt.Errorf("load: %w", err)
	}
	if ip := net.ParseIP(u.Hostname()); !c.Remote && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return errors.New("load: the server is not on this machine; say --remote if it is yours and may be loaded")
	}
	return nil
}

// rush has buyers come for the duration, and waits for the last to be served.
func (r *Report) rush(ctx context.Context, c Config, s sale, crowd []*buyer) {
	var work sync.WaitGroup
	room := make(chan struct{}, c.InFlight)
	began := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	due := began
	for n := 0; due.Sub(began) < c.Duration; n++ {
		timer.Reset(time.Until(due))
		select {
		case <-ctx.Done():
			due = began.Add(c.Duration) // nobody else comes
			continue
		case <-timer.C:
		}
		select {
		case room <- struct{}{}:
			intended := due
			work.Go(func() {
				defer func() { <-room }()
				outcome := crowd[n%len(crowd)].buy(ctx, s, n)
				r.count(outcome, time.Since(intended)) // from when they came, not from when there was room to send
			})
		default:
			r.count(turnedAway, 0)
		}
		due = due.Add(time.Duration(rand.ExpFloat64() / c.Rate * float64(time.Second)))
	}
	work.Wait()
	r.Took = time.Since(began)
}
