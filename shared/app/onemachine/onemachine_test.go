package onemachine_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/app/onemachine"
	"github.com/myevents/myevents/shared/config"
)

func TestPages_SayWhereToSignIn(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		cfg      config.Config
		signIn   string
		connects string
	}{
		{"here", config.Config{}, `{"clientId":"myevents-web"}`, "connect-src 'self';"},
		{
			"elsewhere",
			config.Config{OIDCIssuer: "https://id.example/realm", OIDCAudience: "tickets"},
			`{"clientId":"tickets","issuer":"https://id.example/realm"}`, "connect-src 'self' https://id.example;",
		},
		{
			"cognito",
			config.Config{OIDCIssuer: "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x", OIDCAudience: "web"},
			`{"clientId":"web","issuer":"https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x","scope":"openid profile email","bearer":"id"}`,
			"connect-src 'self' https://cognito-idp.eu-west-1.amazonaws.com https://*.auth.eu-west-1.amazoncognito.com;",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			pages, err := onemachine.Pages(tc.cfg)
			if err != nil {
				t.Fatalf("Pages: got %v, want nil", err)
			}
			w := httptest.NewRecorder()
			pages.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/config.json", http.NoBody))
			if got := strings.TrimSpace(w.Body.String()); got != tc.signIn {
				t.Errorf("GET /config.json: got %s, want %s", got, tc.signIn)
			}
			if csp := w.Header().Get("Content-Security-Policy"); !strings.Contains(csp, tc.connects) {
				t.Errorf("GET /config.json: got policy %q, want %q in it", csp, tc.connects)
			}
		})
	}
}
