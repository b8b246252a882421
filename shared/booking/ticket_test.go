package booking_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

func TestService_ShareTicket(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	d := w.bought("ana", event, adult, 2, "k")
	share := func() string {
		token, err := w.ShareTicket(t.Context(), user("ana"), d.ID, d.Tickets[1].ID)
		if err != nil {
			t.Fatalf("ShareTicket: got %v, want nil", err)
		}
		return token
	}
	gone := func(why, token string) {
		t.Helper()
		_, err := w.SharedTicket(t.Context(), token)
		wantKind(t, "SharedTicket "+why, err, fault.NotFound)
		_, err = w.RenameShared(t.Context(), token, booking.Attendee{Name: "Mal"})
		wantKind(t, "RenameShared "+why, err, fault.NotFound)
	}
	first := share()
	second := share()
	gone("after sharing again", first)
	gone("of garbage", "AAAA")
	before, err := w.SharedTicket(t.Context(), second)
	if err != nil || before.Ticket.ID != d.Tickets[1].ID || before.Ticket.Code == "" {
		t.Fatalf("SharedTicket: got %v and %v, want the second ticket with its code", before, err)
	}
	named, err := w.RenameShared(t.Context(), second, booking.Attendee{Name: "Rui"})
	if err != nil || named.Ticket.Attendee.Name != "Rui" || named.Ticket.Code == before.Ticket.Code {
		t.Fatalf("RenameShared: got %v and %v, want Rui's with a new code", named, err)
	}
	if r := w.checkIn(event, before.Ticket.Code); r.Reason != booking.ReasonRenewed {
		t.Errorf("old code: got %s %s, want refused as renewed", r.Result, r.Reason)
	}
	if _, err := w.RenameTicket(t.Context(), user("ana"), d.ID, d.Tickets[1].ID, booking.Attendee{Name: "Eva"}); err != nil {
		t.Fatal(err)
	}
	gone("after the booker renamed", second)
	third := share()
	if _, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, []string{d.Tickets[1].ID}); err != nil {
		t.Fatal(err)
	}
	gone("after cancelling", third)
}

func TestService_StrangersFindNothing(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	d := w.bought("ana", event, adult, 1, "k")
	eva := booking.Actor{User: user("eva"), Organisations: []string{"others"}}
	for name, call := range map[string]func() error{
		"booking": func() error { _, err := w.Booking(t.Context(), eva, d.ID); return err },
		"cancel":  func() error { _, err := w.CancelTickets(t.Context(), eva, d.ID, nil); return err },
		"quote":   func() error { _, err := w.CancelQuote(t.Context(), eva, d.ID, nil); return err },
		"rename": func() error {
			_, err := w.RenameTicket(t.Context(), eva.User, d.ID, d.Tickets[0].ID, booking.Attendee{})
			return err
		},
		"share":    func() error { _, err := w.ShareTicket(t.Context(), eva.User, d.ID, d.Tickets[0].ID); return err },
		"ticket":   func() error { _, err := w.Ticket(t.Context(), eva.User, d.ID, d.Tickets[0].ID); return err },
		"bookings": func() error { _, _, err := w.EventBookings(t.Context(), eva, event, "", 10); return err },
		"sales":    func() error { _, err := w.EventSales(t.Context(), eva, event); return err },
	} {
		wantKind(t, name, call(), fault.NotFound)
	}
	organiser, err := w.Booking(t.Context(), door, d.ID)
	if err != nil || organiser.Tickets[0].Code != "" {
		t.Errorf("Booking for the organiser: got code %q and %v, want no code", organiser.Tickets[0].Code, err)
	}
}

func TestService_CancelTickets(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", func(s *message.EventStateV1) { until := s.StartsAt.Add(-24 * time.Hour); s.CancelUntil = &until })
	d := w.bought("ana", event, adult, 4, "k")
	ana := booking.Actor{User: user("ana")}
	quote, err := w.CancelQuote(t.Context(), ana, d.ID, nil)
	if err != nil || quote.Refund.Minor != 18000 || !quote.Allowed {
		t.Errorf("CancelQuote: got %+v and %v, want 180.00", quote, err)
	}
	for range 2 {
		got, err := w.CancelTickets(t.Context(), ana, d.ID, []string{d.Tickets[0].ID})
		if err != nil || got.Refunded.Minor != 4500 || got.Status != booking.Confirmed || got.Tickets[0].Status != booking.ShownCancelled {
			t.Errorf("CancelTickets: got %s, refunded %v, %v; want one ticket's refund", got.Status, got.Refunded, err)
		}
	}
	if r := w.checkIn(event, d.Tickets[1].Code); r.Result != booking.Admitted {
		t.Fatalf("CheckIn: got %s", r.Result)
	}
	_, err = w.CancelTickets(t.Context(), ana, d.ID, nil)
	wantErr(t, "CancelTickets with one used", err, booking.ErrCheckedIn)
	w.clock.now = quote.Until.Add(time.Second)
	_, err = w.CancelTickets(t.Context(), ana, d.ID, []string{d.Tickets[2].ID})
	wantErr(t, "CancelTickets too late", err, booking.ErrTooLate)
	if _, err := w.CancelTickets(t.Context(), door, d.ID, []string{d.Tickets[2].ID}); err != nil {
		t.Errorf("CancelTickets by the organisation: got %v, want nil", err)
	}
	_, err = w.CancelTickets(t.Context(), ana, d.ID, []string{"tic_x"})
	wantKind(t, "CancelTickets of another's ticket", err, fault.Invalid)
	w.audit(event, "ana")
}

func TestService_RescheduledMayBeCancelledUntilTheStart(t *testing.T) {
	w := newWorld(t)
	limit := func(s *message.EventStateV1) { until := s.StartsAt.Add(-20 * 24 * time.Hour); s.CancelUntil = &until }
	event := w.open("concert", limit)
	state := w.state("concert", limit)
	d := w.bought("ana", event, adult, 1, "k")
	w.clock.add(15 * 24 * time.Hour)
	_, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, nil)
	wantErr(t, "CancelTickets past the limit", err, booking.ErrTooLate)
	moved := w.clock.Now()
	state.Version, state.RescheduledAt, state.StartsAt = 3, &moved, state.StartsAt.AddDate(0, 1, 0)
	if err := w.ApplyEvent(t.Context(), state); err != nil {
		t.Fatal(err)
	}
	shown, err := w.Booking(t.Context(), booking.Actor{User: user("ana")}, d.ID)
	if err != nil || !shown.Event.StartsAt.Equal(state.StartsAt) {
		t.Errorf("Booking: got start %v and %v, want the new %v", shown.Event.StartsAt, err, state.StartsAt)
	}
	if _, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, nil); err != nil {
		t.Errorf("CancelTickets of a moved event: got %v, want nil", err)
	}
}

func TestService_ApplyEvent_OrderDoesNotMatter(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	w.bought("ana", event, adult, 2, "k")
	cancelled := w.state("concert", func(s *message.EventStateV1) { s.Version, s.Status = 4, "cancelled" })
	changed := w.state("concert", func(s *message.EventStateV1) { s.Version, s.Name = 3, "Late news" })
	for _, s := range []message.EventStateV1{cancelled, changed, cancelled} {
		if err := w.ApplyEvent(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	w.recover()
	if tickets := w.audit(event, "ana"); tickets != 0 {
		t.Errorf("tickets after a cancellation and late news: got %d, want none", tickets)
	}
}

func TestService_ApplyEvent_GrowsAndShrinks(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	sold := w.bought("ana", event, floor, 40, "k")
	apply := func(version int64, capacity, rows int) {
		t.Helper()
		s := w.state("concert", noLimit)
		s.Version, s.Layout[1].Capacity, s.Layout[0].Rows = version, capacity, s.Layout[0].Rows[:rows]
		if err := w.ApplyEvent(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	apply(3, 10, 4)
	stay := 0
	for _, ticket := range sold.Tickets {
		if ticket.Seat.Number > 10 {
			stay++
		}
	}
	if _, _, free := w.counts(event); free != 40+10-(40-stay) {
		t.Errorf("free after shrinking to 10 with %d sold beyond: got %d, want %d", stay, free, 10+stay)
	}
	apply(4, 200, 4)
	if sold, _, free := w.counts(event); sold != 40 || free != 200 {
		t.Errorf("after growing to 200: got %d sold and %d free, want 40 and 200", sold, free)
	}
	w.audit(event, "ana")
}

func TestService_EventSales(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	d := w.bought("ana", event, adult, 2, "k")
	w.bought("rui", event, floor, 3, "k")
	w.hold("eva", event, floor, 5, "k")
	w.checkIn(event, d.Tickets[0].Code)
	w.clock.add(2 * time.Second)
	f, err := w.EventSales(t.Context(), door, event)
	if err != nil || f.Sold != 5 || f.Held != 5 || f.Left != 130 || f.CheckedIn != 1 || f.Revenue.Minor != 18000 ||
		f.ByTicketType[0].Sold != 2 || f.ByTicketType[1].Revenue.Minor != 9000 {
		t.Errorf("EventSales: got %+v and %v", f, err)
	}
	var listed int
	for cursor := ""; ; {
		items, next, err := w.EventBookings(t.Context(), door, event, cursor, 1)
		if err != nil {
			t.Fatal(err)
		}
		listed += len(items)
		if cursor = next; next == "" {
			break
		}
	}
	if listed != 2 {
		t.Errorf("EventBookings by pages of one: got %d, want 2", listed)
	}
}

func TestService_EventSales_OfADraftWithoutPrices(t *testing.T) {
	w := newWorld(t)
	event := w.open("draft", func(s *message.EventStateV1) { s.Status, s.TicketTypes, s.Layout = "draft", nil, nil })
	f, err := w.EventSales(t.Context(), door, event)
	if err != nil || f.Revenue != money.Of(0, "XXX") {
		t.Errorf("EventSales: got %+v and %v, want nothing, of no currency", f, err)
	}
}

func TestService_UserBookings_NewestFirst(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	var want []string
	for i := range 7 {
		want = append([]string{w.bought("ana", event, floor, 1, fmt.Sprint(i)).ID}, want...)
		w.clock.add(time.Second)
	}
	var got []string
	for cursor := ""; ; {
		items, next, err := w.UserBookings(t.Context(), user("ana"), cursor, 3)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range items {
			got = append(got, b.ID)
		}
		if len(got) == 3 {
			w.bought("ana", event, floor, 1, "meanwhile")
		}
		if cursor = next; next == "" {
			break
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("UserBookings: got %v, want %v", got, want)
	}
}

func TestService_NeverOversells(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	var wg sync.WaitGroup
	var users []string
	for i := range 64 {
		name := fmt.Sprint("user", i)
		users = append(users, name)
		wg.Go(func() {
			for turn, n := 0, 1+i%4; n > 0; turn++ {
				kind := []string{adult, floor}[(i+turn)%2]
				ask := best(event, kind, n, "")
				_, err := w.Book(context.Background(), user(name), booking.BookRequest{Direct: &ask, Payment: payWith("ok"), Key: fmt.Sprint(turn)})
				switch {
				case err == nil:
				case fault.Is(err, fault.Conflict):
					if turn > 20 {
						n--
						turn = 0
					}
				default:
					t.Errorf("Book: got %v, want a booking or a conflict", err)
					return
				}
				if errors.Is(err, context.Canceled) {
					return
				}
			}
		})
	}
	wg.Wait()
	if tickets := w.audit(event, users...); tickets != 140 {
		t.Errorf("tickets: got %d, want exactly 140", tickets)
	}
}
