package dynamostore_test

import (
	"crypto/rand"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/myevents/myevents/shared/store/dynamostore"
	"github.com/myevents/myevents/shared/store/storetest"
	"github.com/myevents/myevents/shared/testenv"
)

func TestConformance(t *testing.T) {
	prefix, api := tables(t)
	storetest.Run(t, storetest.Harness{Scale: 8, Lag: time.Second, StreamOutbox: true, Open: func(*testing.T) storetest.Stores {
		s := dynamostore.New(spaced{api, rand.Text() + "#"}, prefix)
		return storetest.Stores{Catalog: s, Booking: s, DeadLetters: s, Ledger: s.Ledger()}
	}})
}

// config is of clients that reach nothing but the test server.
func config(t testing.TB) aws.Config {
	endpoint := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", "start DynamoDB Local, as localstack/with does, and set it to its URL")
	return aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""), BaseEndpoint: &endpoint,
	}
}

// client returns one that waits for a server that has much to do.
func client(t testing.TB) *dynamodb.Client {
	return dynamodb.NewFromConfig(config(t), func(o *dynamodb.Options) {
		o.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) { t.MaxIdleConnsPerHost = 256 })
	})
}

// tables makes two tables of the test's own, and returns their prefix and a client. They have no stream, which nobody reads
// here and which makes DynamoDB Local slower with every write; and they are left to the end of the server, which is slow to
// delete them.
func tables(t testing.TB) (prefix string, api *dynamodb.Client) {
	t.Helper()
	prefix, api = "t"+rand.Text(), client(t)
	for _, table := range dynamostore.Tables(prefix) {
		table.StreamSpecification = nil
		if _, err := api.CreateTable(t.Context(), table); err != nil {
			t.Fatal(err)
		}
	}
	return prefix, api
}
