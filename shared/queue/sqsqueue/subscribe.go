package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// How a subscriber behaves at its end, and when SQS is out of reach.
const (
	// stopWait is how long a call that waits for messages may go on after the stop: one that is cut off may already have
	// been given messages, which then stay hidden for nothing.
	stopWait    = 1500 * time.Millisecond
	settleTime  = 10 * time.Second // for the calls after a handler returned
	reachAgain  = 200 * time.Millisecond
	reachAtMost = 10 * time.Second
)

// Subscribe implements queue.Subscriber. The group and its types are those that Deps declares; others are fault.Invalid,
// since a message reaches a queue by them. An absent queue ends it too, with fault.Unavailable.
func (q *Queue) Subscribe(ctx context.Context, group string, types []message.Type, h queue.Handler) error {
	if err := q.d.Groups.Agree(group, types); err != nil {
		return err
	}
	url, err := q.find(ctx, q.queueOf(group))
	if err != nil {
		if ctx.Err() != nil {
			err = nil // it ended before
		}
		return err
	}
	s := &subscriber{
		q: q, group: group, name: q.queueOf(group), url: url, h: h,
		room: make(chan struct{}, q.d.InFlight), held: keeper{receipts: map[*lease]struct{}{}},
	}
	beats, stopBeats := context.WithCancel(context.WithoutCancel(ctx))
	var beating, receiving sync.WaitGroup
	beating.Go(func() { s.held.run(beats, q, s.name) })
	for range q.d.Receivers {
		receiving.Go(func() { s.receive(ctx) })
	}
	receiving.Wait()
	s.work.Wait()
	stopBeats()
	beating.Wait()
	return nil
}

// find looks a queue up until it is known to be there or absent, or ctx ends.
func (q *Queue) find(ctx context.Context, name string) (string, error) {
	for tries := 0; ; tries++ {
		url, err := q.urlOf(ctx, name)
		if err == nil || errors.Is(err, errAbsent) || ctx.Err() != nil {
			return url, err
		}
		q.failed(err)
		rest(ctx, tries)
	}
}

// rest waits before what failed is tried again, longer each time.
func rest(ctx context.Context, tries int) {
	select {
	case <-time.After(rand.N(min(reachAtMost, reachAgain<<min(tries, 10))) + time.Millisecond):
	case <-ctx.Done():
	}
}

// subscriber is one Subscribe under way.
type subscriber struct {
	q     *Queue
	group string
	name  string
	url   string
	h     queue.Handler
	room  chan struct{} // holds one for each message in hand or asked for
	work  sync.WaitGroup
	held  keeper
}

// receive asks for messages and has them handled until ctx ends.
func (s *subscriber) receive(ctx context.Context) {
	for tries := 0; ctx.Err() == nil; {
		n := s.reserve(ctx)
		if n == 0 {
			return
		}
		ms, err := s.poll(ctx, n)
		for range n - len(ms) {
			<-s.room
		}
		if err != nil {
			if ctx.Err() == nil {
				s.q.failed(err)
				rest(ctx, tries)
			}
			tries++
			continue
		}
		tries = 0
		for _, m := range ms {
			s.work.Go(func() {
				defer func() { <-s.room }()
				s.one(ctx, deliveryOf(m))
			})
		}
	}
}

// reserve waits for room for one message and takes what there is, at most for a batch; 0 where ctx ended.
func (s *subscriber) reserve(ctx context.Context) (n int) {
	select {
	case s.room <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	for n = 1; n < maxBatch; n++ {
		select {
		case s.room <- struct{}{}:
		default:
			return n
		}
	}
	return n
}

// poll waits for up to n messages. A stop lets it wait a little longer only.
func (s *subscriber) poll(ctx context.Context, n int) ([]types.Message, error) {
	waiting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		select {
		case <-time.After(stopWait):
			cancel()
		case <-waiting.Done():
		}
	})()
	return s.q.take(waiting, s.name, s.url, n, s.q.d.Poll, s.q.d.Hidden)
}

// take receives up to n messages, waiting for the first and hiding them from others.
func (q *Queue) take(ctx context.Context, name, url string, n int, wait, hidden time.Duration) ([]types.Message, error) {
	out, err := q.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &url, MaxNumberOfMessages: int32(min(n, maxBatch)), WaitTimeSeconds: int32(wait / time.Second),
		VisibilityTimeout: int32(hidden / time.Second), MessageAttributeNames: []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{
			types.MessageSystemAttributeNameApproximateReceiveCount,
			types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp,
			types.MessageSystemAttributeNameSentTimestamp,
		},
	}, q.polling)
	if err != nil {
		return nil, faultOf("receive from queue "+name, "queue "+name, err)
	}
	return out.Messages, nil
}

// one handles one delivery and settles it.
func (s *subscriber) one(ctx context.Context, d queue.Delivery) {
	lease := s.held.keep(d.Receipt)
	st, v := state{}, queue.Verdict{Action: queue.Retry} // a stop before it began
	if ctx.Err() == nil {
		st, v = s.q.judge(ctx, s.group, d, s.h)
	}
	settling, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	then := s.q.settle(settling, s.group, d, st, v)
	s.held.let(lease)
	if !then.again {
		if err := s.q.removeOne(settling, s.name, d.Receipt); err != nil {
			s.q.failed(fmt.Errorf("message %s is done with but will come again: %w", d.ID, err))
		}
		return
	}
	if err := s.q.showOne(settling, s.name, visibility{d.Receipt, seconds(then.after, rand.Float64())}); err != nil {
		s.q.failed(fmt.Errorf("message %s will come again later than it should: %w", d.ID, err))
	}
}

// keeper renews the visibility of messages that are being handled.
type keeper struct {
	mu       sync.Mutex
	receipts map[*lease]struct{}
	beat     chan struct{} // closed when the renewal under way is done; nil: none is
}

type lease struct {
	receipt string
	beat    chan struct{} // the last renewal that it was part of
}

func (k *keeper) keep(receipt string) *lease {
	l := &lease{receipt: receipt}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.receipts[l] = struct{}{}
	return l
}

// let ends a lease. It waits for a renewal under way, which would else undo the visibility that comes next.
func (k *keeper) let(l *lease) {
	k.mu.Lock()
	delete(k.receipts, l)
	beat, mine := k.beat, k.beat != nil && l.beat == k.beat
	k.mu.Unlock()
	if mine {
		<-beat
	}
}

// run renews until ctx ends, each time when a third of the time is over.
func (k *keeper) run(ctx context.Context, q *Queue, name string) {
	every := time.NewTicker(q.d.Hidden / 3)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-ctx.Done():
			return
		}
		k.mu.Lock()
		k.beat = make(chan struct{})
		renew := make([]visibility, 0, len(k.receipts))
		for l := range k.receipts {
			l.beat = k.beat
			renew = append(renew, visibility{l.receipt, int32(q.d.Hidden / time.Second)})
		}
		k.mu.Unlock()
		for part := range slices.Chunk(renew, maxBatch) {
			calling, cancel := context.WithTimeout(context.WithoutCancel(ctx), q.d.Hidden/3)
			for _, err := range q.show(calling, name, part) {
				q.failed(err)
			}
			cancel()
		}
		k.mu.Lock()
		close(k.beat)
		k.beat = nil
		k.mu.Unlock()
	}
}
