package samhost

import (
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// Call is one that a function makes to AWS.
type Call struct {
	Function string
	Action   string // as IAM names it, such as dynamodb:UpdateItem
	Body     []byte
}

// Recorder stands between functions and AWS and notes who calls what. It is safe for concurrent use.
type Recorder struct {
	// Before, where set, is told of a call before it goes on; what it refuses is answered with 500 and goes no further.
	Before func(c Call) (refuse bool)
	// After, where set, is told once AWS has answered, before the function is.
	After func(c Call)

	mu      sync.Mutex
	seen    map[string]map[string]int
	servers []*http.Server
}

// Endpoint returns the address by which a function is to call what is at the endpoint.
func (r *Recorder) Endpoint(function, endpoint string) (string, error) {
	to, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it listens at once or not at all
	if err != nil {
		return "", err
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(to)
			p.Out.Host = to.Host
		},
		Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { // nobody is there, or the function has gone
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	s := &http.Server{ReadHeaderTimeout: 5 * time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.pass(proxy, function, w, req)
	})}
	r.mu.Lock()
	r.servers = append(r.servers, s)
	r.mu.Unlock()
	go func() { _ = s.Serve(l) }()
	return "http://" + l.Addr().String(), nil
}

func (r *Recorder) pass(proxy http.Handler, function string, w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(io.LimitReader(req.Body, 16<<20))
	if err != nil {
		return // the function has gone
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	c := Call{Function: function, Action: action(req.Header, body), Body: body}
	r.mu.Lock()
	if r.seen == nil {
		r.seen = map[string]map[string]int{}
	}
	if r.seen[function] == nil {
		r.seen[function] = map[string]int{}
	}
	r.seen[function][c.Action]++
	r.mu.Unlock()
	if r.Before != nil && r.Before(c) {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if r.After != nil {
		w = &told{ResponseWriter: w, tell: func() { r.After(c) }}
	}
	proxy.ServeHTTP(w, req)
}

// told tells when an answer begins.
type told struct {
	http.ResponseWriter
	once sync.Once
	tell func()
}

func (t *told) WriteHeader(status int) {
	t.once.Do(t.tell)
	t.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (t *told) Unwrap() http.ResponseWriter { return t.ResponseWriter }

// services are the IAM names of services, by the prefix of their targets.
var services = map[string]string{"DynamoDB_20120810": "dynamodb", "DynamoDBStreams_20120810": "dynamodb", "AmazonSQS": "sqs"}

// action names a call as IAM does. A batch is permitted by the action of its parts, where IAM has none for batches.
// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html
func action(h http.Header, body []byte) string {
	if prefix, name, ok := strings.Cut(h.Get("X-Amz-Target"), "."); ok {
		service := services[prefix]
		if service == "sqs" {
			name = strings.TrimSuffix(name, "Batch")
		}
		return service + ":" + name
	}
	if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" { // SNS speaks the query protocol
		return "sns:" + strings.TrimSuffix(form.Get("Action"), "Batch")
	}
	return "unknown:" + h.Get("User-Agent")
}

// Actions returns what a function has called, sorted.
func (r *Recorder) Actions(function string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Sorted(maps.Keys(r.seen[function]))
}

// Close ends the proxies.
func (r *Recorder) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.servers {
		_ = s.Close()
	}
}
