package torture_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

var errPoison = errors.New("poison: cannot be handled")

// poisonAmongGood has some messages fail whenever they are handled, and others be no messages at all for who gets them.
func poisonAmongGood(t *testing.T, r *rig) {
	l := r.newLoad(t)
	bad := map[string]int{} // poison, with the attempts that it gets
	tried := map[string]int{}
	r.mu.Lock()
	good := r.handle[l.name]
	r.handle[l.name] = func(ctx context.Context, m message.Envelope) error {
		l.mu.Lock()
		tried[m.ID]++
		attempts := bad[m.ID]
		l.mu.Unlock()
		switch attempts {
		case 0:
			return good(ctx, m)
		case 1:
			return fault.Wrap(fault.Invalid, "a body that nobody reads", errPoison)
		}
		return errPoison
	}
	r.mu.Unlock()
	n := choose(60, 600)
	for i := range n {
		m := l.next()
		l.mu.Lock()
		switch i % 20 {
		case 7:
			bad[m.ID] = policy.Attempts
		case 13:
			bad[m.ID] = 1
		}
		l.mu.Unlock()
		l.publishAgain(m)
	}
	l.mu.Lock()
	for m := range bad {
		delete(l.sent, m)
	}
	l.mu.Unlock()
	letters := func() map[string]queue.DeadLetter {
		found := map[string]queue.DeadLetter{}
		ds, err := r.q.DeadLetters(t.Context(), "", 10*n)
		if err != nil {
			t.Logf("DeadLetters: %v", err)
		}
		for _, d := range ds {
			if bad[d.Message.ID] > 0 {
				found[d.Message.ID] = d
			}
		}
		return found
	}
	var found map[string]queue.DeadLetter
	eventually(t, "the poison as dead letters", func() bool { found = letters(); return len(found) == len(bad) })
	l.mu.Lock()
	for m, attempts := range bad {
		d := found[m]
		if d.Attempts != attempts || tried[m] != attempts || d.Group != group || !strings.Contains(d.Reason, errPoison.Error()) {
			t.Errorf("dead letter: got group %q, attempts %d, %d times handled, reason %q, want %q, %d and its reason",
				d.Group, d.Attempts, tried[m], d.Reason, group, attempts)
		}
		r.letters[m] = attempts
	}
	l.mu.Unlock()
	l.ends(fmt.Sprintf("%d poisoned, each a dead letter", len(bad)))
}
