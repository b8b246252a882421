package e2e_test

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
	"github.com/myevents/myevents/shared/testenv"
)

// Pings are messages one at a time, each a moment after the one before was handled.
const (
	pings     = 150
	pingPause = 3 * time.Millisecond
	benched   = "booking" // the group

	// emulatorHidden is how long a message is kept from others, in seconds: now and then ElasticMQ hands some to a call that
	// is gone, and a round would take as long as they are hidden.
	emulatorHidden = 5
)

var benchGroups = map[string][]message.Type{benched: nil}

// flow is a way through a broker, of a topology of its own.
type flow struct {
	name    string
	publish func(ctx context.Context, ms ...message.Envelope) error
	handle  func(ctx context.Context, one func(body []byte)) error // calls one for each message until ctx ends

	decodes  atomic.Bool // reads the envelope of each body, as whoever handles it must
	handled  atomic.Int64
	expected atomic.Int64
	arrived  chan time.Time // when the expected one was handled
}

// broker is one with a raw client and an adapter.
type broker struct {
	name      string
	messages  int // in a round
	raw, ours *flow
}

// run begins to handle.
func (f *flow) run(b *testing.B, name string) *flow {
	b.Helper()
	f.name = name
	f.arrived = make(chan time.Time, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- f.handle(ctx, func(body []byte) {
			if f.decodes.Load() {
				if _, err := message.Decode(body); err != nil {
					b.Error(err)
				}
			}
			if f.handled.Add(1) == f.expected.Load() {
				f.arrived <- time.Now()
			}
		})
	}()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return f
}

// through has n more messages sent and returns when the last was handled.
func (f *flow) through(b *testing.B, n int, send func() error) time.Time {
	b.Helper()
	f.expected.Store(f.handled.Load() + int64(n))
	if err := send(); err != nil {
		b.Fatal(err)
	}
	select {
	case at := <-f.arrived:
		return at
	case <-time.After(time.Minute):
		b.Fatalf("%s: handled after a minute: got %d, want %d", f.name, f.handled.Load(), f.expected.Load())
		return time.Time{}
	}
}

func benchMessages(n int) []message.Envelope {
	ms := make([]message.Envelope, n)
	for i := range ms {
		ms[i] = recorded(order(i, 200, 1))
	}
	return ms
}

// rate publishes and handles, and returns how many a second.
func (f *flow) rate(b *testing.B, ms []message.Envelope) float64 {
	b.Helper()
	began := time.Now()
	at := f.through(b, len(ms), func() error { return f.publish(context.Background(), ms...) })
	return float64(len(ms)) / at.Sub(began).Seconds()
}

func (q broker) measureRate(b *testing.B, t *table) {
	b.Helper()
	ms := benchMessages(q.messages)
	var raw, read, ours, reads, ratios []float64
	for round := range adapterRounds + 1 {
		r := q.raw.rate(b, ms)
		o := q.ours.rate(b, ms)
		q.raw.decodes.Store(true)
		d := q.raw.rate(b, ms)
		q.raw.decodes.Store(false)
		if round > 0 { // the first is to warm up
			raw, read, ours = append(raw, r), append(read, d), append(ours, o)
			reads, ratios = append(reads, d/r), append(ratios, o/r)
		}
	}
	base := fmt.Sprintf("%.0f /s raw (%.0f to %.0f)", median(raw), slices.Min(raw), slices.Max(raw))
	t.row(fmt.Sprintf("messages through %s, %d at once", q.name, q.messages), fmt.Sprintf("%.0f /s", median(ours)), base, median(ratios),
		limit{atLeast: 0.5, what: "raw"})
	t.row("the raw client, reading each envelope", fmt.Sprintf("%.0f /s", median(read)), base, median(reads), noAim)
}

// lags are the shares of waits, in milliseconds.
func lags(waits []float64) (p50, p99 float64) {
	slices.Sort(waits)
	return waits[len(waits)/2], waits[len(waits)*99/100]
}

// measureLag compares the way from an answered commit, through the embedded store's outbox, with the way from the call of the
// raw client.
func (q broker) measureLag(b *testing.B, t *table) {
	b.Helper()
	s := openStore(b)
	relay := outbox.NewRelay(outbox.RelayDeps{
		Source: s.BookingOutbox(), Publish: q.ours.publish, Now: time.Now, Failed: func(err error) { b.Log(err) },
	}, outbox.RelayConfig{})
	ctx, cancel := context.WithCancel(context.Background())
	var relaying sync.WaitGroup
	relaying.Go(func() { _ = relay.Run(ctx) })
	defer relaying.Wait()
	defer cancel()
	placed := 0
	commit := func() (time.Time, error) {
		k := order(placed, 200, 99)
		placed++
		err := s.PutBooking(ctx, k, outbox.Message{Envelope: recorded(k)})
		return time.Now(), err
	}
	ping := func() (time.Time, error) {
		began := time.Now()
		return began, q.raw.publish(ctx, recorded(order(0, 1, 98)))
	}
	side := func(f *flow, send func() (time.Time, error)) (p50, p99 float64) {
		waits := make([]float64, pings)
		for i := range waits {
			var began time.Time
			at := f.through(b, 1, func() (err error) { began, err = send(); return err })
			waits[i] = max(0, at.Sub(began).Seconds()*1e3)
			<-time.After(pingPause)
		}
		return lags(waits)
	}
	var raw50, raw99, our50, our99, ratio50, ratio99 []float64
	for range adapterRounds {
		r50, r99 := side(q.raw, ping)
		o50, o99 := side(q.ours, commit)
		raw50, raw99, our50, our99 = append(raw50, r50), append(raw99, r99), append(our50, o50), append(our99, o99)
		ratio50, ratio99 = append(ratio50, o50/r50), append(ratio99, o99/r99)
	}
	t.row("commit to handler through "+q.name+", median", fmt.Sprintf("%.1f ms", median(our50)), fmt.Sprintf("%.1f ms raw", median(raw50)), median(ratio50), noAim)
	t.row("commit to handler through "+q.name+", 99 %", fmt.Sprintf("%.1f ms", median(our99)), fmt.Sprintf("%.1f ms raw", median(raw99)), median(ratio99),
		limit{atMost: 2, what: "raw"})
}

type subscribed interface {
	queue.Publisher
	queue.Subscriber
}

// adapted is a queue as a flow.
func adapted(q subscribed) *flow {
	return &flow{publish: q.Publish, handle: func(ctx context.Context, one func([]byte)) error {
		return q.Subscribe(ctx, benched, nil, queue.HandlerFunc(func(context.Context, message.Envelope) error { one(nil); return nil }))
	}}
}

func sqsBroker(b *testing.B) broker {
	b.Helper()
	endpoint := testenv.Need(b, "MYEVENTS_TEST_SQS", withServers)
	var names [2]string
	var ours *sqsqueue.Queue
	for i := range names {
		names[i] = fresh()
		var err error
		ours, err = sqsqueue.Open(b.Context(), cloud(endpoint), "sqs://"+names[i]+fmt.Sprintf("?region=eu-west-1&poll=2s&hidden=%ds&endpoint=%s", emulatorHidden, url.QueryEscape(endpoint)), sqsqueue.Deps{Groups: benchGroups})
		if err == nil {
			err = ours.Migrate(b.Context())
		}
		if err != nil {
			b.Fatal(err)
		}
	}
	return broker{"ElasticMQ (SQS)", 1000, rawSQS(b, endpoint, names[0]+"-"+benched).run(b, "raw SQS"), adapted(ours).run(b, "sqsqueue")}
}

// rawSQS sends batches of 10, 8 at a time, and has two receivers, which delete what they received batch by batch.
func rawSQS(b *testing.B, endpoint, name string) *flow {
	b.Helper()
	api := sqs.NewFromConfig(cloud(endpoint))
	at, err := api.GetQueueUrl(b.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		b.Fatal(err)
	}
	receive := func(ctx context.Context, one func([]byte)) error {
		for ctx.Err() == nil {
			got, err := api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: at.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 2, VisibilityTimeout: emulatorHidden})
			if err != nil && ctx.Err() == nil {
				return err
			}
			if err != nil || len(got.Messages) == 0 {
				continue
			}
			done := make([]types.DeleteMessageBatchRequestEntry, len(got.Messages))
			for i, m := range got.Messages {
				one([]byte(*m.Body))
				done[i] = types.DeleteMessageBatchRequestEntry{Id: m.MessageId, ReceiptHandle: m.ReceiptHandle}
			}
			if _, err := api.DeleteMessageBatch(context.WithoutCancel(ctx), &sqs.DeleteMessageBatchInput{QueueUrl: at.QueueUrl, Entries: done}); err != nil {
				return err
			}
		}
		return nil
	}
	return &flow{
		publish: func(ctx context.Context, ms ...message.Envelope) error {
			sending, ctx := errgroup.WithContext(ctx)
			sending.SetLimit(8)
			for part := range slices.Chunk(ms, 10) {
				sending.Go(func() error {
					es := make([]types.SendMessageBatchRequestEntry, len(part))
					for i, m := range part {
						body, err := m.Encode()
						if err != nil {
							return err
						}
						es[i] = types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), MessageBody: aws.String(string(body))}
					}
					out, err := api.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: at.QueueUrl, Entries: es})
					if err == nil && len(out.Failed) > 0 {
						err = fmt.Errorf("%d were not sent", len(out.Failed))
					}
					return err
				})
			}
			return sending.Wait()
		},
		handle: func(ctx context.Context, one func([]byte)) error {
			var receiving errgroup.Group
			for range 2 {
				receiving.Go(func() error { return receive(ctx, one) })
			}
			return receiving.Wait()
		},
	}
}

func rabbitBroker(b *testing.B) broker {
	b.Helper()
	at := testenv.Need(b, "MYEVENTS_TEST_AMQP", withServers)
	var qs [2]*rabbitqueue.Queue
	for i := range qs {
		q, err := rabbitqueue.Open(b.Context(), at+"?prefix="+fresh(), rabbitqueue.Deps{Groups: benchGroups})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = q.Close() })
		if err := q.Migrate(b.Context()); err != nil {
			b.Fatal(err)
		}
		qs[i] = q
	}
	return broker{"RabbitMQ", 5000, rawRabbit(b, at, qs[0].Topology().Exchange, qs[0].Topology().Queues[2]).run(b, "raw RabbitMQ"), adapted(qs[1]).run(b, "rabbitqueue")}
}

// rawRabbit publishes to an exchange with all confirms outstanding, and acks each message of the quorum queue, 512 at hand.
func rawRabbit(b *testing.B, at, exchange, name string) *flow {
	b.Helper()
	channel := func() *amqp.Channel {
		c, err := amqp.Dial(at)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = c.Close() })
		ch, err := c.Channel()
		if err != nil {
			b.Fatal(err)
		}
		return ch
	}
	front, back := channel(), channel()
	if err := front.Confirm(false); err != nil {
		b.Fatal(err)
	}
	if err := back.Qos(512, 0, false); err != nil {
		b.Fatal(err)
	}
	ds, err := back.ConsumeWithContext(context.Background(), name, "", false, false, false, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	return &flow{
		publish: func(ctx context.Context, ms ...message.Envelope) error {
			confirms := make([]*amqp.DeferredConfirmation, len(ms))
			for i, m := range ms {
				body, err := m.Encode()
				if err != nil {
					return err
				}
				if confirms[i], err = front.PublishWithDeferredConfirmWithContext(ctx, exchange, string(m.Type), true, false,
					amqp.Publishing{DeliveryMode: amqp.Persistent, MessageId: m.ID, Body: body}); err != nil {
					return err
				}
			}
			for _, c := range confirms {
				if ok, err := c.WaitContext(ctx); !ok || err != nil {
					return fmt.Errorf("not confirmed: %w", err)
				}
			}
			return nil
		},
		handle: func(ctx context.Context, one func([]byte)) error {
			for {
				select {
				case d := <-ds:
					one(d.Body)
					if err := d.Ack(false); err != nil {
						return err
					}
				case <-ctx.Done():
					return nil
				}
			}
		},
	}
}
