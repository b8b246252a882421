package e2e_test

import (
	"fmt"
	"testing"
	"time"
)

// unlimited and limited are the events that idempotency is tried on: what a person has of them is kept in different ways.
var limitsPerPerson = []int{0, 10}

func TestContract_Holds(t *testing.T) { onTargets(t, contractHolds) }

func contractHolds(t *testing.T, srv *server) {
	org, ana, bob := srv.token("olga@one.example", "organiser"), srv.token("ana@one.example", "attendee"), srv.token("bob@one.example", "attendee")

	t.Run("a-hold-has-every-field", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		began := time.Now()
		a := s.keyed(201, "POST", "/v1/holds", ana, want1(e.event, e.seats, 2))
		has(t, "hold", into[object](t, a), "token", "eventId", "expiresAt", "seats", "total")
		h := into[holdWire](t, a)
		want(t, "event", h.EventID, e.event)
		want(t, "total", h.Total, cash{9000, "EUR"})
		if life := h.ExpiresAt.Sub(began); life < 10*time.Minute-time.Second || life > 10*time.Minute+10*time.Second {
			t.Errorf("life: got %v, want 10 min", life)
		}
		if len(h.Seats) != 2 || h.Seats[0].Row == "" || h.Seats[0].Row != h.Seats[1].Row || h.Seats[1].Number-h.Seats[0].Number != 1 ||
			h.Seats[0].Section != "Stalls" || h.Seats[0].TicketTypeID != e.seats || h.Seats[0].Price != (cash{4500, "EUR"}) {
			t.Errorf("seats: got %+v, want two side by side with all that is theirs", h.Seats)
		}
		want(t, "read", get[holdWire](s, "/v1/holds/"+h.Token, ana), h)
		s.refused(404, "", "GET", "/v1/holds/"+h.Token, bob, nil)
		s.refused(404, "", "GET", "/v1/holds/"+h.Token, org, nil)
		s.refused(401, "", "GET", "/v1/holds/"+h.Token, "", nil)
		s.refused(404, "", "GET", "/v1/holds/nonsense", ana, nil)
		s.refused(404, "", "POST", "/v1/holds/"+h.Token+"/extend", bob, nil)
		s.refused(404, "", "DELETE", "/v1/holds/"+h.Token, bob, nil)
		forged := []byte(h.Token)
		forged[len(forged)/2] ^= 1
		s.refused(404, "", "GET", "/v1/holds/"+string(forged), ana, nil)
		floor := s.hold(ana, e.event, e.floor, 1)
		if floor.Seats[0].Row != "" || floor.Seats[0].Number < 1 {
			t.Errorf("standing: got %+v, want a number and no row", floor.Seats[0])
		}
	})
	t.Run("extended-once-by-its-length-and-deleted-twice", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		h := s.hold(ana, e.event, e.seats, 2)
		longer := into[holdWire](t, s.must(200, "POST", "/v1/holds/"+h.Token+"/extend", ana, nil))
		want(t, "extended by", longer.ExpiresAt.Sub(h.ExpiresAt), 10*time.Minute)
		again := into[holdWire](t, s.must(200, "POST", "/v1/holds/"+longer.Token+"/extend", ana, nil))
		want(t, "extended again", again.ExpiresAt, longer.ExpiresAt)
		want(t, "from the old token", into[holdWire](t, s.must(200, "POST", "/v1/holds/"+h.Token+"/extend", ana, nil)).ExpiresAt, longer.ExpiresAt)
		for range 2 {
			a := s.must(204, "DELETE", "/v1/holds/"+longer.Token, ana, nil)
			want(t, "body", len(a.body), 0)
		}
		s.refused(404, "", "GET", "/v1/holds/"+longer.Token, ana, nil)
		want(t, "free at once", len(s.hold(bob, e.event, e.seats, 10).Seats), 10)
	})
	t.Run("sixty-four-places-and-not-one-more", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 64, 200, nil)
		want(t, "places", len(s.hold(ana, e.event, e.floor, 64).Seats), 64)
		want(t, "seats", len(s.hold(ana, e.event, e.seats, 64).Seats), 64)
		s.refusedKeyed(422, "", "/v1/holds", ana, want1(e.event, e.floor, 65))
		s.refusedKeyed(422, "", "/v1/holds", ana, object{"eventId": e.event, "items": list{
			object{"ticketTypeId": e.floor, "quantity": 33}, object{"ticketTypeId": e.seats, "quantity": 32},
		}})
	})
	t.Run("named-seats", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		section := get[eventWire](s, "/v1/events/"+e.event, "").TicketTypes[0].SectionIDs[0]
		seat := func(row string, number int) object {
			return object{"sectionId": section, "row": row, "number": number}
		}
		ask := func(seats ...any) object {
			return object{"eventId": e.event, "items": list{object{"ticketTypeId": e.seats, "seats": seats}}}
		}
		h := into[holdWire](t, s.keyed(201, "POST", "/v1/holds", ana, ask(seat("R1", 3), seat("R2", 7))))
		want(t, "seats", fmt.Sprint(h.Seats[0].Row, " ", h.Seats[0].Number, " ", h.Seats[1].Row, " ", h.Seats[1].Number), "R1 3 R2 7")
		s.refusedKeyed(409, "seatTaken", "/v1/holds", bob, ask(seat("R1", 4), seat("R1", 3)))
		s.keyed(201, "POST", "/v1/holds", bob, ask(seat("R1", 4))) // nothing was kept of the refused
		for name, wrong := range map[string]object{
			"twice": ask(seat("R1", 5), seat("R1", 5)), "no such row": ask(seat("R9", 1)), "no such number": ask(seat("R1", 11)),
			"number 0": ask(seat("R1", 0)), "negative": ask(seat("R1", -1)), "no such section": ask(object{"sectionId": "sec_1", "row": "R1", "number": 1}),
			"none": ask(),
			"both": {"eventId": e.event, "items": list{object{"ticketTypeId": e.seats, "quantity": 1, "seats": list{seat("R1", 6)}}}},
			"twice in two items": {"eventId": e.event, "items": list{
				object{"ticketTypeId": e.seats, "seats": list{seat("R1", 6)}},
				object{"ticketTypeId": e.seats, "seats": list{seat("R1", 6)}},
			}},
			"of another type": {"eventId": e.event, "items": list{object{"ticketTypeId": e.floor, "seats": list{seat("R1", 6)}}}},
			"neither":         {"eventId": e.event, "items": list{object{"ticketTypeId": e.seats}}},
			"quantity 0":      want1(e.event, e.seats, 0),
			"quantity < 0":    want1(e.event, e.seats, -1),
			"no items":        {"eventId": e.event, "items": list{}},
			"no event":        {"items": list{object{"ticketTypeId": e.seats, "quantity": 1}}},
			"unknown event":   want1("evt_00000000000000000000000000", e.seats, 1),
			"broken event":    want1("nonsense", e.seats, 1),
			"unknown type":    want1(e.event, "tkt_00000000000000000000000000", 1),
			"unknown field":   with(want1(e.event, e.seats, 1), "price", 1),
			"together a text": with(want1(e.event, e.seats, 1), "together", "yes"),
			"fraction":        {"eventId": e.event, "items": list{object{"ticketTypeId": e.seats, "quantity": 1.5}}},
		} {
			name1, value := key()
			a, _ := s.call(t.Context(), "POST", "/v1/holds", ana, wrong, name1, value)
			s.problem(a, 422, "", name)
		}
	})
	t.Run("what-is-held-sold-and-gone", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 4, 2, nil)
		first, second := s.hold(ana, e.event, e.seats, 3), s.hold(ana, e.event, e.seats, 3)
		s.refusedKeyed(409, "notTogether", "/v1/holds", bob, with(want1(e.event, e.seats, 2), "together", true))
		apart := into[holdWire](t, s.keyed(201, "POST", "/v1/holds", bob, with(want1(e.event, e.seats, 2), "together", false)))
		want(t, "apart", len(apart.Seats), 2)
		s.refusedKeyed(409, "allHeld", "/v1/holds", bob, want1(e.event, e.seats, 1))
		for _, h := range []holdWire{first, second} {
			s.keyed(201, "POST", "/v1/bookings", ana, object{"hold": h.Token, "payment": ok})
		}
		s.refusedKeyed(409, "allHeld", "/v1/holds", bob, want1(e.event, e.seats, 1))
		s.keyed(201, "POST", "/v1/bookings", bob, object{"hold": apart.Token, "payment": ok})
		s.eventually(2*time.Second, "sold out", func() bool {
			name, value := key()
			a, _ := s.call(t.Context(), "POST", "/v1/holds", bob, want1(e.event, e.seats, 1), name, value)
			return a.status == 409 && a.code() == "soldOut"
		})
		s.buy(ana, e.event, e.floor, 2)
		s.refusedKeyed(409, "soldOut", "/v1/holds", bob, want1(e.event, e.floor, 2)) // standing is never notTogether
	})
	t.Run("no-more-than-a-person-may-have", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 3, 10, 30, func(o object) {
			o["perPerson"] = 4
			o["ticketTypes"].(list)[0].(object)["perPerson"] = 2
		})
		s.refusedKeyed(409, "limitReached", "/v1/holds", ana, want1(e.event, e.floor, 5))
		s.refusedKeyed(409, "limitReached", "/v1/holds", ana, want1(e.event, e.seats, 3))
		h := s.hold(ana, e.event, e.floor, 3)
		s.refusedKeyed(409, "limitReached", "/v1/holds", ana, want1(e.event, e.floor, 2))
		s.must(204, "DELETE", "/v1/holds/"+h.Token, ana, nil)
		b := s.buy(ana, e.event, e.floor, 4)
		s.refusedKeyed(409, "limitReached", "/v1/holds", ana, want1(e.event, e.floor, 1))
		s.refusedKeyed(409, "limitReached", "/v1/bookings", ana, with(want1(e.event, e.floor, 1), "payment", ok))
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", ana, object{"ticketIds": list{b.Tickets[0].ID}})
		s.hold(ana, e.event, e.floor, 1)
		s.hold(bob, e.event, e.floor, 4)
		usual := s.open(org, 1, 10, 30, func(o object) { delete(o, "perPerson") })
		s.refusedKeyed(409, "limitReached", "/v1/holds", ana, want1(usual.event, usual.floor, 11)) // default 10
		s.hold(ana, usual.event, usual.floor, 10)
	})
	for _, limit := range limitsPerPerson {
		t.Run(fmt.Sprintf("the-same-key-with-a-limit-of-%d", limit), func(t *testing.T) {
			s := srv.on(t)
			e := s.open(org, 3, 10, 30, func(o object) { o["perPerson"] = limit })
			other := s.open(org, 3, 10, 30, func(o object) { o["perPerson"] = limit })
			name, value := key()
			body := want1(e.event, e.seats, 2)
			post := func(status int, token string, body object) holdWire {
				t.Helper()
				a, _ := s.call(t.Context(), "POST", "/v1/holds", token, body, name, value)
				if a.status != status {
					t.Errorf("got %d, want %d\n%s", a.status, status, a.body)
				}
				if a.status == 201 {
					return into[holdWire](t, a)
				}
				return holdWire{}
			}
			first := post(201, ana, body)
			want(t, "the same", post(201, ana, body), first)
			post(422, ana, want1(e.event, e.seats, 3))
			post(422, ana, want1(e.event, e.floor, 2))
			post(422, ana, want1(other.event, other.seats, 2))
			if theirs := post(201, bob, body); theirs.Token == first.Token {
				t.Error("another user's: got the same hold, want their own")
			}
			s.must(204, "DELETE", "/v1/holds/"+first.Token, ana, nil)
			post(201, ana, body) // it lives no more
			// Another route: the key is free there.
			direct := with(want1(e.event, e.floor, 1), "payment", ok)
			if b := into[bookingWire](t, s.must(201, "POST", "/v1/bookings", ana, direct, name, value)); len(b.Tickets) != 1 || b.Total.Amount != 3000 {
				t.Errorf("booking under the hold's key: got %+v, want one place on the floor", b)
			}
		})
	}
	t.Run("a-key-is-required", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 5, 5, nil)
		s.refused(400, "", "POST", "/v1/holds", ana, want1(e.event, e.seats, 1))
		s.refused(400, "", "POST", "/v1/holds", ana, want1(e.event, e.seats, 1), "Idempotency-Key", "")
		s.refused(401, "", "POST", "/v1/holds", "", want1(e.event, e.seats, 1), "Idempotency-Key", "x")
	})
}

func TestContract_HoldsLapse(t *testing.T) { onTargets(t, contractHoldsLapse, "MYEVENTS_HOLD_TTL=1s") }

func contractHoldsLapse(t *testing.T, s *server) {
	org, ana, bob := s.token("olga@one.example", "organiser"), s.token("ana@one.example", "attendee"), s.token("bob@one.example", "attendee")
	e := s.open(org, 1, 4, 6, nil)
	retaken, untaken := s.hold(ana, e.event, e.seats, 4), s.hold(ana, e.event, e.floor, 2)
	if life := time.Until(retaken.ExpiresAt); life > 3*time.Second {
		t.Fatalf("life: got %v, want about 1 s", life)
	}
	s.eventually(15*time.Second, "lapsed", func() bool {
		name, value := key()
		a, _ := s.call(t.Context(), "POST", "/v1/holds", bob, want1(e.event, e.seats, 4), name, value)
		if a.status != 201 && a.code() != "allHeld" {
			t.Errorf("while it lives: got %d %s, want allHeld", a.status, a.code())
		}
		return a.status == 201
	})
	s.refusedKeyed(409, "holdLapsed", "/v1/bookings", ana, object{"hold": retaken.Token, "payment": ok})
	a, _ := s.call(t.Context(), "POST", "/v1/holds/"+retaken.Token+"/extend", ana, nil)
	if a.status != 409 && a.status != 404 {
		t.Errorf("extend a retaken hold: got %d, want it refused", a.status)
	}
	// Lapsed but not taken still books.
	b := into[bookingWire](t, s.keyed(201, "POST", "/v1/bookings", ana, object{"hold": untaken.Token, "payment": ok}))
	want(t, "booked", b.Status, "confirmed")
	s.must(204, "DELETE", "/v1/holds/"+retaken.Token, ana, nil)
}
