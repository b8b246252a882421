package localissuer

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

// DemoPassword is the password of the demo accounts unless told otherwise. It is no secret: the login page shows it.
const DemoPassword = "myevents-demo"

// DemoAccount is one that everybody who sees the login page may use.
type DemoAccount struct {
	Email, Name   string
	Role          identity.Role
	Organisations []string
}

// DemoAccounts are the demo accounts: one of each role.
func DemoAccounts() []DemoAccount {
	return []DemoAccount{
		{"attendee@demo.example", "Alex Attendee", identity.Attendee, nil},
		{"organiser@demo.example", "Olga Organiser", identity.Organiser, []string{DefaultOrganisation}},
		{"door@demo.example", "Dora Door", identity.Staff, []string{DefaultOrganisation}},
		{"admin@demo.example", "Adam Admin", identity.Admin, []string{DefaultOrganisation}},
	}
}

// SeedDemo makes the demo accounts that do not exist yet; others by the same address stay as they are. It may be repeated.
func SeedDemo(ctx context.Context, accounts Accounts, password string, now time.Time) error {
	for _, d := range DemoAccounts() {
		_, err := accounts.Account(ctx, d.Email)
		if err == nil {
			continue
		}
		if !fault.Is(err, fault.NotFound) {
			return fmt.Errorf("demo account %s: %w", d.Email, err)
		}
		a, err := NewAccount(d.Email, d.Name, password, []identity.Role{d.Role}, d.Organisations, now)
		if err != nil {
			return fmt.Errorf("demo account %s: %w", d.Email, err)
		}
		if _, err := accounts.PutAccount(ctx, a); err != nil && !fault.Is(err, fault.Stale) { // stale: another process was first
			return fmt.Errorf("demo account %s: %w", d.Email, err)
		}
	}
	return nil
}
