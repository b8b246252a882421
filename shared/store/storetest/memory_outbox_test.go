package storetest_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

// box is an outbox: the messages in the order in which they were written.
type box struct {
	m    *memory
	name string
	made int
	all  []*queued
	wake chan struct{}
}

type queued struct {
	ref       string
	aggregate string
	m         outbox.Message
	claimed   bool
	at        time.Time
}

func newBox(m *memory, name string) *box {
	return &box{m: m, name: name, wake: make(chan struct{}, 1)}
}

// write queues a write's messages and drops the aggregate's timers.
func (b *box) write(aggregate string, out []outbox.Message) {
	switch {
	case b.m.has("timers-are-never-replaced"):
	case b.m.has("timers-are-replaced-only-by-timers") && len(out) == 0:
	default:
		b.dropTimers(aggregate)
	}
	if b.m.has("outbox-is-lost") || b.m.has("outbox-takes-one-message") && len(out) > 1 {
		out = out[:min(len(out), 1)]
		if b.m.has("outbox-is-lost") {
			return
		}
	}
	b.add(aggregate, out)
}

func (b *box) dropTimers(aggregate string) {
	b.all = slices.DeleteFunc(b.all, func(q *queued) bool {
		if q.aggregate != aggregate && !b.m.has("timers-of-others-are-replaced") {
			return false
		}
		if b.m.has("due-messages-are-replaced") {
			return true
		}
		if b.m.has("due-timers-are-replaced") && !q.m.NotBefore.IsZero() {
			return true
		}
		return q.m.NotBefore.After(b.m.now) && (!q.claimed || b.m.has("claimed-timers-are-replaced"))
	})
}

func (b *box) add(aggregate string, out []outbox.Message) {
	for _, o := range out {
		b.made++
		b.all = append(b.all, &queued{ref: fmt.Sprint(b.name, b.made), aggregate: aggregate, m: o})
	}
	if len(out) > 0 && !b.m.has("nothing-wakes") {
		select {
		case b.wake <- struct{}{}:
		default:
		}
	}
}

func (b *box) due(q *queued, now time.Time) bool {
	return !q.m.NotBefore.After(now) || b.m.has("timers-are-due-at-once")
}

func (b *box) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]outbox.Pending, error) {
	unlock, err := b.m.lock(ctx, true)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var free []*queued
	for _, q := range b.all {
		again := now.Sub(q.at) > lease && !b.m.has("claims-never-end") || b.m.has("leases-are-ignored")
		if b.due(q, now) && (!q.claimed || again) {
			free = append(free, q)
		}
	}
	if b.m.has("newest-come-first") {
		slices.Reverse(free)
	}
	if b.m.has("claims-are-not-atomic") {
		b.m.tear()
	}
	var got []outbox.Pending
	for _, q := range free[:min(len(free), limit)] {
		q.claimed, q.at = true, now
		p := outbox.Pending{Ref: q.ref, Message: q.m.Envelope}
		if b.m.has("messages-lose-their-trace") {
			p.Message.TraceParent = ""
		}
		got = append(got, p)
	}
	if b.m.has("claiming-forgets") {
		b.forget(func(q *queued) bool { return q.claimed })
	}
	return got, nil
}

func (b *box) forget(gone func(*queued) bool) { b.all = slices.DeleteFunc(b.all, gone) }

func (b *box) MarkSent(ctx context.Context, refs []string) error {
	unlock, err := b.m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	n := len(b.all)
	b.forget(func(q *queued) bool {
		return slices.Contains(refs, q.ref) || b.m.has("marking-one-forgets-all-claimed") && q.claimed && len(refs) > 0
	})
	if b.m.has("unknown-ref-is-an-error") && n-len(b.all) < len(refs) {
		return fault.New(fault.NotFound, "", "unknown ref")
	}
	return nil
}

func (b *box) Depth(ctx context.Context, now time.Time) (n int, oldest time.Time, err error) {
	unlock, err := b.m.lock(ctx, false)
	if err != nil {
		return 0, time.Time{}, err
	}
	defer unlock()
	for _, q := range b.all {
		since := q.m.NotBefore
		if since.IsZero() {
			since = q.m.Time
		}
		if !b.due(q, now) && !b.m.has("depth-counts-timers") || q.claimed && b.m.has("depth-leaves-out-the-claimed") {
			continue
		}
		if n++; n == 1 || since.Before(oldest) || b.m.has("depth-tells-the-newest") && since.After(oldest) {
			oldest = since
		}
	}
	return n, oldest, nil
}

func (b *box) Wake() <-chan struct{} { return b.wake }
