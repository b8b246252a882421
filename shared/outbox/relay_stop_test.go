package outbox_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// TestRelay_Run_StopsUnderLoad stops a relay at many moments: what was published is marked, what was not is kept.
func TestRelay_Run_StopsUnderLoad(t *testing.T) {
	for _, ms := range []int{0, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144} {
		after := time.Duration(ms) * time.Millisecond
		t.Run(fmt.Sprintf("after-%d-ms", ms), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource()
				b := &broker{before: func(ctx context.Context, _ message.Envelope) error {
					select {
					case <-time.After(7 * time.Millisecond):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				}}
				ms := samples("m", 500)
				s.write(ms...)
				failed := func(err error) { t.Errorf("Failed: got %v, want no call for a stop", err) }
				stop := run(t, outbox.RelayDeps{Source: s, Publish: b.publish, Failed: failed}, outbox.RelayConfig{InFlight: 16})
				wait(after)
				stop()
				sent, left := len(b.all()), s.left()
				if sent+left != len(ms) {
					t.Errorf("after the stop: got %d published and %d kept, want %d together", sent, left, len(ms))
				}
				defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{})()
				wait(3 * time.Minute)
				b.want(t, 1, ms...)
				s.wantLeft(t, 0)
			})
		})
	}
}

// TestRelay_Run_WaitsForWhatIsBeingPublished stops a relay whose queue answers later, as one does that waits for a handler.
func TestRelay_Run_WaitsForWhatIsBeingPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSource()
		b := &broker{before: func(context.Context, message.Envelope) error { wait(3 * time.Second); return nil }}
		ms := samples("m", 5)
		s.write(ms...)
		stop := run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{})
		wait(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("stop: got it after %v, want 2s, when the last message is handled", took)
		}
		b.want(t, 1, ms...)
		s.wantLeft(t, 0)
	})
}

// TestRelay_Run_CrashDelaysLessThanAMinute is for the promise that a crash leaves nothing unsettled after a minute.
func TestRelay_Run_CrashDelaysLessThanAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, b := newSource(), &broker{}
		m := sample("m")
		s.write(m)
		if got, err := s.Claim(t.Context(), time.Now(), time.Minute, 10); err != nil || len(got) != 1 { // by a process that dies here
			t.Fatalf("Claim: got %v and %v, want one message", got, err)
		}
		defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{})()
		wait(45 * time.Second)
		b.want(t, 1, m)
		s.wantLeft(t, 0)
	})
}

// TestRelay_Run_RecoversSoon ends outages of an hour: the waits between tries have grown, but not with the outage.
func TestRelay_Run_RecoversSoon(t *testing.T) {
	away := fault.New(fault.Unavailable, "", "away")
	const outage, soon = time.Hour, 7 * time.Second
	for _, method := range []string{"Claim", "MarkSent", "Publish"} {
		t.Run(method, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource()
				until := time.Now().Add(outage)
				b := &broker{before: func(context.Context, message.Envelope) error {
					if method == "Publish" && time.Now().Before(until) {
						return away
					}
					return nil
				}}
				m := sample("m")
				s.write(m)
				s.fail(method, away)
				defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{Lease: 3 * time.Hour})()
				wait(outage)
				s.fail(method, nil)
				wait(soon)
				b.want(t, 1, m)
				s.wantLeft(t, 0)
			})
		})
	}
}

// TestRelay_Run_FailingMessagesGiveWay fills a relay with what cannot be published: others get their turn.
func TestRelay_Run_FailingMessagesGiveWay(t *testing.T) {
	for _, tc := range []struct {
		name string
		err  error
		most time.Duration // until the others are published
	}{
		{"invalid-at-once", fault.New(fault.Invalid, "", "the message is too large"), time.Second},
		{"unavailable-within-a-lease", fault.New(fault.Unavailable, "", "the handler fails"), time.Minute},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newSource()
				b := &broker{before: func(_ context.Context, m message.Envelope) error {
					if m.ID[:3] == "bad" {
						return tc.err
					}
					return nil
				}}
				bad, good := samples("bad", 4), samples("good", 20)
				s.write(append(bad, good...)...)
				defer run(t, outbox.RelayDeps{Source: s, Publish: b.publish}, outbox.RelayConfig{InFlight: 4, Lease: time.Minute})()
				wait(tc.most)
				b.want(t, 1, good...)
				s.wantLeft(t, len(bad))
			})
		})
	}
}
