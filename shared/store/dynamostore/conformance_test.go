package dynamostore_test

import (
	"crypto/rand"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/myevents/myevents/shared/store/dynamostore"
	"github.com/myevents/myevents/shared/store/storetest"
	"github.com/myevents/myevents/shared/testenv"
)

const hint = "start DynamoDB Local, as localstack/with does, and set it to its URL"

func TestConformance(t *testing.T) {
	storetest.Run(t, storetest.Harness{Scale: 8, Lag: time.Second, StreamOutbox: true, Open: func(t *testing.T) storetest.Stores {
		s := open(t)
		return storetest.Stores{Catalog: s, Booking: s}
	}})
}

// config is of a client that reaches nothing but the test server.
func config() aws.Config {
	return aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

// open returns a store of two new tables. They are left to the end of the server: it deletes them slowly.
func open(t testing.TB, opts ...dynamostore.Option) *dynamostore.Store {
	t.Helper()
	endpoint := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", hint)
	s, err := dynamostore.Open(t.Context(), config(), fmt.Sprintf("dynamodb://t%s?endpoint=%s", rand.Text(), endpoint),
		append([]dynamostore.Option{dynamostore.WithAttemptTimeout(20 * time.Second)}, opts...)...)
	if err == nil {
		err = s.Migrate(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}
