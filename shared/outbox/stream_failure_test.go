package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

func TestStreamRelay_Failures(t *testing.T) {
	away, invalid := fault.New(fault.Unavailable, "", "away"), fault.New(fault.Invalid, "", "too large")
	bubble(t, "an-outage-loses-nothing-and-ends-soon", func(t *testing.T) {
		p := newTape()
		until := time.Now().Add(8 * time.Minute)
		b := &broker{before: func(context.Context, message.Envelope) error {
			if time.Now().Before(until) {
				return away
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		ms := samples("m", 100)
		for i, m := range ms {
			p.hand(t, "s", fmt.Sprint(i%20), m)
		}
		wait(8*time.Minute + 30*time.Second)
		b.want(t, 1, ms...)
		p.wantOldest(t, "s", "")
	})
	bubble(t, "what-fails-for-long-is-parked", func(t *testing.T) {
		p, l := newTape(), &lot{}
		b := &broker{before: func(_ context.Context, m message.Envelope) error {
			if m.ID == "bad" {
				return away
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish, Park: l.park}, outbox.StreamRelayConfig{GiveUp: time.Minute})()
		bad, behind, beside := sample("bad"), sample("behind"), sample("beside")
		sequence := p.hand(t, "s", "a", bad)
		p.hand(t, "s", "a", behind)
		p.hand(t, "s", "b", beside)
		wait(50 * time.Second)
		b.want(t, 1, beside)
		b.want(t, 0, behind) // an item's messages keep their order
		p.wantOldest(t, "s", sequence)
		wait(20 * time.Second)
		l.want(t, bad)
		b.want(t, 1, behind)
		p.wantOldest(t, "s", "")
	})
	bubble(t, "what-can-never-be-sent-or-read-is-parked-at-once", func(t *testing.T) {
		p, l := newTape(), &lot{}
		b := &broker{before: func(_ context.Context, m message.Envelope) error {
			if m.ID == "bad" {
				return invalid
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish, Park: l.park}, outbox.StreamRelayConfig{})()
		bad, good := sample("bad"), sample("good")
		p.hand(t, "s", "a", bad, good)
		c := outbox.Change{Sequence: "777", Item: "b", At: time.Now(), Packed: []byte{9, 9, 9}}
		if failed := p.h.Handle(t.Context(), "s", []outbox.Change{c}); failed != nil {
			t.Errorf("Handle: got %v failed, want none", failed)
		}
		wait(time.Second)
		b.want(t, 1, good)
		p.wantOldest(t, "s", "")
		if len(l.bodies) != 2 || !slices.Contains(l.bodies, "\x09\x09\x09") {
			t.Errorf("the lot: got %q, want the message and the bytes", l.bodies)
		}
	})
	bubble(t, "what-cannot-be-parked-is-kept", func(t *testing.T) {
		p, l := newTape(), &lot{broken: away}
		b := &broker{before: func(context.Context, message.Envelope) error { return invalid }}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish, Park: l.park}, outbox.StreamRelayConfig{})()
		bad := sample("bad")
		sequence := p.hand(t, "s", "a", bad)
		wait(time.Hour)
		p.wantOldest(t, "s", sequence)
		l.fail(nil)
		wait(10 * time.Second)
		l.want(t, bad)
		p.wantOldest(t, "s", "")
	})
	bubble(t, "slow-ones-hold-up-no-other", func(t *testing.T) {
		p := newTape()
		b := &broker{before: func(_ context.Context, m message.Envelope) error {
			if m.ID[:4] == "slow" {
				wait(time.Minute)
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		slow, quick := samples("slow", 5), samples("quick", 200)
		for i, m := range append(slow, quick...) {
			p.hand(t, "s", fmt.Sprint(i), m)
			wait(time.Millisecond)
		}
		wait(time.Second)
		b.want(t, 1, quick...)
		p.wantOldest(t, "s", "101")
		wait(2 * time.Minute)
		b.want(t, 1, slow...)
	})
	bubble(t, "a-stream-that-cannot-be-read-ends-the-run", func(t *testing.T) {
		p := newTape()
		p.over = errors.New("no such stream")
		err := outbox.NewStreamRelay(outbox.StreamRelayDeps{Stream: p, Now: time.Now, Depth: func(int, time.Duration) {}}, outbox.StreamRelayConfig{}).Run(t.Context())
		if !errors.Is(err, p.over) {
			t.Errorf("Run: got %v, want %v", err, p.over)
		}
	})
}
