// Package app is the composition root: it turns settings and adapters into one App, whose parts a host serves and runs.
// It is the only package that assembles, and with its subpackages the only importer of adapters.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/telemetry"
)

// App is everything assembled. Its handlers are made when they are asked for, so that a function pays for its own alone;
// its subscriptions, relays and jobs want a host to run them.
type App struct {
	Config config.Config
	Log    *slog.Logger

	Subscriber queue.Subscriber
	Relays     []Relay // none where triggers read the outbox

	with          Adapters
	used          []string // whose stores this program needs
	subscriptions []Subscription
	jobs          []Job
	drains        []drain

	catalog  *catalog.Service
	booking  *booking.Service
	metrics  telemetry.Metrics
	admin    func(ready func(ctx context.Context) error, log *slog.Logger) http.Handler // nil: no metrics are kept
	verifier *identity.Verifier
	signIn   SignIn // zero: another signs people in
	store    Store
	queue    Queue
}

// Relay carries what an outbox holds to the queue until ctx ends.
type Relay interface {
	Run(ctx context.Context) error
}

// Subscription is a service's messages with what handles them.
type Subscription struct {
	Group   string
	Types   []message.Type
	Handler queue.Handler
}

// Job is what is to be done again and again. Run returns how many things it did.
type Job struct {
	Name  string
	Every time.Duration
	Run   func(ctx context.Context) (int, error)
}

// Open connects to what cfg names and assembles an App. Close it when done.
func Open(ctx context.Context, cfg config.Config, with Adapters, log *slog.Logger) (_ *App, err error) {
	a := &App{Config: cfg, Log: log, with: with, metrics: telemetry.NoMetrics{}}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if with.Metrics != nil {
		m, err := with.Metrics()
		if err != nil {
			return nil, err
		}
		a.metrics, a.admin = m, m.Admin
	}
	root, err := keys(&cfg)
	if err != nil {
		return nil, err
	}
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	if err := a.openQueue(ctx); err != nil {
		return nil, err
	}
	if err := a.makeServices(root); err != nil {
		return nil, err
	}
	if err := a.makeLoops(ctx); err != nil {
		return nil, err
	}
	if err := a.trust(ctx, root); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *App) openStore(ctx context.Context) (err error) {
	open, ok := a.with.Stores[a.Config.Store.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_STORE: this program has no %s store", a.Config.Store.Scheme)
	}
	if a.store, err = open(ctx, a.Config.Store); err != nil {
		return fmt.Errorf("open %v: %w", a.Config.Store, err)
	}
	return nil
}

func (a *App) openQueue(ctx context.Context) (err error) {
	open, ok := a.with.Queues[a.Config.Queue.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_QUEUE: this program has no %s queue", a.Config.Queue.Scheme)
	}
	a.queue, err = open(ctx, a.Config.Queue, QueueDeps{
		DeadLetters: a.store.DeadLetters, Groups: consumer.Groups(), Observe: a.ObserveMessage,
		Failed: func(err error) {
			a.Log.LogAttrs(context.Background(), slog.LevelWarn, "queue failed", telemetry.Err(err))
		},
	})
	if err != nil {
		return fmt.Errorf("open %v: %w", a.Config.Queue, err)
	}
	if a.Subscriber = a.queue; a.DeadLetters() == nil && !a.with.Invoked {
		return fmt.Errorf("MYEVENTS_QUEUE: %s: leaves dead letters to the store, and a %s store keeps none", a.Config.Queue.Scheme, a.Config.Store.Scheme)
	}
	return nil
}

var outcomesOfMessages = map[queue.Action]telemetry.MessageOutcome{
	queue.Ack: telemetry.MessageAcked, queue.Retry: telemetry.MessageRetried,
	queue.Wait: telemetry.MessagePutOff, queue.Dead: telemetry.MessageDead,
}

// ObserveMessage notes what became of a delivery.
func (a *App) ObserveMessage(group string, m message.Envelope, v queue.Verdict, took time.Duration) {
	a.metrics.Message(group, m.Type, outcomesOfMessages[v.Action], took)
	if v.Action == queue.Dead {
		a.Log.LogAttrs(context.Background(), slog.LevelError, "message given up", telemetry.Group(group),
			telemetry.MessageType(m.Type), telemetry.MessageID(m.ID), slog.String("reason", v.Reason))
	}
}

// Publish sends messages.
func (a *App) Publish(ctx context.Context, ms ...message.Envelope) error {
	return a.queue.Publish(ctx, ms...)
}

func newID(prefix string) string { return id.New(prefix, time.Now()) }

func (a *App) makeServices(root ring) error {
	ring, err := booking.NewKeyring(root.current, root.secrets)
	if err != nil {
		return err
	}
	openPayment, ok := a.with.Payments[a.Config.Payment]
	if !ok {
		return fmt.Errorf("MYEVENTS_PAYMENT: this program has no %s provider", a.Config.Payment)
	}
	deps := PaymentDeps{Now: utcNow, Ledger: a.store.Ledger}
	if !a.with.Invoked {
		deps.Notify = a.paymentNotified
	}
	provider, err := openPayment(deps)
	if err != nil {
		return fmt.Errorf("open payment provider %s: %w", a.Config.Payment, err)
	}
	a.catalog = catalog.New(catalog.Deps{Store: a.store.Catalog, Now: utcNow, NewID: newID})
	a.booking = booking.New(booking.Deps{Store: a.store.Booking, Payment: provider, Keys: ring, Now: utcNow, NewID: newID},
		booking.Config{HoldTTL: a.Config.HoldTTL, Ticking: !a.with.Invoked})
	return nil
}

func (a *App) paymentNotified(ctx context.Context, owner string) {
	if err := a.booking.PaymentNotified(ctx, owner); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "payment's notice not acted on", telemetry.Err(err))
	}
}

// Close lets go of the queue and the store.
func (a *App) Close() error {
	var faults []error
	for _, shut := range []func() error{a.queue.Close, a.store.Close} {
		if shut != nil {
			faults = append(faults, shut())
		}
	}
	return errors.Join(faults...)
}
