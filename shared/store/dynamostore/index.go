package dynamostore

import (
	"bytes"
	"context"
	"crypto/sha256"
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

// An entry is an item for each of its tokens, in the token's partition, by sort key and id; it carries the entry's version
// and marks of all its tokens, so that a search reads nothing else. A control item for each thing says what it is indexed
// as. Indexing changes the control item first: it names the new version and all that may be left of older ones. Then it
// writes the new items, removes the old ones, and last says that it is done. So whatever is cut off is finished by its
// repeat, or by the next version; and who finds at the end that a newer version came meanwhile takes its own items away.

const controlSK = "C"

func controlPK(space, id string) string  { return "C#" + space + "#" + id }
func tokenPK(space, token string) string { return "T#" + space + "#" + token }

// separator stands between sort key and id, below every character of both, so that keys are in the order of the pair.
const separator = "\x01"

func entrySK(sort, id string) string { return sort + separator + id }

// markLen is how many bytes of a token's hash an entry carries for it: 6 of an event's hundred tokens, so that the chance
// of finding an event by a token that it has not is one in a million million, and its items stay below a write unit.
const markLen = 6

func mark(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:markLen]
}

// marks are the marks of tokens, sorted, one after another.
func marks(tokens []string) []byte {
	all := make([]string, len(tokens))
	for i, t := range tokens {
		all[i] = string(mark(t))
	}
	slices.Sort(all)
	return []byte(strings.Join(all, ""))
}

// marked reports whether marks have a token's.
func marked(marks []byte, mark []byte) bool {
	for from := 0; from+markLen <= len(marks); from += markLen {
		if bytes.Equal(marks[from:from+markLen], mark) {
			return true
		}
	}
	return false
}

// place is where an entry is among each of some tokens' items.
type place struct {
	Sort   string   `json:"s"`
	Tokens []string `json:"t,omitempty"` // sorted
}

// has reports whether an item of a place belongs to it.
func (p place) has(sort, token string) bool {
	if sort != p.Sort {
		return false
	}
	_, found := slices.BinarySearch(p.Tokens, token)
	return found
}

// joined adds a place to others.
func joined(places []place, p place) []place {
	if len(p.Tokens) == 0 {
		return places
	}
	for i := range places {
		if places[i].Sort == p.Sort {
			tokens := slices.Concat(places[i].Tokens, p.Tokens)
			slices.Sort(tokens)
			places[i].Tokens = slices.Compact(tokens)
			return places
		}
	}
	return append(places, p)
}

// control is what a thing is indexed as.
type control struct {
	place
	Left []place `json:"l,omitempty"` // where items of older versions may be; none once all is done
	Done bool    `json:"d,omitempty"`

	version int64
	found   attributes
}

// PutEntry indexes a thing; see catalog.Index.
func (s *Store) PutEntry(ctx context.Context, space string, e catalog.Entry) error {
	err := checkEntry(space, e)
	if err == nil {
		err = s.index(ctx, space, e)
	}
	if err != nil {
		return fmt.Errorf("index %s %s: %w", space, e.ID, err)
	}
	return nil
}

func checkEntry(space string, e catalog.Entry) error {
	control := func(r rune) bool { return r < ' ' }
	if e.ID == "" || strings.ContainsFunc(e.ID, control) || strings.ContainsFunc(e.Sort, control) || len(entrySK(e.Sort, e.ID)) > maxSK-1 {
		return fault.New(fault.Invalid, "", "an id or sort key cannot be indexed")
	}
	if strings.Contains(space, "#") || slices.ContainsFunc(e.Tokens, func(t string) bool { return len(tokenPK(space, t)) > maxPK }) {
		return fault.New(fault.Invalid, "", "a token cannot be indexed")
	}
	return nil
}

func (s *Store) index(ctx context.Context, space string, e catalog.Entry) error {
	tokens := slices.Compact(slices.Sorted(slices.Values(e.Tokens)))
	mine := place{Sort: e.Sort, Tokens: tokens}
	for race := range maxRaces {
		if race > 0 {
			if err := pause(ctx, raceWait<<min(race, 4)); err != nil {
				return ended("index", err, nil)
			}
		}
		c, err := s.control(ctx, space, e.ID)
		switch {
		case err != nil:
			return err
		case c.version > e.Version:
			return s.withdraw(ctx, space, e.ID, e.Version, mine, c.place)
		case c.version == e.Version && c.Done:
			return nil
		case c.version == e.Version: // cut off, or under way elsewhere: what the version is was settled
		default:
			next := control{place: mine, version: e.Version, Left: joined(c.Left, c.place)}
			next.Done = len(next.Left) == 0 && len(tokens) == 0
			it, err := newItem(s.catalog, controlPK(space, e.ID), controlSK, integer(e.Version), next, nil)
			if err == nil {
				err = s.putControl(ctx, it, c)
			}
			if errors.Is(err, errStale) {
				continue
			}
			if err != nil || next.Done {
				return err
			}
			next.found = it.attributes
			c = next
		}
		return s.finish(ctx, space, e.ID, c)
	}
	return fault.New(fault.Unavailable, "", "too many index the same thing at once")
}

// control reads what a thing is indexed as; version 0 where it never was.
func (s *Store) control(ctx context.Context, space, id string) (control, error) {
	found, err := s.load(ctx, s.catalog, controlPK(space, id), controlSK, true)
	if err != nil || found == nil {
		return control{}, err
	}
	c, err := decode[control](found)
	if err == nil {
		c.found = found
		c.version, err = num(found, "v")
	}
	return c, err
}

// putControl replaces a control item by it, where it still is what was found.
func (s *Store) putControl(ctx context.Context, it *item, was control) error {
	in := &dynamodb.PutItemInput{
		TableName: &it.table, Item: it.attributes, ConditionExpression: aws.String(whereAbsent),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	if was.found != nil {
		in.ConditionExpression, in.ExpressionAttributeValues = aws.String("w = :w"), attributes{":w": was.found["w"]}
	}
	_, err := call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) { return s.api.PutItem(ctx, in) })
	return it.outcome(err)
}

// finish writes a version's items, removes older ones', and says so.
func (s *Store) finish(ctx context.Context, space, id string, c control) error {
	if err := s.putTokens(ctx, space, id, c); err != nil {
		return err
	}
	for _, old := range c.Left {
		if err := s.withdraw(ctx, space, id, c.version-1, old, c.place); err != nil {
			return err
		}
	}
	done := c
	done.Left, done.Done = nil, true
	it, err := newItem(s.catalog, controlPK(space, id), controlSK, integer(c.version), done, nil)
	if err == nil {
		err = s.putControl(ctx, it, c)
	}
	if !errors.Is(err, errStale) {
		return err
	}
	now, err := s.control(ctx, space, id)
	if err != nil || now.version == c.version { // another finished the same
		return err
	}
	return s.withdraw(ctx, space, id, c.version, c.place, now.place)
}

// tokensAtOnce is how many of a thing's items are written at a time.
const tokensAtOnce = 16

// putTokens writes a version's items, but not over those of a newer one.
func (s *Store) putTokens(ctx context.Context, space, id string, c control) error {
	all := marks(c.Tokens)
	some, ctx := errgroup.WithContext(ctx)
	some.SetLimit(tokensAtOnce)
	for _, token := range c.Tokens {
		some.Go(func() error {
			it := key(tokenPK(space, token), entrySK(c.Sort, id))
			it["v"] = integer(c.version)
			if len(c.Tokens) > 1 {
				it["t"] = binary(all)
			}
			in := &dynamodb.PutItemInput{
				TableName: &s.catalog, Item: it, ConditionExpression: aws.String(whereAbsent + " OR v <= :v"),
				ExpressionAttributeValues: attributes{":v": it["v"]},
			}
			_, err := call(ctx, s, "write", func(ctx context.Context) (*dynamodb.PutItemOutput, error) { return s.api.PutItem(ctx, in) })
			if _, newer := refused(err); newer {
				return nil
			}
			return faultOf("write", s.catalog, err)
		})
	}
	return some.Wait()
}

// withdraw removes items of a version, or of an older one, from where an entry was, but for those of where it is.
func (s *Store) withdraw(ctx context.Context, space, id string, version int64, was, is place) error {
	some, ctx := errgroup.WithContext(ctx)
	some.SetLimit(tokensAtOnce)
	for _, token := range was.Tokens {
		if is.has(was.Sort, token) {
			continue
		}
		some.Go(func() error {
			return s.remove(ctx, s.catalog, tokenPK(space, token), entrySK(was.Sort, id), "v <= :v", attributes{":v": integer(version)})
		})
	}
	return some.Wait()
}
