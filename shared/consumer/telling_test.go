package consumer_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/memqueue"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// heard is the catalogue as far as it hears of availability.
type heard struct {
	consumer.CatalogService
	mu    sync.Mutex
	last  message.AvailabilityV1
	times int
	news  chan struct{}
}

func (h *heard) ApplyAvailability(_ context.Context, m message.AvailabilityV1) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if m.AsOf.After(h.last.AsOf) {
		h.last = m
	}
	h.times++
	select {
	case h.news <- struct{}{}:
	default:
	}
	return nil
}

func (h *heard) soldOut() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.last.Sections) == 1 && h.last.Sections[0].Left == 0
}

// Two processes without a loop, which share a store and handle each other's messages, sell an event out: within seconds
// the catalogue has heard of it, having been told at most once a second.
func TestBooking_SoldOutIsToldByProcessesWithoutALoop(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	store, err := embedstore.Open(ctx, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	keys, err := booking.NewKeyring(1, map[byte][]byte{1: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	newID := func(prefix string) string { return id.New(prefix, time.Now()) }
	broker := memqueue.New(memqueue.Deps{
		DeadLetters: store, Groups: consumer.Groups(), NewID: func() string { return newID(id.DeadLetter) },
	})
	catalogue := &heard{news: make(chan struct{}, 1)}
	books := testpay.NewBooks()
	services := make([]*booking.Service, 2)
	var loops sync.WaitGroup
	subscribe := func(group string, h queue.Handler) {
		loops.Go(func() { _ = broker.Subscribe(ctx, group, consumer.Groups()[group], h) })
	}
	for i := range services {
		services[i] = booking.New(booking.Deps{
			Store: store, Payment: testpay.New(testpay.Config{Ledger: books}), Keys: keys,
			Now: func() time.Time { return time.Now().UTC() }, NewID: newID,
		}, booking.Config{})
		subscribe(consumer.BookingGroup, consumer.Booking(services[i]))
	}
	subscribe(consumer.CatalogGroup, consumer.Catalog(catalogue))
	relay := outbox.NewRelay(outbox.RelayDeps{Source: store.BookingOutbox(), Publish: broker.Publish, Now: time.Now}, outbox.RelayConfig{})
	loops.Go(func() { _ = relay.Run(ctx) })

	floor, kind := id.Derived(id.Section, "floor"), id.Derived(id.TicketType, "floor")
	state := message.EventStateV1{
		EventID: id.Derived(id.Event, "sold out"), Version: 1, OrganisationID: "demo", Status: "published", Name: "Sold out",
		Category: "concert", StartsAt: time.Now().AddDate(0, 1, 0), TimeZone: "UTC",
		TicketTypes: []message.TicketTypeV1{{ID: kind, Name: "Floor", Price: money.Of(3000, "EUR"), SectionIDs: []string{floor}}},
		Layout:      []message.SectionV1{{ID: floor, Name: "Floor", Kind: "standing", Capacity: 120}},
	}
	if err := services[0].ApplyEvent(ctx, state); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var buyers sync.WaitGroup
	for n := range 8 {
		buyers.Go(func() {
			for k := range 15 {
				who, _ := id.Parse(id.User, id.Derived(id.User, fmt.Sprint("u", n)))
				ask := booking.HoldRequest{EventID: state.EventID, Items: []booking.ItemRequest{{TicketTypeID: kind, Quantity: 1}}}
				_, err := services[n%2].Book(ctx, who, booking.BookRequest{
					Direct: &ask, Key: fmt.Sprint("k", k), Payment: &booking.PaymentRequest{Method: "test", Token: testpay.OK},
				})
				if err != nil {
					t.Errorf("Book: got %v, want nil", err)
				}
			}
		})
	}
	buyers.Wait()
	for !catalogue.soldOut() {
		select {
		case <-catalogue.news:
		case <-ctx.Done():
			t.Fatalf("told last: got %+v, want nothing left", catalogue.last)
		}
	}
	took := time.Since(began)
	cancel()
	loops.Wait()
	if most := int(took/time.Second) + 1; catalogue.times > most {
		t.Errorf("told %d times in %v, want at most %d", catalogue.times, took, most)
	}
	t.Logf("sold out told %v after the first sale, by %d messages", took.Round(10*time.Millisecond), catalogue.times)
}
