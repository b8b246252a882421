package sqsqueue

import (
	"bytes"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// The attributes of messages. Those of copies and those of dead letters differ, so that a letter which the console moves
// back to its queue begins anew.
const (
	attrType     = "type"     // the message's type, which subscriptions filter by
	attrAttempts = "attempts" // a copy's: attempts before this copy
	attrFirst    = "first"    // a copy's: when the message was first delivered, Unix milliseconds
	attrUntil    = "until"    // a copy's: not to be handled before, Unix milliseconds

	attrDeadID       = "deadId"
	attrDeadReason   = "deadReason"
	attrDeadAttempts = "deadAttempts"
	attrDeadAt       = "deadAt" // RFC 3339

	attrReason   = "reason"   // a parked message's
	attrEncoding = "encoding" // a parked message's, where its body is not as it was
	attrPart     = "part"     // a parked message's, where it is one of several: a name for them all, number from 0, how many
)

// Limits of SNS and SQS in bytes and numbers; see the package's comment.
const (
	maxBatch  = 10
	maxBytes  = message.MaxSize
	ownBytes  = 1 << 10 // of a message, for our attributes
	maxReason = 4 << 10
)

// entry is a message to be sent.
type entry struct {
	body  string
	attrs [][2]string
	delay int32 // seconds
}

// size returns what SQS counts: the body, and name, type and value of each attribute.
func (e entry) size() int {
	n := len(e.body)
	for _, a := range e.attrs {
		n += attrSize(a)
	}
	return n
}

func attrSize(a [2]string) int { return len(a[0]) + len("String") + len(a[1]) }

// with adds an attribute; an empty one is not legal and left out.
func (e entry) with(name, value string) entry {
	if value != "" {
		e.attrs = append(e.attrs[:len(e.attrs):len(e.attrs)], [2]string{name, value})
	}
	return e
}

// withText adds an attribute that may be cut to what there is room for.
func (e entry) withText(name, text string) entry {
	text = cut(legal(text), min(maxReason, maxBytes-e.size()-attrSize([2]string{name, ""})))
	return e.with(name, text)
}

func (e entry) sqsAttrs() map[string]types.MessageAttributeValue {
	m := make(map[string]types.MessageAttributeValue, len(e.attrs))
	for _, a := range e.attrs {
		m[a[0]] = types.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(a[1])}
	}
	return m
}

func (e entry) snsAttrs() map[string]snstypes.MessageAttributeValue {
	m := make(map[string]snstypes.MessageAttributeValue, len(e.attrs))
	for _, a := range e.attrs {
		m[a[0]] = snstypes.MessageAttributeValue{DataType: aws.String("String"), StringValue: aws.String(a[1])}
	}
	return m
}

// encode makes an entry of a message; what SQS would refuse, or no reader could read, is fault.Invalid.
func encode(m message.Envelope) (entry, error) {
	b, err := m.EncodeWhole()
	if err != nil {
		return entry{}, err
	}
	// JSON leaves these two as they are, only inside strings, and SQS takes no character that XML 1.0 lacks.
	b = bytes.ReplaceAll(b, []byte("\uFFFE"), []byte(`\ufffe`))
	b = bytes.ReplaceAll(b, []byte("\uFFFF"), []byte(`\uffff`))
	if len(b) > maxBytes-ownBytes {
		return entry{}, fault.New(fault.Invalid, "", "message is larger than "+strconv.Itoa(maxBytes-ownBytes)+" bytes")
	}
	return entry{body: string(b)}.with(attrType, string(m.Type)), nil
}

// legalRune reports whether SQS takes r.
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
func legalRune(r rune) bool {
	switch {
	case r == '\t', r == '\n', r == '\r':
		return true
	case r < ' ', r == 0xFFFE, r == 0xFFFF:
		return false
	}
	return true
}

// isLegal reports whether SQS takes b as a body.
func isLegal(b []byte) bool {
	return len(b) > 0 && utf8.Valid(b) && bytes.IndexFunc(b, func(r rune) bool { return !legalRune(r) }) < 0
}

// legal replaces what SQS would not take.
func legal(text string) string {
	return strings.Map(func(r rune) rune {
		if legalRune(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// cut shortens text to at most n bytes, between characters.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	const dots = "…"
	if n < len(dots) {
		return ""
	}
	n -= len(dots)
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n] + dots
}

func millis(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// ofMillis is the zero time where text is none.
func ofMillis(text string) time.Time {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(n)
}

// entryID names the i-th entry of a batch.
func entryID(i int) *string { return aws.String(strconv.Itoa(i)) }

func entryAt(id string) int {
	i, err := strconv.Atoi(id)
	if err != nil {
		return -1
	}
	return i
}
