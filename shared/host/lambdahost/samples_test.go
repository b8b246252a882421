package lambdahost_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/host/lambdahost"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/testenv"
)

// decoding hands each delivery to the handler, as an adapter does.
type decoding struct{}

func (decoding) HandleBatch(ctx context.Context, _ string, ds []queue.Delivery, h queue.Handler) (again []string) {
	for _, d := range ds {
		m, err := message.Decode(d.Body)
		if err == nil {
			err = h.Handle(ctx, m)
		}
		if err != nil {
			again = append(again, d.ID)
		}
	}
	return again
}

// The sample invocation beside each program is one that its part understands.
func TestSamples(t *testing.T) {
	var saw []string
	note := func(s string) { saw = append(saw, s) }
	page := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		note(strings.TrimSpace(r.Method + " " + r.URL.String() + " " + string(body)))
	})
	messages := lambdahost.NewMessages(lambdahost.MessagesDeps{
		Subscription: app.Subscription{Handler: queue.HandlerFunc(func(_ context.Context, m message.Envelope) error {
			note(string(m.Type))
			return nil
		})}, Batches: decoding{},
	})
	invokers := map[string]lambdahost.Invoker{
		"events-api": lambdahost.HTTP(page), "bookings-api": lambdahost.HTTP(page), "events-worker": messages, "bookings-worker": messages,
		"outbox-relay": lambdahost.NewOutbox(outbox.PassDeps{
			Publish: func(_ context.Context, ms ...message.Envelope) error {
				for _, m := range ms {
					note(string(m.Type))
				}
				return nil
			},
			Park: func(context.Context, []byte, string) error { return nil }, Now: time.Now,
		}),
		"janitor": lambdahost.NewSchedule([]app.Job{{Name: "close", Run: func(context.Context) (int, error) { note("close"); return 0, nil }}}),
	}
	for name, want := range map[string]string{
		"events-api":    "GET https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1/events?q=mamma%20mi&limit=5",
		"bookings-api":  `POST https://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/v1/holds {"eventId":"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4","items":[{"ticketTypeId":"tkt_01JD3XW0T6Q6KZJ1J0N3V0Z2M5","quantity":2}]}`,
		"events-worker": string(message.EventAvailability), "bookings-worker": string(message.BookingRecorded),
		"outbox-relay": string(message.BookingRecorded), "janitor": "close",
	} {
		t.Run(name, func(t *testing.T) {
			payload, err := os.ReadFile(filepath.Join(testenv.RepoRoot(t), "functions", name, "event.json"))
			if err != nil {
				t.Fatal(err)
			}
			saw = nil
			answer, err := invokers[name].Invoke(t.Context(), payload)
			if err != nil || !json.Valid(answer) || strings.Contains(string(answer), "itemIdentifier") {
				t.Errorf("Invoke: got %s and %v, want no failures", answer, err)
			}
			if !slices.Equal(saw, []string{want}) {
				t.Errorf("seen: got %q, want %q", saw, want)
			}
		})
	}
}
