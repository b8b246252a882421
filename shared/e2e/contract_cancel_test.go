package e2e_test

import (
	"testing"
	"time"
)

func TestContract_Cancel(t *testing.T) { onTargets(t, contractCancel) }

func contractCancel(t *testing.T, srv *server) {
	org, ana, bob := srv.token("olga@one.example", "organiser"), srv.token("ana@one.example", "attendee"), srv.token("bob@one.example", "attendee")
	type quote struct {
		TicketIDs []string
		Refund    cash
		Until     time.Time
		Allowed   bool
		Reason    string
	}

	t.Run("some-then-all-then-again", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 3, 5, nil)
		b := s.buy(ana, e.event, e.seats, 3)
		path := "/v1/bookings/" + b.ID
		q := get[quote](s, path+"/cancel-quote", ana)
		want(t, "quote", q.Refund, cash{13500, "EUR"})
		want(t, "allowed", q.Allowed, true)
		want(t, "until the start", stamp(q.Until), stamp(b.Event.StartsAt))
		for range 2 {
			got := into[bookingWire](t, s.must(200, "POST", path+"/cancel", ana, object{"ticketIds": list{b.Tickets[1].ID}}))
			want(t, "status", got.Status, "confirmed")
			want(t, "refunded", got.Refunded, &cash{4500, "EUR"})
			want(t, "tickets", []string{got.Tickets[0].Status, got.Tickets[1].Status, got.Tickets[1].Code}, []string{"valid", "cancelled", ""})
		}
		want(t, "free at once", s.hold(bob, e.event, e.seats, 1).Seats[0].Number, b.Tickets[1].Seat.Number)
		for range 2 {
			got := into[bookingWire](t, s.must(200, "POST", path+"/cancel", ana, nil))
			want(t, "status", got.Status, "cancelled")
			want(t, "refunded", got.Refunded, &cash{13500, "EUR"})
		}
		want(t, "nothing left", get[quote](s, path+"/cancel-quote", ana).Refund.Amount, int64(0))
		s.must(200, "POST", path+"/cancel", ana, object{})
		a := s.raw("POST", path+"/cancel", ana, "", nil)
		want(t, "without a body", a.status, 200)
	})
	t.Run("wrong-values-are-422", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 3, 5, nil)
		b, other := s.buy(ana, e.event, e.floor, 1), s.buy(ana, e.event, e.floor, 1)
		for _, wrong := range []any{
			object{"ticketIds": list{"nonsense"}},
			object{"ticketIds": list{other.Tickets[0].ID}},
			object{"ticketIds": "all"},
			object{"ticketIds": list{b.Tickets[0].ID, "nonsense"}},
			object{"reason": "x"},
			object{"ticketIds": list{nil}},
			object{"ticketIds": nil},
		} {
			s.refused(422, "", "POST", "/v1/bookings/"+b.ID+"/cancel", ana, wrong)
		}
		want(t, "untouched", get[bookingWire](s, "/v1/bookings/"+b.ID, ana).Tickets[0].Status, "valid")
		s.refused(401, "", "POST", "/v1/bookings/"+b.ID+"/cancel", "", nil)
	})
	t.Run("too-late-for-its-user-never-for-the-organisation", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 3, 5, func(o object) { o["cancellation"] = object{"until": stamp(time.Now().Add(-time.Hour))} })
		b := s.buy(ana, e.event, e.floor, 2)
		q := get[quote](s, "/v1/bookings/"+b.ID+"/cancel-quote", ana)
		want(t, "allowed", q.Allowed, false)
		s.refused(409, "tooLate", "POST", "/v1/bookings/"+b.ID+"/cancel", ana, nil)
		got := into[bookingWire](t, s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", org, object{"ticketIds": list{b.Tickets[0].ID}}))
		want(t, "refunded", got.Refunded, &cash{3000, "EUR"})
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", org, nil)
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", ana, nil) // nothing is left to cancel: a no-op
	})
}

func TestContract_Figures(t *testing.T) { onTargets(t, contractFigures) }

func contractFigures(t *testing.T, srv *server) {
	org, ana := srv.token("olga@one.example", "organiser"), srv.token("ana@one.example", "attendee")
	other := srv.orgToken("otto@two.example", "organiser", "two")
	type counts struct {
		EventID  string
		AsOf     time.Time
		Sections []struct {
			SectionID               string
			Total, Sold, Held, Free int
		}
	}

	t.Run("availability-is-no-older-than-two-seconds", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 10, 5, nil)
		a := get[counts](s, "/v1/events/"+e.event+"/availability", "")
		want(t, "event", a.EventID, e.event)
		want(t, "sections", len(a.Sections), 2)
		want(t, "total", a.Sections[0].Total, 10)
		s.buy(ana, e.event, e.seats, 2)
		s.hold(ana, e.event, e.seats, 3)
		s.eventually(2*time.Second, "counted", func() bool {
			a := get[counts](s, "/v1/events/"+e.event+"/availability", "")
			if age := time.Since(a.AsOf); age > 2*time.Second {
				t.Errorf("age: got %v, want at most 2 s", age)
			}
			c := a.Sections[0]
			return c.Sold == 2 && c.Held == 3 && c.Free == 5 && c.Total == 10
		})
		s.refused(404, "", "GET", "/v1/events/evt_00000000000000000000000000/availability", "", nil)
		s.refused(404, "", "GET", "/v1/events/nonsense/availability", "", nil)
	})
	t.Run("seats-say-what-they-are-now", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 4, 5, nil)
		types := get[eventWire](s, "/v1/events/"+e.event, "").TicketTypes
		path := "/v1/events/" + e.event + "/seats"
		named := func(n int) object {
			return object{"eventId": e.event, "payment": ok, "items": list{object{"ticketTypeId": e.seats, "seats": list{object{"sectionId": types[0].SectionIDs[0], "row": "R1", "number": n}}}}}
		}
		s.keyed(201, "POST", "/v1/bookings", ana, named(2))
		s.keyed(201, "POST", "/v1/holds", ana, without(named(3), "payment"))
		rows := get[struct {
			Rows []struct {
				Label string
				Seats []struct {
					Number int
					State  string
				}
			}
		}](s, path+"?section="+types[0].SectionIDs[0], "").Rows
		got := ""
		for _, seat := range rows[0].Seats {
			got += seat.State + " "
		}
		want(t, "states", rows[0].Label+": "+got, "R1: free sold held free ")
		s.refused(422, "", "GET", path+"?section="+types[1].SectionIDs[0], "", nil)
		s.refused(422, "", "GET", path+"?section=sec_00000000000000000000000000", "", nil)
		s.refused(422, "", "GET", path, "", nil)
		s.refused(404, "", "GET", "/v1/events/evt_00000000000000000000000000/seats?section=sec_1", "", nil)
	})
	t.Run("sales", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 1, 10, 5, nil)
		b := s.buy(ana, e.event, e.seats, 3)
		s.buy(ana, e.event, e.floor, 1)
		s.hold(ana, e.event, e.floor, 2)
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", ana, object{"ticketIds": list{b.Tickets[0].ID}})
		s.scan(org, e.event, b.Tickets[1].Code)
		path := "/v1/events/" + e.event + "/sales"
		has(t, "sales", into[object](t, s.must(200, "GET", path, org, nil)), "held", "sold", "left", "revenue", "checkedIn", "byTicketType")
		s.eventually(3*time.Second, "figures", func() bool {
			f := get[struct {
				Held, Sold, Left, CheckedIn int
				Revenue                     cash
				ByTicketType                []struct {
					TicketTypeID string
					Sold         int
				}
			}](s, path, org)
			return f.Held == 2 && f.Sold == 3 && f.Left == 10 && f.CheckedIn == 1 && f.Revenue == cash{12000, "EUR"} && len(f.ByTicketType) == 2
		})
		s.refused(404, "", "GET", path, other, nil)
		s.refused(403, "", "GET", path, ana, nil)
		s.refused(401, "", "GET", path, "", nil)
		s.refused(404, "", "GET", "/v1/events/evt_00000000000000000000000000/sales", org, nil)
	})
	t.Run("me", func(t *testing.T) {
		s := srv.on(t)
		has(t, "user", into[object](t, s.must(200, "GET", "/v1/me", ana, nil)), "id", "email", "name", "roles", "organisations", "createdAt")
		type user struct {
			ID, Email, Name, Locale, Country string
			Roles, Organisations             []string
		}
		me := get[user](s, "/v1/me", ana)
		want(t, "me", me.Email, "ana@one.example")
		want(t, "roles", me.Roles, []string{"attendee"})
		got := into[user](t, s.must(200, "PATCH", "/v1/me", ana, object{"name": "Ana", "locale": "pt-PT", "country": "PT"}))
		want(t, "changed", got.Name+got.Locale+got.Country, "Anapt-PTPT")
		got = into[user](t, s.must(200, "PATCH", "/v1/me", ana, object{"country": nil}))
		want(t, "removed", got.Name+got.Locale+got.Country, "Anapt-PT")
		want(t, "kept", get[user](s, "/v1/me", ana), got)
		for _, wrong := range []object{{"name": nil}, {"name": ""}, {"country": "Portugal"}, {"locale": 5}, {"email": "x@one.example"}, {"roles": list{"admin"}}, {"id": "usr_1"}, {"locale": "???"}, {"name": "A\u0000"}} {
			s.refused(422, "", "PATCH", "/v1/me", ana, wrong)
		}
		s.refused(401, "", "GET", "/v1/me", "", nil)
		s.refused(401, "", "PATCH", "/v1/me", "", object{"name": "A"})
	})
}
