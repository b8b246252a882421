package httpapi

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.css
var docsStyle string

// serveDocument serves the document, and a page made from it that needs nothing else, not even a script.
func (s *server) serveDocument() {
	s.addLinks()
	doc := s.api.OpenAPI()
	hash := sha256.Sum256([]byte(docsStyle))
	csp := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
	s.serveStatic("/openapi.json", "application/json", sealed[0], func() ([]byte, error) { return json.Marshal(doc) })
	s.serveStatic("/openapi.yaml", "application/yaml", sealed[0], doc.YAML)
	s.serveStatic("/docs", "text/html; charset=utf-8", csp, func() ([]byte, error) { return []byte(docsPage(doc)), nil })
}

// serveStatic serves what is made at the first request for it.
func (s *server) serveStatic(path, contentType, csp string, build func() ([]byte, error)) {
	type built struct {
		content []byte
		tag     string
		err     error
	}
	once := sync.OnceValue(func() built {
		content, err := build()
		sum := sha256.Sum256(content)
		return built{content: content, tag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`, err: err}
	})
	s.mux.HandleFunc("GET "+path, func(w http.ResponseWriter, r *http.Request) {
		c, b := writtenTo(w), once()
		c.operation = "getDocument"
		if b.err != nil {
			c.cause = b.err
			s.answer(c, problemOf(b.err))
			return
		}
		h := w.Header()
		h.Set("Content-Type", contentType)
		h.Set("Content-Security-Policy", csp)
		h.Set("Cache-Control", "public, max-age=60")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("ETag", b.tag)
		if matches(r.Header.Get("If-None-Match"), b.tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		h.Set("Content-Length", strconv.Itoa(len(b.content)))
		_, _ = w.Write(b.content)
	})
}

type docsModel struct {
	Info    *huma.Info
	Tags    []docsTag
	Schemas []docsSchema
	Codes   []docsCode
}

type docsTag struct {
	Anchor, Name, Description string
	Operations                []docsOperation
}

type docsOperation struct {
	ID, Method, Path, Summary, Description, Permission string
	Parameters                                         []docsField
	Body                                               *docsBody
	Responses                                          []docsResponse
}

type docsBody struct {
	MediaTypes []string
	Schema     markup
	Example    string
	Required   bool
}

type docsResponse struct {
	Status, Description string
	Schema              markup
	Example             string
	Headers             []string
}

type docsSchema struct {
	Name   string
	Fields []docsField
}

type docsField struct {
	Name, In, Description string
	Type                  markup
	Limits                string
	Required              bool
}

type docsCode struct {
	Code, Status string
	Operations   []string
}

func docsPage(doc *huma.OpenAPI) string {
	m := docsModel{Info: doc.Info}
	schemas := doc.Components.Schemas
	codes := map[string]*docsCode{}
	for _, t := range doc.Tags {
		m.Tags = append(m.Tags, docsTag{Anchor: anchor(t.Name), Name: t.Name, Description: t.Description})
	}
	for _, op := range operations(doc) {
		i := slices.IndexFunc(m.Tags, func(t docsTag) bool { return t.Name == op.Tags[0] })
		m.Tags[i].Operations = append(m.Tags[i].Operations, docsOperationOf(schemas, op))
		for status, r := range op.Responses {
			for _, code := range codesOf(r) {
				c := codes[code+status]
				if c == nil {
					c = &docsCode{Code: code, Status: status}
					codes[code+status] = c
				}
				c.Operations = append(c.Operations, op.OperationID)
			}
		}
	}
	for _, c := range codes {
		m.Codes = append(m.Codes, *c)
	}
	slices.SortFunc(m.Codes, func(a, b docsCode) int { return strings.Compare(a.Status+a.Code, b.Status+b.Code) })
	for name, s := range schemas.Map() {
		m.Schemas = append(m.Schemas, docsSchema{Name: name, Fields: docsFields(s)})
	}
	slices.SortFunc(m.Schemas, func(a, b docsSchema) int { return strings.Compare(a.Name, b.Name) })
	return m.page()
}

func docsOperationOf(schemas huma.Registry, op *huma.Operation) docsOperation {
	d := docsOperation{
		ID: op.OperationID, Method: op.Method, Path: op.Path, Summary: op.Summary, Description: op.Description,
		Permission: fmt.Sprint(op.Extensions["x-permission"]),
	}
	for _, p := range op.Parameters {
		d.Parameters = append(d.Parameters, docsField{
			Name: p.Name, In: p.In, Description: p.Description, Type: typeOf(p.Schema),
			Limits: limitsOf(p.Schema), Required: p.Required,
		})
	}
	if op.RequestBody != nil {
		b := &docsBody{Required: op.RequestBody.Required}
		for mediaType, content := range op.RequestBody.Content {
			b.MediaTypes = append(b.MediaTypes, mediaType)
			b.Schema, b.Example = typeOf(content.Schema), exampleText(schemas, content.Schema)
		}
		slices.Sort(b.MediaTypes)
		d.Body = b
	}
	for status, r := range op.Responses {
		out := docsResponse{Status: status, Description: r.Description}
		for mediaType, content := range r.Content {
			out.Schema = typeOf(content.Schema)
			if mediaType != problemType && content.Schema.Ref != "" {
				out.Example = exampleText(schemas, content.Schema)
			}
		}
		for name := range r.Headers {
			out.Headers = append(out.Headers, name)
		}
		slices.Sort(out.Headers)
		d.Responses = append(d.Responses, out)
	}
	slices.SortFunc(d.Responses, func(a, b docsResponse) int { return strings.Compare(a.Status, b.Status) })
	return d
}

func docsFields(s *huma.Schema) []docsField {
	var fields []docsField
	for name, p := range s.Properties {
		fields = append(fields, docsField{
			Name: name, Description: p.Description, Type: typeOf(p), Limits: limitsOf(p),
			Required: slices.Contains(s.Required, name),
		})
	}
	slices.SortFunc(fields, func(a, b docsField) int {
		if a.Required != b.Required {
			if a.Required {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return fields
}

func anchor(name string) string { return strings.ToLower(strings.ReplaceAll(name, " ", "-")) }

// typeOf names a schema, with links to what it refers to. Everything in it is this package's own text.
func typeOf(s *huma.Schema) markup {
	if s == nil {
		return ""
	}
	if s.Ref != "" {
		name := html.EscapeString(s.Ref[strings.LastIndex(s.Ref, "/")+1:])
		return markup(`<a href="#schema-` + name + `">` + name + `</a>`)
	}
	out := html.EscapeString(s.Type)
	switch {
	case s.Type == huma.TypeArray:
		out = "list of " + string(typeOf(s.Items))
	case s.Format != "":
		out += " (" + html.EscapeString(s.Format) + ")"
	}
	if s.Nullable {
		out += " or null"
	}
	return markup(out)
}

func limitsOf(s *huma.Schema) string {
	var all []string
	add := func(format string, v any) { all = append(all, fmt.Sprintf(format, v)) }
	if len(s.Enum) > 0 {
		names := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			names[i] = fmt.Sprint(v)
		}
		all = append(all, strings.Join(names, " | "))
	}
	if s.Minimum != nil {
		add("≥ %v", strconv.FormatFloat(*s.Minimum, 'f', -1, 64))
	}
	if s.Maximum != nil {
		add("≤ %v", strconv.FormatFloat(*s.Maximum, 'f', -1, 64))
	}
	if s.MaxLength != nil {
		add("at most %v characters", *s.MaxLength)
	}
	if s.MaxItems != nil {
		add("at most %v items", *s.MaxItems)
	}
	if s.Default != nil {
		add("default %v", s.Default)
	}
	return strings.Join(all, ", ")
}

func exampleText(schemas huma.Registry, s *huma.Schema) string {
	out, err := json.MarshalIndent(exampleOf(schemas, s, 0), "", "  ")
	if err != nil { // of maps, strings and numbers: cannot happen
		return ""
	}
	return string(out)
}

// exampleOf makes an example of the fields' examples; optional fields without one are left out.
func exampleOf(schemas huma.Registry, s *huma.Schema, depth int) any {
	if s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	switch {
	case depth > 6:
		return nil
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, p := range s.Properties {
			if slices.Contains(s.Required, name) || len(p.Examples) > 0 {
				out[name] = exampleOf(schemas, p, depth+1)
			}
		}
		return out
	case huma.TypeArray:
		return []any{exampleOf(schemas, s.Items, depth+1)}
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	case huma.TypeBoolean:
		return true
	}
	if s.Format == "date-time" {
		return "2027-05-01T17:30:00Z"
	}
	return "…"
}
