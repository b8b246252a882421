package template_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
	"github.com/myevents/myevents/shared/template"
)

// arn is the ARN of a queue of the stack.
func arn(name string) string { return "arn:aws:sqs:eu-west-1:000000000000:" + name }

// in reads a whole number of units.
func in(unit time.Duration, v any) time.Duration {
	n, _ := v.(int)
	return time.Duration(n) * unit
}

// topology reads the stack's topic and queues in sqsqueue's words.
func topology(t *testing.T, s *template.Template) sqsqueue.Topology {
	t.Helper()
	got := sqsqueue.Topology{Topic: fmt.Sprint(s.Resources["Messages"].Properties["TopicName"])}
	for _, r := range s.Of("AWS::SQS::Queue") {
		p := r.Properties
		q := sqsqueue.QueueShape{
			Name: fmt.Sprint(p["QueueName"]), Visibility: in(time.Second, p["VisibilityTimeout"]),
			Retention: in(time.Second, p["MessageRetentionPeriod"]),
		}
		if redrive, ok := p["RedrivePolicy"].(map[string]any); ok {
			q.DeadLetters = strings.TrimPrefix(fmt.Sprint(redrive["deadLetterTargetArn"]), arn(""))
			q.MaxReceives = redrive["maxReceiveCount"].(int)
		}
		for _, sub := range s.Of("AWS::SNS::Subscription") {
			if sub.Properties["Endpoint"] != arn(q.Name) {
				continue
			}
			if sub.Properties["RawMessageDelivery"] != true || sub.Properties["Protocol"] != "sqs" {
				t.Errorf("%s: got %v, want raw delivery to a queue", sub.ID, sub.Properties)
			}
			q.Subscribed = true
			filter := sub.Properties["FilterPolicy"].(map[string]any)
			for _, v := range filter["type"].([]any) {
				q.Types = append(q.Types, message.Type(fmt.Sprint(v)))
			}
			slices.Sort(q.Types)
		}
		got.Queues = append(got.Queues, q)
	}
	slices.SortFunc(got.Queues, func(a, b sqsqueue.QueueShape) int { return strings.Compare(a.Name, b.Name) })
	return got
}

func TestTemplate_Queues(t *testing.T) {
	want := sqsqueue.Shape("myevents", consumer.Groups(), queue.Policy{})
	slices.SortFunc(want.Queues, func(a, b sqsqueue.QueueShape) int { return strings.Compare(a.Name, b.Name) })
	if diff := cmp.Diff(want, topology(t, stack(t))); diff != "" {
		t.Errorf("queues: want what sqsqueue makes (-), got (+):\n%s", diff)
	}
}

func TestTemplate_QueuesTakeTheTopicOnly(t *testing.T) {
	s := stack(t)
	policy := s.Resources["QueuesTakeTheTopic"].Properties["PolicyDocument"].(map[string]any)
	statement := policy["Statement"].([]any)[0].(map[string]any)
	condition := statement["Condition"].(map[string]any)["ArnEquals"].(map[string]any)
	if condition["aws:SourceArn"] != "arn:aws:sns:eu-west-1:000000000000:myevents-messages" {
		t.Errorf("queue policy: got %v, want the topic alone", condition)
	}
	for _, sub := range s.Of("AWS::SNS::Subscription") {
		if sub.Properties["Protocol"] != "sqs" {
			continue
		}
		dead := sub.Properties["RedrivePolicy"].(map[string]any)["deadLetterTargetArn"]
		for _, target := range []any{sub.Properties["Endpoint"], dead} {
			if !slices.Contains(statement["Resource"].([]any), target) {
				t.Errorf("queue policy: got no %v, want what %s delivers to", target, sub.ID)
			}
		}
	}
}

func TestTemplate_QueueSources(t *testing.T) {
	s := stack(t)
	timeouts, visible := map[string]time.Duration{}, map[string]time.Duration{}
	for _, f := range s.Functions() {
		timeouts[f.ID] = f.Timeout
	}
	for _, q := range topology(t, s).Queues {
		visible[q.Name] = q.Visibility
	}
	var pairs []string
	for _, q := range s.Queues() {
		pairs = append(pairs, q.Queue+" "+q.Function)
		if !q.Partial {
			t.Errorf("%s: got no partial answers, want them", q.Function)
		}
		if visible[q.Queue] < 6*timeouts[q.Function] {
			t.Errorf("%s: got a visibility of %v, want six times %v", q.Queue, visible[q.Queue], timeouts[q.Function])
		}
		if q.Window != 0 || q.Batch != 10 || q.MaxConcurrency < 2 {
			t.Errorf("%s: got %+v, want batches of 10 at once and a bound", q.Function, q)
		}
	}
	if want := []string{"myevents-booking BookingsWorker", "myevents-catalog EventsWorker"}; !slices.Equal(pairs, want) {
		t.Errorf("sources: got %v, want %v", pairs, want)
	}
}

func TestTemplate_StreamSources(t *testing.T) {
	var tables []string
	for _, s := range stack(t).Streams() {
		tables = append(tables, s.Table)
		if s.Function != "OutboxRelay" || !s.Partial || !s.Bisect || !s.FromOldest || s.Retries != -1 || s.OnFailure != "${StreamFailures.Arn}" {
			t.Errorf("%s: got %+v, want partial answers, halving, from the oldest, tried until it is kept elsewhere", s.Table, s)
		}
		if s.MaxAge <= 12*time.Hour || s.MaxAge >= 24*time.Hour {
			t.Errorf("%s: got an age of %v, want a little less than the 24 h that streams keep", s.Table, s.MaxAge)
		}
		if s.Window != 0 {
			t.Errorf("%s: got a window of %v, want none: an event is on sale 2 s after it was published", s.Table, s.Window)
		}
		if len(s.Filters) != 1 {
			t.Fatalf("%s: got %d filters, want one", s.Table, len(s.Filters))
		}
		for _, tc := range []struct {
			name, record string
			want         bool
		}{
			{"messages-of-an-event", `{"eventName":"MODIFY","dynamodb":{"NewImage":{"pk":{"S":"E#1"},"o":{"B":"AQI="}}}}`, true},
			{"step-on-a-block", `{"eventName":"MODIFY","dynamodb":{"NewImage":{"pk":{"S":"B#1"},"s00":{"B":"AQI="}}}}`, false},
			{"removal-by-age", `{"eventName":"REMOVE","dynamodb":{"Keys":{"pk":{"S":"E#1"}}}}`, false},
		} {
			if got := matches(t, s.Filters[0], tc.record); got != tc.want {
				t.Errorf("%s, filter of %s: got %t, want %t", s.Table, tc.name, got, tc.want)
			}
		}
	}
	slices.Sort(tables)
	if want := []string{"myevents-booking", "myevents-catalog"}; !slices.Equal(tables, want) {
		t.Errorf("streams: got %v, want %v", tables, want)
	}
}

// matches applies a filter pattern as Lambda does, as far as patterns here go: exact values and {"exists": …}.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
func matches(t *testing.T, pattern, record string) bool {
	t.Helper()
	var p, r map[string]any
	if err := json.Unmarshal([]byte(pattern), &p); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(record), &r); err != nil {
		t.Fatal(err)
	}
	return fits(p, r)
}

func fits(pattern, record map[string]any) bool {
	for name, want := range pattern {
		have, found := record[name]
		switch want := want.(type) {
		case map[string]any:
			inner, _ := have.(map[string]any)
			if !fits(want, inner) {
				return false
			}
		case []any:
			if !slices.ContainsFunc(want, func(v any) bool {
				if rule, ok := v.(map[string]any); ok {
					return rule["exists"] == found
				}
				return v == have
			}) {
				return false
			}
		}
	}
	return true
}

func TestTemplate_Janitor(t *testing.T) {
	s := stack(t)
	schedules := s.Schedules()
	if len(schedules) != 1 || schedules[0] != (template.Schedule{Function: "Janitor", Expression: "rate(1 minute)"}) {
		t.Errorf("schedules: got %v, want the janitor every minute", schedules)
	}
	for _, f := range s.Functions() {
		if f.ID == "Janitor" && f.Timeout >= time.Minute {
			t.Errorf("Janitor: got %v, want less than its schedule", f.Timeout)
		}
	}
}
