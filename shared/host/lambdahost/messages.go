package lambdahost

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// MessagesDeps is what NewMessages needs.
type MessagesDeps struct {
	app.Subscription
	Batches     queue.Batches     // of SQS invocations; nil: none come
	DeadLetters queue.DeadLetters // of Kafka and RabbitMQ invocations; nil: what fails for good fails the invocation
	Policy      queue.Policy      // of Kafka and RabbitMQ invocations
	Observe     func(group string, m message.Envelope, v queue.Verdict, took time.Duration)
	Now         func() time.Time // default time.Now
}

// NewMessages returns what handles a group's messages, whichever broker's trigger brings them: SQS, Kafka (Amazon MSK or one's own) or
// RabbitMQ (Amazon MQ). Each kind of invocation says which it is.
//
// Of an SQS invocation the answer names the messages to be delivered again. Kafka and RabbitMQ take all or nothing: the
// messages of a partition or queue are handled one after another, each as often as the policy and the time left allow,
// and given up to the dead letters; when one can be neither handled nor given up, the invocation fails as a whole and
// comes again.
//
// Sources: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html,
// https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html, https://docs.aws.amazon.com/lambda/latest/dg/with-mq.html
func NewMessages(d MessagesDeps) Invoker {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Observe == nil {
		d.Observe = func(string, message.Envelope, queue.Verdict, time.Duration) {}
	}
	d.Policy = d.Policy.WithDefaults()
	return messages{d}
}

type messages struct{ MessagesDeps }

// batch is an invocation of any of the brokers.
type batch struct {
	EventSource string
	SQS         []sqsRecord               `json:"Records"`
	Kafka       map[string][]kafkaRecord  `json:"records"`
	Rabbit      map[string][]rabbitRecord `json:"rmqMessagesByQueue"`
}

// UnmarshalJSON tells Records from records, which encoding/json does not.
func (b *batch) UnmarshalJSON(data []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return err
	}
	var faults []error
	for name, into := range map[string]any{"eventSource": &b.EventSource, "Records": &b.SQS, "records": &b.Kafka, "rmqMessagesByQueue": &b.Rabbit} {
		if v, ok := raw[name]; ok {
			faults = append(faults, json.Unmarshal(v, into))
		}
	}
	return errors.Join(faults...)
}

// Invoke implements Invoker.
func (m messages) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var in batch
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("read invocation: %w", err)
	}
	source := in.EventSource
	if source == "" && len(in.SQS) > 0 {
		source = in.SQS[0].EventSource
	}
	switch source {
	case "aws:sqs":
		if m.Batches == nil {
			return nil, errors.New("MYEVENTS_QUEUE: an invocation from SQS, but the queue is another")
		}
		return failures(m.Batches.HandleBatch(ctx, m.Group, sqsDeliveries(in.SQS), m.Handler))
	case "aws:kafka", "SelfManagedKafka":
		return m.inOrder(ctx, kafkaStreams(in.Kafka))
	case "aws:rmq":
		return m.inOrder(ctx, rabbitStreams(in.Rabbit))
	case "":
		return failures(nil) // an empty batch
	}
	return nil, fmt.Errorf("an invocation from %q: neither SQS nor Kafka nor RabbitMQ", source)
}

// failures is the answer that names what is to be delivered again. It is never null: nothing to name is an empty list.
func failures(ids []string) ([]byte, error) {
	type item struct {
		ItemIdentifier string `json:"itemIdentifier"`
	}
	items := make([]item, 0, len(ids))
	for _, id := range ids {
		items = append(items, item{id})
	}
	return json.Marshal(map[string][]item{"batchItemFailures": items})
}

// sqsRecord is a message of an SQS invocation.
type sqsRecord struct {
	MessageID         string `json:"messageId"`
	ReceiptHandle     string
	Body              string
	Attributes        map[string]string
	MessageAttributes map[string]struct {
		StringValue string
		BinaryValue []byte
		DataType    string
	}
	EventSource string
}

// firstReceived is the attribute of SQS from which the age of a message counts.
const firstReceived = "ApproximateFirstReceiveTimestamp"

func sqsDeliveries(records []sqsRecord) []queue.Delivery {
	ds := make([]queue.Delivery, 0, len(records))
	for _, r := range records {
		d := queue.Delivery{ID: r.MessageID, Receipt: r.ReceiptHandle, Body: []byte(r.Body), Attempt: 1, Attributes: map[string]string{}}
		if n, err := parseAttempt(r.Attributes["ApproximateReceiveCount"]); err == nil {
			d.Attempt = n
		}
		if first := r.Attributes[firstReceived]; first != "" {
			d.Attributes[firstReceived] = first
		}
		for name, v := range r.MessageAttributes {
			d.Attributes[name] = v.StringValue
			if v.BinaryValue != nil {
				d.Attributes[name] = string(v.BinaryValue)
			}
		}
		ds = append(ds, d)
	}
	return ds
}

// wanted reports whether the group has asked for messages of the type; a topic of Kafka's carries other groups' too.
func (m messages) wanted(t message.Type) bool {
	return len(m.Types) == 0 || slices.Contains(m.Types, t)
}
