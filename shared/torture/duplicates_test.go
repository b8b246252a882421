package torture_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/memqueue"
)

// town is both services over one store, with their consumers on a queue. Ids follow from the order in which things are made,
// so that two towns with the same history can be compared.
type town struct {
	t      *testing.T
	s      stored
	desk   *desk
	cat    *catalog.Service
	post   publishes
	chaos  bool
	events []string
	place  string

	mu     sync.Mutex
	made   int
	all    []message.Envelope // everything that the services ever said
	posted int                // how much of it was posted at least once
	calls  int                // messages posted
}

func (w *town) newID(prefix string) string {
	if prefix == id.Message {
		return id.New(prefix, time.Now())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.made++
	return id.Derived(prefix, "town", fmt.Sprint(w.made))
}

// said keeps what a service says until it is posted.
func (w *town) said(_ context.Context, ms ...message.Envelope) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all = append(w.all, ms...)
	return nil
}

// deliver posts what was said: in order and once, or with chaos everything that ever was, twice, in no order. It goes on
// until nothing new has been said for a while.
func (w *town) deliver(quiet time.Duration) {
	w.t.Helper()
	for last := time.Now(); time.Since(last) < quiet; <-time.After(10 * time.Millisecond) {
		w.mu.Lock()
		ms := w.all[w.posted:]
		if len(ms) > 0 && w.chaos {
			ms = slices.Concat(w.all, w.all)
			rand.Shuffle(len(ms), func(i, j int) { ms[i], ms[j] = ms[j], ms[i] })
		}
		w.posted, w.calls = len(w.all), w.calls+len(ms)
		w.mu.Unlock()
		if len(ms) == 0 {
			continue
		}
		last = time.Now()
		width := 1
		if w.chaos {
			width = 8
		}
		parts := make(chan []message.Envelope)
		var work sync.WaitGroup
		for range width {
			work.Go(func() {
				for part := range parts {
					ctx, cancel := context.WithTimeout(w.t.Context(), patience)
					if err := w.post(ctx, part...); err != nil {
						w.t.Errorf("Publish: got %v, want nil", err)
					}
					cancel()
				}
			})
		}
		for part := range slices.Chunk(ms, 10) {
			parts <- part
		}
		close(parts)
		work.Wait()
	}
}

var organiser = catalog.Actor{User: "alice", Organisations: []string{"demo"}, Organiser: true}

func (w *town) must(what string, err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%s: got %v, want nil", what, err)
	}
}

// history is four events, people who book them all, and what an organiser then does to them.
func (w *town) history() {
	ctx, starts := w.t.Context(), time.Date(2041, 5, 1, 19, 0, 0, 0, time.UTC)
	l, _, err := w.cat.CreateLocation(ctx, organiser, catalog.NewLocation{
		Name: "Coliseu", Address: "Rua 1", City: "Lisboa", Country: "PT", TimeZone: "Europe/Lisbon",
		Halls: []catalog.NewHall{{Name: "Main", Sections: []catalog.Section{{Name: "Floor", Kind: catalog.Standing, Capacity: 500}}}},
	})
	w.must("CreateLocation", err)
	w.place = l.ID
	kinds := map[string]string{}
	for i := range 4 {
		e, _, err := w.cat.CreateEvent(ctx, organiser, catalog.NewEvent{
			Name: fmt.Sprintf("Concert %d", i), Category: "concert", LocationID: l.ID, HallID: l.Halls[0].ID, StartsAt: starts.AddDate(0, 0, 7*i),
			TicketTypes: []catalog.TicketType{{Name: "General", Price: money.Of(price, "EUR"), SectionIDs: []string{l.Halls[0].Sections[0].ID}}},
		})
		w.must("CreateEvent", err)
		_, err = w.cat.PublishEvent(ctx, organiser, e.ID)
		w.must("PublishEvent", err)
		w.events, kinds[e.ID] = append(w.events, e.ID), e.TicketTypes[0].ID
	}
	w.deliver(time.Second)
	for _, event := range w.events {
		raw, _ := id.Parse(id.Event, event)
		for until := time.Now().Add(patience); ; w.deliver(100 * time.Millisecond) {
			if s, err := w.s.Sale(ctx, raw); err == nil && s.Status == "published" {
				break
			}
			if time.Now().After(until) {
				w.t.Fatalf("event %s: got no sale of it within %v, want one", event, patience)
			}
		}
		for _, name := range []string{"ana", "rui", "eva"} {
			for done := false; !done; {
				done, err = w.desk.tryFor(ctx, event, kinds[event], name, name+event, 2)
				w.must("Book", err)
			}
		}
	}
	first, err := w.cat.Event(ctx, organiser, w.events[0])
	w.must("Event", err)
	_, err = w.cat.UpdateEvent(ctx, organiser, first.ID, first.Version, catalog.EventPatch{Name: catalog.Some("Concert of the year")})
	w.must("UpdateEvent", err)
	_, err = w.cat.RescheduleEvent(ctx, organiser, w.events[1], starts.AddDate(0, 0, 100), nil)
	w.must("RescheduleEvent", err)
	_, err = w.cat.CancelEvent(ctx, organiser, w.events[2], "rain")
	w.must("CancelEvent", err)
	_, err = w.cat.UpdateLocation(ctx, organiser, l.ID, l.Version, catalog.LocationPatch{Name: catalog.Some("Coliseu dos Recreios"), Address: catalog.Some("Rua 2")})
	w.must("UpdateLocation", err)
	w.deliver(time.Second)
}

// state is all that matters in the end.
func (w *town) state() (string, error) {
	ctx := w.t.Context()
	var all []any
	for _, event := range w.events {
		raw, _ := id.Parse(id.Event, event)
		sale, err := w.s.Sale(ctx, raw)
		if err != nil {
			return "", err
		}
		sale.RescheduledAt = nil
		all = append(all, sale.EventStateV1, sale.ClosedAt != nil, sale.Refunded, sale.Lacks)
		e, err := w.s.Event(ctx, event)
		if err != nil {
			return "", err
		}
		e.RescheduledAt = nil
		all = append(all, e)
		if e.Availability != nil {
			all = append(all, e.Availability.Total, e.Availability.Sold, e.Availability.Left)
		}
		a, err := w.desk.Availability(ctx, event)
		if err != nil {
			return "", err
		}
		all = append(all, a.Sections)
	}
	venue, err := w.s.Venue(ctx, w.place)
	if err != nil {
		return "", err
	}
	all = append(all, venue)
	for _, q := range []string{"concert", "recreios", "year"} {
		page, err := w.cat.Search(ctx, catalog.Actor{}, catalog.Query{Q: q})
		if err != nil {
			return "", err
		}
		for _, e := range page.Items {
			all = append(all, q, e.ID, e.Version)
		}
	}
	for _, name := range []string{"ana", "rui", "eva"} {
		list, _, err := w.desk.UserBookings(ctx, buyer(name), "", 10)
		if err != nil {
			return "", err
		}
		for _, b := range list {
			d := fmt.Sprint(b.EventID, b.Status, b.Total, b.Refunded)
			for _, t := range b.Tickets {
				d += fmt.Sprint(t.Number, t.Seat.Number, t.Status)
			}
			ref, err := booking.ParseRef(b.ID)
			if err != nil {
				return "", err
			}
			kept, err := w.s.Booking(ctx, ref)
			if err != nil {
				return "", err
			}
			paid, err := w.s.ledger.Entry(ctx, kept.Payment)
			if err != nil {
				return "", err
			}
			all = append(all, d, paid.State, paid.Amount, paid.Refunded)
		}
	}
	b, err := json.MarshalIndent(all, "", " ")
	return string(b), err
}

// newTown builds a town over a store and a queue.
func newTown(t *testing.T, s stored, q brokersQueue, chaos bool) *town {
	t.Helper()
	d, err := newDesk(s)
	if err != nil {
		t.Fatal(err)
	}
	w := &town{t: t, s: s, desk: d, post: q.Publish, chaos: chaos}
	w.cat = catalog.New(catalog.Deps{Store: s.storesPorts, Now: time.Now, NewID: w.newID})
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var work sync.WaitGroup
	run := func(what string, f func() error) {
		work.Go(func() {
			if err := f(); err != nil {
				t.Errorf("%s: got %v, want nil", what, err)
			}
		})
	}
	run("relay", func() error { return s.relay(ctx, w.said) })
	run("Subscribe", func() error {
		return q.Subscribe(ctx, consumer.CatalogGroup, consumer.Groups()[consumer.CatalogGroup], consumer.Catalog(w.cat))
	})
	run("Subscribe", func() error {
		return q.Subscribe(ctx, consumer.BookingGroup, consumer.Groups()[consumer.BookingGroup], consumer.Booking(d.Service))
	})
	t.Cleanup(func() { cancel(); work.Wait() })
	return w
}

// memory is the queue in memory with the embedded store's dead letters, for whatever store is tested.
type memory struct {
	*memqueue.Queue
	letters
}

type letters interface{ queue.DeadLetters }

func (memory) Migrate(context.Context) error { return nil }

func openMemory(ctx context.Context, folder string, groups map[string][]message.Type) (opened, error) {
	s, err := embedEngine().open(ctx, folder, "letters")
	if err != nil {
		return opened{}, err
	}
	kept := s.storesPorts.(queue.DeadLetters) // the embedded store has them
	q := memqueue.New(memqueue.Deps{
		DeadLetters: kept, NewID: func() string { return id.New(id.DeadLetter, time.Now()) }, Groups: groups, Policy: policy,
	})
	return opened{memory{q, kept}, s.close}, nil
}

// calm is the state of a town where everything is said once and in order.
var calm struct {
	sync.Mutex
	state string
}

func calmState(t *testing.T) string {
	t.Helper()
	calm.Lock()
	defer calm.Unlock()
	if calm.state != "" {
		return calm.state
	}
	t.Run("in-order", func(t *testing.T) {
		w := newTown(t, embedEngine().openNow(t, t.TempDir(), "twice"), memoryOf(t), false)
		w.history()
		w.deliver(4 * time.Second) // timers are of two seconds
		var err error
		calm.state, err = w.state()
		w.must("state", err)
	})
	return calm.state
}

// twice compares a town where everything is said twice and in no order with a calm one.
func twice(t *testing.T, adapter string, s stored, q opened) {
	t.Helper()
	want := calmState(t)
	if want == "" {
		t.Fatal("in order: got no state to compare with, want one")
	}
	w := newTown(t, s, q, true)
	began := time.Now()
	w.history()
	got, err := w.state()
	for until := time.Now().Add(patience); (err != nil || got != want) && time.Now().Before(until); got, err = w.state() {
		w.deliver(200 * time.Millisecond)
	}
	w.must("state", err)
	if got != want {
		t.Errorf("state: %s", firstDifference(got, want))
	}
	if ds, err := q.DeadLetters(t.Context(), "", 10); err != nil || len(ds) != 0 {
		t.Errorf("DeadLetters: got %+v and %v, want none", ds, err)
	}
	report(t, adapter, fmt.Sprintf("%d messages said, %d posted, end state as in order, in %.1f s", len(w.all), w.calls, time.Since(began).Seconds()), 0, soon())
}

func firstDifference(got, want string) string {
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	part := func(s string) string { return s[max(0, min(len(s), at-300)):min(len(s), at+300)] }
	return fmt.Sprintf("got …%s…, want …%s…", part(got), part(want))
}

// memoryOf is the queue in memory with the services' groups.
func memoryOf(t testing.TB) opened {
	t.Helper()
	q := memoryBroker().openNow(t, t.TempDir(), "", choices{groups: consumer.Groups()})
	t.Cleanup(func() {
		if err := q.close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	return q
}

func storeTwice(t *testing.T, r *storeRig) {
	twice(t, r.e.name, r.e.openNow(t, r.at, "twice"), memoryOf(t))
}

func queueTwice(t *testing.T, r *rig) {
	s := embedEngine().openNow(t, t.TempDir(), "twice")
	q := r.b.openNow(t, r.wire.address(), "twice", choices{groups: consumer.Groups(), policy: queue.Policy{Attempts: 8}})
	t.Cleanup(func() {
		if err := q.close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	twice(t, r.b.name, s, q)
}
