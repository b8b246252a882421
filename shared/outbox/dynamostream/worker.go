package dynamostream

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/outbox"
)

// settling is how often it is asked whether a shard that has ended is done with.
const settling = 20 * time.Millisecond

// rest waits a while that grows with each failure in a row, up to 5 s, with full jitter; false: ctx ended meanwhile.
func rest(ctx context.Context, fails int) bool {
	span := min(5*time.Second, 50*time.Millisecond<<min(fails, 10))
	return pause(ctx, time.Duration(rand.Int64N(int64(span))))
}

func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// worker reads one shard, whose lease this process has.
type worker struct {
	shardID string
	r       *Reader
	h       outbox.ShardHandler
	stop    context.CancelFunc
	done    chan struct{} // closed when it reads no more
	drained bool          // it has ended and all of it is done with; to be read once done is closed

	mu sync.Mutex
	at position // what was handed over
}

func (w *worker) reached(at position) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = at
}

// position returns where another would have to begin. What was handed over is looked up before what of it is not done with:
// the other way round something could be handed over in between, and missed.
func (w *worker) position() position {
	w.mu.Lock()
	at := w.at
	w.mu.Unlock()
	if oldest := w.h.Oldest(w.shardID); oldest != "" {
		return position{Sequence: oldest, At: true}
	}
	return at
}

// read reads the shard until ctx ends, or the shard has ended or is gone.
func (w *worker) read(ctx context.Context) {
	defer close(w.done)
	ended := w.follow(ctx)
	if !ended {
		return
	}
	w.h.End(w.shardID)
	for w.h.Oldest(w.shardID) != "" {
		if !pause(ctx, settling) {
			return
		}
	}
	w.drained = true
}

// follow hands over all records of the shard; true: there are no more.
func (w *worker) follow(ctx context.Context) bool {
	w.mu.Lock()
	at := w.at
	w.mu.Unlock()
	iterator, fails := "", 0
	for ctx.Err() == nil {
		asked := time.Now()
		var all []record
		var err error
		next := iterator
		if iterator == "" {
			next, err = w.r.source.Iterator(ctx, w.shardID, at)
		}
		if err == nil {
			iterator = next
			all, next, err = w.r.source.Records(ctx, iterator)
		}
		switch {
		case ctx.Err() != nil:
			return false
		case errors.Is(err, errGone):
			w.failed(err) // with its stream, or for a moment: the next look for shards tells
			return false
		case errors.Is(err, errTrimmed):
			w.failed(fmt.Errorf("%w: what came before its oldest record is lost", err))
			iterator, at = "", position{}
		case errors.Is(err, errExpired):
			iterator = ""
		}
		if err != nil {
			fails++
			if !errors.Is(err, errTrimmed) && !errors.Is(err, errExpired) {
				w.failed(err)
			}
			if !rest(ctx, fails) {
				return false
			}
			continue
		}
		fails = 0
		if len(all) > 0 {
			if !w.hand(ctx, all) {
				return false
			}
			at = position{Sequence: all[len(all)-1].Sequence}
			w.reached(at)
		}
		if next == "" {
			return true
		}
		iterator = next
		if !pause(ctx, w.r.o.Poll-time.Since(asked)) {
			return false
		}
	}
	return false
}

func (w *worker) failed(err error) {
	w.r.o.Failed(fmt.Errorf("read shard %s: %w", w.shardID, err))
}

// hand gives records to the handler until it has taken all; false: ctx ended first.
func (w *worker) hand(ctx context.Context, all []record) bool {
	changes := make([]outbox.Change, 0, len(all))
	for _, r := range all {
		if !r.Lease {
			changes = append(changes, r.Change)
		}
	}
	for fails := 1; len(changes) > 0; fails++ {
		failed := w.h.Handle(ctx, w.shardID, changes)
		if len(failed) == 0 {
			break
		}
		changes = changes[lowest(changes, failed):]
		w.reached(position{Sequence: changes[0].Sequence, At: true})
		if ctx.Err() != nil {
			return false
		}
		w.failed(fmt.Errorf("%d changes from %s on were not taken", len(changes), changes[0].Sequence))
		if !rest(ctx, fails) {
			return false
		}
	}
	return true
}

// lowest returns the index of the first change that failed: a number that is none of theirs means all of them, as with the
// triggers of functions.
func lowest(changes []outbox.Change, failed []string) int {
	first := len(changes)
	for _, sequence := range failed {
		i := slices.IndexFunc(changes, func(c outbox.Change) bool { return c.Sequence == sequence })
		first = min(first, max(0, i))
	}
	return first
}
