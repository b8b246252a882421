package testpay

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
	"strings"

	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/payment"
)

// idPrefix begins every authorisation's id: test, token, amount, currency, and a hash of the key and the rest.
const idPrefix = "test"

func encodeID(r payment.Request) string {
	sum := sha256.Sum256([]byte(r.Key))
	return strings.Join([]string{
		idPrefix, r.Token, strconv.FormatInt(r.Amount.Minor, 10), r.Amount.Currency,
		base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]),
	}, ":")
}

// decodeID returns the entry of an authorisation as far as its id says it.
func decodeID(authorisation string) (payment.Entry, bool) {
	parts := strings.Split(authorisation, ":")
	if len(parts) != 5 || parts[0] != idPrefix {
		return payment.Entry{}, false
	}
	minor, err := strconv.ParseInt(parts[2], 10, 64)
	if err != nil || minor < 0 {
		return payment.Entry{}, false
	}
	amount := money.Of(minor, parts[3])
	return payment.Entry{Token: parts[1], Authorisation: payment.Authorisation{
		ID: authorisation, Amount: amount, State: payment.Authorised, Refunded: money.Of(0, amount.Currency),
	}}, true
}
