package booking

import (
	"encoding/base32"
	"encoding/binary"
	"strings"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// Booking and ticket ids say what they name, so that finding one needs no index: user and hold id, and for a ticket its
// number. They are no secret and grant nothing.

// ticketPrefix is the prefix of ticket ids.
const ticketPrefix = "tic_"

// digits is Crockford's alphabet in upper case, as ULIDs have it.
var digits = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// ID returns the booking's id.
func (r Ref) ID() string {
	return id.Booking + digits.EncodeToString(binary.BigEndian.AppendUint64(r.User[:], uint64(r.Hold)))
}

// ParseRef reads a booking's id; what is none is fault.NotFound.
func ParseRef(bookingID string) (Ref, error) {
	b, ok := parseID(id.Booking, bookingID, 24)
	if !ok {
		return Ref{}, errNoBooking
	}
	return refOf(b), nil
}

func refOf(b []byte) Ref {
	return Ref{User: id.Raw(b[:16]), Hold: inventory.HoldID(binary.BigEndian.Uint64(b[16:24]))}
}

// ticketID returns the id of ticket n (from 0).
func (r Ref) ticketID(n int) string {
	b := binary.BigEndian.AppendUint64(r.User[:], uint64(r.Hold))
	return ticketPrefix + digits.EncodeToString(append(b, byte(n)))
}

// ticket returns the number (from 0) of one of this booking's tickets; what is none is fault.NotFound.
func (r Ref) ticket(ticketID string) (int, error) {
	b, ok := parseID(ticketPrefix, ticketID, 25)
	if !ok || refOf(b) != r {
		return 0, errNoTicket
	}
	return int(b[24]), nil
}

func parseID(prefix, s string, n int) ([]byte, bool) {
	rest, ok := strings.CutPrefix(s, prefix)
	if !ok || len(rest) != digits.EncodedLen(n) {
		return nil, false
	}
	b, err := digits.DecodeString(rest)
	return b, err == nil && digits.EncodeToString(b) == rest
}

// Ref returns the booking's key.
func (b *Booking) Ref() Ref { return Ref{User: b.User, Hold: b.Hold} }

var (
	errNoBooking = fault.New(fault.NotFound, "", "no such booking")
	errNoTicket  = fault.New(fault.NotFound, "", "no such ticket")
	errNoEvent   = fault.New(fault.NotFound, "", "no such event")
	errNoHold    = fault.New(fault.NotFound, "", "no such hold")
)
