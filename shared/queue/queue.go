// Package queue is publish and subscribe between services: every consuming group gets each message at least once, in no
// promised order except where queuetest.Features says so. A Handler returns an error and the host acks: nil acks,
// fault.Invalid dead-letters at once, Later waits without using up an attempt, anything else is retried with backoff up
// to the policy's attempts and then dead-lettered with its reason. It knows no broker and no message type.
package queue

import (
	"context"
	"errors"
	"time"

	"github.com/myevents/myevents/shared/message"
)

// Publisher sends messages. Publish returns nil only when every message is safe: stored by the broker, or handled.
// Repeating it after an error is always allowed. Errors: fault.Invalid for a message that can never be sent,
// fault.Unavailable to try again.
type Publisher interface {
	Publish(ctx context.Context, ms ...message.Envelope) error
}

// Subscriber delivers messages to groups.
type Subscriber interface {
	// Subscribe hands each message whose type is in types (none: every type) to h until ctx ends, then returns nil once
	// the handlers under way have returned. Several Subscribes of one group share its messages.
	Subscribe(ctx context.Context, group string, types []message.Type, h Handler) error
}

// Handler applies one message. It is safe to repeat for the same message, and for messages out of order.
type Handler interface {
	Handle(ctx context.Context, m message.Envelope) error
}

// HandlerFunc is a function as a Handler.
type HandlerFunc func(ctx context.Context, m message.Envelope) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, m message.Envelope) error { return f(ctx, m) }

// Policy says how often and how soon a message is tried again.
type Policy struct {
	Attempts int           // deliveries before a message is dead-lettered; default 8
	Backoff  time.Duration // before the second delivery, doubling after each, with full jitter; default 100 ms
	Max      time.Duration // the longest wait between deliveries; default 10 s
	MaxAge   time.Duration // how long Later may put a message off before it is dead-lettered; default 15 min
}

// DeadLetter is a message that was given up.
type DeadLetter struct {
	ID       string // the dead letter's own id: sortable by time
	Group    string
	Message  message.Envelope
	Reason   string
	Attempts int
	At       time.Time
}

// DeadLetters keeps what was given up. Implementations are safe for concurrent use.
type DeadLetters interface {
	// AddDeadLetter stores d durably; the same ID again changes nothing.
	AddDeadLetter(ctx context.Context, d DeadLetter) error
	// DeadLetters returns up to limit of them after the one with the id ("": from the oldest), oldest first.
	DeadLetters(ctx context.Context, after string, limit int) ([]DeadLetter, error)
	// RemoveDeadLetter forgets one; unknown ids are ignored.
	RemoveDeadLetter(ctx context.Context, id string) error
}

// later is the error that puts a message off.
type later struct {
	after time.Duration
	cause string
}

func (l *later) Error() string { return l.cause }

// Later tells the host to deliver the message again after d without counting an attempt: its time has not come.
func Later(d time.Duration, why string) error { return &later{after: d, cause: why} }

// AsLater returns how long err asks to wait; false where it does not ask.
func AsLater(err error) (time.Duration, bool) {
	var l *later
	if errors.As(err, &l) {
		return l.after, true
	}
	return 0, false
}
