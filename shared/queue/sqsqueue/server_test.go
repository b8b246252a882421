package sqsqueue_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.uber.org/goleak"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/queuetest"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
	"github.com/myevents/myevents/shared/testenv"
)

func TestMain(m *testing.M) {
	// The cases wait for a clock of whole seconds, not for a processor: many at a time, unless the command says otherwise.
	if err := flag.Set("test.parallel", "16"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("net/http.(*persistConn).readLoop"), // connections kept for the next call
		goleak.IgnoreAnyFunction("net/http.(*persistConn).writeLoop"))
}

const region = "eu-west-1"

// dummy is a configuration that no AWS account answers to.
func dummy() aws.Config {
	return aws.Config{
		Region: region,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// sqsOnly is the endpoint of a live SQS, awsAll that of a live SQS and SNS. Both are on this machine, or the test fails.
func sqsOnly(t *testing.T) string {
	t.Helper()
	return local(t, testenv.Need(t, "MYEVENTS_TEST_SQS", "run: localstack/with elasticmq -- go test ./shared/queue/sqsqueue"))
}

func awsAll(t *testing.T) string {
	t.Helper()
	return local(t, testenv.Need(t, "MYEVENTS_TEST_AWS", "run: localstack/with aws -- go test ./shared/queue/sqsqueue"))
}

func local(t *testing.T, endpoint string) string {
	t.Helper()
	u, err := url.Parse(endpoint)
	if err != nil {
		t.Fatalf("endpoint %q: got %v, want a URL", endpoint, err)
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		t.Fatalf("endpoint %q: got another machine, want this one", endpoint)
	}
	return endpoint
}

// coarse is a policy for a clock of whole seconds.
var coarse = queue.Policy{Attempts: 4, Backoff: time.Second, Max: 2 * time.Second, MaxAge: 20 * time.Second}

// fresh is a prefix that nobody else uses.
func fresh() string { return fmt.Sprintf("t%08x", rand.Uint32()) }

// open returns a queue of its own on a live server, migrated, and removes its queues in the end.
func open(t *testing.T, endpoint string, topic bool, d sqsqueue.Deps) *sqsqueue.Queue {
	t.Helper()
	prefix := fresh()
	at := "sqs://" + prefix + "?region=" + region + "&endpoint=" + url.QueryEscape(endpoint)
	if topic {
		at += "&topic=arn:aws:sns:" + region + ":000000000000:" + prefix + "-messages"
	}
	if d.Policy == (queue.Policy{}) {
		d.Policy = coarse
	}
	if d.Poll == 0 {
		d.Poll = time.Second
	}
	if d.Hidden == 0 {
		d.Hidden = 6 * time.Second
	}
	q, err := sqsqueue.Open(t.Context(), dummy(), at, d)
	if err != nil {
		t.Fatalf("Open %s: got %v, want nil", at, err)
	}
	if err := q.Migrate(t.Context()); err != nil {
		t.Fatalf("Migrate: got %v, want nil", err)
	}
	t.Cleanup(func() {
		client := client(endpoint)
		for _, s := range q.Topology().Queues {
			ctx := context.WithoutCancel(t.Context())
			out, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &s.Name})
			if err != nil {
				t.Errorf("GetQueueUrl: got %v, want nil", err)
				continue
			}
			if _, err := client.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: out.QueueUrl}); err != nil {
				t.Errorf("DeleteQueue: got %v, want nil", err)
			}
		}
	})
	return q
}

func client(endpoint string) *sqs.Client {
	return sqs.NewFromConfig(dummy(), func(o *sqs.Options) { o.BaseEndpoint = &endpoint })
}

// count returns how many messages a queue has: to be had, in flight, delayed.
func count(t *testing.T, endpoint, name string) string {
	t.Helper()
	c := client(endpoint)
	at, err := c.GetQueueUrl(t.Context(), &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		t.Fatalf("GetQueueUrl %s: got %v, want nil", name, err)
	}
	out, err := c.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: at.QueueUrl, AttributeNames: []types.QueueAttributeName{"All"}})
	if err != nil {
		t.Fatalf("GetQueueAttributes %s: got %v, want nil", name, err)
	}
	a := out.Attributes
	return a["ApproximateNumberOfMessages"] + " " + a["ApproximateNumberOfMessagesNotVisible"] + " " + a["ApproximateNumberOfMessagesDelayed"]
}

// TestQueue_LeavesNothing: what was acked while it was kept longer than its visibility, tried again, put off or given up is
// gone from a real SQS in the end, and seen as often as it should be.
func TestQueue_LeavesNothing(t *testing.T) {
	endpoint := sqsOnly(t)
	t.Parallel()
	q := open(t, endpoint, false, sqsqueue.Deps{Groups: map[string][]message.Type{group: nil}, Hidden: 3 * time.Second})
	var mu sync.Mutex
	times := map[string]int{}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	var slow sync.WaitGroup
	slow.Add(1)
	go func() {
		done <- q.Subscribe(ctx, group, nil, queue.HandlerFunc(func(_ context.Context, m message.Envelope) error {
			mu.Lock()
			times[m.ID]++
			n := times[m.ID]
			mu.Unlock()
			switch {
			case m.ID == "msg-1":
				defer slow.Done()
				<-time.After(8 * time.Second)
			case m.ID == "msg-2" && n == 1:
				return errors.New("broken")
			case m.ID == "msg-3" && n == 1:
				return queue.Later(time.Second, "young")
			case m.ID == "msg-4":
				return fault.New(fault.Invalid, "", "wrong")
			}
			return nil
		}))
	}()
	if err := q.Publish(t.Context(), samples(40)...); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}
	slow.Wait()
	again := func() bool {
		mu.Lock()
		defer mu.Unlock()
		return times["msg-2"] > 1 && times["msg-3"] > 1
	}
	for until := time.Now().Add(time.Minute); !again() && time.Now().Before(until); {
		<-time.After(50 * time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Subscribe: got %v, want nil", err)
	}
	for i := range 40 {
		m := sample(i).ID
		want := 1
		if m == "msg-2" || m == "msg-3" {
			want = 2
		}
		if times[m] != want {
			t.Errorf("deliveries of %s: got %d, want %d", m, times[m], want)
		}
	}
	prefix := strings.TrimSuffix(q.Topology().Topic, "messages")
	if got := count(t, endpoint, prefix+group); got != "0 0 0" {
		t.Errorf("messages left to have, in flight and delayed: got %s, want 0 0 0", got)
	}
	if got := count(t, endpoint, prefix+group+"-dlq"); got != "1 0 0" {
		t.Errorf("dead letters: got %s, want 1 0 0", got)
	}
}

// harness allows what SQS does: a message whose visibility ends while a slow machine is still reading the reply that has it
// is delivered again. How often each is delivered is counted by TestConformance_InProcess.
func harness(endpoint string, topic bool) queuetest.Harness {
	return queuetest.Harness{
		Features: queuetest.Features{Redrives: true, Parks: true, Batches: true, MayRepeat: true}, Policy: coarse, Patience: 2 * time.Minute, Poll: 50 * time.Millisecond, Quiet: 2 * time.Second, Scale: 4,
		Open: func(t *testing.T, s queuetest.Setup) queuetest.Queues {
			q := open(t, endpoint, topic, sqsqueue.Deps{Groups: s.Groups, Policy: s.Policy, Failed: func(err error) { t.Log(err) }})
			return queuetest.Queues{
				Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q, Lot: q, Batches: q, Invoke: trigger(endpoint, q),
			}
		},
	}
}

func TestConformance(t *testing.T) {
	endpoint := sqsOnly(t)
	t.Parallel()
	queuetest.Run(t, harness(endpoint, false))
}

func TestConformance_ByTopic(t *testing.T) {
	endpoint := awsAll(t)
	t.Parallel()
	queuetest.Run(t, harness(endpoint, true))
}

// trigger plays an event-source mapping of Lambda.
func trigger(endpoint string, q *sqsqueue.Queue) func(context.Context, string, func([]queue.Delivery) []string) error {
	c := client(endpoint)
	return func(ctx context.Context, group string, invoke func([]queue.Delivery) []string) error {
		name := strings.TrimSuffix(q.Topology().Topic, "messages") + group
		at, err := c.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		if err != nil {
			return err
		}
		// Not with ctx: a call that is cut off may have been given messages. What an emulator under load does not make
		// visible again in an invocation's last moments is so by itself a little later, rather than after the minutes of AWS.
		out, err := c.ReceiveMessage(context.WithoutCancel(ctx), &sqs.ReceiveMessageInput{
			QueueUrl: at.QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 40, MessageAttributeNames: []string{"All"},
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil || len(out.Messages) == 0 {
			return err
		}
		ds := make([]queue.Delivery, len(out.Messages))
		for i, m := range out.Messages {
			ds[i] = deliver(m)
		}
		again := invoke(ds)
		for _, m := range out.Messages {
			if slices.Contains(again, *m.MessageId) {
				continue
			}
			_, err := c.DeleteMessage(context.WithoutCancel(ctx), &sqs.DeleteMessageInput{QueueUrl: at.QueueUrl, ReceiptHandle: m.ReceiptHandle})
			if err != nil {
				return err
			}
		}
		return nil
	}
}

// deliver makes of a message what a host of functions does of the record in an invocation.
func deliver(m types.Message) queue.Delivery {
	d := queue.Delivery{ID: *m.MessageId, Receipt: *m.ReceiptHandle, Body: []byte(*m.Body), Attributes: map[string]string{}}
	d.Attempt, _ = strconv.Atoi(m.Attributes["ApproximateReceiveCount"])
	for name, v := range m.MessageAttributes {
		d.Attributes[name] = *v.StringValue
	}
	return d
}
