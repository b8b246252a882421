package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// sale is the event that is bought from.
type sale struct {
	event    string
	types    []string // ticket types
	currency string
	places   int // 0: not known
}

// sale finds the event, or makes a location with one: half of the places are seats, half are on the floor.
func (c *Config) sale(ctx context.Context) (sale, error) {
	if c.EventID != "" {
		e, _, err := c.Client.Event(ctx, c.EventID)
		return saleOf(e, 0), err
	}
	const row = 50
	seats := apiclient.Section{Name: "Stalls", Kind: apiclient.Seated}
	for r := range max(1, c.Places/2/row) {
		seats.Rows = append(seats.Rows, apiclient.Row{Label: fmt.Sprint(r + 1), Seats: row})
	}
	floor := apiclient.Section{Name: "Floor", Kind: apiclient.Standing, Capacity: max(1, c.Places-len(seats.Rows)*row)}
	location, _, err := c.Client.CreateLocation(ctx, apiclient.Location{Name: "Load hall", Address: "1 Test Way", City: "Lisboa", Country: "PT",
		TimeZone: "Europe/Lisbon", Halls: []apiclient.Hall{{Name: "Hall", Sections: []apiclient.Section{seats, floor}}}})
	if err != nil {
		return sale{}, fmt.Errorf("make a location: %w", err)
	}
	hall := location.Halls[0]
	none := 0
	e, _, err := c.Client.CreateEvent(ctx, apiclient.NewEvent{Name: "Rush of " + time.Now().UTC().Format(time.DateTime), Category: "concert",
		LocationID: location.ID, HallID: hall.ID, StartsAt: time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second), PerPerson: &none,
		TicketTypes: []apiclient.TicketType{
			{Name: "Seat", Price: apiclient.Money{Amount: 4500, Currency: "EUR"}, SectionIDs: []string{hall.Sections[0].ID}},
			{Name: "Standing", Price: apiclient.Money{Amount: 3000, Currency: "EUR"}, SectionIDs: []string{hall.Sections[1].ID}}}})
	if err != nil {
		return sale{}, fmt.Errorf("make an event: %w", err)
	}
	if e, err = c.Client.PublishEvent(ctx, e.ID); err != nil {
		return sale{}, fmt.Errorf("publish the event: %w", err)
	}
	return saleOf(e, len(seats.Rows)*row+floor.Capacity), nil
}

func saleOf(e apiclient.Event, places int) sale {
	s := sale{event: e.ID, places: places}
	for _, t := range e.TicketTypes {
		s.types = append(s.types, t.ID)
	}
	return s
}

// buyer is a person, with what the server told them is theirs.
type buyer struct {
	client *apiclient.Client
	run    uint64 // tells the keys of this run from others'
	mu     sync.Mutex
	acked  []booking
}

// booking is what the audit reads of one.
type booking struct {
	ID      string `json:"id"`
	EventID string `json:"eventId"`
	Status  string `json:"status"`
	Tickets []struct {
		Status string `json:"status"`
		Seat   struct {
			SectionID string `json:"sectionId"`
			Row       string `json:"row"`
			Number    int    `json:"number"`
		} `json:"seat"`
	} `json:"tickets"`
}

type object = map[string]any

// buy tries once to hold and book a group of one to four, and returns what came of it: "booked", "settling", or the
// refusal's code.
func (b *buyer) buy(ctx context.Context, s sale, n int) string {
	key := fmt.Sprintf("load-%x-%d", b.run, n)
	var held struct {
		Token string `json:"token"`
		Total struct {
			Amount int64 `json:"amount"`
		} `json:"total"`
	}
	ask := object{"eventId": s.event, "together": false, "items": []object{{"ticketTypeId": s.types[n%len(s.types)], "quantity": 1 + n/len(s.types)%4}}}
	if _, err := b.client.Do(ctx, apiclient.Call{Method: http.MethodPost, Path: "/v1/holds", Body: ask, IdempotencyKey: key}, &held); err != nil {
		return codeOf(err)
	}
	order := object{"hold": held.Token}
	if held.Total.Amount > 0 {
		order["payment"] = object{"method": "test", "token": "ok"}
	}
	var made booking
	answer, err := b.client.Do(ctx, apiclient.Call{Method: http.MethodPost, Path: "/v1/bookings", Body: order, IdempotencyKey: key}, &made)
	switch {
	case err != nil:
		return codeOf(err)
	case answer.Status == http.StatusAccepted:
		return "settling"
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acked = append(b.acked, made)
	return "booked"
}

func codeOf(err error) string {
	var p *apiclient.Problem
	if errors.As(err, &p) {
		if p.Code != "" {
			return p.Code
		}
		return fmt.Sprint("status", p.Status)
	}
	return "unreachable"
}
