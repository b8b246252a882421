package rabbitqueue_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
)

// TestQueue_Subscribe_StopsWearNothingOut stops a subscriber that has messages at hand which were given back often: those
// that it has not begun with begin anew.
func TestQueue_Subscribe_StopsWearNothingOut(t *testing.T) {
	at := server(t)
	t.Parallel()
	const worn = rabbitqueue.DeliveryLimit / 2
	q := open(t, at, rabbitqueue.Deps{Groups: groups, InFlight: 1})
	if err := q.Publish(t.Context(), samples(0, 3)...); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	die(t, at, queueOf(q), worn, 3)
	began := make(chan string, 10)
	stop := subscribe(t, q, group, queue.HandlerFunc(func(ctx context.Context, m message.Envelope) error {
		began <- m.ID
		<-ctx.Done()
		return ctx.Err()
	}))
	first := <-began
	eventually(t, "messages not at hand", func() string {
		if n := ready(t, at, queueOf(q)); n > 0 {
			return fmt.Sprintf("got %d, want none", n)
		}
		return ""
	})
	stop()
	got := map[string]int64{}
	eventually(t, "messages given back", func() string {
		admin(t, at, func(ch *amqp.Channel) error {
			for {
				d, ok, err := ch.Get(queueOf(q), false)
				if !ok || err != nil {
					return err
				}
				got[d.MessageId], _ = d.Headers["x-delivery-count"].(int64)
			}
		})
		if len(got) < 3 {
			return fmt.Sprintf("got %v, want 3", got)
		}
		return ""
	})
	for m, n := range got {
		if m == first && n <= worn || m != first && n >= worn {
			t.Errorf("deliveries of %s when %s was cut off: got %d, want them counted for that one alone", m, first, n)
		}
	}
}

func TestQueue_StrangersMessageIsADeadLetter(t *testing.T) {
	at := server(t)
	t.Parallel()
	q := open(t, at, rabbitqueue.Deps{Groups: groups})
	subscribe(t, q, group, queue.HandlerFunc(func(context.Context, message.Envelope) error { return nil }))
	admin(t, at, func(ch *amqp.Channel) error {
		return ch.PublishWithContext(t.Context(), "", queueOf(q), true, false, amqp.Publishing{Body: []byte("\xffnot ours")})
	})
	eventually(t, "dead letters", func() string {
		ds, err := q.DeadLetters(t.Context(), "", 10)
		if err != nil || len(ds) != 1 || ds[0].Attempts != 1 || !strings.Contains(ds[0].Reason, "UTF-8") {
			return fmt.Sprintf("got %v and %v, want one that is not UTF-8", ds, err)
		}
		return ""
	})
}

func TestQueue_Subscribe_Refuses(t *testing.T) {
	at := server(t)
	t.Parallel()
	q := open(t, at, rabbitqueue.Deps{Groups: groups})
	none := queue.HandlerFunc(func(context.Context, message.Envelope) error { return nil })
	if err := q.Subscribe(t.Context(), "gamma", nil, none); !fault.Is(err, fault.Invalid) {
		t.Errorf("Subscribe of a group that nobody declared: got %v, want invalid", err)
	}
	if err := q.Subscribe(t.Context(), group, []message.Type{message.EventChanged}, none); !fault.Is(err, fault.Invalid) {
		t.Errorf("Subscribe to other types than the group's: got %v, want invalid", err)
	}
	drop(t, at, q.Topology())
	if err := q.Subscribe(t.Context(), group, nil, none); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") {
		t.Errorf("Subscribe where the queue is absent: got %v, want unavailable that names MYEVENTS_QUEUE", err)
	}
	if err := q.Migrate(t.Context()); err != nil {
		t.Errorf("Migrate: got %v, want nil", err)
	}
}

func TestQueue_Copied(t *testing.T) {
	q, err := rabbitqueue.Open(t.Context(), "amqp://host/?prefix=p", rabbitqueue.Deps{Groups: groups})
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	defer func() { _ = q.Close() }()
	now := time.UnixMilli(1_800_000_000_000)
	first := now.Add(-time.Minute)
	d := amqp.Delivery{
		MessageId: "msg-1", Type: "t", ContentType: "c", Body: []byte("b"),
		Headers: amqp.Table{"attempts": int64(2), "first": first.UnixMilli(), "x-delivery-count": int64(7), "x-death": []any{}},
	}
	for _, tc := range []struct {
		name    string
		v       queue.Verdict
		queue   string
		expires string
		want    amqp.Table
	}{
		{"retry-at-once", queue.Verdict{Action: queue.Retry}, "p.booking", "", amqp.Table{"attempts": int64(3), "first": first.UnixMilli()}},
		{
			"retry-in-part-of-a-millisecond",
			queue.Verdict{Action: queue.Retry, After: 1},
			"p.booking.retry-100ms", "1",
			amqp.Table{"attempts": int64(3), "first": first.UnixMilli()},
		},
		{
			"retry-on-the-edge",
			queue.Verdict{Action: queue.Retry, After: 3 * time.Second},
			"p.booking.retry-3s", "3000",
			amqp.Table{"attempts": int64(3), "first": first.UnixMilli()},
		},
		{
			"wait",
			queue.Verdict{Action: queue.Wait, After: 3001 * time.Millisecond},
			"p.booking.retry-10s", "3001",
			amqp.Table{"attempts": int64(2), "first": first.UnixMilli()},
		},
		{
			"wait-in-steps",
			queue.Verdict{Action: queue.Wait, After: time.Hour},
			"p.booking.retry-300s", "300000",
			amqp.Table{"attempts": int64(2), "first": first.UnixMilli(), "until": now.Add(time.Hour).UnixMilli()},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			name, p := q.Copied(group, d, tc.v, now)
			if name != tc.queue || p.Expiration != tc.expires || fmt.Sprint(p.Headers) != fmt.Sprint(tc.want) {
				t.Errorf("copy: got queue %s, expiration %q, headers %v, want %s, %q, %v", name, p.Expiration, p.Headers, tc.queue, tc.expires, tc.want)
			}
			if p.MessageId != "msg-1" || p.Type != "t" || string(p.Body) != "b" || p.DeliveryMode != amqp.Persistent {
				t.Errorf("copy: got %+v, want the message as it was", p)
			}
		})
	}
	name, p := q.Copied(group, d, queue.Verdict{Action: queue.Dead, Reason: strings.Repeat("é", 5000) + "\xff"}, now)
	if name != "p.booking.dlq" || p.Headers["deadAttempts"] != int64(3) || len(p.Headers["deadReason"].(string)) > 4<<10 || p.Headers.Validate() != nil {
		t.Errorf("dead letter: got queue %s and headers %v, want 3 attempts and a reason cut to fit", name, p.Headers)
	}
}

// TestQueue_PutOffInSteps: what says that its time has not come is not handled.
func TestQueue_PutOffInSteps(t *testing.T) {
	at := server(t)
	t.Parallel()
	q := open(t, at, rabbitqueue.Deps{Groups: groups})
	until := time.Now().Add(2 * time.Second)
	body, err := sample(0).Encode()
	if err != nil {
		t.Fatalf("Encode: got %v, want nil", err)
	}
	early := make(chan time.Duration, 10)
	subscribe(t, q, group, queue.HandlerFunc(func(context.Context, message.Envelope) error { early <- time.Until(until); return nil }))
	admin(t, at, func(ch *amqp.Channel) error {
		return ch.PublishWithContext(t.Context(), "", queueOf(q), true, false, amqp.Publishing{
			Body: body, DeliveryMode: amqp.Persistent, Headers: amqp.Table{"until": until.UnixMilli()},
		})
	})
	select {
	case d := <-early:
		if d > 100*time.Millisecond {
			t.Errorf("message put off: got it %v too soon, want it then", d)
		}
	case <-time.After(patience):
		t.Errorf("message put off: got none, want it")
	}
}

// TestQueue_Subscribe_KeepsWhatItCannotSettle loses the queue that a failed message is to wait in: the message stays until
// it is there again.
func TestQueue_Subscribe_KeepsWhatItCannotSettle(t *testing.T) {
	at := server(t)
	t.Parallel()
	failed := make(chan error, 1000)
	q := open(t, at, rabbitqueue.Deps{Groups: groups, Failed: func(err error) {
		select {
		case failed <- err:
		default:
		}
	}})
	admin(t, at, func(ch *amqp.Channel) error {
		_, err := ch.QueueDelete(queueOf(q)+".dlq", false, false, false)
		return err
	})
	subscribe(t, q, group, queue.HandlerFunc(func(context.Context, message.Envelope) error {
		return fault.Wrap(fault.Invalid, "", errors.New("never"))
	}))
	if err := q.Publish(t.Context(), sample(0)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	select {
	case err := <-failed:
		if !strings.Contains(err.Error(), ".dlq") {
			t.Errorf("Failed: got %v, want one that names the queue", err)
		}
	case <-time.After(patience):
		t.Errorf("Failed where there is no dead-letter queue: got no call, want one")
	}
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got %v, want nil", err)
	}
	eventually(t, "dead letters", func() string {
		if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 1 {
			return fmt.Sprintf("got %v and %v, want one", ds, err)
		}
		return ""
	})
}

func TestTally(t *testing.T) {
	var done rabbitqueue.Tally
	for i, tc := range []struct {
		tags   []uint64
		upTo   uint64
		single []uint64
	}{
		{[]uint64{1, 2, 3}, 3, nil},
		{[]uint64{5, 7}, 0, []uint64{5, 7}},
		{[]uint64{4}, 4, nil}, // 5 was acked, and must not be named again
		{[]uint64{9, 6, 8}, 9, nil},
		{[]uint64{12, 10}, 10, []uint64{12}},
		{[]uint64{11}, 11, nil},
	} {
		upTo, single := done.Add(tc.tags...)
		if upTo != tc.upTo || !slices.Equal(single, tc.single) {
			t.Errorf("Add %d: got %d and %v, want %d and %v", i, upTo, single, tc.upTo, tc.single)
		}
	}
}
