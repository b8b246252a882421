// Package awsstore lists what a function links that keeps data in DynamoDB and leaves messages to its tables' streams: it
// knows no queue.
package awsstore

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// Adapters returns the adapters of a function that neither sends nor receives: what it announces goes by its table's
// stream.
func Adapters(getenv func(string) string) app.Adapters {
	return app.Adapters{
		Stores:   map[string]app.OpenStore{config.SchemeDynamoDB: DynamoDB(Environment(getenv))},
		Queues:   map[string]app.OpenQueue{config.SchemeSQS: noQueue},
		Payments: map[config.Payment]app.OpenPayment{config.PaymentTest: app.TestPayments},
		Invoked:  true,
	}
}

// noQueue is the queue of a function that has no use of one.
func noQueue(context.Context, config.Resource, app.QueueDeps) (app.Queue, error) {
	return app.Queue{Publisher: silent{}}, nil
}

type silent struct{}

// Publish refuses.
func (silent) Publish(context.Context, ...message.Envelope) error {
	return fault.New(fault.Internal, "", "this function sends no messages")
}

// Account says whose AWS, and where.
type Account func(ctx context.Context) (aws.Config, error)

// Environment is the account that Lambda names in a function's environment, which stays the same for as long as the
// environment lives. Reading it there takes a tenth of the time that the SDK's search for one takes.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
func Environment(getenv func(string) string) Account {
	return func(context.Context) (aws.Config, error) {
		key, secret := getenv("AWS_ACCESS_KEY_ID"), getenv("AWS_SECRET_ACCESS_KEY")
		if key == "" || secret == "" {
			return aws.Config{}, errors.New("AWS_ACCESS_KEY_ID: a function finds its role's credentials in its environment, and there are none")
		}
		cfg := aws.Config{
			Region: getenv("AWS_REGION"), Credentials: credentials.NewStaticCredentialsProvider(key, secret, getenv("AWS_SESSION_TOKEN")),
		}
		if endpoint := getenv("AWS_ENDPOINT_URL"); endpoint != "" { // an emulator's
			cfg.BaseEndpoint = &endpoint
		}
		return cfg, nil
	}
}

// DynamoDB opens the store on DynamoDB.
func DynamoDB(account Account) app.OpenStore {
	return func(ctx context.Context, r config.Resource) (app.Store, error) {
		cfg, err := account(ctx)
		if err != nil {
			return app.Store{}, err
		}
		s, err := dynamostore.Open(ctx, cfg, r.URL())
		if err != nil {
			return app.Store{}, err
		}
		ready := map[string]func(context.Context) error{consumer.CatalogGroup: s.ReadyCatalog, consumer.BookingGroup: s.ReadyBooking}
		return app.Store{
			Catalog: s, Booking: s, DeadLetters: s, Ledger: s.Ledger(), Migrate: s.Migrate,
			Ready: func(ctx context.Context, services ...string) error {
				if len(services) == 0 {
					return s.Ready(ctx)
				}
				for _, service := range services { // the first says what to do about all
					if err := ready[service](ctx); err != nil {
						return err
					}
				}
				return nil
			},
		}, nil
	}
}
