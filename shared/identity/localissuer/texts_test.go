package localissuer_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/identity/localissuer"
)

func source(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("read %s: got %v, want nil", name, err)
	}
	return string(b)
}

func textsOf(t testing.TB, lang string) map[string]string {
	t.Helper()
	var texts map[string]string
	if err := json.Unmarshal([]byte(source(t, "texts/"+lang+".json")), &texts); err != nil {
		t.Fatalf("texts in %s: got %v, want nil", lang, err)
	}
	return texts
}

func TestTexts_everyLanguageHasAll(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("texts/*")
	if err != nil || len(files) != len(languages) {
		t.Fatalf("texts: got %v %v, want one file for each of %v", files, err, languages)
	}
	verb := regexp.MustCompile(`%.`)
	english := textsOf(t, "en")
	for _, lang := range languages {
		texts := textsOf(t, lang)
		for key, text := range texts {
			if _, known := english[key]; !known {
				t.Errorf("%s in %s: got a text, want none, as in English", key, lang)
			}
			if strings.TrimSpace(text) != text || text == "" {
				t.Errorf("%s in %s: got %q, want a text without space around it", key, lang, text)
			}
		}
		for key, text := range english {
			if diff := cmp.Diff(verb.FindAllString(text, -1), verb.FindAllString(texts[key], -1)); texts[key] == "" || diff != "" {
				t.Errorf("%s in %s: got %q; verbs (-want +got)\n%s", key, lang, texts[key], diff)
			}
		}
	}
}

func TestTexts_areThoseInUse(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	calls := regexp.MustCompile(`(?:\.T|\.say\(|problem\w* = |text: |complaint\{"\w+",) ?"([\w.]+)"`)
	files, _ := filepath.Glob("*.go")
	for _, name := range append(files, "page.html") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content := source(t, name)
		for _, m := range calls.FindAllStringSubmatch(content, -1) {
			used[m[1]] = true
		}
		if name != "page.html" {
			for _, m := range regexp.MustCompile(`"(problem\.\w+)"`).FindAllStringSubmatch(content, -1) {
				used[m[1]] = true
			}
		}
	}
	for _, d := range localissuer.DemoAccounts() {
		used["demo."+string(d.Role)], used["demo."+string(d.Role)+".text"] = true, true
	}
	texts := textsOf(t, "en")
	for key := range used {
		if texts[key] == "" {
			t.Errorf("%s: got no text, want one", key)
		}
	}
	for key := range texts {
		if !used[key] {
			t.Errorf("%s: got a text that nothing says", key)
		}
	}
}

// Texts stand in the files for translators alone: what is left of the template without tags and actions is the product's name.
func TestTexts_noneInTheTemplate(t *testing.T) {
	t.Parallel()
	content := regexp.MustCompile(`(?s)\{\{.*?\}\}`).ReplaceAllString(source(t, "page.html"), "")
	for _, m := range regexp.MustCompile(`(?:aria-label|aria-description|title|alt|placeholder)="([^"]*)"`).FindAllStringSubmatch(content, -1) {
		if strings.TrimSpace(m[1]) != "" {
			t.Errorf("attribute: got %s, want a text from the files", m[0])
		}
	}
	words := regexp.MustCompile(`\pL+`).FindAllString(regexp.MustCompile(`(?s)<[^>]*>`).ReplaceAllString(content, " "), -1)
	if words = slices.DeleteFunc(words, func(w string) bool { return w == "MyEvents" }); len(words) > 0 {
		t.Errorf("template: got %v, want texts from the files alone", words)
	}
}

// The pages look as the web application does because their colours are its own.
func TestStyle_hasTheApplicationsColours(t *testing.T) {
	t.Parallel()
	property := regexp.MustCompile(`(?m)^ +(--[\w-]+|font-family): ([^;]+);`)
	app := map[string]string{}
	for _, m := range property.FindAllStringSubmatch(source(t, "../../../frontend/src/app/theme.css"), -1) {
		if _, twice := app[m[1]]; !twice {
			app[m[1]] = m[2]
		}
	}
	found := property.FindAllStringSubmatch(source(t, "style.css"), -1)
	if len(found) < 10 {
		t.Errorf("style.css: got %d properties, want the application's", len(found))
	}
	for _, m := range found {
		if app[m[1]] != m[2] {
			t.Errorf("style.css %s: got %q, want %q", m[1], m[2], app[m[1]])
		}
	}
}
