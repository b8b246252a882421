package e2e_test

import (
	"context"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
	"github.com/myevents/myevents/shared/testenv"
)

func kafkaBroker(b *testing.B) broker {
	b.Helper()
	at := testenv.Need(b, "MYEVENTS_TEST_KAFKA", withServers)
	var qs [2]*kafkaqueue.Queue
	for i := range qs {
		q, err := kafkaqueue.Open(b.Context(), "kafka://"+at+"/"+fresh(), kafkaqueue.Deps{Groups: benchGroups})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = q.Close() })
		if err := q.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		qs[i] = q
	}
	raw := rawKafka(b, at, qs[0].Topics()[0], qs[0].Groups()[0])
	return broker{"Kafka", 10_000, raw.run(b, "raw Kafka"), adapted(qs[1]).run(b, "kafkaqueue")}
}

// rawKafka produces idempotently, acknowledged by all replicas, and commits after each poll of its group.
func rawKafka(b *testing.B, at, topic, group string) *flow {
	b.Helper()
	client := func(opts ...kgo.Opt) *kgo.Client {
		c, err := kgo.NewClient(append(opts, kgo.SeedBrokers(at))...)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(c.Close)
		return c
	}
	front := client(kgo.DefaultProduceTopic(topic), kgo.ProducerLinger(0))
	back := client(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	return &flow{
		publish: func(ctx context.Context, ms ...message.Envelope) error {
			rs := make([]*kgo.Record, len(ms))
			for i, m := range ms {
				body, err := m.Encode()
				if err != nil {
					return err
				}
				rs[i] = &kgo.Record{Key: []byte(m.Subject), Value: body}
			}
			return front.ProduceSync(ctx, rs...).FirstErr()
		},
		handle: func(ctx context.Context, one func([]byte)) error {
			for ctx.Err() == nil {
				got := back.PollFetches(ctx)
				if err := got.Err(); err != nil && ctx.Err() == nil {
					return err
				}
				got.EachRecord(func(r *kgo.Record) { one(r.Value) })
				if err := back.CommitUncommittedOffsets(context.WithoutCancel(ctx)); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
