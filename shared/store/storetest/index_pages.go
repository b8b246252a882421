package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/myevents/myevents/shared/catalog"
)

func indexOrderFacts() []fact {
	return []fact{
		{name: "search-lists-by-sort-key-then-id", test: sortOrder},
		{name: "search-compares-sort-keys-bytewise", test: bytewise},
		{name: "search-starts-just-after-a-position", test: startsAfter},
		{name: "search-ends-before-a-sort-key", test: endsBefore},
	}
}

func indexPageFacts() []fact {
	return []fact{
		{name: "pages-of-any-size-give-the-same-list", test: pageSizes},
		{name: "pages-reach-rare-entries-among-many", test: rareEntries},
		{name: "pages-neither-repeat-nor-skip-under-inserts", test: pagesUnderInserts},
		{name: "pages-neither-repeat-nor-skip-beside-writers", test: pagesBesideWriters},
	}
}

// fill puts entries whose ids are their place in the order, in another order, from several callers.
func (e *env) fill(space string, ordered []catalog.Entry) []string {
	e.Helper()
	want := names(ordered)
	parallel(8, func(k int) {
		for i := len(ordered) - 1 - k; i >= 0; i -= 8 {
			if err := e.Catalog.PutEntry(e.Context(), space, ordered[i]); err != nil {
				e.Errorf("PutEntry %s: got %v, want nil", ordered[i].ID, err)
			}
		}
	})
	return want
}

func sortOrder(e *env) {
	var ordered []catalog.Entry
	for _, at := range [][2]string{
		{"2031-01-01T10:00:00Z", "evt_1"},
		{"2031-01-01T10:00:00Z", "evt_2"},
		{"2031-01-01T10:00:00Z", "evt_20"},
		{"2031-01-01T10:00:00Z", "evt_3"},
		{"2031-01-01T10:00:01Z", "evt_0"},
		{"2031-02-01T09:00:00Z", "evt_9"},
		{"2032-01-01T00:00:00Z", "evt_00"},
	} {
		ordered = append(ordered, catalog.Entry{Sort: at[0], ID: at[1], Version: 1, Tokens: []string{"all", "both"}})
	}
	want := e.fill(events, ordered)
	for limit := 1; limit < 9; limit++ {
		e.finds(query{space: events, tokens: []string{"all"}, limit: limit}, want...)
		e.finds(query{space: events, tokens: []string{"all", "both"}, limit: limit}, want...)
	}
}

// bytewise has keys that collations, joined keys and separators put into another order.
func bytewise(e *env) {
	sorts := []string{"", " ", "!", "#", "A", "B", "Z", "a", "a ", "a!", "a#", "a-b", "a/", "aa", "ab", "b", "z", "ä", "é", "ß", "東", "京京京", "🎪"}
	slices.Sort(sorts)
	var ordered []catalog.Entry
	for i, s := range sorts {
		for k, entry := range []string{"!", "x", "é"} {
			ordered = append(ordered, catalog.Entry{ID: fmt.Sprintf("%s%02d%d", entry, len(sorts)-i, k), Sort: s, Version: 1, Tokens: []string{"all"}})
		}
	}
	want := e.fill(catalog.SpaceLocations, ordered)
	for _, limit := range []int{1, 4, 100} {
		e.finds(query{space: catalog.SpaceLocations, tokens: []string{"all"}, limit: limit}, want...)
	}
}

func (e *env) week() []string {
	var ordered []catalog.Entry
	for i := range 14 {
		ordered = append(ordered, catalog.Entry{
			ID: fmt.Sprintf("e%02d", i), Sort: fmt.Sprintf("2031-01-%02d", i/2+1), Version: 1,
			Tokens: []string{"all", "both"},
		})
	}
	return e.fill(events, ordered)
}

func startsAfter(e *env) {
	want := e.week()
	for _, tokens := range [][]string{{"all"}, {"both", "all"}} {
		from := func(sort, id string) query {
			return query{space: events, tokens: tokens, after: catalog.Position{Sort: sort, ID: id}, limit: 5}
		}
		for i := range want {
			e.finds(from(fmt.Sprintf("2031-01-%02d", i/2+1), fmt.Sprintf("e%02d", i)), want[i+1:]...)
		}
		e.finds(from("2031-01-03", ""), want[4:]...)
		e.finds(from("2031-01-03", "e04a"), want[5:]...)
		e.finds(from("2031-01-03", "zzz"), want[6:]...)
		e.finds(from("2031-01-03T00", "e00"), want[6:]...)
		e.finds(from("2032", ""))
	}
}

func endsBefore(e *env) {
	want := e.week()
	for _, tokens := range [][]string{{"all"}, {"both", "all"}} {
		until := func(before string) query { return query{space: events, tokens: tokens, before: before, limit: 3} }
		e.finds(until("2031-01-01"))
		e.finds(until("2031-01-03"), want[:4]...)
		e.finds(until("2031-01-03T00"), want[:6]...)
		e.finds(until("2032"), want...)
		both := until("2031-01-05")
		both.after = catalog.Position{Sort: "2031-01-02", ID: "e02"}
		e.finds(both, want[3:8]...)
		both.after = catalog.Position{Sort: "2031-01-06"}
		e.finds(both)
	}
}

func pageSizes(e *env) {
	var ordered []catalog.Entry
	var odd []string
	for i := range 60 {
		n := catalog.Entry{ID: fmt.Sprintf("e%03d", i), Sort: fmt.Sprintf("s%d", i/7), Version: int64(i%3 + 1), Tokens: []string{"all", "also"}}
		if i%3 == 1 {
			n.Tokens = append(n.Tokens, "odd")
			odd = append(odd, names([]catalog.Entry{n})...)
		}
		ordered = append(ordered, n)
	}
	want := e.fill(events, ordered)
	for _, limit := range []int{1, 2, 7, 59, 60, 61, 1000} {
		e.finds(query{space: events, tokens: []string{"all"}, limit: limit}, want...)
		e.finds(query{space: events, tokens: []string{"all", "also"}, limit: limit}, want...)
		e.finds(query{space: events, tokens: []string{"also", "odd", "all"}, limit: limit}, odd...)
	}
}

// rareEntries asks for two tokens that are each on many entries and together on few: pages may be short or empty, but they
// must get there.
func rareEntries(e *env) {
	var ordered []catalog.Entry
	n := e.times(2400)
	for i := range n {
		tokens := []string{fmt.Sprint("half", i%2)}
		if i == n/2 || i >= n-2 {
			tokens = []string{"half0", "half1"}
		}
		ordered = append(ordered, catalog.Entry{ID: fmt.Sprintf("e%05d", i), Sort: fmt.Sprintf("s%05d", i/3), Version: 1, Tokens: tokens})
	}
	all := e.fill(events, ordered)
	want := []string{all[n/2], all[n-2], all[n-1]}
	e.finds(query{space: events, tokens: []string{"half0", "half1"}, limit: 50}, want...)
	e.finds(query{space: events, tokens: []string{"half1", "half0"}, limit: 1}, want...)
	late := query{space: events, tokens: []string{"half1", "half0"}, after: catalog.Position{Sort: ordered[n-2].Sort, ID: ordered[n-2].ID}, limit: 1}
	e.finds(late, want[2])
}

// steady fills the index with every other sort key, so that there is room between, and returns what must come in a page
// once, whatever else is put.
func (e *env) steady(n int) []string {
	e.Helper()
	var ordered []catalog.Entry
	for i := range n {
		ordered = append(ordered, catalog.Entry{
			ID: fmt.Sprintf("steady%03d", i), Sort: fmt.Sprintf("s%05d", i*10), Version: 1,
			Tokens: []string{"all", "both"},
		})
	}
	want := e.fill(events, ordered)
	e.finds(query{space: events, tokens: []string{"all", "both"}, limit: 100}, want...)
	return want
}

// once reports steady entries that did not come exactly once, and others that came twice.
func (e *env) once(found []catalog.Entry, steady []string) {
	e.Helper()
	times := map[string]int{}
	for _, n := range found {
		times[n.ID]++
		if times[n.ID] > 1 {
			e.Errorf("pages: got entry %s %d times, want once", n.ID, times[n.ID])
		}
	}
	for _, n := range steady {
		if times[n[:len("steady000")]] != 1 {
			e.Errorf("pages: got entry %s, which was there throughout, %d times, want once", n, times[n[:len("steady000")]])
		}
	}
}

// pagesUnderInserts puts entries before, just before, just behind and far behind the cursor after each page, and entries of
// one of the tokens alone, and rewrites some that were and some that were not yet seen.
func pagesUnderInserts(e *env) {
	const n = 60
	want := e.steady(n)
	for _, tokens := range [][]string{{"all"}, {"both", "all"}} {
		made := 0
		insert := func(sort string, tokens ...string) {
			made++
			e.put(events, fmt.Sprintf("new%s%04d", tokens[0], made), sort, 1, tokens...)
		}
		found := e.pages(query{space: events, tokens: tokens, limit: 7}, func(page catalog.Hits) {
			if made > 200 {
				return
			}
			at := page.Next.Sort
			insert("s00000", "all", "both")
			insert(at, "all", "both")
			insert(at+"0", "all", "both")
			insert(at+"1", "all")
			insert(at+"2", "both")
			insert("s99999", "all", "both")
		})
		e.once(found, want)
	}
	version := int64(1)
	found := e.pages(query{space: events, tokens: []string{"all", "both"}, limit: 7}, func(catalog.Hits) {
		if version++; version > 60 {
			return
		}
		for i := 0; i < n; i += 9 { // the same place, other tokens beside
			e.put(events, fmt.Sprintf("steady%03d", i), fmt.Sprintf("s%05d", i*10), version, "all", "both", fmt.Sprint("v", version))
		}
	})
	e.once(found, want)
}

// pagesBesideWriters pages while others write without pause.
func pagesBesideWriters(e *env) {
	want := e.steady(60)
	var stop atomic.Bool
	var wg sync.WaitGroup
	for w := range 3 {
		wg.Go(func() {
			for i := 0; i < 2000/e.scale && !stop.Load(); i++ {
				n := catalog.Entry{ID: fmt.Sprintf("w%d-%04d", w, i), Sort: fmt.Sprintf("s%05d", i*37%600), Version: 1, Tokens: []string{"all", "both"}}
				if i%2 == 1 { // and away again
					n = catalog.Entry{ID: fmt.Sprintf("w%d-%04d", w, i-1), Sort: n.Sort, Version: 2}
				}
				if err := e.Catalog.PutEntry(e.Context(), events, n); err != nil {
					e.Errorf("PutEntry beside a reader: got %v, want nil", err)
					return
				}
			}
		})
	}
	defer wg.Wait()
	defer stop.Store(true)
	for i := range 8 {
		tokens := [][]string{{"all"}, {"both", "all"}}[i%2]
		e.once(e.pages(query{space: events, tokens: tokens, limit: 5 + i}, nil), want)
	}
}
