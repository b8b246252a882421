package paymenttest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

// runTwo checks what two processes with the same books may expect of each other.
func runTwo(t *testing.T, h Harness) {
	t.Helper()
	if h.Two == nil {
		return
	}
	for _, tc := range []struct {
		name  string
		token string
		test  func(*testing.T, pair)
	}{
		{"authorisations-with-one-key-are-one-for-all-processes", h.OK, testTwoAuthorise},
		{"what-one-process-did-the-other-knows", h.OK, testTwoKnow},
		{"racing-captures-and-refunds-of-processes-move-money-once", h.OK, testTwoRefund},
		{"racing-refunds-of-processes-never-exceed-the-amount", h.OK, testTwoRefundLimit},
		{"capture-and-release-of-processes-have-one-outcome", h.OK, testTwoRelease},
		{"reply-is-lost-once-for-all-processes", h.Lost, testTwoLost},
		{"open-lists-what-another-process-authorised", h.OK, testTwoOpen},
	} {
		if tc.token == "" {
			continue
		}
		t.Run(tc.name, func(t *testing.T) {
			a, b := h.Two(t)
			tc.test(t, pair{bench{p: a, method: h.Method, token: tc.token}, bench{p: b, method: h.Method, token: tc.token}})
		})
	}
}

// pair is two processes.
type pair [2]bench

// race calls do many times at once, by turns in each process, and waits for all.
func (p pair) race(do func(b bench, n int)) {
	var wg sync.WaitGroup
	for n := range 16 {
		wg.Go(func() { do(p[n%2], n) })
	}
	wg.Wait()
}

func testTwoAuthorise(t *testing.T, p pair) {
	ids := make([]string, 16)
	p.race(func(b bench, n int) {
		a, err := b.p.Authorise(context.Background(), b.request("key"))
		if want(t, "Authorise", err, nil); err == nil {
			ids[n] = a.ID
		}
	})
	for n, id := range ids {
		if id == "" || id != ids[0] {
			t.Errorf("Authorise %d: got id %q, want %q as the first", n, id, ids[0])
		}
	}
}

func testTwoKnow(t *testing.T, p pair) {
	a := p[0].authorised(t)
	want(t, "Capture by one", p[0].p.Capture(t.Context(), a), nil)
	want(t, "Capture by the other", p[1].p.Capture(t.Context(), a), nil)
	want(t, "Refund by the other", p[1].p.Refund(t.Context(), a, price, "all"), nil)
	want(t, "Refund by one", p[0].p.Refund(t.Context(), a, price, "all"), nil)
	if err := p[0].p.Refund(t.Context(), a, money.Of(1, price.Currency), "more"); !fault.Is(err, fault.Conflict) {
		t.Errorf("Refund of more by one: got %v, want a conflict", err)
	}
}

func testTwoRefund(t *testing.T, p pair) {
	a := p[0].authorised(t)
	half := money.Of(price.Minor/2, price.Currency)
	p.race(func(b bench, n int) {
		want(t, "Capture", b.p.Capture(context.Background(), a), nil)
		want(t, "Refund", b.p.Refund(context.Background(), a, half, fmt.Sprint("part ", n/2%2)), nil) // each half by both processes
	})
	if err := p[1].p.Refund(t.Context(), a, money.Of(1, price.Currency), "more"); !fault.Is(err, fault.Conflict) {
		t.Errorf("Refund of more than both halves: got %v, want a conflict", err)
	}
}

func testTwoRefundLimit(t *testing.T, p pair) {
	a := p[0].authorised(t)
	want(t, "Capture", p[0].p.Capture(t.Context(), a), nil)
	part := money.Of(price.Minor/3, price.Currency)
	var done atomic.Int64
	p.race(func(b bench, n int) {
		switch err := b.p.Refund(context.Background(), a, part, fmt.Sprint("key ", n)); {
		case err == nil:
			done.Add(1)
		case !fault.Is(err, fault.Conflict):
			t.Errorf("Refund: got %v, want nil or a conflict", err)
		}
	})
	if done.Load() != 3 {
		t.Errorf("Refund of a third by 16 keys: got %d done, want 3", done.Load())
	}
}

func testTwoRelease(t *testing.T, p pair) {
	a := p[0].authorised(t)
	var captured atomic.Int64
	p.race(func(b bench, n int) {
		if n/2%2 == 0 {
			want(t, "Release", b.p.Release(context.Background(), a), nil)
			return
		}
		switch err := b.p.Capture(context.Background(), a); {
		case err == nil:
			captured.Add(1)
		case !errors.Is(err, payment.ErrRefused):
			t.Errorf("Capture: got %v, want nil or %v", err, payment.ErrRefused)
		}
	})
	if n := captured.Load(); n != 0 && n != 8 {
		t.Errorf("Capture: got %d of 8 captured, want all or none", n)
	}
	if err := p[0].p.Refund(t.Context(), a, money.Of(1, price.Currency), "more"); !fault.Is(err, fault.Conflict) {
		t.Errorf("Refund of what was given back: got %v, want a conflict", err)
	}
}

func testTwoLost(t *testing.T, p pair) {
	count := func(call string, do func(b bench) error) {
		t.Helper()
		var lost atomic.Int64
		p.race(func(b bench, _ int) {
			switch err := do(b); {
			case fault.Is(err, fault.Unavailable):
				lost.Add(1)
			case err != nil:
				t.Errorf("%s: got %v, want nil or unavailable", call, err)
			}
		})
		if lost.Load() != 1 {
			t.Errorf("%s: got %d replies lost, want 1", call, lost.Load())
		}
	}
	count("Authorise", func(b bench) error {
		_, err := b.p.Authorise(context.Background(), b.request("key"))
		return err
	})
	a := p[1].authorised(t)
	count("Capture", func(b bench) error { return b.p.Capture(context.Background(), a) })
}

func testTwoOpen(t *testing.T, p pair) {
	a := p[0].authorised(t)
	list, err := p[1].p.Open(t.Context(), time.Now().Add(time.Hour), 10)
	if err != nil || len(list) != 1 || list[0].ID != a || list[0].Owner != "owner-key" {
		t.Errorf("Open by the other: got %v and %v, want the one authorisation with its owner", list, err)
	}
}
