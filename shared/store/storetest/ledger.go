package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

func ledgerFacts() []fact {
	return []fact{
		{name: "unknown-ledger-entry-is-not-found", needs: books, test: unknownLedgerEntry},
		{name: "ledger-entry-comes-back-whole", needs: books, test: wholeLedgerEntry},
		{name: "ledger-entry-follows-versions", needs: books, test: func(e *env) { e.keepsVersions("ledger PutEntry", e.ledgerVersions()) }},
		{name: "ledger-entry-is-made-once", needs: books, test: func(e *env) { e.firstWins("ledger PutEntry", e.ledgerVersions()) }},
		{name: "open-ledger-entries-are-those-authorised-before-a-time", needs: books, test: openLedgerEntries},
		{name: "open-ledger-entries-keep-to-the-limit", needs: books, test: openLedgerLimit},
		{name: "open-ledger-entries-made-at-once-are-all-found", needs: books, test: openLedgerRace},
		{name: "ledger-under-a-cancelled-context-is-an-error", needs: books, test: cancelledLedger},
	}
}

func (e *env) sampleLedgerEntry() payment.Entry {
	return payment.Entry{
		Authorisation: payment.Authorisation{
			ID: e.id("tst_"), Owner: e.id(id.Booking), Amount: money.Of(9_007_199_254_740_993, "JPY"), State: payment.Captured,
			Refunded: money.Of(1, "JPY"), At: after(1).Add(999_999_999),
		},
		Token: awkward, Lost: map[string]bool{"capture": true, awkward: true}, Refunds: map[string]bool{"r#1": true}, Version: 1,
	}
}

// authorised is an open entry with as little else set as may be, made s seconds after t0.
func (e *env) authorised(s int64) payment.Entry {
	return payment.Entry{Authorisation: payment.Authorisation{ID: e.id("tst_"), State: payment.Authorised, At: after(s)}, Version: 1}
}

func (e *env) putLedgerEntry(n payment.Entry) {
	e.Helper()
	e.must("ledger PutEntry", e.Ledger.PutEntry(e.Context(), n))
}

func unknownLedgerEntry(e *env) {
	n := e.authorised(0)
	e.putLedgerEntry(n)
	for _, name := range []string{"tst_0", n.ID + "0", n.ID[:len(n.ID)-1]} {
		_, err := e.Ledger.Entry(e.Context(), name)
		e.kind("ledger Entry, unknown", err, fault.NotFound)
	}
}

func wholeLedgerEntry(e *env) {
	full := e.sampleLedgerEntry()
	bare := e.authorised(0)
	emptied := payment.Entry{Authorisation: payment.Authorisation{ID: full.ID, State: payment.Voided, At: t0}, Version: 2}
	for _, want := range []payment.Entry{full, bare, emptied} {
		e.putLedgerEntry(want)
		got, err := e.Ledger.Entry(e.Context(), want.ID)
		if wrong := differs(got, want, err); wrong != "" {
			e.Errorf("ledger Entry: %s", wrong)
		}
	}
}

func (e *env) ledgerVersions() versioned {
	n := e.authorised(0)
	return versioned{
		put: func(version int64, text string) error {
			w := n
			w.Version, w.Token = version, text
			return e.Ledger.PutEntry(e.Context(), w)
		},
		check: func(version int64, text string) string {
			want := n
			want.Version, want.Token = version, text
			got, err := e.Ledger.Entry(e.Context(), n.ID)
			return differs(got, want, err)
		},
	}
}

// opens reports a list of open entries that is not exactly these, in any order.
func (e *env) opens(before time.Time, want ...payment.Entry) {
	e.Helper()
	got, err := e.Ledger.OpenEntries(e.Context(), before, 1000)
	e.must("OpenEntries", err)
	byID := func(all []payment.Entry) map[string]payment.Entry {
		m := map[string]payment.Entry{}
		for _, n := range all {
			m[n.ID] = n
		}
		return m
	}
	e.equal(fmt.Sprintf("OpenEntries before %v", before), byID(got), byID(want))
	if len(got) != len(want) {
		e.Errorf("OpenEntries before %v: got %d, want %d", before, len(got), len(want))
	}
}

func openLedgerEntries(e *env) {
	e.opens(after(1e9))
	var all []payment.Entry
	for _, s := range []int64{-86400, 0, 1, 3599, 3600, 90_000} {
		all = append(all, e.authorised(s))
		e.putLedgerEntry(all[len(all)-1])
	}
	for _, state := range []payment.State{payment.Captured, payment.Voided} {
		n := e.authorised(0)
		n.State = state
		e.putLedgerEntry(n)
	}
	e.opens(after(-86400))
	e.opens(after(0), all[0])
	e.opens(after(0).Add(1), all[:2]...)
	e.opens(after(3600), all[:4]...)
	e.opens(after(1e9), all...)

	stale := all[0]
	stale.Version, stale.State = 3, payment.Voided
	e.kind("ledger PutEntry skipping a version", e.Ledger.PutEntry(e.Context(), stale), fault.Stale)
	e.opens(after(1e9), all...)

	all[1].Version, all[1].Token = 2, "tried again"
	e.putLedgerEntry(all[1])
	e.opens(after(1e9), all...)
	for i, state := range []payment.State{payment.Captured, payment.Voided} {
		n := all[i]
		n.Version, n.State = n.Version+1, state
		e.putLedgerEntry(n)
	}
	e.opens(after(1e9), all[2:]...)
	e.opens(after(1e9), all[2:]...)
}

func openLedgerLimit(e *env) {
	left := map[string]payment.Entry{}
	for i := range int64(12) {
		n := e.authorised(i * 1000)
		e.putLedgerEntry(n)
		left[n.ID] = n
	}
	for round := 0; len(left) > 0; round++ { // as the janitor works: some at a time, until there are none
		got, err := e.Ledger.OpenEntries(e.Context(), after(1e6), 5)
		e.must("OpenEntries", err)
		if len(got) != min(5, len(left)) || round > 12 {
			e.Fatalf("OpenEntries, limit 5, of %d: got %d", len(left), len(got))
		}
		for _, n := range got {
			if _, ok := left[n.ID]; !ok {
				e.Fatalf("OpenEntries: got %s, which was voided or came twice", n.ID)
			}
			delete(left, n.ID)
			n.State, n.Version = payment.Voided, n.Version+1
			e.putLedgerEntry(n)
		}
	}
	e.opens(after(1e6))
}

func openLedgerRace(e *env) {
	all := make([]payment.Entry, callers)
	for i := range all {
		all[i] = e.authorised(int64(i) * 400)
	}
	parallel(callers, func(i int) {
		if err := e.Ledger.PutEntry(e.Context(), all[i]); err != nil {
			e.Errorf("ledger PutEntry beside others: got %v, want nil", err)
		}
		if i%2 == 0 {
			return
		}
		done := all[i]
		done.Version, done.State = 2, payment.Captured
		if err := e.Ledger.PutEntry(e.Context(), done); err != nil {
			e.Errorf("ledger PutEntry beside others: got %v, want nil", err)
		}
	})
	var want []payment.Entry
	for i := 0; i < callers; i += 2 {
		want = append(want, all[i])
	}
	e.opens(after(1e6), want...)
}

func cancelledLedger(e *env) {
	n := e.authorised(0)
	l := e.Ledger
	e.refuses([]call{{"ledger PutEntry", func(ctx context.Context) error { return l.PutEntry(ctx, n) }}})
	e.putLedgerEntry(n)
	e.refuses([]call{
		{"ledger Entry", func(ctx context.Context) error { _, err := l.Entry(ctx, n.ID); return err }},
		{"OpenEntries", func(ctx context.Context) error { _, err := l.OpenEntries(ctx, after(9), 10); return err }},
	})
}
