// Package id makes and reads identifiers: a type prefix and a ULID (26 characters of Crockford base 32, 128 bits), such as
// evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4. Source: github.com/ulid/spec.
package id

import (
	"crypto/rand"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// The prefixes in use.
const (
	Event      = "evt_"
	Location   = "loc_"
	Hall       = "hal_"
	Section    = "sec_"
	TicketType = "tkt_"
	User       = "usr_"
	Booking    = "bkg_"
	Message    = "msg_"
	DeadLetter = "dlq_"
)

// Raw is the 128 bits of an identifier.
type Raw [16]byte

// New returns a fresh identifier that sorts by now (to the millisecond). It is safe for concurrent use.
func New(prefix string, now time.Time) string {
	return prefix + ulid.MustNew(ulid.Timestamp(now), rand.Reader).String()
}

// Derived returns the identifier that belongs to the parts, always the same one: for things that have a name elsewhere,
// so that creating one twice meets the first instead of needing a second item that remembers it.
func Derived(prefix string, parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte{byte(len(p) >> 8), byte(len(p))})
		h.Write([]byte(p))
	}
	return Raw(h.Sum(nil)[:16]).With(prefix)
}

// DerivedAt is Derived for things that are to sort by a time (to the millisecond), as those made by New do.
func DerivedAt(prefix string, at time.Time, parts ...string) string {
	raw, _ := Parse(prefix, Derived(prefix, parts...)) // cannot fail
	ms := uint64(max(0, at.UnixMilli()))
	for i := range 6 {
		raw[i] = byte(ms >> (8 * (5 - i)))
	}
	return raw.With(prefix)
}

// Parse returns the bits of an identifier with the prefix; false where s is not one in canonical form.
func Parse(prefix, s string) (Raw, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok {
		return Raw{}, false
	}
	u, err := ulid.ParseStrict(rest)
	if err != nil || u.String() != rest {
		return Raw{}, false
	}
	return Raw(u), true
}

// With writes the bits as an identifier with a prefix; an empty prefix gives the bare 26 characters.
func (r Raw) With(prefix string) string { return prefix + ulid.ULID(r).String() }

// Age returns how long before now an identifier was made by New: to the millisecond, and without meaning for Derived ones.
func (r Raw) Age(now time.Time) time.Duration { return now.Sub(ulid.Time(ulid.ULID(r).Time())) }
