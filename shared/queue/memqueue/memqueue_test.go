package memqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/memqueue"
	"github.com/myevents/myevents/shared/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func deadLetterID() string { return id.New(id.DeadLetter, time.Now()) }

func TestConformance(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{
		Features: queuetest.Features{InProcess: true, Parks: true},
		Open: func(_ *testing.T, s queuetest.Setup) queuetest.Queues {
			letters := &queuetest.Letters{}
			q := memqueue.New(memqueue.Deps{DeadLetters: letters, NewID: deadLetterID, Groups: s.Groups, Policy: s.Policy})
			return queuetest.Queues{Publisher: q, Subscriber: q, DeadLetters: letters, Lot: queue.LotOf(letters)}
		},
	})
}

// bubble is a queue in a synctest bubble, with one group that is subscribed to by handle.
type bubble struct {
	*memqueue.Queue
	t       *testing.T
	letters *queuetest.Letters
	stop    func() // ends the subscriber and waits for it
}

func inBubble(t *testing.T, d memqueue.Deps, handle queue.HandlerFunc, test func(b *bubble)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bubble{t: t, letters: &queuetest.Letters{}}
		d.DeadLetters, d.NewID, d.Groups = b.letters, deadLetterID, map[string][]message.Type{"booking": nil}
		b.Queue = memqueue.New(d)
		b.stop = b.subscribe(handle)
		defer b.stop()
		test(b)
	})
}

// subscribe adds a subscriber; stop ends it and waits for it.
func (b *bubble) subscribe(handle queue.HandlerFunc) (stop func()) {
	ctx, cancel := context.WithCancel(b.t.Context())
	done := make(chan error, 1)
	go func() { done <- b.Subscribe(ctx, "booking", nil, handle) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			b.t.Errorf("Subscribe: got %v, want nil", err)
		}
	})
}

func sample(n int) message.Envelope {
	return message.New(fmt.Sprintf("msg-%d", n), message.SourceBooking, message.BookingConfirmed, "bkg-1", time.Unix(0, 0), map[string]int{"n": n})
}

func TestQueue_Publish_AnswersAfterTheHandler(t *testing.T) {
	inBubble(t, memqueue.Deps{}, func(context.Context, message.Envelope) error {
		<-time.After(time.Minute)
		return nil
	}, func(b *bubble) {
		began := time.Now()
		if err := b.Publish(b.t.Context(), sample(1), sample(2)); err != nil || time.Since(began) != time.Minute {
			t.Errorf("Publish: got %v after %v, want nil after 1m0s", err, time.Since(began))
		}
	})
}

func TestQueue_Publish_AnswersAfterTheDeadLetter(t *testing.T) {
	inBubble(t, memqueue.Deps{Policy: queue.Policy{Attempts: 3}}, func(context.Context, message.Envelope) error {
		return errors.New("broken")
	}, func(b *bubble) {
		if err := b.Publish(b.t.Context(), sample(1)); err != nil {
			t.Errorf("Publish: got %v, want nil", err)
		}
		if ds, _ := b.letters.DeadLetters(b.t.Context(), "", 10); len(ds) != 1 || ds[0].Attempts != 3 {
			t.Errorf("dead letters when Publish answered: got %v, want one of 3 attempts", ds)
		}
	})
}

func TestQueue_Publish_FailsWhenADeadLetterCannotBeStored(t *testing.T) {
	full := errors.New("the disk is full")
	inBubble(t, memqueue.Deps{}, func(context.Context, message.Envelope) error {
		return fault.New(fault.Invalid, "", "no such type")
	}, func(b *bubble) {
		// Whatever the store says of the letter, the message is worth another try.
		for _, cause := range []error{full, fault.Wrap(fault.Unavailable, "", full), fault.Wrap(fault.Invalid, "", full)} {
			b.letters.Fail(cause)
			if err := b.Publish(b.t.Context(), sample(1)); !errors.Is(err, full) || !fault.Is(err, fault.Unavailable) {
				t.Errorf("Publish: got %v, want unavailable for %v", err, cause)
			}
		}
		b.letters.Fail(nil)
		if err := b.Publish(b.t.Context(), sample(1)); err != nil {
			t.Errorf("Publish again: got %v, want nil", err)
		}
		if ds, _ := b.letters.DeadLetters(b.t.Context(), "", 10); len(ds) != 1 {
			t.Errorf("dead letters: got %d, want 1", len(ds))
		}
	})
}

func TestQueue_Publish_GivesUp(t *testing.T) {
	for _, tc := range []struct {
		name  string
		group string
		text  string
		end   func(b *bubble, cancel func())
	}{
		{"when-its-context-ends-before-a-subscriber-comes", "late", "no room", func(_ *bubble, cancel func()) { cancel() }},
		{"when-its-context-ends-between-attempts", "booking", "gave up", func(_ *bubble, cancel func()) { cancel() }},
		{"when-the-subscriber-stops-between-attempts", "booking", "stopped", func(b *bubble, _ func()) { b.stop() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := memqueue.Deps{Policy: queue.Policy{Backoff: time.Hour, Max: time.Hour, Attempts: 1000}}
			inBubble(t, d, func(context.Context, message.Envelope) error { return errors.New("broken") }, func(b *bubble) {
				q := b.Queue
				if tc.group == "late" { // a queue of its own, so that nobody subscribes to it
					q = memqueue.New(memqueue.Deps{
						DeadLetters: b.letters, NewID: deadLetterID,
						Groups: map[string][]message.Type{"late": nil},
					})
				}
				ctx, cancel := context.WithCancel(b.t.Context())
				defer cancel()
				got := make(chan error, 1)
				go func() { got <- q.Publish(ctx, sample(1)) }()
				synctest.Wait()
				tc.end(b, cancel)
				if err := <-got; !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), tc.text) {
					t.Errorf("Publish: got %v, want unavailable with %q", err, tc.text)
				}
			})
		})
	}
}

func TestQueue_InFlight_IsBounded(t *testing.T) {
	const most, all = 5, 50
	for _, subscribers := range []int{1, 3} {
		t.Run(fmt.Sprintf("of-%d-subscribers-together", subscribers), func(t *testing.T) {
			var now, peak atomic.Int64
			handle := func(context.Context, message.Envelope) error {
				n := now.Add(1)
				for p := peak.Load(); n > p; p = peak.Load() {
					if peak.CompareAndSwap(p, n) {
						break
					}
				}
				<-time.After(time.Second)
				now.Add(-1)
				return nil
			}
			inBubble(t, memqueue.Deps{InFlight: most}, handle, func(b *bubble) {
				var more []func()
				for range subscribers - 1 {
					more = append(more, b.subscribe(handle))
				}
				began := time.Now()
				ms := make([]message.Envelope, all)
				for i := range ms {
					ms[i] = sample(i)
				}
				if err := b.Publish(b.t.Context(), ms...); err != nil {
					t.Errorf("Publish: got %v, want nil", err)
				}
				if took := time.Since(began); peak.Load() != most || took != all/most*time.Second {
					t.Errorf("messages at a time: got %d, all in %v, want %d in %v", peak.Load(), took, most, all/most*time.Second)
				}
				for _, stop := range more {
					stop()
				}
				peak.Store(0)
				if err := b.Publish(b.t.Context(), ms...); err != nil || peak.Load() != most {
					t.Errorf("messages at a time after others stopped: got %d and %v, want %d", peak.Load(), err, most)
				}
			})
		})
	}
}

// TestQueue_Subscribe_StopIsNoAttempt stops the subscriber during what would be the last attempt.
func TestQueue_Subscribe_StopIsNoAttempt(t *testing.T) {
	for name, answer := range map[string]error{
		"plain-error":   errors.New("write: the context ended"),
		"invalid-error": fault.New(fault.Invalid, "", "cut off in the middle"),
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, memqueue.Deps{Policy: queue.Policy{Attempts: 1}}, func(ctx context.Context, _ message.Envelope) error {
				<-ctx.Done()
				return answer
			}, func(b *bubble) {
				got := make(chan error, 1)
				go func() { got <- b.Publish(b.t.Context(), sample(1)) }()
				synctest.Wait()
				b.stop()
				if err := <-got; !fault.Is(err, fault.Unavailable) {
					t.Errorf("Publish: got %v, want unavailable", err)
				}
				if ds, _ := b.letters.DeadLetters(b.t.Context(), "", 10); len(ds) != 0 {
					t.Errorf("dead letters: got %v, want none", ds)
				}
			})
		})
	}
}

func TestQueue_Observe_IsToldEveryDelivery(t *testing.T) {
	var told []queue.Action
	d := memqueue.Deps{Observe: func(group string, m message.Envelope, v queue.Verdict, took time.Duration) {
		if group != "booking" || m.ID != "msg-1" || took != time.Second {
			t.Errorf("Observe: got %s of %s after %v, want msg-1 of booking after 1s", m.ID, group, took)
		}
		told = append(told, v.Action)
	}}
	answers := []error{errors.New("broken"), queue.Later(time.Minute, "young"), fault.New(fault.Invalid, "", "wrong")}
	inBubble(t, d, func(context.Context, message.Envelope) error {
		<-time.After(time.Second)
		return answers[len(told)]
	}, func(b *bubble) {
		if err := b.Publish(b.t.Context(), sample(1)); err != nil {
			t.Errorf("Publish: got %v, want nil", err)
		}
		if want := []queue.Action{queue.Retry, queue.Wait, queue.Dead}; fmt.Sprint(told) != fmt.Sprint(want) {
			t.Errorf("Observe: got %v, want %v", told, want)
		}
	})
}

func TestQueue_Subscribe_RefusesOtherTypesThanItsGroups(t *testing.T) {
	inBubble(t, memqueue.Deps{}, func(context.Context, message.Envelope) error { return nil }, func(b *bubble) {
		synctest.Wait()
		err := b.Subscribe(b.t.Context(), "booking", []message.Type{message.EventChanged}, queue.HandlerFunc(nil))
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("Subscribe to some of the group's types: got %v, want invalid", err)
		}
	})
}
