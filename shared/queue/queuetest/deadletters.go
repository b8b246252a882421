package queuetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/shared/message"
)

func deadLetterFacts() []fact {
	return []fact{
		{name: "dead-letter-says-what-and-why", groups: one, test: letterSays},
		{name: "each-group-has-its-own-dead-letter", groups: both, test: letterOfEach},
		{name: "dead-letters-are-listed-in-pages", groups: one, test: letterPages},
		{name: "dead-letter-is-redriven", groups: one, test: redriven},
	}
}

func letterSays(e *env) {
	var a inbox
	e.failing(&a, func() error { return errBroken })
	m := e.new(message.EventChanged, "evt-1")
	m.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	began := time.Now()
	e.send(m)
	d := e.buried(1)[0]
	if wrong := same(d.Message, m); wrong != "" {
		e.Errorf("dead letter's message: %s", wrong)
	}
	if d.ID == "" || d.Group != alpha {
		e.Errorf("dead letter: got id %q and group %q, want an id and %s", d.ID, d.Group, alpha)
	}
	if !strings.Contains(d.Reason, errBroken.Error()) {
		e.Errorf("dead letter: got reason %q, want one with %q", d.Reason, errBroken)
	}
	if most := e.h.Policy.Attempts; d.Attempts < most || (d.Attempts > most && !e.h.Features.MayRepeat) {
		e.Errorf("dead letter: got %d attempts, want %d", d.Attempts, most)
	}
	if early := began.Add(-time.Minute); d.At.Before(early) || d.At.After(time.Now().Add(time.Minute)) {
		e.Errorf("dead letter: got time %v, want about %v", d.At, began)
	}
}

func letterOfEach(e *env) {
	var a, b inbox
	e.failing(&a, func() error { return errBroken })
	e.subscribe(beta, nil, func(_ context.Context, m message.Envelope) error { b.add(m); return errBroken })
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	ds := e.buried(2)
	groups := []string{ds[0].Group, ds[1].Group}
	slices.Sort(groups)
	if want := []string{alpha, beta}; !slices.Equal(groups, want) {
		e.Errorf("dead letters: got groups %v, want %v", groups, want)
	}
	if ds[0].ID == ds[1].ID {
		e.Errorf("dead letters: got one id %s for two, want two", ds[0].ID)
	}
	e.tried(&a, m, e.h.Policy.Attempts)
	e.tried(&b, m, e.h.Policy.Attempts)
}

func letterPages(e *env) {
	var a inbox
	e.failing(&a, func() error { return errBroken })
	ms := e.news(7)
	e.sendEach(ms...)
	e.buried(len(ms))
	seen := map[string]bool{}
	for cursor, pages := "", 0; ; pages++ {
		page, err := e.DeadLetters.DeadLetters(e.ctx, cursor, 3)
		if err != nil || len(page) > 3 || pages > len(ms) {
			e.Fatalf("DeadLetters after %q, limit 3: got %d and %v on page %d, want pages that end", cursor, len(page), err, pages)
			return
		}
		if len(page) == 0 {
			break
		}
		for _, d := range page {
			seen[d.Message.ID] = true
		}
		cursor = page[len(page)-1].ID
	}
	if len(seen) != len(ms) {
		e.Errorf("DeadLetters over pages: got %d messages, want %d", len(seen), len(ms))
	}
}

func redriven(e *env) {
	var a inbox
	var mended atomic.Bool
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		a.add(m)
		if mended.Load() {
			return nil
		}
		return errBroken
	})
	m, other := e.new(message.EventChanged, "evt-1"), e.new(message.EventChanged, "evt-2")
	e.sendEach(m, other)
	ds := e.buried(2)
	mended.Store(true)
	d := ds[0]
	before := len(a.of(d.Message))
	e.send(d.Message) // the same id as before: a broker that drops repeats must not take it for one
	e.eventually("a dead letter that was published again", func() string {
		if len(a.of(d.Message)) == before {
			return fmt.Sprintf("got no delivery of %s, want one", d.Message.ID)
		}
		return ""
	})
	for range 2 {
		if err := e.DeadLetters.RemoveDeadLetter(e.ctx, d.ID); err != nil {
			e.Errorf("RemoveDeadLetter: got %v, want nil", err)
		}
	}
	if left := e.buried(1)[0]; left.ID != ds[1].ID {
		e.Errorf("dead letters after one was removed: got %s, want %s", left.ID, ds[1].ID)
	}
}
