package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/httpapi"
)

func TestStatusOf(t *testing.T) {
	want := map[fault.Kind]int{
		fault.Internal: 500, fault.Malformed: 400, fault.Invalid: 422, fault.Unauthenticated: 401, fault.Declined: 402,
		fault.Forbidden: 403, fault.NotFound: 404, fault.Conflict: 409, fault.Stale: 412, fault.PreconditionRequired: 428, fault.Throttled: 429,
		fault.Unavailable: 503,
	}
	for _, k := range fault.Kinds() {
		t.Run(k.String(), func(t *testing.T) {
			if got := httpapi.StatusOf(k); got != want[k] {
				t.Errorf("StatusOf(%s): got %d, want %d", k, got, want[k])
			}
			f := &fake{err: &fault.Error{Kind: k, Code: "someCode", Text: "some text", RetryAfter: 1500 * time.Millisecond, Cause: errors.New("secret cause")}}
			w := request{method: "POST", path: "/v1/holds", as: "attendee", body: seatBody, headers: key}.do(t, gateway(f, httpapi.Options{}))
			if w.Code != want[k] {
				t.Fatalf("POST hold with %s: got %d, want %d", k, w.Code, want[k])
			}
			p := problemOf(t, w)
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("problem: got %s, want nothing of the cause", w.Body)
			}
			code, detail := "someCode", "some text"
			if k == fault.Internal {
				code, detail = "internal", p.Detail
			}
			if p.Code != code || p.Detail != detail {
				t.Errorf("problem: got %q %q, want %q %q", p.Code, p.Detail, code, detail)
			}
			retry := w.Header().Get("Retry-After")
			if after := k == fault.Throttled || k == fault.Unavailable; after && retry != "2" || !after && retry != "" {
				t.Errorf("Retry-After of %s: got %q", k, retry)
			}
		})
	}
}

func TestGateway_Failures(t *testing.T) {
	for _, tc := range []struct {
		name string
		fake fake
		want int
		code string
	}{
		{"unclassified-stays-inside", fake{err: errors.New("secret")}, 500, "internal"},
		{"wrapped-keeps-its-kind", fake{err: errors.Join(fault.New(fault.Conflict, "soldOut", "no places"), errors.New("secret"))}, 409, "soldOut"},
		{"deadline-is-unavailable", fake{err: context.DeadlineExceeded}, 503, "unavailable"},
		{"panic", fake{panic: "secret"}, 500, "internal"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			w := request{method: "GET", path: "/v1/holds/very-secret-token", as: "attendee"}.
				do(t, gateway(&tc.fake, httpapi.Options{Log: slog.New(slog.NewJSONHandler(&log, nil))}))
			if p := problemOf(t, w); w.Code != tc.want || p.Code != tc.code {
				t.Errorf("GET hold: got %d %q, want %d %q", w.Code, p.Code, tc.want, tc.code)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("body: got %s, want nothing secret", w.Body)
			}
			if tc.want >= 500 && !strings.Contains(log.String(), w.Header().Get("X-Request-Id")) {
				t.Errorf("log: got %q, want the request id", log.String())
			}
			if strings.Contains(log.String(), "very-secret-token") || strings.Contains(log.String(), "ada@") {
				t.Errorf("log: got %s, want no token and no personal data", log.String())
			}
		})
	}
}

func TestGateway_Unmatched(t *testing.T) {
	h := gateway(&fake{}, httpapi.Options{})
	for _, tc := range []struct {
		name string
		request
		want  int
		allow string
	}{
		{"unknown-route", request{method: "GET", path: "/v1/nothing"}, 404, ""},
		{"unknown-page", request{method: "GET", path: "/nothing"}, 404, ""},
		{"unknown-method", request{method: "PUT", path: "/v1/events"}, 405, "GET, HEAD, POST"},
		{"options", request{method: "OPTIONS", path: "/v1/holds"}, 405, "POST"},
		{"trace", request{method: "TRACE", path: "/v1/holds/x"}, 405, "GET, HEAD, DELETE"},
		{"dots", request{method: "GET", path: "/v1/events/.."}, 404, ""},
		{"encoded-dots", request{method: "GET", path: "/v1/events/%2e%2e"}, 404, ""},
		{"double-slash", request{method: "GET", path: "/v1//events"}, 404, ""},
		{"trailing-slash", request{method: "GET", path: "/v1/events/"}, 404, ""},
		{"post-to-docs", request{method: "POST", path: "/docs"}, 405, "GET, HEAD"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := tc.do(t, h)
			if w.Code != tc.want || w.Header().Get("Allow") != tc.allow {
				t.Errorf("%s %s: got %d, Allow %q, want %d, %q", tc.method, tc.path, w.Code, w.Header().Get("Allow"), tc.want, tc.allow)
			}
			problemOf(t, w)
		})
	}
}

func TestGateway_Fallback(t *testing.T) {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("page")) })
	f := &fake{}
	h := httpapi.Gateway(httpapi.GatewayDeps{Catalog: f, Booking: f, Verifier: tokens{}, Fallback: page})
	for _, tc := range []struct {
		name, method, path string
		want               int
	}{
		{"page", "GET", "/events/x", 200},
		{"root", "GET", "/", 200},
		{"unknown-api", "GET", "/v1/nothing", 404},
		{"post-page", "POST", "/events/x", 404},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if w := (request{method: tc.method, path: tc.path}).do(t, h); w.Code != tc.want {
				t.Errorf("%s %s: got %d, want %d", tc.method, tc.path, w.Code, tc.want)
			}
		})
	}
}
