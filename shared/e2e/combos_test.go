package e2e_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/alladapters"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/testenv"
)

// everyServer is how to have the servers of all combinations.
const everyServer = "run it by: localstack/with dynamodb elasticmq mongodb rabbitmq kafka -- go test ./shared/e2e"

var (
	everyStore = []string{config.SchemeEmbedded, config.SchemeDynamoDB, config.SchemeMongoDB}
	everyQueue = []string{config.SchemeMem, config.SchemeSQS, config.SchemeAMQP, config.SchemeKafka}
)

// combination is a store with a queue.
type combination struct{ store, queue string }

func (c combination) name() string { return c.store + "-and-" + c.queue }

// usual has each store and each queue, with as few combinations as can be: those of a run that is not told to take all.
var usual = []combination{
	{config.SchemeMongoDB, config.SchemeKafka},
	{config.SchemeDynamoDB, config.SchemeAMQP},
	{config.SchemeEmbedded, config.SchemeSQS},
	{config.SchemeMongoDB, config.SchemeMem},
}

// combinations are those of this run: the usual ones, or all with MYEVENTS_TEST_TORTURE=1.
func combinations() (all []combination) {
	if !testenv.Torture() {
		return usual
	}
	for _, store := range everyStore {
		for _, queue := range everyQueue {
			all = append(all, combination{store, queue})
		}
	}
	return all
}

// settings are the two that choose the combination, with names of their own on the servers, and the folder of what one
// machine keeps beside its store.
func (c combination) settings(t testing.TB, dir string) []string {
	t.Helper()
	prefix := fmt.Sprintf("e2e%d-%d", os.Getpid(), keys.Add(1))
	return []string{"MYEVENTS_STORE=" + storeURL(t, c.store, prefix, dir), "MYEVENTS_QUEUE=" + queueURL(t, c.queue, prefix), "MYEVENTS_DATA_DIR=" + dir}
}

func storeURL(t testing.TB, scheme, prefix, dir string) string {
	t.Helper()
	switch scheme {
	case config.SchemeDynamoDB:
		return "dynamodb://" + prefix + "?region=eu-west-1&endpoint=" + testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", everyServer)
	case config.SchemeMongoDB:
		server, options, _ := strings.Cut(testenv.Need(t, "MYEVENTS_TEST_MONGODB", everyServer), "?")
		return strings.TrimSuffix(server, "/") + "/" + prefix + "?" + options
	}
	return "embedded:" + dir
}

// soon makes a queue give up what fails within seconds.
const soon = "attempts=6&backoff=100ms&max=1s"

func queueURL(t testing.TB, scheme, prefix string) string {
	t.Helper()
	switch scheme {
	case config.SchemeSQS:
		return "sqs://" + prefix + "?region=eu-west-1&poll=1s&hidden=5s&" + soon + "&endpoint=" + testenv.Need(t, "MYEVENTS_TEST_SQS", everyServer)
	case config.SchemeAMQP:
		return testenv.Need(t, "MYEVENTS_TEST_AMQP", everyServer) + "?prefix=" + prefix + "&" + soon
	case config.SchemeKafka:
		return "kafka://" + testenv.Need(t, "MYEVENTS_TEST_KAFKA", everyServer) + "/" + prefix + "?" + soon
	}
	return "mem:"
}

// awsKeys are those of an account that no AWS knows.
var awsKeys = []string{"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_EC2_METADATA_DISABLED=true"}

// tool runs the operator's tool with settings.
func tool(settings []string, args ...string) (said string, err error) {
	cmd := exec.Command(filepath.Join(bin, "myeventsctl"), args...)
	cmd.Env = slices.Concat(environ(), awsKeys, settings)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// giveUp has two dead letters made, as though by other processes of the platform: of what nobody can handle, which the
// running servers give up, and of what can be handled by now. Nobody reaches the queue inside a process from outside, so
// there only the second is noted.
func giveUp(t testing.TB, c combination, settings []string, event string) {
	t.Helper()
	env := map[string]string{}
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		env[name] = value
	}
	cfg, err := config.Load(func(name string) string { return env[name] }, config.ForTool())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	now := time.Now()
	if c.queue != config.SchemeMem {
		q, err := alladapters.All().Queues[c.queue](ctx, cfg.Queue, app.QueueDeps{Groups: consumer.Groups()})
		if err != nil {
			t.Fatal(err)
		}
		if err := q.Publisher.Publish(ctx, message.New("msg_poison", message.SourceBooking, poisonous, event, now, message.CancellationDueV1{EventID: event, Part: 1, Parts: 1})); err != nil {
			t.Fatalf("Publish: %v", err)
		}
		if q.Close != nil {
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	letters, err := app.OpenDeadLetters(ctx, cfg, alladapters.All(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := letters.AddDeadLetter(ctx, queue.DeadLetter{
		ID: id.New(id.DeadLetter, now), Group: consumer.BookingGroup, Reason: "given up by a test", Attempts: 8, At: now,
		Message: message.New("msg_good", message.SourceBooking, harmless, event, now, message.AvailabilityDueV1{EventID: event, At: now}),
	}); err != nil {
		t.Fatalf("AddDeadLetter: %v", err)
	}
	if err := letters.Close(); err != nil {
		t.Fatal(err)
	}
}

// The types of the two messages, by which their letters are known.
const (
	poisonous = message.CancellationDue
	harmless  = message.AvailabilityDue
)

// letterOf returns the id of the dead letter of a type, "" where there is none.
func letterOf(t testing.TB, settings []string, kind message.Type) (letter string) {
	t.Helper()
	said, err := tool(settings, "dlq", "list", "--group", consumer.BookingGroup)
	if err != nil {
		t.Fatalf("dlq list: %v\n%s", err, said)
	}
	for line := range strings.SplitSeq(said, "\n") {
		if strings.Contains(line, string(kind)) {
			letter, _, _ = strings.Cut(line, " ")
		}
	}
	return letter
}
