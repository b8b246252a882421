package mongostore_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/store/mongostore"
)

// farOff is not due by any clock.
var farOff = time.Date(2096, 1, 1, 0, 0, 0, 0, time.UTC)

func timer(name string, due time.Time) outbox.Message {
	m := note(name)
	m.NotBefore = due
	return m
}

// box is a store whose documents are looked at behind its back.
type box struct {
	*testing.T
	*mongostore.Store
	items *mongo.Collection
}

func newBox(t *testing.T) box {
	t.Helper()
	server := need(t)
	name := databaseIn(fresh(t, server))
	return box{t, open(t, in(server, name)), client(t, server).Database(name).Collection("booking_items")}
}

func (b box) put(hold inventory.HoldID, version int64, out ...outbox.Message) {
	b.Helper()
	if err := b.PutBooking(b.Context(), booking.Booking{User: buyer, Hold: hold, Version: version}, out...); err != nil {
		b.Fatal(err)
	}
}

func (b box) claim(now time.Time, limit int) []outbox.Pending {
	b.Helper()
	got, err := b.BookingOutbox().Claim(b.Context(), now, time.Minute, limit)
	if err != nil {
		b.Fatal(err)
	}
	return got
}

func (b box) sent(all []outbox.Pending) {
	b.Helper()
	var refs []string
	for _, p := range all {
		refs = append(refs, p.Ref)
	}
	if err := b.BookingOutbox().MarkSent(b.Context(), refs); err != nil {
		b.Fatal(err)
	}
}

// has reports a number of documents with a field that is not as it should be.
func (b box) has(call, field string, want int64) {
	b.Helper()
	n, err := b.items.CountDocuments(b.Context(), bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: true}}}})
	if err != nil || n != want {
		b.Errorf("documents with %s %s: got %d, %v, want %d", field, call, n, err, want)
	}
}

func names(all []outbox.Pending) []string {
	var s []string
	for _, p := range all {
		s = append(s, p.Message.ID)
	}
	return s
}

// Documents whose messages are sent are in no list that a claim reads: the outbox costs what is in it.
func TestOutbox_emptyOnesAreNotLookedAt(t *testing.T) {
	b := newBox(t)
	for hold := range inventory.HoldID(10) {
		b.put(hold, 1, timer("replaced", farOff), note("now"))
		b.put(hold, 2, note("again"))
	}
	b.has("with messages", "q", 10)
	b.sent(b.claim(t0, 15))
	b.sent(b.claim(t0, 15))
	for _, field := range []string{"q", "outbox0", "outbox1"} {
		b.has("when all is sent", field, 0)
	}
}

// A document whose timer was replaced by nothing is looked at once more, when the timer would have been due.
func TestOutbox_forgetsReplacedTimers(t *testing.T) {
	b := newBox(t)
	b.put(1, 1, timer("replaced", farOff))
	b.put(1, 2)
	b.put(2, 1, timer("kept", farOff.Add(time.Hour)), note("now"))
	b.sent(b.claim(t0, 10))
	b.has("while the timers wait", "q", 2)
	if got := names(b.claim(farOff, 10)); len(got) != 0 {
		t.Errorf("Claim when the replaced timer would be due: got %q, want none", got)
	}
	b.has("afterwards", "q", 1)
	if got := names(b.claim(farOff.Add(time.Hour), 10)); !slices.Equal(got, []string{"kept"}) {
		t.Errorf("Claim when the other is due: got %q, want it", got)
	}
}

// Snapshots have no versions to count by; the timers of each are replaced by the next all the same.
func TestOutbox_snapshotsReplaceTimers(t *testing.T) {
	b := newBox(t)
	var prev time.Time
	for i := range 6 {
		s := inventory.Snapshot{Event: show, AsOf: t0.Add(time.Duration(i))}
		if err := b.PutSnapshot(t.Context(), s, prev, timer(fmt.Sprint("timer-", i), farOff), note(fmt.Sprint("note-", i))); err != nil {
			t.Fatal(err)
		}
		prev = s.AsOf
	}
	got := names(b.claim(farOff, 100))
	slices.Sort(got)
	if want := []string{"note-0", "note-1", "note-2", "note-3", "note-4", "note-5", "timer-5"}; !slices.Equal(got, want) {
		t.Errorf("Claim: got %q, want %q", got, want)
	}
}

// What others have claimed, and what cannot be read, does not stand before what comes behind it.
func TestOutbox_claimsGoPastWhatIsTaken(t *testing.T) {
	b := newBox(t)
	var want []string
	for i := range 60 {
		want = append(want, fmt.Sprintf("note-%02d", i))
		b.put(inventory.HoldID(i), 1, note(want[i]))
	}
	_, err := b.items.UpdateOne(t.Context(), bson.D{{Key: "outbox1.m", Value: bson.D{{Key: "$exists", Value: true}}}},
		bson.D{{Key: "$set", Value: bson.D{{Key: "outbox1.0.m", Value: "{"}}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for range 10 {
		got = append(got, names(b.claim(t0, 7))...)
	}
	if !slices.Equal(got, want[1:]) {
		t.Errorf("Claim of 7 ten times: got %q, want %q", got, want[1:])
	}
	if n, _, err := b.BookingOutbox().Depth(t.Context(), t0); n != 60 || err != nil {
		t.Errorf("Depth: got %d, %v, want 60", n, err)
	}
}

// The store's own clock decides what of an aggregate's timers was due when it is written again.
func TestOutbox_keepsTimersThatWereDue(t *testing.T) {
	server := need(t)
	now := t0
	s := open(t, fresh(t, server), mongostore.WithClock(func() time.Time { return now }))
	put := func(version int64, out ...outbox.Message) {
		t.Helper()
		if err := s.PutBooking(t.Context(), booking.Booking{User: buyer, Hold: 7, Version: version}, out...); err != nil {
			t.Fatal(err)
		}
	}
	put(1, timer("due", t0.Add(time.Second)), timer("replaced", t0.Add(time.Minute)))
	now = t0.Add(2 * time.Second)
	put(2, timer("kept", t0.Add(time.Minute)))
	now = t0.Add(3 * time.Second)
	if err := relay(t.Context(), s.BookingOutbox(), "due", "kept"); err != nil {
		t.Error(err)
	}
}
