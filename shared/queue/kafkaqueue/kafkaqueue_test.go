package kafkaqueue_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/queue/kafkaqueue"
	"github.com/myevents/myevents/shared/queue/queuetest"
	"github.com/myevents/myevents/shared/testenv"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == memberWord {
		os.Exit(member(os.Args[2:]))
	}
	goleak.VerifyTestMain(m)
}

// server returns the address of a Kafka.
func server(t testing.TB) string {
	t.Helper()
	return testenv.Need(t, "MYEVENTS_TEST_KAFKA", "try: localstack/with kafka -- go test ./shared/queue/kafkaqueue/")
}

// settings returns a URL with a prefix of the test's own.
func settings(server string) string {
	return fmt.Sprintf("kafka://%s/test-%016x?partitions=3", server, rand.Uint64())
}

// open returns a queue with its topics, which are gone after the test.
func open(t testing.TB, url string, d kafkaqueue.Deps) *kafkaqueue.Queue {
	t.Helper()
	q, err := kafkaqueue.Open(t.Context(), url, d)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = q.Close() })
	t.Cleanup(func() {
		ask(t, server(t), func(ctx context.Context, admin *kadm.Client) error {
			_, err := admin.DeleteTopics(ctx, q.Topics()...)
			return err
		})
	})
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got %v, want nil", err)
	}
	return q
}

// ask does something as an operator.
func ask(t testing.TB, server string, do func(ctx context.Context, admin *kadm.Client) error) {
	t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(server))
	if err != nil {
		t.Fatalf("NewClient: got %v, want nil", err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := do(ctx, kadm.NewClient(client)); err != nil {
		t.Errorf("commands to the server: got %v, want nil", err)
	}
}

func TestConformance(t *testing.T) {
	at := server(t)
	queuetest.Run(t, queuetest.Harness{
		Features: queuetest.Features{OrderedBySubject: true, Redrives: true, Parks: true},
		Patience: time.Minute,
		Open: func(t *testing.T, s queuetest.Setup) queuetest.Queues {
			q := open(t, settings(at), kafkaqueue.Deps{
				Groups: s.Groups, Policy: s.Policy, Hold: 30 * time.Millisecond, Failed: func(err error) { t.Log(err) },
			})
			return queuetest.Queues{Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Lot: q}
		},
	})
}
