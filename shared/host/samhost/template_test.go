package samhost_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/host/samhost"
	"github.com/myevents/myevents/shared/testenv"
)

// The repository's own template is understood whole.
func TestPlan(t *testing.T) {
	got, err := samhost.Plan(filepath.Join(testenv.RepoRoot(t), "template.yaml"), "tickets")
	if err != nil || got[0] != 6 || got[1] < 40 || got[2] != 2 || got[3] != 2 || got[4] != 1 {
		t.Errorf("functions, routes, queues, streams, schedules: got %v and %v, want 6, 40 or more, 2, 2, 1", got, err)
	}
	if got, err := samhost.Plan("absent.yaml", "tickets"); err == nil {
		t.Errorf("an absent template: got %v, want an error", got)
	}
}

func TestRate(t *testing.T) {
	for text, want := range map[string]time.Duration{"rate(1 minute)": time.Minute, "rate(2 hours)": 2 * time.Hour, "rate(3 days)": 72 * time.Hour, "cron(* * * * ? *)": 0, "rate(0 minutes)": 0, "rate(x)": 0} {
		if got, err := samhost.Rate(text); got != want || (err == nil) != (want > 0) {
			t.Errorf("rate %q: got %v and %v, want %v", text, got, err, want)
		}
	}
}
