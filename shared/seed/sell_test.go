package seed_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/apiclient/apitest"
	"github.com/myevents/myevents/shared/seed"
)

// till sells in front of a server that does not, one booking to a key, and admits.
type till struct {
	*apitest.Server

	refuse func(key string) (status int, code string) // 0: sells

	mu       sync.Mutex
	bookings map[string]*apiclient.Booking // by key
	cancels  int
	scans    int
}

func newTill(now time.Time) *till {
	s := &till{Server: apitest.New(), bookings: map[string]*apiclient.Booking{}}
	s.Now = func() time.Time { return now }
	s.Before = s.answer
	return s
}

func (s *till) actors(t *testing.T) seed.Actors {
	t.Helper()
	return seed.Actors{Organiser: s.Client(t), As: func(p seed.Person) (*apiclient.Client, error) {
		if !strings.Contains(p.Email, "@") || p.Name == "" {
			return nil, fmt.Errorf("nobody: %v", p)
		}
		return s.Client(t), nil
	}}
}

func (s *till) answer(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	say := func(status int, v any) bool {
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(v)
		return true
	}
	switch route := r.Method + " " + r.URL.Path; {
	case route == "GET /v1/events":
		return say(200, apiclient.Page[apiclient.Event]{Items: s.Events()})
	case route == "GET /v1/locations":
		return say(200, apiclient.Page[apiclient.Location]{Items: s.Locations()})
	case route == "POST /v1/bookings":
		return s.sell(w, r, say)
	case route == "POST /v1/check-ins":
		var in apiclient.CheckIn
		_ = json.NewDecoder(r.Body).Decode(&in)
		key, n, _ := strings.Cut(in.Code, "#")
		s.bookings[key].Tickets[n[0]-'0'].Status = "checkedIn"
		s.scans++
		return say(200, apiclient.CheckedIn{Result: "admitted"})
	case strings.HasSuffix(route, "/cancel") && strings.HasPrefix(r.URL.Path, "/v1/bookings/"):
		var in struct{ TicketIDs []string }
		_ = json.NewDecoder(r.Body).Decode(&in)
		for _, id := range in.TicketIDs {
			key, n, _ := strings.Cut(id, "#")
			s.bookings[key].Tickets[n[0]-'0'].Status = "cancelled"
			s.cancels++
		}
		return say(200, apiclient.Booking{})
	}
	return false
}

func (s *till) sell(w http.ResponseWriter, r *http.Request, say func(int, any) bool) bool {
	key := r.Header.Get("Idempotency-Key")
	if s.refuse != nil {
		if status, code := s.refuse(key); status != 0 {
			apitest.Problem(w, status, code, code)
			return true
		}
	}
	var in apiclient.BookRequest
	_ = json.NewDecoder(r.Body).Decode(&in)
	b, known := s.bookings[key]
	if !known {
		b = &apiclient.Booking{ID: "bkg_" + key, EventID: in.EventID, Status: "confirmed"}
		for _, item := range in.Items {
			for range item.Quantity {
				b.Tickets = append(b.Tickets, apiclient.Ticket{Status: apiclient.Valid})
			}
		}
		for i := range b.Tickets {
			b.Tickets[i].ID = fmt.Sprint(key, "#", i)
			b.Tickets[i].Code = b.Tickets[i].ID
		}
		s.bookings[key] = b
	}
	return say(201, b)
}

func TestApply_Sells(t *testing.T) {
	t.Parallel()
	s, p := newTill(today), demo(t, today)
	first, err := seed.Apply(t.Context(), s.actors(t), p)
	if err != nil || first.Events.Created != len(p.Events)+1 || first.Bookings <= len(p.Bookings) || first.Refused != 0 {
		t.Fatalf("Apply: got %+v, %v; want all sold, and an evening", first, err)
	}
	if s.cancels < 5 || s.scans < 20 || len(s.bookings) != first.Bookings {
		t.Errorf("got %d tickets given back, %d scanned, %d bookings of %d", s.cancels, s.scans, len(s.bookings), first.Bookings)
	}
	state := func() string {
		return fmt.Sprint(len(s.bookings), s.cancels, s.scans, len(s.Events()), len(s.Locations()))
	}
	before := state()
	again, err := seed.Apply(t.Context(), s.actors(t), demo(t, today.Add(2*time.Hour)))
	if err != nil || again.Bookings != first.Bookings || again.Events.Created != 0 || state() != before {
		t.Errorf("Apply again: got %+v, %v and %s; want nothing new in %s", again, err, state(), before)
	}
}

// While an evening is on there is one; once it is over there is another. A server without the
// demo's data stays as it is.
func TestRefresh(t *testing.T) {
	t.Parallel()
	s, p := newTill(today), demo(t, today)
	if r, err := seed.Refresh(t.Context(), s.actors(t), today); err != nil || r != (seed.Report{}) {
		t.Errorf("Refresh of an empty server: got %+v, %v; want nothing", r, err)
	}
	if _, err := seed.Apply(t.Context(), s.actors(t), p); err != nil {
		t.Fatal(err)
	}
	bookings := len(s.bookings)
	for _, tc := range []struct {
		name    string
		later   time.Duration
		created int
	}{{"minutes-later", 20 * time.Minute, 0}, {"while-it-is-on", 11 * time.Hour, 0}, {"once-it-is-over", 12 * time.Hour, 1}, {"a-month-later", 31 * 24 * time.Hour, 1}} {
		r, err := seed.Refresh(t.Context(), s.actors(t), today.Add(tc.later))
		if err != nil || r.Events != (seed.Count{Created: tc.created, Existing: 1 - tc.created}) || len(s.bookings)-bookings != r.Bookings || r.Bookings < 30*tc.created {
			t.Errorf("%s: got %+v, %v and %d bookings more; want %d evenings", tc.name, r, err, len(s.bookings)-bookings, tc.created)
		}
		bookings = len(s.bookings)
	}
	if r, err := seed.Refresh(t.Context(), seed.Actors{Organiser: s.Client(t)}, today.Add(90*24*time.Hour)); err != nil || r != (seed.Report{}) {
		t.Errorf("Refresh with nobody to buy: got %+v, %v; want nothing", r, err)
	}
}

// Whoever is refused goes without; what is wrong with the server is said.
func TestApply_Refused(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, code string
		status     int
		fails      bool
	}{
		{"others-were-faster", "soldOut", 409, false},
		{"over", "notOnSale", 409, false},
		{"another-plan", "idempotencyMismatch", 422, false},
		{"wrong", "invalid", 422, true},
		{"not-allowed", "forbidden", 403, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := newTill(today)
			s.refuse = func(key string) (int, string) {
				if strings.HasPrefix(key, "demo-paper-moons-") {
					return tc.status, tc.code
				}
				return 0, ""
			}
			r, err := seed.Apply(t.Context(), s.actors(t), demo(t, today))
			if tc.fails != (err != nil) || tc.fails && !strings.Contains(err.Error(), "demo-paper-moons-") || !tc.fails && r.Refused < 10 {
				t.Errorf("Apply: got %+v, %v", r, err)
			}
		})
	}
}

// An event that the organiser cancelled or changed meanwhile sells nothing more.
func TestApply_Changed(t *testing.T) {
	t.Parallel()
	s, p := newTill(today), demo(t, today)
	if _, err := seed.Apply(t.Context(), seed.Actors{Organiser: s.Client(t)}, p); err != nil {
		t.Fatal(err)
	}
	for _, e := range s.Events() {
		if e.ExternalID == "demo-paper-moons" {
			if _, err := s.Client(t).CancelEvent(t.Context(), e.ID, "rain"); err != nil {
				t.Fatal(err)
			}
		}
	}
	r, err := seed.Apply(t.Context(), s.actors(t), p)
	if err != nil || r.Refused < 10 || r.Bookings < 200 {
		t.Errorf("Apply: got %+v, %v; want only what was cancelled refused", r, err)
	}
}
