package booking_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment"
)

func TestService_BookForThree(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	h := w.hold("ana", event, adult, 3, "k1")
	if len(h.Seats) != 3 || h.Total.Minor != 13500 {
		t.Fatalf("Hold: got %d seats for %v, want 3 for 135.00", len(h.Seats), h.Total)
	}
	for i, s := range h.Seats {
		if s.Row != h.Seats[0].Row || s.Number != h.Seats[0].Number+i {
			t.Errorf("Hold: got seats %v, want three side by side", h.Seats)
		}
	}
	d, err := w.Book(t.Context(), user("ana"), booking.BookRequest{
		HoldToken: h.Token, Payment: payWith("ok"), Key: "b1",
		Attendees: []booking.Attendee{{Name: "Ana"}, {Name: "Rui", Email: "rui@example.org"}},
	})
	if err != nil {
		t.Fatalf("Book: got %v, want nil", err)
	}
	if d.Status != booking.Confirmed || len(d.Tickets) != 3 || d.Tickets[1].Attendee.Name != "Rui" || d.Tickets[2].Code == "" {
		t.Errorf("Book: got %+v, want three tickets, the second Rui's, all with codes", d)
	}
	if sold, held, free := w.counts(event); sold != 3 || held != 0 || free != 137 {
		t.Errorf("counts: got %d sold, %d held, %d free, want 3, 0, 137", sold, held, free)
	}
	got, err := w.Booking(t.Context(), booking.Actor{User: user("ana")}, d.ID)
	if err != nil || got.Tickets[0].Code != d.Tickets[0].Code {
		t.Errorf("Booking: got %v and %v, want the booking", got, err)
	}
}

func TestService_Hold(t *testing.T) {
	for _, tc := range []struct {
		name string
		edit func(*message.EventStateV1)
		ask  func(event string) booking.HoldRequest
		want error
	}{
		{"more-than-left", noLimit, func(e string) booking.HoldRequest { return best(e, adult, 41, "k") }, inventory.ErrSoldOut},
		{"not-together", noLimit, func(e string) booking.HoldRequest { return best(e, adult, 11, "k") }, inventory.ErrNotTogether},
		{"over-the-limit", nil, func(e string) booking.HoldRequest { return best(e, adult, 11, "k") }, booking.ErrLimitReached},
		{
			"over-the-type's-limit", func(s *message.EventStateV1) { s.TicketTypes[0].PerPerson = 2 },
			func(e string) booking.HoldRequest { return best(e, adult, 3, "k") }, booking.ErrLimitReached,
		},
		{
			"not-yet-on-sale", func(s *message.EventStateV1) { at := s.StartsAt.Add(-time.Hour); s.OnSaleFrom = &at },
			func(e string) booking.HoldRequest { return best(e, adult, 1, "k") }, booking.ErrNotOnSale,
		},
		{
			"no-longer-on-sale", func(s *message.EventStateV1) { at := s.StartsAt.AddDate(0, -2, 0); s.TicketTypes[0].SalesUntil = &at },
			func(e string) booking.HoldRequest { return best(e, adult, 1, "k") }, booking.ErrNotOnSale,
		},
		{
			"draft", func(s *message.EventStateV1) { s.Status = "draft" },
			func(e string) booking.HoldRequest { return best(e, adult, 1, "k") }, booking.ErrNotOnSale,
		},
		{"unknown-event", nil, func(string) booking.HoldRequest { return best("evt_01ARZ3NDEKTSV4RRFFQ69G5FAV", adult, 1, "k") }, fault.New(fault.Invalid, "", "")},
		{"no-items", nil, func(e string) booking.HoldRequest { return booking.HoldRequest{EventID: e, Key: "k"} }, fault.New(fault.Invalid, "", "")},
		{"unknown-type", nil, func(e string) booking.HoldRequest { return best(e, "tkt_nobody", 1, "k") }, fault.New(fault.Invalid, "", "")},
		{"nothing", nil, func(e string) booking.HoldRequest { return best(e, adult, 0, "k") }, fault.New(fault.Invalid, "", "")},
		{"negative", nil, func(e string) booking.HoldRequest { return best(e, adult, -1, "k") }, fault.New(fault.Invalid, "", "")},
		{"over-64", noLimit, func(e string) booking.HoldRequest { return best(e, floor, 65, "k") }, fault.New(fault.Invalid, "", "")},
		{"seat-of-another-section", nil, func(e string) booking.HoldRequest {
			return booking.HoldRequest{EventID: e, Key: "k", Items: []booking.ItemRequest{{TicketTypeID: adult, Seats: []booking.SeatRequest{{SectionID: standing, Number: 1}}}}}
		}, fault.New(fault.Invalid, "", "")},
		{"same-seat-twice", nil, func(e string) booking.HoldRequest {
			seat := booking.SeatRequest{SectionID: seated, Row: "A", Number: 1}
			return booking.HoldRequest{EventID: e, Key: "k", Items: []booking.ItemRequest{{TicketTypeID: adult, Seats: []booking.SeatRequest{seat, seat}}}}
		}, fault.New(fault.Invalid, "", "")},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := newWorld(t)
			event := w.open("concert", tc.edit)
			_, err := w.Hold(t.Context(), user("ana"), tc.ask(event))
			wantErr(t, "Hold", err, tc.want)
			if tc.name != "draft" {
				if _, held, _ := w.counts(event); held != 0 {
					t.Errorf("held after a refusal: got %d, want 0", held)
				}
			}
		})
	}
}

func TestService_HoldApart(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	r := best(event, adult, 25, "k")
	r.Split = true
	h, err := w.Hold(t.Context(), user("ana"), r)
	if err != nil || len(h.Seats) != 25 {
		t.Fatalf("Hold of 25 apart: got %d seats and %v, want 25", len(h.Seats), err)
	}
}

func TestService_HoldNamedSeatIsTakenOnce(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	r := booking.HoldRequest{EventID: event, Key: "k", Items: []booking.ItemRequest{{TicketTypeID: adult, Seats: []booking.SeatRequest{
		{SectionID: seated, Row: "B", Number: 4}, {SectionID: seated, Row: "C", Number: 4},
	}}}}
	h, err := w.Hold(t.Context(), user("ana"), r)
	if err != nil || len(h.Seats) != 2 || h.Seats[0].Row != "B" || h.Seats[0].Number != 4 {
		t.Fatalf("Hold: got %v and %v, want seats B4 and C4", h.Seats, err)
	}
	_, err = w.Hold(t.Context(), user("rui"), r)
	wantErr(t, "Hold of a stranger", err, inventory.ErrTaken)
	again, err := w.Hold(t.Context(), user("ana"), r)
	if err != nil || again.Token != h.Token {
		t.Errorf("Hold again: got %v, want the same hold", err)
	}
}

func TestService_HoldIsIdempotent(t *testing.T) {
	for _, limit := range []int{0, 10} {
		t.Run(fmt.Sprintf("limit-%d", limit), func(t *testing.T) {
			w := newWorld(t)
			event := w.open("concert", func(s *message.EventStateV1) { s.PerPerson = limit })
			first := w.hold("ana", event, adult, 3, "k")
			again := w.hold("ana", event, adult, 3, "k")
			if again.Token != first.Token {
				t.Errorf("same key and body: got another hold, %v after %v", again.Seats, first.Seats)
			}
			_, err := w.Hold(t.Context(), user("ana"), best(event, adult, 2, "k"))
			wantErr(t, "Hold with another body", err, booking.ErrKeyReused)
			other := w.hold("ana", event, adult, 3, "k2")
			if seatKey(other.Seats[0]) == seatKey(first.Seats[0]) {
				t.Error("another key: got the same seats, want others")
			}
			if _, held, _ := w.counts(event); held != 6 {
				t.Errorf("held: got %d, want 6", held)
			}
		})
	}
}

func TestService_LimitsHoldAgainstParallelOrders(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := 0
	for i := range 16 {
		wg.Go(func() {
			h, err := w.Hold(context.Background(), user("ana"), best(event, floor, 3, fmt.Sprint(i)))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				got += len(h.Seats)
			} else if !errors.Is(err, booking.ErrLimitReached) && !fault.Is(err, fault.Unavailable) {
				t.Errorf("Hold: got %v, want limitReached", err)
			}
		})
	}
	wg.Wait()
	if got == 0 || got > 10 {
		t.Errorf("places of one person: got %d, want 1 to 10", got)
	}
	if _, held, _ := w.counts(event); held != got {
		t.Errorf("held: got %d, want the %d that were given", held, got)
	}
}

func TestService_LimitForgetsLapsedReleasedAndCancelled(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	full := func(key string) error {
		_, err := w.Hold(t.Context(), user("ana"), best(event, floor, 10, key))
		return err
	}
	lapsing := w.hold("ana", event, floor, 10, "lapses")
	wantErr(t, "Hold at the limit", full("k1"), booking.ErrLimitReached)
	w.clock.add(10*time.Minute + 7*time.Second)
	released := w.hold("ana", event, floor, 10, "released")
	_, err := w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: lapsing.Token, Payment: payWith("ok"), Key: "late"})
	wantErr(t, "Book of a lapsed and freed hold", err, booking.ErrHoldLapsed)
	if err := w.ReleaseHold(t.Context(), user("ana"), released.Token); err != nil {
		t.Fatal(err)
	}
	d := w.bought("ana", event, floor, 10, "booked")
	wantErr(t, "Hold at the limit by a booking", full("k2"), booking.ErrLimitReached)
	w.clock.add(time.Hour)
	wantErr(t, "Hold at the limit by a booking, later", full("k2"), booking.ErrLimitReached)
	if _, err := w.CancelTickets(t.Context(), booking.Actor{User: user("ana")}, d.ID, []string{d.Tickets[0].ID}); err != nil {
		t.Fatal(err)
	}
	wantErr(t, "Hold of 10 with 9 booked", full("k3"), booking.ErrLimitReached)
	w.hold("ana", event, floor, 1, "one")
}

func TestService_LapseAtTheLastMoment(t *testing.T) {
	w := newWorld(t)
	event := w.open("small", func(s *message.EventStateV1) { noLimit(s); s.Layout[1].Capacity = 1 })
	h := w.hold("ana", event, floor, 1, "k")
	take := func(key string) error {
		_, err := w.Hold(t.Context(), user("rui"), best(event, floor, 1, key))
		return err
	}
	w.clock.now = h.ExpiresAt.Add(inventory.Grace)
	wantErr(t, "Hold at expiry + grace", take("a"), inventory.ErrAllHeld)
	untaken := w.service(w.store)
	w.clock.add(time.Second)
	if err := take("b"); err != nil {
		t.Fatalf("Hold after expiry + grace: got %v, want nil", err)
	}
	_, err := untaken.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "k"})
	wantErr(t, "Book of a retaken hold", err, booking.ErrHoldLapsed)
	if open, _ := w.pay.Open(t.Context(), w.clock.Now().Add(time.Hour), 10); len(open) != 0 {
		t.Errorf("open authorisations: got %v, want none", open)
	}
}

func TestService_LapsedButUntakenStillBooks(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	h := w.hold("ana", event, floor, 2, "k")
	w.clock.now = h.ExpiresAt.Add(15 * time.Minute)
	w.book("ana", h.Token, "k")
	late := w.hold("rui", event, floor, 2, "k")
	w.clock.now = late.ExpiresAt.Add(15*time.Minute + time.Second)
	_, err := w.Book(t.Context(), user("rui"), booking.BookRequest{HoldToken: late.Token, Payment: payWith("ok"), Key: "k"})
	wantErr(t, "Book after bookBy", err, booking.ErrHoldLapsed)
}

func TestService_HoldTokenIsItsUsers(t *testing.T) {
	w := newWorld(t)
	h := w.hold("ana", w.open("concert", nil), floor, 2, "k")
	for _, tc := range []struct{ name, token string }{{"stranger", h.Token}, {"forged", h.Token[:len(h.Token)-2] + "AA"}, {"garbage", "x"}, {"empty", ""}} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.HeldBy(t.Context(), user("rui"), tc.token)
			wantKind(t, "HeldBy", err, fault.NotFound)
			_, err = w.ExtendHold(t.Context(), user("rui"), tc.token)
			wantKind(t, "ExtendHold", err, fault.NotFound)
			wantKind(t, "ReleaseHold", w.ReleaseHold(t.Context(), user("rui"), tc.token), fault.NotFound)
			_, err = w.Book(t.Context(), user("rui"), booking.BookRequest{HoldToken: tc.token, Payment: payWith("ok"), Key: "k"})
			wantKind(t, "Book", err, fault.Invalid)
		})
	}
}

func TestService_ExtendOnce(t *testing.T) {
	w := newWorld(t)
	h := w.hold("ana", w.open("concert", nil), floor, 2, "k")
	w.clock.add(time.Minute)
	longer, err := w.ExtendHold(t.Context(), user("ana"), h.Token)
	if err != nil || !longer.ExpiresAt.Equal(h.ExpiresAt.Add(10*time.Minute)) {
		t.Fatalf("ExtendHold: got %v and %v, want ten minutes more than %v", longer.ExpiresAt, err, h.ExpiresAt)
	}
	for _, token := range []string{h.Token, longer.Token} {
		again, err := w.ExtendHold(t.Context(), user("ana"), token)
		if err != nil || !again.ExpiresAt.Equal(longer.ExpiresAt) {
			t.Errorf("ExtendHold again: got %v and %v, want %v", again.ExpiresAt, err, longer.ExpiresAt)
		}
	}
}

func TestService_Book_Idempotency(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	h, other := w.hold("ana", event, floor, 2, "k1"), w.hold("ana", event, floor, 2, "k2")
	first := w.book("ana", h.Token, "b")
	if again := w.book("ana", h.Token, "b"); again.ID != first.ID {
		t.Errorf("same key and body: got %s, want %s", again.ID, first.ID)
	}
	_, err := w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b", BodyHash: 7})
	wantErr(t, "same key, other body", err, booking.ErrKeyReused)
	_, err = w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "c"})
	wantErr(t, "other key, same hold", err, booking.ErrHoldUsed)
	_, err = w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: other.Token, Payment: payWith("ok"), Key: "b", BodyHash: 8})
	wantErr(t, "same key, other hold", err, booking.ErrKeyReused)
}

func TestService_Book_Payments(t *testing.T) {
	for _, tc := range []struct {
		token string
		want  error
		sold  int
		held  int
	}{
		{"ok", nil, 2, 0},
		{"slow", nil, 2, 0},
		{"duplicate", nil, 2, 0},
		{"declined", payment.ErrDeclined, 0, 2},
		{"refuseCapture", payment.ErrRefused, 0, 0},
		{"nonsense", fault.New(fault.Invalid, "", ""), 0, 2},
	} {
		t.Run(tc.token, func(t *testing.T) {
			w := newWorld(t)
			event := w.open("concert", nil)
			h := w.hold("ana", event, floor, 2, "k")
			_, err := w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith(tc.token), Key: "b"})
			wantErr(t, "Book", err, tc.want)
			if sold, held, _ := w.counts(event); sold != tc.sold || held != tc.held {
				t.Errorf("counts: got %d sold, %d held, want %d, %d", sold, held, tc.sold, tc.held)
			}
			if tc.token == "declined" {
				w.book("ana", h.Token, "b")
			}
		})
	}
}

func TestService_Book_LostReplies(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	h := w.hold("ana", event, floor, 2, "k")
	request := booking.BookRequest{HoldToken: h.Token, Payment: payWith("lost"), Key: "b"}
	d, err := w.Book(t.Context(), user("ana"), request)
	if err != nil {
		t.Fatalf("Book: got %v, want nil", err)
	}
	if d.Status != booking.Confirmed {
		if d, err = w.Book(t.Context(), user("ana"), request); err != nil || d.Status != booking.Confirmed {
			t.Fatalf("Book again: got %s and %v, want confirmed", d.Status, err)
		}
	}
	ledger := w.pay.Ledger()
	if len(ledger) != 1 || ledger[0].State != payment.Captured {
		t.Errorf("ledger: got %v, want one captured authorisation", ledger)
	}
}

func TestService_Book_Direct(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	ask := best(event, floor, 2, "")
	request := booking.BookRequest{Direct: &ask, Payment: payWith("declined"), Key: "b"}
	_, err := w.Book(t.Context(), user("ana"), request)
	wantErr(t, "Book declined", err, payment.ErrDeclined)
	if _, held, _ := w.counts(event); held != 0 {
		t.Errorf("held after a decline: got %d, want 0", held)
	}
	request.Payment = payWith("ok")
	first, err := w.Book(t.Context(), user("ana"), request)
	if err != nil {
		t.Fatalf("Book: got %v, want nil", err)
	}
	again, err := w.Book(t.Context(), user("ana"), request)
	if err != nil || again.ID != first.ID {
		t.Errorf("Book again: got %s and %v, want %s", again.ID, err, first.ID)
	}
	request.BodyHash = 9
	_, err = w.Book(t.Context(), user("ana"), request)
	wantErr(t, "Book with another body", err, booking.ErrKeyReused)
	if sold, _, _ := w.counts(event); sold != 2 {
		t.Errorf("sold: got %d, want 2", sold)
	}
}

func TestService_Book_Free(t *testing.T) {
	w := newWorld(t)
	event := w.open("free", func(s *message.EventStateV1) { s.TicketTypes[1].Price.Minor = 0 })
	h := w.hold("ana", event, floor, 2, "k")
	d, err := w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Key: "b"})
	if err != nil || d.Status != booking.Confirmed {
		t.Errorf("Book: got %s and %v, want confirmed", d.Status, err)
	}
	paid := w.hold("ana", event, adult, 2, "k2")
	_, err = w.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: paid.Token, Key: "b2"})
	wantKind(t, "Book without payment", err, fault.Invalid)
}
