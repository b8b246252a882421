package inventory_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/myevents/myevents/shared/inventory"
)

// seatOp is what a client did to one seat of a block; seatResult is whether it was let.
type seatOp struct {
	op   inventory.Op
	slot int
	hold inventory.HoldID
}

// seatModel is a seat as a register: free, held by one, or sold to one. Holds do not lapse in these histories.
var seatModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		bySlot := map[int][]porcupine.Operation{}
		for _, o := range history {
			slot := o.Input.(seatOp).slot
			bySlot[slot] = append(bySlot[slot], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range bySlot {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return inventory.Claim{} },
	Step: func(state, input, output any) (bool, any) {
		s, in, done := state.(inventory.Claim), input.(seatOp), output.(bool)
		mine := s.Hold == in.hold
		switch in.op {
		case inventory.OpClaim:
			if s == (inventory.Claim{}) {
				return done, inventory.Claim{Expires: 1, Hold: in.hold}
			}
			return done == mine, s
		case inventory.OpConfirm:
			if mine && done {
				return true, inventory.Claim{Expires: inventory.Sold, Hold: in.hold}
			}
			return done == mine, s
		case inventory.OpLetGo:
			if mine && s.Expires != inventory.Sold {
				return true, inventory.Claim{}
			}
			return true, s
		case inventory.OpRelease:
			if mine {
				return true, inventory.Claim{}
			}
			return true, s
		default:
			return false, s
		}
	},
}

// history lets clients loose on the seats of one block and writes down who did what when.
func history(m *memory) []porcupine.Operation {
	const clients, turns, seats = 8, 40, 4
	var clock atomic.Int64
	var mu sync.Mutex
	var ops []porcupine.Operation
	block := inventory.BlockID{Event: event}
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			steps := []inventory.Op{inventory.OpClaim, inventory.OpConfirm, inventory.OpLetGo, inventory.OpRelease}
			for turn := range turns {
				in := seatOp{op: steps[(turn+turn/4*client)%len(steps)], slot: (turn/4 + client) % seats, hold: inventory.HoldID(client + 1)}
				call := clock.Add(1)
				_, err := m.Step(context.Background(), block, inventory.Step{
					Op: in.op, Slots: 1 << in.slot, Hold: in.hold,
					Expires: noon.Add(time.Hour).Unix(), Now: noon,
				})
				o := porcupine.Operation{ClientId: client, Input: in, Call: call, Output: err == nil, Return: clock.Add(1)}
				mu.Lock()
				ops = append(ops, o)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return ops
}

func TestStep_HistoriesAreLinearizable(t *testing.T) {
	for round := range 20 {
		if got := porcupine.CheckOperationsTimeout(seatModel, history(newMemory()), 30*time.Second); got != porcupine.Ok {
			t.Fatalf("round %d: got %v, want a history that some order of steps explains", round, got)
		}
	}
}

// The check is worth something only if it notices: with steps that are not alone on their block, it must.
func TestStep_LinearizabilityCheckFindsAPlantedBug(t *testing.T) {
	for range 200 {
		m := newMemory()
		m.racy = true
		if porcupine.CheckOperationsTimeout(seatModel, history(m), 30*time.Second) == porcupine.Illegal {
			return
		}
	}
	t.Error("200 histories of a store that loses updates: got none refused, want at least one")
}

func ExampleBlockID_Key() {
	fmt.Println(inventory.BlockID{Section: 3, Number: 12}.Key())
	// Output: B#000000000000000000000000000312
}
