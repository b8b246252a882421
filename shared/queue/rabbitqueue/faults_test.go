package rabbitqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
)

// patience is until when what must happen has to.
const patience = 90 * time.Second

// eventually stops the test unless check finds nothing wrong in time.
func eventually(t testing.TB, what string, check func() string) {
	t.Helper()
	wrong := check()
	for until := time.Now().Add(patience); wrong != "" && time.Now().Before(until); wrong = check() {
		<-time.After(10 * time.Millisecond)
	}
	if wrong != "" {
		t.Fatalf("%s: %s", what, wrong)
	}
}

// seen counts deliveries by message.
type seen struct {
	mu    sync.Mutex
	times map[string]int
}

func (s *seen) Handle(_ context.Context, m message.Envelope) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.times == nil {
		s.times = map[string]int{}
	}
	s.times[m.ID]++
	return nil
}

func (s *seen) of(id string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.times[id]
}

// lacks says how many of n samples have not come.
func (s *seen) lacks(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := 0
	for i := range n {
		if s.times[sample(i).ID] == 0 {
			missing++
		}
	}
	if missing > 0 {
		return fmt.Sprintf("got all but %d of %d, want all", missing, n)
	}
	return ""
}

// subscribe subscribes h until the test ends; stop ends it before.
func subscribe(t testing.TB, q *rabbitqueue.Queue, group string, h queue.Handler) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- q.Subscribe(ctx, group, nil, h) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Subscribe: got %v, want nil", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

// ready returns how many messages wait in a queue.
func ready(t testing.TB, server, name string) (n int) {
	t.Helper()
	admin(t, server, func(ch *amqp.Channel) error {
		it, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
		n = it.Messages
		return err
	})
	return n
}

func queueOf(q *rabbitqueue.Queue) string {
	return strings.TrimSuffix(q.Topology().Exchange, "messages") + group
}

// TestQueue_Reconnects breaks all connections again and again while messages are published and handled, some of which are
// tried again.
func TestQueue_Reconnects(t *testing.T) {
	at := server(t)
	t.Parallel()
	const all, cuts = 600, 15
	p := through(t, at, nil)
	q := openAt(t, at, settings(p.url), rabbitqueue.Deps{Groups: groups, Policy: queue.Policy{Attempts: 50, Backoff: 10 * time.Millisecond, Max: 50 * time.Millisecond}})
	var got seen
	var handled atomic.Int64
	subscribe(t, q, group, queue.HandlerFunc(func(ctx context.Context, m message.Envelope) error {
		if handled.Add(1)%7 == 0 {
			return errors.New("broken")
		}
		return got.Handle(ctx, m)
	}))
	var published atomic.Int64
	var work sync.WaitGroup
	const publishers = 8
	for n := range publishers {
		work.Go(func() {
			for i := n; i < all; i += publishers {
				for err := q.Publish(t.Context(), sample(i)); err != nil; err = q.Publish(t.Context(), sample(i)) {
					if !fault.Is(err, fault.Unavailable) || t.Context().Err() != nil {
						t.Errorf("Publish: got %v, want nil or unavailable", err)
						return
					}
				}
				published.Add(1)
			}
		})
	}
	for n := int64(1); n <= cuts; n++ {
		eventually(t, "messages published", func() string {
			if have := published.Load(); have < n*all/(cuts+1) {
				return fmt.Sprintf("got %d, want %d", have, n*all/(cuts+1))
			}
			return ""
		})
		p.cut()
	}
	work.Wait()
	eventually(t, "messages", func() string { return got.lacks(all) })
	eventually(t, "messages left", func() string {
		if n := ready(t, at, queueOf(q)); n != 0 {
			return fmt.Sprintf("got %d, want none", n)
		}
		return ""
	})
	if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 0 {
		t.Errorf("DeadLetters: got %v and %v, want none", ds, err)
	}
}

// TestQueue_Publish_AgainAfterALostConfirm loses the confirm of a message that the broker has stored.
func TestQueue_Publish_AgainAfterALostConfirm(t *testing.T) {
	at := server(t)
	t.Parallel()
	p := through(t, at, nil)
	q := openAt(t, at, settings(p.url), rabbitqueue.Deps{Groups: groups})
	if err := q.Publish(t.Context(), sample(0)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	var lost atomic.Int64
	p.losing(func(f frame) bool {
		if isConfirm(f) {
			lost.Add(1)
			return true
		}
		return false
	})
	done := make(chan error, 1)
	go func() { done <- q.Publish(t.Context(), sample(1), sample(2)) }()
	eventually(t, "confirms lost", func() string {
		if lost.Load() == 0 {
			return "got none, want some"
		}
		return ""
	})
	p.losing(nil)
	p.cut()
	if err := <-done; err != nil {
		t.Errorf("Publish whose confirm was lost: got %v, want nil", err)
	}
	var got seen
	subscribe(t, q, group, &got)
	eventually(t, "messages", func() string { return got.lacks(3) })
}

// TestQueue_Publish_EndsByItsDeadline has a broker that does not answer, for different reasons, and answers again later.
func TestQueue_Publish_EndsByItsDeadline(t *testing.T) {
	at := server(t)
	t.Parallel()
	const connection, blocked, unblocked = 10, 60, 61
	for _, tc := range []struct {
		name, text string
		begin, end func(p *proxy)
	}{
		{
			"broker-is-blocked", "low on memory",
			func(p *proxy) { p.tell(method0(connection, blocked, []byte("\x0dlow on memory"))) },
			func(p *proxy) { p.tell(method0(connection, unblocked, nil)) },
		},
		{"server-is-silent", "deadline", (*proxy).hold, func(p *proxy) { p.let() }},
		{"confirms-do-not-come", "deadline", func(p *proxy) { p.losing(isConfirm) }, func(p *proxy) { p.losing(nil); p.cut() }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := through(t, at, nil)
			q := openAt(t, at, settings(p.url), rabbitqueue.Deps{Groups: groups})
			if err := q.Publish(t.Context(), sample(0)); err != nil {
				t.Fatalf("Publish: got %v, want nil", err)
			}
			tc.begin(p)
			eventually(t, "Publish while nobody answers", func() string {
				ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
				defer cancel()
				began := time.Now()
				err := q.Publish(ctx, sample(1))
				if took := time.Since(began); took > 20*time.Second {
					t.Errorf("Publish with a deadline of 300 ms: got its answer after %v, want it then", took)
				}
				if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), tc.text) {
					return fmt.Sprintf("got %v, want unavailable with %q", err, tc.text)
				}
				return ""
			})
			tc.end(p)
			var got seen
			subscribe(t, q, group, &got)
			if err := q.Publish(t.Context(), sample(2)); err != nil {
				t.Errorf("Publish when all is well again: got %v, want nil", err)
			}
			eventually(t, "messages", func() string {
				if got.of(sample(0).ID) == 0 || got.of(sample(2).ID) == 0 {
					return "got not all, want those that were published"
				}
				return ""
			})
		})
	}
}

// TestQueue_Publish_ToAMissingQueue deletes a group's queue under a publisher: it must not take the other group's for both.
func TestQueue_Publish_ToAMissingQueue(t *testing.T) {
	at := server(t)
	t.Parallel()
	for _, tc := range []struct {
		name   string
		groups map[string][]message.Type
		cut    bool // the publisher's connection
	}{
		{"when-it-is-the-only-one", groups, false},
		{"when-it-is-one-of-two-and-the-connection-is-new", map[string][]message.Type{group: {message.BookingConfirmed}, "catalog": nil}, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := through(t, at, nil)
			q := openAt(t, at, settings(p.url), rabbitqueue.Deps{Groups: tc.groups})
			if err := q.Publish(t.Context(), sample(0)); err != nil {
				t.Fatalf("Publish: got %v, want nil", err)
			}
			name := queueOf(q)
			admin(t, at, func(ch *amqp.Channel) error {
				_, err := ch.QueueDelete(name, false, false, false)
				return err
			})
			if tc.cut {
				p.cut()
			}
			err := q.Publish(t.Context(), sample(1), sample(2))
			if !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), "MYEVENTS_QUEUE") || !strings.Contains(err.Error(), name) {
				t.Errorf("Publish: got %v, want unavailable that names MYEVENTS_QUEUE and %s", err, name)
			}
			if err := q.Migrate(t.Context()); err != nil {
				t.Fatalf("Migrate: got %v, want nil", err)
			}
			if err := q.Publish(t.Context(), sample(1), sample(2)); err != nil {
				t.Errorf("Publish after Migrate: got %v, want nil", err)
			}
			if n := ready(t, at, name); n != 2 {
				t.Errorf("messages in queue: got %d, want 2", n)
			}
		})
	}
}

// TestQueue_Subscribe_GoesOn after its queue was deleted and made anew.
func TestQueue_Subscribe_GoesOn(t *testing.T) {
	at := server(t)
	t.Parallel()
	failed := make(chan error, 1000)
	q := open(t, at, rabbitqueue.Deps{Groups: groups, Failed: func(err error) {
		select {
		case failed <- err:
		default:
		}
	}})
	var got seen
	subscribe(t, q, group, &got)
	if err := q.Publish(t.Context(), sample(0)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	eventually(t, "messages", func() string { return got.lacks(1) })
	admin(t, at, func(ch *amqp.Channel) error {
		_, err := ch.QueueDelete(queueOf(q), false, false, false)
		return err
	})
	select {
	case <-failed:
	case <-time.After(patience):
		t.Errorf("Failed after the queue was deleted: got no call, want one")
	}
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got %v, want nil", err)
	}
	if err := q.Publish(t.Context(), sample(1)); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	eventually(t, "messages", func() string { return got.lacks(2) })
}
