package e2e_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/store/dynamostore"
	"github.com/myevents/myevents/shared/store/mongostore"
	"github.com/myevents/myevents/shared/testenv"
)

// How the adapters are measured: each round takes the raw driver and ours one after the other, in turn first.
const (
	adapterRounds  = 5
	adapterCallers = 64
	adapterSpan    = 500 * time.Millisecond
	adapterWarm    = time.Second // of each side before the first round: Java compiles what it runs often
)

const withServers = "run: make bench PART=adapters"

func benchAdapters(b *testing.B, t *table) {
	for _, s := range []storeSides{embeddedSides(b), dynamoSides(b), mongoSides(b)} {
		s.measure(b, t)
	}
	brokers := []broker{sqsBroker(b), rabbitBroker(b), kafkaBroker(b)}
	for _, q := range brokers {
		q.measureRate(b, t)
	}
	for _, q := range brokers {
		q.measureLag(b, t)
	}
}

// fresh is a name that nobody else uses.
func fresh() string { return "bench" + strings.ToLower(rand.Text()[:8]) }

// cloud is the configuration of a local emulator.
func cloud(endpoint string) aws.Config {
	return aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &endpoint,
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConns, t.MaxIdleConnsPerHost = 256, 256 }),
	}
}

// writes are the three conditional writes of a booking by a raw driver: of a place that is free, of a record that is not
// there, of the place that is held. Each is an error where its condition does not hold.
type writes struct {
	claim   func(ctx context.Context, block, place string, hold []byte) error
	record  func(ctx context.Context, key string, doc, out []byte) error
	confirm func(ctx context.Context, block, place string, hold, sold []byte) error
}

// storeSides are a store and the raw driver of its server.
type storeSides struct {
	name  string
	store booking.Store
	raw   writes
}

// recorded is what a record announces.
func recorded(k booking.Booking) message.Envelope {
	return message.New(id.New(id.Message, k.CreatedAt), message.SourceBooking, message.BookingRecorded, k.Hold.String(), k.CreatedAt,
		message.BookingRefV1{BookingID: k.Hold.String()})
}

// ours takes one place: hold, record and confirm.
func (s storeSides) ours(ctx context.Context, k booking.Booking) error {
	g := k.Items[0].Groups[0]
	step := inventory.Step{Op: inventory.OpClaim, Slots: g.Slots, Hold: k.Hold, Expires: k.CreatedAt.Unix() + 600, Now: k.CreatedAt}
	if _, err := s.store.Step(ctx, g.Block, step); err != nil {
		return err
	}
	if err := s.store.PutBooking(ctx, k, outbox.Message{Envelope: recorded(k), NotBefore: k.CreatedAt.Add(20 * time.Second)}); err != nil {
		return err
	}
	step.Op = inventory.OpConfirm
	_, err := s.store.Step(ctx, g.Block, step)
	return err
}

// theirs does the same three writes with as many bytes, and nothing else.
func (s storeSides) theirs(ctx context.Context, k booking.Booking) error {
	g := k.Items[0].Groups[0]
	block, place, hold := "RAW#"+g.Block.Key(), fmt.Sprintf("s%d", g.Slots), []byte(k.Hold.String())
	doc, err := json.Marshal(k)
	if err != nil {
		return err
	}
	out, err := recorded(k).Encode()
	if err != nil {
		return err
	}
	if err := s.raw.claim(ctx, block, place, hold); err != nil {
		return err
	}
	if err := s.raw.record(ctx, "RAW#"+k.User.With("U#")+k.Hold.String(), doc, out); err != nil {
		return err
	}
	return s.raw.confirm(ctx, block, place, hold, append([]byte("sold "), hold...))
}

func (s storeSides) measure(b *testing.B, t *table) {
	b.Helper()
	ctx := context.Background()
	salt := uint64(1)
	side := func(do func(context.Context, booking.Booking) error, span time.Duration) float64 {
		salt += 2
		mine := salt
		return rate(b, adapterCallers, span, func(n int) error { return do(ctx, order(n, 200, mine)) })
	}
	side(s.theirs, adapterWarm)
	side(s.ours, adapterWarm)
	var raw, ours, ratios []float64
	for round := range adapterRounds {
		first, second := s.theirs, s.ours
		if round%2 == 1 {
			first, second = second, first
		}
		r, o := side(first, adapterSpan), side(second, adapterSpan)
		if round%2 == 1 {
			r, o = o, r
		}
		raw, ours, ratios = append(raw, r), append(ours, o), append(ratios, o/r)
	}
	ratio := median(ratios)
	t.row("bookings on "+s.name+", 64 callers", fmt.Sprintf("%.0f /s", median(ours)),
		fmt.Sprintf("%.0f /s raw (%.0f to %.0f)", median(raw), slices.Min(raw), slices.Max(raw)), ratio, limit{atLeast: 0.5, what: "raw"})
}

func dynamoSides(b *testing.B) storeSides {
	b.Helper()
	endpoint, name := testenv.Need(b, "MYEVENTS_TEST_DYNAMODB", withServers), fresh()
	s, err := dynamostore.Open(b.Context(), cloud(endpoint), dynamoURL(name, endpoint))
	if err == nil {
		err = s.Migrate(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	return storeSides{"DynamoDB Local", s, rawDynamo(endpoint, s.BookingTable())}
}

func dynamoURL(name, endpoint string) string {
	return "dynamodb://" + name + "?region=eu-west-1&endpoint=" + url.QueryEscape(endpoint)
}

func mongoSides(b *testing.B) storeSides {
	b.Helper()
	at := strings.TrimSuffix(testenv.Need(b, "MYEVENTS_TEST_MONGODB", withServers), "/") + "/" + fresh()
	s, err := mongostore.Open(b.Context(), at)
	if err == nil {
		err = s.Migrate(b.Context())
	}
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return storeSides{"the MongoDB-compatible server", s, rawMongo(b, at)}
}

func embeddedSides(b *testing.B) storeSides {
	b.Helper()
	return storeSides{"SQLite", openStore(b), rawSQLite(b)}
}
