package samhost

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of an HTTP API. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
const (
	gatewayTimeout = 30 * time.Second
	maxBody        = 10 << 20 // bytes
)

// Gateway answers HTTP by invoking functions, as an HTTP API with payload format 2.0 does. What no route matches goes to
// fallback; nil: the gateway's own 404.
//
// Like API Gateway it hands over a decoded path, lower-case header names and joined values; unlike it, it authorises
// nobody: the functions look at tokens themselves.
func Gateway(h *Host, routes []Route, fallback http.Handler) http.Handler {
	if fallback == nil {
		fallback = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusNotFound, "Not Found") })
	}
	return &gateway{host: h, routes: sortRoutes(routes), fallback: fallback}
}

type gateway struct {
	host     *Host
	routes   []Route
	fallback http.Handler
}

// httpEvent is an invocation of payload format 2.0.
// Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
type httpEvent struct {
	Version               string            `json:"version"`
	RouteKey              string            `json:"routeKey"`
	RawPath               string            `json:"rawPath"`
	RawQueryString        string            `json:"rawQueryString"`
	Cookies               []string          `json:"cookies,omitempty"`
	Headers               map[string]string `json:"headers"`
	QueryStringParameters map[string]string `json:"queryStringParameters,omitempty"`
	PathParameters        map[string]string `json:"pathParameters,omitempty"`
	RequestContext        httpContext       `json:"requestContext"`
	Body                  string            `json:"body,omitempty"`
	IsBase64Encoded       bool              `json:"isBase64Encoded"`
}

type httpContext struct {
	AccountID    string   `json:"accountId"`
	APIID        string   `json:"apiId"`
	DomainName   string   `json:"domainName"`
	DomainPrefix string   `json:"domainPrefix"`
	HTTP         httpCall `json:"http"`
	RequestID    string   `json:"requestId"`
	RouteKey     string   `json:"routeKey"`
	Stage        string   `json:"stage"`
	Time         string   `json:"time"`
	TimeEpoch    int64    `json:"timeEpoch"`
}

type httpCall struct {
	Method    string `json:"method"`
	Path      string `json:"path"`
	Protocol  string `json:"protocol"`
	SourceIP  string `json:"sourceIp"`
	UserAgent string `json:"userAgent"`
}

// httpAnswer is what a function answers.
type httpAnswer struct {
	StatusCode      int               `json:"statusCode"`
	Headers         map[string]string `json:"headers"`
	Cookies         []string          `json:"cookies"`
	Body            string            `json:"body"`
	IsBase64Encoded bool              `json:"isBase64Encoded"`
}

// ServeHTTP implements http.Handler.
func (g *gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(r.URL.Path, "?") // API Gateway ends a decoded path there
	route, params := match(g.routes, r.Method, path)
	if route == nil {
		g.fallback.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		}
		return // the caller is gone
	}
	payload, err := json.Marshal(event(r, path, route, params, body))
	if err != nil { // of strings: cannot happen
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	// The invocation goes on when the caller leaves, as it does behind API Gateway.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), gatewayTimeout)
	defer cancel()
	answer, err := g.host.Invoke(ctx, route.Function, payload)
	switch {
	case errors.Is(err, ErrBusy):
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case errors.Is(err, ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
	case err != nil:
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
	default:
		reply(w, answer)
	}
}

// refuse answers in the gateway's own words.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"`+message+`"}`)
}

func event(r *http.Request, path string, route *Route, params map[string]string, body []byte) httpEvent {
	now := time.Now().UTC()
	source, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		source = r.RemoteAddr
	}
	id := newID()
	e := httpEvent{
		Version: "2.0", RouteKey: route.key(), RawPath: path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": r.Host}, PathParameters: params,
		RequestContext: httpContext{
			AccountID: account, APIID: "local", DomainName: r.Host, DomainPrefix: "local", RequestID: id, RouteKey: route.key(),
			Stage: "$default", Time: now.Format("02/Jan/2006:15:04:05 +0000"), TimeEpoch: now.UnixMilli(),
			HTTP: httpCall{Method: r.Method, Path: path, Protocol: r.Proto, SourceIP: source, UserAgent: r.UserAgent()},
		},
	}
	for name, values := range r.Header {
		if name == "Cookie" {
			for _, v := range values {
				for part := range strings.SplitSeq(v, ";") {
					e.Cookies = append(e.Cookies, strings.TrimSpace(part))
				}
			}
			continue
		}
		e.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	e.Headers["x-forwarded-for"] = strings.TrimPrefix(e.Headers["x-forwarded-for"]+", "+source, ", ")
	e.Headers["x-forwarded-proto"], e.Headers["x-amzn-trace-id"] = "http", "Root=1-"+id[:8]
	if len(body) > 0 {
		e.Headers["content-length"] = itoa(len(body))
	}
	if query, err := url.ParseQuery(r.URL.RawQuery); err == nil && len(query) > 0 {
		e.QueryStringParameters = map[string]string{}
		for name, values := range query {
			e.QueryStringParameters[name] = strings.Join(values, ",")
		}
	}
	e.Body = string(body)
	if len(body) > 0 && !(textual(r.Header.Get("Content-Type")) && utf8.Valid(body)) {
		e.Body, e.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	return e
}

// textual reports a media type whose bodies are handed over as they are.
func textual(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
	return err == nil && (strings.HasPrefix(t, "text/") || t == "application/json" || t == "application/xml" ||
		t == "application/javascript" || strings.HasSuffix(t, "+json") || strings.HasSuffix(t, "+xml"))
}

// reply writes a function's answer.
func reply(w http.ResponseWriter, answer []byte) {
	var a httpAnswer
	if err := json.Unmarshal(answer, &a); err != nil || a.StatusCode == 0 {
		if err != nil || !json.Valid(answer) {
			refuse(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
		// Without a status the whole answer is the body.
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(answer) //nolint:gosec // a gateway hands on what a function answers
		return
	}
	body := []byte(a.Body)
	if a.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(a.Body); err != nil {
			refuse(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
	}
	if a.StatusCode < 200 || a.StatusCode > 599 {
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	h := w.Header()
	for name, value := range maps.All(a.Headers) {
		h.Set(name, value)
	}
	h.Del("Content-Length") // net/http counts anew
	for _, c := range a.Cookies {
		h.Add("Set-Cookie", c)
	}
	h.Set("Apigw-Requestid", newID())
	w.WriteHeader(a.StatusCode)
	_, _ = w.Write(body)
}
