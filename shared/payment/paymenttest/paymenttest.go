// Package paymenttest is the suite that every payment.Provider passes.
package paymenttest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

// Harness is what a provider supplies. Tokens are what its payers use for each outcome; an empty one leaves its cases out.
type Harness struct {
	Open func(t *testing.T) payment.Provider
	// Two opens two providers over the same books, as two processes have them; nil leaves the cases of several processes out.
	Two      func(t *testing.T) (a, b payment.Provider)
	Method   string
	OK       string
	Declined string
	Lost     string // the first reply to each call is lost, after it took effect
	Refuse   string // authorised, then refused at capture
}

// Run checks a provider against the promises of payment.Provider.
func Run(t *testing.T, h Harness) {
	for _, tc := range []struct {
		name  string
		token string
		test  func(*testing.T, bench)
	}{
		{"authorise-twice-with-one-key-is-one", h.OK, testAuthoriseTwice},
		{"declined-is-declined", h.Declined, testDeclined},
		{"capture-twice-is-one", h.OK, testCaptureTwice},
		{"voided-cannot-be-captured", h.OK, testVoided},
		{"release-of-captured-gives-all-back", h.OK, testReleaseCaptured},
		{"refund-with-one-key-is-one", h.OK, testRefundOnce},
		{"refunds-never-exceed-the-amount", h.OK, testRefundLimit},
		{"unknown-authorisation-is-unknown", h.OK, testUnknown},
		{"refused-capture-is-refused-for-good", h.Refuse, testRefused},
		{"lost-reply-took-effect", h.Lost, testLost},
		{"open-lists-old-authorisations", h.OK, testOpen},
		{"parallel-captures-and-refunds-move-money-once", h.OK, testParallel},
	} {
		if tc.token == "" {
			continue
		}
		t.Run(tc.name, func(t *testing.T) { tc.test(t, bench{p: h.Open(t), method: h.Method, token: tc.token}) })
	}
	runTwo(t, h)
}

type bench struct {
	p             payment.Provider
	method, token string
}

var price = money.Of(4500, "EUR")

func (b bench) request(key string) payment.Request {
	return payment.Request{Key: key, Amount: price, Method: b.method, Token: b.token, Owner: "owner-" + key}
}

func (b bench) authorised(t *testing.T) string {
	t.Helper()
	a, err := b.p.Authorise(t.Context(), b.request("key"))
	if err != nil {
		t.Fatalf("Authorise: got %v, want nil", err)
	}
	return a.ID
}

func want(t *testing.T, call string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", call, got, want)
	}
}

func testAuthoriseTwice(t *testing.T, b bench) {
	first := b.authorised(t)
	again := b.authorised(t)
	other, err := b.p.Authorise(t.Context(), b.request("other"))
	want(t, "Authorise", err, nil)
	if first != again || first == other.ID {
		t.Errorf("ids: got %q, %q and %q, want the first two equal and the third not", first, again, other.ID)
	}
}

func testDeclined(t *testing.T, b bench) {
	_, err := b.p.Authorise(t.Context(), b.request("key"))
	want(t, "Authorise", err, payment.ErrDeclined)
}

func testCaptureTwice(t *testing.T, b bench) {
	a := b.authorised(t)
	want(t, "Capture", b.p.Capture(t.Context(), a), nil)
	want(t, "Capture again", b.p.Capture(t.Context(), a), nil)
}

func testVoided(t *testing.T, b bench) {
	a := b.authorised(t)
	want(t, "Release", b.p.Release(t.Context(), a), nil)
	want(t, "Release again", b.p.Release(t.Context(), a), nil)
	want(t, "Capture", b.p.Capture(t.Context(), a), payment.ErrRefused)
}

func testReleaseCaptured(t *testing.T, b bench) {
	a := b.authorised(t)
	want(t, "Capture", b.p.Capture(t.Context(), a), nil)
	want(t, "Release", b.p.Release(t.Context(), a), nil)
	want(t, "Release again", b.p.Release(t.Context(), a), nil)
	if err := b.p.Refund(t.Context(), a, money.Of(1, "EUR"), "late"); !fault.Is(err, fault.Conflict) {
		t.Errorf("Refund after Release: got %v, want a conflict", err)
	}
}

func testRefundOnce(t *testing.T, b bench) {
	a := b.authorised(t)
	want(t, "Capture", b.p.Capture(t.Context(), a), nil)
	want(t, "Refund", b.p.Refund(t.Context(), a, money.Of(3000, "EUR"), "one"), nil)
	want(t, "Refund again", b.p.Refund(t.Context(), a, money.Of(3000, "EUR"), "one"), nil)
	want(t, "Refund of the rest", b.p.Refund(t.Context(), a, money.Of(1500, "EUR"), "two"), nil)
}

func testRefundLimit(t *testing.T, b bench) {
	a := b.authorised(t)
	want(t, "Capture", b.p.Capture(t.Context(), a), nil)
	if err := b.p.Refund(t.Context(), a, money.Of(4501, "EUR"), "much"); !fault.Is(err, fault.Conflict) {
		t.Errorf("Refund: got %v, want a conflict", err)
	}
}

func testUnknown(t *testing.T, b bench) {
	want(t, "Capture", b.p.Capture(t.Context(), "nobody's"), payment.ErrUnknown)
	want(t, "Release", b.p.Release(t.Context(), "nobody's"), payment.ErrUnknown)
}

func testRefused(t *testing.T, b bench) {
	a := b.authorised(t)
	want(t, "Capture", b.p.Capture(t.Context(), a), payment.ErrRefused)
	want(t, "Capture again", b.p.Capture(t.Context(), a), payment.ErrRefused)
	want(t, "Release", b.p.Release(t.Context(), a), nil)
}

func testLost(t *testing.T, b bench) {
	_, err := b.p.Authorise(t.Context(), b.request("key"))
	if !fault.Is(err, fault.Unavailable) {
		t.Fatalf("Authorise: got %v, want unavailable", err)
	}
	a := b.authorised(t)
	if err := b.p.Capture(t.Context(), a); !fault.Is(err, fault.Unavailable) {
		t.Fatalf("Capture: got %v, want unavailable", err)
	}
	want(t, "Capture again", b.p.Capture(t.Context(), a), nil)
}

func testOpen(t *testing.T, b bench) {
	a := b.authorised(t)
	open := func() []payment.Authorisation {
		list, err := b.p.Open(t.Context(), time.Now().Add(time.Hour), 10)
		want(t, "Open", err, nil)
		return list
	}
	if list := open(); len(list) != 1 || list[0].ID != a || list[0].Owner != "owner-key" {
		t.Errorf("Open: got %v, want the one authorisation with its owner", list)
	}
	want(t, "Capture", b.p.Capture(t.Context(), a), nil)
	if list := open(); len(list) != 0 {
		t.Errorf("Open after Capture: got %v, want none", list)
	}
}

func testParallel(t *testing.T, b bench) {
	a := b.authorised(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if err := b.p.Capture(context.Background(), a); err != nil {
				t.Errorf("Capture: got %v, want nil", err)
			}
			if err := b.p.Refund(context.Background(), a, price, "all"); err != nil {
				t.Errorf("Refund: got %v, want nil", err)
			}
		})
	}
	wg.Wait()
	if err := b.p.Refund(t.Context(), a, money.Of(1, "EUR"), "more"); !fault.Is(err, fault.Conflict) {
		t.Errorf("Refund of more: got %v, want a conflict", err)
	}
}
