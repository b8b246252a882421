// Package dynamostream reads the change stream of a DynamoDB table as an outbox.Stream, for servers: where functions run,
// their trigger reads it. Several processes share a table's shards by leases, which are items of the table itself
// (pk "STREAM#" and the shard's id) and also hold how far a shard was read; the handler does not see them. A change's Item
// is pk, a zero byte and sk. It knows no other attribute than these and outbox.Attribute.
//
// # Consistency
//
// Every change comes at least once, and those of an item in order: a shard is read by one process at a time, a shard that
// came out of another only when that one is done with. A process that dies is followed by another when its lease has run
// out (20 s), which begins at the last checkpoint: at most five seconds of changes come again, and all that was not done
// with. A checkpoint never passes what the handler is not done with. A process that stops hands its shards on at once; one
// that has fewer than its share asks for one, and gets it within seconds. Leases go by the processes' clocks; where those
// disagree, or a process was paused, a shard is for a while read twice, which repeats changes and loses none.
//
// # Limits
//
// A stream keeps its records for 24 hours; what was not read by then is lost to it, and is reported through Failed. A shard
// is to be read by no more than two processes or triggers at a time. A call returns up to 1,000 records or 1 MB, and a
// shard gives 2 MB and 5 calls a second; an idle one is asked 4.5 times a second, so a message is read within 0.25 s of its
// write. A new stream is read from its oldest record on. A held shard costs a write unit every five seconds.
// A process needs the rights to DescribeTable, BatchGetItem and UpdateItem of the table, and to DescribeStream,
// GetShardIterator and GetRecords of its stream.
// Sources: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_streams_GetRecords.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html.
//
// # Failure
//
// What AWS refuses for a while (throttling, 5xx, no network) is tried again with full jitter, up to 5 s apart, without end.
// An expired iterator is replaced. A position that the stream has forgotten is followed by its oldest record. Changes that
// the handler returns as failed are handed to it again, from the lowest of them on, and hold up their shard only.
package dynamostream

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"

	"github.com/myevents/myevents/shared/fault"
)

// Options is what may be chosen; zero values mean the defaults.
type Options struct {
	Owner    string           // names this process in leases; default: random
	Lease    time.Duration    // for how long a silent process keeps its shards; default 20 s, renewed four times as often
	Poll     time.Duration    // how often a shard is asked; default 220 ms, at most 5 times a second are allowed
	Discover time.Duration    // how often new shards and others' leases are looked for; default 5 s
	Failed   func(err error)  // hears of what went wrong and is tried again; default: nobody
	Now      func() time.Time // default: the wall clock
}

// Reader reads the stream of one service's table. It implements outbox.Stream.
type Reader struct {
	source source
	leases leases
	o      Options
}

var prefixes = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,200}$`)

// Open returns a Reader of the table of service ("catalog" or "booking") among those that url names, such as
// dynamodb://myevents?region=eu-west-1. It checks the URL and makes no call. Errors: fault.Invalid.
func Open(_ context.Context, cfg aws.Config, rawURL, service string, o Options) (*Reader, error) {
	u, err := url.Parse(rawURL)
	if err != nil || u.Scheme != "dynamodb" || u.User != nil || u.Path != "" || u.Fragment != "" || !prefixes.MatchString(u.Host) {
		return nil, fault.New(fault.Invalid, "", "MYEVENTS_STORE: must be dynamodb://PREFIX, region and endpoint being optional parameters")
	}
	table := u.Host + "-" + service
	var endpoint *string
	for name, values := range u.Query() {
		switch {
		case len(values) != 1 || values[0] == "":
			return nil, fault.New(fault.Invalid, "", "MYEVENTS_STORE: "+name+" must be given once, with a value")
		case name == "region":
			cfg.Region = values[0]
		case name == "endpoint":
			endpoint = aws.String(values[0])
		default:
			return nil, fault.New(fault.Invalid, "", "MYEVENTS_STORE: "+name+" is no parameter of dynamodb")
		}
	}
	client := awshttp.NewBuildableClient().WithTimeout(10 * time.Second).
		WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 64 })
	retryer := func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = 3, time.Second })
	}
	cfg.HTTPClient, cfg.Retryer = client, retryer
	tables := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) { o.BaseEndpoint = orElse(endpoint, o.BaseEndpoint) })
	streams := dynamodbstreams.NewFromConfig(cfg, func(o *dynamodbstreams.Options) { o.BaseEndpoint = orElse(endpoint, o.BaseEndpoint) })
	o = o.withDefaults()
	return &Reader{
		source: &tableStream{table: table, tables: tables, streams: streams},
		leases: &tableLeases{table: table, tables: tables, o: o},
		o:      o,
	}, nil
}

func orElse[T any](v, def *T) *T {
	if v == nil {
		return def
	}
	return v
}

func (o Options) withDefaults() Options {
	if o.Owner == "" {
		o.Owner = rand.Text()
	}
	if o.Lease <= 0 {
		o.Lease = 20 * time.Second
	}
	if o.Poll <= 0 {
		o.Poll = 220 * time.Millisecond
	}
	if o.Discover <= 0 {
		o.Discover = 5 * time.Second
	}
	if o.Failed == nil {
		o.Failed = func(error) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Ready reports whether the table is there and has a stream; the error names the setting.
func (r *Reader) Ready(ctx context.Context) error {
	if _, err := r.source.Shards(ctx); err != nil {
		return fmt.Errorf("MYEVENTS_STORE: %w", err)
	}
	return nil
}
