package rabbitqueue

import (
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/queue"
)

// DeliveryLimit is how often a message may be given back.
const DeliveryLimit = deliveryLimit

// Supported reports a server, by what it says of itself, that lacks what the queues need.
func Supported(product, version string) error {
	return supported(amqp.Table{"product": product, "version": version})
}

// Copied says what takes a delivery's place after a verdict.
func (q *Queue) Copied(group string, d amqp.Delivery, v queue.Verdict, now time.Time) (name string, p amqp.Publishing) {
	name, it := q.copied(group, d, stateOf(d, now), v, now)
	return name, it.msg
}

// Tally is which deliveries are settled.
type Tally struct{ t tally }

// Add notes tags and says what to ack.
func (t *Tally) Add(tags ...uint64) (upTo uint64, single []uint64) { return t.t.add(tags) }
