package storetest

import (
	"math/bits"
	"math/rand/v2"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

func blockReadFacts() []fact {
	return []fact{
		{name: "absent-blocks-are-not-yielded", test: absentBlocks},
		{name: "no-blocks-asked-none-yielded", test: noBlocks},
		{name: "many-blocks-are-read-in-one-call", test: manyBlocks},
		{name: "strong-reads-see-answered-steps", test: strongReads},
		{name: "weak-reads-see-steps-in-the-end", test: weakReads},
		{name: "refused-step-returns-the-block-as-found", test: refusedShows},
	}
}

func absentBlocks(e *env) {
	event := e.raw()
	ids := []inventory.BlockID{{Event: event}, {Event: event, Number: 1}, {Event: event, Section: 1}}
	for _, strong := range []bool{true, false} {
		if got := e.blocks(ids, strong); len(got) != 0 {
			e.Errorf("Blocks of a new event, strong %t: got %d, want none", strong, len(got))
		}
	}
	e.step(ids[1], claim(0b101, ann, 60, 0).Step)
	got := e.blocks(ids, true)
	if _, ok := got[1]; len(got) != 1 || !ok {
		e.Errorf("Blocks after a claim in the second: got %d blocks, want only the second", len(got))
	}
}

func noBlocks(e *env) {
	for _, strong := range []bool{true, false} {
		if got := e.blocks(nil, strong); len(got) != 0 {
			e.Errorf("Blocks of none, strong %t: got %d, want none", strong, len(got))
		}
	}
}

// manyBlocks reads more blocks than engines take keys in one request.
func manyBlocks(e *env) {
	event := e.raw()
	ids := make([]inventory.BlockID, 1563) // an arena of 100,000 places
	for i := range ids {
		ids[i] = inventory.BlockID{Event: event, Section: i % 3 * 49, Number: i / 3}
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	want := map[int]inventory.Block{}
	for i := 0; i < len(ids); i += max(11, len(ids)/e.times(150)) {
		want[i] = e.step(ids[i], claim(1<<(i%64)|1, inventory.HoldID(i+1), 60, 0).Step)
	}
	got := e.blocks(ids, true)
	if len(got) != len(want) {
		e.Errorf("Blocks of %d: got %d, want %d", len(ids), len(got), len(want))
	}
	for i, b := range want {
		if !sameBlock(got[i], b) {
			e.Errorf("Blocks: got %s for %s, want %s", showBlock(got[i]), ids[i].Key(), showBlock(b))
		}
	}
}

// strongReads has many callers each read back what they have just been answered, on blocks of their own and on a shared one.
func strongReads(e *env) {
	event := e.raw()
	shared := inventory.BlockID{Event: event, Section: 99}
	parallel(callers, func(i int) {
		mine, h := inventory.BlockID{Event: event, Number: i}, inventory.HoldID(i+1)
		for _, a := range []act{claim(0b110, h, 60, 0), confirm(0b010, h, 60), release(0b100, h)} {
			wrote, err := e.do(mine, a.Step)
			if err != nil {
				e.Errorf("Step %s: got %v, want nil", showStep(a.Step), err)
				return
			}
			got, err := readBlocks(e.Context(), e.Booking, []inventory.BlockID{mine}, true)
			if err != nil || !sameBlock(got[0], wrote) {
				e.Errorf("strong read after step %s: got %s, %v, want %s", showStep(a.Step), showBlock(got[0]), err, showBlock(wrote))
			}
		}
		if _, err := e.do(shared, claim(1<<i, h, 60, 0).Step); err != nil {
			e.Errorf("claim of a place that nobody else wants: got %v, want nil", err)
			return
		}
		got, err := readBlocks(e.Context(), e.Booking, []inventory.BlockID{shared}, true)
		if b := got[0]; err != nil || b.Own(1<<i, h) == 0 {
			e.Errorf("strong read after a claim of slot %d beside others: got %s, %v, want the slot taken", i, showBlock(b), err)
		}
	})
}

func weakReads(e *env) {
	b := inventory.BlockID{Event: e.raw()}
	want := e.step(b, claim(0b11, ann, 60, 0).Step)
	e.eventually("weak read of a claimed block", func() string {
		got := e.blocks([]inventory.BlockID{b}, false)
		if !sameBlock(got[0], want) {
			return "got " + showBlock(got[0]) + ", want " + showBlock(want)
		}
		return ""
	})
}

// refusedShows asks for a place of bob's in a block of many: the answer must show all of it, so that a buyer need not read.
func refusedShows(e *env) {
	b := inventory.BlockID{Event: e.raw()}
	e.step(b, claim(0xF0, bob, 60, 0).Step)
	e.step(b, confirm(0x30, bob, 60).Step)
	want := e.step(b, withhold(0xF<<40, 0).Step)
	for _, a := range []act{claim(0x11, ann, 60, 0), confirm(0x11, ann, 60), extend(0x11, ann, 60)} {
		found, err := e.do(b, a.Step)
		if err == nil || !sameBlock(found, want) {
			e.Errorf("refused step %s: got %s, %v, want %s and an error", showStep(a.Step), showBlock(found), err, showBlock(want))
		}
	}
}

// neighbours looks for keys that run into each other: sections and numbers with shared digits, events with ids side by side.
func neighbours(e *env) {
	one, two := e.raw(), e.raw()
	far := one
	far[0] ^= 0x80
	var ids []inventory.BlockID
	for _, event := range []id.Raw{one, two, far} {
		for _, at := range [][2]int{{0, 0}, {0, 1}, {0, 10}, {0, 100}, {1, 0}, {1, 1}, {1, 10}, {11, 0}, {10, 0}, {10, 1}, {0, 15624}, {99, 0}} {
			ids = append(ids, inventory.BlockID{Event: event, Section: at[0], Number: at[1]})
		}
	}
	want := make([]inventory.Block, len(ids))
	for i, b := range ids {
		want[i] = e.step(b, claim(1<<(i%64), inventory.HoldID(i+1), 60, 0).Step)
		if got := want[i].Taken; bits.OnesCount64(got) != 1 {
			e.Errorf("claim of one place in %s: got %d places taken, want 1", b.Key(), bits.OnesCount64(got))
		}
	}
	for i, b := range ids {
		if got := e.block(b); !sameBlock(got, want[i]) {
			e.Errorf("Blocks %s: got %s, want %s", b.Key(), showBlock(got), showBlock(want[i]))
		}
	}
}

// randomSteps does steps of every kind by few buyers on few places, so that they meet, with a present that moves on.
func randomSteps(e *env) {
	r := rand.New(rand.NewPCG(2031, 3))
	event := e.raw()
	var ids [3]inventory.BlockID
	var models [3]inventory.Block
	for i := range ids {
		ids[i] = inventory.BlockID{Event: event, Section: i}
	}
	holds := []inventory.HoldID{ann, bob, 1, ^inventory.HoldID(0)}
	now := int64(0)
	for range e.times(900) {
		now += r.Int64N(8)
		s := inventory.Step{
			Op: randomOp(r), Slots: randomSlots(r), Hold: holds[r.IntN(len(holds))],
			Expires: in(now - 10 + r.Int64N(60)), Now: after(now),
		}
		i := r.IntN(len(ids))
		if s.Op == inventory.OpClose { // a closed block has little left to show: begin another
			_, _ = e.agree(ids[i], &models[i], s)
			if r.IntN(3) == 0 {
				ids[i].Number++
				models[i] = inventory.Block{}
			}
			continue
		}
		if r.IntN(2) == 0 { // own places, so that confirm, extend and release often succeed
			if own := models[i].Own(all, s.Hold); own != 0 {
				s.Slots = own
			}
		}
		_, _ = e.agree(ids[i], &models[i], s)
	}
}

func randomOp(r *rand.Rand) inventory.Op {
	ops := []inventory.Op{
		inventory.OpClaim, inventory.OpClaim, inventory.OpClaim, inventory.OpClaim, inventory.OpClaim,
		inventory.OpConfirm, inventory.OpConfirm, inventory.OpExtend, inventory.OpExtend, inventory.OpRelease, inventory.OpLetGo,
		inventory.OpWithhold, inventory.OpOffer,
	}
	if r.IntN(40) == 0 {
		return inventory.OpClose
	}
	return ops[r.IntN(len(ops))]
}

// randomSlots returns one to four places among ten, some at each end of the block, or now and then all of it.
func randomSlots(r *rand.Rand) uint64 {
	if r.IntN(30) == 0 {
		return all
	}
	var slots uint64
	for range 1 + r.IntN(4) {
		slot := r.IntN(10)
		if slot >= 5 {
			slot += 54
		}
		slots |= 1 << slot
	}
	return slots
}
