package kafkaqueue

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// AddDeadLetter implements queue.DeadLetters. An unknown group is fault.Invalid.
func (q *Queue) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := q.d.Groups.Known(d.Group); err != nil {
		return err
	}
	body, err := json.Marshal(d.Message)
	if err != nil {
		return fault.Wrap(fault.Invalid, "dead letter "+d.ID, err)
	}
	if there, err := q.shelves[q.deadOf(d.Group)].has(ctx, d.ID); err != nil || there {
		return err
	}
	return q.produce(ctx, q.letter(d, body))
}

// letter is the record of a dead letter.
func (q *Queue) letter(d queue.DeadLetter, body []byte) *kgo.Record {
	if len(body) == 0 {
		body = []byte("null") // nothing at all would be a tombstone
	}
	return &kgo.Record{Topic: q.deadOf(d.Group), Key: []byte(d.ID), Value: body, Headers: []kgo.RecordHeader{
		header(headReason, text(d.Reason)), header(headAttempts, strconv.Itoa(d.Attempts)),
		header(headAt, d.At.UTC().Format(time.RFC3339Nano)), header(headType, string(d.Message.Type)),
	}}
}

// letterOf reads a record of a topic of dead letters.
func letterOf(group string, r *kgo.Record) queue.DeadLetter {
	d := queue.DeadLetter{
		ID: string(r.Key), Group: group, Reason: words(r, headReason), Attempts: int(number(r, headAttempts)), At: r.Timestamp.UTC(),
	}
	if at, err := time.Parse(time.RFC3339Nano, words(r, headAt)); err == nil {
		d.At = at
	}
	var err error
	if d.Message, err = message.Decode(r.Value); err == nil {
		return d
	}
	if json.Unmarshal(r.Value, &d.Message) == nil && len(d.Message.Data) > 0 {
		return d // what was added as no whole envelope
	}
	d.Message = message.Stray(d.ID, string(r.Value))
	return d
}

// DeadLetters implements queue.DeadLetters.
func (q *Queue) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	leave, err := q.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	at := map[string][]string{} // ids by group
	var all []string
	for _, group := range q.d.Groups.Names() {
		keys, err := q.shelves[q.deadOf(group)].keys(ctx, after, limit)
		if err != nil {
			return nil, err
		}
		at[group], all = keys, append(all, keys...)
	}
	slices.Sort(all)
	all = all[:min(len(all), max(0, limit))]
	var letters []queue.DeadLetter
	for _, group := range q.d.Groups.Names() {
		mine := slices.DeleteFunc(at[group], func(key string) bool { return key > all[len(all)-1] })
		if err := q.shelves[q.deadOf(group)].each(ctx, mine, func(r *kgo.Record) bool {
			letters = append(letters, letterOf(group, r))
			return true
		}); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(letters, func(a, b queue.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
	return letters[:min(len(letters), max(0, limit))], nil
}

// RemoveDeadLetter implements queue.DeadLetters.
func (q *Queue) RemoveDeadLetter(ctx context.Context, letter string) error {
	return q.RemoveDeadLetters(ctx, letter)
}

// RemoveDeadLetters forgets several at once. Unknown ids are ignored.
func (q *Queue) RemoveDeadLetters(ctx context.Context, letters ...string) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	var stones []*kgo.Record
	for _, letter := range letters {
		for _, topic := range q.graveyards() {
			there, err := q.shelves[topic].has(ctx, letter)
			if err != nil {
				return err
			}
			if there {
				stones = append(stones, &kgo.Record{Topic: topic, Key: []byte(letter)})
			}
		}
	}
	return q.produce(ctx, stones...)
}

// Redrive implements queue.Redriver: the message is put where the group's waiting messages are, due at once. Who owns its
// partition handles it behind what waits about the same subject.
func (q *Queue) Redrive(ctx context.Context, d queue.DeadLetter) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	if err := q.d.Groups.Known(d.Group); err != nil {
		return err
	}
	r, err := encode(d.Message)
	if err != nil {
		return fmt.Errorf("redrive %s: %w", d.ID, err)
	}
	topics, err := q.admin.ListTopics(ctx, q.messages())
	if err == nil {
		err = topics[q.messages()].Err
	}
	n := len(topics[q.messages()].Partitions)
	if err != nil || n == 0 {
		return faultOf("redrive "+d.ID, q.messages(), err)
	}
	it := &item{name: redrivenName + id.New(id.DeadLetter, time.Now()), offset: -1, subject: d.Message.Subject, kind: string(d.Message.Type), raw: r.Value}
	return q.produce(ctx, it.record(q.waitingOf(d.Group), partitionOf(r, n), ""))
}

// partitionOf says which of n partitions a message's record belongs to; one without a subject goes anywhere.
func partitionOf(r *kgo.Record, n int) int32 {
	if r.Key == nil {
		return rand.Int32N(int32(n))
	}
	return int32(kgo.StickyKeyPartitioner(nil).ForTopic("").Partition(r, n))
}
