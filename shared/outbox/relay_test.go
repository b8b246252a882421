package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRelay_Run(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b, published := newSource(), &broker{}, 0
		ms := samples("first", 1000)
		s.write(ms...)
		stop := run(t, outbox.RelayDeps{Source: s, Publish: b.publish, Published: func(n int) { b.mu.Lock(); published += n; b.mu.Unlock() }},
			outbox.RelayConfig{})
		defer stop()
		wait(1100 * time.Millisecond) // between two polls
		late := sample("late")
		began := time.Now()
		s.write(late)
		for b.times("late") == 0 {
			wait(time.Millisecond)
		}
		if took := time.Since(began); took > 10*time.Millisecond {
			t.Errorf("a message written while the relay runs: got it published after %v, want within 10ms", took)
		}
		wait(time.Second)
		b.want(t, 1, append(ms, late)...)
		s.wantLeft(t, 0)
		if published != 1001 {
			t.Errorf("Published: got %d, want 1001", published)
		}
	})
}

func TestRelay_Run_FindsOthersMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSource(), &broker{}
		s.wake = nil // the source cannot tell; write's select then does nothing
		defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{Poll: time.Second})()
		wait(time.Minute)
		m := sample("m")
		timer := sample("timer")
		timer.NotBefore = time.Now().Add(10 * time.Second)
		s.write(m, timer)
		wait(1100 * time.Millisecond)
		b.want(t, 1, m)
		b.want(t, 0, timer)
		wait(10 * time.Second)
		b.want(t, 1, m, timer)
	})
}

func TestRelay_Run_RepeatsAfterACrashBeforeMarking(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSource(), &broker{}
		ms := samples("m", 10)
		s.write(ms...)
		s.fail("MarkSent", errors.New("the process is dead"))
		run1 := run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{Lease: time.Minute})
		wait(10 * time.Second)
		b.want(t, 1, ms...) // the same relay knows that they were published
		run1()
		s.wantLeft(t, len(ms))

		s.fail("MarkSent", nil)
		defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{Lease: time.Minute})()
		wait(2 * time.Minute)
		b.want(t, 2, ms...)
		s.wantLeft(t, 0)
	})
}

func TestRelay_Run_MarksOnceMarkingWorksAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSource(), &broker{}
		ms := samples("m", 10)
		s.write(ms...)
		s.fail("MarkSent", errors.New("the store is away"))
		defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{Lease: time.Second})()
		wait(time.Minute) // many leases
		s.fail("MarkSent", nil)
		wait(10 * time.Second)
		b.want(t, 1, ms...)
		s.wantLeft(t, 0)
	})
}

func TestRelay_Run_LosesNothingOnErrors(t *testing.T) {
	for _, tc := range []struct {
		name  string
		fails int // publications of each message that fail
		err   error
		lease time.Duration
	}{
		{"few", 3, fault.New(fault.Unavailable, "", "the broker is away"), time.Minute},
		{"more-than-a-lease-lasts", 40, fault.New(fault.Unavailable, "", "the broker is away"), 10 * time.Second},
		{"invalid", 2, fault.New(fault.Invalid, "", "the message is too large"), time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, tried, failed := newSource(), map[string]int{}, 0
				var b *broker
				b = &broker{before: func(_ context.Context, m message.Envelope) error {
					b.mu.Lock()
					defer b.mu.Unlock()
					if tried[m.ID]++; tried[m.ID] <= tc.fails {
						return tc.err
					}
					return nil
				}}
				ms := samples("m", 20)
				s.write(ms...)
				defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish, Failed: func(error) { b.mu.Lock(); failed++; b.mu.Unlock() }},
					outbox.RelayConfig{Lease: tc.lease})()
				wait(10 * time.Minute)
				b.want(t, 1, ms...)
				s.wantLeft(t, 0)
				if want := tc.fails * len(ms); failed != want {
					t.Errorf("Failed: got %d calls, want %d", failed, want)
				}
			})
		})
	}
}

func TestRelay_Run_SlowMessagesHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		b := &broker{before: func(ctx context.Context, m message.Envelope) error {
			if m.ID[:4] != "slow" {
				return nil
			}
			select {
			case <-time.After(time.Hour):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}}
		slow, quick := samples("slow", 5), samples("quick", 100)
		s.write(append(slow, quick...)...)
		defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{InFlight: 10})()
		wait(time.Second)
		b.want(t, 1, quick...)
		s.wantLeft(t, len(slow))
		wait(2 * time.Hour)
		b.want(t, 1, slow...) // one at a time each, although their leases ran out
		s.wantLeft(t, 0)
	})
}

// TestRelay_Run_IsNotBusy counts claims over a minute.
func TestRelay_Run_IsNotBusy(t *testing.T) {
	away := errors.New("away")
	for _, tc := range []struct {
		name string
		most int // claims
		set  func(s *source, b *broker)
	}{
		{"while-idle", 320, func(*source, *broker) {}},
		{"while-claims-fail", 100, func(s *source, _ *broker) { s.fail("Claim", away) }},
		{"while-claims-fail-and-more-is-written", 100, func(s *source, _ *broker) {
			s.fail("Claim", away)
			s.wake = make(chan struct{})
			close(s.wake) // never silent
		}},
		{"while-marks-fail", 320, func(s *source, _ *broker) { s.write(samples("m", 50)...); s.fail("MarkSent", away) }},
		{"while-depth-fails", 320, func(s *source, _ *broker) { s.fail("Depth", away) }},
		// A poll each 200 ms, and one for each of the 50 messages that is let go of, twice a minute.
		{"while-publishing-fails", 300 + 2*50 + 20, func(s *source, b *broker) {
			s.write(samples("m", 50)...)
			b.before = func(context.Context, message.Envelope) error { return away }
		}},
		{"while-full-of-slow-messages", 0, func(s *source, b *broker) {
			s.write(samples("m", 1000)...)
			b.before = func(ctx context.Context, _ message.Envelope) error { <-ctx.Done(); return ctx.Err() }
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, b, tried := newSource(), &broker{}, 0
				tc.set(s, b)
				publish := func(ctx context.Context, ms ...message.Envelope) error {
					b.mu.Lock()
					tried++
					b.mu.Unlock()
					return b.publish(ctx, ms...)
				}
				defer run(t, outbox.RelayDeps{Source: s, Publish: publish, Depth: func(int, time.Duration) {}}, outbox.RelayConfig{})()
				wait(time.Second)
				before := s.claimed()
				wait(time.Minute)
				if got := s.claimed() - before; got > tc.most {
					t.Errorf("claims in a minute: got %d, want at most %d", got, tc.most)
				}
				b.mu.Lock()
				defer b.mu.Unlock()
				if tried > 50*60 && tc.most > 0 {
					t.Errorf("publications of 50 messages in a minute: got %d, want at most one each second", tried)
				}
			})
		})
	}
}

func TestRelay_Run_SeveralShareASource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		b := &broker{before: func(context.Context, message.Envelope) error { wait(3 * time.Millisecond); return nil }}
		count := make([]int, 4)
		var stops []func()
		for i := range count {
			stops = append(stops, run(t, outbox.RelayDeps{
				Source: s, Publish: b.publish,
				Published: func(n int) { b.mu.Lock(); count[i] += n; b.mu.Unlock() },
			}, outbox.RelayConfig{InFlight: 8}))
		}
		var all []outbox.Message
		for i := range 50 {
			ms := samples(fmt.Sprintf("m%d", i), 20)
			all = append(all, ms...)
			s.write(ms...)
			wait(time.Millisecond)
		}
		wait(10 * time.Second)
		b.want(t, 1, all...)
		s.wantLeft(t, 0)
		for i, n := range count {
			if n == 0 {
				t.Errorf("relay %d of %d: got nothing published, want a share", i, len(count))
			}
		}
		for _, stop := range stops {
			stop()
		}
	})
}

func TestRelay_Run_MeasuresTheDepth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type measure struct {
			n   int
			lag time.Duration
		}
		var got []measure
		s := newSource()
		s.write(samples("m", 3)...)
		timer := sample("timer")
		timer.NotBefore = time.Now().Add(time.Hour)
		s.write(timer)
		fails := 2
		b := &broker{before: func(context.Context, message.Envelope) error {
			wait(12 * time.Second)
			return nil
		}}
		defer run(t, outbox.RelayDeps{
			Source: s, Publish: b.publish, Failed: func(error) { fails-- },
			Depth: func(n int, lag time.Duration) { got = append(got, measure{n, lag}) },
		}, outbox.RelayConfig{Measure: 5 * time.Second})()
		wait(16 * time.Second)
		s.fail("Depth", errors.New("away"))
		wait(10 * time.Second)
		want := []measure{{3, 5 * time.Second}, {3, 10 * time.Second}, {0, 0}}
		if !slices.Equal(got, want) || fails != 0 {
			t.Errorf("Depth: got %v and %d failures too few, want %v and none", got, fails, want)
		}
	})
}

func TestRelay_Drain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSource(), &broker{}
		ms, timer := samples("m", 1000), sample("timer")
		timer.NotBefore = time.Now().Add(time.Second)
		s.write(append(ms, timer)...)
		r := outbox.NewRelay(outbox.RelayDeps{Source: s, Publish: b.publish, Now: time.Now}, outbox.RelayConfig{InFlight: 100})
		if n, err := r.Drain(t.Context()); n != 1000 || err != nil {
			t.Errorf("Drain: got %d and %v, want 1000 and nil", n, err)
		}
		b.want(t, 1, ms...)
		b.want(t, 0, timer)
		wait(2 * time.Second)
		if n, err := r.Drain(t.Context()); n != 1 || err != nil {
			t.Errorf("Drain when a timer is due: got %d and %v, want 1 and nil", n, err)
		}
		s.wantLeft(t, 0)
		if n, err := r.Drain(t.Context()); n != 0 || err != nil {
			t.Errorf("Drain of nothing: got %d and %v, want 0 and nil", n, err)
		}
	})
}

func TestRelay_Drain_EndsInTimeAndLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := fault.New(fault.Unavailable, "", "the broker is away")
		s, b := newSource(), &broker{before: func(context.Context, message.Envelope) error { return away }}
		m := sample("m")
		s.write(m)
		r := outbox.NewRelay(outbox.RelayDeps{Source: s, Publish: b.publish, Now: time.Now}, outbox.RelayConfig{Lease: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if n, err := r.Drain(ctx); n != 0 || err != nil {
			t.Errorf("Drain: got %d and %v, want 0 and nil", n, err)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("Drain: got it back after %v, want 1s", took)
		}
		s.wantLeft(t, 1)
		b.before = nil
		wait(time.Minute)
		if n, err := r.Drain(t.Context()); n != 1 || err != nil {
			t.Errorf("Drain after the lease: got %d and %v, want 1 and nil", n, err)
		}
		b.want(t, 1, m)
	})
}
