package dynamostream_test

import (
	"context"
	"errors"
	"net"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
	"github.com/myevents/myevents/shared/testenv"
)

// local returns settings for a server on this machine, and for none other.
func local() aws.Config {
	return aws.Config{Region: "eu-west-1", Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	})}
}

// table is a table with a stream on the test server.
type table struct {
	name   string
	url    string // of the store
	client *dynamodb.Client
}

// newTable makes a table of a prefix of its own. It stays: the server is for one run, and slows down where streamed tables
// are deleted.
func newTable(t *testing.T) *table {
	t.Helper()
	endpoint := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", "run localstack/with dynamodb -- go test ./shared/outbox/...")
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		t.Fatalf("MYEVENTS_TEST_DYNAMODB: got host %s, want this machine", u.Hostname())
	}
	prefix := strings.ToLower(id.New("stream-", time.Now()))
	tb := &table{name: prefix + "-booking", url: "dynamodb://" + prefix + "?endpoint=" + url.QueryEscape(endpoint)}
	tb.client = dynamodb.NewFromConfig(local(), func(o *dynamodb.Options) { o.BaseEndpoint = &endpoint })
	_, err = tb.client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName: &tb.name, BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("pk"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("sk"), AttributeType: types.ScalarAttributeTypeS},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("pk"), KeyType: types.KeyTypeHash}, {AttributeName: aws.String("sk"), KeyType: types.KeyTypeRange},
		},
		StreamSpecification: &types.StreamSpecification{StreamEnabled: aws.Bool(true), StreamViewType: types.StreamViewTypeNewImage},
	})
	if err != nil {
		t.Fatalf("make table %s: %v", tb.name, err)
	}
	return tb
}

// reader opens a reader that looks for shards often. Its leases are as long as ever: nobody dies in this process, and on a
// busy machine a short one runs out.
func (tb *table) reader(t testing.TB, k *sink) *dynamostream.Reader {
	t.Helper()
	r, err := dynamostream.Open(t.Context(), local(), tb.url, "booking", dynamostream.Options{Discover: 300 * time.Millisecond, Failed: k.fail})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// put writes version 1, 2, … of an item as a store does: under a condition, replacing or removing the attribute.
func (tb *table) put(ctx context.Context, item string, version int, ms ...outbox.Message) error {
	it := map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "B#" + item}, "sk": &types.AttributeValueMemberS{Value: "K"},
		"v": &types.AttributeValueMemberN{Value: strconv.Itoa(version)},
	}
	if len(ms) > 0 {
		b, err := outbox.Pack(ms)
		if err != nil {
			return err
		}
		it[outbox.Attribute] = &types.AttributeValueMemberB{Value: b}
	}
	return tb.putRaw(ctx, it, version)
}

func (tb *table) putRaw(ctx context.Context, it map[string]types.AttributeValue, version int) error {
	in := &dynamodb.PutItemInput{TableName: &tb.name, Item: it, ConditionExpression: aws.String("attribute_not_exists(pk)")}
	if version > 1 {
		in.ConditionExpression = aws.String("v = :was")
		in.ExpressionAttributeValues = map[string]types.AttributeValue{":was": &types.AttributeValueMemberN{Value: strconv.Itoa(version - 1)}}
	}
	_, err := tb.client.PutItem(ctx, in)
	return err
}

func (tb *table) must(t testing.TB, item string, version int, ms ...outbox.Message) {
	t.Helper()
	if err := tb.put(t.Context(), item, version, ms...); err != nil {
		t.Errorf("write version %d of %s: got %v, want nil", version, item, err)
	}
}

// refused reports a write that is not refused.
func (tb *table) refused(t testing.TB, item string, version int, ms ...outbox.Message) {
	t.Helper()
	var condition *types.ConditionalCheckFailedException
	if err := tb.put(t.Context(), item, version, ms...); !errors.As(err, &condition) {
		t.Errorf("write version %d of %s: got %v, want that it is refused", version, item, err)
	}
}

func (tb *table) remove(t testing.TB, item string) {
	t.Helper()
	_, err := tb.client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &tb.name, Key: map[string]types.AttributeValue{
		"pk": &types.AttributeValueMemberS{Value: "B#" + item}, "sk": &types.AttributeValueMemberS{Value: "K"},
	}})
	if err != nil {
		t.Errorf("delete %s: got %v, want nil", item, err)
	}
}

// eventually waits until holds is true, and reports what where that takes too long.
func eventually(t testing.TB, what string, within time.Duration, holds func() bool) {
	t.Helper()
	deadline := time.Now().Add(within)
	for !holds() {
		if time.Now().After(deadline) {
			t.Fatalf("%s: got it not within %v, want it", what, within)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// sent waits until messages are published, and reports those that are so more often than once.
func (k *sink) sent(t testing.TB, ms ...outbox.Message) {
	t.Helper()
	for _, m := range ms {
		eventually(t, "publication of "+m.ID, 20*time.Second, func() bool { return k.times(m.ID) > 0 })
	}
	k.want(t, 1, ms...)
}
