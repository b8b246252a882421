package outbox

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/message"
)

const (
	// batchSize is how many messages are published together while all goes well: what one call of SNS or SQS takes.
	// Source: https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
	batchSize = 10
	// slack is by how much a timer must have been early to count as replaced: a change's time is rounded down to the second,
	// and clocks differ. To send one too many is harmless.
	slack = 2 * time.Second
)

// carriage is how a carrier works.
type carriage struct {
	atOnce int           // calls of Publish and Park at a time
	batch  int           // messages in a call
	held   int           // timers that are waited for; more go out at once
	giveUp time.Duration // how long a message is tried before it is parked
	until  time.Time     // where set: until when all are, and calls last
}

// carrier takes changes and gets their messages published or parked: in order for an item, side by side for several.
type carrier struct {
	d PassDeps
	c carriage

	mu     sync.Mutex
	shards map[string]*shard
	lanes  map[string][]*job   // by item: the first is ready, under way or waits for its next try
	ready  []*job              // the first of lanes, to be tried now
	timers map[string][]*timer // by item: not yet due
	held   int                 // timers
	unsent int                 // messages in lanes
	wake   chan struct{}       // something is ready
	landed chan struct{}       // closed when something is done with; nil while nobody waits for that
}

// shard is what is open of one shard.
type shard struct {
	open   []*carried // in order; the first is not done with
	flying int        // jobs under way
	gone   bool       // another's business now
}

// carried is a change with what is left of it to do.
type carried struct {
	shard    *shard
	sequence string
	item     string
	at       time.Time
	left     int // messages and timers
}

// timer is a message that waits until it is due.
type timer struct {
	c     *carried
	m     message.Envelope
	due   time.Time
	clock *time.Timer
}

func newCarrier(d PassDeps, c carriage) *carrier {
	if d.Published == nil {
		d.Published = func(int) {}
	}
	if d.Failed == nil {
		d.Failed = func(error) {}
	}
	return &carrier{
		d: d, c: c, shards: map[string]*shard{}, lanes: map[string][]*job{}, timers: map[string][]*timer{},
		wake: make(chan struct{}, 1),
	}
}

func (r *carrier) awake() {
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// land tells those who wait for it that something is done with.
func (r *carrier) land() {
	if r.landed != nil {
		close(r.landed)
		r.landed = nil
	}
}

// await waits until holds is true, which is asked under the lock, or ctx ends; it reports which.
func (r *carrier) await(ctx context.Context, holds func() bool) bool {
	for {
		r.mu.Lock()
		if holds() {
			r.mu.Unlock()
			return true
		}
		if r.landed == nil {
			r.landed = make(chan struct{})
		}
		landed := r.landed
		r.mu.Unlock()
		select {
		case <-ctx.Done():
			return false
		case <-landed:
		}
	}
}

// accept takes over changes of a shard.
func (r *carrier) accept(name string, changes []Change) {
	type unpacked struct {
		ms  []Message
		err error
	}
	all := make([]unpacked, len(changes))
	for i, ch := range changes {
		if len(ch.Packed) > 0 {
			all[i].ms, all[i].err = Unpack(ch.Packed)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	sh := r.shards[name]
	if sh == nil {
		sh = &shard{}
		r.shards[name] = sh
	}
	var fresh []*timer
	for i, ch := range changes {
		r.replace(ch.Item, ch.At)
		if len(ch.Packed) == 0 {
			continue
		}
		c := &carried{shard: sh, sequence: ch.Sequence, item: ch.Item, at: ch.At}
		sh.open = append(sh.open, c)
		if err := all[i].err; err != nil {
			r.add(&job{c: c, raw: ch.Packed, since: ch.At, alone: true, reason: "not unpacked: " + err.Error()})
			continue
		}
		var now []message.Envelope
		for _, m := range all[i].ms {
			if m.NotBefore.IsZero() {
				now = append(now, m.Envelope)
				continue
			}
			t := &timer{c: c, m: m.Envelope, due: m.NotBefore}
			c.left++
			r.held++
			r.timers[ch.Item] = append(r.timers[ch.Item], t)
			fresh = append(fresh, t)
		}
		if len(now) > 0 {
			r.add(&job{c: c, ms: now, since: ch.At})
		}
	}
	r.wind(fresh)
	sh.trim()
}

// replace drops the item's timers that were not due when it was written again.
func (r *carrier) replace(item string, at time.Time) {
	waiting := r.timers[item]
	if len(waiting) == 0 {
		return
	}
	kept := slices.DeleteFunc(waiting, func(t *timer) bool {
		if !t.due.After(at.Add(slack)) {
			return false
		}
		r.drop(t)
		return true
	})
	r.keep(item, kept)
}

func (r *carrier) keep(item string, waiting []*timer) {
	if len(waiting) == 0 {
		delete(r.timers, item)
	} else {
		r.timers[item] = waiting
	}
}

// drop forgets a timer that the caller takes out of r.timers.
func (r *carrier) drop(t *timer) {
	if t.clock != nil {
		t.clock.Stop()
	}
	r.held--
	t.c.left--
	t.c.shard.trim()
}

// wind starts the timers that are still waiting after a batch of changes.
func (r *carrier) wind(fresh []*timer) {
	now := r.d.Now()
	for _, t := range fresh {
		switch wait := t.due.Sub(now); {
		case !slices.Contains(r.timers[t.c.item], t):
		case wait <= 0 || r.held > r.c.held:
			r.fall(t)
		default:
			t.clock = time.AfterFunc(wait, func() {
				r.mu.Lock()
				defer r.mu.Unlock()
				if slices.Contains(r.timers[t.c.item], t) {
					r.fall(t)
				}
			})
		}
	}
}

// fall has a timer sent.
func (r *carrier) fall(t *timer) {
	r.keep(t.c.item, slices.DeleteFunc(r.timers[t.c.item], func(o *timer) bool { return o == t }))
	since := t.due
	if now := r.d.Now(); since.After(now) {
		since = now
	}
	r.add(&job{c: t.c, ms: []message.Envelope{t.m}, since: since})
	r.drop(t)
}

// end has all timers of a shard sent at once, since no more will come of it.
func (r *carrier) end(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.waiting(r.shards[name]) {
		r.fall(t)
	}
}

// waiting returns the timers of a shard, in order.
func (r *carrier) waiting(sh *shard) []*timer {
	if sh == nil {
		return nil
	}
	var all []*timer
	for _, c := range sh.open {
		for _, t := range r.timers[c.item] {
			if t.c == c {
				all = append(all, t)
			}
		}
	}
	return all
}

// trim lets go of the changes at the beginning that are done with.
func (sh *shard) trim() {
	n := 0
	for n < len(sh.open) && sh.open[n].left == 0 {
		n++
	}
	sh.open = sh.open[n:]
}

// unfinished returns the changes of a shard that are not done with.
func (r *carrier) unfinished(name string) (sequences []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if sh := r.shards[name]; sh != nil {
		for _, c := range sh.open {
			if c.left > 0 {
				sequences = append(sequences, c.sequence)
			}
		}
	}
	return sequences
}

// oldest returns the first change of a shard that is not done with; empty: all are.
func (r *carrier) oldest(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.shards[name].oldest()
}

func (sh *shard) oldest() string {
	if sh == nil || len(sh.open) == 0 {
		return ""
	}
	return sh.open[0].sequence
}

// release lets go of a shard: what is under way may end, within ctx; the rest is forgotten. It returns what oldest does.
func (r *carrier) release(ctx context.Context, name string) string {
	r.mu.Lock()
	sh := r.shards[name]
	if sh == nil {
		r.mu.Unlock()
		return ""
	}
	sh.gone = true
	for _, t := range r.waiting(sh) {
		if t.clock != nil {
			t.clock.Stop()
		}
		r.held--
		r.keep(t.c.item, slices.DeleteFunc(r.timers[t.c.item], func(o *timer) bool { return o == t }))
	}
	r.mu.Unlock()
	r.await(ctx, func() bool { return sh.flying == 0 })
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.shards[name] == sh {
		delete(r.shards, name)
	}
	return sh.oldest()
}

// measure returns how many messages are due and not sent, and since when the oldest has been.
func (r *carrier) measure() (n int, oldest time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, lane := range r.lanes {
		for _, j := range lane {
			if n += j.size(); oldest.IsZero() || j.since.Before(oldest) {
				oldest = j.since
			}
		}
	}
	return n, oldest
}
