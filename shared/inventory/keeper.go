package inventory

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"
)

// How hard a claim tries.
const (
	probes    = 6  // blocks looked at one by one before the whole event is swept
	races     = 3  // lost races in a block before another is tried
	closeFans = 32 // blocks closed at a time
)

// Keeper chooses places and takes them through the life of a hold. It is safe for concurrent use.
type Keeper struct {
	store  Store
	now    func() time.Time
	sweeps *sweeper
}

// NewKeeper returns a Keeper.
func NewKeeper(store Store, now func() time.Time) *Keeper {
	return &Keeper{store: store, now: now, sweeps: newSweeper(store, now)}
}

// Want asks for N places of some sections, best available.
type Want struct {
	Sections []int
	N        int
	Apart    bool    // they need not be side by side
	Have     []Group // of the same hold, for another want: not to be taken for this one's
	Later    int     // places that wants of the same hold ask for after this one
	Turn     uint64  // tells the wants of one hold apart
}

// ClaimNamed claims exactly the groups, all or none. ErrTaken and ErrClosed as the blocks say.
func (k *Keeper) ClaimNamed(ctx context.Context, h HoldID, until time.Time, groups []Group) error {
	for i, g := range groups {
		b, err := k.store.Step(ctx, g.Block, Step{Op: OpClaim, Slots: g.Slots, Hold: h, Expires: until.Unix(), Now: k.now()})
		if err != nil {
			return errors.Join(fmt.Errorf("claim %s: %w", g.Block.Key(), err), k.LetGo(ctx, h, groups[:i]))
		}
		k.sweeps.learn(g.Block, &b)
	}
	return nil
}

// ClaimBest claims w.N places for the hold. The blocks it looks at, and what it picks in them, follow from the hold id, so
// a repeat looks first where the first try found its places and answers with them. Errors: ErrSoldOut, ErrAllHeld,
// ErrNotTogether, ErrClosed; ErrOtherRequest where the hold has another number of places there.
func (k *Keeper) ClaimBest(ctx context.Context, p *Plan, h HoldID, until time.Time, w Want) ([]Group, error) {
	s := &search{
		k: k, p: p, h: h, until: until, w: w,
		rng: rand.New(rand.NewPCG(uint64(h), w.Turn)),
	}
	s.pick = chooser{rng: s.rng}
	for _, section := range w.Sections {
		s.blocks += p.Blocks(section)
	}
	if got, err := s.probe(ctx); err != nil || got != nil {
		return got, err
	}
	s.patient = true
	return s.sweep(ctx)
}

// search is one ClaimBest.
type search struct {
	k      *Keeper
	p      *Plan
	h      HoldID
	until  time.Time
	w      Want
	rng    *rand.Rand
	pick   chooser
	blocks int // of the wanted sections together
	// patient: wait for a throttled block, which the store does with full jitter. Before that, another is tried at once.
	patient bool
}

// block returns the ith block of the wanted sections.
func (s *search) block(i int) BlockID {
	for _, section := range s.w.Sections {
		n := s.p.Blocks(section)
		if i < n {
			return s.p.Block(section, i)
		}
		i -= n
	}
	return BlockID{}
}

// probe looks at a few blocks in the hold's own order.
func (s *search) probe(ctx context.Context) (got []Group, err error) {
	left := probes
	walk(s.rng, s.blocks, func(i int) bool {
		left--
		got, err = s.probeBlock(ctx, s.block(i))
		return got == nil && err == nil && left > 0
	})
	return got, err
}

func (s *search) probeBlock(ctx context.Context, id BlockID) ([]Group, error) {
	var b Block
	err := s.k.store.Blocks(ctx, []BlockID{id}, false, func(_ int, found *Block) { b = *found })
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", id.Key(), err)
	}
	if own := b.Own(s.p.Slots(id), s.h) &^ slotsIn(s.w.Have, id); own != 0 {
		return s.again(ctx, id, own)
	}
	if b.Closed {
		return nil, ErrClosed
	}
	group, err := s.take(ctx, id, b.Free(s.p.Offered(id), s.k.now()), false)
	if err != nil || group.Slots == 0 {
		return nil, err
	}
	return []Group{group}, nil
}

// again answers a repeat with what the first try claimed, some of which was found in a block.
func (s *search) again(ctx context.Context, id BlockID, own uint64) ([]Group, error) {
	found, alive := []Group{{Block: id, Slots: own}}, true
	if bits.OnesCount64(own) != s.w.N {
		var err error
		if found, alive, err = s.own(ctx); err != nil {
			return nil, err
		}
	}
	if n := Size(found); n < s.w.N || n > s.w.N+s.w.Later {
		if alive {
			return nil, ErrOtherRequest
		}
		return nil, s.k.LetGo(ctx, s.h, found) // it lapsed, and others took of it: the search goes on anew
	}
	var mine []Group
	for _, g := range found { // what is over is a later want's
		if g.Slots = lowest(g.Slots, s.w.N-Size(mine)); g.Slots != 0 {
			mine = append(mine, g)
		}
	}
	return mine, s.k.ClaimNamed(ctx, s.h, s.until, mine)
}

// own returns all places of the wanted sections that the hold has, and has for no other want; and whether any of them
// has not lapsed.
func (s *search) own(ctx context.Context) (own []Group, alive bool, err error) {
	ids, slots := make([]BlockID, s.blocks), make([]uint64, s.blocks)
	for i := range ids {
		ids[i] = s.block(i)
	}
	now := s.k.now().Unix()
	err = s.k.store.Blocks(ctx, ids, true, func(i int, b *Block) {
		slots[i] = b.Own(s.p.Slots(ids[i]), s.h) &^ slotsIn(s.w.Have, ids[i])
		for rest := slots[i]; rest != 0; rest &= rest - 1 {
			alive = alive || b.Claims[bits.TrailingZeros64(rest)].Expires >= now
		}
	})
	if err != nil {
		return nil, false, fmt.Errorf("read blocks: %w", err)
	}
	for i, id := range ids {
		if slots[i] != 0 {
			own = append(own, Group{Block: id, Slots: slots[i]})
		}
	}
	return own, alive, nil
}

// take claims places of one block out of those that are thought free, learning from each lost race what is. It takes w.N
// of them side by side, or with scattered as many as there are up to w.N. No slots: the block has none that fit.
func (s *search) take(ctx context.Context, id BlockID, free uint64, scattered bool) (Group, error) {
	plan := s.p.sections[id.Section].block(id.Number)
	for range races {
		var slots uint64
		switch {
		case bits.OnesCount64(free) < s.w.N && !scattered:
		case scattered || plan.spans == nil:
			slots = s.pick.any(&plan, plan.accessible, free, s.w.N)
		default:
			slots = s.pick.adjacent(&plan, plan.accessible, free, s.w.N)
		}
		if slots == 0 {
			return Group{}, nil
		}
		b, err := s.k.store.Step(ctx, id, Step{Op: OpClaim, Slots: slots, Hold: s.h, Expires: s.until.Unix(), Now: s.k.now(), Yield: !s.patient})
		if errors.Is(err, ErrBusy) {
			return Group{}, nil
		}
		if err != nil && !errors.Is(err, ErrTaken) {
			return Group{}, fmt.Errorf("claim %s: %w", id.Key(), err)
		}
		s.k.sweeps.learn(id, &b)
		if err == nil {
			return Group{Block: id, Slots: slots}, nil
		}
		free = b.Free(s.p.Offered(id), s.k.now())
	}
	return Group{}, nil
}

// sweep works from a view of the whole event, which it shares with everybody who asks within a second. What it says of
// sold out or all held may be as old as that.
func (s *search) sweep(ctx context.Context) ([]Group, error) {
	v, err := s.k.sweeps.view(ctx, s.p, time.Time{})
	if err != nil {
		return nil, err
	}
	if id, ok := v.holds[s.h]; ok {
		if got, err := s.probeOwn(ctx, id); err != nil || got != nil {
			return got, err
		}
	}
	if got, err := s.fromView(ctx, v); err != nil || got != nil {
		return got, err
	}
	return nil, s.verdict(v)
}

// probeOwn answers a repeat from a block where the hold was seen, if it still has places that are wanted there.
func (s *search) probeOwn(ctx context.Context, id BlockID) (got []Group, err error) {
	if !slices.Contains(s.w.Sections, id.Section) {
		return nil, nil
	}
	var own uint64
	err = s.k.store.Blocks(ctx, []BlockID{id}, true, func(_ int, b *Block) { own = b.Own(s.p.Slots(id), s.h) })
	if own &^= slotsIn(s.w.Have, id); err != nil || own == 0 {
		return nil, err
	}
	return s.again(ctx, id, own)
}

func (s *search) fromView(ctx context.Context, v *view) (got []Group, err error) {
	walk(s.rng, s.blocks, func(i int) bool {
		id := s.block(i)
		free := v.free(id)
		if bits.OnesCount64(free) < s.w.N {
			return true
		}
		var g Group
		if g, err = s.take(ctx, id, free, false); g.Slots != 0 {
			got = []Group{g}
		}
		return got == nil && err == nil
	})
	if err != nil || got != nil {
		return got, err
	}
	return s.split(ctx, v)
}

// split gathers the places from several blocks, fullest gaps first: standing places always, seats when asked to.
func (s *search) split(ctx context.Context, v *view) ([]Group, error) {
	var from []BlockID
	total := 0
	for i := range s.blocks {
		id := s.block(i)
		if free := bits.OnesCount64(v.free(id)); free > 0 && (s.w.Apart || s.p.Layout.Sections[id.Section].Kind == Standing) {
			from = append(from, id)
			total += free
		}
	}
	if total < s.w.N {
		return nil, nil
	}
	byFree(from, v, s.rng)
	want := s.w.N
	defer func() { s.w.N = want }()
	var got []Group
	for _, id := range from {
		g, err := s.take(ctx, id, v.free(id), true)
		if err != nil {
			return nil, errors.Join(err, s.k.LetGo(ctx, s.h, got))
		}
		if g.Slots == 0 {
			continue
		}
		got = append(got, g)
		if s.w.N = want - Size(got); s.w.N == 0 {
			return got, nil
		}
	}
	return nil, s.k.LetGo(ctx, s.h, got)
}

func (s *search) verdict(v *view) error {
	var free, held int
	for i := range s.blocks {
		id := s.block(i)
		free += bits.OnesCount64(v.free(id))
		held += bits.OnesCount64(v.held(id))
	}
	switch {
	case v.closed:
		return ErrClosed
	case free+held < s.w.N:
		return ErrSoldOut
	case free < s.w.N:
		return ErrAllHeld
	case s.w.Apart:
		return ErrAllHeld // enough are free, but others were quicker each time
	default:
		return ErrNotTogether
	}
}

// Confirm sells the groups to their hold, block by block. ErrTaken: a place went to somebody else; ErrClosed: too late.
// What was confirmed before the refusal stays so until it is released.
func (k *Keeper) Confirm(ctx context.Context, h HoldID, expires time.Time, groups []Group) error {
	return k.each(ctx, groups, Step{Op: OpConfirm, Hold: h, Expires: expires.Unix()})
}

// Extend moves the expiry of the groups to until. ErrTaken and ErrClosed as Confirm.
func (k *Keeper) Extend(ctx context.Context, h HoldID, until time.Time, groups []Group) error {
	return k.each(ctx, groups, Step{Op: OpExtend, Hold: h, Expires: until.Unix()})
}

// Release frees the groups' places that still carry the hold, held or sold: only for a hold whose record can no longer
// be confirmed.
func (k *Keeper) Release(ctx context.Context, h HoldID, groups []Group) error {
	return k.each(ctx, groups, Step{Op: OpRelease, Hold: h})
}

// LetGo frees the groups' places that the hold has and has not bought.
func (k *Keeper) LetGo(ctx context.Context, h HoldID, groups []Group) error {
	return k.each(ctx, groups, Step{Op: OpLetGo, Hold: h})
}

func (k *Keeper) each(ctx context.Context, groups []Group, s Step) error {
	for _, g := range groups {
		s.Slots, s.Now = g.Slots, k.now()
		b, err := k.store.Step(ctx, g.Block, s)
		if err != nil {
			return fmt.Errorf("step %d on %s: %w", s.Op, g.Block.Key(), err)
		}
		k.sweeps.learn(g.Block, &b)
	}
	return nil
}

// Owns reports whether the hold still has every place of the groups, held or sold, and until when it has all of them: a
// time in Unix seconds, or Sold.
func (k *Keeper) Owns(ctx context.Context, h HoldID, groups []Group) (until int64, owns bool, err error) {
	ids := make([]BlockID, len(groups))
	for i, g := range groups {
		ids[i] = g.Block
	}
	until = Sold
	owned := 0
	err = k.store.Blocks(ctx, ids, true, func(i int, b *Block) {
		own := b.Own(groups[i].Slots, h)
		if own == groups[i].Slots {
			owned++
		}
		for ; own != 0; own &= own - 1 {
			until = min(until, b.Claims[bits.TrailingZeros64(own)].Expires)
		}
	})
	return until, owned == len(groups), err
}

// Close fences every block of the plan: nothing in it can be claimed or confirmed any more.
func (k *Keeper) Close(ctx context.Context, p *Plan) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(closeFans)
	for _, id := range p.AllBlocks() {
		g.Go(func() error {
			_, err := k.store.Step(ctx, id, Step{Op: OpClose})
			return err
		})
	}
	return g.Wait()
}

func slotsIn(groups []Group, id BlockID) (slots uint64) {
	for _, g := range groups {
		if g.Block == id {
			slots |= g.Slots
		}
	}
	return slots
}
