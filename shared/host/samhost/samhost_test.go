package samhost_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/myevents/myevents/shared/host/samhost"
)

// roleEnv makes the test's own binary a function's program.
const roleEnv = "MYEVENTS_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleEnv); role {
	case "":
		os.Exit(m.Run())
	case "exit-at-once":
		fmt.Fprintln(os.Stderr, "MYEVENTS_STORE: no such table")
		os.Exit(3)
	case "gateway":
		lambda.Start(answerer)
	default:
		lambda.Start(func(ctx context.Context, o order) (report, error) {
			r, err := program(ctx, o)
			r.Trace = os.Getenv("_X_AMZN_TRACE_ID")
			return r, err
		})
	}
}

// order is what a test has its function do.
type order struct {
	Do   string
	Wait time.Duration
	Size int
}

// report is what the function says of itself.
type report struct {
	PID   int
	Count int
	ID    string
	ARN   string
	Left  time.Duration
	Trace string
	Body  string
}

var count int

func program(ctx context.Context, o order) (report, error) {
	count++
	lc, _ := lambdacontext.FromContext(ctx)
	until, _ := ctx.Deadline()
	r := report{PID: os.Getpid(), Count: count, ID: lc.AwsRequestID, ARN: lc.InvokedFunctionArn, Left: time.Until(until)}
	switch o.Do {
	case "fail":
		return r, errors.New("the store is away")
	case "panic":
		panic("a seat")
	case "exit":
		os.Exit(7)
	case "wait":
		t := time.NewTimer(o.Wait)
		<-t.C
	case "big":
		r.Body = strings.Repeat("x", o.Size)
	case "say":
		fmt.Println("said on stdout")
		fmt.Fprintln(os.Stderr, "said on stderr")
	}
	return r, nil
}

// buffer is a bytes.Buffer for several.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start returns a host whose function f is the test's own binary.
func start(t *testing.T, f samhost.Function, out io.Writer) *samhost.Host {
	t.Helper()
	role := "function"
	if f.Name == "" {
		f.Name = "f"
	} else {
		role = f.Name
	}
	f.Bootstrap, f.Env = os.Args[0], append(os.Environ(), roleEnv+"="+role)
	f.Name = "f"
	h := samhost.New([]samhost.Function{f}, out, samhost.Observer{})
	t.Cleanup(h.Close)
	return h
}

func invoke(h *samhost.Host, o order) (r report, err error) {
	payload, _ := json.Marshal(o)
	answer, err := h.Invoke(context.Background(), "f", payload)
	if err == nil {
		err = json.Unmarshal(answer, &r)
	}
	return r, err
}

func TestHost_Invoke(t *testing.T) {
	h := start(t, samhost.Function{Timeout: 5 * time.Second}, io.Discard)
	first, err := invoke(h, order{})
	if err != nil || first.Count != 1 || first.ID == "" || first.ARN != "arn:aws:lambda:eu-west-1:000000000000:function:f" ||
		!strings.HasPrefix(first.Trace, "Root=1-") || first.Left > 5*time.Second || first.Left < 3*time.Second {
		t.Fatalf("Invoke: got %+v and %v, want the first, with id, name, trace and 5 s", first, err)
	}
	second, err := invoke(h, order{})
	if err != nil || second.PID != first.PID || second.Count != 2 || second.ID == first.ID {
		t.Errorf("Invoke again: got %+v and %v, want the same environment of %+v", second, err, first)
	}
	if _, err := h.Invoke(t.Context(), "g", nil); !errors.Is(err, samhost.ErrUnknown) {
		t.Errorf("Invoke of another: got %v, want ErrUnknown", err)
	}
	if _, err := h.Invoke(t.Context(), "f", make([]byte, 7<<20)); err == nil {
		t.Error("Invoke with 7 MiB: got nil, want an error")
	}
}

// What goes wrong is one invocation's, and the next finds an environment.
func TestHost_Faults(t *testing.T) {
	for _, tc := range []struct {
		name  string
		o     order
		kind  string
		lives bool // the environment
	}{
		{"error", order{Do: "fail"}, "errorString", true},
		{"panic", order{Do: "panic"}, "string", false},
		{"exit", order{Do: "exit"}, "Runtime.ExitError", false},
		{"timeout", order{Do: "wait", Wait: time.Hour}, "Sandbox.Timedout", false},
		{"answer-too-big", order{Do: "big", Size: 7 << 20}, "Function.ResponseSizeTooLarge", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			limit := time.Minute // to build and send an answer takes a slow machine its time
			if tc.kind == "Sandbox.Timedout" {
				limit = time.Second
			}
			h := start(t, samhost.Function{Timeout: limit}, io.Discard)
			before, err := invoke(h, order{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = invoke(h, tc.o)
			var fault *samhost.FunctionError
			if !errors.As(err, &fault) || fault.Type != tc.kind {
				t.Errorf("Invoke: got %v, want %s", err, tc.kind)
			}
			after, err := invoke(h, order{})
			if err != nil || (after.PID == before.PID) != tc.lives {
				t.Errorf("Invoke after: got %+v and %v, want the same environment: %t", after, err, tc.lives)
			}
		})
	}
}

func TestHost_Starting(t *testing.T) {
	var out buffer
	h := start(t, samhost.Function{Name: "exit-at-once"}, &out)
	_, err := invoke(h, order{})
	var fault *samhost.FunctionError
	if !errors.As(err, &fault) || fault.Type != "Runtime.ExitError" || !strings.Contains(fault.Message, "3") {
		t.Errorf("Invoke: got %v, want an exit with 3", err)
	}
	if got := out.String(); got != "MYEVENTS_STORE: no such table\n" {
		t.Errorf("output: got %q, want what the program said", got)
	}
}

func TestHost_Output(t *testing.T) {
	var out buffer
	h := start(t, samhost.Function{}, &out)
	if _, err := invoke(h, order{Do: "say"}); err != nil {
		t.Fatal(err)
	}
	h.Close() // waits for what was said
	if got := out.String(); got != "said on stdout\nsaid on stderr\n" {
		t.Errorf("output: got %q, want both lines", got)
	}
}

// Environments are as many as there is work for, up to the limit; who finds none in time is told so.
func TestHost_Concurrency(t *testing.T) {
	h := start(t, samhost.Function{Concurrency: 2, Timeout: 10 * time.Second}, io.Discard)
	var mu sync.Mutex
	pids := map[int]int{}
	var work sync.WaitGroup
	for range 6 {
		work.Go(func() {
			r, err := invoke(h, order{Do: "wait", Wait: 150 * time.Millisecond})
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			pids[r.PID]++
			mu.Unlock()
		})
	}
	work.Wait()
	if len(pids) != 2 || len(h.Processes("f")) != 2 {
		t.Errorf("environments: got %v, want 2 that share the work", pids)
	}
	for range 2 {
		work.Go(func() { _, _ = invoke(h, order{Do: "wait", Wait: time.Second}) })
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	<-time.After(100 * time.Millisecond)
	if _, err := h.Invoke(ctx, "f", []byte("{}")); !errors.Is(err, samhost.ErrBusy) {
		t.Errorf("Invoke of a busy function: got %v, want ErrBusy", err)
	}
	work.Wait()
}

func TestHost_Kill(t *testing.T) {
	h := start(t, samhost.Function{Concurrency: 2}, io.Discard)
	before, err := invoke(h, order{})
	if err != nil {
		t.Fatal(err)
	}
	busy := make(chan error, 1)
	go func() {
		_, err := invoke(h, order{Do: "wait", Wait: 5 * time.Second})
		busy <- err
	}()
	<-time.After(200 * time.Millisecond)
	if n := h.Kill("f"); n != 1 {
		t.Errorf("Kill: got %d, want 1", n)
	}
	var fault *samhost.FunctionError
	if err := <-busy; !errors.As(err, &fault) || fault.Type != "Runtime.ExitError" {
		t.Errorf("Invoke under way: got %v, want Runtime.ExitError", err)
	}
	after, err := invoke(h, order{})
	if err != nil || after.PID == before.PID {
		t.Errorf("Invoke after: got %+v and %v, want another environment", after, err)
	}
}
