package outbox

import (
	"bytes"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/message"
)

// The marks that stand in a packed text: control characters, none of which occurs in compact JSON.
const (
	markEnd    = 0x00 // the end of a message; before the first value of the next come its flag and NotBefore
	markULID   = 0x01 // 26 digits of base 32: 16 bytes
	markAgain  = 0x02 // one of those again: how many were new since
	markLong   = 0x03 // 39 digits of base 32, a booking and its kin: 24 bytes, of which the first 16 count as a ULID too
	markLonger = 0x04 // one of those again
	markHex16  = 0x05 // 16 hexadecimal digits: 8 bytes
	markHex32  = 0x06 // 32 hexadecimal digits: 16 bytes
	markSecond = 0x07 // a time of whole seconds: how many since the time before
	markMilli  = 0x08 // a time of whole milliseconds
	markNano   = 0x0b // a time of nanoseconds
)

var errDamaged = errors.New("damaged")

// base32Digits are those of ULIDs. Source: github.com/ulid/spec.
const base32Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

var crockford = base32.NewEncoding(base32Digits).WithPadding(base32.NoPadding)

// decodeULID returns the 128 bits of 26 digits, which have room for 130.
func decodeULID(text []byte) (id [16]byte, ok bool) {
	var buf [20]byte
	if text[0] > '7' {
		return id, false
	}
	n, err := crockford.Decode(buf[:], append([]byte("000000"), text...)) // 32 digits, 160 bits
	if err != nil || n != len(buf) {
		return id, false
	}
	return [16]byte(buf[4:]), true
}

func appendULID(to []byte, id [16]byte) []byte {
	var buf [20]byte
	copy(buf[4:], id[:])
	return append(to, crockford.EncodeToString(buf[:])[6:]...)
}

// memory is what both sides remember of the values so far, and so need not be told again.
type memory struct {
	ulids [][16]byte
	longs [][24]byte
	last  int64 // the time before, Unix nanoseconds
}

func (m *memory) learn(long [24]byte) {
	m.longs = append(m.longs, long)
	m.ulids = append(m.ulids, [16]byte(long[:16]))
}

type packer struct {
	memory
	text, values []byte
}

// message packs a message's JSON and its NotBefore.
func (w *packer) message(doc []byte, notBefore time.Time) {
	if notBefore.IsZero() {
		w.values = append(w.values, 0)
	} else {
		w.values = append(w.values, 1)
		w.values = appendTime(w.values, notBefore)
	}
	for len(doc) > 0 {
		n := 0
		for n < len(doc) && digitOrLetter(doc[n]) {
			n++
		}
		if n > 0 {
			used := w.identifier(doc[:n])
			w.text = append(w.text, doc[used:n]...)
			doc = doc[n:]
			continue
		}
		c := doc[0]
		w.text = append(w.text, c)
		if doc = doc[1:]; c == '"' {
			doc = doc[w.timestamp(doc):]
		}
	}
	w.text = append(w.text, markEnd)
}

func digitOrLetter(c byte) bool {
	return '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z'
}

// identifier packs the identifier that a word is or begins with, and returns its length; 0: none.
func (w *packer) identifier(word []byte) int {
	switch {
	case len(word) == 26:
		id, ok := decodeULID(word)
		if !ok {
			return 0
		}
		if again := lastIndex(w.ulids, id); again >= 0 {
			w.text = append(w.text, markAgain)
			w.values = binary.AppendUvarint(w.values, uint64(len(w.ulids)-1-again))
			return len(word)
		}
		w.ulids = append(w.ulids, id)
		w.text = append(w.text, markULID)
		w.values = append(w.values, id[:]...)
	case len(word) >= 39:
		var long [25]byte
		word = word[:39]
		if n, err := crockford.Decode(long[:], word); err != nil || n != 24 || crockford.EncodeToString(long[:24]) != string(word) {
			return 0
		}
		if again := lastIndex(w.longs, [24]byte(long[:24])); again >= 0 {
			w.text = append(w.text, markLonger)
			w.values = binary.AppendUvarint(w.values, uint64(len(w.longs)-1-again))
			return len(word)
		}
		w.learn([24]byte(long[:24]))
		w.text = append(w.text, markLong)
		w.values = append(w.values, long[:24]...)
	case len(word) == 16 || len(word) == 32:
		raw, err := hex.AppendDecode(nil, word)
		if err != nil || !bytes.Equal(hex.AppendEncode(nil, raw), word) {
			return 0
		}
		w.text = append(w.text, byte(markHex16+len(word)/32))
		w.values = append(w.values, raw...)
	default:
		return 0
	}
	return len(word)
}

func lastIndex[T comparable](all []T, one T) int {
	for i, v := range slices.Backward(all) {
		if v == one {
			return i
		}
	}
	return -1
}

var units = map[byte]int64{markSecond: int64(time.Second), markMilli: int64(time.Millisecond), markNano: 1}

// timestamp packs the RFC 3339 time in UTC that a JSON string is, if it is one, and returns its length.
func (w *packer) timestamp(text []byte) int {
	const shortest, longest = len("2006-01-02T15:04:05Z"), len(time.RFC3339Nano)
	n := bytes.IndexByte(text[:min(len(text), longest)], '"')
	if n < shortest || text[n-1] != 'Z' || text[4] != '-' {
		return 0
	}
	at, err := time.Parse(time.RFC3339Nano, string(text[:n]))
	if err != nil || !time.Unix(0, at.UnixNano()).Equal(at) || !bytes.Equal(at.AppendFormat(nil, time.RFC3339Nano), text[:n]) {
		return 0
	}
	now := at.UnixNano()
	mark := byte(markNano)
	switch {
	case now%units[markSecond] == 0:
		mark = markSecond
	case now%units[markMilli] == 0:
		mark = markMilli
	}
	w.text = append(w.text, mark)
	w.values = binary.AppendVarint(w.values, now/units[mark]-w.last/units[mark])
	w.last = now
	return n
}

type unpacker struct {
	memory
	text, values []byte
}

func (r *unpacker) take(n int) ([]byte, error) {
	if len(r.values) < n {
		return nil, errDamaged
	}
	v := r.values[:n]
	r.values = r.values[n:]
	return v, nil
}

func (r *unpacker) uvarint() (uint64, error) {
	v, n := binary.Uvarint(r.values)
	if n <= 0 {
		return 0, errDamaged
	}
	r.values = r.values[n:]
	return v, nil
}

func (r *unpacker) varint() (int64, error) {
	v, n := binary.Varint(r.values)
	if n <= 0 {
		return 0, errDamaged
	}
	r.values = r.values[n:]
	return v, nil
}

// message reads the next message.
func (r *unpacker) message() (m Message, err error) {
	flag, err := r.take(1)
	if err != nil || flag[0] > 1 {
		return m, errDamaged
	}
	if flag[0] == 1 {
		if m.NotBefore, err = r.time(); err != nil {
			return m, err
		}
	}
	n := bytes.IndexByte(r.text, markEnd)
	if n < 0 {
		return m, errDamaged
	}
	doc := make([]byte, 0, min(n+256, message.MaxSize+64))
	for _, c := range r.text[:n] {
		if c >= ' ' {
			doc = append(doc, c)
		} else if doc, err = r.value(doc, c); err != nil {
			return m, err
		}
		if len(doc) > message.MaxSize {
			return m, errDamaged
		}
	}
	r.text = r.text[n+1:]
	m.Envelope, err = message.Decode(doc)
	return m, err
}

// value appends what a mark stands for.
func (r *unpacker) value(to []byte, mark byte) ([]byte, error) {
	switch mark {
	case markULID:
		v, err := r.take(16)
		if err != nil {
			return nil, err
		}
		r.ulids = append(r.ulids, [16]byte(v))
		return appendULID(to, [16]byte(v)), nil
	case markLong:
		v, err := r.take(24)
		if err != nil {
			return nil, err
		}
		r.learn([24]byte(v))
		return crockford.AppendEncode(to, v), nil
	case markAgain, markLonger:
		back, err := r.uvarint()
		switch {
		case err != nil:
			return nil, err
		case mark == markAgain && back < uint64(len(r.ulids)):
			return appendULID(to, r.ulids[len(r.ulids)-1-int(back)]), nil
		case mark == markLonger && back < uint64(len(r.longs)):
			return crockford.AppendEncode(to, r.longs[len(r.longs)-1-int(back)][:]), nil
		}
	case markHex16, markHex32:
		v, err := r.take(8 << (mark - markHex16))
		if err != nil {
			return nil, err
		}
		return hex.AppendEncode(to, v), nil
	case markSecond, markMilli, markNano:
		since, err := r.varint()
		if err != nil {
			return nil, err
		}
		r.last = (r.last/units[mark] + since) * units[mark]
		return time.Unix(0, r.last).UTC().AppendFormat(to, time.RFC3339Nano), nil
	}
	return nil, errDamaged
}
