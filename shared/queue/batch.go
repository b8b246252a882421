package queue

import "context"

// Delivery is one message as a broker's trigger hands it to a function.
type Delivery struct {
	ID         string            // the broker's own id of this delivery, by which a failure is reported
	Receipt    string            // what putting it off or deleting it needs
	Body       []byte            // an encoded envelope, if it is one of ours
	Attempt    int               // from 1, by the broker's count
	Attributes map[string]string // what the adapter itself once sent along
}

// Batches is what a broker offers whose triggers invoke functions. HandleBatch hands each delivery to h, judges its
// answer by the policy, and returns the IDs of those that the broker is to deliver again; it is done with all others:
// handled, put off as a new delivery, or dead-lettered. When ctx's deadline is near it starts no more, and returns the
// rest. It is safe for concurrent use.
type Batches interface {
	HandleBatch(ctx context.Context, group string, ds []Delivery, h Handler) (again []string)
}

// Redriver hands a dead letter's message to its group alone, as if it had just been published. Repeating it delivers it
// again. Errors: fault.Invalid for an unknown group, fault.Unavailable to try again.
type Redriver interface {
	Redrive(ctx context.Context, d DeadLetter) error
}

// Lot is where an outbox's relay leaves a message that cannot be published, for longer than its engine would keep it.
type Lot interface {
	// Park stores messages safely, each at least once. Errors: fault.Unavailable.
	Park(ctx context.Context, ms ...Parked) error
	// Unpark hands up to limit parked messages to publish, one after another, and forgets those that it returns nil for.
	// It returns how many it forgot.
	Unpark(ctx context.Context, limit int, publish func(ctx context.Context, p Parked) error) (int, error)
}

// Parked is what could not be published: an encoded envelope, or, where it is none, whatever the outbox held.
type Parked struct {
	Body   []byte
	Reason string
}
