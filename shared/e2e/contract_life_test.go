package e2e_test

import (
	"context"
	"sync"
	"testing"
	"time"
)

func TestContract_EventLife(t *testing.T) { onTargets(t, contractEventLife) }

func contractEventLife(t *testing.T, srv *server) {
	org, user := srv.token("olga@one.example", "organiser"), srv.token("ana@one.example", "attendee")
	v := srv.venue(org, nil)
	make1 := func(s *server, at time.Time, edit func(object)) eventWire {
		s.t.Helper()
		return into[eventWire](s.t, s.must(201, "POST", "/v1/events", org, concert(v, at, edit)))
	}
	post := func(s *server, status int, e, what string, body any) eventWire {
		s.t.Helper()
		return into[eventWire](s.t, s.must(status, "POST", "/v1/events/"+e+"/"+what, org, body))
	}

	t.Run("a-hall-is-taken-for-three-hours-and-back-to-back-is-allowed", func(t *testing.T) {
		s := srv.on(t)
		at := inDays(40)
		make1(s, at, nil) // drafts occupy it, too
		s.refused(409, "hallTaken", "POST", "/v1/events", org, concert(v, at.Add(3*time.Hour-time.Second), nil))
		s.refused(409, "hallTaken", "POST", "/v1/events", org, concert(v, at.Add(-3*time.Hour+time.Second), nil))
		s.refused(409, "hallTaken", "POST", "/v1/events", org, concert(v, at, nil))
		make1(s, at.Add(3*time.Hour), nil)
		make1(s, at.Add(-time.Hour), func(o object) { o["endsAt"] = stamp(at) })
	})
	t.Run("a-move-into-a-taken-hall-is-409", func(t *testing.T) {
		s := srv.on(t)
		at := inDays(50)
		make1(s, at, nil)
		e := make1(s, at.AddDate(0, 0, 1), nil)
		s.refused(409, "hallTaken", "PATCH", "/v1/events/"+e.ID, org, object{"startsAt": stamp(at)}, "If-Match", `"1"`)
		post(s, 200, e.ID, "publish", nil)
		s.refused(409, "hallTaken", "POST", "/v1/events/"+e.ID+"/reschedule", org, object{"startsAt": stamp(at)})
		want(t, "unmoved", get[eventWire](s, "/v1/events/"+e.ID, "").StartsAt, stamp(at.AddDate(0, 0, 1)))
	})
	t.Run("cancelled-events-free-the-hall", func(t *testing.T) {
		s := srv.on(t)
		at := inDays(60)
		e := make1(s, at, nil)
		post(s, 200, e.ID, "publish", nil)
		s.refused(409, "hallTaken", "POST", "/v1/events", org, concert(v, at, nil))
		post(s, 200, e.ID, "cancel", object{"reason": "rain"})
		make1(s, at, nil)
	})
	t.Run("of-parallel-overlapping-requests-one-wins", func(t *testing.T) {
		s := srv.on(t)
		at := inDays(70)
		var wg sync.WaitGroup
		statuses := make([]int, 30)
		for i := range statuses {
			wg.Go(func() {
				if a, err := s.call(context.Background(), "POST", "/v1/events", org, concert(v, at.Add(time.Duration(i)*time.Minute), nil)); err == nil {
					statuses[i] = a.status
				}
			})
		}
		wg.Wait()
		count := map[int]int{}
		for _, status := range statuses {
			count[status]++
		}
		want(t, "answers", count, map[int]int{201: 1, 409: 29})
	})
	t.Run("publish-cancel-and-reschedule", func(t *testing.T) {
		s := srv.on(t)
		e := make1(s, inDays(80), nil)
		s.refused(409, "", "POST", "/v1/events/"+e.ID+"/reschedule", org, object{"startsAt": stamp(inDays(81))})
		one := post(s, 200, e.ID, "publish", nil)
		want(t, "status", one.Status, "published")
		want(t, "availability", one.Availability, "available")
		want(t, "again", post(s, 200, e.ID, "publish", nil).Version, one.Version)
		later := object{"startsAt": stamp(inDays(82)), "endsAt": stamp(inDays(82).Add(time.Hour))}
		moved := post(s, 200, e.ID, "reschedule", later)
		want(t, "moved", moved.StartsAt, later["startsAt"])
		again := post(s, 200, e.ID, "reschedule", later)
		want(t, "again", again.Version, moved.Version)
		for name, wrong := range map[string]object{
			"past": {"startsAt": stamp(inDays(-1))}, "end first": {"startsAt": stamp(inDays(83)), "endsAt": stamp(inDays(82))},
			"none": {}, "unknown field": {"startsAt": stamp(inDays(83)), "why": "x"},
		} {
			a, _ := s.call(t.Context(), "POST", "/v1/events/"+e.ID+"/reschedule", org, wrong)
			s.problem(a, 422, "", name)
		}
		s.refused(422, "", "POST", "/v1/events/"+e.ID+"/cancel", org, object{})
		s.refused(422, "", "POST", "/v1/events/"+e.ID+"/cancel", org, object{"reason": ""})
		gone := post(s, 200, e.ID, "cancel", object{"reason": "rain"})
		want(t, "cancelled", []string{gone.Status, gone.Availability}, []string{"cancelled", "cancelled"})
		want(t, "again", post(s, 200, e.ID, "cancel", object{"reason": "rain"}).Version, gone.Version)
		s.refused(409, "", "POST", "/v1/events/"+e.ID+"/publish", org, nil)
		s.refused(409, "", "POST", "/v1/events/"+e.ID+"/reschedule", org, object{"startsAt": stamp(inDays(84))})
		s.refused(409, "", "PATCH", "/v1/events/"+e.ID, org, object{"name": "B"}, "If-Match", s.must(200, "GET", "/v1/events/"+e.ID, "", nil).header.Get("ETag"))
	})
	t.Run("nothing-to-sell-cannot-be-published", func(t *testing.T) {
		s := srv.on(t)
		e := make1(s, inDays(90), func(o object) { delete(o, "ticketTypes") })
		s.refused(409, "", "POST", "/v1/events/"+e.ID+"/publish", org, nil)
	})
	t.Run("sales-windows-decide-what-is-on-sale", func(t *testing.T) {
		s := srv.on(t)
		later := s.open(org, 1, 5, 5, func(o object) { o["onSaleFrom"] = stamp(inDays(1)) })
		want(t, "before", get[eventWire](s, "/v1/events/"+later.event, "").Availability, "notOnSale")
		s.refusedKeyed(409, "notOnSale", "/v1/holds", user, want1(later.event, later.floor, 1))
		past := s.open(org, 1, 5, 5, func(o object) { o["onSaleUntil"] = stamp(time.Now().Add(-time.Minute)) })
		want(t, "after", get[eventWire](s, "/v1/events/"+past.event, "").Availability, "notOnSale")
		s.refusedKeyed(409, "notOnSale", "/v1/holds", user, want1(past.event, past.floor, 1))
		kind := s.open(org, 1, 5, 5, func(o object) { o["ticketTypes"].(list)[0].(object)["salesFrom"] = stamp(inDays(1)) })
		s.refusedKeyed(409, "notOnSale", "/v1/holds", user, want1(kind.event, kind.seats, 1))
		s.hold(user, kind.event, kind.floor, 1)
	})
	t.Run("a-change-that-strands-sold-seats-is-409", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 10, 10, nil)
		s.buy(user, e.event, e.floor, 10)
		s.buy(user, e.event, e.seats, 10)
		s.buy(user, e.event, e.seats, 9)
		s.eventually(5*time.Second, "few left", func() bool { return get[eventWire](s, "/v1/events/"+e.event, "").Availability == "few" })
		s.buy(user, e.event, e.seats, 1)
		s.eventually(5*time.Second, "sold out", func() bool { return get[eventWire](s, "/v1/events/"+e.event, "").Availability == "soldOut" })
		a := s.must(200, "GET", "/v1/events/"+e.event, org, nil)
		seats := into[eventWire](t, a).TicketTypes[0]
		s.refused(409, "seatsSold", "PATCH", "/v1/events/"+e.event, org, object{"ticketTypes": list{object{
			"id": seats.ID, "name": "Seat",
			"price": object{"amount": 1, "currency": "EUR"}, "sectionIds": seats.SectionIDs,
		}}}, "If-Match", a.header.Get("ETag"))
	})
	t.Run("cancelling-an-event-refunds-its-bookings", func(t *testing.T) {
		s := srv.on(t)
		e := s.open(org, 2, 5, 5, nil)
		b, h := s.buy(user, e.event, e.floor, 2), s.hold(user, e.event, e.floor, 1)
		post(s, 200, e.event, "cancel", object{"reason": "rain"})
		s.eventually(5*time.Second, "refunded", func() bool {
			got := get[bookingWire](s, "/v1/bookings/"+b.ID, user)
			return got.Status == "cancelled" && got.Refunded != nil && *got.Refunded == b.Total && got.Tickets[0].Status == "cancelled"
		})
		s.refusedKeyed(409, "", "/v1/holds", user, want1(e.event, e.floor, 1))
		s.refusedKeyed(409, "", "/v1/bookings", user, object{"hold": h.Token, "payment": ok})
	})
	t.Run("categories-are-listed-with-counts", func(t *testing.T) {
		s := srv.on(t)
		have := map[string]int{}
		for _, c := range get[page[struct {
			ID, Name string
			Count    int
		}]](s, "/v1/categories", "").Items {
			have[c.ID] = c.Count
			if c.Name == "" {
				t.Errorf("%s: got no name", c.ID)
			}
		}
		for _, id := range []string{"concert", "carnival", "circus", "theatre", "opera", "musical", "festival", "sport", "conference", "exhibition", "other"} {
			if _, ok := have[id]; !ok {
				t.Errorf("got no %s", id)
			}
		}
		if have["concert"] < 1 || have["circus"] != 0 {
			t.Errorf("counts: got %v, want concerts and no circus", have)
		}
	})
}
