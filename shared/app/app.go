// Package app is the composition root: it turns settings and adapters into one App, whose parts a host serves and runs.
// It is the only package that assembles, and with its subpackages the only importer of adapters.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/seed"
	"github.com/myevents/myevents/shared/telemetry"
	"github.com/myevents/myevents/shared/webui"
)

// App is everything assembled. Its handlers serve at once; its subscriptions, relays and jobs want a host to run them.
type App struct {
	Config config.Config
	Log    *slog.Logger

	EventsAPI   http.Handler // the Event Service alone
	BookingsAPI http.Handler // the Booking Service alone
	Gateway     http.Handler // both, their document, sign-in and the web app
	Admin       http.Handler // metrics, profiles, health: not for the public

	Subscriptions []Subscription
	Subscriber    queue.Subscriber
	Relays        []*outbox.Relay
	Jobs          []Job

	signer  *localissuer.Signer
	catalog *catalog.Service
	booking *booking.Service
	metrics *telemetry.Metrics
	store   Store
	queue   Queue
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
	a := &App{Config: cfg, Log: log}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	registry := prometheus.NewRegistry()
	if a.metrics, err = telemetry.NewMetrics(registry, ""); err != nil {
		return nil, err
	}
	root, err := keys(&cfg)
	if err != nil {
		return nil, err
	}
	if err := a.openStore(ctx, with); err != nil {
		return nil, err
	}
	if err := a.openQueue(ctx, with); err != nil {
		return nil, err
	}
	if err := a.makeServices(root, with); err != nil {
		return nil, err
	}
	a.makeLoops()
	if err := a.makeHandlers(ctx, root); err != nil {
		return nil, err
	}
	a.Admin = telemetry.Admin(telemetry.AdminDeps{Gatherer: registry, Ready: a.ready, Log: log})
	return a, nil
}

func (a *App) openStore(ctx context.Context, with Adapters) (err error) {
	open, ok := with.Stores[a.Config.Store.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_STORE: this program has no %s store", a.Config.Store.Scheme)
	}
	if a.store, err = open(ctx, a.Config.Store); err != nil {
		return fmt.Errorf("open %v: %w", a.Config.Store, err)
	}
	return nil
}

func (a *App) openQueue(ctx context.Context, with Adapters) (err error) {
	open, ok := with.Queues[a.Config.Queue.Scheme]
	if !ok {
		return fmt.Errorf("MYEVENTS_QUEUE: this program has no %s queue", a.Config.Queue.Scheme)
	}
	a.queue, err = open(ctx, a.Config.Queue, QueueDeps{DeadLetters: a.store.DeadLetters, Groups: consumer.Groups(), Observe: a.observeMessage})
	if err != nil {
		return fmt.Errorf("open %v: %w", a.Config.Queue, err)
	}
	a.Subscriber = a.queue
	return nil
}

var outcomesOfMessages = map[queue.Action]telemetry.MessageOutcome{
	queue.Ack: telemetry.MessageAcked, queue.Retry: telemetry.MessageRetried,
	queue.Wait: telemetry.MessagePutOff, queue.Dead: telemetry.MessageDead,
}

func (a *App) observeMessage(group string, m message.Envelope, v queue.Verdict, took time.Duration) {
	a.metrics.Message(group, m.Type, outcomesOfMessages[v.Action], took)
	if v.Action == queue.Dead {
		a.Log.LogAttrs(context.Background(), slog.LevelError, "message given up", telemetry.Group(group),
			telemetry.MessageType(m.Type), telemetry.MessageID(m.ID), slog.String("reason", v.Reason))
	}
}

func newID(prefix string) string { return id.New(prefix, time.Now()) }

func (a *App) makeServices(root ring, with Adapters) error {
	ring, err := booking.NewKeyring(root.current, root.secrets)
	if err != nil {
		return err
	}
	openPayment, ok := with.Payments[a.Config.Payment]
	if !ok {
		return fmt.Errorf("MYEVENTS_PAYMENT: this program has no %s provider", a.Config.Payment)
	}
	provider, err := openPayment(PaymentDeps{Now: utcNow, Notify: a.paymentNotified})
	if err != nil {
		return fmt.Errorf("open payment provider %s: %w", a.Config.Payment, err)
	}
	a.catalog = catalog.New(catalog.Deps{Store: a.store.Catalog, Now: utcNow, NewID: newID})
	a.booking = booking.New(booking.Deps{Store: a.store.Booking, Payment: provider, Keys: ring, Now: utcNow, NewID: newID},
		booking.Config{HoldTTL: a.Config.HoldTTL, Ticking: true})
	return nil
}

func (a *App) paymentNotified(ctx context.Context, owner string) {
	if err := a.booking.PaymentNotified(ctx, owner); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "payment's notice not acted on", telemetry.Err(err))
	}
}

// How often the loops of a server turn.
const (
	refreshEvery  = 250 * time.Millisecond
	closeEvery    = 30 * time.Second
	resumeEvery   = 15 * time.Second
	voidEvery     = time.Minute
	closeAtATime  = 2000
	relayAtATime  = 1024 // what the in-process queue holds for a group
	publishedWait = 1500 * time.Millisecond
	publishedLook = 5 * time.Millisecond
)

func (a *App) makeLoops() {
	groups := consumer.Groups()
	a.Subscriptions = []Subscription{
		{consumer.CatalogGroup, groups[consumer.CatalogGroup], consumer.Catalog(a.catalog)},
		{consumer.BookingGroup, groups[consumer.BookingGroup], consumer.Booking(a.booking)},
	}
	for service, source := range map[string]outbox.Source{consumer.CatalogGroup: a.store.CatalogOutbox, consumer.BookingGroup: a.store.BookingOutbox} {
		if source == nil {
			continue // the engine's own stream is the outbox
		}
		m := a.metrics.Outbox(service)
		a.Relays = append(a.Relays, outbox.NewRelay(outbox.RelayDeps{
			Source: source, Publish: a.queue.Publish, Now: utcNow,
			Published: m.Published, Depth: m.Depth,
			Failed: func(err error) {
				m.Failed()
				a.Log.LogAttrs(context.Background(), slog.LevelWarn, "outbox relay failed", telemetry.Service(service), telemetry.Err(err))
			},
		}, outbox.RelayConfig{InFlight: relayAtATime}))
	}
	a.Jobs = []Job{
		{"refresh availability", refreshEvery, a.booking.RefreshAvailability},
		{"close ended events", closeEvery, func(ctx context.Context) (int, error) { return a.catalog.CloseEnded(ctx, closeAtATime) }},
		{"resume cancellations", resumeEvery, a.booking.ResumeCancellations},
		{"void orphaned authorisations", voidEvery, a.booking.VoidOrphans},
		{"retry settlements", resumeEvery, a.retrySettlements},
	}
}

// makeHandlers also makes the local issuer, where no other is configured.
func (a *App) makeHandlers(ctx context.Context, root ring) error {
	issuer, signIn, err := a.issuer(ctx, root)
	if err != nil {
		return err
	}
	tokens, err := identity.New(identity.Config{Issuers: []identity.Issuer{issuer}})
	if err != nil {
		return err
	}
	verifier := newSight(tokens, func(ctx context.Context, account booking.Account) error {
		_, err := a.booking.Me(ctx, account)
		return err
	}, keptSeen, a.Log)
	options := func(service string) httpapi.Options {
		return httpapi.Options{
			Log: a.Log, Timeout: a.Config.RequestTimeout,
			Rate: httpapi.Rate{PerSecond: a.Config.RateLimit, Burst: a.Config.RateBurst},
			Observe: func(operation string, status int, took time.Duration) {
				a.metrics.Request(service, operation, status, took)
			},
		}
	}
	ui, err := webui.Handler(webui.Options{Art: []webui.Art{seed.Artwork}})
	if err != nil {
		return err
	}
	events, bookings := publisher{a.catalog, a.booking}, metered{a.booking, a.metrics}
	a.EventsAPI = httpapi.Events(httpapi.EventsDeps{Catalog: a.catalog, Verifier: verifier, Options: options("events")})
	a.BookingsAPI = httpapi.Bookings(httpapi.BookingsDeps{Booking: bookings, Verifier: verifier, BaseURL: a.Config.PublicURL, Options: options("bookings")})
	gateway := a.inFlight("gateway", httpapi.Gateway(httpapi.GatewayDeps{
		Catalog: events, Booking: bookings, Verifier: verifier, BaseURL: a.Config.PublicURL,
		Ready: a.ready, Fallback: ui, Options: options("gateway"),
	}))
	if signIn == nil {
		a.Gateway = gateway
		return nil
	}
	// Not a ServeMux, which would redirect unclean addresses that the gateway answers as problems.
	a.Gateway = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/oauth/") || r.URL.Path == "/.well-known/openid-configuration" {
			signIn.ServeHTTP(w, r)
			return
		}
		gateway.ServeHTTP(w, r)
	})
	return nil
}

// inFlight counts the requests that a handler is serving.
func (a *App) inFlight(service string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.metrics.InFlight(service, 1)
		defer a.metrics.InFlight(service, -1)
		h.ServeHTTP(w, r)
	})
}

// AccountsFile is the file of the local issuer's accounts in an embedded store's folder.
const AccountsFile = "accounts.json"

// issuer returns whose tokens are accepted, and the handler that people sign in with where that is this process.
func (a *App) issuer(ctx context.Context, root ring) (identity.Issuer, http.Handler, error) {
	if !a.Config.LocalIssuer() {
		return identity.Issuer{Name: a.Config.OIDCIssuer, Audiences: []string{a.Config.OIDCAudience}}, nil, nil
	}
	secret, err := root.derive("local issuer")
	if err != nil {
		return identity.Issuer{}, nil, err
	}
	accounts, err := localissuer.OpenAccounts(filepath.Join(a.Config.Store.Dir, AccountsFile))
	if err != nil {
		return identity.Issuer{}, nil, err
	}
	cfg := localissuer.Config{Secret: secret, Accounts: accounts}
	if a.Config.Seed == config.SeedDemo {
		cfg.DemoPassword = localissuer.DemoPassword
		if err := localissuer.SeedDemo(ctx, accounts, cfg.DemoPassword, utcNow()); err != nil {
			return identity.Issuer{}, nil, fmt.Errorf("make demo accounts: %w", err)
		}
	}
	issuer, err := localissuer.New(cfg)
	if err != nil {
		return identity.Issuer{}, nil, err
	}
	a.signer = issuer.Signer
	return issuer.Trust(), issuer.Handler(), nil
}

// publisher lets whoever publishes an event sell it at once: the answer waits, for a moment, until the Booking Service has
// heard of it.
type publisher struct {
	*catalog.Service
	booking *booking.Service
}

// PublishEvent is catalog.Service.PublishEvent.
func (p publisher) PublishEvent(ctx context.Context, actor catalog.Actor, eventID string) (catalog.Event, error) {
	e, err := p.Service.PublishEvent(ctx, actor, eventID)
	if err != nil {
		return e, err
	}
	wait, cancel := context.WithTimeout(ctx, publishedWait)
	defer cancel()
	again := time.NewTicker(publishedLook)
	defer again.Stop()
	for {
		if _, err := p.booking.Availability(wait, eventID); !fault.Is(err, fault.NotFound) {
			return e, nil
		}
		select {
		case <-again.C:
		case <-wait.Done():
			return e, nil
		}
	}
}

func (a *App) ready(ctx context.Context) error {
	var faults []error
	for _, ready := range []func(context.Context) error{a.store.Ready, a.queue.Ready} {
		if ready != nil {
			faults = append(faults, ready(ctx))
		}
	}
	return errors.Join(faults...)
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
