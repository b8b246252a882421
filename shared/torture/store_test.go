package torture_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"
)

// storeRig is a store on a server behind a wire.
type storeRig struct {
	e      engine
	server *server
	wire   *wire
	at     string
	s      stored
}

func TestStores(t *testing.T) {
	t.Parallel()
	for _, e := range engines() {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			r := &storeRig{e: e, at: t.TempDir()}
			if e.server != "" {
				r.server, r.wire = newServerBehindWire(t, e.server, e.env)
				r.at = r.wire.address()
			}
			r.s = e.openNow(t, r.at, "torture")
			for _, c := range storeCases() {
				if (c.wire && r.wire == nil) || (c.folder && r.wire != nil) || (c.keeps && !e.keeps) {
					continue
				}
				t.Run(c.name, func(t *testing.T) { c.test(t, r) })
			}
		})
	}
}

// storeCase is what is true of stores while something fails.
type storeCase struct {
	name                string
	wire, folder, keeps bool // it needs a wire, a folder, a server that keeps what it stored
	test                func(t *testing.T, r *storeRig)
}

func storeCases() []storeCase {
	all := []storeCase{
		{name: "reply-to-each-write-of-a-booking-lost", wire: true, test: bookingRepliesLost},
		{name: "reply-to-each-write-of-a-hold-and-its-booking-lost", wire: true, test: heldRepliesLost},
		{name: "reply-to-each-write-of-a-cancellation-lost", wire: true, test: cancelRepliesLost},
		{name: "server-restarted-under-load", keeps: true, test: storeRestarted},
		{name: "process-killed-after-each-write-of-a-booking", folder: true, test: buyerKilled},
		{name: "disk-full", folder: true, test: diskFull},
		{name: "everything-twice-and-in-no-order", test: storeTwice},
	}
	for _, f := range linkFaults() {
		all = append(all, storeCase{name: f.name, wire: true, test: func(t *testing.T, r *storeRig) { storeLinkFails(t, r, f) }})
	}
	return all
}

func timeIsUp(err error) bool { return errors.Is(err, context.DeadlineExceeded) }

func (r *storeRig) desk(t testing.TB) *desk {
	t.Helper()
	d, err := newDesk(r.s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// eachReplyLost does something again and again, each time with the reply to the next of its writes lost, until it has no more.
func (r *storeRig) eachReplyLost(t *testing.T, least int, do func(n int)) (lost int) {
	t.Helper()
	front := r.wire.front
	for n := 1; ; n++ {
		before := front.losses()
		front.lose(n, r.e.writes...)
		do(n)
		front.lose(0)
		if front.losses() == before {
			break
		}
		lost++
	}
	if lost < least {
		t.Errorf("writes whose reply was lost: got %d, want %d or more", lost, least)
	}
	return lost
}

// bookingRepliesLost has the store do each write of a booking in turn while nobody hears of it.
func bookingRepliesLost(t *testing.T, r *storeRig) {
	d := r.desk(t)
	event := d.opens(t, t.Name())
	lost := r.eachReplyLost(t, 7, func(n int) { // claim, list, authorise, record, confirm, capture, and more
		d.buy(t, event, fmt.Sprintf("%s-%d", t.Name(), n), 1+n%4)
	})
	d.audit(t, r.e.name, event, fmt.Sprintf("%d replies lost", lost), 0, soon())
}

// heldRepliesLost is that for a hold that is booked by another call.
func heldRepliesLost(t *testing.T, r *storeRig) {
	d := r.desk(t)
	event := d.opens(t, t.Name())
	lost := r.eachReplyLost(t, 7, func(n int) { d.holdAndBook(t, event, fmt.Sprintf("%s-%d", t.Name(), n), 1+n%4) })
	d.audit(t, r.e.name, event, fmt.Sprintf("%d replies lost", lost), 0, soon())
}

// cancelRepliesLost is that for a cancellation: the places are free again, and the money is given back once.
func cancelRepliesLost(t *testing.T, r *storeRig) {
	d := r.desk(t)
	event := d.opens(t, t.Name())
	front := r.wire.front
	lost := r.eachReplyLost(t, 3, func(n int) { // record, free, refund, and more
		name := fmt.Sprintf("%s-%d", t.Name(), n)
		front.lose(0)
		d.buy(t, event, name, 1+n%4)
		front.lose(n, r.e.writes...)
		d.cancel(t, name)
	})
	d.auditCancelled(t, r.e.name, event, fmt.Sprintf("%d replies lost", lost))
}

// crowd buys all the time.
type crowd struct {
	t       *testing.T
	d       *desk
	event   string
	stop    chan struct{}
	work    sync.WaitGroup
	slowest time.Duration
	within  time.Duration
}

func (r *storeRig) crowd(t *testing.T) *crowd {
	d := r.desk(t)
	c := &crowd{t: t, d: d, event: d.opens(t, t.Name()), stop: make(chan struct{}), within: soon()}
	for who := range 4 {
		c.work.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-c.stop:
					return
				case <-time.After(20 * time.Millisecond):
					d.buy(t, c.event, fmt.Sprintf("%s-%d-%d", t.Name(), who, i), 1+i%3)
				}
			}
		})
	}
	return c
}

func (c *crowd) bookings() int {
	c.d.mu.Lock()
	defer c.d.mu.Unlock()
	return len(c.d.bought)
}

// more waits for bookings that were not there before.
func (c *crowd) more(n int) {
	c.t.Helper()
	before := c.bookings()
	eventually(c.t, "more bookings", func() bool { return c.bookings() >= before+n })
}

// recovers measures how long it takes from now until somebody who comes now has tickets.
func (c *crowd) recovers(round int) {
	c.t.Helper()
	began := time.Now()
	c.d.buy(c.t, c.event, fmt.Sprintf("%s-after-%d", c.t.Name(), round), 1)
	c.slowest = max(c.slowest, time.Since(began))
}

func (c *crowd) ends(adapter, did string) {
	c.t.Helper()
	close(c.stop)
	c.work.Wait()
	c.d.audit(c.t, adapter, c.event, did, c.slowest, c.within)
}

// storeRestarted kills the server, or asks it to stop, while people buy.
func storeRestarted(t *testing.T, r *storeRig) {
	c, n := r.crowd(t), choose(2, 20)
	for i := range n {
		c.more(10)
		r.server.stop([]syscall.Signal{syscall.SIGKILL, syscall.SIGTERM}[i%2])
		r.server.run()
		c.recovers(i)
	}
	c.ends(r.e.name, fmt.Sprintf("%d restarts", n))
}

// storeLinkFails has a fault last for a while, several times over, while people buy.
func storeLinkFails(t *testing.T, r *storeRig, f linkFault) {
	c, n := r.crowd(t), choose(1, 10)
	c.within = f.within()
	for i := range n {
		c.more(5)
		f.begin(r.wire)
		<-time.After(choose(time.Second, 5*time.Second))
		r.wire.mend()
		c.recovers(i)
	}
	c.ends(r.e.name, fmt.Sprintf("%d times", n))
}
