// Package payment is the port to whoever moves money: authorise, capture, void, refund. Every call carries a key, and
// repeating a call with its key does the work once and gives the same answer; so a caller that lost a reply asks again.
// It knows nothing of bookings.
package payment

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
)

// The answers that a caller reacts to. fault.Unavailable means that it is not known whether the call took effect.
var (
	ErrDeclined = fault.New(fault.Declined, "paymentDeclined", "the payment was declined")
	ErrRefused  = fault.New(fault.Declined, "paymentDeclined", "the payment could not be captured")
	ErrUnknown  = fault.New(fault.NotFound, "paymentUnknown", "no such authorisation")
)

// Request asks for an authorisation.
type Request struct {
	Key    string // idempotency: the same key is the same authorisation
	Amount money.Amount
	Method string
	Token  string // what the payer's side got from the provider; never logged
	// Owner is the caller's own reference, returned by Open, so that authorisations nobody claims can be found and voided.
	Owner string
}

// State is where an authorisation is.
type State string

// The states: authorised → captured or voided; a captured one may be refunded in parts.
const (
	Authorised State = "authorised"
	Captured   State = "captured"
	Voided     State = "voided"
)

// Authorisation is money set aside.
type Authorisation struct {
	ID       string
	Owner    string
	Amount   money.Amount
	State    State
	Refunded money.Amount
	At       time.Time
}

// Provider moves money. Implementations are safe for concurrent use.
type Provider interface {
	// Authorise sets an amount aside. Refused: ErrDeclined.
	Authorise(ctx context.Context, r Request) (Authorisation, error)
	// Capture takes the whole amount. Already captured: nil. Voided or refused by the bank: ErrRefused, for good.
	Capture(ctx context.Context, authorisation string) error
	// Release gives the whole amount back, by void or refund as its state needs. Already given back: nil.
	Release(ctx context.Context, authorisation string) error
	// Refund gives a part of a captured amount back; key makes it happen once. More than is left: fault.Conflict.
	Refund(ctx context.Context, authorisation string, amount money.Amount, key string) error
	// Open returns up to limit authorisations in state Authorised made before a time.
	Open(ctx context.Context, before time.Time, limit int) ([]Authorisation, error)
}
