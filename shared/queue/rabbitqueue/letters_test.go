package rabbitqueue_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
)

// bury stores n letters for a group, about samples, and returns their ids.
func bury(t testing.TB, q *rabbitqueue.Queue, n int) []string {
	t.Helper()
	ids := make([]string, n)
	var work sync.WaitGroup
	for i := range n {
		ids[i] = id.New(id.DeadLetter, time.Unix(int64(1_800_000_000+i), 0))
		work.Go(func() {
			if err := q.AddDeadLetter(t.Context(), queue.DeadLetter{ID: ids[i], Group: group, Message: sample(i), Reason: "why", Attempts: 3, At: time.Unix(int64(i), 5)}); err != nil {
				t.Errorf("AddDeadLetter: got %v, want nil", err)
			}
		})
	}
	work.Wait()
	return ids
}

func idsOf(ds []queue.DeadLetter) []string {
	ids := make([]string, len(ds))
	for i, d := range ds {
		ids[i] = d.ID
	}
	return ids
}

func TestQueue_DeadLetters_AreSeenByEachWhoLooks(t *testing.T) {
	at := server(t)
	t.Parallel()
	whole := settings(at)
	qs := []*rabbitqueue.Queue{openAt(t, at, whole, rabbitqueue.Deps{Groups: groups}), openAt(t, at, whole, rabbitqueue.Deps{Groups: groups})}
	want := bury(t, qs[0], 30)
	if err := qs[0].AddDeadLetter(t.Context(), queue.DeadLetter{ID: want[0], Group: group, Message: sample(0), Reason: "why", Attempts: 3, At: time.Unix(0, 5)}); err != nil {
		t.Errorf("AddDeadLetter of the same: got %v, want nil", err)
	}
	var work sync.WaitGroup
	for range 3 {
		for _, q := range qs { // as two processes
			work.Go(func() {
				for range 3 {
					ds, err := q.DeadLetters(t.Context(), "", 100)
					if got := idsOf(ds); err != nil || !slices.Equal(got, want) {
						t.Errorf("DeadLetters while others look: got %d and %v, want %d in order", len(got), err, len(want))
					}
				}
			})
		}
	}
	work.Wait()
	ds, err := qs[1].DeadLetters(t.Context(), want[4], 3)
	if got := idsOf(ds); err != nil || !slices.Equal(got, want[5:8]) {
		t.Errorf("DeadLetters after the fifth, limit 3: got %v and %v, want %v", got, err, want[5:8])
	}
	if d := ds[0]; d.Reason != "why" || d.Attempts != 3 || !d.At.Equal(time.Unix(5, 5)) || d.Message.ID != sample(5).ID {
		t.Errorf("dead letter: got %+v, want what was added", d)
	}
	if err := qs[1].RemoveDeadLetters(t.Context(), want[0], want[7], "dlq_unknown"); err != nil {
		t.Errorf("RemoveDeadLetters: got %v, want nil", err)
	}
	ds, err = qs[0].DeadLetters(t.Context(), "", 100)
	if got := idsOf(ds); err != nil || !slices.Equal(got, slices.Concat(want[1:7], want[8:])) {
		t.Errorf("DeadLetters after two were removed: got %d and %v, want the others", len(got), err)
	}
}

// TestQueue_DeadLetters_OutliveATool: one dies while it holds them all, and their order in the queue stays.
func TestQueue_DeadLetters_OutliveATool(t *testing.T) {
	at := server(t)
	t.Parallel()
	p := through(t, at, nil)
	q := openAt(t, at, settings(p.url), rabbitqueue.Deps{Groups: groups})
	for i := range 5 {
		bury(t, q, i+1) // in the order of their time, repeated
	}
	dlq := queueOf(q) + ".dlq"
	order := func() (ids []string) {
		n := ready(t, at, dlq)
		admin(t, at, func(ch *amqp.Channel) error {
			ds, err := ch.Consume(dlq, "", false, false, false, false, nil)
			for ; err == nil && n > 0; n-- {
				ids = append(ids, (<-ds).Headers["deadId"].(string))
			}
			return err
		})
		return ids
	}
	var want []string
	eventually(t, "letters in the queue", func() string {
		if want = order(); len(want) != 15 {
			return fmt.Sprintf("got %d, want 15", len(want))
		}
		return ""
	})
	conn, err := amqp.Dial(p.url)
	if err != nil {
		t.Fatalf("Dial: got %v, want nil", err)
	}
	ch, err := conn.Channel()
	if err != nil {
		t.Fatalf("Channel: got %v, want nil", err)
	}
	held, err := ch.Consume(dlq, "", false, false, false, false, nil)
	if err != nil {
		t.Fatalf("Consume: got %v, want nil", err)
	}
	for range 10 {
		<-held
	}
	p.cut()
	eventually(t, "letters after a tool died", func() string {
		if got := order(); !slices.Equal(got, want) {
			return fmt.Sprintf("got %d, want all %d in their order", len(got), len(want))
		}
		return ""
	})
	if _, err := q.DeadLetters(t.Context(), "", 3); err != nil {
		t.Errorf("DeadLetters: got %v, want nil", err)
	}
	if got := order(); !slices.Equal(got, want) {
		t.Errorf("letters after a look: got %d, want all %d in their order", len(got), len(want))
	}
}

// TestQueue_DeadLetters_OfWhatProcessesDiedWith takes a message from its queue again and again without an answer.
func TestQueue_DeadLetters_OfWhatProcessesDiedWith(t *testing.T) {
	at := server(t)
	t.Parallel()
	q := open(t, at, rabbitqueue.Deps{Groups: groups})
	if err := q.Publish(t.Context(), sample(0)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	began := time.Now()
	die(t, at, queueOf(q), rabbitqueue.DeliveryLimit+1, 1)
	var ds []queue.DeadLetter
	eventually(t, "dead letters", func() string {
		var err error
		if ds, err = q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 1 {
			return fmt.Sprintf("got %v and %v, want one", ds, err)
		}
		return ""
	})
	d := ds[0]
	if d.Reason != rabbitqueue.Died || d.Attempts != rabbitqueue.DeliveryLimit+1 || d.Message.ID != sample(0).ID || d.Group != group {
		t.Errorf("dead letter: got %+v, want one of %s that died", d, sample(0).ID)
	}
	if d.At.Before(began.Add(-time.Minute)) || d.At.After(time.Now().Add(time.Minute)) || d.ID < id.New(id.DeadLetter, began.Add(-time.Minute)) {
		t.Errorf("dead letter: got time %v and id %s, want about %v", d.At, d.ID, began)
	}
	again, err := q.DeadLetters(t.Context(), "", 10)
	if err != nil || len(again) != 1 || again[0].ID != d.ID {
		t.Errorf("DeadLetters again: got %v and %v, want the same id", again, err)
	}
	if err := q.Redrive(t.Context(), d); err != nil {
		t.Errorf("Redrive: got %v, want nil", err)
	}
	if err := q.RemoveDeadLetter(t.Context(), d.ID); err != nil {
		t.Errorf("RemoveDeadLetter: got %v, want nil", err)
	}
	var got seen
	subscribe(t, q, group, &got)
	eventually(t, "messages redriven", func() string { return got.lacks(1) })
}

// die takes the first messages of a queue, which has no others, n times and gives no answer.
func die(t testing.TB, at, name string, n, messages int) {
	t.Helper()
	conn, err := amqp.Dial(at)
	if err != nil {
		t.Fatalf("Dial: got %v, want nil", err)
	}
	defer func() { _ = conn.Close() }()
	for range n {
		ch, err := conn.Channel()
		if err != nil {
			t.Fatalf("Channel: got %v, want nil", err)
		}
		for range messages {
			eventually(t, "message in "+name, func() string { // it may be on its way back
				if _, ok, err := ch.Get(name, false); !ok || err != nil {
					return fmt.Sprintf("got %v and %v, want one", ok, err)
				}
				return ""
			})
		}
		if err := ch.Close(); err != nil {
			t.Fatalf("Close: got %v, want nil", err)
		}
	}
}

func TestQueue_Publish_OfWhatCannotBeSent(t *testing.T) {
	at := server(t)
	t.Parallel()
	q := open(t, at, rabbitqueue.Deps{Groups: groups})
	long := strings.Repeat("x", 256)
	for name, change := range map[string]func(m *message.Envelope){
		"long-id":   func(m *message.Envelope) { m.ID = long },
		"long-type": func(m *message.Envelope) { m.Type = message.Type(long) },
		"no-type":   func(m *message.Envelope) { m.Type = "" },
		"bad-data":  func(m *message.Envelope) { m.Data = []byte("{") },
	} {
		m := sample(0)
		change(&m)
		if err := q.Publish(t.Context(), m); !fault.Is(err, fault.Invalid) {
			t.Errorf("Publish %s: got %v, want invalid", name, err)
		}
	}
	strange := sample(1)
	strange.Type = "#.*.é"
	if err := q.Publish(t.Context(), strange); err != nil {
		t.Errorf("Publish of a strange type: got %v, want nil", err)
	}
	if n := ready(t, at, queueOf(q)); n != 1 {
		t.Errorf("messages in the queue: got %d, want 1", n)
	}
}
