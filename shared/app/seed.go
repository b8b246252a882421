package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
	"github.com/myevents/myevents/shared/seed"
	"github.com/myevents/myevents/shared/telemetry"
)

// SeedIfEmpty fills an empty store with the demo data, where the settings ask for that, through the API that is served at
// an address.
func (a *App) SeedIfEmpty(ctx context.Context, server string) error {
	if a.Config.Seed != config.SeedDemo || a.signer == nil {
		return nil
	}
	there, err := a.catalog.Locations(ctx, catalog.LocationQuery{Limit: 1})
	if err != nil || len(there.Items) > 0 {
		return err
	}
	token, err := a.signer.Mint(localissuer.Claims{
		Email: "organiser@demo.example", Roles: []identity.Role{identity.Organiser},
		Organisations: []string{localissuer.DefaultOrganisation},
	}, time.Hour)
	if err != nil {
		return err
	}
	client, err := apiclient.New(server, apiclient.Options{Token: token})
	if err != nil {
		return err
	}
	defer client.Close()
	began := time.Now()
	plan, err := seed.Demo(began)
	if err != nil {
		return err
	}
	if _, err := seed.Apply(ctx, client, plan); err != nil {
		return fmt.Errorf("demo data: %w", err)
	}
	a.Log.LogAttrs(ctx, slog.LevelInfo, "demo data is in", telemetry.Took(time.Since(began)))
	return nil
}
