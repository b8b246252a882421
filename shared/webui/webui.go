// Package webui serves the web app that the frontend's tools built into dist, embedded into the program: index.html for
// every page address, assets for a year, everything under a strict content security policy. It knows nothing of the API.
package webui

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

// Art draws a picture by name, an SVG, PNG, JPEG or WebP; false where there is none.
type Art func(slug string) ([]byte, bool)

// Options are what a caller may choose; zero values mean the defaults.
type Options struct {
	Files  fs.FS // the built web app; default: the embedded one
	Art    []Art // asked in order for /art/<slug> and /art/<slug>.<extension>
	SignIn SignIn
}

// SignIn is where the web app signs people in. It reads this from /config.json.
type SignIn struct {
	ClientID string `json:"clientId"`         // at the issuer
	Issuer   string `json:"issuer,omitempty"` // empty: at the origin that the page came from
	Scope    string `json:"scope,omitempty"`  // what to ask for; empty: what the web app asks for by itself
	Bearer   string `json:"bearer,omitempty"` // which token the API takes, "access" or "id"; empty: the access token

	// Origins are where the issuer's endpoints are, which pages may then speak to, as in a content security policy.
	Origins []string `json:"-"`
}

// policy allows what the web app is made of and nothing inline, and to sign in. Pictures of events may come from any https
// site.
func policy(signIn []string) string {
	connect := strings.Join(append([]string{"'self'"}, signIn...), " ")
	return "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src " + connect + "; " +
		"font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}

// drawingPolicy lets a drawing style itself and do nothing else, should somebody open it as a page.
const drawingPolicy = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

const (
	forever  = "public, max-age=31536000, immutable" // for names with a hash of the content in them
	revisit  = "no-cache"                            // ask again each time, by ETag
	anHour   = "public, max-age=3600"
	indexDoc = "index.html"
	config   = "config.json"
)

// unbuilt is the page of a program that was built without the web app.
const unbuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>MyEvents</title>
<h1>MyEvents is running</h1>
<p>This program was built without its web app. To build both: <code>make build</code>.</p>
<p>The API is here: <a href="/docs">documentation</a>, <a href="/v1/events">events</a>.</p>
</html>
`

// file is one answer in every encoding that there is.
type file struct {
	contentType, cache, etag string
	plain, gzip, brotli      []byte
}

// handler serves the files, which never change while it runs.
type handler struct {
	files  map[string]file
	art    []Art
	policy string
}

// Handler returns the handler of the web app. The error means that Files cannot be read.
func Handler(o Options) (http.Handler, error) {
	if o.Files == nil {
		sub, err := fs.Sub(dist, "dist")
		if err != nil {
			return nil, fmt.Errorf("embedded web app: %w", err)
		}
		o.Files = sub
	}
	h := &handler{files: map[string]file{}, art: o.Art, policy: policy(o.SignIn.Origins)}
	if err := fs.WalkDir(o.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && hidden(name) {
			return fs.SkipDir
		}
		if err != nil || d.IsDir() || path.Ext(name) == ".br" || path.Ext(name) == ".gz" || hidden(name) {
			return err
		}
		f, err := read(o.Files, name)
		h.files[name] = f
		return err
	}); err != nil {
		return nil, fmt.Errorf("read web app: %w", err)
	}
	if _, built := h.files[indexDoc]; !built {
		h.files[indexDoc] = newFile(indexDoc, []byte(unbuilt))
	}
	signIn, err := json.Marshal(o.SignIn)
	if err != nil {
		return nil, fmt.Errorf("sign-in: %w", err)
	}
	h.files[config] = newFile(config, append(signIn, '\n'))
	return h, nil
}

// hidden reports whether a file or folder belongs to the tools that built.
func hidden(name string) bool { return name != "." && strings.HasPrefix(path.Base(name), ".") }

func read(files fs.FS, name string) (file, error) {
	body, err := fs.ReadFile(files, name)
	if err != nil {
		return file{}, fmt.Errorf("read %s: %w", name, err)
	}
	f := newFile(name, body)
	f.gzip, _ = fs.ReadFile(files, name+".gz") // absent: not compressed
	f.brotli, _ = fs.ReadFile(files, name+".br")
	return f, nil
}

// typeOf is fixed for what the web app is made of, since mime.TypeByExtension may differ by machine.
func typeOf(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".json", ".map":
		return "application/json"
	case ".webmanifest":
		return "application/manifest+json"
	case ".woff2":
		return "font/woff2"
	}
	if t := mime.TypeByExtension(path.Ext(name)); t != "" {
		return t
	}
	return "application/octet-stream"
}

func newFile(name string, body []byte) file {
	sum := sha256.Sum256(body)
	f := file{
		contentType: typeOf(name), cache: revisit, plain: body,
		etag: base64.RawURLEncoding.EncodeToString(sum[:12]),
	}
	if strings.HasPrefix(name, "assets/") {
		f.cache = forever
	}
	return f
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		h.problem(w, http.StatusMethodNotAllowed, "methodNotAllowed", "this address can only be read")
		return
	}
	name := strings.TrimPrefix(r.URL.Path, "/")
	if slug, found := strings.CutPrefix(name, "art/"); found {
		h.serveArt(w, r, slug)
		return
	}
	if name == "" {
		name = indexDoc
	}
	f, found := h.files[name]
	if !found && isPage(r) {
		f, found = h.files[indexDoc], true
	}
	if !found {
		h.problem(w, http.StatusNotFound, "notFound", "there is nothing at this address")
		return
	}
	f.serve(w, r, h.policy)
}

// isPage reports whether a browser asks for a page of the web app, which decides itself what to show there.
func isPage(r *http.Request) bool {
	p := r.URL.Path
	return strings.Contains(r.Header.Get("Accept"), "text/html") &&
		!strings.HasPrefix(p, "/v1/") && !strings.HasPrefix(p, "/assets/") && !strings.HasPrefix(p, "/.well-known/")
}

func (f file) serve(w http.ResponseWriter, r *http.Request, policy string) {
	body, etag := f.plain, f.etag
	if f.gzip != nil || f.brotli != nil {
		w.Header().Set("Vary", "Accept-Encoding")
		switch {
		case f.brotli != nil && accepts(r, "br"):
			body, etag = f.brotli, etag+"-br"
			w.Header().Set("Content-Encoding", "br")
		case f.gzip != nil && accepts(r, "gzip"):
			body, etag = f.gzip, etag+"-gz"
			w.Header().Set("Content-Encoding", "gzip")
		}
	}
	secure(w, policy)
	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("Cache-Control", f.cache)
	w.Header().Set("ETag", `"`+etag+`"`)
	if w.Header().Get("Content-Encoding") != "" {
		w.Header().Set("Content-Length", strconv.Itoa(len(body))) // ServeContent leaves it out of encoded answers
		if r.Header.Get("Range") != "" {                          // a part of an encoding is of no use
			r = r.Clone(r.Context())
			r.Header.Del("Range")
		}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// accepts reports whether the request takes an encoding; "br;q=0" refuses it.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			weight, err := strconv.ParseFloat(strings.TrimPrefix(strings.ReplaceAll(q, " ", ""), "q="), 64)
			return err != nil || weight > 0
		}
	}
	return false
}

// secure sets the headers that every answer has.
func secure(w http.ResponseWriter, csp string) {
	w.Header().Set("Content-Security-Policy", csp)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Referrer-Policy", "no-referrer") // share links are secrets
	w.Header().Set("Cross-Origin-Opener-Policy", "same-origin")
	w.Header().Set("Permissions-Policy", "camera=(self), geolocation=(self), microphone=()")
}

func (h *handler) serveArt(w http.ResponseWriter, r *http.Request, slug string) {
	if body, contentType, found := h.draw(slug); found {
		f := newFile("", body)
		secure(w, drawingPolicy)
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Cache-Control", anHour)
		w.Header().Set("ETag", `"`+f.etag+`"`)
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
		return
	}
	h.problem(w, http.StatusNotFound, "notFound", "there is no such picture")
}

func (h *handler) draw(slug string) (body []byte, contentType string, found bool) {
	for _, name := range []string{slug, strings.TrimSuffix(slug, path.Ext(slug))} {
		for _, art := range h.art {
			if body, found := art(name); found {
				contentType := pictureType(body)
				return body, contentType, contentType != ""
			}
		}
	}
	return nil, "", false
}

// pictureType tells pictures by their first bytes; empty for anything that is none, so that no provider can serve a page.
func pictureType(body []byte) string {
	if start := bytes.TrimSpace(body[:min(len(body), 64)]); bytes.HasPrefix(start, []byte("<svg")) || bytes.HasPrefix(start, []byte("<?xml")) {
		return "image/svg+xml"
	}
	if t := http.DetectContentType(body); strings.HasPrefix(t, "image/") {
		return t
	}
	return ""
}

// problem answers as the API does (RFC 9457).
func (h *handler) problem(w http.ResponseWriter, status int, code, detail string) {
	secure(w, h.policy)
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	// A failed write means that nobody listens any more.
	_, _ = fmt.Fprintf(w, `{"type":"about:blank","title":%q,"status":%d,"code":%q,"detail":%q}`+"\n", http.StatusText(status), status, code, detail)
}
