package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/store/embedstore"
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

// cpu is the processor time of a process so far, in seconds, from /proc/PID/stat at 100 ticks a second.
func cpu(b *testing.B, pid int) float64 {
	b.Helper()
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		b.Skipf("the system does not tell of a process's time: %v", err)
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+2:]))
	user, _ := strconv.ParseFloat(fields[11], 64)
	system, _ := strconv.ParseFloat(fields[12], 64)
	return (user + system) / 100
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

func benchHTTP(b *testing.B) {
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
		name, method, path, token, aim string
		body                           []byte
		status                         int
	}{
		{"CPU of the event page", "GET", "/v1/events/" + event.event, "", "≤ 1.5 ×", nil, 200},
		{"CPU of a hold", "POST", "/v1/holds", buyer, "≤ 3 ×", ask, 201},
	} {
		sample, err := send(tc.method, s.url+tc.path, tc.token, fmt.Sprint(run, "-sample-", tc.method), tc.body, tc.status)
		if err != nil {
			b.Fatal(err)
		}
		bareURL, barePID := bare(b, sample)
		var ours, theirs []float64
		for round := range rounds + 1 {
			const n = 3000
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
		row(tc.name, fmt.Sprintf("%.0f µs", median(ours)), fmt.Sprintf("%.0f µs bare", median(theirs)), median(ours)/median(theirs), tc.aim)
	}
}

// benchSearch measures a page of 20 found by a prefix, among few and among many events.
func benchSearch(b *testing.B) {
	words := strings.Fields("amber birch cedar delta ember fjord grove haven ivory jade karst lagoon maple north ocean pearl quartz river stone tide")
	for _, events := range []int{10_000, 100_000} {
		s := openStore(b)
		c := catalog.New(catalog.Deps{Store: s, Now: time.Now, NewID: func(prefix string) string { return id.New(prefix, time.Now()) }})
		venue := catalog.Location{
			ID: id.Derived(id.Location, "hall"), OrganisationID: "demo", Name: "Coliseu", City: "Lisboa", Country: "PT",
			TimeZone: "Europe/Lisbon", Halls: []catalog.Hall{{ID: id.Derived(id.Hall, "hall"), Name: "Hall", Version: 1}}, Version: 1,
		}
		if err := s.PutLocation(b.Context(), venue); err != nil {
			b.Fatal(err)
		}
		first := time.Now().AddDate(0, 1, 0).Truncate(time.Second).UTC()
		fill := make(chan int)
		done := make(chan error, 32)
		for range 32 {
			go func() {
				var failed error
				for n := range fill {
					if failed == nil {
						failed = index(s, c, n, words, first)
					}
				}
				done <- failed
			}()
		}
		for n := range events {
			fill <- n
		}
		close(fill)
		for range 32 {
			if err := <-done; err != nil {
				b.Fatal(err)
			}
		}
		for _, q := range []string{"", "amb", "amber tid", "quartz river 77"} {
			var took []float64
			for range rounds * 20 {
				began := time.Now()
				if _, err := c.Search(b.Context(), catalog.Actor{}, catalog.Query{Q: q}); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(began).Seconds()*1e3)
			}
			row(fmt.Sprintf("search %q among %d events", q, events), fmt.Sprintf("%.2f ms", median(took)), "", 0, "< 5 ms")
		}
		_ = s.Close()
	}
}

// index stores the nth event and its entries, as its publication would.
func index(s *embedstore.Store, c *catalog.Service, n int, words []string, first time.Time) error {
	e := catalog.Event{
		ID: id.Derived(id.Event, fmt.Sprint("search ", n)), OrganisationID: "demo", Category: "concert", Status: catalog.Published,
		Name:       fmt.Sprintf("%s %s %d", words[n%len(words)], words[n/len(words)%len(words)], n%1000),
		LocationID: id.Derived(id.Location, "hall"), HallID: id.Derived(id.Hall, "hall"), StartsAt: first.Add(time.Duration(n) * time.Minute),
		TimeZone: "Europe/Lisbon", Place: message.PlaceV1{Name: "Coliseu", City: "Lisboa", Country: "PT", HallName: "Hall"}, Version: 1,
		Layout: []message.SectionV1{{ID: id.Derived(id.Section, "floor"), Name: "Floor", Kind: catalog.Standing, Capacity: 1000}},
	}
	if err := s.PutEvent(context.Background(), e); err != nil {
		return err
	}
	return c.ApplyEvent(context.Background(), message.EventStateV1{EventID: e.ID, Version: 1})
}
