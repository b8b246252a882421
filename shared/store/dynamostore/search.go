package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
)

const (
	// maxExamined is how many entries a search examines before it gives what it has: some 25 read units.
	maxExamined = 200
	// probed is how many tokens a search looks at to find the rarest, and probeDepth how far it looks: as many entries as
	// cost what one does, half a read unit.
	probed     = 4
	probeDepth = 4
)

// lot is entries of one token, in order.
type lot struct {
	token   string
	entries []attributes
	more    bool
}

// at returns the key of the last entry.
func (l *lot) at() string {
	if len(l.entries) == 0 {
		return ""
	}
	sk, _ := str(l.entries[len(l.entries)-1], "sk") // a key is text
	return sk
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

// Search finds things by tokens; see catalog.Index. It reads the list of what seems to be the rarest token.
func (s *Store) Search(ctx context.Context, space string, tokens []string, after catalog.Position, before string, limit int) (catalog.Hits, error) {
	if len(tokens) == 0 || limit <= 0 {
		return catalog.Hits{}, fault.New(fault.Internal, "", "a search without tokens or without limit")
	}
	hits, err := s.search(ctx, space, slices.Compact(slices.Sorted(slices.Values(tokens))), after, before, limit)
	if err != nil {
		return catalog.Hits{}, fmt.Errorf("search %s %q: %w", space, tokens, err)
	}
	return hits, nil
}

func (s *Store) search(ctx context.Context, space string, tokens []string, after catalog.Position, before string, limit int) (catalog.Hits, error) {
	hits := catalog.Hits{Next: after}
	at := span{table: s.catalog, from: separator, to: last}
	if after != (catalog.Position{}) {
		at.from = entrySK(after.Sort, after.ID) + separator
	}
	if before != "" {
		at.to = before // every entry before it sorts below, and no other does
	}
	var read *lot
	var err error
	if len(tokens) == 1 {
		read, err = s.list(ctx, at, space, tokens[0], min(limit, maxExamined))
	} else {
		read, err = s.rarest(ctx, at, space, tokens)
	}
	if err != nil {
		return hits, err
	}
	var others [][]byte
	for _, t := range tokens {
		if t != read.token {
			others = append(others, mark(t))
		}
	}
	for examined := 0; ; {
		for i, it := range read.entries {
			e, found, err := examine(it, others)
			if err != nil {
				return hits, err
			}
			if hits.Next = (catalog.Position{Sort: e.Sort, ID: e.ID}); found {
				hits.Entries = append(hits.Entries, e)
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
		at.from = entrySK(hits.Next.Sort, hits.Next.ID) + separator
		// As many as it will take if they are found as often as so far; but that may have been bad luck.
		left := limit - len(hits.Entries)
		next := min(left*(examined+1)/(len(hits.Entries)+1), 2*max(left, examined))
		if read, err = s.list(ctx, at, space, read.token, min(next, maxExamined-examined)); err != nil {
			return hits, err
		}
	}
}

// rarest reads the first entries of several tokens and returns those of the one that seems rarest. The longest tokens are
// looked at: of words and places the longer are rarer.
func (s *Store) rarest(ctx context.Context, at span, space string, tokens []string) (*lot, error) {
	long := slices.SortedStableFunc(slices.Values(tokens), func(a, b string) int { return len(b) - len(a) })
	lots := make([]*lot, min(probed, len(long)))
	all, ctx := errgroup.WithContext(ctx)
	for i := range lots {
		all.Go(func() (err error) {
			lots[i], err = s.list(ctx, at, space, long[i], probeDepth)
			return err
		})
	}
	if err := all.Wait(); err != nil {
		return nil, err
	}
	best := lots[0]
	for _, l := range lots[1:] {
		if l.rarer(best) {
			best = l
		}
	}
	return best, nil
}

// list reads entries of a token.
func (s *Store) list(ctx context.Context, at span, space, token string, limit int) (*lot, error) {
	at.pk = tokenPK(space, token)
	found, more, err := s.query(ctx, at, limit)
	return &lot{token: token, entries: found, more: more}, err
}

// examine reads an entry, and reports whether it has all of the marks.
func examine(found attributes, wanted [][]byte) (catalog.Entry, bool, error) {
	var e catalog.Entry
	sk, err := str(found, "sk")
	if err != nil {
		return e, false, err
	}
	var ok bool
	if e.Sort, e.ID, ok = strings.Cut(sk, separator); !ok {
		return e, false, bad(errors.New("an entry's key is none"))
	}
	if e.Version, err = num(found, "v"); err != nil || len(wanted) == 0 {
		return e, true, err
	}
	has, _ := found["t"].(*types.AttributeValueMemberB)
	for _, mark := range wanted {
		if has == nil || !marked(has.Value, mark) {
			return e, false, nil
		}
	}
	return e, true, nil
}

// Count counts a token's entries; see catalog.Index.
func (s *Store) Count(ctx context.Context, space, token, from string, most int) (int, error) {
	if from == "" {
		from = separator
	}
	in := &dynamodb.QueryInput{
		TableName: &s.catalog, Select: types.SelectCount, KeyConditionExpression: aws.String("pk = :pk AND sk >= :from"),
		ExpressionAttributeValues: attributes{":pk": text(tokenPK(space, token)), ":from": text(from)},
	}
	for n := 0; ; {
		if n >= most {
			return n, nil
		}
		in.Limit = aws.Int32(int32(min(most-n, 10_000)))
		out, err := call(ctx, s, "count", func(ctx context.Context) (*dynamodb.QueryOutput, error) { return s.api.Query(ctx, in) })
		if err != nil {
			return 0, fmt.Errorf("count %s %q: %w", space, token, faultOf("count", s.catalog, err))
		}
		n += int(out.Count)
		if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
			return n, nil
		}
	}
}
