package embedstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/store/embedstore"
)

var (
	_ catalog.Store     = (*embedstore.Store)(nil)
	_ booking.Store     = (*embedstore.Store)(nil)
	_ queue.DeadLetters = (*embedstore.Store)(nil)
)

func open(t testing.TB, dir string, opts ...embedstore.Option) *embedstore.Store {
	t.Helper()
	s, err := embedstore.Open(context.Background(), dir, opts...)
	if err != nil {
		t.Fatalf("Open %s: %v", dir, err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func raw(s string) id.Raw {
	r, _ := id.Parse("", id.Derived("", s))
	return r
}

func TestOpen_keepsEverything(t *testing.T) {
	ctx, dir := t.Context(), t.TempDir()
	s := open(t, dir)
	b := inventory.BlockID{Event: raw("event"), Section: 1, Number: 2}
	claim := inventory.Step{Op: inventory.OpClaim, Slots: 0b101, Hold: 7, Expires: 2_000_000_000, Now: time.Unix(1_900_000_000, 0)}
	if _, err := s.Step(ctx, b, claim); err != nil {
		t.Fatalf("Step: %v", err)
	}
	bk := booking.Booking{User: raw("user"), Hold: 7, Event: b.Event, Status: booking.Recorded, Version: 1, CreatedAt: time.Unix(1_900_000_000, 0).UTC()}
	if err := s.PutBooking(ctx, bk); err != nil {
		t.Fatalf("PutBooking: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	s = open(t, dir)
	var found inventory.Block
	if err := s.Blocks(ctx, []inventory.BlockID{b}, true, func(_ int, got *inventory.Block) { found = *got }); err != nil {
		t.Fatalf("Blocks: %v", err)
	}
	if found.Taken != 0b101 || found.Claims[2].Hold != 7 {
		t.Errorf("Blocks after reopening: got %b by %v, want 101 by 7", found.Taken, found.Claims[2].Hold)
	}
	got, err := s.Booking(ctx, booking.Ref{User: bk.User, Hold: 7})
	if err != nil || got.Version != 1 || got.User != bk.User {
		t.Errorf("Booking after reopening: got %+v, %v", got, err)
	}
}
