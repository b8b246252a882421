package e2e_test

import (
	"net/url"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/testenv"
)

// found pages through a search and returns how many different events it finds.
func (s *server) found(query string) int {
	s.t.Helper()
	seen := map[string]bool{}
	for cursor := ""; ; {
		page := into[struct {
			Items      []struct{ ID string }
			NextCursor string
		}](s.t, s.must(200, "GET", "/v1/events?limit=100&"+query+"&cursor="+cursor, "", nil))
		for _, e := range page.Items {
			if seen[e.ID] {
				s.t.Errorf("GET /v1/events?%s: got %s twice", query, e.ID)
			}
			seen[e.ID] = true
		}
		if cursor = page.NextCursor; cursor == "" {
			return len(seen)
		}
	}
}

// residentKiB is the memory that the server's process holds, in KiB; 0 where the system does not say.
func (s *server) residentKiB() int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(s.cmd.Process.Pid) + "/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kib, _ := strconv.Atoi(strings.Fields(rest)[0])
	return kib
}

func TestTickit_GoesInWhole(t *testing.T) {
	dir := testenv.TickitDir(t)
	s := start(t, t.TempDir())
	args := []string{"import", "tickit", dir, "--server", s.url, "--start-year", strconv.Itoa(time.Now().Year() + 1)}
	report := s.ctl(args...)
	if !strings.Contains(report, "8798 created") || !strings.Contains(report, "205 created") {
		t.Fatalf("import: got\n%s\nwant 205 locations and 8798 events", report)
	}
	for query, want := range map[string]int{"": 8798, "q=" + url.QueryEscape("mamma mi"): 92} {
		if got := s.found(query); got != want {
			t.Errorf("GET /v1/events?%s by pages: got %d events, want %d", query, got, want)
		}
	}
	if again := s.ctl(args...); !strings.Contains(again, " 0 created, 8798 existing") {
		t.Errorf("import again: got\n%s\nwant nothing new", again)
	}
	// What the import left behind is given back within moments; what stays is what the server uses.
	const most = 200_000_000 / 1024
	s.eventually(30*time.Second, "memory under 200 MB", func() bool { return s.residentKiB() <= most })
	t.Logf("memory after the import: %d KiB", s.residentKiB())
	if err := s.stop(); err != nil {
		t.Errorf("stop: got %v, want nil", err)
	}
	began := time.Now()
	s.run()
	if got := s.found("q=" + url.QueryEscape("mamma mi")); got != 92 {
		t.Errorf("after a restart: got %d events, want 92", got)
	}
	t.Logf("restarted and searched in %v", time.Since(began).Round(time.Millisecond))
}
