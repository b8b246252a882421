package sqsqueue_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
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

// TestQueue_DiedWhileHandled: nobody ever answers for a message, as when it ends its process each time.
func TestQueue_DiedWhileHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		began := time.Now()
		if err := q.Publish(t.Context(), sample(1)); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		for range 20 {
			if err := c.trigger(t.Context(), group, func(ds []queue.Delivery) []string { return []string{ds[0].ID} }); err != nil {
				t.Fatalf("trigger: got %v, want nil", err)
			}
			<-time.After(4 * time.Minute)
		}
		stop := subscribed(t, q, func(context.Context, message.Envelope) error {
			t.Error("handler: got it once more, want it given up")
			return nil
		})
		<-time.After(time.Minute)
		stop()
		for range 2 { // its id stays
			ds, err := q.DeadLetters(t.Context(), "", 10)
			if err != nil || len(ds) != 1 {
				t.Fatalf("DeadLetters: got %v and %v, want one", ds, err)
			}
			d := ds[0]
			if d.Reason != sqsqueue.Died || d.Attempts != 20 || !d.At.Equal(began.UTC()) || d.Message.ID != "msg-1" || d.Group != group {
				t.Errorf("dead letter: got %+v, want msg-1 of %v after 20 receives, %q", d, began, sqsqueue.Died)
			}
			if again, _ := q.DeadLetters(t.Context(), d.ID, 10); len(again) != 0 {
				t.Errorf("DeadLetters after %s: got %v, want none", d.ID, again)
			}
		}
	})
}

// TestQueue_DeadLetters_ForeignBody: what is no envelope is given up at once, shown, and never sent again.
func TestQueue_DeadLetters_ForeignBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		c.put(c.queues["fake-"+group], "hello \"world\"", nil, 0)
		stop := subscribed(t, q, func(context.Context, message.Envelope) error {
			t.Error("handler: got it, want it given up")
			return nil
		})
		<-time.After(time.Second)
		stop()
		ds, err := q.DeadLetters(t.Context(), "", 10)
		if err != nil || len(ds) != 1 || string(ds[0].Message.Data) != `"hello \"world\""` || !strings.Contains(ds[0].Reason, "envelope") {
			t.Fatalf("DeadLetters: got %+v and %v, want its body", ds, err)
		}
		if err := q.Redrive(t.Context(), ds[0]); !fault.Is(err, fault.Invalid) {
			t.Errorf("Redrive of what is no envelope: got %v, want invalid", err)
		}
		if err := q.RemoveDeadLetters(t.Context(), ds[0].ID, "dlq_unknown"); err != nil || c.holds("fake-booking-dlq") != 0 {
			t.Errorf("RemoveDeadLetters: got %v and %d left, want none", err, c.holds("fake-booking-dlq"))
		}
	})
}

// TestQueue_DeadLetters_GivesBack: whoever looks next, in another process, sees all of them.
func TestQueue_DeadLetters_GivesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q, other := at(t, c, plainURL, sqsqueue.Deps{}), at(t, c, plainURL, sqsqueue.Deps{})
		for i := range 35 {
			d := queue.DeadLetter{
				ID: fmt.Sprintf("dlq_%02d", 34-i), Group: group, Message: sample(i), At: time.Now(), Attempts: 3,
				Reason: "control \x00 characters, \xff and " + strings.Repeat("length ", 1000),
			}
			if err := q.AddDeadLetter(t.Context(), d); err != nil {
				t.Fatalf("AddDeadLetter: got %v, want nil", err)
			}
		}
		for _, q := range []*sqsqueue.Queue{q, other, q} {
			began := time.Now()
			ds, err := q.DeadLetters(t.Context(), "dlq_04", 20)
			if err != nil || len(ds) != 20 || ds[0].ID != "dlq_05" || ds[19].ID != "dlq_24" || len(ds[0].Reason) < 4000 {
				t.Errorf("DeadLetters: got %d and %v after %v, want 20 from dlq_05", len(ds), err, time.Since(began))
			}
		}
		if err := other.RemoveDeadLetter(t.Context(), "dlq_20"); err != nil {
			t.Errorf("RemoveDeadLetter: got %v, want nil", err)
		}
		if ds, err := q.DeadLetters(t.Context(), "", 100); err != nil || len(ds) != 34 {
			t.Errorf("DeadLetters after one was removed: got %d and %v, want 34", len(ds), err)
		}
		if err := q.AddDeadLetter(t.Context(), queue.DeadLetter{ID: "dlq_1", Group: "other", Message: sample(1)}); !fault.Is(err, fault.Invalid) {
			t.Errorf("AddDeadLetter for an unknown group: got %v, want invalid", err)
		}
	})
}

// TestQueue_DeadLetters_StoredTwice: a lost reply stores a letter twice; it is shown once and removed altogether.
func TestQueue_DeadLetters_StoredTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		c.before = loseFirst("SendMessageBatch")
		if err := q.AddDeadLetter(t.Context(), queue.DeadLetter{ID: "dlq_1", Group: group, Message: sample(1), At: time.Now()}); err != nil {
			t.Fatalf("AddDeadLetter: got %v, want nil", err)
		}
		if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 1 || c.holds("fake-booking-dlq") != 2 {
			t.Errorf("DeadLetters: got %v and %v of %d, want one of two", ds, err, c.holds("fake-booking-dlq"))
		}
		if err := q.RemoveDeadLetter(t.Context(), "dlq_1"); err != nil || c.holds("fake-booking-dlq") != 0 {
			t.Errorf("RemoveDeadLetter: got %v and %d left, want none", err, c.holds("fake-booking-dlq"))
		}
	})
}

// TestQueue_ConsoleRedrive: letters that the console moves back, with all their attributes, begin anew.
func TestQueue_ConsoleRedrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		var deliveries atomic.Int32
		stop := subscribed(t, q, func(context.Context, message.Envelope) error { deliveries.Add(1); return errors.New("broken") })
		defer stop()
		if err := q.Publish(t.Context(), sample(1)); err != nil {
			t.Fatalf("Publish: got %v, want nil", err)
		}
		<-time.After(time.Minute)
		c.mu.Lock()
		dead := c.queues["fake-booking-dlq"]
		p := dead.parcels[0]
		dead.parcels = nil
		c.put(c.queues["fake-booking"], p.body, p.attrs, 0)
		c.mu.Unlock()
		<-time.After(time.Minute)
		if got, want := int(deliveries.Load()), 2*coarse.Attempts; got != want {
			t.Errorf("deliveries: got %d, want %d", got, want)
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

// TestQueue_Park_InParts parks what no message holds, even packed.
func TestQueue_Park_InParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		q := at(t, c, plainURL, sqsqueue.Deps{})
		random := rand.New(rand.NewPCG(1, 2))
		noise := make([]byte, 400<<10) // the most that an item of DynamoDB holds
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		if err := q.Park(t.Context(), queue.Parked{Body: noise, Reason: "too large"}, queue.Parked{Body: []byte("small")}); err != nil {
			t.Fatalf("Park: got %v, want nil", err)
		}
		if got := c.holds("fake-parked"); got != 4 {
			t.Errorf("messages of 400 KiB of noise and a small one: got %d, want 3 and 1", got)
		}
		for _, fails := range []bool{true, false} {
			calls := 0
			n, err := q.Unpark(t.Context(), 2, func(_ context.Context, p queue.Parked) error {
				if calls++; len(p.Body) > 10 && (!bytes.Equal(p.Body, noise) || p.Reason != "too large") {
					t.Errorf("Unpark: got %d bytes for %q, want those that were parked", len(p.Body), p.Reason)
				}
				if fails {
					return errors.New("broken")
				}
				return nil
			})
			if want := map[bool]int{false: 2}[fails]; n != want || err != nil || calls != 2 {
				t.Errorf("Unpark, failing %t: got %d of %d and %v, want %d of 2", fails, n, calls, err, want)
			}
		}
		if got := c.holds("fake-parked"); got != 0 {
			t.Errorf("messages in the end: got %d, want none", got)
		}
	})
}
