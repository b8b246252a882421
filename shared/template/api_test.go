package template_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/template"
	"github.com/myevents/myevents/shared/testenv"
)

// pages are what the API serves that is no operation.
var pages = []string{"GET /docs", "GET /openapi.json", "GET /openapi.yaml"}

// operation is a method of a path in docs/openapi.yaml.
type operation struct {
	key    string // "GET /v1/events"
	signIn bool
}

func operations(t *testing.T) []operation {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(testenv.RepoRoot(t), "docs", "openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct{ Security []map[string][]string }
	}
	if err := yaml.Unmarshal(text, &doc); err != nil {
		t.Fatal(err)
	}
	var all []operation
	for path, methods := range doc.Paths {
		for method, o := range methods {
			anyone := slices.ContainsFunc(o.Security, func(s map[string][]string) bool { return len(s) == 0 })
			all = append(all, operation{strings.ToUpper(method) + " " + path, len(o.Security) > 0 && !anyone})
		}
	}
	slices.SortFunc(all, func(a, b operation) int { return strings.Compare(a.key, b.key) })
	return all
}

// serves reports whether a service has an operation: asked with a method that nobody has, it says which it knows.
func serves(service http.Handler, key string) bool {
	method, path, _ := strings.Cut(key, " ")
	w := httptest.NewRecorder()
	service.ServeHTTP(w, httptest.NewRequest(http.MethodTrace, strings.NewReplacer("{", "", "}", "").Replace(path), http.NoBody))
	return slices.Contains(strings.Split(w.Header().Get("Allow"), ", "), method)
}

// TestTemplate_Routes compares the gateway with the document and with the two services' own handlers.
func TestTemplate_Routes(t *testing.T) {
	byKey := map[string]template.Route{}
	for _, r := range stack(t).Routes() {
		key := r.Method + " " + r.Path
		if _, twice := byKey[key]; twice {
			t.Errorf("route %s: got two, want one", key)
		}
		byKey[key] = r
	}
	services := map[string]http.Handler{
		"EventsApi":   httpapi.Events(httpapi.EventsDeps{}),
		"BookingsApi": httpapi.Bookings(httpapi.BookingsDeps{}),
	}
	for _, o := range operations(t) {
		r, found := byKey[o.key]
		delete(byKey, o.key)
		if !found {
			t.Errorf("route %s: got none, want one", o.key)
			continue
		}
		if r.SignIn != o.signIn {
			t.Errorf("route %s: got sign-in %t, want %t", o.key, r.SignIn, o.signIn)
		}
		want := "EventsApi" // health belongs to neither service
		for id, service := range services {
			if serves(service, o.key) {
				want = id
			}
		}
		if r.Function != want {
			t.Errorf("route %s: got %s, want %s", o.key, r.Function, want)
		}
	}
	for _, key := range pages {
		if r, found := byKey[key]; !found || r.Function != "EventsApi" || r.SignIn {
			t.Errorf("route %s: got %+v, want one to EventsApi for anyone", key, r)
		}
		delete(byKey, key)
	}
	for key := range byKey {
		t.Errorf("route %s: got one, want none", key)
	}
}

func TestTemplate_Gateway(t *testing.T) {
	s := stack(t)
	for _, r := range s.Of("AWS::ApiGatewayV2::Api") {
		if _, found := r.Properties["CorsConfiguration"]; found {
			t.Errorf("%s: got CORS, want none: pages and API have one origin", r.ID)
		}
	}
	authorizer := s.Resources["SignedIn"].Properties
	jwt, _ := authorizer["JwtConfiguration"].(map[string]any)
	for _, f := range s.Functions() {
		audience, _ := jwt["Audience"].([]any)
		if jwt["Issuer"] != f.Environment["MYEVENTS_OIDC_ISSUER"] || len(audience) != 1 || audience[0] != f.Environment["MYEVENTS_OIDC_AUDIENCE"] {
			t.Errorf("authorizer: got %v, want issuer and audience of %s", jwt, f.ID)
		}
	}
	log, _ := s.Resources["ApiStage"].Properties["AccessLogSettings"].(map[string]any)
	for _, personal := range []string{"sourceIp", "userAgent", "context.path", "claims"} {
		if format, _ := log["Format"].(string); format == "" || strings.Contains(format, personal) {
			t.Errorf("access log: got %q, want one without %s", format, personal)
		}
	}
}
