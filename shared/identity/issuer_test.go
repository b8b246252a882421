package identity_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/myevents/myevents/shared/identity"
)

var start = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// clock is a time that moves only when told.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: start} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// signingKey is a private key with the id that its tokens carry.
type signingKey struct {
	id  string
	alg jose.SignatureAlgorithm
	key any
}

func (k signingKey) public() jose.JSONWebKey {
	return (&jose.JSONWebKey{Key: k.key, KeyID: k.id, Algorithm: string(k.alg), Use: "sig"}).Public()
}

func edKey(t testing.TB, id string) signingKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{id, jose.EdDSA, key}
}

func ecKey(t testing.TB, id string) signingKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signingKey{id, jose.ES256, key}
}

type object = map[string]any

// sign makes a token of claims, whatever they are.
func sign(t testing.TB, k signingKey, claims object) string {
	t.Helper()
	opts := (&jose.SignerOptions{}).WithType("JWT")
	if k.id != "" {
		opts = opts.WithHeader("kid", k.id)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: k.alg, Key: k.key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const issuerName = "https://issuer.example"

// good are the claims of a token that is accepted at start; with changes, of which nil removes a claim.
func good(changes object) object {
	c := object{
		"iss": issuerName, "sub": "user-1", "aud": "myevents",
		"iat": start.Unix(), "nbf": start.Unix(), "exp": start.Add(15 * time.Minute).Unix(),
		"email": "ana@example.org", "name": "Ana",
	}
	for k, v := range changes {
		if v == nil {
			delete(c, k)
		} else {
			c[k] = v
		}
	}
	return c
}

func static(t testing.TB, c *clock, k signingKey) *identity.Verifier {
	t.Helper()
	return verifier(t, identity.Config{Now: c.Now, Issuers: []identity.Issuer{{
		Name: issuerName, Audiences: []string{"myevents", "client-7"},
		Keys: []identity.Key{{ID: k.id, Public: k.public().Key}},
	}}})
}

func verifier(t testing.TB, cfg identity.Config) *identity.Verifier {
	t.Helper()
	v, err := identity.New(cfg)
	if err != nil {
		t.Fatalf("New: got %v, want nil", err)
	}
	return v
}

// published is an issuer on the network.
type published struct {
	*httptest.Server
	mu      sync.Mutex
	keys    []any
	status  int
	issuer  string
	fetches atomic.Int64 // of the key set
	gate    chan struct{}
}

func publish(t testing.TB, keys ...any) *published {
	t.Helper()
	p := &published{keys: keys, status: http.StatusOK}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		w.WriteHeader(p.status)
		_ = json.NewEncoder(w).Encode(object{"issuer": p.issuer, "jwks_uri": p.URL + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		p.fetches.Add(1)
		if p.gate != nil {
			<-p.gate
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		_ = json.NewEncoder(w).Encode(object{"keys": p.keys})
	})
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	p.issuer = p.URL
	return p
}

func (p *published) set(status int, keys ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.status, p.keys = status, keys
}

func (p *published) token(t testing.TB, k signingKey, now time.Time) string {
	t.Helper()
	return sign(t, k, good(object{"iss": p.issuer, "nbf": now.Unix(), "exp": now.Add(15 * time.Minute).Unix(), "jti": rand.Text()}))
}

func (p *published) trusting(t testing.TB, c *clock) *identity.Verifier {
	t.Helper()
	return verifier(t, identity.Config{Now: c.Now, Issuers: []identity.Issuer{{Name: p.issuer, Audiences: []string{"myevents"}}}})
}
