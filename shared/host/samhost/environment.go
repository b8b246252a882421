package samhost

import (
	"bufio"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// environment is one process of a function with a Runtime API of its own. It has one invocation at a time.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
type environment struct {
	function Function
	cmd      *exec.Cmd
	server   *http.Server
	waiting  chan struct{}    // receives when the program first asks for an invocation
	work     chan *invocation // to the program
	gone     chan struct{}    // closed when the process has ended
	once     sync.Once

	mu      sync.Mutex
	asked   bool
	current *invocation
	fault   *FunctionError // of starting
}

// invocation is a payload on its way, and its outcome.
type invocation struct {
	id       string
	payload  []byte
	deadline time.Time
	done     chan outcome // of room for one
}

type outcome struct {
	answer []byte
	fault  *FunctionError
}

// startEnvironment starts a function's program.
func startEnvironment(f Function, line func([]byte)) (*environment, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once or not at all
	if err != nil {
		return nil, fmt.Errorf("start environment: %w", err)
	}
	e := &environment{
		function: f, waiting: make(chan struct{}, 1), work: make(chan *invocation), gone: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", e.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", e.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", e.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", e.initFailure)
	e.server = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	e.cmd = exec.Command(f.Bootstrap) //nolint:gosec,noctx // the function's own program; stop ends it
	e.cmd.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + l.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=" + f.Name, "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=256", "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + f.Name, "AWS_LAMBDA_LOG_STREAM_NAME=local", "_HANDLER=bootstrap",
		"AWS_EXECUTION_ENV=AWS_Lambda_provided.al2023", "TZ=:UTC", "LANG=en_US.UTF-8",
	}, f.Env...)
	// One pipe for both: what a program says last, it says before it is gone.
	r, w := io.Pipe()
	e.cmd.Stdout, e.cmd.Stderr = w, w
	if err := e.cmd.Start(); err != nil {
		_ = l.Close()
		return nil, fmt.Errorf("start environment: %w", err)
	}
	go func() { _ = e.server.Serve(l) }()
	go func() {
		scan := bufio.NewScanner(r)
		scan.Buffer(nil, 1<<20)
		for scan.Scan() {
			line(scan.Bytes())
		}
		_, _ = io.Copy(io.Discard, r) // a line too long ends the scan, not the program
	}()
	go func() {
		_ = e.cmd.Wait()
		_ = w.Close()
		_ = e.server.Close()
		close(e.gone)
	}()
	return e, nil
}

// ready waits until the program asks for its first invocation.
func (e *environment) ready() error {
	limit := time.NewTimer(initTimeout)
	defer limit.Stop()
	select {
	case <-e.waiting:
		return nil
	case <-e.gone:
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.fault != nil {
			return e.fault
		}
		return &FunctionError{"Runtime.ExitError", "the program ended before its first invocation: " + e.cmd.ProcessState.String()}
	case <-limit.C:
		e.stop()
		return &FunctionError{"Runtime.InitTimeout", fmt.Sprintf("the program asked for nothing in %s", initTimeout)}
	}
}

func (e *environment) alive() bool {
	select {
	case <-e.gone:
		return false
	default:
		return true
	}
}

// stop ends the process and waits for its end.
func (e *environment) stop() {
	e.once.Do(func() { _ = e.cmd.Process.Kill() })
	<-e.gone
}

// errNotDelivered says that the program ended between invocations: another environment may have the payload.
var errNotDelivered = errors.New("the environment ended before it took the invocation")

// invoke hands over a payload and waits for its outcome; a program that takes longer is ended.
func (e *environment) invoke(payload []byte, timeout time.Duration) ([]byte, error) {
	i := &invocation{id: newID(), payload: payload, deadline: time.Now().Add(timeout), done: make(chan outcome, 1)}
	e.mu.Lock()
	e.current = i
	e.mu.Unlock()
	limit := time.NewTimer(timeout)
	defer limit.Stop()
	select {
	case e.work <- i:
	case <-e.gone:
		return nil, errNotDelivered
	case <-limit.C:
		e.stop()
		return nil, e.late(timeout)
	}
	select {
	case o := <-i.done:
		if o.fault != nil {
			return nil, o.fault
		}
		return o.answer, nil
	case <-e.gone:
		select { // it may have answered before it went
		case o := <-i.done:
			if o.fault == nil {
				return o.answer, nil
			}
			return nil, o.fault
		default:
		}
		return nil, e.ended()
	case <-limit.C:
		e.stop()
		return nil, e.late(timeout)
	}
}

func (e *environment) ended() error {
	return &FunctionError{"Runtime.ExitError", "the program ended while it worked: " + e.cmd.ProcessState.String()}
}

func (e *environment) late(after time.Duration) error {
	return &FunctionError{"Sandbox.Timedout", fmt.Sprintf("task timed out after %.2f seconds", after.Seconds())}
}

func (e *environment) next(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	first := !e.asked
	e.asked = true
	e.mu.Unlock()
	if first {
		e.waiting <- struct{}{}
	}
	select {
	case i := <-e.work:
		h := w.Header()
		h.Set("Lambda-Runtime-Aws-Request-Id", i.id)
		h.Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(i.deadline.UnixMilli(), 10))
		h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:"+region+":"+account+":function:"+e.function.Name)
		h.Set("Lambda-Runtime-Trace-Id", newTrace())
		h.Set("Content-Type", "application/json")
		h.Set("Content-Length", strconv.Itoa(len(i.payload)))
		_, _ = w.Write(i.payload) // a program that is gone is found by its end
	case <-r.Context().Done():
	case <-e.gone:
	}
}

// settle gives the invocation under way its outcome.
func (e *environment) settle(w http.ResponseWriter, r *http.Request, o outcome) {
	e.mu.Lock()
	i := e.current
	if i != nil && i.id == r.PathValue("id") {
		e.current = nil
	} else {
		i = nil
	}
	e.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if i == nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"errorType":"InvalidRequestID","errorMessage":"no such invocation is under way"}`)
		return
	}
	i.done <- o
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.WriteString(w, `{"status":"OK"}`)
}

func (e *environment) response(w http.ResponseWriter, r *http.Request) {
	b, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	o := outcome{answer: b}
	if err == nil && len(b) > maxPayload {
		o = outcome{fault: &FunctionError{"Function.ResponseSizeTooLarge", fmt.Sprintf("an answer of more than %d bytes", maxPayload)}}
	}
	if err != nil { // the program went while it answered
		return
	}
	e.settle(w, r, o)
}

func (e *environment) failure(w http.ResponseWriter, r *http.Request) {
	e.settle(w, r, outcome{fault: readFault(r)})
}

func (e *environment) initFailure(w http.ResponseWriter, r *http.Request) {
	fault := readFault(r)
	e.mu.Lock()
	e.fault = fault
	e.mu.Unlock()
	w.WriteHeader(http.StatusAccepted)
}

func readFault(r *http.Request) *FunctionError {
	f := &FunctionError{Type: "Unhandled"}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxPayload))
	if err != nil || json.Unmarshal(b, f) != nil {
		f.Message = string(b)
	}
	return f
}

// The account and region that names are made with: nobody's, and where the tests are.
const (
	account = "000000000000"
	region  = "eu-west-1"
)

// newID is a UUID of version 4.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // cannot fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// newTrace is an X-Ray trace header.
func newTrace() string {
	var b [20]byte
	_, _ = rand.Read(b[:])
	return fmt.Sprintf("Root=1-%08x-%x;Parent=%x;Sampled=0", time.Now().Unix(), b[:12], b[12:])
}
