package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/consumer"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// services notes what it is called with, in the place of both services.
type services struct {
	calls []string
	err   error
}

func (s *services) note(call, about string, version int64) error {
	s.calls = append(s.calls, fmt.Sprintf("%s %s %d", call, about, version))
	return s.err
}

func (s *services) ApplyEvent(_ context.Context, m message.EventStateV1) error {
	return s.note("ApplyEvent", m.EventID, m.Version)
}

func (s *services) ApplyLocation(_ context.Context, m message.LocationStateV1) error {
	return s.note("ApplyLocation", m.LocationID, m.Version)
}

func (s *services) ApplyAvailability(_ context.Context, m message.AvailabilityV1) error {
	return s.note("ApplyAvailability", m.EventID, m.AsOf.Unix())
}

func (s *services) SettleRecorded(_ context.Context, m message.BookingRefV1, said time.Time) error {
	return s.note("SettleRecorded of "+fmt.Sprint(said.Unix()), m.BookingID, m.Version)
}

func (s *services) AvailabilityChanged(_ context.Context, eventID string, at time.Time) error {
	return s.note("AvailabilityChanged", eventID, at.Unix())
}

func (s *services) CancelPart(_ context.Context, m message.CancellationDueV1) error {
	return s.note("CancelPart", m.EventID, int64(m.Part))
}

var at = time.Unix(1_900_000_000, 0).UTC()

// bodies has a body of each type that some group wants, and the call that it makes.
var bodies = []struct {
	t    message.Type
	body any
	call string
}{
	{message.EventPublished, message.EventStateV1{EventID: "evt_1", Version: 2}, "ApplyEvent evt_1 2"},
	{message.EventChanged, message.EventStateV1{EventID: "evt_2", Version: 3}, "ApplyEvent evt_2 3"},
	{message.EventRescheduled, message.EventStateV1{EventID: "evt_3", Version: 4}, "ApplyEvent evt_3 4"},
	{message.EventCancelled, message.EventStateV1{EventID: "evt_4", Version: 5}, "ApplyEvent evt_4 5"},
	{message.LocationChanged, message.LocationStateV1{LocationID: "loc_1", Version: 6}, "ApplyLocation loc_1 6"},
	{message.EventAvailability, message.AvailabilityV1{EventID: "evt_5", AsOf: at}, "ApplyAvailability evt_5 1900000000"},
	{message.BookingRecorded, message.BookingRefV1{BookingID: "bkg_1", Version: 7}, "SettleRecorded of 1900000000 bkg_1 7"},
	{message.CancellationDue, message.CancellationDueV1{EventID: "evt_6", Part: 8}, "CancelPart evt_6 8"},
	{message.BookingConfirmed, message.BookingRefV1{EventID: "evt_7"}, "AvailabilityChanged evt_7 1900000000"},
	{message.AvailabilityDue, message.AvailabilityDueV1{EventID: "evt_8", At: at.Add(2 * time.Second)}, "AvailabilityChanged evt_8 1900000002"},
}

func handlers(s *services) map[string]queue.Handler {
	return map[string]queue.Handler{consumer.CatalogGroup: consumer.Catalog(s), consumer.BookingGroup: consumer.Booking(s)}
}

func envelope(t message.Type, body any) message.Envelope {
	return message.New("msg_1", message.SourceBooking, t, "subject", at, body)
}

func TestGroups(t *testing.T) {
	groups := consumer.Groups()
	want := map[string][]message.Type{
		consumer.CatalogGroup: {
			message.EventPublished, message.EventChanged, message.EventRescheduled, message.EventCancelled,
			message.LocationChanged, message.EventAvailability,
		},
		consumer.BookingGroup: {
			message.EventPublished, message.EventChanged, message.EventRescheduled, message.EventCancelled,
			message.LocationChanged, message.BookingRecorded, message.CancellationDue,
			message.BookingConfirmed, message.AvailabilityDue,
		},
	}
	if len(groups) != len(want) {
		t.Errorf("Groups: got %d, want %d", len(groups), len(want))
	}
	for group, types := range want {
		got := slices.Sorted(slices.Values(groups[group]))
		if slices.Sort(types); !slices.Equal(got, types) {
			t.Errorf("Groups, %s: got %v, want %v", group, got, types)
		}
		if len(slices.Compact(got)) != len(groups[group]) {
			t.Errorf("Groups, %s: got a type twice", group)
		}
	}
}

// TestHandlers_EveryType hands every type to both groups: each that a group wants makes its one call, others none.
func TestHandlers_EveryType(t *testing.T) {
	for group, types := range consumer.Groups() {
		for _, kind := range message.Types() {
			t.Run(group+"/"+string(kind), func(t *testing.T) {
				s := &services{}
				i := slices.IndexFunc(bodies, func(b struct {
					t    message.Type
					body any
					call string
				},
				) bool {
					return b.t == kind
				})
				m := envelope(kind, struct{}{})
				if i >= 0 {
					m = envelope(kind, bodies[i].body)
				}
				err := handlers(s)[group].Handle(t.Context(), m)
				if !slices.Contains(types, kind) {
					if !fault.Is(err, fault.Invalid) || len(s.calls) != 0 {
						t.Errorf("Handle of a type that the group does not want: got %v and calls %v, want invalid and none", err, s.calls)
					}
					return
				}
				if i < 0 {
					t.Fatal("no body for a type that the group wants")
				}
				if want := []string{bodies[i].call}; err != nil || !slices.Equal(s.calls, want) {
					t.Errorf("Handle: got %v and calls %v, want %v", err, s.calls, want)
				}
			})
		}
	}
}

// TestHandlers_GoldenFiles handles every golden message of a type that a group wants.
func TestHandlers_GoldenFiles(t *testing.T) {
	files, err := filepath.Glob("../message/testdata/*.json")
	if err != nil || len(files) < len(message.Types()) {
		t.Fatalf("golden files: got %d and %v, want at least one of each type", len(files), err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Decode(b)
		if err != nil {
			t.Fatalf("Decode %s: got %v, want nil", file, err)
		}
		for group, types := range consumer.Groups() {
			s := &services{}
			if !slices.Contains(types, m.Type) {
				continue
			}
			if err := handlers(s)[group].Handle(t.Context(), m); err != nil || len(s.calls) != 1 {
				t.Errorf("Handle %s by %s: got %v and calls %v, want one call", filepath.Base(file), group, err, s.calls)
			}
		}
	}
}

// TestGoldenFiles_NameBookings reads the ids in the golden messages as the Booking Service does.
func TestGoldenFiles_NameBookings(t *testing.T) {
	for _, kind := range []message.Type{message.BookingRecorded, message.BookingConfirmed, message.BookingCancelled, message.TicketCheckedIn} {
		b, err := os.ReadFile(filepath.Join("..", "message", "testdata", string(kind)+".json"))
		if err != nil {
			t.Fatal(err)
		}
		m, err := message.Decode(b)
		if err != nil {
			t.Fatalf("Decode %s: got %v, want nil", kind, err)
		}
		body, err := message.Body[message.BookingRefV1](m)
		if err != nil {
			t.Fatalf("Body of %s: got %v, want nil", kind, err)
		}
		ref, err := booking.ParseRef(body.BookingID)
		if err != nil || m.Subject != body.BookingID {
			t.Errorf("%s about %s: got booking %s and %v, want one with that id", kind, m.Subject, body.BookingID, err)
		}
		if user := ref.User.With(id.User); body.UserID != user && kind != message.TicketCheckedIn { // which names no user
			t.Errorf("%s: got user %s, want %s, the booking's", kind, body.UserID, user)
		}
	}
}

func TestHandlers_Errors(t *testing.T) {
	gone := fault.New(fault.Unavailable, "", "the store is away")
	for group, types := range consumer.Groups() {
		for _, kind := range types {
			s := &services{}
			h := handlers(s)[group]
			for _, data := range []string{`[]`, `"text"`, `{"version":"two","part":"two","asOf":7,"at":7}`, `{`, ``} {
				m := envelope(kind, nil)
				m.Data = []byte(data)
				if err := h.Handle(t.Context(), m); !fault.Is(err, fault.Invalid) || len(s.calls) != 0 {
					t.Errorf("Handle %s by %s with body %s: got %v and calls %v, want invalid and none", kind, group, data, err, s.calls)
				}
			}
			s.err = gone
			if err := h.Handle(t.Context(), envelope(kind, struct{}{})); !errors.Is(err, gone) {
				t.Errorf("Handle %s by %s: got %v, want the service's %v", kind, group, err, gone)
			}
		}
		err := handlers(&services{})[group].Handle(t.Context(), envelope("event.changed.v2", struct{}{}))
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("Handle of an unknown version by %s: got %v, want invalid", group, err)
		}
	}
}

func TestBooking_UnsettledIsPutOff(t *testing.T) {
	early := &booking.NotYetError{Wait: 7 * time.Second}
	for _, tc := range []struct {
		name string
		err  error
		want time.Duration
	}{
		{"early", early, 7 * time.Second},
		{"wrapped-early", fmt.Errorf("settle: %w", early), 7 * time.Second},
		{"unsettled", booking.ErrUnsettled, 5 * time.Second},
		{"wrapped-unsettled", fmt.Errorf("cancel booking: %w", booking.ErrUnsettled), 5 * time.Second},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := &services{err: tc.err}
			got := consumer.Booking(s).Handle(t.Context(), envelope(message.BookingRecorded, message.BookingRefV1{}))
			if wait, ok := queue.AsLater(got); !ok || wait != tc.want {
				t.Errorf("Handle of an unsettled booking: got %v, want it put off by %v", got, tc.want)
			}
		})
	}
}
