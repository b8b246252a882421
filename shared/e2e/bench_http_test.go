package e2e_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// bareEnv names the files that a bare server answers with: the yardstick is another process of this same program.
const bareEnv = "MYEVENTS_TEST_BARE"

// serveBare answers GET and POST with fixed bytes, as little as net/http can do, until it is killed.
func serveBare(file string) {
	body, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(l.Addr())
	panic(http.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusCreated)
		}
		_, _ = w.Write(body)
	})))
}

// bare starts a bare server.
func bare(b *testing.B, body []byte) (url string, pid int) {
	b.Helper()
	file := b.TempDir() + "/body"
	if err := os.WriteFile(file, body, 0o600); err != nil {
		b.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), bareEnv+"="+file)
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	var addr string
	if _, err := fmt.Fscanln(out, &addr); err != nil {
		b.Fatal(err)
	}
	return "http://" + addr, cmd.Process.Pid
}

// cpu is the processor time of a process so far, in seconds: what the scheduler gave its threads, to the nanosecond. The
// clock ticks of /proc/PID/stat are as long as hundreds of requests.
func cpu(b *testing.B, pid int) float64 {
	b.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 {
		b.Fatalf("process %d: the system does not tell of its threads' times", pid)
	}
	var sum float64
	for _, thread := range threads {
		stat, err := os.ReadFile(thread)
		if err != nil {
			b.Fatal(err)
		}
		var ran float64
		if _, err := fmt.Sscan(string(stat), &ran); err != nil {
			b.Fatalf("%s: %v", thread, err)
		}
		sum += ran
	}
	return sum / 1e9
}

// perRequest is a server's processor time for each of n requests by 32 callers, in µs.
func perRequest(b *testing.B, pid, n int, do func(i int) error) float64 {
	b.Helper()
	before := cpu(b, pid)
	limit := make(chan struct{}, 32)
	errs := make(chan error, n)
	for i := range n {
		limit <- struct{}{}
		go func() {
			errs <- do(i)
			<-limit
		}()
	}
	for range n {
		if err := <-errs; err != nil {
			b.Fatal(err)
		}
	}
	return (cpu(b, pid) - before) / float64(n) * 1e6
}

func benchHTTP(b *testing.B, t *table) {
	s := start(b, b.TempDir(), "MYEVENTS_LOG_LEVEL=info")
	event := s.putOnSale(s.token("organiser@bench.example", "organiser"), 10, 20, 900_000, nil)
	buyer := s.token("buyer@bench.example", "attendee")
	send := func(method, url, token, key string, body []byte, want int) ([]byte, error) {
		r, err := http.NewRequest(method, url, bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Idempotency-Key", key)
		}
		resp, err := client.Do(r)
		if err != nil {
			return nil, err
		}
		defer func() { _ = resp.Body.Close() }()
		got, err := io.ReadAll(resp.Body)
		if err == nil && resp.StatusCode != want {
			err = fmt.Errorf("%s %s: %d %s", method, url, resp.StatusCode, got)
		}
		return got, err
	}
	run := time.Now().UnixNano()
	ask := []byte(`{"eventId":"` + event.event + `","items":[{"ticketTypeId":"` + event.floor + `","quantity":2}]}`)
	for _, tc := range []struct {
		name, method, path, token string
		body                      []byte
		status                    int
		atMost                    float64
	}{
		{"CPU of the event page", "GET", "/v1/events/" + event.event, "", nil, 200, 1.5},
		{"CPU of a hold", "POST", "/v1/holds", buyer, ask, 201, 3},
	} {
		sample, err := send(tc.method, s.url+tc.path, tc.token, fmt.Sprint(run, "-sample-", tc.method), tc.body, tc.status)
		if err != nil {
			b.Fatal(err)
		}
		bareURL, barePID := bare(b, sample)
		var ours, theirs []float64
		for round := range rounds + 1 {
			const n = 8000
			mine := perRequest(b, s.cmd.Process.Pid, n, func(i int) error {
				_, err := send(tc.method, s.url+tc.path, tc.token, fmt.Sprint(run, "-", round, "-", i), tc.body, tc.status)
				return err
			})
			other := perRequest(b, barePID, n, func(i int) error {
				_, err := send(tc.method, bareURL, tc.token, fmt.Sprint(run, "-", round, "-", i), tc.body, tc.status)
				return err
			})
			if round > 0 { // the first warms both up
				ours, theirs = append(ours, mine), append(theirs, other)
			}
		}
		t.row(tc.name, fmt.Sprintf("%.0f µs", median(ours)), fmt.Sprintf("%.0f µs bare", median(theirs)), median(ours)/median(theirs), limit{atMost: tc.atMost})
	}
}
