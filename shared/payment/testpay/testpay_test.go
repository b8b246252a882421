package testpay_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/paymenttest"
	"github.com/myevents/myevents/shared/payment/testpay"
)

func TestConformance(t *testing.T) {
	paymenttest.Run(t, paymenttest.Harness{
		Open: func(*testing.T) payment.Provider { return testpay.New(testpay.Config{}) },
		Two: func(*testing.T) (a, b payment.Provider) {
			books := testpay.NewBooks()
			return testpay.New(testpay.Config{Ledger: books}), testpay.New(testpay.Config{Ledger: books})
		},
		Method: "test", OK: testpay.OK, Declined: testpay.Declined, Lost: testpay.Lost, Refuse: testpay.RefuseCapture,
	})
}

func TestProvider_DuplicateNotifiesTwice(t *testing.T) {
	var wg sync.WaitGroup
	wg.Add(2)
	p := testpay.New(testpay.Config{Notify: func(_ context.Context, owner string) {
		if owner != "booking" {
			t.Errorf("Notify: got owner %q, want booking", owner)
		}
		wg.Done()
	}})
	a, err := p.Authorise(t.Context(), payment.Request{Key: "k", Amount: money.Of(1, "EUR"), Method: "test", Token: testpay.Duplicate, Owner: "booking"})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Capture(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
}

func TestProvider_KnowsItsAuthorisationsAfterARestart(t *testing.T) {
	before := testpay.New(testpay.Config{})
	a, err := before.Authorise(t.Context(), payment.Request{Key: "k", Amount: money.Of(500, "EUR"), Method: "test", Token: testpay.OK})
	if err != nil {
		t.Fatal(err)
	}
	after := testpay.New(testpay.Config{})
	if err := after.Capture(t.Context(), a.ID); err != nil {
		t.Errorf("Capture: got %v, want nil", err)
	}
	if err := after.Refund(t.Context(), a.ID, money.Of(500, "EUR"), "r"); err != nil {
		t.Errorf("Refund: got %v, want nil", err)
	}
}

// deaf is a ledger whose writes take effect, but are never answered with that.
type deaf struct{ payment.Ledger }

func (d deaf) PutEntry(ctx context.Context, e payment.Entry) error {
	if err := d.Ledger.PutEntry(ctx, e); err != nil {
		return err
	}
	return fault.New(fault.Unavailable, "", "the ledger's reply was lost")
}

func TestProvider_RepeatsWhatTheLedgerLeftOpen(t *testing.T) {
	books := testpay.NewBooks()
	p := testpay.New(testpay.Config{Ledger: deaf{books}})
	twice := func(call string, do func() error) {
		t.Helper()
		if err := do(); !fault.Is(err, fault.Unavailable) {
			t.Errorf("%s: got %v, want unavailable", call, err)
		}
		if err := do(); err != nil {
			t.Errorf("%s again: got %v, want nil", call, err)
		}
	}
	var a payment.Authorisation
	twice("Authorise", func() (err error) {
		a, err = p.Authorise(t.Context(), payment.Request{Key: "k", Amount: money.Of(500, "EUR"), Method: "test", Token: testpay.OK})
		return err
	})
	twice("Capture", func() error { return p.Capture(t.Context(), a.ID) })
	twice("Refund", func() error { return p.Refund(t.Context(), a.ID, money.Of(200, "EUR"), "r") })
	for _, e := range books.Entries() {
		if e.ID == a.ID && (e.State != payment.Captured || e.Refunded.Minor != 200) {
			t.Errorf("books: got %s with %v refunded, want captured with 200", e.State, e.Refunded)
		}
	}
}

// contested is a ledger on which another always wins.
type contested struct{ payment.Ledger }

func (contested) PutEntry(context.Context, payment.Entry) error {
	return fault.New(fault.Stale, "", "another came first")
}

func TestProvider_GivesUpWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	p := testpay.New(testpay.Config{Ledger: contested{testpay.NewBooks()}})
	if err := p.Capture(ctx, "test:ok:500:EUR:KEY"); !fault.Is(err, fault.Unavailable) {
		t.Errorf("Capture: got %v, want unavailable", err)
	}
}

// BenchmarkProvider is a booking's authorisation and capture, by many callers.
func BenchmarkProvider(b *testing.B) {
	p := testpay.New(testpay.Config{})
	var n atomic.Int64
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			a, err := p.Authorise(b.Context(), payment.Request{Key: strconv.FormatInt(n.Add(1), 10), Amount: money.Of(500, "EUR"), Method: "test", Token: testpay.OK})
			if err == nil {
				err = p.Capture(b.Context(), a.ID)
			}
			if err != nil {
				b.Error(err)
			}
		}
	})
}
