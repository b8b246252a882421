package lambdahost

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/myevents/myevents/shared/telemetry"
)

// HTTP answers invocations by an HTTP API with the handler. The handler's context ends before the invocation does, by a
// twentieth of what is left and 250 ms at least, so that a slow store is a 503 and not the gateway's own words. A panic is
// a 500, and the environment lives on. Callers are told apart by the address that the gateway saw.
//
// Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html,
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
func HTTP(h http.Handler) Invoker { return newProxy(h) }

// margin is how long before its end an invocation must be answered.
const margin = 250 * time.Millisecond

// early returns ctx with a deadline that leaves time to answer.
func early(ctx context.Context) (context.Context, context.CancelFunc) {
	end, ok := ctx.Deadline()
	if !ok {
		return context.WithCancel(ctx)
	}
	return context.WithDeadline(ctx, end.Add(-max(margin, time.Until(end)/20)))
}

// serve has h answer r as net/http would have it.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	restore(r)
	ctx, cancel := early(r.Context())
	defer cancel()
	if lc, ok := lambdacontext.FromContext(ctx); ok {
		ctx = telemetry.WithLogAttrs(ctx, slog.String("invocation_id", lc.AwsRequestID))
		if r.Header.Get("X-Request-Id") == "" {
			r.Header.Set("X-Request-Id", lc.AwsRequestID)
		}
	}
	a := &answer{to: w, header: http.Header{}, head: r.Method == http.MethodHead}
	defer a.close()
	defer func() {
		if p := recover(); p != nil {
			slog.LogAttrs(ctx, slog.LevelError, "handler panicked", slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
			a.header = http.Header{"Content-Type": {"application/problem+json"}, "Cache-Control": {"no-store"}}
			a.WriteHeader(http.StatusInternalServerError)
			_, _ = a.Write([]byte(problem(http.StatusInternalServerError, "internal", "something went wrong on our side; it has been noted")))
		}
	}()
	h.ServeHTTP(a, r.WithContext(ctx))
}

// problem is an RFC 9457 body, for what no handler could answer.
func problem(status int, code, detail string) string {
	b, err := json.Marshal(map[string]any{
		"type": "/docs#problem-" + code, "title": http.StatusText(status), "status": status, "code": code, "detail": detail,
	})
	if err != nil { // of strings and a number: cannot happen
		return "{}"
	}
	return string(b)
}

// answer gives the adapter's writer the manners of net/http's: the first status counts, what is set after it does not,
// none means 200, and some answers have no body.
type answer struct {
	to     http.ResponseWriter
	header http.Header
	head   bool
	status int
}

// Header returns the headers to be sent.
func (a *answer) Header() http.Header { return a.header }

// WriteHeader sends the headers.
func (a *answer) WriteHeader(status int) {
	if a.status != 0 || status < 200 {
		return
	}
	a.status = status
	to := a.to.Header()
	for name, values := range a.header {
		to[name] = append([]string(nil), values...)
	}
	a.to.WriteHeader(status)
}

// Write sends a part of the body.
func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		if a.header.Get("Content-Type") == "" {
			a.header.Set("Content-Type", http.DetectContentType(b))
		}
		a.WriteHeader(http.StatusOK)
	}
	switch {
	case a.status == http.StatusNoContent || a.status == http.StatusNotModified:
		return 0, http.ErrBodyNotAllowed
	case a.head:
		return len(b), nil
	}
	return a.to.Write(b)
}

func (a *answer) close() {
	if a.status == 0 {
		a.WriteHeader(http.StatusOK)
	}
}
