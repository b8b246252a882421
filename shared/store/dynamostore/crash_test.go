package dynamostore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// mortal makes so many writes, and then none any more. before is called before each.
type mortal struct {
	dynamostore.API
	left   atomic.Int64
	before func()
}

var errDead = errors.New("dead")

func (m *mortal) die() error {
	if m.before != nil {
		m.before()
	}
	if m.left.Add(-1) < 0 {
		return errDead
	}
	return nil
}

func (m *mortal) PutItem(ctx context.Context, in *dynamodb.PutItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if err := m.die(); err != nil {
		return nil, err
	}
	return m.API.PutItem(ctx, in, opts...)
}

func (m *mortal) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, opts ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	if err := m.die(); err != nil {
		return nil, err
	}
	return m.API.DeleteItem(ctx, in, opts...)
}

func entry(version int64) catalog.Entry {
	return catalog.Entry{
		ID: "e", Sort: fmt.Sprint("s", version/2), Version: version, // the second version stays where the third is
		Tokens: []string{"all", fmt.Sprint("v", version), fmt.Sprint("half", version/2)},
	}
}

// indexed reports an index that has anything but the entry as it is in one version.
func indexed(t *testing.T, when string, s *dynamostore.Store, version int64) {
	t.Helper()
	for v := range int64(5) {
		for _, token := range entry(v).Tokens {
			want := token == "all" || v == version || token == entry(version).Tokens[2]
			hits, err := s.Search(t.Context(), "events", []string{token}, catalog.Position{}, "", 10)
			if err != nil {
				t.Fatal(err)
			}
			n := len(hits.Entries)
			if want && (n != 1 || hits.Entries[0].Version != version || hits.Entries[0].Sort != entry(version).Sort) || !want && n != 0 {
				t.Errorf("%s, search of %s: got %+v, want version %d, or nothing: %t", when, token, hits.Entries, version, !want)
			}
		}
	}
}

// Indexing that is cut off after any write is finished by its repeat, and by the next version.
func TestStore_PutEntry_cutOff(t *testing.T) {
	prefix, api := tables(t)
	for n := int64(0); ; n++ {
		space := spaced{api, rand.Text() + "#"}
		s := dynamostore.New(space, prefix)
		for _, v := range []int64{1, 2} {
			if err := s.PutEntry(t.Context(), "events", entry(v)); err != nil {
				t.Fatal(err)
			}
		}
		m := &mortal{API: space}
		m.left.Store(n)
		err := dynamostore.New(m, prefix).PutEntry(t.Context(), "events", entry(3))
		if n%2 == 0 {
			if err := s.PutEntry(t.Context(), "events", entry(3)); err != nil {
				t.Fatal(err)
			}
			indexed(t, fmt.Sprintf("repeated after %d writes", n), s, 3)
		}
		if err := s.PutEntry(t.Context(), "events", entry(4)); err != nil {
			t.Fatal(err)
		}
		indexed(t, fmt.Sprintf("in the next version after %d writes", n), s, 4)
		if err := s.PutEntry(t.Context(), "events", entry(3)); err != nil { // the message comes again, late
			t.Fatal(err)
		}
		indexed(t, fmt.Sprintf("repeated late after %d writes", n), s, 4)
		if err == nil {
			return
		}
		if n > 50 {
			t.Fatal("PutEntry: got no end after 50 writes")
		}
	}
}

// A newer version that comes in the middle of an older one's writes, before any of them, ends as the only one.
func TestStore_PutEntry_overtaken(t *testing.T) {
	prefix, api := tables(t)
	for n := int64(0); ; n++ {
		space := spaced{api, rand.Text() + "#"}
		s := dynamostore.New(space, prefix)
		if err := s.PutEntry(t.Context(), "events", entry(2)); err != nil {
			t.Fatal(err)
		}
		m := &mortal{API: space}
		m.left.Store(1 << 40)
		var writes atomic.Int64
		m.before = func() {
			if writes.Add(1) == n+1 {
				if err := s.PutEntry(t.Context(), "events", entry(4)); err != nil {
					t.Error(err)
				}
			}
		}
		if err := dynamostore.New(m, prefix).PutEntry(t.Context(), "events", entry(3)); err != nil {
			t.Fatalf("PutEntry overtaken before write %d: got %v, want nil", n+1, err)
		}
		if writes.Load() <= n { // it had no more writes to make
			indexed(t, "not overtaken", s, 3)
			return
		}
		indexed(t, fmt.Sprintf("overtaken before write %d", n+1), s, 4)
	}
}

// A marker never misses its item, wherever a write is cut off, and one that leads to nothing is passed over.
func TestStore_markers_cutOff(t *testing.T) {
	prefix, api := tables(t)
	for n := range int64(4) {
		space := spaced{api, rand.Text() + "#"}
		m := &mortal{API: space}
		s, dying := dynamostore.New(space, prefix), dynamostore.New(m, prefix)
		event := id.Raw{1}
		sale := booking.Sale{EventStateV1: message.EventStateV1{EventID: event.With(id.Event), Status: "cancelled"}, Rev: 1}
		cancellations := func(when string, want int) {
			t.Helper()
			open, err := s.OpenCancellations(t.Context(), 10)
			if err != nil || len(open) != want {
				t.Errorf("OpenCancellations %s, cut off after %d writes: got %d and %v, want %d", when, n, len(open), err, want)
			}
		}
		m.left.Store(n)
		err := dying.PutSale(t.Context(), sale)
		cancellations("of a sale", map[bool]int{true: 1}[err == nil])
		if err != nil {
			if err := s.PutSale(t.Context(), sale); err != nil {
				t.Fatal(err)
			}
		}
		cancellations("of a sale written again", 1)
		sale.Rev, sale.Refunded = 2, true
		m.left.Store(n)
		if err = dying.PutSale(t.Context(), sale); err != nil {
			cancellations("of a sale that was not refunded", 1)
			continue
		}
		cancellations("of a sale that was refunded", 0)
		cancellations("of a sale that was refunded, again", 0)

		books, dyingBooks := s.Ledger(), dying.Ledger()
		e := payment.Entry{Authorisation: payment.Authorisation{ID: "a", State: payment.Authorised, At: t0}, Version: 1}
		entries := func(when string, want int) {
			t.Helper()
			open, err := books.OpenEntries(t.Context(), t0.Add(1), 10)
			if err != nil || len(open) != want {
				t.Errorf("OpenEntries %s, cut off after %d writes: got %d and %v, want %d", when, n, len(open), err, want)
			}
		}
		m.left.Store(n)
		if err = dyingBooks.PutEntry(t.Context(), e); err != nil {
			entries("of none", 0)
			if err := books.PutEntry(t.Context(), e); err != nil {
				t.Fatal(err)
			}
		}
		entries("of one", 1)
		m.left.Store(1)
		e.Version, e.State = 2, payment.Captured
		if err = dyingBooks.PutEntry(t.Context(), e); err != nil {
			t.Errorf("PutEntry whose marker stays: got %v, want nil", err)
		}
		entries("of one that was captured", 0)
		entries("of one that was captured, again", 0)
	}
}

// More cancellations than a batch has keys are all found.
func TestStore_OpenCancellations_many(t *testing.T) {
	prefix, api := tables(t)
	s := dynamostore.New(api, prefix)
	const n = 130
	for i := range n {
		event := id.Raw{byte(i)}
		sale := booking.Sale{EventStateV1: message.EventStateV1{EventID: event.With(id.Event), Status: "cancelled"}, Rev: 1, Refunded: i < 10}
		if err := s.PutSale(t.Context(), sale); err != nil {
			t.Fatal(err)
		}
	}
	for _, limit := range []int{1, 100, 101, 1000} {
		open, err := s.OpenCancellations(t.Context(), limit)
		if want := min(limit, n-10); err != nil || len(open) != want {
			t.Errorf("OpenCancellations, limit %d: got %d and %v, want %d", limit, len(open), err, want)
		}
	}
}
