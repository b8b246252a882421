package kafkaqueue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// commitPause is the least time between commits; what a crash repeats was handled within it.
const commitPause = 20 * time.Millisecond

// assigned takes partitions on.
func (s *subscriber) assigned(ns []int32) {
	if len(ns) == 0 {
		return
	}
	var ps []*part
	s.lock()
	for _, n := range ns {
		s.drop(s.parts[n])
		p := &part{
			n: n, by: fmt.Sprintf("%016x", rand.Uint64()), lanes: map[string]*lane{}, known: map[string]*item{},
			next: -1, loading: true, committed: -1, tail: -1, settled: map[int64]bool{}, live: map[string]int64{}, saved: -1, savedTail: -1,
		}
		p.ctx, p.cancel = context.WithCancel(s.ctx) //nolint:fatcontext // each has its own
		s.parts[n] = p
		ps = append(ps, p)
	}
	s.unlock()
	s.work.Go(func() { s.load(ps) })
}

// revoked gives partitions away, when what is being handled there has ended and is committed. Most rebalances take none away.
func (s *subscriber) revoked(ns []int32) {
	if len(ns) == 0 {
		return
	}
	var ps []*part
	s.lock()
	for _, n := range ns {
		if p := s.parts[n]; p != nil {
			p.closing = true
			ps = append(ps, p)
		}
	}
	quiet := func() bool {
		return !slices.ContainsFunc(ps, func(p *part) bool { return p.running > 0 || p.pending > 0 })
	}
	if !s.wait(giveTime, quiet) {
		for _, p := range ps {
			p.cancel()
		}
		s.wait(giveTime/3, quiet)
	}
	s.unlock()
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	_ = s.commit(ctx) // told of there; what is not committed comes again
	cancel()
	s.lost(ns)
}

// lost drops partitions that are another's already.
func (s *subscriber) lost(ns []int32) {
	s.lock()
	defer s.unlock()
	for _, n := range ns {
		s.drop(s.parts[n])
	}
}

// lostAll drops every partition.
func (s *subscriber) lostAll() {
	s.lock()
	defer s.unlock()
	for _, p := range s.parts {
		s.drop(p)
	}
}

func (s *subscriber) drop(p *part) {
	if p == nil {
		return
	}
	p.gone = true
	p.cancel()
	for _, l := range p.lanes {
		if l.timer != nil {
			l.timer.Stop()
		}
	}
	if p.paused {
		s.main.ResumeFetchPartitions(map[string][]int32{s.q.messages(): {p.n}})
	}
	delete(s.parts, p.n)
	s.tell(order{n: p.n})
	s.idle.Broadcast()
}

// wait waits, with the lock held but while it waits, until something is true; false when it is not in time.
func (s *subscriber) wait(most time.Duration, is func() bool) bool {
	if is() {
		return true
	}
	late := time.Now().Add(most)
	timer := time.AfterFunc(most, func() {
		s.lock()
		defer s.unlock()
		s.idle.Broadcast()
	})
	defer timer.Stop()
	for !is() {
		if !time.Now().Before(late) {
			return false
		}
		s.idle.Wait()
	}
	return true
}

// finish waits for the handlers under way and commits what is done.
func (s *subscriber) finish() {
	s.main.AllowRebalance()
	s.lock()
	for s.running > 0 {
		s.idle.Wait()
	}
	s.wait(settleTime, func() bool {
		for _, p := range s.parts {
			if p.pending > 0 {
				return false
			}
		}
		return true
	})
	s.unlock()
	ctx, cancel := context.WithTimeout(context.Background(), settleTime)
	defer cancel()
	_ = s.commit(ctx)
}

// commitAll commits what becomes done.
func (s *subscriber) commitAll(closing context.Context) {
	for tries := 0; ; {
		select {
		case <-s.dirty:
		case <-closing.Done():
			return
		}
		ctx, cancel := context.WithTimeout(closing, settleTime)
		err := s.commit(ctx)
		cancel()
		if tries++; err == nil {
			tries = 0
			select {
			case <-time.After(commitPause):
			case <-closing.Done():
			}
			continue
		}
		s.soil()
		rest(closing, tries)
	}
}

// commit commits what is done. One that is told later never takes back what one before it committed.
func (s *subscriber) commit(ctx context.Context) error {
	s.commits.Lock()
	defer s.commits.Unlock()
	type saved struct {
		p          *part
		main, tail int64
	}
	var news []saved
	offsets := map[string]map[int32]kgo.EpochOffset{}
	set := func(topic string, n int32, at int64) {
		if offsets[topic] == nil {
			offsets[topic] = map[int32]kgo.EpochOffset{}
		}
		offsets[topic][n] = kgo.EpochOffset{Epoch: -1, Offset: at}
	}
	s.lock()
	for n, p := range s.parts {
		main, tail := p.offsets()
		if main >= 0 && main != p.saved {
			set(s.q.messages(), n, main)
		}
		if tail >= 0 && tail != p.savedTail {
			set(s.q.waitingOf(s.group), n, tail)
		}
		news = append(news, saved{p, main, tail})
	}
	s.unlock()
	if len(offsets) == 0 {
		return nil
	}
	var err error
	s.main.CommitOffsetsSync(ctx, offsets, func(_ *kgo.Client, _ *kmsg.OffsetCommitRequest, answer *kmsg.OffsetCommitResponse, failed error) {
		if err = failed; err != nil {
			return
		}
		for _, t := range answer.Topics {
			for _, p := range t.Partitions {
				err = errors.Join(err, kerr.ErrorForCode(p.ErrorCode))
			}
		}
	})
	if err != nil {
		err = faultOf("commit offsets of "+s.group, "", err)
		if !unknownMember(err) && ctx.Err() == nil {
			s.q.failed(err)
		}
		return err
	}
	s.lock()
	defer s.unlock()
	for _, n := range news {
		n.p.saved, n.p.savedTail = n.main, n.tail
	}
	return nil
}
