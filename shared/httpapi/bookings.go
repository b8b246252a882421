package httpapi

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
)

// BookingOperations is what the API needs to book.
type BookingOperations interface {
	Book(ctx context.Context, user id.Raw, r booking.BookRequest) (booking.Details, error)
	UserBookings(ctx context.Context, user id.Raw, cursor string, limit int) (items []booking.Details, next string, err error)
	Booking(ctx context.Context, a booking.Actor, bookingID string) (booking.Details, error)
	CancelTickets(ctx context.Context, a booking.Actor, bookingID string, ticketIDs []string) (booking.Details, error)
	CancelQuote(ctx context.Context, a booking.Actor, bookingID string, ticketIDs []string) (booking.Quote, error)
}

// Booking is a booking with its tickets.
type Booking struct {
	ID        string      `json:"id" example:"bkg_01JD3XW0T6Q6KZJ1J0N3V0Z2M40G4P8H2R1T6"`
	EventID   string      `json:"eventId" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Status    string      `json:"status" enum:"recorded,confirmed,failed,cancelled" doc:"recorded: still settling."`
	Failure   string      `json:"failure,omitempty" doc:"The code of what went wrong, when failed." example:"holdLapsed"`
	Total     Money       `json:"total"`
	Refunded  *Money      `json:"refunded,omitempty" doc:"What went back, if anything."`
	CreatedAt time.Time   `json:"createdAt"`
	Tickets   []Ticket    `json:"tickets" nullable:"false"`
	Event     BookedEvent `json:"event"`
	Version   int64       `json:"version"`
}

// BookedEvent is what a booking and a ticket show of their event, as of now.
type BookedEvent struct {
	ID          string     `json:"id" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Name        string     `json:"name" example:"Neujahrskonzert"`
	Status      string     `json:"status" enum:"draft,published,cancelled,ended"`
	StartsAt    time.Time  `json:"startsAt"`
	EndsAt      *time.Time `json:"endsAt,omitempty"`
	DoorsAt     *time.Time `json:"doorsAt,omitempty"`
	TimeZone    string     `json:"timeZone" doc:"IANA." example:"Europe/Vienna"`
	Location    Place      `json:"location"`
	CancelUntil time.Time  `json:"cancelUntil" doc:"Until then the buyer may cancel."`
}

func bookedEventView(e booking.EventDetails) BookedEvent {
	return BookedEvent{
		ID: e.ID, Name: e.Name, Status: e.Status, StartsAt: e.StartsAt.UTC(), EndsAt: utc(e.EndsAt), DoorsAt: utc(e.DoorsAt),
		TimeZone: e.TimeZone, Location: placeView(e.Place), CancelUntil: e.CancelUntil.UTC(),
	}
}

func bookingView(d booking.Details) Booking {
	v := Booking{
		ID: d.ID, EventID: d.EventID, Status: string(d.Status), Failure: d.Failure, Total: moneyView(d.Total),
		CreatedAt: d.CreatedAt.UTC(), Tickets: make([]Ticket, len(d.Tickets)), Event: bookedEventView(d.Event), Version: d.Version,
	}
	for i := range d.Tickets {
		v.Tickets[i] = ticketView(d.Tickets[i])
	}
	if !d.Refunded.IsZero() {
		m := moneyView(d.Refunded)
		v.Refunded = &m
	}
	return v
}

// NewBooking books a hold, or holds and books in one call.
type NewBooking struct {
	Hold      string     `json:"hold,omitempty" maxLength:"4096" doc:"The token of a hold; or give eventId and items."`
	EventID   string     `json:"eventId,omitempty" maxLength:"64" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Items     []WantItem `json:"items,omitempty" minItems:"1" maxItems:"64" nullable:"false"`
	Together  *bool      `json:"together,omitempty" doc:"Side by side; default true."`
	Attendees []Attendee `json:"attendees,omitempty" maxItems:"64" nullable:"false" doc:"Fill the tickets in order; those left are named later."`
	Payment   *Payment   `json:"payment,omitempty" doc:"May be absent only when there is nothing to pay."`
}

// Payment is how the buyer pays.
type Payment struct {
	Method string `json:"method" minLength:"1" maxLength:"32" example:"test"`
	Token  string `json:"token" minLength:"1" maxLength:"512" doc:"What the payment provider gave the buyer." example:"ok"`
}

// CancelTickets names what to cancel.
type CancelTickets struct {
	TicketIDs []string `json:"ticketIds,omitempty" maxItems:"64" nullable:"false" doc:"Default: all of the booking's."`
}

// Quote says what cancelling would give back.
type Quote struct {
	TicketIDs []string  `json:"ticketIds" nullable:"false"`
	Refund    Money     `json:"refund"`
	Until     time.Time `json:"until"`
	Allowed   bool      `json:"allowed"`
	Reason    string    `json:"reason,omitempty" doc:"The code of why not." example:"tooLate"`
}

func (n NewBooking) check() error {
	direct := n.EventID != "" || len(n.Items) > 0 || n.Together != nil
	switch {
	case n.Hold != "" && direct:
		return invalid("body.hold", "give either hold, or eventId and items")
	case n.Hold == "" && n.EventID == "":
		return invalid("body.eventId", "give either hold, or eventId and items")
	case n.Hold == "" && len(n.Items) == 0:
		return invalid("body.items", "give at least one item")
	}
	for i, a := range n.Attendees {
		if err := a.check(at("body.attendees", i)); err != nil {
			return err
		}
	}
	return checkItems(n.Items)
}

func (n NewBooking) request(key string) booking.BookRequest {
	r := booking.BookRequest{HoldToken: n.Hold, Key: key, BodyHash: hashOf(n)}
	if n.Hold == "" {
		direct := wanted(n.EventID, n.Items, n.Together)
		r.Direct = &direct
	}
	for _, a := range n.Attendees {
		r.Attendees = append(r.Attendees, a.domain())
	}
	if n.Payment != nil {
		r.Payment = &booking.PaymentRequest{Method: n.Payment.Method, Token: n.Payment.Token}
	}
	return r
}

func (s *server) registerBookings(b BookingOperations) {
	register(s, operation{
		id: "createBooking", method: "POST", path: "/v1/bookings", tag: tagBooking, summary: "Book",
		description: "Books a hold, or holds and books in one call (eventId and items instead of hold). 202: still settling; " +
			"read the booking again. A declined payment leaves the hold usable and is not remembered under the key.",
		access: identity.SignedIn, status: 201, idempotent: true, more: []int{402},
		conflicts: append([]string{"holdLapsed", "holdUsed"}, holdConflicts...), also: []int{202},
	},
		func(ctx context.Context, in *struct {
			IdempotencyKey
			Body body[NewBooking]
		},
		) (*replied[Booking], error) {
			if err := in.Body.Value.check(); err != nil {
				return nil, err
			}
			d, err := b.Book(ctx, userOf(ctx), in.Body.Value.request(in.Key))
			if err != nil {
				return nil, err
			}
			out := &replied[Booking]{Status: 201, Location: "/v1/bookings/" + d.ID, Body: bookingView(d)}
			if d.Status == booking.Recorded {
				out.Status = 202
			}
			return out, nil
		})
	register(s, operation{id: "listBookings", method: "GET", path: "/v1/bookings", tag: tagBooking, summary: "List my bookings", access: identity.SignedIn},
		func(ctx context.Context, in *struct{ Page }) (*answer[list[Booking]], error) {
			items, next, err := b.UserBookings(ctx, userOf(ctx), in.Cursor, in.Limit)
			return ok(listView(items, next, bookingView)), err
		})

	type input struct {
		BookingID string `path:"bookingId" doc:"The booking's id." example:"bkg_01JD3XW0T6Q6KZJ1J0N3V0Z2M40G4P8H2R1T6"`
	}
	register(s, operation{
		id: "getBooking", method: "GET", path: "/v1/bookings/{bookingId}", tag: tagBooking, summary: "Read a booking",
		description: "For its user, with ticket codes; and for its event's organisation, without.", access: identity.SignedIn,
	},
		func(ctx context.Context, in *input) (*answer[Booking], error) {
			d, err := b.Booking(ctx, actorOf(ctx), in.BookingID)
			return ok(bookingView(d)), err
		})
	register(s, operation{
		id: "cancelBooking", method: "POST", path: "/v1/bookings/{bookingId}/cancel", tag: tagBooking, summary: "Cancel tickets",
		description: "Full refund, until the event's cancellation time. Repeating is a no-op.", access: identity.SignedIn, emptyBody: true,
		conflicts: []string{"checkedIn", "tooLate", "unsettled"},
	},
		func(ctx context.Context, in *struct {
			BookingID string `path:"bookingId" doc:"The booking's id."`
			Body      body[CancelTickets]
		},
		) (*answer[Booking], error) {
			d, err := b.CancelTickets(ctx, actorOf(ctx), in.BookingID, in.Body.Value.TicketIDs)
			return ok(bookingView(d)), err
		})
	register(s, operation{
		id: "quoteCancellation", method: "GET", path: "/v1/bookings/{bookingId}/cancel-quote", tag: tagBooking,
		summary: "What cancelling would give back", access: identity.SignedIn,
	},
		func(ctx context.Context, in *struct {
			BookingID string   `path:"bookingId" doc:"The booking's id."`
			TicketIDs []string `query:"ticketIds" maxItems:"64" nullable:"false" doc:"Default: all of the booking's."`
		},
		) (*answer[Quote], error) {
			q, err := b.CancelQuote(ctx, actorOf(ctx), in.BookingID, in.TicketIDs)
			if err != nil {
				return nil, err
			}
			v := Quote{TicketIDs: q.TicketIDs, Refund: moneyView(q.Refund), Until: q.Until.UTC(), Allowed: q.Allowed, Reason: q.Reason}
			if v.TicketIDs == nil {
				v.TicketIDs = []string{}
			}
			return ok(v), nil
		})
}
