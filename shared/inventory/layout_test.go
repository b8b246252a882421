package inventory_test

import (
	"bytes"
	"fmt"
	"math/bits"
	"testing"

	"pgregory.net/rapid"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

var event = func() id.Raw { raw, _ := id.Parse(id.Event, id.Derived(id.Event, "test")); return raw }()

func drawLayout(t *rapid.T) inventory.Layout {
	l := inventory.Layout{Event: event}
	for s := range rapid.IntRange(1, 4).Draw(t, "sections") {
		section := inventory.Section{ID: fmt.Sprint("s", s), Kind: inventory.Standing, Capacity: rapid.IntRange(1, 300).Draw(t, "capacity")}
		if rapid.Bool().Draw(t, "seated") {
			section.Kind, section.Capacity = inventory.Seated, 0
			for r := range rapid.IntRange(1, 12).Draw(t, "rows") {
				section.Rows = append(section.Rows, inventory.Row{Label: fmt.Sprint("r", r), Seats: rapid.IntRange(1, 150).Draw(t, "seats")})
			}
		}
		l.Sections = append(l.Sections, section)
	}
	return l
}

type spot struct {
	block inventory.BlockID
	slot  int
}

// spots finds every place of a layout and where it is kept.
func spots(t *rapid.T, l inventory.Layout, p *inventory.Plan) map[inventory.Place]spot {
	found := map[inventory.Place]spot{}
	look := func(place inventory.Place) {
		block, slot, ok := p.Find(place.Section, place.Row, place.Number)
		if !ok {
			t.Fatalf("Find(%v): got nothing, want a slot", place)
		}
		found[place] = spot{block, slot}
		if back, ok := p.Place(block, slot); !ok || back != place {
			t.Fatalf("Place(Find(%v)): got %v, want the same", place, back)
		}
	}
	for s, section := range l.Sections {
		for n := range section.Capacity {
			look(inventory.Place{Section: s, Number: n + 1})
		}
		for _, row := range section.Rows {
			for n := range row.Seats {
				look(inventory.Place{Section: s, Row: row.Label, Number: n + 1})
			}
		}
	}
	return found
}

func TestCut_EveryPlaceHasASlotOfItsOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		p := inventory.Cut(l)
		all := spots(t, l, p)
		used := map[spot]bool{}
		for _, s := range all {
			if used[s] {
				t.Fatalf("slot %v: got two places, want one", s)
			}
			used[s] = true
		}
		slots := 0
		for _, b := range p.AllBlocks() {
			slots += bits.OnesCount64(p.Slots(b))
		}
		if slots != len(all) || p.Total() != len(all) {
			t.Fatalf("slots and Total: got %d and %d, want %d", slots, p.Total(), len(all))
		}
		for place, s := range all {
			row := l.Sections[place.Section].Rows
			for _, r := range row {
				if r.Label == place.Row && r.Seats <= inventory.BlockSize && s.block != all[inventory.Place{Section: place.Section, Row: r.Label, Number: 1}].block {
					t.Fatalf("row %s of %d seats: got it split over blocks, want it whole", r.Label, r.Seats)
				}
			}
		}
	})
}

func TestCut_GrowthMovesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := drawLayout(t)
		before := spots(t, l, inventory.Cut(l))
		grown := inventory.Layout{Event: l.Event, Sections: append([]inventory.Section{}, l.Sections...)}
		for i := range grown.Sections {
			s := &grown.Sections[i]
			if s.Kind == inventory.Standing {
				s.Capacity += rapid.IntRange(0, 200).Draw(t, "more")
				continue
			}
			s.Rows = append(append([]inventory.Row{}, s.Rows...), inventory.Row{Label: "new", Seats: rapid.IntRange(1, 150).Draw(t, "seats")})
		}
		grown.Sections = append(grown.Sections, inventory.Section{ID: "new", Kind: inventory.Standing, Capacity: 10})
		after := spots(t, grown, inventory.Cut(grown))
		for place, s := range before {
			if after[place] != s {
				t.Fatalf("%v: got moved from %v to %v, want it to stay", place, s, after[place])
			}
		}
	})
}

func TestPlan_Find_RefusesWhatIsNotThere(t *testing.T) {
	p := inventory.Cut(inventory.Layout{Event: event, Sections: []inventory.Section{
		{ID: "a", Kind: inventory.Seated, Rows: []inventory.Row{{Label: "A", Seats: 10}}}, {ID: "b", Kind: inventory.Standing, Capacity: 70},
	}})
	for _, tc := range []struct {
		section int
		row     string
		number  int
	}{{0, "A", 0}, {0, "A", 11}, {0, "B", 1}, {0, "", 1}, {1, "", 0}, {1, "", 71}, {1, "A", 1}, {2, "A", 1}, {-1, "A", 1}, {0, "A", -5}} {
		if b, slot, ok := p.Find(tc.section, tc.row, tc.number); ok {
			t.Errorf("Find(%d, %q, %d): got %v %d, want nothing", tc.section, tc.row, tc.number, b, slot)
		}
	}
}

func TestBlockID_Key(t *testing.T) {
	key := inventory.BlockID{Event: event, Section: 7, Number: 1562}.Key()
	if want := "B#" + event.With("") + "071562"; key != want {
		t.Errorf("Key: got %s, want %s", key, want)
	}
}

func TestBlock_Binary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := inventory.Block{Closed: rapid.Bool().Draw(t, "closed"), Taken: rapid.Uint64().Draw(t, "taken")}
		for i := range inventory.BlockSize {
			if b.Taken&(1<<i) != 0 {
				b.Claims[i] = inventory.Claim{Expires: rapid.Int64Range(0, inventory.Sold).Draw(t, "expires"), Hold: inventory.HoldID(rapid.Uint64().Draw(t, "hold"))}
			}
		}
		text, err := b.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(text) > 9+13*inventory.BlockSize {
			t.Fatalf("AppendBinary: got %d bytes, want at most 841", len(text))
		}
		var got inventory.Block
		if err := got.UnmarshalBinary(text); err != nil || got != b {
			t.Fatalf("UnmarshalBinary: got %v, want the block back", err)
		}
		if len(text) > 0 && got.UnmarshalBinary(text[:len(text)-1]) == nil {
			t.Fatal("UnmarshalBinary of a cut block: got nil, want an error")
		}
	})
}

func FuzzBlock_UnmarshalBinary(f *testing.F) {
	f.Add([]byte{0, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Add([]byte{1, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255, 255, 1, 2, 3, 4, 5, 6, 7, 8})
	f.Fuzz(func(t *testing.T, v []byte) {
		var b inventory.Block
		if b.UnmarshalBinary(v) != nil {
			return
		}
		again, err := b.AppendBinary(nil)
		if err != nil || !bytes.Equal(again, v) {
			t.Errorf("AppendBinary(UnmarshalBinary(%x)): got %x, want the same", v, again)
		}
	})
}
