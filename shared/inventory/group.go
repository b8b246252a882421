package inventory

import (
	"encoding/json"
	"math/bits"
	"strconv"
	"strings"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
)

// Group is places in one block.
type Group struct {
	Block BlockID
	Slots uint64
}

// Size returns how many places groups have together.
func Size(groups []Group) (n int) {
	for _, g := range groups {
		n += bits.OnesCount64(g.Slots)
	}
	return n
}

// eventLen is the length of an event's bare identifier.
const eventLen = 26

// whole is a group as an object with all names.
type whole Group

// MarshalJSON writes a group as a text of some 35 bytes, because a booking's record should fit 1 KB: the block's key
// without its prefix, a colon, and the slots in base 16. What no layout has is written as the object that UnmarshalJSON
// reads as well.
func (g Group) MarshalJSON() ([]byte, error) {
	if g.Block.Section < 0 || g.Block.Section >= MaxSections || g.Block.Number < 0 {
		return json.Marshal(whole(g))
	}
	text := []byte{'"'}
	text = append(text, strings.TrimPrefix(g.Block.Key(), blockPrefix)...)
	text = strconv.AppendUint(append(text, ':'), g.Slots, 16)
	return append(text, '"'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, and the object with all names that stood there before.
func (g *Group) UnmarshalJSON(doc []byte) error {
	if len(doc) > 0 && doc[0] == '{' {
		return json.Unmarshal(doc, (*whole)(g))
	}
	var text string
	if err := json.Unmarshal(doc, &text); err != nil {
		return err
	}
	block, slots, ok := strings.Cut(text, ":")
	if !ok || len(block) < eventLen+3 {
		return errBadGroup
	}
	var read Group
	if read.Block.Event, ok = id.Parse("", block[:eventLen]); !ok {
		return errBadGroup
	}
	section, errSection := strconv.ParseUint(block[eventLen:eventLen+2], 10, 8)
	number, errNumber := strconv.ParseUint(block[eventLen+2:], 10, 63)
	mask, errMask := strconv.ParseUint(slots, 16, 64)
	if errSection != nil || errNumber != nil || errMask != nil {
		return errBadGroup
	}
	read.Block.Section, read.Block.Number, read.Slots = int(section), int(number), mask
	*g = read
	return nil
}

var errBadGroup = fault.New(fault.Internal, "", "stored places cannot be read")
