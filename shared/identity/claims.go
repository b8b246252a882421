package identity

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/id"
)

const maxSubject = 255 // characters; OpenID Connect Core, section 2

// list is a claim that issuers write as one string or as an array of strings. Another shape counts as absent: it may be
// some issuer's own claim by the same name.
type list []string

func (l *list) UnmarshalJSON(b []byte) error {
	var one string
	var many []string
	switch {
	case json.Unmarshal(b, &one) == nil:
		*l = list{one}
	case json.Unmarshal(b, &many) == nil:
		*l = many
	default:
		*l = nil
	}
	return nil
}

// when is a NumericDate; 0 is absent.
type when float64

const lastWhen = 253402300799 // the end of year 9999

func (w when) valid() bool { return w >= 0 && w <= lastWhen }

func (w when) time() time.Time {
	whole := int64(w)
	return time.Unix(whole, int64((float64(w)-float64(whole))*1e9)).UTC()
}

type claims struct {
	Issuer    string `json:"iss"`
	Subject   string `json:"sub"`
	Audience  list   `json:"aud"`
	ClientID  string `json:"client_id"`
	TokenUse  string `json:"token_use"` // Cognito: access, id
	Expires   when   `json:"exp"`
	NotBefore when   `json:"nbf"`

	// Only ID tokens have these.
	Nonce           string `json:"nonce"`
	AccessTokenHash string `json:"at_hash"`
	CodeHash        string `json:"c_hash"`

	Email           string `json:"email"`
	Name            string `json:"name"`
	Username        string `json:"username"`
	CognitoUsername string `json:"cognito:username"`
	Roles           list   `json:"roles"`
	Organisations   list   `json:"orgs"`
	Groups          list   `json:"cognito:groups"` // role names, and org:<name>
}

// check verifies everything but the signature and the issuer's name.
func (c *claims) check(iss Issuer, now time.Time, skew time.Duration) error {
	switch {
	case c.Subject == "" || len(c.Subject) > maxSubject:
		return errors.New("no usable subject")
	case c.Expires == 0 || !c.Expires.valid() || !c.NotBefore.valid():
		return errors.New("no usable expiry or start")
	case !now.Before(c.Expires.time().Add(skew)):
		return errExpired
	case now.Add(skew).Before(c.NotBefore.time()):
		return errors.New("not valid yet")
	}
	accepted := func(s string) bool { return slices.Contains(iss.Audiences, s) }
	switch c.TokenUse {
	case "access":
		if !slices.ContainsFunc(c.Audience, accepted) && !accepted(c.ClientID) {
			return errors.New("for another client")
		}
		return nil
	case "id":
	case "":
		if !iss.IDTokens && (c.Nonce != "" || c.AccessTokenHash != "" || c.CodeHash != "") {
			return errors.New("an ID token is no access token")
		}
	default:
		return errors.New("unknown token_use")
	}
	if !slices.ContainsFunc(c.Audience, accepted) {
		return errors.New("for another audience")
	}
	return nil
}

func (c *claims) principal() Principal {
	p := Principal{
		UserID:       id.Derived(id.User, c.Issuer, c.Subject),
		Email:        c.Email,
		Name:         c.Name,
		Roles:        []Role{Attendee},
		TokenExpires: c.Expires.time(),
	}
	for _, name := range []string{c.CognitoUsername, c.Username} {
		if p.Name == "" {
			p.Name = name
		}
	}
	if p.Name == "" {
		p.Name, _, _ = strings.Cut(p.Email, "@")
	}
	addOrganisation := func(name string) {
		if ValidOrganisation(name) && !slices.Contains(p.Organisations, name) {
			p.Organisations = append(p.Organisations, name)
		}
	}
	for _, name := range c.Organisations {
		addOrganisation(name)
	}
	for _, name := range slices.Concat(c.Roles, c.Groups) {
		if org, ok := strings.CutPrefix(name, "org:"); ok {
			addOrganisation(org)
		} else if r, ok := ParseRole(name); ok && !slices.Contains(p.Roles, r) {
			p.Roles = append(p.Roles, r)
		}
	}
	return p
}
