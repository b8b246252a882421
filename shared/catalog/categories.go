package catalog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// Category is a kind of event with how many are to come.
type Category struct {
	ID    string
	Name  string // English
	Count int    // published events from now on; countMost: that many or more
}

// categories are the kinds of event.
var categories = [...]Category{
	{ID: "concert", Name: "Concert"},
	{ID: "carnival", Name: "Carnival"},
	{ID: "circus", Name: "Circus"},
	{ID: "theatre", Name: "Theatre"},
	{ID: "opera", Name: "Opera"},
	{ID: "musical", Name: "Musical"},
	{ID: "festival", Name: "Festival"},
	{ID: "sport", Name: "Sport"},
	{ID: "conference", Name: "Conference"},
	{ID: "exhibition", Name: "Exhibition"},
	{ID: "other", Name: "Other"},
}

func isCategory(v string) bool {
	return slices.ContainsFunc(categories[:], func(c Category) bool { return c.ID == v })
}

func categoryIDs() string {
	ids := make([]string, len(categories))
	for i, c := range categories {
		ids[i] = c.ID
	}
	return strings.Join(ids, ", ")
}

// Counts are kept for countLife, but no longer than countPause once this process changed what is to be counted.
const (
	countLife  = 5 * time.Second
	countPause = time.Second
	countMost  = 100_000
)

type counts struct {
	mu      sync.Mutex
	at      time.Time
	list    []Category
	changed bool
}

func (c *counts) change() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed = true
}

// Categories returns every category with how many published events are to come, as of a few seconds ago.
func (s *Service) Categories(ctx context.Context) ([]Category, error) {
	s.count.mu.Lock() // held while counting: who comes meanwhile wants the same answer
	defer s.count.mu.Unlock()
	now := s.now()
	age := now.Sub(s.count.at)
	if s.count.list != nil && age < countLife && (!s.count.changed || age < countPause) {
		return slices.Clone(s.count.list), nil
	}
	list := slices.Clone(categories[:])
	for i := range list {
		n, err := s.d.Store.Count(ctx, SpaceEvents, tokenCategory+list[i].ID, sortKey(now), countMost)
		if err != nil {
			return nil, fmt.Errorf("count events of category %s: %w", list[i].ID, err)
		}
		list[i].Count = n
	}
	s.count.list, s.count.at, s.count.changed = list, now, false
	return slices.Clone(list), nil
}
