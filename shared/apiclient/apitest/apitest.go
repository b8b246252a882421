// Package apitest is a small MyEvents server in memory, for the tests of tools that fill one: locations, halls, events and
// their life, with the rules of the API that such tools meet. It sells nothing.
package apitest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

const maxBody = 64 << 10

// Categories are those that the server knows.
var Categories = []string{"concert", "carnival", "circus", "theatre", "opera", "musical", "festival", "sport", "conference", "exhibition", "other"}

// Server is the server. Its fields may be set before the first request.
type Server struct {
	Now func() time.Time // default time.Now
	// Before sees each request first and may answer it, which it says by returning true.
	Before func(w http.ResponseWriter, r *http.Request) bool

	mux *http.ServeMux

	mu         sync.Mutex
	n          int
	locations  []*apiclient.Location
	events     []*apiclient.Event
	byHall     map[string][]*apiclient.Event
	byID       map[string]*apiclient.Event
	byExternal map[string]int // "l" or "e" and the external id → index
	requests   map[string]int // "POST /v1/events" → how many changed something
}

// New returns an empty server.
func New() *Server {
	s := &Server{
		Now: time.Now, byExternal: map[string]int{}, byHall: map[string][]*apiclient.Event{}, byID: map[string]*apiclient.Event{},
		requests: map[string]int{},
	}
	s.mux = http.NewServeMux()
	s.mux.HandleFunc("POST /v1/locations", s.createLocation)
	s.mux.HandleFunc("GET /v1/locations/{id}", s.readLocation)
	s.mux.HandleFunc("POST /v1/locations/{id}/halls", s.createHall)
	s.mux.HandleFunc("POST /v1/events", s.createEvent)
	s.mux.HandleFunc("POST /v1/events/{id}/publish", s.publish)
	s.mux.HandleFunc("POST /v1/events/{id}/cancel", s.cancel)
	return s
}

// Client returns a client of the server, which calls it without a network.
func (s *Server) Client(tb testing.TB) *apiclient.Client {
	tb.Helper()
	c, err := apiclient.New("http://in.memory", apiclient.Options{Token: "organiser", Transport: apiclient.InProcess(s)})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

// Locations returns what was created, in that order.
func (s *Server) Locations() []apiclient.Location {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]apiclient.Location, len(s.locations))
	for i, l := range s.locations {
		out[i] = *l
		out[i].Halls = slices.Clone(l.Halls)
	}
	return out
}

// Events returns what was created, in that order.
func (s *Server) Events() []apiclient.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]apiclient.Event, len(s.events))
	for i, e := range s.events {
		out[i] = *e
	}
	return out
}

// Writes returns how many requests of a route, such as "POST /v1/events", changed something.
func (s *Server) Writes(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests[route]
}

// ServeHTTP answers what the tools ask.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.Before != nil && s.Before(w, r) {
		return
	}
	if r.Header.Get("Authorization") != "Bearer organiser" {
		Problem(w, 401, "unauthenticated", "no token")
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mux.ServeHTTP(w, r)
}

// Problem answers with a problem.
func Problem(w http.ResponseWriter, status int, code, detail string) {
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(apiclient.Problem{Status: status, Code: code, Detail: detail})
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

// decode reads a body strictly, and answers where it cannot.
func decode(w http.ResponseWriter, r *http.Request, v any) bool {
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil || len(data) > maxBody {
		Problem(w, 413, "bodyTooLarge", "too large")
		return false
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		Problem(w, 400, "malformed", "not JSON")
		return false
	}
	return true
}

func (s *Server) id(prefix string) string {
	s.n++
	return prefix + "_" + strconv.Itoa(s.n)
}

func (s *Server) createLocation(w http.ResponseWriter, r *http.Request) {
	var l apiclient.Location
	if !decode(w, r, &l) {
		return
	}
	if i, known := s.byExternal["l"+l.ExternalID]; known {
		answer(w, 200, s.locations[i])
		return
	}
	if err := s.checkLocation(&l); err != nil {
		Problem(w, 422, "invalid", err.Error())
		return
	}
	l.ID, l.Version = s.id("loc"), 1
	for i := range l.Halls {
		s.identify(&l.Halls[i])
	}
	s.byExternal["l"+l.ExternalID] = len(s.locations)
	s.locations = append(s.locations, &l)
	s.requests["POST /v1/locations"]++
	answer(w, 201, l)
}

func (s *Server) checkLocation(l *apiclient.Location) error {
	zone, err := time.LoadLocation(l.TimeZone)
	switch {
	case l.ExternalID == "" || l.Name == "" || l.Address == "" || l.City == "" || len(l.Country) != 2 || err != nil || zone == time.Local:
		return errors.New("location")
	case l.Latitude == nil || l.Longitude == nil || l.ID != "":
		return errors.New("coordinates, or an id")
	}
	for _, h := range l.Halls {
		if err := checkHall(h); err != nil {
			return err
		}
	}
	return nil
}

func checkHall(h apiclient.Hall) error {
	if h.Name == "" || len(h.Sections) == 0 || len(h.Sections) > 99 {
		return errors.New("hall")
	}
	for _, s := range h.Sections {
		switch {
		case s.Name == "", s.Kind == apiclient.Seated && (len(s.Rows) == 0 || s.Capacity != 0), s.Kind == apiclient.Standing && (s.Capacity < 1 || s.Rows != nil):
			return fmt.Errorf("section %s", s.Name)
		}
		labels := map[string]bool{}
		for _, row := range s.Rows {
			if row.Label == "" || labels[row.Label] || row.Seats < 1 || row.Seats > 500 || slices.ContainsFunc(row.Accessible, func(n int) bool { return n < 1 || n > row.Seats }) {
				return fmt.Errorf("row %s of %s", row.Label, s.Name)
			}
			labels[row.Label] = true
		}
	}
	return nil
}

func (s *Server) identify(h *apiclient.Hall) {
	h.ID, h.Version = s.id("hal"), 1
	for i := range h.Sections {
		h.Sections[i].ID = s.id("sec")
	}
}

func (s *Server) location(id string) *apiclient.Location {
	for _, l := range s.locations {
		if l.ID == id {
			return l
		}
	}
	return nil
}

func (s *Server) readLocation(w http.ResponseWriter, r *http.Request) {
	if l := s.location(r.PathValue("id")); l != nil {
		answer(w, 200, l)
		return
	}
	Problem(w, 404, "notFound", "no such location")
}

func (s *Server) createHall(w http.ResponseWriter, r *http.Request) {
	var h apiclient.Hall
	if !decode(w, r, &h) {
		return
	}
	l := s.location(r.PathValue("id"))
	if l == nil {
		Problem(w, 404, "notFound", "no such location")
		return
	}
	if err := checkHall(h); err != nil {
		Problem(w, 422, "invalid", err.Error())
		return
	}
	s.identify(&h)
	l.Halls = append(l.Halls, h)
	s.requests["POST /v1/locations/{id}/halls"]++
	answer(w, 201, h)
}

func (s *Server) createEvent(w http.ResponseWriter, r *http.Request) {
	var n apiclient.NewEvent
	if !decode(w, r, &n) {
		return
	}
	if i, known := s.byExternal["e"+n.ExternalID]; known && n.ExternalID != "" {
		answer(w, 200, s.events[i])
		return
	}
	if err := s.checkEvent(&n); err != nil {
		Problem(w, 422, "invalid", err.Error())
		return
	}
	for _, e := range s.byHall[n.HallID] {
		if (e.Status == apiclient.Draft || e.Status == apiclient.Published) && e.StartsAt.Before(end(n)) && n.StartsAt.Before(end(e.NewEvent)) {
			Problem(w, 409, "hallTaken", "the hall has another event at this time")
			return
		}
	}
	e := &apiclient.Event{NewEvent: n, ID: s.id("evt"), Status: apiclient.Draft, Version: 1, TimeZone: s.location(n.LocationID).TimeZone}
	for i := range e.TicketTypes {
		e.TicketTypes[i].ID = s.id("tkt")
	}
	s.byExternal["e"+n.ExternalID] = len(s.events)
	s.events = append(s.events, e)
	s.byHall[n.HallID] = append(s.byHall[n.HallID], e)
	s.byID[e.ID] = e
	s.requests["POST /v1/events"]++
	answer(w, 201, e)
}

func (s *Server) checkEvent(n *apiclient.NewEvent) error {
	l := s.location(n.LocationID)
	if l == nil {
		return errors.New("location")
	}
	i := slices.IndexFunc(l.Halls, func(h apiclient.Hall) bool { return h.ID == n.HallID })
	switch {
	case i < 0:
		return errors.New("hall")
	case n.Name == "" || !slices.Contains(Categories, n.Category):
		return errors.New("name or category")
	case n.StartsAt.IsZero() || n.ExternalID == "" && n.StartsAt.Before(s.Now()):
		return errors.New("start")
	case n.EndsAt != nil && !n.EndsAt.After(n.StartsAt), n.DoorsAt != nil && n.DoorsAt.After(n.StartsAt),
		n.OnSaleFrom != nil && !n.OnSaleFrom.Before(end(*n)), !window(n.OnSaleFrom, n.OnSaleUntil),
		n.Cancellation != nil && n.Cancellation.Until.After(end(*n)):
		return errors.New("times")
	}
	for _, t := range n.TicketTypes {
		if t.Name == "" || t.Price.Amount < 0 || t.Price.Currency != n.TicketTypes[0].Price.Currency || len(t.Price.Currency) != 3 ||
			len(t.SectionIDs) == 0 || !window(t.SalesFrom, t.SalesUntil) {
			return fmt.Errorf("ticket type %s", t.Name)
		}
		for _, id := range t.SectionIDs {
			if !slices.ContainsFunc(l.Halls[i].Sections, func(s apiclient.Section) bool { return s.ID == id }) {
				return fmt.Errorf("section of %s", t.Name)
			}
		}
	}
	return nil
}

func window(from, until *time.Time) bool { return from == nil || until == nil || until.After(*from) }

// end is the end of an event: it takes its hall for three hours where none is given.
func end(e apiclient.NewEvent) time.Time {
	if e.EndsAt != nil {
		return *e.EndsAt
	}
	return e.StartsAt.Add(3 * time.Hour)
}

func (s *Server) publish(w http.ResponseWriter, r *http.Request) {
	s.move(w, r, "publish", apiclient.Published, apiclient.Draft)
}

func (s *Server) cancel(w http.ResponseWriter, r *http.Request) {
	s.move(w, r, "cancel", apiclient.Cancelled, apiclient.Draft, apiclient.Published)
}

func (s *Server) move(w http.ResponseWriter, r *http.Request, what, to string, from ...string) {
	e, known := s.byID[r.PathValue("id")]
	switch {
	case !known:
		Problem(w, 404, "notFound", "no such event")
	case e.Status == to:
		answer(w, 200, e)
	case !slices.Contains(from, e.Status):
		Problem(w, 409, "wrongState", "the event is "+e.Status)
	case to == apiclient.Published && len(e.TicketTypes) == 0:
		Problem(w, 409, "noTicketTypes", "the event has no ticket type")
	default:
		e.Status = to
		e.Version++
		s.requests["POST /v1/events/{id}/"+what]++
		answer(w, 200, e)
	}
}
