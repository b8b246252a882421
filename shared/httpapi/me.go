package httpapi

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/identity"
)

// Accounts is what the API needs of users.
type Accounts interface {
	Me(ctx context.Context, acc booking.Account) (booking.User, error)
	UpdateMe(ctx context.Context, acc booking.Account, p booking.UserPatch) (booking.User, error)
}

// BookingService is what the API needs of the Booking Service.
type BookingService interface {
	Holds
	BookingOperations
	Tickets
	Sales
	Places
	Door
	Accounts
}

// User is a person with an account.
type User struct {
	ID            string    `json:"id" example:"usr_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Email         string    `json:"email" example:"ada@example.com"`
	Name          string    `json:"name" example:"Ada Lovelace"`
	Locale        string    `json:"locale,omitempty" example:"de-AT"`
	Country       string    `json:"country,omitempty" example:"AT"`
	Roles         []string  `json:"roles" nullable:"false"`
	Organisations []string  `json:"organisations" nullable:"false"`
	CreatedAt     time.Time `json:"createdAt"`
}

// UserPatch changes what users may change of themselves.
type UserPatch struct {
	Name    *string          `json:"name,omitempty" minLength:"1" maxLength:"200" example:"Ada King"`
	Locale  optional[string] `json:"locale,omitzero" maxLength:"35" pattern:"^[A-Za-z0-9-]*$" patternDescription:"a BCP 47 tag" doc:"BCP 47." example:"de-AT"`
	Country optional[string] `json:"country,omitzero" pattern:"^[A-Z]{2}$" patternDescription:"two capital letters" doc:"ISO 3166-1 alpha-2." example:"AT"`
}

func userView(u booking.User) User {
	return User{
		ID: u.ID, Email: u.Email, Name: u.Name, Locale: u.Locale, Country: u.Country, Roles: orEmpty(u.Roles),
		Organisations: orEmpty(u.Organisations), CreatedAt: u.CreatedAt.UTC(),
	}
}

func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// change turns a field of a merge patch into the domain's: nil unchanged, empty removed.
func (o optional[T]) change() *T {
	if !o.Set {
		return nil
	}
	if o.Value == nil {
		return new(T)
	}
	return o.Value
}

func (s *server) registerMe(b Accounts) {
	register(s, operation{id: "getMe", method: "GET", path: "/v1/me", tag: tagMe, summary: "Who I am", access: identity.SignedIn},
		func(ctx context.Context, _ *struct{}) (*answer[User], error) {
			u, err := b.Me(ctx, accountOf(ctx))
			return ok(userView(u)), err
		})
	register(s, operation{
		id: "updateMe", method: "PATCH", path: "/v1/me", tag: tagMe, summary: "Change my profile",
		description: "A merge patch (RFC 7396): null removes.", access: identity.SignedIn, patch: true,
	},
		func(ctx context.Context, in *struct{ Body body[UserPatch] }) (*answer[User], error) {
			p := in.Body.Value
			u, err := b.UpdateMe(ctx, accountOf(ctx), booking.UserPatch{Name: p.Name, Locale: p.Locale.change(), Country: p.Country.change()})
			return ok(userView(u)), err
		})
}
