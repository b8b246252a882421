package localissuer_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

func TestLogin_form(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	newBrowser(t, here, h).signIn("/oauth/signup", "taken@example.org", password)
	long := strings.Repeat("x", 129)
	for _, tc := range []struct {
		name, path string
		change     url.Values
		status     int
		text       string // that the page shows
	}{
		{"right", "/oauth/login", nil, 303, ""},
		{"wrong-password", "/oauth/login", url.Values{"password": {"wrong password"}}, 401, "do not belong together"},
		{"unknown-account", "/oauth/login", url.Values{"email": {"nobody@example.org"}}, 401, "do not belong together"},
		{"no-password", "/oauth/login", url.Values{"password": {""}}, 422, "Enter your password"},
		{"endless-password", "/oauth/login", url.Values{"password": {strings.Repeat("x", 10_000)}}, 401, "do not belong together"},
		{"no-address", "/oauth/login", url.Values{"email": {"ana"}}, 422, "e-mail address such as"},
		{"demo-while-off", "/oauth/login", url.Values{"demo": {"admin@demo.example"}, "email": {"x@y.z"}}, 401, "do not belong together"},
		{"script-in-the-address", "/oauth/login", url.Values{"email": {`"><script>alert(1)</script>`}}, 422, "&#34;&gt;&lt;script&gt;"},
		{"new-account", "/oauth/signup", url.Values{"email": {"new@example.org"}}, 303, ""},
		{"eight-characters", "/oauth/signup", url.Values{"email": {"eight@example.org"}, "password": {"äöüßéèêë"}}, 303, ""},
		{"taken", "/oauth/signup", nil, 409, "already"},
		{"taken-in-capitals", "/oauth/signup", url.Values{"email": {"TAKEN@example.org"}}, 409, "already"},
		{"short-password", "/oauth/signup", url.Values{"email": {"a@example.org"}, "password": {"1234567"}}, 422, "at least 8"},
		{"long-password", "/oauth/signup", url.Values{"email": {"a@example.org"}, "password": {long}}, 422, "at most 128"},
		{"no-name", "/oauth/signup", url.Values{"email": {"a@example.org"}, "name": {"  "}}, 422, "Give a name"},
		{"control-in-the-name", "/oauth/signup", url.Values{"email": {"a@example.org"}, "name": {"a\x00b"}}, 422, "Give a name"},
		{"bad-utf8-in-the-name", "/oauth/signup", url.Values{"email": {"a@example.org"}, "name": {"\xff"}}, 422, "Give a name"},
		{"address-with-name", "/oauth/signup", url.Values{"email": {"Ana <a@example.org>"}}, 422, "e-mail address such as"},
		{"long-address", "/oauth/signup", url.Values{"email": {strings.Repeat("a", 250) + "@x.org"}}, 422, "e-mail address such as"},
		{"no-token", "/oauth/login", url.Values{"token": nil}, 400, "start again"},
		{"wrong-token", "/oauth/login", url.Values{"token": {"x"}}, 400, "start again"},
		{"no-request", "/oauth/login", url.Values{"request": nil}, 400, "start again"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, here, h)
			_, challenge := pkce()
			f := form(b.openLogin(tc.path, challenge).body, person("taken@example.org", password))
			for k, v := range tc.change {
				f[k] = v
			}
			a := b.post(tc.path, f)
			if a.status != tc.status || !strings.Contains(a.body, tc.text) {
				t.Errorf("POST: got %d %s, want %d %q", a.status, a.body, tc.status, tc.text)
			}
			if strings.Contains(a.body, "<script") || strings.Contains(a.body, password) {
				t.Errorf("POST: the page repeats what was typed: %s", a.body)
			}
			if a.status < 400 {
				b.codeOf(a)
			}
		})
	}
}

func TestLogin_belongsToItsBrowser(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	newBrowser(t, here, h).signIn("/oauth/signup", "ana@example.org", password)
	_, challenge := pkce()
	attacker, victim := newBrowser(t, here, h), newBrowser(t, here, h)
	victim.openLogin("/oauth/login", challenge)
	page := attacker.openLogin("/oauth/login", challenge)
	request := form(page.body, nil).Get("request")

	if a := victim.get("/oauth/login?request=" + request); a.status != http.StatusBadRequest {
		t.Errorf("GET another's sign-in: got %d, want 400", a.status)
	}
	if a := victim.post("/oauth/login", form(page.body, person("ana@example.org", password))); a.status != http.StatusBadRequest {
		t.Errorf("POST another's sign-in: got %d, want 400", a.status)
	}
	own := victim.openLogin("/oauth/login", challenge)
	done := victim.post("/oauth/login", form(own.body, person("ana@example.org", password)))
	if a := attacker.get(done.location.String()); a.status != http.StatusBadRequest || a.location != nil {
		t.Errorf("GET another's callback: got %d %v, want 400", a.status, a.location)
	}
	if a := attacker.get("/oauth/authorize/callback?id=" + request); a.status != http.StatusBadRequest || a.location != nil {
		t.Errorf("GET the callback before signing in: got %d %v, want 400", a.status, a.location)
	}
	victim.codeOf(done)
}

func TestLogin_crossSite(t *testing.T) {
	t.Parallel()
	h := direct{newIssuer(t, localissuer.Config{}).Handler()}
	for _, tc := range []struct {
		name, header, value string
	}{
		{"by-fetch-metadata", "Sec-Fetch-Site", "cross-site"},
		{"by-origin", "Origin", "https://evil.example"},
		{"opaque-origin", "Origin", "null"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, here, h)
			_, challenge := pkce()
			f := form(b.openLogin("/oauth/signup", challenge).body, person(tc.name+"@example.org", password))
			b.header.Set(tc.header, tc.value)
			if a := b.post("/oauth/signup", f); a.status != http.StatusBadRequest || a.location != nil {
				t.Errorf("POST: got %d %v, want 400", a.status, a.location)
			}
		})
	}
}

func TestLogin_attemptsAreLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := direct{newIssuer(t, localissuer.Config{}).Handler()}
		b := newBrowser(t, here, h)
		b.signIn("/oauth/signup", "ana@example.org", password)
		_, challenge := pkce()
		try := func(email, pass string) answer {
			t.Helper()
			b := newBrowser(t, here, h)
			return b.post("/oauth/login", form(b.openLogin("/oauth/login", challenge).body, person(email, pass)))
		}
		for i := range 12 {
			if a := try("ana@example.org", password); a.status != http.StatusSeeOther {
				t.Fatalf("good attempt %d: got %d, want 303", i, a.status)
			}
		}
		for _, email := range []string{"ana@example.org", "nobody@example.org"} {
			for i := range 10 {
				if a := try(email, "wrong password"); a.status != http.StatusUnauthorized {
					t.Fatalf("bad attempt %d on %s: got %d, want 401", i, email, a.status)
				}
			}
			a := try(email, password)
			if wait, _ := strconv.Atoi(a.header.Get("Retry-After")); a.status != http.StatusTooManyRequests || wait < 1 || wait > 60 {
				t.Errorf("attempt 11 on %s: got %d, Retry-After %d; want 429, at most 60", email, a.status, wait)
			}
		}
		time.Sleep(time.Minute)
		if a := try("ana@example.org", password); a.status != http.StatusSeeOther {
			t.Errorf("a minute later: got %d, want 303", a.status)
		}
		// 30 attempts, less the 22 bad ones, and 12 more since: 20.
		limited := 0
		for i := range 25 {
			if try(strconv.Itoa(i)+"@example.org", "wrong password").status == http.StatusTooManyRequests {
				limited++
			}
		}
		if limited != 5 {
			t.Errorf("25 accounts from one address: got %d refused, want 5", limited)
		}
	})
}

func TestLogin_demo(t *testing.T) {
	t.Parallel()
	accounts := openAccounts(t)
	for range 2 {
		if err := localissuer.SeedDemo(t.Context(), accounts, localissuer.DemoPassword, time.Now()); err != nil {
			t.Fatalf("SeedDemo: got %v, want nil", err)
		}
	}
	issuer := newIssuer(t, localissuer.Config{Accounts: accounts, DemoPassword: localissuer.DemoPassword})
	h, verify := direct{issuer.Handler()}, verifierFor(t, issuer)
	quiet := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{Accounts: accounts}).Handler()})
	_, challenge := pkce()
	if page := quiet.openLogin("/oauth/login", challenge); strings.Contains(page.body, "demo") {
		t.Error("the login page shows demo accounts while the demo is off")
	}
	for _, d := range localissuer.DemoAccounts() {
		t.Run(string(d.Role), func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, here, h)
			verifier, challenge := pkce()
			page := b.openLogin("/oauth/login", challenge)
			if !strings.Contains(page.body, d.Email) || !strings.Contains(page.body, localissuer.DemoPassword) {
				t.Errorf("login page: got %s, want %s and its password", page.body, d.Email)
			}
			code := b.codeOf(b.post("/oauth/login", form(page.body, url.Values{"demo": {d.Email}})))
			tk, status := b.exchange(code, verifier)
			if status != http.StatusOK {
				t.Fatalf("exchange: got %d, want 200", status)
			}
			p, err := verify.Verify(t.Context(), tk.Access)
			if err != nil || !p.Has(d.Role) || p.Email != d.Email || p.Member("demo") != (d.Role != identity.Attendee) {
				t.Errorf("Verify: got %v %v, want %v", p, err, d)
			}
		})
	}
}

func TestLogin_headers(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t, localissuer.Config{})
	for _, tc := range []struct {
		name   string
		serve  func(http.Handler) *httptest.Server
		secure bool
	}{{"http", httptest.NewServer, false}, {"https", httptest.NewTLSServer, true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			server := tc.serve(issuer.Handler())
			t.Cleanup(server.Close)
			b := newBrowser(t, server.URL, server.Client().Transport)
			_, challenge := pkce()
			page := b.openLogin("/oauth/signup", challenge)
			policy := page.header.Get("Content-Security-Policy")
			for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "style-src 'self'"} {
				if !strings.Contains(policy, want) {
					t.Errorf("Content-Security-Policy: got %q, want %s", policy, want)
				}
			}
			if got := page.header.Get("Cache-Control"); got != "no-store" {
				t.Errorf("Cache-Control: got %q, want no-store", got)
			}
			for _, inline := range []string{"<script", "<style", " style=", "//"} {
				if body := strings.ReplaceAll(page.body, server.URL, ""); strings.Contains(body, inline) {
					t.Errorf("page: got %s in %s, want nothing inline or from elsewhere", inline, body)
				}
			}
			done := b.post("/oauth/signup", form(page.body, person(tc.name+"@example.org", password)))
			cookies := (&http.Response{Header: done.header}).Cookies()
			if len(cookies) != 1 {
				t.Fatalf("cookies: got %d, want 1", len(cookies))
			}
			c := cookies[0]
			if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure != tc.secure || c.Path != "/oauth" {
				t.Errorf("cookie: got %v, want HttpOnly, Lax, /oauth, Secure %v", c, tc.secure)
			}
			b.codeOf(done)
			if a := b.get("/oauth/style.css"); a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/css") {
				t.Errorf("style.css: got %d %s, want 200 text/css", a.status, a.header.Get("Content-Type"))
			}
		})
	}
}

func TestIssuer_otherRequests(t *testing.T) {
	t.Parallel()
	h := newIssuer(t, localissuer.Config{}).Handler()
	for _, tc := range []struct {
		name, method, path, host, body string
		status                         int
	}{
		{"unknown-path", "GET", "/oauth/nothing", "", "", 404},
		{"introspection", "POST", "/oauth/introspect", "", "", 404},
		{"device", "POST", "/oauth/device_authorization", "", "", 404},
		{"ready", "GET", "/ready", "", "", 404},
		{"delete", "DELETE", "/oauth/token", "", "", 405},
		{"token-by-get", "GET", "/oauth/token?grant_type=authorization_code", "", "", 405},
		{"callback-without-id", "GET", "/oauth/authorize/callback", "", "", 400},
		{"login-without-request", "GET", "/oauth/login", "", "", 400},
		{"userinfo-without-token", "GET", "/oauth/userinfo", "", "", 401},
		{"long-query", "GET", "/oauth/authorize?state=" + strings.Repeat("x", 5000), "", "", 414},
		{"bad-host", "GET", "/.well-known/openid-configuration", "evil.example/x?", "", 400},
		{"large-form", "POST", "/oauth/login", "", "email=" + strings.Repeat("x", 1<<20), 413},
		{"large-token-request", "POST", "/oauth/token", "", "grant_type=" + strings.Repeat("x", 1<<20), 400},
		{"bad-form", "POST", "/oauth/login", "", "%zz", 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tc.method, tc.path, strings.NewReader(tc.body))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			if tc.host != "" {
				r.Host = tc.host
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tc.status {
				t.Errorf("%s %s: got %d %s, want %d", tc.method, tc.path, w.Code, w.Body, tc.status)
			}
		})
	}
}
