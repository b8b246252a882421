package mongostore_test

import (
	"context"
	"fmt"
	"math/bits"
	"slices"
	"sync"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/store/mongostore"
)

var t0 = time.Date(2031, 3, 5, 19, 30, 0, 0, time.UTC)

var (
	show  = id.Raw{1}
	buyer = id.Raw{2}
	block = inventory.BlockID{Event: show}
)

// written is a write of a store that is to be done whatever happens to the first replies.
type written struct {
	name string
	do   func() error
}

// note returns a message that can be told from others.
func note(name string) outbox.Message {
	return outbox.Message{Envelope: message.New(name, message.SourceBooking, message.BookingRecorded, "bkg_1", t0, map[string]string{"text": name})}
}

func steps(t *testing.T, s *mongostore.Store) []written {
	step := func(op inventory.Op, slots uint64, expires int64, want func(inventory.Block) bool) func() error {
		return func() error {
			found, err := s.Step(t.Context(), block, inventory.Step{Op: op, Slots: slots, Hold: 7, Expires: t0.Unix() + expires, Now: t0})
			if err == nil && !want(found) {
				t.Errorf("Step %d: got %+v, want it done", op, found)
			}
			return err
		}
	}
	own := func(n int) func(inventory.Block) bool {
		return func(b inventory.Block) bool { return bits.OnesCount64(b.Own(^uint64(0), 7)) == n }
	}
	return []written{
		{"claim", step(inventory.OpClaim, 0b1111, 60, own(4))},
		{"claim-of-more", step(inventory.OpClaim, 0b11111, 60, own(5))},
		{"extend", step(inventory.OpExtend, 0b11111, 90, own(5))},
		{"confirm", step(inventory.OpConfirm, 0b11, 90, own(5))},
		{"confirm-by-a-wrong-hint", step(inventory.OpConfirm, 0b100, 1, own(5))},
		{"let-go", step(inventory.OpLetGo, 0b1000, 0, own(4))},
		{"let-go-of-some-sold", step(inventory.OpLetGo, 0b10001, 0, own(3))},
		{"release", step(inventory.OpRelease, 0b1, 0, own(2))},
		{"withhold", step(inventory.OpWithhold, 1<<63, 0, func(b inventory.Block) bool { return b.With(^uint64(0), inventory.Withheld) == 1<<63 })},
		{"offer", step(inventory.OpOffer, 1<<63, 0, func(b inventory.Block) bool { return b.With(^uint64(0), inventory.Withheld) == 0 })},
		{"close", step(inventory.OpClose, 0, 0, func(b inventory.Block) bool { return b.Closed && b.Taken == 0b110 })},
	}
}

func catalogue(t *testing.T, s *mongostore.Store) []written {
	ctx := t.Context()
	return []written{
		{"new-event", func() error { return s.PutEvent(ctx, catalog.Event{ID: "evt_1", Version: 1}, note("catalog-1")) }},
		{"event", func() error {
			return s.PutEvent(ctx, catalog.Event{ID: "evt_1", Version: 2}, note("catalog-2"), note("catalog-3"))
		}},
		{"availability", func() error { return s.PutAvailability(ctx, "evt_1", catalog.Availability{AsOf: t0}) }},
		{"new-location", func() error { return s.PutLocation(ctx, catalog.Location{ID: "loc_1", Version: 1}, note("catalog-4")) }},
		{"location", func() error { return s.PutLocation(ctx, catalog.Location{ID: "loc_1", Version: 2}) }},
		{"month", func() error { return s.PutHallMonth(ctx, catalog.Month{HallID: "h", Month: "2031-03", Version: 1}) }},
		{"entry", func() error {
			return s.PutEntry(ctx, "events", catalog.Entry{ID: "e", Sort: "1", Version: 1, Tokens: []string{"a", "b", "c"}})
		}},
		{"entry-changed", func() error {
			return s.PutEntry(ctx, "events", catalog.Entry{ID: "e", Sort: "2", Version: 2, Tokens: []string{"b"}})
		}},
		{"messages-sent", func() error { return relay(ctx, s.CatalogOutbox(), "catalog-1", "catalog-2", "catalog-3", "catalog-4") }},
	}
}

// relay claims what is due, which must be certain messages, and marks them sent.
func relay(ctx context.Context, src outbox.Source, want ...string) error {
	got, err := src.Claim(ctx, t0.Add(time.Hour), time.Minute, 100)
	if err != nil {
		return err
	}
	var names, refs []string
	for _, p := range got {
		names, refs = append(names, p.Message.ID), append(refs, p.Ref)
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		return fmt.Errorf("Claim: got messages %q, want %q", names, want)
	}
	if err := src.MarkSent(ctx, refs); err != nil {
		return err
	}
	if n, _, err := src.Depth(ctx, t0.Add(time.Hour)); n != 0 || err != nil {
		return fmt.Errorf("Depth after all was sent: got %d, %w, want 0", n, err)
	}
	return nil
}

func sales(t *testing.T, s *mongostore.Store) []written {
	ctx := t.Context()
	sale := func(rev int64, status string, refunded bool, out ...outbox.Message) func() error {
		return func() error {
			b := booking.Sale{EventStateV1: message.EventStateV1{EventID: show.With(id.Event), Status: status}, Refunded: refunded, Rev: rev}
			return s.PutSale(ctx, b, out...)
		}
	}
	return []written{
		{"sale", sale(1, "published", false, note("booking-1"))},
		{"sale-cancelled", sale(2, "cancelled", false, note("booking-2"))},
		{"sale-refunded", sale(3, "cancelled", true)},
		{"venue", func() error { return s.PutVenue(ctx, booking.Venue{LocationID: "loc_1", Version: 1}) }},
		{"venue-changed", func() error { return s.PutVenue(ctx, booking.Venue{LocationID: "loc_1", Version: 2}) }},
		{"snapshot", func() error {
			return s.PutSnapshot(ctx, inventory.Snapshot{Event: show, AsOf: t0}, time.Time{}, note("booking-3"))
		}},
		{"snapshot-replaced", func() error {
			return s.PutSnapshot(ctx, inventory.Snapshot{Event: show, AsOf: t0.Add(1)}, t0, note("booking-4"))
		}},
		{"snapshot-replaced-again", func() error {
			return s.PutSnapshot(ctx, inventory.Snapshot{Event: show, AsOf: t0.Add(2)}, t0.Add(1), note("booking-5"))
		}},
		{"messages-sent", func() error {
			return relay(ctx, s.BookingOutbox(), "booking-1", "booking-2", "booking-3", "booking-4", "booking-5")
		}},
	}
}

func bookings(t *testing.T, s *mongostore.Store) []written {
	ctx := t.Context()
	timer := note("booking-1")
	timer.NotBefore = time.Date(2096, 1, 1, 0, 0, 0, 0, time.UTC)
	return []written{
		{"booking", func() error { return s.PutBooking(ctx, booking.Booking{User: buyer, Hold: 7, Version: 1}, timer) }},
		{"booking-changed", func() error {
			return s.PutBooking(ctx, booking.Booking{User: buyer, Hold: 7, Version: 2}, note("booking-2"))
		}},
		{"mark", func() error {
			m, err := s.PutMark(ctx, booking.Mark{User: buyer, Key: "k", Hold: 7})
			if err == nil && m.Hold != 7 {
				t.Errorf("PutMark: got hold %s, want 7", m.Hold)
			}
			return err
		}},
		{"index", func() error { return s.IndexBooking(ctx, show, booking.Ref{User: buyer, Hold: 7}) }},
		{"purchases", func() error { return s.PutPurchases(ctx, booking.Purchases{User: buyer, Event: show, Version: 1}) }},
		{"user", func() error { return s.PutUser(ctx, booking.User{ID: buyer.With(id.User), Version: 1}) }},
		{"messages-sent", func() error { return relay(ctx, s.BookingOutbox(), "booking-2") }},
	}
}

func books(t *testing.T, s *mongostore.Store) []written {
	ctx, ledger := t.Context(), s.Ledger()
	entry := func(version int64, state payment.State) func() error {
		return func() error {
			return ledger.PutEntry(ctx, payment.Entry{Authorisation: payment.Authorisation{ID: "a", State: state, At: t0}, Version: version})
		}
	}
	return []written{
		{"authorised", entry(1, payment.Authorised)},
		{"authorised-again", entry(2, payment.Authorised)},
		{"captured", entry(3, payment.Captured)},
		{"dead-letter", func() error {
			return s.AddDeadLetter(ctx, queue.DeadLetter{ID: "1", Group: "booking", Message: note("dead").Envelope, At: t0})
		}},
		{"dead-letter-removed", func() error { return s.RemoveDeadLetter(ctx, "1") }},
	}
}

// Every write is done, and its reply is lost or says that it failed. What the driver and the store try again by themselves
// finds it done: the answer is success, and the effect is there once. The server of these tests knows no write again, so it
// really does each twice.
func TestStore_writeWhoseReplyIsLost(t *testing.T) {
	server := need(t)
	var all sync.WaitGroup
	defer all.Wait()
	for _, how := range []struct {
		name  string
		times int
		verdict
	}{
		{"reply-lost", 1, verdict{deed: lose}},
		{"reply-says-that-it-took-too-long", 2, verdict{deed: deny, answer: failed(262, "ExceededTimeLimit")}},
		{"reply-says-that-the-primary-stepped-down", 1, verdict{deed: deny, answer: failed(189, "PrimarySteppedDown", "RetryableWriteError")}},
	} {
		for _, some := range []func(*testing.T, *mongostore.Store) []written{steps, catalogue, sales, bookings, books} {
			p := behind(t, server)
			s := open(t, p.url(databaseIn(fresh(t, server))), mongostore.WithBackoff(time.Millisecond, time.Millisecond))
			all.Go(func() { // all at once: the driver waits half a second for each
				for _, w := range some(t, s) {
					met := p.next(how.times, how.verdict)
					if err := w.do(); err != nil {
						t.Errorf("%s, %s: got %v, want nil", w.name, how.name, err)
					}
					if met() == 0 {
						t.Errorf("%s, %s: got no such reply, want one", w.name, how.name)
					}
				}
				p.let(nil)
				settled(t, s)
			})
		}
	}
}

// settled reports what the writes above leave that should not be there.
func settled(t *testing.T, s *mongostore.Store) {
	t.Helper()
	ctx := t.Context()
	if b, err := s.Booking(ctx, booking.Ref{User: buyer, Hold: 7}); err == nil && b.Version != 2 {
		t.Errorf("Booking: got version %d, want 2", b.Version)
	}
	hits, err := s.Search(ctx, "events", []string{"b"}, catalog.Position{}, "", 10)
	if err != nil || len(hits.Entries) > 1 || len(hits.Entries) == 1 && hits.Entries[0].Version != 2 {
		t.Errorf("Search: got %+v and %v, want at most version 2", hits, err)
	}
	if open, err := s.OpenCancellations(ctx, 10); err != nil || len(open) != 0 {
		t.Errorf("OpenCancellations: got %d and %v, want none", len(open), err)
	}
	if open, err := s.Ledger().OpenEntries(ctx, t0.Add(time.Hour), 10); err != nil || len(open) != 0 {
		t.Errorf("OpenEntries: got %d and %v, want none", len(open), err)
	}
	if letters, err := s.DeadLetters(ctx, "", 10); err != nil || len(letters) != 0 {
		t.Errorf("DeadLetters: got %d and %v, want none", len(letters), err)
	}
}

// A write is done, its reply is lost, and another writes the next version before it is tried again: it is told that it was
// done, and its message is there once beside the other's.
func TestStore_writeWhoseReplyIsLostWhileAnotherWrites(t *testing.T) {
	server := need(t)
	url := fresh(t, server)
	p := behind(t, server)
	s, other := open(t, p.url(databaseIn(url))), open(t, url)
	ref := booking.Ref{User: buyer, Hold: 7}
	for version := int64(1); version < 5; version += 2 {
		var once sync.Once
		p.next(1, verdict{deed: lose, before: func() {
			once.Do(func() {
				b := booking.Booking{User: ref.User, Hold: ref.Hold, Version: version + 1}
				if err := other.PutBooking(context.WithoutCancel(t.Context()), b, note(fmt.Sprint("note-", version+1))); err != nil {
					t.Errorf("PutBooking by another: got %v, want nil", err)
				}
			})
		}})
		b := booking.Booking{User: ref.User, Hold: ref.Hold, Version: version}
		if err := s.PutBooking(t.Context(), b, note(fmt.Sprint("note-", version))); err != nil {
			t.Errorf("PutBooking version %d, done and overwritten: got %v, want nil", version, err)
		}
	}
	p.let(nil)
	if err := relay(t.Context(), s.BookingOutbox(), "note-1", "note-2", "note-3", "note-4"); err != nil {
		t.Error(err)
	}
}

// What was not done when the connection ended is done by the next attempt, once.
func TestStore_writeThatNeverArrived(t *testing.T) {
	server := need(t)
	p := behind(t, server)
	s := open(t, p.url(databaseIn(fresh(t, server))))
	p.next(1, verdict{deed: cut})
	if err := s.PutBooking(t.Context(), booking.Booking{User: buyer, Hold: 7, Version: 1}, note("note")); err != nil {
		t.Errorf("PutBooking, the connection being cut: got %v, want nil", err)
	}
	if err := relay(t.Context(), s.BookingOutbox(), "note"); err != nil {
		t.Error(err)
	}
}

// A write that was done although nobody was told, by a process that asks no more, is another's to whoever comes next.
func TestStore_writeOfAnotherWithTheSameContent(t *testing.T) {
	url := fresh(t, need(t))
	b := booking.Booking{User: buyer, Hold: 1, Version: 1}
	for i, want := range []bool{true, false} {
		err := open(t, url).PutBooking(t.Context(), b)
		if got := err == nil; got != want || err != nil && !fault.Is(err, fault.Stale) {
			t.Errorf("PutBooking %d of the same: got %v, want success %t or stale", i+1, err, want)
		}
	}
}

// A claim whose reply is lost while another claims has what it was first to take, and the other the rest.
func TestStore_claimsWhoseRepliesAreLost(t *testing.T) {
	server := need(t)
	url := fresh(t, server)
	p := behind(t, server)
	s, other := open(t, p.url(databaseIn(url))), open(t, url)
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("note-%02d", i))
		if err := other.PutBooking(t.Context(), booking.Booking{User: buyer, Hold: inventory.HoldID(i), Version: 1}, note(want[i])); err != nil {
			t.Fatal(err)
		}
	}
	told := make(chan []outbox.Pending, 1)
	var once sync.Once
	p.next(1, verdict{deed: lose, before: func() {
		once.Do(func() {
			got, err := other.BookingOutbox().Claim(context.WithoutCancel(t.Context()), t0, time.Minute, 20)
			if err != nil {
				t.Errorf("Claim by another: got %v, want nil", err)
			}
			told <- got
		})
	}})
	mine, err := s.BookingOutbox().Claim(t.Context(), t0, time.Minute, 12)
	theirs := <-told
	var got []string
	for _, p := range slices.Concat(mine, theirs) {
		got = append(got, p.Message.ID)
	}
	if slices.Sort(got); err != nil || len(mine) != 12 || !slices.Equal(got, want) {
		t.Errorf("Claim of 12 of 20 and of the rest: got %d and %d, %v, together %q, want 12 and 8, each once", len(mine), len(theirs), err, got)
	}
}

// A write concern that was not met in time leaves open whether the write stays: it is done again until it is.
func TestStore_writeThatNoMajorityHasYet(t *testing.T) {
	server := need(t)
	p := behind(t, server)
	s := open(t, p.url(databaseIn(fresh(t, server))), mongostore.WithBackoff(time.Millisecond, time.Millisecond), mongostore.WithAttempts(3))
	late := bson.D{{Key: "code", Value: int32(64)}, {Key: "codeName", Value: "WriteConcernTimeout"}, {Key: "errmsg", Value: "waiting for replication timed out"}}
	answer := bson.D{{Key: "ok", Value: 1.0}, {Key: "n", Value: int32(1)}, {Key: "nModified", Value: int32(1)}, {Key: "writeConcernError", Value: late}}
	p.next(2, verdict{deed: deny, answer: answer})
	if err := s.PutUser(t.Context(), booking.User{ID: "usr_1", Version: 1}); err != nil {
		t.Errorf("PutUser, a majority having it at the third attempt: got %v, want nil", err)
	}
	p.next(99, verdict{deed: deny, answer: answer})
	if err := s.PutUser(t.Context(), booking.User{ID: "usr_1", Version: 2}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("PutUser, no majority ever having it: got %v, want unavailable", err)
	}
}
