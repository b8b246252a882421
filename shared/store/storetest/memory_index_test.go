package storetest_test

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/catalog"
)

// catalog.Index: the entries of a space by id. A right engine keeps one for each; a bug may keep more.

// examined is how many entries a search looks at.
const examined = 40

func (m *memory) space(space string) map[string][]catalog.Entry {
	if m.has("spaces-mix") {
		space = ""
	}
	if m.index[space] == nil {
		m.index[space] = map[string][]catalog.Entry{}
	}
	return m.index[space]
}

func (m *memory) PutEntry(ctx context.Context, space string, e catalog.Entry) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("index-lags-by-a-second") {
		m.late = append(m.late, lateEntry{at: time.Now().Add(time.Second), space: space, e: e})
		return nil
	}
	return m.putEntry(space, e)
}

// lateEntry is an entry that is not seen before a time.
type lateEntry struct {
	at    time.Time
	space string
	e     catalog.Entry
}

// catchUp lets the index see what it sees late.
func (m *memory) catchUp() error {
	for len(m.late) > 0 && !m.late[0].at.After(time.Now()) {
		if err := m.putEntry(m.late[0].space, m.late[0].e); err != nil {
			return err
		}
		m.late = m.late[1:]
	}
	return nil
}

func (m *memory) putEntry(space string, e catalog.Entry) error {
	entries := m.space(space)
	stored := entries[e.ID]
	if m.has("entries-are-not-atomic") {
		m.tear()
	}
	if m.has("versions-are-the-spaces") {
		for _, es := range entries {
			if es[0].Version > e.Version || es[0].Version == e.Version && es[0].ID < e.ID {
				return nil
			}
		}
	}
	if len(stored) > 0 && stored[0].Version >= e.Version && !m.has("older-entry-comes-back") &&
		!(m.has("entry-of-the-same-version-replaces") && stored[0].Version == e.Version) {
		return nil
	}
	e.Tokens = slices.Clone(e.Tokens)
	switch {
	case m.has("entry-keeps-old-tokens") && len(stored) > 0:
		e.Tokens = append(e.Tokens, stored[0].Tokens...)
	case m.has("entry-stays-where-it-was") && len(stored) > 0 && stored[0].Sort != e.Sort:
		entries[e.ID] = append([]catalog.Entry{e}, stored...)
		return nil
	case m.has("entry-without-tokens-is-forgotten") && len(e.Tokens) == 0:
		delete(entries, e.ID)
		return nil
	case m.has("entry-without-tokens-stays") && len(e.Tokens) == 0:
		return nil
	}
	entries[e.ID] = []catalog.Entry{e}
	return nil
}

// sorted returns a space's entries with a token, in order.
func (m *memory) sorted(space, token string) []catalog.Entry {
	var all []catalog.Entry
	for _, es := range m.space(space) {
		for _, e := range es {
			if m.hasToken(e, token) {
				all = append(all, e)
			}
		}
	}
	slices.SortFunc(all, func(a, b catalog.Entry) int {
		switch {
		case m.has("sort-key-and-id-are-joined"):
			return cmp.Compare(a.Sort+"#"+a.ID, b.Sort+"#"+b.ID)
		case m.has("sort-ignores-case"):
			return cmp.Or(cmp.Compare(strings.ToLower(a.Sort), strings.ToLower(b.Sort)), cmp.Compare(a.ID, b.ID))
		case m.has("ties-come-backwards"):
			return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(b.ID, a.ID))
		}
		return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (m *memory) hasToken(e catalog.Entry, token string) bool {
	return slices.ContainsFunc(e.Tokens, func(t string) bool {
		switch {
		case m.has("tokens-match-as-prefixes"):
			return strings.HasPrefix(t, token)
		case m.has("tokens-ignore-case"):
			return strings.EqualFold(t, token)
		case m.has("tokens-are-cut-to-20-bytes"):
			return t == token && len(t) <= 20
		}
		return t == token
	})
}

func (m *memory) Search(ctx context.Context, space string, tokens []string, after catalog.Position, before string, limit int) (catalog.Hits, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return catalog.Hits{}, err
	}
	defer unlock()
	if err := m.catchUp(); err != nil {
		return catalog.Hits{}, err
	}
	if len(m.space(space)) == 0 && m.has("nothing-reads-as-unknown") {
		return catalog.Hits{}, notFound(space)
	}
	hits, n := catalog.Hits{Next: after}, 0
	for _, e := range m.sorted(space, tokens[0]) {
		at := catalog.Position{Sort: e.Sort, ID: e.ID}
		late := compare(at, after)
		if m.has("cursor-knows-only-sort-keys") && after.ID != "" {
			late = cmp.Compare(e.Sort, after.Sort)
		}
		if late < 0 || late == 0 && !m.has("search-repeats-its-last") {
			continue
		}
		if before != "" && (e.Sort > before || e.Sort == before && !m.has("before-is-inclusive")) && !m.has("before-is-ignored") {
			break
		}
		if len(hits.Entries) == limit && !m.has("search-ignores-its-limit") || n == examined {
			hits.More = !m.has("search-gives-up-when-it-has-examined-enough") || n < examined
			if m.has("next-skips-one") {
				hits.Next = at
			}
			break
		}
		n++
		hits.Next = at
		if m.matches(e, tokens[1:]) {
			hits.Entries = append(hits.Entries, catalog.Entry{ID: e.ID, Sort: e.Sort, Version: e.Version})
		}
	}
	if m.has("next-is-the-last-found") && len(hits.Entries) > 0 {
		last := hits.Entries[len(hits.Entries)-1]
		hits.Next = catalog.Position{Sort: last.Sort, ID: last.ID}
	} else if m.has("next-is-the-last-found") {
		hits.Next = after
	}
	return hits, nil
}

func (m *memory) matches(e catalog.Entry, tokens []string) bool {
	for i, token := range tokens {
		if m.has("search-matches-any-token") || m.has("search-matches-two-tokens") && i > 0 {
			continue
		}
		if !m.hasToken(e, token) {
			return false
		}
	}
	return true
}

func compare(a, b catalog.Position) int {
	return cmp.Or(cmp.Compare(a.Sort, b.Sort), cmp.Compare(a.ID, b.ID))
}

func (m *memory) Count(ctx context.Context, space, token, from string, most int) (int, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return 0, err
	}
	defer unlock()
	if err := m.catchUp(); err != nil {
		return 0, err
	}
	n := 0
	for _, e := range m.sorted(space, token) {
		if (e.Sort > from || e.Sort == from && !m.has("count-excludes-its-start") || m.has("count-ignores-its-start")) &&
			(n < most || m.has("count-goes-on")) {
			n++
		}
	}
	return n, nil
}
