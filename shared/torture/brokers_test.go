package torture_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/kafkaqueue"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

// broker is a queue's adapter with the server that it needs.
type broker struct {
	name   string // the adapter's
	server string // localstack's; none: it is in this process, and keeps its dead letters in a folder
	env    string // set where the server can be run
	// open returns the queue of a server at an address, with names of its own.
	open func(ctx context.Context, address, prefix string, c choices) (opened, error)
	// alarm has a server take no more messages, until off is called; nil: it has no such state, or none that can be made.
	alarm func(s *server) (off func())
}

// choices is what a test chooses of a queue.
type choices struct {
	groups   map[string][]message.Type
	policy   queue.Policy
	inFlight int
	failed   func(error)
}

// opened is a queue that is open.
type opened struct {
	brokersQueue
	close func() error
}

type brokersQueue interface {
	queue.Publisher
	queue.Subscriber
	queue.DeadLetters
	Migrate(ctx context.Context) error
}

// group is who gets the messages, of every type.
const group = "torture"

var oneGroup = map[string][]message.Type{group: nil}

func brokers() []broker {
	return []broker{memoryBroker(), sqsBroker(), rabbitBroker(), kafkaBroker()}
}

// hint says how to get the servers.
const hint = "try: localstack/with dynamodb elasticmq mongodb rabbitmq kafka -- go -C shared/torture test ./..."

// onAWS is a configuration that no AWS account answers to, and a function that closes what it keeps open.
func onAWS(address string) (aws.Config, func() error) {
	transport := &http.Transport{MaxIdleConnsPerHost: 64}
	return aws.Config{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
		BaseEndpoint: aws.String("http://" + address), HTTPClient: &http.Client{Transport: transport},
	}, func() error { transport.CloseIdleConnections(); return nil }
}

func memoryBroker() broker {
	return broker{name: "memqueue", open: func(ctx context.Context, folder, _ string, c choices) (opened, error) {
		return openMemory(ctx, folder, c.groups)
	}}
}

func sqsBroker() broker {
	return broker{
		name: "sqsqueue", server: "elasticmq", env: "MYEVENTS_TEST_SQS",
		open: func(ctx context.Context, address, prefix string, c choices) (opened, error) {
			cfg, end := onAWS(address)
			q, err := sqsqueue.Open(ctx, cfg, "sqs://"+prefix+"?poll=1s&hidden=4s", sqsqueue.Deps{
				Groups: c.groups, Policy: c.policy, InFlight: c.inFlight, Failed: c.failed,
			})
			return opened{q, end}, err
		},
	}
}

func kafkaBroker() broker {
	return broker{
		name: "kafkaqueue", server: "kafka", env: "MYEVENTS_TEST_KAFKA",
		open: func(ctx context.Context, address, prefix string, c choices) (opened, error) {
			q, err := kafkaqueue.Open(ctx, "kafka://"+address+"/"+prefix+"?partitions=4&session=3s", kafkaqueue.Deps{
				Groups: c.groups, Policy: c.policy, InFlight: c.inFlight, Failed: c.failed,
			})
			if err != nil {
				return opened{}, err
			}
			return opened{q, q.Close}, nil
		},
	}
}

func rabbitBroker() broker {
	return broker{
		name: "rabbitqueue", server: "rabbitmq", env: "MYEVENTS_TEST_AMQP",
		open: func(ctx context.Context, address, prefix string, c choices) (opened, error) {
			q, err := rabbitqueue.Open(ctx, "amqp://guest:guest@"+address+"/?prefix="+url.QueryEscape(prefix), rabbitqueue.Deps{
				Groups: c.groups, Policy: c.policy, InFlight: c.inFlight, Failed: c.failed,
			})
			if err != nil {
				return opened{}, err
			}
			return opened{q, q.Close}, nil
		},
		alarm: func(s *server) func() {
			s.command("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "1")
			return func() { s.command("rabbitmqctl", "set_vm_memory_high_watermark", "absolute", "512MB") }
		},
	}
}

// openNow opens and migrates a queue, patiently.
func (b broker) openNow(t testing.TB, address, prefix string, c choices) opened {
	t.Helper()
	q, err := b.open(t.Context(), address, prefix, c)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	eventually(t, "a queue that is migrated", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err = q.Migrate(ctx); err != nil {
			t.Logf("Migrate: %v", err)
		}
		return err == nil
	})
	return q
}
