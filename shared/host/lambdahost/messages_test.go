package lambdahost_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/host/lambdahost"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// batches keeps what it was handed, and wants some of it again.
type batches struct {
	group string
	got   []queue.Delivery
	again []string
}

func (b *batches) HandleBatch(_ context.Context, group string, ds []queue.Delivery, _ queue.Handler) []string {
	b.group, b.got = group, ds
	return b.again
}

const sqsBatch = `{"Records":[{"messageId":"m-1","receiptHandle":"r-1","body":"{\"x\":1}","eventSource":"aws:sqs","awsRegion":"eu-west-1",
	"attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1","ApproximateFirstReceiveTimestamp":"1700000000000"},
	"messageAttributes":{"type":{"stringValue":"event.changed.v1","dataType":"String","stringListValues":[],"binaryListValues":[]}}},
	{"messageId":"m-2","receiptHandle":"r-2","body":"two","attributes":{},"messageAttributes":{},"eventSource":"aws:sqs"}]}`

func TestMessages_SQS(t *testing.T) {
	for _, tc := range []struct {
		name  string
		again []string
		want  string
	}{
		{"all-done", nil, `{"batchItemFailures":[]}`},
		{"some-again", []string{"m-2"}, `{"batchItemFailures":[{"itemIdentifier":"m-2"}]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := &batches{again: tc.again}
			got, err := lambdahost.NewMessages(lambdahost.MessagesDeps{Subscription: app.Subscription{Group: "booking"}, Batches: b}).
				Invoke(t.Context(), []byte(sqsBatch))
			if err != nil || string(got) != tc.want {
				t.Errorf("Invoke: got %s and %v, want %s", got, err, tc.want)
			}
			want := []queue.Delivery{
				{ID: "m-1", Receipt: "r-1", Body: []byte(`{"x":1}`), Attempt: 3, Attributes: map[string]string{"type": "event.changed.v1", "ApproximateFirstReceiveTimestamp": "1700000000000"}},
				{ID: "m-2", Receipt: "r-2", Body: []byte("two"), Attempt: 1, Attributes: map[string]string{}},
			}
			if b.group != "booking" || !reflect.DeepEqual(b.got, want) {
				t.Errorf("HandleBatch: got %s and %+v, want booking and %+v", b.group, b.got, want)
			}
		})
	}
}

func TestMessages_Strange(t *testing.T) {
	h := lambdahost.NewMessages(lambdahost.MessagesDeps{})
	for payload, want := range map[string]string{
		`{"Records":[]}`: `{"batchItemFailures":[]}`, `{}`: `{"batchItemFailures":[]}`,
		`{"Records":[{"eventSource":"aws:s3"}]}`: "neither", sqsBatch: "MYEVENTS_QUEUE", `nonsense`: "read invocation", `{"Records":7}`: "read invocation",
	} {
		got, err := h.Invoke(t.Context(), []byte(payload))
		if !strings.Contains(fmt.Sprint(string(got), err), want) {
			t.Errorf("Invoke %s: got %s and %v, want %s", payload, got, err, want)
		}
	}
}

type deadLetters queue.DeadLetters

// letters keeps dead letters, unless it is out of order.
type letters struct {
	deadLetters
	mu     sync.Mutex
	all    map[string]queue.DeadLetter
	broken bool
}

func (l *letters) AddDeadLetter(_ context.Context, d queue.DeadLetter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken {
		return fault.New(fault.Unavailable, "", "away")
	}
	if l.all == nil {
		l.all = map[string]queue.DeadLetter{}
	}
	l.all[d.ID] = d
	return nil
}

func envelope(t *testing.T, id string) string {
	t.Helper()
	b, err := message.New(id, message.SourceCatalog, message.EventChanged, "evt_1", time.Unix(1_790_000_000, 0), struct{}{}).Encode()
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(b)
}

// kafka is an invocation with records by partition.
func kafka(partitions map[string][]string) []byte {
	records := object{}
	for name, values := range partitions {
		var list []object
		for offset, v := range values {
			topic, _, _ := strings.Cut(name, "-")
			list = append(list, object{"topic": topic, "partition": 0, "offset": offset, "timestamp": 1_790_000_000_000, "timestampType": "CREATE_TIME", "value": v, "headers": []object{}})
		}
		records[name] = list
	}
	b, _ := json.Marshal(object{"eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:x", "bootstrapServers": "b", "records": records})
	return b
}

// rabbit is an invocation with messages by queue.
func rabbit(queues map[string][]string) []byte {
	all := object{}
	for name, values := range queues {
		var list []object
		for _, v := range values {
			list = append(list, object{"basicProperties": object{"contentType": "application/json", "deliveryMode": 2, "timestamp": "Jan 1, 1970, 12:33:41 AM"}, "redelivered": false, "data": v})
		}
		all[name] = list
	}
	b, _ := json.Marshal(object{"eventSource": "aws:rmq", "eventSourceArn": "arn:aws:mq:x", "rmqMessagesByQueue": all})
	return b
}

func TestMessages_KafkaAndRabbit(t *testing.T) {
	bad := base64.StdEncoding.EncodeToString([]byte("no envelope"))
	for _, tc := range []struct {
		name    string
		values  func(t *testing.T) []string
		types   []message.Type
		broken  bool             // the dead letters
		fail    map[string]error // by message: of its first attempts
		times   int              // that they fail; 0: for ever
		handled string
		buried  int
		err     string
	}{
		{name: "in-order", values: ids("m1", "m2", "m3"), handled: "m1 m2 m3"},
		{name: "tried-again-before-the-next", values: ids("m1", "m2"), fail: map[string]error{"m1": errors.New("busy")}, times: 2, handled: "m1 m1 m1 m2"},
		{name: "given-up-at-once", values: ids("m1", "m2"), fail: map[string]error{"m1": fault.New(fault.Invalid, "", "bad")}, handled: "m1 m2", buried: 1},
		{name: "given-up-after-attempts", values: ids("m1", "m2"), fail: map[string]error{"m1": errors.New("busy")}, handled: "m1 m1 m1 m2", buried: 1},
		{name: "put-off-for-a-moment", values: ids("m1"), fail: map[string]error{"m1": queue.Later(time.Millisecond, "young")}, times: 5, handled: "m1 m1 m1 m1 m1 m1"},
		{name: "put-off-for-longer-than-there-is", values: ids("m1", "m2"), fail: map[string]error{"m1": queue.Later(time.Minute, "young")}, handled: "m1", err: "no time left"},
		{name: "no-envelope", values: func(t *testing.T) []string { t.Helper(); return []string{bad, "no base64!", envelope(t, "m1")} }, handled: "m1", buried: 2},
		{name: "dead-letters-away", values: ids("m1", "m2"), broken: true, fail: map[string]error{"m1": fault.New(fault.Invalid, "", "bad")}, handled: "m1", err: "give up"},
		{name: "of-no-concern", values: ids("m1"), types: []message.Type{message.EventPublished}},
	} {
		for source, payload := range map[string]func(map[string][]string) []byte{"kafka": kafka, "rabbit": rabbit} {
			t.Run(tc.name+"-"+source, func(t *testing.T) {
				dead := &letters{broken: tc.broken}
				var handled []string
				count := map[string]int{}
				h := lambdahost.NewMessages(lambdahost.MessagesDeps{
					Subscription: app.Subscription{Group: "booking", Types: tc.types, Handler: queue.HandlerFunc(func(_ context.Context, m message.Envelope) error {
						handled = append(handled, m.ID)
						if count[m.ID]++; tc.times > 0 && count[m.ID] > tc.times {
							return nil
						}
						return tc.fail[m.ID]
					})},
					DeadLetters: dead, Policy: queue.Policy{Attempts: 3, Backoff: time.Millisecond},
					Now: func() time.Time { return time.Unix(1_790_000_001, 0) },
				})
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				got, err := h.Invoke(ctx, payload(map[string][]string{"orders-0": tc.values(t)}))
				if tc.err == "" && (err != nil || string(got) != `{"batchItemFailures":[]}`) {
					t.Errorf("Invoke: got %s and %v, want no failures", got, err)
				}
				if tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)) {
					t.Errorf("Invoke: got %s and %v, want an error with %q", got, err, tc.err)
				}
				if s := strings.Join(handled, " "); s != tc.handled {
					t.Errorf("handled: got %q, want %q", s, tc.handled)
				}
				if len(dead.all) != tc.buried {
					t.Errorf("dead letters: got %v, want %d", dead.all, tc.buried)
				}
				for _, d := range dead.all {
					if _, err := d.Message.Encode(); err != nil || d.Group != "booking" || d.Reason == "" {
						t.Errorf("dead letter: got %+v (%v), want it whole", d, err)
					}
				}
			})
		}
	}
}

func ids(names ...string) func(*testing.T) []string {
	return func(t *testing.T) (all []string) {
		t.Helper()
		for _, n := range names {
			all = append(all, envelope(t, n))
		}
		return all
	}
}

// A dead letter of an invocation that comes twice is one.
func TestMessages_DeadLetterOnce(t *testing.T) {
	dead := &letters{}
	h := lambdahost.NewMessages(lambdahost.MessagesDeps{
		Subscription: app.Subscription{Group: "booking", Handler: queue.HandlerFunc(func(context.Context, message.Envelope) error {
			return fault.New(fault.Invalid, "", "bad")
		})}, DeadLetters: dead,
	})
	for range 2 {
		if _, err := h.Invoke(t.Context(), kafka(map[string][]string{"a-0": {envelope(t, "m1"), "bm9uc2Vuc2U="}, "b-0": {envelope(t, "m2")}})); err != nil {
			t.Fatal(err)
		}
	}
	if len(dead.all) != 3 {
		t.Errorf("dead letters: got %d, want 3", len(dead.all))
	}
}
