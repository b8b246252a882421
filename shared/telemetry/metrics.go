package telemetry

import (
	"time"

	"github.com/myevents/myevents/shared/message"
)

// HoldOutcome is how a request for seats ended.
type HoldOutcome string

// The outcomes of holds.
const (
	HoldMade         HoldOutcome = "made"
	HoldSoldOut      HoldOutcome = "sold_out"
	HoldAllHeld      HoldOutcome = "all_held"
	HoldNotTogether  HoldOutcome = "not_together"
	HoldSeatTaken    HoldOutcome = "seat_taken"
	HoldNotOnSale    HoldOutcome = "not_on_sale"
	HoldLimitReached HoldOutcome = "limit_reached"
	HoldExtended     HoldOutcome = "extended"
	HoldReleased     HoldOutcome = "released"
	HoldRefused      HoldOutcome = "refused" // a wrong request
	HoldFailed       HoldOutcome = "failed"  // ours to mend
)

// BookingOutcome is how a request to buy, or the settling of one, ended.
type BookingOutcome string

// The outcomes of bookings.
const (
	BookingConfirmed BookingOutcome = "confirmed"
	BookingSettling  BookingOutcome = "settling"
	BookingDeclined  BookingOutcome = "declined"
	BookingLapsed    BookingOutcome = "lapsed"
	BookingRefused   BookingOutcome = "refused" // a wrong request, or a hold already used
	BookingFailed    BookingOutcome = "failed"
	BookingCancelled BookingOutcome = "cancelled"
)

// CheckInResult is what the door said.
type CheckInResult string

// The results of check-ins.
const (
	CheckInAdmitted  CheckInResult = "admitted"
	CheckInAlreadyIn CheckInResult = "already_in"
	CheckInRefused   CheckInResult = "refused"
)

// MessageOutcome is what became of one delivery of a message.
type MessageOutcome string

// The outcomes of deliveries.
const (
	MessageAcked   MessageOutcome = "acked"
	MessageRetried MessageOutcome = "retried"
	MessagePutOff  MessageOutcome = "put_off" // its time had not come
	MessageDead    MessageOutcome = "dead"
)

// Metrics count what a program does. All methods are safe for concurrent use.
type Metrics interface {
	// Request records one answer. Service and operation come from the program's own closed sets, never from the request.
	Request(service, operation string, status int, took time.Duration)
	// InFlight changes how many requests a service is serving by +1 or −1.
	InFlight(service string, delta int)
	// Hold counts a request about a hold.
	Hold(o HoldOutcome)
	// Booking counts a request about a booking, or one settled.
	Booking(o BookingOutcome)
	// CheckIn counts a scan at a door.
	CheckIn(r CheckInResult)
	// Message records one delivery to a group; a dead one counts as a dead letter too.
	Message(group string, t message.Type, o MessageOutcome, took time.Duration)
	// Store records one operation of a store. Errors that are an answer (a conflict, not found, a stale version) count as
	// refused, those that are a fault as failed.
	Store(operation string, took time.Duration, err error)
	// Outbox returns what counts for one service's outbox.
	Outbox(service string) Outbox
}

// Outbox counts for one outbox. All methods are safe for concurrent use.
type Outbox interface {
	// Depth sets how many messages are due, and how long the oldest has been (0: none).
	Depth(n int, lag time.Duration)
	// Published counts n messages published.
	Published(n int)
	// Failed counts one attempt to publish that failed.
	Failed()
}

// NoMetrics count nothing.
type NoMetrics struct{}

// Request implements Metrics.
func (NoMetrics) Request(string, string, int, time.Duration) {}

// InFlight implements Metrics.
func (NoMetrics) InFlight(string, int) {}

// Hold implements Metrics.
func (NoMetrics) Hold(HoldOutcome) {}

// Booking implements Metrics.
func (NoMetrics) Booking(BookingOutcome) {}

// CheckIn implements Metrics.
func (NoMetrics) CheckIn(CheckInResult) {}

// Message implements Metrics.
func (NoMetrics) Message(string, message.Type, MessageOutcome, time.Duration) {}

// Store implements Metrics.
func (NoMetrics) Store(string, time.Duration, error) {}

// Outbox implements Metrics.
func (NoMetrics) Outbox(string) Outbox { return noOutbox{} }

type noOutbox struct{}

func (noOutbox) Depth(int, time.Duration) {}
func (noOutbox) Published(int)            {}
func (noOutbox) Failed()                  {}
