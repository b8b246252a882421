package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/myevents/myevents/shared/httpapi"
)

// bare writes the same bytes as the handler under test, as plainly as net/http allows.
func bare(w *httptest.ResponseRecorder) http.Handler {
	content, status := w.Body.Bytes(), w.Code
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(content)
	})
}

var benched = []struct {
	name string
	request
}{
	{"event", request{method: "GET", path: "/v1/events/" + eventID}},
	{"hold", request{method: "POST", path: "/v1/holds", as: "attendee", body: seatBody, headers: key}},
	{"page", request{method: "GET", path: "/v1/events?limit=20"}},
}

// BenchmarkGateway measures one request over a loopback connection, client included, beside a bare handler.
func BenchmarkGateway(b *testing.B) {
	for _, tc := range benched {
		api := gateway(&fake{}, httpapi.Options{})
		for name, h := range map[string]http.Handler{"bare": bare(tc.do(b, api)), "api": api} {
			b.Run(tc.name+"/"+name, func(b *testing.B) {
				srv := httptest.NewServer(h)
				defer srv.Close()
				b.ReportAllocs()
				before := cpu(b)
				for b.Loop() {
					r, err := http.NewRequestWithContext(b.Context(), tc.method, srv.URL+tc.path, strings.NewReader(tc.body))
					if err != nil {
						b.Fatal(err)
					}
					if tc.body == "" {
						r.Body = http.NoBody
					}
					if tc.as != "" {
						r.Header.Set("Authorization", "Bearer "+tc.as)
						r.Header.Set("Idempotency-Key", "k")
					}
					resp, err := srv.Client().Do(r)
					if err != nil {
						b.Fatal(err)
					}
					_, _ = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
			})
		}
	}
}

// cpu is the processor time that this process has used, in nanoseconds.
func cpu(b *testing.B) int64 {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano() + u.Stime.Nano()
}

type discard struct{ h http.Header }

func (d discard) Header() http.Header         { return d.h }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}

// BenchmarkServeHTTP measures the handler alone.
func BenchmarkServeHTTP(b *testing.B) {
	for _, tc := range benched {
		b.Run(tc.name, func(b *testing.B) {
			h := gateway(&fake{}, httpapi.Options{})
			r := httptest.NewRequestWithContext(b.Context(), tc.method, tc.path, nil)
			if tc.as != "" {
				r.Header.Set("Authorization", "Bearer "+tc.as)
				r.Header.Set("Idempotency-Key", "k")
			}
			r.ContentLength = int64(len(tc.body))
			b.ReportAllocs()
			for b.Loop() {
				r.Body = io.NopCloser(strings.NewReader(tc.body))
				h.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}

// BenchmarkEventPage is the event page over the real catalogue and store, without the network.
func BenchmarkEventPage(b *testing.B) {
	w := newWorld(b)
	r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/v1/events/"+w.onSale().event.ID, nil)
	b.ReportAllocs()
	for b.Loop() {
		w.handler.ServeHTTP(discard{http.Header{}}, r)
	}
}

func BenchmarkConstruct(b *testing.B) {
	for b.Loop() {
		gateway(&fake{}, httpapi.Options{})
	}
}
