package kafkaqueue

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/myevents/myevents/shared/fault"
)

// shelf is a compacted topic of one partition: what is on it is what has a record and no tombstone after it. It keeps in
// memory where each record is, not the records.
type shelf struct {
	q     *Queue
	topic string

	mu     sync.Mutex
	leader int32
	id     kadm.TopicID // zero: to be looked up
	was    kadm.TopicID // when it was looked up last
	next   int64        // the offset to read on from
	live   map[string]int64
}

// fetchBytes is how much is asked for at a time; a larger batch comes whole.
const fetchBytes = 4 << 20

// keys reads on to the end and returns what is on the shelf after a key, in order, at most limit.
func (s *shelf) keys(ctx context.Context, after string, limit int) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	var keys []string
	for key := range s.live {
		if key > after {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys[:min(len(keys), max(0, limit))], nil
}

// has reads on to the end and reports whether a key is on the shelf.
func (s *shelf) has(ctx context.Context, key string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.refresh(ctx)
	_, ok := s.live[key]
	return ok, err
}

// each hands the records of keys to see, in the order of the topic, until it returns false. Those that were taken away in the
// meantime are left out.
func (s *shelf) each(ctx context.Context, keys []string, see func(r *kgo.Record) bool) error {
	s.mu.Lock()
	var offsets []int64
	for _, key := range keys {
		if at, ok := s.live[key]; ok {
			offsets = append(offsets, at)
		}
	}
	s.mu.Unlock()
	slices.Sort(offsets)
	for len(offsets) > 0 {
		s.mu.Lock()
		rs, next, _, err := s.fetch(ctx, offsets[0])
		s.mu.Unlock()
		if err != nil {
			return err
		}
		for _, r := range rs {
			if _, wanted := slices.BinarySearch(offsets, r.Offset); wanted && len(r.Value) > 0 && !see(r) {
				return nil
			}
		}
		next = max(next, offsets[0]+1)
		at, _ := slices.BinarySearch(offsets, next)
		offsets = offsets[at:]
	}
	return nil
}

// refresh reads on to where the topic ends now.
func (s *shelf) refresh(ctx context.Context) error {
	for {
		rs, next, end, err := s.fetch(ctx, s.next)
		if errors.Is(err, kerr.OffsetOutOfRange) { // records were deleted by hand
			starts, err := s.q.admin.ListStartOffsets(ctx, s.topic)
			start, ok := starts.Lookup(s.topic, 0)
			if err == nil && ok {
				err = start.Err
			}
			if err != nil || !ok || start.Offset == s.next {
				return faultOf("look through topic "+s.topic, s.topic, errors.Join(err, kerr.OffsetOutOfRange))
			}
			s.next, s.live = start.Offset, map[string]int64{}
			continue
		}
		if err != nil {
			return err
		}
		for _, r := range rs {
			if len(r.Value) == 0 {
				delete(s.live, string(r.Key))
			} else {
				s.live[string(r.Key)] = r.Offset
			}
		}
		if s.next = next; s.next >= end {
			return nil
		}
		if len(rs) == 0 && next < end {
			return fault.New(fault.Unavailable, "", fmt.Sprintf("topic %s cannot be read at offset %d", s.topic, next))
		}
	}
}

// fetch returns records from an offset on, the offset after them and where the topic ends, trying until ctx ends.
func (s *shelf) fetch(ctx context.Context, from int64) (rs []*kgo.Record, next, end int64, err error) {
	ctx, cancel := context.WithTimeout(ctx, publishTime)
	defer cancel()
	for tries := 0; ; tries++ {
		rs, next, end, err = s.fetchOnce(ctx, from)
		if err == nil || errors.Is(err, kerr.OffsetOutOfRange) || errors.Is(err, errAbsent) || fault.Is(err, fault.Invalid) {
			return rs, next, end, err
		}
		s.id = kadm.TopicID{} // it may have moved
		if !rest(ctx, tries) {
			return nil, 0, 0, faultOf("look through topic "+s.topic, s.topic, err)
		}
	}
}

func (s *shelf) fetchOnce(ctx context.Context, from int64) (rs []*kgo.Record, next, end int64, err error) {
	if s.id == (kadm.TopicID{}) {
		if err := s.find(ctx); err != nil {
			return nil, 0, 0, err
		}
	}
	ask := kmsg.NewPtrFetchRequest()
	ask.MaxBytes = fetchBytes
	ask.MinBytes = 0
	topic := kmsg.NewFetchRequestTopic()
	topic.Topic, topic.TopicID = s.topic, s.id
	part := kmsg.NewFetchRequestTopicPartition()
	part.FetchOffset, part.PartitionMaxBytes = from, fetchBytes
	topic.Partitions = append(topic.Partitions, part)
	ask.Topics = append(ask.Topics, topic)
	got, err := s.q.client.Broker(int(s.leader)).Request(ctx, ask)
	if err != nil {
		return nil, 0, 0, err
	}
	answer := got.(*kmsg.FetchResponse) //nolint:forcetypeassert // the answer to this request
	if err := kerr.ErrorForCode(answer.ErrorCode); err != nil {
		return nil, 0, 0, err
	}
	if len(answer.Topics) != 1 || len(answer.Topics[0].Partitions) != 1 {
		return nil, 0, 0, errors.New("the broker left out the partition")
	}
	batch, next := kgo.ProcessFetchPartition(kgo.ProcessFetchPartitionOpts{Topic: s.topic, Offset: from},
		&answer.Topics[0].Partitions[0], kgo.DefaultDecompressor(), nil)
	return batch.Records, next, batch.HighWatermark, batch.Err
}

// find looks the topic up. One that was made anew is read anew.
func (s *shelf) find(ctx context.Context) error {
	topics, err := s.q.admin.ListTopics(ctx, s.topic)
	if err != nil {
		return err
	}
	t := topics[s.topic]
	if err := t.Err; err != nil {
		return faultOf("look up topic "+s.topic, s.topic, err)
	}
	p, ok := t.Partitions[0]
	if !ok || p.Leader < 0 {
		return kerr.LeaderNotAvailable
	}
	if s.live == nil || t.ID != s.was {
		s.next, s.live = 0, map[string]int64{}
	}
	s.leader, s.id, s.was = p.Leader, t.ID, t.ID
	return nil
}
