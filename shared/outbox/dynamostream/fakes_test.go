package dynamostream_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

// stream is a dynamostream.Source in memory.
type stream struct {
	mu     sync.Mutex
	shards []*fakeShard
	last   int
	calls  map[string]int // Records, by shard
	expire int            // iterators made before this one have expired
	made   int
	broken func(op string) error
	page   int
}

type fakeShard struct {
	dynamostream.Shard
	records []dynamostream.Record
	closed  bool
	gone    bool
	trimmed int // records that are forgotten
}

func newStream(ids ...string) *stream {
	s := &stream{calls: map[string]int{}, page: 7}
	for _, id := range ids {
		s.shards = append(s.shards, &fakeShard{Shard: dynamostream.Shard{ID: id}})
	}
	return s
}

func (s *stream) find(id string) *fakeShard {
	i := slices.IndexFunc(s.shards, func(sh *fakeShard) bool { return sh.ID == id })
	if i < 0 {
		return nil
	}
	return s.shards[i]
}

func (s *stream) edit(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// write appends a change to a shard.
func (s *stream) write(t testing.TB, shardID, item string, ms ...outbox.Message) {
	t.Helper()
	var packed []byte
	if len(ms) > 0 {
		var err error
		if packed, err = outbox.Pack(ms); err != nil {
			t.Fatal(err)
		}
	}
	s.writeRaw(shardID, item, packed)
}

func (s *stream) writeRaw(shardID, item string, packed []byte) {
	s.edit(func() {
		s.last++
		sh := s.find(shardID)
		sh.records = append(sh.records, dynamostream.Record{Change: outbox.Change{
			Sequence: strconv.Itoa(1000 + s.last), Item: item, At: time.Now().Truncate(time.Second), Packed: packed,
		}})
	})
}

// divide closes a shard and opens its children.
func (s *stream) divide(parent string, children ...string) {
	s.edit(func() {
		s.find(parent).closed = true
		for _, id := range children {
			s.shards = append(s.shards, &fakeShard{Shard: dynamostream.Shard{ID: id, Parent: parent}})
		}
	})
}

// asked returns how often the records of shards were asked for.
func (s *stream) asked(ids ...string) (n int) {
	s.edit(func() {
		for _, id := range ids {
			n += s.calls[id]
		}
	})
	return n
}

func (s *stream) fault(op string) error {
	if s.broken == nil {
		return nil
	}
	return s.broken(op)
}

func (s *stream) Shards(context.Context) ([]dynamostream.Shard, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []dynamostream.Shard
	for _, sh := range slices.Backward(s.shards) { // children first: order must not matter
		if !sh.gone {
			all = append(all, sh.Shard)
		}
	}
	return all, s.fault("Shards")
}

func (s *stream) Iterator(_ context.Context, id string, from dynamostream.Position) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault("Iterator"); err != nil {
		return "", err
	}
	sh := s.find(id)
	if sh == nil || sh.gone {
		return "", dynamostream.ErrGone
	}
	at := sh.trimmed
	if from.Sequence != "" {
		at = slices.IndexFunc(sh.records, func(r dynamostream.Record) bool { return r.Sequence == from.Sequence })
		if at < 0 {
			return "", fmt.Errorf("sequence %s is none of shard %s", from.Sequence, id)
		}
		if !from.At {
			at++
		}
		if at < sh.trimmed {
			return "", dynamostream.ErrTrimmed
		}
	}
	s.made++
	return fmt.Sprintf("%s %d %d", id, at, s.made), nil
}

func (s *stream) Records(_ context.Context, iterator string) ([]dynamostream.Record, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fault("Records"); err != nil {
		return nil, "", err
	}
	parts := strings.Split(iterator, " ")
	at, _ := strconv.Atoi(parts[1])
	made, _ := strconv.Atoi(parts[2])
	sh := s.find(parts[0])
	s.calls[sh.ID]++
	switch {
	case sh.gone:
		return nil, "", dynamostream.ErrGone
	case made < s.expire:
		return nil, "", dynamostream.ErrExpired
	case at < sh.trimmed:
		return nil, "", dynamostream.ErrTrimmed
	}
	end := min(len(sh.records), at+s.page)
	if end == len(sh.records) && sh.closed {
		return slices.Clone(sh.records[at:end]), "", nil
	}
	s.made++
	return slices.Clone(sh.records[at:end]), fmt.Sprintf("%s %d %d", sh.ID, end, s.made), nil
}

// register is the leases of a stream, which several owners have views of.
type register struct {
	mu     sync.Mutex
	all    map[string]dynamostream.Lease
	broken func(op string) error
	writes int
}

func newRegister() *register { return &register{all: map[string]dynamostream.Lease{}} }

func (g *register) lease(id string) dynamostream.Lease {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.all[id]
}

func (g *register) count(owner string) (n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, l := range g.all {
		if l.Owner == owner {
			n++
		}
	}
	return n
}

// view is a register as one owner sees it. A dead owner's writes do not arrive.
type view struct {
	*register
	owner string
	lasts time.Duration
	dead  bool // under mu
}

var errDead = errors.New("the process is dead")

func (v *view) change(op, id string, f func(l *dynamostream.Lease) bool) (dynamostream.Lease, bool, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.dead {
		return dynamostream.Lease{}, false, errDead
	}
	if v.broken != nil {
		if err := v.broken(op); err != nil {
			return dynamostream.Lease{}, false, err
		}
	}
	v.writes++
	l := v.all[id]
	if !f(&l) {
		return dynamostream.Lease{}, false, nil
	}
	v.all[id] = l
	return l, true, nil
}

func (v *view) Read(context.Context, []string) (map[string]dynamostream.Lease, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := map[string]dynamostream.Lease{}
	for id, l := range v.all {
		all[id] = l
	}
	return all, nil
}

func (v *view) Take(_ context.Context, id string) (dynamostream.Lease, bool, error) {
	return v.change("Take", id, func(l *dynamostream.Lease) bool {
		if l.Done || l.Owner != "" && l.Owner != v.owner && time.Now().Before(l.Until) {
			return false
		}
		l.Owner, l.Until, l.Wanted = v.owner, time.Now().Add(v.lasts), ""
		return true
	})
}

func (v *view) Keep(_ context.Context, id string, at dynamostream.Position) (dynamostream.Lease, bool, error) {
	return v.change("Keep", id, func(l *dynamostream.Lease) bool {
		if l.Owner != v.owner {
			return false
		}
		l.Until = time.Now().Add(v.lasts)
		if at.Sequence != "" {
			l.From = at
		}
		return true
	})
}

func (v *view) Free(_ context.Context, id string, at dynamostream.Position, heir string) error {
	_, _, err := v.change("Free", id, func(l *dynamostream.Lease) bool {
		if l.Owner != v.owner {
			return false
		}
		l.Owner, l.Wanted, l.Until = heir, "", time.Now().Add(v.lasts/2)
		if at.Sequence != "" {
			l.From = at
		}
		return true
	})
	return err
}

func (v *view) Finish(_ context.Context, id string) (bool, error) {
	_, ok, err := v.change("Finish", id, func(l *dynamostream.Lease) bool {
		if l.Owner != v.owner {
			return false
		}
		*l = dynamostream.Lease{Done: true}
		return true
	})
	return ok, err
}

func (v *view) Want(_ context.Context, id, owner string) error {
	_, _, err := v.change("Want", id, func(l *dynamostream.Lease) bool {
		if l.Owner != owner || l.Wanted != "" {
			return false
		}
		l.Wanted = v.owner
		return true
	})
	return err
}
