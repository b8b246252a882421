package app

import (
	"context"
	"fmt"

	"github.com/myevents/myevents/shared/config"
)

// Backup copies the store that cfg names to a file, while it runs. Stores that back themselves up elsewhere refuse.
func Backup(ctx context.Context, cfg config.Config, with Adapters, file string) error {
	open, ok := with.Stores[cfg.Store.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_STORE: this program has no %s store", cfg.Store.Scheme)
	}
	s, err := open(ctx, cfg.Store)
	if err != nil {
		return err
	}
	if s.Close != nil {
		defer func() { _ = s.Close() }()
	}
	if s.Backup == nil {
		return fmt.Errorf("a %s store has backups of its own", cfg.Store.Scheme)
	}
	return s.Backup(ctx, file)
}
