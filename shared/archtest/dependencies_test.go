package archtest_test

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/archtest"
	"github.com/myevents/myevents/shared/testenv"
)

// TestDependencies_Documented compares docs/dependencies.md with what the sources import and the web app requires.
func TestDependencies_Documented(t *testing.T) {
	root := testenv.RepoRoot(t)
	doc := read(t, root, "docs/dependencies.md")
	goPart, rest, _ := strings.Cut(doc, "\n## npm\n")
	npmPart, _, _ := strings.Cut(rest, "\n## Tools\n")

	compare(t, "Go", listed(goPart), directModules(t, root))

	var pkg struct{ Dependencies, DevDependencies map[string]string }
	if err := json.Unmarshal([]byte(read(t, root, "frontend/package.json")), &pkg); err != nil {
		t.Fatal(err)
	}
	var npm []string
	for _, m := range []map[string]string{pkg.Dependencies, pkg.DevDependencies} {
		for name := range m {
			npm = append(npm, name)
		}
	}
	compare(t, "npm", listed(npmPart), npm)
}

func compare(t *testing.T, what string, documented, used []string) {
	t.Helper()
	for _, name := range used {
		if !slices.Contains(documented, name) {
			t.Errorf("docs/dependencies.md, %s: got no %s, want a line that says why it is here", what, name)
		}
	}
	for _, name := range documented {
		if !slices.Contains(used, name) {
			t.Errorf("docs/dependencies.md, %s: got %s, which nothing uses", what, name)
		}
	}
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// listed returns the names in the first column of a document's tables.
func listed(part string) []string {
	var names []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(part, -1) {
		names = append(names, m[1])
	}
	return names
}

// directModules returns the modules of go.mod that a source file imports from, whatever go.mod's comments say.
func directModules(t *testing.T, root string) []string {
	t.Helper()
	var required []string
	for _, m := range regexp.MustCompile(`(?m)^\s*(?:require )?([a-z0-9.-]+\.[a-z]+/\S+) v\S+`).FindAllStringSubmatch(read(t, root, "go.mod"), -1) {
		required = append(required, m[1])
	}
	used := map[string]bool{}
	for _, top := range []string{"shared", "functions"} {
		err := fs.WalkDir(os.DirFS(root), top, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ImportsOnly)
			if err != nil {
				return err
			}
			for _, spec := range file.Imports {
				p, err := strconv.Unquote(spec.Path.Value)
				if err != nil || strings.HasPrefix(p, archtest.Module) {
					continue
				}
				best := ""
				for _, module := range required {
					if (p == module || strings.HasPrefix(p, module+"/")) && len(module) > len(best) {
						best = module
					}
				}
				if best != "" {
					used[best] = true
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	var all []string
	for module := range used {
		all = append(all, module)
	}
	slices.Sort(all)
	return all
}
