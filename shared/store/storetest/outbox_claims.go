package storetest

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/outbox"
)

func claimFacts() []fact {
	return []fact{
		{name: "messages-come-oldest-first", needs: polling, test: oldestFirst},
		{name: "claimed-message-comes-again-after-its-lease-not-before", needs: polling, test: leases},
		{name: "message-marked-sent-comes-no-more", needs: polling, test: markedSent},
		{name: "unknown-refs-are-ignored", needs: polling, test: unknownRefs},
		{name: "claimers-share-messages-without-loss", needs: polling, test: claimersShare},
		{name: "messages-written-beside-claimers-are-all-claimed", needs: polling, test: writersAndClaimers},
		{name: "depth-counts-what-is-due-and-unsent", needs: polling, test: depth},
	}
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
