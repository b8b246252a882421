// Package awsadapters lists what functions on AWS link that send or receive: DynamoDB, SQS and SNS, and nothing else.
package awsadapters

import (
	"context"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/awsstore"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

// All returns the adapters of a function, which finds its account in its environment.
func All(getenv func(string) string) app.Adapters {
	with := awsstore.Adapters(getenv)
	with.Queues[config.SchemeSQS] = SQS(awsstore.Environment(getenv))
	return with
}

// SQS opens the queue on SQS, and SNS where the setting names a topic.
func SQS(account awsstore.Account) app.OpenQueue {
	return func(ctx context.Context, r config.Resource, d app.QueueDeps) (app.Queue, error) {
		cfg, err := account(ctx)
		if err != nil {
			return app.Queue{}, err
		}
		q, err := sqsqueue.Open(ctx, cfg, r.URL(), sqsqueue.Deps{Groups: d.Groups, Observe: d.Observe, Failed: d.Failed})
		if err != nil {
			return app.Queue{}, err
		}
		return app.Queue{
			Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Batches: q, Lot: q, Ready: q.Ready, Migrate: q.Migrate,
		}, nil
	}
}
