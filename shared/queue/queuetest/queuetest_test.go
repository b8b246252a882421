package queuetest_test

import (
	"context"
	"fmt"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/queue/queuetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(bug string) func(*testing.T, queuetest.Setup) queuetest.Queues {
	return func(_ *testing.T, s queuetest.Setup) queuetest.Queues { return newFlawed(bug, s) }
}

// TestRun_passesByTheWallClock runs the suite as an adapter of a broker would.
func TestRun_passesByTheWallClock(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{Open: open(""), Quiet: 100 * time.Millisecond, Scale: 4})
}

func TestRun_passesOnAnOrderedQueue(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{Open: open("in-order"), Features: queuetest.Features{InProcess: true, OrderedBySubject: true}})
}

// ofBrokers are the features that a broker with triggers has.
var ofBrokers = queuetest.Features{InProcess: true, Redrives: true, Parks: true, Batches: true}

// TestRun_passesOnABroker runs the cases of brokers, which memqueue does not offer.
func TestRun_passesOnABroker(t *testing.T) {
	for _, name := range brokersNames() {
		if found := findsOn(t, newBroker, ofBrokers, "", name); len(found) > 0 {
			t.Errorf("case %s: got %q, want nothing", name, found)
		}
	}
}

// brokersNames are the names of the cases that only some offer.
func brokersNames() (names []string) {
	for _, b := range brokersBugs {
		for _, name := range strings.Fields(b.found) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// TestRun_allowsRepeats runs the suite on a queue that delivers a message again after its ack, where that is declared.
func TestRun_allowsRepeats(t *testing.T) {
	queuetest.Run(t, queuetest.Harness{Open: open("acked-messages-come-again"), Features: queuetest.Features{InProcess: true, MayRepeat: true}})
}

func TestRun_namesAreFactsInKebabCase(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)+$`)
	seen := map[string]bool{}
	for _, name := range queuetest.Names() {
		if !kebab.MatchString(name) || seen[name] {
			t.Errorf("case %q: got a name that is not kebab-case or comes twice", name)
		}
		seen[name] = true
	}
}

// recorder is a queuetest.T that keeps what a case finds.
type recorder struct {
	ctx   context.Context
	mu    sync.Mutex
	found []string
}

func (*recorder) Helper() {}

func (r *recorder) Context() context.Context { return r.ctx }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.found = append(r.found, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

// finds runs one case on a queue with a bug and returns what it finds.
func finds(t *testing.T, bug, name string) (found []string) {
	t.Helper()
	return findsOn(t, newFlawed, queuetest.Features{InProcess: true, OrderedBySubject: true}, bug, name)
}

func findsOn(t *testing.T, open func(string, queuetest.Setup) queuetest.Queues, may queuetest.Features, bug, name string) (found []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{ctx: t.Context()}
		done := make(chan struct{})
		go func() {
			defer close(done)
			h := queuetest.Harness{Features: may}
			queuetest.RunFact(r, h, func(s queuetest.Setup) queuetest.Queues { return open(bug, s) }, name)
		}()
		<-done
		<-time.After(2 * time.Hour) // what the bug left behind ends
		found = r.found
	})
	return found
}

// TestRun_findsPlantedBugs proves that the suite can fail, and that each case does for something.
func TestRun_findsPlantedBugs(t *testing.T) {
	needed := map[string]bool{}
	for _, b := range bugs {
		for _, name := range strings.Fields(b.found) {
			needed[name] = true
			t.Run(b.bug+"/"+name, func(t *testing.T) {
				t.Parallel()
				if found := finds(t, b.bug, name); len(found) == 0 {
					t.Errorf("case %s on a queue where %s: got nothing found, want the bug", name, b.bug)
				}
			})
		}
	}
	for _, b := range brokersBugs {
		for _, name := range strings.Fields(b.found) {
			needed[name] = true
			t.Run(b.bug+"/"+name, func(t *testing.T) {
				t.Parallel()
				if found := findsOn(t, newBroker, ofBrokers, b.bug, name); len(found) == 0 {
					t.Errorf("case %s on a broker where %s: got nothing found, want the bug", name, b.bug)
				}
			})
		}
	}
	for _, name := range queuetest.Names() {
		if !needed[name] {
			t.Errorf("case %s: got no planted bug that it finds, want one", name)
		}
	}
}

// TestRun_findsNothingElse proves that the wrapper which the bugs are planted in has none of its own.
func TestRun_findsNothingElse(t *testing.T) {
	for _, name := range slices.DeleteFunc(queuetest.Names(), func(n string) bool {
		return n == "order-of-a-subject-is-kept" || slices.Contains(brokersNames(), n)
	}) {
		if found := finds(t, "", name); len(found) > 0 {
			t.Errorf("case %s: got %q, want nothing", name, found)
		}
	}
}
