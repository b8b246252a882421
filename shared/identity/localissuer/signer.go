package localissuer

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

const (
	// DefaultName is the issuer's name unless Config says otherwise. It is a name, not an address: it stays the same
	// whatever address the server listens on, so that every program on the machine means the same users.
	DefaultName = "http://localhost:8080"
	// Audience is the aud of every access token.
	Audience = "myevents"
	// DefaultOrganisation is the one that minted tokens belong to unless told otherwise.
	DefaultOrganisation = "demo"
	// DefaultMintTTL is how long a minted token lasts unless told otherwise.
	DefaultMintTTL = 12 * time.Hour

	secretSize = 32
	mintClient = "myevents-cli"
)

// Signer makes the tokens of the local issuer. Every Signer of one secret and name makes tokens that all of them verify.
// It is safe for concurrent use.
type Signer struct {
	name    string
	keyID   string
	private ed25519.PrivateKey
	now     func() time.Time
}

// NewSigner returns the signer that cfg's Secret and Name give; it needs no other field. It does no I/O.
func NewSigner(cfg Config) (*Signer, error) {
	cfg = cfg.withDefaults()
	seed, err := derive(cfg.Secret, "signing key", ed25519.SeedSize)
	if err != nil {
		return nil, err
	}
	private := ed25519.NewKeyFromSeed(seed)
	public, _ := private.Public().(ed25519.PublicKey)
	sum := sha256.Sum256(public)
	return &Signer{
		name:    cfg.Name,
		keyID:   base64.RawURLEncoding.EncodeToString(sum[:12]),
		private: private,
		now:     cfg.Now,
	}, nil
}

// derive gives the key for one purpose.
func derive(secret []byte, purpose string, size int) ([]byte, error) {
	if len(secret) != secretSize {
		return nil, fmt.Errorf("localissuer: the secret has %d bytes, not %d", len(secret), secretSize)
	}
	return hkdf.Key(sha256.New, secret, nil, "myevents local issuer: "+purpose, size)
}

// Keys are the public keys that verify the tokens.
func (s *Signer) Keys() []identity.Key {
	return []identity.Key{{ID: s.keyID, Public: s.private.Public()}}
}

// Trust is what a Verifier in the same process needs to accept the tokens.
func (s *Signer) Trust() identity.Issuer {
	return identity.Issuer{Name: s.name, Audiences: []string{Audience}, Keys: s.Keys()}
}

// Claims say whom a minted token speaks for. Only Email is required.
type Claims struct {
	Email         string          // the same address is the same user, as after signing in
	Name          string          // default: the part of Email before the @
	Roles         []identity.Role // default: attendee
	Organisations []string        // default: DefaultOrganisation
}

// Mint returns an access token for c that lasts ttl, or DefaultMintTTL where ttl is 0. No account is needed or made.
// Errors: fault.Invalid for an unusable address, unknown role or impossible organisation.
func (s *Signer) Mint(c Claims, ttl time.Duration) (string, error) {
	email, err := NormaliseEmail(c.Email)
	if err != nil {
		return "", err
	}
	if ttl < 0 {
		return "", fault.InvalidField("ttl", "must not be negative")
	}
	if ttl == 0 {
		ttl = DefaultMintTTL
	}
	if c.Name == "" {
		c.Name, _, _ = strings.Cut(email, "@")
	}
	if len(c.Roles) == 0 {
		c.Roles = []identity.Role{identity.Attendee}
	}
	if len(c.Organisations) == 0 {
		c.Organisations = []string{DefaultOrganisation}
	}
	if err := checkGrants(c.Roles, c.Organisations); err != nil {
		return "", err
	}
	now := s.now()
	return s.sign(map[string]any{
		"iss": s.name, "sub": email, "aud": []string{Audience}, "client_id": mintClient, "jti": rand.Text(),
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(ttl).Unix(),
		"email": email, "name": c.Name, "roles": c.Roles, "orgs": c.Organisations,
	})
}

func checkGrants(roles []identity.Role, organisations []string) error {
	for _, r := range roles {
		if _, ok := identity.ParseRole(string(r)); !ok {
			return fault.InvalidField("role", fmt.Sprintf("must be one of %v", identity.Roles()))
		}
	}
	if !slices.ContainsFunc(organisations, func(o string) bool { return !identity.ValidOrganisation(o) }) {
		return nil
	}
	return fault.InvalidField("organisation",
		"must be 1 to 64 letters, digits, dots, dashes or underscores, beginning with a letter or digit")
}

func (s *Signer) sign(claims map[string]any) (string, error) {
	signer, err := jose.NewSigner(
		jose.SigningKey{Algorithm: jose.EdDSA, Key: jose.JSONWebKey{Key: s.private, KeyID: s.keyID}},
		(&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		return "", fmt.Errorf("signer: %w", err)
	}
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("claims: %w", err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return jws.CompactSerialize()
}

// signingKey and publicKey are the key as the provider wants it.
type (
	signingKey struct{ s *Signer }
	publicKey  struct{ s *Signer }
)

func (k signingKey) ID() string                                  { return k.s.keyID }
func (k signingKey) SignatureAlgorithm() jose.SignatureAlgorithm { return jose.EdDSA }
func (k signingKey) Key() any                                    { return k.s.private }

func (k publicKey) ID() string                         { return k.s.keyID }
func (k publicKey) Algorithm() jose.SignatureAlgorithm { return jose.EdDSA }
func (k publicKey) Use() string                        { return "sig" }
func (k publicKey) Key() any                           { return k.s.private.Public() }
