package promexport

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/myevents/myevents/shared/telemetry"
)

// readyTimeout bounds one look at stores and queues, so that a probe gets its answer.
const readyTimeout = 3 * time.Second

// Admin returns the handler of the admin listener: /metrics, /debug/pprof/, /healthz and /readyz. It is not for the
// public: profiles show what a program holds in memory. ready says whether stores and queues are reachable; nil: they are.
func (m *Metrics) Admin(ready func(ctx context.Context) error, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{
		ErrorLog: scrapeLog{log}, EnableOpenMetrics: true, MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, okay) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if ready != nil {
			ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
			defer cancel()
			if err := ready(ctx); err != nil {
				log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", telemetry.Err(err))
				answer(w, http.StatusServiceUnavailable, "unavailable")
				return
			}
		}
		answer(w, http.StatusOK, okay)
	})
	return mux
}

func answer(w http.ResponseWriter, code int, status string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = io.WriteString(w, `{"status":"`+status+`"}`+"\n") // a failed write means that nobody listens any more
}

// scrapeLog gives promhttp a place for its errors.
type scrapeLog struct{ log *slog.Logger }

func (l scrapeLog) Println(v ...any) {
	l.log.LogAttrs(context.Background(), slog.LevelError, "metrics could not be gathered", slog.Any("err", v))
}
