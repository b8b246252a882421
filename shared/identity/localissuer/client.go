package localissuer

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"github.com/zitadel/oidc/v3/pkg/op"

	"github.com/myevents/myevents/shared/fault"
)

// client is the web application, at the origin by which the browser came.
type client struct {
	origin   string
	requests *requests
}

func (c client) GetID() string { return ClientID }
func (c client) RedirectURIs() []string {
	return []string{c.origin + "/auth/callback", c.origin + "/auth/silent"}
}
func (c client) PostLogoutRedirectURIs() []string    { return []string{c.origin, c.origin + "/"} }
func (c client) ApplicationType() op.ApplicationType { return op.ApplicationTypeUserAgent }
func (c client) AuthMethod() oidc.AuthMethod         { return oidc.AuthMethodNone }
func (c client) ResponseTypes() []oidc.ResponseType {
	return []oidc.ResponseType{oidc.ResponseTypeCode}
}
func (c client) AccessTokenType() op.AccessTokenType  { return op.AccessTokenTypeJWT }
func (c client) IDTokenLifetime() time.Duration       { return time.Hour }
func (c client) IsScopeAllowed(string) bool           { return false }
func (c client) IDTokenUserinfoClaimsAssertion() bool { return true }
func (c client) ClockSkew() time.Duration             { return 0 }

// DevMode allows redirects to http, which is what a server on one machine has.
func (c client) DevMode() bool { return true }

func (c client) GrantTypes() []oidc.GrantType {
	return []oidc.GrantType{oidc.GrantTypeCode, oidc.GrantTypeRefreshToken}
}

func (c client) LoginURL(request string) string {
	done, lang := c.requests.next(request)
	switch {
	case done:
		return pathCallback + "?id=" + request
	case lang != "":
		return pathLogin + "?request=" + request + "&ui_locales=" + lang
	}
	return pathLogin + "?request=" + request
}

func (c client) RestrictAdditionalIdTokenScopes() func([]string) []string {
	return slices.Clone[[]string]
}

func (c client) RestrictAdditionalAccessTokenScopes() func([]string) []string {
	return slices.Clone[[]string]
}

func (s *storage) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	v := visitOf(ctx)
	if id != ClientID || v.origin == "" {
		return nil, oidc.ErrInvalidClient().WithDescription("unknown client")
	}
	return client{origin: v.origin, requests: s.requests}, nil
}

func (s *storage) AuthorizeClientIDSecret(context.Context, string, string) error {
	return errors.New("no client has a secret")
}

func (s *storage) GetKeyByIDAndClientID(context.Context, string, string) (*jose.JSONWebKey, error) {
	return nil, errors.New("no client has a key")
}

func (s *storage) ValidateJWTProfileScopes(context.Context, string, []string) ([]string, error) {
	return nil, errors.New("no client has a key")
}

func (s *storage) SetUserinfoFromScopes(context.Context, *oidc.UserInfo, string, string, []string) error {
	return nil // see SetUserinfoFromRequest
}

func (s *storage) SetIntrospectionFromToken(context.Context, *oidc.IntrospectionResponse, string, string, string) error {
	return errors.New("introspection is not served")
}

func (s *storage) GetPrivateClaimsFromScopes(context.Context, string, string, []string) (map[string]any, error) {
	return nil, errors.New("claims come by request")
}

// GetPrivateClaimsFromRequest says what an access token says beside the registered claims. It reads the account anew, so
// that a renewed token has the roles of now.
func (s *storage) GetPrivateClaimsFromRequest(ctx context.Context, req op.TokenRequest, _ []string) (map[string]any, error) {
	a, err := s.cfg.Accounts.Account(ctx, req.GetSubject())
	if err != nil {
		return nil, grantError(err)
	}
	claims := map[string]any{"email": a.Email, "name": a.Name, "roles": a.Roles}
	if len(a.Organisations) > 0 {
		claims["orgs"] = a.Organisations
	}
	return claims, nil
}

// SetUserinfoFromRequest fills an ID token.
func (s *storage) SetUserinfoFromRequest(ctx context.Context, info *oidc.UserInfo, req op.IDTokenRequest, scopes []string) error {
	a, err := s.cfg.Accounts.Account(ctx, req.GetSubject())
	if err != nil {
		return grantError(err)
	}
	fill(info, a, scopes)
	switch r := req.(type) {
	case *authRequest:
		info.AppendClaims("sid", r.session.ID)
	case *refreshToken:
		info.AppendClaims("sid", r.Session.ID)
	}
	return nil
}

// SetUserinfoFromToken answers the userinfo endpoint. Whoever has only a minted token has no account, but a name.
func (s *storage) SetUserinfoFromToken(ctx context.Context, info *oidc.UserInfo, tokenID, subject, _ string) error {
	if tokenID == "" {
		return oidc.ErrAccessDenied().WithDescription("an ID token is no access token")
	}
	a, err := s.cfg.Accounts.Account(ctx, subject)
	if fault.Is(err, fault.NotFound) {
		name, _, _ := strings.Cut(subject, "@")
		a, err = Account{Email: subject, Name: name}, nil
	}
	if err != nil {
		return oidc.ErrServerError().WithParent(err)
	}
	fill(info, a, []string{oidc.ScopeProfile, oidc.ScopeEmail})
	return nil
}

func fill(info *oidc.UserInfo, a Account, scopes []string) {
	info.Subject = a.Email
	if slices.Contains(scopes, oidc.ScopeProfile) {
		info.Name = a.Name
	}
	if slices.Contains(scopes, oidc.ScopeEmail) {
		info.Email = a.Email
	}
	if len(a.Roles) > 0 {
		info.AppendClaims("roles", a.Roles)
	}
	if len(a.Organisations) > 0 {
		info.AppendClaims("orgs", a.Organisations)
	}
}
