package storetest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
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
		{name: "messages-come-oldest-first", needs: polling, test: oldestFirst},
		{name: "claimed-message-comes-again-after-its-lease-not-before", needs: polling, test: leases},
		{name: "message-marked-sent-comes-no-more", needs: polling, test: markedSent},
		{name: "unknown-refs-are-ignored", needs: polling, test: unknownRefs},
		{name: "claimers-share-messages-without-loss", needs: polling, test: claimersShare},
		{name: "messages-written-beside-claimers-are-all-claimed", needs: polling, test: writersAndClaimers},
		{name: "depth-counts-what-is-due-and-unsent", needs: polling, test: depth},
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

func oldestFirst(e *env) {
	var want []string
	for i := range int64(12) {
		m := e.message(i, "in turn")
		want = append(want, m.ID)
		e.queue(m)
	}
	var got []string
	for range want {
		got = append(got, ids(e.claimAt(e.BookingOutbox, after(100), 1))...)
	}
	e.equal("Claim one at a time", got, want)
	got = ids(e.claimAt(e.BookingOutbox, after(200), 5))
	slices.Sort(got)
	e.equal("Claim of 5 of 12, all leases being over", got, want[:5])
}

func leases(e *env) {
	m, other := e.message(1, "leased"), e.message(2, "later")
	e.queue(m)
	first := e.claims("first", e.BookingOutbox, after(0), m)
	e.claims("at once again", e.BookingOutbox, after(0))
	e.queue(other)
	e.claims("within the lease", e.BookingOutbox, after(29), other)
	second := e.claims("after the lease", e.BookingOutbox, after(31), m)
	e.claims("within the second lease", e.BookingOutbox, after(58))
	e.claims("after both leases", e.BookingOutbox, after(62), m, other)
	if len(first) == 1 && len(second) == 1 && (first[0].Ref == "" || second[0].Message.ID != m.ID) {
		e.Errorf("Claim after the lease: got %s, want the same message", show(second))
	}
}

func markedSent(e *env) {
	a, b, c := e.message(1, "a"), e.message(2, "b"), e.message(3, "c")
	e.queue(a, b)
	e.queue(c)
	for _, p := range e.claims("first", e.BookingOutbox, after(0), a, b, c) {
		if p.Message.ID != b.ID {
			e.sent(e.BookingOutbox, []outbox.Pending{p})
			e.sent(e.BookingOutbox, []outbox.Pending{p}) // the first reply was lost
		}
	}
	got := e.claims("after the lease, two of three being sent", e.BookingOutbox, after(40), b)
	e.sent(e.BookingOutbox, got)
	e.claims("all being sent", e.BookingOutbox, after(1e6))
}

func unknownRefs(e *env) {
	m := e.message(1, "m")
	e.queue(m)
	got := e.claims("first", e.BookingOutbox, after(0), m)
	for _, unknown := range []string{"", "unknown", "-1", "99999999999999999999", "#", awkward} {
		e.must(fmt.Sprintf("MarkSent %q", unknown), e.BookingOutbox.MarkSent(e.Context(), []string{unknown}))
	}
	e.sent(e.CatalogOutbox, got) // another outbox's
	e.claims("after unknown refs were marked", e.BookingOutbox, after(40), m)
	e.must("MarkSent", e.BookingOutbox.MarkSent(e.Context(), append([]string{"unknown"}, refs(got)...)))
	e.claims("after it was marked among unknown refs", e.BookingOutbox, after(1e6))
}

// drain claims and marks until nothing is due any more, and counts what it got.
func drain(ctx context.Context, e *env, limit int, count func(id string)) {
	for range 10_000 {
		got, err := e.BookingOutbox.Claim(ctx, after(100), lease, limit)
		if err != nil {
			e.Errorf("Claim beside others: got %v, want nil", err)
			return
		}
		for _, p := range got {
			count(p.Message.ID)
		}
		if len(got) == 0 {
			return
		}
		if err := e.BookingOutbox.MarkSent(ctx, refs(got)); err != nil {
			e.Errorf("MarkSent beside others: got %v, want nil", err)
		}
	}
	e.Error("Claim and MarkSent: got messages 10,000 times over, want an end")
}

// claimersShare lets four claim without marking until nothing is left, and then mark.
func claimersShare(e *env) {
	want := map[string]int{}
	for i := range int64(callers) {
		m := e.message(i, "shared")
		want[m.ID] = 0
		e.queue(m)
	}
	var got [4][]outbox.Pending
	parallel(len(got), func(i int) {
		for range callers {
			batch, err := e.BookingOutbox.Claim(e.Context(), after(100), lease, 5)
			if err != nil {
				e.Errorf("Claim beside others: got %v, want nil", err)
			}
			if len(batch) == 0 {
				return
			}
			got[i] = append(got[i], batch...)
		}
	})
	for _, pending := range got {
		for _, p := range pending {
			want[p.Message.ID]++
		}
	}
	for id, n := range want {
		if n != 1 {
			e.Errorf("Claim by 4 at once: got message %s %d times, want once within its lease", id, n)
		}
	}
	parallel(len(got), func(i int) {
		if err := e.BookingOutbox.MarkSent(e.Context(), refs(got[i])); err != nil {
			e.Errorf("MarkSent beside others: got %v, want nil", err)
		}
	})
	e.claims("after all were marked by 4 at once", e.BookingOutbox, after(1e6))
}

func writersAndClaimers(e *env) {
	var mu sync.Mutex
	wrote, got := map[string]bool{}, map[string]int{}
	count := func(id string) {
		mu.Lock()
		defer mu.Unlock()
		got[id]++
	}
	parallel(12, func(i int) {
		if i < 4 {
			drain(e.Context(), e, 3, count)
			return
		}
		for k := range 6 {
			m := e.message(int64(k), "beside")
			b := e.bareBooking(e.raw(), e.hold())
			if err := e.Booking.PutBooking(e.Context(), b, m); err != nil {
				e.Errorf("PutBooking beside claimers: got %v, want nil", err)
				return
			}
			mu.Lock()
			wrote[m.ID] = true
			mu.Unlock()
		}
	})
	drain(e.Context(), e, 100, count)
	for id := range wrote {
		if got[id] != 1 {
			e.Errorf("Claim beside writers: got message %s %d times, want once", id, got[id])
		}
	}
}

func depth(e *env) {
	at := func(call string, now time.Time, want int) time.Time {
		e.Helper()
		n, oldest, err := e.BookingOutbox.Depth(e.Context(), now)
		if n != want || err != nil || oldest.IsZero() != (want == 0) {
			e.Errorf("Depth %s: got %d since %v, %v, want %d", call, n, oldest, err, want)
		}
		return oldest
	}
	at("of nothing", after(0), 0)
	var due []outbox.Message
	for _, s := range []int64{20, 10, 30} {
		m := e.message(0, "timer")
		m.NotBefore = after(s)
		due = append(due, m)
		e.queue(m)
	}
	at("before any timer", after(9), 0)
	for _, s := range []int64{10, 19, 30, 500} {
		if got := at("with timers", after(s), int(min(30, s)/10)); !got.Equal(after(10)) {
			e.Errorf("Depth at t0+%ds: got due since %v, want %v", s, got, after(10))
		}
	}
	got := e.claims("when two of three are due", e.BookingOutbox, after(25), due[0], due[1])
	at("after a claim", after(25), 2)
	for _, p := range got {
		if p.Message.ID == due[1].ID {
			e.sent(e.BookingOutbox, []outbox.Pending{p})
		}
	}
	if got := at("after one was sent", after(25), 1); !got.Equal(after(20)) {
		e.Errorf("Depth after one was sent: got due since %v, want %v", got, after(20))
	}
	now := e.message(1, "now")
	e.queue(now)
	at("with one that is due from the beginning", after(30), 3)
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
