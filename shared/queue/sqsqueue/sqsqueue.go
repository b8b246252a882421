// Package sqsqueue is the queue on AWS: one SNS topic that fans out to an SQS queue for each group, by message type, with
// a dead-letter queue beside each. Without a topic the publisher sends to the queues of the groups that want a message
// itself; everything else is the same.
//
// # Consistency
//
// Publish returns nil once SNS, or every group's queue, has stored each message. Delivery is at least once: a reply that is
// lost makes a duplicate, never a loss, and so does whatever ends a process between an effect and its delete. No order is
// promised. A message put off by queue.Later is sent anew with a delay before the original is deleted, and so is a dead
// letter to its queue; both carry what was counted so far as attributes of their own (attempts, first, until; deadId,
// deadReason, deadAttempts, deadAt). Attempts are what SQS counts as receives, added to those of earlier copies. A receive
// counts although nobody handled the message: one that a stop cuts off is made visible at once and has one attempt less
// from then on, but it is judged only when a handler has failed, so that stops alone never give up a message. Messages that
// a process died with come again when their visibility ends; a queue's own redrive policy, whose count is well above the
// policy's attempts, ends that. Such dead letters have no reason of a handler's and say so.
//
// # Limits
//
// A message has at most 256 KiB, 1 KiB of which is kept for the attributes above, and a call at most 10 messages and 256 KiB
// (SQS alone would take more: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html,
// https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html). Delays are whole seconds up to 900; longer ones go in
// steps. Waits between attempts are rounded to whole seconds at random, so that they are right on average. A handler may
// run for 12 h, the longest visibility. A queue has at most about 120,000 messages in flight
// (https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html). Dead letters are found by
// receiving the whole queue, 10 at a time, and are kept for 14 days.
//
// # Failure
//
// Calls are tried again by the SDK with jitter, entries of a batch that failed alone by themselves, inside the context's
// deadline; then it is fault.Unavailable. What SNS or SQS will never take is fault.Invalid. An absent queue or topic is
// fault.Unavailable and names MYEVENTS_QUEUE. A subscriber goes on after any other fault and tells Deps.Failed.
package sqsqueue

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// Deps is what a Queue needs. Groups is required.
type Deps struct {
	Groups queue.Groups // who wants which types
	// Policy is overridden by what the URL says. Its waits default to 1 s and 1 min, since SQS knows whole seconds only.
	Policy    queue.Policy
	InFlight  int           // messages that one Subscribe or HandleBatch handles at a time; default 64
	Receivers int           // calls of one Subscribe that wait for messages at a time; default 2
	Poll      time.Duration // how long such a call waits, whole seconds; default and most 20 s
	Hidden    time.Duration // how long a message is kept from others, renewed while it is handled, whole seconds; default 30 s
	// Observe is told what became of each delivery; default: nobody.
	Observe func(group string, m message.Envelope, v queue.Verdict, took time.Duration)
	// Failed is told of faults that a subscriber gets over by itself; default: nobody.
	Failed func(err error)
}

// The interfaces that a Queue offers.
var (
	_ queue.Publisher   = (*Queue)(nil)
	_ queue.Subscriber  = (*Queue)(nil)
	_ queue.DeadLetters = (*Queue)(nil)
	_ queue.Batches     = (*Queue)(nil)
	_ queue.Redriver    = (*Queue)(nil)
	_ queue.Lot         = (*Queue)(nil)
)

// Queue is the groups' queues. It is safe for concurrent use.
type Queue struct {
	prefix string
	topic  string // ARN; "": none
	d      Deps
	sqs    SQS
	sns    SNS
	admin  struct {
		sqs Queues
		sns Topics
	}
	polling func(*sqs.Options) // lets a call wait for messages

	mu      sync.Mutex
	urls    map[string]string // by queue name
	sends   map[string]*combiner[entry]
	deletes map[string]*combiner[string]
	shows   map[string]*combiner[visibility]
	peeks   map[string]chan struct{} // holds one while this process looks through a queue
}

// Open reads url, such as sqs://myevents-prod?region=eu-west-1&topic=arn:aws:sns:eu-west-1:123456789012:myevents-prod-messages,
// and returns its Queue; it makes no call. Parameters, all optional: region and endpoint (else cfg's), topic (else the
// publisher sends to each group itself), attempts, backoff, max and maxAge (the policy), poll and hidden (see Deps; short
// ones suit emulators, which hand messages to callers that are gone). Errors: fault.Invalid.
func Open(_ context.Context, cfg aws.Config, url string, d Deps) (*Queue, error) {
	q := &Queue{
		d: d, urls: map[string]string{}, sends: map[string]*combiner[entry]{}, deletes: map[string]*combiner[string]{},
		shows: map[string]*combiner[visibility]{}, peeks: map[string]chan struct{}{},
	}
	if err := q.read(url, &cfg); err != nil {
		return nil, fault.Wrap(fault.Invalid, "MYEVENTS_QUEUE", err)
	}
	if q.d.Policy.Backoff <= 0 {
		q.d.Policy.Backoff = time.Second
	}
	if q.d.Policy.Max <= 0 {
		q.d.Policy.Max = time.Minute
	}
	q.d.Policy = q.d.Policy.WithDefaults()
	if q.d.InFlight <= 0 {
		q.d.InFlight = 64
	}
	if q.d.Receivers <= 0 {
		q.d.Receivers = 2
	}
	if q.d.Poll < time.Second || q.d.Poll > longestPoll {
		q.d.Poll = longestPoll
	}
	if q.d.Hidden < time.Second {
		q.d.Hidden = 30 * time.Second
	}
	client, topics, polling := clients(cfg, q.d.Poll)
	q.sqs, q.sns, q.polling = client, topics, polling
	q.admin.sqs, q.admin.sns = client, topics
	return q, nil
}

// longestPoll is the longest that SQS lets a call wait for messages.
const longestPoll = 20 * time.Second

var prefixForm = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// longestPrefix leaves room for the longest suffix in the 80 characters of a queue's name.
const longestPrefix = 60

func (q *Queue) read(text string, cfg *aws.Config) error {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "sqs" || !prefixForm.MatchString(u.Host) || len(u.Host) > longestPrefix || strings.Trim(u.Path, "/") != "" {
		return errors.New("must be sqs://PREFIX with a prefix of letters, digits, - and _")
	}
	q.prefix = u.Host
	params, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errors.New("the parameters cannot be read")
	}
	for name, values := range params {
		v := values[0]
		var err error
		switch name {
		case "region":
			cfg.Region = v
		case "endpoint":
			cfg.BaseEndpoint = aws.String(v)
		case "topic":
			if !strings.HasPrefix(v, "arn:") || strings.Count(v, ":") != 5 {
				err = errors.New("must be an ARN")
			}
			q.topic = v
		case "poll":
			err = queue.ReadDuration(&q.d.Poll, v)
		case "hidden":
			err = queue.ReadDuration(&q.d.Hidden, v)
		default:
			var known bool
			if known, err = q.d.Policy.Set(name, v); !known {
				err = errors.New("is no parameter of sqs URLs")
			}
		}
		if err != nil {
			return fmt.Errorf("%s %w", name, err)
		}
	}
	if cfg.Region == "" {
		return errors.New("names no region, and nor does the environment")
	}
	return nil
}

// Policy returns what messages are tried again by.
func (q *Queue) Policy() queue.Policy { return q.d.Policy }

// The names of a group's queues, and of the parked messages'.
func (q *Queue) queueOf(group string) string { return q.prefix + "-" + group }

func (q *Queue) deadOf(group string) string { return q.prefix + "-" + group + "-dlq" }

func (q *Queue) parked() string { return q.prefix + "-parked" }

// urlOf looks a queue up, once.
func (q *Queue) urlOf(ctx context.Context, name string) (string, error) {
	q.mu.Lock()
	known, ok := q.urls[name]
	q.mu.Unlock()
	if ok {
		return known, nil
	}
	out, err := q.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
	if err != nil {
		return "", faultOf("look up queue "+name, name, err)
	}
	q.mu.Lock()
	q.urls[name] = *out.QueueUrl
	q.mu.Unlock()
	return *out.QueueUrl, nil
}

// Ready reports a group's queue or the topic that is absent or out of reach: a call for each.
func (q *Queue) Ready(ctx context.Context) error {
	all, ctx := errgroup.WithContext(ctx)
	for _, group := range q.d.Groups.Names() {
		all.Go(func() error {
			name := q.queueOf(group)
			_, err := q.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
			return faultOf("look up queue "+name, name, err)
		})
	}
	if q.topic != "" {
		all.Go(func() error {
			_, err := q.sns.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &q.topic})
			return faultOf("look up topic "+q.topic, q.topic, err)
		})
	}
	return all.Wait()
}

// failed tells of a fault that is got over.
func (q *Queue) failed(err error) {
	if err != nil && q.d.Failed != nil {
		q.d.Failed(err)
	}
}
