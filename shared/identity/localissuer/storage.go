package localissuer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/myevents/myevents/shared/fault"
)

// storage is what the provider keeps and looks up: it implements op.Storage.
type storage struct {
	cfg      Config
	signer   *Signer
	seal     *sealer
	requests *requests
	chains   *chains
}

var (
	_ op.Storage                        = (*storage)(nil)
	_ op.CanSetUserinfoFromRequest      = (*storage)(nil)
	_ op.CanGetPrivateClaimsFromRequest = (*storage)(nil)
	_ op.CanTerminateSessionFromRequest = (*storage)(nil)
)

func newStorage(cfg Config, signer *Signer, seal *sealer) (*storage, error) {
	requests, err := newRequests(cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("localissuer: sign-ins: %w", err)
	}
	chains, err := newChains(cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("localissuer: refresh tokens: %w", err)
	}
	return &storage{cfg: cfg, signer: signer, seal: seal, requests: requests, chains: chains}, nil
}

// live checks that a session was not ended, nor a chain of refresh tokens within it. Errors: fault.NotFound where it was;
// fault.Unavailable.
func (s *storage) live(ctx context.Context, of session, chain string) error {
	gone := fault.New(fault.NotFound, "", "the session has ended")
	if of.ID == "" || !s.cfg.Now().Before(of.Expires) {
		return gone
	}
	a, err := s.cfg.Accounts.Account(ctx, of.Subject)
	if err != nil {
		return err
	}
	if a.ended(of.Began, of.ID, chain) {
		return gone
	}
	return nil
}

// end signs an account out of a session, or of one chain of refresh tokens.
func (s *storage) end(ctx context.Context, email, id string) error {
	const tries = 10
	for try := 1; ; try++ {
		a, err := s.cfg.Accounts.Account(ctx, email)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if _, out := a.Revoked[id]; out {
			return nil
		}
		now := s.cfg.Now()
		a.end(id, now.Add(s.cfg.SessionTTL), now)
		if _, err = s.cfg.Accounts.PutAccount(ctx, a); !fault.Is(err, fault.Stale) || try == tries {
			return err
		}
	}
}

// grantError is what the token endpoint answers for an error of ours.
func grantError(err error) error {
	if fault.Is(err, fault.NotFound) {
		return oidc.ErrInvalidGrant()
	}
	return oidc.ErrServerError().WithParent(err)
}

func (s *storage) CreateAuthRequest(ctx context.Context, req *oidc.AuthRequest, hinted string) (op.AuthRequest, error) {
	v := visitOf(ctx)
	if req.CodeChallengeMethod != oidc.CodeChallengeMethodS256 || !validChallenge(req.CodeChallenge) {
		return nil, oidc.ErrInvalidRequest().WithDescription("PKCE with code_challenge_method S256 is required")
	}
	switch req.ResponseMode {
	case "", oidc.ResponseModeQuery, oidc.ResponseModeFragment:
	default:
		return nil, oidc.ErrInvalidRequest().WithDescription("response_mode is not supported")
	}
	a := authRequest{
		id: rand.Text(), browser: v.browser, redirectURI: req.RedirectURI, state: req.State, nonce: req.Nonce,
		challenge: req.CodeChallenge, loginHint: req.LoginHint, mode: req.ResponseMode, scopes: slices.Clone(req.Scopes),
	}
	if spoken, ok := matchSpeech(req.UILocales); ok {
		a.lang = spoken.Lang
	}
	err := s.live(ctx, v.session, "")
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, oidc.ErrServerError().WithParent(err)
	}
	fresh := req.MaxAge == nil || s.cfg.Now().Sub(v.session.Began) < time.Duration(*req.MaxAge)*time.Second
	asked := slices.ContainsFunc(req.Prompt, func(p string) bool { return p != oidc.PromptNone && p != oidc.PromptConsent })
	if err == nil && fresh && !asked && (hinted == "" || hinted == v.session.Subject) {
		a.session, a.done = v.session, true
	} else if slices.Contains(req.Prompt, oidc.PromptNone) {
		return nil, oidc.ErrLoginRequired()
	}
	s.requests.add(a)
	return &a, nil
}

// validChallenge reports whether c can be a SHA-256 sum in base64url.
func validChallenge(c string) bool {
	return len(c) == 43 && !strings.ContainsFunc(c, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	})
}

func (s *storage) AuthRequestByID(ctx context.Context, id string) (op.AuthRequest, error) {
	a, ok := s.requests.find(id, visitOf(ctx).browser)
	if !ok {
		return nil, oidc.ErrInvalidRequest().WithDescription("the sign-in is not open any more")
	}
	return &a, nil
}

// AuthRequestByCode uses up the code, whatever comes of it: a code that two present is of no use to either.
func (s *storage) AuthRequestByCode(ctx context.Context, code string) (op.AuthRequest, error) {
	a, ok, subject, chain := s.requests.takeCode(code)
	if subject != "" {
		if err := s.end(ctx, subject, chain); err != nil {
			return nil, err
		}
	}
	if !ok {
		return nil, errors.New("the code is unknown, used or too old")
	}
	return &a, nil
}

func (s *storage) SaveAuthCode(_ context.Context, id, code string) error {
	return s.requests.setCode(id, code)
}

func (s *storage) DeleteAuthRequest(_ context.Context, id string) error {
	s.requests.remove(id)
	return nil
}

func (s *storage) CreateAccessToken(context.Context, op.TokenRequest) (string, time.Time, error) {
	return rand.Text(), s.cfg.Now().Add(s.cfg.AccessTTL), nil
}

func (s *storage) CreateAccessAndRefreshTokens(ctx context.Context, req op.TokenRequest, _ string) (string, string, time.Time, error) {
	var t refreshToken
	switch r := req.(type) {
	case *authRequest:
		t = refreshToken{Chain: r.id, Number: 1, Session: r.session, Scopes: r.scopes}
	case *refreshToken:
		t = *r
		if err := s.live(ctx, t.Session, t.Chain); err != nil {
			return "", "", time.Time{}, grantError(err)
		}
		next, ok := s.chains.advance(t.Chain, t.Number)
		if !ok {
			// Either the one who has the newer token or this one stole it; nobody can tell which.
			if err := s.end(ctx, t.Session.Subject, t.Chain); err != nil {
				return "", "", time.Time{}, grantError(err)
			}
			return "", "", time.Time{}, oidc.ErrInvalidGrant()
		}
		t.Number = next
	default:
		return "", "", time.Time{}, oidc.ErrServerError().WithDescription("unexpected grant")
	}
	sealed, err := s.seal.sealJSON(purposeRefresh, t)
	if err != nil {
		return "", "", time.Time{}, oidc.ErrServerError().WithParent(err)
	}
	id, expires, err := s.CreateAccessToken(ctx, req)
	return id, sealed, expires, err
}

// TokenRequestByRefreshToken only reads the token: the provider takes any error of it for a bad token, also that the
// accounts cannot be read. Whether the session goes on is seen when the new tokens are made.
func (s *storage) TokenRequestByRefreshToken(_ context.Context, token string) (op.RefreshTokenRequest, error) {
	t, err := s.openRefresh(token)
	if err != nil {
		return nil, err
	}
	return t, nil
}

func (s *storage) openRefresh(token string) (*refreshToken, error) {
	var t refreshToken
	if err := s.seal.openJSON(purposeRefresh, token, &t); err != nil {
		return nil, op.ErrInvalidRefreshToken
	}
	return &t, nil
}

// TerminateSessionFromRequest ends the session that the ID token names, and the browser's where it is the same person's
// or the request is the application's own; a page elsewhere cannot sign anybody out without an ID token.
func (s *storage) TerminateSessionFromRequest(ctx context.Context, req *op.EndSessionRequest) (string, error) {
	v := visitOf(ctx)
	if c := req.IDTokenHintClaims; c != nil && c.SessionID != "" {
		if err := s.end(ctx, c.Subject, c.SessionID); err != nil {
			return "", err
		}
	}
	if v.session.ID != "" && (req.UserID == v.session.Subject || req.UserID == "" && v.own) {
		if err := s.end(ctx, v.session.Subject, v.session.ID); err != nil {
			return "", err
		}
		v.setCookie(cookieSession, "", -time.Second)
	}
	return req.RedirectURI, nil
}

func (s *storage) TerminateSession(context.Context, string, string) error {
	return errors.New("sessions end by request")
}

// RevokeToken ends the chain of a refresh token. Access tokens cannot be revoked: they are short.
func (s *storage) RevokeToken(ctx context.Context, chain, subject, _ string) *oidc.Error {
	if subject == "" || chain == "" {
		return nil
	}
	if err := s.end(ctx, subject, chain); err != nil {
		return oidc.ErrServerError().WithParent(err)
	}
	return nil
}

func (s *storage) GetRefreshTokenInfo(_ context.Context, _, token string) (subject, chain string, err error) {
	t, err := s.openRefresh(token)
	if err != nil {
		return "", "", err
	}
	return t.Session.Subject, t.Chain, nil
}

func (s *storage) SigningKey(context.Context) (op.SigningKey, error) {
	return signingKey{s.signer}, nil
}

func (s *storage) SignatureAlgorithms(context.Context) ([]jose.SignatureAlgorithm, error) {
	return []jose.SignatureAlgorithm{jose.EdDSA}, nil
}

func (s *storage) KeySet(context.Context) ([]op.Key, error) {
	return []op.Key{publicKey{s.signer}}, nil
}

func (s *storage) Health(context.Context) error { return nil }
