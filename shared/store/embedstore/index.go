package embedstore

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
)

// PutEntry indexes a thing; see catalog.Index. The thing's version is kept once, not in each of its tokens' rows, so that
// a new version that reads the same writes one row.
func (s *Store) PutEntry(ctx context.Context, space string, e catalog.Entry) error {
	tokens := slices.Clone(e.Tokens)
	slices.Sort(tokens)
	tokens = slices.Compact(tokens)
	doc, err := json.Marshal(tokens)
	if err != nil {
		return fault.Wrap(fault.Invalid, "the entry cannot be stored", err)
	}
	err = s.apply(ctx, func(t *tx) error {
		old, found, err := t.indexed(space, e.ID)
		if err != nil || found && old.Version >= e.Version {
			return err
		}
		if err := t.run("INSERT INTO catalog_indexed (space, id, version, sort, tokens) VALUES (?, ?, ?, ?, ?) "+
			"ON CONFLICT (space, id) DO UPDATE SET version = excluded.version, sort = excluded.sort, tokens = excluded.tokens",
			text(space), text(e.ID), integer(e.Version), text(e.Sort), textBytes(doc)); err != nil {
			return err
		}
		moved := old.Sort != e.Sort
		for _, token := range old.Tokens {
			if _, stays := slices.BinarySearch(tokens, token); moved || !stays {
				if err := t.run("DELETE FROM catalog_entries WHERE space = ? AND token = ? AND sort = ? AND id = ?",
					text(space), text(token), text(old.Sort), text(e.ID)); err != nil {
					return err
				}
			}
		}
		for _, token := range tokens {
			if _, was := slices.BinarySearch(old.Tokens, token); moved || !was {
				if err := t.run("INSERT INTO catalog_entries (space, token, sort, id) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
					text(space), text(token), text(e.Sort), text(e.ID)); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("index %s %s: %w", space, e.ID, err)
	}
	return nil
}

// indexed returns what a thing is indexed as; its tokens are sorted.
func (t *tx) indexed(space, id string) (e catalog.Entry, found bool, err error) {
	st, err := t.c.first("SELECT version, sort, tokens FROM catalog_indexed WHERE space = ? AND id = ?", text(space), text(id))
	if st == nil {
		return e, false, err
	}
	defer st.reset()
	e = catalog.Entry{ID: id, Version: st.int(0), Sort: st.string(1)}
	if e.Tokens, err = decode[[]string](st.raw(2)); err != nil {
		return e, false, err
	}
	return e, true, nil
}

// maxSeeks is how many entries a search looks at before it gives what it has.
const maxSeeks = 2000

// Search finds things by tokens; see catalog.Index. It walks all tokens' lists at once: each says where its next entry at
// or after the candidate is, the farthest becomes the candidate, and where all agree it is a hit. So the rarest token
// sets the pace without anybody having counted.
func (s *Store) Search(ctx context.Context, space string, tokens []string, after catalog.Position, before string, limit int) (catalog.Hits, error) {
	var hits catalog.Hits
	if len(tokens) == 0 || limit <= 0 {
		return hits, fault.New(fault.Internal, "", "a search without tokens or without limit")
	}
	tokens = slices.Compact(slices.Sorted(slices.Values(tokens)))
	err := s.atOnce(ctx, 2*len(tokens), func(c *conn) (err error) {
		hits = catalog.Hits{}
		if len(tokens) == 1 {
			err = scan(c, &hits, space, tokens[0], after, before, limit)
		} else {
			err = walk(c, &hits, space, tokens, after, before, limit)
		}
		return err
	})
	if err != nil {
		return catalog.Hits{}, fmt.Errorf("search %s %q: %w", space, tokens, err)
	}
	return hits, nil
}

// scan lists one token's entries.
func scan(c *conn, hits *catalog.Hits, space, token string, after catalog.Position, before string, limit int) error {
	hits.Next = after
	err := c.query("SELECT e.sort, e.id, i.version FROM catalog_entries e JOIN catalog_indexed i ON i.space = e.space AND i.id = e.id "+
		"WHERE e.space = ? AND e.token = ? AND (e.sort, e.id) > (?, ?) ORDER BY e.sort, e.id LIMIT ?", func(st *stmt) bool {
		e := catalog.Entry{Sort: st.string(0), ID: st.string(1), Version: st.int(2)}
		if before != "" && e.Sort >= before {
			return false
		}
		if len(hits.Entries) == limit {
			hits.More = true
			return false
		}
		hits.Entries = append(hits.Entries, e)
		hits.Next = catalog.Position{Sort: e.Sort, ID: e.ID}
		return true
	}, text(space), text(token), text(after.Sort), text(after.ID), integer(int64(limit)+1))
	return err
}

// walk lists the entries that several tokens have in common.
func walk(c *conn, hits *catalog.Hits, space string, tokens []string, after catalog.Position, before string, limit int) error {
	hits.Next = after
	at, op := after, ">" // the candidate is the first entry after, later at or after, this position
	agreed := 0          // how many tokens in a row have the entry at the position
	for seeks, i := 0, 0; ; seeks, i = seeks+1, (i+1)%len(tokens) {
		if seeks >= maxSeeks || len(hits.Entries) == limit {
			hits.More = true
			return nil
		}
		st, err := c.first("SELECT sort, id FROM catalog_entries WHERE space = ? AND token = ? AND (sort, id) "+op+" (?, ?) "+
			"ORDER BY sort, id LIMIT 1", text(space), text(tokens[i]), text(at.Sort), text(at.ID))
		if st == nil {
			return err // the end of one list is the end of the search
		}
		next := catalog.Position{Sort: st.string(0), ID: st.string(1)}
		st.reset()
		if before != "" && next.Sort >= before {
			return nil
		}
		if op == ">=" && next == at {
			agreed++
		} else {
			// Nothing before next has all tokens.
			if op == ">=" {
				hits.Next = at
			}
			at, op, agreed = next, ">=", 1
		}
		if agreed < len(tokens) {
			continue
		}
		version, err := c.number("SELECT version FROM catalog_indexed WHERE space = ? AND id = ?", text(space), text(at.ID))
		if err != nil {
			return err
		}
		hits.Entries = append(hits.Entries, catalog.Entry{ID: at.ID, Sort: at.Sort, Version: version})
		hits.Next, op, agreed = at, ">", 0
	}
}

// Count counts a token's entries; see catalog.Index.
func (s *Store) Count(ctx context.Context, space, token, from string, most int) (n int, err error) {
	err = s.read(ctx, func(c *conn) error {
		got, err := c.number("SELECT count(*) FROM (SELECT 1 FROM catalog_entries WHERE space = ? AND token = ? AND sort >= ? LIMIT ?)",
			text(space), text(token), text(from), integer(int64(most)))
		n = int(got)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("count %s %q: %w", space, token, err)
	}
	return n, nil
}
