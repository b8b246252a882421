package template_test

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/template"
	"github.com/myevents/myevents/shared/testenv"
)

// TestSamconfig: what "sam deploy" takes from samconfig.toml goes with the template, and builds are never taken from the cache,
// which does not see the packages that functions share.
func TestSamconfig(t *testing.T) {
	root := testenv.RepoRoot(t)
	text, err := os.ReadFile(filepath.Join(root, "samconfig.toml"))
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]string{}
	for _, part := range strings.Split("\n"+string(text), "\n[")[1:] {
		name, body, _ := strings.Cut(part, "]\n")
		sections[name] = body
	}
	for _, environment := range []string{"default", "prod"} {
		if !strings.Contains(sections[environment+".build.parameters"], "cached = false") {
			t.Errorf("%s: got %q, want cached = false", environment, sections[environment+".build.parameters"])
		}
		deploy := sections[environment+".deploy.parameters"]
		found := regexp.MustCompile(`parameter_overrides = "([^"]*)"`).FindStringSubmatch(deploy)
		if found == nil || !strings.Contains(deploy, `capabilities = "CAPABILITY_IAM"`) {
			t.Fatalf("%s: got %q, want parameters and the capability to make roles", environment, deploy)
		}
		parameters := maps.Clone(given)
		for pair := range strings.FieldsSeq(found[1]) {
			name, v, _ := strings.Cut(pair, "=")
			parameters[name] = v
		}
		if _, err := template.Read(filepath.Join(root, "template.yaml"), template.Options{Parameters: parameters}); err != nil {
			t.Errorf("%s: got %v, want what the template takes", environment, err)
		}
		if names := strings.Contains(found[1], "Payment="); names == (environment == "prod") {
			t.Errorf("%s: got %q, want the payment provider named, except where it has to be chosen", environment, found[1])
		}
	}
}
