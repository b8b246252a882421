package sqsqueue

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Topology is the topic and the queues that a Queue needs: what Migrate makes and a deployment has to.
type Topology struct {
	Topic  string // the name that a topic has
	Queues []QueueShape
}

// QueueShape is one queue.
type QueueShape struct {
	Name        string
	DeadLetters string         // where its redrive policy leads; "": it has none
	MaxReceives int            // of the redrive policy
	Visibility  time.Duration  // of what is received without saying for how long: by triggers of functions
	Retention   time.Duration  // how long a message may wait
	Subscribed  bool           // to the topic, with raw delivery
	Types       []message.Type // of the subscription's filter policy on the attribute "type"; nil: none, everything is wanted
}

// What the queues are made with.
const (
	// groupVisibility is six times the longest that a function may run, as AWS asks for:
	// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
	groupVisibility = 180 * time.Second
	deadVisibility  = 30 * time.Second
	groupRetention  = 4 * 24 * time.Hour
	deadRetention   = 14 * 24 * time.Hour // the longest that SQS offers, and counted from when the message was first sent
	leastReceives   = 20
	parkedReceives  = 1000 // the most that SQS offers: a parked message is taken up again and again while its fault lasts
)

// receives is after how many receives a group's queue gives a message up by itself: well above the policy's attempts.
func receives(p queue.Policy) int { return min(parkedReceives, max(leastReceives, 2*p.Attempts+4)) }

// Shape returns the topology for a prefix: groups with the types that they want (none: every type) and the policy.
func Shape(prefix string, groups map[string][]message.Type, p queue.Policy) Topology {
	t := Topology{Topic: prefix + "-messages"}
	pair := func(name string, s QueueShape) {
		s.Name, s.DeadLetters, s.Visibility = name, name+"-dlq", groupVisibility
		t.Queues = append(t.Queues, QueueShape{Name: s.DeadLetters, Visibility: deadVisibility, Retention: deadRetention}, s)
	}
	for _, group := range slices.Sorted(maps.Keys(groups)) {
		pair(prefix+"-"+group, QueueShape{
			MaxReceives: receives(p.WithDefaults()), Retention: groupRetention, Subscribed: true, Types: slices.Sorted(slices.Values(groups[group])),
		})
	}
	pair(prefix+"-parked", QueueShape{MaxReceives: parkedReceives, Retention: deadRetention})
	return t
}

// Topology returns what q needs.
func (q *Queue) Topology() Topology { return Shape(q.prefix, q.d.Groups, q.d.Policy) }

// Migrate makes what is absent of the topology, the topic and its subscriptions where the URL names one, and brings what
// is there to its shape. It may be repeated. Deployments have a template of their own for it.
func (q *Queue) Migrate(ctx context.Context) error {
	t := q.Topology()
	if q.topic != "" {
		name := q.topic[strings.LastIndexByte(q.topic, ':')+1:]
		out, err := q.admin.sns.CreateTopic(ctx, &sns.CreateTopicInput{Name: &name})
		if err != nil {
			return faultOf("create topic "+name, q.topic, err)
		}
		if *out.TopicArn != q.topic {
			return fault.New(fault.Invalid, "", "MYEVENTS_QUEUE: the topic would be "+*out.TopicArn+", not "+q.topic)
		}
	}
	arns := map[string]string{}
	for _, s := range t.Queues { // dead-letter queues come first
		if err := q.makeQueue(ctx, s, arns); err != nil {
			return fmt.Errorf("migrate queue %s: %w", s.Name, err)
		}
		if s.Subscribed && q.topic != "" {
			if err := q.subscribeQueue(ctx, s, arns[s.Name]); err != nil {
				return fmt.Errorf("subscribe queue %s: %w", s.Name, err)
			}
		}
	}
	return nil
}

// makeQueue makes a queue, or reshapes it, and notes its ARN.
func (q *Queue) makeQueue(ctx context.Context, s QueueShape, arns map[string]string) error {
	made, err := q.admin.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: &s.Name})
	if err != nil {
		return faultOf("create", s.Name, err)
	}
	const arn = types.QueueAttributeNameQueueArn
	got, err := q.admin.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: made.QueueUrl, AttributeNames: []types.QueueAttributeName{arn},
	})
	if err != nil {
		return faultOf("read attributes", s.Name, err)
	}
	arns[s.Name] = got.Attributes[string(arn)]
	attrs := map[string]string{
		string(types.QueueAttributeNameVisibilityTimeout):      strconv.Itoa(int(s.Visibility / time.Second)),
		string(types.QueueAttributeNameMessageRetentionPeriod): strconv.Itoa(int(s.Retention / time.Second)),
	}
	if s.DeadLetters != "" {
		attrs[string(types.QueueAttributeNameRedrivePolicy)] = document(map[string]any{
			"deadLetterTargetArn": arns[s.DeadLetters], "maxReceiveCount": s.MaxReceives,
		})
	}
	if s.Subscribed && q.topic != "" {
		attrs[string(types.QueueAttributeNamePolicy)] = document(map[string]any{
			"Version": "2012-10-17",
			"Statement": []any{map[string]any{
				"Effect": "Allow", "Principal": map[string]any{"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
				"Resource": arns[s.Name], "Condition": map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": q.topic}},
			}},
		})
	}
	_, err = q.admin.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: made.QueueUrl, Attributes: attrs})
	return faultOf("set attributes", s.Name, err)
}

// subscribeQueue subscribes a queue to the topic, or corrects its subscription.
func (q *Queue) subscribeQueue(ctx context.Context, s QueueShape, arn string) error {
	attrs := map[string]string{"RawMessageDelivery": "true"}
	if len(s.Types) > 0 {
		attrs["FilterPolicy"] = document(map[string]any{attrType: s.Types})
	}
	in := &sns.SubscribeInput{
		TopicArn: &q.topic, Protocol: aws.String("sqs"), Endpoint: &arn, Attributes: attrs, ReturnSubscriptionArn: true,
	}
	if _, err := q.admin.sns.Subscribe(ctx, in); err == nil {
		return nil
	}
	in.Attributes = nil // it exists with others, which are corrected then
	there, err := q.admin.sns.Subscribe(ctx, in)
	if err != nil {
		return faultOf("subscribe", q.topic, err)
	}
	if attrs["FilterPolicy"] == "" {
		attrs["FilterPolicy"] = "{}"
	}
	for _, name := range slices.Sorted(maps.Keys(attrs)) {
		if _, err := q.admin.sns.SetSubscriptionAttributes(ctx, &sns.SetSubscriptionAttributesInput{
			SubscriptionArn: there.SubscriptionArn, AttributeName: &name, AttributeValue: aws.String(attrs[name]),
		}); err != nil {
			return faultOf("set "+name, q.topic, err)
		}
	}
	return nil
}

func document(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("sqsqueue: %v", err)) // strings and numbers always have a JSON form
	}
	return string(b)
}
