package seed

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// The size of a poster, in its own units.
const (
	artWidth  = 1200
	artHeight = 750
)

// Artwork returns the poster of a demo event by its slug, as in /art/<slug>.svg, or of a category by its id, for events
// without a picture of their own; false where there is neither. It is an SVG of a few kilobytes without text, scripts,
// styles or references to anything outside, and always the same for the same slug.
func Artwork(slug string) ([]byte, bool) {
	category, known := categoryOf(slug)
	if !known {
		return nil, false
	}
	d := newDrawing(slug, palettes[category])
	motifs[category](d)
	return d.end(), true
}

func categoryOf(slug string) (string, bool) {
	if _, ok := motifs[slug]; ok {
		return slug, true
	}
	for _, s := range append(shows(), theEvening()) {
		if s.slug == slug {
			return s.category, true
		}
	}
	return "", false
}

func shows() []show {
	return slices.Concat(concerts(), carnivals(), circuses(), stages(), outings())
}

// palette is a sky that goes from dark to light, and four colours on it.
type palette struct {
	sky [2]string
	ink [4]string
}

// palettes are the moods of each category; the slug chooses one.
var palettes = map[string][]palette{
	"concert": {
		{[2]string{"#1b1436", "#4b2a6b"}, [4]string{"#f5b84b", "#ef6f6c", "#7ad7c8", "#fdf1dc"}},
		{[2]string{"#0d2536", "#165a72"}, [4]string{"#f7c95c", "#f08a5d", "#9be3de", "#f4f7f5"}},
		{[2]string{"#2a1220", "#7a2448"}, [4]string{"#ffd27d", "#ff7f6b", "#c9a7eb", "#fff4e6"}},
	},
	"carnival": {{[2]string{"#0f4c5c", "#1f9e89"}, [4]string{"#ffd166", "#ef476f", "#f78c6b", "#fff7e0"}}, {[2]string{"#5b1a6e", "#c2347a"}, [4]string{"#ffe066", "#38d9a9", "#ff922b", "#fff5f5"}}},
	"circus": {
		{[2]string{"#14213d", "#28406e"}, [4]string{"#e63946", "#f6bd60", "#f7ede2", "#84a59d"}},
		{[2]string{"#2b1d3a", "#5c3b6f"}, [4]string{"#d7263d", "#f4d35e", "#faf0ca", "#ee964b"}},
		{[2]string{"#0b3142", "#0f6070"}, [4]string{"#ef5b5b", "#ffba49", "#fff3d6", "#20a39e"}},
	},
	"theatre":    {{[2]string{"#1d0a12", "#43101f"}, [4]string{"#9e1b32", "#c8374f", "#f3c969", "#fbe9c6"}}, {[2]string{"#0d1b2a", "#1b3350"}, [4]string{"#274c77", "#4178ae", "#f2cc8f", "#f4f1de"}}},
	"opera":      {{[2]string{"#16132b", "#3d2c5e"}, [4]string{"#d4a24c", "#8d6a9f", "#f0d9a8", "#fdf6e3"}}, {[2]string{"#102a2d", "#1f5a58"}, [4]string{"#d9ae61", "#5fa8a0", "#f1ddb0", "#fcf8ec"}}},
	"musical":    {{[2]string{"#2d0f3f", "#8f2d8a"}, [4]string{"#ffd84d", "#ff6fb5", "#6de1ff", "#fff2fb"}}, {[2]string{"#101a4a", "#3046b0"}, [4]string{"#ffd166", "#ff8fa3", "#80ffdb", "#f7f7ff"}}},
	"festival":   {{[2]string{"#f48c5b", "#fbd38d"}, [4]string{"#2f5d50", "#4b8f6b", "#e4572e", "#fff8e7"}}, {[2]string{"#5c4b99", "#f39189"}, [4]string{"#2e294e", "#53448f", "#ffd23f", "#fff1e6"}}},
	"sport":      {{[2]string{"#0b3d2e", "#14735a"}, [4]string{"#f4f1de", "#f2b134", "#ed553b", "#9be0c1"}}, {[2]string{"#12263a", "#1f5fa8"}, [4]string{"#f4f9ff", "#ffc857", "#ff6b4a", "#8ecae6"}}},
	"conference": {{[2]string{"#0f2233", "#1e4d6b"}, [4]string{"#64dfdf", "#f6c85f", "#f08a7a", "#eaf6f6"}}, {[2]string{"#1f2041", "#4b3f72"}, [4]string{"#ffc857", "#19b5a5", "#f28482", "#f3eefb"}}},
	"exhibition": {{[2]string{"#f3ead7", "#e7d8b9"}, [4]string{"#1d3557", "#c8553d", "#e9b44c", "#588b8b"}}, {[2]string{"#ece7e1", "#d9cfc3"}, [4]string{"#2b2d42", "#d1495b", "#edae49", "#00798c"}}},
	"other":      {{[2]string{"#22223b", "#4a4e69"}, [4]string{"#f2e9e4", "#c9ada7", "#f6bd60", "#84a59d"}}, {[2]string{"#1b3a4b", "#3e6c7d"}, [4]string{"#ffe8d6", "#e5989b", "#ffcb69", "#b7d3c6"}}},
}

// drawing is a poster in the making, with a source of chance that the slug decides.
type drawing struct {
	chance

	b   strings.Builder
	sky [2]string
	ink [4]string
}

func newDrawing(slug string, among []palette) *drawing {
	d := &drawing{chance: chanceOf(slug)}
	p := among[d.upTo(len(among))]
	d.sky, d.ink = p.sky, p.ink
	fmt.Fprintf(&d.b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" preserveAspectRatio="xMidYMid slice">`,
		artWidth, artHeight, artWidth, artHeight)
	fmt.Fprintf(&d.b, `<defs><linearGradient id="s" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="%s"/><stop offset="1" stop-color="%s"/></linearGradient></defs>`, d.sky[0], d.sky[1])
	d.b.WriteString(`<rect width="100%" height="100%" fill="url(#s)"/>`)
	return d
}

func (d *drawing) end() []byte {
	d.b.WriteString("</svg>\n")
	return []byte(d.b.String())
}

// colour returns one of the inks.
func (d *drawing) colour() string { return d.ink[d.upTo(len(d.ink))] }

// f writes a coordinate in tenths.
func f(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func (d *drawing) circle(x, y, r float64, fill string, opacity float64) {
	fmt.Fprintf(&d.b, `<circle cx="%s" cy="%s" r="%s" fill="%s" opacity="%s"/>`, f(x), f(y), f(r), fill, f(opacity))
}

func (d *drawing) ring(x, y, r, width float64, stroke string, opacity float64) {
	fmt.Fprintf(&d.b, `<circle cx="%s" cy="%s" r="%s" fill="none" stroke="%s" stroke-width="%s" opacity="%s"/>`, f(x), f(y), f(r), stroke, f(width), f(opacity))
}

func (d *drawing) rect(x, y, w, h, round float64, fill string, opacity float64) {
	fmt.Fprintf(&d.b, `<rect x="%s" y="%s" width="%s" height="%s" rx="%s" fill="%s" opacity="%s"/>`, f(x), f(y), f(w), f(h), f(round), fill, f(opacity))
}

// line draws through points; n pairs of x and y.
func (d *drawing) line(width float64, stroke string, opacity float64, points ...float64) {
	d.b.WriteString(`<polyline points="`)
	d.points(points)
	fmt.Fprintf(&d.b, `" fill="none" stroke="%s" stroke-width="%s" stroke-linecap="round" stroke-linejoin="round" opacity="%s"/>`, stroke, f(width), f(opacity))
}

func (d *drawing) shape(fill string, opacity float64, points ...float64) {
	d.b.WriteString(`<polygon points="`)
	d.points(points)
	fmt.Fprintf(&d.b, `" fill="%s" opacity="%s"/>`, fill, f(opacity))
}

func (d *drawing) points(points []float64) {
	for i, p := range points {
		if i > 0 {
			d.b.WriteByte(' ')
		}
		d.b.WriteString(f(p))
	}
}

func (d *drawing) path(fill string, opacity float64, format string, at ...float64) {
	args := make([]any, 0, len(at)+2)
	for _, v := range at {
		args = append(args, f(v))
	}
	fmt.Fprintf(&d.b, `<path d="`+format+`" fill="%s" opacity="%s"/>`, append(args, fill, f(opacity))...)
}

// star is a star of five points.
func (d *drawing) star(x, y, r float64, fill string, opacity float64) {
	points := make([]float64, 0, 20)
	for i := range 10 {
		out := r
		if i%2 == 1 {
			out = r * 0.45
		}
		angle := math.Pi/5*float64(i) - math.Pi/2
		points = append(points, x+out*math.Cos(angle), y+out*math.Sin(angle))
	}
	d.shape(fill, opacity, points...)
}
