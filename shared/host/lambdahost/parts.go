package lambdahost

import (
	"context"
	"log/slog"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/telemetry"
)

// Messages handles a group's messages with the App's services.
func Messages(a *app.App, group string) Invoker {
	return NewMessages(MessagesDeps{
		Subscription: a.Subscription(group), Batches: a.Batches(), DeadLetters: a.DeadLetters(), Observe: a.ObserveMessage,
	})
}

// Outbox publishes the messages in the streams of the App's store; what cannot be published it parks.
func Outbox(a *app.App) Invoker {
	return NewOutbox(outbox.PassDeps{
		Publish: a.Publish, Park: a.Park, Now: time.Now,
		Failed: func(err error) {
			a.Log.LogAttrs(context.Background(), slog.LevelWarn, "outbox relay failed", telemetry.Err(err))
		},
	})
}

// Schedule does the App's jobs.
func Schedule(a *app.App) Invoker { return NewSchedule(a.Jobs()) }
