package catalog

import (
	"cmp"
	"context"
	"fmt"
)

// One call examines at most so many entries of an index, and asks the index so often for each of its streams.
const (
	maxExamined = 200
	maxSearches = 4
)

// compare orders positions.
func (p Position) compare(q Position) int {
	return cmp.Or(cmp.Compare(p.Sort, q.Sort), cmp.Compare(p.ID, q.ID))
}

func (e Entry) position() Position { return Position{Sort: e.Sort, ID: e.ID} }

// stream is what an index answers for one set of tokens, read as needed.
type stream struct {
	tokens   []string
	waiting  []Entry  // found, not yet taken
	examined Position // nothing unseen up to here
	more     bool     // there may be something behind
}

// pager takes entries from several streams in one order.
type pager struct {
	index    Index
	space    string
	before   string
	streams  []*stream
	at       Position // every entry up to here was taken, or is none
	searches int      // left
}

func newPager(index Index, space string, tokens [][]string, after Position, before string) *pager {
	p := &pager{index: index, space: space, before: before, at: after, searches: maxSearches * len(tokens)}
	for _, t := range tokens {
		p.streams = append(p.streams, &stream{tokens: t, examined: after, more: true})
	}
	return p
}

// candidate is an entry with the tokens that it was found by.
type candidate struct {
	Entry
	by []string
}

// take returns up to n entries in order, and fewer once the index was asked often enough. Those returned count as taken
// only when the caller moves at behind them.
func (p *pager) take(ctx context.Context, n int) ([]candidate, error) {
	var taken []candidate
	for len(taken) < n {
		lagging := p.lagging()
		next := p.first()
		if next != nil && (lagging == nil || next.waiting[0].position().compare(lagging.examined) <= 0) {
			taken = append(taken, candidate{next.waiting[0], next.tokens})
			next.waiting = next.waiting[1:]
			continue
		}
		if lagging == nil || p.searches == 0 {
			break
		}
		if err := p.fill(ctx, lagging, n-len(taken)); err != nil {
			return nil, err
		}
	}
	return taken, nil
}

// lagging returns the stream that has to be asked before anything behind its examined position can be taken.
func (p *pager) lagging() *stream {
	var lagging *stream
	for _, s := range p.streams {
		if s.more && len(s.waiting) == 0 && (lagging == nil || s.examined.compare(lagging.examined) < 0) {
			lagging = s
		}
	}
	return lagging
}

// first returns the stream with the first entry.
func (p *pager) first() *stream {
	var first *stream
	for _, s := range p.streams {
		if len(s.waiting) > 0 && (first == nil || s.waiting[0].position().compare(first.waiting[0].position()) < 0) {
			first = s
		}
	}
	return first
}

func (p *pager) fill(ctx context.Context, s *stream, n int) error {
	p.searches--
	hits, err := p.index.Search(ctx, p.space, s.tokens, s.examined, p.before, n)
	if err != nil {
		return fmt.Errorf("search %s: %w", p.space, err)
	}
	s.waiting, s.more = hits.Entries, hits.More
	if hits.Next.compare(s.examined) > 0 {
		s.examined = hits.Next
	}
	return nil
}

// rest returns from where the next page goes on, once everything taken was used up; false where there is nothing behind.
func (p *pager) rest() (Position, bool) {
	if lagging := p.lagging(); lagging != nil {
		if lagging.examined.compare(p.at) > 0 {
			if first := p.first(); first == nil || first.waiting[0].position().compare(lagging.examined) > 0 {
				return lagging.examined, true
			}
		}
		return p.at, true
	}
	return p.at, p.first() != nil
}

// page reads entries and calls use with some of them at a time until it has limit results or has examined enough. use
// returns how many of those it was given it used before it had enough, and how many results they made. The position is
// where the next page goes on; false: at the end.
func (p *pager) page(ctx context.Context, limit, batch int, use func([]candidate, int) (used, results int, err error)) (Position, bool, error) {
	for examined, results := 0, 0; examined < maxExamined; {
		some, err := p.take(ctx, min(max(batch, limit-results), maxExamined-examined))
		if err != nil {
			return Position{}, false, err
		}
		if len(some) == 0 {
			break
		}
		used, n, err := use(some, limit-results)
		if err != nil {
			return Position{}, false, err
		}
		p.at = some[used-1].position()
		examined, results = examined+used, results+n
		if results >= limit {
			if used < len(some) {
				return p.at, true, nil
			}
			break
		}
	}
	at, more := p.rest()
	return at, more, nil
}
