package queuetest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

func batchFacts() []fact {
	only := func(f Features) bool { return f.Batches }
	return []fact{
		{name: "batches-bring-every-message-once", groups: both, only: only, test: batchesBring},
		{name: "failed-message-of-a-batch-is-tried-again-alone", groups: one, only: only, test: batchPartly},
		{name: "message-of-batches-is-tried-until-the-attempts-are-used-up", groups: one, only: only, test: batchAttempts},
		{name: "poison-in-a-batch-harms-no-other", groups: one, only: only, test: batchPoison},
		{name: "message-of-a-batch-is-put-off-without-an-attempt", groups: one, only: only, test: batchLater},
		{name: "batch-returns-in-time-what-it-has-no-time-for", groups: one, only: only, test: batchDeadline},
	}
}

// trigger invokes h with batches of what waits for a group, as a broker does, until the case ends. Each has the time.
func (e *env) trigger(group string, each time.Duration, h queue.HandlerFunc) {
	e.triggers.Go(func() {
		for e.ctx.Err() == nil {
			err := e.Invoke(e.ctx, group, func(ds []queue.Delivery) []string { return e.invoked(group, each, ds, h) })
			if err != nil && e.ctx.Err() == nil {
				e.Errorf("Invoke %s: got %v, want nil", group, err)
				return
			}
		}
	})
}

// invoked is one invocation. It reports an answer that is none: late, or with IDs that the batch has not.
func (e *env) invoked(group string, each time.Duration, ds []queue.Delivery, h queue.HandlerFunc) []string {
	ctx, cancel := context.WithTimeout(e.ctx, each)
	defer cancel()
	again := e.Batches.HandleBatch(ctx, group, ds, h)
	if ctx.Err() != nil && e.ctx.Err() == nil {
		e.Errorf("HandleBatch: got its answer after its deadline, want it before")
	}
	left := slices.Clone(again)
	for _, d := range ds {
		if i := slices.Index(left, d.ID); i >= 0 {
			left = slices.Delete(left, i, i+1)
		}
	}
	if len(left) > 0 {
		e.Errorf("HandleBatch: got the IDs %v, want each of the batch's at most once", left)
	}
	return again
}

func batchesBring(e *env) {
	var a, b inbox
	e.trigger(alpha, e.h.Patience, a.take)
	e.trigger(beta, e.h.Patience, b.take)
	ms := e.news(25)
	e.send(ms...)
	e.receives(&a, alpha, ms...)
	e.receives(&b, beta, ms...)
	e.quiet()
	e.once(&a, alpha)
	e.once(&b, beta)
	for _, got := range a.all() {
		for _, m := range ms {
			if wrong := same(got.m, m); got.m.ID == m.ID && wrong != "" {
				e.Errorf("message of a batch: %s", wrong)
			}
		}
	}
}

func batchPartly(e *env) {
	var a inbox
	ms := e.news(9)
	bad := ms[4]
	e.trigger(alpha, e.h.Patience, func(_ context.Context, m message.Envelope) error {
		if n := a.add(m); m.ID == bad.ID && n < 3 {
			return errBroken
		}
		return nil
	})
	e.send(ms...)
	e.receives(&a, alpha, ms...)
	e.eventually("deliveries of a message that failed in a batch", func() string {
		if n := len(a.of(bad)); n < 3 {
			return fmt.Sprintf("got %d, want 3", n)
		}
		return ""
	})
	e.buried(0)
	for _, m := range ms {
		want := 1
		if m.ID == bad.ID {
			want = 3
		}
		e.tried(&a, m, want)
	}
}

func batchAttempts(e *env) {
	var a inbox
	e.trigger(alpha, e.h.Patience, func(_ context.Context, m message.Envelope) error { a.add(m); return errBroken })
	m := e.new(message.EventChanged, "evt-1")
	e.send(m)
	d := e.buried(1)[0]
	e.tried(&a, m, e.h.Policy.Attempts)
	if d.Attempts < e.h.Policy.Attempts || d.Group != alpha || !strings.Contains(d.Reason, errBroken.Error()) || same(d.Message, m) != "" {
		e.Errorf("dead letter: got %+v, want %s for %s after %d attempts for %q", d, m.ID, alpha, e.h.Policy.Attempts, errBroken)
	}
}

func batchPoison(e *env) {
	var a inbox
	good := e.news(12)
	panics, invalid := e.new(message.EventChanged, "evt-1"), e.new(message.EventChanged, "evt-2")
	e.trigger(alpha, e.h.Patience, func(_ context.Context, m message.Envelope) error {
		a.add(m)
		switch m.ID {
		case panics.ID:
			panic("a seat that is not there")
		case invalid.ID:
			return fault.New(fault.Invalid, "", "no such version")
		}
		return nil
	})
	e.send(append([]message.Envelope{panics, invalid}, good...)...)
	e.receives(&a, alpha, good...)
	e.buried(2)
	for _, m := range good {
		e.tried(&a, m, 1)
	}
	e.tried(&a, panics, e.h.Policy.Attempts)
	e.tried(&a, invalid, 1)
}

// batchLater puts a message off, then fails it for all attempts but one: had being put off counted, that were too many.
func batchLater(e *env) {
	var a inbox
	off := e.h.Policy.Attempts
	most := off + e.h.Policy.Attempts
	wait := e.h.Policy.MaxAge / time.Duration(2*most)
	e.trigger(alpha, e.h.Patience, func(_ context.Context, m message.Envelope) error {
		n := a.add(m)
		switch {
		case m.Type != message.BookingRecorded:
			return nil
		case n <= off:
			return queue.Later(wait, "young")
		case n < most:
			return errBroken
		}
		return nil
	})
	m := e.new(message.BookingRecorded, "bkg-1")
	good := e.news(3)
	e.send(append(good[:3:3], m)...)
	e.eventually("deliveries of a message put off", func() string {
		if n := len(a.of(m)); n < most {
			return fmt.Sprintf("got %d, want %d", n, most)
		}
		return ""
	})
	e.buried(0)
	e.tried(&a, m, most)
	for _, g := range good {
		e.tried(&a, g, 1)
	}
	if at := a.of(m); at[1].Sub(at[0]) < wait*9/10 {
		e.Errorf("message put off: got it again after %v, want %v", at[1].Sub(at[0]), wait)
	}
}

func batchDeadline(e *env) {
	var a, acked inbox
	each := max(e.h.Policy.Backoff*4, e.h.Patience/10) // by the network, as much of it as a slow machine needs to settle
	slow := func(m message.Envelope) bool { return m.Type == message.EventChanged }
	e.trigger(alpha, each, func(ctx context.Context, m message.Envelope) error {
		if n := a.add(m); slow(m) && n == 1 {
			<-ctx.Done() // it heeds its context
			return ctx.Err()
		}
		acked.add(m)
		return nil
	})
	ms := e.news(4)
	for i := range 3 {
		ms = append(ms, e.new(message.EventChanged, fmt.Sprintf("evt-%d", i)))
	}
	e.send(ms...)
	e.receives(&acked, alpha, ms...)
	e.buried(0)

	// A handler that does not heed its context holds up neither the answer nor the others.
	var once sync.Once
	let := make(chan struct{})
	defer once.Do(func() { close(let) })
	d := []queue.Delivery{e.stray("stray-1")}
	ctx, cancel := context.WithTimeout(e.ctx, each)
	defer cancel()
	again := e.Batches.HandleBatch(ctx, alpha, d, queue.HandlerFunc(func(context.Context, message.Envelope) error {
		<-let
		return nil
	}))
	if ctx.Err() != nil || !slices.Equal(again, []string{"stray-1"}) {
		e.Errorf("HandleBatch with a handler that hangs: got %v, deadline passed %t, want its ID in time", again, ctx.Err() != nil)
	}
	once.Do(func() { close(let) })
}

// stray is a delivery that no broker made.
func (e *env) stray(id string) queue.Delivery {
	e.Helper()
	body, err := e.new(message.EventChanged, "evt-9").Encode()
	if err != nil {
		e.Fatalf("Encode: got %v, want nil", err)
	}
	return queue.Delivery{ID: id, Receipt: id, Body: body, Attempt: 1}
}
