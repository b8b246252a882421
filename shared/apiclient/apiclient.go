// Package apiclient is a typed client of the MyEvents HTTP API, for the tools of this repository. It sends and reads what
// the API's document says, with types of its own, and knows nothing of how the server works.
package apiclient

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	defaultAttempts = 6
	defaultTimeout  = 30 * time.Second
	firstPause      = 100 * time.Millisecond
	longestPause    = 5 * time.Second
	longestWait     = time.Minute // a longer Retry-After is not waited for
	maxAnswer       = 64 << 20    // bytes
)

// Options are what a caller may choose; zero values mean the defaults.
type Options struct {
	Token     string            // bearer token; empty: anonymous
	Transport http.RoundTripper // default: one of its own that keeps up to 256 connections
	Attempts  int               // at most, for one call; default 6
	Timeout   time.Duration     // of one attempt; default 30 s
	UserAgent string            // default "myevents-client"
}

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base string
	o    Options
	http *http.Client
}

// New returns a client of the server at base, an origin such as http://localhost:8080. It connects when first used.
func New(base string, o Options) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return nil, errors.New("server: must be an address such as http://localhost:8080")
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConns: 256, MaxIdleConnsPerHost: 256,
			IdleConnTimeout: 90 * time.Second, ForceAttemptHTTP2: true,
		}
	}
	if o.Attempts <= 0 {
		o.Attempts = defaultAttempts
	}
	if o.Timeout <= 0 {
		o.Timeout = defaultTimeout
	}
	if o.UserAgent == "" {
		o.UserAgent = "myevents-client"
	}
	return &Client{base: strings.TrimRight(base, "/"), o: o, http: &http.Client{Transport: o.Transport, Timeout: o.Timeout}}, nil
}

// As returns the same client with another token; empty: anonymous.
func (c *Client) As(token string) *Client {
	other := *c
	other.o.Token = token
	return &other
}

// Close closes connections that nobody uses.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Call is one request. Path begins with a slash.
type Call struct {
	Method string
	Path   string
	Query  url.Values
	Body   any // sent as JSON; nil: none
	// IdempotencyKey lets the server recognise a repetition.
	IdempotencyKey string
	// IfMatch is the ETag of what is to be changed.
	IfMatch string
	// Repeatable says that the server does the same work once however often it is asked. GET, and whatever has an
	// IdempotencyKey, are so anyway. Others are sent again only when the server refused to begin (429).
	Repeatable bool
}

func (r Call) repeatable() bool {
	return r.Repeatable || r.IdempotencyKey != "" || r.Method == http.MethodGet || r.Method == http.MethodDelete
}

// Answer is what a call that succeeded says beside its body.
type Answer struct {
	Status   int
	Header   http.Header
	Attempts int // 1: the first did
}

// Do sends a call and reads its answer into out, unless that is nil. Where the server asks for patience (429, 503), or
// cannot be reached, it tries again within Options.Attempts, no sooner than Retry-After says. An answer from 400 on is a
// *Problem; a server that cannot be reached is ErrUnreachable.
func (c *Client) Do(ctx context.Context, call Call, out any) (Answer, error) {
	var body []byte
	if call.Body != nil {
		var err error
		if body, err = json.Marshal(call.Body); err != nil {
			return Answer{}, fmt.Errorf("%s %s: %w", call.Method, call.Path, err)
		}
	}
	for attempt := 1; ; attempt++ {
		answer, err := c.try(ctx, call, body, out)
		answer.Attempts = attempt
		if err == nil {
			return answer, nil
		}
		wait, again := c.pause(call, err, attempt)
		if !again || attempt >= c.o.Attempts || ctx.Err() != nil {
			return answer, fmt.Errorf("%s %s: %w", call.Method, call.Path, err)
		}
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-ctx.Done():
			t.Stop()
			return answer, fmt.Errorf("%s %s: %w", call.Method, call.Path, context.Cause(ctx))
		}
	}
}

// pause says whether a call that failed may be sent again, and after how long.
func (c *Client) pause(call Call, err error, attempt int) (time.Duration, bool) {
	backoff := min(firstPause<<min(attempt-1, 10), longestPause)
	backoff = backoff/2 + rand.N(backoff/2+1)
	var p *Problem
	switch {
	case errors.As(err, &p):
		if p.Status != http.StatusTooManyRequests && (p.Status != http.StatusServiceUnavailable || !call.repeatable()) {
			return 0, false
		}
		if p.RetryAfter > longestWait {
			return 0, false
		}
		return max(backoff, p.RetryAfter+rand.N(firstPause)), true
	case errors.Is(err, ErrUnreachable):
		return backoff, call.repeatable()
	}
	return 0, false
}

func (c *Client) try(ctx context.Context, call Call, body []byte, out any) (Answer, error) {
	target := c.base + call.Path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	var content io.Reader
	if body != nil {
		content = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, target, content)
	if err != nil {
		return Answer{}, err
	}
	req.Header.Set("User-Agent", c.o.UserAgent)
	req.Header.Set("Accept", "application/json, application/problem+json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
		if call.Method == http.MethodPatch {
			req.Header.Set("Content-Type", "application/merge-patch+json")
		}
	}
	if c.o.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.o.Token)
	}
	if call.IdempotencyKey != "" {
		req.Header.Set("Idempotency-Key", call.IdempotencyKey)
	}
	if call.IfMatch != "" {
		req.Header.Set("If-Match", call.IfMatch)
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return Answer{}, unreachable(ctx, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	answer := Answer{Status: resp.StatusCode, Header: resp.Header}
	if err != nil {
		return answer, unreachable(ctx, err)
	}
	if resp.StatusCode >= 300 {
		return answer, problemOf(resp, data)
	}
	if out != nil && len(data) > 0 {
		if err := json.Unmarshal(data, out); err != nil {
			return answer, fmt.Errorf("status %d: the answer cannot be read: %w", resp.StatusCode, err)
		}
	}
	return answer, nil
}

// unreachable leaves the caller's own end of patience as it is.
func unreachable(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// retryAfter reads seconds or an HTTP date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(v); err == nil && seconds > 0 {
		return time.Duration(min(seconds, 1<<30)) * time.Second
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
