// Package telemetry is how the programs are watched: a logger that hides secrets, and typed methods for what is counted.
// Log keys and label values are spelt here and nowhere else. It knows nothing of what the programs do.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
	"unicode"

	"github.com/mattn/go-isatty"
)

// LogOptions are what an operator may choose; zero values mean the defaults.
type LogOptions struct {
	Level  slog.Leveler // default slog.LevelInfo
	Format string       // "json", "text" or "auto": text on a terminal, JSON elsewhere; default "auto"
}

// NewLogger returns a logger to w that adds what WithLogAttrs put into the context and prints *** for the values of
// sensitive keys, in groups too.
func NewLogger(w io.Writer, o LogOptions) *slog.Logger {
	h := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: hide}
	if o.Format == "text" || o.Format != "json" && terminal(w) {
		return slog.New(contextHandler{slog.NewTextHandler(w, h)})
	}
	return slog.New(contextHandler{slog.NewJSONHandler(w, h)})
}

func terminal(w io.Writer) bool {
	f, ok := w.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(f.Fd())
}

// logAttrs is the context key of attributes for every line.
type logAttrs struct{}

// WithLogAttrs makes every line logged with the context carry attrs, after those that it carries already.
func WithLogAttrs(ctx context.Context, attrs ...slog.Attr) context.Context {
	had, _ := ctx.Value(logAttrs{}).([]slog.Attr)
	return context.WithValue(ctx, logAttrs{}, append(had[:len(had):len(had)], attrs...))
}

type contextHandler struct{ slog.Handler }

func (h contextHandler) Handle(ctx context.Context, r slog.Record) error {
	if attrs, ok := ctx.Value(logAttrs{}).([]slog.Attr); ok {
		r = r.Clone()
		r.AddAttrs(attrs...)
	}
	if err := h.Handler.Handle(ctx, r); err != nil {
		return fmt.Errorf("write log line: %w", err)
	}
	return nil
}

func (h contextHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return contextHandler{h.Handler.WithAttrs(attrs)}
}

func (h contextHandler) WithGroup(name string) slog.Handler {
	return contextHandler{h.Handler.WithGroup(name)}
}

const hidden = "***"

// sensitiveWords make a key sensitive when they are one of its words.
var sensitiveWords = map[string]bool{
	"password": true, "passphrase": true, "secret": true, "token": true, "authorization": true,
	"cookie": true, "credential": true, "credentials": true, "email": true, "mail": true, "phone": true, "attendee": true, "signature": true,
}

// sensitiveKeys are sensitive as a whole.
var sensitiveKeys = map[string]bool{
	"ticket_code": true, "api_key": true, "private_key": true, "root_key": true,
	"idempotency_key": true, "share_link": true, "user_name": true, "person_name": true,
}

// hide replaces the value of a sensitive key, or of anything in a sensitive group.
func hide(groups []string, a slog.Attr) slog.Attr {
	if sensitive(a.Key) {
		return slog.String(a.Key, hidden)
	}
	for _, g := range groups {
		if sensitive(g) {
			return slog.String(a.Key, hidden)
		}
	}
	return a
}

// sensitive reports whether the key's values are secrets or personal. Almost all keys are plain lower case, which takes
// no allocation.
func sensitive(key string) bool {
	plain := strings.IndexFunc(key, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) < 0
	if !plain {
		key = snake(key)
	}
	if sensitiveKeys[key] {
		return true
	}
	for word := range strings.SplitSeq(key, "_") {
		if sensitiveWords[word] {
			return true
		}
	}
	return false
}

// snake writes holdToken, Hold-Token and hold.token as hold_token.
func snake(key string) string {
	var b strings.Builder
	lower := false
	for _, r := range key {
		switch {
		case unicode.IsUpper(r):
			if lower {
				b.WriteByte('_')
			}
			b.WriteRune(unicode.ToLower(r))
			lower = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
			lower = true
		default:
			b.WriteByte('_')
			lower = false
		}
	}
	return b.String()
}

// Err is an error under its one key.
func Err(err error) slog.Attr { return slog.Any("err", err) }

// EventID is a concert's id.
func EventID(id string) slog.Attr { return slog.String("event_id", id) }

// LocationID is a location's id.
func LocationID(id string) slog.Attr { return slog.String("location_id", id) }

// BookingID is a booking's id.
func BookingID(id string) slog.Attr { return slog.String("booking_id", id) }

// TicketID is a ticket's id.
func TicketID(id string) slog.Attr { return slog.String("ticket_id", id) }

// UserID is a user's id, which says nothing of the person.
func UserID(id string) slog.Attr { return slog.String("user_id", id) }

// OrganisationID is an organisation's id.
func OrganisationID(id string) slog.Attr { return slog.String("organisation_id", id) }

// RequestID is the id that the answer carries too.
func RequestID(id string) slog.Attr { return slog.String("request_id", id) }

// TraceID is the W3C trace id, 32 hex digits.
func TraceID(id string) slog.Attr { return slog.String("trace_id", id) }

// MessageID is a message's id.
func MessageID(id string) slog.Attr { return slog.String("message_id", id) }

// MessageType is a message's type and version.
func MessageType[T ~string](t T) slog.Attr { return slog.String("message_type", string(t)) }

// Group is a consuming service's queue.
func Group(name string) slog.Attr { return slog.String("group", name) }

// Service names an HTTP service or a store's owner.
func Service(name string) slog.Attr { return slog.String("service", name) }

// Operation names an HTTP or store operation.
func Operation(name string) slog.Attr { return slog.String("operation", name) }

// Status is an HTTP status.
func Status(code int) slog.Attr { return slog.Int("status", code) }

// Attempt counts from 1.
func Attempt(n int) slog.Attr { return slog.Int("attempt", n) }

// Count is how many things a line speaks of.
func Count(n int) slog.Attr { return slog.Int("count", n) }

// Addr is a listen address.
func Addr(a string) slog.Attr { return slog.String("addr", a) }

// Took is a duration in milliseconds, to the microsecond.
func Took(d time.Duration) slog.Attr {
	return slog.Float64("duration_ms", float64(d.Microseconds())/1000)
}
