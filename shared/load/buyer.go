package load

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// sale is the event that is bought from.
type sale struct {
	event string
	types []string // ticket types
	own   bool     // made for this run: nobody else buys from it
}

// sale finds the event, or makes a location with one: half of the places are seats, but no more than a request has room for; the others are on
// the floor.
func (c *Config) sale(ctx context.Context) (sale, error) {
	if c.EventID != "" {
		e, _, err := c.Client.Event(ctx, c.EventID)
		return saleOf(e, false), err
	}
	const row, rows = 50, 1000 // as many rows as a request has room for
	seats := apiclient.Section{Name: "Stalls", Kind: apiclient.Seated}
	for r := range min(rows, max(1, c.Places/2/row)) {
		seats.Rows = append(seats.Rows, apiclient.Row{Label: fmt.Sprint(r + 1), Seats: row})
	}
	floor := apiclient.Section{Name: "Floor", Kind: apiclient.Standing, Capacity: max(1, c.Places-len(seats.Rows)*row)}
	location, _, err := c.Client.CreateLocation(ctx, apiclient.Location{
		Name: "Load hall", Address: "1 Test Way", City: "Lisboa", Country: "PT",
		TimeZone: "Europe/Lisbon", Halls: []apiclient.Hall{{Name: "Hall", Sections: []apiclient.Section{seats, floor}}},
	})
	if err != nil {
		return sale{}, fmt.Errorf("make a location: %w", err)
	}
	hall := location.Halls[0]
	none := 0
	e, _, err := c.Client.CreateEvent(ctx, apiclient.NewEvent{
		Name: "Rush of " + time.Now().UTC().Format(time.DateTime), Category: "concert",
		LocationID: location.ID, HallID: hall.ID, StartsAt: time.Now().AddDate(0, 1, 0).UTC().Truncate(time.Second), PerPerson: &none,
		TicketTypes: []apiclient.TicketType{
			{Name: "Seat", Price: apiclient.Money{Amount: 4500, Currency: "EUR"}, SectionIDs: []string{hall.Sections[0].ID}},
			{Name: "Standing", Price: apiclient.Money{Amount: 3000, Currency: "EUR"}, SectionIDs: []string{hall.Sections[1].ID}},
		},
	})
	if err != nil {
		return sale{}, fmt.Errorf("make an event: %w", err)
	}
	if e, err = c.Client.PublishEvent(ctx, e.ID); err != nil {
		return sale{}, fmt.Errorf("publish the event: %w", err)
	}
	return saleOf(e, true), nil
}

func saleOf(e apiclient.Event, own bool) sale {
	s := sale{event: e.ID, own: own}
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
	acked  []apiclient.Booking
}

// What comes of a buyer, beside the codes of refusals.
const (
	booked      = "booked"
	settling    = "settling"    // recorded; confirmed or refunded within a minute
	turnedAway  = "turnedAway"  // came when Config.InFlight others were being served
	unreachable = "unreachable" // the answer was lost; the server may have sold
)

// buy tries once to hold and book a group of one to four, and returns what came of it.
func (b *buyer) buy(ctx context.Context, s sale, n int) string {
	key := fmt.Sprintf("load-%x-%d", b.run, n)
	together := false
	held, err := b.client.Hold(ctx, key, apiclient.HoldRequest{
		EventID: s.event, Together: &together,
		Items: []apiclient.Item{{TicketTypeID: s.types[n%len(s.types)], Quantity: 1 + n/len(s.types)%4}},
	})
	if err != nil {
		return codeOf(err)
	}
	order := apiclient.BookRequest{Hold: held.Token}
	if held.Total.Amount > 0 {
		order.Payment = &apiclient.Payment{Method: "test", Token: "ok"}
	}
	made, err := b.client.Book(ctx, key, order)
	switch {
	case err != nil:
		return codeOf(err)
	case made.Status != confirmed:
		return settling
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.acked = append(b.acked, made)
	return booked
}

// bookings returns all of a buyer's, by id.
func (b *buyer) bookings(ctx context.Context) (map[string]apiclient.Booking, error) {
	all := map[string]apiclient.Booking{}
	for cursor := ""; ; {
		var page apiclient.Page[apiclient.Booking]
		call := apiclient.Call{Method: http.MethodGet, Path: "/v1/bookings", Query: url.Values{"limit": {"100"}, "cursor": {cursor}}}
		if _, err := b.client.Do(ctx, call, &page); err != nil {
			return nil, fmt.Errorf("read a buyer's bookings: %w", err)
		}
		for _, k := range page.Items {
			all[k.ID] = k
		}
		if cursor = page.NextCursor; cursor == "" {
			return all, nil
		}
	}
}

func codeOf(err error) string {
	var p *apiclient.Problem
	if errors.As(err, &p) {
		if p.Code != "" {
			return p.Code
		}
		return fmt.Sprint("status", p.Status)
	}
	return unreachable
}
