package queuetest

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/myevents/myevents/shared/queue"
)

// Letters is a queue.DeadLetters in memory, for the tests of adapters whose broker keeps none itself. The zero value is
// empty and ready.
type Letters struct {
	mu  sync.Mutex
	all []queue.DeadLetter
	err error
}

// Fail lets AddDeadLetter answer err from now on; nil: no longer.
func (l *Letters) Fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

// AddDeadLetter implements queue.DeadLetters.
func (l *Letters) AddDeadLetter(_ context.Context, d queue.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	at, there := l.find(d.ID)
	if !there {
		l.all = slices.Insert(l.all, at, d)
	}
	return nil
}

func (l *Letters) find(id string) (at int, there bool) {
	return slices.BinarySearchFunc(l.all, id, func(d queue.DeadLetter, id string) int { return cmp.Compare(d.ID, id) })
}

// DeadLetters implements queue.DeadLetters.
func (l *Letters) DeadLetters(_ context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at, there := l.find(after)
	if there {
		at++
	}
	return slices.Clone(l.all[at:min(len(l.all), at+max(0, limit))]), nil
}

// RemoveDeadLetter implements queue.DeadLetters.
func (l *Letters) RemoveDeadLetter(_ context.Context, id string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at, there := l.find(id); there {
		l.all = slices.Delete(l.all, at, at+1)
	}
	return nil
}
