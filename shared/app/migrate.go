package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
)

// Migrate makes what the store and the queue that cfg names lack: tables, queues, a topic. Repeating it changes nothing. An
// engine or broker that needs none is left alone.
func Migrate(ctx context.Context, cfg config.Config, with Adapters) error {
	openStore, ok := with.Stores[cfg.Store.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_STORE: this program has no %s store", cfg.Store.Scheme)
	}
	openQueue, ok := with.Queues[cfg.Queue.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_QUEUE: this program has no %s queue", cfg.Queue.Scheme)
	}
	s, err := openStore(ctx, cfg.Store)
	if err != nil {
		return naming("MYEVENTS_STORE", err)
	}
	if s.Close != nil {
		defer func() { _ = s.Close() }()
	}
	q, err := openQueue(ctx, cfg.Queue, QueueDeps{DeadLetters: s.DeadLetters, Groups: consumer.Groups()})
	if err != nil {
		return naming("MYEVENTS_QUEUE", err)
	}
	if q.Close != nil {
		defer func() { _ = q.Close() }()
	}
	return migrate(ctx, s, q)
}

// naming puts the setting before an error that does not name it.
func naming(setting string, err error) error {
	if strings.Contains(err.Error(), setting) {
		return err
	}
	return fmt.Errorf("%s: %w", setting, err)
}

// Migrate makes what the App's own store and queue lack.
func (a *App) Migrate(ctx context.Context) error { return migrate(ctx, a.store, a.queue) }

func migrate(ctx context.Context, s Store, q Queue) error {
	if s.Migrate != nil {
		if err := s.Migrate(ctx); err != nil {
			return naming("MYEVENTS_STORE", err)
		}
	}
	if q.Migrate != nil {
		if err := q.Migrate(ctx); err != nil {
			return naming("MYEVENTS_QUEUE", err)
		}
	}
	return nil
}
