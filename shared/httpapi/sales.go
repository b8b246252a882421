package httpapi

import (
	"context"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/identity"
)

// Sales is what the API needs to show an organisation how an event sells.
type Sales interface {
	EventBookings(ctx context.Context, a booking.Actor, eventID, cursor string, limit int) (items []booking.Details, next string, err error)
	EventSales(ctx context.Context, a booking.Actor, eventID string) (booking.Figures, error)
}

// SalesFigures are an event's sales.
type SalesFigures struct {
	Held         int           `json:"held"`
	Sold         int           `json:"sold"`
	Left         int           `json:"left"`
	Revenue      Money         `json:"revenue" doc:"Less what was refunded."`
	CheckedIn    int           `json:"checkedIn"`
	ByTicketType []TypeFigures `json:"byTicketType" nullable:"false"`
}

// TypeFigures are the sales of one ticket type.
type TypeFigures struct {
	TicketTypeID string `json:"ticketTypeId"`
	Name         string `json:"name"`
	Sold         int    `json:"sold"`
	CheckedIn    int    `json:"checkedIn"`
	Revenue      Money  `json:"revenue"`
}

func (s *server) registerSales(b Sales) {
	register(s, operation{
		id: "listEventBookings", method: "GET", path: "/v1/events/{eventId}/bookings", tag: tagOrganiser,
		summary: "List an event's bookings", access: identity.OrganiserOnly,
	},
		func(ctx context.Context, in *struct {
			EventID string `path:"eventId" doc:"The event's id."`
			Page
		},
		) (*answer[list[Booking]], error) {
			items, next, err := b.EventBookings(ctx, actorOf(ctx), in.EventID, in.Cursor, in.Limit)
			return ok(listView(items, next, bookingView)), err
		})
	register(s, operation{
		id: "getEventSales", method: "GET", path: "/v1/events/{eventId}/sales", tag: tagOrganiser,
		summary: "How an event sells", access: identity.OrganiserOnly,
	},
		func(ctx context.Context, in *struct {
			EventID string `path:"eventId" doc:"The event's id."`
		},
		) (*answer[SalesFigures], error) {
			f, err := b.EventSales(ctx, actorOf(ctx), in.EventID)
			if err != nil {
				return nil, err
			}
			v := SalesFigures{
				Held: f.Held, Sold: f.Sold, Left: f.Left, Revenue: moneyView(f.Revenue), CheckedIn: f.CheckedIn,
				ByTicketType: make([]TypeFigures, len(f.ByTicketType)),
			}
			for i, t := range f.ByTicketType {
				v.ByTicketType[i] = TypeFigures{TicketTypeID: t.TicketTypeID, Name: t.Name, Sold: t.Sold, CheckedIn: t.CheckedIn, Revenue: moneyView(t.Revenue)}
			}
			return ok(v), nil
		})
}
