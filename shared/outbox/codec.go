package outbox

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

// Attribute is the name of the attribute in which an item of an engine with a change stream carries its packed messages.
// Every write of an item replaces it by the messages of that write, or removes it.
const Attribute = "o"

// The limits of the packed form.
const (
	// MaxPacked is how many bytes Pack makes at most, and Unpack reads: what a DynamoDB item can hold.
	// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
	MaxPacked = 400 << 10
	// MaxMessages is how many messages one write may announce.
	MaxMessages = 256

	maxText = 4 << 20 // of all messages of a write, identifiers and times apart
)

// formOne is the only form so far: this byte, the length of the values, the values, and the text, deflated with a preset
// dictionary. The text is the messages' JSON, each ended by a mark, with a mark in the place of each identifier and time;
// the values are what the marks stand for, in order. So the text is mostly a sentence of the dictionary, and what cannot be
// compressed is written in as few bytes as it has. A change of any of this, the dictionary too, is another form.
const formOne = 1

// Pack returns messages in the form that an item carries. It is lossless: envelope and NotBefore come back, times in UTC.
// A booking's message takes about 90 bytes. Errors: fault.Invalid for what Unpack would not read again.
func Pack(ms []Message) ([]byte, error) {
	if len(ms) == 0 || len(ms) > MaxMessages {
		return nil, fault.New(fault.Invalid, "", fmt.Sprintf("1 to %d messages can be packed, not %d", MaxMessages, len(ms)))
	}
	var w packer
	for i := range ms {
		doc, err := ms[i].EncodeWhole()
		if err != nil {
			return nil, fmt.Errorf("pack message %s: %w", ms[i].ID, err)
		}
		w.message(doc, ms[i].NotBefore)
	}
	if len(w.text) > maxText {
		return nil, fault.New(fault.Invalid, "", fmt.Sprintf("the messages are larger than %d bytes", maxText))
	}
	to := bytes.NewBuffer(make([]byte, 0, 64+len(w.values)+len(w.text)/8))
	to.WriteByte(formOne)
	to.Write(binary.AppendUvarint(nil, uint64(len(w.values))))
	to.Write(w.values)
	if err := deflate(to, w.text); err != nil {
		return nil, fault.Wrap(fault.Internal, "messages cannot be packed", err)
	}
	if to.Len() > MaxPacked {
		return nil, fault.New(fault.Invalid, "", fmt.Sprintf("the packed messages are larger than %d bytes", MaxPacked))
	}
	return to.Bytes(), nil
}

// Unpack reads what Pack made. Anything else, such as a form that only a newer program knows, is fault.Invalid. It never
// makes a message larger than message.MaxSize, or more than MaxMessages.
func Unpack(b []byte) ([]Message, error) {
	ms, err := unpack(b)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "packed messages cannot be read", err)
	}
	return ms, nil
}

func unpack(b []byte) ([]Message, error) {
	if len(b) == 0 || len(b) > MaxPacked {
		return nil, fmt.Errorf("%d bytes", len(b))
	}
	if b[0] != formOne {
		return nil, fmt.Errorf("form %d is unknown", b[0])
	}
	size, n := binary.Uvarint(b[1:])
	if n <= 0 || size > uint64(len(b)-1-n) {
		return nil, errDamaged
	}
	r := unpacker{values: b[1+n:][:size]}
	var err error
	if r.text, err = inflate(b[1+n:][size:]); err != nil {
		return nil, err
	}
	var ms []Message
	for len(r.text) > 0 {
		if len(ms) == MaxMessages {
			return nil, errDamaged
		}
		m, err := r.message()
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", len(ms)+1, err)
		}
		ms = append(ms, m)
	}
	if len(ms) == 0 || len(r.values) > 0 {
		return nil, errDamaged
	}
	return ms, nil
}

// seconds and nanoseconds, apart because the one number would not reach every year.
func appendTime(to []byte, t time.Time) []byte {
	to = binary.AppendVarint(to, t.Unix())
	return binary.AppendUvarint(to, uint64(t.Nanosecond()))
}

func (r *unpacker) time() (time.Time, error) {
	sec, err := r.varint()
	if err != nil {
		return time.Time{}, err
	}
	nano, err := r.uvarint()
	if err != nil || nano >= uint64(time.Second) || sec < math.MinInt64/4 || sec > math.MaxInt64/4 {
		return time.Time{}, errDamaged
	}
	return time.Unix(sec, int64(nano)).UTC(), nil
}

// Making a compressor costs far more than using one.
var (
	deflaters = sync.Pool{New: func() any {
		w, err := flate.NewWriterDict(io.Discard, flate.BestCompression, []byte(dictionary))
		if err != nil {
			panic(err) // the level is a constant
		}
		return w
	}}
	inflaters = sync.Pool{New: func() any { return flate.NewReaderDict(bytes.NewReader(nil), []byte(dictionary)) }}
)

func deflate(to *bytes.Buffer, text []byte) error {
	w, _ := deflaters.Get().(*flate.Writer)
	defer deflaters.Put(w)
	w.Reset(to)
	if _, err := w.Write(text); err != nil {
		return err
	}
	return w.Close()
}

func inflate(b []byte) ([]byte, error) {
	r, _ := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	from := bytes.NewReader(b)
	if reset, ok := r.(flate.Resetter); ok {
		if err := reset.Reset(from, []byte(dictionary)); err != nil {
			return nil, err
		}
	}
	text, err := io.ReadAll(io.LimitReader(r, maxText+1))
	switch {
	case err != nil:
		return nil, err
	case len(text) > maxText || from.Len() > 0:
		return nil, errDamaged
	}
	return text, nil
}
