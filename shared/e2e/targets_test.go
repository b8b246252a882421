package e2e_test

import (
	"bufio"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/myevents/myevents/shared/app/localaws"
	"github.com/myevents/myevents/shared/host/samhost"
	"github.com/myevents/myevents/shared/testenv"
)

// onTargets runs a test against the server and against the functions behind a local gateway.
func onTargets(t *testing.T, test func(t *testing.T, s *server), settings ...string) {
	t.Helper()
	t.Parallel()
	t.Run("server", func(t *testing.T) {
		t.Parallel()
		test(t, start(t, t.TempDir(), settings...))
	})
	t.Run("lambda", func(t *testing.T) {
		t.Parallel()
		turn := oneByOne(t)
		defer turn()
		f := startFunctions(t, functionsOptions{settings: settings})
		test(t, f.server)
	})
}

// lambdas lets two tests at a time have functions: each has a dozen processes and its own tables.
var lambdas = make(chan struct{}, 2)

func oneByOne(t *testing.T) (done func()) {
	t.Helper()
	select {
	case lambdas <- struct{}{}:
	case <-t.Context().Done():
		t.Fatal("no turn came")
	}
	return func() { <-lambdas }
}

// builtFunctions are the six programs, built once as for AWS, but for this machine.
var builtFunctions = sync.OnceValues(func() (dir string, err error) {
	root := filepath.Join("..", "..")
	dir = filepath.Join(bin, "functions")
	for id, folder := range functionFolders {
		cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags=lambda.norpc", "-o", filepath.Join(dir, id, "bootstrap"), "./functions/"+folder)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if cmd.Args[6], err = filepath.Abs(cmd.Args[6]); err != nil {
			return "", err
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w\n%s", folder, err, out)
		}
	}
	return dir, nil
})

// functionFolders are the functions' folders by their names in the template.
var functionFolders = map[string]string{
	"EventsApi": "events-api", "BookingsApi": "bookings-api", "EventsWorker": "events-worker",
	"BookingsWorker": "bookings-worker", "OutboxRelay": "outbox-relay", "Janitor": "janitor",
}

// functionsOptions are what a test may choose of its functions.
type functionsOptions struct {
	settings []string
	recorder *samhost.Recorder
	every    time.Duration // between the janitor's runs; default 2 s
}

// functions are the real programs of one test, with tables and queues of their own.
type functions struct {
	*server
	host *samhost.Host
	logs *logBuffer

	tables, queues string // endpoints
	prefix         string // of their names
}

// logBuffer keeps what functions print.
type logBuffer struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all.String()
}

// emulators is how to have them.
const emulators = "run it by: localstack/with dynamodb elasticmq -- go test ./shared/e2e"

// ownTables starts a DynamoDB Local for one test and returns its URL: with every stream that was read it grows slower, so that
// the last tests of a shared one would take ten times as long as the first.
func ownTables(t testing.TB) string {
	t.Helper()
	testenv.Need(t, "MYEVENTS_TEST_DYNAMODB", emulators)
	cmd := exec.Command(filepath.Join("..", "..", "localstack", "with"), "dynamodb", "--", "bash", "-c", "echo $MYEVENTS_TEST_DYNAMODB; exec cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var faults bytes.Buffer
	cmd.Stderr = &faults
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = in.Close() // which ends cat, and with it the server
		if err := cmd.Wait(); err != nil {
			t.Errorf("DynamoDB Local: ended with %v\n%s", err, faults.String())
		}
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("DynamoDB Local: got %v, want its address\n%s", err, faults.String())
	}
	return strings.TrimSpace(url)
}

// startFunctions runs the functions on emulators until the test ends.
func startFunctions(t testing.TB, o functionsOptions) *functions {
	t.Helper()
	tables, queues := ownTables(t), testenv.Need(t, "MYEVENTS_TEST_SQS", emulators)
	build, err := builtFunctions()
	if err != nil {
		t.Fatal(err)
	}
	prefix := fmt.Sprintf("e2e%d-%d", os.Getpid(), time.Now().UnixNano()%1e9)
	env := map[string]string{
		"MYEVENTS_STORE": "dynamodb://" + prefix + "?region=eu-west-1&endpoint=" + tables,
		"MYEVENTS_QUEUE": "sqs://" + prefix + "?region=eu-west-1&endpoint=" + queues,
		// Emulators on a machine that has much else to do.
		"MYEVENTS_REQUEST_TIMEOUT": "25s",
	}
	for _, s := range o.settings {
		name, value, _ := strings.Cut(s, "=")
		env[name] = value
	}
	if o.every <= 0 {
		o.every = 2 * time.Second
	}
	f := &functions{server: &server{t: t, dir: t.TempDir(), behindGateway: true}, logs: &logBuffer{}, tables: tables, queues: queues, prefix: prefix}
	ctx, stop := context.WithCancel(context.Background())
	ended, ready := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- samhost.Run(ctx, samhost.Options{
			Addr: "127.0.0.1:0", Template: filepath.Join("..", "..", "template.yaml"), Build: build, Data: f.dir, Every: o.every,
			Output: f.logs, Recorder: o.recorder,
			Ready: func(addr string, h *samhost.Host) {
				f.url, f.host = "http://"+addr, h
				close(ready)
			},
		}, localaws.Adapters(), func(name string) string { return env[name] }, nil, slog.New(slog.NewTextHandler(f.logs, &slog.HandlerOptions{Level: slog.LevelWarn})))
	}()
	t.Cleanup(func() {
		if f.url != "" {
			if n := f.waiting("-parked"); n > 0 {
				t.Errorf("messages that the relay could not publish: got %d parked, want none", n)
			}
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("functions: ended with %v", err)
		}
		if o.recorder != nil {
			o.recorder.Close()
		}
		if said := f.logs.String(); t.Failed() {
			t.Logf("functions: …%s", said[max(0, len(said)-6000):])
		}
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err
		t.Fatalf("functions: ended with %v\n%s", err, f.logs)
	case <-time.After(time.Minute):
		t.Fatalf("functions: not up in a minute\n%s", f.logs)
	}
	// Tokens are made by the operator's tool, from the same folder, in the name of the gateway's issuer.
	f.issuer = []string{"MYEVENTS_OIDC_ISSUER=" + f.url, "MYEVENTS_OIDC_AUDIENCE=myevents"}
	return f
}

// waiting is how many messages queues hold, those under way included.
func (f *functions) waiting(suffixes ...string) (n int) {
	f.t.Helper()
	c := sqs.New(sqs.Options{
		Region: "eu-west-1", BaseEndpoint: &f.queues, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	for _, suffix := range suffixes {
		url, err := c.GetQueueUrl(context.Background(), &sqs.GetQueueUrlInput{QueueName: aws.String(f.prefix + suffix)})
		if err != nil {
			f.t.Fatal(err)
		}
		got, err := c.GetQueueAttributes(context.Background(), &sqs.GetQueueAttributesInput{
			QueueUrl: url.QueueUrl, AttributeNames: []sqstypes.QueueAttributeName{sqstypes.QueueAttributeNameAll},
		})
		if err != nil {
			f.t.Fatal(err)
		}
		for _, name := range []string{"ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "ApproximateNumberOfMessagesDelayed"} {
			part, err := strconv.Atoi(got.Attributes[name])
			if err != nil {
				f.t.Fatalf("%s of %s: %v", name, suffix, err)
			}
			n += part
		}
	}
	return n
}

// payment is an entry in the books of the test provider.
type payment struct {
	State            string
	Amount, Refunded cash
}

// ledger reads the books as they are stored.
func (f *functions) ledger() (all []payment) {
	f.t.Helper()
	c := dynamodb.New(dynamodb.Options{
		Region: "eu-west-1", BaseEndpoint: &f.tables, Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
	})
	pages := dynamodb.NewScanPaginator(c, &dynamodb.ScanInput{TableName: aws.String(f.prefix + "-booking"), ConsistentRead: aws.Bool(true)})
	for pages.HasMorePages() {
		p, err := pages.NextPage(context.Background())
		if err != nil {
			f.t.Fatal(err)
		}
		for _, item := range p.Items {
			key, _ := item["pk"].(*types.AttributeValueMemberS)
			if key == nil || !strings.HasPrefix(key.Value, "Y#") {
				continue
			}
			var doc []byte
			switch d := item["d"].(type) {
			case *types.AttributeValueMemberS:
				doc = []byte(d.Value)
			case *types.AttributeValueMemberB:
				if doc, err = io.ReadAll(flate.NewReader(bytes.NewReader(d.Value))); err != nil {
					f.t.Fatal(err)
				}
			}
			var e payment
			if err := json.Unmarshal(doc, &e); err != nil {
				f.t.Fatalf("payment %s: %v", doc, err)
			}
			all = append(all, e)
		}
	}
	return all
}
