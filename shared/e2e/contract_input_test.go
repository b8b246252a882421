package e2e_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

func TestContract_Input(t *testing.T) { onTargets(t, contractInput) }

func contractInput(t *testing.T, srv *server) {
	org, ana := srv.token("olga@one.example", "organiser"), srv.token("ana@one.example", "attendee")
	e := srv.open(org, 1, 5, 50, nil)
	b := srv.buy(ana, e.event, e.floor, 2)
	v := get[eventWire](srv, "/v1/events/"+e.event, "")
	ticket := "/v1/bookings/" + b.ID + "/tickets/" + b.Tickets[0].ID
	json1 := "application/json"
	post := func(s *server, contentType string, body []byte) answer {
		s.t.Helper()
		name, value := key()
		return s.raw("POST", "/v1/holds", ana, contentType, bytes.NewReader(body), name, value)
	}

	t.Run("unknown-routes-and-methods", func(t *testing.T) {
		s := srv.on(t)
		for _, path := range []string{"/v1", "/v1/", "/v1/nothing", "/v1/events/x/y/z", "/v2/events", "/v1//events", "/v1/events/", "/v1/events/../me", "/v1/%2e%2e/me", "/v1/events/%00"} {
			for _, method := range []string{"POST", "DELETE"} {
				a := s.raw(method, path, org, "", nil)
				if a.status != 404 && a.status != 405 {
					t.Errorf("%s %s: got %d, want 404 or 405", method, path, a.status)
				}
				s.problem(a, a.status, "", method+" "+path)
			}
			if strings.HasPrefix(path, "/v1") {
				s.problem(s.raw("GET", path, org, "", nil), 404, "", "GET "+path)
			}
		}
		for _, c := range []struct{ method, path, allow string }{
			{"PUT", "/v1/events", "POST"},
			{"DELETE", "/v1/events/" + e.event, "PATCH"},
			{"GET", "/v1/check-ins", "POST"},
			{"POST", "/v1/me", "PATCH"},
			{"PATCH", "/v1/holds", "POST"},
			{"TRACE", "/v1/me", "GET"},
			{"BREW", "/v1/me", "GET"},
			{"GET", "/v1/holds/x/extend", "POST"},
		} {
			a := s.raw(c.method, c.path, org, "", nil)
			s.problem(a, 405, "", c.method+" "+c.path)
			if !s.behindGateway && !strings.Contains(a.header.Get("Allow"), c.allow) {
				t.Errorf("%s %s: Allow: got %q, want %s in it", c.method, c.path, a.header.Get("Allow"), c.allow)
			}
		}
	})
	t.Run("head-options-and-no-cors", func(t *testing.T) {
		s := srv.on(t)
		a := s.raw("HEAD", "/v1/events/"+e.event, "", "", nil)
		if !s.behindGateway { // which has no routes for HEAD
			want(t, "HEAD", []int{a.status, len(a.body)}, []int{200, 0})
		}
		o := s.raw("OPTIONS", "/v1/events", "", "", nil, "Origin", "https://evil.example", "Access-Control-Request-Method", "POST")
		if o.status >= 500 || o.status == 200 && o.header.Get("Allow") == "" {
			t.Errorf("OPTIONS: got %d, want it refused or answered with Allow", o.status)
		}
		g := s.raw("GET", "/v1/events", "", "", nil, "Origin", "https://evil.example")
		for _, h := range []http.Header{a.header, o.header, g.header} {
			for name := range h {
				if strings.HasPrefix(name, "Access-Control-") {
					t.Errorf("got %s, want no CORS", name)
				}
			}
		}
	})
	t.Run("media-types", func(t *testing.T) {
		s := srv.on(t)
		body, _ := json.Marshal(want1(e.event, e.floor, 1))
		for _, kind := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "application/json; charset=latin1", "nonsense", "application/cbor"} {
			s.problem(post(s, kind, body), 415, "", kind)
		}
		for _, kind := range []string{json1, "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"} {
			want(t, kind, post(s, kind, body).status, 201)
		}
	})
	t.Run("what-is-no-json-is-400", func(t *testing.T) {
		s := srv.on(t)
		for name, body := range map[string]string{
			"empty": "", "broken": `{"eventId":`, "text": "hello", "two": "{}{}", "trailing": `{"a":1,}`, "single quotes": "{'a':1}",
			"invalid UTF-8": "{\"eventId\":\"\xff\xfe\"}", "bare NUL": "{\"eventId\":\"\x00\"}", "only spaces": "   ", "NaN": `{"eventId":NaN}`, "BOM": "\xef\xbb\xbf{}", "deep": strings.Repeat("[", 30_000),
		} {
			s.problem(post(s, json1, []byte(body)), 400, "", name)
		}
	})
	t.Run("wrong-shapes-are-422", func(t *testing.T) {
		s := srv.on(t)
		items := fmt.Sprintf(`"items":[{"ticketTypeId":%q,"quantity":1}]`, e.floor)
		for _, body := range []string{
			"null", "[]", "1", `"x"`, "true", "{}", `{"eventId":null,` + items + `}`, `{"eventId":1,` + items + `}`, `{"eventId":{},` + items + `}`,
			fmt.Sprintf(`{"eventId":%q,"items":null}`, e.event), fmt.Sprintf(`{"eventId":%q,"items":{}}`, e.event), fmt.Sprintf(`{"eventId":%q,"items":[null]}`, e.event),
			fmt.Sprintf(`{"eventId":%q,"items":[{"ticketTypeId":%q,"quantity":1e400}]}`, e.event, e.floor), fmt.Sprintf(`{"eventId":%q,"items":[{"ticketTypeId":%q,"quantity":-1}]}`, e.event, e.floor),
			fmt.Sprintf(`{"eventId":%q,"items":[{"ticketTypeId":%q,"quantity":99999999999999999999}]}`, e.event, e.floor), fmt.Sprintf(`{"eventId":%q,"items":[{"ticketTypeId":%q,"quantity":"1"}]}`, e.event, e.floor),
			fmt.Sprintf(`{"eventId":%q,%s,"EVENTID":"x"}`, e.event, items), fmt.Sprintf(`{"eventId":"a\u0000b",%s}`, items), fmt.Sprintf(`{"eventId":%q,%s}`, strings.Repeat("x", 10_000), items),
			`{"a":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`,
		} {
			s.problem(post(s, json1, []byte(body)), 422, "", body[:min(len(body), 90)])
		}
	})
	t.Run("over-64-kB-is-413", func(t *testing.T) {
		s := srv.on(t)
		big := func(n int) []byte {
			return []byte(`{"name":"` + strings.Repeat("x", n-11) + `"}`)
		}
		name, value := key()
		for _, n := range []int{64<<10 + 1, 10 << 20} {
			s.problem(s.raw("POST", "/v1/holds", ana, json1, bytes.NewReader(big(n)), name, value), 413, "", "with a length")
			s.problem(s.raw("POST", "/v1/holds", ana, json1, chunked(big(n)), name, value), 413, "", "chunked")
			s.problem(s.raw("PATCH", "/v1/me", ana, json1, chunked(big(n))), 413, "", "PATCH")
		}
		for _, body := range [][]byte{big(64_000), big(64 << 10)} {
			s.problem(s.raw("PATCH", "/v1/me", ana, json1, chunked(body)), 422, "", "at most 64 kB")
		}
	})
	t.Run("tokens", func(t *testing.T) {
		s := srv.on(t)
		parts := strings.Split(ana, ".")
		enc := base64.RawURLEncoding.EncodeToString
		claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var c map[string]any
		if err := json.Unmarshal(claims, &c); err != nil {
			t.Fatal(err)
		}
		admin, _ := json.Marshal(with(c, "roles", list{"admin"}))
		expired, _ := json.Marshal(with(c, "exp", 1))
		hs := enc([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + parts[1]
		mac := hmac.New(sha256.New, []byte("secret"))
		mac.Write([]byte(hs))
		for name, token := range map[string]string{
			"nonsense": "nonsense", "dots": "a.b.c", "cut": ana[:len(ana)-2], "no signature": parts[0] + "." + parts[1] + ".",
			"none": enc([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "another's roles": parts[0] + "." + enc(admin) + "." + parts[2],
			"expired": parts[0] + "." + enc(expired) + "." + parts[2], "symmetric": hs + "." + enc(mac.Sum(nil)), "huge": strings.Repeat("a", 8000), "dotted": strings.Repeat(".", 50),
		} {
			for _, path := range []string{"/v1/me", "/v1/events", "/v1/events/" + e.event} {
				a := s.raw("GET", path, token, "", nil)
				s.problem(a, 401, "", name+" "+path)
				if a.status == 401 && a.header.Get("WWW-Authenticate") == "" {
					t.Errorf("%s: got no WWW-Authenticate", name)
				}
			}
		}
		for _, header := range []string{"Basic YTpi", ana, "Bearer", "Bearer  ", "bearer x y"} {
			s.problem(s.raw("GET", "/v1/me", "", "", nil, "Authorization", header), 401, "", header[:min(len(header), 12)])
		}
		want(t, "any case", s.raw("GET", "/v1/me", "", "", nil, "Authorization", "bearer "+ana).status, 200)
	})
	t.Run("values-are-never-echoed", func(t *testing.T) {
		s := srv.on(t)
		const secret = "s3cr3tvalue"
		header, value := key()
		for _, a := range []answer{
			s.raw("POST", "/v1/locations", org, json1, strings.NewReader(`{"name":5,"address":"`+secret+`\u0000","country":"`+secret+`","timeZone":"`+secret+`"}`)),
			s.raw("POST", "/v1/holds", ana, json1, strings.NewReader(`{"eventId":"`+secret+`","items":[{"ticketTypeId":"`+secret+`","quantity":1}]}`), header, value),
			s.raw("GET", "/v1/events?limit="+secret+"&from="+secret+"&near="+secret, "", "", nil),
			s.raw("GET", "/v1/events/"+secret, "", "", nil), s.raw("GET", "/"+"v1/"+secret, "", "", nil), s.raw("GET", "/v1/me", secret, "", nil),
			s.raw("POST", "/v1/bookings", ana, json1, strings.NewReader(`{"hold":"`+secret+`","payment":{"method":"test","token":"`+secret+`"}}`), header, value+"b"),
		} {
			if a.status < 400 || strings.Contains(string(a.body), secret) {
				t.Errorf("got %d %s, want a problem without the value", a.status, a.body)
			}
		}
		a := s.raw("PATCH", "/v1/me", ana, json1, strings.NewReader(`{"country":"Nowhere"}`))
		var p struct {
			Errors []struct{ Location, Message string }
		}
		if err := json.Unmarshal(a.body, &p); err != nil || len(p.Errors) != 1 || !strings.HasSuffix(p.Errors[0].Location, "country") || p.Errors[0].Message == "" {
			t.Errorf("got %s, want the field's location and a message", a.body)
		}
	})
	t.Run("no-input-is-ever-a-5xx", func(t *testing.T) {
		s := srv.on(t)
		operations := []struct{ method, path string }{
			{"POST", "/v1/events"},
			{"PATCH", "/v1/events/" + e.event},
			{"POST", "/v1/events/" + e.event + "/reschedule"},
			{"POST", "/v1/locations"},
			{"PATCH", "/v1/locations/" + v.LocationID},
			{"POST", "/v1/locations/" + v.LocationID + "/halls"},
			{"PATCH", "/v1/locations/" + v.LocationID + "/halls/" + v.HallID},
			{"POST", "/v1/holds"},
			{"POST", "/v1/bookings"},
			{"POST", "/v1/bookings/" + b.ID + "/cancel"},
			{"PATCH", ticket},
			{"PATCH", "/v1/me"},
			{"POST", "/v1/check-ins"},
			{"PATCH", "/v1/tickets/x"},
			{"POST", ticket + "/share"},
			{"POST", "/v1/holds/x/extend"},
			{"POST", "/v1/events/" + e.event + "/cancel"},
		}
		fields := []string{
			"name", "category", "locationId", "hallId", "startsAt", "endsAt", "ticketTypes", "perPerson", "cancellation", "address", "city", "country", "timeZone", "latitude",
			"halls", "sections", "eventId", "items", "hold", "payment", "attendees", "ticketIds", "attendee", "code", "locale", "externalId", "performers", "imageUrl",
		}
		values := []string{
			"null", "0", "-1", "1e308", "1e999", "-0.5", "9223372036854775808", `""`, `" "`, `"\u0000"`, `"\ud800"`, "\"\xff\"", "true", "[]", "{}", "[[]]", `[{"a":1}]`, `[null]`,
			`"9999-12-31T23:59:60Z"`, `"0000-00-00T00:00:00Z"`, `{"":0}`, strings.Repeat("[", 2000) + strings.Repeat("]", 2000), `"` + strings.Repeat("é", 30_000) + `"`, `"'; DROP TABLE events;--"`, `"../../etc/passwd"`,
		}
		header, k := key()
		n := 0
		for i, op := range operations {
			for j, f := range fields {
				for l, value := range values {
					if (i+j+l)%3 != 0 { // a third of all, in every combination of two
						continue
					}
					n++
					a := s.raw(op.method, op.path, org, json1, strings.NewReader(`{"`+f+`":`+value+`}`), header, fmt.Sprint(k, "-", n), "If-Match", `"1"`)
					if a.status >= 500 {
						t.Errorf("%s %s {%q: %.40s}: got %d\n%s", op.method, op.path, f, value, a.status, a.body)
					}
				}
			}
		}
		for _, id := range []string{"%00", "%ff", "..%2f..", "-1", "0", strings.Repeat("a", 4000), "evt_", "%F0%9F%8E%AB", "evt_01%20", "'", "bkg_" + strings.Repeat("Z", 39), "loc_" + strings.Repeat("7", 26), "null"} {
			for _, path := range []string{
				"/v1/events/%s", "/v1/events/%s/availability", "/v1/events/%s/seats?section=%[1]s", "/v1/events/%s/sales", "/v1/events/%s/bookings", "/v1/locations/%s",
				"/v1/holds/%s", "/v1/bookings/%s", "/v1/bookings/%s/cancel-quote", "/v1/bookings/%s/tickets/%[1]s/qr.svg", "/v1/tickets/%s", "/v1/tickets/%s/calendar.ics", "/v1/events?q=%s&city=%[1]s",
				"/v1/events?cursor=%s", "/v1/bookings?cursor=%s", "/v1/locations?cursor=%s",
			} {
				a := s.raw("GET", fmt.Sprintf(path, id), org, "", nil)
				if !slices.Contains([]int{200, 400, 404, 422}, a.status) {
					t.Errorf("GET %s of %.20s: got %d\n%s", path, id, a.status, a.body)
				}
			}
		}
		for _, k := range []string{strings.Repeat("k", 300), "a b", "é", "\xff"} {
			a := s.raw("POST", "/v1/holds", ana, json1, strings.NewReader("{}"), "Idempotency-Key", k)
			if a.status != 422 && a.status != 400 {
				t.Errorf("Idempotency-Key %.10q: got %d, want 422", k, a.status)
			}
		}
		for _, tag := range []string{"*", "x", `W/"1"`, `"-1"`, `"99999999999999999999"`, `"1", "2"`, strings.Repeat("x", 300)} {
			a := s.raw("PATCH", "/v1/events/"+e.event, org, json1, strings.NewReader(`{"perPerson":-5}`), "If-Match", tag)
			if a.status != 412 && a.status != 422 {
				t.Errorf("If-Match %.10s: got %d, want 412 or 422", tag, a.status)
			}
		}
		want(t, "alive", s.raw("GET", "/healthz", "", "", nil).status, 200)
		t.Logf("%d bodies", n)
	})
}
