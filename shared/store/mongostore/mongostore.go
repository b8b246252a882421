// Package mongostore keeps everything in one MongoDB database. It implements the stores of both services, their outboxes and
// the dead letters, and has the ledger of a payment provider that runs inside the platform.
//
// Where to find what, by _id; the collections of a service begin with its name:
//
//	catalog_items    E#event, L#location, H#hall#month
//	catalog_entries  space#thing (what a thing is indexed as)
//	booking_blocks   B#block
//	booking_items    S#event (sale), N#event (snapshot), V#location, U#user#K#hold (booking), U#user#P#event (purchases),
//	                 A#user (account), Y#authorisation
//	booking_marks    U#user#I#key
//	booking_index    E#event#hold (a booking's user)
//	dead_letters     the dead letter's id
//
// and what the documents of both services' items hold:
//
//	d  the document, JSON as text; an event has what is left of it (a) and as of when (n) beside it
//	v  its version; of a snapshot, as of when
//	w  random numbers: which writes the last few were
//	q  from when on a message in it may be due, Unix microseconds; absent where it has none
//	outbox0, outbox1  its messages that are not sent: i a name, n when due, t a timer, c its claim, m the message as JSON
//
// A block has a field for each taken place, s0 to s63, with its expiry (e) and hold id (h), and "closed"; nothing else. An
// entry has its version (v), its place in the order (k) and its tokens (t), which an index over both lists. Sales that are being
// cancelled and authorisations that are open have a field of their own for that, with a sparse index.
//
// # Consistency
//
// Every operation that writes is one conditional write of one document, its messages included; there is no transaction. All
// writes are acknowledged by a majority of the replica set, and all reads are of its primary, as a majority has it: a
// write that was answered survives the loss of the primary, and what was read was never taken back. Every write is right when
// it is applied twice, as after a lost reply: a condition that no longer holds is looked into, and who finds itself in w, or a
// block as the step leaves it, is told that it was done. The messages of a write go to one half of the outbox while the
// timers of the write before, which no other half can have, leave the other; one update may not do both to one array.
// A claim writes its name on messages, the oldest first, and has those that carry it. A message is sent at least once.
//
// A primary that was cut off and does not know it may answer reads for some seconds as of before; whatever is then
// written by them is refused, as nothing is decided by a read alone.
//
// # Limits
//
// A document and the messages of a write have at most 15 MiB, more is fault.Invalid; a document takes no more writes with
// messages (fault.Unavailable) while unsent ones fill it to MongoDB's 16 MiB. A search examines 400 entries at most before
// it gives what it has. MongoDB 5.0 or newer. Sources: https://www.mongodb.com/docs/manual/reference/limits/,
// https://www.mongodb.com/docs/manual/reference/read-concern-majority/
//
// These were run: the conformance suite, and the tests of lost replies, errors and silence in this package, on a single
// server of another make that speaks MongoDB's protocol, introduces itself as a replica set of one, keeps everything in memory,
// and does again what a driver sends again. By design, not run here: replica sets with elections, and sharded clusters. For a
// single mongod all is the same. In a sharded cluster shard each collection by its hashed _id, which every write names and
// by which hot events spread, before the first write:
//
//	sh.shardCollection("DATABASE.booking_blocks", {_id: "hashed"})
//
// and the others of Collections likewise. No index but _id's is unique. Lists of a user's or an event's bookings, of the outbox and
// of a search then ask every shard. The database's user needs readWrite on it, and Migrate createCollection and
// createIndex, which readWrite has.
//
// # Failure
//
// Elections, stepped down and recovering nodes, conflicts of writes, timeouts, broken connections and write concerns that were
// not met in time are tried again, by the driver and then with full jitter a bounded number of times, inside the context's
// deadline; then it is fault.Unavailable. So, at once, is a server that is too old or refuses the user. What MongoDB will
// never take is fault.Invalid, a document that cannot be read fault.Internal. When the context ends the error says so, and
// the write may or may not have happened. Errors of Open and Ready name MYEVENTS_STORE; none has the password.
package mongostore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
)

// The ports that a Store implements.
var (
	_ catalog.Store     = (*Store)(nil)
	_ booking.Store     = (*Store)(nil)
	_ queue.DeadLetters = (*Store)(nil)
	_ outbox.Source     = (*service)(nil)
)

// Store is an open database. It is safe for concurrent use.
type Store struct {
	client *mongo.Client
	db     *mongo.Database
	hosts  string
	o      settings
	now    func() time.Time

	catalog, booking              *service
	entries, blocks, marks, index *mongo.Collection
	letterBox                     *mongo.Collection

	underWay sync.RWMutex // read-locked while a call is under way
	closed   bool
	seen     sync.Map // services of which nothing lacked
}

type settings struct {
	attempts      int
	timeout       time.Duration
	base, longest time.Duration
	now           func() time.Time
	monitor       *event.CommandMonitor
}

// Option changes a default of Open.
type Option func(*settings)

// WithAttempts sets how often a call is tried at most; the default is 6.
func WithAttempts(n int) Option { return func(o *settings) { o.attempts = max(n, 1) } }

// WithAttemptTimeout sets how long one attempt may take, the search for a server that takes writes included; the default is
// 5 s.
func WithAttemptTimeout(d time.Duration) Option { return func(o *settings) { o.timeout = d } }

// WithBackoff sets the longest wait before the second attempt, and before any; the defaults are 50 ms and 1 s. Each wait is
// a random part of that, doubled from attempt to attempt.
func WithBackoff(base, longest time.Duration) Option {
	return func(o *settings) { o.base, o.longest = base, longest }
}

// WithClock sets what tells whether a timer of a document that is written again was due already; the default is time.Now.
func WithClock(now func() time.Time) Option { return func(o *settings) { o.now = now } }

// Open reads a URL such as mongodb://user:password@host1,host2/myevents?replicaSet=rs0 and returns the Store of that
// database. It waits for no server. All options of MongoDB's connection strings may be given; but what is written is always
// acknowledged by a majority, and what is read comes from the primary, as a majority has it. With mongodb+srv:// the hosts
// are looked up. Errors: fault.Invalid for the URL, fault.Unavailable where hosts cannot be looked up; neither shows the
// password.
func Open(_ context.Context, text string, opts ...Option) (*Store, error) {
	o := settings{attempts: 6, timeout: 5 * time.Second, base: 50 * time.Millisecond, longest: time.Second, now: time.Now}
	for _, opt := range opts {
		opt(&o)
	}
	database, err := databaseOf(text)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_STORE", err)
	}
	client := options.Client().ApplyURI(text).SetMonitor(o.monitor).SetReadPreference(readpref.Primary()).
		SetReadConcern(readconcern.Majority()).SetWriteConcern(writeconcern.Majority())
	if err := client.Validate(); err != nil {
		kind := fault.Invalid
		if lookup := (*net.DNSError)(nil); errors.As(err, &lookup) {
			kind = fault.Unavailable
		}
		return nil, fault.Wrap(kind, "MYEVENTS_STORE", errors.New(hide(err.Error(), text)))
	}
	c, err := mongo.Connect(client)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_STORE", errors.New(hide(err.Error(), text)))
	}
	s := &Store{client: c, db: c.Database(database), hosts: strings.Join(client.Hosts, ","), o: o, now: o.now}
	s.catalog = &service{s: s, items: s.db.Collection(catalogItems), wake: make(chan struct{}, 1)}
	s.booking = &service{s: s, items: s.db.Collection(bookingItems), wake: make(chan struct{}, 1)}
	s.entries, s.blocks = s.db.Collection(catalogEntries), s.db.Collection(bookingBlocks)
	s.marks, s.index = s.db.Collection(bookingMarks), s.db.Collection(bookingIndex)
	s.letterBox = s.db.Collection(deadLetters)
	return s, nil
}

// split cuts a connection string into scheme, user and password, and the rest.
func split(text string) (scheme, user, rest string) {
	scheme, rest, _ = strings.Cut(text, "://")
	authority, _, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(authority, '@'); at >= 0 {
		return scheme, rest[:at], rest[at+1:]
	}
	return scheme, "", rest
}

// databaseOf returns the database that a connection string names. Source of what a name may not have:
// https://www.mongodb.com/docs/manual/reference/limits/#naming-restrictions
func databaseOf(text string) (string, error) {
	scheme, _, rest := split(text)
	if scheme != "mongodb" && scheme != "mongodb+srv" {
		return "", errors.New("must be mongodb://[USER:PASSWORD@]HOST[:PORT][,…]/DATABASE or mongodb+srv://…")
	}
	rest, _, _ = strings.Cut(rest, "?")
	_, path, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(path)
	if err != nil || name == "" {
		return "", errors.New("names no database: " + scheme + "://HOST/DATABASE")
	}
	if len(name) > 63 || strings.ContainsAny(name, "/\\. \"$*<>:|?\x00") {
		return "", errors.New("the database's name has a character that MongoDB does not allow, or more than 63")
	}
	switch strings.ToLower(name) {
	case "admin", "local", "config":
		return "", fmt.Errorf("database %s is MongoDB's own", name)
	}
	return name, nil
}

// hide takes user and password out of what the driver says of a connection string.
func hide(message, text string) string {
	_, user, _ := split(text)
	if user == "" {
		return message
	}
	name, password, _ := strings.Cut(user, ":")
	for _, secret := range []string{user, password, unescaped(password), unescaped(name)} {
		if secret != "" {
			message = strings.ReplaceAll(message, secret, "***")
		}
	}
	return message
}

func unescaped(s string) string {
	plain, err := url.PathUnescape(s)
	if err != nil {
		return s
	}
	return plain
}

// Close waits for what is under way and lets go of the server. Operations after it are fault.Unavailable.
func (s *Store) Close() error {
	s.underWay.Lock()
	defer s.underWay.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	ctx, cancel := context.WithTimeout(context.Background(), s.o.timeout)
	defer cancel()
	if err := s.client.Disconnect(ctx); err != nil {
		return fmt.Errorf("close the store: %w", err)
	}
	return nil
}
