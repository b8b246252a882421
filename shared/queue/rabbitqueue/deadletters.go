package rabbitqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Died is the reason of dead letters that the broker itself made: whatever handled the message ended each time without an
// answer.
const Died = "died while being handled"

// AddDeadLetter implements queue.DeadLetters. A lost confirm may store it twice; lists show it once. An unknown group is
// fault.Invalid.
func (q *Queue) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	return q.toGroup(ctx, "dead letter "+d.ID, d, func(p *parcel) string {
		p.msg.Headers = amqp.Table{
			headDeadID: d.ID, headDeadReason: text(d.Reason, maxReason), headDeadAttempts: int64(d.Attempts),
			headDeadAt: d.At.UTC().Format(time.RFC3339Nano),
		}
		return q.deadOf(d.Group)
	})
}

// Redrive implements queue.Redriver: the message begins anew, in its group's queue alone.
func (q *Queue) Redrive(ctx context.Context, d queue.DeadLetter) error {
	return q.toGroup(ctx, "redrive "+d.ID, d, func(*parcel) string { return q.queueOf(d.Group) })
}

// toGroup sends a letter's message to a queue of its group.
func (q *Queue) toGroup(ctx context.Context, what string, d queue.DeadLetter, where func(p *parcel) string) error {
	if err := q.d.Groups.Known(d.Group); err != nil {
		return err
	}
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	p := &parcel{}
	if p.msg, err = encode(d.Message); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return q.sendTo(ctx, where(p), p)
}

// DeadLetters implements queue.DeadLetters: it looks through the queues of all groups, one process at a time, and gives
// everything back in its order, also when it dies in the middle. A list has the first 65,535 letters of a group.
func (q *Queue) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	var all []queue.DeadLetter
	least := func() {
		slices.SortFunc(all, func(a, b queue.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
		all = slices.CompactFunc(all, func(a, b queue.DeadLetter) bool { return a.ID == b.ID })
		all = all[:min(len(all), max(0, limit))]
	}
	for _, group := range q.d.Groups.Names() {
		err := q.peek(ctx, q.deadOf(group), func(d amqp.Delivery) (take bool) {
			if letter := q.letterOf(group, d); letter.ID > after {
				all = append(all, letter)
			}
			if len(all) > 2*limit+1000 {
				least() // so that a long queue takes no more room than its answer
			}
			return false
		})
		if err != nil {
			return nil, err
		}
	}
	least()
	return all, nil
}

// RemoveDeadLetter implements queue.DeadLetters.
func (q *Queue) RemoveDeadLetter(ctx context.Context, letter string) error {
	return q.RemoveDeadLetters(ctx, letter)
}

// RemoveDeadLetters forgets several, which takes hardly longer than one. Unknown ids are ignored.
func (q *Queue) RemoveDeadLetters(ctx context.Context, letters ...string) error {
	wanted := make(map[string]bool, len(letters))
	for _, letter := range letters {
		wanted[letter] = true
	}
	left := maps.Clone(wanted)
	for _, group := range q.d.Groups.Names() {
		if err := q.peek(ctx, q.deadOf(group), func(d amqp.Delivery) (take bool) {
			letter := q.letterOf(group, d)
			delete(left, letter.ID)
			return wanted[letter.ID] // a repeat of one may come later
		}); err != nil {
			return err
		}
		if len(left) == 0 {
			break
		}
	}
	return nil
}

// How a queue is looked through.
const (
	peekMost = 1<<16 - 1   // messages: the largest prefetch there is
	peekWait = time.Second // for the next, before it is asked whether there is one
	peekBack = 8           // tries to see everything back, for some seconds together
)

// peek hands each message of a queue to see, forgets those that it takes, gives the others back, and ends when there are
// no more. It consumes them, since what one consumer gives back keeps its order, and what is got one by one does not.
func (q *Queue) peek(ctx context.Context, name string, see func(d amqp.Delivery) (take bool)) error {
	return q.looking(ctx, "look through queue "+name, func(s *session) error {
		let, err := q.alone(ctx, s, name)
		if err != nil {
			return err
		}
		defer let()
		back := 0
		defer func() { given(ctx, s, name, back) }()
		return onChannel(s, func(ch *amqp.Channel) error { // its end gives back
			left, err := waiting(ch, name)
			if err != nil || left == 0 {
				return err
			}
			back = left
			if err := ch.Qos(min(left, peekMost), 0, false); err != nil {
				return faultOf("prefetch", err)
			}
			ds, err := ch.Consume(name, "", false, false, false, false, nil)
			if err != nil {
				return faultAt("look through", "queue "+name, err)
			}
			for left = min(left, peekMost); left > 0; left-- {
				d, ok, err := next(ctx, ch, name, ds)
				if err != nil || !ok {
					return err
				}
				if !see(d) {
					continue
				}
				if err := ch.Ack(d.DeliveryTag, false); err != nil {
					return faultOf("forget", err)
				}
				back--
			}
			return nil
		})
	})
}

// given waits until a queue has as many messages again: they come back a moment after the channel's end, and the next who
// looks would miss them.
func given(ctx context.Context, s *session, name string, back int) {
	_ = onChannel(s, func(ch *amqp.Channel) error { // on a broken connection they come back all the same
		for tries := range peekBack {
			if n, err := waiting(ch, name); err != nil || n >= back || ctx.Err() != nil {
				return err
			}
			rest(ctx, tries)
		}
		return nil
	})
}

// next waits for a message. ok is false where there is none: somebody else took it since it was counted.
func next(ctx context.Context, ch *amqp.Channel, name string, ds <-chan amqp.Delivery) (d amqp.Delivery, ok bool, err error) {
	for none := 0; ; {
		select {
		case d, ok = <-ds:
			if !ok {
				return d, false, faultOf("look through queue "+name, amqp.ErrClosed)
			}
			return d, true, nil
		case <-time.After(peekWait):
		case <-ctx.Done():
			return d, false, fault.Wrap(fault.Unavailable, "look through queue "+name, ctx.Err())
		}
		n, err := waiting(ch, name)
		if err != nil {
			return d, false, err
		}
		if none++; n > 0 {
			none = 0
		}
		if none > 1 { // else it may be on its way
			return d, false, nil
		}
	}
}

// waiting counts the messages of a queue that nobody has.
func waiting(ch *amqp.Channel, name string) (int, error) {
	it, err := ch.QueueDeclarePassive(name, true, false, false, false, nil)
	if err != nil {
		return 0, faultAt("look through", "queue "+name, err)
	}
	return it.Messages, nil
}

// alone waits until nobody else looks through a queue: what one holds another would miss. Among processes it is a queue
// beside it that belongs to one connection, and ends with it.
func (q *Queue) alone(ctx context.Context, s *session, name string) (let func(), err error) {
	q.mu.Lock()
	one := q.peeks[name]
	if one == nil {
		one = make(chan struct{}, 1)
		q.peeks[name] = one
	}
	q.mu.Unlock()
	select {
	case one <- struct{}{}:
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "look through queue "+name, ctx.Err())
	}
	for tries := 0; ; tries++ {
		err := onChannel(s, func(ch *amqp.Channel) error {
			_, err := ch.QueueDeclare(name+".lock", false, false, true, false, nil)
			return err
		})
		var answer *amqp.Error
		switch {
		case err == nil:
			return func() {
				_ = onChannel(s, func(ch *amqp.Channel) error {
					_, err := ch.QueueDelete(name+".lock", false, false, false)
					return err
				})
				<-one
			}, nil
		case !errors.As(err, &answer) || answer.Code != amqp.ResourceLocked || ctx.Err() != nil:
			<-one
			return nil, faultAt("look through", "queue "+name, err)
		}
		rest(ctx, tries)
	}
}

// letterOf reads a message of a dead-letter queue.
func (q *Queue) letterOf(group string, d amqp.Delivery) queue.DeadLetter {
	letter := queue.DeadLetter{ID: words(d.Headers, headDeadID), Group: group, Reason: words(d.Headers, headDeadReason)}
	var err error
	if letter.Message, err = message.Decode(d.Body); err != nil {
		letter.Message = message.Stray(d.MessageId, string(d.Body))
	}
	if letter.ID != "" {
		letter.Attempts = int(number(d.Headers, headDeadAttempts))
		if letter.At, err = time.Parse(time.RFC3339Nano, words(d.Headers, headDeadAt)); err != nil {
			letter.At = time.UnixMilli(0).UTC()
		}
		return letter
	}
	letter.At, letter.Reason = diedAt(d.Headers).UTC(), Died
	letter.ID = id.DerivedAt(id.DeadLetter, letter.At, d.MessageId, string(d.Body))
	letter.Attempts = int(number(d.Headers, headAttempts)) + deliveryLimit + 1
	return letter
}

// diedAt returns when the broker gave a message up, which it knows to the second.
func diedAt(t amqp.Table) time.Time {
	deaths, _ := t[headDeaths].([]any)
	for _, death := range deaths {
		if of, ok := death.(amqp.Table); ok {
			if at, ok := of["time"].(time.Time); ok {
				return at
			}
		}
	}
	return time.UnixMilli(0)
}
