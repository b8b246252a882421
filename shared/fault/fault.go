// Package fault is the one vocabulary of errors: a kind that decides what happens next, a stable code and text for the
// caller, and a cause for the log. It knows nothing of HTTP, queues or databases; each edge maps kinds in one table.
package fault

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what a caller can do about an error. The zero Kind is Internal, so that what nobody classified stays inside.
type Kind uint8

// The kinds. Kinds lists them all, so that an edge's table can be tested for completeness.
const (
	Internal             Kind = iota // ours to mend; the text never leaves the process
	Malformed                        // cannot be read at all
	Invalid                          // readable, but a value is wrong; see Fields
	Unauthenticated                  // no or bad credentials
	Declined                         // the payment was refused
	Forbidden                        // the role never suffices
	NotFound                         // unknown, or another's
	Conflict                         // the state does not allow it; Code says which state
	Stale                            // somebody changed it since it was read
	PreconditionRequired             // a change must name the version that it changes
	Throttled                        // too many requests; see RetryAfter
	Unavailable                      // not now; safe to repeat after RetryAfter
)

var kindNames = [...]string{
	"internal", "malformed", "invalid", "unauthenticated", "declined", "forbidden", "notFound",
	"conflict", "stale", "preconditionRequired", "throttled", "unavailable",
}

// Kinds returns every kind.
func Kinds() []Kind {
	all := make([]Kind, len(kindNames))
	for i := range all {
		all[i] = Kind(i)
	}
	return all
}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind(%d)", uint8(k))
}

// Field names one wrong value: where it is (a path such as "body.items[0].quantity") and what would be right.
// It never repeats the value.
type Field struct {
	Location string
	Message  string
}

// Error is an error with a kind. Code is stable and camelCase; Text is one sentence for the caller, without secrets.
type Error struct {
	Kind       Kind
	Code       string
	Text       string
	Fields     []Field
	RetryAfter time.Duration // with Throttled and Unavailable; 0: the edge decides
	Cause      error         // for the log only
}

// New returns an error of a kind. An empty code is the kind's own name.
func New(kind Kind, code, text string) *Error {
	if code == "" {
		code = kind.String()
	}
	return &Error{Kind: kind, Code: code, Text: text}
}

// Wrap gives cause a kind; the cause's text is for the log only. A nil cause gives nil.
func Wrap(kind Kind, text string, cause error) error {
	if cause == nil {
		return nil
	}
	return &Error{Kind: kind, Code: kind.String(), Text: text, Cause: cause}
}

// InvalidField reports one wrong value.
func InvalidField(location, message string) *Error {
	return &Error{
		Kind: Invalid, Code: Invalid.String(), Text: "a value is not acceptable",
		Fields: []Field{{Location: location, Message: message}},
	}
}

func (e *Error) Error() string {
	s := e.Text
	for _, f := range e.Fields {
		s += "; " + f.Location + ": " + f.Message
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Cause }

// Is makes a sentinel match any error of the same kind and code, so that errors.Is works across wire and process.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Kind == e.Kind && t.Code == e.Code
}

// KindOf returns the kind of the outermost Error in err's chain; Internal where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// Is reports whether err is of the kind.
func Is(err error, kind Kind) bool { return err != nil && KindOf(err) == kind }
