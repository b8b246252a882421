package sqsqueue_test

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

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/queuetest"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

const (
	group    = "booking"
	topicARN = "arn:aws:sns:eu-west-1:000000000000:fake-messages"
	plainURL = "sqs://fake"
	topicURL = "sqs://fake?topic=" + topicARN
)

// at opens a queue in c and makes what it needs there.
func at(t *testing.T, c *cloud, url string, d sqsqueue.Deps) *sqsqueue.Queue {
	t.Helper()
	cfg := dummy()
	cfg.HTTPClient = c
	if d.Groups == nil {
		d.Groups = map[string][]message.Type{group: nil}
	}
	if d.Policy == (queue.Policy{}) {
		d.Policy = coarse
	}
	q, err := sqsqueue.Open(t.Context(), cfg, url, d)
	if err != nil {
		t.Fatalf("Open %s: got %v, want nil", url, err)
	}
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got %v, want nil", err)
	}
	return q
}

// TestConformance_InProcess runs the suite against a fake in bubbles, where a clock of whole seconds costs nothing.
func TestConformance_InProcess(t *testing.T) {
	for _, url := range []string{plainURL, topicURL} {
		t.Run(strings.ReplaceAll(url, "://", "-"), func(t *testing.T) {
			queuetest.Run(t, queuetest.Harness{
				Features: queuetest.Features{InProcess: true, Redrives: true, Parks: true, Batches: true},
				Policy:   coarse, Patience: 5 * time.Minute, Poll: 100 * time.Millisecond, Quiet: time.Minute, Scale: 4,
				Open: func(t *testing.T, s queuetest.Setup) queuetest.Queues {
					c := newCloud()
					q := at(t, c, url, sqsqueue.Deps{Groups: s.Groups, Policy: s.Policy})
					return queuetest.Queues{Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Lot: q, Batches: q, Invoke: c.trigger}
				},
			})
		})
	}
}

// trigger plays an event-source mapping of Lambda.
func (c *cloud) trigger(ctx context.Context, group string, invoke func([]queue.Delivery) []string) error {
	b := c.queues["fake-"+group]
	var ds []queue.Delivery
	c.mu.Lock()
	now := time.Now()
	for _, p := range b.parcels {
		if p.due.After(now) || len(ds) == 10 {
			continue
		}
		b.received++
		p.count++
		p.receipt, p.due = fmt.Sprintf("%s#%d", p.id, b.received), now.Add(3*time.Minute)
		d := queue.Delivery{ID: p.id, Receipt: p.receipt, Body: []byte(p.body), Attempt: p.count, Attributes: map[string]string{}}
		for name, a := range p.attrs {
			d.Attributes[name] = a.StringValue
		}
		ds = append(ds, d)
	}
	c.mu.Unlock()
	if len(ds) == 0 {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
		}
		return nil
	}
	again := invoke(ds)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, d := range ds {
		keep := false
		for _, id := range again {
			keep = keep || id == d.ID
		}
		if !keep {
			b.settle("DeleteMessageBatch", d.Receipt, 0)
		}
	}
	return nil
}

func sample(n int) message.Envelope {
	return message.New(fmt.Sprintf("msg-%d", n), message.SourceBooking, message.BookingConfirmed, "bkg-1", time.Unix(0, 0), map[string]int{"n": n})
}

func samples(n int) []message.Envelope {
	ms := make([]message.Envelope, n)
	for i := range ms {
		ms[i] = sample(i)
	}
	return ms
}

// sized is a message of about n bytes.
func sized(n int) message.Envelope {
	return message.New("msg-big", message.SourceBooking, message.BookingConfirmed, "bkg-1", time.Unix(0, 0), strings.Repeat("x", n-300))
}

func TestQueue_Publish_SplitsBatches(t *testing.T) {
	large := []message.Envelope{sized(100_000), sized(100_000), sized(100_000), sized(250_000), sized(1000), sized(60_000)}
	for _, tc := range []struct {
		name  string
		ms    []message.Envelope
		calls int
	}{
		{"none", nil, 0},
		{"one", samples(1), 1},
		{"a-batch", samples(10), 1},
		{"one-more", samples(11), 2},
		{"many", samples(95), 10},
		{"by-size", large, 4}, // 2, 1, 2, 1
	} {
		for action, url := range map[string]string{"SendMessageBatch": plainURL, "PublishBatch": topicURL} {
			t.Run(tc.name+"-"+action, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, url, sqsqueue.Deps{})
				if err := q.Publish(t.Context(), tc.ms...); err != nil {
					t.Fatalf("Publish: got %v, want nil", err)
				}
				calls := c.of(action)
				for _, made := range calls {
					if made.entries > 10 || made.bytes > 256<<10 {
						t.Errorf("call: got %d entries of %d bytes, want at most 10 of 262144", made.entries, made.bytes)
					}
				}
				if len(calls) != tc.calls || c.holds("fake-"+group) != len(tc.ms) {
					t.Errorf("Publish of %d: got %d calls and %d messages, want %d and all", len(tc.ms), len(calls), c.holds("fake-"+group), tc.calls)
				}
			})
		}
	}
}

func TestQueue_Publish_SendsAgainWhatABatchRefused(t *testing.T) {
	for action, url := range map[string]string{"SendMessageBatch": plainURL, "PublishBatch": topicURL} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, url, sqsqueue.Deps{})
				refused := 0
				c.refuse = func(_ call, id, _ string) (string, bool) {
					if refused < 4 && (id == "3" || id == "7") {
						refused++
						return "ServiceUnavailable", false
					}
					return "", false
				}
				if err := q.Publish(t.Context(), samples(10)...); err != nil {
					t.Errorf("Publish: got %v, want nil", err)
				}
				var sizes []int
				for _, made := range c.of(action) {
					sizes = append(sizes, made.entries)
				}
				if fmt.Sprint(sizes) != "[10 2 2]" || c.holds("fake-"+group) != 10 {
					t.Errorf("calls: got %v and %d messages, want [10 2 2] and 10", sizes, c.holds("fake-"+group))
				}
			})
		})
	}
}

func TestQueue_Publish_Fails(t *testing.T) {
	for _, tc := range []struct {
		name   string
		code   string
		sender bool
		lost   error // of the whole call
		want   fault.Kind
		calls  int
	}{
		{"refused-for-good", "InvalidMessageContents", true, nil, fault.Invalid, 1},
		{"refused-for-the-sender", "AccessDenied", true, nil, fault.Unavailable, 1},
		{"throttled", "RequestThrottled", true, nil, fault.Unavailable, 6},
		{"refused-each-time", "InternalError", false, nil, fault.Unavailable, 6},
		{"out-of-reach", "", false, errors.New("dial tcp: connection refused"), fault.Unavailable, 3},
		{"never-allowed", "", false, &awsError{"com.amazonaws.sqs#AccessDenied", ""}, fault.Unavailable, 1},
		{"too-long-in-all", "", false, &awsError{"com.amazonaws.sqs#BatchRequestTooLong", ""}, fault.Invalid, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, plainURL, sqsqueue.Deps{})
				if err := q.Ready(t.Context()); err != nil {
					t.Fatalf("Ready: got %v, want nil", err)
				}
				c.refuse = func(call, string, string) (string, bool) { return tc.code, tc.sender }
				c.before = func(made call) (bool, error) {
					if made.action == "SendMessageBatch" {
						return false, tc.lost
					}
					return false, nil
				}
				if err := q.Publish(t.Context(), sample(1)); !fault.Is(err, tc.want) {
					t.Errorf("Publish: got %v, want %v", err, tc.want)
				}
				if got := len(c.of("SendMessageBatch")); got != tc.calls {
					t.Errorf("Publish: got %d calls, want %d", got, tc.calls)
				}
			})
		})
	}
}

func TestQueue_Publish_EndedContext(t *testing.T) {
	c := newCloud()
	q := at(t, c, plainURL, sqsqueue.Deps{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := q.Publish(ctx, sample(1)); !fault.Is(err, fault.Unavailable) || len(c.of("SendMessageBatch")) != 0 {
		t.Errorf("Publish with an ended context: got %v and %d calls, want unavailable and none", err, len(c.of("SendMessageBatch")))
	}
}

func TestQueue_Publish_LostReplyMakesADuplicate(t *testing.T) {
	for action, url := range map[string]string{"SendMessageBatch": plainURL, "PublishBatch": topicURL} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, url, sqsqueue.Deps{})
				c.before = loseFirst(action)
				if err := q.Publish(t.Context(), samples(3)...); err != nil {
					t.Errorf("Publish: got %v, want nil", err)
				}
				if got := c.holds("fake-" + group); got != 6 {
					t.Errorf("messages after one reply was lost: got %d, want 6", got)
				}
			})
		})
	}
}

// TestQueue_Publish_GivesUpACallThatHangs: each attempt has its time, so that the next can be made before the deadline.
func TestQueue_Publish_GivesUpACallThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		var once atomic.Bool
		c.before = func(made call) (bool, error) {
			if made.action == "SendMessageBatch" && once.CompareAndSwap(false, true) {
				return false, errHangs
			}
			return false, nil
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		if err := q.Publish(ctx, sample(1)); err != nil || c.holds("fake-"+group) != 1 {
			t.Errorf("Publish when the first call hangs: got %v and %d messages, want nil and 1", err, c.holds("fake-"+group))
		}
		c.before = func(call) (bool, error) { return false, errHangs }
		began := time.Now()
		ctx, cancel = context.WithTimeout(t.Context(), 8*time.Second)
		defer cancel()
		if err := q.Publish(ctx, sample(1)); !fault.Is(err, fault.Unavailable) || time.Since(began) > 8*time.Second {
			t.Errorf("Publish when every call hangs: got %v after %v, want unavailable by the deadline, 8s", err, time.Since(began))
		}
	})
}

// loseFirst lets the first call of an action take effect and its reply get lost.
func loseFirst(action string) func(call) (bool, error) {
	var once atomic.Bool
	return func(made call) (bool, error) { return made.action == action && once.CompareAndSwap(false, true), nil }
}

// TestQueue_Subscribe_LostReplies loses the first reply of each kind of call: everything is handled all the same, and
// nothing is left.
func TestQueue_Subscribe_LostReplies(t *testing.T) {
	for _, action := range []string{"ReceiveMessage", "DeleteMessageBatch", "ChangeMessageVisibilityBatch", "SendMessageBatch", "GetQueueUrl"} {
		t.Run(action, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				q := at(t, c, plainURL, sqsqueue.Deps{Policy: queue.Policy{MaxAge: time.Hour}})
				if err := q.Publish(t.Context(), samples(20)...); err != nil {
					t.Fatalf("Publish: got %v, want nil", err)
				}
				c.before = loseFirst(action)
				var mu sync.Mutex
				times := map[string]int{}
				stop := subscribed(t, q, func(_ context.Context, m message.Envelope) error {
					mu.Lock()
					defer mu.Unlock()
					times[m.ID]++
					switch {
					case m.ID == "msg-3" && times[m.ID] == 1:
						return errors.New("broken")
					case m.ID == "msg-4" && times[m.ID] == 1:
						return queue.Later(time.Second, "young")
					case m.ID == "msg-5":
						return fault.New(fault.Invalid, "", "wrong")
					}
					return nil
				})
				<-time.After(5 * time.Minute)
				stop()
				if len(times) != 20 || c.holds("fake-"+group) != 0 {
					t.Errorf("messages: got %d handled and %d left, want 20 and none", len(times), c.holds("fake-"+group))
				}
				if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) == 0 || ds[0].Message.ID != "msg-5" {
					t.Errorf("DeadLetters: got %v and %v, want msg-5's", ds, err)
				}
			})
		})
	}
}

// subscribed subscribes a handler; stop ends it and waits.
func subscribed(t *testing.T, q *sqsqueue.Queue, h queue.HandlerFunc) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- q.Subscribe(ctx, group, nil, h) }()
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Subscribe: got %v, want nil", err)
		}
	})
}
