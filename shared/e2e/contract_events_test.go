package e2e_test

import (
	"strings"
	"testing"
	"time"
)

func TestContract_Events(t *testing.T) { onTargets(t, contractEvents) }

func contractEvents(t *testing.T, srv *server) {
	org, other, attendee := srv.token("olga@one.example", "organiser"), srv.orgToken("otto@two.example", "organiser", "two"), srv.token("ana@one.example", "attendee")
	v := srv.venue(org, nil)
	draft := concert(v, inDays(30), nil)
	nowhere := "/v1/events/evt_00000000000000000000000000"
	tagOf := func(s *server, e string) string {
		return s.must(200, "GET", "/v1/events/"+e, org, nil).header.Get("ETag")
	}
	patch := func(s *server, e string, change object) eventWire {
		return into[eventWire](s.t, s.must(200, "PATCH", "/v1/events/"+e, org, change, "If-Match", tagOf(s, e)))
	}

	t.Run("a-new-event-is-a-draft-with-every-field", func(t *testing.T) {
		s := srv.on(t)
		at := inDays(200)
		a := s.must(201, "POST", "/v1/events", org, concert(v, at, func(o object) {
			o["description"], o["performers"], o["imageUrl"], o["externalId"] = "Two\nlines", list{"Ana", "Bo"}, "https://pictures.example/1.jpg", "x1"
			o["endsAt"], o["doorsAt"], o["onSaleFrom"], o["onSaleUntil"] = stamp(at.Add(time.Hour)), stamp(at.Add(-time.Hour)), stamp(inDays(1)), stamp(at)
			o["cancellation"] = object{"until": stamp(at.AddDate(0, 0, -1))}
		}))
		e := into[object](t, a)
		has(t, "event", e, "id", "organisationId", "externalId", "name", "category", "description", "performers", "imageUrl", "status", "locationId",
			"hallId", "startsAt", "endsAt", "doorsAt", "timeZone", "onSaleFrom", "onSaleUntil", "ticketTypes", "perPerson", "cancellation", "location",
			"availability", "priceFrom", "version")
		want(t, "status", e["status"], any("draft"))
		want(t, "availability", e["availability"], any("notOnSale"))
		want(t, "perPerson", e["perPerson"], any(10.0))
		want(t, "zone", e["timeZone"], any("Europe/Vienna"))
		want(t, "price", e["priceFrom"], any(object{"amount": 3000.0, "currency": "EUR"}))
		has(t, "location", e["location"].(object), "name", "city", "country")
		has(t, "ticket type", e["ticketTypes"].([]any)[0].(object), "id", "name", "price", "sectionIds")
		if got := a.header.Get("Location"); !strings.HasSuffix(got, "/v1/events/"+e["id"].(string)) {
			t.Errorf("Location: got %q, want the event's", got)
		}
	})
	t.Run("drafts-are-their-organisations-alone", func(t *testing.T) {
		s := srv.on(t)
		e := into[eventWire](t, s.must(201, "POST", "/v1/events", org, concert(v, inDays(201), nil)))
		s.must(200, "GET", "/v1/events/"+e.ID, org, nil)
		s.refused(404, "", "GET", "/v1/events/"+e.ID, "", nil)
		s.refused(404, "", "GET", "/v1/events/"+e.ID, other, nil)
		s.refused(404, "", "GET", "/v1/events/"+e.ID, attendee, nil)
		s.refused(404, "", "GET", nowhere, org, nil)
		s.refused(404, "", "GET", "/v1/events/"+e.ID+"/availability", "", nil)
		s.must(200, "POST", "/v1/events/"+e.ID+"/publish", org, nil)
		s.must(200, "GET", "/v1/events/"+e.ID, "", nil)
	})
	t.Run("the-etag-is-version-and-availability", func(t *testing.T) {
		s := srv.on(t)
		e := into[eventWire](t, s.must(201, "POST", "/v1/events", org, concert(v, inDays(202), nil)))
		tag := tagOf(s, e.ID)
		want(t, "ETag", tag, `"1.notOnSale"`)
		s.must(304, "GET", "/v1/events/"+e.ID, org, nil, "If-None-Match", tag)
		s.must(200, "GET", "/v1/events/"+e.ID, org, nil, "If-None-Match", `"0.available"`)
		s.refused(428, "", "PATCH", "/v1/events/"+e.ID, org, object{"name": "B"})
		s.refused(412, "", "PATCH", "/v1/events/"+e.ID, org, object{"name": "B"}, "If-Match", `"7.notOnSale"`)
		// The version alone is compared.
		s.must(200, "PATCH", "/v1/events/"+e.ID, org, object{"name": "B"}, "If-Match", `"1.soldOut"`)
		s.refused(412, "", "PATCH", "/v1/events/"+e.ID, org, object{"name": "C"}, "If-Match", tag)
	})
	t.Run("who-may-not-change-it", func(t *testing.T) {
		s := srv.on(t)
		e := into[eventWire](t, s.must(201, "POST", "/v1/events", org, concert(v, inDays(203), nil)))
		for _, op := range []struct {
			method, path string
			body         any
		}{{"PATCH", "", object{"name": "B"}}, {"POST", "/publish", nil}, {"POST", "/cancel", object{"reason": "rain"}}, {"POST", "/reschedule", object{"startsAt": stamp(inDays(204))}}} {
			s.refused(401, "", op.method, "/v1/events/"+e.ID+op.path, "", op.body, "If-Match", `"1"`)
			s.refused(403, "", op.method, "/v1/events/"+e.ID+op.path, attendee, op.body, "If-Match", `"1"`)
			s.refused(404, "", op.method, "/v1/events/"+e.ID+op.path, other, op.body, "If-Match", `"1"`)
			s.refused(404, "", op.method, nowhere+op.path, org, op.body, "If-Match", `"1"`)
		}
		s.refused(401, "", "POST", "/v1/events", "", draft)
		s.refused(403, "", "POST", "/v1/events", attendee, draft)
		s.must(201, "POST", "/v1/events", other, concert(v, inDays(205), nil)) // in any hall
	})
	t.Run("merge-patch", func(t *testing.T) {
		s := srv.on(t)
		e := into[eventWire](t, s.must(201, "POST", "/v1/events", org, concert(v, inDays(206), func(o object) {
			o["description"], o["performers"], o["perPerson"] = "Long", list{"Ana"}, 4
		})))
		a := s.must(200, "PATCH", "/v1/events/"+e.ID, org, object{"name": "New", "description": nil}, "If-Match", tagOf(s, e.ID))
		got := into[object](t, a)
		want(t, "name", got["name"], any("New"))
		want(t, "description", got["description"], nil)
		want(t, "performers", got["performers"], any([]any{"Ana"}))
		want(t, "null means the default", patch(s, e.ID, object{"perPerson": nil}).PerPerson, 10)
		want(t, "zero means no limit", patch(s, e.ID, object{"perPerson": 0}).PerPerson, 0)
		types := patch(s, e.ID, object{"ticketTypes": list{
			object{"id": e.TicketTypes[0].ID, "name": "Full", "price": object{"amount": 3500, "currency": "EUR"}, "sectionIds": list{v.Halls[0].Sections[0].ID}},
			object{"name": "Child", "price": object{"amount": 1000, "currency": "EUR"}, "sectionIds": list{v.Halls[0].Sections[0].ID}},
		}})
		want(t, "kept id", types.TicketTypes[0].ID, e.TicketTypes[0].ID)
		want(t, "types", len(types.TicketTypes), 2)
		want(t, "cheapest", types.PriceFrom.Amount, int64(1000))
		merge := s.raw("PATCH", "/v1/events/"+e.ID, org, "application/merge-patch+json", strings.NewReader(`{"name":"Merged"}`), "If-Match", tagOf(s, e.ID))
		want(t, "merge patch media type", merge.status, 200)
		for name, wrong := range map[string]object{
			"null for what is required": {"name": nil}, "null start": {"startsAt": nil}, "read only": {"status": "published"}, "id": {"id": "evt_1"},
			"unknown type id":       {"ticketTypes": list{object{"id": "tkt_00000000000000000000000000", "name": "A", "price": object{"amount": 1, "currency": "EUR"}, "sectionIds": list{v.Halls[0].Sections[0].ID}}}},
			"unknown hall":          {"hallId": "hal_00000000000000000000000000"},
			"end before the start":  {"endsAt": stamp(inDays(1))},
			"start in the past":     {"startsAt": stamp(inDays(-1))},
			"number for the name":   {"name": 5},
			"unknown field":         {"nam": "B"},
			"doors after the start": {"doorsAt": stamp(inDays(300))},
		} {
			a, _ := s.call(t.Context(), "PATCH", "/v1/events/"+e.ID, org, wrong, "If-Match", tagOf(s, e.ID))
			s.problem(a, 422, "", name)
		}
	})
	t.Run("wrong-values-are-422", func(t *testing.T) {
		s := srv.on(t)
		price := func(v any) object {
			return with(draft, "ticketTypes", list{object{"name": "A", "price": v, "sectionIds": draft["ticketTypes"].(list)[0].(object)["sectionIds"]}})
		}
		for name, wrong := range map[string]object{
			"no name": without(draft, "name"), "no category": without(draft, "category"), "no location": without(draft, "locationId"),
			"no hall": without(draft, "hallId"), "no start": without(draft, "startsAt"), "unknown category": with(draft, "category", "party"),
			"unknown hall":     with(draft, "hallId", "hal_00000000000000000000000000"),
			"unknown location": with(draft, "locationId", "loc_00000000000000000000000000"),
			"broken location":  with(draft, "locationId", "there"),
			"end before start": with(draft, "endsAt", stamp(inDays(29))),
			"end at start":     with(draft, "endsAt", draft["startsAt"]),
			"start past":       with(draft, "startsAt", stamp(inDays(-1))),
			"start no time":    with(draft, "startsAt", "tomorrow"), "start a date": with(draft, "startsAt", "2030-01-01"),
			"start year 9999":     with(draft, "startsAt", "9999-01-01T00:00:00Z"),
			"section in no hall":  with(draft, "ticketTypes", list{object{"name": "A", "price": object{"amount": 1, "currency": "EUR"}, "sectionIds": list{"sec_00000000000000000000000000"}}}),
			"no sections":         with(draft, "ticketTypes", list{object{"name": "A", "price": object{"amount": 1, "currency": "EUR"}, "sectionIds": list{}}}),
			"negative price":      price(object{"amount": -1, "currency": "EUR"}),
			"price of a fraction": price(object{"amount": 1.5, "currency": "EUR"}),
			"price as text":       price(object{"amount": "1", "currency": "EUR"}),
			"huge price":          price(object{"amount": 1e30, "currency": "EUR"}),
			"unknown currency":    price(object{"amount": 1, "currency": "ZZZ"}),
			"small currency":      price(object{"amount": 1, "currency": "eur"}),
			"no currency":         price(object{"amount": 1}),
			"negative limit":      with(draft, "perPerson", -1),
			"unknown field":       with(draft, "sold", 3),
			"read only":           with(draft, "status", "published"),
			"sale ends first":     with(with(draft, "onSaleFrom", stamp(inDays(20))), "onSaleUntil", stamp(inDays(10))),
			"picture no link":     with(draft, "imageUrl", "javascript:alert(1)"),
			"another's":           with(draft, "organisationId", "two"),
			"control characters":  with(draft, "name", "A\x00B"),
		} {
			a, _ := s.call(t.Context(), "POST", "/v1/events", org, wrong)
			s.problem(a, 422, "", name)
		}
	})
	t.Run("an-external-id-may-start-in-the-past-and-comes-once", func(t *testing.T) {
		s := srv.on(t)
		body := concert(v, inDays(-400), func(o object) { o["externalId"] = "old" })
		e := into[eventWire](t, s.must(201, "POST", "/v1/events", org, body))
		again := into[eventWire](t, s.must(200, "POST", "/v1/events", org, with(body, "name", "Other")))
		want(t, "again", []string{again.ID, again.Name}, []string{e.ID, "Concert"})
		theirs := into[eventWire](t, s.must(201, "POST", "/v1/events", other, with(body, "startsAt", stamp(inDays(-500)))))
		if theirs.ID == e.ID {
			t.Error("another organisation's externalId: got the same event, want its own")
		}
	})
}
