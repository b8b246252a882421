package booking

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/text/language"

	"github.com/myevents/myevents/shared/fault"
)

func codeOf(err error) string {
	var e *fault.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// Me returns the user that an account belongs to; at first sight it is recorded, and what its token says anew is taken over.
func (s *Service) Me(ctx context.Context, a Account) (User, error) {
	return s.changeUser(ctx, a, func(*User) {})
}

// UpdateMe changes what users may change of themselves.
func (s *Service) UpdateMe(ctx context.Context, a Account, p UserPatch) (User, error) {
	if p.Locale != nil && *p.Locale != "" {
		if _, err := language.Parse(*p.Locale); err != nil {
			return User{}, fault.InvalidField("body.locale", "must be a BCP 47 language tag such as pt-BR")
		}
	}
	if p.Country != nil && *p.Country != "" {
		region, err := language.ParseRegion(*p.Country)
		if err != nil || !region.IsCountry() || region.String() != *p.Country {
			return User{}, fault.InvalidField("body.country", "must be an ISO 3166 code such as PT")
		}
	}
	return s.changeUser(ctx, a, func(u *User) {
		for _, f := range []struct{ to, from *string }{{&u.Name, p.Name}, {&u.Locale, p.Locale}, {&u.Country, p.Country}} {
			if f.from != nil {
				*f.to = *f.from
			}
		}
	})
}

func (s *Service) changeUser(ctx context.Context, a Account, edit func(*User)) (User, error) {
	for range casTries {
		old, err := s.d.Store.User(ctx, a.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return User{}, fmt.Errorf("read user: %w", err)
		}
		u := old
		if old.Version == 0 {
			u = User{ID: a.ID, Name: a.Name, CreatedAt: s.d.Now()}
		}
		u.Email, u.Roles, u.Organisations = a.Email, a.Roles, a.Organisations
		edit(&u)
		if old.Version > 0 && same(old, u) {
			return old, nil
		}
		u.Version++
		err = s.d.Store.PutUser(ctx, u)
		if err == nil {
			return u, nil
		}
		if !fault.Is(err, fault.Stale) {
			return User{}, fmt.Errorf("write user: %w", err)
		}
	}
	return User{}, fault.New(fault.Unavailable, "", "the account is being changed by others")
}

func same(a, b User) bool {
	return a.Email == b.Email && a.Name == b.Name && a.Locale == b.Locale && a.Country == b.Country &&
		slices.Equal(a.Roles, b.Roles) && slices.Equal(a.Organisations, b.Organisations)
}
