package webui_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/myevents/myevents/shared/webui"
)

var built = fstest.MapFS{
	"index.html":           {Data: []byte("<!doctype html><title>app</title>")},
	"favicon.svg":          {Data: []byte("<svg/>")},
	".gitkeep":             {},
	".vite/manifest.json":  {Data: []byte("{}")},
	"sw.js":                {Data: []byte("worker()")},
	"manifest.webmanifest": {Data: []byte("{}")},
	"assets/app-1a.js":     {Data: []byte("plain()")},
	"assets/app-1a.js.br":  {Data: []byte("BROTLI")},
	"assets/app-1a.js.gz":  {Data: []byte("GZIP")},
}

func handler(t *testing.T, files fs.FS) http.Handler {
	t.Helper()
	h, err := webui.Handler(webui.Options{Files: files, SignIn: webui.SignIn{ClientID: "web"}, Art: []webui.Art{
		func(slug string) ([]byte, bool) { return []byte("<svg>" + slug + "</svg>"), slug == "lions" },
		func(slug string) ([]byte, bool) { return []byte("<html>"), slug == "page" },
	}})
	if err != nil {
		t.Fatalf("Handler: got %v, want nil", err)
	}
	return h
}

func ask(h http.Handler, method, path string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, http.NoBody)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestHandler_Answers(t *testing.T) {
	const page, js = "<!doctype html><title>app</title>", "text/javascript; charset=utf-8"
	html := []string{"Accept", "text/html,application/xhtml+xml"}
	for _, tc := range []struct {
		name, method, path       string
		headers                  []string
		status                   int
		body, contentType, cache string
	}{
		{"start-page", "GET", "/", nil, 200, page, "text/html; charset=utf-8", "no-cache"},
		{"page-of-the-app", "GET", "/me/bookings", html, 200, page, "text/html; charset=utf-8", "no-cache"},
		{"head", "HEAD", "/", nil, 200, "", "text/html; charset=utf-8", "no-cache"},
		{"unknown-address-for-a-program", "GET", "/me/bookings", nil, 404, "notFound", "application/problem+json", "no-store"},
		{"unknown-api-address-is-no-page", "GET", "/v1/nothing", html, 404, "notFound", "application/problem+json", "no-store"},
		{"missing-asset-is-no-page", "GET", "/assets/old.js", html, 404, "notFound", "application/problem+json", "no-store"},
		{"folder-is-not-listed", "GET", "/assets/", html, 404, "notFound", "application/problem+json", "no-store"},
		{"hidden-file", "GET", "/.gitkeep", nil, 404, "notFound", "application/problem+json", "no-store"},
		{"hidden-folder", "GET", "/.vite/manifest.json", nil, 404, "notFound", "application/problem+json", "no-store"},
		{"climbing-out", "GET", "/../webui.go", nil, 404, "notFound", "application/problem+json", "no-store"},
		{"encoding-is-no-file", "GET", "/assets/app-1a.js.br", nil, 404, "notFound", "application/problem+json", "no-store"},
		{"asset", "GET", "/assets/app-1a.js", nil, 200, "plain()", js, "public, max-age=31536000, immutable"},
		{"asset-brotli", "GET", "/assets/app-1a.js", []string{"Accept-Encoding", "gzip, br"}, 200, "BROTLI", js, "public, max-age=31536000, immutable"},
		{"asset-gzip", "GET", "/assets/app-1a.js", []string{"Accept-Encoding", "gzip;q=0.8"}, 200, "GZIP", js, "public, max-age=31536000, immutable"},
		{"asset-brotli-refused", "GET", "/assets/app-1a.js", []string{"Accept-Encoding", "br;q=0, identity"}, 200, "plain()", js, "public, max-age=31536000, immutable"},
		{"encoded-range-is-whole", "GET", "/assets/app-1a.js", []string{"Accept-Encoding", "br", "Range", "bytes=0-1"}, 200, "BROTLI", js, "public, max-age=31536000, immutable"},
		{"other-file", "GET", "/favicon.svg", nil, 200, "<svg/>", "image/svg+xml", "no-cache"},
		{"art", "GET", "/art/lions", nil, 200, "<svg>lions</svg>", "image/svg+xml", "public, max-age=3600"},
		{"art-with-extension", "GET", "/art/lions.svg", nil, 200, "<svg>lions</svg>", "image/svg+xml", "public, max-age=3600"},
		{"art-unknown", "GET", "/art/tigers", html, 404, "notFound", "application/problem+json", "no-store"},
		{"art-that-is-a-page", "GET", "/art/page", html, 404, "notFound", "application/problem+json", "no-store"},
		{"sign-in", "GET", "/config.json", nil, 200, `{"clientId":"web"}`, "application/json", "no-cache"},
		{"service-worker", "GET", "/sw.js", nil, 200, "worker()", js, "no-cache"},
		{"manifest", "GET", "/manifest.webmanifest", nil, 200, "{}", "application/manifest+json", "no-cache"},
		{"shared-ticket", "GET", "/tickets/eyJ.a-b_c", html, 200, page, "text/html; charset=utf-8", "no-cache"},
		{"end-of-sign-in", "GET", "/auth/callback", html, 200, page, "text/html; charset=utf-8", "no-cache"},
		{"writing", "POST", "/", nil, 405, "methodNotAllowed", "application/problem+json", "no-store"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := ask(handler(t, built), tc.method, tc.path, tc.headers...)
			if w.Code != tc.status || !strings.Contains(w.Body.String(), tc.body) {
				t.Errorf("%s %s: got %d %q, want %d %q", tc.method, tc.path, w.Code, w.Body, tc.status, tc.body)
			}
			for name, want := range map[string]string{
				"Content-Type": tc.contentType, "Cache-Control": tc.cache,
				"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s %s: got %s %q, want %q", tc.method, tc.path, name, got, want)
				}
			}
			csp := w.Header().Get("Content-Security-Policy")
			if !strings.HasPrefix(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") && !strings.Contains(csp, "sandbox") {
				t.Errorf("%s %s: got policy %q, want a strict one", tc.method, tc.path, csp)
			}
			if length := w.Header().Get("Content-Length"); tc.status == 200 && tc.method == "GET" && length != fmt.Sprint(w.Body.Len()) {
				t.Errorf("%s %s: got Content-Length %s, want %d", tc.method, tc.path, length, w.Body.Len())
			}
			if tc.status >= 400 {
				var p struct{ Status int }
				if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || p.Status != tc.status {
					t.Errorf("%s %s: got %s, want a problem of status %d", tc.method, tc.path, w.Body, tc.status)
				}
			}
		})
	}
}

func TestHandler_AsksAgainByETag(t *testing.T) {
	h := handler(t, built)
	for _, encoding := range []string{"identity", "br", "gzip"} {
		first := ask(h, "GET", "/assets/app-1a.js", "Accept-Encoding", encoding)
		again := ask(h, "GET", "/assets/app-1a.js", "Accept-Encoding", encoding, "If-None-Match", first.Header().Get("ETag"))
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("%s again: got %d %q, want 304", encoding, again.Code, again.Body)
		}
		if first.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: got Vary %q, want Accept-Encoding", encoding, first.Header().Get("Vary"))
		}
	}
}

// TestHandler_SignInElsewhere: pages may speak to the issuer, and to nobody else.
func TestHandler_SignInElsewhere(t *testing.T) {
	h, err := webui.Handler(webui.Options{Files: built, SignIn: webui.SignIn{
		ClientID: "web", Issuer: "https://id.example/realm", Scope: "openid", Bearer: "id", Origins: []string{"https://id.example"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"clientId":"web","issuer":"https://id.example/realm","scope":"openid","bearer":"id"}` + "\n"
	if got := ask(h, "GET", "/config.json").Body.String(); got != want {
		t.Errorf("GET /config.json: got %s, want %s", got, want)
	}
	csp := ask(h, "GET", "/").Header().Get("Content-Security-Policy")
	if !strings.Contains(csp, "; connect-src 'self' https://id.example;") {
		t.Errorf("GET /: got policy %q, want the issuer to be spoken to", csp)
	}
}

func TestHandler_UnbuiltSaysHowToBuild(t *testing.T) {
	w := ask(handler(t, fstest.MapFS{".gitkeep": {}}), "GET", "/")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "make build") {
		t.Errorf("GET /: got %d %s, want how to build", w.Code, w.Body)
	}
}

// TestHandler_Embedded holds for whatever dist has: the built web app, or nothing but its placeholder.
func TestHandler_Embedded(t *testing.T) {
	h := handler(t, nil)
	w := ask(h, "GET", "/")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "MyEvents") {
		t.Errorf("GET /: got %d %s, want the start page", w.Code, w.Body)
	}
	for _, inline := range []string{"<script>", "<style", " style=", "onclick="} {
		if bytes.Contains(w.Body.Bytes(), []byte(inline)) {
			t.Errorf("GET /: got %s in the page, which the policy forbids", inline)
		}
	}
}
