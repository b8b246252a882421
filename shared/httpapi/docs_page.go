package httpapi

import (
	"fmt"
	"html"
	"strings"
)

// markup is HTML as it stands.
type markup string

// page is HTML in the making. No template makes it: those look methods up by name, for which the linker has to keep every
// method of every type, and a function grows by a quarter.
type page struct{ strings.Builder }

// addf writes values in a format, all but markup escaped.
func (p *page) addf(format string, values ...any) {
	escaped := make([]any, len(values))
	for i, v := range values {
		if text, plain := v.(string); plain {
			v = html.EscapeString(text)
		}
		escaped[i] = v
	}
	_, _ = fmt.Fprintf(p, format, escaped...) // to memory
}

const docsTable = `<div class="wide"><table><thead><tr>%s</tr></thead><tbody>` + "\n"

const docsTableEnd = "</tbody></table></div>"

// table writes what rows writes, under headings.
func (p *page) table(rows func(), headings ...string) {
	var h page
	for _, name := range headings {
		h.addf(`<th scope="col">%s</th>`, name)
	}
	p.addf(docsTable, markup(h.String()))
	rows()
	p.addf(docsTableEnd)
}

func (m *docsModel) page() string {
	var p page
	p.addf(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>%s API</title>
<style>%s</style>
</head>
<body>
<a class="skip" href="#main">Skip to the content</a>
<nav aria-label="Operations">
<p class="brand">%[1]s API <small>%[3]s</small></p>
`, m.Info.Title, markup(docsStyle), m.Info.Version)
	for _, t := range m.Tags {
		p.addf("<h2><a href=\"#%s\">%s</a></h2>\n<ul>", t.Anchor, t.Name)
		for _, o := range t.Operations {
			p.addf(`<li><a href="#%s"><span class="method %s">%[2]s</span> %[3]s</a></li>`, o.ID, o.Method, o.Summary)
		}
		p.addf("</ul>\n")
	}
	p.addf(`<h2><a href="#schemas">Schemas</a></h2>
<h2><a href="#problems">Problems</a></h2>
</nav>
<main id="main">
<h1>%s API</h1>
<p>%s</p>
<p>As a document for tools: <a href="/openapi.json">openapi.json</a>, <a href="/openapi.yaml">openapi.yaml</a>.</p>
`, m.Info.Title, m.Info.Description)
	for _, t := range m.Tags {
		p.addf("<section aria-labelledby=\"%s\">\n<h2 id=\"%[1]s\">%[2]s</h2>\n<p>%[3]s</p>\n", t.Anchor, t.Name, t.Description)
		for _, o := range t.Operations {
			p.operation(o)
		}
		p.addf("</section>\n")
	}
	p.addf("<section aria-labelledby=\"schemas\">\n<h2 id=\"schemas\">Schemas</h2>\n")
	for _, s := range m.Schemas {
		p.addf("<article id=\"schema-%s\">\n<h3><a href=\"#schema-%[1]s\">%[1]s</a></h3>\n", s.Name)
		p.table(func() {
			for _, f := range s.Fields {
				p.field(f, "")
			}
		}, "Field", "Type", "Meaning")
		p.addf("\n</article>\n")
	}
	p.addf(`</section>
<section aria-labelledby="problems">
<h2 id="problems">Problems</h2>
<p>Every error is a <a href="#schema-Problem">Problem</a>. Its <code>code</code> never changes; its texts may.</p>
`)
	p.table(func() {
		for _, c := range m.Codes {
			p.addf(`<tr id="problem-%s"><td><code>%[1]s</code></td><td>%[2]s</td><td>`, c.Code, c.Status)
			for i, o := range c.Operations {
				if i > 0 {
					p.addf(", ")
				}
				p.addf(`<a href="#%s">%[1]s</a>`, o)
			}
			p.addf("</td></tr>\n")
		}
	}, "Code", "Status", "Operations")
	p.addf("\n</section>\n</main>\n</body>\n</html>\n")
	return p.String()
}

func (p *page) operation(o docsOperation) {
	p.addf(`<article id="%s">
<h3><a href="#%[1]s">%[2]s</a></h3>
<p class="line"><span class="method %[3]s">%[3]s</span> <code>%[4]s</code> <span class="who">%[5]s</span></p>
`, o.ID, o.Summary, o.Method, o.Path, o.Permission)
	if o.Description != "" {
		p.addf("<p>%s</p>\n", o.Description)
	}
	if len(o.Parameters) > 0 {
		p.addf("<h4>Parameters</h4>\n")
		p.table(func() {
			for _, f := range o.Parameters {
				p.field(f, f.In)
			}
		}, "Name", "In", "Type", "Meaning")
		p.addf("\n")
	}
	if b := o.Body; b != nil {
		p.addf("<h4>Body</h4>\n<p>%s", b.Schema)
		if !b.Required {
			p.addf(" (optional)")
		}
		p.addf(", as ")
		for i, mediaType := range b.MediaTypes {
			if i > 0 {
				p.addf(" or ")
			}
			p.addf("<code>%s</code>", mediaType)
		}
		p.addf("</p>\n<details><summary>Example</summary><pre tabindex=\"0\">%s</pre></details>\n", b.Example)
	}
	p.addf("<h4>Answers</h4>\n")
	p.table(func() {
		for _, r := range o.Responses {
			p.addf("<tr><td><code>%s</code></td><td>%s</td><td>%s", r.Status, r.Schema, r.Description)
			for _, h := range r.Headers {
				p.addf(" <code>%s</code>", h)
			}
			p.addf("</td></tr>\n")
		}
	}, "Status", "Body", "Meaning")
	p.addf("\n")
	for _, r := range o.Responses {
		if r.Example != "" {
			p.addf(`<details><summary>Example of %s</summary><pre tabindex="0">%s</pre></details>`, r.Status, r.Example)
		}
	}
	p.addf("\n</article>\n")
}

// field writes a row; in is where a parameter is, and empty for fields of schemas.
func (p *page) field(f docsField, in string) {
	p.addf("<tr><td><code>%s</code>", f.Name)
	if f.Required {
		p.addf(` <span class="must">required</span>`)
	}
	p.addf("</td>")
	if in != "" {
		p.addf("<td>%s</td>", in)
	}
	p.addf("<td>%s</td><td>%s", f.Type, f.Description)
	if f.Limits != "" {
		p.addf(` <span class="limits">%s</span>`, f.Limits)
	}
	p.addf("</td></tr>\n")
}
