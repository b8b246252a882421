package kafkaqueue

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/fault"
)

// markerName is the key of what an owner writes to find the end of what was written before.
const markerName = "owner"

// outgoing is a record for the retry topic. then is called with the lock held.
type outgoing struct {
	p    *part
	r    *kgo.Record
	then func(err error)
}

// send lines a record up: those of an item arrive in order.
func (s *subscriber) send(p *part, r *kgo.Record, then func(err error)) {
	p.pending++
	s.out = append(s.out, outgoing{p, r, then})
	select {
	case s.outs <- struct{}{}:
	default:
	}
}

// write hands the records to the producer, outside the lock, since it may have to wait for room.
func (s *subscriber) write(closing context.Context) {
	for {
		select {
		case <-s.outs:
		case <-closing.Done():
			return
		}
		s.lock()
		out := s.out
		s.out = nil
		s.unlock()
		for _, o := range out {
			s.q.client.Produce(context.WithoutCancel(closing), o.r, func(r *kgo.Record, err error) {
				s.lock()
				defer s.unlock()
				o.p.pending--
				o.then(faultOf("write to "+r.Topic, r.Topic, err))
				s.idle.Broadcast()
			})
		}
	}
}

// store stores an item that waits behind another, and its offset is done with. Where that fails it is tried again.
func (s *subscriber) store(p *part, it *item) {
	if it.sent || p.gone {
		return
	}
	it.sent = true
	s.send(p, it.record(s.q.waitingOf(s.group), p.n, p.by), func(err error) {
		if p.gone || p.known[it.name] != it {
			return
		}
		if err == nil {
			s.stored(p, it)
			return
		}
		s.q.failed(fmt.Errorf("message %s of %s/%d is not stored yet: %w", it.name, s.group, p.n, err))
		time.AfterFunc(time.Second, func() {
			s.lock()
			defer s.unlock()
			if l := p.lanes[it.subject]; !p.gone && p.known[it.name] == it && l != nil && len(l.items) > 0 && l.items[0] != it {
				it.sent = false
				s.store(p, it)
			}
		})
	})
}

// storeNow stores an item that is in hand, as it is now.
func (s *subscriber) storeNow(ctx context.Context, p *part, it *item) error {
	answer := make(chan error, 1)
	s.lock()
	it.sent = true
	s.send(p, it.record(s.q.waitingOf(s.group), p.n, p.by), func(err error) {
		if err == nil && !p.gone && p.known[it.name] == it {
			s.stored(p, it)
		}
		answer <- err
	})
	s.unlock()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fault.Wrap(fault.Unavailable, "store", ctx.Err())
	}
}

// stored notes that an item is safe.
func (s *subscriber) stored(p *part, it *item) {
	if it.stored = true; it.offset >= 0 {
		p.done(it.offset)
	}
	s.resume(p)
	s.soil()
}

// bury takes an item that is done with out of the retry topic. Where that fails for good, it comes once more with the next
// owner.
func (s *subscriber) bury(p *part, name string) {
	s.send(p, &kgo.Record{
		Topic: s.q.waitingOf(s.group), Partition: p.n, Key: []byte(name), Headers: []kgo.RecordHeader{header(headBy, p.by)},
	}, func(err error) {
		if err != nil && !p.gone {
			s.q.failed(fmt.Errorf("message %s of %s/%d may come again: %w", name, s.group, p.n, err))
		}
	})
}

// load finds out what waits in partitions that are new here.
func (s *subscriber) load(ps []*part) {
	for tries := 0; s.ctx.Err() == nil; tries++ {
		err := s.begin(ps)
		if err == nil {
			return
		}
		if s.ctx.Err() == nil {
			s.q.failed(fmt.Errorf("what waits for %s cannot be read yet: %w", s.group, err))
		}
		rest(s.ctx, tries)
	}
}

// begin has the partitions' waiting messages read, and writes the markers that tell when all are.
func (s *subscriber) begin(ps []*part) error {
	topic := s.q.waitingOf(s.group)
	saved, err := s.q.admin.FetchOffsetsForTopics(s.ctx, s.q.groupOf(s.group), s.q.messages(), topic)
	if err == nil {
		err = saved.Error()
	}
	if err != nil {
		return faultOf("look up the offsets of "+s.group, "", err)
	}
	at := func(topic string, n int32) int64 {
		if o, ok := saved.Lookup(topic, n); ok {
			return o.At
		}
		return -1
	}
	var markers []*kgo.Record
	s.lock()
	for _, p := range ps {
		if p.gone {
			continue
		}
		if p.tail < 0 { // else it was told to read before
			p.committed, p.tail = at(s.q.messages(), p.n), max(0, at(topic, p.n))
			s.tell(order{p.n, p.tail, true})
		}
		markers = append(markers, &kgo.Record{
			Topic: topic, Partition: p.n, Key: []byte(markerName), Headers: []kgo.RecordHeader{header(headBy, p.by)},
		})
	}
	s.unlock()
	return s.q.produce(s.ctx, markers...)
}

// order tells the reader of what waits to begin with a partition, or to end.
type order struct {
	n     int32
	at    int64
	begin bool
}

func (s *subscriber) tell(o order) {
	s.orders = append(s.orders, o)
	if s.wake != nil {
		s.wake()
	}
}

// follow reads the retry topic's partitions that are this subscriber's. Only it changes which those are, so that nothing of an
// earlier ownership is taken for a later one's.
func (s *subscriber) follow(closing context.Context) {
	topic := s.q.waitingOf(s.group)
	for tries := 0; closing.Err() == nil; {
		ctx, cancel := context.WithCancel(closing)
		s.lock()
		orders := s.orders
		s.orders, s.wake = nil, cancel
		s.unlock()
		for _, o := range orders {
			if o.begin {
				s.tail.AddConsumePartitions(map[string]map[int32]kgo.Offset{topic: {o.n: kgo.NewOffset().At(o.at)}})
			} else {
				s.tail.RemoveConsumePartitions(map[string][]int32{topic: {o.n}})
			}
		}
		got := s.tail.PollFetches(ctx)
		cancel()
		if got.IsClientClosed() {
			return
		}
		var broken error
		got.EachError(func(topic string, n int32, err error) {
			if !errors.Is(err, context.Canceled) {
				broken = fmt.Errorf("what waits for %s: %s/%d: %w", s.group, topic, n, err)
			}
		})
		s.lock()
		got.EachRecord(func(r *kgo.Record) { //nolint:contextcheck // handlers have their partition's
			if p := s.parts[r.Partition]; p != nil && !p.gone {
				s.noted(p, r)
			}
		})
		s.start() //nolint:contextcheck // likewise
		s.unlock()
		if tries++; broken == nil {
			tries = 0
			continue
		}
		s.q.failed(broken)
		rest(closing, tries)
	}
}

// noted takes up a record of the retry topic.
func (s *subscriber) noted(p *part, r *kgo.Record) {
	name, mine := string(r.Key), words(r, headBy) == p.by
	p.tail = r.Offset + 1
	if name == markerName {
		if mine && p.loading {
			s.loaded(p)
		}
		return
	}
	it := p.known[name]
	if len(r.Value) == 0 {
		delete(p.live, name)
		if p.loading {
			delete(p.known, name)
			if at := offsetIn(name); at >= max(0, p.committed) {
				p.settled[at] = true
			}
		}
		return
	}
	p.live[name] = r.Offset
	switch {
	case p.loading:
		p.known[name] = waiting(r)
	case mine:
	case it != nil: // written by an owner that had lost the partition: it is the same message
		it.sent = true
	case offsetIn(name) >= 0: // likewise, and done with here
		s.bury(p, name)
	default: // redriven
		l := p.add(waiting(r))
		s.ready(p, l)
	}
}

// loaded begins with a partition: what waits comes first.
func (s *subscriber) loaded(p *part) {
	var all []*item
	for _, it := range p.known {
		all = append(all, it)
		delete(p.settled, it.offset)
	}
	slices.SortFunc(all, func(a, b *item) int {
		if (a.offset < 0) != (b.offset < 0) {
			return cmp.Compare(b.offset, a.offset) // redriven ones come last
		}
		return cmp.Or(cmp.Compare(a.offset, b.offset), cmp.Compare(p.live[a.name], p.live[b.name]))
	})
	p.loading = false
	for _, it := range all {
		p.add(it)
	}
	for _, l := range p.lanes {
		s.ready(p, l)
	}
	early := p.early
	p.early = nil
	for _, r := range early {
		s.take(p, r)
	}
	s.resume(p)
	s.soil()
}
