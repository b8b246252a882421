package archtest_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/shared/testenv"
)

// pinned is an image or an action at a version of two numbers or more, as in mongo:8.0.13 or actions/checkout@v4.2.2.
var pinned = regexp.MustCompile(`^[a-z0-9/._-]+[:@]v?\d+\.\d+[a-z0-9.-]*$`)

// compose is what the facts below are about in a compose file.
type compose struct {
	Services map[string]struct {
		Image       string
		Ports       []string
		Healthcheck struct {
			Test     []string
			Interval string
			Retries  int
		}
	}
}

// TestServers_Compose holds localstack/compose.yaml to what can be seen without Docker.
func TestServers_Compose(t *testing.T) {
	var file compose
	parse(t, "localstack/compose.yaml", &file)
	for _, name := range []string{"dynamodb", "elasticmq", "kafka", "localstack", "mongodb", "rabbitmq"} {
		if _, ok := file.Services[name]; !ok {
			t.Errorf("services: got no %s, want every server that a setting can name", name)
		}
	}
	taken := map[string]string{}
	for name, s := range file.Services {
		t.Run(name, func(t *testing.T) {
			if !pinned.MatchString(s.Image) {
				t.Errorf("image: got %q, want one at an exact version", s.Image)
			}
			if len(s.Ports) == 0 {
				t.Error("ports: got none")
			}
			for _, p := range s.Ports {
				host, port, ok := strings.Cut(p, ":")
				if !ok || host != "127.0.0.1" {
					t.Errorf("port %s: got host %s, want 127.0.0.1", p, host)
				}
				if other := taken[port]; other != "" {
					t.Errorf("port %s: got it for %s too", p, other)
				}
				taken[port] = name
			}
			h := s.Healthcheck
			if len(h.Test) < 2 || h.Interval == "" || h.Retries == 0 {
				t.Errorf("healthcheck: got %+v, want test, interval and retries", h)
			}
		})
	}
}

// TestServers_Workflow holds .github/workflows/ci.yml to what can be seen without GitHub.
func TestServers_Workflow(t *testing.T) {
	var file struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Container string
			Timeout   int `yaml:"timeout-minutes"`
			Env       map[string]string
			Steps     []struct{ Uses, Run string }
		}
	}
	parse(t, ".github/workflows/ci.yml", &file)
	if got := file.Permissions["contents"]; got != "read" || len(file.Permissions) != 1 {
		t.Errorf("permissions: got %v, want to read the contents alone", file.Permissions)
	}
	var runs []string
	for name, job := range file.Jobs {
		if job.Timeout == 0 {
			t.Errorf("%s: got no timeout-minutes", name)
		}
		if job.Container != "" && !pinned.MatchString(job.Container) {
			t.Errorf("%s: got container %q, want one at an exact version", name, job.Container)
		}
		for _, s := range job.Steps {
			if s.Uses != "" && !pinned.MatchString(s.Uses) {
				t.Errorf("%s: got action %q, want one at an exact version", name, s.Uses)
			}
			runs = append(runs, s.Run)
		}
	}
	if !slices.Contains(runs, ".ci/run") {
		t.Error("steps: got none that runs .ci/run")
	}
	for _, variable := range []string{"MYEVENTS_TEST_MONGODB", "MYEVENTS_TEST_AMQP", "MYEVENTS_TEST_KAFKA"} {
		if file.Jobs["servers"].Env[variable] == "" {
			t.Errorf("servers: got no %s", variable)
		}
	}
}

func parse(t *testing.T, name string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, testenv.RepoRoot(t), name)), into); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}
