package telemetry

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// readyTimeout bounds one look at stores and queues, so that a probe gets its answer.
const readyTimeout = 3 * time.Second

// AdminDeps is what the admin handler needs. Ready and Log may be nil.
type AdminDeps struct {
	Gatherer prometheus.Gatherer
	Ready    func(ctx context.Context) error // whether stores and queues are reachable
	Log      *slog.Logger
}

// Admin returns the handler of the admin listener: /metrics, /debug/pprof/, /healthz and /readyz. It is not for the
// public: profiles show what a program holds in memory.
func Admin(d AdminDeps) http.Handler {
	if d.Log == nil {
		d.Log = slog.New(slog.DiscardHandler)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(d.Gatherer, promhttp.HandlerOpts{
		ErrorLog: scrapeLog{d.Log}, EnableOpenMetrics: true, MaxRequestsInFlight: 4, Timeout: 10 * time.Second,
	}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("POST /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, okay) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if d.Ready != nil {
			ctx, cancel := context.WithTimeout(r.Context(), readyTimeout)
			defer cancel()
			if err := d.Ready(ctx); err != nil {
				d.Log.LogAttrs(r.Context(), slog.LevelWarn, "not ready", Err(err))
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
