package kafkaqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// publishTime is how long a publish is tried whose context says nothing of it.
const publishTime = 30 * time.Second

// producing is how the client produces: at once where nothing is under way, and else together with what waits.
func producing(parked string) []kgo.Opt {
	keyed := kgo.StickyKeyPartitioner(nil) // as Kafka's own clients do
	given := kgo.ManualPartitioner()
	return []kgo.Opt{
		kgo.RequiredAcks(kgo.AllISRAcks()), kgo.ProducerLinger(0),
		kgo.RecordDeliveryTimeout(publishTime), kgo.MaxBufferedRecords(50_000), kgo.MaxBufferedBytes(256 << 20),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.ProducerBatchMaxBytesFn(func(topic string) int32 {
			if topic == parked {
				return maxParked + maxParked/8
			}
			return 1_000_000 // below the broker's default of max.message.bytes
		}),
		kgo.RecordPartitioner(partitioner(func(topic string) kgo.TopicPartitioner {
			if isMessages(topic) {
				return keyed.ForTopic(topic)
			}
			return given.ForTopic(topic)
		})),
	}
}

type partitioner func(topic string) kgo.TopicPartitioner

func (p partitioner) ForTopic(topic string) kgo.TopicPartitioner { return p(topic) }

// Publish implements queue.Publisher. Where it fails, some of the messages may have been stored.
func (q *Queue) Publish(ctx context.Context, ms ...message.Envelope) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	rs := make([]*kgo.Record, len(ms))
	for i, m := range ms {
		if rs[i], err = encode(m); err != nil {
			return fmt.Errorf("publish %s: %w", m.ID, err)
		}
		rs[i].Topic = q.messages()
	}
	return q.produce(ctx, rs...)
}

// produce returns when all records are confirmed, or one is not.
func (q *Queue) produce(ctx context.Context, rs ...*kgo.Record) error {
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, "publish", err)
	}
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	answers := make(chan error, len(rs))
	for _, r := range rs {
		q.client.Produce(ctx, r, func(r *kgo.Record, err error) {
			answers <- faultOf("publish to "+r.Topic, r.Topic, err)
		})
	}
	var first error
	for range rs {
		select {
		case err := <-answers:
			if first == nil {
				first = err
			}
		case <-ctx.Done():
			return fault.Wrap(fault.Unavailable, "publish", ctx.Err())
		}
	}
	return first
}
