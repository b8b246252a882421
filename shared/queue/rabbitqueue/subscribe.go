package rabbitqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// errCancelled is what ends a consumer whose channel goes on.
var errCancelled = errors.New("the broker cancelled the consumer: the queue was deleted or moved")

// prefetch is how many messages the broker hands out for each that is handled: a quorum queue hands out the next only when
// most of its nodes have noted an ack.
const prefetch = 4

// settleTime is for what is left to do with a message at a stop.
const settleTime = 10 * time.Second

// Subscribe implements queue.Subscriber. The group and its types are those that Deps declares; others are fault.Invalid,
// since a message reaches a queue by them. A queue that is absent from the start ends it too, with fault.Unavailable.
func (q *Queue) Subscribe(ctx context.Context, group string, types []message.Type, h queue.Handler) error {
	if err := q.d.Groups.Agree(group, types); err != nil {
		return err
	}
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	q.behind.Go(func() {
		select {
		case <-q.ended:
			cancel()
		case <-ctx.Done():
		}
	})
	s := &subscriber{q: q, group: group, name: q.queueOf(group), h: h, room: make(chan struct{}, q.d.InFlight)}
	defer s.work.Wait()
	for tries := 0; ctx.Err() == nil; tries++ {
		began, err := s.consume(ctx)
		if ctx.Err() != nil {
			break
		}
		if !s.ever && errors.Is(err, errAbsent) {
			return err
		}
		if errors.Is(err, errAbsent) || errors.Is(err, errCancelled) {
			q.recheck()
		}
		q.failed(fmt.Errorf("subscriber of %s: %w", group, err))
		if began {
			tries = 0
		}
		rest(ctx, tries)
	}
	return nil
}

// subscriber is one Subscribe under way, over all the channels that it takes.
type subscriber struct {
	q     *Queue
	group string
	name  string
	h     queue.Handler
	room  chan struct{} // holds one for each message in hand
	work  sync.WaitGroup
	ever  bool // its queue was there
}

// intake is a channel that a subscriber consumes by.
type intake struct {
	*subscriber
	ch   *amqp.Channel
	acks chan uint64
	work sync.WaitGroup
}

// consume handles what comes until ctx ends, or the channel does. began says that it got as far as to consume.
func (s *subscriber) consume(ctx context.Context) (began bool, err error) {
	conn, err := s.q.consuming.get(ctx)
	if err != nil {
		return false, err
	}
	ch, err := conn.channel()
	if err != nil {
		return false, err
	}
	in := &intake{subscriber: s, ch: ch, acks: make(chan uint64, s.q.d.InFlight)}
	closes := ch.NotifyClose(make(chan *amqp.Error, 1))
	defer func() { _ = ch.Close() }()
	if err := ch.Qos(min(prefetch*s.q.d.InFlight, 1<<16-1), 0, false); err != nil {
		return false, faultOf("prefetch", err)
	}
	const tag = "myevents"
	ds, err := ch.Consume(s.name, tag, false, false, false, false, nil)
	if err != nil {
		return false, faultAt("consume", "queue "+s.name, err)
	}
	s.ever = true
	var acking sync.WaitGroup
	acking.Go(func() { settled(ch, in.acks) })
	worn := in.receive(ctx, ds)
	if ctx.Err() == nil {
		err := faultOf("consume queue "+s.name, errCancelled)
		select { // the library tells why before it ends the deliveries
		case cause := <-closes:
			if cause != nil {
				err = faultOf("consume queue "+s.name, cause)
			}
		default:
		}
		s.work.Go(func() { // those in hand cannot be acked any more, but have to end
			in.work.Wait()
			close(in.acks)
			acking.Wait()
		})
		return true, err
	}
	worn = append(worn, in.stop(tag, ds)...)
	in.work.Wait()
	in.refresh(ctx, worn)
	close(in.acks)
	acking.Wait()
	return true, nil // closing the channel gives the rest back
}

// receive hands out deliveries until ctx ends, or there are no more. It returns those that are not handled and were often
// given back.
func (in *intake) receive(ctx context.Context, ds <-chan amqp.Delivery) (worn []amqp.Delivery) {
	for {
		select {
		case d, ok := <-ds:
			if !ok {
				return nil
			}
			select {
			case in.room <- struct{}{}:
			case <-ctx.Done():
				return ifWorn(nil, d)
			}
			in.work.Go(func() {
				defer func() { <-in.room }()
				in.one(ctx, d)
			})
		case <-ctx.Done():
			return nil
		}
	}
}

// ifWorn keeps a delivery that was given back so often that a few times more would end it.
func ifWorn(worn []amqp.Delivery, d amqp.Delivery) []amqp.Delivery {
	if number(d.Headers, headDeliveries) >= deliveryLimit/2 {
		return append(worn, d)
	}
	return worn
}

// stop lets no more deliveries come.
func (in *intake) stop(tag string, ds <-chan amqp.Delivery) (worn []amqp.Delivery) {
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		_ = in.ch.Cancel(tag, false) // a broken channel has stopped
	}()
	for d := range ds {
		worn = ifWorn(worn, d)
	}
	<-stopped
	return worn
}

// refresh publishes messages anew that stops alone would wear out: giving back counts.
func (in *intake) refresh(ctx context.Context, worn []amqp.Delivery) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	for _, d := range worn {
		p := &parcel{msg: again(d)}
		p.msg.Headers = stateOf(d, time.Now()).table(0)
		if err := in.q.sendTo(ctx, in.name, p); err != nil {
			in.q.failed(fmt.Errorf("message %s is given back once more: %w", d.MessageId, err))
			return
		}
		in.acks <- d.DeliveryTag
	}
}

// settled acks what comes, in as few frames as may be.
func settled(ch *amqp.Channel, tags <-chan uint64) {
	var done tally
	for tag := range tags {
		batch := append(make([]uint64, 0, 64), tag)
		for more := true; more && len(batch) < cap(batch); {
			select {
			case tag, ok := <-tags:
				if more = ok; ok {
					batch = append(batch, tag)
				}
			default:
				more = false
			}
		}
		upTo, single := done.add(batch)
		if upTo > 0 {
			_ = ch.Ack(upTo, true) // where it fails the channel is broken, and the messages come again
		}
		for _, tag := range single {
			_ = ch.Ack(tag, false)
		}
	}
}

// tally is which of a channel's deliveries are settled. Their tags count from 1.
type tally struct {
	upTo uint64          // all up to this one are
	also map[uint64]bool // and these
}

// add notes tags and returns what to ack: all up to one of them (0: none), and some by themselves.
func (t *tally) add(tags []uint64) (upTo uint64, single []uint64) {
	if t.also == nil {
		t.also = map[uint64]bool{}
	}
	for _, tag := range tags {
		t.also[tag] = true
	}
	for t.also[t.upTo+1] {
		t.upTo++
		delete(t.also, t.upTo)
	}
	for _, tag := range tags {
		if tag > t.upTo {
			single = append(single, tag)
		} else {
			upTo = max(upTo, tag) // one that was acked by itself before must not be named again
		}
	}
	return upTo, single
}
