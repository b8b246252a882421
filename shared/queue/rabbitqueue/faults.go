package rabbitqueue

import (
	"context"
	"errors"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
)

// errAbsent matches the fault of a queue or an exchange that does not exist.
var errAbsent = fault.New(fault.Unavailable, "queueAbsent", "")

// faultOf gives an error of the library its kind; nil stays nil. All may be tried again: what never can be sent is found
// before it is.
func faultOf(what string, err error) error { return fault.Wrap(fault.Unavailable, what, err) }

// absent is the fault of what is not there. named is the queue or exchange.
func absent(named string, cause error) error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: errAbsent.Code, Cause: cause,
		Text: "MYEVENTS_QUEUE: there is no " + named + "; migrate it",
	}
}

// faultAt is faultOf for an answer about a queue or an exchange.
func faultAt(what, named string, err error) error {
	var answer *amqp.Error
	if !errors.As(err, &answer) {
		return faultOf(what+" "+named, err)
	}
	switch answer.Code {
	case amqp.NotFound:
		return absent(named, nil)
	case amqp.PreconditionFailed:
		return &fault.Error{
			Kind: fault.Unavailable, Code: "queueDiffers", Cause: errors.New(answer.Reason),
			Text: "MYEVENTS_QUEUE: the " + named + " is there, but was declared otherwise: delete it when it is empty, or use another prefix",
		}
	case amqp.AccessRefused:
		return &fault.Error{
			Kind: fault.Unavailable, Code: "queueForbidden", Cause: errors.New(answer.Reason),
			Text: "MYEVENTS_QUEUE: the user may not " + what + " the " + named,
		}
	}
	return faultOf(what+" "+named, err)
}

// within waits for call, which knows no context, until ctx ends. What call does then is its own affair: it ends when its
// connection does at the latest.
func (q *Queue) within(ctx context.Context, what string, call func() error) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, what, err)
	}
	done := make(chan error, 1)
	q.behind.Go(func() { done <- call() })
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, what, ctx.Err())
	}
}
