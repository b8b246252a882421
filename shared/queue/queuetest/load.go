package queuetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/message"
)

func loadFacts() []fact {
	return []fact{
		{name: "messages-of-many-publishers-reach-every-group", groups: both, test: manyPublishers},
		{name: "messages-survive-subscribers-that-come-and-go", groups: one, test: comeAndGo},
		{name: "order-of-a-subject-is-kept", groups: both, only: func(f Features) bool { return f.OrderedBySubject }, test: ordered},
	}
}

// publishers is how many publish at a time.
const publishers = 64

func manyPublishers(e *env) {
	var a, b inbox
	for range 2 {
		e.subscribe(alpha, nil, a.take)
	}
	e.subscribe(beta, nil, b.take)
	ms := e.news(publishers * max(2, 10/e.h.Scale))
	for part := range slices.Chunk(ms, len(ms)/publishers) {
		e.sending.Go(func() {
			for _, m := range part {
				e.sendNow(m)
			}
		})
	}
	e.receives(&a, alpha, ms...)
	e.receives(&b, beta, ms...)
	e.quiet()
	e.once(&a, alpha)
	e.once(&b, beta)
	e.buried(0)
}

// comeAndGo is a deployment: subscribers are replaced while messages flow, some of which fail at first.
func comeAndGo(e *env) {
	var a, acked inbox
	handle := func(ctx context.Context, m message.Envelope) error {
		n := a.add(m)
		select { // so that some are cut off
		case <-time.After(time.Duration(rand.Int64N(int64(e.h.Poll)))):
		case <-ctx.Done():
			return ctx.Err()
		}
		if n == 1 && m.ID[len(m.ID)-1] == '3' {
			return errBroken
		}
		acked.add(m)
		return nil
	}
	ms := e.news(max(40, 200/e.h.Scale))
	for part := range slices.Chunk(ms, 10) {
		e.sending.Go(func() {
			for _, m := range part {
				e.sendNow(m)
			}
		})
	}
	for range 5 {
		s := e.subscribe(alpha, nil, handle)
		e.wait(4 * e.h.Poll)
		s.stop()
	}
	e.subscribe(alpha, nil, handle)
	e.receives(&acked, alpha, ms...)
	e.buried(0)
}

func ordered(e *env) {
	var mu sync.Mutex
	seen := map[string][]string{} // by group and subject
	handle := func(group string) func(context.Context, message.Envelope) error {
		return func(_ context.Context, m message.Envelope) error {
			e.wait(time.Duration(rand.Int64N(int64(e.h.Poll))))
			mu.Lock()
			defer mu.Unlock()
			key := group + " " + m.Subject
			if ids := seen[key]; len(ids) == 0 || !slices.Contains(ids, m.ID) { // a repeat says nothing about order
				seen[key] = append(ids, m.ID)
			}
			return nil
		}
	}
	e.subscribe(alpha, nil, handle(alpha))
	e.subscribe(beta, nil, handle(beta))
	want := map[string][]string{}
	const subjects, each = 8, 20
	for s := range subjects {
		subject := fmt.Sprintf("bkg-%d", s)
		var ms []message.Envelope
		for range each {
			m := e.new(message.BookingConfirmed, subject)
			ms = append(ms, m)
			want[subject] = append(want[subject], m.ID)
		}
		e.sending.Go(func() {
			for part := range slices.Chunk(ms, 5) {
				e.sendNow(part...)
			}
		})
	}
	e.eventually("messages to both groups", func() string {
		mu.Lock()
		defer mu.Unlock()
		n := 0
		for _, ids := range seen {
			n += len(ids)
		}
		if n < 2*subjects*each {
			return fmt.Sprintf("got %d, want %d", n, 2*subjects*each)
		}
		return ""
	})
	mu.Lock()
	defer mu.Unlock()
	for _, group := range []string{alpha, beta} {
		for subject, ids := range want {
			if got := seen[group+" "+subject]; !slices.Equal(got, ids) {
				e.Errorf("messages about %s to %s: got the order %v, want %v", subject, group, got, ids)
			}
		}
	}
}
