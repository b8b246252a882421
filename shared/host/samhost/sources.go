package samhost

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/telemetry"
)

// Inbox is a queue as a trigger reads it.
type Inbox interface {
	// Receive waits for up to most messages, and returns none after a while. What is received is hidden from others until
	// the queue shows it again.
	Receive(ctx context.Context, most int) ([]InboxMessage, error)
	// Delete forgets messages by their receipts.
	Delete(ctx context.Context, receipts []string) error
}

// InboxMessage is a message as SQS hands it to a function.
type InboxMessage struct {
	ID         string                    `json:"messageId"`
	Receipt    string                    `json:"receiptHandle"`
	Body       string                    `json:"body"`
	System     map[string]string         `json:"attributes"`
	Attributes map[string]InboxAttribute `json:"messageAttributes"`
	Source     string                    `json:"eventSource"`
	ARN        string                    `json:"eventSourceARN"`
	Region     string                    `json:"awsRegion"`
}

// InboxAttribute is an attribute of a message.
type InboxAttribute struct {
	Text   string   `json:"stringValue,omitempty"`
	Binary []byte   `json:"binaryValue,omitempty"`
	Type   string   `json:"dataType"`
	Texts  []string `json:"stringListValues"`
	Bytes  [][]byte `json:"binaryListValues"`
}

// Trigger feeds functions until its context ends.
type Trigger struct {
	Host *Host
	Log  *slog.Logger
}

// batchesAtOnce is how many batches of a queue are handled at a time. Lambda begins with five.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
const batchesAtOnce = 4

// Queue hands a queue's messages to a function in batches, and deletes those that it is done with.
func (t Trigger) Queue(ctx context.Context, m Mapping, in Inbox) {
	var work sync.WaitGroup
	defer work.Wait()
	room := make(chan struct{}, batchesAtOnce)
	for fails := 0; ctx.Err() == nil; {
		select {
		case room <- struct{}{}:
		case <-ctx.Done():
			return
		}
		messages, err := in.Receive(ctx, m.Batch)
		if err != nil || len(messages) == 0 {
			<-room
			if err != nil && ctx.Err() == nil {
				fails++
				t.say(ctx, "queue not read", m.Source, err)
				pause(ctx, fails)
			}
			continue
		}
		fails = 0
		work.Go(func() {
			defer func() { <-room }()
			t.batch(context.WithoutCancel(ctx), m, in, messages)
		})
	}
}

func (t Trigger) batch(ctx context.Context, m Mapping, in Inbox, messages []InboxMessage) {
	for i := range messages {
		messages[i].Source, messages[i].Region = "aws:sqs", region
		messages[i].ARN = "arn:aws:sqs:" + region + ":" + account + ":" + m.Source
	}
	payload, err := json.Marshal(map[string]any{"Records": messages})
	if err != nil { // of strings and bytes: cannot happen
		t.say(ctx, "batch not written", m.Source, err)
		return
	}
	failed, err := t.invoke(ctx, m.Function, payload)
	if err != nil {
		t.say(ctx, "batch failed", m.Source, err) // all of it comes again when the queue shows it
		return
	}
	var receipts []string
	for _, msg := range messages {
		if !slices.Contains(failed, msg.ID) {
			receipts = append(receipts, msg.Receipt)
		}
	}
	if len(receipts) == 0 {
		return
	}
	if err := in.Delete(ctx, receipts); err != nil {
		t.say(ctx, "batch not deleted", m.Source, err)
	}
}

// invoke returns the identifiers of what failed.
func (t Trigger) invoke(ctx context.Context, function string, payload []byte) ([]string, error) {
	answer, err := t.Host.Invoke(ctx, function, payload)
	if err != nil {
		return nil, err
	}
	var out struct {
		BatchItemFailures []struct{ ItemIdentifier string }
	}
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, err
	}
	var failed []string
	for _, f := range out.BatchItemFailures {
		failed = append(failed, f.ItemIdentifier)
	}
	return failed, nil
}

// Stream hands a table's changes to a function, in order for each shard. What failed comes again, with all after it.
func (t Trigger) Stream(ctx context.Context, m Mapping, s outbox.Stream) {
	err := s.Run(ctx, outbox.ShardHandlerFunc(func(ctx context.Context, _ string, changes []outbox.Change) []string {
		changes = slices.DeleteFunc(slices.Clone(changes), func(c outbox.Change) bool { return len(c.Packed) == 0 }) // as the filter does
		for part := range slices.Chunk(changes, m.Batch) {
			payload, err := json.Marshal(map[string]any{"Records": streamRecords(m.Source, part)})
			if err != nil { // of strings and bytes: cannot happen
				return sequences(part)
			}
			failed, err := t.invoke(context.WithoutCancel(ctx), m.Function, payload)
			if err != nil {
				t.say(ctx, "changes failed", m.Source, err)
				return sequences(changes[slices.IndexFunc(changes, func(c outbox.Change) bool { return c.Sequence == part[0].Sequence }):])
			}
			if len(failed) > 0 {
				return failed
			}
		}
		return nil
	}))
	if err != nil && ctx.Err() == nil {
		t.say(ctx, "stream ended", m.Source, err)
	}
}

func sequences(changes []outbox.Change) (all []string) {
	for _, c := range changes {
		all = append(all, c.Sequence)
	}
	return all
}

// streamRecords are changes as DynamoDB Streams hands them to a function, as far as they are known.
func streamRecords(table string, changes []outbox.Change) []any {
	type value map[string]string
	all := make([]any, 0, len(changes))
	for _, c := range changes {
		pk, sk, _ := strings.Cut(c.Item, "\x00")
		keys := map[string]value{"pk": {"S": pk}, "sk": {"S": sk}}
		image := maps.Clone(keys)
		image[outbox.Attribute] = value{"B": base64.StdEncoding.EncodeToString(c.Packed)}
		all = append(all, map[string]any{
			"eventID": c.Sequence, "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": region,
			"eventSourceARN": "arn:aws:dynamodb:" + region + ":" + account + ":table/" + table + "/stream/local",
			"dynamodb": map[string]any{
				"ApproximateCreationDateTime": float64(c.At.UnixMilli()) / 1000, "Keys": keys, "NewImage": image,
				"SequenceNumber": c.Sequence, "SizeBytes": len(c.Packed), "StreamViewType": "NEW_IMAGE",
			},
		})
	}
	return all
}

// Schedule wakes a function again and again.
func (t Trigger) Schedule(ctx context.Context, s Schedule) {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			payload, err := json.Marshal(map[string]any{
				"version": "0", "id": newID(), "detail-type": "Scheduled Event", "source": "aws.events", "account": account,
				"time": now.UTC().Format(time.RFC3339), "region": region, "resources": []string{}, "detail": struct{}{},
			})
			if err != nil { // of strings: cannot happen
				return
			}
			if _, err := t.Host.Invoke(context.WithoutCancel(ctx), s.Function, payload); err != nil {
				t.say(ctx, "scheduled invocation failed", s.Function, err)
			}
		}
	}
}

func (t Trigger) say(ctx context.Context, what, source string, err error) {
	t.Log.LogAttrs(ctx, slog.LevelWarn, "trigger failed", slog.String("what", what), slog.String("source", source), telemetry.Err(err))
}

// pause waits longer with each failure in a row, up to 5 s.
func pause(ctx context.Context, fails int) {
	t := time.NewTimer(min(5*time.Second, 100*time.Millisecond<<min(fails, 10)))
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
