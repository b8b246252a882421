package localissuer_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

// claimsOf reads a token without verifying it.
func claimsOf(t testing.TB, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("token: got %d parts, want 3", len(parts))
	}
	b, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestIssuer_wholeFlow(t *testing.T) {
	t.Parallel()
	issuer := newIssuer(t, localissuer.Config{})
	server := httptest.NewServer(issuer.Handler())
	t.Cleanup(server.Close)
	b := newBrowser(t, server.URL, nil)
	verify := verifierFor(t, issuer)

	up := b.signIn("/oauth/signup", " Ana@Example.org ", password)
	if up.Type != "Bearer" || up.ExpiresIn < 899 || up.ExpiresIn > 900 || up.Refresh == "" {
		t.Errorf("exchange: got type %q, %d s, refresh %v; want Bearer, 900 s, one", up.Type, up.ExpiresIn, up.Refresh != "")
	}
	p, err := verify.Verify(t.Context(), up.Access)
	if err != nil {
		t.Fatalf("Verify: got %v, want nil", err)
	}
	want := identity.Principal{
		UserID: id.Derived(id.User, localissuer.DefaultName, "ana@example.org"), Email: "ana@example.org",
		Name: "Ana Ortiz", Roles: []identity.Role{identity.Attendee}, TokenExpires: p.TokenExpires,
	}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("Verify: (-want +got)\n%s", diff)
	}
	if _, err := verify.Verify(t.Context(), up.ID); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("Verify ID token: got %v, want unauthenticated", err)
	}
	idClaims := claimsOf(t, up.ID)
	for claim, want := range map[string]any{
		"iss": localissuer.DefaultName, "nonce": "nonce-1", "email": "ana@example.org",
		"name": "Ana Ortiz", "azp": localissuer.ClientID,
	} {
		if idClaims[claim] != want {
			t.Errorf("ID token %s: got %v, want %v", claim, idClaims[claim], want)
		}
	}

	// Somebody else's browser, by name and password.
	in := newBrowser(t, server.URL, nil).signIn("/oauth/login", "ana@EXAMPLE.org", password)
	again, err := verify.Verify(t.Context(), in.Access)
	if err != nil || again.UserID != p.UserID {
		t.Errorf("Verify after sign-in: got %s %v, want user %s", again.UserID, err, p.UserID)
	}

	renewed, status := b.refresh(up.Refresh)
	if status != http.StatusOK || renewed.Refresh == "" || renewed.Refresh == up.Refresh {
		t.Fatalf("refresh: got %d %s, want 200 and another refresh token", status, renewed.Error)
	}
	if p, err := verify.Verify(t.Context(), renewed.Access); err != nil || p.UserID != want.UserID {
		t.Errorf("Verify renewed: got %s %v, want user %s", p.UserID, err, want.UserID)
	}

	b.header.Set("Authorization", "Bearer "+renewed.Access)
	info := b.get("/oauth/userinfo")
	b.header.Del("Authorization")
	var got map[string]any
	if err := json.Unmarshal([]byte(info.body), &got); err != nil || info.status != http.StatusOK {
		t.Fatalf("userinfo: got %d %s, want 200", info.status, info.body)
	}
	if diff := cmp.Diff(map[string]any{
		"sub": "ana@example.org", "email": "ana@example.org", "name": "Ana Ortiz",
		"roles": []any{"attendee"},
	}, got); diff != "" {
		t.Errorf("userinfo: (-want +got)\n%s", diff)
	}
}

func TestIssuer_discoveryFollowsTheOrigin(t *testing.T) {
	t.Parallel()
	h := newIssuer(t, localissuer.Config{}).Handler()
	trusting := newIssuer(t, localissuer.Config{TrustForwarded: true}).Handler()
	forwarded := http.Header{"X-Forwarded-Host": {"tickets.example"}, "X-Forwarded-Proto": {"https"}}
	for _, tc := range []struct {
		name, origin string
		handler      http.Handler
		header       http.Header
		want         string
	}{
		{"default", "http://localhost:8080", h, nil, "http://localhost:8080"},
		{"other-port", "http://127.0.0.1:9999", h, nil, "http://127.0.0.1:9999"},
		{"ipv6", "http://[::1]:8081", h, nil, "http://[::1]:8081"},
		{"forwarded-is-not-trusted", "http://localhost:8080", h, forwarded, "http://localhost:8080"},
		{"forwarded-where-trusted", "http://localhost:8080", trusting, forwarded, "https://tickets.example"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, tc.origin, direct{tc.handler})
			if tc.header != nil {
				b.header = tc.header
			}
			a := b.get("/.well-known/openid-configuration")
			var doc map[string]any
			if err := json.Unmarshal([]byte(a.body), &doc); err != nil {
				t.Fatalf("discovery: got %d %s, want JSON", a.status, a.body)
			}
			if got := doc["issuer"]; got != localissuer.DefaultName {
				t.Errorf("issuer: got %v, want %s", got, localissuer.DefaultName)
			}
			for key, path := range map[string]string{
				"authorization_endpoint": "/oauth/authorize", "token_endpoint": "/oauth/token",
				"userinfo_endpoint": "/oauth/userinfo", "end_session_endpoint": "/oauth/logout", "revocation_endpoint": "/oauth/revoke",
				"jwks_uri": "/oauth/keys",
			} {
				if got := doc[key]; got != tc.want+path {
					t.Errorf("%s: got %v, want %s", key, got, tc.want+path)
				}
			}
			for _, key := range []string{"introspection_endpoint", "device_authorization_endpoint", "check_session_iframe"} {
				if got, ok := doc[key]; ok {
					t.Errorf("%s: got %v, want none", key, got)
				}
			}
			if diff := cmp.Diff([]any{"S256"}, doc["code_challenge_methods_supported"]); diff != "" {
				t.Errorf("challenge methods: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestIssuer_publishedKeysVerify(t *testing.T) {
	t.Parallel()
	// The name is the server's address here, so that a verifier elsewhere can find the keys by it.
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	issuer := newIssuer(t, localissuer.Config{Name: server.URL})
	h = issuer.Handler()
	v, err := identity.New(identity.Config{Issuers: []identity.Issuer{{Name: server.URL, Audiences: []string{localissuer.Audience}}}})
	if err != nil {
		t.Fatal(err)
	}
	token, err := issuer.Mint(localissuer.Claims{Email: "a@example.org"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Errorf("Verify by published keys: got %v, want nil", err)
	}
}

func TestIssuer_authorizeRefuses(t *testing.T) {
	t.Parallel()
	h := newIssuer(t, localissuer.Config{}).Handler()
	const origin = "http://localhost:8123"
	_, challenge := pkce()
	for _, tc := range []struct {
		name    string
		changes url.Values
		error   string // told to the application; "" where it must not be redirected to
	}{
		{"redirect-elsewhere", url.Values{"redirect_uri": {"https://evil.example/auth/callback"}}, ""},
		{"redirect-to-another-port", url.Values{"redirect_uri": {"http://localhost:8124/auth/callback"}}, ""},
		{"redirect-to-another-path", url.Values{"redirect_uri": {origin + "/auth/callback/x"}}, ""},
		{"redirect-with-a-query", url.Values{"redirect_uri": {origin + "/auth/callback?x=1"}}, ""},
		{"redirect-with-user", url.Values{"redirect_uri": {"http://localhost:8123@evil.example/auth/callback"}}, ""},
		{"redirect-to-the-constant-name", url.Values{"redirect_uri": {localissuer.DefaultName + "/auth/callback"}}, ""},
		{"no-redirect", url.Values{"redirect_uri": {}}, ""},
		{"unknown-client", url.Values{"client_id": {"other"}}, ""},
		{"no-client", url.Values{"client_id": {}}, ""},
		{"no-pkce", url.Values{"code_challenge": {}, "code_challenge_method": {}}, "invalid_request"},
		{"plain-pkce", url.Values{"code_challenge_method": {"plain"}}, "invalid_request"},
		{"pkce-without-method", url.Values{"code_challenge_method": {}}, "invalid_request"},
		{"no-sum", url.Values{"code_challenge": {"short"}}, "invalid_request"},
		{"implicit", url.Values{"response_type": {"id_token token"}}, "unauthorized_client"},
		{"no-scope", url.Values{"scope": {}}, "invalid_request"},
		{"form-post", url.Values{"response_mode": {"form_post"}}, "invalid_request"},
		{"no-session-and-no-prompt", url.Values{"prompt": {"none"}}, "login_required"},
		{"silent-callback", url.Values{"prompt": {"none"}, "redirect_uri": {origin + "/auth/silent"}}, "login_required"},
		{"prompt-none-and-login", url.Values{"prompt": {"none login"}}, "invalid_request"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := newBrowser(t, origin, direct{h}).authorize(challenge, tc.changes)
			if tc.error == "" {
				if a.location != nil || a.status >= 500 {
					t.Errorf("authorize: got %d %v, want no redirect", a.status, a.location)
				}
				return
			}
			if a.location == nil || a.location.Host != "localhost:8123" {
				t.Fatalf("authorize: got %d %v, want a redirect to the application", a.status, a.location)
			}
			q := a.location.Query()
			if q.Get("error") == "" {
				q, _ = url.ParseQuery(a.location.Fragment)
			}
			if q.Get("error") != tc.error || q.Get("state") != "state-1" {
				t.Errorf("authorize: got %v, want error %s and the state", a.location, tc.error)
			}
		})
	}
}

func TestIssuer_exchangeRefuses(t *testing.T) {
	t.Parallel()
	accounts := openAccounts(t)
	issuer := newIssuer(t, localissuer.Config{Accounts: accounts})
	h := issuer.Handler()
	const origin = "http://localhost:8080"
	setUp := newBrowser(t, origin, direct{h})
	setUp.signIn("/oauth/signup", "ana@example.org", password)
	for _, tc := range []struct {
		name   string
		change url.Values
		status int
		error  string
	}{
		{"wrong-verifier", url.Values{"code_verifier": {strings.Repeat("x", 43)}}, 400, "invalid_grant"},
		{"no-verifier", url.Values{"code_verifier": nil}, 400, "invalid_request"},
		{"wrong-redirect", url.Values{"redirect_uri": {origin + "/auth/silent"}}, 400, "invalid_grant"},
		{"no-redirect", url.Values{"redirect_uri": nil}, 400, "invalid_grant"},
		{"wrong-client", url.Values{"client_id": {"other"}}, 401, "invalid_client"},
		{"wrong-code", url.Values{"code": {"nonsense"}}, 400, "invalid_grant"},
		{"no-code", url.Values{"code": nil}, 400, "invalid_request"},
		{"no-grant", url.Values{"grant_type": nil}, 400, "invalid_request"},
		{"password-grant", url.Values{"grant_type": {"password"}}, 400, "unsupported_grant_type"},
		{"jwt-grant", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}}, 400, "unsupported_grant_type"},
		{"device-grant", url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:device_code"}}, 400, "unsupported_grant_type"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			b := newBrowser(t, origin, direct{h})
			verifier, challenge := pkce()
			f := url.Values{
				"grant_type": {"authorization_code"}, "client_id": {localissuer.ClientID},
				"code": {b.code("/oauth/login", challenge, "ana@example.org", password)}, "code_verifier": {verifier},
				"redirect_uri": {origin + "/auth/callback"},
			}
			for k, v := range tc.change {
				f[k] = v
			}
			tk, status := b.token(f)
			if status != tc.status || tk.Error != tc.error || tk.Access != "" {
				t.Errorf("token: got %d %s, want %d %s", status, tk.Error, tc.status, tc.error)
			}
		})
	}
	t.Run("replayed-code-ends-its-tokens", func(t *testing.T) {
		t.Parallel()
		b := newBrowser(t, origin, direct{h})
		verifier, challenge := pkce()
		code := b.code("/oauth/login", challenge, "ana@example.org", password)
		first, status := b.exchange(code, verifier)
		if status != http.StatusOK {
			t.Fatalf("exchange: got %d, want 200", status)
		}
		if again, status := b.exchange(code, verifier); status != 400 || again.Error != "invalid_grant" {
			t.Errorf("exchange again: got %d %s, want 400 invalid_grant", status, again.Error)
		}
		if tk, status := b.refresh(first.Refresh); status != 400 || tk.Error != "invalid_grant" {
			t.Errorf("refresh after a replay: got %d %s, want 400 invalid_grant", status, tk.Error)
		}
	})
	t.Run("one-code-in-parallel", func(t *testing.T) {
		t.Parallel()
		b := newBrowser(t, origin, direct{h})
		verifier, challenge := pkce()
		code := b.code("/oauth/login", challenge, "ana@example.org", password)
		statuses := make(chan int, 8)
		for range cap(statuses) {
			go func() {
				_, status := b.exchange(code, verifier)
				statuses <- status
			}()
		}
		won := 0
		for range cap(statuses) {
			if <-statuses == http.StatusOK {
				won++
			}
		}
		if won != 1 {
			t.Errorf("parallel exchanges: got %d tokens, want 1", won)
		}
	})
}
