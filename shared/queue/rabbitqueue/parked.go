package rabbitqueue

import (
	"context"
	"fmt"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/queue"
)

// Park implements queue.Lot. Of a long reason the first 4 KiB are kept.
func (q *Queue) Park(ctx context.Context, ps ...queue.Parked) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	if len(ps) == 0 {
		return nil
	}
	parcels := make([]*parcel, len(ps))
	for i, p := range ps {
		parcels[i] = &parcel{key: q.parked(), must: true, msg: amqp.Publishing{
			DeliveryMode: amqp.Persistent, Body: p.Body, Headers: amqp.Table{headReason: text(p.Reason, maxReason)},
		}}
	}
	return q.ship(ctx, q.back, parcels)
}

// Unpark implements queue.Lot. What publish fails for goes to the end of the line, so that it does not keep back the others;
// its error is its caller's to report.
func (q *Queue) Unpark(ctx context.Context, limit int, publish func(ctx context.Context, p queue.Parked) error) (forgotten int, err error) {
	leave, err := q.enter()
	if err != nil {
		return 0, err
	}
	defer leave()
	s, err := q.consuming.get(ctx)
	if err != nil {
		return 0, err
	}
	err = onChannel(s, func(ch *amqp.Channel) error {
		var failed []amqp.Delivery
		for range limit {
			if ctx.Err() != nil {
				return fault.Wrap(fault.Unavailable, "unpark", ctx.Err())
			}
			d, ok, err := ch.Get(q.parked(), false)
			if err != nil {
				return faultAt("unpark from", "queue "+q.parked(), err)
			}
			if !ok {
				break
			}
			if publish(ctx, queue.Parked{Body: d.Body, Reason: words(d.Headers, headReason)}) != nil {
				failed = append(failed, d)
				continue
			}
			if err := ch.Ack(d.DeliveryTag, false); err != nil {
				return faultOf("a parked message was published but stays", err)
			}
			forgotten++
		}
		for _, d := range failed {
			p := &parcel{msg: again(d)}
			p.msg.Headers = amqp.Table{headReason: words(d.Headers, headReason)}
			if err := q.sendTo(ctx, q.parked(), p); err != nil {
				return fmt.Errorf("a parked message stays first in line: %w", err)
			}
			if err := ch.Ack(d.DeliveryTag, false); err != nil {
				return faultOf("a parked message is there twice", err)
			}
		}
		return nil
	})
	return forgotten, err
}
