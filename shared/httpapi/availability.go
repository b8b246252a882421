package httpapi

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/identity"
)

// Places is what the API needs to show what is free.
type Places interface {
	Availability(ctx context.Context, eventID string) (booking.Availability, error)
	Seats(ctx context.Context, eventID, sectionID string) ([]booking.SeatRow, error)
}

// Availability counts an event's places, at most 2 s ago.
type Availability struct {
	EventID  string         `json:"eventId"`
	AsOf     time.Time      `json:"asOf"`
	Sections []SectionCount `json:"sections" nullable:"false"`
}

// SectionCount counts a section's places.
type SectionCount struct {
	SectionID string `json:"sectionId"`
	Total     int    `json:"total"`
	Sold      int    `json:"sold"`
	Held      int    `json:"held"`
	Free      int    `json:"free"`
}

// SeatMap is the seats of a section.
type SeatMap struct {
	Rows []SeatRow `json:"rows" nullable:"false"`
}

// SeatRow is a row of seats.
type SeatRow struct {
	Label string      `json:"label"`
	Seats []SeatState `json:"seats" nullable:"false"`
}

// SeatState is a seat as it is now.
type SeatState struct {
	Number     int    `json:"number"`
	State      string `json:"state" enum:"free,held,sold,withheld"`
	Accessible bool   `json:"accessible,omitempty"`
}

func (s *server) registerAvailability(b Places) {
	register(s, operation{
		id: "getAvailability", method: "GET", path: "/v1/events/{eventId}/availability", tag: tagEvents,
		summary: "How many places are free", description: "At most 2 s old. 404 until inventory is open, which is within 2 s of publishing.",
		access: identity.Anyone, public: true,
	},
		func(ctx context.Context, in *struct {
			EventID string `path:"eventId" doc:"The event's id."`
		},
		) (*answer[Availability], error) {
			a, err := b.Availability(ctx, in.EventID)
			if err != nil {
				return nil, err
			}
			v := Availability{EventID: a.EventID, AsOf: a.AsOf.UTC(), Sections: make([]SectionCount, len(a.Sections))}
			for i, c := range a.Sections {
				v.Sections[i] = SectionCount(c)
			}
			return ok(v), nil
		})
	register(s, operation{
		id: "getSeats", method: "GET", path: "/v1/events/{eventId}/seats", tag: tagEvents,
		summary: "The seats of a section", description: "422 for a standing section.", access: identity.Anyone, public: true,
	},
		func(ctx context.Context, in *struct {
			EventID string `path:"eventId" doc:"The event's id."`
			Section string `query:"section" required:"true" maxLength:"64" doc:"The section's id." example:"sec_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
		},
		) (*answer[SeatMap], error) {
			rows, err := b.Seats(ctx, in.EventID, in.Section)
			if err != nil {
				return nil, err
			}
			v := SeatMap{Rows: make([]SeatRow, len(rows))}
			for i, r := range rows {
				v.Rows[i] = SeatRow{Label: r.Label, Seats: make([]SeatState, len(r.Seats))}
				for j, seat := range r.Seats {
					v.Rows[i].Seats[j] = SeatState(seat)
				}
			}
			return ok(v), nil
		})
}
