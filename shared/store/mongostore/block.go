package mongostore

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/myevents/myevents/shared/inventory"
)

// fence is the field that closes a block.
const fence = "closed"

// slotNames are the fields of a block's places: s0 to s63.
var slotNames = func() (names [inventory.BlockSize]string) {
	for i := range names {
		names[i] = "s" + strconv.Itoa(i)
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

// place is what a taken place carries: its expiry, and the hold id's 64 bits.
func place(c inventory.Claim) bson.D {
	return bson.D{{Key: "e", Value: c.Expires}, {Key: "h", Value: int64(c.Hold)}}
}

// readBlock reads a stored block. Anything else than places and the fence is an error, never a free place.
func readBlock(found bson.Raw) (inventory.Block, error) {
	var b inventory.Block
	fields, err := found.Elements()
	if err != nil {
		return b, bad(err)
	}
	for _, f := range fields {
		name := f.Key()
		if name == "_id" {
			continue
		}
		if name == fence {
			closed, ok := f.Value().BooleanOK()
			if !ok || !closed {
				return b, bad(fmt.Errorf("field %s is not true", name))
			}
			b.Closed = true
			continue
		}
		slot, known := slotOf[name]
		if !known {
			return b, bad(fmt.Errorf("field %s is no place", name))
		}
		claim, err := readPlace(f.Value())
		if err != nil {
			return b, bad(fmt.Errorf("field %s: %w", name, err))
		}
		b.Claims[slot] = claim
		b.Taken |= 1 << slot
	}
	return b, nil
}

func readPlace(v bson.RawValue) (inventory.Claim, error) {
	doc, ok := v.DocumentOK()
	if !ok {
		return inventory.Claim{}, errors.New("it is no place")
	}
	expires, okE := doc.Lookup("e").Int64OK()
	hold, okH := doc.Lookup("h").Int64OK()
	if !okE || !okH {
		return inventory.Claim{}, errors.New("it lacks expiry or hold")
	}
	return inventory.Claim{Expires: expires, Hold: inventory.HoldID(hold)}, nil
}

// change is a conditional write of a block.
type change struct {
	condition  bson.D // beside the key
	set, unset bson.D
	max        bson.D
	absent     bool // the condition holds of an absent block as well, which the change makes
}

// update is the change as MongoDB is told of it.
func (c *change) update() bson.D {
	var u bson.D
	for _, part := range []struct {
		op     string
		fields bson.D
	}{{"$set", c.set}, {"$unset", c.unset}, {"$max", c.max}} {
		if len(part.fields) > 0 {
			u = append(u, bson.E{Key: part.op, Value: part.fields})
		}
	}
	return u
}

func (c *change) where(field string, value any) {
	c.condition = append(c.condition, bson.E{Key: field, Value: value})
}

// absent is the condition of a field that is not there.
var absent = bson.D{{Key: "$exists", Value: false}}

func not(value any) bson.D { return bson.D{{Key: "$ne", Value: value}} }

// slots calls do for each of some slots with the name of its field.
func slots(which uint64, do func(slot int, field string)) {
	for rest := which; rest != 0; rest &= rest - 1 {
		slot := bits.TrailingZeros64(rest)
		do(slot, slotNames[slot])
	}
}

// claimFree is the claim of places that are free, unread: it fails where one is anybody's, the caller's too. A place that
// is absent has no expiry that is too late.
func claimFree(s inventory.Step) change {
	c := change{absent: true}
	c.where(fence, absent)
	lapsed := s.Now.Add(-inventory.Grace).Unix()
	slots(s.Slots, func(_ int, field string) {
		c.where(field+".e", bson.D{{Key: "$not", Value: bson.D{{Key: "$gte", Value: lapsed}}}})
		c.set = append(c.set, bson.E{Key: field, Value: place(inventory.Claim{Expires: s.Expires, Hold: s.Hold})})
	})
	return c
}

// mine adds the condition that places carry a step's hold, whatever their expiry; only what is withheld is nobody's.
func (c *change) mine(s inventory.Step) {
	slots(s.Slots, func(_ int, field string) {
		c.where(field+".h", int64(s.Hold))
		c.where(field+".e", not(inventory.Withheld))
	})
}

// confirmMine is the confirmation of places that are the step's, unread.
func confirmMine(s inventory.Step) change {
	var c change
	c.where(fence, absent)
	c.mine(s)
	slots(s.Slots, func(_ int, field string) {
		c.set = append(c.set, bson.E{Key: field + ".e", Value: inventory.Sold})
	})
	return c
}

// extendMine lifts the expiry of places that are the step's, unread.
func extendMine(s inventory.Step) change {
	var c change
	c.where(fence, absent)
	c.mine(s)
	slots(s.Slots, func(_ int, field string) {
		c.max = append(c.max, bson.E{Key: field + ".e", Value: s.Expires})
	})
	return c
}

// releaseMine removes places where all are the step's and, to let go of a hold, none is sold; unread.
func releaseMine(s inventory.Step) change {
	var c change
	slots(s.Slots, func(_ int, field string) {
		c.where(field+".h", int64(s.Hold))
		if s.Op == inventory.OpLetGo {
			c.where(field+".e", bson.D{{Key: "$nin", Value: bson.A{inventory.Withheld, inventory.Sold}}})
		} else {
			c.where(field+".e", not(inventory.Withheld))
		}
		c.unset = append(c.unset, bson.E{Key: field, Value: ""})
	})
	return c
}

// closing is the change that closes a block, whatever is in it.
func closing() change {
	return change{set: bson.D{{Key: fence, Value: true}}, absent: true}
}

// replacing is the change of a step's places from what was found to what the step makes of it, where nothing of it has
// changed meanwhile.
func replacing(which uint64, found, next *inventory.Block) change {
	c := change{absent: found.Taken == 0 && !found.Closed}
	if found.Closed {
		c.where(fence, true)
	} else {
		c.where(fence, absent)
	}
	slots(which, func(slot int, field string) {
		was, is := found.Taken&(1<<slot) != 0, next.Taken&(1<<slot) != 0
		if was {
			c.where(field+".e", found.Claims[slot].Expires)
			c.where(field+".h", int64(found.Claims[slot].Hold))
		} else {
			c.where(field, absent)
		}
		switch {
		case is && (!was || found.Claims[slot] != next.Claims[slot]):
			c.set = append(c.set, bson.E{Key: field, Value: place(next.Claims[slot])})
		case was && !is:
			c.unset = append(c.unset, bson.E{Key: field, Value: ""})
		}
	})
	return c
}
