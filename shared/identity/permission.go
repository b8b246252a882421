package identity

import "github.com/myevents/myevents/shared/fault"

// Permission is the set of roles that an operation admits. Every operation declares one; the zero Permission admits nobody,
// so that an operation that declares nothing is denied.
type Permission uint8

const (
	attendee Permission = 1 << iota
	organiser
	staff
	admin
	anyone
)

// The permissions in use.
const (
	Denied        Permission = 0
	Anyone                   = anyone                               // signed in or not
	SignedIn                 = attendee | organiser | staff | admin // whoever has an account
	OrganiserOnly            = organiser | admin
	DoorStaff                = staff | organiser | admin
	AdminOnly                = admin
)

// AllowRoles returns the permission that admits these roles, and admins.
func AllowRoles(roles ...Role) Permission {
	perm := admin
	for _, r := range roles {
		perm |= r.bit()
	}
	if perm&attendee != 0 {
		perm |= SignedIn // staff and organisers buy tickets, too
	}
	return perm
}

func (perm Permission) String() string {
	switch perm { //nolint:exhaustive // single roles are spelt below
	case Denied:
		return "denied"
	case Anyone:
		return "anyone"
	case SignedIn:
		return "signedIn"
	case OrganiserOnly:
		return "organiserOnly"
	case DoorStaff:
		return "doorStaff"
	case AdminOnly:
		return "adminOnly"
	}
	s := ""
	for _, r := range Roles() {
		if perm&r.bit() != 0 {
			if s != "" {
				s += "+"
			}
			s += string(r)
		}
	}
	return s
}

// Allow decides whether p may call an operation that declares perm.
// Errors: fault.Unauthenticated where somebody must sign in; fault.Forbidden where no role of p suffices, and for Denied.
func Allow(p Principal, perm Permission) error {
	if perm&anyone != 0 {
		return nil
	}
	if perm == Denied {
		return fault.New(fault.Forbidden, "", "nobody may do this")
	}
	if !p.SignedIn() {
		return missing()
	}
	if perm&attendee != 0 {
		return nil
	}
	for _, r := range p.Roles {
		if perm&r.bit() != 0 {
			return nil
		}
	}
	return fault.New(fault.Forbidden, "", "your role does not allow this")
}
