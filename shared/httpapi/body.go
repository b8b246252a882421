package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// body is a request body of type T. huma documents it as a T; decoding is ours, because huma lets null stand for any
// optional value, takes names in any case, and repeats wrong values in its answers.
type body[T any] struct {
	Value T `json:"-"`

	problem *Problem
}

// Schema is the schema of T.
func (b *body[T]) Schema(r huma.Registry) *huma.Schema {
	return r.Schema(reflect.TypeFor[T](), true, "")
}

// failure is what decode found wrong; nil: nothing.
func (b *body[T]) failure() *Problem { return b.problem }

func (b *body[T]) shape() reflect.Type { return reflect.TypeFor[T]() }

func (b *body[T]) decode(data []byte, schemas huma.Registry, schema *huma.Schema) {
	b.problem = decodeStrictly(data, schemas, schema, &b.Value)
}

// decodable is any body[T].
type decodable interface {
	shape() reflect.Type
	failure() *Problem
	decode(data []byte, schemas huma.Registry, schema *huma.Schema)
}

// buffer is a reused buffer.
type buffer struct{ bytes.Buffer }

var buffers sync.Pool

func newBuffer() *buffer {
	if b, ok := buffers.Get().(*buffer); ok {
		return b
	}
	return new(buffer)
}

// free gives the buffer back, unless it has grown large.
func (b *buffer) free() {
	if b.Cap() <= 1<<20 {
		b.Reset()
		buffers.Put(b)
	}
}

// jsonFormat reads bodies strictly, and writes answers in one piece.
func jsonFormat(schemas huma.Registry) huma.Format {
	var known sync.Map // reflect.Type → *huma.Schema: the registry makes a name for every question
	return huma.Format{
		Marshal: func(w io.Writer, v any) error {
			buf := newBuffer()
			defer buf.free()
			enc := json.NewEncoder(buf)
			enc.SetEscapeHTML(false)
			if err := enc.Encode(v); err != nil {
				return err
			}
			_, err := w.Write(buf.Bytes())
			return err
		},
		Unmarshal: func(data []byte, v any) error {
			d, ok := v.(decodable)
			if !ok {
				return fmt.Errorf("decode into %T: not a body", v)
			}
			found, _ := known.Load(d.shape())
			schema, ok := found.(*huma.Schema)
			if !ok {
				schema = schemas.Schema(d.shape(), false, "")
				known.Store(d.shape(), schema)
			}
			d.decode(data, schemas, schema)
			return nil
		},
	}
}

// decodeStrictly reads data into v as the schema says: unknown names, nulls where none may be, and values out of range
// are all named in the problem.
func decodeStrictly(data []byte, schemas huma.Registry, schema *huma.Schema, v any) *Problem {
	if !utf8.Valid(data) {
		return newProblem(400, "malformed", "the body is not valid UTF-8")
	}
	var parsed any
	if err := json.Unmarshal(data, &parsed); err != nil {
		var tooBig *json.UnmarshalTypeError
		if errors.As(err, &tooBig) {
			return invalid("body", "contains a number that is too large")
		}
		return newProblem(400, "malformed", "the body is not valid JSON")
	}
	path, found := huma.NewPathBuffer(make([]byte, 0, 64), 0), &huma.ValidateResult{}
	path.Push("body")
	strict(schemas, schema, path, parsed, found)
	if len(found.Errors) == 0 { // else huma would say the same again
		huma.Validate(schemas, schema, path, huma.ModeWriteToServer, parsed, found)
	}
	if len(found.Errors) == 0 {
		if err := json.Unmarshal(data, v); err != nil {
			return invalid("body", "contains a value of the wrong type")
		}
		return nil
	}
	p := newProblem(422, "invalid", "a value is not acceptable")
	for _, err := range found.Errors {
		var d *huma.ErrorDetail
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, ProblemField{Location: printable(d.Location), Message: d.Message})
		}
	}
	slices.SortFunc(p.Errors, func(a, b ProblemField) int { return strings.Compare(a.Location, b.Location) })
	p.Errors = p.Errors[:min(len(p.Errors), maxFields)]
	return p
}

func invalid(location, message string) *Problem {
	p := newProblem(422, "invalid", "a value is not acceptable")
	p.Errors = []ProblemField{{Location: location, Message: message}}
	return p
}

// strict finds what huma.Validate lets pass: nulls, names in another case, numbers beyond what is exact, moments beyond
// the calendar, and control characters.
func strict(schemas huma.Registry, s *huma.Schema, path *huma.PathBuffer, v any, found *huma.ValidateResult) {
	for s.Ref != "" {
		s = schemas.SchemaFromRef(s.Ref)
	}
	switch v := v.(type) {
	case nil:
		if !s.Nullable {
			found.Add(path, nil, "must not be null")
		}
	case string:
		if s.Type == huma.TypeString {
			strictString(s, path, v, found)
		}
	case float64:
		if s.Type == huma.TypeInteger && math.Abs(v) > 1<<53 {
			found.Add(path, nil, "is out of range")
		}
	case []any:
		if s.Type != huma.TypeArray {
			return
		}
		if s.MaxItems != nil && len(v) > *s.MaxItems {
			found.Add(path, nil, "expected at most "+strconv.Itoa(*s.MaxItems)+" items")
			return
		}
		for i := range v {
			path.PushIndex(i)
			strict(schemas, s.Items, path, v[i], found)
			path.Pop()
		}
	case map[string]any:
		if s.Type != huma.TypeObject {
			return
		}
		for name, value := range v {
			property := s.Properties[name]
			if property == nil {
				found.Errors = append(found.Errors, &huma.ErrorDetail{Location: path.String() + "." + name, Message: "is not a field here"})
				continue
			}
			before := path.Len()
			path.Push(name)
			strict(schemas, property, path, value, found)
			for path.Len() > before {
				path.Pop()
			}
		}
	}
}

// The years that moments may lie in: RFC 3339 has four digits, whatever the zone.
const minYear, maxYear = 1900, 2200

func strictString(s *huma.Schema, path *huma.PathBuffer, v string, found *huma.ValidateResult) {
	if s.Format == "date-time" {
		if t, err := time.Parse(time.RFC3339, v); err != nil || t.UTC().Year() < minYear || t.UTC().Year() > maxYear {
			found.Add(path, nil, "expected an RFC 3339 time such as 2027-05-01T19:30:00Z")
		}
		return
	}
	for i := range len(v) {
		c := v[i]
		if c >= 0x20 && c != 0x7f || (c == '\n' || c == '\r' || c == '\t') && s.Extensions[multiline] == true {
			continue
		}
		found.Add(path, nil, "must not contain control characters")
		return
	}
}

// multiline marks the schema of texts that may have line breaks and tabs.
const multiline = "x-multiline"

// prose is text of several lines.
type prose string

// Schema is that of a string, marked.
func (prose) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Extensions: map[string]any{multiline: true}}
}

// optional is a field of a merge patch: absent, null (remove) or a value.
type optional[T any] struct {
	Set   bool
	Value *T // nil: null
}

// Schema is the schema of T, or null.
func (o optional[T]) Schema(r huma.Registry) *huma.Schema {
	s := *r.Schema(reflect.TypeFor[T](), false, "")
	s.Nullable = true
	return &s
}

// UnmarshalJSON notes that the field was there.
func (o *optional[T]) UnmarshalJSON(data []byte) error {
	o.Set = true
	return json.Unmarshal(data, &o.Value)
}
