package sqsqueue_test

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

// invoked publishes n messages and invokes h with a batch of all, with the time.
func invoked(t *testing.T, c *cloud, q *sqsqueue.Queue, n int, each time.Duration, h queue.HandlerFunc) (handed, again []string, took time.Duration) {
	t.Helper()
	if err := q.Publish(t.Context(), samples(n)...); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	if err := c.trigger(t.Context(), group, func(ds []queue.Delivery) []string {
		for _, d := range ds {
			handed = append(handed, d.ID)
		}
		ctx, cancel := context.WithTimeout(t.Context(), each)
		defer cancel()
		began := time.Now()
		again = q.HandleBatch(ctx, group, ds, h)
		took = time.Since(began)
		return again
	}); err != nil {
		t.Fatalf("trigger: got %v, want nil", err)
	}
	return handed, again, took
}

// TestQueue_HandleBatch_Returns: what is to come again, and nothing else.
func TestQueue_HandleBatch_Returns(t *testing.T) {
	all := func(m message.Envelope) error {
		switch m.ID {
		case "msg-1":
			return errors.New("broken")
		case "msg-2":
			return queue.Later(10*time.Second, "young")
		case "msg-3":
			return fault.New(fault.Invalid, "", "wrong")
		case "msg-4":
			panic("a seat")
		}
		return nil
	}
	for _, tc := range []struct {
		name       string
		refuse     string // what SQS refuses
		again      []int
		left, dead int
	}{
		{"what-failed", "", []int{1, 4}, 3, 1}, // the two and a copy
		{"what-could-not-be-put-off-or-buried-too", "SendMessageBatch", []int{1, 2, 3, 4}, 4, 0},
		{"what-could-not-be-shown-too", "ChangeMessageVisibilityBatch", []int{1, 4}, 3, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, plainURL, sqsqueue.Deps{})
				handed, again, _ := invoked(t, c, q, 6, time.Minute, func(_ context.Context, m message.Envelope) error {
					if m.ID == "msg-5" && tc.refuse != "" {
						c.mu.Lock()
						c.refuse = func(made call, _, _ string) (string, bool) {
							if made.action == tc.refuse {
								return "AccessDenied", true
							}
							return "", false
						}
						c.mu.Unlock()
						return nil
					}
					<-time.After(time.Second)
					return all(m)
				})
				var want []string
				for _, i := range tc.again {
					want = append(want, handed[i])
				}
				if slices.Sort(again); !slices.Equal(again, want) {
					t.Errorf("HandleBatch: got %v again, want %v", again, want)
				}
				if left, dead := c.holds("fake-"+group), c.holds("fake-booking-dlq"); left != tc.left || dead != tc.dead {
					t.Errorf("messages after a batch: got %d and %d dead, want %d and %d", left, dead, tc.left, tc.dead)
				}
			})
		})
	}
}

// TestQueue_HandleBatch_ShowsWhatItDidNotBegin: it is not hidden for the rest of the queue's three minutes.
func TestQueue_HandleBatch_ShowsWhatItDidNotBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{InFlight: 2})
		var begun atomic.Int32
		_, again, took := invoked(t, c, q, 6, 30*time.Second, func(ctx context.Context, _ message.Envelope) error {
			begun.Add(1)
			<-ctx.Done()
			return ctx.Err()
		})
		if len(again) != 6 || begun.Load() != 2 || took < 28*time.Second || took > 29*time.Second {
			t.Errorf("HandleBatch: got %d of 6 again, %d begun, after %v, want all, 2, 28s", len(again), begun.Load(), took)
		}
		_, again, took = invoked(t, c, q, 0, 30*time.Second, func(context.Context, message.Envelope) error { return nil })
		if len(again) != 0 || took > time.Second || c.holds("fake-"+group) != 0 {
			t.Errorf("HandleBatch after it: got %d again and %d left, want all six done", len(again), c.holds("fake-"+group))
		}
	})
}

// TestQueue_HandleBatch_HearsNoLateAnswer: the message comes again, so its handler's late verdict does nothing more.
func TestQueue_HandleBatch_HearsNoLateAnswer(t *testing.T) {
	for name, answer := range map[string]error{
		"invalid": fault.New(fault.Invalid, "", "wrong"),
		"later":   queue.Later(10*time.Second, "young"),
		"nil":     nil,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, plainURL, sqsqueue.Deps{})
				handed, again, took := invoked(t, c, q, 1, 30*time.Second, func(context.Context, message.Envelope) error {
					<-time.After(time.Minute)
					return answer
				})
				if !slices.Equal(again, handed) || took < 28*time.Second || took >= 30*time.Second {
					t.Errorf("HandleBatch with a handler that hangs: got %v after %v, want %v within 30s", again, took, handed)
				}
				<-time.After(2 * time.Minute)
				if left, dead := c.holds("fake-"+group), c.holds("fake-booking-dlq"); left != 1 || dead != 0 {
					t.Errorf("messages after a late answer: got %d and %d dead, want the one", left, dead)
				}
			})
		})
	}
}

func TestQueue_HandleBatch_ShortTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		_, again, took := invoked(t, c, q, 3, time.Second, func(ctx context.Context, _ message.Envelope) error {
			<-ctx.Done()
			return ctx.Err()
		})
		if len(again) != 3 || took < 900*time.Millisecond || took >= time.Second {
			t.Errorf("HandleBatch with one second: got %d again after %v, want 3 after 900ms", len(again), took)
		}
	})
}

func TestQueue_HandleBatch_UnknownGroup(t *testing.T) {
	var told error
	q := at(t, newCloud(), plainURL, sqsqueue.Deps{Failed: func(err error) { told = err }})
	again := q.HandleBatch(t.Context(), "other", []queue.Delivery{{ID: "a"}, {ID: "b"}}, nil)
	if !slices.Equal(again, []string{"a", "b"}) || !fault.Is(told, fault.Invalid) {
		t.Errorf("HandleBatch of an unknown group: got %v and %v, want all and invalid", again, told)
	}
}

// TestQueue_Later_LargeMessages: messages that are put off together are sent together, as far as a call takes them.
func TestQueue_Later_LargeMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		ms := make([]message.Envelope, 9)
		for i := range ms {
			ms[i] = sized(100_000)
			ms[i].ID = sample(i).ID
		}
		if err := q.Publish(t.Context(), ms...); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		before := len(c.of("SendMessageBatch"))
		stop := subscribed(t, q, func(context.Context, message.Envelope) error { return queue.Later(10*time.Second, "young") })
		<-time.After(time.Second)
		stop()
		calls := c.of("SendMessageBatch")[before:]
		for _, made := range calls {
			if made.bytes > 256<<10 {
				t.Errorf("call: got %d bytes, want at most 262144", made.bytes)
			}
		}
		if len(calls) < 5 || c.holds("fake-"+group) != 9 {
			t.Errorf("calls that put off 9 messages of 100,000 bytes: got %d and %d messages, want 5 or more and 9", len(calls), c.holds("fake-"+group))
		}
	})
}
