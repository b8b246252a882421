// Package identity tells who asks: it verifies bearer tokens of the configured OpenID Connect issuers, turns their claims
// into a Principal, and says which roles an operation admits. It knows nothing of operations, users' records or stores.
package identity

import (
	"regexp"
	"slices"
	"strings"
	"time"
)

// Role is what a principal may be. Anyone with a valid token is at least an attendee.
type Role string

// The roles.
const (
	Attendee  Role = "attendee"
	Organiser Role = "organiser"
	Staff     Role = "staff" // at the door
	Admin     Role = "admin"
)

// Roles returns every role.
func Roles() []Role { return []Role{Attendee, Organiser, Staff, Admin} }

// ParseRole reads a role's name; false where there is no such role.
func ParseRole(s string) (Role, bool) {
	r := Role(s)
	return r, r.bit() != 0
}

func (r Role) bit() Permission {
	switch r {
	case Attendee:
		return attendee
	case Organiser:
		return organiser
	case Staff:
		return staff
	case Admin:
		return admin
	}
	return 0
}

// Principal is who a verified token speaks for. The zero Principal is nobody. Principals are shared between requests:
// never change the slices.
type Principal struct {
	UserID        string // the same for every token of one issuer and subject
	Email         string // as the issuer gives it; empty where it gives none
	Name          string // as above, else the part of Email before the @
	Roles         []Role // as granted, at least Attendee; ask Has
	Organisations []string
	TokenExpires  time.Time // UTC
}

// SignedIn reports whether p is somebody.
func (p Principal) SignedIn() bool { return p.UserID != "" }

// Has reports whether p may act as r: by a role granted, or as an admin, who may act as anything. Everybody signed in may
// act as an attendee.
func (p Principal) Has(r Role) bool {
	if !p.SignedIn() {
		return false
	}
	return r == Attendee || slices.Contains(p.Roles, r) || r.bit() != 0 && slices.Contains(p.Roles, Admin)
}

// Member reports whether p belongs to the organisation.
func (p Principal) Member(organisation string) bool {
	return organisation != "" && slices.Contains(p.Organisations, organisation)
}

var organisationName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// ValidOrganisation reports whether s can be an organisation's name, which is also its id: 1 to 64 ASCII letters, digits,
// dots, dashes and underscores, beginning with a letter or digit. Tokens' other organisations are ignored.
func ValidOrganisation(s string) bool { return len(s) <= 64 && organisationName.MatchString(s) }

// BearerToken takes the token out of an Authorization header; false where the header carries none.
func BearerToken(authorization string) (string, bool) {
	scheme, token, ok := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	return token, ok && strings.EqualFold(scheme, "Bearer") && token != ""
}
