package storetest

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/myevents/myevents/shared/catalog"
)

func indexFacts() []fact {
	return []fact{
		{name: "search-of-an-empty-index-finds-nothing", test: emptyIndex},
		{name: "search-needs-all-tokens", test: allTokens},
		{name: "search-compares-tokens-exactly", test: exactTokens},
		{name: "search-finds-unicode-tokens", test: unicodeTokens},
		{name: "search-keeps-spaces-apart", test: spacesApart},
		{name: "entry-of-a-newer-version-replaces-all-of-the-older", test: entryReplaced},
		{name: "entry-of-an-older-version-never-comes-back", test: entryStale},
		{name: "entry-without-tokens-disappears-for-good", test: entryGone},
		{name: "entry-that-moves-is-found-once", test: entryMoves},
		{name: "entry-written-in-any-order-at-once-ends-as-the-newest", test: entryRace},
		{name: "entries-written-at-once-are-all-found", test: entriesAtOnce},
		{name: "count-starts-at-a-key-and-stops-at-most", test: count},
	}
}

const (
	events = catalog.SpaceEvents
	mine   = catalog.SpaceMine
)

// query is a search that is paged to its end.
type query struct {
	space  string
	tokens []string
	after  catalog.Position
	before string
	limit  int
}

func search(tokens ...string) query { return query{space: events, tokens: tokens, limit: 100} }

func (q query) String() string {
	return fmt.Sprintf("Search %s %.60q after %.40q before %q, limit %d", q.space, q.tokens, q.after, q.before, q.limit)
}

func (e *env) put(space, entry, sort string, version int64, tokens ...string) {
	e.Helper()
	err := e.Catalog.PutEntry(e.Context(), space, catalog.Entry{ID: entry, Sort: sort, Version: version, Tokens: tokens})
	e.must(fmt.Sprintf("PutEntry %s %s version %d", space, entry, version), err)
}

// pages pages a search to its end and checks what every page promises. between is called after each page that is not the last.
func (e *env) pages(q query, between func(page catalog.Hits)) []catalog.Entry {
	e.Helper()
	var found []catalog.Entry
	for at, n := q.after, 0; ; n++ {
		hits, err := e.Catalog.Search(e.Context(), q.space, q.tokens, at, q.before, q.limit)
		e.must(q.String(), err)
		last := at
		for _, h := range hits.Entries {
			p := catalog.Position{Sort: h.Sort, ID: h.ID}
			if compare(p, last) <= 0 {
				e.Fatalf("%s: got %q after %q, want the order of (Sort, ID)", q, p, last)
			}
			if q.before != "" && h.Sort >= q.before {
				e.Errorf("%s: got %q, want only entries before", q, p)
			}
			last = p
		}
		if len(hits.Entries) > q.limit {
			e.Errorf("%s: got %d entries in a page, want at most %d", q, len(hits.Entries), q.limit)
		}
		found = append(found, hits.Entries...)
		if !hits.More {
			return found
		}
		if compare(hits.Next, last) < 0 || compare(hits.Next, at) <= 0 || n > 20_000 {
			e.Fatalf("%s: got Next %q with More after a page from %q to %q, want it to move on", q, hits.Next, at, last)
		}
		if between != nil {
			between(hits)
		}
		at = hits.Next
	}
}

func compare(a, b catalog.Position) int {
	if c := strings.Compare(a.Sort, b.Sort); c != 0 {
		return c
	}
	return strings.Compare(a.ID, b.ID)
}

// names returns entries as "id/version".
func names(entries []catalog.Entry) []string {
	s := make([]string, len(entries))
	for i, n := range entries {
		s[i] = fmt.Sprintf("%s/%d", n.ID, n.Version)
	}
	return s
}

// finds reports a search that, within the engine's lag, does not come to find exactly the entries, in order.
func (e *env) finds(q query, want ...string) {
	e.Helper()
	if want == nil {
		want = []string{}
	}
	e.eventually(q.String(), func() string { return differ(names(e.pages(q, nil)), want) })
}

func emptyIndex(e *env) {
	e.finds(search("music"))
	e.finds(search("music", "berlin"))
	e.counts(events, "music", "", 10, 0)
}

func allTokens(e *env) {
	e.put(events, "a", "1", 1, "music", "berlin", "rock")
	e.put(events, "b", "2", 1, "music", "berlin")
	e.put(events, "c", "3", 1, "music")
	e.put(events, "d", "4", 1, "berlin", "rock")
	e.finds(search("music"), "a/1", "b/1", "c/1")
	e.finds(search("music", "berlin"), "a/1", "b/1")
	e.finds(search("berlin", "music"), "a/1", "b/1")
	for _, three := range [][]string{{"rock", "music", "berlin"}, {"rock", "berlin", "music"}, {"music", "berlin", "rock"}, {"berlin", "rock", "music"}} {
		e.finds(search(three...), "a/1")
	}
	e.finds(search("rock", "rock"), "a/1", "d/1")
	e.finds(search("music", "unknown"))
	e.finds(search("unknown", "music"))
	e.finds(search("unknown"))
}

func exactTokens(e *env) {
	for i, token := range []string{"mam", "mama", "mamma", "Mamma", "mamma ", "mam%", "ma_ma", "cat:mamma", "cat", "geo#u33"} {
		e.put(events, string(rune('a'+i)), "1", 1, token, "all")
	}
	e.finds(search("mam"), "a/1")
	e.finds(search("mamma"), "c/1")
	e.finds(search("Mamma"), "d/1")
	e.finds(search("mam%"), "f/1")
	e.finds(search("ma_ma"), "g/1")
	e.finds(search("m"))
	e.finds(search("cat"), "i/1")
	e.finds(search("cat:mamma"), "h/1")
	e.finds(search("cat:"))
	e.finds(search("geo#u33", "all"), "j/1")
	e.finds(search("geo"))
}

func unicodeTokens(e *env) {
	tokens := []string{"東京", "東", "é", "e\u0301", "straße", "🎪", "ﷺ", "'; drop table entries; --", "a\"b\\c", strings.Repeat("ß", 60)}
	for i, token := range tokens {
		e.put(events, fmt.Sprint("e", i), fmt.Sprint(i), 1, token, "all")
	}
	for i, token := range tokens {
		e.finds(search(token), fmt.Sprintf("e%d/1", i))
		e.finds(search("all", token), fmt.Sprintf("e%d/1", i))
		e.counts(events, token, "", 10, 1)
	}
}

func spacesApart(e *env) {
	e.put(events, "a", "1", 5, "music")
	e.put(mine, "a", "2", 3, "music", "org")
	e.put(catalog.SpaceLocations, "b", "1", 1, "music")
	e.finds(search("music"), "a/5")
	e.finds(query{space: mine, tokens: []string{"music"}, limit: 9}, "a/3")
	e.finds(query{space: mine, tokens: []string{"music", "org"}, limit: 9}, "a/3")
	e.finds(query{space: catalog.SpaceLocations, tokens: []string{"music"}, limit: 9}, "b/1")
	e.put(events, "a", "1", 6)
	e.finds(search("music"))
	e.finds(query{space: mine, tokens: []string{"music"}, limit: 9}, "a/3")
	e.counts(mine, "music", "", 10, 1)
	e.counts(events, "music", "", 10, 0)
	e.counts(events, "org", "", 10, 0)
}

func entryReplaced(e *env) {
	e.put(events, "a", "1", 1, "music", "berlin", "rock")
	e.put(events, "b", "1", 1, "music")
	e.put(events, "a", "1", 2, "music", "paris")
	e.finds(search("music"), "a/2", "b/1")
	e.finds(search("paris", "music"), "a/2")
	for _, old := range []string{"berlin", "rock"} {
		e.finds(search(old))
		e.finds(search("music", old))
		e.counts(events, old, "", 10, 0)
	}
	e.put(events, "a", "1", 9, "berlin")
	e.finds(search("berlin"), "a/9")
	e.finds(search("music"), "b/1")
	e.put(events, "a", "1", 9, "berlin")
	e.finds(search("berlin"), "a/9")
}

func entryStale(e *env) {
	e.put(events, "a", "1", 5, "new")
	e.put(events, "a", "2", 4, "old", "new")
	e.put(events, "a", "3", 5, "same", "new")
	e.put(events, "a", "4", 1)
	e.finds(search("new"), "a/5")
	e.finds(search("old"))
	e.finds(search("same"))
	e.counts(events, "new", "", 10, 1)
	e.counts(events, "new", "2", 10, 0)
}

func entryGone(e *env) {
	e.put(events, "a", "1", 1, "music")
	e.put(events, "a", "1", 3)
	e.finds(search("music"))
	e.put(events, "a", "1", 2, "music", "late")
	e.put(events, "a", "1", 3, "music", "late")
	e.finds(search("music"))
	e.finds(search("late"))
	e.counts(events, "music", "", 10, 0)
	e.put(events, "a", "1", 4, "music")
	e.finds(search("music"), "a/4")
	e.put(events, "b", "1", 2) // never seen with tokens, but its version counts
	e.put(events, "b", "1", 1, "music")
	e.finds(search("music"), "a/4")
}

func entryMoves(e *env) {
	e.put(events, "a", "2031-01-01", 1, "music", "berlin")
	e.put(events, "b", "2031-02-01", 1, "music", "berlin")
	e.put(events, "a", "2031-03-01", 2, "music", "berlin")
	e.finds(search("music"), "b/1", "a/2")
	e.finds(search("music", "berlin"), "b/1", "a/2")
	early := search("music")
	early.before = "2031-02-01"
	e.finds(early)
	e.counts(events, "music", "2031-02-15", 10, 1)
	e.counts(events, "music", "", 10, 2)
}

// entryRace writes 48 versions of one entry from 16 callers, in no order, each with a token and a sort key of its own.
func entryRace(e *env) {
	for round := range max(2, e.times(16)/4) {
		common, entry := fmt.Sprint("common", round), fmt.Sprint("entry", round)
		token := func(version int64) string { return fmt.Sprintf("r%dv%d", round, version) }
		parallel(16, func(i int) {
			for k := range 3 {
				version := int64(1 + (i*3+k)*29%48)
				err := e.Catalog.PutEntry(e.Context(), events, catalog.Entry{
					ID: entry, Sort: fmt.Sprint("s", version), Version: version,
					Tokens: []string{common, token(version)},
				})
				if err != nil {
					e.Errorf("PutEntry version %d among others: got %v, want nil", version, err)
				}
			}
		})
		e.finds(search(common), entry+"/48")
		for version := int64(1); version < 48; version++ {
			e.finds(search(token(version)))
		}
		e.finds(search(common, token(48)), entry+"/48")
		e.counts(events, common, "", 100, 1)
	}
}

func entriesAtOnce(e *env) {
	var want []string
	for i := range callers {
		want = append(want, fmt.Sprintf("e%02d/2", i))
	}
	parallel(callers, func(i int) {
		for version := int64(1); version < 3; version++ {
			err := e.Catalog.PutEntry(e.Context(), events, catalog.Entry{
				ID: fmt.Sprintf("e%02d", i), Sort: "s", Version: version,
				Tokens: []string{"all", fmt.Sprint("parity", i%2), fmt.Sprint("v", version)},
			})
			if err != nil {
				e.Errorf("PutEntry beside others: got %v, want nil", err)
			}
		}
	})
	e.finds(search("all"), want...)
	e.finds(search("v2", "all"), want...)
	e.finds(search("v1"))
	odd := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return s[2]%2 == 0 })
	e.finds(search("all", "parity1"), odd...)
}

func (e *env) counts(space, token, from string, most, want int) {
	e.Helper()
	call := fmt.Sprintf("Count %s %q from %q, at most %d", space, token, from, most)
	e.eventually(call, func() string {
		got, err := e.Catalog.Count(e.Context(), space, token, from, most)
		return differs(got, want, err)
	})
}

func count(e *env) {
	for i := range 20 {
		e.put(events, fmt.Sprintf("e%02d", i), fmt.Sprintf("2031-01-%02d", i/2+1), 1, "music", fmt.Sprint("third", i%3))
	}
	e.put(mine, "e01", "2031-01-01", 1, "music")
	e.counts(events, "music", "", 1000, 20)
	e.counts(events, "music", "", 20, 20)
	e.counts(events, "music", "", 7, 7)
	e.counts(events, "music", "", 1, 1)
	e.counts(events, "music", "2031-01-09", 1000, 4)
	e.counts(events, "music", "2031-01-09T00:00", 1000, 2)
	e.counts(events, "music", "2031-01-10", 1, 1)
	e.counts(events, "music", "2032", 1000, 0)
	e.counts(events, "third0", "", math.MaxInt32, 7)
	e.counts(events, "third0", "2031-01-08", 1000, 2)
	e.counts(events, "unknown", "", 1000, 0)
	e.counts(mine, "music", "", 1000, 1)
}
