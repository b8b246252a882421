package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// benchSearch measures a page of 20 found by a prefix, among few and among many events.
func benchSearch(b *testing.B, t *table) {
	words := strings.Fields("amber birch cedar delta ember fjord grove haven ivory jade karst lagoon maple north ocean pearl quartz river stone tide")
	for _, events := range []int{10_000, 100_000} {
		s := openStore(b)
		c := catalog.New(catalog.Deps{Store: s, Now: time.Now, NewID: func(prefix string) string { return id.New(prefix, time.Now()) }})
		venue := catalog.Location{
			ID: id.Derived(id.Location, "hall"), OrganisationID: "demo", Name: "Coliseu", City: "Lisboa", Country: "PT",
			TimeZone: "Europe/Lisbon", Halls: []catalog.Hall{{ID: id.Derived(id.Hall, "hall"), Name: "Hall", Version: 1}}, Version: 1,
		}
		if err := s.PutLocation(b.Context(), venue); err != nil {
			b.Fatal(err)
		}
		first := time.Now().AddDate(0, 1, 0).Truncate(time.Second).UTC()
		fill := make(chan int)
		done := make(chan error, 512)
		for range 512 {
			go func() {
				var failed error
				for n := range fill {
					if failed == nil {
						failed = index(s, c, n, words, first)
					}
				}
				done <- failed
			}()
		}
		for n := range events {
			fill <- n
		}
		close(fill)
		for range 512 {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		for _, q := range []string{"", "amb", "amber tid", "quartz river 77"} {
			var took []float64
			for range rounds * 20 {
				began := time.Now()
				if _, err := c.Search(b.Context(), catalog.Actor{}, catalog.Query{Q: q}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began).Seconds()*1e3)
			}
			t.row(fmt.Sprintf("search %q among %d events", q, events), fmt.Sprintf("%.2f ms", median(took)), "5 ms", median(took)/5, limit{atMost: 1})
		}
		_ = s.Close()
	}
}

// index stores the nth event and its entries, as its publication would.
func index(s *embedstore.Store, c *catalog.Service, n int, words []string, first time.Time) error {
	e := catalog.Event{
		ID: id.Derived(id.Event, fmt.Sprint("search ", n)), OrganisationID: "demo", Category: "concert", Status: catalog.Published,
		Name:       fmt.Sprintf("%s %s %d", words[n%len(words)], words[n/len(words)%len(words)], n%1000),
		LocationID: id.Derived(id.Location, "hall"), HallID: id.Derived(id.Hall, "hall"), StartsAt: first.Add(time.Duration(n) * time.Minute),
		TimeZone: "Europe/Lisbon", Place: message.PlaceV1{Name: "Coliseu", City: "Lisboa", Country: "PT", HallName: "Hall"}, Version: 1,
		Layout: []message.SectionV1{{ID: id.Derived(id.Section, "floor"), Name: "Floor", Kind: catalog.Standing, Capacity: 1000}},
	}
	if err := s.PutEvent(context.Background(), e); err != nil {
		return err
	}
	return c.ApplyEvent(context.Background(), message.EventStateV1{EventID: e.ID, Version: 1})
}
