package localissuer

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"html/template"
	"net/http"
	"net/url"

	"github.com/myevents/myevents/shared/identity"
)

//go:embed page.html
var pageSource string

//go:embed style.css
var styleSource []byte

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// styleURL changes with the style sheet, so that browsers may keep it.
var styleURL = func() string {
	sum := sha256.Sum256(styleSource)
	return pathStyle + "?v=" + hex.EncodeToString(sum[:8])
}()

// pagePolicy lets the page load its own style sheet and the application's mark, post to this origin, and nothing else.
const pagePolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is what page.html shows.
type page struct {
	speech
	Title   string
	Path    string // the page's own, where its form goes
	Other   string // sign-up from sign-in, and back
	SignUp  bool
	Gone    bool // nothing to fill in, only a way back
	Request string
	Token   string
	Problem string // with the whole, rather than with a field
	Fields  []field
	Demo    []demoChoice
	DemoKey string
	Style   string
}

const problemTaken = "problem.taken"

// field is one that is filled in.
type field struct {
	Name, Type, Autocomplete, Dir string
	Label, Value, Hint, Problem   string
	Focus                         bool
	Taken                         bool // the problem is an account that one may have oneself: it offers to sign in
}

// demoChoice is a demo account to choose.
type demoChoice struct {
	Role               identity.Role
	Email, Title, Text string
}

// Failed reports whether the page says that something went wrong.
func (p page) Failed() bool {
	for _, f := range p.Fields {
		if f.Problem != "" {
			return true
		}
	}
	return p.Problem != ""
}

// languageChoice is a link to the same page in another language.
type languageChoice struct {
	Lang, Name, URL string
	Current         bool
}

func (p page) Languages() (all []languageChoice) {
	for _, s := range speeches {
		all = append(all, languageChoice{s.Lang, s.say("language"), pageURL(p.Path, p.Request, s), s.Lang == p.Lang})
	}
	return all
}

func pageURL(path, request string, s speech) string {
	q := url.Values{"ui_locales": {s.Lang}}
	if request != "" {
		q.Set("request", request)
	}
	return path + "?" + q.Encode()
}

// complain notes what is wrong with a field; the first such field gets the focus.
func (p *page) complain(c complaint) {
	focus := !p.Failed()
	for n := range p.Fields {
		if f := &p.Fields[n]; f.Name == c.field {
			f.Problem, f.Focus, f.Taken = p.say(c.text, c.args...), focus, c.text == problemTaken
			f.Hint = "" // the problem says the same, and more
		}
	}
}

func (p *page) emailField(value string) field {
	return field{Name: "email", Type: "email", Autocomplete: "username", Dir: "ltr", Label: p.say("email"), Value: value}
}

// speechOf chooses the language of the answer to r.
func speechOf(r *http.Request) speech {
	return speechFor(r.FormValue("ui_locales"), r.Header.Get("Accept-Language"))
}

func (i *Issuer) loginPage(r *http.Request, req authRequest, email string) page {
	s := speechOf(r)
	p := page{
		speech: s, Title: s.say("signIn"), Path: pathLogin, Other: pageURL(pathSignUp, req.id, s),
		Request: req.id, Token: i.seal.formToken(req.browser, req.id),
	}
	p.Fields = []field{
		p.emailField(email),
		{Name: "password", Type: "password", Autocomplete: "current-password", Dir: "ltr", Label: s.say("password")},
	}
	if i.cfg.DemoPassword != "" {
		p.DemoKey = i.cfg.DemoPassword
		for _, d := range DemoAccounts() {
			key := "demo." + string(d.Role)
			p.Demo = append(p.Demo, demoChoice{Role: d.Role, Email: d.Email, Title: s.say(key), Text: s.say(key + ".text")})
		}
	}
	return p
}

func (i *Issuer) signUpPage(r *http.Request, req authRequest, name, email string) page {
	s := speechOf(r)
	p := page{
		speech: s, Title: s.say("signUp"), SignUp: true, Path: pathSignUp, Other: pageURL(pathLogin, req.id, s),
		Request: req.id, Token: i.seal.formToken(req.browser, req.id),
	}
	p.Fields = []field{
		{Name: "name", Type: "text", Autocomplete: "name", Dir: "auto", Label: s.say("name"), Value: name},
		p.emailField(email),
		{
			Name: "password", Type: "password", Autocomplete: "new-password", Dir: "ltr", Label: s.say("password"),
			Hint: s.say("passwordHint", minPassword),
		},
	}
	return p
}

// gone answers where there is no sign-in to go on with: too old, finished, or begun in another browser.
func (i *Issuer) gone(w http.ResponseWriter, r *http.Request) {
	s := speechOf(r)
	i.write(w, http.StatusBadRequest, page{speech: s, Title: s.say("gone"), Path: pathLogin, Gone: true})
}

func (i *Issuer) write(w http.ResponseWriter, status int, p page) {
	p.Style = styleURL
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", p.Lang)
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

func (i *Issuer) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(styleSource)
}
