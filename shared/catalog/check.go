package catalog

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
)

// The bounds of texts, in characters, and of times.
const (
	maxName        = 200
	maxAddress     = 500
	maxDescription = 10_000
	maxReason      = 1_000
	maxURL         = 2_000
	maxRowLabel    = 20
	minYear        = 1970
	maxYear        = 9999
	maxDuration    = 366 * 24 * time.Hour
)

// maxFields is how many wrong fields one answer names.
const maxFields = 50

// checks collects what is wrong with a request, so that all of it is told at once.
type checks struct{ fields []fault.Field }

func (c *checks) add(location, message string) {
	if len(c.fields) < maxFields {
		c.fields = append(c.fields, fault.Field{Location: location, Message: message})
	}
}

// addErr adds what an error of another package says is wrong.
func (c *checks) addErr(err error) {
	var f *fault.Error
	if errors.As(err, &f) {
		for _, field := range f.Fields {
			c.add(field.Location, field.Message)
		}
	}
}

// err returns what was found, as one fault.Invalid; nil where nothing was.
func (c *checks) err() error {
	if len(c.fields) == 0 {
		return nil
	}
	text := "a value is not acceptable"
	if len(c.fields) > 1 {
		text = "several values are not acceptable"
	}
	return &fault.Error{Kind: fault.Invalid, Code: fault.Invalid.String(), Text: text, Fields: c.fields}
}

// name checks and trims a text of one line that must not be empty.
func (c *checks) name(location, v string, most int) string {
	v, ok := c.line(location, v, most)
	if ok && strings.IndexFunc(v, visible) < 0 {
		c.add(location, "must not be empty")
	}
	return v
}

// optional checks and trims a text of one line that may be empty.
func (c *checks) optional(location, v string) string {
	v, _ = c.line(location, v, maxName)
	return v
}

func (c *checks) line(location, v string, most int) (string, bool) {
	return c.text(location, v, most, "must not contain control characters", unicode.IsControl)
}

// long checks and trims a text that may have several lines, and may be empty.
func (c *checks) long(location, v string, most int) string {
	v, _ = c.text(location, v, most, "must not contain control characters other than line breaks and tabs", func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
	return v
}

func (c *checks) text(location, v string, most int, unwantedMessage string, unwanted func(rune) bool) (string, bool) {
	v = strings.TrimSpace(v)
	switch {
	case !utf8.ValidString(v):
		c.add(location, "must be valid UTF-8")
	case utf8.RuneCountInString(v) > most:
		c.add(location, fmt.Sprintf("must have at most %d characters", most))
	case strings.IndexFunc(v, unwanted) >= 0:
		c.add(location, unwantedMessage)
	default:
		return v, true
	}
	return v, false
}

func visible(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }

// within checks a number against its bounds.
func (c *checks) within(location string, v, least, most int) bool {
	if v < least || v > most {
		c.add(location, fmt.Sprintf("must be from %d to %d", least, most))
		return false
	}
	return true
}

// time brings a time to the form in which it is kept, and checks its year.
func (c *checks) time(location string, t time.Time) time.Time {
	t = clean(t)
	if y := t.Year(); y < minYear || y > maxYear {
		c.add(location, fmt.Sprintf("must be in a year from %d to %d", minYear, maxYear))
	}
	return t
}

func (c *checks) optionalTime(location string, t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	kept := c.time(location, *t)
	return &kept
}

// window checks that a span of two optional times is not empty.
func (c *checks) window(location string, from, until *time.Time) {
	if from != nil && until != nil && !until.After(*from) {
		c.add(location, "must be later than the beginning of the sale")
	}
}

func (c *checks) price(location string, p money.Amount) { c.addErr(p.Validate(location)) }

// country checks an ISO 3166-1 alpha-2 code.
func (c *checks) country(location, v string) string {
	if !isCountry(v) {
		c.add(location, "must be an ISO 3166-1 alpha-2 code such as DE")
	}
	return v
}

func isCountry(v string) bool {
	if len(v) != 2 {
		return false
	}
	region, err := language.ParseRegion(v)
	return err == nil && region.IsCountry() && region.String() == v && region.Canonicalize() == region
}

// coordinates checks that both or neither are given, and are on the Earth.
func (c *checks) coordinates(lat, lon *float64) {
	switch {
	case lat == nil && lon != nil:
		c.add("body.latitude", "must be given with the longitude")
	case lat != nil && lon == nil:
		c.add("body.longitude", "must be given with the latitude")
	}
	if lat != nil && !on(*lat, 90) {
		c.add("body.latitude", "must be from -90 to 90")
	}
	if lon != nil && !on(*lon, 180) {
		c.add("body.longitude", "must be from -180 to 180")
	}
}

func on(v, most float64) bool { return !math.IsNaN(v) && v >= -most && v <= most }

// image checks the address of a picture: http or https, or a path on this origin.
func (c *checks) image(location, v string) string {
	v, ok := c.line(location, v, maxURL)
	if !ok || v == "" {
		return v
	}
	u, err := url.Parse(v)
	switch {
	case err != nil || u.User != nil || u.Opaque != "" || strings.ContainsAny(v, `\ <>"`):
	case u.Scheme == "" && u.Host == "" && !strings.HasPrefix(v, "//") && u.Path != "":
		return v
	case (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "":
		return v
	}
	c.add(location, "must be an http or https URL, or a relative path")
	return v
}

// change applies a field of a merge patch to a value that may not be removed.
func change[T any](c *checks, location string, to *T, p Opt[T]) {
	switch {
	case p.Null:
		c.add(location, "must not be removed")
	case p.Set:
		*to = p.Value
	}
}

// changeOr applies a field of a merge patch to a value that becomes absent when it is removed.
func changeOr[T any](to *T, p Opt[T], absent T) {
	switch {
	case p.Null:
		*to = absent
	case p.Set:
		*to = p.Value
	}
}

// changePointer applies a field of a merge patch to an optional value.
func changePointer[T any](to **T, p Opt[T]) {
	switch {
	case p.Null:
		*to = nil
	case p.Set:
		*to = &p.Value
	}
}
