package rabbitqueue_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	amqp "github.com/rabbitmq/amqp091-go"
	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/queue/queuetest"
	"github.com/myevents/myevents/shared/queue/rabbitqueue"
	"github.com/myevents/myevents/shared/testenv"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server returns the address of a RabbitMQ.
func server(t testing.TB) string {
	t.Helper()
	return testenv.Need(t, "MYEVENTS_TEST_AMQP", "try: localstack/with rabbitmq -- go test ./shared/queue/rabbitqueue/")
}

// settings returns a server's URL with a prefix of the test's own.
func settings(server string) string {
	return fmt.Sprintf("%s?prefix=test-%016x", server, rand.Uint64())
}

// open returns a queue with its topology, which is gone after the test.
func open(t testing.TB, server string, d rabbitqueue.Deps) *rabbitqueue.Queue {
	t.Helper()
	return openAt(t, server, settings(server), d)
}

func openAt(t testing.TB, server, url string, d rabbitqueue.Deps) *rabbitqueue.Queue {
	t.Helper()
	q, err := rabbitqueue.Open(t.Context(), url, d)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = q.Close() })
	t.Cleanup(func() { drop(t, server, q.Topology()) })
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got %v, want nil", err)
	}
	return q
}

// drop deletes what a queue needed.
func drop(t testing.TB, server string, top rabbitqueue.Topology) {
	admin(t, server, func(ch *amqp.Channel) error {
		for _, name := range top.Queues {
			if _, err := ch.QueueDelete(name, false, false, false); err != nil {
				return err
			}
		}
		return ch.ExchangeDelete(top.Exchange, false, false)
	})
}

// admin does something on a channel of its own.
func admin(t testing.TB, server string, do func(ch *amqp.Channel) error) {
	t.Helper()
	conn, err := amqp.Dial(server)
	if err != nil {
		t.Errorf("Dial: got %v, want nil", err)
		return
	}
	defer func() { _ = conn.Close() }()
	ch, err := conn.Channel()
	if err == nil {
		err = do(ch)
	}
	if err != nil {
		t.Errorf("commands to the server: got %v, want nil", err)
	}
}

func TestConformance(t *testing.T) {
	at := server(t)
	queuetest.Run(t, queuetest.Harness{
		Features: queuetest.Features{Redrives: true, Parks: true},
		Open: func(t *testing.T, s queuetest.Setup) queuetest.Queues {
			q := open(t, at, rabbitqueue.Deps{Groups: s.Groups, Policy: s.Policy, Failed: func(err error) { t.Log(err) }})
			return queuetest.Queues{Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Lot: q}
		},
	})
}
