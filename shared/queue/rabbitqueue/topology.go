package rabbitqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/message"
)

// What queues are declared with. A change makes them differ from those that are there.
const (
	// deliveryLimit is how often a message is given back undone, by processes that died and connections that broke, before
	// it is given up. What fails by a handler's answer is published anew and does not count; what a process that died had at
	// hand, and never began with, does.
	deliveryLimit = 250
	// noLimit is a delivery limit that is never met; RabbitMQ 4 would else take 20, and looking at letters counts.
	noLimit = 1 << 30
)

// rungs are the delays of a group's ladder of delay queues: a message takes the first that is not shorter than its own,
// and has its own as a TTL. On one rung nothing waits behind what has a much longer delay.
var rungs = []struct {
	name string
	most time.Duration
}{
	{"100ms", 100 * time.Millisecond},
	{"300ms", 300 * time.Millisecond},
	{"1s", time.Second},
	{"3s", 3 * time.Second},
	{"10s", 10 * time.Second},
	{"30s", 30 * time.Second},
	{"100s", 100 * time.Second},
	{"300s", 300 * time.Second},
}

// The names of the exchange, of a group's queues and of the parked messages'.
func (q *Queue) exchange() string { return q.prefix + ".messages" }

func (q *Queue) queueOf(group string) string { return q.prefix + "." + group }

func (q *Queue) deadOf(group string) string { return q.prefix + "." + group + ".dlq" }

func (q *Queue) rungOf(group, rung string) string { return q.prefix + "." + group + ".retry-" + rung }

func (q *Queue) parked() string { return q.prefix + ".parked" }

// Topology is what a Queue needs on the broker, and Migrate makes.
type Topology struct {
	Exchange string
	Queues   []string
}

// Topology returns the names of what Migrate makes.
func (q *Queue) Topology() Topology {
	t := Topology{Exchange: q.exchange()}
	for _, it := range q.shapes() {
		t.Queues = append(t.Queues, it.name)
	}
	return t
}

// shape is a queue as it is declared.
type shape struct {
	name string
	args amqp.Table
}

// shapes returns every queue.
func (q *Queue) shapes() []shape {
	all := []shape{{q.parked(), amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int64(noLimit)}}}
	for _, group := range q.d.Groups.Names() {
		all = append(all, shape{q.deadOf(group), amqp.Table{"x-queue-type": "quorum", "x-delivery-limit": int64(noLimit)}})
		main := leading(q.deadOf(group))
		main["x-delivery-limit"] = int64(deliveryLimit)
		all = append(all, shape{q.queueOf(group), main})
		for _, r := range rungs {
			all = append(all, shape{q.rungOf(group, r.name), leading(q.queueOf(group))})
		}
	}
	return all
}

// leading is a queue whose messages go to another one when they are done with.
func leading(to string) amqp.Table {
	return amqp.Table{
		"x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-dead-letter-routing-key": to,
		"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish", // the one needs the other
	}
}

// keys returns what a group's queue is bound by.
func (q *Queue) keys(group string) []string {
	types := q.d.Groups[group]
	if len(types) == 0 {
		return []string{"#"}
	}
	keys := make([]string, len(types))
	for i, t := range types {
		keys[i] = string(t)
	}
	return keys
}

// Migrate makes what is absent and binds each queue by its group's types, and by no other type that this program knows.
// It may be repeated. What is there but was declared otherwise is fault.Unavailable, as it is when the broker is out of
// reach.
func (q *Queue) Migrate(ctx context.Context) error {
	return q.looking(ctx, "migrate", func(s *session) error {
		if err := q.declare(s); err != nil {
			return err
		}
		return onChannel(s, func(ch *amqp.Channel) error {
			for _, group := range q.d.Groups.Names() {
				if err := q.rebind(ch, group); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

// declare declares everything. What is there already has to be the same.
func (q *Queue) declare(s *session) error {
	return onChannel(s, func(ch *amqp.Channel) error {
		if err := ch.ExchangeDeclare(q.exchange(), amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
			return faultAt("declare", "exchange "+q.exchange(), err)
		}
		for _, it := range q.shapes() {
			if _, err := ch.QueueDeclare(it.name, true, false, false, false, it.args); err != nil {
				return faultAt("declare", "queue "+it.name, err)
			}
		}
		return nil
	})
}

// rebind binds a group's queue and takes away what an earlier version bound it by.
func (q *Queue) rebind(ch *amqp.Channel, group string) error {
	keys, name := q.keys(group), q.queueOf(group)
	if err := q.bind(ch, group); err != nil {
		return err
	}
	old := []string{"#"}
	for _, t := range message.Types() {
		old = append(old, string(t))
	}
	for _, key := range old {
		if slices.Contains(keys, key) {
			continue
		}
		if err := ch.QueueUnbind(name, key, q.exchange(), nil); err != nil {
			return faultAt("unbind", "queue "+name, err)
		}
	}
	return nil
}

func (q *Queue) bind(ch *amqp.Channel, group string) error {
	for _, key := range q.keys(group) {
		if err := ch.QueueBind(q.queueOf(group), key, q.exchange(), false, nil); err != nil {
			return faultAt("bind", "queue "+q.queueOf(group), err)
		}
	}
	return nil
}

// bound makes sure that each group's queue is there and bound. Bindings cannot be looked at, but to make one that is there
// changes nothing.
func (q *Queue) bound(s *session) error {
	return onChannel(s, func(ch *amqp.Channel) error {
		if err := ch.ExchangeDeclarePassive(q.exchange(), amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
			return faultAt("look up", "exchange "+q.exchange(), err)
		}
		for _, group := range q.d.Groups.Names() {
			if _, err := ch.QueueDeclarePassive(q.queueOf(group), true, false, false, false, nil); err != nil {
				return faultAt("look up", "queue "+q.queueOf(group), err)
			}
			if err := q.bind(ch, group); err != nil {
				return err
			}
		}
		return nil
	})
}

// recheck lets the next publish look at the queues first. A queue that is deleted under a publisher is not missed by the
// broker as long as another takes the message.
func (q *Queue) recheck() {
	if p, ok := q.front.drop(); ok {
		q.behind.Go(func() { _ = p.ch.Close() })
	}
}

// Ready reports what a deployment lacks: a server within reach that takes the credentials, knows the vhost and is new
// enough, and the exchange and all queues, declared as this version does. It makes nothing.
func (q *Queue) Ready(ctx context.Context) error {
	return q.looking(ctx, "look at rabbitmq", func(s *session) error {
		err := onChannel(s, func(ch *amqp.Channel) error {
			if err := ch.ExchangeDeclarePassive(q.exchange(), amqp.ExchangeTopic, true, false, false, false, nil); err != nil {
				return faultAt("look up", "exchange "+q.exchange(), err)
			}
			for _, it := range q.shapes() {
				if _, err := ch.QueueDeclarePassive(it.name, true, false, false, false, nil); err != nil {
					return faultAt("look up", "queue "+it.name, err)
				}
			}
			return nil
		})
		if errors.Is(err, errAbsent) {
			q.recheck()
		}
		if err != nil || q.agreed.Load() {
			return err
		}
		if err := q.declare(s); err != nil { // all is there, so that this compares and makes nothing
			return err
		}
		q.agreed.Store(true)
		return nil
	})
}

// lookTries is how often something is tried whose connection breaks meanwhile.
const lookTries = 4

// looking does something with a connection within ctx, again where the connection breaks.
func (q *Queue) looking(ctx context.Context, what string, do func(s *session) error) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	for tries := 1; ; tries++ {
		s, err := q.consuming.get(ctx)
		if err != nil {
			return err
		}
		err = q.within(ctx, what, func() error { return do(s) })
		if err == nil || !s.dead() || ctx.Err() != nil || tries == lookTries {
			return err
		}
	}
}

// onChannel does something on a channel of its own, since an answer that is an error closes it.
func onChannel(s *session, do func(ch *amqp.Channel) error) error {
	ch, err := s.channel()
	if err != nil {
		return err
	}
	err = do(ch)
	if gone := ch.Close(); err == nil && gone != nil {
		return faultOf("close a channel", fmt.Errorf("after all was done: %w", gone))
	}
	return err
}
