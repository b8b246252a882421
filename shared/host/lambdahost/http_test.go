package lambdahost_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/myevents/myevents/shared/host/lambdahost"
)

type object = map[string]any

// answer is what an HTTP invocation comes back with.
type answer struct {
	StatusCode      int
	Headers         map[string]string
	Cookies         []string
	Body            string
	IsBase64Encoded bool
}

// call invokes h with a request; fields replace those of a plain GET.
func call(ctx context.Context, t *testing.T, h http.HandlerFunc, method, path string, fields object) answer {
	t.Helper()
	in := object{
		"version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
		"headers": object{"host": "tickets.example", "accept": "*/*"},
		"requestContext": object{
			"domainName": "abc.execute-api.eu-west-1.amazonaws.com", "requestId": "JKJaXmPLvHcESHA=", "stage": "$default",
			"http": object{"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7", "userAgent": "test"},
		},
	}
	for k, v := range fields {
		in[k] = v
	}
	payload, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := lambdahost.HTTP(h).Invoke(ctx, payload)
	if err != nil {
		t.Fatalf("Invoke: got %v, want nil", err)
	}
	var a answer
	if err := json.Unmarshal(out, &a); err != nil {
		t.Fatalf("answer %s: %v", out, err)
	}
	return a
}

// What a handler sees is what the caller sent.
func TestHTTP_Request(t *testing.T) {
	binary := []byte{0, 0xff, 0xfe, 'x'}
	header := func(name string) func(*http.Request) any {
		return func(r *http.Request) any { return r.Header.Values(name) }
	}
	for _, tc := range []struct {
		name   string
		path   string
		fields object
		see    func(r *http.Request) any
		want   any
	}{
		{"path-as-it-is", "/v1/events/evt_1", nil, func(r *http.Request) any { return r.URL.Path }, "/v1/events/evt_1"},
		{"decoded-path", "/v1/events/a b?c#d%é", nil, func(r *http.Request) any { return r.URL.Path }, "/v1/events/a b?c#d%é"},
		{"encoded-path-of-a-function-url", "/v1/events/a%20b%2Fc", nil, func(r *http.Request) any { return r.URL.Path + " " + r.URL.EscapedPath() }, "/v1/events/a b/c /v1/events/a%20b%2Fc"},
		{
			"repeated-keys-and-encoded-slashes-in-the-query", "/v1/events",
			object{"rawQueryString": "q=a%2Fb&q=c%20d&empty=&flag", "queryStringParameters": object{"q": "a/b,c d"}},
			func(r *http.Request) any { return fmt.Sprint(r.URL.Query()["q"], r.URL.Query().Has("flag")) }, "[a/b c d] true",
		},
		{"no-query", "/", nil, func(r *http.Request) any { return r.URL.RawQuery }, ""},
		{"host", "/", nil, func(r *http.Request) any { return r.Host }, "tickets.example"},
		{"address-of-the-caller", "/", nil, func(r *http.Request) any { return r.RemoteAddr }, "192.0.2.7"},
		{
			"header-with-commas-is-one-value", "/",
			object{"headers": object{"if-match": `"1.few,x", "2"`, "idempotency-key": "a,b"}},
			func(r *http.Request) any { return r.Header.Get("If-Match") + " " + r.Header.Get("Idempotency-Key") }, `"1.few,x", "2" a,b`,
		},
		{"authorization", "/", object{"headers": object{"authorization": "Bearer x.y.z"}}, header("Authorization"), []string{"Bearer x.y.z"}},
		{
			"cookies", "/",
			object{"cookies": []string{"a=1", "b=2"}},
			func(r *http.Request) any { return fmt.Sprint(r.Cookies(), r.Header["Cookie"]) }, "[a=1 b=2] [a=1; b=2]",
		},
		{
			"text-body", "/",
			object{"body": `{"a":"é"}`, "headers": object{"content-type": "application/json"}},
			func(r *http.Request) any { b, _ := io.ReadAll(r.Body); return fmt.Sprint(string(b), r.ContentLength) }, `{"a":"é"}10`,
		},
		{
			"binary-body", "/",
			object{"body": base64.StdEncoding.EncodeToString(binary), "isBase64Encoded": true},
			func(r *http.Request) any { b, _ := io.ReadAll(r.Body); return string(b) }, string(binary),
		},
		{"request-id-of-the-caller", "/", object{"headers": object{"x-request-id": "mine"}}, header("X-Request-Id"), []string{"mine"}},
		{"request-id-of-the-invocation", "/", nil, header("X-Request-Id"), []string{"8476a536-e9f4-11e8-9739-2dfe598c3fcd"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx := lambdacontext.NewContext(t.Context(), &lambdacontext.LambdaContext{AwsRequestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd"})
			var got any
			call(ctx, t, func(_ http.ResponseWriter, r *http.Request) { got = tc.see(r) }, "POST", tc.path, tc.fields)
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("request: got %q, want %q", got, tc.want)
			}
		})
	}
}

// What the caller gets is what a handler answered.
func TestHTTP_Answer(t *testing.T) {
	for _, tc := range []struct {
		name   string
		method string
		h      http.HandlerFunc
		want   answer
	}{
		{"nothing-is-200", "GET", func(http.ResponseWriter, *http.Request) {}, answer{StatusCode: 200}},
		{
			"text", "GET", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/svg+xml")
				_, _ = io.WriteString(w, "<svg>é</svg>")
			},
			answer{StatusCode: 200, Headers: map[string]string{"Content-Type": "image/svg+xml"}, Body: "<svg>é</svg>"},
		},
		{
			"binary", "GET", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "image/png")
				_, _ = w.Write([]byte{0x89, 'P', 'N', 'G', 0xff})
			},
			answer{StatusCode: 200, Headers: map[string]string{"Content-Type": "image/png"}, Body: "iVBOR/8=", IsBase64Encoded: true},
		},
		{
			"cookies-and-repeated-headers", "GET", func(w http.ResponseWriter, _ *http.Request) {
				http.SetCookie(w, &http.Cookie{Name: "a", Value: "1", HttpOnly: true})
				http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
				w.Header().Add("Vary", "Accept")
				w.Header().Add("Vary", "Origin")
				w.WriteHeader(http.StatusNoContent)
			},
			answer{StatusCode: 204, Headers: map[string]string{"Vary": "Accept,Origin"}, Cookies: []string{"a=1; HttpOnly", "b=2"}},
		},
		{
			"first-status-and-its-headers-count", "GET", func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusConflict)
				w.Header().Set("Late", "yes")
				w.WriteHeader(http.StatusOK)
			},
			answer{StatusCode: 409},
		},
		{
			"head-has-no-body", "HEAD", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				_, _ = io.WriteString(w, "{}")
			},
			answer{StatusCode: 200, Headers: map[string]string{"Content-Type": "application/json"}},
		},
		{
			"panic-is-a-problem", "GET", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("ETag", "half")
				panic("a seat")
			},
			answer{
				StatusCode: 500, Headers: map[string]string{"Content-Type": "application/problem+json", "Cache-Control": "no-store"},
				Body: `{"code":"internal","detail":"something went wrong on our side; it has been noted","status":500,"title":"Internal Server Error","type":"/docs#problem-internal"}`,
			},
		},
		{"abort-too", "GET", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, answer{StatusCode: 500}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := call(t.Context(), t, tc.h, tc.method, "/", nil)
			if tc.want.Body == "" && tc.want.StatusCode == http.StatusInternalServerError {
				got.Body, got.Headers = "", nil
			}
			if len(got.Headers) == 0 {
				got.Headers = nil
			}
			if len(got.Cookies) == 0 {
				got.Cookies = nil
			}
			if !reflect.DeepEqual(got, tc.want) {
				t.Errorf("answer: got %+v, want %+v", got, tc.want)
			}
		})
	}
}

// A handler's time ends before the invocation's, so that it can still say so.
func TestHTTP_Deadline(t *testing.T) {
	for _, tc := range []struct{ left, least, most time.Duration }{
		{10 * time.Second, 9400 * time.Millisecond, 9500 * time.Millisecond},
		{time.Second, 700 * time.Millisecond, 750 * time.Millisecond},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), tc.left)
		var left time.Duration
		call(ctx, t, func(_ http.ResponseWriter, r *http.Request) {
			until, _ := r.Context().Deadline()
			left = time.Until(until)
		}, "GET", "/", nil)
		cancel()
		if left < tc.least || left > tc.most {
			t.Errorf("time left of %v: got %v, want %v to %v", tc.left, left, tc.least, tc.most)
		}
	}
}

func TestHTTP_NoRequest(t *testing.T) {
	h := lambdahost.HTTP(http.NotFoundHandler())
	for _, payload := range []string{"", "[]", `{"httpMethod":"GET","path":"/"}`, `{"Records":[]}`} {
		if out, err := h.Invoke(t.Context(), []byte(payload)); err == nil {
			t.Errorf("Invoke %q: got %s, want an error", payload, out)
		}
	}
	out, err := h.Invoke(t.Context(), []byte(`{"version":"2.0","rawPath":"/","requestContext":{"domainName":"a b","http":{"method":"GET"}}}`))
	if err != nil || !strings.Contains(string(out), `"statusCode":400`) {
		t.Errorf("Invoke of an impossible host: got %s and %v, want a 400", out, err)
	}
}
