package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/telemetry"
)

// trust makes the verifier of tokens, and the local issuer, where no other is configured.
func (a *App) trust(ctx context.Context, root ring) (err error) {
	issuer := identity.Issuer{Name: a.Config.OIDCIssuer, Audiences: []string{a.Config.OIDCAudience}}
	if a.Config.LocalIssuer() {
		if a.with.SignIn == nil {
			return errors.New("MYEVENTS_OIDC_ISSUER: required, since this program signs nobody in")
		}
		secret, err := root.derive(issuerPurpose)
		if err != nil {
			return err
		}
		if a.signIn, err = a.with.SignIn(ctx, a.Config, secret); err != nil {
			return err
		}
		issuer = a.signIn.Issuer
	}
	a.verifier, err = identity.New(identity.Config{Issuers: []identity.Issuer{issuer}})
	return err
}

func (a *App) options(service string) httpapi.Options {
	return httpapi.Options{
		Log: a.Log, Timeout: a.Config.RequestTimeout,
		Rate: httpapi.Rate{PerSecond: a.Config.RateLimit, Burst: a.Config.RateBurst},
		Observe: func(operation string, status int, took time.Duration) {
			a.metrics.Request(service, operation, status, took)
		},
	}
}

// recording returns a verifier that has users recorded at first sight, in the Booking Service's store.
func (a *App) recording() httpapi.Verifier {
	return newSight(a.verifier, func(ctx context.Context, account booking.Account) error {
		_, err := a.booking.Me(ctx, account)
		return err
	}, keptSeen, a.Log)
}

// EventsAPI makes the handler of the Event Service alone, with its health and the document of both services.
func (a *App) EventsAPI() http.Handler {
	a.use(consumer.CatalogGroup)
	documents := sync.OnceValue(func() http.Handler { return a.both(nil) })
	events := httpapi.Events(httpapi.EventsDeps{Catalog: a.catalog, Verifier: a.verifier, Ready: a.Ready, Options: a.options("events")})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/openapi.json", "/openapi.yaml", "/docs":
			documents().ServeHTTP(w, r)
		default:
			events.ServeHTTP(w, r)
		}
	})
}

// BookingsAPI makes the handler of the Booking Service alone.
func (a *App) BookingsAPI() http.Handler {
	a.use(consumer.BookingGroup)
	return httpapi.Bookings(httpapi.BookingsDeps{
		Booking: metered{a.booking, a.metrics}, Verifier: a.recording(), BaseURL: a.Config.PublicURL, Options: a.options("bookings"),
	})
}

// Gateway makes the handler of both services, their document, sign-in and the web app.
func (a *App) Gateway() (http.Handler, error) {
	a.use(consumer.CatalogGroup, consumer.BookingGroup)
	var ui http.Handler
	if a.with.Pages != nil {
		var err error
		if ui, err = a.with.Pages(a.Config); err != nil {
			return nil, fmt.Errorf("web app: %w", err)
		}
	}
	gateway := a.inFlight("gateway", a.both(ui))
	if a.signIn.Handler == nil {
		return gateway, nil
	}
	// Not a ServeMux, which would redirect unclean addresses that the gateway answers as problems.
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/oauth/") || r.URL.Path == "/.well-known/openid-configuration" {
			a.signIn.Handler.ServeHTTP(w, r)
			return
		}
		gateway.ServeHTTP(w, r)
	}), nil
}

func (a *App) both(fallback http.Handler) http.Handler {
	return httpapi.Gateway(httpapi.GatewayDeps{
		Catalog: publisher{a.catalog, a.booking}, Booking: metered{a.booking, a.metrics}, Verifier: a.recording(),
		BaseURL: a.Config.PublicURL, Ready: a.Ready, Fallback: fallback, Options: a.options("gateway"),
	})
}

// Admin makes the handler of metrics, profiles and health, which is not for the public. Where no metrics are kept it has
// nothing to show.
func (a *App) Admin() http.Handler {
	if a.admin == nil {
		return http.NotFoundHandler()
	}
	return a.admin(a.Ready, a.Log)
}

// inFlight counts the requests that a handler is serving.
func (a *App) inFlight(service string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.metrics.InFlight(service, 1)
		defer a.metrics.InFlight(service, -1)
		h.ServeHTTP(w, r)
	})
}

// How long whoever publishes an event waits until it can be sold, and how often that is looked at.
const (
	publishedWait = 1500 * time.Millisecond
	publishedLook = 5 * time.Millisecond
)

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

// SeedDemo fills an empty store with the demo data, and brings up to date what of it depends on the hour, where the settings
// ask for that and this process signs people in, through the API that is served at an address.
func (a *App) SeedDemo(ctx context.Context, server string) error {
	if a.Config.Seed != config.SeedDemo || a.signIn.Seed == nil {
		return nil
	}
	found, err := a.catalog.Locations(ctx, catalog.LocationQuery{Limit: 1})
	if err != nil {
		return err
	}
	began := time.Now()
	there, err := a.signIn.Seed(ctx, server, len(found.Items) == 0)
	if err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	if !there {
		return nil
	}
	a.Log.LogAttrs(ctx, slog.LevelInfo, "demo data is in", telemetry.Took(time.Since(began)))
	return nil
}

// use notes whose store this program needs. It is called before the first request.
func (a *App) use(services ...string) {
	for _, s := range services {
		if !slices.Contains(a.used, s) {
			a.used = append(a.used, s)
		}
	}
}

// Ready reports what of the store and the queue is absent or out of reach: of the store what the program uses; the queue
// only where no trigger says what it can reach.
func (a *App) Ready(ctx context.Context) error {
	var faults []error
	if a.store.Ready != nil && len(a.used) > 0 {
		faults = append(faults, a.store.Ready(ctx, a.used...))
	}
	if a.queue.Ready != nil && !a.with.Invoked {
		faults = append(faults, a.queue.Ready(ctx))
	}
	return errors.Join(faults...)
}
