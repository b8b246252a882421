package app

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/telemetry"
)

// How often the loops of a server turn.
const (
	refreshEvery = 250 * time.Millisecond
	closeEvery   = 30 * time.Second
	resumeEvery  = 15 * time.Second
	voidEvery    = time.Minute
	unparkEvery  = 30 * time.Second
	relayEvery   = time.Minute
	closeAtATime = 2000
	relayAtATime = 1024 // what the in-process queue holds for a group
	unparkAtOnce = 500
)

func (a *App) makeLoops(ctx context.Context) error {
	groups := consumer.Groups()
	a.subscriptions = []Subscription{
		{consumer.CatalogGroup, groups[consumer.CatalogGroup], consumer.Catalog(a.catalog)},
		{consumer.BookingGroup, groups[consumer.BookingGroup], consumer.Booking(a.booking)},
	}
	a.jobs = []Job{
		{"close ended events", closeEvery, func(ctx context.Context) (int, error) { return a.catalog.CloseEnded(ctx, closeAtATime) }},
		{"resume cancellations", resumeEvery, a.booking.ResumeCancellations},
		{"void orphaned authorisations", voidEvery, a.booking.VoidOrphans},
		{"retry settlements", resumeEvery, a.retrySettlements},
	}
	if a.queue.Lot != nil {
		a.jobs = append(a.jobs, Job{"publish what was parked", unparkEvery, a.unpark})
	}
	outboxes := []struct {
		service string
		source  outbox.Source
	}{{consumer.CatalogGroup, a.store.CatalogOutbox}, {consumer.BookingGroup, a.store.BookingOutbox}}
	if a.with.Invoked { // triggers do the rest, but for an outbox that is no stream
		for _, o := range outboxes {
			if o.source != nil {
				d := drain{service: o.service, wake: o.source.Wake(), relay: a.pollingRelay(o.service, o.source)}
				a.drains = append(a.drains, d)
				a.jobs = append(a.jobs, Job{"relay outbox of " + o.service, relayEvery, d.relay.Drain})
			}
		}
		return nil
	}
	a.jobs = append(a.jobs, Job{"refresh availability", refreshEvery, a.booking.RefreshAvailability})
	for _, o := range outboxes {
		relay, err := a.relay(ctx, o.service, o.source)
		if err != nil {
			return err
		}
		a.Relays = append(a.Relays, relay)
	}
	return nil
}

// drain empties an outbox of a program in which no loop turns.
type drain struct {
	service string
	wake    <-chan struct{} // receives after this process wrote a message; nil: one cannot tell
	relay   *outbox.Relay
}

// Flush publishes what this program's own writes announced, where neither a stream nor a loop carries it on. What it leaves
// the janitor publishes.
func (a *App) Flush(ctx context.Context) {
	for _, d := range a.drains {
		if !slices.Contains(a.used, d.service) {
			continue
		}
		if d.wake != nil {
			select {
			case <-d.wake:
			default:
				continue
			}
		}
		if _, err := d.relay.Drain(ctx); err != nil {
			a.relayFailed(d.service, err)
		}
	}
}

func (a *App) relayFailed(service string, err error) {
	a.metrics.Outbox(service).Failed()
	a.Log.LogAttrs(context.Background(), slog.LevelWarn, "outbox relay failed", telemetry.Service(service), telemetry.Err(err))
}

func (a *App) pollingRelay(service string, source outbox.Source) *outbox.Relay {
	m := a.metrics.Outbox(service)
	return outbox.NewRelay(outbox.RelayDeps{
		Source: source, Publish: a.Publish, Now: utcNow, Published: m.Published, Depth: m.Depth,
		Failed: func(err error) { a.relayFailed(service, err) },
	}, outbox.RelayConfig{InFlight: relayAtATime})
}

// relay carries a service's messages from the store to the queue.
func (a *App) relay(ctx context.Context, service string, source outbox.Source) (Relay, error) {
	if source != nil {
		return a.pollingRelay(service, source), nil
	}
	if a.queue.Lot == nil {
		return nil, fmt.Errorf("MYEVENTS_QUEUE: a %s store needs a queue that can park messages, and %s cannot", a.Config.Store.Scheme, a.Config.Queue.Scheme)
	}
	stream, err := a.store.Streams(ctx, service)
	if err != nil {
		return nil, fmt.Errorf("stream of %v: %w", a.Config.Store, err)
	}
	m := a.metrics.Outbox(service)
	return outbox.NewStreamRelay(outbox.StreamRelayDeps{
		Stream: stream, Publish: a.Publish, Park: a.Park, Now: utcNow, Published: m.Published, Depth: m.Depth,
		Failed: func(err error) { a.relayFailed(service, err) },
	}, outbox.StreamRelayConfig{}), nil
}

// Park stores what cannot be published for the janitor.
func (a *App) Park(ctx context.Context, body []byte, reason string) error {
	return a.queue.Lot.Park(ctx, queue.Parked{Body: body, Reason: reason})
}

// unpark publishes what was parked. What cannot be read stays, for people to look at.
func (a *App) unpark(ctx context.Context) (int, error) {
	return a.queue.Lot.Unpark(ctx, unparkAtOnce, func(ctx context.Context, p queue.Parked) error {
		ms, err := outbox.ReadParked(p.Body)
		if err != nil {
			return err
		}
		return a.Publish(ctx, ms...)
	})
}

// Subscriptions are the services' messages with what handles them.
func (a *App) Subscriptions() []Subscription {
	a.use(consumer.CatalogGroup, consumer.BookingGroup)
	return a.subscriptions
}

// Subscription is that of one group. It panics where there is no such group: which there are is fixed.
func (a *App) Subscription(group string) Subscription {
	a.use(group)
	return a.subscriptions[slices.IndexFunc(a.subscriptions, func(s Subscription) bool { return s.Group == group })]
}

// Jobs are what is to be done again and again.
func (a *App) Jobs() []Job {
	a.use(consumer.CatalogGroup, consumer.BookingGroup)
	return a.jobs
}

// Batches is how the queue's triggers hand messages to a function; nil where it has none.
func (a *App) Batches() queue.Batches { return a.queue.Batches }

// DeadLetters is where messages are that were given up: the queue's own, or the store's.
func (a *App) DeadLetters() queue.DeadLetters {
	if a.queue.DeadLetters != nil {
		return a.queue.DeadLetters
	}
	return a.store.DeadLetters
}
