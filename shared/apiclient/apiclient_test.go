package apiclient_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// answers is a server that gives one prepared answer after the other, the last one for ever, and keeps what it was asked.
type answers struct {
	list  []answer
	asked []*http.Request
	sent  []string
	at    []time.Time
}

type answer struct {
	status int
	header http.Header
	body   string
	err    error
}

func (s *answers) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	s.asked, s.sent, s.at = append(s.asked, r), append(s.sent, string(sent)), append(s.at, time.Now())
	a := s.list[min(len(s.asked), len(s.list))-1]
	if a.err != nil {
		return nil, a.err
	}
	h := a.header
	if h == nil {
		h = http.Header{}
	}
	return &http.Response{StatusCode: a.status, Header: h, Body: io.NopCloser(strings.NewReader(a.body)), Request: r}, nil
}

func client(tb testing.TB, s http.RoundTripper) *apiclient.Client {
	tb.Helper()
	c, err := apiclient.New("http://api.test/", apiclient.Options{Token: "secret", Transport: s, Attempts: 4})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func busy(status int, retryAfter string) answer {
	return answer{status: status, header: http.Header{"Retry-After": {retryAfter}, "Content-Type": {"application/problem+json"}}, body: `{"code":"busy"}`}
}

func TestClient_Retries(t *testing.T) {
	t.Parallel()
	read := apiclient.Call{Method: http.MethodGet, Path: "/v1/me"}
	write := apiclient.Call{Method: http.MethodPost, Path: "/v1/x", Body: 1}
	keyed := apiclient.Call{Method: http.MethodPost, Path: "/v1/x", Body: 1, IdempotencyKey: "k"}
	repeatable := apiclient.Call{Method: http.MethodPost, Path: "/v1/x", Body: 1, Repeatable: true}
	done := answer{status: 200, body: `{}`}
	cut := answer{err: io.ErrUnexpectedEOF}
	for _, tc := range []struct {
		name     string
		call     apiclient.Call
		answers  []answer
		attempts int
		status   int // of the outcome; 0: none came
		atLeast  time.Duration
	}{
		{"first-time", read, []answer{done}, 1, 200, 0},
		{"waits-as-told", read, []answer{busy(503, "7"), done}, 2, 200, 7 * time.Second},
		{"throttled-write-again", write, []answer{busy(429, "2"), busy(429, "3"), done}, 3, 200, 5 * time.Second},
		{"unavailable-write-not-again", write, []answer{busy(503, "1"), done}, 1, 503, 0},
		{"unavailable-keyed-write-again", keyed, []answer{busy(503, "1"), done}, 2, 200, time.Second},
		{"unavailable-repeatable-write-again", repeatable, []answer{busy(503, ""), done}, 2, 200, 0},
		{"gives-up", read, []answer{busy(503, "1")}, 4, 503, 3 * time.Second},
		{"not-for-a-very-long-time", read, []answer{busy(429, "3600"), done}, 1, 429, 0},
		{"broken-connection-read-again", read, []answer{cut, done}, 2, 200, 0},
		{"broken-connection-write-not-again", write, []answer{cut, done}, 1, 0, 0},
		{"broken-connection-keyed-write-again", keyed, []answer{cut, cut, done}, 3, 200, 0},
		{"other-problems-at-once", keyed, []answer{{status: 500}, done}, 1, 500, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := &answers{list: tc.answers}
				began := time.Now()
				a, err := client(t, s).Do(t.Context(), tc.call, nil)
				status := a.Status
				if err != nil {
					status = apiclient.StatusOf(err)
				}
				if a.Attempts != tc.attempts || len(s.asked) != tc.attempts || status != tc.status {
					t.Errorf("Do: got status %d after %d attempts (%v), want %d after %d", status, len(s.asked), err, tc.status, tc.attempts)
				}
				if took := time.Since(began); took < tc.atLeast || took > tc.atLeast+15*time.Second {
					t.Errorf("Do: took %v, want at least %v and not much more", took, tc.atLeast)
				}
				if tc.status == 0 && !errors.Is(err, apiclient.ErrUnreachable) {
					t.Errorf("Do: got %v, want ErrUnreachable", err)
				}
				for i, sent := range s.sent {
					if tc.call.Body != nil && sent != "1" {
						t.Errorf("attempt %d: sent %q, want the whole body", i+1, sent)
					}
				}
			})
		})
	}
}

func TestClient_RetryAfterDate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &answers{list: []answer{busy(503, time.Now().Add(20*time.Second).UTC().Format(http.TimeFormat)), {status: 200}}}
		if _, err := client(t, s).Do(t.Context(), apiclient.Call{Method: http.MethodGet, Path: "/"}, nil); err != nil {
			t.Fatal(err)
		}
		if waited := s.at[1].Sub(s.at[0]); waited < 19*time.Second {
			t.Errorf("waited %v, want 20 s", waited)
		}
	})
}

func TestClient_StopsWaitingWhenCancelled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client(t, &answers{list: []answer{busy(503, "30")}}).Do(ctx, apiclient.Call{Method: http.MethodGet, Path: "/"}, nil)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Do: got %v, want %v", err, context.DeadlineExceeded)
		}
	})
}

func TestClient_Sends(t *testing.T) {
	t.Parallel()
	s := &answers{list: []answer{{status: 200, body: `{}`}}}
	call := apiclient.Call{
		Method: http.MethodPatch, Path: "/v1/events/e", Query: url.Values{"a": {"b c"}}, Body: map[string]int{"n": 1},
		IdempotencyKey: "key", IfMatch: `"3.available"`,
	}
	if _, err := client(t, s).Do(t.Context(), call, nil); err != nil {
		t.Fatal(err)
	}
	r := s.asked[0]
	for _, tc := range []struct{ name, got, want string }{
		{"address", r.URL.String(), "http://api.test/v1/events/e?a=b+c"},
		{"authorization", r.Header.Get("Authorization"), "Bearer secret"},
		{"content-type", r.Header.Get("Content-Type"), "application/merge-patch+json"},
		{"idempotency-key", r.Header.Get("Idempotency-Key"), "key"},
		{"if-match", r.Header.Get("If-Match"), `"3.available"`},
		{"body", s.sent[0], `{"n":1}`},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %q, want %q", tc.name, tc.got, tc.want)
		}
	}
}

func TestProblem_Error(t *testing.T) {
	t.Parallel()
	problem := http.Header{"Content-Type": {"application/problem+json; charset=utf-8"}}
	for _, tc := range []struct {
		name   string
		answer answer
		want   string
		code   string
	}{
		{"code-and-detail", answer{409, problem, `{"status":409,"code":"hallTaken","title":"Conflict","detail":"it is taken"}`, nil}, "status 409 hallTaken: it is taken", "hallTaken"},
		{
			"fields",
			answer{422, problem, `{"code":"invalid","detail":"no","errors":[{"location":"body.a","message":"is bad"},{"location":"body.b","message":"too"}]}`, nil},
			"status 422 invalid: no (body.a is bad; body.b too)", "invalid",
		},
		{"page-of-a-proxy", answer{502, http.Header{"Content-Type": {"text/html"}}, `<h1>oops`, nil}, "status 502: Bad Gateway", ""},
		{"broken-problem", answer{400, problem, `{"code":`, nil}, "status 400: Bad Request", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := client(t, &answers{list: []answer{tc.answer}}).Do(t.Context(), apiclient.Call{Method: http.MethodPost, Path: "/v1/x"}, nil)
			if err == nil || err.Error() != "POST /v1/x: "+tc.want {
				t.Errorf("Do: got %v, want %q", err, tc.want)
			}
			if code := apiclient.CodeOf(err); code != tc.code {
				t.Errorf("CodeOf: got %q, want %q", code, tc.code)
			}
		})
	}
}

func TestClient_AllEvents(t *testing.T) {
	t.Parallel()
	ok := func(body string) answer { return answer{status: 200, body: body} }
	for _, tc := range []struct {
		name    string
		answers []answer
		want    string
		fails   bool
	}{
		{"one-page", []answer{ok(`{"items":[{"id":"a"},{"id":"b"}]}`)}, "ab", false},
		{"past-an-empty-page", []answer{ok(`{"items":[{"id":"a"}],"nextCursor":"1"}`), ok(`{"items":[],"nextCursor":"2"}`), ok(`{"items":[{"id":"b"}]}`)}, "ab", false},
		{"problem", []answer{ok(`{"items":[{"id":"a"}],"nextCursor":"1"}`), {status: 422}}, "a", true},
		{"cursor-that-stays", []answer{ok(`{"items":[{"id":"a"}],"nextCursor":"1"}`)}, "aa", true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, failed := "", false
			for e, err := range client(t, &answers{list: tc.answers}).AllEvents(t.Context(), url.Values{"q": {"x"}}) {
				got, failed = got+e.ID, err != nil
			}
			if got != tc.want || failed != tc.fails {
				t.Errorf("AllEvents: got %q %t, want %q %t", got, failed, tc.want, tc.fails)
			}
		})
	}
}

func TestNew_BadAddress(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "localhost:8080", "ftp://x", "http://", "http://u:p@x", "http://x?q=1", "http://x\x00"} {
		if _, err := apiclient.New(base, apiclient.Options{}); err == nil {
			t.Errorf("New(%q): got nil, want an error", base)
		}
	}
}

func TestInProcess(t *testing.T) {
	t.Parallel()
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("ETag", `"1"`)
		w.WriteHeader(http.StatusCreated)
		w.Header().Set("Late", "not sent")
		_, _ = io.WriteString(w, `{"id":"`+r.Method+r.RequestURI+string(body)+`"}`)
	})
	network := httptest.NewServer(h)
	t.Cleanup(network.Close)
	for _, tc := range []struct {
		name, base string
		transport  http.RoundTripper
	}{
		{"in-process", "http://in.process", apiclient.InProcess(h)},
		{"network", network.URL, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c, err := apiclient.New(tc.base, apiclient.Options{Transport: tc.transport})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			var out struct{ ID string }
			a, err := c.Do(t.Context(), apiclient.Call{Method: http.MethodPost, Path: "/x", Query: url.Values{"q": {"1"}}, Body: 5}, &out)
			if err != nil || out.ID != "POST/x?q=15" || a.Status != 201 || a.Header.Get("ETag") != `"1"` || a.Header.Get("Late") != "" {
				t.Errorf("Do: got %+v, %+v, %v", out, a, err)
			}
		})
	}
}
