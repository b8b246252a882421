package catalog_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
)

// BenchmarkService_Search answers pages out of 8,800 events at 205 locations.
func BenchmarkService_Search(b *testing.B) {
	w := newWorld(b)
	var locations []catalog.Location
	for i := range 205 {
		locations = append(locations, w.at(fmt.Sprintf("Venue %d", i), fmt.Sprintf("City %d", i%100), "US", "America/New_York",
			25+float64(i%20), -120+float64(i%50)))
	}
	shows := []string{"Mamma Mia!", "The Phantom of the Opera", "Chicago", "Wicked", "The Lion King", "Carmen", "Jersey Boys", "Spamalot"}
	const events = 8_800
	begin := time.Now()
	var wg sync.WaitGroup
	for worker := range 32 {
		wg.Go(func() {
			for i := worker; i < events; i += 32 {
				l := locations[i%len(locations)]
				n := concert(l, start.Add(time.Duration(i/len(locations)+1)*200*time.Hour+time.Duration(i)*time.Minute))
				n.Name = fmt.Sprintf("%s %d", shows[i%len(shows)], i%300)
				w.published(n)
			}
		})
	}
	wg.Wait()
	b.Logf("created and published %d events in %v", events, time.Since(begin).Round(time.Millisecond))
	for _, bc := range []struct {
		name  string
		actor catalog.Actor
		query catalog.Query
	}{
		{"listing", nobody, catalog.Query{}},
		{"words", nobody, catalog.Query{Q: "mamma mi"}},
		{"rare-word", nobody, catalog.Query{Q: "spamalot 29"}},
		{"nothing", nobody, catalog.Query{Q: "mamma carmen"}},
		{"near", nobody, catalog.Query{Near: "30,-110", RadiusKm: 300}},
		{"near-far", nobody, catalog.Query{Near: "30,-100", RadiusKm: 2000}},
		{"price-of-none", nobody, catalog.Query{PriceMax: ptr(int64(1))}},
		{"dates", nobody, catalog.Query{From: "2027-06-01", To: "2027-06-30", City: "city 7"}},
		{"mine", alice, catalog.Query{Mine: true, Q: "wick"}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := w.Search(b.Context(), bc.actor, bc.query); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("categories", func(b *testing.B) {
		for b.Loop() {
			w.advance(6 * time.Second)
			if _, err := w.Categories(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
