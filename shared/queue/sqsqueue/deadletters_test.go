package sqsqueue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

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
