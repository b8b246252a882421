package app

import (
	"context"
	"log/slog"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/httpapi"
)

// NewSight returns a verifier that has users recorded, remembering up to most of them.
func NewSight(v httpapi.Verifier, record func(ctx context.Context, a booking.Account) error, most int, log *slog.Logger) httpapi.Verifier {
	return newSight(v, record, most, log)
}

// RetrySettlements is the job that handles given-up settlements once more.
func (a *App) RetrySettlements(ctx context.Context) (int, error) { return a.retrySettlements(ctx) }

// NewJanitor returns an App that has only what retrying settlements needs.
func NewJanitor(store Store, b *booking.Service) *App { return &App{store: store, booking: b} }
