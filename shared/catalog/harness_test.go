package catalog_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// start is when the tests begin.
var start = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

// world is a catalogue on a store of its own, with a clock that moves only when told.
type world struct {
	*catalog.Service
	t     testing.TB
	store *hooked
	clock atomic.Int64 // Unix nanoseconds
}

// hooked is a store whose writes of events can be made to fail, and whose messages can be read.
type hooked struct {
	*embedstore.Store
	beforePut func(catalog.Event) error // returned instead of writing
	afterPut  func(catalog.Event) error // returned after writing
}

func (h *hooked) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	if h.beforePut != nil {
		if err := h.beforePut(e); err != nil {
			return err
		}
	}
	err := h.Store.PutEvent(ctx, e, out...)
	if err == nil && h.afterPut != nil {
		err = h.afterPut(e)
	}
	return err
}

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := embedstore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t, store: &hooked{Store: store}}
	w.clock.Store(start.UnixNano())
	w.Service = catalog.New(w.deps())
	return w
}

func (w *world) deps() catalog.Deps {
	return catalog.Deps{Store: w.store, Now: w.now, NewID: func(prefix string) string { return id.New(prefix, w.now()) }}
}

func (w *world) now() time.Time               { return time.Unix(0, w.clock.Load()).UTC() }
func (w *world) advance(d time.Duration)      { w.clock.Add(int64(d)) }
func (w *world) in(d time.Duration) time.Time { return w.now().Add(d) }

var (
	alice    = catalog.Actor{User: "alice", Organisations: []string{"demo"}, Organiser: true}
	bob      = catalog.Actor{User: "bob", Organisations: []string{"other"}, Organiser: true}
	attendee = catalog.Actor{User: "carol", Organisations: []string{"demo"}}
	nobody   = catalog.Actor{}
)

func arena() catalog.NewLocation {
	lat, lon := 52.52, 13.405
	return catalog.NewLocation{
		Name: "Große Arena", Address: "Straße 1", City: "Berlin", Country: "DE", Latitude: &lat,
		Longitude: &lon, TimeZone: "Europe/Berlin", Halls: []catalog.NewHall{hall()},
	}
}

func hall() catalog.NewHall {
	return catalog.NewHall{Name: "Main", Sections: []catalog.Section{
		{Name: "Stalls", Kind: catalog.Seated, Rows: []catalog.Row{{Label: "A", Seats: 10, Accessible: []int{1, 2}}, {Label: "B", Seats: 12}}},
		{Name: "Floor", Kind: catalog.Standing, Capacity: 100},
	}}
}

// place creates a location.
func (w *world) place(n catalog.NewLocation) catalog.Location {
	w.t.Helper()
	l, created, err := w.CreateLocation(w.t.Context(), alice, n)
	if err != nil || !created {
		w.t.Fatalf("CreateLocation: got %t, %v, want true, nil", created, err)
	}
	return l
}

func concert(l catalog.Location, startsAt time.Time) catalog.NewEvent {
	h := l.Halls[0]
	return catalog.NewEvent{
		Name: "A concert", Category: "concert", LocationID: l.ID, HallID: h.ID, StartsAt: startsAt,
		TicketTypes: []catalog.TicketType{{Name: "General", Price: money.Of(4500, "EUR"), SectionIDs: []string{h.Sections[0].ID}}},
	}
}

// draft creates an event.
func (w *world) draft(n catalog.NewEvent) catalog.Event {
	w.t.Helper()
	e, created, err := w.CreateEvent(w.t.Context(), alice, n)
	if err != nil || !created {
		w.t.Fatalf("CreateEvent: got %t, %v, want true, nil", created, err)
	}
	return e
}

// published creates an event and publishes it.
func (w *world) published(n catalog.NewEvent) catalog.Event {
	w.t.Helper()
	e, err := w.PublishEvent(w.t.Context(), alice, w.draft(n).ID)
	if err != nil {
		w.t.Fatalf("PublishEvent: got %v, want nil", err)
	}
	return e
}

// sold lets the Booking Service tell that places of an event are sold.
func (w *world) sold(e catalog.Event, sold int) {
	w.t.Helper()
	m := message.AvailabilityV1{EventID: e.ID, AsOf: w.now()}
	for i, section := range e.Layout {
		total := section.Capacity
		for _, r := range section.Rows {
			total += r.Seats
		}
		counts := message.SectionAvailableV1{SectionID: section.ID, Total: total, Left: total}
		if i == 0 {
			counts.Sold, counts.Left = sold, total-sold
		}
		m.Sections = append(m.Sections, counts)
	}
	if err := w.ApplyAvailability(w.t.Context(), m); err != nil {
		w.t.Fatalf("ApplyAvailability: got %v, want nil", err)
	}
}

// messages takes what is due in the outbox.
func (w *world) messages() []message.Envelope {
	w.t.Helper()
	pending, err := w.store.CatalogOutbox().Claim(w.t.Context(), w.now().Add(time.Hour), time.Hour, 1000)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []message.Envelope
	var refs []string
	for _, p := range pending {
		all, refs = append(all, p.Message), append(refs, p.Ref)
	}
	if err := w.store.CatalogOutbox().MarkSent(w.t.Context(), refs); err != nil {
		w.t.Fatal(err)
	}
	return all
}

// deliver hands the catalogue its own messages, until there are no more.
func (w *world) deliver() {
	w.t.Helper()
	for ms := w.messages(); len(ms) > 0; ms = w.messages() {
		for _, m := range ms {
			var err error
			if m.Type == message.LocationChanged {
				body, _ := message.Body[message.LocationStateV1](m)
				err = w.ApplyLocation(w.t.Context(), body)
			} else {
				body, _ := message.Body[message.EventStateV1](m)
				err = w.ApplyEvent(w.t.Context(), body)
			}
			if err != nil {
				w.t.Fatalf("apply %s: got %v, want nil", m.Type, err)
			}
		}
	}
}

// names pages through a query and returns the names of what it finds.
func (w *world) names(a catalog.Actor, q catalog.Query) []string {
	w.t.Helper()
	found := []string{}
	for pages := 0; ; pages++ {
		page, err := w.Search(w.t.Context(), a, q)
		if err != nil {
			w.t.Fatalf("Search %+v: got %v, want nil", q, err)
		}
		for _, e := range page.Items {
			found = append(found, e.Name)
		}
		if page.NextCursor == "" {
			return found
		}
		if pages > 1000 {
			w.t.Fatalf("Search %+v: got no end, want one", q)
		}
		q.Cursor = page.NextCursor
	}
}

// wantCode checks an error's kind and code.
func wantCode(t testing.TB, what string, err error, kind fault.Kind, code string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != kind || code != "" && f.Code != code {
		t.Errorf("%s: got %v (%s), want %s %s", what, err, fault.KindOf(err), kind, code)
	}
}

// fieldsOf returns the sorted locations of what an error says is wrong.
func fieldsOf(err error) string {
	var f *fault.Error
	if !errors.As(err, &f) {
		return ""
	}
	var all []string
	for _, field := range f.Fields {
		all = append(all, field.Location)
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func ptr[T any](v T) *T { return &v }
