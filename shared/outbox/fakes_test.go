package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// source is an outbox.Source in memory.
type source struct {
	mu     sync.Mutex
	all    []*row // in the order of writing
	wake   chan struct{}
	claims int
	broken map[string]error // by method
	marked [][]string
}

type row struct {
	ref       string
	m         outbox.Message
	claimedAt time.Time
	since     time.Time
}

func newSource() *source { return &source{wake: make(chan struct{}, 1), broken: map[string]error{}} }

func (s *source) write(ms ...outbox.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range ms {
		since := time.Now()
		if m.NotBefore.After(since) {
			since = m.NotBefore
		}
		s.all = append(s.all, &row{ref: "ref-" + m.ID, m: m, since: since})
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func (s *source) fail(method string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken[method] = err
}

func (s *source) Claim(_ context.Context, now time.Time, lease time.Duration, limit int) ([]outbox.Pending, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.claims++
	if err := s.broken["Claim"]; err != nil {
		return nil, err
	}
	var got []outbox.Pending
	for _, r := range s.all {
		if len(got) == limit || r.m.NotBefore.After(now) || (!r.claimedAt.IsZero() && now.Sub(r.claimedAt) <= lease) {
			continue
		}
		r.claimedAt = now
		got = append(got, outbox.Pending{Ref: r.ref, Message: r.m.Envelope})
	}
	return got, nil
}

func (s *source) MarkSent(ctx context.Context, refs []string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.broken["MarkSent"], ctx.Err()); err != nil {
		return err
	}
	s.marked = append(s.marked, refs)
	s.all = slices.DeleteFunc(s.all, func(r *row) bool { return slices.Contains(refs, r.ref) })
	return nil
}

func (s *source) Depth(_ context.Context, now time.Time) (n int, oldest time.Time, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.all {
		if r.m.NotBefore.After(now) {
			continue
		}
		if n++; oldest.IsZero() || r.since.Before(oldest) {
			oldest = r.since
		}
	}
	return n, oldest, s.broken["Depth"]
}

func (s *source) Wake() <-chan struct{} { return s.wake }

func (s *source) claimed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claims
}

func (s *source) left() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// broker notes what is published; before says, for each publication, how it goes.
type broker struct {
	mu     sync.Mutex
	got    []string
	before func(ctx context.Context, m message.Envelope) error
}

func (b *broker) publish(ctx context.Context, ms ...message.Envelope) error {
	for _, m := range ms {
		if b.before != nil {
			if err := b.before(ctx, m); err != nil {
				return err
			}
		}
		b.mu.Lock()
		b.got = append(b.got, m.ID)
		b.mu.Unlock()
	}
	return nil
}

// all is what was published so far.
func (b *broker) all() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

func (b *broker) times(id string) (n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, g := range b.got {
		if g == id {
			n++
		}
	}
	return n
}

func sample(name string) outbox.Message {
	return outbox.Message{Envelope: message.New(name, message.SourceBooking, message.BookingConfirmed, "bkg-1", time.Now(), map[string]string{"n": name})}
}

func samples(prefix string, n int) []outbox.Message {
	ms := make([]outbox.Message, n)
	for i := range ms {
		ms[i] = sample(fmt.Sprintf("%s-%04d", prefix, i))
	}
	return ms
}

// run starts a relay; stop ends it and waits.
func run(t *testing.T, d outbox.RelayDeps, c outbox.RelayConfig) (stop func()) {
	t.Helper()
	d.Now = time.Now
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- outbox.NewRelay(d, c).Run(ctx) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}

func wait(d time.Duration) { <-time.After(d) }

func (s *source) wantLeft(t *testing.T, want int) {
	t.Helper()
	if got := s.left(); got != want {
		t.Errorf("messages left in the outbox: got %d, want %d", got, want)
	}
}

func (b *broker) want(t *testing.T, want int, ms ...outbox.Message) {
	t.Helper()
	for _, m := range ms {
		if got := b.times(m.ID); got != want {
			t.Errorf("publications of %s: got %d, want %d", m.ID, got, want)
		}
	}
}
