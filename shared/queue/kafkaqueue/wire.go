package kafkaqueue

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/message"
)

// The headers of records.
const (
	headType    = "type" // the message's, so that a group need not decode what it does not want
	headContent = "content-type"

	headAttempts = "attempts" // of what waits: attempts so far
	headFirst    = "first"    // when it was first delivered, Unix milliseconds
	headUntil    = "until"    // not to be handled before, Unix milliseconds
	headSubject  = "subject"  // its order's key
	headBy       = "by"       // which owner of the partition wrote it

	headReason = "reason" // of dead letters and parked messages
	headAt     = "at"     // a dead letter's: RFC 3339
)

// maxReason is how much of a reason is kept, in bytes.
const maxReason = 4 << 10

func header(name, value string) kgo.RecordHeader {
	return kgo.RecordHeader{Key: name, Value: []byte(value)}
}

// words reads a header; "" where there is none.
func words(r *kgo.Record, name string) string {
	for _, h := range r.Headers {
		if h.Key == name {
			return string(h.Value)
		}
	}
	return ""
}

// number reads a header that holds a whole number; 0 where it holds none.
func number(r *kgo.Record, name string) int64 {
	n, err := strconv.ParseInt(words(r, name), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

func millis(t time.Time) string {
	if t.IsZero() {
		return "0"
	}
	return strconv.FormatInt(t.UnixMilli(), 10)
}

// instant reads a header that holds Unix milliseconds; the zero time where it holds none.
func instant(r *kgo.Record, name string) time.Time {
	if ms := number(r, name); ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}

// text is at most maxReason bytes of UTF-8.
func text(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= maxReason {
		return s
	}
	const dots = "…"
	n := maxReason - len(dots)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + dots
}

// encode makes the record of a message, without a topic; what no reader could read is fault.Invalid.
func encode(m message.Envelope) (*kgo.Record, error) {
	b, err := m.EncodeWhole()
	if err != nil {
		return nil, err
	}
	r := &kgo.Record{Value: b, Headers: []kgo.RecordHeader{
		header(headType, string(m.Type)), header(headContent, "application/cloudevents+json"),
	}}
	if m.Subject != "" {
		r.Key = []byte(m.Subject)
	}
	return r, nil
}
