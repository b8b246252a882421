// Package testenv tells tests what the machine offers: live servers, the repository's folder, the public sample. What is
// missing skips a test on a developer's machine and fails it where CI=true, so that a full run cannot pass by skipping.
package testenv

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// Need returns the value of an environment variable that names something a test cannot do without. Where it is empty the
// test is skipped with hint, the command that would help; with CI=true it fails.
func Need(t testing.TB, name, hint string) string {
	t.Helper()
	if v := os.Getenv(name); v != "" {
		return v
	}
	missing(t, name+" is not set; "+hint)
	return ""
}

// Count returns the whole number, 1 or more, of an environment variable that makes a test longer or shorter; def where
// it is empty. Anything else fails the test.
func Count(t testing.TB, name string, def int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return def
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		t.Fatalf("%s: got %q, want a whole number from 1", name, text)
	}
	return n
}

// CI reports whether this is a full run, in which nothing may be missing.
func CI() bool { return os.Getenv("CI") == "true" }

// Torture reports whether the long versions of tests are asked for: MYEVENTS_TEST_TORTURE=1.
func Torture() bool { return os.Getenv("MYEVENTS_TEST_TORTURE") == "1" }

// RepoRoot returns the absolute path of the repository: the closest folder above the test's that has a go.mod.
func RepoRoot(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatalf("working folder: %v", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		up := filepath.Dir(dir)
		if up == dir {
			t.Fatal("no go.mod in any folder above")
		}
		dir = up
	}
}

// TickitDir returns the folder of the public TICKIT sample: MYEVENTS_TICKIT_DIR, or ../shared/data/tickit beside the
// repository. Where it is not there the test is skipped; with CI=true, or where the variable names it, it fails.
func TickitDir(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("MYEVENTS_TICKIT_DIR")
	named := dir != ""
	if !named {
		dir = filepath.Join(RepoRoot(t), "..", "shared", "data", "tickit")
	}
	if _, err := os.Stat(filepath.Join(dir, "allevents_pipe.txt")); err != nil {
		if named {
			t.Fatalf("MYEVENTS_TICKIT_DIR: %v", err)
		}
		missing(t, "no TICKIT sample in "+dir+"; set MYEVENTS_TICKIT_DIR to a folder with allevents_pipe.txt")
	}
	return dir
}

func missing(t testing.TB, what string) {
	t.Helper()
	if CI() {
		t.Fatal(what)
	}
	t.Skip(what)
}
