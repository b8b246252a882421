package localissuer_test

import (
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

const here = "http://localhost:8080"

// silent asks for a code without a page and returns the code, or the error that the application is told.
func (b *browser) silent(challenge string, changes url.Values) (code, problem string) {
	b.t.Helper()
	q := url.Values{"prompt": {"none"}, "redirect_uri": {b.origin + "/auth/silent"}}
	for k, v := range changes {
		q[k] = v
	}
	a := b.authorize(challenge, q)
	for a.location != nil && a.location.Path != "/auth/silent" {
		a = b.get(a.location.String())
	}
	if a.location == nil {
		b.t.Fatalf("silent: got %d %s, want a redirect", a.status, a.body)
	}
	return a.location.Query().Get("code"), a.location.Query().Get("error")
}

func TestIssuer_silentRenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		issuer := newIssuer(t, localissuer.Config{SessionTTL: 24 * time.Hour})
		b := newBrowser(t, here, direct{issuer.Handler()})
		tk := b.signIn("/oauth/signup", "ana@example.org", password)

		verifier, challenge := pkce()
		code, problem := b.silent(challenge, nil)
		if code == "" {
			t.Fatalf("silent: got %s, want a code", problem)
		}
		renewed, status := b.token(url.Values{
			"grant_type": {"authorization_code"}, "client_id": {localissuer.ClientID}, "code": {code},
			"code_verifier": {verifier}, "redirect_uri": {here + "/auth/silent"},
		})
		if status != http.StatusOK || claimsOf(t, renewed.Access)["sub"] != "ana@example.org" {
			t.Fatalf("exchange: got %d %s, want a token for ana", status, renewed.Error)
		}
		if code, _ := b.silent(challenge, url.Values{"id_token_hint": {tk.ID}}); code == "" {
			t.Error("silent with the own ID token: got no code, want one")
		}
		other := newBrowser(t, here, direct{issuer.Handler()}).signIn("/oauth/signup", "eva@example.org", password)
		if _, problem := b.silent(challenge, url.Values{"id_token_hint": {other.ID}}); problem != "login_required" {
			t.Errorf("silent with another's ID token: got %q, want login_required", problem)
		}

		time.Sleep(time.Hour)
		if _, problem := b.silent(challenge, url.Values{"max_age": {"3600"}}); problem != "login_required" {
			t.Errorf("silent past max_age: got %q, want login_required", problem)
		}
		if code, _ := b.silent(challenge, url.Values{"max_age": {"3601"}}); code == "" {
			t.Error("silent before max_age: got no code, want one")
		}
		if a := b.authorize(challenge, nil); a.location.Path != "/oauth/authorize/callback" {
			t.Errorf("authorize while signed in: got %v, want the callback", a.location)
		}
		for _, prompt := range []string{"login", "select_account"} {
			if a := b.authorize(challenge, url.Values{"prompt": {prompt}}); a.location.Path != "/oauth/login" {
				t.Errorf("authorize prompt %s: got %v, want the login page", prompt, a.location)
			}
		}
		time.Sleep(23 * time.Hour)
		if _, problem := b.silent(challenge, nil); problem != "login_required" {
			t.Errorf("silent past the session: got %q, want login_required", problem)
		}
		if tk, _ := b.refresh(tk.Refresh); tk.Error != "invalid_grant" {
			t.Errorf("refresh past the session: got %q, want invalid_grant", tk.Error)
		}
	})
}

func TestIssuer_codeExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{}).Handler()})
		verifier, challenge := pkce()
		code := b.code("/oauth/signup", challenge, "ana@example.org", password)
		time.Sleep(time.Minute)
		if tk, status := b.exchange(code, verifier); status != 400 || tk.Error != "invalid_grant" {
			t.Errorf("exchange after a minute: got %d %s, want 400 invalid_grant", status, tk.Error)
		}
	})
}

func TestIssuer_loginPageExpires(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{}).Handler()})
		_, challenge := pkce()
		page := b.openLogin("/oauth/signup", challenge)
		time.Sleep(30 * time.Minute)
		a := b.post("/oauth/signup", form(page.body, person("ana@example.org", password)))
		if a.status != http.StatusBadRequest || a.location != nil {
			t.Errorf("POST after 30 min: got %d %v, want 400", a.status, a.location)
		}
	})
}

func TestIssuer_rotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{}).Handler()})
		first := b.signIn("/oauth/signup", "ana@example.org", password)
		other := newBrowser(t, here, b.client.Transport).signIn("/oauth/login", "ana@example.org", password)
		renew := func(step, token string) tokens {
			t.Helper()
			tk, status := b.refresh(token)
			if status != http.StatusOK {
				t.Fatalf("refresh %s: got %d %s, want 200", step, status, tk.Error)
			}
			return tk
		}
		second := renew("first", first.Refresh)
		renew("first again, as another tab does", first.Refresh)
		time.Sleep(9 * time.Second)
		renew("first again within 10 s", first.Refresh)
		third := renew("second", second.Refresh)
		time.Sleep(10 * time.Second)
		if tk, status := b.refresh(second.Refresh); status != 400 || tk.Error != "invalid_grant" {
			t.Fatalf("refresh with a replaced token: got %d %s, want 400 invalid_grant", status, tk.Error)
		}
		if tk, status := b.refresh(third.Refresh); status != 400 || tk.Error != "invalid_grant" {
			t.Errorf("refresh with the newest after a replay: got %d %s, want 400 invalid_grant", status, tk.Error)
		}
		renew("of another sign-in", other.Refresh)
		for _, bad := range []string{"", "nonsense", third.Access, third.ID, third.Refresh[:len(third.Refresh)-2] + "AA"} {
			if tk, status := b.refresh(bad); status != 400 || tk.Access != "" {
				t.Errorf("refresh with a bad token: got %d, want 400", status)
			}
		}
	})
}

func TestIssuer_restart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		accounts := openAccounts(t)
		start := func() direct { return direct{newIssuer(t, localissuer.Config{Accounts: accounts}).Handler()} }
		b := newBrowser(t, here, start())
		first := b.signIn("/oauth/signup", "ana@example.org", password)
		verifier, challenge := pkce()
		pending := b.codeOf(b.authorize(challenge, nil))
		second, _ := b.refresh(first.Refresh)

		b.client.Transport = start()
		if _, status := b.exchange(pending, verifier); status != 400 {
			t.Errorf("exchange after a restart: got %d, want 400", status)
		}
		if code, problem := b.silent(challenge, nil); code == "" {
			t.Errorf("silent after a restart: got %s, want a code", problem)
		}
		third, status := b.refresh(second.Refresh)
		if status != http.StatusOK {
			t.Fatalf("refresh after a restart: got %d %s, want 200", status, third.Error)
		}
		time.Sleep(time.Minute)
		if _, status := b.refresh(first.Refresh); status != 400 {
			t.Errorf("refresh with an old token: got %d, want 400", status)
		}
		b.client.Transport = start()
		if _, status := b.refresh(third.Refresh); status != 400 {
			t.Errorf("refresh after a replay and a restart: got %d, want 400", status)
		}
	})
}

func TestIssuer_signOut(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		query  func(tokens) url.Values
		site   string
		out    bool
		status int
	}{
		{"with-id-token", func(tk tokens) url.Values {
			return url.Values{"id_token_hint": {tk.ID}, "post_logout_redirect_uri": {here + "/"}, "state": {"s"}}
		}, "same-origin", true, 302},
		{"with-id-token-from-elsewhere", func(tk tokens) url.Values { return url.Values{"id_token_hint": {tk.ID}} }, "cross-site", true, 302},
		{"from-the-application", func(tokens) url.Values { return nil }, "same-origin", true, 302},
		{"from-elsewhere", func(tokens) url.Values { return nil }, "cross-site", false, 302},
		{"with-a-forged-id-token", func(tk tokens) url.Values { return url.Values{"id_token_hint": {tk.ID + "x"}} }, "same-origin", false, 400},
		{"to-elsewhere", func(tk tokens) url.Values {
			return url.Values{"id_token_hint": {tk.ID}, "post_logout_redirect_uri": {"https://evil.example/"}}
		}, "same-origin", false, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{}).Handler()})
				tk := b.signIn("/oauth/signup", "ana@example.org", password)
				phone := newBrowser(t, here, b.client.Transport)
				other := phone.signIn("/oauth/login", "ana@example.org", password)
				b.header.Set("Sec-Fetch-Site", tc.site)
				a := b.get("/oauth/logout?" + tc.query(tk).Encode())
				b.header.Del("Sec-Fetch-Site")
				if a.status != tc.status {
					t.Fatalf("logout: got %d %s, want %d", a.status, a.body, tc.status)
				}
				if a.location != nil && a.location.Host != "localhost:8080" {
					t.Errorf("logout: got %v, want this origin", a.location)
				}
				_, challenge := pkce()
				if _, problem := b.silent(challenge, nil); (problem == "login_required") != tc.out {
					t.Errorf("silent: got error %q, want signed out %v", problem, tc.out)
				}
				if _, status := b.refresh(tk.Refresh); (status == 400) != tc.out {
					t.Errorf("refresh: got %d, want signed out %v", status, tc.out)
				}
				if _, status := phone.refresh(other.Refresh); status != http.StatusOK {
					t.Errorf("refresh on the phone: got %d, want 200", status)
				}
			})
		})
	}
}

func TestIssuer_oldCookieAfterSignOut(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{}).Handler()})
		b.signIn("/oauth/signup", "ana@example.org", password)
		at, _ := url.Parse(here + "/oauth/authorize")
		kept := b.client.Jar.Cookies(at)
		b.get("/oauth/logout")
		thief := newBrowser(t, here, b.client.Transport)
		thief.client.Jar.SetCookies(at, kept)
		_, challenge := pkce()
		if _, problem := thief.silent(challenge, nil); problem != "login_required" {
			t.Errorf("silent with a cookie kept: got %q, want login_required", problem)
		}
	})
}

func TestIssuer_revoke(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{}).Handler()})
		tk := b.signIn("/oauth/signup", "ana@example.org", password)
		for _, token := range []string{"nonsense", tk.Access, tk.Refresh} {
			a := b.post("/oauth/revoke", url.Values{"token": {token}, "client_id": {localissuer.ClientID}})
			if a.status != http.StatusOK {
				t.Errorf("revoke: got %d %s, want 200", a.status, a.body)
			}
		}
		if _, status := b.refresh(tk.Refresh); status != 400 {
			t.Errorf("refresh after revoking: got %d, want 400", status)
		}
	})
}

func TestIssuer_renewedTokensHaveTheRolesOfNow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		accounts := openAccounts(t)
		issuer := newIssuer(t, localissuer.Config{Accounts: accounts})
		b := newBrowser(t, here, direct{issuer.Handler()})
		tk := b.signIn("/oauth/signup", "ana@example.org", password)
		a, err := accounts.Account(t.Context(), "ana@example.org")
		if err != nil {
			t.Fatal(err)
		}
		a.Roles, a.Organisations = []identity.Role{identity.Organiser}, []string{"demo"}
		if _, err := accounts.PutAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
		tk, _ = b.refresh(tk.Refresh)
		p, err := verifierFor(t, issuer).Verify(t.Context(), tk.Access)
		if err != nil || !p.Has(identity.Organiser) || !p.Member("demo") {
			t.Errorf("Verify: got %v %v, want an organiser of demo", p, err)
		}
	})
}
