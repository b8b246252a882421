package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/testenv"
)

// The README's walk-through works by copy and paste: its very lines are run.
func TestReadme_WalkThrough(t *testing.T) {
	t.Parallel()
	walk(t, start(t, t.TempDir()))
}

// The lines that switch the platform to other servers do, and the walk-through works there.
func TestReadme_Switch(t *testing.T) {
	blocks := readmeBlocks(t, "switch")
	want(t, "blocks that switch", len(blocks), 2)
	for i, name := range []string{"mongodb-and-kafka", "dynamodb-and-rabbitmq"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, server := range []string{"DYNAMODB", "MONGODB", "AMQP", "KAFKA"} {
				testenv.Need(t, "MYEVENTS_TEST_"+server, everyServer)
			}
			// The servers run already, and instead of being run the platform's settings are told.
			cmd := exec.Command("bash", "-c", "set -euo pipefail\nlocalstack/up() { :; }\nmake() { env | grep -E '^MYEVENTS_(STORE|QUEUE)='; }\n"+blocks[i])
			cmd.Env = slices.DeleteFunc(os.Environ(), func(e string) bool {
				return strings.HasPrefix(e, "MYEVENTS_STORE=") || strings.HasPrefix(e, "MYEVENTS_QUEUE=")
			})
			out, err := cmd.CombinedOutput()
			settings := strings.Fields(string(out))
			if err != nil || len(settings) != 2 {
				t.Fatalf("switch: got %v and %s, want the two settings", err, out)
			}
			dir := t.TempDir()
			walk(t, start(t, dir, slices.Concat(awsKeys, []string{"MYEVENTS_DATA_DIR=" + dir}, settings)...))
		})
	}
}

// readmeBlocks returns what the README's blocks of a kind say.
func readmeBlocks(t *testing.T, kind string) (all []string) {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join(testenv.RepoRoot(t), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range regexp.MustCompile("(?s)```sh "+kind+"\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		all = append(all, b[1])
	}
	return all
}

// walk takes the README's walk-through on a server.
func walk(t *testing.T, s *server) {
	t.Helper()
	blocks := readmeBlocks(t, "walk")
	if len(blocks) < 6 {
		t.Fatalf("blocks of the walk-through: got %d, want them all", len(blocks))
	}
	script := "set -euo pipefail\n" + strings.Join(blocks, "")
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
