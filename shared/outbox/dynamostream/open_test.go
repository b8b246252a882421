package dynamostream_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

func TestOpen(t *testing.T) {
	for _, tc := range []struct {
		name, url string
		ok        bool
	}{
		{"prefix", "dynamodb://myevents", true},
		{"prefix-with-a-stage", "dynamodb://MyEvents_dev-2.x", true},
		{"region-and-endpoint", "dynamodb://myevents?region=eu-west-1&endpoint=http%3A%2F%2F127.0.0.1%3A8000", true},
		{"unescaped-endpoint", "dynamodb://myevents?region=eu-west-1&endpoint=http://127.0.0.1:8000", true},
		{"no-prefix", "dynamodb://", false},
		{"another-scheme", "embedded:./data", false},
		{"path", "dynamodb://myevents/x", false},
		{"keys-in-the-url", "dynamodb://key:secret@myevents", false},
		{"unknown-parameter", "dynamodb://myevents?table=x", false},
		{"empty-region", "dynamodb://myevents?region=", false},
		{"two-regions", "dynamodb://myevents?region=a&region=b", false},
		{"blank-in-the-prefix", "dynamodb://my%20events", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := dynamostream.Open(t.Context(), local(), tc.url, "booking", dynamostream.Options{})
			if (err == nil) != tc.ok || (r == nil) == tc.ok {
				t.Fatalf("Open: got %v and %v, want success %t", r, err, tc.ok)
			}
			if !tc.ok && (!fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "MYEVENTS_STORE") || strings.Contains(err.Error(), "secret")) {
				t.Errorf("Open: got %v, want fault.Invalid that names the setting and no secret", err)
			}
		})
	}
}

func TestReader_Ready_Absent(t *testing.T) {
	for _, tc := range []struct{ name, url, want string }{
		{"no-server", "dynamodb://myevents?endpoint=http://127.0.0.1:1", "MYEVENTS_STORE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := dynamostream.Open(t.Context(), local(), tc.url, "booking", dynamostream.Options{})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := r.Ready(ctx); !fault.Is(err, fault.Unavailable) || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Ready: got %v, want fault.Unavailable with %s", err, tc.want)
			}
		})
	}
	t.Run("no-table", func(t *testing.T) {
		tb := newTable(t)
		r, err := dynamostream.Open(t.Context(), local(), tb.url, "catalog", dynamostream.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Ready(t.Context()); !fault.Is(err, fault.NotFound) || !strings.Contains(err.Error(), "MYEVENTS_STORE") {
			t.Errorf("Ready: got %v, want fault.NotFound that names the setting", err)
		}
	})
}
