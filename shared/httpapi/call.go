package httpapi

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/identity"
)

// call is one request: what is known of it, its context, and where its answer is written, in one piece because every
// request needs all of them. The timer of its deadline starts only when somebody waits for it, which an answer from memory
// never does.
type call struct {
	http.ResponseWriter
	id        string
	operation string // its id in the OpenAPI document; empty where none matched
	principal identity.Principal
	cause     error // of the problem that was answered, for the log
	status    int   // that was answered; 0: none yet

	parent   context.Context
	deadline time.Time

	mu     sync.Mutex
	timed  context.Context // parent with the deadline, once somebody waits
	cancel context.CancelFunc
}

type callKey struct{}

var _ context.Context = (*call)(nil)

// Deadline returns when the request must be answered.
func (c *call) Deadline() (time.Time, bool) { return c.deadline, true }

// Done returns what is closed at the deadline, when the caller goes away, or when the request is answered.
func (c *call) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.start()
	return c.timed.Done()
}

// Err says why Done is closed; nil while it is not.
func (c *call) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil && time.Now().Before(c.deadline) {
		return c.parent.Err()
	}
	c.start()
	return c.timed.Err()
}

func (c *call) start() {
	if c.timed == nil {
		c.timed, c.cancel = context.WithDeadline(c.parent, c.deadline)
	}
}

// Value returns the call itself for its key.
func (c *call) Value(key any) any {
	if key == (callKey{}) {
		return c
	}
	c.mu.Lock()
	timed := c.timed
	c.mu.Unlock()
	if timed != nil {
		return timed.Value(key)
	}
	return c.parent.Value(key)
}

// finish releases the timer.
func (c *call) finish() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.timed == nil { // whoever kept the context sees that it is over
		c.timed, c.cancel = over, func() {}
	}
	c.cancel()
}

// over is a context that is done.
var over = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

// WriteHeader notes the status.
func (c *call) WriteHeader(status int) {
	if c.status == 0 {
		c.status = status
	}
	c.ResponseWriter.WriteHeader(status)
}

func (c *call) Write(b []byte) (int, error) {
	if c.status == 0 {
		c.status = http.StatusOK
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// callOf returns the call that a context belongs to; nil where there is none.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// writtenTo returns the call that w writes the answer of: ServeHTTP hands nothing else to the mux.
func writtenTo(w http.ResponseWriter) *call {
	c, _ := w.(*call)
	return c
}

// RequestID returns the id of the request that ctx belongs to; empty where there is none.
func RequestID(ctx context.Context) string {
	if c := callOf(ctx); c != nil {
		return c.id
	}
	return ""
}
