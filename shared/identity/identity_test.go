package identity_test

import (
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

func somebody(roles ...identity.Role) identity.Principal {
	return identity.Principal{UserID: "usr_1", Roles: append([]identity.Role{identity.Attendee}, roles...), Organisations: []string{"demo"}}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	const ok, signIn, never = fault.Internal, fault.Unauthenticated, fault.Forbidden
	for _, tc := range []struct {
		name                                      string
		perm                                      identity.Permission
		nobody, attendee, organiser, staff, admin fault.Kind
	}{
		{"undeclared", identity.Permission(0), never, never, never, never, never},
		{"denied", identity.Denied, never, never, never, never, never},
		{"anyone", identity.Anyone, ok, ok, ok, ok, ok},
		{"signed-in", identity.SignedIn, signIn, ok, ok, ok, ok},
		{"organiser-only", identity.OrganiserOnly, signIn, never, ok, never, ok},
		{"door-staff", identity.DoorStaff, signIn, never, ok, ok, ok},
		{"admin-only", identity.AdminOnly, signIn, never, never, never, ok},
		{"no-role-but-admin", identity.AllowRoles(), signIn, never, never, never, ok},
		{"unknown-role-adds-none", identity.AllowRoles("emperor"), signIn, never, never, never, ok},
		{"attendee-admits-all", identity.AllowRoles(identity.Attendee), signIn, ok, ok, ok, ok},
		{"staff-alone", identity.AllowRoles(identity.Staff), signIn, never, never, ok, ok},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, who := range []struct {
				name string
				p    identity.Principal
				want fault.Kind
			}{
				{"nobody", identity.Principal{}, tc.nobody},
				{"nobody-with-roles", identity.Principal{Roles: identity.Roles()}, tc.nobody},
				{"attendee", somebody(), tc.attendee},
				{"organiser", somebody(identity.Organiser), tc.organiser},
				{"staff", somebody(identity.Staff), tc.staff},
				{"admin", somebody(identity.Admin), tc.admin},
			} {
				err := identity.Allow(who.p, tc.perm)
				if who.want == ok && err != nil || who.want != ok && !fault.Is(err, who.want) {
					t.Errorf("Allow %s %v: got %v, want %v", who.name, tc.perm, err, who.want)
				}
			}
		})
	}
}

func TestPrincipal_Has(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		p    identity.Principal
		want []identity.Role
	}{
		{"nobody", identity.Principal{Roles: identity.Roles()}, nil},
		{"attendee", somebody(), []identity.Role{identity.Attendee}},
		{"organiser-books-too", somebody(identity.Organiser), []identity.Role{identity.Attendee, identity.Organiser}},
		{"staff-books-too", somebody(identity.Staff), []identity.Role{identity.Attendee, identity.Staff}},
		{"admin-may-all", somebody(identity.Admin), identity.Roles()},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, r := range identity.Roles() {
				want := false
				for _, w := range tc.want {
					want = want || w == r
				}
				if got := tc.p.Has(r); got != want {
					t.Errorf("Has %s: got %v, want %v", r, got, want)
				}
			}
			if tc.p.Has("emperor") {
				t.Error("Has emperor: got true, want false")
			}
		})
	}
}

func TestPrincipal_Member(t *testing.T) {
	t.Parallel()
	p := somebody()
	for _, tc := range []struct {
		name string
		want bool
	}{{"demo", true}, {"other", false}, {"", false}, {"Demo", false}} {
		if got := p.Member(tc.name); got != tc.want {
			t.Errorf("Member %q: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestValidOrganisation(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		want bool
	}{
		{"demo", true},
		{"Opera-7.a_b", true},
		{strings.Repeat("x", 64), true},
		{"", false},
		{strings.Repeat("x", 65), false},
		{"-x", false},
		{"a#b", false},
		{"a b", false},
		{"ä", false},
		{"a\n", false},
	} {
		if got := identity.ValidOrganisation(tc.name); got != tc.want {
			t.Errorf("ValidOrganisation %q: got %v, want %v", tc.name, got, tc.want)
		}
	}
}

func TestBearerToken(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, header, want string
		ok                 bool
	}{
		{"plain", "Bearer abc", "abc", true},
		{"any-case", "bEARER abc", "abc", true},
		{"spaces", "Bearer  abc ", "abc", true},
		{"absent", "", "", false},
		{"no-token", "Bearer ", "", false},
		{"no-space", "Bearerabc", "", false},
		{"basic", "Basic abc", "", false},
	} {
		got, ok := identity.BearerToken(tc.header)
		if ok != tc.ok || ok && got != tc.want {
			t.Errorf("BearerToken %s: got %q %v, want %q %v", tc.name, got, ok, tc.want, tc.ok)
		}
	}
}
