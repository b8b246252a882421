package storetest

import (
	"errors"
	"math/bits"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"github.com/myevents/myevents/shared/inventory"
)

func blockRaceFacts() []fact {
	return []fact{
		{name: "many-buyers-sell-an-event-out-exactly", test: func(e *env) { sellOut(e, 10, 4) }},
		{name: "many-buyers-sell-one-block-out-exactly", test: func(e *env) { sellOut(e, 1, 1) }},
		{name: "many-groups-sell-one-block-out-exactly", test: func(e *env) { sellOut(e, 1, 4) }},
		{name: "one-place-has-one-buyer", test: onePlace},
		{name: "overlapping-groups-never-share-a-place", test: overlapping},
		{name: "lapsed-place-is-confirmed-or-retaken-never-both", test: lapsedRace},
		{name: "hold-is-confirmed-or-let-go-never-both", test: letGoRace},
		{name: "parallel-repeats-of-a-claim-take-it-once", test: parallelRepeats},
		{name: "nothing-is-sold-after-the-close-was-answered", test: closeRace},
		{name: "release-and-claim-at-once-lose-no-place", test: churn},
	}
}

// sale is what one buyer was told that they have.
type sale struct {
	block int
	slots uint64
	hold  inventory.HoldID
}

// sellOut has all callers buy groups until nothing is free, and then counts: every place sold once, to who was told so.
func sellOut(e *env, blocks, group int) {
	event := e.raw()
	ids := make([]inventory.BlockID, blocks)
	for i := range ids {
		ids[i] = inventory.BlockID{Event: event, Number: i}
	}
	var mu sync.Mutex
	var sold []sale
	parallel(callers, func(i int) {
		b := buyer{e: e, ids: ids, r: rand.New(rand.NewPCG(uint64(i), 64)), next: uint64(i) << 32, group: group}
		bought := b.buyAll()
		mu.Lock()
		defer mu.Unlock()
		sold = append(sold, bought...)
	})
	told := make([]uint64, blocks)
	found := e.blocks(ids, true)
	for _, s := range sold {
		if told[s.block]&s.slots != 0 {
			e.Errorf("confirm by %s: slots %#x of block %d were sold to another, too", s.hold, told[s.block]&s.slots, s.block)
		}
		told[s.block] |= s.slots
		if b := found[s.block]; b.Own(s.slots, s.hold)&b.With(s.slots, inventory.Sold) != s.slots {
			e.Errorf("confirm by %s of slots %#x was answered: got block %s, want them sold to that hold", s.hold, s.slots, showBlock(b))
		}
	}
	n := 0
	for i := range told {
		n += bits.OnesCount64(told[i])
	}
	if n != blocks*inventory.BlockSize {
		e.Errorf("places sold by %d buyers: got %d, want %d", callers, n, blocks*inventory.BlockSize)
	}
}

// buyer buys places at random, learning from refusals what is free.
type buyer struct {
	e     *env
	ids   []inventory.BlockID
	r     *rand.Rand
	next  uint64
	group int
}

func (b *buyer) buyAll() (bought []sale) {
	for _, i := range b.r.Perm(len(b.ids)) {
		var seen inventory.Block
		for range 10_000 { // more than enough: every refusal shows a sale of another's
			free := seen.Free(all, t0)
			if free == 0 {
				break
			}
			b.next++
			h := spread(b.next)
			slots := b.pick(free)
			found, err := b.e.do(b.ids[i], claim(slots, h, 600, 0).Step)
			seen = found
			if errors.Is(err, inventory.ErrTaken) {
				continue
			}
			if err == nil {
				seen, err = b.e.do(b.ids[i], confirm(slots, h, 600).Step)
			}
			if err != nil {
				b.e.Errorf("claim and confirm of free slots %#x: got %v, want nil", slots, err)
				return bought
			}
			bought = append(bought, sale{block: i, slots: slots, hold: h})
		}
	}
	return bought
}

// pick returns up to a group of the free slots, at random.
func (b *buyer) pick(free uint64) (slots uint64) {
	for range 1 + b.r.IntN(b.group) {
		if free == 0 {
			break
		}
		for range b.r.IntN(bits.OnesCount64(free)) {
			free &= free - 1
			if bits.OnesCount64(free) == 1 {
				break
			}
		}
		slots |= free & -free
		free &= free - 1
	}
	return slots
}

func onePlace(e *env) {
	event := e.raw()
	for round := range e.times(24) {
		b := inventory.BlockID{Event: event, Number: round / 4}
		slot := uint64(1) << (round % 4)
		var winners, winner atomic.Uint64
		parallel(callers, func(i int) {
			h := inventory.HoldID(i + 1)
			found, err := e.do(b, claim(slot, h, 60, 0).Step)
			switch {
			case err == nil && found.Own(slot, h) == slot:
				winners.Add(1)
				winner.Store(uint64(h))
			case !errors.Is(err, inventory.ErrTaken) || found.Taken&slot == 0 || found.Own(slot, h) != 0:
				e.Errorf("claim of a place that 64 want: got %s, %v, want it or ErrTaken with another's claim", showBlock(found), err)
			}
		})
		if found := e.block(b); winners.Load() != 1 || found.Own(slot, inventory.HoldID(winner.Load())) != slot {
			e.Fatalf("claims of one place by 64: got %d winners and block %s, want 1 and the winner's %016x", winners.Load(),
				showBlock(found), winner.Load())
		}
	}
}

// overlapping has all callers claim five places in a row, each starting at a slot of their own: any two neighbours overlap.
func overlapping(e *env) {
	b := inventory.BlockID{Event: e.raw()}
	won := make([]uint64, callers)
	parallel(callers, func(i int) {
		slots := bits.RotateLeft64(0b11111, i)
		if _, err := e.do(b, claim(slots, inventory.HoldID(i+1), 60, 0).Step); err == nil {
			won[i] = slots
		} else if !errors.Is(err, inventory.ErrTaken) {
			e.Errorf("claim of an overlapping group: got %v, want nil or ErrTaken", err)
		}
	})
	found := e.block(b)
	var sum uint64
	for i, slots := range won {
		if sum&slots != 0 {
			e.Errorf("claims that succeeded: slots %#x were given twice", sum&slots)
		}
		sum |= slots
		if own := found.Own(all, inventory.HoldID(i+1)); own != slots {
			e.Errorf("block after the race: caller %d has slots %#x, was told %#x", i, own, slots)
		}
	}
	if sum == 0 || found.Taken != sum {
		e.Errorf("block after the race: got slots %#x taken, want %#x, which is not none", found.Taken, sum)
	}
}

// lapsedRace lets an owner confirm a hold that has lapsed while others claim its places.
func lapsedRace(e *env) {
	event := e.raw()
	for round := range e.times(24) {
		b := inventory.BlockID{Event: event, Number: round}
		e.step(b, claim(0b11, ann, 60, 0).Step)
		errs := make([]error, callers)
		parallel(callers, func(i int) {
			a := claim(0b11, inventory.HoldID(i+1), 300, 100)
			if i == round%callers {
				a = confirm(0b11, ann, 60)
			}
			_, errs[i] = e.do(b, a.Step)
		})
		won := 0
		for _, err := range errs {
			if err == nil {
				won++
			} else if !errors.Is(err, inventory.ErrTaken) {
				e.Errorf("claim or confirm of a lapsed place: got %v, want nil or ErrTaken", err)
			}
		}
		if won != 1 {
			e.Fatalf("confirm of a lapsed hold and claims of its places at once: got %d winners, want 1", won)
		}
	}
}

// letGoRace lets go of a hold from many sides while it is confirmed: whichever is first decides.
func letGoRace(e *env) {
	event := e.raw()
	for round := range e.times(24) {
		b := inventory.BlockID{Event: event, Number: round}
		e.step(b, claim(0b11, ann, 60, 0).Step)
		var confirmed error
		parallel(8, func(i int) {
			if i == round%8 {
				_, confirmed = e.do(b, confirm(0b11, ann, 60).Step)
			} else if _, err := e.do(b, letGo(0b11, ann).Step); err != nil {
				e.Errorf("let go beside a confirm: got %v, want nil", err)
			}
		})
		want := uint64(0b11)
		if errors.Is(confirmed, inventory.ErrTaken) {
			want = 0
		} else if confirmed != nil {
			e.Errorf("confirm beside letting go: got %v, want nil or ErrTaken", confirmed)
		}
		if found := e.block(b); found.Taken != want || found.With(all, inventory.Sold) != want {
			e.Fatalf("block after a confirm that got %v and letting go: got %s, want slots %#x, sold", confirmed, showBlock(found), want)
		}
	}
}

// parallelRepeats sends one claim, and then one confirm, many times over at once: each is answered as done.
func parallelRepeats(e *env) {
	b := inventory.BlockID{Event: e.raw()}
	for _, a := range []act{claim(0b1110, ann, 60, 0), confirm(0b1110, ann, 60)} {
		parallel(callers, func(int) {
			if found, err := e.do(b, a.Step); err != nil || found.Own(all, ann) != 0b1110 {
				e.Errorf("Step %s sent %d times at once: got %s, %v, want slots 0xe and nil", showStep(a.Step), callers, showBlock(found), err)
			}
		})
	}
	if found := e.block(b); found.With(all, inventory.Sold) != 0b1110 {
		e.Errorf("block after the confirms: got %s, want slots 0xe sold", showBlock(found))
	}
}

// closeRace closes a block in the midst of confirms: those that were answered stay sold, the rest never are.
func closeRace(e *env) {
	b := inventory.BlockID{Event: e.raw()}
	for i := range inventory.BlockSize {
		e.step(b, claim(1<<i, inventory.HoldID(i+1), 600, 0).Step)
	}
	var told atomic.Uint64
	var fence inventory.Block
	parallel(callers, func(i int) {
		if i == callers/2 {
			found, err := e.do(b, shut().Step)
			if err != nil {
				e.Errorf("close beside confirms: got %v, want nil", err)
			}
			fence = found
			return
		}
		_, err := e.do(b, confirm(1<<i, inventory.HoldID(i+1), 600).Step)
		if err == nil {
			told.Or(1 << i)
		} else if !errors.Is(err, inventory.ErrClosed) {
			e.Errorf("confirm beside a close: got %v, want nil or ErrClosed", err)
		}
	})
	found := e.block(b)
	if got := found.With(all, inventory.Sold); got != told.Load() || got != fence.With(all, inventory.Sold) || !found.Closed {
		e.Errorf("block after the close: got slots %#x sold, want %#x as answered and %#x as when it closed", got, told.Load(),
			fence.With(all, inventory.Sold))
	}
}

// churn has callers claim and release at once; in the end everything is free again.
func churn(e *env) {
	b := inventory.BlockID{Event: e.raw()}
	rounds := max(2, e.times(8)/4)
	parallel(callers, func(i int) {
		h := inventory.HoldID(i + 1)
		for round := range rounds {
			slots := bits.RotateLeft64(0b11, i+round)
			_, err := e.do(b, claim(slots, h, 60, 0).Step)
			if err != nil && !errors.Is(err, inventory.ErrTaken) {
				e.Errorf("claim: got %v, want nil or ErrTaken", err)
			}
			if found, err := e.do(b, release(slots, h).Step); err != nil || found.Own(slots, h) != 0 {
				e.Errorf("release: got %s, %v, want none of %s's and nil", showBlock(found), err, h)
			}
		}
	})
	if found := e.block(b); found.Taken != 0 {
		e.Errorf("block after everything was released: got %s, want no claims", showBlock(found))
	}
	e.step(b, claim(all, ann, 60, 0).Step)
}
