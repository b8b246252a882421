// Package inventory keeps who has which place of an event. Places are cut into blocks of up to 64, each of which one
// conditional write changes, so that it never oversells, sells out exactly, and needs no lock, no sweeper and no
// transaction over several items. It knows nothing of prices, users or payment: only events, places and hold ids.
package inventory

import (
	"slices"

	"github.com/myevents/myevents/shared/id"
)

// The kinds of section.
const (
	Seated   = "seated"
	Standing = "standing"
)

// MaxSections is how many sections a layout may have: a block key has two digits for them.
const MaxSections = 100

// Layout is the frozen shape of an event's hall. It only ever grows, and only by appending: a place keeps its block and
// slot for good.
type Layout struct {
	Event    id.Raw
	Sections []Section
}

// Section is a part of a layout: Rows of numbered seats, or a standing Capacity.
type Section struct {
	ID       string
	Name     string
	Kind     string
	Rows     []Row
	Capacity int
}

// Row is a row of seats numbered 1 to Seats.
type Row struct {
	Label      string
	Seats      int
	Accessible []int
}

// Span is a run of seats of one row inside a block: slots From to From+Len-1 are the seats First to First+Len-1 of the
// row. A standing block is one span with Row -1.
type Span struct {
	Row, First int
	From, Len  int
}

// Place is one seat or standing slot, as people know it.
type Place struct {
	Section int
	Row     string // empty when standing
	Number  int    // of the seat in its row, or of the standing place, from 1
}

// Plan is a layout cut into blocks. It is immutable and safe for concurrent use.
type Plan struct {
	Layout   Layout
	sections []sectionPlan
}

type sectionPlan struct {
	blocks []blockPlan    // of rows; standing places need no list, since all their blocks are alike
	rows   map[string]int // label → index; nil when standing
	places int
	starts []rowStart     // of each row
	gone   map[int]uint64 // by block: the slots that are offered no more
}

// count is how many blocks the section has.
func (s *sectionPlan) count() int {
	if s.rows == nil {
		return (s.places + BlockSize - 1) / BlockSize
	}
	return len(s.blocks)
}

// block returns the nth block.
func (s *sectionPlan) block(n int) blockPlan {
	if s.rows == nil {
		return blockPlan{slots: low(min(BlockSize, s.places-n*BlockSize))}
	}
	return s.blocks[n]
}

type rowStart struct{ block, slot int }

type blockPlan struct {
	slots      uint64
	accessible uint64 // the seats kept for wheelchairs
	spans      []Span // nil for standing
}

// Cut cuts a layout into blocks: rows in order, as many as fit; a row of up to 64 seats is never split; a longer one
// starts a block of its own and fills as many as it needs. The places of gone are not offered any more: they keep their
// names, for those who have them.
func Cut(l Layout, gone ...Group) *Plan {
	p := &Plan{Layout: l, sections: make([]sectionPlan, len(l.Sections))}
	for i, s := range l.Sections {
		if s.Kind == Standing {
			p.sections[i] = sectionPlan{places: s.Capacity}
		} else {
			p.sections[i] = cutRows(s.Rows)
		}
	}
	for _, g := range gone {
		if p.Slots(g.Block) == 0 {
			continue
		}
		s := &p.sections[g.Block.Section]
		if s.gone == nil {
			s.gone = map[int]uint64{}
		}
		s.gone[g.Block.Number] |= g.Slots
	}
	return p
}

func cutRows(rows []Row) sectionPlan {
	s := sectionPlan{rows: make(map[string]int, len(rows)), starts: make([]rowStart, len(rows))}
	used := BlockSize // of the last block: full, so that the first row opens one
	for r, row := range rows {
		s.rows[row.Label] = r
		s.places += row.Seats
		if row.Seats > BlockSize-used {
			used = BlockSize
		}
		for first := 1; first <= row.Seats; {
			if used == BlockSize {
				s.blocks, used = append(s.blocks, blockPlan{}), 0
			}
			n := min(BlockSize-used, row.Seats-first+1)
			if first == 1 {
				s.starts[r] = rowStart{block: len(s.blocks) - 1, slot: used}
			}
			b := &s.blocks[len(s.blocks)-1]
			b.spans = append(b.spans, Span{Row: r, First: first, From: used, Len: n})
			b.slots |= low(n) << used
			for _, number := range row.Accessible {
				if number >= first && number < first+n {
					b.accessible |= 1 << (used + number - first)
				}
			}
			used += n
			first += n
		}
	}
	return s
}

// low returns a mask of the n lowest slots.
func low(n int) uint64 {
	if n >= BlockSize {
		return ^uint64(0)
	}
	return 1<<n - 1
}

// Places returns how many places a section has; Total how many the layout has.
func (p *Plan) Places(section int) int { return p.sections[section].places }

// Total returns how many places the layout has.
func (p *Plan) Total() (n int) {
	for i := range p.sections {
		n += p.sections[i].places
	}
	return n
}

// Blocks returns how many blocks a section has.
func (p *Plan) Blocks(section int) int { return p.sections[section].count() }

// Block returns the id of a section's block.
func (p *Plan) Block(section, number int) BlockID {
	return BlockID{Event: p.Layout.Event, Section: section, Number: number}
}

// AllBlocks returns the ids of every block, section by section.
func (p *Plan) AllBlocks() []BlockID {
	var all []BlockID
	for s := range p.sections {
		for n := range p.sections[s].count() {
			all = append(all, p.Block(s, n))
		}
	}
	return all
}

// Slots returns the slots of a block that are places of the layout; 0 for a block outside it.
func (p *Plan) Slots(b BlockID) uint64 {
	if b.Section < 0 || b.Section >= len(p.sections) || b.Number < 0 || b.Number >= p.sections[b.Section].count() {
		return 0
	}
	return p.sections[b.Section].block(b.Number).slots
}

// Offered returns the slots of a block that are for sale to whoever comes first.
func (p *Plan) Offered(b BlockID) uint64 {
	slots := p.Slots(b)
	if slots == 0 {
		return 0
	}
	return slots &^ p.sections[b.Section].gone[b.Number]
}

// Section returns the ordinal of the section with an id.
func (p *Plan) Section(sectionID string) (int, bool) {
	i := slices.IndexFunc(p.Layout.Sections, func(s Section) bool { return s.ID == sectionID })
	return i, i >= 0
}

// Find returns the block and slot of a seat; false where the layout has no such seat.
func (p *Plan) Find(section int, row string, number int) (BlockID, int, bool) {
	if section < 0 || section >= len(p.sections) {
		return BlockID{}, 0, false
	}
	s := &p.sections[section]
	if s.rows == nil {
		if row != "" || number < 1 || number > s.places {
			return BlockID{}, 0, false
		}
		return p.Block(section, (number-1)/BlockSize), (number - 1) % BlockSize, true
	}
	r, ok := s.rows[row]
	if !ok || number < 1 || number > p.Layout.Sections[section].Rows[r].Seats {
		return BlockID{}, 0, false
	}
	at := s.starts[r].slot + number - 1
	return p.Block(section, s.starts[r].block+at/BlockSize), at % BlockSize, true
}

// Place names a slot of a block; false where the layout has none there.
func (p *Plan) Place(b BlockID, slot int) (Place, bool) {
	if p.Slots(b)&(1<<slot) == 0 {
		return Place{}, false
	}
	s := &p.sections[b.Section]
	if s.rows == nil {
		return Place{Section: b.Section, Number: b.Number*BlockSize + slot + 1}, true
	}
	for _, span := range s.block(b.Number).spans {
		if slot >= span.From && slot < span.From+span.Len {
			return Place{
				Section: b.Section, Row: p.Layout.Sections[b.Section].Rows[span.Row].Label,
				Number: span.First + slot - span.From,
			}, true
		}
	}
	return Place{}, false
}

// SeatsOf returns the seats of a seated block's slots, one span each.
func (p *Plan) SeatsOf(b BlockID, slots uint64) []Span {
	var seats []Span
	if slots &= p.Slots(b); slots == 0 || p.sections[b.Section].rows == nil {
		return nil
	}
	for _, span := range p.sections[b.Section].block(b.Number).spans {
		for slot := span.From; slot < span.From+span.Len; slot++ {
			if slots&(1<<slot) != 0 {
				seats = append(seats, Span{Row: span.Row, First: span.First + slot - span.From, From: slot, Len: 1})
			}
		}
	}
	return seats
}
