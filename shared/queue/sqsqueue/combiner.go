package sqsqueue

import (
	"context"
	"sync"
	"time"
)

// linger is how long the first of a batch waits for others.
const linger = 5 * time.Millisecond

// combiner makes batches of what many ask for one by one: whoever comes first calls for all who come meanwhile. It has
// no goroutine of its own, so that it rests when a function is frozen.
type combiner[T any] struct {
	size func(T) int
	call func(ctx context.Context, items []T) []error

	mu   sync.Mutex
	open *gathering[T]
}

type gathering[T any] struct {
	items []T
	bytes int
	full  chan struct{} // closed when nobody can join any more
	done  chan struct{}
	errs  []error
}

// do has item done and returns its error. The call is the first one's, with the first one's context.
func (c *combiner[T]) do(ctx context.Context, item T) error {
	c.mu.Lock()
	g, at := c.join(item)
	c.mu.Unlock()
	if at > 0 {
		<-g.done
		return g.errs[at]
	}
	select {
	case <-g.full:
	case <-time.After(linger):
		c.mu.Lock()
		if c.open == g {
			c.open = nil
		}
		c.mu.Unlock()
	}
	defer close(g.done)
	g.errs = c.call(ctx, g.items)
	return g.errs[0]
}

// join puts item into the open batch, or a new one.
func (c *combiner[T]) join(item T) (g *gathering[T], at int) {
	bytes := c.size(item)
	g = c.open
	if g != nil && g.bytes+bytes > maxBytes {
		c.open = nil
		close(g.full)
		g = nil
	}
	if g == nil {
		g = &gathering[T]{full: make(chan struct{}), done: make(chan struct{})}
		c.open = g
	}
	at = len(g.items)
	g.items, g.bytes = append(g.items, item), g.bytes+bytes
	if len(g.items) == maxBatch {
		c.open = nil
		close(g.full)
	}
	return g, at
}

// of returns the combiner of a queue, made when it is first asked for.
func of[T any](q *Queue, all map[string]*combiner[T], name string, size func(T) int, call func(context.Context, string, []T) []error) *combiner[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	c := all[name]
	if c == nil {
		c = &combiner[T]{size: size, call: func(ctx context.Context, items []T) []error { return call(ctx, name, items) }}
		all[name] = c
	}
	return c
}

// small is the size of what only the number in a batch bounds.
func small[T any](T) int { return 0 }

// sendOne sends an entry together with what others send to the queue.
func (q *Queue) sendOne(ctx context.Context, name string, e entry) error {
	return of(q, q.sends, name, entry.size, q.send).do(ctx, e)
}

// removeOne deletes a message together with what others delete.
func (q *Queue) removeOne(ctx context.Context, name, receipt string) error {
	return of(q, q.deletes, name, small[string], q.remove).do(ctx, receipt)
}

// showOne changes a message's visibility together with others'.
func (q *Queue) showOne(ctx context.Context, name string, v visibility) error {
	return of(q, q.shows, name, small[visibility], q.show).do(ctx, v)
}
