// Package queuetest is the suite that every queue passes: each promise in the comments of queue.Publisher,
// queue.Subscriber and the package is at least one case here, named as a fact. An adapter supplies a constructor, says
// what its broker does beyond the contract and how slow it is; it supplies no case. A fault found in one adapter becomes a
// case for all. The suite never sleeps for luck: it polls until a deadline, and watches a while only where the fact is
// that nothing happens.
package queuetest

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Harness is what an adapter's test supplies. Zero durations mean the defaults, which suit a broker on the same machine.
type Harness struct {
	// Open returns a queue that nobody else uses, with nothing in it, and arranges with t.Cleanup for its end. It is
	// called once for each case, by several at a time. Required.
	Open     func(t *testing.T, s Setup) Queues
	Features Features
	// Policy is what the cases try again by. Default: 4 attempts, 20 ms doubling up to 80 ms, 2 s at most put off. Brokers
	// with a coarser clock need longer ones.
	Policy   queue.Policy
	Patience time.Duration // until when what must happen has to; default 30 s
	Poll     time.Duration // how often it is looked for; default 5 ms
	Quiet    time.Duration // how long it is watched that nothing more happens; default 300 ms
	Scale    int           // divides the number of messages in the long cases; 0 and 1 leave them whole
}

// Setup is what a queue is opened with.
type Setup struct {
	Groups map[string][]message.Type // who will subscribe, and to which types (none: every type)
	Policy queue.Policy              // to be obeyed
}

// Queues is one queue, seen through its ports. Those of Redriver, Lot and Batches that Features names are required.
type Queues struct {
	queue.Publisher
	queue.Subscriber
	DeadLetters queue.DeadLetters
	Redriver    queue.Redriver
	Lot         queue.Lot
	Batches     queue.Batches
	// Invoke plays the broker's trigger, and goes with Batches: it waits a while for messages of the group, hands them to
	// invoke as one batch, and lets the broker forget those whose IDs are not returned. It hands out none when none came.
	Invoke func(ctx context.Context, group string, invoke func(ds []queue.Delivery) (again []string)) error
}

// Features are what a broker promises, or lacks, beyond the contract.
type Features struct {
	OrderedBySubject bool // each group gets the messages of one Publish, and of publishes after each other, in order per subject
	InProcess        bool // no network and no clock of its own: the cases run in synctest bubbles, where waiting takes no time
	MayRepeat        bool // an acked message may be delivered again now and then
	Redrives         bool // there is a queue.Redriver
	Parks            bool // there is a queue.Lot
	Batches          bool // there is a queue.Batches
}

// T is what a case reports to: a *testing.T, or whoever wants to know what the suite finds.
type T interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// fact is one case: what is true of every queue, who subscribes, and the test of it.
type fact struct {
	name   string
	groups map[string][]message.Type
	only   func(f Features) bool // nil: true of all
	test   func(e *env)
}

// The groups of the cases.
const (
	alpha = "alpha"
	beta  = "beta"
)

// one is a single group that wants every type; both are two.
var (
	one  = map[string][]message.Type{alpha: nil}
	both = map[string][]message.Type{alpha: nil, beta: nil}
)

// facts returns every case, in the order in which they are best read.
func facts() []fact {
	var all []fact
	for _, part := range [][]fact{
		deliveryFacts(), contentFacts(), retryFacts(), laterFacts(), deadLetterFacts(), stopFacts(), loadFacts(),
		redriveFacts(), lotFacts(), batchFacts(),
	} {
		all = append(all, part...)
	}
	return all
}

// withDefaults fills in what h leaves at zero.
func (h Harness) withDefaults() Harness {
	if h.Policy == (queue.Policy{}) {
		h.Policy = queue.Policy{Attempts: 4, Backoff: 20 * time.Millisecond, Max: 80 * time.Millisecond, MaxAge: 2 * time.Second}
	}
	h.Policy = h.Policy.WithDefaults()
	if h.Patience <= 0 {
		h.Patience = 30 * time.Second
	}
	if h.Poll <= 0 {
		h.Poll = 5 * time.Millisecond
	}
	if h.Quiet <= 0 {
		h.Quiet = 300 * time.Millisecond
	}
	h.Scale = max(1, h.Scale)
	return h
}

// Run runs every case that applies against queues from h.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.Open == nil {
		t.Fatal("queuetest: Harness.Open is nil")
	}
	h = h.withDefaults()
	for _, f := range facts() {
		if f.only != nil && !f.only(h.Features) {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			if !h.Features.InProcess {
				f.run(t, h, h.Open(t, f.setup(h)))
				return
			}
			synctest.Test(t, func(t *testing.T) { f.run(t, h, h.Open(t, f.setup(h))) })
		})
	}
}

func (f fact) setup(h Harness) Setup { return Setup{Groups: f.groups, Policy: h.Policy} }

// run runs the case and then ends everything that it began.
func (f fact) run(t T, h Harness, q Queues) {
	if may := h.Features; q.Publisher == nil || q.Subscriber == nil || q.DeadLetters == nil || may.Redrives && q.Redriver == nil ||
		may.Parks && q.Lot == nil || may.Batches && (q.Batches == nil || q.Invoke == nil) {
		t.Fatalf("queuetest: Harness.Open left out a port")
		return
	}
	e := newEnv(t, h, q)
	defer e.end()
	f.test(e)
}
