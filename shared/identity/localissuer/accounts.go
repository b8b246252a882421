package localissuer

import (
	"context"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

const (
	maxEmail   = 254 // bytes
	maxName    = 100 // characters
	maxRevoked = 100 // sessions remembered by an account as signed out
)

// Account is somebody who may sign in.
type Account struct {
	Email         string          `json:"email"` // lower case; the key, and the tokens' subject
	Name          string          `json:"name"`
	Roles         []identity.Role `json:"roles,omitempty"`
	Organisations []string        `json:"organisations,omitempty"`
	Password      string          `json:"password"` // argon2id, in the usual notation
	CreatedAt     time.Time       `json:"createdAt"`
	// SignedOutAt ends every session begun until then; Revoked ends single ones, each remembered until it would have
	// expired anyway.
	SignedOutAt time.Time            `json:"signedOutAt,omitzero"`
	Revoked     map[string]time.Time `json:"revoked,omitempty"`
	Version     int64                `json:"version"` // 0: not stored yet
}

// Accounts keeps the accounts. Implementations are safe for concurrent use, by several processes where they share the
// storage.
type Accounts interface {
	// Account returns the account of an address in lower case.
	// Errors: fault.NotFound; fault.Unavailable to retry.
	Account(ctx context.Context, email string) (Account, error)
	// PutAccount stores a if the stored version is a.Version, 0 meaning that there is none, and returns it with the next
	// version. Errors: fault.Stale where the version is another; fault.Conflict where there is no room for another
	// account; fault.Unavailable to retry.
	PutAccount(ctx context.Context, a Account) (Account, error)
}

// NewAccount checks the parts and returns an account that is not stored yet, its password hashed.
// Errors: fault.Invalid, its fields named email, name, password, role and organisation.
func NewAccount(email, name, password string, roles []identity.Role, organisations []string, now time.Time) (Account, error) {
	a, complaints := newAccount(email, name, password, now)
	if len(complaints) > 0 {
		problems := fault.New(fault.Invalid, "", "the account is not acceptable")
		for _, c := range complaints {
			problems.Fields = append(problems.Fields, fault.Field{Location: c.field, Message: english.say(c.text, c.args...)})
		}
		return Account{}, problems
	}
	if err := checkGrants(roles, organisations); err != nil {
		return Account{}, err
	}
	a.Roles, a.Organisations, a.Password = slices.Clone(roles), slices.Clone(organisations), hashPassword(password)
	return a, nil
}

// newAccount does everything but the hash. There is an account where there are no complaints.
func newAccount(email, name, password string, now time.Time) (Account, []complaint) {
	var found []complaint
	name = strings.TrimSpace(name)
	if name == "" {
		found = append(found, complaint{field: "name", text: "problem.nameMissing"})
	} else if utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		found = append(found, complaint{"name", "problem.name", []any{maxName}})
	}
	address, err := NormaliseEmail(email)
	if err != nil {
		found = append(found, complaint{field: "email", text: emailProblem})
	}
	if c := checkPassword(password); c.text != "" {
		found = append(found, c)
	}
	if len(found) > 0 {
		return Account{}, found
	}
	return Account{Email: address, Name: name, Roles: []identity.Role{identity.Attendee}, CreatedAt: now.UTC()}, nil
}

const emailProblem = "problem.email"

// NormaliseEmail returns an address as accounts and tokens spell it: in lower case, without surrounding space.
// Errors: fault.Invalid where it is no address.
func NormaliseEmail(s string) (string, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if len(s) <= maxEmail && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }) {
		if a, err := mail.ParseAddress(s); err == nil && a.Address == s && a.Name == "" {
			return s, nil
		}
	}
	return "", fault.InvalidField("email", english.say(emailProblem))
}

// ended reports whether the account signed out of the session, or of a part of it.
func (a *Account) ended(began time.Time, ids ...string) bool {
	if !began.After(a.SignedOutAt) {
		return true
	}
	return slices.ContainsFunc(ids, func(id string) bool { _, out := a.Revoked[id]; return out })
}

// end signs the account out of a session, which would have lasted until expires.
func (a *Account) end(id string, expires, now time.Time) {
	revoked := map[string]time.Time{id: expires}
	maps.Copy(revoked, a.Revoked)
	maps.DeleteFunc(revoked, func(_ string, until time.Time) bool { return !now.Before(until) })
	if len(revoked) > maxRevoked {
		a.SignedOutAt, revoked = now, nil
	}
	a.Revoked = revoked
}

// clone shares nothing with a.
func (a Account) clone() Account {
	a.Roles, a.Organisations, a.Revoked = slices.Clone(a.Roles), slices.Clone(a.Organisations), maps.Clone(a.Revoked)
	return a
}
