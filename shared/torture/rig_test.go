package torture_test

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/testenv"
)

// policy is what the cases' messages are tried again by.
var policy = queue.Policy{Attempts: 4, Backoff: 50 * time.Millisecond, Max: time.Second, MaxAge: time.Hour}

// rig is a queue on a server behind a wire, with subscribers that live through all cases.
type rig struct {
	b      broker
	server *server
	wire   *wire
	q      opened

	mu      sync.Mutex
	handle  map[string]queue.HandlerFunc // by case: the subject's first part
	letters map[string]int               // ids of messages that are to end as dead letters, with their attempts
}

// newServerBehindWire runs a server and lays a wire to it.
func newServerBehindWire(t *testing.T, name, env string) (*server, *wire) {
	t.Helper()
	testenv.Need(t, env, hint)
	s := newServer(t, name)
	w := newWire(t, s.address)
	s.advertise = w.address()
	s.run()
	return s, w
}

func newRig(t *testing.T, b broker) *rig {
	t.Helper()
	r := &rig{b: b, handle: map[string]queue.HandlerFunc{}, letters: map[string]int{}}
	at := t.TempDir()
	if b.server != "" {
		r.server, r.wire = newServerBehindWire(t, b.server, b.env)
		at = r.wire.address()
	}
	r.q = b.openNow(t, at, "rig", choices{groups: oneGroup, policy: policy, inFlight: 32})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 2)
	for range cap(ended) {
		go func() { ended <- r.q.Subscribe(ctx, group, nil, queue.HandlerFunc(r.take)) }()
	}
	t.Cleanup(func() {
		r.onlyExpectedLetters(t)
		cancel()
		for range cap(ended) {
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("Subscribe after all faults: got %v, want nil", err)
				}
			case <-time.After(patience):
				t.Errorf("Subscribe after its context ended: got no return within %v, want one", patience)
			}
		}
		if err := r.q.close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	return r
}

// take hands a message to its case.
func (r *rig) take(ctx context.Context, m message.Envelope) error {
	name, _, _ := strings.Cut(m.Subject, "/")
	r.mu.Lock()
	handle := r.handle[name]
	r.mu.Unlock()
	if handle == nil {
		return fault.New(fault.Invalid, "", "no case "+name)
	}
	return handle(ctx, m)
}

// onlyExpectedLetters compares the dead letters of all cases with what they expect.
func (r *rig) onlyExpectedLetters(t testing.TB) {
	t.Helper()
	got := map[string]int{}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), patience)
	defer cancel()
	after := ""
	for {
		ds, err := r.q.DeadLetters(ctx, after, 100)
		if err != nil {
			t.Errorf("DeadLetters: got %v, want nil", err)
			return
		}
		for _, d := range ds {
			got[d.Message.ID] = d.Attempts
			after = d.ID
		}
		if len(ds) < 100 {
			break
		}
	}
	if !maps.Equal(got, r.letters) {
		t.Errorf("dead letters of all cases, with attempts: got %v, want %v", got, r.letters)
	}
}

// load is messages of one case that are published and handled all the time.
type load struct {
	r    *rig
	t    testing.TB
	name string
	stop chan struct{}
	work sync.WaitGroup

	mu      sync.Mutex
	sent    map[string]bool // those that were published, as Publish said
	done    map[string]int  // how often each was handled
	refused int             // calls of Publish that failed
	n       int
	slowest time.Duration // recovery
	within  time.Duration // that it may take
}

// newLoad begins to handle a case's messages, and publishes none yet.
func (r *rig) newLoad(t testing.TB) *load {
	l := &load{r: r, t: t, name: strings.ReplaceAll(t.Name(), "/", "."), stop: make(chan struct{}), sent: map[string]bool{}, done: map[string]int{}, within: soon()}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handle[l.name] = func(_ context.Context, m message.Envelope) error {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.done[m.ID]++
		return nil
	}
	return l
}

// flows begins to publish, from several callers.
func (l *load) flows() *load {
	for range 4 {
		l.work.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				case <-time.After(20 * time.Millisecond):
					l.publish()
				}
			}
		})
	}
	return l
}

func (l *load) next() message.Envelope {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n++
	return message.New(id.New(id.Message, time.Now()), message.SourceBooking, message.BookingConfirmed, fmt.Sprintf("%s/%d", l.name, l.n%8), time.Now(), l.n)
}

// publish publishes a message, again until it is safe, and returns it.
func (l *load) publish() message.Envelope {
	m := l.next()
	l.publishAgain(m)
	return m
}

func (l *load) publishAgain(m message.Envelope) {
	for until := time.Now().Add(patience); ; <-time.After(10 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(l.t.Context()), 10*time.Second)
		err := l.r.q.Publish(ctx, m)
		cancel()
		if err == nil {
			break
		}
		if !fault.Is(err, fault.Unavailable) {
			l.t.Errorf("Publish: got %v, want nil or unavailable", err)
			return
		}
		l.mu.Lock()
		l.refused++
		l.mu.Unlock()
		if time.Now().After(until) {
			l.t.Errorf("Publish: got %v for %v, want nil in the end", err, patience)
			return
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[m.ID] = true
}

// handled reports whether a message was.
func (l *load) handled(m message.Envelope) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.done[m.ID] > 0
}

// more waits for effects that were not there before.
func (l *load) more(n int) {
	l.t.Helper()
	before := l.effects()
	eventually(l.t, "more messages handled", func() bool { return l.effects() >= before+n })
}

func (l *load) effects() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.done)
}

// recovers measures how long it takes from now until a message that is published now was handled.
func (l *load) recovers() {
	l.t.Helper()
	began := time.Now()
	m := l.publish()
	eventually(l.t, "a message after the fault", func() bool { return l.handled(m) })
	l.slowest = max(l.slowest, time.Since(began))
}

// ends stops publishing and compares effects with messages.
func (l *load) ends(did string) {
	l.t.Helper()
	close(l.stop)
	l.work.Wait()
	missing := func() (n int) {
		l.mu.Lock()
		defer l.mu.Unlock()
		for m := range l.sent {
			if l.done[m] == 0 {
				n++
			}
		}
		return n
	}
	lost := missing()
	for until := time.Now().Add(patience); lost > 0 && time.Now().Before(until); lost = missing() {
		<-time.After(10 * time.Millisecond)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	again := -len(l.done)
	for m, n := range l.done {
		again += n
		if !l.sent[m] {
			l.t.Errorf("message %s: got it handled, but it was never published", m)
		}
	}
	if lost > 0 || len(l.done) != len(l.sent) {
		l.t.Errorf("effects: got %d of %d messages, %d lost, want each", len(l.done), len(l.sent), lost)
	}
	report(l.t, l.r.b.name, fmt.Sprintf("%s: %d messages, %d effects, %d lost, %d handled again, %d calls refused",
		did, len(l.sent), len(l.done), lost, again, l.refused), l.slowest, l.within)
}
