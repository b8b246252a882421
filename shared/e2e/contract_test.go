package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The contract tests know the server by its HTTP contract alone, as somebody outside would who has only that: every
// operation, status, field and sentence of it is asked of a running server.

// on is the same server for a subtest, so that what fails is the subtest.
func (s *server) on(t testing.TB) *server {
	c := *s
	c.t = t
	return &c
}

// orgToken signs somebody in with a role in an organisation.
func (s *server) orgToken(email, role, organisation string) string {
	s.t.Helper()
	return strings.TrimSpace(s.ctl("token", "--email", email, "--role", role, "--org", organisation))
}

var keys atomic.Int64

// key is an Idempotency-Key header that nobody used before.
func key() (name, value string) {
	return "Idempotency-Key", fmt.Sprint("key-", keys.Add(1))
}

// keyed sends a request under a key of its own.
func (s *server) keyed(status int, method, path, token string, body any) answer {
	s.t.Helper()
	name, value := key()
	return s.must(status, method, path, token, body, name, value)
}

// refused sends a request that must be refused with a problem; an empty code is any.
func (s *server) refused(status int, code, method, path, token string, body any, headers ...string) answer {
	s.t.Helper()
	a, err := s.call(context.Background(), method, path, token, body, headers...)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	s.problem(a, status, code, method+" "+path)
	return a
}

// refusedKeyed sends a request under a key of its own that must be refused.
func (s *server) refusedKeyed(status int, code, path, token string, body any) answer {
	s.t.Helper()
	name, value := key()
	return s.refused(status, code, "POST", path, token, body, name, value)
}

// ownWords reports an answer of the gateway's own, before any function was asked: what has no route is 404, and a body that
// no function could take 413.
func (s *server) ownWords(a answer, status int) bool {
	if !s.behindGateway || !bytes.HasPrefix(a.body, []byte(`{"message":"`)) {
		return false
	}
	return a.status == 404 && (status == 404 || status == 405) || a.status == 413 && status == 413
}

// problem checks that an answer is a whole RFC 9457 problem.
func (s *server) problem(a answer, status int, code, what string) {
	s.t.Helper()
	if s.ownWords(a, status) {
		return
	}
	if a.status != status {
		s.t.Errorf("%s: got %d, want %d %s\n%s", what, a.status, status, code, a.body)
		return
	}
	if got := a.header.Get("Content-Type"); got != "application/problem+json" {
		s.t.Errorf("%s: content type: got %q, want application/problem+json", what, got)
	}
	p := into[struct {
		Type, Title, Code string
		Status            int
		Errors            []struct{ Location, Message string }
	}](s.t, a)
	if p.Type == "" || p.Title == "" || p.Code == "" || p.Status != status {
		s.t.Errorf("%s: got %s, want type, title, status and code", what, a.body)
	}
	if code != "" && p.Code != code {
		s.t.Errorf("%s: code: got %q, want %q", what, p.Code, code)
	}
	for _, e := range p.Errors {
		if e.Location == "" || e.Message == "" {
			s.t.Errorf("%s: errors: got %s, want location and message", what, a.body)
		}
	}
}

// raw sends bytes as they are; a body of unknown length goes in chunks.
func (s *server) raw(method, path, token, contentType string, body io.Reader, headers ...string) answer {
	s.t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return answer{resp.StatusCode, resp.Header, b}
}

// get reads JSON.
func get[T any](s *server, path, token string) T {
	s.t.Helper()
	return into[T](s.t, s.must(200, "GET", path, token, nil))
}

// want compares what was got.
func want(t testing.TB, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// has checks that JSON objects have fields.
func has(t testing.TB, what string, v object, fields ...string) {
	t.Helper()
	for _, f := range fields {
		if _, ok := v[f]; !ok {
			t.Errorf("%s: got no %q in %v", what, f, v)
		}
	}
}

// cash is money on the wire.
type cash struct {
	Amount   int64
	Currency string
}

type seatWire struct {
	SectionID, Section, Row string
	Number                  int
	TicketTypeID            string
	Price                   cash
}

type holdWire struct {
	Token, EventID string
	ExpiresAt      time.Time
	Seats          []seatWire
	Total          cash
}

type ticketWire struct {
	ID       string
	Seat     seatWire
	Attendee struct{ Name, Email string }
	Status   string
	Code     string
}

type bookingWire struct {
	ID, EventID, Status string
	Total               cash
	Refunded            *cash
	CreatedAt           time.Time
	Tickets             []ticketWire
	Event               struct {
		Name, TimeZone string
		StartsAt       time.Time
		Location       struct{ Name, City, Country string }
	}
	Version int
}

type eventWire struct {
	ID, Name, Status, Availability, StartsAt, LocationID, HallID string
	OrganisationID, ExternalID, TimeZone                         string
	PerPerson, Version                                           int
	TicketTypes                                                  []struct {
		ID, Name   string
		Price      cash
		SectionIDs []string
	}
	PriceFrom *cash
}

type page[T any] struct {
	Items      []T
	NextCursor string
}

type locationWire struct {
	ID, OrganisationID, ExternalID, Name, Address, City, Region, Country, TimeZone string
	Latitude, Longitude                                                            *float64
	Version                                                                        int
	Halls                                                                          []hallWire
}

type hallWire struct {
	ID, Name string
	Version  int
	Sections []struct {
		ID, Name, Kind string
		Capacity       int
		Rows           []struct {
			Label      string
			Seats      int
			Accessible []int
		}
	}
}

var ok = object{"method": "test", "token": "ok"}

// open puts an event on sale and waits until its inventory is open, which is within 2 s.
func (s *server) open(organiser string, rows, seats, floor int, edit func(object)) sale {
	s.t.Helper()
	e := s.putOnSale(organiser, rows, seats, floor, edit)
	s.eventually(2*time.Second, "inventory open", func() bool {
		a, err := s.call(context.Background(), "GET", "/v1/events/"+e.event+"/availability", "", nil)
		return err == nil && a.status == 200
	})
	return e
}

// hold asks for n places of a ticket type.
func (s *server) hold(token, event, ticketType string, n int) holdWire {
	s.t.Helper()
	return into[holdWire](s.t, s.keyed(201, "POST", "/v1/holds", token, want1(event, ticketType, n)))
}

// want1 is a request for n places of one ticket type.
func want1(event, ticketType string, n int) object {
	return object{"eventId": event, "items": list{object{"ticketTypeId": ticketType, "quantity": n}}}
}

// buy books n places of a ticket type and pays.
func (s *server) buy(token, event, ticketType string, n int) bookingWire {
	s.t.Helper()
	ask := want1(event, ticketType, n)
	ask["payment"] = ok
	return into[bookingWire](s.t, s.keyed(201, "POST", "/v1/bookings", token, ask))
}

// venue makes a location with one hall of one standing section.
func (s *server) venue(organiser string, edit func(object)) locationWire {
	s.t.Helper()
	body := object{
		"name": "Gasometer", "address": "Guglgasse 6", "city": "Wien", "country": "AT", "timeZone": "Europe/Vienna",
		"halls": list{object{"name": "Hall", "sections": list{object{"name": "Floor", "kind": "standing", "capacity": 100}}}},
	}
	if edit != nil {
		edit(body)
	}
	return into[locationWire](s.t, s.must(201, "POST", "/v1/locations", organiser, body))
}

// concert is a draft to be in a venue's first hall.
func concert(v locationWire, startsAt time.Time, edit func(object)) object {
	body := object{
		"name": "Concert", "category": "concert", "locationId": v.ID, "hallId": v.Halls[0].ID,
		"startsAt": startsAt.UTC().Format(time.RFC3339), "ticketTypes": list{object{
			"name":  "Standing",
			"price": object{"amount": 3000, "currency": "EUR"}, "sectionIds": list{v.Halls[0].Sections[0].ID},
		}},
	}
	if edit != nil {
		edit(body)
	}
	return body
}

func inDays(n int) time.Time { return time.Now().AddDate(0, 0, n).UTC().Truncate(time.Second) }

// stamp writes a moment.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// without is an object less a field; with is one more.
func without(o object, field string) object {
	c := object{}
	for k, v := range o {
		if k != field {
			c[k] = v
		}
	}
	return c
}

func with(o object, field string, value any) object {
	c := without(o, field)
	c[field] = value
	return c
}

// chunked hides a reader's length.
func chunked(b []byte) io.Reader { return io.MultiReader(bytes.NewReader(b)) }
