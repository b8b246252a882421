package identity_test

import (
	"context"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

func TestVerifier_Verify_rotation(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, b, stranger := edKey(t, "a"), ecKey(t, "b"), edKey(t, "stranger")
	p := publish(t, a.public())
	v := p.trusting(t, c)
	ok := func(step string, k signingKey) {
		t.Helper()
		if _, err := v.Verify(t.Context(), p.token(t, k, c.Now())); err != nil {
			t.Fatalf("Verify %s: got %v, want nil", step, err)
		}
	}
	bad := func(step string, k signingKey, want fault.Kind) {
		t.Helper()
		if _, err := v.Verify(t.Context(), p.token(t, k, c.Now())); !fault.Is(err, want) {
			t.Fatalf("Verify %s: got %v, want %v", step, err, want)
		}
	}
	fetched := func(step string, want int64) {
		t.Helper()
		if got := p.fetches.Load(); got != want {
			t.Fatalf("fetches %s: got %d, want %d", step, got, want)
		}
	}
	fetched("before the first token", 0)
	ok("first key", a)
	ok("first key again", a)
	fetched("after the first tokens", 1)

	bad("unknown key at once", b, fault.Unauthenticated)
	fetched("within 30 s", 1)
	c.add(30 * time.Second)
	bad("unknown key later", stranger, fault.Unauthenticated)
	fetched("after 30 s", 2)
	for range 50 {
		bad("unknown key, many times", stranger, fault.Unauthenticated)
	}
	fetched("after many unknown keys", 2)

	p.set(http.StatusOK, a.public(), b.public())
	c.add(30 * time.Second)
	ok("second key", b)
	ok("first key beside it", a)
	fetched("after the rotation", 3)

	p.set(http.StatusOK, b.public())
	ok("withdrawn key, not known yet", a)
	c.add(time.Hour)
	ok("second key after an hour", b)
	bad("withdrawn key", a, fault.Unauthenticated)
	fetched("after an hour", 4)

	p.set(http.StatusInternalServerError)
	c.add(2 * time.Hour)
	ok("known key while the issuer is down", b)
	bad("unknown key while the issuer is down", a, fault.Unavailable)
	c.add(24 * time.Hour)
	bad("known key after a day", b, fault.Unavailable)
	p.set(http.StatusOK, b.public())
	c.add(time.Second)
	ok("back again", b)
}

func TestVerifier_Verify_withdrawnKeyLeavesTheCache(t *testing.T) {
	t.Parallel()
	c := newClock()
	a, b := edKey(t, "a"), edKey(t, "b")
	p := publish(t, a.public())
	v := p.trusting(t, c)
	token := sign(t, a, good(object{"iss": p.issuer, "exp": start.Add(12 * time.Hour).Unix()}))
	if _, err := v.Verify(t.Context(), token); err != nil {
		t.Fatalf("Verify: got %v, want nil", err)
	}
	p.set(http.StatusOK, b.public())
	c.add(time.Hour)
	if _, err := v.Verify(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("Verify with a withdrawn key: got %v, want unauthenticated", err)
	}
}

func TestVerifier_Verify_unreachable(t *testing.T) {
	t.Parallel()
	k := edKey(t, "a")
	for _, tc := range []struct {
		name  string
		spoil func(*published)
	}{
		{"gone", func(p *published) { p.Close() }},
		{"error", func(p *published) { p.set(http.StatusBadGateway) }},
		{"other-name", func(p *published) { p.issuer = "https://evil.example" }},
		{"no-keys", func(p *published) { p.set(http.StatusOK) }},
		{"only-unusable-keys", func(p *published) {
			p.set(http.StatusOK, object{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}, object{"kty": "new", "kid": "a"}, 7)
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClock()
			p := publish(t, k.public())
			v, token := p.trusting(t, c), p.token(t, k, start)
			tc.spoil(p)
			if _, err := v.Verify(t.Context(), token); !fault.Is(err, fault.Unavailable) {
				t.Errorf("Verify: got %v, want unavailable", err)
			}
		})
	}
	t.Run("an-unusable-key-hides-no-other", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		p := publish(t, object{"kty": "new", "kid": "x"}, k.public())
		if _, err := p.trusting(t, c).Verify(t.Context(), p.token(t, k, start)); err != nil {
			t.Errorf("Verify: got %v, want nil", err)
		}
	})
	t.Run("silent", func(t *testing.T) {
		t.Parallel()
		c := newClock()
		p := publish(t, k.public())
		p.gate = make(chan struct{})
		t.Cleanup(func() { close(p.gate) })
		v := verifier(t, identity.Config{
			Now: c.Now, FetchTimeout: 20 * time.Millisecond,
			Issuers: []identity.Issuer{{Name: p.issuer, Audiences: []string{"myevents"}}},
		})
		if _, err := v.Verify(t.Context(), p.token(t, k, start)); !fault.Is(err, fault.Unavailable) {
			t.Errorf("Verify: got %v, want unavailable", err)
		}
	})
}

func TestVerifier_Verify_oneFetchForAll(t *testing.T) {
	t.Parallel()
	c, k := newClock(), edKey(t, "a")
	p := publish(t, k.public())
	p.gate = make(chan struct{})
	v := p.trusting(t, c)
	// The first caller gives up; the fetch it began serves the others.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for i := range 20 {
		token := p.token(t, k, start)
		wg.Go(func() {
			if i == 0 {
				cancel()
				if _, err := v.Verify(ctx, token); err != nil && !fault.Is(err, fault.Unavailable) {
					t.Errorf("Verify cancelled: got %v, want unavailable", err)
				}
				return
			}
			if _, err := v.Verify(t.Context(), token); err != nil {
				t.Errorf("Verify %d: got %v, want nil", i, err)
			}
		})
	}
	close(p.gate)
	wg.Wait()
	if got := p.fetches.Load(); got != 1 {
		t.Errorf("fetches: got %d, want 1", got)
	}
}
