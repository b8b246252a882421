package identity

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/myevents/myevents/shared/fault"
)

const (
	maxToken     = 8 << 10 // bytes
	maxCached    = 15 * time.Minute
	minRSABits   = 2048
	defaultCache = 10_000
	defaultSkew  = 30 * time.Second
	defaultFetch = 5 * time.Second
)

// Key is a public key of an issuer: *rsa.PublicKey, *ecdsa.PublicKey on P-256, or ed25519.PublicKey.
type Key struct {
	ID     string // the tokens' kid
	Public any
}

// algorithm is the one algorithm that tokens signed with the key must name; "" where the key is of no use here.
func (k Key) algorithm() jose.SignatureAlgorithm {
	switch p := k.Public.(type) {
	case *rsa.PublicKey:
		if p.N != nil && p.N.BitLen() >= minRSABits {
			return jose.RS256
		}
	case *ecdsa.PublicKey:
		if p.Curve == elliptic.P256() {
			return jose.ES256
		}
	case ed25519.PublicKey:
		if len(p) == ed25519.PublicKeySize {
			return jose.EdDSA
		}
	}
	return ""
}

// Issuer is one whose tokens are accepted.
type Issuer struct {
	Name      string   // the tokens' iss, to the letter
	Audiences []string // at least one of them in aud, or as client_id in an access token of Cognito
	Keys      []Key    // given: nothing is fetched. Otherwise they come from Name + /.well-known/openid-configuration
	IDTokens  bool     // accept ID tokens that do not say token_use, too
}

// Config is what a Verifier goes by. Issuers is required.
type Config struct {
	Issuers      []Issuer
	Skew         time.Duration    // how far clocks may differ; default 30 s
	CacheSize    int              // verified tokens remembered; default 10,000
	FetchTimeout time.Duration    // for an issuer's keys; default 5 s
	Client       *http.Client     // for an issuer's keys; default http.DefaultClient
	Now          func() time.Time // default time.Now
}

// Verifier turns bearer tokens into principals. It is safe for concurrent use.
type Verifier struct {
	issuers map[string]trusted
	skew    time.Duration
	now     func() time.Time
	cache   *lru.Cache[[sha256.Size]byte, verified]
}

type trusted struct {
	Issuer
	keys keySource
}

// keySource finds an issuer's key. Errors: errNoKey, or fault.Unavailable.
type keySource interface {
	key(ctx context.Context, kid string) (Key, error)
}

type verified struct {
	principal Principal
	until     time.Time
}

var (
	errNoKey   = errors.New("unknown key")
	errExpired = errors.New("expired")
)

// New checks cfg and returns a Verifier. It fetches nothing: keys come when the first token needs them.
func New(cfg Config) (*Verifier, error) {
	if len(cfg.Issuers) == 0 {
		return nil, errors.New("identity: no issuer")
	}
	if cfg.Skew <= 0 {
		cfg.Skew = defaultSkew
	}
	if cfg.CacheSize <= 0 {
		cfg.CacheSize = defaultCache
	}
	if cfg.FetchTimeout <= 0 {
		cfg.FetchTimeout = defaultFetch
	}
	if cfg.Client == nil {
		cfg.Client = new(http.Client)
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cache, err := lru.New[[sha256.Size]byte, verified](cfg.CacheSize)
	if err != nil {
		return nil, fmt.Errorf("identity: token cache: %w", err)
	}
	v := &Verifier{issuers: map[string]trusted{}, skew: cfg.Skew, now: cfg.Now, cache: cache}
	for _, iss := range cfg.Issuers {
		u, err := url.Parse(iss.Name)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.RawQuery != "" || u.Fragment != "" {
			return nil, fmt.Errorf("identity: issuer %q is no http or https URL", iss.Name)
		}
		if len(iss.Audiences) == 0 || slices.Contains(iss.Audiences, "") {
			return nil, fmt.Errorf("identity: issuer %s needs an audience", iss.Name)
		}
		if _, twice := v.issuers[iss.Name]; twice {
			return nil, fmt.Errorf("identity: issuer %s is given twice", iss.Name)
		}
		t := trusted{Issuer: iss}
		if len(iss.Keys) > 0 {
			static := staticKeys{}
			for _, k := range iss.Keys {
				if k.ID == "" || k.algorithm() == "" {
					return nil, fmt.Errorf("identity: issuer %s has an unusable key %q", iss.Name, k.ID)
				}
				static[k.ID] = k
			}
			t.keys = static
		} else {
			t.keys = newRemoteKeys(u, iss.Name, cfg)
		}
		v.issuers[iss.Name] = t
	}
	return v, nil
}

type staticKeys map[string]Key

func (s staticKeys) key(_ context.Context, kid string) (Key, error) {
	if k, ok := s[kid]; ok {
		return k, nil
	}
	return Key{}, errNoKey
}

// Verify returns the principal of a token. A token that was verified is remembered until it expires, at most 15 minutes, so
// that a key that its issuer withdrew is soon of no use.
// Errors: fault.Unauthenticated for a missing or bad token, its text without any detail of the token; fault.Unavailable
// where the issuer's keys cannot be had.
func (v *Verifier) Verify(ctx context.Context, token string) (Principal, error) {
	if token == "" {
		return Principal{}, missing()
	}
	if len(token) > maxToken {
		return Principal{}, refused(errors.New("too long"))
	}
	sum := sha256.Sum256(append(make([]byte, 0, 1024), token...)) // usual tokens stay on the stack
	now := v.now()
	if hit, ok := v.cache.Get(sum); ok {
		if now.Before(hit.until) {
			return hit.principal, nil
		}
		v.cache.Remove(sum)
	}
	p, err := v.verify(ctx, token, now)
	if err != nil {
		return Principal{}, err
	}
	until := now.Add(maxCached)
	if p.TokenExpires.Before(until) {
		until = p.TokenExpires
	}
	if now.Before(until) {
		v.cache.Add(sum, verified{principal: p, until: until})
	}
	return p, nil
}

func (v *Verifier) verify(ctx context.Context, token string, now time.Time) (Principal, error) {
	jws, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA})
	if err != nil {
		return Principal{}, refused(errors.New("no token signed as required"))
	}
	// The issuer's name is only used to find the keys; everything is read again from what the signature covers.
	var hint struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(jws.UnsafePayloadWithoutVerification(), &hint) != nil {
		return Principal{}, refused(errors.New("no claims"))
	}
	iss, ok := v.issuers[hint.Issuer]
	if !ok {
		return Principal{}, refused(errors.New("unknown issuer"))
	}
	head := jws.Signatures[0].Header
	if head.KeyID == "" {
		return Principal{}, refused(errNoKey)
	}
	key, err := iss.keys.key(ctx, head.KeyID)
	if err != nil {
		if fault.Is(err, fault.Unavailable) {
			return Principal{}, fmt.Errorf("keys of issuer %s: %w", iss.Name, err)
		}
		return Principal{}, refused(err)
	}
	if head.Algorithm != string(key.algorithm()) {
		return Principal{}, refused(errors.New("not the key's algorithm"))
	}
	payload, err := jws.Verify(key.Public)
	if err != nil {
		return Principal{}, refused(errors.New("bad signature"))
	}
	var c claims
	if err := json.Unmarshal(payload, &c); err != nil {
		return Principal{}, refused(errors.New("unreadable claims"))
	}
	if c.Issuer != iss.Name {
		return Principal{}, refused(errors.New("unknown issuer"))
	}
	if err := c.check(iss.Issuer, now, v.skew); err != nil {
		return Principal{}, refused(err)
	}
	return c.principal(), nil
}

func missing() error {
	return fault.New(fault.Unauthenticated, "", "sign in first")
}

// refused keeps the reason for the log; callers learn only whether to sign in again.
func refused(why error) error {
	text := "the bearer token is not acceptable"
	if errors.Is(why, errExpired) {
		text = "the bearer token has expired"
	}
	return fault.Wrap(fault.Unauthenticated, text, why)
}

// Ready fetches the keys of the issuers that publish theirs, so that the first token does not wait for them. Errors:
// fault.Invalid for one that is no issuer, or another than it is taken for; fault.Unavailable for one out of reach.
func (v *Verifier) Ready(ctx context.Context) error {
	var faults []error
	for _, t := range v.issuers {
		if r, ok := t.keys.(*remoteKeys); ok {
			faults = append(faults, r.ready(ctx))
		}
	}
	return errors.Join(faults...)
}
