package clihost_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/app/alladapters"
	"github.com/myevents/myevents/shared/config"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/host/clihost"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/queue/queuetest"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// broker is a queue that keeps its own dead letters and redrives them, as SQS does.
type broker struct {
	queuetest.Letters
	redriven []string // message ids
	removed  [][]string
	refuse   string // a message id
}

func (*broker) Publish(context.Context, ...message.Envelope) error { return errors.ErrUnsupported }

func (*broker) Subscribe(context.Context, string, []message.Type, queue.Handler) error {
	return errors.ErrUnsupported
}

func (b *broker) Redrive(_ context.Context, d queue.DeadLetter) error {
	if d.Message.ID == b.refuse {
		return fault.New(fault.Unavailable, "", "the broker is away")
	}
	b.redriven = append(b.redriven, d.Message.ID)
	return nil
}

func (b *broker) RemoveDeadLetters(ctx context.Context, ids ...string) error {
	b.removed = append(b.removed, ids)
	for _, id := range ids {
		if err := b.RemoveDeadLetter(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// run runs a command and returns its exit code and what it printed.
func run(with app.Adapters, env map[string]string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = clihost.Main(args, with, func(name string) string { return env[name] }, &out, &errs)
	return code, out.String(), errs.String()
}

// letter is a dead letter for a group; n orders them.
func letter(n int, group string, t message.Type, body any) queue.DeadLetter {
	at := time.Now().Add(time.Duration(n)*time.Minute - 3*time.Hour)
	return queue.DeadLetter{
		ID: fmt.Sprintf("dlq_%02d", n), Group: group, Reason: fmt.Sprintf("no seat\n\x1b[31m%d", n), Attempts: n, At: at,
		Message: message.New(fmt.Sprintf("msg_%02d", n), message.SourceCatalog, t, "loc_1", at, body),
	}
}

var place = message.LocationStateV1{LocationID: "loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4", Version: 3, TimeZone: "Europe/Berlin"}

func onBroker(t *testing.T, ds ...queue.DeadLetter) (*broker, app.Adapters, map[string]string) {
	t.Helper()
	b := &broker{}
	for _, d := range ds {
		if err := b.AddDeadLetter(t.Context(), d); err != nil {
			t.Fatalf("AddDeadLetter: got %v, want nil", err)
		}
	}
	with := app.Adapters{Queues: map[string]func(context.Context, config.Resource, app.QueueDeps) (app.Queue, error){
		config.SchemeSQS: func(context.Context, config.Resource, app.QueueDeps) (app.Queue, error) {
			return app.Queue{Publisher: b, Subscriber: b, DeadLetters: b, Redriver: b}, nil
		},
	}}
	return b, with, map[string]string{"MYEVENTS_QUEUE": "sqs://prefix"}
}

func three() []queue.DeadLetter {
	return []queue.DeadLetter{
		letter(1, consumer.BookingGroup, message.LocationChanged, place),
		letter(2, consumer.CatalogGroup, message.LocationChanged, place),
		letter(3, consumer.BookingGroup, message.EventChanged, place),
	}
}

func TestDlq_List(t *testing.T) {
	_, with, env := onBroker(t, three()...)
	code, out, errs := run(with, env, "dlq", "list")
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if code != 0 || len(lines) != 4 {
		t.Fatalf("dlq list: got %d, %q and %q, want a head and three lines", code, out, errs)
	}
	for i, want := range [][]string{
		{"ID", "GROUP", "TYPE", "ATTEMPTS", "AGE", "REASON"},
		{"dlq_01", "booking", "location.changed.v1", "1", "2h59m", "no", "seat", "[31m1"},
		{"dlq_02", "catalog", "location.changed.v1", "2", "2h58m", "no", "seat", "[31m2"},
		{"dlq_03", "booking", "event.changed.v1", "3", "2h57m", "no", "seat", "[31m3"},
	} {
		if got := strings.Fields(lines[i]); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("dlq list, line %d: got %q, want %q", i, got, want)
		}
	}
	if strings.Contains(out, "\x1b") {
		t.Errorf("dlq list: got what a terminal acts on, want it taken out")
	}
	if _, out, _ := run(with, env, "dlq", "list", "--group", "catalog"); strings.Contains(out, "dlq_01") || !strings.Contains(out, "dlq_02") {
		t.Errorf("dlq list --group catalog: got %q, want dlq_02 alone", out)
	}
}

func TestDlq_List_PagesThroughMany(t *testing.T) {
	var ds []queue.DeadLetter
	for i := range 2500 {
		d := letter(1, consumer.CatalogGroup, message.LocationChanged, place)
		d.ID = fmt.Sprintf("dlq_%05d", i)
		ds = append(ds, d)
	}
	_, with, env := onBroker(t, ds...)
	if _, out, _ := run(with, env, "dlq", "list"); strings.Count(out, "\n") != 2501 {
		t.Errorf("dlq list: got %d lines, want 2501", strings.Count(out, "\n"))
	}
}

func TestDlq_Show(t *testing.T) {
	_, with, env := onBroker(t, three()...)
	code, out, errs := run(with, env, "dlq", "show", "dlq_02")
	if code != 0 {
		t.Fatalf("dlq show: got %d and %q, want 0", code, errs)
	}
	for _, want := range []string{"dlq_02", "catalog", "no seat", "msg_02", "location.changed.v1", "2h58m ago", "{\n  \"locationId\": \"loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4\",\n  \"version\": 3,"} {
		if !strings.Contains(out, want) {
			t.Errorf("dlq show: got %q, want also %q", out, want)
		}
	}
	if code, _, errs := run(with, env, "dlq", "show", "dlq_09"); code != 1 || !strings.Contains(errs, "dlq_09") {
		t.Errorf("dlq show of none: got %d and %q, want 1 and its id", code, errs)
	}
}

func TestDlq_Redrive(t *testing.T) {
	for _, tc := range []struct {
		name     string
		args     []string
		refuse   string
		code     int
		redriven string
		left     string
		out      string
	}{
		{"one", []string{"dlq_02"}, "", 0, "[msg_02]", "[dlq_01 dlq_03]", "redrove 1 of 1"},
		{"all", []string{"--all"}, "", 0, "[msg_01 msg_02 msg_03]", "[]", "redrove 3 of 3"},
		{"a-group", []string{"--group", "booking"}, "", 0, "[msg_01 msg_03]", "[dlq_02]", "redrove 2 of 2"},
		{"a-group-without-letters", []string{"--group", "other"}, "", 0, "[]", "[dlq_01 dlq_02 dlq_03]", "redrove 0 of 0"},
		{"what-fails-stays", []string{"--all"}, "msg_02", 1, "[msg_01 msg_03]", "[dlq_02]", "redrove 2 of 3"},
		{"an-unknown-one", []string{"dlq_09"}, "", 1, "[]", "[dlq_01 dlq_02 dlq_03]", ""},
		{"nothing-named", nil, "", 1, "[]", "[dlq_01 dlq_02 dlq_03]", ""},
		{"two-ways-named", []string{"--all", "dlq_01"}, "", 1, "[]", "[dlq_01 dlq_02 dlq_03]", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b, with, env := onBroker(t, three()...)
			b.refuse = tc.refuse
			code, out, errs := run(with, env, append([]string{"dlq", "redrive"}, tc.args...)...)
			left, _ := b.DeadLetters(t.Context(), "", 10)
			ids := []string{}
			for _, d := range left {
				ids = append(ids, d.ID)
			}
			if code != tc.code || fmt.Sprint(b.redriven) != tc.redriven || fmt.Sprint(ids) != tc.left || !strings.Contains(out, tc.out) {
				t.Errorf("dlq redrive %v: got %d, redriven %v, left %v, %q, want %d, %s, %s, %q", tc.args, code, b.redriven, ids, out, tc.code, tc.redriven, tc.left, tc.out)
			}
			if tc.code != 0 && errs == "" {
				t.Errorf("dlq redrive %v: got no reason on stderr, want one", tc.args)
			}
			if tc.refuse != "" && !strings.Contains(errs, "dlq_02") {
				t.Errorf("dlq redrive %v: got %q, want the letter that stays", tc.args, errs)
			}
			if tc.name == "all" && len(b.removed) != 1 {
				t.Errorf("dlq redrive --all: got %d calls to remove, want 1 for all", len(b.removed))
			}
		})
	}
}

// TestDlq_EmbeddedFolder redrives beside a running server: what the group's handler takes is gone, the rest stays.
func TestDlq_EmbeddedFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	env := map[string]string{"MYEVENTS_STORE": "embedded:" + dir}
	cfg, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatalf("Load: got %v, want nil", err)
	}
	server, err := app.Open(t.Context(), cfg, alladapters.All(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	})
	s, err := embedstore.Open(t.Context(), dir)
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = s.Close() })
	good := letter(1, consumer.BookingGroup, message.LocationChanged, place)
	unknown := letter(2, consumer.BookingGroup, message.TicketCheckedIn, place)
	nobody := letter(3, "nobody", message.LocationChanged, place)
	for _, d := range []queue.DeadLetter{good, unknown, nobody} {
		if err := s.AddDeadLetter(t.Context(), d); err != nil {
			t.Fatalf("AddDeadLetter: got %v, want nil", err)
		}
	}
	if code, out, errs := run(alladapters.All(), env, "dlq", "list"); code != 0 || strings.Count(out, "\n") != 4 {
		t.Errorf("dlq list: got %d, %q and %q, want three letters", code, out, errs)
	}
	if code, out, errs := run(alladapters.All(), env, "dlq", "show", good.ID); code != 0 || !strings.Contains(out, `"Europe/Berlin"`) {
		t.Errorf("dlq show: got %d, %q and %q, want the body", code, out, errs)
	}
	code, out, errs := run(alladapters.All(), env, "dlq", "redrive", "--all")
	if code != 1 || !strings.Contains(out, "redrove 1 of 3") || !strings.Contains(errs, unknown.ID) ||
		!strings.Contains(errs, "unknown message type") || !strings.Contains(errs, nobody.ID) || strings.Contains(errs, good.ID) {
		t.Errorf("dlq redrive --all: got %d, %q and %q, want 1 of 3 and what ails the others", code, out, errs)
	}
	left := map[string]bool{}
	ds, err := s.DeadLetters(t.Context(), "", 10)
	for _, d := range ds {
		left[d.ID] = true
	}
	if want := map[string]bool{unknown.ID: true, nobody.ID: true}; err != nil || !maps.Equal(left, want) {
		t.Errorf("dead letters after dlq redrive: got %v and %v, want %v", left, err, want)
	}
	venue, err := s.Venue(t.Context(), place.LocationID)
	if err != nil || venue.Version != place.Version {
		t.Errorf("location of the Booking Service after dlq redrive: got %+v and %v, want version %d", venue, err, place.Version)
	}
}

// TestDlq_Parked shows what a relay parked where the queue has no lot of its own, and leaves it to the server to publish.
func TestDlq_Parked(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	env := map[string]string{"MYEVENTS_STORE": "embedded:" + dir}
	cfg, err := config.Load(func(name string) string { return env[name] })
	if err != nil {
		t.Fatalf("Load: got %v, want nil", err)
	}
	server, err := app.Open(t.Context(), cfg, alladapters.All(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("Open: got %v, want nil", err)
	}
	t.Cleanup(func() { _ = server.Close() })
	d := letter(1, "", message.TicketCheckedIn, place) // which nobody subscribes to
	body, err := d.Message.Encode()
	if err != nil {
		t.Fatalf("Encode: got %v, want nil", err)
	}
	if err := server.Park(t.Context(), body, "nobody takes it"); err != nil {
		t.Fatalf("Park: got %v, want nil", err)
	}
	_, out, _ := run(alladapters.All(), env, "dlq", "list", "--group", queue.ParkedGroup)
	if !strings.Contains(out, "ticket.checked-in.v1") || !strings.Contains(out, "nobody takes it") {
		t.Errorf("dlq list of what is parked: got %q, want its type and reason", out)
	}
	if code, _, errs := run(alladapters.All(), env, "dlq", "redrive", "--all"); code != 1 || !strings.Contains(errs, "parked, not given up") {
		t.Errorf("dlq redrive of what is parked: got %d and %q, want who publishes it", code, errs)
	}
	for _, job := range server.Jobs() {
		if job.Name == "publish what was parked" {
			if n, err := job.Run(t.Context()); n != 1 || err != nil {
				t.Errorf("%s: got %d and %v, want 1 and nil", job.Name, n, err)
			}
		}
	}
	if _, out, _ := run(alladapters.All(), env, "dlq", "list"); strings.Count(out, "\n") != 1 {
		t.Errorf("dlq list after it was published: got %q, want nothing", out)
	}
}

func TestDlq_SaysWhatIsNotThere(t *testing.T) {
	for _, tc := range []struct {
		name, env, want string
		with            app.Adapters
	}{
		{"no-such-queue", "sqs://prefix", "MYEVENTS_QUEUE", app.Adapters{}},
		{"no-such-store", "mem:", "MYEVENTS_STORE", app.Adapters{Queues: alladapters.All().Queues}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			env := map[string]string{"MYEVENTS_QUEUE": tc.env, "MYEVENTS_STORE": "embedded:" + t.TempDir()}
			if code, _, errs := run(tc.with, env, "dlq", "list"); code != 1 || !strings.Contains(errs, tc.want) {
				t.Errorf("dlq list: got %d and %q, want 1 and %q", code, errs, tc.want)
			}
		})
	}
}
