package booking

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/money"
)

// A hold is not stored: its token says all there is to know, under a MAC.

// bookGrace is how long after its expiry a hold may still be booked, if nobody took its places.
const bookGrace = 15 * time.Minute

// The lengths of a token's fixed parts and limits, in bytes.
const (
	tokenVersion = 1
	tokenTag     = 16
	maxToken     = 8 << 10
)

// holdToken is what a hold's token says.
type holdToken struct {
	keyID       byte
	ref         Ref
	event       id.Raw
	expires     int64 // Unix seconds
	extendUntil int64 // to when it may be extended; not after expires: no more
	currency    string
	items       []Item
}

func (t holdToken) bookBy() time.Time { return time.Unix(t.expires, 0).Add(bookGrace) }

// encode writes: version, key id, user 16, event 16, hold 8, expires 8, extendUntil 8, currency 3, then each item: ticket
// type 16, price, number of groups, each group: section, number, slots 8; tag 16. Integers without a length are varints.
func (t holdToken) encode(r *Keyring) string {
	b := make([]byte, 0, 160)
	b = append(b, tokenVersion, t.keyID)
	b = append(b, t.ref.User[:]...)
	b = append(b, t.event[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(t.ref.Hold))
	b = binary.BigEndian.AppendUint64(b, uint64(t.expires))
	b = binary.BigEndian.AppendUint64(b, uint64(t.extendUntil))
	b = append(b, (t.currency + "   ")[:3]...)
	for _, item := range t.items {
		b = append(b, item.TicketType[:]...)
		b = binary.AppendUvarint(b, uint64(item.Price))
		b = binary.AppendUvarint(b, uint64(len(item.Groups)))
		for _, g := range item.Groups {
			b = binary.AppendUvarint(b, uint64(g.Block.Section))
			b = binary.AppendUvarint(b, uint64(g.Block.Number))
			b = binary.BigEndian.AppendUint64(b, g.Slots)
		}
	}
	return base64.RawURLEncoding.EncodeToString(append(b, tag(r.keys[t.keyID].token, b, tokenTag)...))
}

// parseHold reads a token that this ring made; anything else is not found.
func (r *Keyring) parseHold(s string) (holdToken, error) {
	if len(s) > maxToken {
		return holdToken{}, errNoHold
	}
	b, err := decode64(s)
	if err != nil || len(b) < 2 || b[0] != tokenVersion {
		return holdToken{}, errNoHold
	}
	k, ok := r.keys[b[1]]
	if !ok {
		return holdToken{}, errNoHold
	}
	data, ok := untag(k.token, b, tokenTag)
	if !ok {
		return holdToken{}, errNoHold
	}
	in := reader{b: data[1:]}
	t := holdToken{keyID: in.bytes(1)[0]}
	t.ref.User, t.event = id.Raw(in.bytes(16)), id.Raw(in.bytes(16))
	t.ref.Hold = inventory.HoldID(in.fixed())
	t.expires, t.extendUntil = int64(in.fixed()), int64(in.fixed())
	if t.currency = string(in.bytes(3)); t.currency == "   " {
		t.currency = ""
	}
	for len(in.b) > 0 && !in.bad {
		item := Item{TicketType: id.Raw(in.bytes(16)), Price: int64(in.varint(math.MaxInt64))}
		for n := in.varint(inventory.BlockSize); n > 0 && !in.bad; n-- {
			item.Groups = append(item.Groups, inventory.Group{
				Block: inventory.BlockID{Event: t.event, Section: int(in.varint(inventory.MaxSections)), Number: int(in.varint(math.MaxInt32))},
				Slots: in.fixed(),
			})
		}
		t.items = append(t.items, item)
	}
	if in.bad {
		return holdToken{}, errNoHold
	}
	return t, nil
}

// decode64 reads base 64 as it is written here: one text for the same bytes, without the line breaks that the standard
// decoder skips.
func decode64(s string) ([]byte, error) {
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		return nil, base64.CorruptInputError(i)
	}
	return base64.RawURLEncoding.Strict().DecodeString(s)
}

// reader takes bytes apart; once something is missing it is bad and gives zeros.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) bytes(n int) []byte {
	if len(r.b) < n {
		r.b, r.bad = nil, true
		return make([]byte, n)
	}
	out := r.b[:n]
	r.b = r.b[n:]
	return out
}

func (r *reader) fixed() uint64 { return binary.BigEndian.Uint64(r.bytes(8)) }

func (r *reader) varint(most uint64) uint64 {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > most {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return v
}

// total adds up the frozen prices.
func total(items []Item, currency string) (money.Amount, error) {
	sum := money.Amount{Currency: currency}
	for _, item := range items {
		part, err := money.Of(item.Price, currency).Times(inventory.Size(item.Groups))
		if err != nil {
			return money.Amount{}, err
		}
		if sum, err = sum.Plus(part); err != nil {
			return money.Amount{}, err
		}
	}
	return sum, nil
}

func groupsOf(items []Item) []inventory.Group {
	var all []inventory.Group
	for _, item := range items {
		all = append(all, item.Groups...)
	}
	return all
}

func places(items []Item) (n int) {
	for _, item := range items {
		n += inventory.Size(item.Groups)
	}
	return n
}
