package testenv_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"

	"github.com/myevents/myevents/shared/testenv"
)

// recorder is a testing.TB that notes how a test would have ended. Fatal and Skip end the goroutine, as real ones do.
type recorder struct {
	testing.TB
	ended string
}

func (r *recorder) Helper()               {}
func (r *recorder) Fatal(...any)          { r.end("failed") }
func (r *recorder) Fatalf(string, ...any) { r.end("failed") }
func (r *recorder) Skip(...any)           { r.end("skipped") }
func (r *recorder) end(how string)        { r.ended = how; runtime.Goexit() }

// outcome runs f as a test would and returns what it returned and how it ended.
func outcome(t *testing.T, f func(testing.TB) string) (value, ended string) {
	t.Helper()
	r := &recorder{TB: t, ended: "went on"}
	got := make(chan string, 1)
	go func() {
		defer close(got)
		got <- f(r)
	}()
	value = <-got
	return value, r.ended
}

func TestNeed(t *testing.T) {
	for _, tc := range []struct{ name, ci, value, ended string }{
		{"there", "", "mongodb://x", "went on"},
		{"there-in-ci", "true", "mongodb://x", "went on"},
		{"missing", "", "", "skipped"},
		{"missing-in-ci", "true", "", "failed"},
		{"missing-and-ci-is-not-true", "1", "", "skipped"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("CI", tc.ci)
			t.Setenv("MYEVENTS_TEST_NEED", tc.value)
			got, ended := outcome(t, func(tb testing.TB) string { return testenv.Need(tb, "MYEVENTS_TEST_NEED", "start one") })
			if got != tc.value || ended != tc.ended {
				t.Errorf("Need: got %q, %s, want %q, %s", got, ended, tc.value, tc.ended)
			}
		})
	}
}

func TestCount(t *testing.T) {
	for _, tc := range []struct{ name, value, want, ended string }{
		{"empty", "", "5", "went on"},
		{"set", "50", "50", "went on"},
		{"zero", "0", "", "failed"},
		{"no-number", "many", "", "failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("MYEVENTS_TEST_COUNT", tc.value)
			got, ended := outcome(t, func(tb testing.TB) string { return strconv.Itoa(testenv.Count(tb, "MYEVENTS_TEST_COUNT", 5)) })
			if got != tc.want || ended != tc.ended {
				t.Errorf("Count: got %q, %s, want %q, %s", got, ended, tc.want, tc.ended)
			}
		})
	}
}

func TestTickitDir(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "allevents_pipe.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	empty := t.TempDir()
	for _, tc := range []struct{ name, dir, want, ended string }{
		{"named", full, full, "went on"},
		{"named-wrongly-is-a-mistake", empty, "", "failed"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Setenv("CI", "")
			t.Setenv("MYEVENTS_TICKIT_DIR", tc.dir)
			got, ended := outcome(t, testenv.TickitDir)
			if got != tc.want || ended != tc.ended {
				t.Errorf("TickitDir: got %q, %s, want %q, %s", got, ended, tc.want, tc.ended)
			}
		})
	}
}

func TestRepoRoot(t *testing.T) {
	if _, err := os.Stat(filepath.Join(testenv.RepoRoot(t), "shared", "testenv", "testenv.go")); err != nil {
		t.Errorf("RepoRoot: %v", err)
	}
}
