package e2e_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/host/samhost"
)

// The yardsticks of functions: the least that answers an invocation; the same with the clients of AWS that ours have; and,
// for what the adapter costs, the same answer without it and through it.
const (
	helloSource = `package main

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, json.RawMessage) (map[string]any, error) {
		return map[string]any{"statusCode": 200, "headers": map[string]string{"Content-Type": "text/plain"}, "body": "hello"}, nil
	})
}
`
	clientsSource = `package main

import (
	"context"
	"encoding/json"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	%s
)

func main() {
	cfg := aws.Config{Region: os.Getenv("AWS_REGION"), Credentials: credentials.NewStaticCredentialsProvider("a", "b", "")}
	tables := dynamodb.NewFromConfig(cfg)
	%s
	lambda.Start(func(ctx context.Context, in json.RawMessage) (map[string]any, error) {
		if len(in) == 0 { // never: the linker keeps what is called
			name := "t"
			_, _ = tables.GetItem(ctx, &dynamodb.GetItemInput{TableName: &name})
			_, _ = tables.PutItem(ctx, &dynamodb.PutItemInput{TableName: &name})
			_, _ = tables.UpdateItem(ctx, &dynamodb.UpdateItemInput{TableName: &name})
			_, _ = tables.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &name})
			_, _ = tables.Query(ctx, &dynamodb.QueryInput{TableName: &name})
			_, _ = tables.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{})
			%s
		}
		return map[string]any{"statusCode": 200, "body": "hello"}, nil
	})
}
`
	adapterSource = `package main

import (
	"io"
	"net/http"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/myevents/myevents/shared/host/lambdahost"
)

func main() {
	lambda.Start(lambdahost.HTTP(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, "hello")
	})))
}
`
)

// queueClients are what a program with queues imports, makes and calls beside tables.
var queueClients = []any{
	"\"github.com/aws/aws-sdk-go-v2/service/sns\"\n\t\"github.com/aws/aws-sdk-go-v2/service/sqs\"",
	"queues, topics := sqs.NewFromConfig(cfg), sns.NewFromConfig(cfg)",
	"_, _ = queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{})\n\t\t\t_, _ = queues.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{})\n" +
		"\t\t\t_, _ = queues.DeleteMessageBatch(ctx, &sqs.DeleteMessageBatchInput{})\n\t\t\t_, _ = queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{})\n" +
		"\t\t\t_, _ = queues.ChangeMessageVisibilityBatch(ctx, &sqs.ChangeMessageVisibilityBatchInput{})\n\t\t\t_, _ = topics.PublishBatch(ctx, &sns.PublishBatchInput{})",
}

// buildYardstick builds a program as the functions are built.
func buildYardstick(b *testing.B, name, source string) (program string) {
	b.Helper()
	dir := b.TempDir()
	file := filepath.Join(dir, name+".go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		b.Fatal(err)
	}
	program = filepath.Join(dir, "bootstrap")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-tags=lambda.norpc", "-o", program, file)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return program
}

// functionSettings let a function start; nothing is called before the first invocation.
func functionSettings() []string {
	return []string{
		"AWS_REGION=eu-west-1", "AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_EC2_METADATA_DISABLED=true",
		"MYEVENTS_STORE=dynamodb://bench?region=eu-west-1&endpoint=http://127.0.0.1:9", "MYEVENTS_QUEUE=sqs://bench?region=eu-west-1&endpoint=http://127.0.0.1:9",
		"MYEVENTS_KEYS=1=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "MYEVENTS_PAYMENT=test",
		"MYEVENTS_OIDC_ISSUER=http://127.0.0.1:9", "MYEVENTS_OIDC_AUDIENCE=myevents", "MYEVENTS_LOG_FORMAT=json",
	}
}

// starting measures how long a program takes until it asks for its first invocation.
func starting(b *testing.B, program string) time.Duration {
	b.Helper()
	var took time.Duration
	h := samhost.New([]samhost.Function{{Name: "f", Bootstrap: program, Env: functionSettings()}}, io.Discard,
		samhost.Observer{Started: func(_ string, d time.Duration) { took = d }})
	defer h.Close()
	_, _ = h.Invoke(context.Background(), "f", []byte("null")) // whatever it answers to that
	if took == 0 {
		b.Fatalf("%s did not start", program)
	}
	return took
}

// zipped is the size of a program in the archive that is deployed.
func zipped(b *testing.B, program string) int {
	b.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	z.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	w, err := z.Create("bootstrap")
	if err != nil {
		b.Fatal(err)
	}
	content, err := os.ReadFile(program)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		b.Fatal(err)
	}
	if err := z.Close(); err != nil {
		b.Fatal(err)
	}
	return out.Len()
}

func sizeOf(b *testing.B, program string) int {
	b.Helper()
	info, err := os.Stat(program)
	if err != nil {
		b.Fatal(err)
	}
	return int(info.Size())
}

func megabytes(n int) string { return fmt.Sprintf("%.2f MB", float64(n)/1e6) }

// startsPerRound is how often a program is started in each round; the round's figure is their median.
const startsPerRound = 3

func benchLambda(b *testing.B, t *table) {
	build, err := builtFunctions()
	if err != nil {
		b.Fatal(err)
	}
	hello := buildYardstick(b, "hello", helloSource)
	tables := buildYardstick(b, "tables", fmt.Sprintf(clientsSource, "", "", ""))
	queues := buildYardstick(b, "queues", fmt.Sprintf(clientsSource, queueClients...))
	names := []string{"EventsApi", "BookingsApi", "EventsWorker", "BookingsWorker", "OutboxRelay", "Janitor"}
	program := func(name string) string { return filepath.Join(build, name, "bootstrap") }
	programs := map[string]string{"hello": hello, "hello with the clients": queues}
	for _, n := range names {
		programs[n] = program(n)
	}
	got := map[string][]float64{}
	for range rounds {
		for _, name := range slices.Sorted(func(yield func(string) bool) {
			for n := range programs {
				if !yield(n) {
					return
				}
			}
		}) {
			var took []float64
			for range startsPerRound {
				took = append(took, starting(b, programs[name]).Seconds()*1e3)
			}
			got[name] = append(got[name], median(took))
		}
	}
	base, withClients := median(got["hello"]), median(got["hello with the clients"])
	t.row("init of a hello-world with clients of DynamoDB, SQS and SNS", fmt.Sprintf("%.2f ms", withClients), fmt.Sprintf("%.2f ms hello", base), withClients/base, noAim)
	for _, name := range names {
		m := median(got[name])
		t.row("init of "+name, fmt.Sprintf("%.2f ms", m), fmt.Sprintf("%.2f ms hello", base), m/base, limit{atMost: 1.15})
	}
	for _, name := range names {
		against := queues
		if name == "EventsApi" || name == "BookingsApi" {
			against = tables
		}
		size, yard := sizeOf(b, program(name)), sizeOf(b, against)
		t.row("size of "+name, megabytes(size), megabytes(yard)+" hello with its clients", float64(size)/float64(yard), limit{atMost: 1.3})
	}
	for _, name := range names {
		size := zipped(b, program(name))
		t.row("zip of "+name, megabytes(size), "5 MB", float64(size)/5e6, limit{atMost: 1})
	}
	benchAdapter(b, t, hello)
}

// benchAdapter measures what an answer costs through the adapter, beside the same answer without.
func benchAdapter(b *testing.B, t *table, hello string) {
	h := samhost.New([]samhost.Function{
		{Name: "plain", Bootstrap: hello}, {Name: "adapter", Bootstrap: buildYardstick(b, "adapter", adapterSource)},
	}, io.Discard, samhost.Observer{})
	defer h.Close()
	payload, err := os.ReadFile("../../functions/events-api/event.json")
	if err != nil {
		b.Fatal(err)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, payload); err != nil {
		b.Fatal(err)
	}
	warm := map[string][]float64{}
	for round := range rounds + 1 {
		for _, name := range []string{"plain", "adapter"} {
			var took []float64
			for range 500 {
				began := time.Now()
				if _, err := h.Invoke(b.Context(), name, compact.Bytes()); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began).Seconds()*1e6)
			}
			if round > 0 { // the first warms both up
				warm[name] = append(warm[name], median(took))
			}
		}
	}
	plain, adapter := median(warm["plain"]), median(warm["adapter"])
	t.row("a warm invocation through the adapter", fmt.Sprintf("%.0f µs", adapter), fmt.Sprintf("%.0f µs without", plain), adapter/plain, noAim)
}
