package testpay_test

import (
	"context"
	"sync"
	"testing"

	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/paymenttest"
	"github.com/myevents/myevents/shared/payment/testpay"
)

func TestConformance(t *testing.T) {
	paymenttest.Run(t, paymenttest.Harness{
		Open:   func(*testing.T) payment.Provider { return testpay.New(testpay.Config{}) },
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
