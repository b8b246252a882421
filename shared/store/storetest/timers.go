package storetest

import (
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

func timerFacts() []fact {
	return []fact{
		{name: "timer-is-not-claimed-before-it-is-due", needs: polling, test: timerDue},
		{name: "timer-is-replaced-by-the-next-write", needs: polling, test: timerReplaced},
		{name: "timer-stays-when-the-next-write-is-refused", needs: polling, test: timerKept},
		{name: "timer-stays-when-another-aggregate-is-written", needs: polling, test: timerOfAnother},
		{name: "due-messages-stay-when-the-aggregate-is-written-again", needs: polling, test: dueStay},
		{name: "claimed-timer-stays-when-the-aggregate-is-written-again", needs: polling, test: claimedTimerStays},
	}
}

// A write is not told the time, so an engine judges by its own clock whether a timer is due. These are due, or not due, by
// any clock.
var (
	longAgo = time.Date(2001, 9, 9, 1, 46, 40, 0, time.UTC)
	farOff  = time.Date(2096, 1, 1, 0, 0, 0, 0, time.UTC)
)

func (e *env) timer(at time.Time, text string) outbox.Message {
	m := e.message(0, text)
	m.NotBefore = at
	return m
}

func timerDue(e *env) {
	for _, w := range writers() {
		src := w.from(e)
		late, now := e.timer(after(20), "late"), e.message(0, "now")
		e.must(w.name, w.new(e)(1, late, now))
		e.sent(src, e.claims("before the timer of "+w.name, src, after(0), now))
		e.claims("a second before the timer", src, after(19))
		e.claims("as the timer falls due", src, after(20), late)
		e.claims("within its lease", src, after(49))
		got := e.claims("after its lease", src, after(51), late)
		e.sent(src, got)
		e.claims("after it was sent", src, after(1e6))
	}
}

func timerReplaced(e *env) {
	for _, w := range writers() {
		src, put := w.from(e), w.new(e)
		now := e.message(0, "now")
		e.must(w.name, put(1, e.timer(farOff, "first"), e.timer(farOff.Add(time.Hour), "first"), now))
		second := e.timer(farOff, "second")
		e.must(w.name, put(2, second))
		e.sent(src, e.claims("after the timers of "+w.name+" were replaced", src, farOff.Add(2*time.Hour), now, second))
		e.must(w.name, put(3, e.timer(farOff, "third")))
		e.must(w.name, put(4))
		e.claims("after the timer of "+w.name+" was replaced by nothing", src, farOff.Add(2*time.Hour))
	}
}

func timerKept(e *env) {
	for _, w := range writers() {
		src, put := w.from(e), w.new(e)
		timer := e.timer(farOff, "kept")
		e.must(w.name, put(1, timer))
		e.kind(w.name+" version 1 again", put(1, e.timer(farOff, "refused")), fault.Stale)
		e.kind(w.name+" version 7 over 1", put(7), fault.Stale)
		e.sent(src, e.claims("after refused "+w.name, src, farOff, timer))
	}
}

func timerOfAnother(e *env) {
	for _, w := range writers() {
		src := w.from(e)
		one, two := e.timer(farOff, "one"), e.timer(farOff, "two")
		put := w.new(e)
		e.must(w.name, put(1, one))
		for _, other := range writers() {
			e.must(other.name+" of another", other.new(e)(1))
		}
		e.must(w.name+" of another", w.new(e)(1, two))
		e.sent(src, e.claims("after others were written", src, farOff, one, two))
	}
}

func dueStay(e *env) {
	for _, w := range writers() {
		src, put := w.from(e), w.new(e)
		due, now, gone := e.timer(longAgo, "due"), e.message(0, "now"), e.timer(farOff, "gone")
		e.must(w.name, put(1, due, now, gone))
		e.must(w.name, put(2))
		e.sent(src, e.claims("after "+w.name+" wrote again", src, farOff, due, now))

		due, now = e.timer(longAgo, "due, claimed"), e.message(0, "now, claimed")
		e.must(w.name, put(3, due, now))
		e.claims("first", src, after(0), due, now)
		e.must(w.name, put(4))
		e.sent(src, e.claims("after the lease, the aggregate being written meanwhile", src, after(40), due, now))
	}
}

// claimedTimerStays claims a timer by a clock that runs ahead of the engine's: it was due to somebody, so no write may take
// it back.
func claimedTimerStays(e *env) {
	for _, w := range writers() {
		src, put := w.from(e), w.new(e)
		timer := e.timer(farOff, "claimed")
		e.must(w.name, put(1, timer))
		e.claims("as the timer falls due", src, farOff, timer)
		e.must(w.name, put(2))
		e.sent(src, e.claims("after the lease, the aggregate being written meanwhile", src, farOff.Add(time.Minute), timer))
	}
}
