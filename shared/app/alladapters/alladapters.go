// Package alladapters lists every adapter, for programs that choose among all of them by settings.
package alladapters

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/awsadapters"
	"github.com/myevents/myevents/shared/app/awsstore"
	"github.com/myevents/myevents/shared/app/onemachine"
	"github.com/myevents/myevents/shared/app/selfhosted"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/memqueue"
	"github.com/myevents/myevents/shared/store/embedstore"
	"github.com/myevents/myevents/shared/telemetry/promexport"
)

// All returns every adapter.
func All() app.Adapters {
	return app.Adapters{
		Stores: map[string]app.OpenStore{
			config.SchemeEmbedded: embedded,
			config.SchemeDynamoDB: dynamoDB,
			config.SchemeMongoDB:  selfhosted.MongoDB,
		},
		Queues: map[string]app.OpenQueue{
			config.SchemeMem:   inMemory,
			config.SchemeSQS:   awsadapters.SQS(account),
			config.SchemeAMQP:  selfhosted.RabbitMQ,
			config.SchemeKafka: selfhosted.Kafka,
		},
		Payments: map[config.Payment]app.OpenPayment{config.PaymentTest: app.TestPayments},
		SignIn:   onemachine.SignIn,
		Metrics:  func() (app.Metrics, error) { return promexport.Open() },
		Pages:    onemachine.Pages,
	}
}

// account is the one that the SDK finds: in the environment, in profiles, or that of the machine.
func account(ctx context.Context) (aws.Config, error) {
	// What the SDK has to say of calls that were cut off is of interest to those who look into it.
	cfg, err := awsconfig.LoadDefaultConfig(ctx, awsconfig.WithLogger(logging.LoggerFunc(
		func(_ logging.Classification, format string, v ...any) {
			slog.Debug("the SDK of AWS says", slog.String("said", fmt.Sprintf(format, v...)))
		})))
	if err != nil {
		return cfg, fmt.Errorf("AWS account: %w", err)
	}
	return cfg, nil
}

// dynamoDB is the store whose outbox this program reads itself, from its tables' streams.
func dynamoDB(ctx context.Context, r config.Resource) (app.Store, error) {
	s, err := awsstore.DynamoDB(account)(ctx, r)
	if err != nil {
		return s, err
	}
	s.Streams = func(ctx context.Context, service string) (outbox.Stream, error) {
		cfg, err := account(ctx)
		if err != nil {
			return nil, err
		}
		return dynamostream.Open(ctx, cfg, r.URL(), service, dynamostream.Options{})
	}
	return s, nil
}

func embedded(ctx context.Context, r config.Resource) (app.Store, error) {
	s, err := embedstore.Open(ctx, r.Dir)
	if err != nil {
		return app.Store{}, err
	}
	return app.Store{
		Catalog: s, Booking: s, CatalogOutbox: s.CatalogOutbox(), BookingOutbox: s.BookingOutbox(),
		DeadLetters: s, Backup: s.Backup, Close: s.Close,
		Ready: func(ctx context.Context, _ ...string) error {
			_, err := s.DeadLetters(ctx, "", 1)
			return err
		},
	}, nil
}

func inMemory(_ context.Context, _ config.Resource, d app.QueueDeps) (app.Queue, error) {
	q := memqueue.New(memqueue.Deps{
		DeadLetters: d.DeadLetters, Groups: d.Groups, Observe: d.Observe,
		NewID: func() string { return id.New(id.DeadLetter, time.Now()) },
	})
	return app.Queue{Publisher: q, Subscriber: q, Lot: queue.LotOf(d.DeadLetters)}, nil
}
