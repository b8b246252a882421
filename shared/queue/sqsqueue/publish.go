package sqsqueue

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	snstypes "github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// atATime is how many calls one Publish makes at a time.
const atATime = 8

// Publish implements queue.Publisher. Where it fails, some of the messages may have been sent.
func (q *Queue) Publish(ctx context.Context, ms ...message.Envelope) error {
	es := make([]entry, len(ms))
	for i, m := range ms {
		var err error
		if es[i], err = encode(m); err != nil {
			return fmt.Errorf("publish %s: %w", m.ID, err)
		}
	}
	if err := ctx.Err(); err != nil {
		return fault.Wrap(fault.Unavailable, "publish", err)
	}
	if q.topic != "" {
		return q.inParts(ctx, es, q.announce)
	}
	groups := q.d.Groups.Names()
	errs := make([]error, len(groups))
	var all sync.WaitGroup
	for at, group := range groups {
		var wanted []entry
		for i, m := range ms {
			if q.d.Groups.Wants(group, m.Type) {
				wanted = append(wanted, es[i])
			}
		}
		all.Go(func() {
			errs[at] = q.inParts(ctx, wanted, func(ctx context.Context, part []entry) []error {
				return q.send(ctx, q.queueOf(group), part)
			})
		})
	}
	all.Wait()
	return join(errs)
}

// inParts sends entries in as few calls as may be, some at a time.
func (q *Queue) inParts(ctx context.Context, es []entry, send func(ctx context.Context, part []entry) []error) error {
	var all errgroup.Group // not one that ends the others' context: each part is for itself
	all.SetLimit(atATime)
	var mu sync.Mutex
	var errs []error
	for len(es) > 0 {
		n := fits(es)
		part := es[:n]
		es = es[n:]
		all.Go(func() error {
			got := send(ctx, part)
			mu.Lock()
			defer mu.Unlock()
			errs = append(errs, got...)
			return nil
		})
	}
	_ = all.Wait()
	return join(errs)
}

// fits returns how many of the first entries one call takes.
func fits(es []entry) int {
	bytes := 0
	for i, e := range es {
		if bytes += e.size(); i == maxBatch || (bytes > maxBytes && i > 0) {
			return i
		}
	}
	return len(es)
}

// announce publishes up to a batch of entries to the topic.
func (q *Queue) announce(ctx context.Context, es []entry) []error {
	return batch(ctx, "publish to "+q.topic, "topic "+q.topic, len(es), func(ctx context.Context, at []int) ([]refusal, error) {
		in := &sns.PublishBatchInput{TopicArn: &q.topic}
		for _, i := range at {
			in.PublishBatchRequestEntries = append(in.PublishBatchRequestEntries, snstypes.PublishBatchRequestEntry{
				Id: entryID(i), Message: &es[i].body, MessageAttributes: es[i].snsAttrs(),
			})
		}
		out, err := q.sns.PublishBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		refused := make([]refusal, len(out.Failed))
		for i, f := range out.Failed {
			refused[i] = refusal{aws.ToString(f.Id), aws.ToString(f.Code), aws.ToString(f.Message), f.SenderFault}
		}
		return refused, nil
	})
}

// send sends up to a batch of entries to a queue.
func (q *Queue) send(ctx context.Context, name string, es []entry) []error {
	url, err := q.urlOf(ctx, name)
	if err != nil {
		return slices.Repeat([]error{err}, len(es))
	}
	return batch(ctx, "send to queue "+name, "queue "+name, len(es), func(ctx context.Context, at []int) ([]refusal, error) {
		in := &sqs.SendMessageBatchInput{QueueUrl: &url}
		for _, i := range at {
			in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{
				Id: entryID(i), MessageBody: &es[i].body, MessageAttributes: es[i].sqsAttrs(), DelaySeconds: es[i].delay,
			})
		}
		out, err := q.sqs.SendMessageBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return refusals(out.Failed), nil
	})
}

func refusals(failed []types.BatchResultErrorEntry) []refusal {
	all := make([]refusal, len(failed))
	for i, f := range failed {
		all[i] = refusal{aws.ToString(f.Id), aws.ToString(f.Code), aws.ToString(f.Message), f.SenderFault}
	}
	return all
}

// visibility is a received message with how long it is to stay hidden, in seconds.
type visibility struct {
	receipt string
	seconds int32
}

// show changes the visibility of up to a batch of messages.
func (q *Queue) show(ctx context.Context, name string, vs []visibility) []error {
	url, err := q.urlOf(ctx, name)
	if err != nil {
		return slices.Repeat([]error{err}, len(vs))
	}
	return batch(ctx, "change visibility in queue "+name, "queue "+name, len(vs), func(ctx context.Context, at []int) ([]refusal, error) {
		in := &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url}
		for _, i := range at {
			in.Entries = append(in.Entries, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: entryID(i), ReceiptHandle: &vs[i].receipt, VisibilityTimeout: vs[i].seconds,
			})
		}
		out, err := q.sqs.ChangeMessageVisibilityBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return refusals(out.Failed), nil
	})
}

// remove deletes up to a batch of messages by their receipts.
func (q *Queue) remove(ctx context.Context, name string, receipts []string) []error {
	url, err := q.urlOf(ctx, name)
	if err != nil {
		return slices.Repeat([]error{err}, len(receipts))
	}
	return batch(ctx, "delete from queue "+name, "queue "+name, len(receipts), func(ctx context.Context, at []int) ([]refusal, error) {
		in := &sqs.DeleteMessageBatchInput{QueueUrl: &url}
		for _, i := range at {
			in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: entryID(i), ReceiptHandle: &receipts[i]})
		}
		out, err := q.sqs.DeleteMessageBatch(ctx, in)
		if err != nil {
			return nil, err
		}
		return refusals(out.Failed), nil
	})
}
