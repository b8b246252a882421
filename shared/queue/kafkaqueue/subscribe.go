package kafkaqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

const (
	settleTime = 10 * time.Second // for what is left to do with messages at a stop
	giveTime   = 10 * time.Second // for what is being handled when its partition is asked for
	leaveTime  = 5 * time.Second  // for telling the group that a member leaves
	pollMost   = 500              // messages of one poll
	paceTime   = 50 * time.Millisecond
	fetchTime  = 250 * time.Millisecond // the longest that the broker waits for messages, and a resumed partition for others
)

// Subscribe implements queue.Subscriber. The group has to be one that Deps declares, else it is fault.Invalid. A topic that
// is absent from the start ends it with fault.Unavailable.
func (q *Queue) Subscribe(ctx context.Context, group string, types []message.Type, h queue.Handler) error {
	if err := q.d.Groups.Known(group); err != nil {
		return err
	}
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(q.life, cancel)() //nolint:contextcheck // the queue's life ends calls too
	if err := q.there(ctx, q.messages(), q.waitingOf(group), q.deadOf(group)); err != nil || ctx.Err() != nil {
		return err
	}
	s := &subscriber{
		q: q, group: group, types: types, h: h, ctx: ctx,
		parts: map[int32]*part{}, dirty: make(chan struct{}, 1), outs: make(chan struct{}, 1), idle: sync.NewCond(&sync.Mutex{}),
	}
	return s.run() //nolint:contextcheck // it has the context
}

// there waits until topics can be looked up, and reports one that is absent. It ends without a word when ctx does.
func (q *Queue) there(ctx context.Context, topics ...string) error {
	for tries := 0; ctx.Err() == nil; tries++ {
		have, err := q.admin.ListTopics(ctx, topics...)
		for _, topic := range topics {
			if err == nil {
				err = faultOf("look up topic "+topic, topic, have[topic].Err)
			}
		}
		switch {
		case err == nil:
			return nil
		case errors.Is(err, errAbsent):
			return err
		case ctx.Err() == nil:
			q.failed(fmt.Errorf("subscriber: %w", err))
		}
		rest(ctx, tries)
	}
	return nil
}

// subscriber is one Subscribe under way: a member of the group.
type subscriber struct {
	q     *Queue
	group string
	types []message.Type
	h     queue.Handler
	ctx   context.Context //nolint:containedctx // its life is that of the call
	main  *kgo.Client     // the member
	tail  *kgo.Client     // reads what waits

	commits sync.Mutex // held while offsets are committed
	dirty   chan struct{}
	work    sync.WaitGroup // goroutines that end with the subscriber

	idle    *sync.Cond // its lock is mu: signalled when something ends
	parts   map[int32]*part
	line    []turn // lanes whose first item is due
	running int
	out     []outgoing         // for the writer of what waits, in order
	outs    chan struct{}      // holds one while there is something
	orders  []order            // for the reader of what waits
	wake    context.CancelFunc // makes it look at them
}

// turn is a lane that stands in line, and the item whose turn it is.
type turn struct {
	p  *part
	l  *lane
	it *item
}

func (s *subscriber) lock()   { s.idle.L.Lock() }
func (s *subscriber) unlock() { s.idle.L.Unlock() }

func (s *subscriber) run() error {
	q := s.q
	var err error
	s.tail, err = kgo.NewClient(q.options(kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchMaxWait(fetchTime))...)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "subscribe", err)
	}
	defer s.tail.Close()
	s.main, err = kgo.NewClient(q.options(
		kgo.ConsumerGroup(q.groupOf(s.group)), kgo.ConsumeTopics(q.messages()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
		kgo.Balancers(kgo.CooperativeStickyBalancer()), kgo.DisableAutoCommit(), kgo.BlockRebalanceOnPoll(),
		kgo.SessionTimeout(q.session), kgo.HeartbeatInterval(min(q.session/10, 500*time.Millisecond)), kgo.RebalanceTimeout(2*giveTime),
		kgo.FetchMaxWait(fetchTime),
		kgo.OnPartitionsAssigned(func(_ context.Context, _ *kgo.Client, got map[string][]int32) { s.assigned(got[q.messages()]) }),
		kgo.OnPartitionsRevoked(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { s.revoked(lost[q.messages()]) }), //nolint:contextcheck // has its own time
		kgo.OnPartitionsLost(func(_ context.Context, _ *kgo.Client, lost map[string][]int32) { s.lost(lost[q.messages()]) }),
	)...)
	if err != nil {
		return fault.Wrap(fault.Unavailable, "subscribe", err)
	}
	closing, closed := context.WithCancel(context.Background())
	s.work.Go(func() { s.follow(closing) })
	s.work.Go(func() { s.commitAll(closing) })
	s.work.Go(func() { s.write(closing) })
	s.poll()
	s.finish()
	closed()
	s.lostAll() // so that leaving the group waits for nothing more
	leaving, left := context.WithTimeout(context.Background(), leaveTime)
	_ = s.main.LeaveGroupContext(leaving) // where it fails, the session ends it
	left()
	s.main.CloseAllowingRebalance()
	s.lostAll()
	s.work.Wait()
	return nil
}

// poll hands out what comes until ctx ends. It never waits for a handler, so that no rebalance does.
func (s *subscriber) poll() {
	for tries := 0; s.ctx.Err() == nil; {
		s.pace()
		got := s.main.PollRecords(s.ctx, pollMost)
		if got.IsClientClosed() {
			return
		}
		var broken error
		got.EachError(func(topic string, partition int32, err error) {
			if s.ctx.Err() == nil && !errors.Is(err, context.Canceled) {
				broken = fmt.Errorf("subscriber of %s: %s/%d: %w", s.group, topic, partition, err)
			}
		})
		s.lock()
		got.EachPartition(func(b kgo.FetchTopicPartition) {
			p := s.parts[b.Partition]
			if p == nil || p.gone || b.Topic != s.q.messages() {
				return
			}
			for _, r := range b.Records {
				s.take(p, r)
			}
		})
		s.start()
		s.unlock()
		s.main.AllowRebalance()
		if broken != nil {
			s.q.failed(broken)
			rest(s.ctx, tries)
			tries++
		} else {
			tries = 0
		}
	}
}

// take takes up a record of the messages' topic.
func (s *subscriber) take(p *part, r *kgo.Record) {
	if p.loading {
		p.early = append(p.early, r)
		return
	}
	if r.Offset < p.next {
		return
	}
	it := arrived(r)
	if it.kind == "" {
		if m, err := message.Decode(r.Value); err == nil {
			it.kind = string(m.Type)
		}
	}
	unwanted := len(s.types) > 0 && it.kind != "" && !slices.Contains(s.types, message.Type(it.kind))
	_, waits := p.known[it.name]
	if unwanted || waits || p.settled[r.Offset] {
		delete(p.settled, r.Offset)
		p.read(r.Offset, true)
		s.soil()
		return
	}
	p.read(r.Offset, false)
	l := p.add(it)
	if len(l.items) == 1 {
		s.ready(p, l)
	} else if s.long(l) {
		s.store(p, it)
	}
}

// long reports whether the first item of a lane waits for longer than is kept in memory.
func (s *subscriber) long(l *lane) bool {
	return !l.busy && !l.queued && time.Until(l.items[0].until) > s.q.d.Hold
}

// ready puts a lane in line when its first item is due.
func (s *subscriber) ready(p *part, l *lane) {
	if p.loading || p.gone || p.closing || l.busy || l.queued || len(l.items) == 0 {
		return
	}
	if wait := time.Until(l.items[0].until); wait > 0 {
		if l.timer != nil {
			l.timer.Stop()
		}
		l.timer = time.AfterFunc(wait, func() {
			s.lock()
			defer s.unlock()
			s.ready(p, l)
			s.start()
		})
		return
	}
	l.queued = true
	s.line = append(s.line, turn{p: p, l: l})
}

// start begins to handle what stands in line, as far as there is room.
func (s *subscriber) start() {
	for s.running < s.q.d.InFlight {
		next, ok := s.next()
		if !ok {
			return
		}
		s.running++
		s.work.Go(func() { s.handleOn(next) })
	}
}

// next takes a lane out of the line, if there is one to be handled.
func (s *subscriber) next() (turn, bool) {
	for len(s.line) > 0 {
		t := s.line[0]
		s.line[0] = turn{}
		if s.line = s.line[1:]; len(s.line) == 0 {
			s.line = nil
		}
		t.l.queued = false
		if s.ctx.Err() == nil && !t.p.closing && !t.p.gone {
			t.l.busy, t.it = true, t.l.items[0]
			t.p.running++
			return t, true
		}
	}
	return turn{}, false
}

// handleOn handles the first item of a lane, and then what stands in line, until there is no more.
func (s *subscriber) handleOn(t turn) {
	for ok := true; ok; {
		over := s.handle(t.p, t.it)
		s.lock()
		t.l.busy = false
		t.p.running--
		if !t.p.gone {
			if over {
				s.over(t.p, t.l)
			} else {
				s.putOff(t.p, t.l)
			}
		}
		if t, ok = s.next(); !ok {
			s.running--
		}
		s.idle.Broadcast()
		s.unlock()
	}
}

// over is done with the first item of a lane.
func (s *subscriber) over(p *part, l *lane) {
	it := l.items[0]
	p.remove(l)
	if it.offset >= 0 {
		p.done(it.offset)
	}
	if it.sent {
		s.bury(p, it.name)
	}
	s.ready(p, l)
	s.resume(p)
	s.soil()
}

// putOff sees to a lane whose first item is to be handled later, or not by this owner any more.
func (s *subscriber) putOff(p *part, l *lane) {
	if s.ctx.Err() != nil {
		return
	}
	s.ready(p, l)
	if s.long(l) {
		for _, it := range l.items[1:] {
			s.store(p, it)
		}
	}
	s.soil()
}

// pace waits a moment for what is far ahead, and then pauses partitions that still are: what is handled just now need not be
// fetched twice.
func (s *subscriber) pace() {
	s.lock()
	defer s.unlock()
	s.wait(paceTime, func() bool {
		if s.ctx.Err() != nil {
			return true
		}
		for _, p := range s.parts {
			if p.full() && !p.paused {
				return false
			}
		}
		return len(s.line) < pollMost
	})
	for _, p := range s.parts {
		if p.full() && !p.paused {
			p.paused = true
			s.main.PauseFetchPartitions(map[string][]int32{s.q.messages(): {p.n}})
		}
	}
}

// resume lets a partition go on that has room again.
func (s *subscriber) resume(p *part) {
	if p.paused && p.roomy() {
		p.paused = false
		s.main.ResumeFetchPartitions(map[string][]int32{s.q.messages(): {p.n}})
	}
}

// soil says that there may be offsets to commit.
func (s *subscriber) soil() {
	select {
	case s.dirty <- struct{}{}:
	default:
	}
}

// unknownMember reports whether an error means that the group goes on without this member.
func unknownMember(err error) bool {
	return errors.Is(err, kerr.UnknownMemberID) || errors.Is(err, kerr.IllegalGeneration) || errors.Is(err, kerr.RebalanceInProgress) ||
		errors.Is(err, kerr.FencedInstanceID)
}
