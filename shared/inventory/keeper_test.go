package inventory_test

import (
	"context"
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
)

// memory is a store in memory: what the port says, and nothing else. racy leaves out that a step is alone on its block.
type memory struct {
	mu     sync.Mutex
	racy   bool
	blocks map[inventory.BlockID]inventory.Block
	steps  int
}

func newMemory() *memory { return &memory{blocks: map[inventory.BlockID]inventory.Block{}} }

func (m *memory) Step(_ context.Context, b inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	m.mu.Lock()
	block := m.blocks[b]
	if m.racy {
		m.mu.Unlock()
		runtime.Gosched() // lets another step in between: the planted bug
		m.mu.Lock()
	}
	defer m.mu.Unlock()
	_, err := s.Apply(&block)
	m.blocks[b] = block
	m.steps++
	return block, err
}

func (m *memory) Blocks(_ context.Context, ids []inventory.BlockID, _ bool, yield func(int, *inventory.Block)) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i, b := range ids {
		if block, ok := m.blocks[b]; ok {
			yield(i, &block)
		}
	}
	return nil
}

func (m *memory) Snapshot(context.Context, id.Raw) (inventory.Snapshot, error) {
	return inventory.Snapshot{}, nil
}

func (m *memory) PutSnapshot(context.Context, inventory.Snapshot, time.Time, ...outbox.Message) error {
	return nil
}

var noon = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)

func at(t time.Time) func() time.Time { return func() time.Time { return t } }

func stalls(rows, seats int) *inventory.Plan {
	s := inventory.Section{ID: "stalls", Kind: inventory.Seated}
	for r := range rows {
		s.Rows = append(s.Rows, inventory.Row{Label: fmt.Sprint(r + 1), Seats: seats})
	}
	return inventory.Cut(inventory.Layout{Event: event, Sections: []inventory.Section{s}})
}

func floorOf(capacity int) *inventory.Plan {
	return inventory.Cut(inventory.Layout{Event: event, Sections: []inventory.Section{{ID: "floor", Kind: inventory.Standing, Capacity: capacity}}})
}

func want(n int) inventory.Want { return inventory.Want{Sections: []int{0}, N: n} }

func TestKeeper_ClaimBest_SitsTogether(t *testing.T) {
	p := stalls(20, 14)
	k := inventory.NewKeeper(newMemory(), at(noon))
	for i := range 60 {
		n := 1 + i%4
		groups, err := k.ClaimBest(t.Context(), p, inventory.HoldID(i+1), noon.Add(time.Minute), want(n))
		if err != nil {
			t.Fatalf("ClaimBest(%d): got %v, want places", n, err)
		}
		if len(groups) != 1 || bits.OnesCount64(groups[0].Slots) != n {
			t.Fatalf("ClaimBest(%d): got %v, want one group of %d", n, groups, n)
		}
		seats := p.SeatsOf(groups[0].Block, groups[0].Slots)
		for j, s := range seats {
			if s.Row != seats[0].Row || s.First != seats[0].First+j {
				t.Errorf("ClaimBest(%d): got %v, want neighbours in one row", n, seats)
			}
		}
	}
}

func TestKeeper_ClaimBest_LeavesNoSingleSeatWhereItCan(t *testing.T) {
	p := stalls(1, 10)
	for h := range 200 {
		k := inventory.NewKeeper(newMemory(), at(noon))
		groups, err := k.ClaimBest(t.Context(), p, inventory.HoldID(h+1), noon.Add(time.Minute), want(3))
		if err != nil {
			t.Fatal(err)
		}
		if s := groups[0].Slots; s != 0b111 && s != 0b1110000000 {
			t.Errorf("ClaimBest(3) of an empty row: got %b, want an end of it", s)
		}
	}
	m := newMemory()
	k := inventory.NewKeeper(m, at(noon))
	other := []inventory.Group{{Block: p.Block(0, 0), Slots: 0b0000110000}} // gaps of 4 on both sides
	if err := k.ClaimNamed(t.Context(), 99, noon.Add(time.Minute), other); err != nil {
		t.Fatal(err)
	}
	if err := k.ClaimNamed(t.Context(), 98, noon.Add(time.Minute), []inventory.Group{{Block: p.Block(0, 0), Slots: 0b1000000000}}); err != nil {
		t.Fatal(err)
	}
	groups, err := k.ClaimBest(t.Context(), p, 7, noon.Add(time.Minute), want(3))
	if err != nil || groups[0].Slots != 0b0111000000 {
		t.Errorf("ClaimBest(3) with gaps of 4 and 3: got %b and %v, want the gap of 3", groups[0].Slots, err)
	}
}

func TestKeeper_ClaimBest_AccessibleSeatsGoLast(t *testing.T) {
	p := inventory.Cut(inventory.Layout{Event: event, Sections: []inventory.Section{{
		ID: "s", Kind: inventory.Seated,
		Rows: []inventory.Row{{Label: "A", Seats: 6, Accessible: []int{1, 2}}},
	}}})
	k := inventory.NewKeeper(newMemory(), at(noon))
	for i, wanted := range []uint64{0b111100, 0b11} {
		groups, err := k.ClaimBest(t.Context(), p, inventory.HoldID(i+1), noon.Add(time.Minute), want(bits.OnesCount64(wanted)))
		if err != nil || groups[0].Slots != wanted {
			t.Errorf("ClaimBest: got %v and %v, want %b", groups, err, wanted)
		}
	}
}

func TestKeeper_ClaimBest_Refusals(t *testing.T) {
	p := stalls(2, 4) // one block of two rows
	held := inventory.Group{Block: p.Block(0, 0), Slots: 0b0110_0110}
	for _, tc := range []struct {
		name string
		n    int
		sell bool
		want error
	}{
		{"not-together", 2, false, inventory.ErrNotTogether},
		{"all-held", 5, false, inventory.ErrAllHeld},
		{"sold-out", 5, true, inventory.ErrSoldOut},
		{"more-than-there-are", 9, false, inventory.ErrSoldOut},
	} {
		t.Run(tc.name, func(t *testing.T) {
			k := inventory.NewKeeper(newMemory(), at(noon))
			until := noon.Add(time.Minute)
			if err := k.ClaimNamed(t.Context(), 1, until, []inventory.Group{held}); err != nil {
				t.Fatal(err)
			}
			if tc.sell {
				if err := k.Confirm(t.Context(), 1, until, []inventory.Group{held}); err != nil {
					t.Fatal(err)
				}
			}
			_, err := k.ClaimBest(t.Context(), p, 2, until, want(tc.n))
			if !errors.Is(err, tc.want) {
				t.Errorf("ClaimBest(%d): got %v, want %v", tc.n, err, tc.want)
			}
		})
	}
}

func TestKeeper_ClaimBest_ClosedIsClosed(t *testing.T) {
	p := floorOf(200)
	k := inventory.NewKeeper(newMemory(), at(noon))
	if err := k.Close(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	if _, err := k.ClaimBest(t.Context(), p, 1, noon.Add(time.Minute), want(1)); !errors.Is(err, inventory.ErrClosed) {
		t.Errorf("ClaimBest: got %v, want closed", err)
	}
}

func TestKeeper_ClaimBest_RepeatFindsTheFirst(t *testing.T) {
	p := floorOf(100_000)
	k := inventory.NewKeeper(newMemory(), at(noon))
	first, err := k.ClaimBest(t.Context(), p, 42, noon.Add(time.Minute), want(4))
	if err != nil {
		t.Fatal(err)
	}
	again, err := k.ClaimBest(t.Context(), p, 42, noon.Add(time.Minute), want(4))
	if err != nil || fmt.Sprint(again) != fmt.Sprint(first) {
		t.Errorf("ClaimBest again: got %v and %v, want %v", again, err, first)
	}
	if _, err := k.ClaimBest(t.Context(), p, 42, noon.Add(time.Minute), want(3)); !errors.Is(err, inventory.ErrOtherRequest) {
		t.Errorf("ClaimBest of another number: got %v, want a mismatch", err)
	}
}

func TestKeeper_SellsOutExactly(t *testing.T) {
	for _, tc := range []struct {
		name  string
		plan  *inventory.Plan
		sizes []int
	}{
		{"standing", floorOf(500), []int{1, 2, 3, 4}},
		{"standing-large-groups", floorOf(500), []int{40, 64, 7}},
		{"seated", stalls(50, 10), []int{1, 2, 3, 4}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var ticks, holds atomic.Int64 // time passes with every look at the clock, so that shared views grow old
			k := inventory.NewKeeper(newMemory(), func() time.Time { return noon.Add(time.Duration(ticks.Add(1)) * time.Millisecond) })
			var mu sync.Mutex
			sold := map[string]inventory.HoldID{}
			var wg sync.WaitGroup
			for g := range 64 {
				wg.Go(func() {
					for turn, n := 0, tc.sizes[g%len(tc.sizes)]; n > 0; turn++ {
						if turn == 100_000 {
							t.Error("a buyer: got refused 100,000 times, want sold out")
							return
						}
						h := inventory.HoldID(holds.Add(1))
						until := noon.Add(1000 * time.Hour)
						groups, err := k.ClaimBest(context.Background(), tc.plan, h, until, want(n))
						switch {
						case errors.Is(err, inventory.ErrAllHeld):
							continue
						case err != nil:
							n--
							continue
						}
						if err := k.Confirm(context.Background(), h, until, groups); err != nil {
							t.Errorf("Confirm: got %v, want nil", err)
						}
						mu.Lock()
						for _, group := range groups {
							for slot := range inventory.BlockSize {
								if group.Slots&(1<<slot) == 0 {
									continue
								}
								key := fmt.Sprint(group.Block.Key(), "/", slot)
								if other, twice := sold[key]; twice {
									t.Errorf("%s: sold to %v and %v", key, other, h)
								}
								sold[key] = h
							}
						}
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			if len(sold) != 500 {
				t.Errorf("sold: got %d, want exactly 500", len(sold))
			}
		})
	}
}

func TestKeeper_ClaimBest_CostsOneWriteWhateverTheSize(t *testing.T) {
	for _, capacity := range []int{1_000, 1_000_000} {
		m := newMemory()
		k := inventory.NewKeeper(m, at(noon))
		p := floorOf(capacity)
		for h := range 10 {
			if _, err := k.ClaimBest(t.Context(), p, inventory.HoldID(h+1), noon.Add(time.Minute), want(8)); err != nil {
				t.Fatal(err)
			}
		}
		if m.steps != 10 {
			t.Errorf("10 claims of 8 of %d places: got %d block writes, want 10", capacity, m.steps)
		}
	}
}

// throttled is a store of which some blocks take nothing for the moment.
type throttled struct {
	*memory
	busy   func(b inventory.BlockID) bool
	waited int // steps that did not yield and so had to wait
}

func (s *throttled) Step(ctx context.Context, b inventory.BlockID, step inventory.Step) (inventory.Block, error) {
	if s.busy(b) {
		if step.Yield {
			return inventory.Block{}, inventory.ErrBusy
		}
		s.waited++
	}
	return s.memory.Step(ctx, b, step)
}

func TestKeeper_ClaimBest_LeavesThrottledBlocks(t *testing.T) {
	for _, tc := range []struct {
		name   string
		busy   func(b inventory.BlockID) bool
		waited int // claims of 40 that wait
	}{
		{"every-other", func(b inventory.BlockID) bool { return b.Number%2 == 0 }, 0},
		{"none", func(inventory.BlockID) bool { return false }, 0},
		{"all", func(inventory.BlockID) bool { return true }, 40},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := &throttled{memory: newMemory(), busy: tc.busy}
			k, p := inventory.NewKeeper(m, at(noon)), floorOf(64*40)
			for i := range 40 {
				h := inventory.HoldID(i + 1)
				got, err := k.ClaimBest(t.Context(), p, h, noon.Add(time.Minute), want(2))
				if err != nil || inventory.Size(got) != 2 {
					t.Fatalf("ClaimBest: got %v and %v, want two places", got, err)
				}
			}
			// With half of the blocks throttled, six probes in a row hit such ones for one hold in 64.
			if tc.waited == 0 && m.waited > 3 || m.waited > tc.waited+3 || m.waited < tc.waited {
				t.Errorf("claims that waited: got %d, want %d", m.waited, tc.waited)
			}
		})
	}
}

// away is a store that answers no step: that says nothing of other blocks, nor that this one is busy.
type away struct{ *memory }

func (away) Step(context.Context, inventory.BlockID, inventory.Step) (inventory.Block, error) {
	return inventory.Block{}, fault.New(fault.Unavailable, "", "not now")
}

func TestKeeper_ClaimBest_FailsWithItsStore(t *testing.T) {
	k, p := inventory.NewKeeper(away{newMemory()}, at(noon)), floorOf(100)
	if _, err := k.ClaimBest(t.Context(), p, 1, noon.Add(time.Minute), want(1)); !fault.Is(err, fault.Unavailable) {
		t.Errorf("ClaimBest: got %v, want unavailable", err)
	}
}
