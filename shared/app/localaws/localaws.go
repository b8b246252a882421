// Package localaws lists what a local AWS is made of: emulators' tables and queues, the local issuer, the web app.
package localaws

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/onemachine"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/host/samhost"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// hidden is for how long a message is kept from others: longer than a worker's timeout, and shorter than on AWS, where
// nobody sits and waits.
const hidden = 25 * time.Second

// Adapters returns them.
func Adapters() samhost.Adapters {
	return samhost.Adapters{
		Prepare: prepare, Stream: stream, Inbox: openInbox, Keys: app.FolderKeys, SignIn: signIn,
		// The gateway itself signs people in.
		Pages: func() (http.Handler, error) { return onemachine.Pages(config.Config{}) },
	}
}

// emulator is the access that every emulator takes.
func emulator() aws.Config {
	return aws.Config{Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("local", "local", "")}
}

func prepare(ctx context.Context, cfg config.Config) error {
	store, err := dynamostore.Open(ctx, emulator(), cfg.Store.URL())
	if err != nil {
		return err
	}
	if err := store.Migrate(ctx); err != nil {
		return fmt.Errorf("MYEVENTS_STORE: %w", err)
	}
	queue, err := sqsqueue.Open(ctx, emulator(), cfg.Queue.URL(), sqsqueue.Deps{Groups: consumer.Groups()})
	if err != nil {
		return err
	}
	if err := queue.Migrate(ctx); err != nil {
		return fmt.Errorf("MYEVENTS_QUEUE: %w", err)
	}
	return nil
}

func stream(ctx context.Context, cfg config.Config, table string) (outbox.Stream, error) {
	return dynamostream.Open(ctx, emulator(), cfg.Store.URL(), table[strings.LastIndexByte(table, '-')+1:], dynamostream.Options{})
}

func signIn(ctx context.Context, cfg config.Config, dir, name string) (http.Handler, error) {
	secret, err := app.IssuerSecret(cfg)
	if err != nil {
		return nil, err
	}
	issuer, err := onemachine.Issuer(ctx, dir, name, secret, true)
	if err != nil {
		return nil, err
	}
	return issuer.Handler(), nil
}

// inbox is a queue as a trigger reads it.
type inbox struct {
	client *sqs.Client
	url    string
}

func openInbox(ctx context.Context, cfg config.Config, queue string) (samhost.Inbox, error) {
	u, err := url.Parse(cfg.Queue.URL())
	if err != nil {
		return nil, err
	}
	endpoint := u.Query().Get("endpoint")
	client := sqs.NewFromConfig(emulator(), func(o *sqs.Options) { o.BaseEndpoint = &endpoint })
	found, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &queue})
	if err != nil {
		return nil, err
	}
	return inbox{client, aws.ToString(found.QueueUrl)}, nil
}

// Receive implements samhost.Inbox.
func (i inbox) Receive(ctx context.Context, most int) ([]samhost.InboxMessage, error) {
	out, err := i.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &i.url, MaxNumberOfMessages: int32(min(most, 10)), WaitTimeSeconds: 5, VisibilityTimeout: int32(hidden / time.Second),
		MessageAttributeNames: []string{"All"}, MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, err
	}
	var all []samhost.InboxMessage
	for _, m := range out.Messages {
		attributes := map[string]samhost.InboxAttribute{}
		for name, v := range m.MessageAttributes {
			attributes[name] = samhost.InboxAttribute{Text: aws.ToString(v.StringValue), Binary: v.BinaryValue, Type: aws.ToString(v.DataType)}
		}
		all = append(all, samhost.InboxMessage{
			ID: aws.ToString(m.MessageId), Receipt: aws.ToString(m.ReceiptHandle), Body: aws.ToString(m.Body), System: m.Attributes, Attributes: attributes,
		})
	}
	return all, nil
}

// Delete implements samhost.Inbox.
func (i inbox) Delete(ctx context.Context, receipts []string) error {
	entries := make([]types.DeleteMessageBatchRequestEntry, len(receipts))
	for n, receipt := range receipts {
		entries[n] = types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(n)), ReceiptHandle: aws.String(receipt)}
	}
	out, err := i.client.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{QueueUrl: &i.url, Entries: entries})
	if err == nil && len(out.Failed) > 0 {
		err = fmt.Errorf("%d of %d not deleted: %s", len(out.Failed), len(receipts), aws.ToString(out.Failed[0].Message))
	}
	return err
}
