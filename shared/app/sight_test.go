package app_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

// tokens is a verifier that takes a token for the principal of that id; the empty one is nobody's.
type tokens map[string]identity.Principal

func (v tokens) Verify(_ context.Context, token string) (identity.Principal, error) {
	if p, ok := v[token]; ok {
		return p, nil
	}
	if token == "" {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "", "no such token")
	}
	return identity.Principal{UserID: token}, nil
}

func TestSight_RecordsEachPrincipalOnce(t *testing.T) {
	var mu sync.Mutex
	var recorded []string
	fail := false
	v := app.NewSight(tokens{
		"ana":    {UserID: "ana", Email: "a@example.com", Roles: []identity.Role{identity.Attendee}, Organisations: []string{"demo"}},
		"mail":   {UserID: "ana", Email: "b@example.com", Roles: []identity.Role{identity.Attendee}, Organisations: []string{"demo"}},
		"role":   {UserID: "ana", Email: "a@example.com", Roles: []identity.Role{identity.Attendee, identity.Staff}, Organisations: []string{"demo"}},
		"orgs":   {UserID: "ana", Email: "a@example.com", Roles: []identity.Role{identity.Attendee}, Organisations: []string{"demo", "other"}},
		"nobody": {},
	}, func(_ context.Context, a booking.Account) error {
		mu.Lock()
		defer mu.Unlock()
		if fail {
			return errors.New("the store is away")
		}
		recorded = append(recorded, fmt.Sprint(a.ID, a.Email, a.Roles, a.Organisations))
		return nil
	}, 8, slog.New(slog.DiscardHandler))
	for _, tc := range []struct {
		name, token string
		fail        bool
		want        int // recorded so far
	}{
		{"first-sight", "ana", false, 1},
		{"again", "ana", false, 1},
		{"other-e-mail", "mail", false, 2},
		{"other-roles", "role", false, 3},
		{"other-organisations", "orgs", false, 4},
		{"store-away", "rui", true, 4},
		{"store-back", "rui", false, 5},
		{"nobody", "nobody", false, 5},
	} {
		fail = tc.fail
		if p, err := v.Verify(t.Context(), tc.token); err != nil || p.SignedIn() == (tc.token == "nobody") {
			t.Errorf("Verify %s: got %v and %v, want its principal", tc.name, p, err)
		}
		if len(recorded) != tc.want {
			t.Errorf("recorded after %s: got %d %v, want %d", tc.name, len(recorded), recorded, tc.want)
		}
	}
	if _, err := v.Verify(t.Context(), ""); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("Verify of a bad token: got %v, want unauthenticated", err)
	}
	for n := range 100 { // more than are remembered
		if _, err := v.Verify(t.Context(), fmt.Sprint("user ", n)); err != nil {
			t.Errorf("Verify: got %v, want nil", err)
		}
	}
	before := len(recorded)
	var work sync.WaitGroup
	for range 20 {
		work.Go(func() { _, _ = v.Verify(t.Context(), "eva") })
	}
	work.Wait()
	if _, err := v.Verify(t.Context(), "ana"); err != nil || len(recorded) != before+2 {
		t.Errorf("recorded after a crowd of one user and one long forgotten: got %d and %v, want %d", len(recorded), err, before+2)
	}
}
