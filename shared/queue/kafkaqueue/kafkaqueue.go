// Package kafkaqueue is the queue on Apache Kafka: one topic, PREFIX-messages, keyed by a message's subject; a consumer group
// PREFIX-GROUP for each service, with a topic PREFIX-GROUP-retry of what waits and PREFIX-GROUP-dlq of what was given up; and
// PREFIX-parked. The last three are compacted: a record is there until a tombstone of its key is.
//
// # Consistency
//
// Publish returns nil once all in-sync replicas have each message (acks=all, idempotent producer). Delivery is at least once.
// An offset is committed when everything below it is done with: handled, or stored in the retry or dead-letter topic and
// confirmed there. Each group gets the messages of a subject one after another, in the order in which they were published,
// and none before the one ahead of it is handled or given up; what has no subject has no order. Subjects do not wait for each
// other: a partition is read on while some of its subjects wait.
//
// A message that waits up to Deps.Hold waits in memory, uncommitted. One that waits longer (a queue.Later, or a late attempt)
// is stored in the same partition of the retry topic, with its attempts, its first delivery and its due time as headers, and
// what comes behind it about the same subject follows it there, so that the offsets go on. Whoever is assigned a partition
// reads what waits there to the end, up to a marker that it writes itself, before it handles anything; nothing that an earlier
// owner was told is stored lies behind the marker. So the order also holds over crashes and rebalances. The group's offset for
// the retry topic is where what waits begins. Rebalances are cooperative: a partition is given away when what is being handled
// has ended (10 s at most, then its context is cancelled) and is committed; a lost one is dropped as it is. Attempts are
// counted in memory and stored with what waits long: a crash may forget some, and a message that ends the process each time
// is not given up. Deliveries that a stop cuts off are no attempts.
//
// # Limits
//
// Apache Kafka 2.5 or later. A message has at most message.MaxSize bytes, and a parked one 8 MiB. Within a partition at most
// 2,000 messages (and a batch) are read ahead of the lowest that is not done, and 32 MiB are held in memory, what waits
// included; then the partition pauses. Messages are kept for 14 days, whether read or not, and the broker forgets a group
// that is away for offsets.retention.minutes (7 days: https://kafka.apache.org/documentation/#brokerconfigs), after which it
// begins anew at the earliest message. New groups begin there too. The number of partitions decides which partition a
// subject is in: Migrate never changes it; who does, while messages are there, gives up their order once. With replication=3
// or more Migrate sets min.insync.replicas=2; else the broker's own is what acks=all means, and with one replica a broker's
// disk is all there is. Dead letters and parked messages have one partition each.
//
// # Failure
//
// Connections, the producer's identity and the membership of the group are renewed by the client. A publish is tried again,
// without duplicates, until its context ends, or for half a minute; then it is fault.Unavailable, and may have been stored
// all the same. What the broker will never take is fault.Invalid. An absent topic is fault.Unavailable and names
// MYEVENTS_QUEUE. A subscriber goes on after any fault and tells Deps.Failed. A process that dies is noticed after 6 s (the
// parameter session), and its partitions go to others.
package kafkaqueue

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Deps is what a Queue needs. Groups is required.
type Deps struct {
	Groups queue.Groups // who wants which types
	// Policy is overridden by what the URL says.
	Policy   queue.Policy
	InFlight int           // messages that one Subscribe handles at a time; default 64
	Hold     time.Duration // the longest wait in memory; longer ones go to the retry topic; default 1 s
	// Observe is told what became of each delivery; default: nobody.
	Observe func(group string, m message.Envelope, v queue.Verdict, took time.Duration)
	// Failed is told of faults that a subscriber gets over by itself; default: nobody.
	Failed func(err error)
}

// The interfaces that a Queue offers.
var (
	_ queue.Publisher   = (*Queue)(nil)
	_ queue.Subscriber  = (*Queue)(nil)
	_ queue.DeadLetters = (*Queue)(nil)
	_ queue.Redriver    = (*Queue)(nil)
	_ queue.Lot         = (*Queue)(nil)
)

// Queue is the topics. It is safe for concurrent use.
type Queue struct {
	settings
	d      Deps
	client *kgo.Client // produces, and asks
	admin  *kadm.Client

	life   context.Context // ends with Close
	end    context.CancelFunc
	work   sync.WaitGroup // calls under way
	mu     sync.Mutex
	closed bool

	shelves  map[string]*shelf // by topic
	unparks  sync.Mutex        // held by the Unpark under way
	unparked string            // the last parked message that it looked at
}

// Open reads url, such as kafka://user:password@a.example.com:9092,b.example.com:9092/production?tls=true&sasl=scram-sha-512,
// and returns its Queue; it makes no call. Parameters, all optional: partitions (of the messages' topic, at least; default
// 12), replication (of topics that Migrate makes; default the broker's), session (how long a member of a group may be silent,
// within what the broker allows; default 6s), tls (true), cacertfile, certfile and keyfile (paths of PEM files; each means
// TLS), sasl (plain, scram-sha-256 or scram-sha-512; default plain where there is a user), attempts, backoff, max and maxAge
// (the policy). Close it when done. Errors: fault.Invalid.
func Open(_ context.Context, url string, d Deps) (*Queue, error) {
	q := &Queue{d: d, shelves: map[string]*shelf{}}
	if err := q.read(url, &q.d); err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_QUEUE", err)
	}
	q.d.Policy = q.d.Policy.WithDefaults()
	if q.d.InFlight <= 0 {
		q.d.InFlight = 64
	}
	if q.d.Hold <= 0 {
		q.d.Hold = time.Second
	}
	var err error
	if q.client, err = kgo.NewClient(q.options(producing(q.parked())...)...); err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_QUEUE", err)
	}
	q.admin = kadm.NewClient(q.client)
	q.life, q.end = context.WithCancel(context.Background())
	for _, topic := range append(q.graveyards(), q.parked()) {
		q.shelves[topic] = &shelf{q: q, topic: topic}
	}
	return q, nil
}

// Policy returns what messages are tried again by.
func (q *Queue) Policy() queue.Policy { return q.d.Policy }

// enter begins a call, which Close waits for. After Close it is fault.Unavailable.
func (q *Queue) enter() (leave func(), err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return nil, fault.New(fault.Unavailable, "", "the queue is closed")
	}
	q.work.Add(1)
	return q.work.Done, nil
}

// Close ends what subscribes, waits for it and for the calls under way, and lets go of the connections. Calls that come
// later are fault.Unavailable.
func (q *Queue) Close() error {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.end()
	q.work.Wait()
	q.client.Close()
	return nil
}

// failed tells of a fault that is got over.
func (q *Queue) failed(err error) {
	if err != nil && q.d.Failed != nil {
		q.d.Failed(err)
	}
}

// rest waits a while before another try, the longer the more there were; false when ctx ended first.
func rest(ctx context.Context, tries int) bool {
	p := queue.Policy{Backoff: 50 * time.Millisecond, Max: 2 * time.Second}
	timer := time.NewTimer(10*time.Millisecond + p.Delay(tries+1, rand.Float64()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
