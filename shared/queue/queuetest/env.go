package queuetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// env is a case under way: where it reports to, its queue, and what runs in its background.
type env struct {
	T
	Queues
	h        Harness
	run      string // differs from run to run, so that a broker's leftovers are told apart
	ctx      context.Context
	cancel   context.CancelFunc
	sending  sync.WaitGroup
	subs     []*subscription
	triggers sync.WaitGroup

	mu   sync.Mutex
	made int
}

func newEnv(t T, h Harness, q Queues) *env {
	e := &env{T: t, Queues: q, h: h, run: fmt.Sprintf("%08x", rand.Uint32())}
	e.ctx, e.cancel = context.WithCancel(t.Context())
	return e
}

// end stops what the case began and waits for it.
func (e *env) end() {
	e.cancel()
	for _, s := range e.subs {
		s.stop()
	}
	e.sending.Wait()
	e.triggers.Wait()
}

// new returns a message of a type about a subject; its body names it.
func (e *env) new(t message.Type, subject string) message.Envelope {
	e.mu.Lock()
	e.made++
	name := fmt.Sprintf("%s-%05d", e.run, e.made)
	e.mu.Unlock()
	at := time.Date(2031, 3, 5, 19, 30, 0, 123_456_789, time.UTC)
	return message.New("msg-"+name, message.SourceBooking, t, subject, at, map[string]any{"bookingId": "bkg-" + name, "version": 7})
}

// news returns n messages about as many subjects.
func (e *env) news(n int) []message.Envelope {
	ms := make([]message.Envelope, n)
	for i := range ms {
		ms[i] = e.new(message.BookingConfirmed, fmt.Sprintf("bkg-%d", i))
	}
	return ms
}

// send publishes as an outbox does: again until all is safe, in the background, since some queues answer only then.
func (e *env) send(ms ...message.Envelope) {
	e.sending.Go(func() { e.sendNow(ms...) })
}

// sendEach sends messages independently of each other.
func (e *env) sendEach(ms ...message.Envelope) {
	for _, m := range ms {
		e.send(m)
	}
}

func (e *env) sendNow(ms ...message.Envelope) {
	for e.ctx.Err() == nil {
		err := e.Publish(e.ctx, ms...)
		if err == nil || e.ctx.Err() != nil {
			return
		}
		if !fault.Is(err, fault.Unavailable) {
			e.Errorf("Publish of %d messages: got %v, want nil or unavailable", len(ms), err)
			return
		}
		e.wait(e.h.Poll)
	}
}

// wait waits, or less when the case ends.
func (e *env) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-e.ctx.Done():
	}
}

// sent waits until everything that was sent is safe.
func (e *env) sent() {
	e.Helper()
	done := make(chan struct{})
	go func() { e.sending.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(e.h.Patience):
		e.Fatalf("Publish: got no answer in %v, want one", e.h.Patience)
	}
}

// eventually stops the case unless check finds nothing wrong, "", before the harness loses patience.
func (e *env) eventually(what string, check func() string) {
	e.Helper()
	wrong := check()
	for until := time.Now().Add(e.h.Patience); wrong != "" && time.Now().Before(until); wrong = check() {
		e.wait(e.h.Poll)
	}
	if wrong != "" {
		e.Fatalf("%s: %s", what, wrong)
	}
}

// quiet watches for a while, so that what must not happen has had its time.
func (e *env) quiet() {
	e.Helper()
	e.sent()
	e.wait(e.h.Quiet)
}

// subscription is one Subscribe under way.
type subscription struct {
	e      *env
	group  string
	cancel context.CancelFunc
	done   chan struct{}
	once   sync.Once
}

// subscribe subscribes h to a group's types, as the case declares them (all: every type).
func (e *env) subscribe(group string, types []message.Type, h queue.HandlerFunc) *subscription {
	ctx, cancel := context.WithCancel(e.ctx)
	s := &subscription{e: e, group: group, cancel: cancel, done: make(chan struct{})}
	e.subs = append(e.subs, s)
	go func() {
		defer close(s.done)
		if err := e.Subscribe(ctx, group, types, h); err != nil {
			e.Errorf("Subscribe %s: got %v, want nil", group, err)
		} else if ctx.Err() == nil {
			e.Errorf("Subscribe %s: got an answer before its context ended, want none", group)
		}
	}()
	return s
}

// stop ends a Subscribe and waits for its answer.
func (s *subscription) stop() {
	s.e.Helper()
	s.cancel()
	s.once.Do(func() {
		select {
		case <-s.done:
		case <-time.After(s.e.h.Patience):
			s.e.Errorf("Subscribe %s: got no answer in %v after its context ended, want one", s.group, s.e.h.Patience)
		}
	})
}

// inbox is what handlers were given.
type inbox struct {
	mu    sync.Mutex
	got   []arrival
	times map[string]int // by message id
}

type arrival struct {
	m  message.Envelope
	at time.Time
}

// add notes a delivery and returns the how many-eth of its message it is.
func (b *inbox) add(m message.Envelope) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, arrival{m, time.Now()})
	if b.times == nil {
		b.times = map[string]int{}
	}
	b.times[m.ID]++
	return b.times[m.ID]
}

// of returns when a message was delivered.
func (b *inbox) of(m message.Envelope) (at []time.Time) {
	for _, a := range b.all() {
		if a.m.ID == m.ID {
			at = append(at, a.at)
		}
	}
	return at
}

func (b *inbox) all() []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.got)
}

// lacks says which of ms have not come; "" when all have.
func (b *inbox) lacks(ms []message.Envelope) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	n, example := 0, ""
	for _, m := range ms {
		if b.times[m.ID] == 0 {
			n, example = n+1, m.ID
		}
	}
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("got %d of %d messages, want also %s", len(ms)-n, len(ms), example)
}

// take is a handler that acks all, into the box.
func (b *inbox) take(_ context.Context, m message.Envelope) error {
	b.add(m)
	return nil
}

// receives waits until all of ms have come to the box.
func (e *env) receives(b *inbox, group string, ms ...message.Envelope) {
	e.Helper()
	e.eventually("messages to "+group, func() string { return b.lacks(ms) })
}

// once reports messages of the box that came more than once, where that may not be.
func (e *env) once(b *inbox, group string) {
	e.Helper()
	if e.h.Features.MayRepeat {
		return
	}
	times := map[string]int{}
	for _, a := range b.all() {
		if times[a.m.ID]++; times[a.m.ID] == 2 {
			e.Errorf("acked message %s to %s: got it again, want it once", a.m.ID, group)
		}
	}
}

// letters returns the dead letters, oldest first.
func (e *env) letters() []queue.DeadLetter {
	e.Helper()
	ds, err := e.DeadLetters.DeadLetters(e.ctx, "", 1000)
	if err != nil {
		e.Fatalf("DeadLetters: got %v, want nil", err)
	}
	return ds
}

// buried waits until n dead letters are there, and no more, and returns them.
func (e *env) buried(n int) (ds []queue.DeadLetter) {
	e.Helper()
	e.eventually("dead letters", func() string {
		if ds = e.letters(); len(ds) < n {
			return fmt.Sprintf("got %d, want %d", len(ds), n)
		}
		return ""
	})
	e.quiet()
	if ds = e.letters(); len(ds) != n {
		e.Fatalf("dead letters: got %d, want %d", len(ds), n)
	}
	return ds
}

// same says how a message differs from what was sent; "" where it means the same.
func same(got, want message.Envelope) string {
	if g, w := canonical(got.Data), canonical(want.Data); !bytes.Equal(g, w) {
		return fmt.Sprintf("data: got %.300s, want %.300s", g, w)
	}
	if !got.Time.Equal(want.Time) {
		return fmt.Sprintf("time: got %v, want %v", got.Time, want.Time)
	}
	got.Data, want.Data, got.Time, want.Time = nil, nil, time.Time{}, time.Time{}
	if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", want); g != w {
		return fmt.Sprintf("got %s, want %s", g, w)
	}
	return ""
}

// canonical brings JSON into one form; what is none stays.
func canonical(b []byte) []byte {
	var v any
	in := json.NewDecoder(bytes.NewReader(b))
	in.UseNumber()
	if in.Decode(&v) != nil {
		return b
	}
	out, err := json.Marshal(v)
	if err != nil {
		return b
	}
	return out
}
