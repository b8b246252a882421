package lambdahost_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/host/lambdahost"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// stream is an invocation with changes; each announces the messages of those ids, separated by spaces.
func stream(t *testing.T, announced ...string) []byte {
	t.Helper()
	var records []object
	for i, ids := range announced {
		image := object{"pk": object{"S": "E#1"}, "sk": object{"S": "E"}, "v": object{"N": "7"}, "b": object{"BOOL": true}}
		if ids != "" {
			var ms []outbox.Message
			for id := range strings.FieldsSeq(ids) {
				ms = append(ms, outbox.Message{Envelope: message.New(id, message.SourceCatalog, message.EventChanged, "evt_1", time.Unix(1_790_000_000, 0), struct{}{})})
			}
			packed, err := outbox.Pack(ms)
			if err != nil {
				t.Fatal(err)
			}
			image[outbox.Attribute] = object{"B": base64.StdEncoding.EncodeToString(packed)}
		}
		records = append(records, object{
			"eventID": "x", "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
			"dynamodb": object{
				"ApproximateCreationDateTime": 1_790_000_000.5, "Keys": object{"sk": object{"S": "E"}, "pk": object{"S": "E#1"}},
				"NewImage": image, "SequenceNumber": "10000000000000000000" + string(rune('1'+i)), "SizeBytes": 99, "StreamViewType": "NEW_IMAGE",
			},
			"eventSourceARN": "arn:aws:dynamodb:eu-west-1:000000000000:table/x/stream/y",
		})
	}
	b, err := json.Marshal(object{"Records": records})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOutbox(t *testing.T) {
	for _, tc := range []struct {
		name      string
		announced []string
		away      bool // neither topic nor parking lot can be reached
		published string
		answer    string
	}{
		{"in-order", []string{"m1 m2", "", "m3"}, false, "m1 m2 m3", `{"batchItemFailures":[]}`},
		{"nothing", []string{""}, false, "", `{"batchItemFailures":[]}`},
		{"away", []string{"", "m1", "m2"}, true, "", `{"batchItemFailures":[{"itemIdentifier":"100000000000000000002"},{"itemIdentifier":"100000000000000000003"}]}`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var published []string
			h := lambdahost.NewOutbox(outbox.PassDeps{
				Publish: func(_ context.Context, ms ...message.Envelope) error {
					if tc.away {
						return errors.New("away")
					}
					for _, m := range ms {
						published = append(published, m.ID)
					}
					return nil
				},
				Park: func(context.Context, []byte, string) error { return errors.New("away too") },
				Now:  time.Now,
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			got, err := h.Invoke(ctx, stream(t, tc.announced...))
			if err != nil || string(got) != tc.answer {
				t.Errorf("Invoke: got %s and %v, want %s", got, err, tc.answer)
			}
			if s := strings.Join(published, " "); s != tc.published {
				t.Errorf("published: got %q, want %q", s, tc.published)
			}
		})
	}
	if _, err := lambdahost.NewOutbox(outbox.PassDeps{}).Invoke(t.Context(), []byte(sqsBatch)); err == nil {
		t.Error("Invoke with messages of SQS: got nil, want an error")
	}
}

func TestSchedule(t *testing.T) {
	var ran []string
	job := func(name string, n int, err error) app.Job {
		return app.Job{Name: name, Run: func(ctx context.Context) (int, error) {
			if _, ok := ctx.Deadline(); !ok {
				t.Errorf("%s: got no deadline", name)
			}
			return n, err
		}}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	got, err := lambdahost.NewSchedule([]app.Job{job("close", 2, nil), job("void", 0, nil)}).Invoke(ctx, []byte(`{"source":"aws.events"}`))
	if want := `{"jobs":[{"job":"close","done":2},{"job":"void","done":0}]}`; err != nil || string(got) != want {
		t.Errorf("Invoke: got %s and %v, want %s", got, err, want)
	}
	ready := make(chan struct{})
	_, err = lambdahost.NewSchedule([]app.Job{
		job("close", 0, errors.New("the store is away")),
		{Name: "panic", Run: func(context.Context) (int, error) { close(ready); panic("a seat") }},
		{Name: "last", Run: func(context.Context) (int, error) { <-ready; ran = append(ran, "last"); return 1, nil }},
	}).Invoke(ctx, nil)
	if err == nil || !strings.Contains(err.Error(), "close: the store is away") || !strings.Contains(err.Error(), "panic: panicked: a seat") {
		t.Errorf("Invoke with failing jobs: got %v, want both named", err)
	}
	if !slices.Equal(ran, []string{"last"}) {
		t.Errorf("ran after the failing ones: got %v, want last", ran)
	}
}
