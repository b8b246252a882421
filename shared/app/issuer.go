package app

import (
	"context"
	"fmt"
)

// IssuerReady reports an issuer of tokens that is none, as fault.Invalid, or is out of reach. Its keys are fetched on the
// way.
func (a *App) IssuerReady(ctx context.Context) error {
	if err := a.verifier.Ready(ctx); err != nil {
		return fmt.Errorf("MYEVENTS_OIDC_ISSUER: %w", err)
	}
	return nil
}
