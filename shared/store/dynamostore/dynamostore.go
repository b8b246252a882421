// Package dynamostore keeps everything in two DynamoDB tables, one for each service. It implements the stores of both, keeps
// the dead letters of a queue that keeps none, and has the ledger of a payment provider that runs inside the platform.
//
// Both tables have a partition key pk and a sort key sk, no index, and a stream of new images. What an item holds:
//
//	d  the document: JSON as text, or deflated where that saves a write unit
//	v  its version
//	w  8 random bytes: which write this was
//	o  the messages that this write announced (package outbox); the stream is the outbox
//	x  when it may be swept away, Unix seconds
//
// and where to find what:
//
//	catalog  E#event/E, L#location/L, H#hall/month, C#space#thing/C (what a thing is indexed as), T#space#token/sort·id
//	booking  B#block/B, E#event/S (sale), E#event/N (snapshot), E#event#part/K#hold (a booking's user), V#location/V,
//	         U#user/A (account), U#user/K#hold (booking), U#user/I#key (mark), U#user/P#event (purchases),
//	         CANCELLING/event, LETTERS/dead letter, Y#authorisation/Y, OPEN/hour#shard, OPEN#hour#shard/authorisation
//
// A block has an attribute of 13 bytes for each taken place, whose name is a letter or a letter and 2 and none of the five
// above, and "closed"; nothing else, so that a full one is below 1,000 bytes and every step costs one write unit.
//
// # Consistency
//
// Every operation is one conditional write of one item, but for those that the ports let have parts: a marker stands before
// the item that it leads to, and is removed after it, so a crash leaves a marker too many and never one too few; an index
// entry names what it was before it becomes something else, so a repeat finishes what a crash left. Reads are strong but
// for EventsByID, LocationsByID, Search, Count, Mark and blocks that are not read strongly, which are hardly ever more than a
// second late. A call that is tried again after a lost reply meets its own write: a block shows the step as done, and every
// other item shows the call's w. A write of an item replaces its messages by its own or removes them. A message is sent when
// the stream has come to it, at least once.
//
// # Limits
//
// An item has at most 400 KB, its messages included; more is fault.Invalid. (An event of 100,000 places takes 4 KB.) A
// partition takes 1,000 write units and gives 3,000 read units a second. Blocks, users and an event's 256 parts each have
// one of their own; the lists of the commonest tokens share one for each token, which bounds how fast events are indexed.
// Dead letters share one too; a letter's reason is cut at 32 KB. A search examines 200 entries at most before it gives what
// it has. Sources:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
//
// # Failure
//
// Throttling, timeouts, broken connections and answers of 5xx are tried again with full jitter, a bounded number of times
// and inside the context's deadline; then it is fault.Unavailable. An absent table is fault.Unavailable and names
// MYEVENTS_STORE. What DynamoDB will never take is fault.Invalid, an item that cannot be read fault.Internal. When the
// context ends the error says so, and the write may or may not have happened.
package dynamostore

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/queue"
)

// The ports that a Store implements.
var (
	_ catalog.Store = (*Store)(nil)
	_ booking.Store = (*Store)(nil)

	_ queue.DeadLetters = (*Store)(nil)
)

// Store is the two tables. It is safe for concurrent use.
type Store struct {
	api              API
	admin            Admin
	catalog, booking string // table names
	o                options
}

type options struct {
	attempts int
	timeout  time.Duration
	base     time.Duration
	longest  time.Duration
}

// Option changes a default of Open and New.
type Option func(*options)

// WithAttempts sets how often a call is tried at most; the default is 8.
func WithAttempts(n int) Option { return func(o *options) { o.attempts = max(n, 1) } }

// WithAttemptTimeout sets how long one attempt may take, its answer included; the default is 3 s. It is Open's alone.
func WithAttemptTimeout(d time.Duration) Option { return func(o *options) { o.timeout = d } }

// WithBackoff sets the longest wait before the second attempt, and before any; the defaults are 50 ms and 1 s. Each wait is
// a random part of that, doubled from attempt to attempt.
func WithBackoff(base, longest time.Duration) Option {
	return func(o *options) { o.base, o.longest = base, longest }
}

// Open reads a URL such as dynamodb://myevents-prod?region=eu-west-1 and returns its Store; it makes no call. The host is
// the prefix of the tables' names; region and endpoint are optional, else cfg's. Errors: fault.Invalid.
func Open(_ context.Context, cfg aws.Config, url string, opts ...Option) (*Store, error) {
	prefix, err := read(url, &cfg)
	if err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_STORE", err)
	}
	s := New(nil, prefix, opts...)
	c := client(cfg, s.o.timeout)
	s.api, s.admin = c, c
	return s, nil
}

// New returns the Store of the tables with a prefix. It cannot Migrate.
func New(api API, prefix string, opts ...Option) *Store {
	s := &Store{
		api: api, catalog: prefix + "-catalog", booking: prefix + "-booking",
		o: options{attempts: 8, timeout: 3 * time.Second, base: 50 * time.Millisecond, longest: time.Second},
	}
	for _, opt := range opts {
		opt(&s.o)
	}
	return s
}

// prefixForm does not count: a class repeated 200 times would cost every start a third of a millisecond.
var prefixForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// longestPrefix leaves room for the longest suffix in the 255 characters of a table's name.
const longestPrefix = 200

func read(text string, cfg *aws.Config) (prefix string, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "dynamodb" || !prefixForm.MatchString(u.Host) || len(u.Host) > longestPrefix || strings.Trim(u.Path, "/") != "" {
		return "", errors.New("must be dynamodb://PREFIX with a prefix of letters, digits, dots, - and _")
	}
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", errors.New("the parameters cannot be read")
	}
	for name, values := range params {
		switch name {
		case "region":
			cfg.Region = values[0]
		case "endpoint":
			cfg.BaseEndpoint = aws.String(values[0])
		default:
			return "", fmt.Errorf("knows no parameter %q", name)
		}
	}
	if cfg.Region == "" {
		return "", errors.New("names no region, and nor does the environment")
	}
	return u.Host, nil
}

// CatalogTable returns the name of the Event Service's table.
func (s *Store) CatalogTable() string { return s.catalog }

// BookingTable returns the name of the Booking Service's table.
func (s *Store) BookingTable() string { return s.booking }

// Ready reports a table that is absent or out of reach: ReadyCatalog and ReadyBooking.
func (s *Store) Ready(ctx context.Context) error {
	return errors.Join(s.ReadyCatalog(ctx), s.ReadyBooking(ctx))
}

// ReadyCatalog reports when the Event Service's table is absent or out of reach: one read of an item that is not there.
func (s *Store) ReadyCatalog(ctx context.Context) error { return s.ready(ctx, s.catalog) }

// ReadyBooking is ReadyCatalog for the Booking Service's table.
func (s *Store) ReadyBooking(ctx context.Context) error { return s.ready(ctx, s.booking) }

func (s *Store) ready(ctx context.Context, table string) error {
	_, err := call(ctx, s, "read table "+table, func(ctx context.Context) (*dynamodb.GetItemOutput, error) {
		return s.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &table, Key: key("READY", "READY")})
	})
	switch err = faultOf("read table "+table, table, err); {
	case err == nil, errors.Is(err, errAbsent):
		return err
	default:
		return fmt.Errorf("MYEVENTS_STORE: %w", err)
	}
}
