package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/store/embedstore"
)

// world is both services on one store behind the gateway, on a clock that moves when told to.
type world struct {
	t       testing.TB
	handler http.Handler
	store   *embedstore.Store
	catalog *catalog.Service
	booking *booking.Service
	mu      sync.Mutex
	at      time.Time
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

// people is a verifier whose tokens say who: "name role organisation".
type people struct{}

func (people) Verify(_ context.Context, token string) (identity.Principal, error) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "", "the token is not good")
	}
	role, _ := identity.ParseRole(parts[1])
	return identity.Principal{
		UserID: id.Derived(id.User, parts[0]), Email: parts[0] + "@example.com", Name: parts[0],
		Roles: []identity.Role{role}, Organisations: []string{parts[2]},
	}, nil
}

const (
	ada      = "ada.attendee.demo"
	bob      = "bob.attendee.demo"
	olga     = "olga.organiser.demo"
	stranger = "otto.organiser.rival"
	staff    = "sam.staff.demo"
)

func newWorld(t testing.TB) *world {
	t.Helper()
	store, err := embedstore.Open(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	w := &world{t: t, store: store, at: now}
	newID := func(prefix string) string { return id.New(prefix, w.now()) }
	keys, err := booking.NewKeyring(1, map[byte][]byte{1: []byte("0123456789abcdef0123456789abcdef")})
	if err != nil {
		t.Fatal(err)
	}
	pay := testpay.New(testpay.Config{Now: w.now, Sleep: func(context.Context, time.Duration) error { return nil }})
	w.catalog = catalog.New(catalog.Deps{Store: store, Now: w.now, NewID: newID})
	w.booking = booking.New(booking.Deps{Store: store, Payment: pay, Keys: keys, Now: w.now, NewID: newID}, booking.Config{})
	w.handler = httpapi.Gateway(httpapi.GatewayDeps{Catalog: w.catalog, Booking: w.booking, Verifier: people{}, Options: httpapi.Options{Now: w.now}})
	return w
}

// deliver hands over what the catalogue has announced.
func (w *world) deliver() {
	w.t.Helper()
	for _, source := range []outbox.Source{w.store.CatalogOutbox(), w.store.BookingOutbox()} {
		due, err := source.Claim(w.t.Context(), w.now(), time.Minute, 100)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, p := range due {
			if err := w.handle(p.Message); err != nil {
				w.t.Fatalf("handle %s: got %v, want nil", p.Message.Type, err)
			}
			if err := source.MarkSent(w.t.Context(), []string{p.Ref}); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

func (w *world) handle(m message.Envelope) error {
	switch m.Type {
	case message.EventPublished, message.EventChanged, message.EventRescheduled, message.EventCancelled:
		state, err := message.Body[message.EventStateV1](m)
		if err != nil {
			return err
		}
		return w.booking.ApplyEvent(w.t.Context(), state)
	case message.LocationChanged:
		state, err := message.Body[message.LocationStateV1](m)
		if err != nil {
			return err
		}
		return w.booking.ApplyLocation(w.t.Context(), state)
	default:
		return nil
	}
}

// ask makes a call, checks its status, and reads the answer into a T.
func ask[T any](w *world, r request, want int) (T, *httptest.ResponseRecorder) {
	w.t.Helper()
	var out T
	resp := r.do(w.t, w.handler)
	if resp.Code != want {
		w.t.Fatalf("%s %s %s: got %d %s, want %d", r.method, r.path, r.body, resp.Code, resp.Body, want)
	}
	if want >= 400 {
		problemOf(w.t, resp)
	}
	if resp.Body.Len() > 0 && strings.Contains(resp.Header().Get("Content-Type"), "json") {
		if err := json.Unmarshal(resp.Body.Bytes(), &out); err != nil {
			w.t.Fatalf("%s %s: got %v, want JSON", r.method, r.path, err)
		}
	}
	return out, resp
}

func (w *world) refused(name string, r request, status int, code string) {
	w.t.Helper()
	if p, _ := ask[httpapi.Problem](w, r, status); p.Code != code {
		w.t.Errorf("%s: got code %q, want %q", name, p.Code, code)
	}
}

// show is an event on sale: one row of 10 seats at 45 €, and 5 standing places at 12 €.
type show struct {
	event           httpapi.Event
	location        httpapi.Location
	seats, standing string // ticket types
}

func (w *world) location() httpapi.Location {
	w.t.Helper()
	l, _ := ask[httpapi.Location](w, request{method: "POST", path: "/v1/locations", as: olga, body: `{"name":"Musikverein","address":"Platz 1",
		"city":"Wien","country":"AT","timeZone":"Europe/Vienna","latitude":48.2005,"longitude":16.3725,"halls":[{"name":"Saal","sections":[
		{"name":"Parkett","kind":"seated","rows":[{"label":"A","seats":10,"accessible":[1]}]},{"name":"Steh","kind":"standing","capacity":5}]}]}`}, 201)
	return l
}

func (w *world) draft(l httpapi.Location, startsAt string) httpapi.Event {
	w.t.Helper()
	e, _ := ask[httpapi.Event](w, w.draftRequest(l, startsAt), 201)
	return e
}

func (w *world) draftRequest(l httpapi.Location, startsAt string) request {
	sections := l.Halls[0].Sections
	return request{method: "POST", path: "/v1/events", as: olga, body: `{"name":"Mamma Mia","category":"musical","locationId":"` + l.ID +
		`","hallId":"` + l.Halls[0].ID + `","startsAt":"` + startsAt + `","ticketTypes":[
		{"name":"Parkett","price":{"amount":4500,"currency":"EUR"},"sectionIds":["` + sections[0].ID + `"]},
		{"name":"Steh","price":{"amount":1200,"currency":"EUR"},"sectionIds":["` + sections[1].ID + `"]}]}`}
}

func (w *world) onSale() show {
	w.t.Helper()
	l := w.location()
	e := w.draft(l, "2027-05-01T19:30:00+02:00")
	e, _ = ask[httpapi.Event](w, request{method: "POST", path: "/v1/events/" + e.ID + "/publish", as: olga}, 200)
	w.deliver()
	return show{event: e, location: l, seats: e.TicketTypes[0].ID, standing: e.TicketTypes[1].ID}
}
