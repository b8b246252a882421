package mongostore_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/store/mongostore"
)

// only gives the first so many commands of some names a verdict, and returns what tells how many of them there were in all.
func (p *proxy) only(n int64, v verdict, commands ...string) *atomic.Int64 {
	met := &atomic.Int64{}
	p.let(func(command string, _ bson.Raw) verdict {
		for _, c := range commands {
			if c == command && met.Add(1) <= n {
				return v
			}
		}
		return verdict{}
	})
	return met
}

func TestStore_triesAgain(t *testing.T) {
	server := need(t)
	var all sync.WaitGroup
	defer all.Wait()
	for _, tc := range []struct {
		name string
		verdict
	}{
		{"write-conflict", verdict{deed: reply, answer: failed(112, "WriteConflict")}},
		{"time-exceeded", verdict{deed: reply, answer: failed(50, "MaxTimeMSExpired")}},
		{"not-primary", verdict{deed: reply, answer: failed(10107, "NotWritablePrimary", "RetryableWriteError")}},
		{"stepped-down-without-a-label", verdict{deed: reply, answer: failed(189, "PrimarySteppedDown")}},
		{"shutting-down", verdict{deed: reply, answer: failed(91, "ShutdownInProgress", "RetryableWriteError")}},
		{"interrupted", verdict{deed: reply, answer: failed(11602, "InterruptedDueToReplStateChange", "RetryableWriteError")}},
		{"stale-shard", verdict{deed: reply, answer: failed(13388, "StaleConfig")}},
		{"overloaded", verdict{deed: reply, answer: failed(462, "IngressRequestRateLimitExceeded", "SystemOverloadedError", "RetryableError")}},
		{"connection-cut", verdict{deed: cut}},
	} {
		p := behind(t, server)
		s := open(t, p.url(databaseIn(fresh(t, server))), mongostore.WithBackoff(time.Millisecond, time.Millisecond))
		all.Go(func() { // all at once: for some the driver waits half a second
			met := p.only(2, tc.verdict, "find")
			if _, err := s.Location(t.Context(), "x"); !fault.Is(err, fault.NotFound) || met.Load() != 3 {
				t.Errorf("Location, %s, the third read being answered: got %v after %d, want notFound after 3", tc.name, err, met.Load())
			}
			met = p.only(2, tc.verdict, "insert")
			if err := s.PutLocation(t.Context(), catalog.Location{ID: "x", Version: 1}); err != nil || met.Load() != 3 {
				t.Errorf("PutLocation, %s, the third write being answered: got %v after %d, want nil after 3", tc.name, err, met.Load())
			}
			met = p.only(2, tc.verdict, "findAndModify")
			claim := inventory.Step{Op: inventory.OpClaim, Slots: 1, Hold: 1, Expires: t0.Unix(), Now: t0}
			if _, err := s.Step(t.Context(), inventory.BlockID{}, claim); err != nil || met.Load() != 3 {
				t.Errorf("Step, %s, the third being answered: got %v after %d, want nil after 3", tc.name, err, met.Load())
			}
		})
	}
}

func TestStore_errorsHaveKinds(t *testing.T) {
	server := need(t)
	read := func(ctx context.Context, s *mongostore.Store) error { _, err := s.Location(ctx, "x"); return err }
	write := func(ctx context.Context, s *mongostore.Store) error {
		return s.PutLocation(ctx, catalog.Location{ID: "x", Version: 1})
	}
	for _, tc := range []struct {
		name string
		verdict
		command string
		do      func(context.Context, *mongostore.Store) error
		kind    fault.Kind
		tried   int64 // 0: several times
	}{
		{"not-allowed", verdict{deed: reply, answer: failed(13, "Unauthorized")}, "find", read, fault.Unavailable, 1},
		{"write-not-allowed", verdict{deed: reply, answer: failed(13, "Unauthorized")}, "insert", write, fault.Unavailable, 1},
		{"too-large", verdict{deed: reply, answer: failed(10334, "BSONObjectTooLarge")}, "insert", write, fault.Invalid, 1},
		{"no-such-write-concern", verdict{deed: reply, answer: failed(100, "UnsatisfiableWriteConcern")}, "insert", write, fault.Unavailable, 1},
		{"of-no-known-code", verdict{deed: reply, answer: failed(99999, "New")}, "find", read, fault.Unavailable, 1},
		{"always-in-conflict", verdict{deed: reply, answer: failed(112, "WriteConflict")}, "insert", write, fault.Unavailable, 0},
		{"never-in-time", verdict{deed: reply, answer: failed(50, "MaxTimeMSExpired")}, "find", read, fault.Unavailable, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := behind(t, server)
			s := open(t, p.url(databaseIn(fresh(t, server))), mongostore.WithBackoff(time.Millisecond, time.Millisecond), mongostore.WithAttempts(3))
			met := p.only(math.MaxInt64, tc.verdict, tc.command)
			err := tc.do(t.Context(), s)
			if n := met.Load(); !fault.Is(err, tc.kind) || tc.tried == 0 && n != 3 || tc.tried != 0 && n != tc.tried {
				t.Errorf("got %v after %d tries, want %v after %d (0: 3)", err, n, tc.kind, tc.tried)
			}
		})
	}
}

// A server that does not answer is given up when an attempt's time is over, and at the latest when the caller's is.
func TestStore_silentServer(t *testing.T) {
	server := need(t)
	p := behind(t, server)
	database := databaseIn(fresh(t, server))
	open(t, in(server, database))
	s, err := mongostore.Open(t.Context(), p.url(database), mongostore.WithAttemptTimeout(300*time.Millisecond), mongostore.WithAttempts(2))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	p.only(math.MaxInt64, verdict{deed: hold}, "find")
	if _, err := s.User(t.Context(), "usr_1"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("User, nobody answering: got %v, want unavailable", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := s.User(ctx, "usr_1"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("User, with less time than an attempt: got %v, want the deadline exceeded", err)
	}
	ctx, stop := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, stop)
	if _, err := s.User(ctx, "usr_1"); !errors.Is(err, context.Canceled) || fault.KindOf(err) != fault.Internal {
		t.Errorf("User, cancelled: got %v, want the context's error", err)
	}
	p.cutAll() // and opens the gate
}

// Close waits for what is under way, and afterwards nothing is answered but that the store is closed.
func TestStore_Close(t *testing.T) {
	server := need(t)
	p := behind(t, server)
	s := open(t, p.url(databaseIn(fresh(t, server))))
	held := make(chan struct{})
	p.let(func(command string, _ bson.Raw) verdict {
		if command != "insert" {
			return verdict{}
		}
		close(held)
		return verdict{deed: hold}
	})
	wrote := make(chan error, 1)
	go func() { wrote <- s.PutUser(t.Context(), booking.User{ID: "usr_1", Version: 1}) }()
	<-held
	closing := make(chan error, 1)
	go func() { closing <- s.Close() }()
	select {
	case err := <-closing:
		t.Errorf("Close beside a write: got %v before the write ended", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(p.gate)
	if err := <-wrote; err != nil {
		t.Errorf("PutUser beside Close: got %v, want nil", err)
	}
	if err := <-closing; err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	if err := s.PutUser(t.Context(), booking.User{ID: "usr_1", Version: 2}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("PutUser after Close: got %v, want unavailable", err)
	}
	if _, err := s.Snapshot(t.Context(), id.Raw{1}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Snapshot after Close: got %v, want unavailable", err)
	}
	if err := s.Ready(t.Context()); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Ready after Close: got %v, want unavailable", err)
	}
}

func TestStore_documentsThatCannotBeRead(t *testing.T) {
	server := need(t)
	name := databaseIn(fresh(t, server))
	s := open(t, in(server, name))
	raw := client(t, server).Database(name)
	location := func(fields ...bson.E) bson.D {
		return append(bson.D{{Key: "_id", Value: "L#x"}, {Key: "v", Value: int64(1)}}, fields...)
	}
	key := inventory.BlockID{}.Key()
	blockOf := func(fields ...bson.E) bson.D { return append(bson.D{{Key: "_id", Value: key}}, fields...) }
	place := func(fields ...bson.E) bson.E { return bson.E{Key: "s0", Value: bson.D(fields)} }
	for _, tc := range []struct {
		name, in string
		doc      bson.D
	}{
		{"no-document", "catalog_items", location()},
		{"document-of-another-kind", "catalog_items", location(bson.E{Key: "d", Value: 7})},
		{"document-that-is-no-json", "catalog_items", location(bson.E{Key: "d", Value: "{"})},
		{"place-without-hold", "booking_blocks", blockOf(place(bson.E{Key: "e", Value: int64(1)}))},
		{"place-whose-expiry-is-text", "booking_blocks", blockOf(place(bson.E{Key: "e", Value: "1"}, bson.E{Key: "h", Value: int64(1)}))},
		{"place-that-is-a-number", "booking_blocks", blockOf(bson.E{Key: "s0", Value: int64(1)})},
		{"place-that-is-none", "booking_blocks", blockOf(bson.E{Key: "s64", Value: int64(1)})},
		{"fence-that-is-down", "booking_blocks", blockOf(bson.E{Key: "closed", Value: false})},
	} {
		t.Run(tc.name, func(t *testing.T) {
			id := tc.doc[0]
			if _, err := raw.Collection(tc.in).DeleteOne(t.Context(), bson.D{id}); err != nil {
				t.Fatal(err)
			}
			if _, err := raw.Collection(tc.in).InsertOne(t.Context(), tc.doc); err != nil {
				t.Fatal(err)
			}
			var err error
			if tc.in == "catalog_items" {
				_, err = s.Location(t.Context(), "x")
			} else {
				_, err = s.Step(t.Context(), inventory.BlockID{}, inventory.Step{Op: inventory.OpRelease, Slots: 2, Hold: 1})
			}
			if err == nil || fault.KindOf(err) != fault.Internal || !strings.Contains(err.Error(), "cannot be read") {
				t.Errorf("got %v, want internal, cannot be read", err)
			}
		})
	}
}

// MongoDB takes 16 MiB. What is larger is the caller's fault, and leaves all as it was.
func TestStore_documentThatIsTooLarge(t *testing.T) {
	s := open(t, fresh(t, need(t)))
	e := catalog.Event{ID: "evt_1", Version: 1, Description: strings.Repeat("x", 17<<20)}
	if err := s.PutEvent(t.Context(), e); !fault.Is(err, fault.Invalid) {
		t.Errorf("PutEvent of 17 MiB: got %s, want invalid", fault.KindOf(err))
	}
	e.Description = ""
	if err := s.PutEvent(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	e.Version, e.Description = 2, strings.Repeat("x", 17<<20)
	if err := s.PutEvent(t.Context(), e); !fault.Is(err, fault.Invalid) {
		t.Errorf("PutEvent of 17 MiB over a small one: got %s, want invalid", fault.KindOf(err))
	}
	if got, err := s.Event(t.Context(), "evt_1"); err != nil || got.Version != 1 {
		t.Errorf("Event: got version %d, %v, want 1", got.Version, err)
	}
}

// Versions at the ends of what a number holds do not wrap.
func TestStore_versionsAtTheEnd(t *testing.T) {
	s := open(t, fresh(t, need(t)))
	for _, version := range []int64{math.MinInt64, -1, 0, 2, math.MaxInt64} {
		if err := s.PutUser(t.Context(), booking.User{ID: "usr_1", Version: version}); !fault.Is(err, fault.Stale) {
			t.Errorf("PutUser, version %d of nothing: got %v, want stale", version, err)
		}
	}
	for _, version := range []int64{math.MaxInt64, math.MinInt64, 5} {
		if err := s.PutVenue(t.Context(), booking.Venue{LocationID: "loc_1", Version: version}); err != nil {
			t.Errorf("PutVenue, version %d: got %v, want nil", version, err)
		}
	}
	if v, err := s.Venue(t.Context(), "loc_1"); err != nil || v.Version != math.MaxInt64 {
		t.Errorf("Venue: got version %d, %v, want the largest", v.Version, err)
	}
}
