package torture_test

import (
	"context"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

// queueCase is what is true of every queue while something fails.
type queueCase struct {
	name        string
	wire, alarm bool // it needs a wire, a server that can be made to take no more
	test        func(t *testing.T, r *rig)
}

func queueCases() []queueCase {
	all := []queueCase{
		{name: "broker-restarted-under-load", wire: true, test: brokerRestarted},
		{name: "reply-to-publish-lost", wire: true, test: publishReplyLost},
		{name: "poison-among-good-messages", test: poisonAmongGood},
		{name: "everything-twice-and-in-no-order", wire: true, test: queueTwice}, // in memory: TestStores
		{name: "consumer-killed-between-effect-and-ack", wire: true, test: consumerKilled},
		{name: "no-room-for-messages", alarm: true, test: noRoom},
	}
	for _, f := range linkFaults() {
		all = append(all, queueCase{name: f.name, wire: true, test: func(t *testing.T, r *rig) { linkFails(t, r, f) }})
	}
	return all
}

func TestQueues(t *testing.T) {
	t.Parallel()
	for _, b := range brokers() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, b)
			for _, c := range queueCases() {
				if c.wire && b.server == "" || c.alarm && b.alarm == nil {
					continue
				}
				t.Run(c.name, func(t *testing.T) { c.test(t, r) })
			}
		})
	}
}

// brokerRestarted kills the server, or asks it to stop, while messages flow.
func brokerRestarted(t *testing.T, r *rig) {
	l := r.newLoad(t).flows()
	n := choose(2, 20)
	for i := range n {
		l.more(20)
		r.server.stop([]syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[i%2])
		r.server.run()
		l.recovers()
	}
	l.ends(fmt.Sprintf("%d restarts", n))
}

// linkFault is something that connections suffer.
type linkFault struct {
	name   string
	begin  func(w *wire)
	silent bool // it has no end: the sides have to notice
}

// within is how long it may take until things go on.
func (f linkFault) within() time.Duration {
	if f.silent {
		return noticed
	}
	return soon()
}

func linkFaults() []linkFault {
	return []linkFault{
		{name: "connections-cut", begin: (*wire).cut},
		{name: "connections-delayed", begin: func(w *wire) { w.spoil("latency", `{"latency":150,"jitter":100}`) }},
		{name: "connections-reset", begin: func(w *wire) { w.spoil("reset_peer", `{"timeout":0}`) }},
		{name: "connections-half-open", begin: func(w *wire) { w.spoil("timeout", `{"timeout":0}`) }},
		{name: "connections-that-end-in-the-midst", begin: func(w *wire) { w.spoil("limit_data", `{"bytes":2500}`) }},
		{name: "connections-silent-for-ever", begin: func(w *wire) { w.front.silence() }, silent: true},
	}
}

// linkFails has a fault last for a while, several times over.
func linkFails(t *testing.T, r *rig, f linkFault) {
	l := r.newLoad(t).flows()
	l.within = f.within()
	n := choose(1, 10)
	for range n {
		l.more(10)
		f.begin(r.wire)
		<-time.After(choose(time.Second, 5*time.Second))
		r.wire.mend()
		l.recovers()
	}
	l.ends(fmt.Sprintf("%d times", n))
}

// publishReplyLost has the broker store a message and the publisher not hear of it.
func publishReplyLost(t *testing.T, r *rig) {
	l := r.newLoad(t)
	n := choose(3, 50)
	before := r.wire.front.losses()
	for range n {
		m := l.next()
		r.wire.front.lose(1, m.ID)
		l.publishAgain(m)
		began := time.Now()
		eventually(t, "a message whose reply was lost", func() bool { return l.handled(m) })
		l.slowest = max(l.slowest, time.Since(began))
	}
	if lost := r.wire.front.losses() - before; lost != n {
		t.Errorf("replies lost: got %d, want %d", lost, n)
	}
	l.ends(fmt.Sprintf("%d replies lost", n))
}

// noRoom has the server run out of memory: it takes nothing until there is some again.
func noRoom(t *testing.T, r *rig) {
	l := r.newLoad(t).flows()
	for range choose(1, 5) {
		l.more(10)
		off := r.b.alarm(r.server)
		m := l.next()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		began := time.Now()
		err := r.q.Publish(ctx, m)
		cancel()
		if !fault.Is(err, fault.Unavailable) || time.Since(began) > 30*time.Second {
			t.Errorf("Publish without room: got %v after %v, want unavailable by its deadline", err, time.Since(began))
		}
		off()
		l.publishAgain(m)
		l.recovers()
	}
	l.ends("no room")
}
