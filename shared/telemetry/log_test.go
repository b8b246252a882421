package telemetry_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/telemetry"
)

func TestNewLogger_HidesSensitiveValues(t *testing.T) {
	for _, tc := range []struct {
		name   string
		attr   slog.Attr
		hidden bool
	}{
		{"token", slog.String("token", "s3cret"), true},
		{"a-word-of-the-key", slog.String("hold_token", "s3cret"), true},
		{"camel-case", slog.String("holdToken", "s3cret"), true},
		{"header-case", slog.String("Authorization", "s3cret"), true},
		{"header-with-hyphen", slog.String("Set-Cookie", "s3cret"), true},
		{"e-mail", slog.String("email", "s3cret"), true},
		{"ticket-code", slog.String("ticket_code", "s3cret"), true},
		{"in-a-group", slog.Group("headers", slog.String("Cookie", "s3cret")), true},
		{"in-a-sensitive-group", slog.Group("attendee", slog.String("name", "s3cret")), true},
		{"bytes", slog.Any("secret", []byte("s3cret")), true},
		{"status-code", slog.String("code", "s3cret"), false},
		{"part-of-a-word", slog.String("tokens_taken", "s3cret"), false},
		{"event", telemetry.EventID("s3cret"), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, format := range []string{"json", "text"} {
				var out strings.Builder
				log := telemetry.NewLogger(&out, telemetry.LogOptions{Format: format})
				log.Info("x", tc.attr)
				log.With(tc.attr).Info("x")
				log.WithGroup("g").Info("x", tc.attr)
				got := strings.Count(out.String(), "s3cret") + strings.Count(out.String(), "czNjcmV0")
				want := 3
				if tc.hidden {
					want = 0
				}
				if got != want {
					t.Errorf("%s lines %s: got the value %d times, want %d", format, out.String(), got, want)
				}
			}
		})
	}
}

func TestNewLogger_Lines(t *testing.T) {
	var out strings.Builder
	log := telemetry.NewLogger(&out, telemetry.LogOptions{Level: slog.LevelWarn})
	ctx := telemetry.WithLogAttrs(t.Context(), telemetry.RequestID("r1"))
	ctx = telemetry.WithLogAttrs(ctx, telemetry.UserID("usr_1"))
	log.InfoContext(ctx, "not logged")
	log.With(telemetry.Service("events")).WarnContext(ctx, "slow", telemetry.Took(1500*time.Microsecond), telemetry.Err(errors.New("why")),
		telemetry.MessageType(message.EventChanged))
	var line map[string]any
	if err := json.Unmarshal([]byte(out.String()), &line); err != nil {
		t.Fatalf("line %q: got %v, want one JSON line", out.String(), err)
	}
	for key, want := range map[string]any{
		"level": "WARN", "msg": "slow", "request_id": "r1", "user_id": "usr_1", "service": "events",
		"duration_ms": 1.5, "err": "why", "message_type": "event.changed.v1",
	} {
		if line[key] != want {
			t.Errorf("%s: got %v, want %v", key, line[key], want)
		}
	}
}

func TestWithLogAttrs_SiblingsDoNotMix(t *testing.T) {
	base := telemetry.WithLogAttrs(t.Context(), telemetry.RequestID("r"))
	a := telemetry.WithLogAttrs(base, telemetry.EventID("a"))
	b := telemetry.WithLogAttrs(base, telemetry.EventID("b"))
	var out strings.Builder
	log := telemetry.NewLogger(&out, telemetry.LogOptions{Format: "text"})
	log.InfoContext(a, "")
	log.InfoContext(b, "")
	for line, want := range map[int]string{0: "event_id=a", 1: "event_id=b"} {
		if got := strings.Split(out.String(), "\n")[line]; !strings.HasSuffix(got, want) {
			t.Errorf("line %d: got %s, want %s", line, got, want)
		}
	}
}
