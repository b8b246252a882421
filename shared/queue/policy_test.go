package queue_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

func TestPolicy_WithDefaults(t *testing.T) {
	want := queue.Policy{Attempts: 8, Backoff: 100 * time.Millisecond, Max: 10 * time.Second, MaxAge: 15 * time.Minute}
	for _, p := range []queue.Policy{{}, {Attempts: -1, Backoff: -1, Max: -1, MaxAge: -1}, want} {
		if got := p.WithDefaults(); got != want {
			t.Errorf("WithDefaults of %+v: got %+v, want %+v", p, got, want)
		}
	}
	own := queue.Policy{Attempts: 1, Backoff: 2, Max: 3, MaxAge: 4}
	if got := own.WithDefaults(); got != own {
		t.Errorf("WithDefaults of %+v: got %+v, want it as it was", own, got)
	}
}

func TestPolicy_Delay(t *testing.T) {
	p := queue.Policy{Backoff: 100 * time.Millisecond, Max: 10 * time.Second}
	for _, tc := range []struct {
		attempt int
		chance  float64
		want    time.Duration
	}{
		{math.MinInt, 0.5, 50 * time.Millisecond},
		{0, 0.5, 50 * time.Millisecond}, // a broker that counts from 0
		{1, 0, 0},
		{1, 0.5, 50 * time.Millisecond},
		{2, 0.5, 100 * time.Millisecond},
		{7, 0.5, 3200 * time.Millisecond},
		{8, 0.5, 5 * time.Second},
		{30, 0.5, 5 * time.Second},
		{63, 0.5, 5 * time.Second},
		{64, 0.5, 5 * time.Second},
		{1000, 0.5, 5 * time.Second},
		{math.MaxInt, 0.5, 5 * time.Second},
	} {
		if got := p.Delay(tc.attempt, tc.chance); got != tc.want {
			t.Errorf("Delay(%d, %v): got %v, want %v", tc.attempt, tc.chance, got, tc.want)
		}
	}
	for attempt := 1; attempt < 200; attempt++ {
		for _, policy := range []queue.Policy{p, {Backoff: 1, Max: math.MaxInt64}, {Backoff: time.Hour, Max: time.Minute}} {
			if got := policy.Delay(attempt, 0.999); got < 0 || got > policy.Max {
				t.Errorf("Delay(%d) of %+v: got %v, want 0 to %v", attempt, policy, got, policy.Max)
			}
		}
	}
}

func TestPolicy_Judge(t *testing.T) {
	p := queue.Policy{Attempts: 3, Backoff: time.Second, Max: time.Minute, MaxAge: time.Hour}
	broken := errors.New("the disk is full")
	invalid := fault.New(fault.Invalid, "", "no such version")
	later := queue.Later(time.Minute, "too young")
	for _, tc := range []struct {
		name    string
		err     error
		attempt int
		age     time.Duration
		want    queue.Verdict
	}{
		{"nil-acks", nil, 1, 0, queue.Verdict{Action: queue.Ack}},
		{"nil-acks-at-the-last-attempt", nil, 3, 2 * time.Hour, queue.Verdict{Action: queue.Ack}},
		{"error-is-tried-again", broken, 1, 0, queue.Verdict{Action: queue.Retry, After: time.Second / 2}},
		{"error-waits-longer-each-time", broken, 2, 0, queue.Verdict{Action: queue.Retry, After: time.Second}},
		{"error-is-given-up-at-the-last-attempt", broken, 3, 0, queue.Verdict{Action: queue.Dead, Reason: "given up after 3 attempts: the disk is full"}},
		{"error-after-the-last-attempt-too", broken, 4, 0, queue.Verdict{Action: queue.Dead, Reason: "given up after 4 attempts: the disk is full"}},
		{"age-does-not-end-attempts", broken, 1, 2 * time.Hour, queue.Verdict{Action: queue.Retry, After: time.Second / 2}},
		{"invalid-is-given-up-at-once", invalid, 1, 0, queue.Verdict{Action: queue.Dead, Reason: "no such version"}},
		{"wrapped-invalid-too", fmt.Errorf("apply: %w", invalid), 1, 0, queue.Verdict{Action: queue.Dead, Reason: "apply: no such version"}},
		{"invalid-inside-another-kind-is-that-kind", fault.Wrap(fault.Unavailable, "store", invalid), 1, 0, queue.Verdict{Action: queue.Retry, After: time.Second / 2}},
		{"later-waits", later, 1, 0, queue.Verdict{Action: queue.Wait, After: time.Minute}},
		{"later-counts-no-attempt", later, 99, 0, queue.Verdict{Action: queue.Wait, After: time.Minute}},
		{"wrapped-later-waits", fmt.Errorf("settle: %w", later), 1, 0, queue.Verdict{Action: queue.Wait, After: time.Minute}},
		{"later-until-the-greatest-age", later, 1, 59 * time.Minute, queue.Verdict{Action: queue.Wait, After: time.Minute}},
		{"later-no-longer", later, 1, 59*time.Minute + 1, queue.Verdict{Action: queue.Dead, Reason: "put off for too long: too young"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := p.Judge(tc.err, tc.attempt, tc.age, 0.5); got != tc.want {
				t.Errorf("Judge: got %+v, want %+v", got, tc.want)
			}
		})
	}
}

func TestAsLater(t *testing.T) {
	if d, ok := queue.AsLater(nil); ok {
		t.Errorf("AsLater of nil: got %v, want none", d)
	}
	if d, ok := queue.AsLater(errors.New("x")); ok {
		t.Errorf("AsLater of another error: got %v, want none", d)
	}
	if d, ok := queue.AsLater(errors.Join(errors.New("x"), queue.Later(time.Second, "y"))); !ok || d != time.Second {
		t.Errorf("AsLater of a joined one: got %v and %t, want 1s", d, ok)
	}
}

func TestSafely(t *testing.T) {
	broken := errors.New("broken")
	m := message.Envelope{ID: "msg-1"}
	for _, tc := range []struct {
		name string
		h    queue.HandlerFunc
		text string
	}{
		{"nil-stays-nil", func(context.Context, message.Envelope) error { return nil }, ""},
		{"error-stays", func(context.Context, message.Envelope) error { return broken }, "broken"},
		{"panic-is-an-error", func(context.Context, message.Envelope) error { panic("a seat") }, "panicked: a seat"},
		{"panic-with-an-error-is-one", func(context.Context, message.Envelope) error { panic(broken) }, "panicked: broken"},
		{"runtime-panic-is-an-error", func(_ context.Context, m message.Envelope) error { _ = m.Data[7]; return nil }, "out of range"},
		{"nil-handler-is-an-error", nil, "nil pointer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := queue.Safely(t.Context(), tc.h, m)
			if (err == nil) != (tc.text == "") || (err != nil && !strings.Contains(err.Error(), tc.text)) {
				t.Errorf("Safely: got %v, want %q", err, tc.text)
			}
			if strings.Contains(tc.name, "panic") && !fault.Is(err, fault.Internal) {
				t.Errorf("Safely: got kind %v, want internal", fault.KindOf(err))
			}
		})
	}
}
