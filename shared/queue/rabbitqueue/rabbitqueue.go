// Package rabbitqueue is the queue on RabbitMQ: one topic exchange, PREFIX.messages, whose routing key is a message's type,
// and a quorum queue for each group, PREFIX.GROUP, bound by the types that it wants, with a dead-letter queue and a ladder
// of delay queues beside each.
//
// # Consistency
//
// Publish returns nil once RabbitMQ has confirmed each message, which it does when every queue that wants it has it on the
// disks of a majority of its nodes. A confirm tells of the queues that are bound only, so every new connection makes sure,
// before it publishes, that each group's queue is there and bound, and so does the next publish after a subscriber or Ready
// missed one. What no queue takes although a group wants it is given back by the broker (mandatory) and is an error; what
// no group wants is published all the same. Delivery is at least once: a connection that breaks makes duplicates, never a
// loss, and so does whatever ends a process between an effect and its ack. No order is promised. A message to be tried again
// or put off is published to a delay queue, and a dead one to the dead-letter queue, and confirmed there, before the
// original is acked; the copies carry what was counted so far as headers (attempts, first, until; deadId, deadReason,
// deadAttempts, deadAt). Attempts are counted by these headers alone: what a stop, a lost connection or a process that died
// gives back has none more. What processes die with again and again, or have at hand when they do, ends by the queue's
// delivery limit, 250, in the dead-letter queue, without a reason of a handler's, and says so. Queues hand one another what
// expired or ended so at least once (x-dead-letter-strategy).
//
// # Limits
//
// RabbitMQ 3.10 or later, for quorum queues with a TTL for each message that dead-letter at least once, and a user that may
// configure, write and read PREFIX.*. A message has at most message.MaxSize bytes, its id and type at most 255. Delays have
// milliseconds; a message waits behind one that entered the same delay queue earlier with a longer delay, so that it may
// come up to about three times late where delays of all lengths are mixed; those over 5 min go in steps. A handler has
// 30 min unless the server's consumer_timeout says otherwise (https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout).
// Dead letters are found by looking through their whole queue (some 8,000 a second), one tool at a time, the first 65,535 of
// a group; their order stays, and they are kept until they are removed.
//
// # Failure
//
// Connections, channels and consumers are made anew by themselves, with jitter, for as long as it takes. A publish that
// fails is tried again with the same message id until its context ends, or for half a minute; then it is fault.Unavailable,
// and so it is while the broker takes no messages for lack of memory or disk. What can never be sent is fault.Invalid. A
// queue or exchange that is absent, or was declared otherwise, is fault.Unavailable and names MYEVENTS_QUEUE. A subscriber
// goes on after any fault, and tells Deps.Failed. A server that falls silent is given up after 6 s, by its heartbeats; what
// it has handed out meanwhile comes again after up to 12 s, when it has missed ours.
package rabbitqueue

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Deps is what a Queue needs. Groups is required.
type Deps struct {
	Groups queue.Groups // who wants which types
	// Policy is overridden by what the URL says.
	Policy   queue.Policy
	InFlight int // messages that one Subscribe handles at a time, with three times as many at hand; default 64
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

// Queue is the groups' queues. It is safe for concurrent use.
type Queue struct {
	prefix string
	d      Deps
	url    string // with the password, for the library alone
	uri    amqp.URI

	work   sync.WaitGroup // calls under way
	behind sync.WaitGroup // what goes on behind the calls: connecting, writing
	ended  chan struct{}  // closed by Close
	agreed atomic.Bool    // the topology was found to be as declared

	mu     sync.Mutex
	closed bool
	peeks  map[string]chan struct{} // holds one while this process looks through a queue

	publishing, consuming *renewed[*session] // a blocked publisher must not keep back acks
	front, back           *renewed[*pipe]    // back: copies that subscribers make, not to be failed by what is published
}

// Open reads url, such as amqps://user:password@rabbit.example.com/production?prefix=myevents, and returns its Queue; it
// makes no call. The path is the vhost; none or / is the one named "/". Parameters, all optional: prefix (default
// myevents), attempts, backoff, max and maxAge (the policy), and the library's: cacertfile, certfile, keyfile,
// server_name_indication, auth_mechanism, heartbeat (seconds), connection_timeout (milliseconds) and channel_max
// (https://www.rabbitmq.com/docs/uri-query-parameters). Close it when done. Errors: fault.Invalid.
func Open(_ context.Context, url string, d Deps) (*Queue, error) {
	q := &Queue{prefix: "myevents", d: d, ended: make(chan struct{}), peeks: map[string]chan struct{}{}}
	if err := q.read(url); err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_QUEUE", err)
	}
	q.d.Policy = q.d.Policy.WithDefaults()
	if q.d.InFlight <= 0 {
		q.d.InFlight = 64
	}
	q.publishing = renew(q, func(ctx context.Context) (*session, error) { return q.connect(ctx, "publisher") })
	q.consuming = renew(q, func(ctx context.Context) (*session, error) { return q.connect(ctx, "consumer") })
	q.front = renew(q, func(ctx context.Context) (*pipe, error) { return q.openPipe(ctx, true) })
	q.back = renew(q, func(ctx context.Context) (*pipe, error) { return q.openPipe(ctx, false) })
	return q, nil
}

// nameForm is what prefixes and groups may be called: it has no dot, which joins them.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9_-]{1,60}$`)

// ofLibrary are the parameters that amqp091-go reads itself.
var ofLibrary = []string{
	"cacertfile", "certfile", "keyfile", "server_name_indication", "auth_mechanism", "heartbeat", "connection_timeout", "channel_max",
}

// read never repeats what the URL says: it may hold a password.
func (q *Queue) read(text string) error {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "amqp" && u.Scheme != "amqps") || u.Hostname() == "" {
		return errors.New("must be a URL such as amqp://user:password@host:5672/vhost?prefix=myevents, with special characters escaped")
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("the parameters cannot be read")
	}
	theirs := url.Values{}
	for name, values := range params {
		v := values[0]
		var err error
		switch name {
		case "prefix":
			if q.prefix = v; !nameForm.MatchString(v) {
				err = errors.New("must be up to 60 letters, digits, - and _")
			}
		default:
			var known bool
			if known, err = q.d.Policy.Set(name, v); known {
				break
			}
			if !slices.Contains(ofLibrary, name) {
				err = errors.New("is no parameter of amqp URLs")
			}
			theirs[name] = values
		}
		if err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
	}
	for group := range q.d.Groups {
		if !nameForm.MatchString(group) || group == "parked" || group == "messages" {
			return fmt.Errorf("a group cannot be called %q", group)
		}
	}
	u.RawQuery = theirs.Encode()
	q.url = u.String()
	if q.uri, err = amqp.ParseURI(q.url); err != nil {
		return errors.New("heartbeat, connection_timeout or channel_max is no number, or the port is none")
	}
	return nil
}

// Policy returns what messages are tried again by.
func (q *Queue) Policy() queue.Policy { return q.d.Policy }

// address names the server for people.
func (q *Queue) address() string { return net.JoinHostPort(q.uri.Host, strconv.Itoa(q.uri.Port)) }

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
	if !q.closed {
		q.closed = true
		close(q.ended) // the end of subscriptions; other calls have a deadline of their own
	}
	q.mu.Unlock()
	q.work.Wait()
	for _, s := range []*renewed[*session]{q.publishing, q.consuming} {
		s.shut()
	}
	q.behind.Wait()
	return nil
}

// failed tells of a fault that is got over.
func (q *Queue) failed(err error) {
	if err != nil && q.d.Failed != nil {
		q.d.Failed(err)
	}
}
