// Package selfhosted lists what programs link whose data and messages are on servers that one runs oneself, or rents:
// MongoDB, RabbitMQ and Kafka. A function is one on these servers by the one line that names its adapters.
package selfhosted

import (
	"context"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/store/mongostore"
)

// Adapters returns the adapters of a function.
func Adapters() app.Adapters {
	return app.Adapters{
		Stores:   map[string]app.OpenStore{config.SchemeMongoDB: MongoDB},
		Queues:   map[string]app.OpenQueue{},
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
