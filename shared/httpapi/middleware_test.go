package httpapi_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/httpapi"
)

func TestGateway_RequestID(t *testing.T) {
	h := gateway(&fake{}, httpapi.Options{})
	for _, tc := range []struct {
		name, given string
		kept        bool
	}{
		{"sane", "0f8fad5b-d9cb-469f-a165-70867728950e", true},
		{"none", "", false},
		{"line-break", "a\nb", false},
		{"markup", "<b>", false},
		{"long", strings.Repeat("a", 65), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := request{method: "GET", path: "/healthz", headers: map[string]string{"X-Request-Id": tc.given}}
			if got := r.do(t, h).Header().Get("X-Request-Id"); got == "" || (got == tc.given) != tc.kept {
				t.Errorf("X-Request-Id for %q: got %q, want kept %v", tc.given, got, tc.kept)
			}
		})
	}
}

func TestGateway_Rate(t *testing.T) {
	h := gateway(&fake{}, httpapi.Options{Rate: httpapi.Rate{PerSecond: 0.5, Burst: 2}})
	call := func(as string) int {
		w := request{method: "GET", path: "/healthz", as: as}.do(t, h)
		if w.Code == http.StatusTooManyRequests {
			if p := problemOf(t, w); p.Code != "throttled" || w.Header().Get("Retry-After") != "2" {
				t.Errorf("429: got %q after %q, want throttled after 2", p.Code, w.Header().Get("Retry-After"))
			}
		}
		return w.Code
	}
	for i, want := range []int{200, 200, 429} {
		if got := call(""); got != want {
			t.Errorf("call %d: got %d, want %d", i, got, want)
		}
	}
	if got := call("forged"); got != 429 {
		t.Errorf("with a bad token: got %d, want 429", got)
	}
	if got := call("attendee"); got != 200 {
		t.Errorf("signed in, from the same address: got %d, want 200", got)
	}
}

func TestGateway_Observe(t *testing.T) {
	var seen []string
	h := gateway(&fake{}, httpapi.Options{Observe: func(operation string, status int, _ time.Duration) {
		seen = append(seen, fmt.Sprint(operation, " ", status))
	}})
	for _, path := range []string{"/v1/events/" + eventID, "/v1/me", "/nothing", "/docs", "/v1/tickets/secret"} {
		request{method: "GET", path: path}.do(t, h)
	}
	want := []string{"getEvent 200", "getMe 401", "none 404", "getDocument 200", "getSharedTicket 200"}
	if fmt.Sprint(seen) != fmt.Sprint(want) {
		t.Errorf("Observe: got %v, want %v", seen, want)
	}
}

func TestGateway_Log(t *testing.T) {
	for _, tc := range []struct {
		name    string
		level   slog.Level
		request request
		want    string
	}{
		{"good-reads-are-quiet", slog.LevelInfo, request{method: "GET", path: "/v1/tickets/secret"}, ""},
		{"good-reads-at-debug", slog.LevelDebug, request{method: "GET", path: "/v1/tickets/secret"}, "GET /v1/tickets/{token}"},
		{"writes", slog.LevelInfo, request{method: "PATCH", path: "/v1/tickets/secret", body: attendee}, "PATCH /v1/tickets/{token}"},
		{"refusals", slog.LevelInfo, request{method: "GET", path: "/v1/me"}, "GET /v1/me"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log bytes.Buffer
			tc.request.do(t, gateway(&fake{}, httpapi.Options{Log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: tc.level}))}))
			var line struct {
				Route     string `json:"route"`
				RequestID string `json:"request_id"`
			}
			if log.Len() > 0 {
				if err := json.Unmarshal(log.Bytes(), &line); err != nil {
					t.Fatal(err)
				}
			}
			if line.Route != tc.want || strings.Contains(log.String(), "secret") || (tc.want != "") != (line.RequestID != "") {
				t.Errorf("log: got %s, want route %q", log.String(), tc.want)
			}
		})
	}
}

// slow waits for its context.
type slow struct{ *fake }

func (slow) Event(ctx context.Context, _ catalog.Actor, _ string) (catalog.Event, error) {
	<-ctx.Done()
	if _, ok := ctx.Deadline(); !ok || ctx.Err() == nil || httpapi.RequestID(ctx) == "" {
		return catalog.Event{}, fmt.Errorf("context: got %v, want a deadline, an error and a request id", ctx)
	}
	return catalog.Event{}, ctx.Err()
}

func TestGateway_Deadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fake{}
		h := httpapi.Gateway(httpapi.GatewayDeps{Catalog: slow{f}, Booking: f, Verifier: tokens{}, Options: httpapi.Options{Timeout: 3 * time.Second}})
		began := time.Now()
		w := request{method: "GET", path: "/v1/events/" + eventID}.do(t, h)
		if took := time.Since(began); took != 3*time.Second || w.Code != http.StatusServiceUnavailable {
			t.Errorf("GET event: got %d after %v, want 503 after 3s", w.Code, took)
		}
		problemOf(t, w)
	})
}

// kept notes the context it is called with.
type kept struct {
	*fake
	ctx context.Context
}

func (k *kept) Event(ctx context.Context, _ catalog.Actor, _ string) (catalog.Event, error) {
	k.ctx = ctx
	if ctx.Err() != nil {
		return catalog.Event{}, ctx.Err()
	}
	return sampleEvent(), nil
}

func TestGateway_ContextEndsWithTheAnswer(t *testing.T) {
	k := &kept{fake: &fake{}}
	h := httpapi.Gateway(httpapi.GatewayDeps{Catalog: k, Booking: k, Verifier: tokens{}})
	if w := (request{method: "GET", path: "/v1/events/" + eventID}).do(t, h); w.Code != 200 {
		t.Fatalf("GET event: got %d, want 200", w.Code)
	}
	select {
	case <-k.ctx.Done():
	default:
		t.Error("Done after the answer: got open, want closed")
	}
	if k.ctx.Err() == nil {
		t.Error("Err after the answer: got nil, want an error")
	}
}

func TestGateway_Ready(t *testing.T) {
	f := &fake{}
	h := httpapi.Gateway(httpapi.GatewayDeps{
		Catalog: f, Booking: f, Verifier: tokens{},
		Ready: func(context.Context) error { return fmt.Errorf("store %s is away", "secret") },
	})
	w := request{method: "GET", path: "/readyz"}.do(t, h)
	if w.Code != 503 || strings.Contains(w.Body.String(), "secret") || w.Header().Get("Retry-After") == "" {
		t.Errorf("GET readyz: got %d %s, want 503 without the cause", w.Code, w.Body)
	}
	if w := (request{method: "GET", path: "/healthz"}).do(t, h); w.Code != 200 {
		t.Errorf("GET healthz: got %d, want 200", w.Code)
	}
}

func TestGateway_Docs(t *testing.T) {
	h := gateway(&fake{}, httpapi.Options{})
	w := request{method: "GET", path: "/docs"}.do(t, h)
	page := w.Body.String()
	if w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
		t.Fatalf("GET docs: got %d %s, want 200 text/html", w.Code, w.Header().Get("Content-Type"))
	}
	_, rest, _ := strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	if want := "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(w.Header().Get("Content-Security-Policy"), want) {
		t.Errorf("Content-Security-Policy: got %q, want %s", w.Header().Get("Content-Security-Policy"), want)
	}
	for _, foreign := range []string{"http://", "https://unpkg", "<script", "style=\"", "ZgotmplZ"} {
		if strings.Contains(page, foreign) {
			t.Errorf("page: got %q in it, want nothing of the kind", foreign)
		}
	}
	for _, anchor := range []string{"createHold", "schema-Problem", "problem-soldOut", "problem-invalid"} {
		if !strings.Contains(page, `id="`+anchor+`"`) {
			t.Errorf("page: got no anchor %s, want one", anchor)
		}
	}
	same := request{method: "GET", path: "/docs", headers: map[string]string{"If-None-Match": w.Header().Get("ETag")}}
	if w := same.do(t, h); w.Code != http.StatusNotModified {
		t.Errorf("GET docs again: got %d, want 304", w.Code)
	}
	if w := (request{method: "GET", path: "/openapi.json"}).do(t, h); w.Code != 200 || !json.Valid(w.Body.Bytes()) || strings.Contains(w.Body.String(), "$schema") {
		t.Errorf("GET openapi.json: got %d, want JSON without $schema", w.Code)
	}
}

// TestEvents_AnswersAsTheDocumentSays compares the written JSON with the plain encoding of the wire type.
func TestEvents_AnswersAsTheDocumentSays(t *testing.T) {
	h := gateway(&fake{}, httpapi.Options{})
	for range 2 { // the second is from memory
		var e, plain map[string]any
		w := request{method: "GET", path: "/v1/events/" + eventID}.do(t, h)
		if err := json.Unmarshal(w.Body.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		var typed httpapi.Event
		if err := json.Unmarshal(w.Body.Bytes(), &typed); err != nil {
			t.Fatal(err)
		}
		again, err := json.Marshal(typed)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(again, &plain); err != nil {
			t.Fatal(err)
		}
		if fmt.Sprint(e) != fmt.Sprint(plain) || typed.Availability != "available" || typed.PriceFrom.Amount != 1200 {
			t.Errorf("GET event: got %v, want %v", e, plain)
		}
	}
	var page struct {
		Items      []httpapi.Event `json:"items"`
		NextCursor string          `json:"nextCursor"`
	}
	w := request{method: "GET", path: "/v1/events"}.do(t, h)
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Items) != 2 || page.NextCursor != `a"b` {
		t.Errorf("GET events: got %s, %v, want 2 and a cursor", w.Body, err)
	}
}
