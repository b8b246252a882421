package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/myevents/myevents/shared/fault"
)

// statusOf maps every kind of fault to a status.
var statusOf = map[fault.Kind]int{
	fault.Internal:             http.StatusInternalServerError,
	fault.Malformed:            http.StatusBadRequest,
	fault.Invalid:              http.StatusUnprocessableEntity,
	fault.Unauthenticated:      http.StatusUnauthorized,
	fault.Declined:             http.StatusPaymentRequired,
	fault.Forbidden:            http.StatusForbidden,
	fault.NotFound:             http.StatusNotFound,
	fault.Conflict:             http.StatusConflict,
	fault.Stale:                http.StatusPreconditionFailed,
	fault.PreconditionRequired: http.StatusPreconditionRequired,
	fault.Throttled:            http.StatusTooManyRequests,
	fault.Unavailable:          http.StatusServiceUnavailable,
}

// StatusOf returns the status that answers a kind of fault.
func StatusOf(k fault.Kind) int {
	if s, ok := statusOf[k]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// Problem is the body of every error (RFC 9457).
//
//nolint:errname // the name in the document, and of the RFC
type Problem struct {
	Type      string         `json:"type" format:"uri-reference" doc:"Where this kind of problem is described." example:"/docs#problem-invalid"`
	Title     string         `json:"title" doc:"What the status means." example:"Unprocessable Entity"`
	Status    int            `json:"status" doc:"The HTTP status." example:"422"`
	Code      string         `json:"code" doc:"What went wrong, for programs; it never changes." example:"invalid"`
	Detail    string         `json:"detail,omitempty" doc:"What went wrong, for people." example:"a value is not acceptable"`
	Errors    []ProblemField `json:"errors,omitempty" nullable:"false" doc:"The values that were not acceptable."`
	RequestID string         `json:"requestId,omitempty" doc:"Names this request to support." example:"01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`

	retryAfter time.Duration
}

// ProblemField says which value was wrong, and what would be right. The value itself is never repeated.
type ProblemField struct {
	Location string `json:"location" doc:"Where the value is." example:"body.items[0].quantity"`
	Message  string `json:"message" doc:"What would be right." example:"expected number >= 1"`
}

// Error returns the code. It, GetStatus, ContentType and GetHeaders are how huma writes a problem.
func (p *Problem) Error() string { return p.Code }

// GetStatus returns the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType returns the media type of problems.
func (p *Problem) ContentType(string) string { return problemType }

// GetHeaders returns the headers that go with the status.
func (p *Problem) GetHeaders() http.Header {
	switch p.Status {
	case http.StatusUnauthorized:
		return http.Header{"Www-Authenticate": {`Bearer realm="myevents"`}}
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		return http.Header{"Retry-After": {strconv.Itoa(max(1, int((p.retryAfter+time.Second-1)/time.Second)))}}
	}
	return nil
}

const (
	problemType     = "application/problem+json"
	maxFields       = 20  // reported at once
	maxLocation     = 128 // bytes of a location, which may contain a name that the caller made up
	internalMessage = "something went wrong on our side; it has been noted"
)

var problemTypes = []string{problemType}

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Type: "/docs#problem-" + code, Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// problemOf makes the problem that answers an error. What nobody classified is Internal, and its text stays inside.
func problemOf(err error) *Problem {
	var p *Problem
	if errors.As(err, &p) {
		return p
	}
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind == fault.Internal {
		if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			return newProblem(http.StatusServiceUnavailable, fault.Unavailable.String(), "this took too long; try again")
		}
		return newProblem(http.StatusInternalServerError, fault.Internal.String(), internalMessage)
	}
	p = newProblem(StatusOf(f.Kind), f.Code, f.Text)
	p.retryAfter = f.RetryAfter
	for _, field := range f.Fields[:min(len(f.Fields), maxFields)] {
		p.Errors = append(p.Errors, ProblemField{Location: printable(field.Location), Message: field.Message})
	}
	return p
}

// printable shortens a location and drops what a terminal or log could trip over.
func printable(location string) string {
	out := make([]rune, 0, min(len(location), maxLocation))
	for _, r := range location {
		if len(out) == maxLocation {
			break
		}
		if strconv.IsPrint(r) {
			out = append(out, r)
		}
	}
	return string(out)
}

// fromHuma turns the errors that huma makes itself (parameters, an empty or oversized body) into problems; huma's carry
// the offending values, ours do not.
func fromHuma(e *huma.ErrorModel) *Problem {
	switch e.Status {
	case http.StatusBadRequest:
		return newProblem(e.Status, "malformed", "a body is required")
	case http.StatusRequestEntityTooLarge:
		return errTooLarge()
	case http.StatusRequestTimeout:
		return newProblem(e.Status, "requestTimeout", "the body did not arrive in time")
	case http.StatusUnprocessableEntity:
		p := newProblem(e.Status, fault.Invalid.String(), "a value is not acceptable")
		for _, d := range e.Errors[:min(len(e.Errors), maxFields)] {
			p.Errors = append(p.Errors, ProblemField{Location: printable(d.Location), Message: d.Message})
		}
		return p
	default:
		return newProblem(http.StatusInternalServerError, fault.Internal.String(), internalMessage)
	}
}

func errTooLarge() *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "bodyTooLarge", "a body may have at most 64 kB")
}

func errMediaType() *Problem {
	return newProblem(http.StatusUnsupportedMediaType, "unsupportedMediaType", "send application/json, or application/merge-patch+json with PATCH")
}

func errNoRoute() *Problem {
	return newProblem(http.StatusNotFound, "notFound", "there is nothing at this address")
}

// writeProblem answers outside huma: where no operation matched, or one panicked.
func writeProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	for k, v := range p.GetHeaders() {
		h[k] = v
	}
	h.Set("Content-Type", problemType)
	h.Set("Cache-Control", "no-store")
	body, err := json.Marshal(p)
	if err != nil { // of strings and numbers: cannot happen
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.WriteHeader(p.Status)
	_, _ = w.Write(body)
}
