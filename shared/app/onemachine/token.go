package onemachine

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
	"github.com/myevents/myevents/shared/seed"
)

// tokenLife is how long a token of the operator's tool is good.
const tokenLife = 12 * time.Hour

// Token returns a bearer token of the local issuer for an e-mail address, with a role in an organisation. It needs only the
// folder's keys, which it makes where there are none, so it works beside a running server. Beside a local AWS the issuer has
// that one's name: MYEVENTS_OIDC_ISSUER, an address of this machine.
func Token(cfg config.Config, email, role, organisation string) (string, error) {
	r, ok := identity.ParseRole(role)
	if !ok {
		return "", fmt.Errorf("role %q: must be attendee, organiser, staff or admin", role)
	}
	signer, err := signerOf(cfg)
	if err != nil {
		return "", err
	}
	return signer.Mint(localissuer.Claims{Email: email, Roles: []identity.Role{r}, Organisations: []string{organisation}}, tokenLife)
}

// onThisMachine reports an issuer that only programs here can reach.
func onThisMachine(issuer string) bool {
	u, err := url.Parse(issuer)
	if err != nil {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// Actors are who fills the server that a client speaks to with the demo data, by tokens as Token makes them.
func Actors(cfg config.Config, client *apiclient.Client) (seed.Actors, error) {
	signer, err := signerOf(cfg)
	if err != nil {
		return seed.Actors{}, err
	}
	return actors(cfg, signer, client)
}

func signerOf(cfg config.Config) (*localissuer.Signer, error) {
	if !cfg.LocalIssuer() && !onThisMachine(cfg.OIDCIssuer) {
		return nil, errors.New("tokens come from the configured issuer: MYEVENTS_OIDC_ISSUER is set")
	}
	secret, err := app.IssuerSecret(cfg)
	if err != nil {
		return nil, err
	}
	accounts, err := localissuer.OpenAccounts(filepath.Join(cfg.DataDir, AccountsFile))
	if err != nil {
		return nil, err
	}
	return localissuer.NewSigner(localissuer.Config{Secret: secret, Accounts: accounts, Name: cfg.OIDCIssuer})
}
