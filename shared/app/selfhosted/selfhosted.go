// Package selfhosted lists what programs link whose data and messages are on servers that one runs oneself, or rents:
// MongoDB, RabbitMQ and Kafka. A function is one on these servers by the one line that names its adapters.
package selfhosted

import (
	"context"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
	"github.com/myevents/myevents/shared/store/mongostore"
)

// Adapters returns the adapters of a function.
func Adapters() app.Adapters {
	return app.Adapters{
		Stores:   map[string]app.OpenStore{config.SchemeMongoDB: MongoDB},
		Queues:   map[string]app.OpenQueue{config.SchemeAMQP: RabbitMQ, config.SchemeKafka: Kafka},
		Payments: map[config.Payment]app.OpenPayment{config.PaymentTest: app.TestPayments},
		Invoked:  true,
	}
}

// MongoDB opens the store on MongoDB.
func MongoDB(ctx context.Context, r config.Resource) (app.Store, error) {
	s, err := mongostore.Open(ctx, r.URL())
	if err != nil {
		return app.Store{}, err
	}
	return app.Store{
		Catalog: s, Booking: s, CatalogOutbox: s.CatalogOutbox(), BookingOutbox: s.BookingOutbox(), DeadLetters: s,
		Ledger: s.Ledger(), Ready: s.Ready, Migrate: s.Migrate, Close: s.Close,
	}, nil
}

// RabbitMQ opens the queue on RabbitMQ.
func RabbitMQ(ctx context.Context, r config.Resource, d app.QueueDeps) (app.Queue, error) {
	q, err := rabbitqueue.Open(ctx, r.URL(), rabbitqueue.Deps{Groups: d.Groups, Observe: d.Observe, Failed: d.Failed})
	if err != nil {
		return app.Queue{}, err
	}
	return app.Queue{
		Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Lot: q, Ready: q.Ready, Migrate: q.Migrate, Close: q.Close,
	}, nil
}

// Kafka opens the queue on Kafka.
func Kafka(ctx context.Context, r config.Resource, d app.QueueDeps) (app.Queue, error) {
	q, err := kafkaqueue.Open(ctx, r.URL(), kafkaqueue.Deps{Groups: d.Groups, Observe: d.Observe, Failed: d.Failed})
	if err != nil {
		return app.Queue{}, err
	}
	return app.Queue{
		Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Lot: q, Ready: q.Ready, Migrate: q.Migrate, Close: q.Close,
	}, nil
}
