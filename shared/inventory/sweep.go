package inventory

import (
	"context"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/myevents/myevents/shared/id"
)

// sweepLife is how long a sweep of an event's blocks is shared.
const sweepLife = time.Second

// keptViews bounds the views in memory; one takes 24 bytes a block.
const keptViews = 256

// sweeper reads all blocks of an event once for everybody who wants to know at the same time.
type sweeper struct {
	store Store
	now   func() time.Time
	group singleflight.Group
	mu    sync.Mutex
	views map[id.Raw]*view
}

func newSweeper(store Store, now func() time.Time) *sweeper {
	return &sweeper{store: store, now: now, views: map[id.Raw]*view{}}
}

// view is what a sweep saw, kept up to date with what claims learn afterwards. taken is when the sweep began.
type view struct {
	plan   *Plan
	taken  time.Time
	closed bool
	holds  map[HoldID]BlockID // of who held places then, one block each
	mu     sync.Mutex
	blocks [][]masks // by section and number
}

// masks are the slots of a block by state; what is in none is withheld.
type masks struct{ free, held, sold uint64 }

func (v *view) free(id BlockID) uint64 { return v.at(id).free }
func (v *view) held(id BlockID) uint64 { return v.at(id).held }

func (v *view) at(id BlockID) masks {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.blocks[id.Section][id.Number]
}

func (v *view) set(id BlockID, b *Block, now time.Time) {
	m := v.plan.masksOf(id, b, now)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.blocks[id.Section][id.Number] = m
}

// masksOf returns the states of a block's slots.
func (p *Plan) masksOf(id BlockID, b *Block, now time.Time) masks {
	slots := p.Slots(id)
	free, sold := b.Free(slots, now), b.With(slots, Sold)
	return masks{free: free & p.Offered(id), held: slots &^ free &^ sold &^ b.With(slots, Withheld), sold: sold}
}

// view returns a sweep of the plan that is younger than sweepLife and began at since or later: the shared one, or a new one.
func (s *sweeper) view(ctx context.Context, p *Plan, since time.Time) (*view, error) {
	if v := s.shared(p, since); v != nil {
		return v, nil
	}
	done := s.group.DoChan(p.Layout.Event.With(""), func() (any, error) {
		if v := s.shared(p, since); v != nil { // another's sweep ended just before
			return v, nil
		}
		return s.take(context.WithoutCancel(ctx), p) // others wait for it too
	})
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case r := <-done:
		if r.Err != nil {
			return nil, r.Err
		}
		v, _ := r.Val.(*view)
		if v.plan != p || v.taken.Before(since) {
			return s.take(ctx, p) // the layout grew meanwhile, or that sweep began too early
		}
		return v, nil
	}
}

// shared returns the shared sweep of the plan; nil where there is none that is young enough.
func (s *sweeper) shared(p *Plan, since time.Time) *view {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.views[p.Layout.Event]; v != nil && v.plan == p && s.now().Sub(v.taken) < sweepLife && !v.taken.Before(since) {
		return v
	}
	return nil
}

func (s *sweeper) take(ctx context.Context, p *Plan) (*view, error) {
	v := &view{plan: p, taken: s.now(), blocks: make([][]masks, len(p.sections)), holds: map[HoldID]BlockID{}}
	for i := range p.sections {
		v.blocks[i] = make([]masks, p.sections[i].count())
		for n := range v.blocks[i] {
			v.blocks[i][n].free = p.Offered(p.Block(i, n))
		}
	}
	ids := p.AllBlocks()
	err := s.store.Blocks(ctx, ids, true, func(i int, b *Block) {
		v.set(ids[i], b, v.taken)
		v.closed = v.closed || b.Closed
		for rest := v.held(ids[i]); rest != 0; rest &= rest - 1 {
			v.holds[b.Claims[bits.TrailingZeros64(rest)].Hold] = ids[i]
		}
	})
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", p.Layout.Event.With(id.Event), err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.views) >= keptViews {
		for event := range s.views { // any one: a view lives for a second
			delete(s.views, event)
			break
		}
	}
	s.views[p.Layout.Event] = v
	return v, nil
}

// learn notes in the shared view, where there is one, how a block was found or left.
func (s *sweeper) learn(id BlockID, b *Block) {
	s.mu.Lock()
	v := s.views[id.Event]
	s.mu.Unlock()
	if v != nil && v.plan.Slots(id) != 0 {
		v.set(id, b, s.now())
	}
}

// byFree sorts blocks by how many places are free, most first; equals in a random order.
func byFree(blocks []BlockID, v *view, rng *rand.Rand) {
	rng.Shuffle(len(blocks), func(i, j int) { blocks[i], blocks[j] = blocks[j], blocks[i] })
	slices.SortStableFunc(blocks, func(a, b BlockID) int {
		return bits.OnesCount64(v.free(b)) - bits.OnesCount64(v.free(a))
	})
}

// Count sweeps the plan's blocks, or shares a sweep of the last second that began at since or later, and counts. A sweep
// sees every step that was answered before it began, which is the snapshot's AsOf.
func (k *Keeper) Count(ctx context.Context, p *Plan, since time.Time) (Snapshot, error) {
	v, err := k.sweeps.view(ctx, p, since)
	if err != nil {
		return Snapshot{}, err
	}
	s := Snapshot{Event: p.Layout.Event, AsOf: v.taken, Sections: make([]Counts, len(p.sections))}
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := range v.blocks {
		c := &s.Sections[i]
		c.Total = p.Places(i)
		for _, m := range v.blocks[i] {
			c.Free += bits.OnesCount64(m.free)
			c.Held += bits.OnesCount64(m.held)
			c.Sold += bits.OnesCount64(m.sold)
		}
		c.Withheld = c.Total - c.Free - c.Held - c.Sold
	}
	return s, nil
}

// CountNow is Count from a sweep that begins now.
func (k *Keeper) CountNow(ctx context.Context, p *Plan) (Snapshot, error) {
	k.sweeps.mu.Lock()
	delete(k.sweeps.views, p.Layout.Event)
	k.sweeps.mu.Unlock()
	if _, err := k.sweeps.take(ctx, p); err != nil {
		return Snapshot{}, err
	}
	return k.Count(ctx, p, time.Time{})
}

// Section calls yield for each block of a section with its states: free, held and sold slots; what is in none of them is
// withheld. It sees every step that was answered before.
func (k *Keeper) Section(ctx context.Context, p *Plan, section int, yield func(b BlockID, free, held, sold uint64)) error {
	ids := make([]BlockID, p.Blocks(section))
	states := make([]masks, len(ids))
	for n := range ids {
		ids[n] = p.Block(section, n)
		states[n].free = p.Offered(ids[n])
	}
	now := k.now()
	err := k.store.Blocks(ctx, ids, true, func(i int, b *Block) {
		states[i] = p.masksOf(ids[i], b, now)
	})
	if err != nil {
		return fmt.Errorf("read section %d of %s: %w", section, p.Layout.Event.With(id.Event), err)
	}
	for i, m := range states {
		yield(ids[i], m.free, m.held, m.sold)
	}
	return nil
}
