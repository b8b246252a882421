package storetest

import (
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/myevents/myevents/shared/inventory"
)

// all is every slot of a block.
const all = math.MaxUint64

// Two buyers; ann's id has its highest bit set, for engines whose integers are signed.
const (
	ann inventory.HoldID = 0xF00D_0000_0000_0001
	bob inventory.HoldID = 0x0000_0000_0000_B0B0
)

// act is a step and how it must end: nil, inventory.ErrTaken or inventory.ErrClosed.
type act struct {
	inventory.Step
	want error
}

// refused says that the act must end with an error.
func (a act) refused(want error) act { a.want = want; return a }

// The acts. Expiries and the present are given in seconds after t0.
func claim(slots uint64, h inventory.HoldID, expires int64, now float64) act {
	return act{Step: inventory.Step{Op: inventory.OpClaim, Slots: slots, Hold: h, Expires: in(expires), Now: moment(now)}}
}

func confirm(slots uint64, h inventory.HoldID, seen int64) act {
	return act{Step: inventory.Step{Op: inventory.OpConfirm, Slots: slots, Hold: h, Expires: in(seen), Now: t0}}
}

func extend(slots uint64, h inventory.HoldID, expires int64) act {
	return act{Step: inventory.Step{Op: inventory.OpExtend, Slots: slots, Hold: h, Expires: in(expires), Now: t0}}
}

func release(slots uint64, h inventory.HoldID) act {
	return act{Step: inventory.Step{Op: inventory.OpRelease, Slots: slots, Hold: h, Now: t0}}
}

func letGo(slots uint64, h inventory.HoldID) act {
	return act{Step: inventory.Step{Op: inventory.OpLetGo, Slots: slots, Hold: h, Now: t0}}
}

func shut() act { return act{Step: inventory.Step{Op: inventory.OpClose, Now: t0}} }

func withhold(slots uint64, now float64) act {
	return act{Step: inventory.Step{Op: inventory.OpWithhold, Slots: slots, Now: moment(now)}}
}

func offer(slots uint64) act {
	return act{Step: inventory.Step{Op: inventory.OpOffer, Slots: slots, Now: t0}}
}

func moment(s float64) time.Time { return t0.Add(time.Duration(s * float64(time.Second))) }

// state is what a block shows after a script: who has which slots, which are sold or withheld, and until when ann's lowest
// unsold place is held, in seconds after t0 (0: not looked at).
type state struct {
	ann, bob, sold, withheld uint64
	closed                   bool
	until                    int64
}

// script is acts on one block, and how they leave it.
type script struct {
	name string
	acts []act
	end  state
}

func blockScripts() []script {
	taken, closed := inventory.ErrTaken, inventory.ErrClosed
	return []script{
		{"claim-takes-free-places", []act{claim(0b1011, ann, 60, 0)}, state{ann: 0b1011, until: 60}},
		{"claim-of-a-whole-block-is-one-step", []act{claim(all, ann, 60, 0), confirm(all, ann, 60)}, state{ann: all, sold: all}},
		{
			"claim-of-a-held-place-is-refused-whole",
			[]act{claim(0b0011, ann, 60, 0), claim(0b0110, bob, 60, 0).refused(taken)},
			state{ann: 0b0011},
		},
		{
			"claim-of-a-sold-place-is-refused",
			[]act{claim(1, ann, 60, 0), confirm(1, ann, 60), claim(1, bob, 9e5, 8e5).refused(taken)},
			state{ann: 1, sold: 1},
		},
		{"claim-of-a-withheld-place-is-refused", []act{withhold(1, 0), claim(0b11, ann, 9e5, 8e5).refused(taken)}, state{withheld: 1}},
		{
			"claim-at-the-end-of-grace-is-refused",
			[]act{claim(1, ann, 60, 0), claim(1, bob, 120, 65).refused(taken)},
			state{ann: 1, until: 60},
		},
		{
			"claim-within-the-last-second-of-grace-is-refused",
			[]act{claim(1, ann, 60, 0), claim(1, bob, 120, 65.999).refused(taken)},
			state{ann: 1, until: 60},
		},
		{"claim-after-grace-takes-a-lapsed-place", []act{claim(1, ann, 60, 0), claim(1, bob, 120, 66)}, state{bob: 1}},
		{"claim-of-one-lapsed-and-one-live-place-is-refused-whole", []act{
			claim(1, ann, 60, 0), claim(2, ann, 90, 0),
			claim(0b11, bob, 120, 66).refused(taken),
		}, state{ann: 0b11, until: 60}},
		{"claim-of-absent-and-lapsed-places-together", []act{claim(1, ann, 60, 0), claim(0b11, bob, 120, 66)}, state{bob: 0b11}},
		{"claim-goes-on-where-part-is-mine", []act{claim(0b01, ann, 60, 0), claim(0b11, ann, 90, 0)}, state{ann: 0b11, until: 90}},
		{"claim-of-mine-and-anothers-is-refused", []act{
			claim(0b01, ann, 60, 0), claim(0b10, bob, 60, 0),
			claim(0b11, ann, 90, 0).refused(taken),
		}, state{ann: 0b01, bob: 0b10, until: 60}},
		{
			"claim-again-with-an-earlier-expiry-keeps-the-later",
			[]act{claim(1, ann, 60, 0), claim(1, ann, 30, 0)},
			state{ann: 1, until: 60},
		},
		{
			"claim-of-my-lapsed-places-revives-them",
			[]act{claim(0b11, ann, 60, 0), claim(0b11, ann, 300, 200)},
			state{ann: 0b11, until: 300},
		},
		{
			"claim-of-my-sold-places-leaves-them-sold",
			[]act{claim(1, ann, 60, 0), confirm(1, ann, 60), claim(1, ann, 90, 0)},
			state{ann: 1, sold: 1},
		},
		{
			"claim-beside-my-sold-place-leaves-it-sold",
			[]act{claim(1, ann, 60, 0), confirm(1, ann, 60), claim(0b11, ann, 90, 0)},
			state{ann: 0b11, sold: 1, until: 90},
		},
		{"claim-on-a-closed-block-is-refused", []act{shut(), claim(1, ann, 60, 0).refused(closed)}, state{closed: true}},
		{
			"claim-repeated-after-the-close-succeeds",
			[]act{claim(1, ann, 60, 0), shut(), claim(1, ann, 90, 0)},
			state{ann: 1, closed: true, until: 60},
		},
		{
			"claim-of-more-after-the-close-is-refused",
			[]act{claim(1, ann, 60, 0), shut(), claim(0b11, ann, 90, 0).refused(closed)},
			state{ann: 1, closed: true, until: 60},
		},

		{"confirm-sells-held-places", []act{claim(0b11, ann, 60, 0), confirm(0b11, ann, 60)}, state{ann: 0b11, sold: 0b11}},
		{
			"confirm-of-part-leaves-the-rest-held",
			[]act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60)},
			state{ann: 0b11, sold: 0b01, until: 60},
		},
		{"confirm-needs-no-right-hint", []act{claim(0b11, ann, 60, 0), confirm(0b11, ann, 17)}, state{ann: 0b11, sold: 0b11}},
		{
			"confirm-of-places-of-unequal-expiry",
			[]act{claim(0b01, ann, 60, 0), claim(0b10, ann, 90, 0), confirm(0b11, ann, 60)},
			state{ann: 0b11, sold: 0b11},
		},
		{
			"confirm-of-an-extended-hold",
			[]act{claim(0b11, ann, 60, 0), extend(0b11, ann, 90), confirm(0b11, ann, 60)},
			state{ann: 0b11, sold: 0b11},
		},
		{
			"confirm-of-a-partly-sold-group-sells-the-rest",
			[]act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), confirm(0b11, ann, 60)},
			state{ann: 0b11, sold: 0b11},
		},
		{
			"confirm-of-a-lapsed-untaken-hold-succeeds",
			[]act{claim(0b11, ann, -900, -960), confirm(0b11, ann, -900)},
			state{ann: 0b11, sold: 0b11},
		},
		{"confirm-of-a-retaken-hold-is-refused", []act{
			claim(0b11, ann, 60, 0), claim(0b10, bob, 120, 66),
			confirm(0b11, ann, 60).refused(taken),
		}, state{ann: 0b01, bob: 0b10, until: 60}},
		{"confirm-of-a-free-place-is-refused", []act{confirm(1, ann, 60).refused(taken)}, state{}},
		{
			"confirm-of-mine-and-a-free-place-is-refused-whole",
			[]act{claim(1, ann, 60, 0), confirm(0b11, ann, 60).refused(taken)},
			state{ann: 1, until: 60},
		},
		{
			"confirm-of-anothers-place-is-refused",
			[]act{claim(1, ann, 60, 0), confirm(1, bob, 60).refused(taken)},
			state{ann: 1, until: 60},
		},
		{
			"confirm-of-anothers-sold-place-is-refused",
			[]act{claim(1, ann, 60, 0), confirm(1, ann, 60), confirm(1, bob, 60).refused(taken)},
			state{ann: 1, sold: 1},
		},
		{"confirm-after-a-release-is-refused", []act{claim(1, ann, 60, 0), release(1, ann), confirm(1, ann, 60).refused(taken)}, state{}},
		{
			"confirm-on-a-closed-block-is-refused",
			[]act{claim(0b11, ann, 60, 0), shut(), confirm(0b11, ann, 60).refused(closed)},
			state{ann: 0b11, closed: true, until: 60},
		},
		{
			"confirm-repeated-after-the-close-succeeds",
			[]act{claim(0b11, ann, 60, 0), confirm(0b11, ann, 60), shut(), confirm(0b11, ann, 60)},
			state{ann: 0b11, sold: 0b11, closed: true},
		},
		{"confirm-of-the-rest-after-the-close-is-refused", []act{
			claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), shut(),
			confirm(0b11, ann, 60).refused(closed),
		}, state{ann: 0b11, sold: 0b01, closed: true, until: 60}},
		{"confirm-of-anothers-place-on-a-closed-block-shows-it-taken", []act{
			claim(1, bob, 60, 0), shut(),
			confirm(1, ann, 60).refused(taken),
		}, state{bob: 1, closed: true}},

		{"extend-moves-the-expiry-on", []act{claim(0b11, ann, 60, 0), extend(0b11, ann, 90)}, state{ann: 0b11, until: 90}},
		{"extend-never-moves-an-expiry-back", []act{claim(0b11, ann, 60, 0), extend(0b11, ann, 30)}, state{ann: 0b11, until: 60}},
		{"extend-of-unequal-expiries-raises-only-the-earlier", []act{
			claim(0b01, ann, 60, 0), claim(0b10, ann, 120, 0), extend(0b11, ann, 90),
			claim(0b10, bob, 300, 120).refused(taken),
		}, state{ann: 0b11, until: 90}},
		{"extend-of-part-leaves-the-rest", []act{claim(0b11, ann, 60, 0), extend(0b10, ann, 90)}, state{ann: 0b11, until: 60}},
		{"extend-of-a-lapsed-untaken-hold-succeeds", []act{claim(1, ann, -900, -960), extend(1, ann, 90)}, state{ann: 1, until: 90}},
		{
			"extend-of-a-retaken-hold-is-refused",
			[]act{claim(1, ann, 60, 0), claim(1, bob, 120, 66), extend(1, ann, 180).refused(taken)},
			state{bob: 1},
		},
		{
			"extend-of-mine-and-a-free-place-is-refused-whole",
			[]act{claim(1, ann, 60, 0), extend(0b11, ann, 90).refused(taken)},
			state{ann: 1, until: 60},
		},
		{
			"extend-leaves-a-sold-place-sold",
			[]act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), extend(0b11, ann, 90)},
			state{ann: 0b11, sold: 0b01, until: 90},
		},
		{
			"extend-on-a-closed-block-is-refused",
			[]act{claim(1, ann, 60, 0), shut(), extend(1, ann, 90).refused(closed)},
			state{ann: 1, closed: true, until: 60},
		},
		{
			"extended-place-outlives-its-first-expiry",
			[]act{claim(1, ann, 60, 0), extend(1, ann, 90), claim(1, bob, 200, 95).refused(taken)},
			state{ann: 1, until: 90},
		},

		{
			"release-frees-held-places",
			[]act{claim(0b11, ann, 60, 0), release(0b01, ann), claim(0b01, bob, 60, 0)},
			state{ann: 0b10, bob: 0b01, until: 60},
		},
		{
			"release-frees-sold-places",
			[]act{claim(0b11, ann, 60, 0), confirm(0b11, ann, 60), release(0b10, ann)},
			state{ann: 0b01, sold: 0b01},
		},
		{"release-leaves-anothers-places", []act{claim(0b01, ann, 60, 0), claim(0b10, bob, 60, 0), release(all, ann)}, state{bob: 0b10}},
		{"release-leaves-a-retaken-place", []act{claim(0b11, ann, 60, 0), claim(0b01, bob, 120, 66), release(0b11, ann)}, state{bob: 0b01}},
		{"release-of-a-lapsed-place-removes-it", []act{claim(1, ann, -900, -960), release(1, ann)}, state{}},
		{"release-of-a-free-place-succeeds", []act{release(all, ann)}, state{}},
		{
			"release-on-a-closed-block-succeeds",
			[]act{claim(0b11, ann, 60, 0), confirm(0b11, ann, 60), shut(), release(0b11, ann)},
			state{closed: true},
		},
		{"release-by-the-house-leaves-withheld-places", []act{withhold(0b11, 0), release(0b11, 0)}, state{withheld: 0b11}},

		{
			"let-go-frees-held-places",
			[]act{claim(0b11, ann, 60, 0), letGo(0b01, ann), claim(0b01, bob, 60, 0)},
			state{ann: 0b10, bob: 0b01, until: 60},
		},
		{"let-go-leaves-sold-places", []act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), letGo(0b11, ann)}, state{ann: 0b01, sold: 0b01}},
		{"let-go-leaves-anothers-places", []act{claim(0b01, ann, 60, 0), claim(0b10, bob, 60, 0), letGo(all, ann)}, state{bob: 0b10}},
		{"let-go-of-a-lapsed-place-removes-it", []act{claim(1, ann, -900, -960), letGo(1, ann), confirm(1, ann, -900).refused(taken)}, state{}},
		{"let-go-of-a-free-place-succeeds", []act{letGo(all, ann)}, state{}},
		{
			"let-go-on-a-closed-block-succeeds",
			[]act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), shut(), letGo(0b11, ann)},
			state{ann: 0b01, sold: 0b01, closed: true},
		},
		{"let-go-by-the-house-leaves-withheld-places", []act{withhold(0b11, 0), letGo(0b11, 0)}, state{withheld: 0b11}},

		{
			"close-keeps-what-is-held-and-sold",
			[]act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), withhold(0b100, 0), shut()},
			state{ann: 0b11, sold: 0b01, withheld: 0b100, closed: true, until: 60},
		},
		{
			"close-of-an-absent-block-fences-it",
			[]act{shut(), claim(all, ann, 60, 0).refused(closed), confirm(1, ann, 60).refused(taken)},
			state{closed: true},
		},
		{"close-is-for-good", []act{shut(), release(all, ann), offer(all), claim(1, ann, 60, 0).refused(closed)}, state{closed: true}},

		{"withhold-takes-only-free-places", []act{
			claim(0b001, ann, 60, 0), claim(0b010, bob, 60, 0), confirm(0b010, bob, 60),
			withhold(0b111, 0),
		}, state{ann: 0b001, bob: 0b010, sold: 0b010, withheld: 0b100, until: 60}},
		{"withhold-leaves-a-hold-in-its-grace", []act{claim(1, ann, 60, 0), withhold(0b11, 65)}, state{ann: 1, withheld: 0b10, until: 60}},
		{
			"withhold-takes-a-lapsed-place",
			[]act{claim(1, ann, 60, 0), withhold(1, 66), confirm(1, ann, 60).refused(taken)},
			state{withheld: 1},
		},
		{"withhold-of-nothing-free-succeeds", []act{claim(all, ann, 60, 0), withhold(all, 0)}, state{ann: all, until: 60}},
		{"withhold-on-a-closed-block-succeeds", []act{shut(), withhold(0b11, 0)}, state{withheld: 0b11, closed: true}},
		{
			"offer-gives-withheld-places-back",
			[]act{withhold(0b111, 0), offer(0b011), claim(0b011, ann, 60, 0)},
			state{ann: 0b011, withheld: 0b100, until: 60},
		},
		{
			"offer-leaves-held-and-sold-places",
			[]act{claim(0b11, ann, 60, 0), confirm(0b01, ann, 60), withhold(0b100, 0), offer(all)},
			state{ann: 0b11, sold: 0b01, until: 60},
		},
		{"offer-of-a-free-place-succeeds", []act{offer(all)}, state{}},
	}
}

func blockFacts() []fact {
	facts := make([]fact, 0, 80)
	for _, s := range blockScripts() {
		facts = append(facts, fact{name: s.name, needs: block, test: func(e *env) { e.play(s) }})
	}
	return append(facts,
		fact{name: "every-step-repeated-changes-nothing", test: repeatEveryStep},
		fact{name: "blocks-change-as-the-model-says", test: randomSteps},
		fact{name: "steps-on-one-block-leave-its-neighbours", test: neighbours},
	)
}

// play does a script's acts on a fresh block, each against Step.Apply, and looks at the end.
func (e *env) play(s script) {
	e.Helper()
	b := inventory.BlockID{Event: e.raw(), Section: 7, Number: 12}
	var model inventory.Block
	for _, a := range s.acts {
		if _, err := e.agree(b, &model, a.Step); !errors.Is(err, a.want) || (err == nil) != (a.want == nil) {
			e.Fatalf("Step %s: got %v, want %v", showStep(a.Step), err, a.want)
		}
	}
	found := e.block(b)
	got := state{
		ann: found.Own(all, ann), bob: found.Own(all, bob), sold: found.With(all, inventory.Sold),
		withheld: found.With(all, inventory.Withheld), closed: found.Closed,
	}
	if s.end.until != 0 {
		for i, c := range found.Claims {
			if got.ann&^got.sold&(1<<i) != 0 {
				got.until = c.Expires - t0.Unix()
				break
			}
		}
	}
	if got != s.end {
		e.Errorf("block after the steps: got %+v, want %+v", got, s.end)
	}
}

// agree does a step in the store and in the model, and reports where error, returned block or stored block differ. It
// returns the store's answer.
func (e *env) agree(b inventory.BlockID, model *inventory.Block, s inventory.Step) (inventory.Block, error) {
	e.Helper()
	_, want := s.Apply(model)
	found, err := e.do(b, s)
	switch {
	case want == nil && err != nil, want != nil && !errors.Is(err, want):
		e.Fatalf("Step %s on %s: got error %v, want %v", showStep(s), showBlock(*model), err, want)
	case !sameBlock(found, *model):
		e.Fatalf("Step %s: got block %s, want %s", showStep(s), showBlock(found), showBlock(*model))
	}
	if stored := e.block(b); !sameBlock(stored, *model) {
		e.Fatalf("Blocks after step %s (%v): got %s, want %s", showStep(s), err, showBlock(stored), showBlock(*model))
	}
	return found, err
}

// repeatEveryStep plays every script with every step done twice, as by a caller whose first reply was lost.
func repeatEveryStep(e *env) {
	for _, s := range blockScripts() {
		b := inventory.BlockID{Event: e.raw()}
		var model inventory.Block
		for _, a := range s.acts {
			first, err := e.agree(b, &model, a.Step)
			again, errAgain := e.agree(b, &model, a.Step)
			if fmt.Sprint(err) != fmt.Sprint(errAgain) || !sameBlock(first, again) {
				e.Errorf("%s: Step %s repeated: got %s, %v, want %s, %v", s.name, showStep(a.Step), showBlock(again), errAgain,
					showBlock(first), err)
			}
		}
	}
}
