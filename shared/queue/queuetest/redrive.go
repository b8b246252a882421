package queuetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

func redriveFacts() []fact {
	only := func(f Features) bool { return f.Redrives }
	return []fact{
		{name: "redriven-message-reaches-its-group-alone", groups: both, only: only, test: redrivenAlone},
		{name: "redriven-message-begins-anew", groups: one, only: only, test: redrivenAnew},
		{name: "redrive-to-an-unknown-group-is-invalid", groups: one, only: only, test: redrivenNowhere},
	}
}

func redrivenAlone(e *env) {
	var a, b inbox
	var mended atomic.Bool
	e.subscribe(alpha, nil, func(_ context.Context, m message.Envelope) error {
		a.add(m)
		if mended.Load() {
			return nil
		}
		return errBroken
	})
	e.subscribe(beta, nil, b.take)
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	d := e.buried(1)[0]
	mended.Store(true)
	before := len(a.of(m))
	if err := e.Redriver.Redrive(e.ctx, d); err != nil {
		e.Fatalf("Redrive: got %v, want nil", err)
		return
	}
	e.eventually("a message that was redriven", func() string {
		if len(a.of(m)) == before {
			return "got no delivery, want one"
		}
		return ""
	})
	e.quiet()
	e.tried(&a, m, before+1)
	e.tried(&b, m, 1)
	all := a.all()
	if wrong := same(all[len(all)-1].m, m); wrong != "" {
		e.Errorf("message redriven: %s", wrong)
	}
}

func redrivenAnew(e *env) {
	var a inbox
	e.failing(&a, func() error { return errBroken })
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	d := e.buried(1)[0]
	if err := e.Redriver.Redrive(e.ctx, d); err != nil {
		e.Fatalf("Redrive: got %v, want nil", err)
		return
	}
	e.buried(2) // redriving removes nothing, and it fails again
	e.tried(&a, m, 2*e.h.Policy.Attempts)
}

func redrivenNowhere(e *env) {
	d := queue.DeadLetter{ID: "dlq-1", Group: "gamma", Message: e.new(message.EventChanged, "evt-1")}
	if err := e.Redriver.Redrive(e.ctx, d); !fault.Is(err, fault.Invalid) {
		e.Errorf("Redrive to a group that nobody declared: got %v, want invalid", err)
	}
}

func lotFacts() []fact {
	only := func(f Features) bool { return f.Parks }
	return []fact{
		{name: "parked-messages-come-back-as-they-were", groups: one, only: only, test: parkedComeBack},
		{name: "parked-message-stays-until-it-is-published", groups: one, only: only, test: parkedStay},
		{name: "unpark-stops-at-its-limit", groups: one, only: only, test: parkedLimit},
	}
}

// unpark calls Unpark until check finds nothing wrong; a broker may not show everything at once.
func (e *env) unpark(limit int, publish func(p queue.Parked) error, check func() string) (forgotten int) {
	e.Helper()
	e.eventually("parked messages", func() string {
		n, err := e.Lot.Unpark(e.ctx, limit, func(_ context.Context, p queue.Parked) error { return publish(p) })
		if err != nil || n > limit {
			return fmt.Sprintf("Unpark: got %d and %v, want at most %d and nil", n, err, limit)
		}
		forgotten += n
		return check()
	})
	return forgotten
}

func (e *env) park(ps ...queue.Parked) {
	e.Helper()
	if err := e.Lot.Park(e.ctx, ps...); err != nil {
		e.Fatalf("Park of %d: got %v, want nil", len(ps), err)
	}
}

// gone reports parked messages that are still there.
func (e *env) gone() {
	e.Helper()
	calls := 0
	n, err := e.Lot.Unpark(e.ctx, 100, func(context.Context, queue.Parked) error { calls++; return nil })
	if n != 0 || calls != 0 || err != nil {
		e.Errorf("Unpark when all is forgotten: got %d of %d and %v, want none", n, calls, err)
	}
}

func parkedComeBack(e *env) {
	random := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100<<10)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	encoded, err := e.new(message.EventChanged, "evt-"+strings.ReplaceAll(awkward, "\u0000", "")).Encode()
	if err != nil {
		e.Fatalf("Encode: got %v, want nil", err)
		return
	}
	want := []queue.Parked{
		{Body: encoded, Reason: "message is refused"},
		{Body: []byte("not an envelope \x00\x01\ufffe\uffff"), Reason: awkward[:8] + " \u0001 and more"},
		{Body: []byte{0xff, 0, 0xfe}},
		{Body: noise, Reason: "bytes of anything"},
		{Body: bytes.Repeat([]byte("too large "), message.MaxSize/5), Reason: strings.Repeat("too long ", message.MaxSize/9)},
		{Body: bytes.Repeat([]byte("x"), message.MaxSize-100), Reason: "no room for more"},
	}
	e.park(want...)
	got := map[string]string{} // reasons by body
	e.unpark(100, func(p queue.Parked) error { got[string(p.Body)] = p.Reason; return nil }, func() string {
		if len(got) < len(want) {
			return fmt.Sprintf("got %d, want %d", len(got), len(want))
		}
		return ""
	})
	for i, w := range want {
		reason, found := got[string(w.Body)]
		if !found {
			e.Errorf("parked message %d: got it changed, want it as it was", i)
		}
		if begins := w.Reason[:min(len(w.Reason), 8)]; !strings.HasPrefix(reason, begins) {
			e.Errorf("parked message %d: got reason %.40q, want one that begins with %q", i, reason, begins)
		}
	}
	e.gone()
}

func parkedStay(e *env) {
	bodies := []string{"one", "two", "three"}
	for _, b := range bodies {
		e.park(queue.Parked{Body: []byte(b)})
	}
	tried := map[string]int{}
	n := e.unpark(100, func(p queue.Parked) error {
		tried[string(p.Body)]++
		if string(p.Body) == "two" {
			return errBroken
		}
		return nil
	}, func() string {
		if len(tried) < len(bodies) || tried["two"] < 2 {
			return fmt.Sprintf("got %v, want all, and the one that fails again", tried)
		}
		return ""
	})
	if n != 2 || tried["one"] != 1 || tried["three"] != 1 {
		e.Errorf("Unpark where one of three fails: got %d forgotten of %v, want 2, once each", n, tried)
	}
	var last []string
	e.unpark(100, func(p queue.Parked) error { last = append(last, string(p.Body)); return nil }, func() string {
		if len(last) == 0 {
			return "got none, want the one that failed"
		}
		return ""
	})
	if !slices.Equal(last, []string{"two"}) {
		e.Errorf("Unpark after one failed: got %v, want that one", last)
	}
	e.gone()
}

func parkedLimit(e *env) {
	for i := range 15 {
		e.park(queue.Parked{Body: fmt.Append(nil, "parked ", i)})
	}
	calls := 0
	n := e.unpark(4, func(queue.Parked) error { calls++; return errBroken }, func() string {
		if calls == 0 {
			return "got none, want some"
		}
		return ""
	})
	if n != 0 || calls > 4 {
		e.Errorf("Unpark with the limit 4, all failing: got %d forgotten and %d calls, want 0 and at most 4", n, calls)
	}
	calls = 0
	if _, err := e.Lot.Unpark(e.ctx, 0, func(context.Context, queue.Parked) error { calls++; return nil }); calls != 0 || err != nil {
		e.Errorf("Unpark with the limit 0: got %d calls and %v, want none", calls, err)
	}
	broken := errors.New("no such body")
	seen := map[string]bool{}
	e.unpark(100, func(p queue.Parked) error {
		if seen[string(p.Body)] {
			return broken
		}
		seen[string(p.Body)] = true
		return nil
	}, func() string {
		if len(seen) < 15 {
			return fmt.Sprintf("got %d, want 15", len(seen))
		}
		return ""
	})
}
