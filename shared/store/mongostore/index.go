package mongostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
)

// An entry is one document: its version, its key (sort key and id) and its tokens, each with the space before it. An index
// over token and key lists every token's entries in order; what moves, moves in one write.

// separator stands between sort key and id, below every character of both, so that keys are in the order of the pair.
const separator = "\x01"

func entryKey(sort, id string) string   { return sort + separator + id }
func entryID(space, id string) string   { return space + "#" + id }
func spaced(space, token string) string { return space + "#" + token }

const (
	// maxExamined is how many entries a search examines before it gives what it has.
	maxExamined = 400
	// probed is how many tokens a search looks at to find the rarest, and probeDepth how far it looks.
	probed     = 4
	probeDepth = 4
)

// PutEntry indexes a thing; see catalog.Index.
func (s *Store) PutEntry(ctx context.Context, space string, e catalog.Entry) error {
	err := checkEntry(space, e)
	if err == nil {
		err = s.putEntry(ctx, space, e)
	}
	if err != nil {
		return fmt.Errorf("index %s %s: %w", space, e.ID, err)
	}
	return nil
}

func checkEntry(space string, e catalog.Entry) error {
	control := func(r rune) bool { return r < ' ' }
	if e.ID == "" || strings.ContainsFunc(e.ID, control) || strings.ContainsFunc(e.Sort, control) || strings.Contains(space, "#") {
		return fault.New(fault.Invalid, "", "an id or sort key cannot be indexed")
	}
	return nil
}

func (s *Store) putEntry(ctx context.Context, space string, e catalog.Entry) error {
	tokens := bson.A{}
	for _, t := range slices.Compact(slices.Sorted(slices.Values(e.Tokens))) {
		tokens = append(tokens, spaced(space, t))
	}
	return s.newer(ctx, s.entries, entryID(space, e.ID), e.Version, bson.D{{Key: "k", Value: entryKey(e.Sort, e.ID)}, {Key: "t", Value: tokens}})
}

// newer writes fields of a document unless it has that version or a newer one.
func (s *Store) newer(ctx context.Context, c *mongo.Collection, id string, version int64, fields bson.D) error {
	older := bson.D{{Key: "_id", Value: id}, {Key: "v", Value: bson.D{{Key: "$lt", Value: version}}}}
	change := bson.D{{Key: "$set", Value: append(bson.D{{Key: "v", Value: version}}, fields...)}}
	// Where the document is as new, making it fails; so does it where another makes it at this moment, which may be older.
	for _, makes := range []bool{true, false} {
		_, err := call(ctx, s, "write", func(ctx context.Context) (*mongo.UpdateResult, error) {
			return c.UpdateOne(ctx, older, change, options.UpdateOne().SetUpsert(makes))
		})
		if !mongo.IsDuplicateKeyError(err) {
			return faultOf("write", err)
		}
	}
	return nil
}

// lot is entries of one token, in order.
type lot struct {
	token   string
	entries []entry
	more    bool
}

// entry is what a search reads of one.
type entry struct {
	Key     string   `bson:"k"`
	Version int64    `bson:"v"`
	Tokens  []string `bson:"t"` // sorted
}

// at returns the key of the last entry.
func (l *lot) at() string {
	if len(l.entries) == 0 {
		return ""
	}
	return l.entries[len(l.entries)-1].Key
}

// rarer reports whether a token seems to be on fewer entries than another: its next few are its last, or are farther.
func (l *lot) rarer(than *lot) bool {
	if l.more != than.more {
		return !l.more
	}
	if !l.more {
		return len(l.entries) < len(than.entries)
	}
	return l.at() > than.at()
}

// span is a range of keys: from excluded, to excluded where it is not empty.
type span struct{ from, to string }

// Search finds things by tokens; see catalog.Index. It reads the list of what seems to be the rarest token.
func (s *Store) Search(ctx context.Context, space string, tokens []string, after catalog.Position, before string, limit int) (catalog.Hits, error) {
	if len(tokens) == 0 || limit <= 0 {
		return catalog.Hits{}, fault.New(fault.Internal, "", "a search without tokens or without limit")
	}
	var names []string
	for _, t := range slices.Compact(slices.Sorted(slices.Values(tokens))) {
		names = append(names, spaced(space, t))
	}
	hits, err := s.search(ctx, names, after, before, limit)
	if err != nil {
		return catalog.Hits{}, fmt.Errorf("search %s %q: %w", space, tokens, err)
	}
	return hits, nil
}

func (s *Store) search(ctx context.Context, tokens []string, after catalog.Position, before string, limit int) (catalog.Hits, error) {
	hits := catalog.Hits{Next: after}
	at := span{to: before} // every entry before that sort key has a key below it, and no other has
	if after != (catalog.Position{}) {
		at.from = entryKey(after.Sort, after.ID)
	}
	rarest := tokens[0]
	if len(tokens) > 1 {
		var err error
		if rarest, err = s.rarest(ctx, at, tokens); err != nil {
			return hits, err
		}
	}
	others := slices.DeleteFunc(slices.Clone(tokens), func(t string) bool { return t == rarest })
	for examined := 0; ; {
		// As many as it will take if they are found as often as so far; but that may have been bad luck.
		left := limit - len(hits.Entries)
		want := min(max(left*(examined+1)/(len(hits.Entries)+1), left), 2*max(left, examined), maxExamined-examined)
		read, err := s.list(ctx, at, rarest, others, want)
		if err != nil {
			return hits, err
		}
		for i, e := range read.entries {
			sort, id, ok := strings.Cut(e.Key, separator)
			if !ok {
				return hits, bad(errors.New("an entry's key is none"))
			}
			if hits.Next = (catalog.Position{Sort: sort, ID: id}); e.has(others) {
				hits.Entries = append(hits.Entries, catalog.Entry{ID: id, Sort: sort, Version: e.Version})
			}
			if len(hits.Entries) == limit {
				hits.More = read.more || i+1 < len(read.entries)
				return hits, nil
			}
		}
		examined += len(read.entries)
		if hits.More = read.more; !read.more || examined >= maxExamined {
			return hits, nil
		}
		at.from = read.at()
	}
}

// rarest returns which of several tokens seems to be on the fewest entries from here on. The longest tokens are looked at: of
// words and places the longer are rarer.
func (s *Store) rarest(ctx context.Context, at span, tokens []string) (string, error) {
	long := slices.SortedStableFunc(slices.Values(tokens), func(a, b string) int { return len(b) - len(a) })
	lots := make([]*lot, min(probed, len(long)))
	all, ctx := errgroup.WithContext(ctx)
	for i := range lots {
		all.Go(func() (err error) {
			lots[i], err = s.list(ctx, at, long[i], nil, probeDepth)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return "", err
	}
	best := lots[0]
	for _, l := range lots[1:] {
		if l.rarer(best) {
			best = l
		}
	}
	return best.token, nil
}

// list reads entries of a token, with their tokens where others are asked for.
func (s *Store) list(ctx context.Context, at span, token string, others []string, limit int) (*lot, error) {
	key := bson.D{{Key: "$gt", Value: at.from}}
	if at.to != "" {
		key = append(key, bson.E{Key: "$lt", Value: at.to})
	}
	fields := bson.D{{Key: "k", Value: 1}, {Key: "v", Value: 1}}
	if len(others) > 0 {
		fields = append(fields, bson.E{Key: "t", Value: 1})
	}
	found, err := s.many(ctx, s.entries, bson.D{{Key: "t", Value: token}, {Key: "k", Value: key}},
		options.Find().SetSort(bson.D{{Key: "k", Value: 1}}).SetLimit(int64(limit)+1).SetProjection(fields))
	if err != nil {
		return nil, err
	}
	l := &lot{token: token, more: len(found) > limit}
	for _, doc := range found[:min(len(found), limit)] {
		var e entry
		if err := bson.Unmarshal(doc, &e); err != nil {
			return nil, bad(err)
		}
		l.entries = append(l.entries, e)
	}
	return l, nil
}

// has reports whether an entry has all of some tokens.
func (e *entry) has(tokens []string) bool {
	return !slices.ContainsFunc(tokens, func(t string) bool {
		_, found := slices.BinarySearch(e.Tokens, t)
		return !found
	})
}

// Count counts a token's entries; see catalog.Index.
func (s *Store) Count(ctx context.Context, space, token, from string, most int) (int, error) {
	if most <= 0 {
		return 0, ctx.Err()
	}
	n, err := call(ctx, s, "count", func(ctx context.Context) (int64, error) {
		return s.entries.CountDocuments(ctx, bson.D{{Key: "t", Value: spaced(space, token)}, {Key: "k", Value: bson.D{{Key: "$gte", Value: from}}}},
			options.Count().SetLimit(int64(most)))
	})
	if err != nil {
		return 0, fmt.Errorf("count %s %q: %w", space, token, faultOf("count", err))
	}
	return int(n), nil
}
