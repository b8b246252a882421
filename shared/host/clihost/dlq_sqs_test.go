package clihost_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/sqsqueue"
	"github.com/myevents/myevents/shared/testenv"
)

// TestDlq_SQS: a message that its handler cannot take is given up, listed, shown, and redriven once the fault is gone.
func TestDlq_SQS(t *testing.T) {
	endpoint := testenv.Need(t, "MYEVENTS_TEST_SQS", "run: localstack/with elasticmq -- go test ./shared/host/clihost")
	at := fmt.Sprintf("sqs://t%08x?region=eu-west-1&endpoint=%s&attempts=2&backoff=10ms&poll=1s", rand.Uint32(), url.QueryEscape(endpoint))
	env := map[string]string{"MYEVENTS_QUEUE": at}
	open := func(ctx context.Context) (*sqsqueue.Queue, error) {
		cfg := aws.Config{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		})}
		return sqsqueue.Open(ctx, cfg, at, sqsqueue.Deps{Groups: consumer.Groups()})
	}
	with := app.Adapters{Queues: map[string]func(context.Context, config.Resource, app.QueueDeps) (app.Queue, error){
		config.SchemeSQS: func(ctx context.Context, _ config.Resource, _ app.QueueDeps) (app.Queue, error) {
			q, err := open(ctx)
			return app.Queue{Publisher: q, Subscriber: q, DeadLetters: q, Redriver: q}, err
		},
	}}
	q, err := open(t.Context())
	if err == nil {
		err = q.Migrate(t.Context())
	}
	if err != nil {
		t.Fatalf("Open and Migrate: got %v, want nil", err)
	}

	var mended atomic.Bool
	handled := make(chan message.Envelope, 10)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- q.Subscribe(ctx, consumer.BookingGroup, consumer.Groups()[consumer.BookingGroup],
			queue.HandlerFunc(func(_ context.Context, m message.Envelope) error {
				if !mended.Load() {
					return errors.New("the database is away")
				}
				handled <- m
				return nil
			}))
	}()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Errorf("Subscribe: got %v, want nil", err)
		}
	})
	poison := letter(7, consumer.BookingGroup, message.BookingRecorded, place).Message // no type that catalog wants as well
	if err := q.Publish(t.Context(), poison); err != nil {
		t.Fatalf("Publish: got %v, want nil", err)
	}

	var id string
	for until := time.Now().Add(30 * time.Second); id == "" && time.Now().Before(until); {
		code, out, errs := run(with, env, "dlq", "list") // takes a second, since it waits for more
		if code != 0 {
			t.Fatalf("dlq list: got %d and %q, want 0", code, errs)
		}
		if lines := strings.Split(out, "\n"); len(lines) > 2 {
			id, _, _ = strings.Cut(lines[1], " ")
			if !strings.Contains(lines[1], "given up after 2 attempts: the database is away") {
				t.Errorf("dlq list: got %q, want the reason", lines[1])
			}
		}
	}
	if code, out, errs := run(with, env, "dlq", "show", id); code != 0 || !strings.Contains(out, poison.ID) || !strings.Contains(out, `"timeZone": "Europe/Berlin"`) {
		t.Errorf("dlq show %s: got %d, %q and %q, want the message", id, code, out, errs)
	}
	mended.Store(true)
	if code, out, errs := run(with, env, "dlq", "redrive", id); code != 0 || !strings.Contains(out, "redrove 1 of 1") {
		t.Errorf("dlq redrive %s: got %d, %q and %q, want 1 of 1", id, code, out, errs)
	}
	select {
	case m := <-handled:
		if m.ID != poison.ID {
			t.Errorf("message redriven: got %s, want %s", m.ID, poison.ID)
		}
	case <-time.After(30 * time.Second):
		t.Error("message redriven: got none, want it")
	}
	if _, out, _ := run(with, env, "dlq", "list"); strings.Count(out, "\n") != 1 {
		t.Errorf("dlq list in the end: got %q, want a head alone", out)
	}
}
