package queue

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// WithDefaults fills in what p leaves at zero.
func (p Policy) WithDefaults() Policy {
	if p.Attempts <= 0 {
		p.Attempts = 8
	}
	if p.Backoff <= 0 {
		p.Backoff = 100 * time.Millisecond
	}
	if p.Max <= 0 {
		p.Max = 10 * time.Second
	}
	if p.MaxAge <= 0 {
		p.MaxAge = 15 * time.Minute
	}
	return p
}

// Set reads the policy's parameters of a queue's URL: attempts, backoff, max, maxAge. It returns false for any other name.
func (p *Policy) Set(name, value string) (bool, error) {
	switch name {
	case "attempts":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return true, errors.New("must be a number from 1")
		}
		p.Attempts = n
		return true, nil
	case "backoff":
		return true, ReadDuration(&p.Backoff, value)
	case "max":
		return true, ReadDuration(&p.Max, value)
	case "maxAge":
		return true, ReadDuration(&p.MaxAge, value)
	}
	return false, nil
}

// ReadDuration reads a duration of 10 ms or more, and leaves d alone where the text is none.
func ReadDuration(d *time.Duration, text string) error {
	got, err := time.ParseDuration(text)
	if err != nil || got < 10*time.Millisecond {
		return errors.New("must be a duration such as 1s")
	}
	*d = got
	return nil
}

// Delay returns how long to wait after the attempt (from 1; less is taken for 1) failed: full jitter over an exponentially
// growing span, so that what failed together does not come back together. chance is a random number in [0, 1).
// Source: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
func (p Policy) Delay(attempt int, chance float64) time.Duration {
	span := p.Max
	if shift := max(1, attempt) - 1; p.Backoff <= p.Max>>shift { // else it is more than Max, or overflows
		span = p.Backoff << shift
	}
	return time.Duration(chance * float64(span))
}

// Action is what a host does with a delivery after its handler returned.
type Action uint8

// The actions.
const (
	Ack   Action = iota + 1 // done with it
	Retry                   // deliver again after Verdict.After, counting an attempt
	Wait                    // deliver again after Verdict.After, not counting one: its time has not come
	Dead                    // give it up, for Verdict.Reason
)

// Verdict is an Action with its particulars.
type Verdict struct {
	Action Action
	After  time.Duration
	Reason string
}

// Judge decides on a delivery by its handler's error, the number of the attempt (from 1) and how long ago the message was
// first delivered. Every host judges by it.
func (p Policy) Judge(err error, attempt int, age time.Duration, chance float64) Verdict {
	if err == nil {
		return Verdict{Action: Ack}
	}
	if after, ok := AsLater(err); ok {
		if age+after > p.MaxAge {
			return Verdict{Action: Dead, Reason: "put off for too long: " + err.Error()}
		}
		return Verdict{Action: Wait, After: after}
	}
	switch {
	case fault.Is(err, fault.Invalid):
		return Verdict{Action: Dead, Reason: err.Error()}
	case attempt >= p.Attempts:
		return Verdict{Action: Dead, Reason: fmt.Sprintf("given up after %d attempts: %v", attempt, err)}
	}
	return Verdict{Action: Retry, After: p.Delay(attempt, chance)}
}

// Safely calls h and turns a panic into an error, so that one message cannot end the process that handles the others.
func Safely(ctx context.Context, h Handler, m message.Envelope) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fault.New(fault.Internal, "", fmt.Sprintf("the handler panicked: %v", r))
		}
	}()
	return h.Handle(ctx, m)
}
