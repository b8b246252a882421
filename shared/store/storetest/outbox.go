package storetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

func outboxFacts() []fact {
	return []fact{
		{name: "outbox-of-an-empty-store-is-empty", needs: polling, test: emptyOutbox},
		{name: "every-write-queues-its-messages", needs: polling, test: everyWriteQueues},
		{name: "refused-write-queues-nothing", needs: polling, test: refusedQueuesNothing},
		{name: "race-queues-only-the-winners-message", needs: polling, test: raceQueuesOnce},
		{name: "message-comes-back-whole", needs: polling, test: wholeMessage},
		{name: "wake-follows-a-write", needs: polling, test: wake},
	}
}

const lease = 30 * time.Second

// message returns an envelope as of s seconds after t0. Ids and times rise together.
func (e *env) message(s int64, text string) outbox.Message {
	return outbox.Message{Envelope: message.New(e.id(id.Message), message.SourceBooking, message.BookingRecorded, e.id(id.Booking),
		after(s), map[string]string{"text": text})}
}

func (e *env) claimAt(src outbox.Source, now time.Time, limit int) []outbox.Pending {
	e.Helper()
	got, err := src.Claim(e.Context(), now, lease, limit)
	e.must("Claim", err)
	if len(got) > limit {
		e.Errorf("Claim, limit %d: got %d", limit, len(got))
	}
	return got
}

func ids(pending []outbox.Pending) []string {
	s := make([]string, len(pending))
	for i, p := range pending {
		s[i] = p.Message.ID
	}
	return s
}

func refs(pending []outbox.Pending) []string {
	s := make([]string, len(pending))
	for i, p := range pending {
		s[i] = p.Ref
	}
	return s
}

// claims reports a claim of all that is due that does not take exactly the messages, in any order.
func (e *env) claims(call string, src outbox.Source, now time.Time, want ...outbox.Message) []outbox.Pending {
	e.Helper()
	got := e.claimAt(src, now, 1000)
	have, expect := ids(got), make([]string, len(want))
	for i, m := range want {
		expect[i] = m.ID
	}
	slices.Sort(have)
	slices.Sort(expect)
	if !slices.Equal(have, expect) {
		e.Errorf("Claim %s: got messages %v, want %v", call, have, expect)
	}
	return got
}

func (e *env) sent(src outbox.Source, pending []outbox.Pending) {
	e.Helper()
	e.must("MarkSent", src.MarkSent(e.Context(), refs(pending)))
}

// queue writes a new aggregate with messages.
func (e *env) queue(out ...outbox.Message) {
	e.Helper()
	e.must("PutBooking", e.Booking.PutBooking(e.Context(), e.bareBooking(e.raw(), e.hold()), out...))
}

func emptyOutbox(e *env) {
	e.putEvent(e.bareEvent()) // a write without messages
	e.putSale(e.bareSale("published"))
	for _, src := range []outbox.Source{e.CatalogOutbox, e.BookingOutbox} {
		e.claims("of an empty outbox", src, after(1e6))
		n, oldest, err := src.Depth(e.Context(), after(1e6))
		if n != 0 || !oldest.IsZero() || err != nil {
			e.Errorf("Depth of an empty outbox: got %d, %v, %v, want 0, the zero time, nil", n, oldest, err)
		}
		e.must("MarkSent of nothing", src.MarkSent(e.Context(), nil))
	}
}

// writer is a kind of write that carries messages: how to do it for version 1, 2, … of one aggregate.
type writer struct {
	name    string
	booking bool // in the Booking Service's outbox
	new     func(*env) func(version int64, out ...outbox.Message) error
}

func (w writer) from(e *env) outbox.Source {
	if w.booking {
		return e.BookingOutbox
	}
	return e.CatalogOutbox
}

func writers() []writer {
	return []writer{
		{"PutEvent", false, func(e *env) func(int64, ...outbox.Message) error {
			v := e.bareEvent()
			return func(version int64, out ...outbox.Message) error {
				w := v
				w.Version = version
				return e.Catalog.PutEvent(e.Context(), w, out...)
			}
		}},
		{"PutLocation", false, func(e *env) func(int64, ...outbox.Message) error {
			location := e.id(id.Location)
			return func(version int64, out ...outbox.Message) error {
				return e.Catalog.PutLocation(e.Context(), catalog.Location{ID: location, Version: version}, out...)
			}
		}},
		{"PutSale", true, func(e *env) func(int64, ...outbox.Message) error {
			s := e.bareSale("published")
			return func(version int64, out ...outbox.Message) error {
				w := s
				w.Rev = version
				return e.Booking.PutSale(e.Context(), w, out...)
			}
		}},
		{"PutBooking", true, func(e *env) func(int64, ...outbox.Message) error {
			b := e.bareBooking(e.raw(), e.hold())
			return func(version int64, out ...outbox.Message) error {
				w := b
				w.Version = version
				return e.Booking.PutBooking(e.Context(), w, out...)
			}
		}},
		{"PutSnapshot", true, func(e *env) func(int64, ...outbox.Message) error {
			event := e.raw()
			return func(version int64, out ...outbox.Message) error {
				prev := after(version - 1)
				if version <= 1 {
					prev = time.Time{}
				}
				return e.Booking.PutSnapshot(e.Context(), inventory.Snapshot{Event: event, AsOf: after(max(1, version))}, prev, out...)
			}
		}},
	}
}

func everyWriteQueues(e *env) {
	for _, w := range writers() {
		put := w.new(e)
		one, two, three := e.message(1, w.name), e.message(2, w.name), e.message(3, w.name)
		e.must(w.name, put(1, one, two))
		e.must(w.name+" without messages", put(2))
		e.must(w.name, put(3, three))
		e.claims("of the other service after "+w.name, writer{booking: !w.booking}.from(e), after(10))
		e.sent(w.from(e), e.claims("after "+w.name, w.from(e), after(10), one, two, three))
	}
}

func refusedQueuesNothing(e *env) {
	for _, w := range writers() {
		put := w.new(e)
		refused := e.message(1, "refused")
		e.kind(w.name+" version 2 of nothing", put(2, refused), fault.Stale)
		first := e.message(2, "first")
		e.must(w.name, put(1, first))
		e.kind(w.name+" version 1 again", put(1, first, refused), fault.Stale)
		e.kind(w.name+" version 5 over 1", put(5, refused), fault.Stale)
		src := w.from(e)
		e.sent(src, e.claims("after refused "+w.name, src, after(10), first))
		e.claims("after refused "+w.name+", all being sent", src, after(1e6))
	}
}

func raceQueuesOnce(e *env) {
	for _, w := range writers() {
		put := w.new(e)
		for version := int64(1); version < 3; version++ {
			var out [callers]outbox.Message
			for i := range out {
				out[i] = e.message(int64(i), w.name)
			}
			winner := e.race(w.name, func(i int) error { return put(version, out[i]) })
			src := w.from(e)
			e.sent(src, e.claims("after a race of "+w.name, src, after(100), out[winner]))
		}
	}
}

func wholeMessage(e *env) {
	m := message.New(e.id(id.Message), message.SourceCatalog, message.EventPublished, e.id(id.Event), after(1).Add(123456789),
		map[string]any{"text": awkward, "big": json.Number("9007199254740993"), "list": []any{1, nil, true, 1.5}, "empty": map[string]any{}})
	m.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	bare := message.New(e.id(id.Message), message.SourceCatalog, message.EventChanged, "s", t0, strings64k())
	v := e.bareEvent()
	e.must("PutEvent", e.Catalog.PutEvent(e.Context(), v, outbox.Message{Envelope: m}, outbox.Message{Envelope: bare}))
	got := e.claimAt(e.CatalogOutbox, after(10), 10)
	if len(got) != 2 {
		e.Fatalf("Claim: got %d messages, want 2", len(got))
	}
	for _, p := range got {
		want := m
		if p.Message.ID == bare.ID {
			want = bare
		}
		if !bytes.Equal(canonical(p.Message.Data), canonical(want.Data)) {
			e.Errorf("Claim: got data %.300s, want %.300s", p.Message.Data, want.Data)
		}
		p.Message.Data, want.Data = nil, nil
		e.equal("Claim", p.Message, want)
		if p.Ref == "" {
			e.Error("Claim: got an empty ref")
		}
	}
	if got[0].Ref == got[1].Ref {
		e.Errorf("Claim: got ref %q for two messages", got[0].Ref)
	}
}

// strings64k is a body of about 100 KB, as of an event with a large hall.
func strings64k() []string {
	s := make([]string, 2000)
	for i := range s {
		s[i] = fmt.Sprintf("row %d with its seats and what else is known of it: x", i)
	}
	return s
}

// canonical returns JSON with sorted keys, numbers as they were, and no spaces, so that what means the same is the same.
func canonical(data []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return []byte(err.Error())
	}
	b, err := json.Marshal(v)
	if err != nil {
		return []byte(err.Error())
	}
	return b
}

func wake(e *env) {
	for _, w := range []struct {
		src outbox.Source
		put func(outbox.Message) error
	}{
		{e.CatalogOutbox, func(m outbox.Message) error { return e.Catalog.PutEvent(e.Context(), e.bareEvent(), m) }},
		{e.BookingOutbox, func(m outbox.Message) error {
			return e.Booking.PutBooking(e.Context(), booking.Booking{User: e.raw(), Hold: e.hold(), CreatedAt: t0, Version: 1}, m)
		}},
	} {
		wake := w.src.Wake()
		if wake == nil {
			continue // allowed: this engine is polled
		}
		for range 3 {
			m := e.message(1, "wake")
			e.must("write", w.put(m))
			select {
			case <-wake:
			case <-time.After(10 * time.Second):
				e.Fatal("Wake after a write: got nothing in 10 s, want a wake-up")
			}
			e.claims("after a wake-up", w.src, after(10), m)
		}
	}
}
