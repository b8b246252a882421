package outbox

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// RelayDeps is what a Relay needs. Source, Publish and Now are required.
type RelayDeps struct {
	Source  Source
	Publish func(ctx context.Context, ms ...message.Envelope) error
	Now     func() time.Time
	// The hooks are for metrics and logs; nil: nobody.
	Published func(n int)
	Failed    func(err error)
	Depth     func(n int, lag time.Duration)
}

// RelayConfig is what may be chosen; zero values mean the defaults.
type RelayConfig struct {
	Poll     time.Duration // how often others' messages are looked for; default 200 ms
	Lease    time.Duration // for how long a claimed message is this relay's, and so how long a crash delays it; default 30 s
	InFlight int           // messages being published at a time; default 256
	Measure  time.Duration // how often the depth is measured; default 5 s
}

// gathering is how long a relay that was woken waits for more to come, while it has something to do.
const gathering = 2 * time.Millisecond

// Relay sends what a Source holds: claim → publish → mark sent. Several relays may work on one Source.
type Relay struct {
	d      RelayDeps
	c      RelayConfig
	mu     sync.Mutex
	flying map[string]bool // refs being published; a claim that outlives its lease is not published twice at once
	sent   []string        // published, not yet marked
	landed chan struct{}
	work   sync.WaitGroup
}

// NewRelay returns a Relay.
func NewRelay(d RelayDeps, c RelayConfig) *Relay {
	if c.Poll <= 0 {
		c.Poll = 200 * time.Millisecond
	}
	if c.Lease <= 0 {
		c.Lease = 30 * time.Second
	}
	if c.InFlight <= 0 {
		c.InFlight = 256
	}
	if c.Measure <= 0 {
		c.Measure = 5 * time.Second
	}
	if d.Published == nil {
		d.Published = func(int) {}
	}
	if d.Failed == nil {
		d.Failed = func(error) {}
	}
	return &Relay{d: d, c: c, flying: map[string]bool{}, landed: make(chan struct{}, 1)}
}

// Run relays until ctx ends, then lets go of what it could not publish. It returns nil.
func (r *Relay) Run(ctx context.Context) error {
	defer func() {
		if _, err := r.mark(context.WithoutCancel(ctx)); err != nil {
			r.d.Failed(err) // published, and so published again
		}
	}()
	defer r.work.Wait()
	poll := time.NewTicker(r.c.Poll)
	defer poll.Stop()
	measure := time.NewTicker(r.c.Measure)
	defer measure.Stop()
	fails := 0
	for {
		if _, err := r.turn(ctx); err != nil && ctx.Err() == nil {
			r.d.Failed(err)
			fails++
			r.pause(ctx, fails)
		} else {
			fails = 0
		}
		if ctx.Err() != nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-measure.C:
			r.measure(ctx)
		case <-poll.C:
		case <-r.d.Source.Wake():
			r.gather(ctx)
		case <-r.landed:
			r.gather(ctx)
		}
	}
}

// Drain publishes what is due until there is nothing more, or ctx ends, and returns how many messages it sent. It is for
// programs in which no loop turns, and not to be called beside Run.
func (r *Relay) Drain(ctx context.Context) (sent int, err error) {
	for begun := -1; begun != 0 && err == nil && ctx.Err() == nil; {
		begun, err = r.turn(ctx)
		r.work.Wait()
		n, late := r.mark(context.WithoutCancel(ctx))
		sent, err = sent+n, errors.Join(err, late)
	}
	return sent, err
}

// gather waits a moment while messages are on their way, so that one claim and one mark are for many; the first of them waits
// for no company.
func (r *Relay) gather(ctx context.Context) {
	r.mu.Lock()
	idle := len(r.flying) == 0
	r.mu.Unlock()
	if idle {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(gathering):
	}
}

// turn marks what was published, begins to publish what is due, and returns of how many messages it did.
func (r *Relay) turn(ctx context.Context) (begun int, err error) {
	if _, err := r.mark(ctx); err != nil {
		return 0, err
	}
	r.mu.Lock()
	room := r.c.InFlight - len(r.flying)
	r.mu.Unlock()
	if room <= 0 {
		return 0, nil
	}
	due, err := r.d.Source.Claim(ctx, r.d.Now(), r.c.Lease, room)
	if err != nil {
		return 0, fmt.Errorf("claim messages: %w", err)
	}
	for _, p := range due {
		r.mu.Lock()
		again := r.flying[p.Ref]
		r.flying[p.Ref] = true
		r.mu.Unlock()
		if !again {
			begun++
			r.work.Go(func() { r.publish(ctx, p) })
		}
	}
	return begun, nil
}

// publish sends one message, and tries again for as long as this relay holds it.
func (r *Relay) publish(ctx context.Context, p Pending) {
	until := r.d.Now().Add(r.c.Lease / 2)
	for fails := 1; ; fails++ {
		err := r.d.Publish(ctx, p.Message)
		if err == nil {
			break
		}
		if ctx.Err() == nil {
			r.d.Failed(fmt.Errorf("publish %s %s: %w", p.Message.Type, p.Message.ID, err))
		}
		if ctx.Err() != nil || r.d.Now().After(until) || fault.Is(err, fault.Invalid) {
			r.land(p.Ref, false) // its lease runs out, and it is claimed again
			return
		}
		r.pause(ctx, fails)
	}
	r.d.Published(1)
	r.land(p.Ref, true)
}

func (r *Relay) land(ref string, sent bool) {
	r.mu.Lock()
	if sent {
		r.sent = append(r.sent, ref) // stays among the flying until it is marked
	} else {
		delete(r.flying, ref)
	}
	r.mu.Unlock()
	select {
	case r.landed <- struct{}{}:
	default:
	}
}

// mark tells the source of what was published, and returns of how many messages it did.
func (r *Relay) mark(ctx context.Context) (int, error) {
	r.mu.Lock()
	sent := r.sent
	r.sent = nil
	r.mu.Unlock()
	if len(sent) == 0 {
		return 0, nil
	}
	err := r.d.Source.MarkSent(ctx, sent)
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		r.sent = append(r.sent, sent...)
		return 0, fmt.Errorf("mark messages sent: %w", err)
	}
	for _, ref := range sent {
		delete(r.flying, ref)
	}
	return len(sent), nil
}

func (r *Relay) pause(ctx context.Context, fails int) {
	select {
	case <-ctx.Done():
	case <-time.After(backoff(fails)):
	}
}

// backoff is a while that grows with each failure in a row, up to 5 s, with full jitter.
func backoff(fails int) time.Duration {
	span := min(5*time.Second, 50*time.Millisecond<<min(fails, 10))
	return time.Duration(rand.Int64N(int64(span)))
}

func (r *Relay) measure(ctx context.Context) {
	if r.d.Depth == nil {
		return
	}
	now := r.d.Now()
	n, oldest, err := r.d.Source.Depth(ctx, now)
	if err != nil {
		r.d.Failed(fmt.Errorf("measure outbox: %w", err))
		return
	}
	var lag time.Duration
	if !oldest.IsZero() {
		lag = now.Sub(oldest)
	}
	r.d.Depth(n, lag)
}
