package sqsqueue

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/queue"
)

// What of an invocation's time is left for settling: a tenth, at most two seconds.
const (
	marginPart = 10
	marginMost = 2 * time.Second
)

// HandleBatch implements queue.Batches. It handles Deps.InFlight deliveries at a time. What ctx's deadline leaves no time
// for is made visible at once, though SQS has counted it as received. It returns before the deadline even where a handler
// does not, and then leaves that handler's delivery hidden for as long as the queue says.
func (q *Queue) HandleBatch(ctx context.Context, group string, ds []queue.Delivery, h queue.Handler) []string {
	b := &invocation{q: q, group: group, ds: ds, h: h, fates: make([]fate, len(ds))}
	if err := q.d.Groups.Known(group); err != nil {
		q.failed(err)
		return b.again()
	}
	handling, last, settling := ctx, ctx, ctx
	if until, ok := ctx.Deadline(); ok {
		margin := max(0, min(marginMost, time.Until(until)/marginPart))
		var endHandling, endLast, endSettling context.CancelFunc
		handling, endHandling = context.WithDeadline(ctx, until.Add(-margin))
		defer endHandling()
		last, endLast = context.WithDeadline(ctx, until.Add(-margin/2))
		defer endLast()
		settling, endSettling = context.WithDeadline(ctx, until.Add(-margin/4))
		defer endSettling()
	}
	if _, err := q.urlOf(handling, q.queueOf(group)); err != nil { // settling needs it, and has little time
		q.failed(err)
	}
	handled := make(chan struct{})
	go func() {
		defer close(handled)
		b.run(handling, settling)
	}()
	select {
	case <-handled:
	case <-last.Done():
	}
	b.end(settling)
	return b.again()
}

// fate is what became of a delivery.
type fate uint8

const (
	unseen   fate = iota // not begun
	begun                // its handler is at work
	finished             // acked, put off or dead-lettered
	repeated             // to be delivered again
)

// invocation is a batch under way.
type invocation struct {
	q     *Queue
	group string
	ds    []queue.Delivery
	h     queue.Handler

	mu       sync.Mutex
	over     bool // nothing more begins, and what a handler still says is not heard
	fates    []fate
	settling sync.WaitGroup
}

// run handles all deliveries, some at a time, and returns when all have been; it begins none after handling's end.
func (b *invocation) run(handling, settling context.Context) {
	room := make(chan struct{}, b.q.d.InFlight)
	var work sync.WaitGroup
	defer work.Wait()
	for i := range b.ds {
		select {
		case room <- struct{}{}:
		case <-handling.Done():
		}
		if handling.Err() != nil || !b.turn(i, begun) {
			return
		}
		work.Go(func() {
			defer func() { <-room }()
			b.one(handling, settling, i)
		})
	}
}

// turn notes a delivery's fate, and reports false where it is too late for that.
func (b *invocation) turn(i int, to fate) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over {
		return false
	}
	b.fates[i] = to
	return true
}

// one handles a delivery and settles it.
func (b *invocation) one(handling, settling context.Context, i int) {
	s, v := b.q.judge(handling, b.group, b.ds[i], b.h)
	b.mu.Lock()
	if b.over {
		b.mu.Unlock()
		return // it comes again; a copy or a dead letter beside it would be one too many
	}
	b.settling.Add(1)
	b.mu.Unlock()
	defer b.settling.Done()
	to := finished
	if then := b.q.settle(settling, b.group, b.ds[i], s, v); then.again {
		to = repeated
		b.show(settling, i, seconds(then.after, rand.Float64()))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fates[i] = to
}

// show lets a delivery come again after a while; where that fails it is when the queue's own time is over.
func (b *invocation) show(ctx context.Context, i int, after int32) {
	if err := b.q.showOne(ctx, b.q.queueOf(b.group), visibility{b.ds[i].Receipt, after}); err != nil {
		b.q.failed(fmt.Errorf("message %s will come again later than it should: %w", b.ds[i].ID, err))
	}
}

// end closes the books: it waits for what is being settled and shows what was not begun.
func (b *invocation) end(ctx context.Context) {
	b.mu.Lock()
	b.over = true
	var left []int
	for i, f := range b.fates {
		if f == unseen {
			left = append(left, i)
		}
	}
	b.mu.Unlock()
	for _, i := range left {
		b.settling.Go(func() { b.show(ctx, i, 0) })
	}
	b.settling.Wait()
}

// again returns the IDs of all but the finished.
func (b *invocation) again() (ids []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.fates {
		if f != finished {
			ids = append(ids, b.ds[i].ID)
		}
	}
	return ids
}
