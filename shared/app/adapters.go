package app

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/queue"
)

// Adapters are the technologies that a program links, by the scheme or name that a setting chooses them with. Each
// program passes only those that it needs, so that its binary holds no other's driver.
type Adapters struct {
	Stores   map[string]func(ctx context.Context, r config.Resource) (Store, error)
	Queues   map[string]func(ctx context.Context, r config.Resource, d QueueDeps) (Queue, error)
	Payments map[config.Payment]func(d PaymentDeps) (payment.Provider, error)
}

// Store is what an engine gives: the stores of both services and their outboxes.
type Store struct {
	Catalog       catalog.Store
	Booking       booking.Store
	CatalogOutbox outbox.Source
	BookingOutbox outbox.Source
	DeadLetters   queue.DeadLetters
	Ready         func(ctx context.Context) error
	Backup        func(ctx context.Context, file string) error // nil: the engine has backups of its own
	Close         func() error
}

// QueueDeps is what a queue may need beside its URL.
type QueueDeps struct {
	DeadLetters queue.DeadLetters
	Groups      map[string][]message.Type
	Observe     func(group string, m message.Envelope, v queue.Verdict, took time.Duration)
}

// Queue is what a broker gives.
type Queue struct {
	queue.Publisher
	queue.Subscriber
	Ready func(ctx context.Context) error
	Close func() error
}

// PaymentDeps is what a payment provider may need.
type PaymentDeps struct {
	Now    func() time.Time
	Notify func(ctx context.Context, owner string)
}
