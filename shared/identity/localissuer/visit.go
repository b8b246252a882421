package localissuer

import (
	"cmp"
	"context"
	"crypto/rand"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	cookieBrowser = "myevents_browser"
	cookieSession = "myevents_session"
	cookiePath    = "/oauth"

	purposeSession = "session"
)

// session is somebody signed in, in one browser; its cookie holds it sealed.
type session struct {
	ID      string    `json:"i"`
	Subject string    `json:"s"`
	Began   time.Time `json:"b"`
	Expires time.Time `json:"e"`
}

// visit is one request of a browser. The provider passes on only a context, so what its storage needs to know of the
// request travels there.
type visit struct {
	origin  string  // scheme and host by which the browser came
	address string  // its own, without the port
	browser string  // random, from a cookie: a sign-in goes on only in the browser that began it
	session session // zero where there is none; whether it was ended is still to be checked
	secure  bool
	own     bool // not sent by a page of another site
	w       http.ResponseWriter
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		v = &visit{}
	}
	return v
}

func (i *Issuer) visit(w http.ResponseWriter, r *http.Request) (*visit, error) {
	origin, err := originOf(r, i.cfg.TrustForwarded)
	if err != nil {
		return nil, err
	}
	v := &visit{origin: origin, secure: strings.HasPrefix(origin, "https:"), w: w}
	site := r.Header.Get("Sec-Fetch-Site")
	v.own = site == "" || site == "same-origin" || site == "none"
	v.address, _, _ = net.SplitHostPort(r.RemoteAddr)
	if i.cfg.TrustForwarded {
		hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		v.address = cmp.Or(strings.TrimSpace(hops[len(hops)-1]), v.address)
	}
	if c, err := r.Cookie(cookieSession); err == nil {
		var s session
		if i.seal.openJSON(purposeSession, c.Value, &s) == nil && i.cfg.Now().Before(s.Expires) {
			v.session = s
		}
	}
	if c, err := r.Cookie(cookieBrowser); err == nil && len(c.Value) >= 26 && len(c.Value) <= 64 {
		v.browser = c.Value
	} else if strings.HasPrefix(r.URL.Path, pathAuthorize) {
		v.browser = rand.Text()
		v.setCookie(cookieBrowser, v.browser, 0)
	}
	return v, nil
}

// setCookie sets a cookie for ttl; 0: until the browser is closed; negative: not at all any more.
func (v *visit) setCookie(name, value string, ttl time.Duration) {
	http.SetCookie(v.w, &http.Cookie{ //nolint:gosec // Secure wherever the browser came by https
		Name: name, Value: value, Path: cookiePath, MaxAge: int(ttl / time.Second),
		HttpOnly: true, Secure: v.secure, SameSite: http.SameSiteLaxMode,
	})
}

// begin signs subject in, in this browser.
func (i *Issuer) begin(v *visit, subject string) error {
	now := i.cfg.Now()
	s := session{ID: rand.Text(), Subject: subject, Began: now, Expires: now.Add(i.cfg.SessionTTL)}
	sealed, err := i.seal.sealJSON(purposeSession, s)
	if err != nil {
		return err
	}
	v.session = s
	v.setCookie(cookieSession, sealed, i.cfg.SessionTTL)
	return nil
}
