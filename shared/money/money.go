// Package money holds amounts: whole minor units (cents) of one ISO 4217 currency. It never rounds, never converts, and
// refuses to mix currencies.
package money

import (
	"fmt"
	"math"

	"golang.org/x/text/currency"

	"github.com/myevents/myevents/shared/fault"
)

// Max is the largest amount accepted from outside, in minor units: 10 billion of a two-decimal currency.
const Max = 1_000_000_000_000

// Amount is a number of minor units of a currency. The zero Amount is "nothing, of no currency", and adds to any other.
type Amount struct {
	Minor    int64  `json:"amount"`
	Currency string `json:"currency"`
}

// Of returns an amount.
func Of(minor int64, currency string) Amount { return Amount{Minor: minor, Currency: currency} }

// IsZero reports whether there is nothing to pay.
func (a Amount) IsZero() bool { return a.Minor == 0 }

// Validate checks a price that came from outside: 0 to Max, in an ISO 4217 currency. location names the field.
func (a Amount) Validate(location string) error {
	if a.Minor < 0 || a.Minor > Max {
		return fault.InvalidField(location+".amount", fmt.Sprintf("must be from 0 to %d minor units", int64(Max)))
	}
	if unit, err := currency.ParseISO(a.Currency); err != nil || unit.String() != a.Currency {
		return fault.InvalidField(location+".currency", "must be an ISO 4217 code such as EUR")
	}
	return nil
}

// Plus adds two amounts of one currency. Another currency, or a sum beyond int64, is fault.Invalid.
func (a Amount) Plus(b Amount) (Amount, error) {
	switch {
	case a == Amount{}:
		return b, nil
	case b == Amount{}:
		return a, nil
	case a.Currency != b.Currency:
		return Amount{}, fault.New(fault.Invalid, "", "amounts of different currencies cannot be added")
	case b.Minor > 0 && a.Minor > math.MaxInt64-b.Minor, b.Minor < 0 && a.Minor < math.MinInt64-b.Minor:
		return Amount{}, fault.New(fault.Invalid, "", "the amount is too large")
	}
	return Amount{Minor: a.Minor + b.Minor, Currency: a.Currency}, nil
}

// Times multiplies by a count. A product beyond int64 is fault.Invalid.
func (a Amount) Times(n int) (Amount, error) {
	product := a.Minor * int64(n)
	if a.Minor != 0 && (product/a.Minor != int64(n) || (a.Minor == -1 && int64(n) == math.MinInt64)) {
		return Amount{}, fault.New(fault.Invalid, "", "the amount is too large")
	}
	return Amount{Minor: product, Currency: a.Currency}, nil
}

func (a Amount) String() string { return fmt.Sprintf("%d %s", a.Minor, a.Currency) }
