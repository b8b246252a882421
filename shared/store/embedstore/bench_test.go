package embedstore_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// arena is how many places an event of the benchmarks has in a section: 1,563 blocks.
const arena = 1563 * inventory.BlockSize

// purchase is one place that one caller buys, by number: places of one event are taken in a scattered order, as buyers'
// seeded walks do.
func purchase(n, events int) booking.Booking {
	at := n / events
	place := at % arena * 40_507 % arena // the factor is prime to arena: a permutation
	block := inventory.BlockID{Event: benchEvents[n%events], Section: at / arena, Number: place / inventory.BlockSize}
	var user id.Raw
	binary.BigEndian.PutUint64(user[:], uint64(n)*0x9E3779B97F4A7C15)
	return booking.Booking{
		User: user, Hold: inventory.HoldID(uint64(n+1) * 0xD1342543DE82EF95), Event: block.Event,
		Status: booking.Recorded, Key: "0123456789abcdef", BodyHash: 1 << 60, Currency: "EUR", Payment: "pay_0123456789abcdef",
		Items: []booking.Item{{
			TicketType: benchEvents[0], Price: 4500,
			Groups: []inventory.Group{{Block: block, Slots: 1 << (place % inventory.BlockSize)}},
		}},
		CreatedAt: t0, Version: 1,
	}
}

var benchEvents = func() (ids [200]id.Raw) {
	for i := range ids {
		ids[i] = raw(fmt.Sprint("event ", i))
	}
	return ids
}()

var t0 = time.Date(2027, 5, 1, 18, 0, 0, 0, time.UTC)

func claim(ctx context.Context, s *embedstore.Store, b booking.Booking) error {
	g := b.Items[0].Groups[0]
	_, err := s.Step(ctx, g.Block, inventory.Step{Op: inventory.OpClaim, Slots: g.Slots, Hold: b.Hold, Expires: t0.Unix() + 600, Now: t0})
	return err
}

func record(ctx context.Context, s *embedstore.Store, b booking.Booking) error {
	return s.PutBooking(ctx, b, outbox.Message{NotBefore: t0.Add(20 * time.Second), Envelope: message.New(
		b.User.With(id.Message), message.SourceBooking, message.BookingRecorded, b.Hold.String(), t0, map[string]string{"bookingId": b.Hold.String()})})
}

func confirm(ctx context.Context, s *embedstore.Store, b booking.Booking) error {
	g := b.Items[0].Groups[0]
	_, err := s.Step(ctx, g.Block, inventory.Step{Op: inventory.OpConfirm, Slots: g.Slots, Hold: b.Hold, Now: t0})
	return err
}

// crowd has callers do n operations between them.
func crowd(tb testing.TB, callers, n int, do func(i int) error) {
	tb.Helper()
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				if err := do(i); err != nil {
					if failed.CompareAndSwap(false, true) {
						tb.Errorf("operation %d: %v", i, err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
}

// BenchmarkAppend is what durability costs here: one append of 1 KiB and one fsync.
func BenchmarkAppend(b *testing.B) {
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 1024)
	for b.Loop() {
		if _, err := f.Write(page); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b)
}

func perSecond(b *testing.B) { b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s") }

func BenchmarkBooking(b *testing.B) {
	steps := []struct {
		name   string
		before []func(context.Context, *embedstore.Store, booking.Booking) error
		timed  []func(context.Context, *embedstore.Store, booking.Booking) error
	}{
		{"claim", nil, []func(context.Context, *embedstore.Store, booking.Booking) error{claim}},
		{"record", nil, []func(context.Context, *embedstore.Store, booking.Booking) error{record}},
		{"confirm", []func(context.Context, *embedstore.Store, booking.Booking) error{claim}, []func(context.Context, *embedstore.Store, booking.Booking) error{confirm}},
		{"together", nil, []func(context.Context, *embedstore.Store, booking.Booking) error{claim, record, confirm}},
	}
	for _, step := range steps {
		for _, events := range []int{1, 200} {
			for _, callers := range []int{1, 64, 1024} {
				b.Run(fmt.Sprintf("%s/events=%d/callers=%d", step.name, events, callers), func(b *testing.B) {
					ctx, s := b.Context(), open(b, b.TempDir())
					for _, do := range step.before {
						crowd(b, 1024, b.N, func(i int) error { return do(ctx, s, purchase(i, events)) })
					}
					b.ReportAllocs()
					b.ResetTimer()
					crowd(b, callers, b.N, func(i int) error {
						p := purchase(i, events)
						for _, do := range step.timed {
							if err := do(ctx, s, p); err != nil {
								return err
							}
						}
						return nil
					})
					perSecond(b)
				})
			}
		}
	}
}

// BenchmarkRead is what the pages of an event and its seat map read.
func BenchmarkRead(b *testing.B) {
	ctx, s := b.Context(), open(b, b.TempDir())
	eventID := benchEvents[0].With(id.Event)
	if err := s.PutEvent(ctx, catalog.Event{ID: eventID, Name: "Concert", Status: catalog.Published, StartsAt: t0, Version: 1}); err != nil {
		b.Fatal(err)
	}
	if err := s.PutAvailability(ctx, eventID, catalog.Availability{AsOf: t0, Total: 100, Left: 100}); err != nil {
		b.Fatal(err)
	}
	crowd(b, 256, 2000, func(i int) error { return claim(ctx, s, purchase(i, 1)) })
	blocks := make([]inventory.BlockID, 1563)
	for i := range blocks {
		blocks[i] = inventory.BlockID{Event: benchEvents[0], Number: i}
	}
	for _, tc := range []struct {
		name string
		read func() error
	}{
		{"event", func() error { _, err := s.Event(ctx, eventID); return err }},
		{"block", func() error { return s.Blocks(ctx, blocks[:1], true, func(int, *inventory.Block) {}) }},
		{"1563-blocks", func() error { return s.Blocks(ctx, blocks, true, func(int, *inventory.Block) {}) }},
	} {
		b.Run(tc.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := tc.read(); err != nil {
					b.Fatal(err)
				}
			}
			perSecond(b)
		})
	}
}
