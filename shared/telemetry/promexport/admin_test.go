package promexport_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/telemetry"
)

func TestMetrics_Admin(t *testing.T) {
	m, _ := newMetrics(t)
	use(m)
	down := func(context.Context) error { return errors.New("s3cret host refused") }
	for _, tc := range []struct {
		name, method, path string
		ready              func(context.Context) error
		status             int
		body               string
	}{
		{"metrics", "GET", "/metrics", nil, 200, `myevents_hold_requests_total{outcome="made"} 1`},
		{"metrics-of-the-runtime", "GET", "/metrics", nil, 200, "go_goroutines "},
		{"metrics-of-the-process", "GET", "/metrics", nil, 200, "process_open_fds "},
		{"build", "GET", "/metrics", nil, 200, `version="v1.2.3"`},
		{"alive", "GET", "/healthz", down, 200, `{"status":"ok"}`},
		{"ready", "GET", "/readyz", func(context.Context) error { return nil }, 200, `{"status":"ok"}`},
		{"ready-without-a-check", "GET", "/readyz", nil, 200, `{"status":"ok"}`},
		{"not-ready", "GET", "/readyz", down, 503, `{"status":"unavailable"}`},
		{"profiles", "GET", "/debug/pprof/", nil, 200, "goroutine"},
		{"one-profile", "GET", "/debug/pprof/goroutine?debug=1", nil, 200, "goroutine profile"},
		{"unknown", "GET", "/", nil, 404, ""},
		{"wrong-method", "POST", "/metrics", nil, 405, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var log strings.Builder
			h := m.Admin(tc.ready, telemetry.NewLogger(&log, telemetry.LogOptions{}))
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), tc.method, tc.path, http.NoBody))
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.body) {
				t.Errorf("%s %s: got %d %.200s, want %d %s", tc.method, tc.path, w.Code, w.Body, tc.status, tc.body)
			}
			if strings.Contains(w.Body.String(), "s3cret") {
				t.Errorf("%s %s: got the cause in the answer", tc.method, tc.path)
			}
			if tc.status == 503 && !strings.Contains(log.String(), "s3cret host refused") {
				t.Errorf("log: got %q, want the cause", log.String())
			}
		})
	}
}
