package sqsqueue_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
)

func TestShape(t *testing.T) {
	const day = 24 * time.Hour
	got := sqsqueue.Shape("prod", map[string][]message.Type{
		"catalog": nil, "booking": {message.EventPublished, message.BookingRecorded},
	}, queue.Policy{})
	want := sqsqueue.Topology{Topic: "prod-messages", Queues: []sqsqueue.QueueShape{
		{Name: "prod-booking-dlq", Visibility: 30 * time.Second, Retention: 14 * day},
		{
			Name: "prod-booking", DeadLetters: "prod-booking-dlq", MaxReceives: 20, Visibility: 3 * time.Minute, Retention: 4 * day,
			Subscribed: true, Types: []message.Type{message.BookingRecorded, message.EventPublished},
		},
		{Name: "prod-catalog-dlq", Visibility: 30 * time.Second, Retention: 14 * day},
		{
			Name: "prod-catalog", DeadLetters: "prod-catalog-dlq", MaxReceives: 20, Visibility: 3 * time.Minute, Retention: 4 * day,
			Subscribed: true,
		},
		{Name: "prod-parked-dlq", Visibility: 30 * time.Second, Retention: 14 * day},
		{Name: "prod-parked", DeadLetters: "prod-parked-dlq", MaxReceives: 1000, Visibility: 3 * time.Minute, Retention: 14 * day},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Shape (-want +got):\n%s", diff)
	}
	for attempts, want := range map[int]int{1: 20, 8: 20, 20: 44, 600: 1000} {
		got := sqsqueue.Shape("p", map[string][]message.Type{"g": nil}, queue.Policy{Attempts: attempts}).Queues[1].MaxReceives
		if got != want {
			t.Errorf("Shape for %d attempts: got %d receives, want %d", attempts, got, want)
		}
	}
}

func TestQueue_Migrate(t *testing.T) {
	c := newCloud()
	q := at(t, c, topicURL, sqsqueue.Deps{Groups: map[string][]message.Type{group: {message.EventChanged}, "catalog": nil}})
	if err := q.Ready(t.Context()); err != nil {
		t.Errorf("Ready: got %v, want nil", err)
	}
	for _, s := range q.Topology().Queues {
		b := c.queues[s.Name]
		if b == nil {
			t.Errorf("queue %s: got none, want one", s.Name)
			continue
		}
		var redrive struct {
			DeadLetterTargetArn string `json:"deadLetterTargetArn"`
			MaxReceiveCount     int    `json:"maxReceiveCount"`
		}
		if text := b.attrs["RedrivePolicy"]; text != "" {
			if err := json.Unmarshal([]byte(text), &redrive); err != nil {
				t.Errorf("redrive policy of %s: got %v, want JSON", s.Name, err)
			}
		}
		got := fmt.Sprint(b.attrs["VisibilityTimeout"], " ", b.attrs["MessageRetentionPeriod"], " ", redrive.MaxReceiveCount, " ", redrive.DeadLetterTargetArn)
		arn := ""
		if s.DeadLetters != "" {
			arn = "arn:aws:sqs:eu-west-1:0:" + s.DeadLetters
		}
		if want := fmt.Sprint(int(s.Visibility.Seconds()), " ", int(s.Retention.Seconds()), " ", s.MaxReceives, " ", arn); got != want {
			t.Errorf("queue %s: got %s, want %s", s.Name, got, want)
		}
		if allowed := b.attrs["Policy"] != ""; allowed != s.Subscribed {
			t.Errorf("queue %s: got SNS allowed %t, want %t", s.Name, allowed, s.Subscribed)
		}
	}
	if subs := c.topics[topicARN]; len(subs) != 2 || !subs[0].raw || fmt.Sprint(subs[0].types) != "[event.changed.v1]" || len(subs[1].types) != 0 {
		t.Errorf("subscriptions: got %+v, want booking's to event.changed.v1 and catalog's to all, raw", subs)
	}
}
