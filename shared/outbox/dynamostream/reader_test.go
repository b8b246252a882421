package dynamostream_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

func wait(d time.Duration) { <-time.After(d) }

const leaseTime = 20 * time.Second

// process is a reader with a sink of its own on a shared stream and register.
func process(s *stream, g *register, owner string, k *sink) (*dynamostream.Reader, *view) {
	v := &view{register: g, owner: owner, lasts: leaseTime}
	return dynamostream.NewReader(s, v, dynamostream.Options{Owner: owner, Failed: k.fail}), v
}

func bubble(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func TestReader_Run(t *testing.T) {
	bubble(t, "sends-within-300-ms", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		r, _ := process(s, g, "p1", k)
		defer k.relay(t, r)()
		wait(time.Second)
		for i := range 20 {
			m := sample(fmt.Sprintf("m%d", i))
			wrote := time.Now()
			s.write(t, "s1", "item", m)
			wait(time.Duration(250+i*17) * time.Millisecond)
			k.want(t, 1, m)
			if took := k.when(m.ID).Sub(wrote); took > 250*time.Millisecond {
				t.Errorf("%s: got it sent after %v, want within 250ms", m.ID, took)
			}
		}
	})
	bubble(t, "asks-an-idle-shard-no-more-than-5-times-a-second", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		r, _ := process(s, g, "p1", k)
		stop := k.relay(t, r)
		wait(time.Minute)
		stop()
		if n := s.asked("s1"); n > 300 || n < 200 {
			t.Errorf("calls in a minute: got %d, want 200 to 300", n)
		}
		if g.writes > 16 {
			t.Errorf("writes of the lease in a minute: got %d, want at most 16", g.writes)
		}
	})
	bubble(t, "asks-a-busy-shard-no-more-than-5-times-a-second", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		s.page = 1
		for i := range 200 {
			s.write(t, "s1", fmt.Sprint(i), sample(fmt.Sprint(i)))
		}
		r, _ := process(s, g, "p1", k)
		defer k.relay(t, r)()
		wait(10 * time.Second)
		if n := s.asked("s1"); n > 50 {
			t.Errorf("calls in 10 s: got %d, want at most 50", n)
		}
	})
	bubble(t, "passes-over-leases", func(t *testing.T) {
		s, g := newStream("s1"), newRegister()
		s.shards[0].records = []dynamostream.Record{{Change: outbox.Change{Sequence: "1"}, Lease: true}, {Change: outbox.Change{Sequence: "2", Item: "a"}}}
		r, _ := process(s, g, "p1", &sink{})
		var got []outbox.Change
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := r.Run(ctx, outbox.ShardHandlerFunc(func(_ context.Context, _ string, cs []outbox.Change) []string {
			got = append(got, cs...)
			return nil
		})); err != nil {
			t.Errorf("Run: got %v, want nil", err)
		}
		if len(got) != 1 || got[0].Item != "a" {
			t.Errorf("changes: got %v, want the one of a", got)
		}
	})
}

// TestReader_Run_Failed answers as a function's trigger is answered: the lowest number counts, an unknown one means all.
func TestReader_Run_Failed(t *testing.T) {
	for _, tc := range []struct {
		name   string
		failed []string
		again  []string
	}{
		{"lowest", []string{"1004", "1003"}, []string{"1003", "1004", "1005"}},
		{"last", []string{"1005"}, []string{"1005"}},
		{"unknown", []string{"7"}, []string{"1001", "1002", "1003", "1004", "1005"}},
		{"empty", []string{""}, []string{"1001", "1002", "1003", "1004", "1005"}},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s, g, k := newStream("s1"), newRegister(), &sink{}
			for range 6 {
				s.write(t, "s1", "a")
			}
			s.page = 5
			r, _ := process(s, g, "p1", k)
			var calls [][]string
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			err := r.Run(ctx, outbox.ShardHandlerFunc(func(_ context.Context, _ string, cs []outbox.Change) []string {
				var ids []string
				for _, c := range cs {
					ids = append(ids, c.Sequence)
				}
				if calls = append(calls, ids); len(calls) == 1 {
					return tc.failed
				}
				return nil
			}))
			if err != nil || len(calls) != 3 || !slices.Equal(calls[1], tc.again) || !slices.Equal(calls[2], []string{"1006"}) {
				t.Errorf("Run: got calls %v and %v, want the second with %v", calls, err, tc.again)
			}
			if len(k.failures()) == 0 {
				t.Error("Failed: got no call, want one")
			}
		})
	}
}

// TestReader_Run_Resumes stops a process, or lets it die, and starts another.
func TestReader_Run_Resumes(t *testing.T) {
	for _, tc := range []struct {
		name string
		dies bool
		most time.Duration // until the other goes on
		dup  int           // messages that may come twice
	}{
		{"after-a-stop-at-once-and-without-repeating", false, 6 * time.Second, 0},
		{"after-a-death-once-the-lease-has-run-out", true, leaseTime + 6*time.Second, 40},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s, g, k := newStream("s1"), newRegister(), &sink{}
			r1, v1 := process(s, g, "p1", k)
			stop1 := k.relay(t, r1)
			other := &sink{}
			r2, _ := process(s, g, "p2", other)
			wait(time.Second)
			defer other.relay(t, r2)()
			var all []outbox.Message
			for i := range 100 {
				m := sample(fmt.Sprintf("m%d", i))
				all = append(all, m)
				s.write(t, "s1", fmt.Sprint(i%10), m)
				wait(200 * time.Millisecond)
				if i == 50 {
					g.mu.Lock()
					v1.dead = tc.dies
					g.mu.Unlock()
					stop1()
				}
			}
			wait(tc.most)
			twice := 0
			for _, m := range all {
				a, b := k.times(m.ID), other.times(m.ID)
				if a+b == 0 {
					t.Errorf("%s: got it never, want it sent", m.ID)
				}
				if a+b > 1 {
					twice++
				}
			}
			if twice > tc.dup {
				t.Errorf("messages sent twice: got %d, want at most %d", twice, tc.dup)
			}
		})
	}
}

// TestReader_Run_CheckpointWaits: neither timers nor what cannot be published are passed by a checkpoint.
func TestReader_Run_CheckpointWaits(t *testing.T) {
	bubble(t, "for-timers", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		r, v := process(s, g, "p1", k)
		stop := k.relay(t, r)
		timer, m := timerAt("timer", time.Now().Add(time.Minute)), sample("m")
		s.write(t, "s1", "a", sample("before"))
		s.write(t, "s1", "b", timer)
		s.write(t, "s1", "c", m)
		wait(30 * time.Second)
		if got, want := g.lease("s1").From, (dynamostream.Position{Sequence: "1002", At: true}); got != want {
			t.Errorf("checkpoint: got %+v, want %+v", got, want)
		}
		g.mu.Lock()
		v.dead = true
		g.mu.Unlock()
		stop()
		r, _ = process(s, g, "p2", k)
		defer k.relay(t, r)()
		wait(29 * time.Second)
		k.want(t, 2, m)
		k.want(t, 0, timer)
		wait(2 * time.Second)
		k.want(t, 1, timer)
		wait(10 * time.Second)
		if got, want := g.lease("s1").From, (dynamostream.Position{Sequence: "1003"}); got != want {
			t.Errorf("checkpoint when all is done with: got %+v, want %+v", got, want)
		}
	})
	bubble(t, "for-what-fails", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		var away atomic.Bool
		away.Store(true)
		k.broken = func(m message.Envelope) error {
			if away.Load() && m.ID == "bad" {
				return fault.New(fault.Unavailable, "", "away")
			}
			return nil
		}
		r, _ := process(s, g, "p1", k)
		stop := k.relay(t, r)
		bad, good := sample("bad"), sample("good")
		s.write(t, "s1", "a", bad)
		s.write(t, "s1", "b", good)
		wait(time.Minute)
		k.want(t, 1, good)
		stop()
		if got, want := g.lease("s1"), (dynamostream.Position{Sequence: "1001", At: true}); got.From != want || got.Owner != "" {
			t.Errorf("lease after the stop: got %+v, want nobody's at %+v", got, want)
		}
		away.Store(false)
		r, _ = process(s, g, "p2", k)
		defer k.relay(t, r)()
		wait(time.Second)
		k.want(t, 1, bad)
	})
}

func TestReader_Run_Reshards(t *testing.T) {
	bubble(t, "children-come-after-their-parent", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		slow := true
		k.broken = func(m message.Envelope) error {
			if slow && strings.HasPrefix(m.ID, "parent") {
				return fault.New(fault.Unavailable, "", "away")
			}
			return nil
		}
		r, _ := process(s, g, "p1", k)
		defer k.relay(t, r)()
		var all []outbox.Message
		write := func(shard, name string) {
			m := sample(name)
			all = append(all, m)
			s.write(t, shard, "item", m)
		}
		write("s1", "parent-1")
		write("s1", "parent-2")
		s.write(t, "s1", "other", timerAt("parent-timer", time.Now().Add(time.Hour)))
		s.divide("s1", "s2", "s3")
		write("s2", "child-1")
		s.divide("s2", "s4")
		write("s4", "grandchild-1")
		wait(time.Minute)
		if got := k.all(); len(got) > 0 {
			t.Errorf("while the parent's fail: got %v sent, want none", got)
		}
		if n := s.asked("s2", "s3", "s4"); n > 0 {
			t.Errorf("while the parent's fail: got its children read %d times, want none", n)
		}
		k.mu.Lock()
		slow = false
		k.mu.Unlock()
		wait(10 * time.Second)
		k.want(t, 1, all...)
		k.want(t, 1, outbox.Message{Envelope: message.Envelope{ID: "parent-timer"}}) // its shard ended, nobody waits for it
		var got []string
		for _, id := range k.all() {
			if id != "parent-timer" {
				got = append(got, id)
			}
		}
		if want := []string{"parent-1", "parent-2", "child-1", "grandchild-1"}; !slices.Equal(got, want) {
			t.Errorf("order: got %v, want %v", got, want)
		}
		for _, id := range []string{"s1", "s2"} {
			if !g.lease(id).Done {
				t.Errorf("lease of %s: got %+v, want done", id, g.lease(id))
			}
		}
	})
	bubble(t, "a-forgotten-parent-is-not-waited-for", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		s.divide("s1", "s2")
		s.edit(func() { s.find("s1").gone = true })
		m := sample("m")
		s.write(t, "s2", "a", m)
		r, _ := process(s, g, "p1", k)
		defer k.relay(t, r)()
		wait(time.Second)
		k.want(t, 1, m)
	})
	bubble(t, "a-shard-that-goes-ends-its-reader", func(t *testing.T) {
		s, g, k := newStream("s1", "s2"), newRegister(), &sink{}
		r, _ := process(s, g, "p1", k)
		defer k.relay(t, r)()
		wait(time.Second)
		s.edit(func() { s.find("s1").gone = true })
		wait(time.Minute)
		if l := g.lease("s1"); l.Owner != "" || l.Done {
			t.Errorf("lease of the shard that is gone: got %+v, want nobody's", l)
		}
		m := sample("m")
		s.write(t, "s2", "a", m)
		wait(time.Second)
		k.want(t, 1, m)
	})
}

func TestReader_Run_Shares(t *testing.T) {
	var ids []string
	for i := range 9 {
		ids = append(ids, fmt.Sprintf("s%d", i))
	}
	bubble(t, "shards-among-processes-without-loss", func(t *testing.T) {
		s, g, k := newStream(ids...), newRegister(), &sink{}
		var stops []func()
		var all []outbox.Message
		write := func(n int) {
			for range n {
				m := sample(fmt.Sprintf("m%d", len(all)))
				all = append(all, m)
				s.write(t, ids[len(all)%len(ids)], fmt.Sprint(len(all)%40), m)
				wait(20 * time.Millisecond)
			}
		}
		for i := range 3 {
			r, _ := process(s, g, fmt.Sprintf("p%d", i), k)
			stops = append(stops, k.relay(t, r))
			write(250)
		}
		write(2000) // 40 s
		for i := range 3 {
			if n := g.count(fmt.Sprintf("p%d", i)); n != 3 {
				t.Errorf("shards of process %d: got %d, want 3 of 9", i, n)
			}
		}
		stops[0]()
		write(500)
		stops[1]()
		write(500)
		wait(20 * time.Second)
		if n := g.count("p2"); n != 9 {
			t.Errorf("shards of the last process: got %d, want all 9", n)
		}
		k.want(t, 1, all...) // nobody died, so nothing comes twice
		stops[2]()
	})
	bubble(t, "nothing-while-one-process-has-all-it-needs", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		for i := range 3 {
			r, _ := process(s, g, fmt.Sprintf("p%d", i), k)
			t.Cleanup(k.relay(t, r))
			wait(time.Second)
		}
		wait(5 * time.Minute)
		if g.count("p0") != 1 || g.lease("s1").Wanted != "" {
			t.Errorf("lease: got %+v, want it to stay with the first", g.lease("s1"))
		}
	})
}
