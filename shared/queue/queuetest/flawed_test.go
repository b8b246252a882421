package queuetest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/memqueue"
	"github.com/myevents/myevents/shared/queue/queuetest"
)

// bugs are promises broken on purpose, and cases that must notice.
var bugs = []struct{ bug, found string }{
	{"every-9th-message-is-lost", "message-reaches-every-group messages-of-many-publishers-reach-every-group messages-survive-subscribers-that-come-and-go"},
	{"only-ten-of-a-publish-are-sent", "messages-of-one-publish-all-arrive"},
	{"one-group-gets-it", "message-reaches-every-group messages-of-many-publishers-reach-every-group each-group-has-its-own-dead-letter"},
	{"every-subscriber-gets-it", "subscribers-of-a-group-share-its-messages messages-of-many-publishers-reach-every-group"},
	{"types-are-ignored", "group-gets-only-the-types-that-it-wants message-that-nobody-wants-is-published"},
	{"only-the-first-type-is-delivered", "group-gets-only-the-types-that-it-wants"},
	{"unwanted-is-refused", "message-that-nobody-wants-is-published"},
	{"acked-messages-come-again", "acked-message-is-not-delivered-again messages-of-one-publish-all-arrive group-may-subscribe-again"},
	{"groups-exist-once-they-subscribe", "message-published-before-its-group-subscribes-waits"},
	{"one-group-holds-up-another", "message-published-before-its-group-subscribes-waits"},
	{"nothing-is-refused", "publish-of-nothing-succeeds"},
	{"trace-is-lost", "every-field-arrives dead-letter-says-what-and-why"},
	{"time-is-cut-to-seconds", "every-field-arrives"},
	{"numbers-become-floats", "every-field-arrives"},
	{"text-becomes-ascii", "unicode-arrives"},
	{"messages-are-cut-at-64-kib", "large-message-arrives"},
	{"large-messages-are-refused", "large-message-arrives"},
	{"too-large-is-worth-repeating", "too-large-message-is-invalid"},
	{"too-large-is-dropped", "too-large-message-is-invalid"},
	{"acked-before-handling", "failed-message-is-tried-again message-cut-off-by-a-stop-is-delivered-again dead-letter-says-what-and-why"},
	{"one-attempt-is-all", "failed-message-is-tried-again message-is-tried-until-the-attempts-are-used-up"},
	{"attempts-never-end", "message-is-tried-until-the-attempts-are-used-up"},
	{"tried-again-at-once", "attempts-come-with-waits-between"},
	{"panic-is-an-ack", "panic-is-a-failed-attempt"},
	{"invalid-is-tried-again", "invalid-message-is-tried-once"},
	{"invalid-is-acked", "invalid-message-is-tried-once"},
	{"failed-publish-repeats-for-all", "one-groups-failure-is-not-anothers"},
	{"one-at-a-time", "poison-does-not-block-what-comes-after"},
	{"later-is-an-attempt", "later-counts-no-attempt later-waits-as-long-as-it-says"},
	{"later-never-ends", "later-ends-at-the-greatest-age"},
	{"later-is-given-up-at-once", "later-counts-no-attempt"},
	{"no-dead-letter", "message-is-tried-until-the-attempts-are-used-up dead-letter-says-what-and-why dead-letter-is-redriven"},
	{"dead-letters-have-no-reason", "dead-letter-says-what-and-why invalid-message-is-tried-once"},
	{"dead-letters-have-no-group", "dead-letter-says-what-and-why each-group-has-its-own-dead-letter one-groups-failure-is-not-anothers"},
	{"dead-letters-count-one-attempt", "dead-letter-says-what-and-why"},
	{"dead-letters-have-no-time", "dead-letter-says-what-and-why"},
	{"dead-letters-are-twice-there", "dead-letter-says-what-and-why"},
	{"dead-letters-ignore-the-limit", "dead-letters-are-listed-in-pages"},
	{"dead-letters-begin-anew", "dead-letters-are-listed-in-pages"},
	{"dead-letters-stay", "dead-letter-is-redriven"},
	{"removed-all-at-once", "dead-letter-is-redriven"},
	{"repeated-ids-are-dropped", "dead-letter-is-redriven"},
	{"stop-is-an-error", "subscribe-ends-with-its-context"},
	{"subscribe-outlives-its-context", "subscribe-ends-with-its-context"},
	{"stop-leaves-handlers-behind", "subscribe-waits-for-the-handler-under-way"},
	{"cut-off-is-an-ack", "message-cut-off-by-a-stop-is-delivered-again messages-survive-subscribers-that-come-and-go"},
	{"cut-off-is-dead", "message-cut-off-by-a-stop-is-delivered-again"},
	{"group-ends-with-its-subscriber", "group-may-subscribe-again message-of-a-failing-subscriber-goes-to-the-next"},
	{"", "order-of-a-subject-is-kept"}, // memqueue promises none
}

// flawed is a memqueue with one bug; "in-order" is none.
type flawed struct {
	*memqueue.Queue
	*queuetest.Letters
	bug   string
	setup queuetest.Setup
	sent  atomic.Int64
	subs  atomic.Int64

	mu    sync.Mutex
	seen  map[string]bool
	acked map[string]bool
	gone  map[string]bool
}

func newFlawed(bug string, s queuetest.Setup) queuetest.Queues {
	f := &flawed{bug: bug, setup: s, Letters: &queuetest.Letters{}, seen: map[string]bool{}, acked: map[string]bool{}, gone: map[string]bool{}}
	d := memqueue.Deps{DeadLetters: f, NewID: func() string { return id.New(id.DeadLetter, time.Now()) }, Groups: s.Groups, Policy: s.Policy}
	switch bug {
	case "types-are-ignored":
		d.Groups = map[string][]message.Type{}
		for group := range s.Groups {
			d.Groups[group] = nil
		}
	case "groups-exist-once-they-subscribe", "every-subscriber-gets-it":
		d.Groups = nil
	case "one-attempt-is-all":
		d.Policy.Attempts = 1
	case "attempts-never-end":
		d.Policy.Attempts = 1 << 30
	case "tried-again-at-once":
		d.Policy.Backoff, d.Policy.Max = 1, 1
	case "one-at-a-time":
		d.InFlight = 1
	case "later-never-ends":
		d.Policy.MaxAge = 1 << 62
	case "later-is-given-up-at-once":
		d.Policy.MaxAge = 1
	}
	f.Queue = memqueue.New(d)
	return queuetest.Queues{Publisher: f, Subscriber: f, DeadLetters: f}
}

// once reports whether it is called for the first time with the key.
func (f *flawed) once(key string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := !f.seen[key]
	f.seen[key] = true
	return first
}

func (f *flawed) Publish(ctx context.Context, ms ...message.Envelope) error {
	var out []message.Envelope
	for _, m := range ms {
		if b, err := m.Encode(); err != nil {
			switch f.bug {
			case "too-large-is-worth-repeating":
				return fault.Wrap(fault.Unavailable, "broker", err)
			case "too-large-is-dropped":
				return nil
			}
		} else if f.bug == "large-messages-are-refused" && len(b) > 128<<10 {
			return fault.New(fault.Invalid, "", "too large")
		}
		if keep := f.alter(&m); keep {
			out = append(out, m)
		}
	}
	switch f.bug {
	case "nothing-is-refused":
		if len(ms) == 0 {
			return fault.New(fault.Invalid, "", "no messages")
		}
	case "only-ten-of-a-publish-are-sent":
		out = out[:min(len(out), 10)]
	case "unwanted-is-refused":
		if types := f.setup.Groups["alpha"]; len(ms) > 0 && len(types) > 0 && ms[0].Type != types[0] {
			return fault.New(fault.Internal, "", "no route")
		}
	case "acked-before-handling":
		go f.Queue.Publish(context.WithoutCancel(ctx), out...) //nolint:errcheck // that is the bug
		return nil
	case "one-group-holds-up-another":
		for f.subs.Load() < int64(len(f.setup.Groups)) {
			select {
			case <-ctx.Done():
				return fault.Wrap(fault.Unavailable, "wait", ctx.Err())
			case <-time.After(time.Millisecond):
			}
		}
	case "failed-publish-repeats-for-all":
		if err := f.Queue.Publish(ctx, out...); err != nil {
			return err
		}
		if len(out) > 0 && f.once("failed "+out[0].ID) {
			return fault.New(fault.Unavailable, "", "a group failed")
		}
		return nil
	case "in-order": // each is handled before the next is sent
		for _, m := range out {
			if err := f.Queue.Publish(ctx, m); err != nil {
				return err
			}
		}
		return nil
	}
	return f.Queue.Publish(ctx, out...)
}

// alter does to a message what a careless adapter would, and reports whether it is sent.
func (f *flawed) alter(m *message.Envelope) bool {
	switch f.bug {
	case "every-9th-message-is-lost":
		return f.sent.Add(1)%9 != 0
	case "trace-is-lost":
		m.TraceParent = ""
	case "time-is-cut-to-seconds":
		m.Time = m.Time.Truncate(time.Second)
	case "numbers-become-floats":
		m.Data = bytes.ReplaceAll(m.Data, []byte("9007199254740993"), []byte("9007199254740992"))
	case "text-becomes-ascii":
		m.Subject = strings.Map(func(r rune) rune {
			if r > 127 {
				return '?'
			}
			return r
		}, m.Subject)
	case "messages-are-cut-at-64-kib":
		m.Data = m.Data[:min(len(m.Data), 64<<10)]
		if len(m.Data) == 64<<10 {
			m.Data = []byte(`{}`)
		}
	case "repeated-ids-are-dropped":
		return f.once(m.ID)
	}
	return true
}

func (f *flawed) Subscribe(ctx context.Context, group string, types []message.Type, h queue.Handler) error {
	f.subs.Add(1)
	wrapped := queue.HandlerFunc(func(hctx context.Context, m message.Envelope) error { return f.handle(hctx, group, types, h, m) })
	switch f.bug {
	case "types-are-ignored":
		types = nil
	case "every-subscriber-gets-it":
		group = fmt.Sprint(group, f.subs.Load())
	case "stop-is-an-error":
		return errors.Join(f.Queue.Subscribe(ctx, group, types, wrapped), ctx.Err())
	case "subscribe-outlives-its-context":
		defer func() { <-time.After(time.Hour) }()
	case "stop-leaves-handlers-behind":
		go f.Queue.Subscribe(ctx, group, types, wrapped) //nolint:errcheck // that is the bug
		<-ctx.Done()
		return nil
	case "group-ends-with-its-subscriber":
		f.mu.Lock()
		gone := f.gone[group]
		f.gone[group] = true
		f.mu.Unlock()
		if gone {
			<-ctx.Done()
			return nil
		}
	}
	return f.Queue.Subscribe(ctx, group, types, wrapped)
}

func (f *flawed) handle(ctx context.Context, group string, types []message.Type, h queue.Handler, m message.Envelope) (err error) {
	switch f.bug {
	case "one-group-gets-it":
		f.mu.Lock()
		mine := f.acked[m.ID+group] || !f.seen[m.ID]
		f.seen[m.ID], f.acked[m.ID+group] = true, mine
		f.mu.Unlock()
		if !mine {
			return nil
		}
	case "only-the-first-type-is-delivered":
		if len(types) > 0 && m.Type != types[0] {
			return nil
		}
	case "panic-is-an-ack":
		defer func() { _ = recover() }()
	case "acked-before-handling":
		_ = queue.Safely(ctx, h, m)
		return nil
	}
	err = h.Handle(ctx, m)
	_, later := queue.AsLater(err)
	switch f.bug {
	case "acked-messages-come-again":
		if err == nil && f.once(group+m.ID) {
			return h.Handle(ctx, m)
		}
	case "invalid-is-tried-again":
		if fault.Is(err, fault.Invalid) {
			return errors.New(err.Error())
		}
	case "invalid-is-acked":
		if fault.Is(err, fault.Invalid) {
			return nil
		}
	case "later-is-an-attempt":
		if later {
			return errors.New(err.Error())
		}
	case "cut-off-is-an-ack":
		if ctx.Err() != nil {
			return nil
		}
	case "cut-off-is-dead":
		if ctx.Err() != nil {
			_ = f.AddDeadLetter(context.WithoutCancel(ctx), queue.DeadLetter{ID: m.ID, Group: group, Message: m, Reason: err.Error()})
			return nil
		}
	}
	return err
}

func (f *flawed) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	switch f.bug {
	case "no-dead-letter":
		return nil
	case "dead-letters-have-no-reason":
		d.Reason = ""
	case "dead-letters-have-no-group":
		d.Group = ""
	case "dead-letters-count-one-attempt":
		d.Attempts = 1
	case "dead-letters-have-no-time":
		d.At = time.Time{}
	case "dead-letters-are-twice-there":
		again := d
		again.ID += "-2"
		_ = f.Letters.AddDeadLetter(ctx, again)
	}
	return f.Letters.AddDeadLetter(ctx, d)
}

func (f *flawed) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	switch f.bug {
	case "dead-letters-ignore-the-limit":
		limit = 1000
	case "dead-letters-begin-anew":
		after = ""
	}
	return f.Letters.DeadLetters(ctx, after, limit)
}

func (f *flawed) RemoveDeadLetter(ctx context.Context, letter string) error {
	switch f.bug {
	case "dead-letters-stay":
		return nil
	case "removed-all-at-once":
		all, _ := f.Letters.DeadLetters(ctx, "", 1000)
		for _, d := range all {
			_ = f.Letters.RemoveDeadLetter(ctx, d.ID)
		}
	}
	return f.Letters.RemoveDeadLetter(ctx, letter)
}
