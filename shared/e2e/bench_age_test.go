package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"
)

// benchAge measures for how long the pages go on offering an event whose last place was sold: what they answer must not be
// older than 2 s, however little they read for it.
func benchAge(b *testing.B, t *table) {
	s := start(b, b.TempDir())
	organiser, buyer := s.token("organiser@age.example", "organiser"), s.token("buyer@age.example", "attendee")
	pages := []struct {
		name string
		says func(event string) bool // that nothing is left
		took []float64
	}{
		{name: "the event page", says: func(event string) bool {
			return into[struct{ Availability string }](b, s.must(200, "GET", "/v1/events/"+event, "", nil)).Availability == "soldOut"
		}},
		{name: "the availability", says: func(event string) bool {
			for _, section := range into[struct{ Sections []struct{ Free int } }](b, s.must(200, "GET", "/v1/events/"+event+"/availability", "", nil)).Sections {
				if section.Free > 0 {
					return false
				}
			}
			return true
		}},
	}
	for round := range rounds {
		event := s.putOnSale(organiser, 1, 2, 6, nil)
		s.eventually(10*time.Second, "an event on sale", func() bool {
			a, err := s.call(context.Background(), "GET", "/v1/events/"+event.event+"/availability", "", nil)
			return err == nil && a.status == 200
		})
		var sold time.Time
		for i, order := range []object{{"ticketTypeId": event.seats, "quantity": 2}, {"ticketTypeId": event.floor, "quantity": 6}} {
			key := fmt.Sprintf("age-%d-%d", round, i)
			s.must(201, "POST", "/v1/bookings", buyer, object{
				"eventId": event.event, "items": list{order},
				"payment": object{"method": "test", "token": "ok"},
			}, "Idempotency-Key", key)
			sold = time.Now()
			for _, page := range pages { // a page that was just read is the one that may be kept
				page.says(event.event)
			}
		}
		seen := make([]float64, len(pages))
		s.eventually(time.Minute, "a page that says so", func() bool {
			for i, page := range pages {
				if seen[i] == 0 && page.says(event.event) {
					seen[i] = time.Since(sold).Seconds()
				}
			}
			return !slices.Contains(seen, 0)
		})
		for i := range pages {
			pages[i].took = append(pages[i].took, seen[i])
		}
	}
	for _, page := range pages {
		longest := slices.Max(page.took)
		t.row("how old "+page.name+" is: the longest of "+fmt.Sprint(rounds), fmt.Sprintf("%.1f s (median %.1f s)", longest, median(page.took)), "2 s",
			longest/2, limit{atMost: 1})
	}
}
