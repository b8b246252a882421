// Package onemachine is what a program needs to be the whole platform on one machine: it signs people in itself, serves the
// web app, and has demo data.
package onemachine

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
	"github.com/myevents/myevents/shared/seed"
	"github.com/myevents/myevents/shared/webui"
)

// AccountsFile is the file of the local issuer's accounts in a folder.
const AccountsFile = "accounts.json"

// Issuer makes the local issuer with its accounts in a folder; name "" is its usual name. Demo accounts are made where
// demo says so.
func Issuer(ctx context.Context, dir, name string, secret []byte, demo bool) (*localissuer.Issuer, error) {
	accounts, err := localissuer.OpenAccounts(filepath.Join(dir, AccountsFile))
	if err != nil {
		return nil, err
	}
	cfg := localissuer.Config{Secret: secret, Accounts: accounts, Name: name}
	if demo {
		cfg.DemoPassword = localissuer.DemoPassword
		if err := localissuer.SeedDemo(ctx, accounts, cfg.DemoPassword, time.Now().UTC()); err != nil {
			return nil, fmt.Errorf("make demo accounts: %w", err)
		}
	}
	return localissuer.New(cfg)
}

// SignIn is app.Adapters.SignIn.
func SignIn(ctx context.Context, cfg config.Config, secret []byte) (app.SignIn, error) {
	issuer, err := Issuer(ctx, cfg.DataDir, "", secret, cfg.Seed == config.SeedDemo)
	if err != nil {
		return app.SignIn{}, err
	}
	return app.SignIn{
		Issuer: issuer.Trust(), Handler: issuer.Handler(),
		Seed: func(ctx context.Context, server string, empty bool) (there bool, err error) {
			return fill(ctx, cfg, issuer.Signer, server, empty)
		},
	}, nil
}

// fill puts the demo data into the empty server at an address, or sees to it that there is something to scan in one that has
// them. With a payment provider that wants money nothing is bought.
func fill(ctx context.Context, cfg config.Config, signer *localissuer.Signer, server string, empty bool) (there bool, err error) {
	client, err := apiclient.New(server, apiclient.Options{})
	if err != nil {
		return false, err
	}
	defer client.Close()
	by, err := actors(cfg, signer, client)
	if err != nil {
		return false, err
	}
	if empty {
		plan, err := seed.Demo(time.Now())
		if err != nil {
			return false, err
		}
		_, err = seed.Apply(ctx, by, plan)
		return true, err
	}
	made, err := seed.Refresh(ctx, by, time.Now())
	return made.Events != seed.Count{}, err
}

// actors are who fills a server whose tokens a signer makes.
func actors(cfg config.Config, signer *localissuer.Signer, client *apiclient.Client) (seed.Actors, error) {
	as := func(p seed.Person, role identity.Role) (*apiclient.Client, error) {
		token, err := signer.Mint(localissuer.Claims{
			Email: p.Email, Name: p.Name, Roles: []identity.Role{role}, Organisations: []string{localissuer.DefaultOrganisation},
		}, time.Hour)
		if err != nil {
			return nil, err
		}
		return client.As(token), nil
	}
	organiser, err := as(seed.Organiser, identity.Organiser)
	if err != nil || cfg.Payment != config.PaymentTest {
		return seed.Actors{Organiser: organiser}, err
	}
	return seed.Actors{Organiser: organiser, As: func(p seed.Person) (*apiclient.Client, error) {
		if p.Staff {
			return as(p, identity.Staff)
		}
		return as(p, identity.Attendee)
	}}, nil
}

// Pages is app.Adapters.Pages.
func Pages(cfg config.Config) (http.Handler, error) {
	signIn, err := signInOf(cfg)
	if err != nil {
		return nil, err
	}
	return webui.Handler(webui.Options{Art: []webui.Art{seed.Artwork}, SignIn: signIn})
}

// signInOf tells the web app where to sign in. A user pool of Cognito has its endpoints on a host of their own, knows no
// offline_access, and leaves the e-mail address out of its access tokens.
func signInOf(cfg config.Config) (webui.SignIn, error) {
	if cfg.LocalIssuer() {
		return webui.SignIn{ClientID: localissuer.ClientID}, nil
	}
	issuer, err := url.Parse(cfg.OIDCIssuer)
	if err != nil {
		return webui.SignIn{}, fmt.Errorf("MYEVENTS_OIDC_ISSUER: %w", err)
	}
	s := webui.SignIn{ClientID: cfg.OIDCAudience, Issuer: cfg.OIDCIssuer, Origins: []string{issuer.Scheme + "://" + issuer.Host}}
	if region, ok := strings.CutPrefix(issuer.Hostname(), "cognito-idp."); ok {
		s.Scope, s.Bearer = "openid profile email", "id"
		region, _, _ = strings.Cut(region, ".")
		s.Origins = append(s.Origins, "https://*.auth."+region+".amazoncognito.com")
	}
	return s, nil
}
