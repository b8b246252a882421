// Package consumer is what each service does with messages: one domain call for each type. It knows no broker: a queue
// hands it messages and acts on the error that it returns.
package consumer

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// The groups: one queue for each service.
const (
	CatalogGroup = "catalog"
	BookingGroup = "booking"
)

// Groups says which types each group wants.
func Groups() map[string][]message.Type {
	return map[string][]message.Type{CatalogGroup: typesOf(catalogRoutes(nil)), BookingGroup: typesOf(bookingRoutes(nil))}
}

// CatalogService is what messages do in the Event Service.
type CatalogService interface {
	ApplyEvent(ctx context.Context, m message.EventStateV1) error
	ApplyLocation(ctx context.Context, m message.LocationStateV1) error
	ApplyAvailability(ctx context.Context, m message.AvailabilityV1) error
}

// BookingService is what messages do in the Booking Service.
type BookingService interface {
	ApplyEvent(ctx context.Context, m message.EventStateV1) error
	ApplyLocation(ctx context.Context, m message.LocationStateV1) error
	SettleRecorded(ctx context.Context, m message.BookingRefV1, said time.Time) error
	CancelPart(ctx context.Context, m message.CancellationDueV1) error
	AvailabilityChanged(ctx context.Context, eventID string, at time.Time) error
}

// route is a type with the call that it makes.
type route struct {
	t    message.Type
	call queue.HandlerFunc
}

// to makes a route that reads the body as a T.
func to[T any](t message.Type, call func(context.Context, T) error) route {
	return toTimed(t, func(ctx context.Context, body T, _ time.Time) error { return call(ctx, body) })
}

// toTimed is to for a call that asks when the message was said, too.
func toTimed[T any](t message.Type, call func(ctx context.Context, body T, said time.Time) error) route {
	return route{t, func(ctx context.Context, m message.Envelope) error {
		body, err := message.Body[T](m)
		if err != nil {
			return err
		}
		return call(ctx, body, m.Time)
	}}
}

// bind returns the method of a service, or nil where there is none: the table is read for its types alone.
func bind[S any, T any](s *S, method func(S, context.Context, T) error) func(context.Context, T) error {
	if s == nil {
		return nil
	}
	return func(ctx context.Context, body T) error { return method(*s, ctx, body) }
}

func catalogRoutes(s *CatalogService) []route {
	event := bind(s, CatalogService.ApplyEvent)
	return []route{
		to(message.EventPublished, event), to(message.EventChanged, event),
		to(message.EventRescheduled, event), to(message.EventCancelled, event),
		to(message.LocationChanged, bind(s, CatalogService.ApplyLocation)),
		to(message.EventAvailability, bind(s, CatalogService.ApplyAvailability)),
	}
}

func bookingRoutes(s *BookingService) []route {
	event := bind(s, BookingService.ApplyEvent)
	return []route{
		to(message.EventPublished, event), to(message.EventChanged, event),
		to(message.EventRescheduled, event), to(message.EventCancelled, event),
		to(message.LocationChanged, bind(s, BookingService.ApplyLocation)),
		toTimed(message.BookingRecorded, func(ctx context.Context, m message.BookingRefV1, said time.Time) error {
			return (*s).SettleRecorded(ctx, m, said)
		}),
		to(message.CancellationDue, bind(s, BookingService.CancelPart)),
		toTimed(message.BookingConfirmed, func(ctx context.Context, m message.BookingRefV1, said time.Time) error {
			return (*s).AvailabilityChanged(ctx, m.EventID, said) // its places were sold before it was said
		}),
		to(message.AvailabilityDue, func(ctx context.Context, m message.AvailabilityDueV1) error {
			return (*s).AvailabilityChanged(ctx, m.EventID, m.At)
		}),
	}
}

func typesOf(routes []route) []message.Type {
	types := make([]message.Type, len(routes))
	for i, r := range routes {
		types[i] = r.t
	}
	return types
}

// Catalog handles the Event Service's messages.
func Catalog(s CatalogService) queue.Handler { return dispatch(catalogRoutes(&s)) }

// unsettledWait is how long the cancellation of an event's bookings is put off by one that is not settled: attempts would
// be used up before the worker settles what a crash left.
const unsettledWait = 5 * time.Second

// Booking handles the Booking Service's messages. One whose time has not come, or about a booking that is still being
// settled, is put off.
func Booking(s BookingService) queue.Handler {
	h := dispatch(bookingRoutes(&s))
	return queue.HandlerFunc(func(ctx context.Context, m message.Envelope) error {
		err := h.Handle(ctx, m)
		var early *booking.NotYetError
		if errors.As(err, &early) {
			return queue.Later(early.Wait, err.Error())
		}
		if errors.Is(err, booking.ErrUnsettled) {
			return queue.Later(unsettledWait, err.Error())
		}
		return err
	})
}

func dispatch(routes []route) queue.Handler {
	calls := make(map[message.Type]queue.HandlerFunc, len(routes))
	for _, r := range routes {
		calls[r.t] = r.call
	}
	return queue.HandlerFunc(func(ctx context.Context, m message.Envelope) error {
		call, ok := calls[m.Type]
		if !ok {
			return fault.New(fault.Invalid, "", "unknown message type "+string(m.Type))
		}
		return call(ctx, m)
	})
}
