package booking_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

var door = booking.Actor{User: user("door"), Organisations: []string{"demo"}}

func (w *world) checkIn(event, code string) booking.CheckInResult {
	w.t.Helper()
	r, err := w.CheckIn(context.Background(), door, booking.Scan{EventID: event, Code: code})
	if err != nil {
		w.t.Fatalf("CheckIn: got %v, want nil", err)
	}
	return r
}

func TestService_CheckIn(t *testing.T) {
	w := newWorld(t)
	event, other := w.open("concert", nil), w.open("other", nil)
	d := w.bought("ana", event, adult, 4, "k")
	elsewhere := w.bought("ana", other, adult, 1, "k-other")
	late := w.open("late", func(s *message.EventStateV1) { doors := s.StartsAt.Add(-time.Hour); s.DoorsAt = &doors })
	early := w.bought("ana", late, adult, 1, "k-late")
	ana := booking.Actor{User: user("ana")}
	if _, err := w.CancelTickets(t.Context(), ana, d.ID, []string{d.Tickets[1].ID}); err != nil {
		t.Fatal(err)
	}
	renamed, err := w.RenameTicket(t.Context(), user("ana"), d.ID, d.Tickets[2].ID, booking.Attendee{Name: "Rui"})
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(d.Tickets[0].Code)
	flipped[len(flipped)-2] ^= 1
	for _, tc := range []struct{ name, event, code, result, reason string }{
		{"good", event, d.Tickets[0].Code, booking.Admitted, ""},
		{"again", event, d.Tickets[0].Code, booking.AlreadyIn, ""},
		{"again-typed", event, d.Tickets[0].ShortCode, booking.AlreadyIn, ""},
		{"typed-in-lower-case-with-spaces", event, strings.ToLower(strings.ReplaceAll(d.Tickets[3].ShortCode, "-", " ")), booking.Admitted, ""},
		{"cancelled", event, d.Tickets[1].Code, booking.Refused, booking.ReasonCancelled},
		{"renewed", event, d.Tickets[2].Code, booking.Refused, booking.ReasonRenewed},
		{"renewed-typed", event, d.Tickets[2].ShortCode, booking.Refused, booking.ReasonRenewed},
		{"new-name", event, renamed.Code, booking.Admitted, ""},
		{"other-event", event, elsewhere.Tickets[0].Code, booking.Refused, booking.ReasonWrongEvent},
		{"other-event-typed", event, elsewhere.Tickets[0].ShortCode, booking.Refused, booking.ReasonForged},
		{"tampered", event, string(flipped), booking.Refused, booking.ReasonForged},
		{"garbage", event, "hello", booking.Refused, booking.ReasonForged},
		{"before-the-doors", late, early.Tickets[0].Code, booking.Refused, booking.ReasonTooEarly},
	} {
		if r := w.checkIn(tc.event, tc.code); r.Result != tc.result || r.Reason != tc.reason {
			t.Errorf("%s: got %s %s, want %s %s", tc.name, r.Result, r.Reason, tc.result, tc.reason)
		}
	}
	_, err = w.CheckIn(t.Context(), booking.Actor{User: user("eva"), Organisations: []string{"others"}}, booking.Scan{EventID: event, Code: d.Tickets[0].Code})
	wantKind(t, "CheckIn by a stranger", err, fault.NotFound)
}

func TestService_CheckIn_HasOneWinner(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	code := w.bought("ana", event, adult, 1, "k").Tickets[0].Code
	var mu sync.Mutex
	var wg sync.WaitGroup
	results := map[string]int{}
	for range 32 {
		wg.Go(func() {
			r, err := w.CheckIn(context.Background(), door, booking.Scan{EventID: event, Code: code})
			if err != nil {
				t.Errorf("CheckIn: got %v, want nil", err)
			}
			mu.Lock()
			defer mu.Unlock()
			results[r.Result]++
		})
	}
	wg.Wait()
	if results[booking.Admitted] != 1 || results[booking.AlreadyIn] != 31 {
		t.Errorf("32 scans: got %v, want one admitted and 31 already in", results)
	}
}

// A door that never saw the answer asks again, and must not take the person for a second one.
func TestService_CheckIn_ToldAgainIsTheSameScan(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	d := w.bought("ana", event, adult, 2, "k")
	tell := func(ticket int, scan string) booking.CheckInResult {
		t.Helper()
		r, err := w.CheckIn(t.Context(), door, booking.Scan{EventID: event, Code: d.Tickets[ticket].Code, ID: scan})
		if err != nil {
			t.Fatalf("CheckIn: got %v, want nil", err)
		}
		return r
	}
	first := tell(0, "scan-1")
	w.clock.add(time.Minute)
	for _, tc := range []struct {
		name   string
		ticket int
		scan   string
		result string
	}{
		{"same-scan", 0, "scan-1", booking.Admitted},
		{"another-scan", 0, "scan-2", booking.AlreadyIn},
		{"no-name", 0, "", booking.AlreadyIn},
		{"same-name-other-ticket", 1, "scan-1", booking.Admitted},
	} {
		r := tell(tc.ticket, tc.scan)
		if r.Result != tc.result || tc.ticket == 0 && !r.At.Equal(first.At.Truncate(time.Millisecond)) {
			t.Errorf("%s: got %s at %v, want %s at %v", tc.name, r.Result, r.At, tc.result, first.At)
		}
	}
	if r := w.checkIn(event, d.Tickets[0].ShortCode); r.Result != booking.AlreadyIn {
		t.Errorf("a scan without a name: got %s, want already in", r.Result)
	}
}

func TestService_CheckIn_ToldLater(t *testing.T) {
	w := newWorld(t)
	var doors time.Time
	event := w.open("concert", func(s *message.EventStateV1) { doors = s.StartsAt.Add(-time.Hour); s.DoorsAt = &doors })
	d := w.bought("ana", event, adult, 5, "k")
	w.clock.now = doors.Add(3 * time.Hour)
	now := w.clock.Now()
	for i, tc := range []struct {
		name   string
		at     time.Time
		result string
		want   time.Time
	}{
		{"an-hour-ago", now.Add(-time.Hour), booking.Admitted, now.Add(-time.Hour)},
		{"in-another-zone", now.Add(-time.Hour).In(time.FixedZone("", 3600)), booking.Admitted, now.Add(-time.Hour)},
		{"before-the-doors", doors.Add(-time.Second), booking.Refused, doors.Add(-time.Second)},
		{"by-a-clock-that-is-ahead", now.Add(time.Minute), booking.Admitted, now},
	} {
		r, err := w.CheckIn(t.Context(), door, booking.Scan{EventID: event, Code: d.Tickets[i].Code, At: tc.at})
		if err != nil || r.Result != tc.result || !r.At.Equal(tc.want) {
			t.Errorf("%s: got %s at %v and %v, want %s at %v", tc.name, r.Result, r.At, err, tc.result, tc.want)
		}
	}
	for _, at := range []time.Time{now.Add(time.Hour), now.Add(-8 * 24 * time.Hour)} {
		_, err := w.CheckIn(t.Context(), door, booking.Scan{EventID: event, Code: d.Tickets[4].Code, At: at})
		wantKind(t, "CheckIn at "+at.String(), err, fault.Invalid)
	}
	shown, err := w.Booking(t.Context(), booking.Actor{User: user("ana")}, d.ID)
	if err != nil || shown.Tickets[0].CheckedInAt == nil || !shown.Tickets[0].CheckedInAt.Equal(now.Add(-time.Hour)) {
		t.Errorf("Booking: got entry at %v and %v, want an hour ago", shown.Tickets[0].CheckedInAt, err)
	}
}

func TestService_DoorList(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	ana := w.bought("ana", event, adult, 3, "k")
	w.bought("rui", event, floor, 1, "k")
	w.bought("ana", w.open("other", nil), adult, 1, "k-other")
	if _, err := w.RenameTicket(t.Context(), user("ana"), ana.ID, ana.Tickets[1].ID, booking.Attendee{Name: "Eva", Email: "eva@example.org"}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, ana.ID, []string{ana.Tickets[2].ID}); err != nil {
		t.Fatal(err)
	}
	at := w.checkIn(event, ana.Tickets[0].Code).At
	list := map[string][]booking.DoorTicket{}
	for cursor := ""; ; {
		items, next, err := w.DoorList(t.Context(), door, event, cursor, 1)
		if err != nil || len(items) > 1 {
			t.Fatalf("DoorList: got %d bookings and %v, want at most one", len(items), err)
		}
		for _, b := range items {
			list[b.BookingID] = b.Tickets
		}
		if cursor = next; next == "" {
			break
		}
	}
	got := list[ana.ID]
	if len(list) != 2 || len(got) != 3 {
		t.Fatalf("DoorList: got %d bookings, %d tickets of one, want 2 and 3", len(list), len(got))
	}
	if got[0].Status != booking.ShownCheckedIn || !got[0].CheckedInAt.Equal(at.Truncate(time.Millisecond)) || got[0].Seat != ana.Tickets[0].Seat {
		t.Errorf("the ticket that was used: got %+v, want it in at %v", got[0], at)
	}
	if got[1].Status != booking.ShownValid || got[1].Rotation != 1 || got[1].Name != "Eva" {
		t.Errorf("the renamed ticket: got %+v, want Eva's, renewed once", got[1])
	}
	if got[2].Status != booking.ShownCancelled {
		t.Errorf("the cancelled ticket: got %s, want cancelled", got[2].Status)
	}
	_, _, err := w.DoorList(t.Context(), booking.Actor{User: user("eva"), Organisations: []string{"others"}}, event, "", 10)
	wantKind(t, "DoorList by a stranger", err, fault.NotFound)
}
