package localissuer

import (
	"errors"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/fault"
)

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

func (i *Issuer) showLogin(w http.ResponseWriter, r *http.Request) {
	if req, ok := i.open(w, r); ok {
		i.write(w, http.StatusOK, i.loginPage(r, req, req.loginHint))
	}
}

func (i *Issuer) showSignUp(w http.ResponseWriter, r *http.Request) {
	if req, ok := i.open(w, r); ok {
		i.write(w, http.StatusOK, i.signUpPage(r, req, "", req.loginHint))
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
	p := i.loginPage(r, req, email)
	address, err := NormaliseEmail(email)
	if err != nil {
		p.complain(complaint{field: "email", text: emailProblem})
	}
	if password == "" {
		p.complain(complaint{field: "password", text: "problem.passwordMissing"})
	}
	if p.Failed() {
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
		p.complain(complaint{field: "password", text: "problem.wrong"}) // which of the two is wrong is nobody's business
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
	p := i.signUpPage(r, req, form.Get("name"), form.Get("email"))
	account, complaints := newAccount(form.Get("email"), form.Get("name"), form.Get("password"), i.cfg.Now())
	if len(complaints) > 0 {
		for _, c := range complaints {
			p.complain(c)
		}
		i.write(w, http.StatusUnprocessableEntity, p)
		return
	}
	if wait, ok := i.signUps.take(visitOf(r.Context()).address); !ok {
		i.tooMany(w, p, wait)
		return
	}
	taken := func() {
		p.complain(complaint{field: "email", text: problemTaken})
		i.write(w, http.StatusConflict, p)
	}
	if _, err := i.cfg.Accounts.Account(r.Context(), account.Email); err == nil {
		taken()
		return
	}
	var err error
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
		p.Problem = p.say("problem.full")
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
	p.Problem = p.say("problem.tooMany") // it speaks of a minute, and no limiter of ours takes longer
	i.write(w, http.StatusTooManyRequests, p)
}

func (i *Issuer) broken(w http.ResponseWriter, p page) {
	w.Header().Set("Retry-After", "5")
	p.Problem = p.say("problem.away")
	i.write(w, http.StatusServiceUnavailable, p)
}
