package localissuer

import (
	"math"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const limiterKeys = 10_000 // remembered at once; the one unused longest is forgotten first

// limiter allows each key a burst of attempts, and then one every interval. It is safe for concurrent use.
type limiter struct {
	burst float64
	every time.Duration
	now   func() time.Time

	mu      sync.Mutex
	buckets *simplelru.LRU[string, bucket]
}

type bucket struct {
	left float64
	at   time.Time
}

func newLimiter(burst int, every time.Duration, now func() time.Time) (*limiter, error) {
	buckets, err := simplelru.NewLRU[string, bucket](limiterKeys, nil)
	if err != nil {
		return nil, err
	}
	return &limiter{burst: float64(burst), every: every, now: now, buckets: buckets}, nil
}

// take uses up one attempt, or says how long to wait for the next.
func (l *limiter) take(key string) (wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key)
	if b.left < 1 {
		return time.Duration(math.Ceil((1 - b.left) * float64(l.every))), false
	}
	b.left--
	l.buckets.Add(key, b)
	return 0, true
}

// giveBack returns an attempt that turned out to be a good one.
func (l *limiter) giveBack(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.bucket(key)
	b.left = min(b.left+1, l.burst)
	l.buckets.Add(key, b)
}

func (l *limiter) bucket(key string) bucket {
	now := l.now()
	b, ok := l.buckets.Get(key)
	if !ok {
		return bucket{left: l.burst, at: now}
	}
	if gone := now.Sub(b.at); gone > 0 {
		b.left, b.at = min(b.left+float64(gone)/float64(l.every), l.burst), now
	}
	return b
}
