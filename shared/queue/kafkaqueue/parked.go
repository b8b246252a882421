package kafkaqueue

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/queue"
)

// maxParked is the largest body that is parked, in bytes: no outbox holds as much.
const maxParked = 8 << 20

// parkedPrefix is of the ids of parked messages, which sort by time.
const parkedPrefix = "prk_"

// forgetTime is for what is left to do with a parked message that was published.
const forgetTime = 10 * time.Second

// Park implements queue.Lot. Of a long reason the first 4 KiB are kept. A body of more than 8 MiB is fault.Invalid.
func (q *Queue) Park(ctx context.Context, ps ...queue.Parked) error {
	leave, err := q.enter()
	if err != nil {
		return err
	}
	defer leave()
	rs := make([]*kgo.Record, len(ps))
	for i, p := range ps {
		if len(p.Body) > maxParked {
			return fault.New(fault.Invalid, "", fmt.Sprintf("park: a body is larger than %d bytes", maxParked))
		}
		rs[i] = &kgo.Record{
			Topic: q.parked(), Key: []byte(id.New(parkedPrefix, time.Now())),
			Value:   append([]byte{'+'}, p.Body...), // so that an empty body is no tombstone
			Headers: []kgo.RecordHeader{header(headReason, text(p.Reason))},
		}
	}
	return q.produce(ctx, rs...)
}

// Unpark implements queue.Lot. It goes on where the last one of this process stopped, so that what publish fails for does not
// keep back the others; its error is its caller's to report.
func (q *Queue) Unpark(ctx context.Context, limit int, publish func(ctx context.Context, p queue.Parked) error) (forgotten int, err error) {
	leave, err := q.enter()
	if err != nil {
		return 0, err
	}
	defer leave()
	q.unparks.Lock()
	defer q.unparks.Unlock()
	s := q.shelves[q.parked()]
	keys, err := s.keys(ctx, q.unparked, limit)
	if err == nil && len(keys) == 0 && q.unparked != "" {
		q.unparked = ""
		keys, err = s.keys(ctx, "", limit)
	}
	if err != nil {
		return 0, err
	}
	var stays error
	err = s.each(ctx, keys, func(r *kgo.Record) bool {
		if ctx.Err() != nil {
			stays = fault.Wrap(fault.Unavailable, "unpark", ctx.Err())
			return false
		}
		q.unparked = max(q.unparked, string(r.Key))
		if publish(ctx, queue.Parked{Body: r.Value[1:], Reason: words(r, headReason)}) != nil {
			return true
		}
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
		defer cancel()
		if err := q.produce(closing, &kgo.Record{Topic: q.parked(), Key: r.Key}); err != nil {
			stays = fmt.Errorf("a parked message was published but stays: %w", err)
			return false
		}
		forgotten++
		return true
	})
	if stays != nil {
		err = stays
	}
	return forgotten, err
}
