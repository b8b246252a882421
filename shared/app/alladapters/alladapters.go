// Package alladapters lists every adapter, for programs that choose among all of them by settings.
package alladapters

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/queue/memqueue"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// All returns every adapter.
func All() app.Adapters {
	return app.Adapters{
		Stores: map[string]func(context.Context, config.Resource) (app.Store, error){
			config.SchemeEmbedded: embedded,
		},
		Queues: map[string]func(context.Context, config.Resource, app.QueueDeps) (app.Queue, error){
			config.SchemeMem: inMemory,
		},
		Payments: map[config.Payment]func(app.PaymentDeps) (payment.Provider, error){
			config.PaymentTest: func(d app.PaymentDeps) (payment.Provider, error) {
				return testpay.New(testpay.Config{Now: d.Now, Notify: d.Notify}), nil
			},
		},
	}
}

func embedded(ctx context.Context, r config.Resource) (app.Store, error) {
	s, err := embedstore.Open(ctx, r.Dir)
	if err != nil {
		return app.Store{}, err
	}
	return app.Store{
		Catalog: s, Booking: s, CatalogOutbox: s.CatalogOutbox(), BookingOutbox: s.BookingOutbox(),
		DeadLetters: s, Backup: s.Backup, Close: s.Close,
		Ready: func(ctx context.Context) error {
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
	return app.Queue{Publisher: q, Subscriber: q}, nil
}
