package template_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/webui"
)

// under returns what lies below a map's keys.
func under(t *testing.T, v any, keys ...string) any {
	t.Helper()
	for _, key := range keys {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("%s: got %v, want a map", strings.Join(keys, "."), v)
		}
		v = m[key]
	}
	return v
}

// directives reads a content security policy.
func directives(policy string) map[string][]string {
	all := map[string][]string{}
	for directive := range strings.SplitSeq(policy, ";") {
		if words := strings.Fields(directive); len(words) > 0 {
			all[words[0]] = words[1:]
		}
	}
	return all
}

// TestTemplate_PageHeaders compares what CloudFront sends with what the server on one machine sends: the same, and where to
// sign in.
func TestTemplate_PageHeaders(t *testing.T) {
	h, err := webui.Handler(webui.Options{Files: fstest.MapFS{"index.html": {Data: []byte("<!doctype html>")}}})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody))
	for _, tc := range []struct {
		name       string
		parameters []string
		signIn     []string
	}{
		{"cognito", nil, []string{"https://cognito-idp.eu-west-1.amazonaws.com", "https://tickets-1.auth.eu-west-1.amazoncognito.com"}},
		{
			"other-issuer",
			[]string{"SignIn", "external", "OidcIssuer", "https://id.example.org/realm", "OidcAudience", "a"},
			[]string{"https://id.example.org"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			config := stack(t, tc.parameters...).Resources["PageHeaders"].Properties["ResponseHeadersPolicyConfig"]
			security := under(t, config, "SecurityHeadersConfig")
			want := directives(w.Header().Get("Content-Security-Policy"))
			want["connect-src"] = append(want["connect-src"], tc.signIn...)
			got := directives(fmt.Sprint(under(t, security, "ContentSecurityPolicy", "ContentSecurityPolicy")))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("content security policy: want webui's (-), got (+):\n%s", diff)
			}
			headers := map[string]string{"Referrer-Policy": fmt.Sprint(under(t, security, "ReferrerPolicy", "ReferrerPolicy")), "X-Content-Type-Options": "nosniff"}
			items, _ := under(t, config, "CustomHeadersConfig", "Items").([]any)
			for _, item := range items {
				headers[fmt.Sprint(under(t, item, "Header"))] = fmt.Sprint(under(t, item, "Value"))
			}
			for name, v := range headers {
				if w.Header().Get(name) != v {
					t.Errorf("%s: got %q, want %q", name, v, w.Header().Get(name))
				}
			}
			if age := under(t, security, "StrictTransportSecurity", "AccessControlMaxAgeSec"); age != 63072000 {
				t.Errorf("Strict-Transport-Security: got %v s, want two years", age)
			}
		})
	}
}

// behaviour is how CloudFront treats some addresses.
type behaviour struct {
	pattern, origin, cache string
	methods                []any
	rewrites               bool
}

func behaviours(t *testing.T) []behaviour {
	t.Helper()
	config := under(t, stack(t).Resources["Distribution"].Properties, "DistributionConfig")
	list, _ := under(t, config, "CacheBehaviors").([]any)
	var all []behaviour
	for _, v := range append(list, under(t, config, "DefaultCacheBehavior")) {
		b := behaviour{origin: fmt.Sprint(under(t, v, "TargetOriginId")), cache: fmt.Sprint(under(t, v, "CachePolicyId"))}
		b.pattern, _ = under(t, v, "PathPattern").(string)
		b.methods, _ = under(t, v, "AllowedMethods").([]any)
		b.rewrites = under(t, v, "FunctionAssociations") != nil
		all = append(all, b)
	}
	return all
}

// of returns the behaviour of an address: the first whose pattern fits.
func of(all []behaviour, path string) behaviour {
	for _, b := range all {
		before, after, starred := strings.Cut(b.pattern, "*")
		if b.pattern == "" || b.pattern == path || starred && strings.HasPrefix(path, before) && strings.HasSuffix(path, after) {
			return b
		}
	}
	return behaviour{}
}

func TestTemplate_OneOrigin(t *testing.T) {
	all := behaviours(t)
	keys := pages
	for _, o := range operations(t) {
		keys = append(keys, o.key)
	}
	for _, key := range keys {
		method, path, _ := strings.Cut(key, " ")
		b := of(all, path)
		if b.origin != "api" || b.rewrites || b.cache != "${ApiCaching}" || !slices.Contains(b.methods, any(method)) {
			t.Errorf("%s: got %+v, want the API, as it is", key, b)
		}
	}
	for _, tc := range []struct {
		path     string
		rewrites bool
	}{{"/", true}, {"/me/bookings", true}, {"/config.json", true}, {"/assets/index-1a.js", false}, {"/v1", true}} {
		if b := of(all, tc.path); b.origin != "files" || b.rewrites != tc.rewrites {
			t.Errorf("%s: got %+v, want a file, rewritten %t", tc.path, b, tc.rewrites)
		}
	}
	cache := under(t, stack(t).Resources["ApiCaching"].Properties, "CachePolicyConfig")
	key := under(t, cache, "ParametersInCacheKeyAndForwardedToOrigin")
	if under(t, cache, "MinTTL") != 0 || under(t, cache, "DefaultTTL") != 0 {
		t.Errorf("API: got %v, want nothing cached that does not say so", cache)
	}
	headers, _ := under(t, key, "HeadersConfig", "Headers").([]any)
	if !slices.Contains(headers, any("Authorization")) || under(t, key, "QueryStringsConfig", "QueryStringBehavior") != "all" {
		t.Errorf("API: got cache key %v, want the token and the query in it", key)
	}
}

// TestTemplate_PagesFunction runs the function that CloudFront runs.
func TestTemplate_PagesFunction(t *testing.T) {
	node := program(t, "node")
	code := fmt.Sprint(stack(t).Resources["PagesFunction"].Properties["FunctionCode"])
	if len(code) > 10_000 {
		t.Errorf("function: got %d bytes, want 10 kB at most", len(code))
	}
	const page = "text/html,application/xhtml+xml"
	cases := []struct{ Name, URI, Accept, Want string }{
		{"start", "/", "", "/index.html"},
		{"page", "/me/bookings", page, "/index.html"},
		{"link-with-dots", "/tickets/a.b.c", page, "/index.html"},
		{"page-for-a-program", "/me/bookings", "*/*", "/me/bookings"},
		{"no-accept", "/me/bookings", "", "/me/bookings"},
		{"file", "/favicon.svg", "image/svg+xml", "/favicon.svg"},
		{"file-opened-as-a-page", "/config.json", page, "/config.json"},
		{"well-known", "/.well-known/assetlinks", page, "/.well-known/assetlinks"},
	}
	in, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), node, "-e", code+`
		const cases = JSON.parse(require('fs').readFileSync(0, 'utf8'));
		console.log(JSON.stringify(cases.map((c) => handler({ request: { uri: c.URI, headers: c.Accept ? { accept: { value: c.Accept } } : {} } }).uri)));`)
	run.Stdin = strings.NewReader(string(in))
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("node: %v: %s", err, out)
	}
	var got []string
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	for i, tc := range cases {
		t.Run(tc.Name, func(t *testing.T) {
			if got[i] != tc.Want {
				t.Errorf("%s: got %s, want %s", tc.URI, got[i], tc.Want)
			}
		})
	}
}

func TestTemplate_SignIn(t *testing.T) {
	client := stack(t).Resources["WebClient"].Properties
	if client["GenerateSecret"] != false || !slices.Equal(client["AllowedOAuthFlows"].([]any), []any{"code"}) {
		t.Errorf("client: got %v, want the code flow without a secret", client)
	}
	for _, tc := range []struct{ property, want string }{
		{"CallbackURLs", "[https://d1.cloudfront.net/auth/callback https://d1.cloudfront.net/auth/silent]"},
		{"LogoutURLs", "[https://d1.cloudfront.net/]"},
	} {
		if got := fmt.Sprint(client[tc.property]); got != tc.want {
			t.Errorf("%s: got %s, want %s, as the local issuer has them", tc.property, got, tc.want)
		}
	}
	var groups []string
	for _, g := range stack(t, "Organisation", "opera").Of("AWS::Cognito::UserPoolGroup") {
		groups = append(groups, fmt.Sprint(g.Properties["GroupName"]))
	}
	slices.Sort(groups)
	if want := []string{"admin", "attendee", "org:opera", "organiser", "staff"}; !slices.Equal(groups, want) {
		t.Errorf("groups: got %v, want %v", groups, want)
	}
}
