// Package message is what the services tell each other: a CloudEvents 1.0 envelope in JSON and one frozen body per type
// and version. A change of a body is a new version with a golden file of its own, never an edit. Delivery is at least
// once and in no promised order, so every body carries what a consumer needs to decide by itself whether it is news.
// Source: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md
package message

import (
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/myevents/myevents/shared/fault"
)

// Type names a body and its version.
type Type string

// The types.
const (
	EventPublished    Type = "event.published.v1"
	EventChanged      Type = "event.changed.v1"
	EventRescheduled  Type = "event.rescheduled.v1"
	EventCancelled    Type = "event.cancelled.v1"
	LocationChanged   Type = "location.changed.v1"
	BookingRecorded   Type = "booking.recorded.v1"
	BookingConfirmed  Type = "booking.confirmed.v1"
	BookingCancelled  Type = "booking.cancelled.v1"
	TicketCheckedIn   Type = "ticket.checked-in.v1"
	EventAvailability Type = "event.availability.v1"
	CancellationDue   Type = "event.cancellation-due.v1"
	AvailabilityDue   Type = "event.availability-due.v1"
)

// Types returns every type, in a fixed order.
func Types() []Type {
	return []Type{
		EventPublished, EventChanged, EventRescheduled, EventCancelled, LocationChanged, BookingRecorded,
		BookingConfirmed, BookingCancelled, TicketCheckedIn, EventAvailability, CancellationDue, AvailabilityDue,
	}
}

// The sources: the service that says it.
const (
	SourceCatalog = "/myevents/catalog"
	SourceBooking = "/myevents/booking"
)

// MaxSize is the largest encoded envelope, in bytes: the limit of SNS and SQS (256 KiB).
// Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const MaxSize = 256 << 10

// Envelope is one message. ID is the same on every redelivery; Subject is the id of the thing that it is about, and
// what order, where a broker keeps any, is kept by.
type Envelope struct {
	SpecVersion     string          `json:"specversion"`
	ID              string          `json:"id"`
	Source          string          `json:"source"`
	Type            Type            `json:"type"`
	Subject         string          `json:"subject"`
	Time            time.Time       `json:"time"`
	TraceParent     string          `json:"traceparent,omitempty"`
	DataContentType string          `json:"datacontenttype"`
	Data            json.RawMessage `json:"data"`
}

// New returns an envelope around body. It panics where body has no JSON form, which none of this package's lacks.
func New(id, source string, t Type, subject string, at time.Time, body any) Envelope {
	data, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("message %s: %v", t, err))
	}
	return Envelope{
		SpecVersion: "1.0", ID: id, Source: source, Type: t, Subject: subject, Time: at.UTC(),
		DataContentType: "application/json", Data: data,
	}
}

// Stray is the envelope in which people see a body that is none itself: as data, of a message that cannot be sent.
func Stray(id, body string) Envelope {
	data, err := json.Marshal(body)
	if err != nil { // of a string: cannot happen
		data = []byte("null")
	}
	return Envelope{ID: id, Data: data}
}

// Encode returns the JSON of e.
func (e Envelope) Encode() ([]byte, error) {
	b, err := json.Marshal(e)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "message cannot be encoded", err)
	}
	if len(b) > MaxSize {
		return nil, fault.New(fault.Invalid, "", fmt.Sprintf("message is larger than %d bytes", MaxSize))
	}
	return b, nil
}

// EncodeWhole is Encode for whoever sends e: what Decode would refuse is fault.Invalid. It costs half of doing both.
func (e Envelope) EncodeWhole() ([]byte, error) {
	if err := e.complete(); err != nil {
		return nil, err
	}
	b, err := e.Encode()
	if err == nil && !utf8.Valid(b) { // data may be anything that looks like JSON
		return nil, errNoText
	}
	return b, err
}

var errNoText = fault.New(fault.Invalid, "", "message is not UTF-8")

// Decode reads an envelope. Anything that is not one is fault.Invalid, so that a queue dead-letters it at once.
func Decode(b []byte) (Envelope, error) {
	var e Envelope
	if len(b) > MaxSize {
		return e, fault.New(fault.Invalid, "", fmt.Sprintf("message is larger than %d bytes", MaxSize))
	}
	if !utf8.Valid(b) {
		return e, errNoText
	}
	if err := json.Unmarshal(b, &e); err != nil {
		return Envelope{}, fault.Wrap(fault.Invalid, "message is not an envelope", err)
	}
	if len(e.Data) == 0 {
		return Envelope{}, errIncomplete
	}
	if err := e.complete(); err != nil {
		return Envelope{}, err
	}
	e.Time = e.Time.UTC()
	return e, nil
}

var errIncomplete = fault.New(fault.Invalid, "", "message lacks specversion 1.0, id, source, type or data")

// complete reports what Decode would miss in e, data aside.
func (e Envelope) complete() error {
	if e.SpecVersion != "1.0" || e.ID == "" || e.Source == "" || e.Type == "" {
		return errIncomplete
	}
	if year := e.Time.UTC().Year(); year < 0 || year > 9999 { // possible with an offset, and not to be written again
		return fault.New(fault.Invalid, "", "message is of a year that has no RFC 3339 form")
	}
	return nil
}

// Body reads e's data as a T; what does not fit is fault.Invalid. Fields that T lacks are ignored, so that a newer sender
// does not stop an older reader.
func Body[T any](e Envelope) (T, error) {
	var body T
	if err := json.Unmarshal(e.Data, &body); err != nil {
		return body, fault.Wrap(fault.Invalid, "body of "+string(e.Type)+" cannot be read", err)
	}
	return body, nil
}
