package inventory

import (
	"math/bits"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

// ErrTaken reports that a place of the step is another's; the block that comes with it shows whose.
var ErrTaken = fault.New(fault.Conflict, "seatTaken", "a seat is already taken")

// ErrClosed reports a block of an event that was cancelled or has ended.
var ErrClosed = fault.New(fault.Conflict, "notOnSale", "the event is closed")

// ErrBusy reports a block that takes nothing more for the moment: nothing was changed, and another block may do.
var ErrBusy = fault.New(fault.Unavailable, "blockBusy", "the block takes nothing more for the moment")

// Op is what a Step does.
type Op uint8

// The steps of a place's life. "Mine" means that the place carries the step's hold id, whatever its expiry. Release is for
// the outcome of a record (failed, cancelled), which nothing can confirm any more; LetGo is for a hold without a record,
// which a booking may be confirming at this moment: it must not free a place that was just sold.
const (
	OpClaim    Op = iota + 1 // open, and each place absent, lapsed or mine → set (Expires, Hold); an expiry never moves back
	OpConfirm                // open, and each place mine → sold; when each is mine and sold already, also on a closed block
	OpExtend                 // open, and each place mine → Expires, never moving back; a sold place stays sold
	OpRelease                // remove exactly those places that are mine, held or sold; never refused
	OpLetGo                  // remove exactly those places that are mine and not sold; never refused
	OpClose                  // fence the block for good; never refused
	OpWithhold               // withhold those places that are free; the rest stay; never refused
	OpOffer                  // give withheld places back; never refused
)

// Step is one conditional change of one block, all of its places or none.
type Step struct {
	Op      Op
	Slots   uint64 // which places; ignored by OpClose
	Hold    HoldID
	Expires int64     // claim, extend: the expiry to set, Unix seconds; confirm: the expiry last seen, a hint for engines that compare values
	Now     time.Time // claim, withhold: what counts as lapsed
	Yield   bool      // claim: rather ErrBusy at once than a wait until a throttled block takes more; engines without limits ignore it
}

// Apply does the step to b, which is the meaning that every engine's conditional write has. It reports whether b changed.
// ErrTaken and ErrClosed leave b as it was; a repeat of a step that was done changes nothing and succeeds.
func (s Step) Apply(b *Block) (changed bool, err error) {
	switch s.Op {
	case OpClaim:
		return s.claim(b)
	case OpConfirm:
		return s.confirm(b)
	case OpExtend:
		return s.extend(b)
	case OpRelease:
		own := b.Own(s.Slots, s.Hold)
		b.clear(own)
		return own != 0, nil
	case OpLetGo:
		held := b.Own(s.Slots, s.Hold) &^ b.With(s.Slots, Sold)
		b.clear(held)
		return held != 0, nil
	case OpClose:
		changed, b.Closed = !b.Closed, true
		return changed, nil
	case OpWithhold:
		free := b.Free(s.Slots, s.Now)
		b.set(free, Claim{Expires: Withheld})
		return free != 0, nil
	case OpOffer:
		withheld := b.With(s.Slots, Withheld)
		b.clear(withheld)
		return withheld != 0, nil
	}
	return false, fault.New(fault.Internal, "", "unknown step")
}

func (s Step) claim(b *Block) (bool, error) {
	own := b.Own(s.Slots, s.Hold)
	if own == s.Slots && s.Slots != 0 {
		if b.Closed {
			return false, nil // a repeat: what was claimed before the close is still named, and confirming will say no
		}
		return s.raise(b), nil
	}
	if b.Closed {
		return false, ErrClosed
	}
	if own|b.Free(s.Slots, s.Now) != s.Slots {
		return false, ErrTaken
	}
	b.set(s.Slots&^own, Claim{Expires: s.Expires, Hold: s.Hold})
	s.raise(b)
	return true, nil
}

// raise lifts the expiry of the step's held places to Expires where that is later.
func (s Step) raise(b *Block) (changed bool) {
	for rest := s.Slots; rest != 0; rest &= rest - 1 {
		if c := &b.Claims[bits.TrailingZeros64(rest)]; c.Expires < s.Expires {
			c.Expires, changed = s.Expires, true
		}
	}
	return changed
}

func (s Step) confirm(b *Block) (bool, error) {
	if b.Own(s.Slots, s.Hold) != s.Slots {
		return false, ErrTaken
	}
	if b.With(s.Slots, Sold) == s.Slots {
		return false, nil
	}
	if b.Closed {
		return false, ErrClosed
	}
	b.set(s.Slots, Claim{Expires: Sold, Hold: s.Hold})
	return true, nil
}

func (s Step) extend(b *Block) (bool, error) {
	if b.Own(s.Slots, s.Hold) != s.Slots {
		return false, ErrTaken
	}
	if b.Closed {
		return false, ErrClosed
	}
	return s.raise(b), nil
}
