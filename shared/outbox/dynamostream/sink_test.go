package dynamostream_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// sink notes what is published and parked.
type sink struct {
	mu     sync.Mutex
	ids    []string
	count  map[string]int
	at     map[string]time.Time
	parked []string
	broken func(m message.Envelope) error
	failed []error
}

func (k *sink) publish(ctx context.Context, ms ...message.Envelope) error {
	for _, m := range ms {
		if err := ctx.Err(); err != nil {
			return err
		}
		k.mu.Lock()
		if k.broken != nil {
			if err := k.broken(m); err != nil {
				k.mu.Unlock()
				return err
			}
		}
		if k.at == nil {
			k.at, k.count = map[string]time.Time{}, map[string]int{}
		}
		k.ids = append(k.ids, m.ID)
		k.count[m.ID]++
		if _, ok := k.at[m.ID]; !ok {
			k.at[m.ID] = time.Now()
		}
		k.mu.Unlock()
	}
	return nil
}

func (k *sink) park(_ context.Context, body []byte, _ string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.parked = append(k.parked, string(body))
	return nil
}

func (k *sink) fail(err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.failed = append(k.failed, err)
}

// failures returns what failed so far.
func (k *sink) failures() []error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.failed)
}

// when returns when a message was first published.
func (k *sink) when(id string) time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.at[id]
}

func (k *sink) times(id string) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.count[id]
}

func (k *sink) all() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.ids)
}

// want reports messages that were not published n times; -1: at least once.
func (k *sink) want(t testing.TB, n int, ms ...outbox.Message) {
	t.Helper()
	for _, m := range ms {
		if got := k.times(m.ID); got != n && (n >= 0 || got == 0) {
			t.Errorf("publications of %s: got %d, want %d", m.ID, got, n)
		}
	}
}

func (k *sink) wantParked(t testing.TB, bodies ...string) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if !slices.Equal(k.parked, bodies) {
		t.Errorf("parked: got %q, want %q", k.parked, bodies)
	}
}

func sample(name string) outbox.Message {
	return outbox.Message{Envelope: message.New(name, message.SourceBooking, message.BookingConfirmed, "bkg-1", time.Now(), map[string]string{"n": name})}
}

func timerAt(name string, at time.Time) outbox.Message {
	m := sample(name)
	m.NotBefore = at
	return m
}

// relay starts a relay of a reader; stop ends it and waits.
func (k *sink) relay(t *testing.T, r outbox.Stream) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- outbox.NewStreamRelay(outbox.StreamRelayDeps{
			Stream: r, Publish: k.publish, Park: k.park, Now: time.Now, Failed: k.fail,
		}, outbox.StreamRelayConfig{}).Run(ctx)
	}()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}
