package queuetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

func retryFacts() []fact {
	return []fact{
		{name: "failed-message-is-tried-again", groups: one, test: triedAgain},
		{name: "message-is-tried-until-the-attempts-are-used-up", groups: one, test: attemptsUsedUp},
		{name: "attempts-come-with-waits-between", groups: one, test: backoff},
		{name: "panic-is-a-failed-attempt", groups: one, test: panics},
		{name: "invalid-message-is-tried-once", groups: one, test: invalidOnce},
		{name: "one-groups-failure-is-not-anothers", groups: both, test: failureIsItsGroups},
		{name: "poison-does-not-block-what-comes-after", groups: one, test: poison},
	}
}

var errBroken = errors.New("the database is away")

func triedAgain(e *env) {
	var a inbox
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		if a.add(m) < 3 {
			return errBroken
		}
		return nil
	})
	ms := e.news(5)
	e.sendEach(ms...)
	e.eventually("deliveries", func() string {
		for _, m := range ms {
			if n := len(a.of(m)); n < 3 {
				return fmt.Sprintf("got %d of %s, want 3", n, m.ID)
			}
		}
		return ""
	})
	e.buried(0)
	for _, m := range ms {
		e.tried(&a, m, 3)
	}
	for _, got := range a.all() {
		for _, m := range ms {
			if wrong := same(got.m, m); got.m.ID == m.ID && wrong != "" {
				e.Errorf("message tried again: %s", wrong)
			}
		}
	}
}

// tried reports a message that was not delivered n times: more than that, where acked ones may come again, is well.
func (e *env) tried(b *inbox, m message.Envelope, n int) {
	e.Helper()
	if got := len(b.of(m)); got < n || (got > n && !e.h.Features.MayRepeat) {
		e.Errorf("deliveries of %s: got %d, want %d", m.ID, got, n)
	}
}

// failing subscribes a handler that never succeeds.
func (e *env) failing(b *inbox, with func() error) {
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error { b.add(m); return with() })
}

func attemptsUsedUp(e *env) {
	var a inbox
	e.failing(&a, func() error { return fault.Wrap(fault.Unavailable, "store", errBroken) })
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	e.buried(1)
	e.tried(&a, m, e.h.Policy.Attempts)
}

func backoff(e *env) {
	var a inbox
	e.failing(&a, func() error { return errBroken })
	ms := e.news(4) // waits are random from 0 on, but not all of them are 0
	e.sendEach(ms...)
	e.buried(len(ms))
	var waited time.Duration
	for _, m := range ms {
		at := a.of(m)
		waited += at[len(at)-1].Sub(at[0])
	}
	if least := e.h.Policy.Backoff / 10; waited < least {
		e.Errorf("waits between the attempts at %d messages: got %v in all, want at least %v", len(ms), waited, least)
	}
}

func panics(e *env) {
	var a inbox
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		if n := a.add(m); m.Type == message.EventChanged || n == 1 {
			panic("a seat that is not there")
		}
		return nil
	})
	always, first := e.new(message.EventChanged, "evt-1"), e.new(message.BookingConfirmed, "bkg-1")
	e.sendEach(always, first)
	d := e.buried(1)[0]
	e.tried(&a, always, e.h.Policy.Attempts)
	e.tried(&a, first, 2)
	if d.Message.ID != always.ID || !strings.Contains(d.Reason, "a seat that is not there") {
		e.Errorf("dead letter: got %s for %q, want %s for the panic's text", d.Message.ID, d.Reason, always.ID)
	}
}

func invalidOnce(e *env) {
	var a inbox
	e.failing(&a, func() error { return fmt.Errorf("apply: %w", fault.New(fault.Invalid, "", "no such version")) })
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	d := e.buried(1)[0]
	e.tried(&a, m, 1)
	if d.Attempts != 1 || !strings.Contains(d.Reason, "no such version") {
		e.Errorf("dead letter: got %d attempts and reason %q, want 1 and the handler's", d.Attempts, d.Reason)
	}
}

func failureIsItsGroups(e *env) {
	var a, b inbox
	e.failing(&a, func() error { return errBroken })
	e.subscribe(beta, nil, b.take)
	ms := e.news(5)
	e.sendEach(ms...)
	e.receives(&b, beta, ms...)
	for _, d := range e.buried(len(ms)) {
		if d.Group != alpha {
			e.Errorf("dead letter: got group %s, want %s", d.Group, alpha)
		}
	}
	e.once(&b, beta)
}

func poison(e *env) {
	var a inbox
	var well atomic.Bool
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		a.add(m)
		if m.Type != message.EventChanged {
			return nil
		}
		if well.Load() {
			return nil
		}
		return queue.Later(e.h.Policy.MaxAge/10, "the poison is at work")
	})
	var bad []message.Envelope
	for i := range 3 {
		m := e.new(message.EventChanged, fmt.Sprintf("evt-%d", i))
		bad = append(bad, m)
		e.send(m)
	}
	e.receives(&a, alpha, bad...)
	good := e.news(50)
	e.sendEach(good...)
	e.receives(&a, alpha, good...)
	well.Store(true)
	e.buried(0) // so all the good came through before the bad were given up
}

func laterFacts() []fact {
	return []fact{
		{name: "later-counts-no-attempt", groups: one, test: laterIsNoAttempt},
		{name: "later-waits-as-long-as-it-says", groups: one, test: laterWaits},
		{name: "later-ends-at-the-greatest-age", groups: one, test: laterEnds},
	}
}

func laterIsNoAttempt(e *env) {
	var a inbox
	most := e.h.Policy.Attempts + 3
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		if n := a.add(m); n < most {
			return queue.Later(e.h.Policy.MaxAge/time.Duration(4*most), "young")
		}
		return nil
	})
	m := e.new(message.BookingRecorded, "bkg-1")
	e.send(m)
	e.eventually("deliveries of a message put off", func() string {
		if n := len(a.of(m)); n < most {
			return fmt.Sprintf("got %d, want %d", n, most)
		}
		return ""
	})
	e.buried(0)
	e.tried(&a, m, most)
}

func laterWaits(e *env) {
	var a inbox
	wait := e.h.Policy.MaxAge / 4
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		if a.add(m) == 1 {
			return fmt.Errorf("settle: %w", queue.Later(wait, "young"))
		}
		return nil
	})
	m := e.new(message.BookingRecorded, "bkg-1")
	e.send(m)
	e.eventually("deliveries of a message put off", func() string {
		if n := len(a.of(m)); n < 2 {
			return fmt.Sprintf("got %d, want 2", n)
		}
		return ""
	})
	if at := a.of(m); at[1].Sub(at[0]) < wait*9/10 { // a broker's clock is not this one
		e.Errorf("message put off: got it again after %v, want %v", at[1].Sub(at[0]), wait)
	}
	e.buried(0)
}

func laterEnds(e *env) {
	var a inbox
	e.failing(&a, func() error { return queue.Later(e.h.Policy.MaxAge/4, "still too young") })
	m := e.new(message.BookingRecorded, "bkg-1")
	e.send(m)
	d := e.buried(1)[0]
	if n := len(a.of(m)); n < 2 || n > 6 {
		e.Errorf("deliveries of a message put off by a quarter of the greatest age: got %d, want about 4", n)
	}
	if !strings.Contains(d.Reason, "still too young") {
		e.Errorf("dead letter: got reason %q, want the handler's", d.Reason)
	}
}
