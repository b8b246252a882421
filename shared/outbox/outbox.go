// Package outbox carries messages from a store to a queue without losing one: a store writes them together with the
// change that they announce. From an engine that can be asked for them, the Relay claims, publishes and then marks them
// sent. An engine with a change stream keeps them packed in the item itself (Pack, Attribute), and what reads the stream
// passes them on: Pass in a function, a StreamRelay in a server. A crash after publishing repeats a message, so delivery is
// at least once. It knows neither engines nor brokers.
package outbox

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/message"
)

// Message is an envelope to be sent. NotBefore, where set, makes it a timer: it is due only then, and the next write of
// the same aggregate replaces the aggregate's messages that are not yet due.
type Message struct {
	message.Envelope
	NotBefore time.Time
}

// Pending is a message claimed from a store, with the store's own reference to it.
type Pending struct {
	Ref     string
	Message message.Envelope
}

// Source is what a store offers the Relay. Implementations are safe for concurrent use, by several processes too.
type Source interface {
	// Claim takes up to limit due messages (NotBefore ≤ now), oldest first, that nobody has claimed or whose claim is
	// older than lease, and claims them as of now.
	Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]Pending, error)
	// MarkSent forgets the messages with the refs. Unknown refs are ignored.
	MarkSent(ctx context.Context, refs []string) error
	// Depth returns how many messages are due and unsent, and since when the oldest has been due (zero time: none).
	Depth(ctx context.Context, now time.Time) (n int, oldest time.Time, err error)
	// Wake returns a channel that receives after this process wrote a message; it may be nil. Writes of others are
	// found by polling.
	Wake() <-chan struct{}
}
