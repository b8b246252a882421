package localissuer_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

// languages of the web application.
var languages = []string{"en", "es", "fr", "de", "pt", "ar"}

var (
	htmlTag   = regexp.MustCompile(`<html lang="([a-z]+)" dir="([a-z]+)">`)
	inputTag  = regexp.MustCompile(`<input id="([^"]+)"[^>]*>`)
	attribute = regexp.MustCompile(`([a-z-]+)(?:="([^"]*)")?`)
)

func languageOf(t testing.TB, page answer) (lang, dir string) {
	t.Helper()
	m := htmlTag.FindStringSubmatch(page.body)
	if m == nil {
		t.Fatalf("page: got %d %s, want one with lang and dir", page.status, page.body)
	}
	return m[1], m[2]
}

// inputs returns the attributes of the fields that are filled in, by id.
func inputs(page string) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, m := range inputTag.FindAllStringSubmatch(page, -1) {
		all[m[1]] = map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(strings.TrimPrefix(m[0], "<input"), -1) {
			all[m[1]][a[1]] = html.UnescapeString(a[2])
		}
	}
	return all
}

// elementText returns what the paragraph of that id says.
func elementText(page, id string) string {
	m := regexp.MustCompile(`(?s)<p [^>]*id="` + id + `">(.*?)</p>`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func title(page string) string {
	_, rest, _ := strings.Cut(page, "<title>")
	text, _, _ := strings.Cut(rest, "</title>")
	return html.UnescapeString(text)
}

// openIn begins a sign-in in a language and shows path: sign-in or sign-up.
func (b *browser) openIn(path, language string) answer {
	b.t.Helper()
	_, challenge := pkce()
	a := b.authorize(challenge, url.Values{"ui_locales": {language}})
	return b.get(path + "?" + a.location.RawQuery)
}

func TestPage_language(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	for _, tc := range []struct {
		name, asked, accepted string
		lang, dir             string
	}{
		{"nothing-said", "", "", "en", "ltr"},
		{"asked", "de", "", "de", "ltr"},
		{"asked-before-accepted", "ar", "fr,en;q=0.8", "ar", "rtl"},
		{"accepted", "", "fr,en;q=0.8", "fr", "ltr"},
		{"accepted-by-weight", "", "en;q=0.3,es;q=0.9", "es", "ltr"},
		{"accepted-of-a-country", "", "pt-BR,en;q=0.5", "pt", "ltr"},
		{"asked-of-a-country", "ar-EG", "", "ar", "rtl"},
		{"first-one-known", "xx nl-Latn de", "", "de", "ltr"},
		{"order-of-asking", "fr de", "", "fr", "ltr"},
		{"unknown-falls-to-accepted", "ja", "es", "es", "ltr"},
		{"unknown-falls-to-english", "ja", "zh-CN,ja;q=0.5", "en", "ltr"},
		{"any", "", "*", "en", "ltr"},
		{"nonsense", `"><b>`, ";;q=x,=", "en", "ltr"},
		{"endless", strings.Repeat("de-", 500), strings.Repeat("-a", 2000), "en", "ltr"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, here, h)
			b.header.Set("Accept-Language", tc.accepted)
			for _, path := range []string{"/oauth/login", "/oauth/signup"} {
				page := b.openIn(path, tc.asked)
				if lang, dir := languageOf(t, page); lang != tc.lang || dir != tc.dir {
					t.Errorf("GET %s: got %s %s, want %s %s", path, lang, dir, tc.lang, tc.dir)
				}
				if got := page.header.Get("Content-Language"); got != tc.lang {
					t.Errorf("GET %s Content-Language: got %q, want %s", path, got, tc.lang)
				}
			}
			// Where there is no sign-in, there is still who asks.
			gone := b.get("/oauth/login?request=x&ui_locales=" + url.QueryEscape(tc.asked))
			if lang, dir := languageOf(t, gone); gone.status != http.StatusBadRequest || lang != tc.lang || dir != tc.dir {
				t.Errorf("GET no sign-in: got %d %s %s, want 400 %s %s", gone.status, lang, dir, tc.lang, tc.dir)
			}
		})
	}
}

func TestPage_changesLanguage(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	for _, path := range []string{"/oauth/login", "/oauth/signup"} {
		b := newBrowser(t, here, h)
		page := b.openIn(path, "fr")
		for _, lang := range languages {
			m := regexp.MustCompile(`<a href="([^"]+)" lang="` + lang + `"`).FindStringSubmatch(page.body)
			if m == nil {
				t.Fatalf("GET %s: got no link to %s", path, lang)
			}
			next := b.get(html.UnescapeString(m[1]))
			if got, _ := languageOf(t, next); next.status != http.StatusOK || got != lang {
				t.Errorf("GET %s: got %d %s, want 200 %s", m[1], next.status, got, lang)
			}
			// Whoever goes on, or makes a mistake, stays in it.
			wrong := form(next.body, person("nobody", password))
			wrong.Set("ui_locales", inputValue(next.body, "ui_locales"))
			if got, _ := languageOf(t, b.post(path, wrong)); got != lang {
				t.Errorf("POST %s: got %s, want %s", path, got, lang)
			}
			other := regexp.MustCompile(`<p class="other">.*<a href="([^"]+)"`).FindStringSubmatch(next.body)
			if got, _ := languageOf(t, b.get(html.UnescapeString(other[1]))); got != lang {
				t.Errorf("GET %s: got %s, want %s", other[1], got, lang)
			}
		}
	}
}

func inputValue(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `" value="([^"]*)"`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return html.UnescapeString(m[1])
}

func TestPage_fields(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	for _, tc := range []struct {
		path string
		want map[string]string // autocomplete by field
	}{
		{"/oauth/login", map[string]string{"email": "username", "password": "current-password"}},
		{"/oauth/signup", map[string]string{"name": "name", "email": "username", "password": "new-password"}},
	} {
		for _, lang := range languages {
			page := newBrowser(t, here, h).openIn(tc.path, lang).body
			got := inputs(page)
			if len(got) != len(tc.want) {
				t.Errorf("GET %s %s: got fields %v, want %v", tc.path, lang, got, tc.want)
			}
			for name, autocomplete := range tc.want {
				if got[name]["autocomplete"] != autocomplete || !strings.Contains(page, `<label for="`+name+`">`) {
					t.Errorf("GET %s %s %s: got %v, want a label and autocomplete %s", tc.path, lang, name, got[name], autocomplete)
				}
				if _, invalid := got[name]["aria-invalid"]; invalid {
					t.Errorf("GET %s %s %s: got invalid, want it not yet", tc.path, lang, name)
				}
			}
		}
	}
}

func TestPage_problemsAtTheirFields(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	newBrowser(t, here, h).signIn("/oauth/signup", "taken@example.org", password)
	for _, tc := range []struct {
		name, path string
		change     url.Values
		status     int
		texts      map[string]string // the text's key by field
		focus      string
	}{
		{"no-address", "/oauth/login", url.Values{"email": {"ana"}}, 422, map[string]string{"email": "problem.email"}, "email"},
		{"no-password", "/oauth/login", url.Values{"password": {""}}, 422, map[string]string{"password": "problem.passwordMissing"}, "password"},
		{
			"nothing", "/oauth/login",
			url.Values{"email": {""}, "password": {""}},
			422,
			map[string]string{"email": "problem.email", "password": "problem.passwordMissing"},
			"email",
		},
		{"wrong-password", "/oauth/login", url.Values{"password": {"wrong password"}}, 401, map[string]string{"password": "problem.wrong"}, "password"},
		{"unknown-account", "/oauth/login", url.Values{"email": {"nobody@example.org"}}, 401, map[string]string{"password": "problem.wrong"}, "password"},
		{"long-name", "/oauth/signup", url.Values{"name": {strings.Repeat("ä", 101)}}, 422, map[string]string{"name": "problem.name"}, "name"},
		{"taken", "/oauth/signup", nil, 409, map[string]string{"email": "problem.taken"}, "email"},
		{"short-password", "/oauth/signup", url.Values{"password": {"1234567"}}, 422, map[string]string{"password": "problem.passwordShort"}, "password"},
		{
			"long-password", "/oauth/signup",
			url.Values{"password": {strings.Repeat("x", 129)}},
			422,
			map[string]string{"password": "problem.passwordLong"},
			"password",
		},
		{"garbled-password", "/oauth/signup", url.Values{"password": {"\xff2345678"}}, 422, map[string]string{"password": "problem.passwordUnreadable"}, "password"},
		{
			"all-three", "/oauth/signup",
			url.Values{"name": {""}, "email": {"ana"}, "password": {"short"}},
			422,
			map[string]string{"name": "problem.nameMissing", "email": "problem.email", "password": "problem.passwordShort"},
			"name",
		},
	} {
		for _, lang := range languages {
			t.Run(tc.name+"/"+lang, func(t *testing.T) {
				t.Parallel()
				b := newBrowser(t, here, h)
				b.header.Set("Accept-Language", lang)
				page := b.openIn(tc.path, lang)
				sent := form(page.body, person("taken@example.org", password))
				for k, v := range tc.change {
					sent[k] = v
				}
				a := b.post(tc.path, sent)
				if a.status != tc.status {
					t.Fatalf("POST: got %d %s, want %d", a.status, a.body, tc.status)
				}
				say := textsOf(t, lang)
				fields := inputs(a.body)
				for name, got := range fields {
					key, wrong := tc.texts[name]
					if _, invalid := got["aria-invalid"]; invalid != wrong {
						t.Errorf("%s: got invalid %v, want %v", name, invalid, wrong)
					}
					if _, focused := got["autofocus"]; focused != (name == tc.focus) {
						t.Errorf("%s: got focus %v, want it at %s", name, focused, tc.focus)
					}
					if _, kept := got["value"]; kept != (name != "password" && sent.Get(name) != "") {
						t.Errorf("%s: got value %q, want what was typed, and never the password", name, got["value"])
					}
					if !wrong {
						continue
					}
					if got["aria-describedby"] != name+"-problem" {
						t.Errorf("%s: got described by %q, want its problem", name, got["aria-describedby"])
					}
					if text := elementText(a.body, name+"-problem"); !strings.HasPrefix(text, beforeVerb(say[key])) {
						t.Errorf("%s: got %q, want %q", name, text, say[key])
					}
				}
				if want := strings.Replace(say["failed"], "%s", "", 1); !strings.HasPrefix(title(a.body), strings.TrimSpace(want)) {
					t.Errorf("title: got %q, want it to begin with %q", title(a.body), want)
				}
				if got := strings.Contains(elementText(a.body, "email-problem"), `<a href="/oauth/login?`); got != (tc.name == "taken") {
					t.Errorf("offer to sign in: got %v in %s", got, elementText(a.body, "email-problem"))
				}
			})
		}
	}
}

func beforeVerb(text string) string { before, _, _ := strings.Cut(text, "%"); return before }

// failing are accounts that cannot be reached, or of which there may be no more.
type failing struct {
	localissuer.Accounts
	read, put error
}

func (f failing) Account(ctx context.Context, email string) (localissuer.Account, error) {
	if f.read != nil {
		return localissuer.Account{}, f.read
	}
	return f.Accounts.Account(ctx, email)
}

func (f failing) PutAccount(context.Context, localissuer.Account) (localissuer.Account, error) {
	return localissuer.Account{}, f.put
}

func TestPage_problemsOfTheWhole(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, path string
		accounts   failing
		tries      int
		status     int
		text       string
	}{
		{"away", "/oauth/login", failing{read: fault.New(fault.Unavailable, "", "away")}, 1, 503, "problem.away"},
		{"away-on-signing-up", "/oauth/signup", failing{put: fault.New(fault.Unavailable, "", "away")}, 1, 503, "problem.away"},
		{"full", "/oauth/signup", failing{put: fault.New(fault.Conflict, "", "full")}, 1, 409, "problem.full"},
		{"too-many", "/oauth/login", failing{read: fault.New(fault.Unavailable, "", "away")}, 11, 429, "problem.tooMany"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, lang := range languages {
				tc.accounts.Accounts = openAccounts(t)
				h := direct{newIssuer(t, localissuer.Config{Accounts: tc.accounts}).Handler()}
				b := newBrowser(t, here, h)
				b.header.Set("Accept-Language", lang)
				sent := form(b.openIn(tc.path, lang).body, person("ana@example.org", password))
				var a answer
				for range tc.tries {
					a = b.post(tc.path, sent)
				}
				alert := `<div class="notice" role="alert" tabindex="-1" autofocus>`
				if _, after, ok := strings.Cut(a.body, alert); a.status != tc.status || !ok ||
					!strings.Contains(html.UnescapeString(after), "<p>"+textsOf(t, lang)[tc.text]+"</p>") {
					t.Errorf("POST in %s: got %d %s, want %d and %s", lang, a.status, a.body, tc.status, textsOf(t, lang)[tc.text])
				}
				if strings.Contains(a.body, password) || inputs(a.body)["email"]["value"] != "ana@example.org" {
					t.Errorf("POST in %s: got %s, want the address kept, and not the password", lang, a.body)
				}
			}
		})
	}
}

func TestPage_escapes(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	const nasty = `"><img src=x onerror=alert(1)>'&amp;{{.Token}}`
	b := newBrowser(t, here, h)
	_, challenge := pkce()
	hinted := b.authorize(challenge, url.Values{"login_hint": {nasty}, "ui_locales": {nasty}})
	page := b.get("/oauth/login?" + hinted.location.RawQuery)
	for where, body := range map[string]string{
		"login_hint": page.body,
		"ui_locales": b.get("/oauth/login?" + hinted.location.RawQuery + "&ui_locales=" + url.QueryEscape(nasty)).body,
		"request":    b.get("/oauth/login?request=" + url.QueryEscape(nasty)).body,
		"form": b.post("/oauth/signup", form(page.body, url.Values{
			"name": {nasty}, "email": {nasty}, "password": {nasty}, "ui_locales": {nasty},
		})).body,
	} {
		if strings.Contains(body, "<img src=x") || !strings.Contains(body, "<html lang=") {
			t.Errorf("%s: got %s, want it as text", where, body)
		}
	}
	if got := inputs(page.body)["email"]["value"]; got != nasty {
		t.Errorf("login_hint: got %q, want %q", got, nasty)
	}
}

func TestPage_demo(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{DemoPassword: localissuer.DemoPassword}).Handler()}
	for _, lang := range languages {
		page, say := newBrowser(t, here, h).openIn("/oauth/login", lang).body, textsOf(t, lang)
		for _, d := range localissuer.DemoAccounts() {
			_, after, ok := strings.Cut(page, `<button class="demo" type="submit" name="demo" value="`+d.Email+`">`)
			button, _, _ := strings.Cut(after, "</button>")
			for _, want := range []string{say["demo."+string(d.Role)], say["demo."+string(d.Role)+".text"], d.Email} {
				if !ok || want == "" || !strings.Contains(html.UnescapeString(button), want) {
					t.Errorf("page in %s, %s: got %s, want %s", lang, d.Email, button, want)
				}
			}
		}
		// Enter in a field sends the first button of its form, which must be that of signing in.
		if first, demo := strings.Index(page, "</form>"), strings.Index(page, `name="demo"`); first < 0 || demo < first {
			t.Errorf("page in %s: the demo accounts are in the form that is filled in", lang)
		}
	}
}
