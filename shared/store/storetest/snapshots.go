package storetest

import (
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

func snapshotFacts() []fact {
	return []fact{
		{name: "snapshot-of-a-new-event-is-zero", test: noSnapshot},
		{name: "snapshot-comes-back-whole", test: wholeSnapshot},
		{name: "snapshot-replaces-only-the-one-that-was-read", test: snapshotCAS},
		{name: "snapshot-has-one-winner-among-many", test: snapshotRace},
		{name: "snapshots-of-events-are-apart", test: snapshotsApart},
	}
}

func (e *env) snapshot(event id.Raw) inventory.Snapshot {
	e.Helper()
	s, err := e.Booking.Snapshot(e.Context(), event)
	e.must("Snapshot", err)
	return s
}

func noSnapshot(e *env) {
	if got := e.snapshot(e.raw()); !got.AsOf.IsZero() || !got.Told.IsZero() || len(got.Sections) != 0 {
		e.Errorf("Snapshot of a new event: got %s, want a zero one", show(got))
	}
}

func wholeSnapshot(e *env) {
	want := inventory.Snapshot{Event: e.raw(), AsOf: after(1).Add(123456789), Told: after(-7), ToldSum: math.MaxUint64, Sections: []inventory.Counts{
		{Total: 1000, Sold: 700, Held: 30, Withheld: 70, Free: 200}, {}, {Total: 64, Free: 64},
	}}
	e.must("PutSnapshot", e.Booking.PutSnapshot(e.Context(), want, time.Time{}))
	e.equal("Snapshot", e.snapshot(want.Event), want)

	bare := inventory.Snapshot{Event: e.raw(), AsOf: after(2)}
	e.must("PutSnapshot", e.Booking.PutSnapshot(e.Context(), bare, time.Time{}))
	e.equal("Snapshot without sections, never told", e.snapshot(bare.Event), bare)
}

func snapshotCAS(e *env) {
	event := e.raw()
	put := func(asOf, prev time.Time) error {
		return e.Booking.PutSnapshot(e.Context(), inventory.Snapshot{Event: event, AsOf: asOf, Sections: []inventory.Counts{
			{Total: 10, Free: 10},
		}}, prev)
	}
	e.kind("PutSnapshot over one where there is none", put(after(1), after(0)), fault.Stale)
	e.must("PutSnapshot, first", put(after(1), time.Time{}))
	e.kind("PutSnapshot as the first where there is one", put(after(2), time.Time{}), fault.Stale)
	e.kind("PutSnapshot over an older one", put(after(2), after(0)), fault.Stale)
	e.kind("PutSnapshot over one a nanosecond off", put(after(2), after(1).Add(1)), fault.Stale)
	e.must("PutSnapshot over the one that is there", put(after(2), after(1)))
	e.kind("PutSnapshot repeated", put(after(2), after(1)), fault.Stale)
	if got := e.snapshot(event).AsOf; !got.Equal(after(2)) {
		e.Errorf("Snapshot after refused writes: got as of %v, want %v", got, after(2))
	}
	berlin := time.FixedZone("", 3600)
	e.must("PutSnapshot over the same moment in another zone", put(after(3), after(2).In(berlin)))
}

func snapshotRace(e *env) {
	event := e.raw()
	var prev time.Time
	for round := range int64(6) {
		winner := e.race("PutSnapshot", func(i int) error {
			return e.Booking.PutSnapshot(e.Context(), inventory.Snapshot{Event: event, AsOf: after(round*100 + int64(i))}, prev)
		})
		prev = after(round*100 + int64(winner))
		if got := e.snapshot(event).AsOf; !got.Equal(prev) {
			e.Fatalf("Snapshot after a race: got as of %v, want the winner's %v", got, prev)
		}
	}
}

func snapshotsApart(e *env) {
	one, two := inventory.Snapshot{Event: e.raw(), AsOf: after(1)}, inventory.Snapshot{Event: e.raw(), AsOf: after(2)}
	e.must("PutSnapshot", e.Booking.PutSnapshot(e.Context(), one, time.Time{}))
	e.must("PutSnapshot of another event", e.Booking.PutSnapshot(e.Context(), two, time.Time{}))
	e.equal("Snapshot", e.snapshot(one.Event), one)
	e.equal("Snapshot of another event", e.snapshot(two.Event), two)
}

// versioned is something that is written by the rule "one more than what is stored, otherwise fault.Stale".
type versioned struct {
	put   func(version int64, text string) error
	check func(version int64, text string) string // "" where that is what is stored
}

// keepsVersions tests the rule, alone and in a race.
func (e *env) keepsVersions(call string, v versioned) {
	e.Helper()
	stored := func(version int64, text string) {
		e.Helper()
		if wrong := v.check(version, text); wrong != "" {
			e.Fatalf("%s: version %d, %q: %s", call, version, text, wrong)
		}
	}
	for _, version := range []int64{2, 0, -1} {
		e.kind(fmt.Sprintf("%s, version %d where nothing is stored", call, version), v.put(version, "x"), fault.Stale)
	}
	e.must(call+", version 1", v.put(1, "first"))
	stored(1, "first")
	e.kind(call+", version 1 again", v.put(1, "first"), fault.Stale)
	e.kind(call+", version 1 again with other content", v.put(1, "other"), fault.Stale)
	e.kind(call+", version 3 over 1", v.put(3, "skips"), fault.Stale)
	stored(1, "first")
	e.must(call+", version 2", v.put(2, "second"))
	for _, version := range []int64{2, 1, 0, 4} {
		e.kind(fmt.Sprintf("%s, version %d over 2", call, version), v.put(version, "x"), fault.Stale)
	}
	stored(2, "second")
	for version := int64(3); version < 6; version++ {
		winner := e.race(call, func(i int) error { return v.put(version, fmt.Sprint("by ", i)) })
		stored(version, fmt.Sprint("by ", winner))
	}
}

// firstWins tests that of many that write version 1 of something new at once, one wins.
func (e *env) firstWins(call string, v versioned) {
	e.Helper()
	winner := e.race(call, func(i int) error { return v.put(1, fmt.Sprint("by ", i)) })
	if wrong := v.check(1, fmt.Sprint("by ", winner)); wrong != "" {
		e.Errorf("%s after a race for version 1, won by %d: %s", call, winner, wrong)
	}
}

// newerWins writes versions in any order, alone and at once; the newest must stay.
func (e *env) newerWins(call string, put func(version int64, text string) error, check func(version int64, text string) string) {
	e.Helper()
	do := func(version int64, text string, stays int64, want string) {
		e.Helper()
		e.must(fmt.Sprintf("%s, version %d", call, version), put(version, text))
		if wrong := check(stays, want); wrong != "" {
			e.Fatalf("%s of version %d, %q: %s", call, version, text, wrong)
		}
	}
	do(3, "three", 3, "three")
	do(2, "two", 3, "three")
	do(3, "another three", 3, "three")
	do(7, "seven", 7, "seven")
	do(7, "seven", 7, "seven")
	do(1, "one", 7, "seven")
	var failed atomic.Int64
	parallel(16, func(i int) {
		for k := range 4 {
			version := int64(8 + (i*4+k)*29%64) // every one of 64 versions once, in no order
			if err := put(version, fmt.Sprint(version)); err != nil {
				failed.Add(1)
				e.Errorf("%s, version %d among others: got %v, want nil", call, version, err)
			}
		}
	})
	if wrong := check(71, "71"); wrong != "" && failed.Load() == 0 {
		e.Errorf("%s of versions 8 to 71 at once: %s", call, wrong)
	}
}
