package booking_test

import (
	"encoding/binary"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// ring returns a keyring with two keys, the second current; another seed is another's ring.
func ring(tb testing.TB, seed byte) *booking.Keyring {
	tb.Helper()
	secret := func(n byte) []byte { return []byte(strings.Repeat(string('a'+rune(seed+n)), 32)) }
	r, err := booking.NewKeyring(2, map[byte][]byte{1: secret(0), 2: secret(1)})
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// bytesOf deals out fuzzed bytes; when they run out, zeros.
type bytesOf []byte

func (b *bytesOf) take(n int) []byte {
	out := make([]byte, n)
	*b = (*b)[copy(out, *b):]
	return out
}

func (b *bytesOf) uint64() uint64 { return binary.BigEndian.Uint64(b.take(8)) }

func (b *bytesOf) below(n int) int { return int(b.uint64() % uint64(n)) }

func (b *bytesOf) ref() booking.Ref {
	return booking.Ref{User: id.Raw(b.take(16)), Hold: inventory.HoldID(b.uint64())}
}

func (b *bytesOf) hold() booking.HoldFields {
	f := booking.HoldFields{KeyID: byte(1 + b.below(2)), Ref: b.ref(), Event: id.Raw(b.take(16)), Expires: int64(b.uint64()), ExtendUntil: int64(b.uint64())}
	if b.below(2) == 0 {
		f.Currency = "EUR"
	}
	for len(*b) > 0 && len(f.Items) < 5 {
		item := booking.Item{TicketType: id.Raw(b.take(16)), Price: int64(b.uint64() & math.MaxInt64)}
		for range b.below(4) {
			item.Groups = append(item.Groups, inventory.Group{
				Slots: b.uint64(),
				Block: inventory.BlockID{Event: f.Event, Section: b.below(inventory.MaxSections), Number: b.below(math.MaxInt32)},
			})
		}
		f.Items = append(f.Items, item)
	}
	return f
}

// changed returns s with one character replaced by another of the same alphabet.
func changed(s string, at uint, alphabet string) string {
	i := int(at % uint(len(s)))
	k := strings.IndexByte(alphabet, s[i])
	if k < 0 {
		return s[:i] + alphabet[:1] + s[i+1:]
	}
	return s[:i] + string(alphabet[(k+1)%len(alphabet)]) + s[i+1:]
}

const (
	base64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
)

// FuzzHoldToken: what is read is what was written, only what the ring wrote is read, and nothing panics, not even what is
// nonsense under a right MAC.
func FuzzHoldToken(f *testing.F) {
	ours, others := ring(f, 0), ring(f, 7)
	for _, seed := range []string{"", "A", "AQ", "AQI", strings.Repeat("A", 12000), booking.SignHold(ours, nil)} {
		f.Add(seed, []byte(seed), uint(len(seed)))
	}
	sample := bytesOf(strings.Repeat("seats and more seats ", 20))
	f.Add(booking.EncodeHold(ours, sample.hold()), []byte(strings.Repeat("\xff\x00\x7f", 90)), uint(3))
	f.Fuzz(func(t *testing.T, text string, data []byte, at uint) {
		if got, err := booking.ParseHold(ours, text); err == nil {
			if again := booking.EncodeHold(ours, got); again != text {
				t.Errorf("ParseHold %q: got %+v, which was written as %q", text, got, again)
			}
		} else if !fault.Is(err, fault.NotFound) {
			t.Errorf("ParseHold %q: got %v, want not found", text, err)
		}

		source := bytesOf(data)
		want := source.hold()
		token := booking.EncodeHold(ours, want)
		if got, err := booking.ParseHold(ours, token); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("ParseHold of what was written: got %+v and %v, want %+v", got, err, want)
		}
		for _, forged := range []string{
			changed(token, at, base64URL), token + "A", token[:len(token)-1], token + "=", "\n" + token,
			booking.EncodeHold(others, want),
		} {
			if got, err := booking.ParseHold(ours, forged); err == nil {
				t.Errorf("ParseHold of a forged token: got %+v, want not found", got)
			}
		}

		signed := booking.SignHold(ours, data)
		got, err := booking.ParseHold(ours, signed)
		if err != nil {
			return
		}
		if again, err := booking.ParseHold(ours, booking.EncodeHold(ours, got)); err != nil || !reflect.DeepEqual(again, got) {
			t.Errorf("ParseHold of a signed token, written again: got %+v and %v, want %+v", again, err, got)
		}
	})
}

func FuzzTicketCode(f *testing.F) {
	ours, others := ring(f, 0), ring(f, 7)
	event := id.Raw([]byte("an event's id..."))
	for _, seed := range []string{"", "ME1-", "ME1-" + strings.Repeat("0", 148), "ME1-\xff"} {
		f.Add(seed, []byte(seed), uint(len(seed)))
	}
	sample := booking.CodeFields{KeyID: 2, Number: 3, Rotation: 4}
	full, short := booking.EncodeCode(ours, sample, event)
	f.Add(full, []byte(short), uint(9))
	f.Fuzz(func(t *testing.T, text string, data []byte, at uint) {
		if got, err := booking.ParseCode(ours, text); err == nil {
			if again, _ := booking.EncodeCode(ours, got, event); again != text {
				t.Errorf("ParseCode %q: got %+v, which was written as %q", text, got, again)
			}
		} else if !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseCode %q: got %v, want invalid", text, err)
		}
		source := bytesOf(data)
		want := booking.CodeFields{KeyID: byte(1 + source.below(2)), Ref: source.ref(), Number: source.below(64), Rotation: source.below(256)}
		code, _ := booking.EncodeCode(ours, want, event)
		if got, err := booking.ParseCode(ours, code); err != nil || got != want {
			t.Errorf("ParseCode of what was written: got %+v and %v, want %+v", got, err, want)
		}
		stranger, _ := booking.EncodeCode(others, want, event)
		for _, forged := range []string{"ME1-" + changed(code[4:], at, crockford), code + "0", code[:len(code)-1], " " + code, strings.ToLower(code), stranger} {
			if got, err := booking.ParseCode(ours, forged); err == nil {
				t.Errorf("ParseCode %q, forged: got %+v, want invalid", forged, got)
			}
		}
	})
}

// FuzzReadCode types codes at the door of an event where one ticket was sold: only its code is read.
func FuzzReadCode(f *testing.F) {
	w := newWorld(f)
	eventID := w.open("concert", nil)
	event, _ := id.Parse(id.Event, eventID)
	ticket := w.bought("ana", eventID, floor, 1, "k").Tickets[0]
	want, err := w.ReadCode(f.Context(), event, ticket.Code)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		"", "0000-0000-0000-0000-0000-0000", ticket.Code, ticket.ShortCode, strings.ToLower(ticket.ShortCode),
		"  " + strings.ReplaceAll(ticket.ShortCode, "-", " ") + "\n", "ıiIlLoO", strings.Repeat("-", 600),
	} {
		f.Add(seed, uint(len(seed)))
	}
	f.Fuzz(func(t *testing.T, text string, at uint) {
		got, err := w.ReadCode(t.Context(), event, text)
		switch {
		case err == nil && got != want:
			t.Errorf("ReadCode %q: got %+v, want only the ticket's %+v", text, got, want)
		case err != nil && !fault.Is(err, fault.Invalid):
			t.Errorf("ReadCode %q: got %v, want invalid", text, err)
		}
		plain := strings.ReplaceAll(ticket.ShortCode, "-", "")
		i := int(at % 24)
		typed := strings.ToLower(plain[:i]) + " -" + plain[i:]
		if got, err := w.ReadCode(t.Context(), event, typed); err != nil || got != want {
			t.Errorf("ReadCode of the code, typed %q: got %+v and %v, want %+v", typed, got, err, want)
		}
		if got, err := w.ReadCode(t.Context(), event, changed(plain, at, crockford)); err == nil {
			t.Errorf("ReadCode of a mistyped code: got %+v, want invalid", got)
		}
		if got, err := w.ReadCode(t.Context(), id.Raw{}, ticket.ShortCode); err == nil {
			t.Errorf("ReadCode at another event: got %+v, want invalid", got)
		}
	})
}

func FuzzShareToken(f *testing.F) {
	ours, others := ring(f, 0), ring(f, 7)
	f.Add("", []byte(nil), uint32(0), uint(0))
	f.Add(booking.ShareToken(ours, booking.Ref{}, 1, 2), []byte("user"), uint32(1<<31), uint(7))
	f.Fuzz(func(t *testing.T, text string, data []byte, n uint32, at uint) {
		if ref, ticket, n, err := booking.ParseShare(ours, text); err == nil {
			if again := booking.ShareToken(ours, ref, ticket, n); again != text {
				t.Errorf("ParseShare %q: got %v %d %d, which was written as %q", text, ref, ticket, n, again)
			}
		} else if !fault.Is(err, fault.NotFound) {
			t.Errorf("ParseShare %q: got %v, want not found", text, err)
		}
		source := bytesOf(data)
		ref, ticket, number := source.ref(), source.below(64), int(n>>1)
		token := booking.ShareToken(ours, ref, ticket, number)
		if r, tk, nn, err := booking.ParseShare(ours, token); err != nil || r != ref || tk != ticket || nn != number {
			t.Errorf("ParseShare of what was written: got %v %d %d and %v, want %v %d %d", r, tk, nn, err, ref, ticket, number)
		}
		for _, forged := range []string{changed(token, at, base64URL), token + "A", token[1:], booking.ShareToken(others, ref, ticket, number)} {
			if _, _, _, err := booking.ParseShare(ours, forged); err == nil {
				t.Errorf("ParseShare %q, forged: got nil, want not found", forged)
			}
		}
	})
}

func FuzzListCursor(f *testing.F) {
	f.Add("", int64(0), uint64(0))
	f.Add(booking.EncodeCursor(1, 2), int64(math.MinInt64), uint64(math.MaxUint64))
	f.Fuzz(func(t *testing.T, text string, at int64, hold uint64) {
		if a, h, err := booking.ParseCursor(text); err == nil {
			if again := booking.EncodeCursor(a, h); again != text && text != "" {
				t.Errorf("ParseCursor %q: got %d %v, which is written as %q", text, a, h, again)
			}
		} else if !fault.Is(err, fault.Invalid) {
			t.Errorf("ParseCursor %q: got %v, want invalid", text, err)
		}
		a, h, err := booking.ParseCursor(booking.EncodeCursor(at, inventory.HoldID(hold)))
		if err != nil || a != at || h != inventory.HoldID(hold) {
			t.Errorf("ParseCursor of what was written: got %d %v and %v, want %d %v", a, h, err, at, inventory.HoldID(hold))
		}
	})
}

// FuzzIDs reads booking and ticket ids: only what is written is read.
func FuzzIDs(f *testing.F) {
	f.Add("", []byte(nil))
	f.Add(booking.Ref{}.ID(), []byte(strings.Repeat("\xff", 24)))
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		if r, err := booking.ParseRef(text); err == nil && r.ID() != text {
			t.Errorf("ParseRef %q: got %v, which is written as %q", text, r, r.ID())
		} else if err != nil && !fault.Is(err, fault.NotFound) {
			t.Errorf("ParseRef %q: got %v, want not found", text, err)
		}
		source := bytesOf(data)
		want := source.ref()
		if r, err := booking.ParseRef(want.ID()); err != nil || r != want {
			t.Errorf("ParseRef of what was written: got %v and %v, want %v", r, err, want)
		}
	})
}
