package localissuer_test

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

const password = "correct horse battery"

func openAccounts(t testing.TB) *localissuer.FileAccounts {
	t.Helper()
	a, err := localissuer.OpenAccounts(filepath.Join(t.TempDir(), "accounts.json"))
	if err != nil {
		t.Fatalf("OpenAccounts: got %v, want nil", err)
	}
	return a
}

func newIssuer(t testing.TB, cfg localissuer.Config) *localissuer.Issuer {
	t.Helper()
	if cfg.Secret == nil {
		cfg.Secret = secret
	}
	if cfg.Accounts == nil {
		cfg.Accounts = openAccounts(t)
	}
	i, err := localissuer.New(cfg)
	if err != nil {
		t.Fatalf("New: got %v, want nil", err)
	}
	return i
}

func verifierFor(t testing.TB, i *localissuer.Issuer) *identity.Verifier {
	t.Helper()
	v, err := identity.New(identity.Config{Issuers: []identity.Issuer{i.Trust()}})
	if err != nil {
		t.Fatalf("identity.New: got %v, want nil", err)
	}
	return v
}

// direct calls a handler without a network, so that time can be faked around it.
type direct struct{ http.Handler }

func (d direct) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	in.RequestURI, in.RemoteAddr, in.Host = r.URL.RequestURI(), "192.0.2.7:4711", r.URL.Host
	if in.Body == nil {
		in.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	d.ServeHTTP(w, in)
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// browser is a person's browser with the web application in it.
type browser struct {
	t      testing.TB
	client *http.Client
	origin string
	header http.Header // sent with every request
}

func newBrowser(t testing.TB, origin string, transport http.RoundTripper) *browser {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t: t, origin: origin, header: http.Header{}, client: &http.Client{
		Jar: jar, Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

type answer struct {
	status   int
	header   http.Header
	body     string
	location *url.URL
}

func (b *browser) do(method, path string, form url.Values) answer {
	b.t.Helper()
	target := path
	if strings.HasPrefix(path, "/") {
		target = b.origin + path
	}
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for k, v := range b.header {
		r.Header[k] = v
	}
	resp, err := b.client.Do(r)
	if err != nil {
		b.t.Fatalf("%s %s: got %v, want nil", method, path, err)
	}
	defer resp.Body.Close()
	content, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, body: string(content)}
	if resp.Header.Get("Location") != "" {
		if a.location, err = resp.Location(); err != nil {
			b.t.Fatal(err)
		}
	}
	return a
}

func (b *browser) get(path string) answer { b.t.Helper(); return b.do(http.MethodGet, path, nil) }

func (b *browser) post(path string, form url.Values) answer {
	b.t.Helper()
	return b.do(http.MethodPost, path, form)
}

// pkce is a verifier and its challenge.
func pkce() (verifier, challenge string) {
	verifier = rand.Text() + rand.Text()
	sum := sha256.Sum256([]byte(verifier))
	return verifier, base64.RawURLEncoding.EncodeToString(sum[:])
}

func (b *browser) authorizeQuery(challenge string, changes url.Values) url.Values {
	q := url.Values{
		"client_id": {localissuer.ClientID}, "response_type": {"code"}, "redirect_uri": {b.origin + "/auth/callback"},
		"scope": {"openid profile email offline_access"}, "state": {"state-1"}, "nonce": {"nonce-1"},
		"code_challenge": {challenge}, "code_challenge_method": {"S256"},
	}
	for k, v := range changes {
		if len(v) == 0 {
			q.Del(k)
		} else {
			q[k] = v
		}
	}
	return q
}

func (b *browser) authorize(challenge string, changes url.Values) answer {
	b.t.Helper()
	return b.get("/oauth/authorize?" + b.authorizeQuery(challenge, changes).Encode())
}

var hidden = regexp.MustCompile(`name="(request|token)" value="([^"]*)"`)

// form returns the hidden fields of a page with more added.
func form(page string, more url.Values) url.Values {
	f := url.Values{}
	for _, m := range hidden.FindAllStringSubmatch(page, -1) {
		f.Set(m[1], m[2])
	}
	for k, v := range more {
		f[k] = v
	}
	return f
}

func person(email, pass string) url.Values {
	return url.Values{"email": {email}, "password": {pass}, "name": {"Ana Ortiz"}}
}

// openLogin goes to the page for a new sign-in, at path: sign-in or sign-up.
func (b *browser) openLogin(path, challenge string) answer {
	b.t.Helper()
	a := b.authorize(challenge, nil)
	if a.status != http.StatusFound || a.location.Path != "/oauth/login" {
		b.t.Fatalf("authorize: got %d %v, want a redirect to the login page", a.status, a.location)
	}
	page := b.get(path + "?" + a.location.RawQuery)
	if page.status != http.StatusOK {
		b.t.Fatalf("GET %s: got %d, want 200: %s", path, page.status, page.body)
	}
	return page
}

// code signs a person in, or up, and returns the code that the application gets.
func (b *browser) code(path, challenge, email, pass string) string {
	b.t.Helper()
	page := b.openLogin(path, challenge)
	return b.codeOf(b.post(path, form(page.body, person(email, pass))))
}

// codeOf follows the redirects after a form.
func (b *browser) codeOf(a answer) string {
	b.t.Helper()
	for a.location != nil && !strings.HasPrefix(a.location.Path, "/auth/") {
		a = b.get(a.location.String())
	}
	if a.location == nil {
		b.t.Fatalf("signing in: got %d, want a redirect to the application: %s", a.status, a.body)
	}
	if got := a.location.Scheme + "://" + a.location.Host; got != b.origin {
		b.t.Fatalf("signing in: got origin %s, want %s", got, b.origin)
	}
	q := a.location.Query()
	if q.Get("state") != "state-1" || q.Get("code") == "" {
		b.t.Fatalf("signing in: got %v, want a code and the state", a.location)
	}
	return q.Get("code")
}

type tokens struct {
	Access    string `json:"access_token"`
	ID        string `json:"id_token"`
	Refresh   string `json:"refresh_token"`
	ExpiresIn int    `json:"expires_in"`
	Type      string `json:"token_type"`
	Error     string `json:"error"`
}

func (b *browser) token(form url.Values) (tokens, int) {
	b.t.Helper()
	a := b.post("/oauth/token", form)
	var tk tokens
	if err := json.Unmarshal([]byte(a.body), &tk); err != nil {
		b.t.Errorf("token: got %d %s, want JSON", a.status, a.body)
	}
	return tk, a.status
}

func (b *browser) exchange(code, verifier string) (tokens, int) {
	b.t.Helper()
	return b.token(url.Values{
		"grant_type": {"authorization_code"}, "client_id": {localissuer.ClientID}, "code": {code},
		"code_verifier": {verifier}, "redirect_uri": {b.origin + "/auth/callback"},
	})
}

func (b *browser) refresh(token string) (tokens, int) {
	b.t.Helper()
	return b.token(url.Values{"grant_type": {"refresh_token"}, "client_id": {localissuer.ClientID}, "refresh_token": {token}})
}

// signIn signs in, or up, up to the tokens.
func (b *browser) signIn(path, email, pass string) tokens {
	b.t.Helper()
	verifier, challenge := pkce()
	tk, status := b.exchange(b.code(path, challenge, email, pass), verifier)
	if status != http.StatusOK {
		b.t.Fatalf("exchange: got %d %s, want 200", status, tk.Error)
	}
	return tk
}
