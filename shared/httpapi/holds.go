package httpapi

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
)

// Holds is what the API needs to keep places.
type Holds interface {
	Hold(ctx context.Context, user id.Raw, r booking.HoldRequest) (booking.Hold, error)
	HeldBy(ctx context.Context, user id.Raw, token string) (booking.Hold, error)
	ExtendHold(ctx context.Context, user id.Raw, token string) (booking.Hold, error)
	ReleaseHold(ctx context.Context, user id.Raw, token string) error
}

// Hold is places kept for a user.
type Hold struct {
	Token     string    `json:"token" doc:"What a booking needs; only its user can use it."`
	EventID   string    `json:"eventId" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	ExpiresAt time.Time `json:"expiresAt" doc:"Until then nobody else gets the places."`
	Seats     []Seat    `json:"seats" nullable:"false"`
	Total     Money     `json:"total"`
}

// Seat is a place with its price.
type Seat struct {
	SectionID    string `json:"sectionId" example:"sec_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Section      string `json:"section" example:"Parkett"`
	Row          string `json:"row,omitempty" doc:"Absent where people stand." example:"A"`
	Number       int    `json:"number" example:"12"`
	TicketTypeID string `json:"ticketTypeId" example:"tkt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Price        Money  `json:"price"`
}

func seatView(s booking.Seat) Seat {
	return Seat{
		SectionID: s.SectionID, Section: s.Section, Row: s.Row, Number: s.Number, TicketTypeID: s.TicketTypeID,
		Price: moneyView(s.Price),
	}
}

func holdView(h booking.Hold) Hold {
	v := Hold{Token: h.Token, EventID: h.EventID, ExpiresAt: h.ExpiresAt.UTC(), Total: moneyView(h.Total), Seats: make([]Seat, len(h.Seats))}
	for i := range h.Seats {
		v.Seats[i] = seatView(h.Seats[i])
	}
	return v
}

// NewHold asks for places.
type NewHold struct {
	EventID  string     `json:"eventId" maxLength:"64" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Items    []WantItem `json:"items" minItems:"1" maxItems:"64" nullable:"false"`
	Together *bool      `json:"together,omitempty" doc:"Side by side; default true." example:"true"`
}

// WantItem asks for places of one ticket type: a quantity, best available, or named seats.
type WantItem struct {
	TicketTypeID string     `json:"ticketTypeId" maxLength:"64" example:"tkt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Quantity     *int       `json:"quantity,omitempty" minimum:"1" maximum:"64" doc:"How many, best available; or give seats." example:"2"`
	Seats        []WantSeat `json:"seats,omitempty" minItems:"1" maxItems:"64" nullable:"false" doc:"Which ones; or give quantity."`
}

// WantSeat names a place.
type WantSeat struct {
	SectionID string `json:"sectionId" maxLength:"64" example:"sec_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Row       string `json:"row,omitempty" maxLength:"32" example:"A"`
	Number    int    `json:"number" minimum:"1" maximum:"10000000" example:"12"`
}

func wanted(eventID string, items []WantItem, together *bool) booking.HoldRequest {
	r := booking.HoldRequest{EventID: eventID, Split: together != nil && !*together, Items: make([]booking.ItemRequest, len(items))}
	for i, item := range items {
		out := booking.ItemRequest{TicketTypeID: item.TicketTypeID}
		if item.Quantity != nil {
			out.Quantity = *item.Quantity
		}
		for _, s := range item.Seats {
			out.Seats = append(out.Seats, booking.SeatRequest(s))
		}
		r.Items[i] = out
	}
	return r
}

// checkItems finds items that ask for neither a quantity nor seats, or for both.
func checkItems(items []WantItem) error {
	for i, item := range items {
		if (item.Quantity == nil) == (len(item.Seats) == 0) {
			return invalid(at("body.items", i), "give either quantity or seats")
		}
	}
	return nil
}

var holdConflicts = []string{"soldOut", "allHeld", "notTogether", "seatTaken", "notOnSale", "limitReached"}

func (s *server) registerHolds(b Holds) {
	register(s, operation{
		id: "createHold", method: "POST", path: "/v1/holds", tag: tagBooking, summary: "Hold places",
		description: "Keeps places for some minutes. Together (the default) means side by side, where there are seats. " +
			"Same key and body while the hold lives: the same hold.",
		access: identity.SignedIn, status: 201, idempotent: true, conflicts: holdConflicts,
	},
		func(ctx context.Context, in *struct {
			IdempotencyKey
			Body body[NewHold]
		},
		) (*replied[Hold], error) {
			want := in.Body.Value
			if err := checkItems(want.Items); err != nil {
				return nil, err
			}
			r := wanted(want.EventID, want.Items, want.Together)
			r.Key, r.BodyHash = in.Key, hashOf(want)
			h, err := b.Hold(ctx, userOf(ctx), r)
			if err != nil {
				return nil, err
			}
			return &replied[Hold]{Status: 201, Location: "/v1/holds/" + h.Token, Body: holdView(h)}, nil
		})

	type input struct {
		Token string `path:"token" doc:"The hold's token."`
	}
	register(s, operation{id: "getHold", method: "GET", path: "/v1/holds/{token}", tag: tagBooking, summary: "Read a hold", access: identity.SignedIn},
		func(ctx context.Context, in *input) (*answer[Hold], error) {
			h, err := b.HeldBy(ctx, userOf(ctx), in.Token)
			return ok(holdView(h)), err
		})
	register(s, operation{
		id: "extendHold", method: "POST", path: "/v1/holds/{token}/extend", tag: tagBooking, summary: "Extend a hold",
		description: "Once, by its length.", access: identity.SignedIn, conflicts: []string{"holdLapsed", "holdUsed"},
	},
		func(ctx context.Context, in *input) (*answer[Hold], error) {
			h, err := b.ExtendHold(ctx, userOf(ctx), in.Token)
			return ok(holdView(h)), err
		})
	register(s, operation{
		id: "releaseHold", method: "DELETE", path: "/v1/holds/{token}", tag: tagBooking, summary: "Give a hold's places back",
		description: "Again: 204, too.", access: identity.SignedIn, status: 204, conflicts: []string{"holdUsed"},
	},
		func(ctx context.Context, in *input) (*struct{}, error) {
			return nil, b.ReleaseHold(ctx, userOf(ctx), in.Token)
		})
}
