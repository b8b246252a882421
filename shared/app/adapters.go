package app

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/telemetry"
)

// Adapters are the technologies that a program links, by the scheme or name that a setting chooses them with. Each
// program passes only those that it needs, so that its binary holds no other's driver.
type Adapters struct {
	Stores   map[string]OpenStore
	Queues   map[string]OpenQueue
	Payments map[config.Payment]OpenPayment

	// SignIn makes the issuer of a program that signs people in itself, with keys made from secret; nil: it cannot.
	SignIn func(ctx context.Context, cfg config.Config, secret []byte) (SignIn, error)
	// Metrics makes what counts and shows it; nil: nothing is counted.
	Metrics func() (Metrics, error)
	// Pages makes the web app; nil: the program serves none.
	Pages func(cfg config.Config) (http.Handler, error)
	// Invoked is a program that runs only while it is invoked: no loop turns between two invocations.
	Invoked bool
}

type (
	// OpenStore opens the store that a setting names.
	OpenStore = func(ctx context.Context, r config.Resource) (Store, error)
	// OpenQueue opens the queue that a setting names.
	OpenQueue = func(ctx context.Context, r config.Resource, d QueueDeps) (Queue, error)
	// OpenPayment opens the payment provider that a setting names.
	OpenPayment = func(d PaymentDeps) (payment.Provider, error)
)

// Metrics are kept in this process, until they are fetched.
type Metrics interface {
	telemetry.Metrics
	// Admin makes the handler of metrics, profiles and health, which is not for the public.
	Admin(ready func(ctx context.Context) error, log *slog.Logger) http.Handler
}

// SignIn is an issuer inside this process.
type SignIn struct {
	Issuer  identity.Issuer
	Handler http.Handler // /oauth/ and the discovery document
	// Seed fills the server at an address with the demo data, where its store is empty; where it is not, Seed brings that data
	// up to date, if it is there.
	Seed func(ctx context.Context, server string, empty bool) (there bool, err error)
}

// Store is what an engine gives: the stores of both services and their outboxes, which are sources to be polled or
// streams to be read.
type Store struct {
	Catalog       catalog.Store
	Booking       booking.Store
	CatalogOutbox outbox.Source // nil: a stream
	BookingOutbox outbox.Source
	Streams       func(ctx context.Context, service string) (outbox.Stream, error) // nil: sources
	DeadLetters   queue.DeadLetters                                                // nil: the engine keeps none
	Ledger        payment.Ledger                                                   // nil: a provider inside the platform keeps its books in memory
	// Ready looks whether what the named services need is there; none: all.
	Ready   func(ctx context.Context, services ...string) error
	Migrate func(ctx context.Context) error              // makes what is absent; nil: opening does
	Backup  func(ctx context.Context, file string) error // nil: the engine has backups of its own
	Close   func() error
}

// QueueDeps is what a queue may need beside its URL.
type QueueDeps struct {
	DeadLetters queue.DeadLetters
	Groups      map[string][]message.Type
	Observe     func(group string, m message.Envelope, v queue.Verdict, took time.Duration)
	Failed      func(err error) // what a subscriber gets over by itself
}

// Queue is what a broker gives. What it does not offer is nil.
type Queue struct {
	queue.Publisher
	queue.Subscriber
	DeadLetters queue.DeadLetters // nil: they are in the store
	Redriver    queue.Redriver
	Batches     queue.Batches // for triggers of functions
	Lot         queue.Lot
	Ready       func(ctx context.Context) error
	Migrate     func(ctx context.Context) error // makes what is absent
	Close       func() error
}

// PaymentDeps is what a payment provider may need.
type PaymentDeps struct {
	Now    func() time.Time
	Notify func(ctx context.Context, owner string) // nil: nobody is there to be told
	Ledger payment.Ledger                          // nil: in memory
}

// TestPayments makes the provider that moves no money.
func TestPayments(d PaymentDeps) (payment.Provider, error) {
	return testpay.New(testpay.Config{Now: d.Now, Notify: d.Notify, Ledger: d.Ledger}), nil
}
