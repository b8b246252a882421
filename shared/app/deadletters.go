package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/queue"
)

// DeadLetters is what an operator does with messages that were given up. Close it when done.
type DeadLetters struct {
	queue.DeadLetters
	hand  func(ctx context.Context, d queue.DeadLetter) error
	close []func() error
}

// OpenDeadLetters opens the dead letters of the queue that cfg names: the broker's own, or, where it keeps none, the
// store's. It starts nothing, and may be used beside a running server.
func OpenDeadLetters(ctx context.Context, cfg config.Config, with Adapters, log *slog.Logger) (*DeadLetters, error) {
	openQueue, ok := with.Queues[cfg.Queue.Scheme]
	if !ok {
		return nil, fmt.Errorf("MYEVENTS_QUEUE: this program has no %s queue", cfg.Queue.Scheme)
	}
	l, deps := &DeadLetters{}, QueueDeps{Groups: consumer.Groups()}
	if cfg.Queue.Scheme == config.SchemeMem { // a broker's own need no store to be opened
		if err := l.openStore(ctx, cfg, with); err != nil {
			return nil, errors.Join(err, l.Close())
		}
		deps.DeadLetters = l.DeadLetters
	}
	q, err := openQueue(ctx, cfg.Queue, deps)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %v: %w", cfg.Queue, err), l.Close())
	}
	if q.Close != nil {
		l.close = append(l.close, q.Close)
	}
	if q.DeadLetters != nil {
		l.DeadLetters = q.DeadLetters
	} else if l.DeadLetters == nil {
		if err := l.openStore(ctx, cfg, with); err != nil {
			return nil, errors.Join(err, l.Close())
		}
	}
	if q.Redriver != nil {
		l.hand = q.Redriver.Redrive
	} else {
		l.hand = l.handler(cfg, with, log)
	}
	return l, nil
}

func (l *DeadLetters) openStore(ctx context.Context, cfg config.Config, with Adapters) error {
	open, ok := with.Stores[cfg.Store.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_STORE: this program has no %s store", cfg.Store.Scheme)
	}
	s, err := open(ctx, cfg.Store)
	if err != nil {
		return fmt.Errorf("open %v: %w", cfg.Store, err)
	}
	if s.Close != nil {
		l.close = append(l.close, s.Close)
	}
	if s.DeadLetters == nil {
		return fmt.Errorf("neither a %s queue nor a %s store keeps dead letters", cfg.Queue.Scheme, cfg.Store.Scheme)
	}
	l.DeadLetters = s.DeadLetters
	return nil
}

// handler hands messages to their groups' own handlers, in this process: a queue that lives in another one has no way in.
// What they do is in the store, and what they announce is sent from there by the server.
func (l *DeadLetters) handler(cfg config.Config, with Adapters, log *slog.Logger) func(context.Context, queue.DeadLetter) error {
	var a *App
	return func(ctx context.Context, d queue.DeadLetter) (err error) {
		if d.Group == queue.ParkedGroup {
			return fault.New(fault.Invalid, "", fmt.Sprintf("it is parked, not given up: a running server tries every %v to publish it", unparkEvery))
		}
		if a == nil {
			if a, err = Open(ctx, cfg, with, log); err != nil {
				return err
			}
			l.close = append(l.close, a.Close)
		}
		all := a.Subscriptions()
		at := slices.IndexFunc(all, func(s Subscription) bool { return s.Group == d.Group })
		if at < 0 {
			return fault.New(fault.Invalid, "", fmt.Sprintf("there is no group %q", d.Group))
		}
		return queue.Safely(ctx, all[at].Handler, d.Message)
	}
}

// removedTogether is how many letters are handed over before they are removed: a broker that has to look for them does so
// once for all. Whatever ends the process between lets them be redriven once more.
const removedTogether = 100

// Redrive hands each letter's message to its group again and removes those that were taken. Letters that were not stay;
// the error names each of them. It returns how many were taken. It is not for concurrent use.
func (l *DeadLetters) Redrive(ctx context.Context, ds ...queue.DeadLetter) (redriven int, err error) {
	var faults []error
	for part := range slices.Chunk(ds, removedTogether) {
		var taken []string
		for _, d := range part {
			if err := l.hand(ctx, d); err != nil {
				faults = append(faults, fmt.Errorf("%s stays: %w", d.ID, err))
				continue
			}
			taken = append(taken, d.ID)
		}
		redriven += len(taken)
		if err := l.remove(ctx, taken); err != nil {
			faults = append(faults, fmt.Errorf("remove what was redriven: %w", err))
			break
		}
	}
	return redriven, errors.Join(faults...)
}

func (l *DeadLetters) remove(ctx context.Context, ids []string) error {
	if many, ok := l.DeadLetters.(interface {
		RemoveDeadLetters(ctx context.Context, ids ...string) error
	}); ok && len(ids) > 0 {
		return many.RemoveDeadLetters(ctx, ids...)
	}
	for _, id := range ids {
		if err := l.RemoveDeadLetter(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Close lets go of what was opened.
func (l *DeadLetters) Close() error {
	var faults []error
	for _, shut := range slices.Backward(l.close) {
		faults = append(faults, shut())
	}
	return errors.Join(faults...)
}
