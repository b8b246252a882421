package inventory

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
)

// BlockSize is how many places a block has at most.
const BlockSize = 64

// Grace is how long after its expiry a hold still keeps its places from others: it covers clocks that differ.
const Grace = 5 * time.Second

// The expiries that are not a time (Unix seconds fit 5 bytes until the year 36812).
const (
	Sold     int64 = 0xFF_FFFF_FFFF
	Withheld int64 = 0xFF_FFFF_FFFE
)

// HoldID is 64 bits of HMAC over event, user and idempotency key; 0 is the house's, for withheld places.
type HoldID uint64

func (h HoldID) String() string { return fmt.Sprintf("%016x", uint64(h)) }

// BlockID names a block: a run of up to 64 places of one section of an event.
type BlockID struct {
	Event   id.Raw
	Section int // ordinal in the layout, 0 to 99
	Number  int // from 0
}

const blockPrefix = "B#"

// Key is the block's storage key: every block has a partition of its own, so that one hot event spreads over all.
func (b BlockID) Key() string {
	key := make([]byte, 0, 40)
	key = append(key, blockPrefix...)
	key = append(key, b.Event.With("")...)
	key = append(key, byte('0'+b.Section/10), byte('0'+b.Section%10))
	return string(strconv.AppendInt(key, int64(b.Number), 10))
}

// Claim is what a taken place carries: until when (Unix seconds, Sold or Withheld) and for whom.
type Claim struct {
	Expires int64
	Hold    HoldID
}

// Block is the places of a block that carry a claim. A place that carries none, or one that lapsed, is free; so the zero
// Block, which is what an absent one reads as, is all free.
type Block struct {
	Closed bool   // nothing can be claimed or confirmed any more
	Taken  uint64 // the slots that carry a claim
	Claims [BlockSize]Claim
}

// Free returns those of slots that could be claimed at now: absent or lapsed.
func (b *Block) Free(slots uint64, now time.Time) uint64 {
	free := slots &^ b.Taken
	before := now.Add(-Grace).Unix()
	for rest := slots & b.Taken; rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros64(rest); b.Claims[i].Expires < before {
			free |= 1 << i
		}
	}
	return free
}

// Own returns those of slots that carry the hold, whatever its expiry.
func (b *Block) Own(slots uint64, h HoldID) uint64 {
	var own uint64
	for rest := slots & b.Taken; rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros64(rest); b.Claims[i].Hold == h && b.Claims[i].Expires != Withheld {
			own |= 1 << i
		}
	}
	return own
}

// With returns those of slots whose expiry is exactly e (Sold or Withheld).
func (b *Block) With(slots uint64, e int64) uint64 {
	var found uint64
	for rest := slots & b.Taken; rest != 0; rest &= rest - 1 {
		if i := bits.TrailingZeros64(rest); b.Claims[i].Expires == e {
			found |= 1 << i
		}
	}
	return found
}

func (b *Block) set(slots uint64, c Claim) {
	b.Taken |= slots
	for rest := slots; rest != 0; rest &= rest - 1 {
		b.Claims[bits.TrailingZeros64(rest)] = c
	}
}

func (b *Block) clear(slots uint64) {
	b.Taken &^= slots
	for rest := slots; rest != 0; rest &= rest - 1 {
		b.Claims[bits.TrailingZeros64(rest)] = Claim{}
	}
}

// claimLen is the encoded length of a claim: 5 bytes of expiry, 8 of hold id, big-endian.
const claimLen = 13

// AppendBinary appends the block's bytes, for engines that keep it whole: 1 of flags, 8 of Taken, 13 for each taken slot.
func (b *Block) AppendBinary(to []byte) ([]byte, error) {
	var flags byte
	if b.Closed {
		flags = 1
	}
	to = append(to, flags)
	to = binary.BigEndian.AppendUint64(to, b.Taken)
	for rest := b.Taken; rest != 0; rest &= rest - 1 {
		to = b.Claims[bits.TrailingZeros64(rest)].append(to)
	}
	return to, nil
}

func (c Claim) append(to []byte) []byte {
	e := uint64(c.Expires)
	to = append(to, byte(e>>32), byte(e>>24), byte(e>>16), byte(e>>8), byte(e))
	return binary.BigEndian.AppendUint64(to, uint64(c.Hold))
}

// AppendBinary appends the 13-byte value of a taken place.
func (c Claim) AppendBinary(to []byte) ([]byte, error) { return c.append(to), nil }

// ParseClaim reads a 13-byte value.
func ParseClaim(v []byte) (Claim, error) {
	if len(v) != claimLen {
		return Claim{}, fault.New(fault.Internal, "", "a claim is not 13 bytes")
	}
	return Claim{
		Expires: int64(v[0])<<32 | int64(binary.BigEndian.Uint32(v[1:5])),
		Hold:    HoldID(binary.BigEndian.Uint64(v[5:])),
	}, nil
}

// UnmarshalBinary reads what AppendBinary wrote; anything else is an error, never a free block.
func (b *Block) UnmarshalBinary(v []byte) error {
	*b = Block{}
	if len(v) < 9 || v[0] > 1 {
		return fault.New(fault.Internal, "", "a stored block cannot be read")
	}
	b.Closed, b.Taken = v[0] == 1, binary.BigEndian.Uint64(v[1:9])
	if v = v[9:]; len(v) != claimLen*bits.OnesCount64(b.Taken) {
		return fault.New(fault.Internal, "", "a stored block cannot be read")
	}
	for rest := b.Taken; rest != 0; rest &= rest - 1 {
		c, err := ParseClaim(v[:claimLen])
		if err != nil {
			return err
		}
		b.Claims[bits.TrailingZeros64(rest)], v = c, v[claimLen:]
	}
	return nil
}
