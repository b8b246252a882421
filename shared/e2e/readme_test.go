package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/testenv"
)

// The README's walk-through works by copy and paste: its very lines are run.
func TestReadme_WalkThrough(t *testing.T) {
	root := testenv.RepoRoot(t)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := start(t, t.TempDir())
	script := "set -euo pipefail\n"
	blocks := regexp.MustCompile("(?s)```sh walk\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) < 6 {
		t.Fatalf("blocks of the walk-through: got %d, want them all", len(blocks))
	}
	for _, b := range blocks {
		script += b[1]
	}
	// The one difference: the tool comes from where the tests built it, and the picture goes beside the data.
	script = strings.ReplaceAll(script, "make -s token EMAIL=olga@example.org ROLE=organiser", filepath.Join(bin, "myeventsctl")+" token --email olga@example.org --role organiser")
	script = strings.ReplaceAll(script, "make -s token EMAIL=ana@example.org", filepath.Join(bin, "myeventsctl")+" token --email ana@example.org")
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = s.dir
	cmd.Env = append(environ(), "SERVER="+s.url, "MYEVENTS_STORE=embedded:"+s.dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("walk-through: %v\n%s", err, out)
	}
	got := strings.Fields(regexp.MustCompile(`http://\S+`).ReplaceAllString(string(out), "link"))
	if want := "published confirmed link admitted alreadyIn 4500 2"; strings.Join(got, " ") != want {
		t.Errorf("walk-through: got %v, want %s", got, want)
	}
	picture, err := os.ReadFile(filepath.Join(s.dir, "ticket.svg"))
	if err != nil || !strings.HasPrefix(string(picture), "<svg") {
		t.Errorf("ticket.svg: got %.20q and %v, want a picture", picture, err)
	}
}
