package dynamostream

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/outbox"
)

// letGo is how long a process that stops, or hands a shard on, waits for what is under way.
const letGo = 5 * time.Second

// keeper is one Run of a Reader: the shards that this process has.
type keeper struct {
	*Reader
	h     outbox.ShardHandler
	held  map[string]*worker
	seen  []string    // all shards, when they were last looked for
	ended chan string // shards whose worker stopped by itself
}

// Run hands the stream's changes to h until ctx ends; see outbox.Stream. A missing table or stream is waited for.
func (r *Reader) Run(ctx context.Context, h outbox.ShardHandler) error {
	k := &keeper{Reader: r, h: h, held: map[string]*worker{}, ended: make(chan string)}
	defer k.stop(ctx)
	renew := time.NewTicker(r.o.Lease / 4)
	defer renew.Stop()
	discover := time.NewTimer(0)
	defer discover.Stop()
	fails := 0
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-renew.C:
			k.renew(ctx)
		case shardID := <-k.ended:
			if k.finish(ctx, shardID) {
				discover.Reset(0) // its children can be read now
			}
		case <-discover.C:
			next := r.o.Discover
			if soon, err := k.discover(ctx); err != nil {
				r.failed(ctx, fmt.Errorf("look for shards: %w", err))
				next, fails = min(next, 100*time.Millisecond<<min(fails, 10)), fails+1
			} else if fails = 0; soon {
				next = min(next, time.Second)
			}
			discover.Reset(next)
		}
	}
}

func (r *Reader) failed(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		r.o.Failed(err)
	}
}

// discover takes the shards that can be read and are nobody's; soon: another was asked for one.
func (k *keeper) discover(ctx context.Context) (soon bool, err error) {
	shards, err := k.source.Shards(ctx)
	if err != nil {
		return false, err
	}
	ids := make([]string, len(shards))
	for i, s := range shards {
		ids[i] = s.ID
	}
	k.seen = ids
	known, err := k.leases.Read(ctx, ids)
	if err != nil {
		return false, err
	}
	now := k.o.Now()
	owned := map[string][]string{k.o.Owner: slices.Collect(maps.Keys(k.held))}
	for _, s := range shards {
		l := known[s.ID]
		switch {
		case k.held[s.ID] != nil || l.Done:
		case s.Parent != "" && slices.Contains(ids, s.Parent) && !known[s.Parent].Done: // its turn comes
		case l.heldAt(now) && l.Owner != k.o.Owner:
			owned[l.Owner] = append(owned[l.Owner], s.ID)
		default:
			if err := k.take(ctx, s.ID); err != nil {
				return false, err
			}
		}
	}
	return k.askForOne(ctx, owned)
}

// askForOne asks whoever has the most shards for one, where this process has fewer than its share.
func (k *keeper) askForOne(ctx context.Context, owned map[string][]string) (asked bool, err error) {
	total, most := len(k.held), ""
	for owner, ids := range owned {
		if owner == k.o.Owner {
			continue
		}
		total += len(ids)
		if n := len(owned[most]); most == "" || len(ids) > n || len(ids) == n && owner < most {
			most = owner
		}
	}
	share := total / len(owned)
	if most == "" || len(k.held) >= share || len(owned[most]) <= share {
		return false, nil
	}
	return true, k.leases.Want(ctx, owned[most][0], most)
}

func (k *keeper) take(ctx context.Context, shardID string) error {
	l, ok, err := k.leases.Take(ctx, shardID)
	if err != nil || !ok {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	w := &worker{shardID: shardID, r: k.Reader, h: k.h, stop: stop, done: make(chan struct{}), at: l.From}
	k.held[shardID] = w
	go func() {
		w.read(ctx)
		select {
		case k.ended <- shardID:
		case <-ctx.Done():
		}
	}()
	return nil
}

// renew keeps the leases, with how far their shards are done with, and lets go of those that are another's or that another
// is to have.
func (k *keeper) renew(ctx context.Context) {
	for shardID, w := range k.held {
		l, ok, err := k.leases.Keep(ctx, shardID, w.position())
		switch {
		case err != nil:
			k.failed(ctx, err) // it lasts for some renewals more, and after that until another takes it
		case !ok:
			k.failed(ctx, fmt.Errorf("the lease of shard %s is another's", shardID))
			k.release(ctx, w)
		case l.Wanted != "" && l.Wanted != k.o.Owner:
			k.give(ctx, w, l.Wanted)
		}
	}
}

// release stops reading a shard and returns where another would have to begin.
func (k *keeper) release(ctx context.Context, w *worker) position {
	w.stop()
	<-w.done
	delete(k.held, w.shardID)
	w.mu.Lock()
	at := w.at
	w.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, letGo)
	defer cancel()
	if oldest := k.h.Release(ctx, w.shardID); oldest != "" {
		return position{Sequence: oldest, At: true}
	}
	return at
}

// give lets another have the shard: heir, or whoever comes first.
func (k *keeper) give(ctx context.Context, w *worker, heir string) {
	at := k.release(ctx, w)
	k.failed(ctx, k.leases.Free(ctx, w.shardID, at, heir)) // or it runs out
}

// finish notes that a shard is done with, if its worker says so. Where that fails the lease runs out, and the shard's end is
// read again.
func (k *keeper) finish(ctx context.Context, shardID string) bool {
	w := k.held[shardID]
	if w == nil {
		return false
	}
	if !w.drained {
		k.give(ctx, w, "")
		return false
	}
	k.release(ctx, w)
	_, err := k.leases.Finish(ctx, shardID)
	k.failed(ctx, err)
	return true
}

// stop hands all shards on.
func (k *keeper) stop(ctx context.Context) {
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), letGo)
	defer cancel()
	for _, w := range k.held {
		w.stop()
	}
	for _, w := range k.held {
		k.give(late, w, "")
	}
	given, err := k.leases.Read(late, k.seen) // and those that another made ours meanwhile
	if err != nil {
		return
	}
	for shardID, l := range given {
		if l.Owner == k.o.Owner {
			k.failed(late, k.leases.Free(late, shardID, position{}, ""))
		}
	}
}
