package lambdahost

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/myevents/myevents/shared/outbox"
)

// NewOutbox returns what sends the messages in a table's stream of changes. Of a failed pass the answer names the sequence
// numbers of the changes that are to come again.
//
// Source: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
func NewOutbox(d outbox.PassDeps) Invoker { return changes{d} }

type changes struct{ outbox.PassDeps }

// streamRecord is a change as DynamoDB Streams hands it to a function; of the item only the outbox is read.
type streamRecord struct {
	DynamoDB struct {
		ApproximateCreationDateTime float64 // seconds since 1970
		Keys                        json.RawMessage
		NewImage                    struct {
			Outbox struct{ B []byte } `json:"o"` // outbox.Attribute
		}
		SequenceNumber string
	} `json:"dynamodb"`
}

// Invoke implements Invoker.
func (c changes) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	var in struct{ Records []streamRecord }
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("read invocation: %w", err)
	}
	all := make([]outbox.Change, 0, len(in.Records))
	for i, r := range in.Records {
		if r.DynamoDB.SequenceNumber == "" {
			return nil, fmt.Errorf("read invocation: record %d has no sequence number: is this a stream of DynamoDB?", i)
		}
		seconds, part := math.Modf(r.DynamoDB.ApproximateCreationDateTime)
		all = append(all, outbox.Change{
			Sequence: r.DynamoDB.SequenceNumber, Item: item(r.DynamoDB.Keys),
			At: time.Unix(int64(seconds), int64(part*1e9)).UTC(), Packed: r.DynamoDB.NewImage.Outbox.B,
		})
	}
	return failures(outbox.Pass(ctx, c.PassDeps, all))
}

// item writes a key the same way every time, whatever order its attributes come in.
func item(keys json.RawMessage) string {
	var k map[string]map[string]string
	if json.Unmarshal(keys, &k) != nil {
		return string(keys)
	}
	b, err := json.Marshal(k) // in the order of names
	if err != nil {
		return string(keys)
	}
	return string(b)
}
