package kafkaqueue_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
)

// onePartition is a URL whose messages share one.
func onePartition(t *testing.T) string {
	t.Helper()
	return strings.Replace(settings(server(t)), "partitions=3", "partitions=1", 1)
}

// log is what was handled, in order.
type log struct {
	mu  sync.Mutex
	ids []string
}

func (l *log) add(m message.Envelope) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ids = append(l.ids, m.ID)
}

// of returns the ids about a subject.
func (l *log) of(subject string) (ids []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range l.ids {
		if strings.HasPrefix(id, subject+"-") {
			ids = append(ids, id)
		}
	}
	return ids
}

func (l *log) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.ids)
}

// A subject that waits for long keeps back its own messages only, however many others share its partition, and the next
// owner keeps that order without repeating what was done.
func TestSubscribe_WaitingSubjectKeepsItsOrderOverOwners(t *testing.T) {
	t.Parallel()
	q := open(t, onePartition(t), deps())
	var let atomic.Bool
	var first, second log
	handle := func(l *log) queue.HandlerFunc {
		return func(_ context.Context, m message.Envelope) error {
			if m.ID == about("slow", 0).ID && !let.Load() {
				return queue.Later(300*time.Millisecond, "not yet")
			}
			l.add(m)
			return nil
		}
	}
	others := 2 * kafkaqueue.MaxAhead
	send := func(from, to int) {
		for n := from; n < to; n++ {
			publish(t, q, about("slow", n))
		}
		ms := make([]message.Envelope, others)
		for i := range ms {
			ms[i] = about(fmt.Sprintf("bkg-%d", i%50), from*others+i)
		}
		publish(t, q, ms...)
	}
	arrive := func(l *log) {
		t.Helper()
		eventually(t, "messages of other subjects", func() string {
			if n := l.len(); n < others {
				return fmt.Sprintf("got %d, want %d", n, others)
			}
			return ""
		})
	}
	stop := subscribe(t, q, handle(&first))
	send(0, 5)
	arrive(&first)
	stop()
	if got := first.of("slow"); len(got) != 0 {
		t.Errorf("messages behind one that waits: got %v, want none", got)
	}
	stop = subscribe(t, q, handle(&second))
	send(5, 8)
	arrive(&second)
	if got := second.of("slow"); len(got) != 0 {
		t.Errorf("messages behind one that waits, with the next owner: got %v, want none", got)
	}
	let.Store(true)
	var want []string
	for n := range 8 {
		want = append(want, about("slow", n).ID)
	}
	eventually(t, "messages that waited", func() string {
		if got := second.of("slow"); !slices.Equal(got, want) {
			return fmt.Sprintf("got %v, want %v", got, want)
		}
		return ""
	})
	stop()
	if a, b := first.len(), second.len(); a != others || b != others+8 {
		t.Errorf("messages with two owners after each other: got %d and %d, want %d and %d, none twice", a, b, others, others+8)
	}
}

// What fails for good blocks its own subject until it is given up, and no other.
func TestSubscribe_DeadLetterLetsItsSubjectGoOn(t *testing.T) {
	t.Parallel()
	d := deps()
	d.Policy = queue.Policy{Attempts: 4, Backoff: 20 * time.Millisecond, Max: 200 * time.Millisecond}
	q := open(t, onePartition(t), d)
	var done log
	subscribe(t, q, func(_ context.Context, m message.Envelope) error {
		if m.Subject == "bad" && strings.HasSuffix(m.ID, "0") {
			return fault.New(fault.Unavailable, "", "the store is away")
		}
		done.add(m)
		return nil
	})
	var want []string
	for n := range 25 {
		publish(t, q, about("bad", n), about("good", n))
		if n%10 != 0 {
			want = append(want, about("bad", n).ID)
		}
	}
	eventually(t, "messages about a subject of which some fail", func() string {
		if got := done.of("bad"); !slices.Equal(got, want) {
			return fmt.Sprintf("got %v, want %v", got, want)
		}
		return ""
	})
	ds, err := q.DeadLetters(t.Context(), "", 10)
	if err != nil || len(ds) != 3 || ds[0].Message.ID != about("bad", 0).ID || ds[2].Message.ID != about("bad", 20).ID {
		t.Errorf("DeadLetters: got %v and %v, want the three that fail, oldest first", ds, err)
	}
}
