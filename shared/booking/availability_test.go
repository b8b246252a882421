package booking_test

import (
	"testing"
	"time"

	"github.com/myevents/myevents/shared/id"
)

// A sale within the second of somebody's reading the availability is told of all the same, a turn later.
func TestService_RefreshAvailability_TellsOfASaleJustAfterASnapshot(t *testing.T) {
	w := newWorld(t)
	name := w.open("concert", nil)
	event, _ := id.Parse(id.Event, name)
	w.counts(name)
	w.bought("ana", name, floor, 2, "k1")
	turn := func() int {
		t.Helper()
		w.clock.add(500 * time.Millisecond)
		n, err := w.RefreshAvailability(t.Context())
		if err != nil {
			t.Fatalf("RefreshAvailability: got %v, want nil", err)
		}
		return n
	}
	for range 6 {
		turn()
	}
	snap, err := w.store.Snapshot(t.Context(), event)
	if err != nil {
		t.Fatalf("Snapshot: got %v, want nil", err)
	}
	sold := 0
	for _, c := range snap.Sections {
		sold += c.Sold
	}
	if sold != 2 || !snap.Told.Equal(snap.AsOf) {
		t.Errorf("Snapshot: got %d sold, told at %v, taken at %v, want 2, told as they were taken", sold, snap.Told, snap.AsOf)
	}
	if n := turn(); n != 0 {
		t.Errorf("RefreshAvailability: got %d events to look at, want none any more", n)
	}
}
