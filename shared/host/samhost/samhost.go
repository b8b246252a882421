// Package samhost is a small AWS on one machine in front of the functions' real binaries: it speaks the Lambda Runtime API
// to them, answers HTTP as an HTTP API of API Gateway does, hands them the batches of queues and the changes of streams,
// and wakes them on schedules. What calls what it reads from the SAM template. It is for trying out and for tests: nobody
// is signed in at the gateway, and a machine has fewer environments than a region.
package samhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// Function is what the host runs.
type Function struct {
	Name        string
	Bootstrap   string        // the program
	Env         []string      // NAME=value
	Timeout     time.Duration // of an invocation; default 10 s
	Concurrency int           // environments at a time; default 4
}

// Observer is told what happens; nil fields: nobody.
type Observer struct {
	// Started is told of an environment that has begun to wait for invocations, and how long that took.
	Started func(function string, took time.Duration)
	// Invoked is told of every invocation's end.
	Invoked func(function string, took time.Duration, err error)
}

// Limits of a host.
const (
	defaultTimeout     = 10 * time.Second
	defaultConcurrency = 4
	initTimeout        = 10 * time.Second // Lambda's. Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
	maxPayload         = 6 << 20          // bytes, in and out. Source: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
)

// Errors that invoking gives. What the function itself reports is a FunctionError.
var (
	// ErrBusy says that every environment had work until the caller gave up.
	ErrBusy = errors.New("every environment of the function is busy")
	// ErrTooLarge says that Lambda takes no payload of that size.
	ErrTooLarge = errors.New("the payload is too large")
	// ErrUnknown says that there is no such function.
	ErrUnknown = errors.New("no such function")
)

// FunctionError is what a function reported, or what became of its environment.
type FunctionError struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

// Error returns both.
func (e *FunctionError) Error() string { return e.Type + ": " + e.Message }

// Host runs functions. It is safe for concurrent use.
type Host struct {
	functions map[string]*pool
	observe   Observer
	output    io.Writer
	mu        sync.Mutex // of output
}

// New returns a host; environments are started when they are needed. What functions print goes to output, line by line.
// Close it when done.
func New(functions []Function, output io.Writer, o Observer) *Host {
	h := &Host{functions: map[string]*pool{}, observe: o, output: output}
	for _, f := range functions {
		if f.Timeout <= 0 {
			f.Timeout = defaultTimeout
		}
		if f.Concurrency <= 0 {
			f.Concurrency = defaultConcurrency
		}
		h.functions[f.Name] = newPool(h, f)
	}
	return h
}

// Invoke hands a payload to a function and returns its answer, after an environment is free.
func (h *Host) Invoke(ctx context.Context, function string, payload []byte) ([]byte, error) {
	p, ok := h.functions[function]
	if !ok {
		return nil, fmt.Errorf("invoke %s: %w", function, ErrUnknown)
	}
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("invoke %s: %w: %d bytes, at most %d", function, ErrTooLarge, len(payload), maxPayload)
	}
	began := time.Now()
	answer, err := p.invoke(ctx, payload)
	if h.observe.Invoked != nil {
		h.observe.Invoked(function, time.Since(began), err)
	}
	if err != nil {
		return nil, fmt.Errorf("invoke %s: %w", function, err)
	}
	return answer, nil
}

// Kill ends the environments of a function as a failing machine would, and returns how many there were.
func (h *Host) Kill(function string) int {
	if p, ok := h.functions[function]; ok {
		return p.kill()
	}
	return 0
}

// Processes returns the process ids of a function's environments.
func (h *Host) Processes(function string) []int {
	if p, ok := h.functions[function]; ok {
		return p.processes()
	}
	return nil
}

// Close ends every environment.
func (h *Host) Close() {
	for _, p := range h.functions {
		p.close()
	}
}

// line writes one line of a function's output.
func (h *Host) line(text []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	_, _ = h.output.Write(append(text, '\n'))
}
