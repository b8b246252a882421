package sqsqueue

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// SQS is what is called of SQS at work. The IAM actions are those of the names without Batch:
// sqs:GetQueueUrl of every queue used; sqs:SendMessage to publish without a topic, to put off, bury, redrive and park;
// sqs:ReceiveMessage, sqs:DeleteMessage and sqs:ChangeMessageVisibility to subscribe, to look through dead letters and to
// unpark (a function that is invoked with batches needs the last for itself, and the first two for its trigger).
type SQS interface {
	GetQueueUrl(ctx context.Context, in *sqs.GetQueueUrlInput, opts ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
	SendMessageBatch(ctx context.Context, in *sqs.SendMessageBatchInput, opts ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
	ReceiveMessage(ctx context.Context, in *sqs.ReceiveMessageInput, opts ...func(*sqs.Options)) (*sqs.ReceiveMessageOutput, error)
	DeleteMessageBatch(ctx context.Context, in *sqs.DeleteMessageBatchInput, opts ...func(*sqs.Options)) (*sqs.DeleteMessageBatchOutput, error)
	ChangeMessageVisibilityBatch(ctx context.Context, in *sqs.ChangeMessageVisibilityBatchInput, opts ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityBatchOutput, error)
}

// SNS is what is called of SNS at work: sns:Publish to publish, sns:GetTopicAttributes for Ready.
type SNS interface {
	PublishBatch(ctx context.Context, in *sns.PublishBatchInput, opts ...func(*sns.Options)) (*sns.PublishBatchOutput, error)
	GetTopicAttributes(ctx context.Context, in *sns.GetTopicAttributesInput, opts ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
}

// Queues is what Migrate alone calls of SQS.
type Queues interface {
	CreateQueue(ctx context.Context, in *sqs.CreateQueueInput, opts ...func(*sqs.Options)) (*sqs.CreateQueueOutput, error)
	GetQueueAttributes(ctx context.Context, in *sqs.GetQueueAttributesInput, opts ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
	SetQueueAttributes(ctx context.Context, in *sqs.SetQueueAttributesInput, opts ...func(*sqs.Options)) (*sqs.SetQueueAttributesOutput, error)
}

// Topics is what Migrate alone calls of SNS.
type Topics interface {
	CreateTopic(ctx context.Context, in *sns.CreateTopicInput, opts ...func(*sns.Options)) (*sns.CreateTopicOutput, error)
	Subscribe(ctx context.Context, in *sns.SubscribeInput, opts ...func(*sns.Options)) (*sns.SubscribeOutput, error)
	SetSubscriptionAttributes(ctx context.Context, in *sns.SetSubscriptionAttributesInput, opts ...func(*sns.Options)) (*sns.SetSubscriptionAttributesOutput, error)
}

// How long one attempt at a call may take, and how often and how soon it is repeated.
const (
	attemptTimeout = 5 * time.Second
	callAttempts   = 3
	callBackoff    = time.Second
)

// clients makes the clients, and the option that gives a call the time to wait for messages.
func clients(cfg aws.Config, poll time.Duration) (*sqs.Client, *sns.Client, func(*sqs.Options)) {
	var plain aws.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost, t.MaxIdleConns = 64, 128 // the SDK's 10 would have calls dial anew under load
	})
	if cfg.HTTPClient != nil {
		plain = cfg.HTTPClient
	}
	retryer := func() aws.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxAttempts, o.MaxBackoff = callAttempts, callBackoff })
	}
	queues := sqs.NewFromConfig(cfg, func(o *sqs.Options) {
		o.HTTPClient, o.Retryer = &timed{plain, attemptTimeout}, retryer()
	})
	topics := sns.NewFromConfig(cfg, func(o *sns.Options) {
		o.HTTPClient, o.Retryer = &timed{plain, attemptTimeout}, retryer()
	})
	patient := &timed{plain, poll + attemptTimeout}
	return queues, topics, func(o *sqs.Options) { o.HTTPClient = patient }
}

// timed bounds each attempt at a call, its body included.
type timed struct {
	aws.HTTPClient
	most time.Duration
}

// Do implements aws.HTTPClient.
func (t *timed) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), t.most)
	res, err := t.HTTPClient.Do(r.WithContext(ctx))
	if err != nil || res.Body == nil {
		cancel()
		return res, err
	}
	res.Body = &timedBody{res.Body, cancel}
	return res, nil
}

type timedBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

// Close implements io.Closer.
func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
