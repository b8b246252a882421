package localissuer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

func TestSigner_Mint(t *testing.T) {
	t.Parallel()
	tool, err := localissuer.NewSigner(localissuer.Config{Secret: secret})
	if err != nil {
		t.Fatalf("NewSigner: got %v, want nil", err)
	}
	// Another process, of the same secret, verifies.
	verify := verifierFor(t, newIssuer(t, localissuer.Config{}))
	for _, tc := range []struct {
		name   string
		claims localissuer.Claims
		ttl    time.Duration
		want   identity.Principal
	}{
		{"defaults", localissuer.Claims{Email: "Ana@Example.org"}, 0, identity.Principal{
			Name:  "ana",
			Roles: []identity.Role{identity.Attendee}, Organisations: []string{"demo"},
		}},
		{"everything", localissuer.Claims{
			Email: "ana@example.org", Name: "Ana Ortiz", Roles: []identity.Role{identity.Organiser, identity.Staff},
			Organisations: []string{"opera", "circus"},
		}, time.Hour, identity.Principal{
			Name:          "Ana Ortiz",
			Roles:         []identity.Role{identity.Attendee, identity.Organiser, identity.Staff},
			Organisations: []string{"opera", "circus"},
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			token, err := tool.Mint(tc.claims, tc.ttl)
			if err != nil {
				t.Fatalf("Mint: got %v, want nil", err)
			}
			got, err := verify.Verify(t.Context(), token)
			if err != nil {
				t.Fatalf("Verify: got %v, want nil", err)
			}
			ttl := tc.ttl
			if ttl == 0 {
				ttl = 12 * time.Hour
			}
			if left := time.Until(got.TokenExpires); left > ttl || left < ttl-time.Minute {
				t.Errorf("expires in: got %v, want %v", left, ttl)
			}
			want := tc.want
			want.UserID, want.Email = id.Derived(id.User, localissuer.DefaultName, "ana@example.org"), "ana@example.org"
			want.TokenExpires = got.TokenExpires
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("Verify: (-want +got)\n%s", diff)
			}
		})
	}
}

func TestSigner_Mint_refuses(t *testing.T) {
	t.Parallel()
	s, err := localissuer.NewSigner(localissuer.Config{Secret: secret})
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		claims localissuer.Claims
		ttl    time.Duration
	}{
		{"no-address", localissuer.Claims{}, 0},
		{"bad-address", localissuer.Claims{Email: "ana"}, 0},
		{"unknown-role", localissuer.Claims{Email: "a@b.c", Roles: []identity.Role{"emperor"}}, 0},
		{"bad-organisation", localissuer.Claims{Email: "a@b.c", Organisations: []string{"a#b"}}, 0},
		{"negative-ttl", localissuer.Claims{Email: "a@b.c"}, -time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if _, err := s.Mint(tc.claims, tc.ttl); !fault.Is(err, fault.Invalid) {
				t.Errorf("Mint: got %v, want invalid", err)
			}
		})
	}
}

func TestSigner_otherSecretOrName(t *testing.T) {
	t.Parallel()
	verify := verifierFor(t, newIssuer(t, localissuer.Config{}))
	for _, tc := range []struct {
		name string
		cfg  localissuer.Config
	}{
		{"other-secret", localissuer.Config{Secret: []byte("another secret of 32 bytes......")}},
		{"other-name", localissuer.Config{Secret: secret, Name: "http://localhost:9999"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s, err := localissuer.NewSigner(tc.cfg)
			if err != nil {
				t.Fatal(err)
			}
			token, err := s.Mint(localissuer.Claims{Email: "a@b.c"}, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := verify.Verify(t.Context(), token); !fault.Is(err, fault.Unauthenticated) {
				t.Errorf("Verify: got %v, want unauthenticated", err)
			}
		})
	}
	for _, size := range []int{0, 31, 33} {
		if _, err := localissuer.NewSigner(localissuer.Config{Secret: make([]byte, size)}); err == nil {
			t.Errorf("NewSigner with %d bytes: got nil, want an error", size)
		}
	}
}
