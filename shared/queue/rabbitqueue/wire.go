package rabbitqueue

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// The headers of messages. Those of copies and those of dead letters differ, so that a letter which an operator's tool
// moves back to its queue begins anew.
const (
	headAttempts = "attempts" // a copy's: attempts before this copy
	headFirst    = "first"    // a copy's: when the message was first delivered, Unix milliseconds
	headUntil    = "until"    // a copy's: not to be handled before, Unix milliseconds

	headDeadID       = "deadId"
	headDeadReason   = "deadReason"
	headDeadAttempts = "deadAttempts"
	headDeadAt       = "deadAt" // RFC 3339

	headReason = "reason" // a parked message's

	headDeliveries = "x-delivery-count" // quorum queues': deliveries of this copy that came to nothing before
	headDeaths     = "x-death"          // the broker's: why it dead-lettered what
)

// Limits in bytes.
const (
	maxShort  = 255     // of a short string: https://www.rabbitmq.com/resources/specs/amqp0-9-1.pdf, 4.2.5.3
	maxReason = 4 << 10 // headers have to fit into one frame, of 128 KiB
)

// encode makes a publishing of a message; what no reader could read, or AMQP cannot carry, is fault.Invalid.
func encode(m message.Envelope) (amqp.Publishing, error) {
	b, err := m.EncodeWhole()
	if err != nil {
		return amqp.Publishing{}, err
	}
	if len(m.ID) > maxShort || len(m.Type) > maxShort {
		return amqp.Publishing{}, fault.New(fault.Invalid, "", "message has an id or a type of more than "+strconv.Itoa(maxShort)+" bytes")
	}
	return amqp.Publishing{
		ContentType: "application/cloudevents+json", DeliveryMode: amqp.Persistent, MessageId: m.ID, Type: string(m.Type), Body: b,
	}, nil
}

// again makes a publishing of a delivery's message, without its headers.
func again(d amqp.Delivery) amqp.Publishing {
	return amqp.Publishing{
		ContentType: d.ContentType, DeliveryMode: amqp.Persistent, MessageId: d.MessageId, Type: d.Type, Body: d.Body,
	}
}

// text is what may stand in a header: at most n bytes of UTF-8.
func text(s string, n int) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	if len(s) <= n {
		return s
	}
	const dots = "…"
	n -= len(dots)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + dots
}

// number reads a header that holds a whole number; 0 where it holds none.
func number(t amqp.Table, name string) int64 {
	switch n := t[name].(type) {
	case int64:
		return n
	case int32:
		return int64(n)
	case int16:
		return int64(n)
	case int:
		return int64(n)
	}
	return 0
}

// words reads a header that holds text.
func words(t amqp.Table, name string) string {
	s, _ := t[name].(string)
	return s
}

// instant reads a header that holds Unix milliseconds; the zero time where it holds none.
func instant(t amqp.Table, name string) time.Time {
	if ms := number(t, name); ms > 0 {
		return time.UnixMilli(ms)
	}
	return time.Time{}
}
