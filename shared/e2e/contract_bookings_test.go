package e2e_test

import (
	"strings"
	"sync"
	"testing"
	"time"
)

func TestContract_Bookings(t *testing.T) { onTargets(t, contractBookings) }

func contractBookings(t *testing.T, srv *server) {
	org, other := srv.token("olga@one.example", "organiser"), srv.orgToken("otto@two.example", "organiser", "two")
	ana, bob := srv.token("ana@one.example", "attendee"), srv.token("bob@one.example", "attendee")
	pay := func(token string) object { return object{"method": "test", "token": token} }
	free := func(s *server, e sale) (n int) {
		s.t.Helper()
		name, value := key()
		for n = 1; ; n++ {
			a, _ := s.call(s.t.Context(), "POST", "/v1/holds", bob, want1(e.event, e.floor, n), name, value+strings.Repeat("x", n))
			if a.status != 201 {
				return n - 1
			}
			s.must(204, "DELETE", "/v1/holds/"+into[holdWire](s.t, a).Token, bob, nil)
		}
	}

	t.Run("a-booking-has-every-field", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		h := s.hold(ana, e.event, e.seats, 3)
		a := s.keyed(201, "POST", "/v1/bookings", ana, object{
			"hold": h.Token, "payment": ok,
			"attendees": list{object{"name": "Ana"}, object{"name": "Bo", "email": "bo@one.example"}},
		})
		whole := into[object](t, a)
		has(t, "booking", whole, "id", "eventId", "status", "total", "createdAt", "tickets", "event", "version")
		has(t, "event", whole["event"].(object), "name", "startsAt", "timeZone", "location")
		has(t, "ticket", whole["tickets"].([]any)[0].(object), "id", "seat", "attendee", "status", "code")
		b := into[bookingWire](t, a)
		want(t, "status", b.Status, "confirmed")
		want(t, "total", b.Total, h.Total)
		if b.Refunded != nil {
			t.Errorf("refunded: got %v, want none", b.Refunded)
		}
		for i, name := range []string{"Ana", "Bo", ""} {
			want(t, "attendee", b.Tickets[i].Attendee.Name, name)
			want(t, "seat", b.Tickets[i].Seat, h.Seats[i])
			want(t, "status", b.Tickets[i].Status, "valid")
		}
		want(t, "Location", strings.HasSuffix(a.header.Get("Location"), "/v1/bookings/"+b.ID), true)
		want(t, "read", get[bookingWire](s, "/v1/bookings/"+b.ID, ana), b)
		theirs := get[bookingWire](s, "/v1/bookings/"+b.ID, org)
		want(t, "the organisation's code", theirs.Tickets[0].Code, "")
		for _, who := range []string{bob, other} {
			s.refused(404, "", "GET", "/v1/bookings/"+b.ID, who, nil)
			s.refused(404, "", "POST", "/v1/bookings/"+b.ID+"/cancel", who, nil)
			s.refused(404, "", "GET", "/v1/bookings/"+b.ID+"/cancel-quote", who, nil)
		}
		s.refused(401, "", "GET", "/v1/bookings/"+b.ID, "", nil)
		s.refused(404, "", "GET", "/v1/bookings/bkg_nonsense", ana, nil)
		s.refused(404, "", "GET", "/v1/holds/"+h.Token, ana, nil)
		// What was booked stays booked.
		a, _ = s.call(t.Context(), "DELETE", "/v1/holds/"+h.Token, ana, nil)
		if a.status != 204 && a.status != 409 {
			t.Errorf("delete a booked hold: got %d", a.status)
		}
		want(t, "still", get[bookingWire](s, "/v1/bookings/"+b.ID, ana).Status, "confirmed")
	})
	t.Run("the-same-key-and-body-answer-the-same", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		h, h2 := s.hold(ana, e.event, e.seats, 2), s.hold(ana, e.event, e.seats, 2)
		name, value := key()
		body := object{"hold": h.Token, "payment": ok}
		first := into[bookingWire](t, s.must(201, "POST", "/v1/bookings", ana, body, name, value))
		want(t, "again", into[bookingWire](t, s.must(201, "POST", "/v1/bookings", ana, body, name, value)), first)
		s.refused(422, "", "POST", "/v1/bookings", ana, with(body, "attendees", list{object{"name": "Ana"}}), name, value)
		s.refused(422, "", "POST", "/v1/bookings", ana, with(body, "hold", h2.Token), name, value)
		s.refused(422, "", "POST", "/v1/bookings", ana, with(want1(e.event, e.floor, 1), "payment", ok), name, value)
		s.refusedKeyed(409, "holdUsed", "/v1/bookings", ana, body)
		s.refusedKeyed(422, "", "/v1/bookings", bob, object{"hold": h2.Token, "payment": ok}) // a stranger's hold is unknown
		s.refused(400, "", "POST", "/v1/bookings", ana, object{"hold": h2.Token, "payment": ok})
		s.refused(401, "", "POST", "/v1/bookings", "", body, name, value)
		direct := with(want1(e.event, e.floor, 1), "payment", ok)
		name, value = key()
		one := into[bookingWire](t, s.must(201, "POST", "/v1/bookings", ana, direct, name, value))
		want(t, "direct again", into[bookingWire](t, s.must(201, "POST", "/v1/bookings", ana, direct, name, value)), one)
		s.refused(422, "", "POST", "/v1/bookings", ana, with(want1(e.event, e.floor, 2), "payment", ok), name, value)
		if theirs := into[bookingWire](t, s.must(201, "POST", "/v1/bookings", bob, direct, name, value)); theirs.ID == one.ID {
			t.Error("another user's: got the same booking, want their own")
		}
		s.must(201, "POST", "/v1/holds", ana, want1(e.event, e.floor, 1), name, value) // another route
	})
	t.Run("of-parallel-repeats-one-books", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		h := s.hold(ana, e.event, e.seats, 2)
		name, value := key()
		var wg sync.WaitGroup
		ids := make([]string, 8)
		for i := range ids {
			wg.Go(func() {
				a, _ := s.call(t.Context(), "POST", "/v1/bookings", ana, object{"hold": h.Token, "payment": ok}, name, value)
				if a.status == 201 {
					ids[i] = into[bookingWire](t, a).ID
				}
			})
		}
		wg.Wait()
		for _, got := range ids {
			want(t, "id", got, ids[0])
		}
	})
	t.Run("a-decline-keeps-the-hold-and-is-not-remembered", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		h := s.hold(ana, e.event, e.floor, 2)
		name, value := key()
		for range 2 {
			s.refused(402, "paymentDeclined", "POST", "/v1/bookings", ana, object{"hold": h.Token, "payment": pay("declined")}, name, value)
		}
		get[holdWire](s, "/v1/holds/"+h.Token, ana)
		s.must(201, "POST", "/v1/bookings", ana, object{"hold": h.Token, "payment": ok}, name, value)
	})
	t.Run("a-decline-in-one-call-frees-at-once", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 3, nil)
		for range 3 {
			s.refusedKeyed(402, "paymentDeclined", "/v1/bookings", ana, with(want1(e.event, e.floor, 3), "payment", pay("declined")))
		}
		want(t, "free", free(s, e), 3)
		name, value := key()
		s.refused(402, "paymentDeclined", "POST", "/v1/bookings", ana, with(want1(e.event, e.floor, 3), "payment", pay("declined")), name, value)
		s.must(201, "POST", "/v1/bookings", ana, with(want1(e.event, e.floor, 3), "payment", ok), name, value)
		s.refusedKeyed(409, "soldOut", "/v1/bookings", bob, with(want1(e.event, e.floor, 1), "payment", ok))
	})
	t.Run("one-call-holds-and-books", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 4, 10, nil)
		section := get[eventWire](s, "/v1/events/"+e.event, "").TicketTypes[0].SectionIDs[0]
		b := into[bookingWire](t, s.keyed(201, "POST", "/v1/bookings", ana, object{
			"eventId": e.event, "payment": ok, "attendees": list{object{"name": "Ana"}},
			"items": list{object{"ticketTypeId": e.seats, "seats": list{object{"sectionId": section, "row": "R2", "number": 2}}}, object{"ticketTypeId": e.floor, "quantity": 2}},
		}))
		want(t, "total", b.Total.Amount, int64(4500+2*3000))
		want(t, "tickets", len(b.Tickets), 3)
		want(t, "attendee", b.Tickets[0].Attendee.Name, "Ana")
		taken := object{"eventId": e.event, "payment": ok, "items": list{
			object{"ticketTypeId": e.floor, "quantity": 1},
			object{"ticketTypeId": e.seats, "seats": list{object{"sectionId": section, "row": "R2", "number": 2}}},
		}}
		s.refusedKeyed(409, "seatTaken", "/v1/bookings", bob, taken)
		s.refusedKeyed(409, "notTogether", "/v1/bookings", bob, object{"eventId": e.event, "payment": ok, "together": true, "items": list{object{"ticketTypeId": e.seats, "quantity": 5}}})
		s.keyed(201, "POST", "/v1/bookings", bob, object{"eventId": e.event, "payment": ok, "together": false, "items": list{object{"ticketTypeId": e.seats, "quantity": 5}}})
		s.refusedKeyed(422, "", "/v1/bookings", bob, with(want1(e.event, e.floor, 65), "payment", ok))
	})
	t.Run("payment-tokens", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 20, nil)
		want(t, "lost", into[bookingWire](t, s.keyed(201, "POST", "/v1/bookings", ana, with(want1(e.event, e.floor, 1), "payment", pay("lost")))).Status, "confirmed")
		before := free(s, e)
		a := s.refusedKeyed(402, "", "/v1/bookings", ana, with(want1(e.event, e.floor, 1), "payment", pay("refuseCapture")))
		if a.code() == "" {
			t.Errorf("refuseCapture: got %s", a.body)
		}
		want(t, "free after a refused capture", free(s, e), before)
		name, value := key()
		body := with(want1(e.event, e.floor, 1), "payment", pay("slow"))
		slow, _ := s.call(t.Context(), "POST", "/v1/bookings", ana, body, name, value)
		if slow.status != 201 && slow.status != 202 {
			t.Fatalf("slow: got %d, want 201 or 202\n%s", slow.status, slow.body)
		}
		id := into[bookingWire](t, slow).ID
		s.eventually(30*time.Second, "settled", func() bool { return get[bookingWire](s, "/v1/bookings/"+id, ana).Status == "confirmed" })
		s.must(slow.status, "POST", "/v1/bookings", ana, body, name, value)
	})
	t.Run("wrong-values-are-422", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 5, nil)
		h := s.hold(ana, e.event, e.floor, 2)
		body := object{"hold": h.Token, "payment": ok}
		for name, wrong := range map[string]object{
			"no payment": without(body, "payment"), "unknown hold": with(body, "hold", "nonsense"), "no hold": without(body, "hold"),
			"unknown token": with(body, "payment", pay("gold")), "unknown method": with(body, "payment", object{"method": "cash", "token": "ok"}),
			"payment no token": with(body, "payment", object{"method": "test"}), "null payment": with(body, "payment", nil),
			"hold and items": with(with(body, "eventId", e.event), "items", list{object{"ticketTypeId": e.floor, "quantity": 1}}),
			"more names":     with(body, "attendees", list{object{"name": "A"}, object{"name": "B"}, object{"name": "C"}}),
			"no name":        with(body, "attendees", list{object{"email": "a@one.example"}}), "blank name": with(body, "attendees", list{object{"name": " "}}),
			"no address":     with(body, "attendees", list{object{"name": "A", "email": "nonsense"}}),
			"amount":         with(body, "total", object{"amount": 1, "currency": "EUR"}),
			"price":          with(body, "payment", object{"method": "test", "token": "ok", "amount": 1}),
			"direct free":    want1(e.event, e.floor, 1),
			"unknown event":  with(want1("evt_00000000000000000000000000", e.floor, 1), "payment", ok),
			"direct no item": {"eventId": e.event, "payment": ok},
		} {
			header, value := key()
			a, _ := s.call(t.Context(), "POST", "/v1/bookings", ana, wrong, header, value)
			s.problem(a, 422, "", name)
		}
		s.keyed(201, "POST", "/v1/bookings", ana, body) // it is still good
		want(t, "free", free(s, e), 3)
	})
	t.Run("nothing-to-pay-needs-no-payment", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 5, func(o object) { o["ticketTypes"].(list)[1].(object)["price"] = object{"amount": 0, "currency": "EUR"} })
		b := into[bookingWire](t, s.keyed(201, "POST", "/v1/bookings", ana, want1(e.event, e.floor, 2)))
		want(t, "total", b.Total, cash{0, "EUR"})
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", ana, nil)
	})
	t.Run("prices-are-frozen-into-the-hold", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 5, nil)
		h := s.hold(ana, e.event, e.floor, 1)
		a := s.must(200, "GET", "/v1/events/"+e.event, org, nil)
		types := into[object](t, a)["ticketTypes"].([]any)
		types[1].(object)["price"] = object{"amount": 9900, "currency": "EUR"}
		s.must(200, "PATCH", "/v1/events/"+e.event, org, object{"ticketTypes": types}, "If-Match", a.header.Get("ETag"))
		s.eventually(2*time.Second, "the new price", func() bool {
			now := s.hold(bob, e.event, e.floor, 1)
			s.must(204, "DELETE", "/v1/holds/"+now.Token, bob, nil) // it may be looked at often
			return now.Total.Amount == 9900
		})
		b := into[bookingWire](t, s.keyed(201, "POST", "/v1/bookings", ana, object{"hold": h.Token, "payment": ok}))
		want(t, "total", b.Total.Amount, int64(3000))
	})
	t.Run("lists-page-through-ones-own", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 50, nil)
		cleo := s.token("cleo@one.example", "attendee")
		mine := map[string]bool{}
		for range 5 {
			mine[s.buy(cleo, e.event, e.floor, 1).ID] = true
		}
		s.buy(bob, e.event, e.floor, 1)
		count := func(path, token string) int {
			seen := map[string]bool{}
			for cursor := ""; ; {
				p := get[page[bookingWire]](s, path+"?limit=2&cursor="+cursor, token)
				if len(p.Items) > 2 {
					t.Errorf("page: got %d items, want at most 2", len(p.Items))
				}
				for _, b := range p.Items {
					if seen[b.ID] {
						t.Errorf("%s: got twice", b.ID)
					}
					seen[b.ID] = true
				}
				if cursor = p.NextCursor; cursor == "" {
					return len(seen)
				}
			}
		}
		want(t, "mine", count("/v1/bookings", cleo), len(mine))
		want(t, "the event's", count("/v1/events/"+e.event+"/bookings", org), 6)
		s.refused(404, "", "GET", "/v1/events/"+e.event+"/bookings", other, nil)
		s.refused(403, "", "GET", "/v1/events/"+e.event+"/bookings", ana, nil)
		s.refused(401, "", "GET", "/v1/bookings", "", nil)
		for _, query := range []string{"limit=0", "limit=101", "limit=x", "cursor=nonsense"} {
			s.refused(422, "", "GET", "/v1/bookings?"+query, ana, nil)
			s.refused(422, "", "GET", "/v1/events/"+e.event+"/bookings?"+query, org, nil)
		}
	})
}
