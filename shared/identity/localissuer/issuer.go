// Package localissuer is an OpenID Provider for one machine: accounts with passwords in a file, a login page, and the
// authorization code flow with PKCE that a browser also speaks with a provider in the cloud. It also mints tokens for
// tools that may read the machine's secret. It knows nothing of tickets, and it sends no mail: an address is a name here,
// nobody proves that it is theirs.
//
// Its pages need no script. They speak the languages of the web application, chosen by the parameter ui_locales, else by
// Accept-Language, else English, and have its colours; a text is a line in each file of texts/, and a test compares them.
//
// # Consistency
//
// Sessions and refresh tokens are sealed with the secret and survive a restart; signing out is written to the account and
// holds for every process. Sign-ins half done, codes, and which refresh token of a chain is the newest are in memory: after
// a restart a half-done sign-in begins anew, and an older refresh token of a live session is taken once, which ends the
// session as soon as the newer one shows up.
//
// # Limits
//
// 10,000 accounts, 4,096 sign-ins at once, request bodies of 64 kB, two password hashes at a time. Attempts to sign in
// are limited by account and by address.
//
// # Failure
//
// Where the accounts cannot be read or saved, pages and endpoints answer 503 or server_error, and nobody is signed out.
package localissuer

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"

	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"
)

const (
	// ClientID is the one client: the web application, without a secret.
	ClientID = "myevents-web"

	pathDiscovery = "/.well-known/openid-configuration"
	pathPrefix    = "/oauth/"
	pathAuthorize = "/oauth/authorize"
	pathCallback  = "/oauth/authorize/callback"
	pathToken     = "/oauth/token" //nolint:gosec // a path, no secret
	pathUserinfo  = "/oauth/userinfo"
	pathRevoke    = "/oauth/revoke"
	pathLogout    = "/oauth/logout"
	pathKeys      = "/oauth/keys"
	pathLogin     = "/oauth/login"
	pathSignUp    = "/oauth/signup"
	pathStyle     = "/oauth/style.css"

	maxBody  = 64 << 10 // bytes
	maxQuery = 4 << 10  // bytes; a sign-in is kept in memory
)

// Config is what an Issuer goes by. Secret and Accounts are required; a Signer needs only Secret.
type Config struct {
	Secret   []byte // 32 bytes, the same in every process of the machine
	Accounts Accounts

	Name         string        // the tokens' iss; default DefaultName
	AccessTTL    time.Duration // of access tokens from signing in; default 15 min
	SessionTTL   time.Duration // from signing in to having to sign in again; default 14 days
	DemoPassword string        // not empty: the login page shows the demo accounts with this password
	// TrustForwarded takes the browser's origin and address from X-Forwarded-Host, -Proto and -For: only behind a proxy
	// that sets all three.
	TrustForwarded bool
	Now            func() time.Time // default time.Now; the provider's own times are time.Now's
}

func (c Config) withDefaults() Config {
	c.Name = cmp.Or(c.Name, DefaultName)
	c.AccessTTL = cmp.Or(c.AccessTTL, 15*time.Minute)
	c.SessionTTL = cmp.Or(c.SessionTTL, 14*24*time.Hour)
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// Issuer signs people in and makes their tokens. It is safe for concurrent use.
type Issuer struct {
	*Signer
	cfg      Config
	seal     *sealer
	store    *storage
	provider *op.Provider
	hasher   *hasher
	byName   *limiter // sign-ins, by account
	byPlace  *limiter // sign-ins, by address
	signUps  *limiter // by address
	handler  http.Handler
}

// New checks cfg and returns the issuer. It does no I/O.
func New(cfg Config) (*Issuer, error) {
	cfg = cfg.withDefaults()
	if cfg.Accounts == nil {
		return nil, errors.New("localissuer: no accounts")
	}
	signer, err := NewSigner(cfg)
	if err != nil {
		return nil, err
	}
	seal, err := newSealer(cfg.Secret)
	if err != nil {
		return nil, err
	}
	i := &Issuer{Signer: signer, cfg: cfg, seal: seal, hasher: newHasher()}
	for _, l := range []struct {
		into  **limiter
		burst int
		every time.Duration
	}{{&i.byName, 10, time.Minute}, {&i.byPlace, 30, 5 * time.Second}, {&i.signUps, 60, 10 * time.Second}} {
		if *l.into, err = newLimiter(l.burst, l.every, cfg.Now); err != nil {
			return nil, fmt.Errorf("localissuer: limiter: %w", err)
		}
	}
	if i.store, err = newStorage(cfg, signer, seal); err != nil {
		return nil, err
	}
	algorithm := string(signingKey{signer}.SignatureAlgorithm())
	i.provider, err = op.NewProvider(
		&op.Config{
			DefaultLogoutRedirectURI: "/",
			CodeMethodS256:           true,
			GrantTypeRefreshToken:    true,
			SupportedUILocales:       speechTags,
			SupportedScopes:          []string{oidc.ScopeOpenID, oidc.ScopeProfile, oidc.ScopeEmail, oidc.ScopeOfflineAccess},
			SupportedClaims:          []string{"sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "sid", "email", "name", "roles", "orgs"},
		},
		i.store, op.StaticIssuer(cfg.Name),
		op.WithAllowInsecure(),
		op.WithCORSOptions(nil), // the application is served from the same origin
		op.WithCrypto(seal),
		op.WithAccessTokenVerifierOpts(op.WithSupportedAccessTokenSigningAlgorithms(algorithm)),
		op.WithIDTokenHintVerifierOpts(op.WithSupportedIDTokenHintSigningAlgorithms(algorithm)),
		op.WithCustomEndpoints(op.NewEndpoint(pathAuthorize), op.NewEndpoint(pathToken), op.NewEndpoint(pathUserinfo),
			op.NewEndpoint(pathRevoke), op.NewEndpoint(pathLogout), op.NewEndpoint(pathKeys)),
	)
	if err != nil {
		return nil, fmt.Errorf("localissuer: provider: %w", err)
	}
	i.handler = i.routes()
	return i, nil
}

// Handler serves /.well-known/openid-configuration and everything below /oauth/; mount it at both.
func (i *Issuer) Handler() http.Handler { return i.handler }

func (i *Issuer) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+pathDiscovery, i.discovery)
	for _, pattern := range []string{
		"GET " + pathAuthorize, "POST " + pathAuthorize, "GET " + pathUserinfo, "POST " + pathUserinfo,
		"POST " + pathRevoke, "GET " + pathLogout, "POST " + pathLogout, "GET " + pathKeys,
	} {
		mux.Handle(pattern, i.provider)
	}
	mux.HandleFunc("POST "+pathToken, i.token)
	mux.HandleFunc("GET "+pathCallback, i.callback)
	mux.HandleFunc("GET "+pathLogin, i.showLogin)
	mux.HandleFunc("POST "+pathLogin, i.login)
	mux.HandleFunc("GET "+pathSignUp, i.showSignUp)
	mux.HandleFunc("POST "+pathSignUp, i.signUp)
	mux.HandleFunc("GET "+pathStyle, i.style)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if len(r.URL.RawQuery) > maxQuery {
			http.Error(w, "the query is too long", http.StatusRequestURITooLong)
			return
		}
		v, err := i.visit(w, r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), visitKey{}, v)))
	})
}

// discovery names the issuer as ever, but the endpoints as the browser reached this one.
func (i *Issuer) discovery(w http.ResponseWriter, r *http.Request) {
	ctx := op.ContextWithIssuer(r.Context(), visitOf(r.Context()).origin)
	doc := op.CreateDiscoveryConfig(ctx, i.provider, i.store)
	doc.Issuer = i.cfg.Name
	doc.ResponseTypesSupported = []string{string(oidc.ResponseTypeCode)}
	doc.ResponseModesSupported = []string{string(oidc.ResponseModeQuery), string(oidc.ResponseModeFragment)}
	doc.GrantTypesSupported = []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
	doc.TokenEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodNone}
	doc.RevocationEndpointAuthMethodsSupported = []oidc.AuthMethod{oidc.AuthMethodNone}
	doc.RevocationEndpointAuthSigningAlgValuesSupported = nil
	doc.IntrospectionEndpoint, doc.DeviceAuthorizationEndpoint, doc.CheckSessionIframe = "", "", ""
	doc.IntrospectionEndpointAuthMethodsSupported, doc.IntrospectionEndpointAuthSigningAlgValuesSupported = nil, nil
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(doc) //nolint:errchkjson // language tags have a text form
}

// token refuses the grants that the provider would know but that nobody needs here.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	switch grant := oidc.GrantType(r.PostFormValue("grant_type")); grant {
	case oidc.GrantTypeCode, oidc.GrantTypeRefreshToken, "":
		i.provider.ServeHTTP(w, r)
	default:
		op.RequestError(w, r, oidc.ErrUnsupportedGrantType(), nil)
	}
}

// callback is where signing in ends: the provider sends the browser back to the application with a code.
func (i *Issuer) callback(w http.ResponseWriter, r *http.Request) {
	if req, ok := i.store.requests.find(r.FormValue("id"), visitOf(r.Context()).browser); !ok || !req.done {
		i.gone(w, r)
		return
	}
	i.provider.ServeHTTP(w, r)
}

var hostName = regexp.MustCompile(`^[A-Za-z0-9._-]+(:[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$`)

// originOf returns the origin by which the browser reached this server.
func originOf(r *http.Request, trustForwarded bool) (string, error) {
	scheme, host := "http", r.Host
	if r.TLS != nil {
		scheme = "https"
	}
	if trustForwarded {
		host = cmp.Or(r.Header.Get("X-Forwarded-Host"), host)
		scheme = cmp.Or(r.Header.Get("X-Forwarded-Proto"), scheme)
	}
	if !hostName.MatchString(host) || scheme != "http" && scheme != "https" {
		return "", errors.New("the host name is not usable")
	}
	return (&url.URL{Scheme: scheme, Host: host}).String(), nil
}
