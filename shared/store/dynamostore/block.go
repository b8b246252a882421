package dynamostore

import (
	"bytes"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/inventory"
)

const (
	blockSK = "B"
	fence   = "closed" // the attribute that closes a block
)

// slotNames are the attributes of a block's places: short because 64 of them have to fit a write unit, beginning with a
// letter and no reserved word, so that expressions can name them. Those of other items (d, o, v, w, x) are left out: a taken
// place must be no outbox to a stream's filter and no expiry to the broom.
var slotNames = func() (names [inventory.BlockSize]string) {
	const letters = "abcefghijklmnpqrstuyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for i := range names {
		if names[i] = letters[i%len(letters):][:1]; i >= len(letters) {
			names[i] += "2"
		}
	}
	return names
}()

var slotOf = func() map[string]int {
	slots := make(map[string]int, len(slotNames))
	for i, name := range slotNames {
		slots[name] = i
	}
	return slots
}()

// readBlock reads a stored block; an absent one is all free. Anything else than places and the fence is an error, never a
// free place.
func readBlock(found attributes) (inventory.Block, error) {
	var b inventory.Block
	for name, v := range found {
		if name == "pk" || name == "sk" {
			continue
		}
		if name == fence {
			closed, ok := v.(*types.AttributeValueMemberBOOL)
			if !ok || !closed.Value {
				return b, bad(fmt.Errorf("attribute %s is not true", name))
			}
			b.Closed = true
			continue
		}
		slot, known := slotOf[name]
		value, ok := v.(*types.AttributeValueMemberB)
		if !known || !ok {
			return b, bad(fmt.Errorf("attribute %s is no place", name))
		}
		claim, err := inventory.ParseClaim(value.Value)
		if err != nil {
			return b, bad(fmt.Errorf("attribute %s: %w", name, err))
		}
		b.Claims[slot] = claim
		b.Taken |= 1 << slot
	}
	return b, nil
}

func claimValue(c inventory.Claim) []byte {
	b, _ := c.AppendBinary(make([]byte, 0, 13)) // never fails
	return b
}

// change is a conditional write of a block: two expressions, and the values that they name.
type change struct {
	condition, update string
	values            attributes
	yield             bool // see inventory.Step
}

// expressions writes a change.
type expressions struct {
	condition, set, remove strings.Builder
	values                 attributes
	known                  map[string]string
}

func newExpressions() *expressions {
	return &expressions{values: attributes{}, known: map[string]string{}}
}

// and adds a condition.
func (e *expressions) and(parts ...string) {
	if e.condition.Len() > 0 {
		e.condition.WriteString(" AND ")
	}
	for _, p := range parts {
		e.condition.WriteString(p)
	}
}

// value returns the name of a value, the same for the same bytes.
func (e *expressions) value(v []byte) string {
	name, ok := e.known[string(v)]
	if !ok {
		name = ":" + strconv.Itoa(len(e.known))
		e.known[string(v)], e.values[name] = name, binary(bytes.Clone(v))
	}
	return name
}

func (e *expressions) assign(slot int, value string) {
	e.set.WriteByte(',')
	e.set.WriteString(slotNames[slot])
	e.set.WriteByte('=')
	e.set.WriteString(value)
}

func (e *expressions) done() change {
	var update string
	if e.set.Len() > 0 {
		update = "SET " + e.set.String()[1:]
	}
	if e.remove.Len() > 0 {
		update += " REMOVE " + e.remove.String()[1:]
	}
	c := change{condition: e.condition.String(), update: update, values: e.values}
	if len(c.values) == 0 {
		c.values = nil // DynamoDB refuses an empty list
	}
	return c
}

const open = "attribute_not_exists(" + fence + ")"

// claimFree is the claim of places that are free, unread: it fails where one is anybody's, the caller's too.
func claimFree(s inventory.Step) change {
	e := newExpressions()
	lapsed := e.value(claimValue(inventory.Claim{Expires: s.Now.Add(-inventory.Grace).Unix()})[:5]) // a claim of that second is longer, so not less
	mine := e.value(claimValue(inventory.Claim{Expires: s.Expires, Hold: s.Hold}))
	e.and(open)
	for rest := s.Slots; rest != 0; rest &= rest - 1 {
		slot := bits.TrailingZeros64(rest)
		e.and("(attribute_not_exists(", slotNames[slot], ") OR ", slotNames[slot], "<", lapsed, ")")
		e.assign(slot, mine)
	}
	return e.done()
}

// confirmHeld is the confirmation of places that carry exactly what they were last seen to, unread.
func confirmHeld(s inventory.Step) change {
	e := newExpressions()
	held := e.value(claimValue(inventory.Claim{Expires: s.Expires, Hold: s.Hold}))
	sold := e.value(claimValue(inventory.Claim{Expires: inventory.Sold, Hold: s.Hold}))
	e.and(open)
	for rest := s.Slots; rest != 0; rest &= rest - 1 {
		slot := bits.TrailingZeros64(rest)
		e.and(slotNames[slot], "=", held)
		e.assign(slot, sold)
	}
	return e.done()
}

// closing is the change that closes a block, whatever is in it.
func closing() change {
	return change{update: "SET " + fence + "=:1", values: attributes{":1": &types.AttributeValueMemberBOOL{Value: true}}}
}

// replacing is the change of a step's places from what was found to what the step makes of it, where nothing of it has
// changed meanwhile.
func replacing(slots uint64, found, next *inventory.Block) change {
	e := newExpressions()
	if found.Closed {
		e.and("attribute_exists(" + fence + ")")
	} else {
		e.and(open)
	}
	for rest := slots; rest != 0; rest &= rest - 1 {
		slot := bits.TrailingZeros64(rest)
		was, is := found.Taken&(1<<slot) != 0, next.Taken&(1<<slot) != 0
		if was {
			e.and(slotNames[slot], "=", e.value(claimValue(found.Claims[slot])))
		} else {
			e.and("attribute_not_exists(", slotNames[slot], ")")
		}
		switch {
		case is && (!was || found.Claims[slot] != next.Claims[slot]):
			e.assign(slot, e.value(claimValue(next.Claims[slot])))
		case was && !is:
			e.remove.WriteByte(',')
			e.remove.WriteString(slotNames[slot])
		}
	}
	return e.done()
}
