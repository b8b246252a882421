package inventory

import (
	"math/bits"
	"math/rand/v2"
)

// chooser picks places inside one block. It prefers, in this order: a gap that fits exactly, a place in a gap that leaves
// no single seat, any gap; and, at equal fit, seats that are not kept for wheelchairs. Among equals the generator chooses,
// so that buyers who meet in one block do not all try for the same seats.
type chooser struct {
	rng *rand.Rand
}

// A gap's price, least first. Accessible seats cost more than any bad fit: they go last.
const (
	fitExact = iota
	fitRoomy
	fitStranding
	costAccessible = 8
)

// adjacent returns n neighbouring slots of free in one row of the block, or 0.
func (c chooser) adjacent(b *blockPlan, accessible, free uint64, n int) uint64 {
	var best uint64
	bestCost, ties := 1<<30, 0
	for _, span := range b.spans {
		for at := span.From; at < span.From+span.Len; {
			run := bits.TrailingZeros64(^(free >> at)) // free slots from at on
			run = min(run, span.From+span.Len-at)
			if run >= n {
				for _, offset := range [2]int{0, run - n} {
					mask := low(n) << (at + offset)
					cost := fit(run-n) + costAccessible*bits.OnesCount64(mask&accessible)
					switch {
					case cost < bestCost:
						best, bestCost, ties = mask, cost, 1
					case cost == bestCost:
						if ties++; c.rng.IntN(ties) == 0 {
							best = mask
						}
					}
				}
			}
			at += max(run, 1)
		}
	}
	return best
}

// fit prices the seats that a choice leaves over in its gap; a choice sits at a gap's edge, so that they stay together.
func fit(left int) int {
	switch left {
	case 0:
		return fitExact
	case 1:
		return fitStranding
	default:
		return fitRoomy
	}
}

// any returns n slots of free wherever they are, fewer where there are not as many: in rows, the longest runs first, so
// that a split group is split as little as can be; in a standing block, from a chosen point on.
func (c chooser) any(b *blockPlan, accessible, free uint64, n int) uint64 {
	if b.spans == nil {
		turn := c.rng.IntN(BlockSize)
		return bits.RotateLeft64(lowest(bits.RotateLeft64(free, -turn), n), turn)
	}
	var taken uint64
	for n > 0 && free != 0 {
		k := n
		var run uint64
		for ; k > 0; k-- {
			if run = c.adjacent(b, accessible, free, k); run != 0 {
				break
			}
		}
		taken |= run
		free &^= run
		n -= k
	}
	return taken
}

// lowest returns the n lowest bits of mask, or all.
func lowest(mask uint64, n int) uint64 {
	if bits.OnesCount64(mask) <= n {
		return mask
	}
	var got uint64
	for ; n > 0; n-- {
		bit := mask & -mask
		got |= bit
		mask &^= bit
	}
	return got
}

// walk visits the numbers 0 to n-1 once each in an order drawn from the generator: from a random start by a random stride
// that shares no factor with n, so that nothing needs remembering.
func walk(rng *rand.Rand, n int, visit func(i int) bool) {
	if n == 0 {
		return
	}
	start, stride := rng.IntN(n), 1
	if n > 2 {
		for stride = 1 + rng.IntN(n-1); gcd(stride, n) != 1; {
			stride = 1 + rng.IntN(n-1)
		}
	}
	for i, at := 0, start; i < n; i, at = i+1, (at+stride)%n {
		if !visit(at) {
			return
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
