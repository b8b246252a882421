package localissuer

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html/template"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

//go:embed page.html
var pageSource string

//go:embed style.css
var styleSource []byte

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// pagePolicy lets the page load its own style sheet and post to this origin, and nothing else.
const pagePolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// page is what page.html shows.
type page struct {
	Title   string
	SignUp  bool
	Gone    bool   // nothing to fill in, only a way back
	Action  string // where the form goes
	Other   string // sign-up from sign-in, and back
	Request string
	Token   string
	Email   string
	Name    string
	Problem string            // what went wrong with the whole
	Fields  map[string]string // and with single fields
	Demo    []DemoAccount
	DemoKey string

	MinPassword, MaxPassword int
}

func (i *Issuer) write(w http.ResponseWriter, status int, p page) {
	p.MinPassword, p.MaxPassword = minPassword, maxPassword
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("X-Frame-Options", "DENY")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w)
}

func (i *Issuer) style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_, _ = w.Write(styleSource)
}

// gone answers where there is no sign-in to go on with: too old, finished, or begun in another browser.
func (i *Issuer) gone(w http.ResponseWriter, _ *http.Request) {
	i.write(w, http.StatusBadRequest, page{Title: "Please start again", Gone: true})
}

// open returns the sign-in that a page is for; false where it has answered already.
func (i *Issuer) open(w http.ResponseWriter, r *http.Request) (authRequest, bool) {
	req, ok := i.store.requests.find(r.FormValue("request"), visitOf(r.Context()).browser)
	if !ok {
		i.gone(w, r)
		return authRequest{}, false
	}
	if req.done {
		http.Redirect(w, r, pathCallback+"?id="+req.id, http.StatusSeeOther)
		return authRequest{}, false
	}
	return req, true
}

// openForm is open for a form that was sent: only from our own page in the same browser.
func (i *Issuer) openForm(w http.ResponseWriter, r *http.Request) (authRequest, bool) {
	if err := r.ParseForm(); err != nil {
		status := http.StatusBadRequest
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the form cannot be read", status)
		return authRequest{}, false
	}
	id, browser := r.PostForm.Get("request"), visitOf(r.Context()).browser
	if new(http.CrossOriginProtection).Check(r) != nil || !i.seal.validFormToken(r.PostForm.Get("token"), browser, id) {
		i.gone(w, r)
		return authRequest{}, false
	}
	return i.open(w, r)
}

func (i *Issuer) loginPage(req authRequest) page {
	p := page{
		Title: "Sign in", Action: pathLogin, Other: pathSignUp + "?request=" + req.id,
		Request: req.id, Token: i.seal.formToken(req.browser, req.id), Email: req.loginHint,
	}
	if i.cfg.DemoPassword != "" {
		p.Demo, p.DemoKey = DemoAccounts(), i.cfg.DemoPassword
	}
	return p
}

func (i *Issuer) signUpPage(req authRequest) page {
	return page{
		Title: "Create an account", SignUp: true, Action: pathSignUp, Other: pathLogin + "?request=" + req.id,
		Request: req.id, Token: i.seal.formToken(req.browser, req.id), Email: req.loginHint,
	}
}

func (i *Issuer) showLogin(w http.ResponseWriter, r *http.Request) {
	if req, ok := i.open(w, r); ok {
		i.write(w, http.StatusOK, i.loginPage(req))
	}
}

func (i *Issuer) showSignUp(w http.ResponseWriter, r *http.Request) {
	if req, ok := i.open(w, r); ok {
		i.write(w, http.StatusOK, i.signUpPage(req))
	}
}

func (i *Issuer) login(w http.ResponseWriter, r *http.Request) {
	req, ok := i.openForm(w, r)
	if !ok {
		return
	}
	email, password := r.PostForm.Get("email"), r.PostForm.Get("password")
	if demo := r.PostForm.Get("demo"); demo != "" && i.cfg.DemoPassword != "" {
		email, password = demo, i.cfg.DemoPassword
	}
	p := i.loginPage(req)
	p.Email = email
	address, err := NormaliseEmail(email)
	if err != nil {
		p.Fields = map[string]string{"email": emailProblem}
		i.write(w, http.StatusUnprocessableEntity, p)
		return
	}
	place := visitOf(r.Context()).address
	wait, ok := i.byPlace.take(place)
	if ok {
		wait, ok = i.byName.take(address)
	}
	if !ok {
		i.tooMany(w, p, wait)
		return
	}
	account, err := i.cfg.Accounts.Account(r.Context(), address)
	if err != nil && !fault.Is(err, fault.NotFound) {
		i.broken(w, p)
		return
	}
	same, err := i.hasher.matches(r.Context(), account.Password, password)
	if err != nil {
		i.broken(w, p)
		return
	}
	if !same {
		p.Problem = "This e-mail address and password do not belong together."
		i.write(w, http.StatusUnauthorized, p)
		return
	}
	i.byPlace.giveBack(place)
	i.byName.giveBack(address)
	i.finish(w, r, req, p, account)
}

func (i *Issuer) signUp(w http.ResponseWriter, r *http.Request) {
	req, ok := i.openForm(w, r)
	if !ok {
		return
	}
	form := r.PostForm
	p := i.signUpPage(req)
	p.Email, p.Name = form.Get("email"), form.Get("name")
	account, err := newAccount(p.Email, p.Name, form.Get("password"), i.cfg.Now())
	if err != nil {
		p.Fields = map[string]string{}
		if f := (*fault.Error)(nil); errors.As(err, &f) {
			for _, field := range f.Fields {
				p.Fields[field.Location] = field.Message
			}
		}
		i.write(w, http.StatusUnprocessableEntity, p)
		return
	}
	if wait, ok := i.signUps.take(visitOf(r.Context()).address); !ok {
		i.tooMany(w, p, wait)
		return
	}
	taken := func() {
		p.Fields = map[string]string{"email": "There is an account with this address already. Sign in instead."}
		i.write(w, http.StatusConflict, p)
	}
	if _, err = i.cfg.Accounts.Account(r.Context(), account.Email); err == nil {
		taken()
		return
	}
	if account.Password, err = i.hasher.hash(r.Context(), form.Get("password")); err != nil {
		i.broken(w, p)
		return
	}
	account, err = i.cfg.Accounts.PutAccount(r.Context(), account)
	switch {
	case err == nil:
		i.finish(w, r, req, p, account)
	case fault.Is(err, fault.Stale):
		taken()
	case fault.Is(err, fault.Conflict):
		p.Problem = "No more accounts can be made here."
		i.write(w, http.StatusConflict, p)
	default:
		i.broken(w, p)
	}
}

// finish signs the account in and sends the browser back to the application.
func (i *Issuer) finish(w http.ResponseWriter, r *http.Request, req authRequest, p page, account Account) {
	v := visitOf(r.Context())
	if err := i.begin(v, account.Email); err != nil {
		i.broken(w, p)
		return
	}
	if !i.store.requests.finish(req.id, v.session) {
		i.gone(w, r)
		return
	}
	http.Redirect(w, r, pathCallback+"?id="+req.id, http.StatusSeeOther)
}

func (i *Issuer) tooMany(w http.ResponseWriter, p page, wait time.Duration) {
	seconds := int(math.Ceil(max(wait, time.Second).Seconds()))
	w.Header().Set("Retry-After", strconv.Itoa(seconds))
	p.Problem = fmt.Sprintf("Too many attempts. Try again in %d seconds.", seconds)
	i.write(w, http.StatusTooManyRequests, p)
}

func (i *Issuer) broken(w http.ResponseWriter, p page) {
	w.Header().Set("Retry-After", "5")
	p.Problem = "Accounts cannot be reached at the moment. Try again soon."
	i.write(w, http.StatusServiceUnavailable, p)
}
