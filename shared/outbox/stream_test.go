package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// tape is an outbox.Stream in memory: tests hand its changes over themselves.
type tape struct {
	h     outbox.ShardHandler
	ready chan struct{}
	over  error
	mu    sync.Mutex
	last  int
	left  map[string]string // by shard: what Release returned at the end
}

func newTape() *tape { return &tape{ready: make(chan struct{}), left: map[string]string{}} }

func (p *tape) Run(ctx context.Context, h outbox.ShardHandler) error {
	p.h = h
	close(p.ready)
	if p.over != nil {
		return p.over
	}
	<-ctx.Done()
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	for shard := range p.left {
		p.left[shard] = h.Release(late, shard)
	}
	return nil
}

// hand gives a change to the relay and returns its number.
func (p *tape) hand(t *testing.T, shard, item string, ms ...outbox.Message) string {
	t.Helper()
	p.mu.Lock()
	p.last++
	sequence := fmt.Sprint(100 + p.last)
	p.left[shard] = ""
	p.mu.Unlock()
	c := outbox.Change{Sequence: sequence, Item: item, At: time.Now(), Packed: pack(t, ms...)}
	if failed := p.h.Handle(t.Context(), shard, []outbox.Change{c}); failed != nil {
		t.Errorf("Handle: got %v failed, want none", failed)
	}
	return sequence
}

func (p *tape) wantOldest(t *testing.T, shard, want string) {
	t.Helper()
	if got := p.h.Oldest(shard); got != want {
		t.Errorf("Oldest of %s: got %q, want %q", shard, got, want)
	}
}

// play starts a relay of a tape; stop ends it and waits.
func play(t *testing.T, p *tape, d outbox.StreamRelayDeps, c outbox.StreamRelayConfig) (stop func()) {
	t.Helper()
	d.Stream, d.Now = p, time.Now
	if d.Park == nil {
		d.Park = (&lot{broken: errors.New("nothing is to be parked")}).park
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- outbox.NewStreamRelay(d, c).Run(ctx) }()
	<-p.ready
	return sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
	})
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestStreamRelay_Timers(t *testing.T) {
	bubble(t, "go-out-when-due-not-before", func(t *testing.T) {
		p, b := newTape(), &broker{}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		timer, now := timerAt("timer", time.Now().Add(20*time.Second)), sample("now")
		sequence := p.hand(t, "s", "a", timer, now)
		wait(20*time.Second - 1)
		b.want(t, 1, now)
		b.want(t, 0, timer)
		p.wantOldest(t, "s", sequence)
		wait(time.Millisecond)
		b.want(t, 1, timer)
		p.wantOldest(t, "s", "")
	})
	bubble(t, "are-replaced-in-time", func(t *testing.T) {
		p, b := newTape(), &broker{}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		first, more, second := timerAt("first", time.Now().Add(20*time.Second)), timerAt("more", time.Now().Add(time.Hour)), timerAt("second", time.Now().Add(30*time.Second))
		p.hand(t, "s", "a", first, more)
		wait(10 * time.Second)
		sequence := p.hand(t, "s", "a", second)
		p.wantOldest(t, "s", sequence)
		p.hand(t, "s", "b")
		wait(15 * time.Second)
		b.want(t, 0, first, second)
		wait(time.Hour)
		b.want(t, 0, first, more)
		b.want(t, 1, second)
		p.hand(t, "s", "a", timerAt("third", time.Now().Add(20*time.Second)))
		p.hand(t, "s", "a")
		p.wantOldest(t, "s", "")
		wait(time.Minute)
		b.want(t, 0, sample("third"))
	})
	bubble(t, "are-replaced-across-shards", func(t *testing.T) {
		p, b := newTape(), &broker{}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		timer := timerAt("timer", time.Now().Add(20*time.Second))
		p.hand(t, "parent", "a", timer)
		p.hand(t, "child", "a")
		p.wantOldest(t, "parent", "")
		wait(time.Minute)
		b.want(t, 0, timer)
	})
	bubble(t, "that-fell-due-are-not-taken-back", func(t *testing.T) {
		p := newTape()
		var away atomic.Bool
		away.Store(true)
		b := &broker{before: func(context.Context, message.Envelope) error {
			if away.Load() {
				return fault.New(fault.Unavailable, "", "away")
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		timer := timerAt("timer", time.Now().Add(10*time.Second))
		p.hand(t, "s", "a", timer)
		wait(11 * time.Second)
		p.hand(t, "s", "a")
		away.Store(false)
		wait(10 * time.Second)
		b.want(t, 1, timer)
	})
	bubble(t, "go-out-at-once-when-their-shard-ends", func(t *testing.T) {
		p, b := newTape(), &broker{}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		timer, other := timerAt("timer", time.Now().Add(time.Hour)), timerAt("other", time.Now().Add(time.Hour))
		p.hand(t, "s", "a", timer)
		p.hand(t, "t", "a2", other)
		p.h.End("s")
		wait(time.Millisecond)
		b.want(t, 1, timer)
		b.want(t, 0, other)
		p.wantOldest(t, "s", "")
		p.h.End("unknown")
	})
	bubble(t, "go-out-at-once-where-there-are-too-many", func(t *testing.T) {
		p, b := newTape(), &broker{}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{Held: 10})()
		for i := range 25 {
			p.hand(t, "s", fmt.Sprint(i), timerAt(fmt.Sprint(i), time.Now().Add(time.Hour)))
		}
		wait(time.Second)
		if n := len(b.all()); n != 15 {
			t.Errorf("timers sent: got %d, want 15 of 25", n)
		}
	})
	bubble(t, "of-a-released-shard-are-forgotten", func(t *testing.T) {
		p, b := newTape(), &broker{}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		gone, kept := timerAt("gone", time.Now().Add(10*time.Second)), timerAt("kept", time.Now().Add(10*time.Second))
		sequence := p.hand(t, "s", "a", gone)
		p.hand(t, "t", "b", kept)
		if got := p.h.Release(t.Context(), "s"); got != sequence {
			t.Errorf("Release: got %q, want %q", got, sequence)
		}
		p.wantOldest(t, "s", "")
		wait(time.Minute)
		b.want(t, 0, gone)
		b.want(t, 1, kept)
		if got := p.h.Release(t.Context(), "unknown"); got != "" {
			t.Errorf("Release of an unknown shard: got %q, want nothing", got)
		}
	})
}

// TestStreamRelay_Releases lets go of a shard while the relay goes on with others.
func TestStreamRelay_Releases(t *testing.T) {
	bubble(t, "what-waits-for-its-next-try-is-forgotten", func(t *testing.T) {
		p := newTape()
		var away atomic.Bool
		away.Store(true)
		b := &broker{before: func(context.Context, message.Envelope) error {
			if away.Load() {
				return fault.New(fault.Unavailable, "", "away")
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})()
		gone, kept := sample("gone"), sample("kept")
		sequence := p.hand(t, "s", "a", gone)
		p.hand(t, "t", "b", kept)
		wait(time.Minute)
		if got := p.h.Release(t.Context(), "s"); got != sequence {
			t.Errorf("Release: got %q, want %q", got, sequence)
		}
		away.Store(false)
		wait(time.Minute)
		b.want(t, 0, gone)
		b.want(t, 1, kept)
	})
	bubble(t, "what-is-under-way-ends-and-what-comes-after-is-forgotten", func(t *testing.T) {
		p := newTape()
		b := &broker{before: func(_ context.Context, m message.Envelope) error {
			if wait(3 * time.Second); m.ID == "slow" {
				wait(3 * time.Second)
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{Batch: 1})()
		first, second, third, slow, other := sample("first"), sample("second"), sample("third"), sample("slow"), sample("other")
		p.hand(t, "s", "c", slow)
		p.hand(t, "s", "a", first)
		sequence := p.hand(t, "s", "a", second)
		p.hand(t, "s", "a", third)
		p.hand(t, "t", "b", other)
		wait(time.Second)
		if got := p.h.Release(t.Context(), "s"); got != sequence {
			t.Errorf("Release: got %q, want %q", got, sequence)
		}
		b.want(t, 1, first, slow)
		p.hand(t, "s", "a", second) // it came back
		wait(10 * time.Second)
		b.want(t, 1, second, other)
		b.want(t, 0, third)
	})
}

// TestStreamRelay_HoldsUpTheStream fills a relay: Handle waits for room, or until its context ends.
func TestStreamRelay_HoldsUpTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTape()
		var open atomic.Bool
		b := &broker{before: func(context.Context, message.Envelope) error {
			if !open.Load() {
				return fault.New(fault.Unavailable, "", "away")
			}
			return nil
		}}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{Unsent: 10})()
		ms := samples("m", 10)
		for i, m := range ms {
			p.hand(t, "s", fmt.Sprint(i), m)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := outbox.Change{Sequence: "999", Item: "x", At: time.Now(), Packed: pack(t, sample("x"))}
		if failed := p.h.Handle(ctx, "s", []outbox.Change{c}); !slices.Equal(failed, []string{"999"}) {
			t.Errorf("Handle without room: got %v failed, want what it could not take", failed)
		}
		go func() { wait(time.Minute); open.Store(true) }()
		last := sample("last")
		p.hand(t, "s", "y", last)
		wait(20 * time.Second)
		b.want(t, 1, append(ms, last)...)
		b.want(t, 0, sample("x"))
	})
}

// TestStreamRelay_StopsUnderLoad stops a relay at many moments: what it let go of is at or after what it says is the oldest.
func TestStreamRelay_StopsUnderLoad(t *testing.T) {
	for _, ms := range []int{0, 2, 5, 13, 34, 89} {
		bubble(t, fmt.Sprintf("after-%d-ms", ms), func(t *testing.T) {
			p := newTape()
			var tries atomic.Int32
			b := &broker{before: func(ctx context.Context, _ message.Envelope) error {
				if tries.Add(1)%5 == 0 {
					return fault.New(fault.Unavailable, "", "away")
				}
				select {
				case <-time.After(3 * time.Millisecond):
					return nil
				case <-ctx.Done():
					return ctx.Err()
				}
			}}
			stop := play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{InFlight: 8, Batch: 3})
			all := samples("m", 200)
			sequences := make([]string, len(all))
			for i := range all {
				if i%10 == 9 { // a timer, due too soon to be replaced
					all[i].NotBefore = time.Now().Add(time.Duration(i) * time.Millisecond)
				}
				sequences[i] = p.hand(t, "s", fmt.Sprint(i%50, i%10 == 9), all[i])
			}
			wait(time.Duration(ms) * time.Millisecond)
			stop()
			oldest := p.left["s"]
			for i, m := range all {
				if b.times(m.ID) == 0 && (oldest == "" || sequences[i] < oldest) {
					t.Errorf("%s: got it not sent, and before the oldest, %q", sequences[i], oldest)
				}
			}
			if oldest == "" && len(b.all()) < 200 {
				t.Errorf("after the stop: got nothing left and %d sent, want one or the other", len(b.all()))
			}
		})
	}
}

// TestStreamRelay_WaitsForWhatIsBeingPublished stops a relay whose queue answers later.
func TestStreamRelay_WaitsForWhatIsBeingPublished(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newTape()
		b := &broker{before: func(context.Context, message.Envelope) error { wait(3 * time.Second); return nil }}
		m := sample("m")
		stop := play(t, p, outbox.StreamRelayDeps{Publish: b.publish}, outbox.StreamRelayConfig{})
		p.hand(t, "s", "a", m)
		wait(time.Second)
		began := time.Now()
		stop()
		if took := time.Since(began); took != 2*time.Second {
			t.Errorf("stop: got it after %v, want 2s, when the message is handled", took)
		}
		b.want(t, 1, m)
		if p.left["s"] != "" {
			t.Errorf("Release: got %q, want that all is done with", p.left["s"])
		}
	})
}

func TestStreamRelay_MeasuresTheDepth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type measure struct {
			n   int
			lag time.Duration
		}
		var mu sync.Mutex
		var got []measure
		p := newTape()
		b := &broker{before: func(context.Context, message.Envelope) error { wait(12 * time.Second); return nil }}
		defer play(t, p, outbox.StreamRelayDeps{Publish: b.publish, Depth: func(n int, lag time.Duration) {
			mu.Lock()
			defer mu.Unlock()
			got = append(got, measure{n, lag})
		}}, outbox.StreamRelayConfig{Measure: 5 * time.Second, Batch: 1})()
		timer := timerAt("timer", time.Now().Add(time.Hour))
		p.hand(t, "s", "a", timer)
		for i, m := range samples("m", 3) {
			p.hand(t, "s", fmt.Sprint(i), m)
		}
		wait(16 * time.Second)
		mu.Lock()
		defer mu.Unlock()
		if want := []measure{{3, 5 * time.Second}, {3, 10 * time.Second}, {0, 0}}; !slices.Equal(got, want) {
			t.Errorf("Depth: got %v, want %v", got, want)
		}
	})
}
