package identity_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
)

func TestVerifier_Verify(t *testing.T) {
	t.Parallel()
	rsaPrivate, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	expires := start.Add(15 * time.Minute)
	base := identity.Principal{
		UserID: id.Derived(id.User, issuerName, "user-1"), Email: "ana@example.org", Name: "Ana",
		Roles: []identity.Role{identity.Attendee}, TokenExpires: expires,
	}
	with := func(change func(*identity.Principal)) identity.Principal { p := base; change(&p); return p }
	for _, tc := range []struct {
		name   string
		key    signingKey
		claims object
		want   identity.Principal
	}{
		{"eddsa", edKey(t, "a"), good(nil), base},
		{"es256", ecKey(t, "a"), good(nil), base},
		{"rs256", signingKey{"a", jose.RS256, rsaPrivate}, good(nil), base},
		{"audience-among-others", edKey(t, "a"), good(object{"aud": []string{"x", "myevents"}}), base},
		{
			"cognito-access-token-names-the-client", edKey(t, "a"),
			good(object{"aud": nil, "client_id": "client-7", "token_use": "access"}), base,
		},
		{
			"cognito-id-token-names-the-audience", edKey(t, "a"),
			good(object{"aud": "client-7", "token_use": "id", "at_hash": "x"}), base,
		},
		{
			"roles-and-organisations", edKey(t, "a"),
			good(object{"roles": []string{"organiser", "emperor", "organiser"}, "orgs": []string{"demo", "no good", "a#b", "demo"}}),
			with(func(p *identity.Principal) {
				p.Roles = []identity.Role{identity.Attendee, identity.Organiser}
				p.Organisations = []string{"demo"}
			}),
		},
		{
			"one-role-as-a-string", edKey(t, "a"), good(object{"roles": "staff", "orgs": "demo"}),
			with(func(p *identity.Principal) {
				p.Roles = []identity.Role{identity.Attendee, identity.Staff}
				p.Organisations = []string{"demo"}
			}),
		},
		{
			"cognito-groups", edKey(t, "a"), good(object{"cognito:groups": []string{"admin", "org:demo", "org:", "eu-west-1_Google"}}),
			with(func(p *identity.Principal) {
				p.Roles = []identity.Role{identity.Attendee, identity.Admin}
				p.Organisations = []string{"demo"}
			}),
		},
		{"foreign-shape-of-roles-counts-as-none", edKey(t, "a"), good(object{"roles": object{"organiser": true}}), base},
		{
			"name-from-the-user-name", edKey(t, "a"), good(object{"name": nil, "username": "ana7"}),
			with(func(p *identity.Principal) { p.Name = "ana7" }),
		},
		{
			"name-from-the-address", edKey(t, "a"), good(object{"name": nil}),
			with(func(p *identity.Principal) { p.Name = "ana" }),
		},
		{
			"fractions-of-seconds", edKey(t, "a"), good(object{"exp": float64(expires.Unix()) + 0.5}),
			with(func(p *identity.Principal) { p.TokenExpires = expires.Add(500 * time.Millisecond) }),
		},
		{
			"expired-within-the-skew", edKey(t, "a"), good(object{"exp": start.Add(-29 * time.Second).Unix()}),
			with(func(p *identity.Principal) { p.TokenExpires = start.Add(-29 * time.Second) }),
		},
		{"starts-within-the-skew", edKey(t, "a"), good(object{"nbf": start.Add(29 * time.Second).Unix()}), base},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := static(t, newClock(), tc.key)
			token := sign(t, tc.key, tc.claims)
			for _, round := range []string{"first", "again"} {
				got, err := v.Verify(t.Context(), token)
				if err != nil {
					t.Fatalf("Verify %s: got %v, want nil", round, err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("Verify %s: (-want +got)\n%s", round, diff)
				}
			}
		})
	}
}

func encode(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

func TestVerifier_Verify_refuses(t *testing.T) {
	t.Parallel()
	k := edKey(t, "a")
	rsaPrivate, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	rsaPEM, err := x509.MarshalPKIXPublicKey(rsaPrivate.Public())
	if err != nil {
		t.Fatal(err)
	}
	valid := sign(t, k, good(nil))
	parts := strings.Split(valid, ".")
	ed := func(changes object) string { return sign(t, k, good(changes)) }
	none := func(alg string) string {
		return encode(t, object{"alg": alg, "kid": "a", "typ": "JWT"}) + "." + encode(t, good(nil)) + "."
	}
	other := edKey(t, "a")
	hs := func(secret []byte) string {
		return sign(t, signingKey{"a", jose.HS256, secret}, good(nil))
	}
	for _, tc := range []struct{ name, token string }{
		{"missing", ""},
		{"garbage", "garbage"},
		{"dots", ".."},
		{"spaces", " " + valid},
		{"no-base64", "!!.!!.!!"},
		{"no-json", base64.RawURLEncoding.EncodeToString([]byte("{")) + "." + parts[1] + "." + parts[2]},
		{"json-serialisation", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`},
		{"one-megabyte", valid + strings.Repeat("A", 1<<20)},
		{"expired", ed(object{"exp": start.Add(-31 * time.Second).Unix()})},
		{"expired-long-ago", ed(object{"exp": 1})},
		{"no-expiry", ed(object{"exp": nil})},
		{"expiry-as-text", ed(object{"exp": "9999999999"})},
		{"expiry-beyond-all-time", ed(object{"exp": 1e300})},
		{"negative-expiry", ed(object{"exp": -1})},
		{"not-yet-valid", ed(object{"nbf": start.Add(31 * time.Second).Unix()})},
		{"wrong-issuer", ed(object{"iss": "https://evil.example"})},
		{"issuer-with-slash", ed(object{"iss": issuerName + "/"})},
		{"no-issuer", ed(object{"iss": nil})},
		{"wrong-audience", ed(object{"aud": "other"})},
		{"no-audience", ed(object{"aud": nil})},
		{"client-id-alone-is-no-audience", ed(object{"aud": nil, "client_id": "client-7"})},
		{"cognito-access-token-of-another-client", ed(object{"aud": nil, "client_id": "client-8", "token_use": "access"})},
		{"cognito-id-token-of-another-client", ed(object{"aud": "client-8", "token_use": "id"})},
		{"unknown-token-use", ed(object{"token_use": "refresh"})},
		{"id-token", ed(object{"at_hash": "abc"})},
		{"id-token-with-nonce", ed(object{"nonce": "abc"})},
		{"no-subject", ed(object{"sub": nil})},
		{"endless-subject", ed(object{"sub": strings.Repeat("x", 256)})},
		{"none-algorithm", none("none")},
		{"none-algorithm-in-capitals", none("None")},
		{"no-algorithm", none("")},
		{"hs256-with-the-public-key", hs(k.public().Key.(ed25519.PublicKey))},
		{"hs256-with-a-public-rsa-key", hs(rsaPEM)},
		{"algorithm-of-another-kind-of-key", sign(t, signingKey{"a", jose.RS256, rsaPrivate}, good(nil))},
		{"ps256", sign(t, signingKey{"a", jose.PS256, rsaPrivate}, good(nil))},
		{"signed-by-another-key", sign(t, other, good(nil))},
		{"unknown-kid", sign(t, signingKey{"b", k.alg, k.key}, good(nil))},
		{"no-kid", sign(t, signingKey{"", k.alg, k.key}, good(nil))},
		{"tampered-claims", parts[0] + "." + encode(t, good(object{"roles": []string{"admin"}})) + "." + parts[2]},
		{"tampered-header", encode(t, object{"alg": "EdDSA", "kid": "a", "x": 1}) + "." + parts[1] + "." + parts[2]},
		{"cut-signature", valid[:len(valid)-4]},
		{"no-signature", parts[0] + "." + parts[1] + "."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			v := static(t, newClock(), k)
			for range 2 {
				p, err := v.Verify(t.Context(), tc.token)
				if !fault.Is(err, fault.Unauthenticated) {
					t.Fatalf("Verify: got %v, want unauthenticated", err)
				}
				if p.SignedIn() || p.Has(identity.Attendee) {
					t.Errorf("Verify: got %v, want nobody", p)
				}
				var f *fault.Error
				if errors.As(err, &f) && tc.token != "" && strings.Contains(f.Text, tc.token) {
					t.Errorf("Verify: the text repeats the token")
				}
			}
		})
	}
}

func TestVerifier_Verify_idTokensWhereWanted(t *testing.T) {
	t.Parallel()
	k, c := edKey(t, "a"), newClock()
	v := verifier(t, identity.Config{Now: c.Now, Issuers: []identity.Issuer{{
		Name: issuerName, Audiences: []string{"myevents"},
		IDTokens: true, Keys: []identity.Key{{ID: "a", Public: k.public().Key}},
	}}})
	if _, err := v.Verify(t.Context(), sign(t, k, good(object{"nonce": "n"}))); err != nil {
		t.Errorf("Verify ID token: got %v, want nil", err)
	}
}

func TestVerifier_Verify_cacheRespectsExpiry(t *testing.T) {
	t.Parallel()
	k, c := edKey(t, "a"), newClock()
	v := static(t, c, k)
	token := sign(t, k, good(object{"exp": start.Add(10 * time.Minute).Unix()}))
	for _, step := range []struct {
		name string
		wait time.Duration
		ok   bool
	}{
		{"fresh", 0, true},
		{"a-second-before", 10*time.Minute - time.Second, true},
		{"within-the-skew", 30 * time.Second, true},
		{"past-the-skew", time.Second, false},
		{"later", time.Hour, false},
	} {
		c.add(step.wait)
		_, err := v.Verify(t.Context(), token)
		if step.ok && err != nil || !step.ok && !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("Verify %s: got %v, want ok %v", step.name, err, step.ok)
		}
	}
}

func TestVerifier_Verify_cacheIsBounded(t *testing.T) {
	t.Parallel()
	k, c := edKey(t, "a"), newClock()
	v := verifier(t, identity.Config{Now: c.Now, CacheSize: 2, Issuers: []identity.Issuer{{
		Name:      issuerName,
		Audiences: []string{"myevents"}, Keys: []identity.Key{{ID: "a", Public: k.public().Key}},
	}}})
	for i := range 10 {
		token := sign(t, k, good(object{"jti": i}))
		for range 2 {
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Fatalf("Verify %d: got %v, want nil", i, err)
			}
		}
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	k := edKey(t, "a")
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	good := identity.Issuer{Name: issuerName, Audiences: []string{"a"}, Keys: []identity.Key{{ID: "a", Public: k.public().Key}}}
	for _, tc := range []struct {
		name    string
		issuers []identity.Issuer
	}{
		{"no-issuer", nil},
		{"no-name", []identity.Issuer{{Audiences: []string{"a"}}}},
		{"no-url", []identity.Issuer{{Name: "issuer", Audiences: []string{"a"}}}},
		{"no-audience", []identity.Issuer{{Name: issuerName}}},
		{"empty-audience", []identity.Issuer{{Name: issuerName, Audiences: []string{""}}}},
		{"twice", []identity.Issuer{good, good}},
		{"private-key", []identity.Issuer{{Name: issuerName, Audiences: []string{"a"}, Keys: []identity.Key{{ID: "a", Public: k.key}}}}},
		{"key-without-id", []identity.Issuer{{Name: issuerName, Audiences: []string{"a"}, Keys: []identity.Key{{Public: k.public().Key}}}}},
		{"weak-key", []identity.Issuer{{Name: issuerName, Audiences: []string{"a"}, Keys: []identity.Key{{ID: "a", Public: weak.Public()}}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := identity.New(identity.Config{Issuers: tc.issuers}); err == nil {
				t.Error("New: got nil, want an error")
			}
		})
	}
}

func BenchmarkVerifier_Verify(b *testing.B) {
	k, c := edKey(b, "a"), newClock()
	token := sign(b, k, good(object{"roles": []string{"organiser"}, "orgs": []string{"demo"}}))
	b.Run("cached", func(b *testing.B) {
		v := static(b, c, k)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := v.Verify(context.Background(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("first-sight", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			v := static(b, c, k)
			b.StartTimer()
			if _, err := v.Verify(context.Background(), token); err != nil {
				b.Fatal(err)
			}
		}
	})
}
