package e2e_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/testenv"
)

func TestContract_Token(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() + "/new/folder"
	run := func(args ...string) (out, faults string, err error) {
		cmd := exec.Command(filepath.Join(bin, "myeventsctl"), append([]string{"token"}, args...)...)
		cmd.Env = append(environ(), "MYEVENTS_STORE=embedded:"+dir)
		var o, e bytes.Buffer
		cmd.Stdout, cmd.Stderr = &o, &e
		err = cmd.Run()
		return o.String(), e.String(), err
	}
	// Before there is a folder, let alone a server.
	early, faults, err := run("--email", "Ana@One.example")
	if err != nil || faults != "" || !regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+\n$`).MatchString(early) {
		t.Fatalf("token: got %q and %q, %v, want a token and a newline alone", early, faults, err)
	}
	s := start(t, dir)
	type user struct {
		ID, Email            string
		Roles, Organisations []string
	}
	ana := get[user](s, "/v1/me", strings.TrimSpace(early))
	want(t, "roles", ana.Roles, []string{"attendee"})
	late, _, _ := run("--email", "ana@one.example", "--role", "staff", "--org", "two")
	again := get[user](s, "/v1/me", strings.TrimSpace(late))
	want(t, "same e-mail, same user", again.ID, ana.ID)
	want(t, "role", slices.Contains(again.Roles, "staff"), true)
	want(t, "organisation", again.Organisations, []string{"two"})
	for _, role := range []string{"attendee", "organiser", "staff", "admin"} {
		token, _, err := run("--email", "x@one.example", "--role", role)
		if err != nil {
			t.Fatalf("token of %s: %v", role, err)
		}
		who := get[user](s, "/v1/me", strings.TrimSpace(token))
		want(t, role, slices.Contains(who.Roles, role), true)
		if role == "organiser" {
			want(t, "default organisation", who.Organisations, []string{"demo"})
		}
	}
	for _, wrong := range [][]string{{}, {"--email", ""}, {"--email", "nonsense"}, {"--email", "a@b.example", "--role", "king"}, {"--email", "a@b.example", "--org", "a b"}, {"--nonsense"}} {
		if out, faults, err := run(wrong...); err == nil || out != "" || faults == "" {
			t.Errorf("token %v: got %q, %q and %v, want a reason on standard error alone", wrong, out, faults, err)
		}
	}
	// The issuer's name does not depend on the address: the token outlives a restart on another port.
	s.kill()
	s.run()
	want(t, "after a restart", get[user](s, "/v1/me", strings.TrimSpace(early)).ID, ana.ID)
}

func TestContract_MakeToken(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir())
	cmd := exec.Command("make", "-s", "token", "EMAIL=olga@one.example", "ROLE=organiser", "ORG=three")
	cmd.Dir = testenv.RepoRoot(t)
	cmd.Env = append(environ(), "MYEVENTS_STORE=embedded:"+s.dir)
	out, err := cmd.Output()
	if err != nil || strings.Count(string(out), "\n") != 1 {
		t.Fatalf("make -s token: got %q and %v, want a token and a newline alone", out, err)
	}
	who := get[struct{ Roles, Organisations []string }](s, "/v1/me", strings.TrimSpace(string(out)))
	want(t, "role", slices.Contains(who.Roles, "organiser"), true)
	want(t, "organisation", who.Organisations, []string{"three"})
}

func TestContract_Service(t *testing.T) {
	t.Parallel()
	admin := freeAddress(t)
	s := start(t, t.TempDir(), "MYEVENTS_ADMIN_ADDR="+admin)
	for _, path := range []string{"/healthz", "/readyz", "/openapi.json", "/docs", "/.well-known/myevents-ticket-keys", "/"} {
		s.must(200, "GET", path, "", nil)
	}
	has(t, "document", get[object](s, "/openapi.json", ""), "openapi", "paths", "components")
	if page := s.must(200, "GET", "/", "", nil); !strings.HasPrefix(page.header.Get("Content-Type"), "text/html") {
		t.Errorf("/: got %s, want a page", page.header.Get("Content-Type"))
	}
	if page := string(s.must(200, "GET", "/docs", "", nil).body); regexp.MustCompile(`(src|href)="(https?:)?//`).MatchString(page) {
		t.Error("/docs: got a link to load from elsewhere, want it to work without internet")
	}
	for path, holds := range map[string]string{"/metrics": "myevents_", "/debug/pprof/": "goroutine"} {
		resp, err := client.Get("http://" + admin + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), holds) {
			t.Errorf("admin %s: got %d, want 200 with %s", path, resp.StatusCode, holds)
		}
		if a := s.raw("GET", path, "", "", nil); a.status == 200 && strings.Contains(string(a.body), holds) {
			t.Errorf("%s: got it on the public listener, want it on the admin's alone", path)
		}
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: got %v, want nil", err)
	}
}

func TestContract_Seed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := start(t, dir, "MYEVENTS_SEED=")
	countries, categories, n := map[string]bool{}, map[string]bool{}, 0
	s.eventually(20*time.Second, "demo data", func() bool {
		n = 0
		for cursor := ""; ; {
			p := get[page[struct {
				ID, Category string
				Location     struct{ Country string }
			}]](s, "/v1/events?limit=100&cursor="+cursor, "")
			for _, e := range p.Items {
				countries[e.Location.Country], categories[e.Category] = true, true
				n++
			}
			if cursor = p.NextCursor; cursor == "" {
				return n >= 60 && len(countries) >= 25 && len(categories) >= 11
			}
		}
	})
	t.Logf("demo data: %d events in %d countries, %d categories", n, len(countries), len(categories))
	none := start(t, t.TempDir())
	want(t, "MYEVENTS_SEED=none", len(get[page[object]](none, "/v1/events", "").Items), 0)
}

// Settings that mean nothing are refused at start, by name.
func TestContract_Settings(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{"MYEVENTS_HOLD_TTL=soon", "MYEVENTS_HOLD_TTL=-1s", "MYEVENTS_SEED=everything", "MYEVENTS_PAYMENT=gold", "MYEVENTS_STORE=nonsense:", "MYEVENTS_QUEUE=nonsense:", "MYEVENTS_ADDR=nowhere"} {
		cmd := exec.Command(filepath.Join(bin, "server"))
		cmd.Env = append(environ(), "MYEVENTS_ADDR=127.0.0.1:0", "MYEVENTS_ADMIN_ADDR=127.0.0.1:0", "MYEVENTS_STORE=embedded:"+t.TempDir(), setting)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(10*time.Second, func() { _ = cmd.Process.Signal(os.Kill) })
		err := cmd.Wait()
		name, _, _ := strings.Cut(setting, "=")
		if !timer.Stop() || err == nil || !strings.Contains(out.String(), name) {
			t.Errorf("%s: got %v and %s, want it refused by name", setting, err, out.String())
		}
	}
}

// freeAddress is one where nobody listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}
