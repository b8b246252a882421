package e2e_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/testenv"
)

// password is in every URL that can have one. Nothing may print it.
const password = "s3cr3t-pa55"

// longestStart is when a program with a wrong setting must have given up, on a quiet machine.
const longestStart = 30 * time.Second

// wrongSetting is a setting that a program cannot work with.
type wrongSetting struct {
	name  string
	value string // NAME=URL
	says  string // among other words
	tool  bool   // "myeventsctl migrate" must fail, too: it cannot make what is wrong
	alone bool   // the server, were it on one machine, would make what is absent
}

// nobody returns an address that nobody listens on.
func nobody(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// A program that cannot work with a setting says so in one line that names it, and ends.
func TestSettings_Wrong(t *testing.T) {
	t.Parallel()
	mongo, amqp, kafka := testenv.Need(t, "MYEVENTS_TEST_MONGODB", everyServer), testenv.Need(t, "MYEVENTS_TEST_AMQP", everyServer), testenv.Need(t, "MYEVENTS_TEST_KAFKA", everyServer)
	tables, queues := testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", everyServer), testenv.Need(t, "MYEVENTS_TEST_SQS", everyServer)
	mongo = strings.TrimPrefix(mongo, "mongodb://")
	_, amqpHost, _ := strings.Cut(strings.Trim(strings.TrimPrefix(amqp, "amqp://"), "/"), "@")
	small := "kafka://" + kafka + "/small" + strings.ReplaceAll(time.Now().Format("150405.000"), ".", "")
	if said, err := tool([]string{"MYEVENTS_STORE=embedded:" + t.TempDir(), "MYEVENTS_QUEUE=" + small + "?partitions=1"}, "migrate"); err != nil {
		t.Fatalf("migrate: %v\n%s", err, said)
	}
	gone := "u:" + password + "@" + nobody(t)
	for _, tc := range []wrongSetting{
		{"store-of-unknown-scheme", "MYEVENTS_STORE=postgres://" + gone + "/tickets", "must begin with", true, false},
		{"queue-of-unknown-scheme", "MYEVENTS_QUEUE=redis://" + gone, "must begin with", true, false},
		{"misspelt-parameter", "MYEVENTS_QUEUE=kafka://" + kafka + "/absent?partition=4", "partition", true, false},

		{"mongodb-without-database", "MYEVENTS_STORE=mongodb://" + mongo, "database", true, false},
		{"mongodb-not-there", "MYEVENTS_STORE=mongodb://" + gone + "/absent", "reach", true, false},
		{"mongodb-of-other-people", "MYEVENTS_STORE=mongodb://u:" + password + "@" + mongo + "/absent", "", true, false},
		{"mongodb-not-migrated", "MYEVENTS_STORE=mongodb://" + mongo + "/absent", "migrate", false, true},
		{"mongodb-too-old", "MYEVENTS_STORE=mongodb://" + oldMongoDB(t) + "/tickets", "too old", true, false},

		{"dynamodb-not-there", "MYEVENTS_STORE=dynamodb://absent?region=eu-west-1&endpoint=http://" + nobody(t), "", true, false},
		{"dynamodb-not-migrated", "MYEVENTS_STORE=dynamodb://absent?region=eu-west-1&endpoint=" + tables, "table", false, true},

		{"sqs-not-there", "MYEVENTS_QUEUE=sqs://absent?region=eu-west-1&endpoint=http://" + nobody(t), "", true, false},
		{"sqs-not-migrated", "MYEVENTS_QUEUE=sqs://absent?region=eu-west-1&endpoint=" + queues, "queue", false, true},

		{"rabbitmq-not-there", "MYEVENTS_QUEUE=amqp://" + gone + "/", "reach", true, false},
		{"rabbitmq-refuses-the-password", "MYEVENTS_QUEUE=amqp://guest:" + password + "@" + amqpHost + "/", "password", true, false},
		{"rabbitmq-without-vhost", "MYEVENTS_QUEUE=" + amqp + "absent", "vhost", true, false},
		{"rabbitmq-not-migrated", "MYEVENTS_QUEUE=" + amqp + "?prefix=absent", "absent.messages", false, true},
		{"rabbitmq-too-old", "MYEVENTS_QUEUE=amqp://u:" + password + "@" + oldRabbitMQ(t) + "/", "too old", true, false},

		{"kafka-not-there", "MYEVENTS_QUEUE=kafka://" + nobody(t) + "/tickets", "reach", true, false},
		{"kafka-refuses-the-password", "MYEVENTS_QUEUE=kafka://u:" + password + "@" + kafka + "/tickets?sasl=plain", "password", true, false},
		{"kafka-not-migrated", "MYEVENTS_QUEUE=kafka://" + kafka + "/absent", "topic", false, true},
		{"kafka-with-too-few-partitions", "MYEVENTS_QUEUE=" + small + "?partitions=4", "partitions", true, false},
		{"kafka-too-old", "MYEVENTS_QUEUE=kafka://" + oldKafka(t) + "/tickets", "too old", true, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			programsAtATime <- struct{}{}
			defer func() { <-programsAtATime }()
			tc.fails(t, "server")
			if tc.tool {
				tc.fails(t, "myeventsctl", "migrate")
			}
		})
	}
}

var programsAtATime = make(chan struct{}, 4)

// fails runs a program and looks at how it fails.
func (w wrongSetting) fails(t *testing.T, program string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience*longestStart)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(bin, program), args...)
	cmd.Env = slices.Concat(environ(), awsKeys, []string{
		"MYEVENTS_DATA_DIR=" + t.TempDir(), "MYEVENTS_STORE=embedded:" + t.TempDir(), "MYEVENTS_LOG_FORMAT=json",
		"MYEVENTS_ADDR=127.0.0.1:0", "MYEVENTS_ADMIN_ADDR=127.0.0.1:0", "MYEVENTS_SEED=none", w.value,
	})
	if w.alone {
		cmd.Env = append(cmd.Env, "MYEVENTS_PUBLIC_URL=https://tickets.example.org", "MYEVENTS_PAYMENT=test", "MYEVENTS_OIDC_ISSUER=https://people.example.org",
			"MYEVENTS_OIDC_AUDIENCE=myevents", "MYEVENTS_KEYS=1="+base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32)))
		if !strings.HasPrefix(w.value, "MYEVENTS_STORE=") { // an embedded store is always one machine's
			s := (combination{config.SchemeMongoDB, config.SchemeMem}).settings(t, t.TempDir())[:1]
			if said, err := tool(s, "migrate"); err != nil {
				t.Fatalf("migrate: %v\n%s", err, said)
			}
			cmd.Env = append(cmd.Env, s...)
		}
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	began := time.Now()
	err := cmd.Run()
	took, said := time.Since(began), strings.TrimSpace(out.String())
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() <= 0 {
		t.Errorf("%s: got %v, want an exit code that tells of a failure\n%s", program, err, said)
	}
	name, _, _ := strings.Cut(w.value, "=")
	if !strings.Contains(said, name) || !strings.Contains(said, w.says) {
		t.Errorf("%s: got %s, want %s and %q", program, said, name, w.says)
	}
	if strings.ContainsAny(said, "\n") || strings.Contains(said, `\n`) {
		t.Errorf("%s: got %s, want one line", program, said)
	}
	if strings.Count(said, name) > 1 {
		t.Errorf("%s: got %s, want %s once", program, said, name)
	}
	if strings.Contains(said, password) {
		t.Errorf("%s: got %s, want no password", program, said)
	}
	if took > longestStart {
		t.Logf("%s: after %v, later than it should be on a quiet machine", program, took)
	}
	t.Logf("%s, %v: %s", program, took.Round(time.Millisecond), said)
}
