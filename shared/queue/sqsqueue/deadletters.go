package sqsqueue

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// How a dead-letter queue is looked through.
const (
	peekHidden = 20 * time.Second // for so long what was seen is kept from others, unless it is given back before
	peekWait   = time.Second      // for more; a call that does not wait asks some of SQS's servers only
	peekMost   = 10_000           // letters of a group that one list can have
)

// Died is the reason of dead letters that the queue itself made: whatever handled the message ended each time without an
// answer. When is not known; such a letter bears the time at which its message was sent.
const Died = "died while being handled"

// AddDeadLetter implements queue.DeadLetters. A lost reply may store it twice; lists show it once. An unknown group is
// fault.Invalid.
func (q *Queue) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	if err := q.d.Groups.Known(d.Group); err != nil {
		return err
	}
	e, err := encode(d.Message)
	if err != nil {
		return fmt.Errorf("dead letter %s: %w", d.ID, err)
	}
	e = e.with(attrDeadID, d.ID).
		with(attrDeadAttempts, strconv.Itoa(d.Attempts)).
		with(attrDeadAt, d.At.UTC().Format(time.RFC3339Nano)).
		withText(attrDeadReason, d.Reason)
	return q.sendOne(ctx, q.deadOf(d.Group), e)
}

// DeadLetters implements queue.DeadLetters: it looks through the queues of all groups and gives everything back at once.
// Whoever else looks at the same moment may see only a part. A list has the first 10,000 letters of a group that SQS
// hands out.
func (q *Queue) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	groups := q.d.Groups.Names()
	found := make([][]queue.DeadLetter, len(groups))
	looking, lctx := errgroup.WithContext(ctx)
	for i, group := range groups {
		looking.Go(func() error {
			return q.peek(lctx, group, func(d queue.DeadLetter) (take, more bool) {
				found[i] = append(found[i], d)
				return false, len(found[i]) < peekMost
			})
		})
	}
	if err := looking.Wait(); err != nil {
		return nil, err
	}
	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b queue.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
	all = slices.CompactFunc(all, func(a, b queue.DeadLetter) bool { return a.ID == b.ID })
	all = slices.DeleteFunc(all, func(d queue.DeadLetter) bool { return d.ID <= after })
	return all[:min(len(all), max(0, limit))], nil
}

// RemoveDeadLetter implements queue.DeadLetters.
func (q *Queue) RemoveDeadLetter(ctx context.Context, letter string) error {
	return q.RemoveDeadLetters(ctx, letter)
}

// RemoveDeadLetters forgets several, which takes hardly longer than one. Unknown ids are ignored.
func (q *Queue) RemoveDeadLetters(ctx context.Context, letters ...string) error {
	wanted := make(map[string]bool, len(letters))
	for _, letter := range letters {
		wanted[letter] = true
	}
	left := maps.Clone(wanted)
	for _, group := range q.d.Groups.Names() {
		if len(left) == 0 {
			break
		}
		if err := q.peek(ctx, group, func(d queue.DeadLetter) (take, more bool) {
			delete(left, d.ID)
			return wanted[d.ID], len(left) > 0
		}); err != nil {
			return err
		}
	}
	return nil
}

// peek hands each letter of a group to see, deletes those that it takes, gives the others back, and ends when there is
// nothing new or see wants no more. One at a time looks through a queue, of this process.
func (q *Queue) peek(ctx context.Context, group string, see func(queue.DeadLetter) (take, more bool)) (err error) {
	name := q.deadOf(group)
	url, err := q.urlOf(ctx, name)
	if err != nil {
		return err
	}
	let, err := q.alone(ctx, name)
	if err != nil {
		return err
	}
	defer let()
	held := map[string]string{} // receipts by message
	var taken []string
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		q.giveBack(closing, name, held)
		if gone := inBatches(taken, func(part []string) []error { return q.remove(closing, name, part) }); err == nil {
			err = gone
		}
	}()
	for more := true; more; {
		ms, err := q.take(ctx, name, url, maxBatch, min(peekWait, q.d.Poll), peekHidden)
		if err != nil {
			return err
		}
		var news []types.Message
		for _, m := range ms {
			if held[*m.MessageId] == "" {
				news = append(news, m) // else it took so long that the first came round again
			}
			held[*m.MessageId] = *m.ReceiptHandle
		}
		more = len(news) > 0
		for _, m := range news {
			take, on := see(q.letterOf(group, m))
			if take {
				delete(held, *m.MessageId)
				taken = append(taken, *m.ReceiptHandle)
			}
			more = more && on // the rest of what is at hand is looked at all the same: it may be the same letter
		}
	}
	return nil
}

// alone waits until nobody else of this process looks through a queue.
func (q *Queue) alone(ctx context.Context, name string) (let func(), err error) {
	q.mu.Lock()
	one := q.peeks[name]
	if one == nil {
		one = make(chan struct{}, 1)
		q.peeks[name] = one
	}
	q.mu.Unlock()
	select {
	case one <- struct{}{}:
		return func() { <-one }, nil
	case <-ctx.Done():
		return nil, fault.Wrap(fault.Unavailable, "look through queue "+name, ctx.Err())
	}
}

// giveBack makes messages visible at once. Where that fails they are by themselves, a little later.
func (q *Queue) giveBack(ctx context.Context, name string, receipts map[string]string) {
	all := make([]visibility, 0, len(receipts))
	for _, r := range receipts {
		all = append(all, visibility{receipt: r})
	}
	q.failed(inBatches(all, func(part []visibility) []error { return q.show(ctx, name, part) }))
}

// inBatches calls for some of the items after the other.
func inBatches[T any](items []T, call func(part []T) []error) error {
	var errs []error
	for part := range slices.Chunk(items, maxBatch) {
		errs = append(errs, call(part)...)
	}
	return join(errs)
}

// letterOf reads a message of a dead-letter queue.
func (q *Queue) letterOf(group string, m types.Message) queue.DeadLetter {
	d := deliveryOf(m)
	sent := ofMillis(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)])
	letter := queue.DeadLetter{ID: d.Attributes[attrDeadID], Group: group, Reason: d.Attributes[attrDeadReason]}
	var err error
	if letter.Message, err = message.Decode(d.Body); err != nil {
		letter.Message = message.Stray(d.ID, string(d.Body))
	}
	if letter.ID != "" {
		letter.Attempts, _ = strconv.Atoi(d.Attributes[attrDeadAttempts])
		if letter.At, err = time.Parse(time.RFC3339Nano, d.Attributes[attrDeadAt]); err != nil {
			letter.At = sent.UTC()
		}
		return letter
	}
	letter.ID, letter.Reason, letter.At = id.DerivedAt(id.DeadLetter, sent, d.ID), Died, sent.UTC()
	before, _ := strconv.Atoi(d.Attributes[attrAttempts])
	letter.Attempts = before + receives(q.d.Policy)
	return letter
}

// Redrive implements queue.Redriver: the message begins anew, in its group's queue alone.
func (q *Queue) Redrive(ctx context.Context, d queue.DeadLetter) error {
	if err := q.d.Groups.Known(d.Group); err != nil {
		return err
	}
	e, err := encode(d.Message)
	if err != nil {
		return fmt.Errorf("redrive %s: %w", d.ID, err)
	}
	return q.sendOne(ctx, q.queueOf(d.Group), e)
}
