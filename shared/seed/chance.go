package seed

import "hash/fnv"

// chance is a source of chance that a word decides: what is drawn or invented with it stays the same, whatever the standard
// library does.
type chance struct{ seed uint64 }

func chanceOf(word string) chance {
	h := fnv.New64a()
	_, _ = h.Write([]byte(word)) // never fails
	return chance{h.Sum64()}
}

// next is splitmix64.
func (c *chance) next() uint64 {
	c.seed += 0x9e3779b97f4a7c15
	z := c.seed
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// upTo returns a number from 0 to n-1.
func (c *chance) upTo(n int) int { return int(c.next() % uint64(n)) }

// between returns a number between two others.
func (c *chance) between(low, high float64) float64 {
	return low + (high-low)*float64(c.next()>>11)/(1<<53)
}

// shuffled returns a copy of a list in another order.
func shuffled[T any](c *chance, list []T) []T {
	out := append([]T{}, list...)
	for i := len(out) - 1; i > 0; i-- {
		j := c.upTo(i + 1)
		out[i], out[j] = out[j], out[i]
	}
	return out
}
