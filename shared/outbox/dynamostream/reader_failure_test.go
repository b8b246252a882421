package dynamostream_test

import (
	"errors"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

// TestReader_Run_Survives breaks what it can.
func TestReader_Run_Survives(t *testing.T) {
	away := errors.New("throttled")
	for _, tc := range []struct {
		name string
		set  func(s *stream, g *register)
		end  func(s *stream, g *register)
		lost int // of the first messages
	}{
		{"failing-records", func(s *stream, _ *register) { s.broken = failing("Records", away) }, func(s *stream, _ *register) { s.broken = nil }, 0},
		{"failing-iterators", func(s *stream, _ *register) { s.broken = failing("Iterator", away); s.expire = 1 << 30 }, func(s *stream, _ *register) {
			s.broken, s.expire = nil, 0
		}, 0},
		{"failing-descriptions", func(s *stream, _ *register) { s.broken = failing("Shards", away) }, func(s *stream, _ *register) { s.broken = nil }, 0},
		{"failing-renewals", func(_ *stream, g *register) { g.broken = failing("Keep", away) }, func(_ *stream, g *register) { g.broken = nil }, 0},
		{"expired-iterators", func(s *stream, _ *register) { s.expire = s.made + 1 }, func(*stream, *register) {}, 0},
		{"another-that-takes-the-lease", func(_ *stream, g *register) {
			l := g.all["s1"]
			l.Owner, l.Until = "stranger", time.Now().Add(leaseTime)
			g.all["s1"] = l
		}, func(*stream, *register) {}, 0},
	} {
		bubble(t, tc.name, func(t *testing.T) {
			s, g, k := newStream("s1"), newRegister(), &sink{}
			r, _ := process(s, g, "p1", k)
			defer k.relay(t, r)()
			before, during, after := sample("before"), sample("during"), sample("after")
			s.write(t, "s1", "a", before)
			wait(10 * time.Second)
			lock := func(f func(*stream, *register)) {
				s.mu.Lock()
				defer s.mu.Unlock()
				g.mu.Lock()
				defer g.mu.Unlock()
				f(s, g)
			}
			lock(tc.set)
			s.write(t, "s1", "b", during)
			wait(2 * time.Minute)
			lock(tc.end)
			s.write(t, "s1", "c", after)
			wait(30 * time.Second)
			k.want(t, 1, before)
			k.want(t, -1, during, after)
			if l := g.lease("s1"); l.Owner != "p1" || time.Now().After(l.Until) {
				t.Errorf("lease: got %+v, want it kept, or taken again", l)
			}
			if calls := len(k.failures()); calls > 300 {
				t.Errorf("Failed: got %d calls, want it to rest between tries", calls)
			}
		})
	}
}

func failing(op string, err error) func(string) error {
	return func(called string) error {
		if called == op {
			return err
		}
		return nil
	}
}

// TestReader_Run_Trimmed begins again with the oldest record there is, and says so, when its place is forgotten.
func TestReader_Run_Trimmed(t *testing.T) {
	bubble(t, "goes-on-with-the-oldest-record", func(t *testing.T) {
		s, g, k := newStream("s1"), newRegister(), &sink{}
		r, _ := process(s, g, "p1", k)
		stop := k.relay(t, r)
		first, lost, kept := sample("first"), sample("lost"), sample("kept")
		s.write(t, "s1", "a", first)
		wait(10 * time.Second)
		stop()
		s.write(t, "s1", "a", lost)
		s.write(t, "s1", "a", kept)
		s.edit(func() { s.find("s1").trimmed = 2 })
		r, _ = process(s, g, "p2", k)
		defer k.relay(t, r)()
		wait(10 * time.Second)
		k.want(t, 1, first, kept)
		k.want(t, 0, lost)
		if got := k.failures(); len(got) != 1 || !errors.Is(got[0], dynamostream.ErrTrimmed) {
			t.Errorf("Failed: got %v, want that records are lost", got)
		}
	})
}
