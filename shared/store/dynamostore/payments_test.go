package dynamostore_test

import (
	"crypto/rand"
	"testing"

	"github.com/myevents/myevents/shared/payment"
	"github.com/myevents/myevents/shared/payment/paymenttest"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// TestLedger_Payments: the provider that moves no money is one for all processes that share its books here.
func TestLedger_Payments(t *testing.T) {
	prefix, api := tables(t)
	paymenttest.Run(t, paymenttest.Harness{
		Open: func(*testing.T) payment.Provider {
			return testpay.New(testpay.Config{Ledger: dynamostore.New(spaced{api, rand.Text() + "#"}, prefix).Ledger()})
		},
		Two: func(*testing.T) (a, b payment.Provider) {
			space := spaced{api, rand.Text() + "#"}
			return testpay.New(testpay.Config{Ledger: dynamostore.New(space, prefix).Ledger()}),
				testpay.New(testpay.Config{Ledger: dynamostore.New(space, prefix).Ledger()})
		},
		Method: "test", OK: testpay.OK, Declined: testpay.Declined, Lost: testpay.Lost, Refuse: testpay.RefuseCapture,
	})
}
