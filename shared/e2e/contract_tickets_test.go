package e2e_test

import (
	"crypto/ed25519"
	"encoding/base32"
	"encoding/base64"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// door is what a scan answers.
type door struct {
	TicketID, Result, Reason string
	At                       time.Time
	Attendee                 *struct{ Name, Email string }
}

func (s *server) scan(token, event, code string) door {
	s.t.Helper()
	return into[door](s.t, s.must(200, "POST", "/v1/check-ins", token, object{"eventId": event, "code": code}))
}

func TestContract_Tickets(t *testing.T) { onTargets(t, contractTickets) }

func contractTickets(t *testing.T, srv *server) {
	org, staff := srv.token("olga@one.example", "organiser"), srv.token("sam@one.example", "staff")
	ana, bob := srv.token("ana@one.example", "attendee"), srv.token("bob@one.example", "attendee")
	e := srv.open(org, 2, 10, 100, nil)

	t.Run("a-rename-renews-the-code", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.seats, 2)
		path := "/v1/bookings/" + b.ID + "/tickets/" + b.Tickets[0].ID
		to := object{"attendee": object{"name": "Eva", "email": "eva@one.example"}}
		got := into[ticketWire](t, s.must(200, "PATCH", path, ana, to))
		want(t, "attendee", got.Attendee.Name+" "+got.Attendee.Email, "Eva eva@one.example")
		if got.Code == b.Tickets[0].Code || got.Code == "" {
			t.Errorf("code: got %q, want a new one", got.Code)
		}
		want(t, "the other's code", get[bookingWire](s, "/v1/bookings/"+b.ID, ana).Tickets[1].Code, b.Tickets[1].Code)
		old := s.scan(staff, e.event, b.Tickets[0].Code)
		want(t, "the old code", old.Result+" "+old.Reason, "refused renewed")
		want(t, "the new code", s.scan(staff, e.event, got.Code).Result, "admitted")
		s.refused(404, "", "PATCH", path, bob, to)
		s.refused(404, "", "PATCH", path, org, to)
		s.refused(401, "", "PATCH", path, "", to)
		s.refused(404, "", "PATCH", "/v1/bookings/"+b.ID+"/tickets/tic_nonsense", ana, to)
		s.refused(409, "", "PATCH", path, ana, to) // it was used
		second := "/v1/bookings/" + b.ID + "/tickets/" + b.Tickets[1].ID
		for _, wrong := range []object{
			{},
			{"attendee": object{}},
			{"attendee": object{"name": ""}},
			{"attendee": object{"name": "A", "email": "x"}},
			{"attendee": object{"name": "A", "role": "x"}},
			{"attendee": object{"name": "A"}, "status": "valid"},
			{"attendee": nil},
		} {
			s.refused(422, "", "PATCH", second, ana, wrong)
		}
	})
	t.Run("the-picture-and-the-calendar", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.floor, 1)
		path := "/v1/bookings/" + b.ID + "/tickets/" + b.Tickets[0].ID
		svg := s.must(200, "GET", path+"/qr.svg", ana, nil)
		if !strings.HasPrefix(svg.header.Get("Content-Type"), "image/svg+xml") || !strings.Contains(string(svg.body), "<svg") {
			t.Errorf("qr.svg: got %s %.30s", svg.header.Get("Content-Type"), svg.body)
		}
		ics := s.must(200, "GET", path+"/calendar.ics", ana, nil)
		if !strings.HasPrefix(ics.header.Get("Content-Type"), "text/calendar") || !strings.HasPrefix(string(ics.body), "BEGIN:VCALENDAR\r\n") {
			t.Errorf("calendar.ics: got %s %.30s", ics.header.Get("Content-Type"), ics.body)
		}
		for _, kind := range []string{"/qr.svg", "/calendar.ics"} {
			s.refused(404, "", "GET", path+kind, bob, nil)
			s.refused(401, "", "GET", path+kind, "", nil)
		}
	})
	t.Run("a-link-opens-one-ticket-for-one-peer", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.floor, 2)
		path := "/v1/bookings/" + b.ID + "/tickets/" + b.Tickets[0].ID
		share := func() (token string) {
			t.Helper()
			l := into[struct{ Token, URL string }](t, s.must(200, "POST", path+"/share", ana, nil))
			if !strings.Contains(l.URL, l.Token) || l.Token == "" {
				t.Errorf("link: got %+v, want a URL with the token", l)
			}
			return "/v1/tickets/" + l.Token
		}
		s.refused(404, "", "POST", path+"/share", bob, nil)
		s.refused(401, "", "POST", path+"/share", "", nil)
		link := share()
		a := s.must(200, "GET", link, "", nil)
		if strings.Contains(string(a.body), b.Tickets[1].ID) || strings.Contains(string(a.body), b.Tickets[1].Code) || strings.Contains(string(a.body), "ana@") {
			t.Errorf("link: got %s, want nothing else of the booking", a.body)
		}
		seen := into[struct {
			Ticket ticketWire
			Event  struct{ Name string }
		}](t, a)
		want(t, "ticket", seen.Ticket.ID+seen.Ticket.Code, b.Tickets[0].ID+b.Tickets[0].Code)
		want(t, "event", seen.Event.Name, "Night of fado")
		s.must(200, "GET", link+"/qr.svg", "", nil)
		s.must(200, "GET", link+"/calendar.ics", "", nil)
		named := into[struct{ Ticket ticketWire }](t, s.must(200, "PATCH", link, "", object{"attendee": object{"name": "Peer"}})).Ticket
		want(t, "named", named.Attendee.Name, "Peer")
		want(t, "renewed", named.Code != b.Tickets[0].Code && named.Code != "", true)
		want(t, "the buyer sees", get[bookingWire](s, "/v1/bookings/"+b.ID, ana).Tickets[0].Attendee.Name, "Peer")
		s.must(200, "GET", link, "", nil) // it stays the peer's
		s.refused(422, "", "PATCH", link, "", object{"attendee": object{"name": ""}})
		newer := share()
		gone := func(link string) {
			t.Helper()
			for _, kind := range []string{"", "/qr.svg", "/calendar.ics"} {
				s.refused(404, "", "GET", link+kind, "", nil)
			}
			s.refused(404, "", "PATCH", link, "", object{"attendee": object{"name": "Late"}})
		}
		gone(link)
		s.must(200, "PATCH", path, ana, object{"attendee": object{"name": "Ana"}})
		gone(newer)
		last := share()
		s.must(200, "GET", last, "", nil)
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", ana, object{"ticketIds": list{b.Tickets[0].ID}})
		gone(last)
		gone("/v1/tickets/nonsense")
		s.refused(409, "", "POST", path+"/share", ana, nil)
		s.refused(409, "", "PATCH", path, ana, object{"attendee": object{"name": "Ana"}})
	})
	t.Run("check-in-results-and-reasons", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.floor, 3)
		s.must(200, "PATCH", "/v1/bookings/"+b.ID+"/tickets/"+b.Tickets[2].ID, ana, object{"attendee": object{"name": "Eva"}})
		first := s.scan(org, e.event, b.Tickets[0].Code)
		want(t, "first", first.Result+first.TicketID, "admitted"+b.Tickets[0].ID)
		again := s.scan(staff, e.event, b.Tickets[0].Code)
		want(t, "again", again.Result+again.TicketID, "alreadyIn"+b.Tickets[0].ID)
		want(t, "when", again.At.Sub(first.At).Abs() < time.Second, true)
		want(t, "status", get[bookingWire](s, "/v1/bookings/"+b.ID, ana).Tickets[0].Status, "checkedIn")
		s.refused(409, "", "POST", "/v1/bookings/"+b.ID+"/cancel", ana, object{"ticketIds": list{b.Tickets[0].ID}})
		s.refused(409, "", "POST", "/v1/bookings/"+b.ID+"/cancel", ana, nil)
		s.must(200, "POST", "/v1/bookings/"+b.ID+"/cancel", ana, object{"ticketIds": list{b.Tickets[1].ID}})
		want(t, "cancelled", s.scan(staff, e.event, b.Tickets[1].Code).Reason, "cancelled")
		want(t, "renewed", s.scan(staff, e.event, b.Tickets[2].Code).Reason, "renewed")
		code := []byte(get[bookingWire](s, "/v1/bookings/"+b.ID, ana).Tickets[2].Code)
		for _, forged := range []string{"nonsense", string(code[:len(code)-4]) + "AAAA", string(code) + "A", strings.Repeat("A", 300), "☃"} {
			want(t, "forged", s.scan(staff, e.event, forged).Reason, "forged")
		}
		later := s.open(org, 1, 5, 5, func(o object) { o["doorsAt"] = stamp(inDays(20)) })
		want(t, "too early", s.scan(staff, later.event, s.buy(ana, later.event, later.floor, 1).Tickets[0].Code).Reason, "tooEarly")
		want(t, "wrong event", s.scan(staff, later.event, string(code)).Reason, "wrongEvent")
		if got := s.scan(staff, later.event, string(code)); got.Result != "refused" || got.Attendee != nil {
			t.Errorf("wrong event: got %+v, want it refused with nothing of the ticket", got)
		}
		admitted := s.scan(staff, e.event, string(code))
		if admitted.Attendee == nil || admitted.Attendee.Name != "Eva" {
			t.Errorf("attendee: got %+v, want Eva", admitted.Attendee)
		}
	})
	t.Run("who-may-check-in", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.floor, 1)
		body := object{"eventId": e.event, "code": b.Tickets[0].Code}
		s.refused(401, "", "POST", "/v1/check-ins", "", body)
		s.refused(403, "", "POST", "/v1/check-ins", ana, body)
		s.refused(404, "", "POST", "/v1/check-ins", s.orgToken("sid@two.example", "staff", "two"), body)
		s.refused(404, "", "POST", "/v1/check-ins", s.orgToken("otto@two.example", "organiser", "two"), body)
		for _, wrong := range []object{{"eventId": e.event}, {"code": "x"}, with(body, "code", ""), with(body, "code", 7), with(body, "at", "now")} {
			s.refused(422, "", "POST", "/v1/check-ins", staff, wrong)
		}
		a, _ := s.call(t.Context(), "POST", "/v1/check-ins", staff, with(body, "eventId", "evt_00000000000000000000000000"))
		if a.status != 404 && a.status != 422 {
			t.Errorf("unknown event: got %d", a.status)
		}
	})
	t.Run("of-twenty-parallel-scans-one-is-admitted", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.floor, 1)
		results := make([]string, 20)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() { results[i] = s.scan(staff, e.event, b.Tickets[0].Code).Result })
		}
		wg.Wait()
		count := map[string]int{}
		for _, r := range results {
			count[r]++
		}
		want(t, "results", count, map[string]int{"admitted": 1, "alreadyIn": 19})
	})
	t.Run("a-code-verifies-offline-with-the-public-keys", func(t *testing.T) {
		s := srv.on(t)
		b := s.buy(ana, e.event, e.floor, 1)
		keys := get[struct {
			Keys []struct{ Kid, Kty, Crv, X string }
		}](s, "/.well-known/myevents-ticket-keys", "").Keys
		_, digits, _ := strings.Cut(b.Tickets[0].Code, "-")
		code, err := base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding).DecodeString(digits)
		if err != nil || len(code) <= ed25519.SignatureSize {
			t.Fatalf("code %s: got %v, want base 32", b.Tickets[0].Code, err)
		}
		said, signature := code[:len(code)-ed25519.SignatureSize], code[len(code)-ed25519.SignatureSize:]
		for _, k := range keys {
			public, err := base64.RawURLEncoding.DecodeString(k.X)
			if err == nil && k.Kid == strconv.Itoa(int(code[0])) && k.Kty == "OKP" && k.Crv == "Ed25519" && ed25519.Verify(public, said, signature) {
				return
			}
		}
		t.Errorf("code %s: got no key of %+v that verifies it", b.Tickets[0].Code, keys)
	})
}
