package queuetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/shared/message"
)

func stopFacts() []fact {
	return []fact{
		{name: "subscribe-ends-with-its-context", groups: one, test: endsWithContext},
		{name: "subscribe-waits-for-the-handler-under-way", groups: one, test: waitsForHandler},
		{name: "message-cut-off-by-a-stop-is-delivered-again", groups: one, test: cutOff},
		{name: "message-of-a-failing-subscriber-goes-to-the-next", groups: one, test: takenOver},
		{name: "group-may-subscribe-again", groups: one, test: subscribesAgain},
	}
}

func endsWithContext(e *env) {
	var a inbox
	s := e.subscribe(alpha, nil, a.take)
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	e.receives(&a, alpha, m)
	e.sent()
	s.stop() // reports an answer that is an error, or none
	later := e.new(message.EventChanged, "evt-2")
	e.send(later)
	e.wait(e.h.Quiet)
	if n := len(a.of(later)); n != 0 {
		e.Errorf("messages after Subscribe ended: got %d, want none", n)
	}
}

func waitsForHandler(e *env) {
	began, let := make(chan struct{}), make(chan struct{})
	var once, open sync.Once
	var handled atomic.Int32
	s := e.subscribe(alpha, nil, func(context.Context, message.Envelope) error {
		once.Do(func() { close(began) })
		<-let
		handled.Add(1)
		return nil
	})
	defer open.Do(func() { close(let) })
	e.send(e.new(message.EventChanged, "evt-1"))
	e.until(began, "the first delivery")
	s.cancel()
	e.wait(e.h.Quiet)
	select {
	case <-s.done:
		e.Errorf("Subscribe: got its answer while a handler was under way, want it to wait")
	default:
	}
	open.Do(func() { close(let) })
	s.stop()
	if handled.Load() == 0 {
		e.Errorf("handler under way: got it cut off, want it to return first")
	}
	e.sent() // it acked, so nothing is left to deliver
}

// until waits for a channel to be closed.
func (e *env) until(c <-chan struct{}, what string) {
	e.Helper()
	select {
	case <-c:
	case <-time.After(e.h.Patience):
		e.Fatalf("%s: got none in %v, want it", what, e.h.Patience)
	}
}

func cutOff(e *env) {
	var a inbox
	began := make(chan struct{})
	var once sync.Once
	s := e.subscribe(alpha, nil, func(ctx context.Context, _ message.Envelope) error {
		once.Do(func() { close(began) })
		<-ctx.Done()
		return fmt.Errorf("write: %w", ctx.Err())
	})
	ms := e.news(5)
	e.sendEach(ms...)
	e.until(began, "the first delivery")
	s.stop()
	e.subscribe(alpha, nil, a.take)
	e.receives(&a, alpha, ms...)
	e.buried(0)
}

func takenOver(e *env) {
	var a, b inbox
	s := e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error { a.add(m); return errBroken })
	ms := e.news(3)
	e.sendEach(ms...)
	e.eventually("the first delivery", func() string {
		if len(a.all()) == 0 {
			return "got none, want one"
		}
		return ""
	})
	s.stop()
	e.subscribe(alpha, nil, b.take)
	e.eventually("messages after a failing subscriber stopped", func() string {
		var left []message.Envelope
		buried := map[string]bool{}
		for _, d := range e.letters() {
			buried[d.Message.ID] = true // it was faster than the stop
		}
		for _, m := range ms {
			if !buried[m.ID] {
				left = append(left, m)
			}
		}
		return b.lacks(left)
	})
}

func subscribesAgain(e *env) {
	var a inbox
	for range 3 {
		s := e.subscribe(alpha, nil, a.take)
		ms := e.news(5)
		e.sendEach(ms...)
		e.receives(&a, alpha, ms...)
		e.sent()
		s.stop()
	}
	e.wait(e.h.Quiet)
	e.once(&a, alpha)
}
