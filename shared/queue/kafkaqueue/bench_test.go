package kafkaqueue_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
)

// BenchmarkPublish is Publish of one message, by one caller and by many at a time.
func BenchmarkPublish(b *testing.B) {
	q := open(b, settings(server(b)), kafkaqueue.Deps{Groups: every})
	if err := q.Publish(b.Context(), about("bkg-0", 0)); err != nil { // the first one asks for the producer's identity
		b.Fatalf("Publish: got %v, want nil", err)
	}
	b.Run("alone", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			if err := q.Publish(b.Context(), about(fmt.Sprintf("bkg-%d", n%100), n)); err != nil {
				b.Fatalf("Publish: got %v, want nil", err)
			}
		}
	})
	b.Run("64-at-a-time", func(b *testing.B) {
		b.SetParallelism(32)
		var made atomic.Int64
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				n := int(made.Add(1))
				if err := q.Publish(b.Context(), about(fmt.Sprintf("bkg-%d", n%100), n)); err != nil {
					b.Errorf("Publish: got %v, want nil", err)
				}
			}
		})
	})
}

// BenchmarkThrough is 10,000 messages published at once and handled.
func BenchmarkThrough(b *testing.B) {
	q := open(b, settings(server(b)), kafkaqueue.Deps{Groups: every})
	const n = 10_000
	ms := make([]message.Envelope, n)
	for i := range ms {
		ms[i] = about(fmt.Sprintf("bkg-%d", i), i)
	}
	var handled atomic.Int64
	arrived := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(b.Context())
	var work sync.WaitGroup
	work.Go(func() {
		if err := q.Subscribe(ctx, alpha, nil, queue.HandlerFunc(func(context.Context, message.Envelope) error {
			if handled.Add(1)%n == 0 {
				arrived <- struct{}{}
			}
			return nil
		})); err != nil {
			b.Errorf("Subscribe: got %v, want nil", err)
		}
	})
	defer work.Wait()
	defer cancel()
	began := time.Now()
	rounds := 0
	for b.Loop() {
		if rounds++; rounds == 2 {
			began = time.Now() // the first is to warm up
		}
		if err := q.Publish(b.Context(), ms...); err != nil {
			b.Fatalf("Publish: got %v, want nil", err)
		}
		<-arrived
	}
	if rounds > 1 {
		b.ReportMetric(float64(n*(rounds-1))/time.Since(began).Seconds(), "messages/s")
	}
}
