package httpapi

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"path"
	"runtime/debug"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/time/rate"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
)

const (
	maxBody    = 64 << 10 // bytes
	maxID      = 64       // characters of a request id that a caller chose
	maxLimited = 10_000   // callers whose rates are kept
)

// The values of headers are shared, which is why nothing appends to them. An answer has at most 8 headers where it can be
// helped: a larger map costs twice.
var (
	nosniff = []string{"nosniff"}
	noStore = []string{"no-store"}
	sealed  = []string{"default-src 'none'; frame-ancestors 'none'"}
	brief   = []string{"public, max-age=1"}
	onToken = []string{"Authorization"}
)

// ServeHTTP gives every request an id, a deadline and headers, answers panics, and tells of the outcome.
func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.o.Now()
	c := &call{ResponseWriter: w, id: requestID(r), parent: r.Context(), deadline: time.Now().Add(s.o.Timeout)}
	defer c.finish()
	h := w.Header()
	h["X-Request-Id"] = []string{c.id}
	h["X-Content-Type-Options"] = nosniff
	defer func() { //nolint:contextcheck // the call is the context
		if p := recover(); p != nil {
			s.panicked(c, r, p)
		}
		s.done(c, r, began)
	}()
	if unclean(r.URL.Path) {
		s.answer(c, errNoRoute())
		return
	}
	if r.ContentLength > maxBody {
		s.answer(c, errTooLarge())
		drain(r)
		return
	}
	if r.ContentLength < 0 {
		rest := r.Body
		r.Body = io.NopCloser(rest) // huma closes bodies, after which the rest cannot be read
		defer func() {
			if c.status == http.StatusRequestEntityTooLarge {
				drain(&http.Request{Header: r.Header, Body: rest})
			}
		}()
	}
	s.mux.ServeHTTP(c, r)
}

// maxDrained is how much of a refused body is read and thrown away: a caller who is cut off while sending never reads the
// answer.
const maxDrained = 16 << 20

func drain(r *http.Request) {
	if r.Header.Get("Expect") == "" {
		_, _ = io.CopyN(io.Discard, r.Body, maxDrained)
	}
}

// answer writes a problem outside huma.
func (s *server) answer(c *call, p *Problem) {
	p.RequestID = c.id
	c.Header()["Content-Security-Policy"] = sealed
	writeProblem(c, p)
}

func (s *server) panicked(c *call, r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // the documented comparison
		panic(p)
	}
	s.o.Log.LogAttrs(c, slog.LevelError, "request panicked", slog.String("request_id", c.id),
		slog.String("route", r.Pattern), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if c.status == 0 {
		s.answer(c, newProblem(http.StatusInternalServerError, fault.Internal.String(), internalMessage))
	}
}

// done counts and logs. Paths may carry tokens, so that only their patterns are logged; reads that went well are counted
// and not logged, unless at debug level.
func (s *server) done(c *call, r *http.Request, began time.Time) {
	took := s.o.Now().Sub(began)
	status := c.status
	if status == 0 {
		status = http.StatusOK
	}
	operation := c.operation
	if operation == "" {
		operation = "none"
	}
	if s.o.Observe != nil {
		s.o.Observe(operation, status, took)
	}
	level := slog.LevelInfo
	switch {
	case status >= 500 && status != http.StatusServiceUnavailable:
		level = slog.LevelError
	case status == http.StatusServiceUnavailable:
		level = slog.LevelWarn
	case status < 400 && (r.Method == http.MethodGet || r.Method == http.MethodHead):
		level = slog.LevelDebug
	}
	if !s.o.Log.Enabled(c, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", c.id), slog.String("operation", operation),
		slog.String("method", r.Method), slog.String("route", r.Pattern), slog.Int("status", status),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
	}
	if status >= 500 && c.cause != nil {
		attrs = append(attrs, slog.Any("err", c.cause))
	}
	s.o.Log.LogAttrs(c, level, "request", attrs...)
}

// requestID takes the caller's id where it is a sane one.
func requestID(r *http.Request) string {
	given := r.Header["X-Request-Id"]
	if len(given) != 1 || given[0] == "" || len(given[0]) > maxID {
		return id.New("", time.Now())
	}
	for i := range len(given[0]) {
		c := given[0][i]
		if (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' && c != '.' {
			return id.New("", time.Now())
		}
	}
	return given[0]
}

// unclean reports a path that the mux would redirect: one with empty, "." or ".." parts.
func unclean(p string) bool {
	if !strings.Contains(p, "//") && !strings.Contains(p, "/.") {
		return p == "" || p[0] != '/'
	}
	clean := path.Clean(p)
	return clean != p && clean+"/" != p
}

// notMatched answers what no operation matched: the fallback for pages, 405 where another method would do, else 404.
func (s *server) notMatched(w http.ResponseWriter, r *http.Request) {
	c := writtenTo(w)
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		other := &http.Request{Method: method, URL: r.URL, Host: r.Host}
		if _, pattern := s.mux.Handler(other); pattern != "/" && pattern != "" {
			allowed = append(allowed, method)
		}
	}
	switch {
	case len(allowed) > 0:
		if allowed[0] == http.MethodGet {
			allowed = append([]string{http.MethodGet, http.MethodHead}, allowed[1:]...)
		}
		w.Header().Set("Allow", strings.Join(allowed, ", "))
		s.answer(c, newProblem(http.StatusMethodNotAllowed, "methodNotAllowed", "this address does not know that method"))
	case s.o.fallback != nil && (r.Method == http.MethodGet || r.Method == http.MethodHead) && !strings.HasPrefix(r.URL.Path, "/v1/"):
		c.operation = "page"
		w.Header().Set("Referrer-Policy", "strict-origin-when-cross-origin")
		s.o.fallback.ServeHTTP(w, r.WithContext(c)) //nolint:contextcheck // c is made of the request's
	default:
		s.answer(c, errNoRoute())
	}
}

// limiter keeps one token bucket per caller: the user, or the address of who did not sign in.
type limiter struct {
	r       Rate
	buckets *lru.Cache[string, *rate.Limiter]
	now     func() time.Time
}

func newLimiter(r Rate, now func() time.Time) *limiter {
	if r.PerSecond <= 0 {
		return nil
	}
	buckets, err := lru.New[string, *rate.Limiter](maxLimited)
	if err != nil { // of a size that is not positive: cannot happen
		return nil
	}
	return &limiter{r: r, buckets: buckets, now: now}
}

// allow takes a token, or says after how long there will be one.
func (l *limiter) allow(caller string) (wait time.Duration, ok bool) {
	b, found := l.buckets.Get(caller)
	if !found {
		b = rate.NewLimiter(rate.Limit(l.r.PerSecond), max(1, l.r.Burst))
		if earlier, raced, _ := l.buckets.PeekOrAdd(caller, b); raced {
			b = earlier
		}
	}
	now := l.now()
	if b.AllowN(now, 1) {
		return 0, true
	}
	return time.Duration((1 - b.TokensAt(now)) / l.r.PerSecond * float64(time.Second)), false
}

func callerOf(c *call, remote string) string {
	if c.principal.SignedIn() {
		return "u " + c.principal.UserID
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	return "a " + host
}
