package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// job is a change's messages that are sent together, or what could not be unpacked.
type job struct {
	c      *carried
	ms     []message.Envelope
	raw    []byte
	since  time.Time // when they were due
	first  time.Time // when they were first tried
	alone  bool      // a batch with it failed
	why    string    // it failed: the last answer that tells something
	reason string    // why it is to be parked; empty: it is to be published
	fails  int
}

func (j *job) size() int { return max(1, len(j.ms)) }

func (r *carrier) add(j *job) {
	j.c.left += j.size()
	r.unsent += j.size()
	r.lanes[j.c.item] = append(r.lanes[j.c.item], j)
	if len(r.lanes[j.c.item]) == 1 {
		r.ready = append(r.ready, j)
		r.awake()
	}
}

// done takes note that a job is.
func (r *carrier) done(j *job) {
	j.c.left -= j.size()
	j.c.shard.trim()
	r.leave(j)
}

// leave takes a job out of its lane, of which it is the first, and makes the next ready.
func (r *carrier) leave(j *job) {
	r.unsent -= j.size()
	lane := r.lanes[j.c.item][1:]
	if len(lane) == 0 {
		delete(r.lanes, j.c.item)
	} else {
		r.lanes[j.c.item] = lane
		r.ready = append(r.ready, lane[0])
	}
	r.awake()
	r.land()
}

// take returns what is to be tried next, together.
func (r *carrier) take() (lot []*job) {
	r.mu.Lock()
	defer r.mu.Unlock()
	size := 0
	for len(r.ready) > 0 {
		j := r.ready[0]
		switch {
		case j.c.shard.gone:
			r.ready = r.ready[1:]
			r.leave(j)
			continue
		case len(lot) > 0 && (j.alone || size+j.size() > r.c.batch):
			return lot
		}
		r.ready = r.ready[1:]
		j.c.shard.flying++
		if j.first.IsZero() {
			j.first = time.Now()
		}
		lot = append(lot, j)
		if size += j.size(); j.alone {
			return lot
		}
	}
	return lot
}

// run carries until ctx ends or, where asked to, until nothing is left, and waits for the calls that are under way.
func (r *carrier) run(ctx context.Context, untilDone bool) {
	slots := make(chan struct{}, r.c.atOnce)
	var work sync.WaitGroup
	defer work.Wait()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			return
		case slots <- struct{}{}:
		}
		lot := r.take()
		if lot != nil {
			work.Go(func() {
				r.try(ctx, lot)
				<-slots
			})
			continue
		}
		<-slots
		if untilDone && r.depth() == 0 {
			return
		}
		select {
		case <-ctx.Done():
		case <-r.wake:
		}
	}
}

func (r *carrier) depth() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unsent
}

// try publishes jobs together, or parks one.
func (r *carrier) try(ctx context.Context, lot []*job) {
	var err error
	if lot[0].reason != "" {
		err = r.park(ctx, lot[0])
	} else {
		err = r.publish(ctx, lot)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, j := range lot {
		j.c.shard.flying--
		switch {
		case err == nil:
			r.done(j)
		case len(lot) > 1: // one of them spoiled it for all
			j.alone = true
			r.ready = append(r.ready, j)
		case len(j.ms) > 1 && j.reason == "":
			r.split(j, err)
		default:
			r.again(ctx, j, err)
		}
	}
	r.awake()
	r.land()
}

func (r *carrier) publish(ctx context.Context, lot []*job) error {
	if !r.c.until.IsZero() {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, r.c.until)
		defer cancel()
	}
	ms := lot[0].ms
	for _, j := range lot[1:] {
		ms = append(ms[:len(ms):len(ms)], j.ms...)
	}
	err := ctx.Err()
	if err == nil {
		err = r.d.Publish(ctx, ms...)
	}
	switch {
	case err == nil:
		r.d.Published(len(ms))
	case ctx.Err() != nil && r.c.until.IsZero(): // a stop
	default:
		r.d.Failed(fmt.Errorf("publish %d messages from %s %s: %w", len(ms), ms[0].Type, ms[0].ID, err))
	}
	return err
}

func (r *carrier) park(ctx context.Context, j *job) error {
	body, what := j.raw, "change "+j.c.sequence
	if len(j.ms) > 0 {
		m := j.ms[0]
		what = string(m.Type) + " " + m.ID
		var err error
		if body, err = m.Encode(); err != nil {
			return fmt.Errorf("encode %s: %w", what, err)
		}
	}
	err := r.d.Park(ctx, body, j.reason)
	switch {
	case err == nil:
		r.d.Failed(fmt.Errorf("parked %s of %s: %s", what, j.c.item, j.reason))
	case ctx.Err() == nil:
		r.d.Failed(fmt.Errorf("park %s of %s: %w", what, j.c.item, err))
	}
	return err
}

// split makes each message of a job one of its own, so that those that can be published are.
func (r *carrier) split(j *job, err error) {
	single := make([]*job, len(j.ms))
	for i, m := range j.ms {
		single[i] = &job{c: j.c, ms: []message.Envelope{m}, since: j.since, first: j.first, alone: true, why: err.Error()}
	}
	r.lanes[j.c.item] = slices.Concat(single, r.lanes[j.c.item][1:])
	r.ready = append(r.ready, single[0])
}

// again has a job that failed alone tried later, or parked.
func (r *carrier) again(ctx context.Context, j *job, err error) {
	if ctx.Err() != nil {
		return
	}
	if j.why == "" || !errors.Is(err, context.DeadlineExceeded) {
		j.why = err.Error()
	}
	until := r.c.until
	if until.IsZero() {
		until = j.first.Add(r.c.giveUp)
	}
	if j.reason == "" && (fault.Is(err, fault.Invalid) || !time.Now().Before(until)) {
		j.reason, j.fails = "not published: "+j.why, 0
		r.ready = append(r.ready, j)
		return
	}
	j.fails++
	wait := backoff(j.fails)
	if left := time.Until(until); j.reason == "" && left > 0 && wait > left {
		wait = left
	}
	time.AfterFunc(wait, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ready = append(r.ready, j)
		r.awake()
	})
}
