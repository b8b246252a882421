package rabbitqueue

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

// How soon and for how long something is tried again.
const (
	makeTime   = 10 * time.Second // for one try at a connection or channel
	againAfter = 50 * time.Millisecond
	againMost  = 2 * time.Second
)

// pause returns how long to wait after that many tries failed.
func pause(tries int) time.Duration {
	return time.Millisecond + rand.N(min(againMost, againAfter<<min(tries, 10)))
}

// rest waits before what failed is tried again, longer each time.
func rest(ctx context.Context, tries int) {
	t := time.NewTimer(pause(tries))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// mortal is what may die: a connection, a channel.
type mortal interface {
	dead() bool
	kill()
}

// renewed keeps one T for all who ask for it, and makes another when it has died.
type renewed[T mortal] struct {
	q    *Queue
	make func(ctx context.Context) (T, error)

	mu     sync.Mutex
	now    T
	has    bool
	making *making[T]
	tries  int // that failed since the last success
	shutIt bool
}

type making[T any] struct {
	done chan struct{}
	made T
	err  error
}

func renew[T mortal](q *Queue, fresh func(ctx context.Context) (T, error)) *renewed[T] {
	return &renewed[T]{q: q, make: fresh}
}

// get returns the one that lives. Where none does it waits for one try at another, which goes on for others when ctx ends.
func (r *renewed[T]) get(ctx context.Context) (T, error) {
	var none T
	r.mu.Lock()
	if r.has && !r.now.dead() {
		defer r.mu.Unlock()
		return r.now, nil
	}
	if r.shutIt {
		defer r.mu.Unlock()
		return none, fault.New(fault.Unavailable, "", "the queue is closed")
	}
	m := r.making
	if m == nil {
		m = &making[T]{done: make(chan struct{})}
		r.making = m
		r.q.behind.Add(1)
		go r.try(context.WithoutCancel(ctx), m, r.tries)
	}
	r.mu.Unlock()
	select {
	case <-m.done:
		return m.made, m.err
	case <-ctx.Done():
		return none, fault.Wrap(fault.Unavailable, "MYEVENTS_QUEUE: no connection to rabbitmq at "+r.q.address()+" yet", ctx.Err())
	}
}

// try makes another, not at once where others failed just before.
func (r *renewed[T]) try(ctx context.Context, m *making[T], tries int) {
	defer r.q.behind.Done()
	if tries > 0 {
		select {
		case <-time.After(pause(tries - 1)):
		case <-r.q.ended: // what is under way may still need it, at once
		}
	}
	ctx, cancel := context.WithTimeout(ctx, makeTime)
	defer cancel()
	m.made, m.err = r.make(ctx)
	r.mu.Lock()
	if m.err == nil {
		r.now, r.has, r.tries = m.made, true, 0
	} else {
		r.tries++
	}
	r.making = nil
	if m.err == nil && r.shutIt {
		r.now.kill()
	}
	r.mu.Unlock()
	close(m.done)
}

// drop forgets the one that lives and returns it, so that the next who asks gets another.
func (r *renewed[T]) drop() (now T, had bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now, had, r.has = r.now, r.has, false
	return now, had
}

// shut ends the one that lives, and lets no other be made.
func (r *renewed[T]) shut() {
	r.mu.Lock()
	r.shutIt = true
	now, has := r.now, r.has
	r.mu.Unlock()
	if has {
		now.kill()
	}
}
