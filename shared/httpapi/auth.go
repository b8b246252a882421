package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"strconv"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
)

// Verifier tells who a bearer token speaks for. A token that is not good is fault.Unauthenticated.
type Verifier interface {
	Verify(ctx context.Context, token string) (identity.Principal, error)
}

func principalOf(ctx context.Context) identity.Principal {
	if c := callOf(ctx); c != nil {
		return c.principal
	}
	return identity.Principal{}
}

// userOf returns who asks; the zero value where nobody signed in.
func userOf(ctx context.Context) id.Raw {
	raw, _ := id.Parse(id.User, principalOf(ctx).UserID)
	return raw
}

// actorOf returns who asks, with the organisations whose events they manage.
func actorOf(ctx context.Context) booking.Actor {
	a, p := booking.Actor{User: userOf(ctx)}, principalOf(ctx)
	if p.Has(identity.Organiser) {
		a.Organisations = p.Organisations
	}
	return a
}

// doorActorOf returns who asks, with the organisations to whose events they admit.
func doorActorOf(ctx context.Context) booking.Actor {
	a, p := actorOf(ctx), principalOf(ctx)
	if p.Has(identity.Staff) {
		a.Organisations = p.Organisations
	}
	return a
}

func accountOf(ctx context.Context) booking.Account {
	p := principalOf(ctx)
	a := booking.Account{ID: p.UserID, Email: p.Email, Name: p.Name, Organisations: p.Organisations, Roles: make([]string, len(p.Roles))}
	for i, r := range p.Roles {
		a.Roles[i] = string(r)
	}
	return a
}

// hashOf tells requests under one key apart; white space and the order of fields do not matter.
func hashOf(v any) uint64 {
	data, err := json.Marshal(v)
	if err != nil { // of a decoded body: cannot happen
		return 0
	}
	sum := sha256.Sum256(data)
	return binary.BigEndian.Uint64(sum[:8])
}

func itoa(n int) string { return strconv.Itoa(n) }

// at names the item of a list.
func at(list string, i int) string { return list + "[" + strconv.Itoa(i) + "]" }
