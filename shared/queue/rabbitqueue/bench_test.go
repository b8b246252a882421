package rabbitqueue_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
)

const group = "booking"

var groups = map[string][]message.Type{group: nil}

func sample(n int) message.Envelope {
	return message.New(fmt.Sprintf("msg-%d", n), message.SourceBooking, message.BookingConfirmed, "bkg-1", time.Unix(0, 0), map[string]int{"n": n})
}

func samples(from, n int) []message.Envelope {
	ms := make([]message.Envelope, n)
	for i := range ms {
		ms[i] = sample(from + i)
	}
	return ms
}

// window is how many messages a benchmark has unconfirmed, or unacked.
const window = 512

// BenchmarkPublish publishes batches; compare BenchmarkRaw's publish.
func BenchmarkPublish(b *testing.B) {
	q := open(b, server(b), rabbitqueue.Deps{Groups: groups})
	ms := samples(0, window)
	for b.Loop() {
		if err := q.Publish(b.Context(), ms...); err != nil {
			b.Fatalf("Publish: got %v, want nil", err)
		}
	}
	b.ReportMetric(float64(b.N)*window/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkConsume publishes and has everything handled; compare BenchmarkRaw's consume.
func BenchmarkConsume(b *testing.B) {
	q := open(b, server(b), rabbitqueue.Deps{Groups: groups})
	for range b.N {
		if err := q.Publish(b.Context(), samples(0, window)...); err != nil {
			b.Fatalf("Publish: got %v, want nil", err)
		}
	}
	b.ResetTimer()
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	var left atomic.Int64
	left.Store(int64(b.N) * window)
	if err := q.Subscribe(ctx, group, nil, queue.HandlerFunc(func(context.Context, message.Envelope) error {
		if left.Add(-1) == 0 {
			cancel()
		}
		return nil
	})); err != nil {
		b.Fatalf("Subscribe: got %v, want nil", err)
	}
	b.ReportMetric(float64(b.N)*window/b.Elapsed().Seconds(), "messages/s")
}

// BenchmarkRaw is the library by itself, on the same queues with as many messages under way.
func BenchmarkRaw(b *testing.B) {
	at := server(b)
	b.Run("publish", func(b *testing.B) {
		top := open(b, at, rabbitqueue.Deps{Groups: groups}).Topology()
		admin(b, at, func(ch *amqp.Channel) error {
			b.ResetTimer()
			rawPublish(b, ch, top)
			b.ReportMetric(float64(b.N)*window/b.Elapsed().Seconds(), "messages/s")
			return nil
		})
	})
	b.Run("consume", func(b *testing.B) {
		top := open(b, at, rabbitqueue.Deps{Groups: groups}).Topology()
		admin(b, at, func(ch *amqp.Channel) error {
			rawPublish(b, ch, top)
			if err := ch.Qos(window, 0, false); err != nil {
				return err
			}
			b.ResetTimer()
			ds, err := ch.Consume(top.Queues[2], "", false, false, false, false, nil)
			for range b.N * window {
				d := <-ds
				if _, err := message.Decode(d.Body); err != nil {
					return err
				}
				if err := d.Ack(false); err != nil {
					return err
				}
			}
			b.ReportMetric(float64(b.N)*window/b.Elapsed().Seconds(), "messages/s")
			return err
		})
	})
}

func rawPublish(b *testing.B, ch *amqp.Channel, top rabbitqueue.Topology) {
	b.Helper()
	if err := ch.Confirm(false); err != nil {
		b.Fatalf("Confirm: got %v, want nil", err)
	}
	body, err := sample(1).Encode()
	if err != nil {
		b.Fatalf("Encode: got %v, want nil", err)
	}
	for range b.N {
		var all []*amqp.DeferredConfirmation
		for range window {
			c, err := ch.PublishWithDeferredConfirm(top.Exchange, string(message.BookingConfirmed), true, false, amqp.Publishing{DeliveryMode: amqp.Persistent, Body: body})
			if err != nil {
				b.Fatalf("Publish: got %v, want nil", err)
			}
			all = append(all, c)
		}
		for _, c := range all {
			c.Wait()
		}
	}
}
