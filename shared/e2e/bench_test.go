package e2e_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// errEnough says that there is nothing left to do.
var errEnough = errors.New("enough")

// rate does things by callers for a while and returns how many a second.
func rate(b *testing.B, callers int, span time.Duration, do func(n int) error) float64 {
	b.Helper()
	var next, done atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range callers {
		wg.Go(func() {
			for time.Since(began) < span {
				err := do(int(next.Add(1)) - 1)
				if errors.Is(err, errEnough) {
					return
				}
				if err != nil {
					b.Error(err)
					return
				}
				done.Add(1)
			}
		})
	}
	wg.Wait()
	return float64(done.Load()) / time.Since(began).Seconds()
}

// fsyncs returns how many times a second 4 kB can be appended to a file and synced.
func fsyncs(b *testing.B, dir string, span time.Duration) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = os.Remove(f.Name()) }()
	defer func() { _ = f.Close() }()
	page := make([]byte, 4096)
	return rate(b, 1, span, func(int) error {
		if _, err := f.Write(page); err != nil {
			return err
		}
		return f.Sync()
	})
}

func openStore(b *testing.B) *embedstore.Store {
	b.Helper()
	s, err := embedstore.Open(b.Context(), b.TempDir())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

// order is the nth booking of one place, as a hold and a request would make it.
func order(n, events int, salt uint64) booking.Booking {
	event, _ := id.Parse(id.Event, id.Derived(id.Event, fmt.Sprint("bench ", n%events)))
	place := n / events * 40_507 % (1563 * inventory.BlockSize)
	block := inventory.BlockID{Event: event, Section: int(salt % 100), Number: place / inventory.BlockSize}
	var user id.Raw
	binary.BigEndian.PutUint64(user[:], uint64(n)*0x9E3779B97F4A7C15+salt)
	return booking.Booking{
		User: user, Hold: inventory.HoldID(uint64(n+1)*0xD1342543DE82EF95 + salt), Event: event, Status: booking.Recorded,
		Key: "0123456789abcdef", BodyHash: 1 << 60, Currency: "EUR", Payment: "test:ok:4500:EUR:ABCDEFGH", Version: 1, CreatedAt: time.Now(),
		Items: []booking.Item{{TicketType: event, Price: 4500, Groups: []inventory.Group{{Block: block, Slots: 1 << (place % inventory.BlockSize)}}}},
	}
}

func benchStore(b *testing.B, t *table) {
	ctx := context.Background()
	step := func(s *embedstore.Store, k booking.Booking, op inventory.Op) error {
		g := k.Items[0].Groups[0]
		_, err := s.Step(ctx, g.Block, inventory.Step{Op: op, Slots: g.Slots, Hold: k.Hold, Expires: k.CreatedAt.Unix() + 600, Now: k.CreatedAt})
		return err
	}
	record := func(s *embedstore.Store, k booking.Booking) error {
		m := message.New(id.New(id.Message, k.CreatedAt), message.SourceBooking, message.BookingRecorded, k.Hold.String(), k.CreatedAt, message.BookingRefV1{})
		return s.PutBooking(ctx, k, outbox.Message{Envelope: m, NotBefore: k.CreatedAt.Add(20 * time.Second)})
	}
	for _, callers := range []int{1, 64, 1024} {
		for _, events := range []int{1, 200} {
			raw, got := []float64{}, map[string][]float64{}
			for round := range rounds {
				s := openStore(b)
				raw = append(raw, fsyncs(b, b.TempDir(), 300*time.Millisecond))
				salt := uint64(round * 4)
				claims := rate(b, callers, 300*time.Millisecond, func(n int) error { return step(s, order(n, events, salt), inventory.OpClaim) })
				got["hold"] = append(got["hold"], claims)
				got["record"] = append(got["record"], rate(b, callers, 300*time.Millisecond, func(n int) error { return record(s, order(n, events, salt+1)) }))
				// What was held in the first turn is sold in this one.
				got["confirm"] = append(got["confirm"], rate(b, callers, 300*time.Millisecond, func(n int) error {
					if n >= int(claims*.3) {
						return errEnough
					}
					return step(s, order(n, events, salt), inventory.OpConfirm)
				}))
				got["all three"] = append(got["all three"], rate(b, callers, 400*time.Millisecond, func(n int) error {
					k := order(n, events, salt+2)
					if err := step(s, k, inventory.OpClaim); err != nil {
						return err
					}
					if err := record(s, k); err != nil {
						return err
					}
					return step(s, k, inventory.OpConfirm)
				}))
				_ = s.Close()
			}
			base := median(raw)
			t.row("append 4 kB and fsync, 1 caller, beside the next four", fmt.Sprintf("%.0f /s", base),
				fmt.Sprintf("%.0f to %.0f /s in the rounds", slices.Min(raw), slices.Max(raw)), 0, noAim)
			for _, what := range []string{"hold", "record", "confirm", "all three"} {
				m := median(got[what])
				name := fmt.Sprintf("%s, %d callers, %d events", what, callers, events)
				if callers == 1 {
					name = fmt.Sprintf("%s, 1 caller, %d events", what, events)
				}
				ratio, aim := m/base, noAim
				switch {
				case callers == 1 && what == "all three":
					ratio, aim = base/m/3, limit{atMost: 1.5, what: "one fsync a step"}
				case callers == 1:
					ratio, aim = base/m, limit{atMost: 1.5, what: "one fsync"}
				case callers == 1024 && what == "all three":
					aim = limit{atLeast: 4, what: "fsyncs"}
				case callers == 1024:
					aim = limit{atLeast: 10, what: "fsyncs"}
				}
				t.row(strings.ReplaceAll(name, " 1 events", " 1 event"), fmt.Sprintf("%.0f /s", m), fmt.Sprintf("%.0f fsyncs /s", base), ratio, aim)
			}
		}
	}
}

// benchSizes compares what a booking costs at a small and at a huge event.
func benchSizes(b *testing.B, t *table) {
	cost := map[int][]float64{}
	for range rounds {
		for _, places := range []int{1_000, 1_000_000} {
			s := openStore(b)
			ring, err := booking.NewKeyring(1, map[byte][]byte{1: make([]byte, 32)})
			if err != nil {
				b.Fatal(err)
			}
			service := booking.New(booking.Deps{
				Store: s, Payment: testpay.New(testpay.Config{}), Keys: ring, Now: time.Now,
				NewID: func(prefix string) string { return id.New(prefix, time.Now()) },
			}, booking.Config{})
			floor, kind := id.Derived(id.Section, "floor"), id.Derived(id.TicketType, "floor")
			state := message.EventStateV1{
				EventID: id.Derived(id.Event, "sizes"), Version: 1, OrganisationID: "demo", Status: "published", Name: "Sizes",
				Category: "concert", StartsAt: time.Now().AddDate(0, 1, 0), TimeZone: "UTC",
				TicketTypes: []message.TicketTypeV1{{ID: kind, Name: "Floor", Price: money.Of(3000, "EUR"), SectionIDs: []string{floor}}},
				Layout:      []message.SectionV1{{ID: floor, Name: "Floor", Kind: "standing", Capacity: places}},
			}
			if err := service.ApplyEvent(b.Context(), state); err != nil {
				b.Fatal(err)
			}
			began := time.Now()
			var wg sync.WaitGroup
			for caller := range 16 {
				wg.Go(func() {
					for n := range 40 {
						var user id.Raw
						user[0], user[1] = byte(caller), byte(n)
						ask := booking.HoldRequest{EventID: state.EventID, Items: []booking.ItemRequest{{TicketTypeID: kind, Quantity: 1}}}
						_, err := service.Book(context.Background(), user, booking.BookRequest{
							Direct: &ask, Key: "k",
							Payment: &booking.PaymentRequest{Method: "test", Token: "ok"},
						})
						if err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			cost[places] = append(cost[places], time.Since(began).Seconds()/640*1e6)
			_ = s.Close()
		}
	}
	small, huge := median(cost[1_000]), median(cost[1_000_000])
	t.row("a booking at an event of 1,000,000 places, 16 callers", fmt.Sprintf("%.0f µs", huge), fmt.Sprintf("%.0f µs at 1,000 places", small), huge/small, limit{atMost: 1.2})
}
