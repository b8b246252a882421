package httpapi

import (
	"context"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
)

// operation is what register needs to know of an operation beside its types.
type operation struct {
	id, method, path string
	tag, summary     string
	description      string
	access           identity.Permission
	status           int   // of success; default 200, or 204 without a body
	more             []int // other statuses than those that follow from access, parameters and body
	idempotent       bool  // needs an Idempotency-Key
	versioned        bool  // needs If-Match
	patch            bool  // the body is a merge patch
	emptyBody        bool  // the body may be left out
	public           bool  // the answer may be cached by anyone for a second when nobody is signed in
	also             []int // other statuses of success
	conflicts        []string
	content          string       // media type of success where it is not JSON
	body             reflect.Type // of success where the handler writes it itself
	unchanged        bool         // may answer 304
}

var (
	problemGoType = reflect.TypeFor[Problem]()
	problemRef    = "#/components/schemas/Problem"
)

// toProblem turns huma's own errors into problems and names the request in every one.
func toProblem(ctx huma.Context, _ string, v any) (any, error) {
	p, ok := v.(*Problem)
	if e, isHuma := v.(*huma.ErrorModel); isHuma {
		p, ok = fromHuma(e), true
	}
	if !ok {
		return v, nil
	}
	_, w := humago.Unwrap(ctx)
	c := writtenTo(w)
	p.RequestID = c.id
	h := c.Header()
	h["Content-Type"], h["Cache-Control"] = problemTypes, noStore
	return p, nil
}

// register declares an operation: this is the only way to add one, so that none is without its access.
func register[I, O any](s *server, op operation, handle func(ctx context.Context, in *I) (*O, error)) {
	bodyField, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	hasParams := hasParameters(reflect.TypeFor[I]())
	numbers := numberQueries(reflect.TypeFor[I]())
	h := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Tags: []string{op.tag}, Summary: op.summary,
		Description: op.description, DefaultStatus: op.status, MaxBodyBytes: maxBody + 1, SkipValidateBody: true,
		Responses:   map[string]*huma.Response{},
		Middlewares: huma.Middlewares{s.guard(op, hasBody, hasParams, numbers)},
		Security:    security(op.access),
		Extensions:  map[string]any{"x-permission": op.access.String()},
	}
	for _, status := range op.statuses(hasBody, hasParams) {
		h.Responses[strconv.Itoa(status)] = problemResponse(status, op)
	}
	huma.Register(s.api, h, func(ctx context.Context, in *I) (*O, error) {
		if hasBody {
			field := reflect.ValueOf(in).Elem().FieldByIndex(bodyField.Index).Addr().Interface()
			if d, ok := field.(decodable); ok && d.failure() != nil {
				return nil, d.failure()
			}
		}
		out, err := handle(ctx, in)
		if err == nil {
			return out, nil
		}
		if c := callOf(ctx); c != nil {
			c.cause = err
		}
		return nil, problemOf(err)
	})
	s.document(op, hasBody)
}

// hasParameters tells whether a type declares a query or header parameter.
func hasParameters(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && hasParameters(f.Type) || f.Tag.Get("query") != "" || f.Tag.Get("header") != "" {
			return true
		}
	}
	return false
}

// numberQueries returns the query parameters of a type that are no texts. Huma takes an empty one for an absent one.
func numberQueries(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		f := t.Field(i)
		kind := f.Type.Kind()
		if f.Anonymous && kind == reflect.Struct {
			names = append(names, numberQueries(f.Type)...)
			continue
		}
		if kind == reflect.Struct && f.Type.NumField() > 0 { // a given
			kind = f.Type.Field(0).Type.Kind()
		}
		if name := f.Tag.Get("query"); name != "" && kind != reflect.String && kind != reflect.Slice {
			names = append(names, name)
		}
	}
	return names
}

// checkNumbers refuses a query that names a number or a truth and gives none.
func checkNumbers(r *http.Request, names []string) *Problem {
	if len(names) == 0 || r.URL.RawQuery == "" {
		return nil
	}
	query := r.URL.Query()
	for _, name := range names {
		if values, ok := query[name]; ok && values[0] == "" {
			return problemOf(fault.InvalidField("query."+name, "must not be empty"))
		}
	}
	return nil
}

// statuses returns the errors that an operation may answer.
func (op operation) statuses(hasBody, hasParams bool) []int {
	all := append([]int{http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable}, op.more...)
	all = append(all, http.StatusUnauthorized)
	if op.access != identity.Anyone && op.access != identity.SignedIn {
		all = append(all, http.StatusForbidden)
	}
	if strings.Contains(op.path, "{") {
		all = append(all, http.StatusNotFound)
	}
	if hasBody {
		all = append(all, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusUnsupportedMediaType)
	}
	all = append(all, http.StatusRequestEntityTooLarge) // of any request with a body, wanted or not
	if hasBody || hasParams {
		all = append(all, http.StatusUnprocessableEntity)
	}
	if op.idempotent {
		all = append(all, http.StatusBadRequest)
	}
	if op.versioned {
		all = append(all, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if len(op.conflicts) > 0 {
		all = append(all, http.StatusConflict)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

var (
	errNoToken = fault.New(fault.Unauthenticated, "", "send one header: Authorization: Bearer …")
	errNoKey   = fault.New(fault.Malformed, "idempotencyKeyRequired", "send an Idempotency-Key header")
	errNoMatch = fault.New(fault.PreconditionRequired, "", "send If-Match with the ETag of what you read")
	errTooMany = fault.New(fault.Throttled, "", "too many requests")
)

// guard decides whether a request may reach its operation.
func (s *server) guard(op operation, hasBody, hasParams bool, numbers []string) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		c := writtenTo(w)
		c.operation = op.id
		p := s.admit(r, c, op, hasBody, hasParams)
		if p == nil {
			p = checkNumbers(r, numbers)
		}
		h := c.Header()
		h["Content-Security-Policy"] = sealed
		if p != nil {
			s.answer(c, p)
			return
		}
		if op.public && !c.principal.SignedIn() {
			h["Cache-Control"], h["Vary"] = brief, onToken
		} else {
			h["Cache-Control"] = noStore
		}
		next(huma.WithContext(ctx, c))
	}
}

// admit checks, in this order: the token, the rate, the role, and the headers that the operation needs.
func (s *server) admit(r *http.Request, c *call, op operation, hasBody, hasParams bool) *Problem {
	var refused error
	if given, ok := r.Header["Authorization"]; ok {
		c.principal, refused = s.bearer(c, given)
	}
	if s.limits != nil {
		if wait, ok := s.limits.allow(callerOf(c, r.RemoteAddr)); !ok {
			p := problemOf(errTooMany)
			p.retryAfter = wait
			return p
		}
	}
	if refused != nil {
		c.cause = refused
		return problemOf(refused)
	}
	if err := identity.Allow(c.principal, op.access); err != nil {
		return problemOf(err)
	}
	if hasParams && strings.Contains(r.URL.RawQuery, "%") {
		if p := checkQuery(r.URL.RawQuery); p != nil {
			return p
		}
	}
	if op.idempotent && r.Header.Get("Idempotency-Key") == "" {
		return problemOf(errNoKey)
	}
	if op.versioned && r.Header.Get("If-Match") == "" {
		return problemOf(errNoMatch)
	}
	if hasBody && r.ContentLength != 0 {
		if !acceptable(r.Header.Get("Content-Type"), op.patch) {
			return errMediaType()
		}
		r.Header["Content-Type"] = jsonType // huma knows it only in lower case
	}
	return nil
}

// checkQuery finds parameters that are no text.
func checkQuery(raw string) *Problem {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return invalid("query", "is not properly escaped")
	}
	for name, all := range values {
		for _, v := range all {
			if !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl) {
				return invalid("query."+printable(name), "must be text without control characters")
			}
		}
	}
	return nil
}

func (s *server) bearer(ctx context.Context, given []string) (identity.Principal, error) {
	token, ok := identity.BearerToken(given[0])
	if !ok || len(given) != 1 {
		return identity.Principal{}, errNoToken
	}
	return s.verifier.Verify(ctx, token)
}

// acceptable reports a media type that bodies may have; none at all counts as JSON.
func acceptable(contentType string, patch bool) bool {
	if contentType == "" || contentType == "application/json" {
		return true
	}
	mediaType, parameters, _ := strings.Cut(contentType, ";")
	mediaType = strings.ToLower(strings.TrimSpace(mediaType))
	if charset, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(parameters)), "charset="); ok && strings.Trim(charset, `"`) != "utf-8" {
		return false
	}
	return mediaType == "application/json" || patch && mediaType == "application/merge-patch+json"
}
