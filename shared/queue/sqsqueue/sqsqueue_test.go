package sqsqueue_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

func TestOpen(t *testing.T) {
	for _, tc := range []struct {
		name, url, region, wrong string
		want                     queue.Policy
	}{
		{"prefix-alone", "sqs://my-events_1", "eu-west-1", "", queue.Policy{Attempts: 8, Backoff: time.Second, Max: time.Minute, MaxAge: 15 * time.Minute}},
		{"region", "sqs://p?region=eu-west-1", "", "", queue.Policy{Attempts: 8, Backoff: time.Second, Max: time.Minute, MaxAge: 15 * time.Minute}},
		{"policy", "sqs://p?attempts=3&backoff=2s&max=5s&maxAge=1h", "eu-west-1", "", queue.Policy{Attempts: 3, Backoff: 2 * time.Second, Max: 5 * time.Second, MaxAge: time.Hour}},
		{"no-region", "sqs://p", "", "region", queue.Policy{}},
		{"no-prefix", "sqs://", "eu-west-1", "prefix", queue.Policy{}},
		{"odd-prefix", "sqs://a.b", "eu-west-1", "prefix", queue.Policy{}},
		{"long-prefix", "sqs://" + strings.Repeat("p", 61), "eu-west-1", "prefix", queue.Policy{}},
		{"path", "sqs://p/q", "eu-west-1", "prefix", queue.Policy{}},
		{"other-scheme", "https://p", "eu-west-1", "prefix", queue.Policy{}},
		{"topic-without-arn", "sqs://p?topic=messages", "eu-west-1", "topic", queue.Policy{}},
		{"unknown-parameter", "sqs://p?regoin=eu-west-1", "eu-west-1", "regoin", queue.Policy{}},
		{"attempts-are-no-number", "sqs://p?attempts=many", "eu-west-1", "attempts", queue.Policy{}},
		{"no-attempts", "sqs://p?attempts=0", "eu-west-1", "attempts", queue.Policy{}},
		{"negative-max", "sqs://p?max=-5s", "eu-west-1", "max", queue.Policy{}},
		{"poll-without-unit", "sqs://p?poll=5", "eu-west-1", "poll", queue.Policy{}},
		{"hidden-without-unit", "sqs://p?hidden=5", "eu-west-1", "hidden", queue.Policy{}},
		{"backoff-without-unit", "sqs://p?backoff=5", "eu-west-1", "backoff", queue.Policy{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			q, err := sqsqueue.Open(t.Context(), aws.Config{Region: tc.region}, tc.url, sqsqueue.Deps{})
			if tc.wrong != "" {
				if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), tc.wrong) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") {
					t.Errorf("Open %s: got %v, want invalid, naming the setting and %s", tc.url, err, tc.wrong)
				}
				return
			}
			if err != nil || q.Policy() != tc.want {
				t.Errorf("Open %s: got %+v and %v, want %+v", tc.url, q.Policy(), err, tc.want)
			}
		})
	}
}

// TestQueue_AbsentQueue: every call names the setting and the queue, and none waits.
func TestQueue_AbsentQueue(t *testing.T) {
	for _, tc := range []struct {
		name, url, resource string
		call                func(ctx context.Context, q *sqsqueue.Queue) error
	}{
		{"publish", plainURL, "fake-booking", func(ctx context.Context, q *sqsqueue.Queue) error { return q.Publish(ctx, sample(1)) }},
		{"publish-by-topic", topicURL, topicARN, func(ctx context.Context, q *sqsqueue.Queue) error { return q.Publish(ctx, sample(1)) }},
		{"subscribe", plainURL, "fake-booking", func(ctx context.Context, q *sqsqueue.Queue) error {
			return q.Subscribe(ctx, group, nil, queue.HandlerFunc(nil))
		}},
		{"ready", plainURL, "fake-booking", func(ctx context.Context, q *sqsqueue.Queue) error { return q.Ready(ctx) }},
		{"dead-letters", plainURL, "fake-booking-dlq", func(ctx context.Context, q *sqsqueue.Queue) error {
			_, err := q.DeadLetters(ctx, "", 1)
			return err
		}},
		{"park", plainURL, "fake-parked", func(ctx context.Context, q *sqsqueue.Queue) error {
			return q.Park(ctx, queue.Parked{Body: []byte("x")})
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cfg := dummy()
				cfg.HTTPClient = newCloud()
				q, err := sqsqueue.Open(t.Context(), cfg, tc.url, sqsqueue.Deps{Groups: map[string][]message.Type{group: nil}})
				if err != nil {
					t.Fatalf("Open: got %v, want nil", err)
				}
				began := time.Now()
				err = tc.call(t.Context(), q)
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") || !strings.Contains(err.Error(), tc.resource) {
					t.Errorf("%s: got %v, want unavailable, naming MYEVENTS_QUEUE and %s", tc.name, err, tc.resource)
				}
				if took := time.Since(began); took > time.Second {
					t.Errorf("%s: got its answer after %v, want it at once", tc.name, took)
				}
			})
		})
	}
}

func TestQueue_Subscribe_RefusesWhatNobodyDeclared(t *testing.T) {
	q := at(t, newCloud(), plainURL, sqsqueue.Deps{Groups: map[string][]message.Type{group: {message.EventChanged}}})
	if err := q.Subscribe(t.Context(), "other", nil, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("Subscribe of an unknown group: got %v, want invalid", err)
	}
	if err := q.Subscribe(t.Context(), group, []message.Type{message.EventCancelled}, nil); !fault.Is(err, fault.Invalid) {
		t.Errorf("Subscribe to other types than the group's: got %v, want invalid", err)
	}
}

// TestQueue_Subscribe_KeepsWhatIsBeingHandled: a handler takes far longer than the visibility of its message.
func TestQueue_Subscribe_KeepsWhatIsBeingHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		var deliveries atomic.Int32
		stop := subscribed(t, q, func(context.Context, message.Envelope) error {
			deliveries.Add(1)
			<-time.After(10 * time.Minute)
			return nil
		})
		other := subscribed(t, q, func(context.Context, message.Envelope) error { deliveries.Add(1); return nil })
		if err := q.Publish(t.Context(), samples(25)...); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		<-time.After(15 * time.Minute)
		other()
		stop()
		if got := deliveries.Load(); got != 25 || c.holds("fake-"+group) != 0 {
			t.Errorf("deliveries: got %d and %d left, want 25 and none", got, c.holds("fake-"+group))
		}
	})
}

// TestQueue_Subscribe_RenewalUndoesNoRetry: a handler fails while the visibility of its message is being renewed.
func TestQueue_Subscribe_RenewalUndoesNoRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		var after time.Duration
		q := at(t, c, plainURL, sqsqueue.Deps{
			Policy: queue.Policy{Backoff: 10 * time.Minute, Max: 10 * time.Minute},
			Observe: func(_ string, _ message.Envelope, v queue.Verdict, _ time.Duration) {
				if v.Action == queue.Retry {
					after = v.After
				}
			},
		})
		var once atomic.Bool
		c.before = func(made call) (bool, error) {
			if made.action == "ChangeMessageVisibilityBatch" && once.CompareAndSwap(false, true) {
				<-time.After(3 * time.Second) // from 10 s to 13 s
			}
			return false, nil
		}
		began, came := time.Now(), []time.Duration{}
		stop := subscribed(t, q, func(context.Context, message.Envelope) error {
			if came = append(came, time.Since(began)); len(came) == 1 {
				<-time.After(11 * time.Second)
				return errors.New("broken")
			}
			return nil
		})
		if err := q.Publish(t.Context(), sample(1)); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		<-time.After(15 * time.Minute)
		stop()
		if len(came) != 2 || (came[1]-13*time.Second-after).Abs() > 3*time.Second {
			t.Errorf("deliveries: got them after %v, want the second %v after the first failed", came, after)
		}
	})
}

func TestQueue_Subscribe_BoundsWhatIsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most, all = 7, 70
		var now, peak atomic.Int32
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{InFlight: most})
		if err := q.Publish(t.Context(), samples(all)...); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		stop := subscribed(t, q, func(context.Context, message.Envelope) error {
			n := now.Add(1)
			for p := peak.Load(); n > p; p = peak.Load() {
				if peak.CompareAndSwap(p, n) {
					break
				}
			}
			<-time.After(time.Second)
			now.Add(-1)
			return nil
		})
		<-time.After(2 * all / most * time.Second)
		stop()
		if peak.Load() != most || c.holds("fake-"+group) != 0 {
			t.Errorf("messages at a time: got %d and %d left, want %d and none", peak.Load(), c.holds("fake-"+group), most)
		}
		if n := len(c.of("DeleteMessageBatch")); n > all/2 {
			t.Errorf("calls that delete %d messages: got %d, want batches", all, n)
		}
	})
}

// TestQueue_Subscribe_StopGivesBack: what a stop cuts off is there for others at once, and no attempt is used up by it.
func TestQueue_Subscribe_StopGivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{Policy: queue.Policy{Attempts: 1}, InFlight: 3})
		if err := q.Publish(t.Context(), samples(5)...); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		for range 3 {
			stop := subscribed(t, q, func(ctx context.Context, _ message.Envelope) error {
				<-ctx.Done()
				return fault.New(fault.Invalid, "", "cut off")
			})
			<-time.After(time.Second)
			began := time.Now()
			stop()
			if took := time.Since(began); took > 3*time.Second {
				t.Errorf("Subscribe: got its answer %v after the stop, want it soon", took)
			}
		}
		began, handled := time.Now(), make(chan time.Time, 5)
		stop := subscribed(t, q, func(context.Context, message.Envelope) error { handled <- time.Now(); return nil })
		for range 5 {
			if took := (<-handled).Sub(began); took > 2*time.Second {
				t.Errorf("message after a stop: got it after %v, want it at once", took)
			}
		}
		stop()
		if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 0 {
			t.Errorf("DeadLetters after stops: got %v and %v, want none", ds, err)
		}
	})
}

func TestQueue_Subscribe_GoesOnAfterFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		var failed atomic.Int32
		q := at(t, c, plainURL, sqsqueue.Deps{Failed: func(err error) {
			failed.Add(1)
			if !fault.Is(err, fault.Unavailable) {
				t.Errorf("Failed: got %v, want unavailable", err)
			}
		}})
		if err := q.Publish(t.Context(), samples(5)...); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		mended := time.Now().Add(5 * time.Minute)
		c.before = func(call) (bool, error) {
			if time.Now().Before(mended) {
				return false, errors.New("dial tcp: connection refused")
			}
			return false, nil
		}
		var handled atomic.Int32
		stop := subscribed(t, q, func(context.Context, message.Envelope) error { handled.Add(1); return nil })
		<-time.After(10 * time.Minute)
		stop()
		if handled.Load() != 5 || failed.Load() == 0 {
			t.Errorf("messages after SQS was out of reach: got %d, told of %d faults, want 5 and some", handled.Load(), failed.Load())
		}
	})
}

// TestQueue_Later_InSteps puts a message off for longer than SQS delays one.
func TestQueue_Later_InSteps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		var told []queue.Action
		q := at(t, c, plainURL, sqsqueue.Deps{
			Policy:  queue.Policy{MaxAge: 3 * time.Hour},
			Observe: func(_ string, _ message.Envelope, v queue.Verdict, _ time.Duration) { told = append(told, v.Action) },
		})
		began := time.Now()
		var came []time.Duration
		stop := subscribed(t, q, func(context.Context, message.Envelope) error {
			if came = append(came, time.Since(began).Round(time.Minute)); len(came) < 3 {
				return queue.Later(time.Hour, "young")
			}
			return nil
		})
		if err := q.Publish(t.Context(), sample(1)); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		<-time.After(3 * time.Hour)
		stop()
		if want := []time.Duration{0, time.Hour, 2 * time.Hour}; !slices.Equal(came, want) {
			t.Errorf("message put off by an hour, twice: got it after %v, want %v", came, want)
		}
		if want := []queue.Action{queue.Wait, queue.Wait, queue.Ack}; !slices.Equal(told, want) {
			t.Errorf("Observe: got %v, want %v", told, want)
		}
	})
}

// TestQueue_IllegalCharacters sends what JSON allows and SQS does not.
func TestQueue_IllegalCharacters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		const text = "\uFFFE and \uFFFF, \x00\x01\x1f\x7f\u0085 and \U0010FFFF"
		m := sample(1)
		m.Data, _ = json.Marshal(text)
		m.Subject = text
		if err := q.Publish(t.Context(), m); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		for _, r := range c.queues["fake-"+group].parcels[0].body {
			if r < ' ' || r == 0xFFFE || r == 0xFFFF {
				t.Errorf("body: got %U, want what SQS takes", r)
			}
		}
		got := make(chan message.Envelope, 1)
		stop := subscribed(t, q, func(_ context.Context, m message.Envelope) error { got <- m; return nil })
		arrived := <-got
		stop()
		var data string
		if err := json.Unmarshal(arrived.Data, &data); err != nil || data != text || arrived.Subject != text {
			t.Errorf("message: got %q and %q, want %q", data, arrived.Subject, text)
		}
		m.Data = []byte("\"\xff\"")
		if err := q.Publish(t.Context(), m); !fault.Is(err, fault.Invalid) {
			t.Errorf("Publish of what is not UTF-8: got %v, want invalid", err)
		}
		if err := q.Publish(t.Context(), message.Envelope{Data: []byte("{}")}); !fault.Is(err, fault.Invalid) {
			t.Errorf("Publish of no envelope: got %v, want invalid", err)
		}
	})
}
