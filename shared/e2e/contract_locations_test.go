package e2e_test

import (
	"strings"
	"testing"
)

func TestContract_Locations(t *testing.T) { onTargets(t, contractLocations) }

func contractLocations(t *testing.T, srv *server) {
	org, other, attendee := srv.token("olga@one.example", "organiser"), srv.orgToken("otto@two.example", "organiser", "two"), srv.token("ana@one.example", "attendee")
	body := object{
		"name": "Große Oper", "address": "Opernring 2", "city": "Wien", "country": "AT", "timeZone": "Europe/Vienna",
		"region": "Wien", "latitude": 48.2, "longitude": 16.37, "externalId": "opera", "halls": list{object{"name": "Saal", "sections": list{
			object{"name": "Parkett", "kind": "seated", "rows": list{object{"label": "A", "seats": 10, "accessible": list{1, 2}}}},
			object{"name": "Stehplatz", "kind": "standing", "capacity": 50},
		}}},
	}
	made := srv.must(201, "POST", "/v1/locations", org, body)
	v := into[locationWire](t, made)

	t.Run("a-created-location-has-every-field-and-its-address", func(t *testing.T) {
		has(t, "location", into[object](t, made), "id", "organisationId", "externalId", "name", "address", "city", "region", "country", "latitude", "longitude", "timeZone", "halls", "version")
		want(t, "organisation", v.OrganisationID, "demo")
		want(t, "kinds", []string{v.Halls[0].Sections[0].Kind, v.Halls[0].Sections[1].Kind}, []string{"seated", "standing"})
		want(t, "row", v.Halls[0].Sections[0].Rows[0].Seats, 10)
		want(t, "accessible", v.Halls[0].Sections[0].Rows[0].Accessible, []int{1, 2})
		want(t, "capacity", v.Halls[0].Sections[1].Capacity, 50)
		if v.Halls[0].ID == "" || v.Halls[0].Version < 1 || v.Halls[0].Sections[0].ID == "" {
			t.Errorf("hall: got %+v, want ids and a version", v.Halls[0])
		}
		if got := made.header.Get("Location"); !strings.HasSuffix(got, "/v1/locations/"+v.ID) {
			t.Errorf("Location: got %q, want the new one's address", got)
		}
	})
	t.Run("anyone-reads-it-with-an-etag", func(t *testing.T) {
		s := srv.on(t)
		a := s.must(200, "GET", "/v1/locations/"+v.ID, "", nil)
		want(t, "location", into[locationWire](t, a), v)
		tag := a.header.Get("ETag")
		if tag == "" {
			t.Error("ETag: got none")
		}
		s.must(304, "GET", "/v1/locations/"+v.ID, "", nil, "If-None-Match", tag)
		s.refused(404, "", "GET", "/v1/locations/loc_00000000000000000000000000", "", nil)
		s.refused(404, "", "GET", "/v1/locations/nonsense", "", nil)
	})
	t.Run("the-same-external-id-again-is-200-with-what-exists", func(t *testing.T) {
		s := srv.on(t)
		again := into[locationWire](t, s.must(200, "POST", "/v1/locations", org, body))
		want(t, "again", again, v)
		theirs := into[locationWire](t, s.must(201, "POST", "/v1/locations", other, body))
		if theirs.ID == v.ID || theirs.OrganisationID != "two" {
			t.Errorf("another organisation's: got %s of %s, want its own", theirs.ID, theirs.OrganisationID)
		}
	})
	t.Run("each-required-field-is-required", func(t *testing.T) {
		s := srv.on(t)
		for _, field := range []string{"name", "address", "city", "country", "timeZone"} {
			a := s.refused(422, "", "POST", "/v1/locations", org, without(without(body, "externalId"), field))
			if !strings.Contains(string(a.body), field) {
				t.Errorf("without %s: got %s, want it named", field, a.body)
			}
		}
	})
	t.Run("wrong-values-are-422", func(t *testing.T) {
		s := srv.on(t)
		plain := without(body, "externalId")
		section := func(v object) object {
			return with(plain, "halls", list{object{"name": "Saal", "sections": list{v}}})
		}
		for name, wrong := range map[string]object{
			"unknown field":       with(plain, "colour", "red"),
			"unknown country":     with(plain, "country", "XX"),
			"long country":        with(plain, "country", "Austria"),
			"unknown zone":        with(plain, "timeZone", "Europe/Nowhere"),
			"offset zone":         with(plain, "timeZone", "+02:00"),
			"local zone":          with(plain, "timeZone", "Local"),
			"latitude":            with(plain, "latitude", 91),
			"longitude":           with(plain, "longitude", -181),
			"latitude alone":      without(plain, "longitude"),
			"empty name":          with(plain, "name", ""),
			"blank name":          with(plain, "name", "   "),
			"name of a number":    with(plain, "name", 7),
			"another's":           with(plain, "organisationId", "two"),
			"hall no sections":    with(plain, "halls", list{object{"name": "Saal"}}),
			"section no kind":     section(object{"name": "A", "capacity": 5}),
			"kind":                section(object{"name": "A", "kind": "flying", "capacity": 5}),
			"no capacity":         section(object{"name": "A", "kind": "standing"}),
			"negative capacity":   section(object{"name": "A", "kind": "standing", "capacity": -1}),
			"standing with rows":  section(object{"name": "A", "kind": "standing", "capacity": 5, "rows": list{object{"label": "A", "seats": 5}}}),
			"seated no rows":      section(object{"name": "A", "kind": "seated"}),
			"seated capacity":     section(object{"name": "A", "kind": "seated", "capacity": 5, "rows": list{object{"label": "A", "seats": 5}}}),
			"row of none":         section(object{"name": "A", "kind": "seated", "rows": list{object{"label": "A", "seats": 0}}}),
			"row twice":           section(object{"name": "A", "kind": "seated", "rows": list{object{"label": "A", "seats": 1}, object{"label": "A", "seats": 1}}}),
			"accessible past row": section(object{"name": "A", "kind": "seated", "rows": list{object{"label": "A", "seats": 2, "accessible": list{3}}}}),
		} {
			a, _ := s.call(t.Context(), "POST", "/v1/locations", org, wrong)
			s.problem(a, 422, "", name)
		}
	})
	t.Run("only-organisers-create", func(t *testing.T) {
		s := srv.on(t)
		s.refused(401, "", "POST", "/v1/locations", "", body)
		s.refused(403, "", "POST", "/v1/locations", attendee, body)
		s.refused(403, "", "POST", "/v1/locations", s.token("sam@one.example", "staff"), body)
	})
	t.Run("a-change-needs-the-current-version-and-its-organisation", func(t *testing.T) {
		s := srv.on(t)
		path := "/v1/locations/" + v.ID
		s.refused(428, "", "PATCH", path, org, object{"name": "Oper"})
		s.refused(412, "", "PATCH", path, org, object{"name": "Oper"}, "If-Match", `"99"`)
		s.refused(404, "", "PATCH", path, other, object{"name": "Oper"}, "If-Match", `"1"`)
		s.refused(403, "", "PATCH", path, attendee, object{"name": "Oper"}, "If-Match", `"1"`)
		s.refused(401, "", "PATCH", path, "", object{"name": "Oper"}, "If-Match", `"1"`)
		tag := s.must(200, "GET", path, "", nil).header.Get("ETag")
		s.refused(422, "", "PATCH", path, org, object{"colour": 1}, "If-Match", tag)
		a := s.must(200, "PATCH", path, org, object{"name": "Oper", "region": nil}, "If-Match", tag)
		got := into[locationWire](t, a)
		want(t, "name", got.Name, "Oper")
		want(t, "region", got.Region, "")
		want(t, "city", got.City, "Wien")
		if a.header.Get("ETag") == tag || a.header.Get("ETag") == "" {
			t.Errorf("ETag: got %q, want a new one", a.header.Get("ETag"))
		}
		s.refused(412, "", "PATCH", path, org, object{"name": "Again"}, "If-Match", tag)
	})
	t.Run("halls-are-added-and-changed", func(t *testing.T) {
		s := srv.on(t)
		path := "/v1/locations/" + v.ID + "/halls"
		floor := object{"name": "Floor", "kind": "standing", "capacity": 9}
		s.refused(404, "", "POST", path, other, object{"name": "Club", "sections": list{floor}})
		s.refused(404, "", "POST", "/v1/locations/loc_00000000000000000000000000/halls", org, object{"name": "Club", "sections": list{floor}})
		s.refused(422, "", "POST", path, org, object{"name": "Club"})
		s.refused(422, "", "POST", path, org, object{"sections": list{floor}})
		a := s.must(201, "POST", path, org, object{"name": "Club", "sections": list{floor}})
		hall := into[hallWire](t, a)
		if hall.ID == "" || hall.Sections[0].ID == "" {
			t.Fatalf("hall: got %s, want ids", a.body)
		}
		one := path + "/" + hall.ID
		s.refused(428, "", "PATCH", one, org, object{"name": "Cellar"})
		tag := a.header.Get("ETag")
		if tag == "" {
			tag = `"1"`
		}
		s.refused(404, "", "PATCH", one, other, object{"name": "Cellar"}, "If-Match", tag)
		s.refused(404, "", "PATCH", path+"/hal_00000000000000000000000000", org, object{"name": "Cellar"}, "If-Match", tag)
		s.refused(412, "", "PATCH", one, org, object{"name": "Cellar"}, "If-Match", `"77"`)
		got := into[hallWire](t, s.must(200, "PATCH", one, org, object{"name": "Cellar", "sections": list{
			object{"id": hall.Sections[0].ID, "name": "Floor", "kind": "standing", "capacity": 12},
		}}, "If-Match", tag))
		want(t, "name", got.Name, "Cellar")
		want(t, "section id", got.Sections[0].ID, hall.Sections[0].ID)
		want(t, "capacity", got.Sections[0].Capacity, 12)
	})
	t.Run("lists-filter-and-page", func(t *testing.T) {
		s := srv.on(t)
		for _, name := range []string{"Alpha Arena", "Beta Arena", "Gamma Arena"} {
			s.venue(org, func(o object) { o["name"], o["country"], o["city"] = name, "PT", "Porto" })
		}
		seen := map[string]bool{}
		for cursor := ""; ; {
			p := get[page[locationWire]](s, "/v1/locations?country=PT&limit=1&cursor="+cursor, "")
			if len(p.Items) > 1 {
				t.Errorf("page: got %d, want at most 1", len(p.Items))
			}
			for _, l := range p.Items {
				if seen[l.ID] || l.Country != "PT" {
					t.Errorf("got %s of %s again or of another country", l.ID, l.Country)
				}
				seen[l.ID] = true
			}
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		want(t, "found", len(seen), 3)
		want(t, "by name", len(get[page[locationWire]](s, "/v1/locations?q=beta%20ar", "").Items), 1)
		want(t, "by nothing known", len(get[page[locationWire]](s, "/v1/locations?q=zzzzz", "").Items), 0)
		for _, query := range []string{"limit=0", "limit=101", "limit=x", "limit=-1", "cursor=nonsense", "country=Austria"} {
			s.refused(422, "", "GET", "/v1/locations?"+query, "", nil)
		}
	})
}
