package httpapi_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/myevents/myevents/shared/httpapi"
)

const (
	seatBody    = `{"eventId":"E","items":[{"ticketTypeId":"T","seats":[{"sectionId":"S","row":"A","number":3}]}]}`
	quantity    = `{"eventId":"E","items":[{"ticketTypeId":"T","quantity":2}]}`
	newEvent    = `{"name":"N","category":"concert","locationId":"L","hallId":"H","startsAt":"2027-05-01T19:30:00+02:00"}`
	newLocation = `{"name":"N","address":"A","city":"C","country":"AT","timeZone":"Europe/Vienna"}`
	newHall     = `{"name":"N","sections":[{"name":"S","kind":"standing","capacity":100}]}`
	attendee    = `{"attendee":{"name":"Ada","email":"ada@example.com"}}`
)

var key = map[string]string{"Idempotency-Key": "k1"}

func ifMatch(tag string) map[string]string { return map[string]string{"If-Match": tag} }

// wellFormed has one good call of every operation, by operation id.
var wellFormed = []struct {
	operation string
	request
	want int
}{
	{"searchEvents", request{method: "GET", path: "/v1/events?q=mamma+mi&near=48.2,16.37&radiusKm=5&from=2027-01-01&priceMax=0&seats=2&limit=100"}, 200},
	{"getEvent", request{method: "GET", path: "/v1/events/" + eventID}, 200},
	{"createEvent", request{method: "POST", path: "/v1/events", as: "organiser", body: newEvent}, 201},
	{"updateEvent", request{method: "PATCH", path: "/v1/events/" + eventID, as: "organiser", body: `{"name":"M"}`, headers: ifMatch(`"3.available"`)}, 200},
	{"publishEvent", request{method: "POST", path: "/v1/events/" + eventID + "/publish", as: "organiser"}, 200},
	{"cancelEvent", request{method: "POST", path: "/v1/events/" + eventID + "/cancel", as: "organiser", body: `{"reason":"ill\nsoloist"}`}, 200},
	{"rescheduleEvent", request{method: "POST", path: "/v1/events/" + eventID + "/reschedule", as: "organiser", body: `{"startsAt":"2027-06-01T19:30:00Z"}`}, 200},
	{"listCategories", request{method: "GET", path: "/v1/categories"}, 200},
	{"searchLocations", request{method: "GET", path: "/v1/locations?country=AT"}, 200},
	{"getLocation", request{method: "GET", path: "/v1/locations/" + locationID}, 200},
	{"createLocation", request{method: "POST", path: "/v1/locations", as: "organiser", body: newLocation}, 201},
	{"updateLocation", request{method: "PATCH", path: "/v1/locations/" + locationID, as: "organiser", body: `{"region":null}`, headers: ifMatch(`"2"`)}, 200},
	{"createHall", request{method: "POST", path: "/v1/locations/" + locationID + "/halls", as: "organiser", body: newHall}, 201},
	{"updateHall", request{method: "PATCH", path: "/v1/locations/" + locationID + "/halls/" + hallID, as: "organiser", body: `{"name":"M"}`, headers: ifMatch(`"1"`)}, 200},
	{"getAvailability", request{method: "GET", path: "/v1/events/" + eventID + "/availability"}, 200},
	{"getSeats", request{method: "GET", path: "/v1/events/" + eventID + "/seats?section=" + sectionID}, 200},
	{"createHold", request{method: "POST", path: "/v1/holds", as: "attendee", body: seatBody, headers: key}, 201},
	{"getHold", request{method: "GET", path: "/v1/holds/h1.token", as: "attendee"}, 200},
	{"extendHold", request{method: "POST", path: "/v1/holds/h1.token/extend", as: "attendee"}, 200},
	{"releaseHold", request{method: "DELETE", path: "/v1/holds/h1.token", as: "attendee"}, 204},
	{"createBooking", request{method: "POST", path: "/v1/bookings", as: "attendee", body: `{"hold":"h1.token","payment":{"method":"test","token":"ok"}}`, headers: key}, 201},
	{"listBookings", request{method: "GET", path: "/v1/bookings", as: "attendee"}, 200},
	{"getBooking", request{method: "GET", path: "/v1/bookings/bkg_x", as: "attendee"}, 200},
	{"cancelBooking", request{method: "POST", path: "/v1/bookings/bkg_x/cancel", as: "attendee", body: `{"ticketIds":["1"]}`}, 200},
	{"quoteCancellation", request{method: "GET", path: "/v1/bookings/bkg_x/cancel-quote?ticketIds=1,2", as: "attendee"}, 200},
	{"renameTicket", request{method: "PATCH", path: "/v1/bookings/bkg_x/tickets/1", as: "attendee", body: attendee}, 200},
	{"shareTicket", request{method: "POST", path: "/v1/bookings/bkg_x/tickets/1/share", as: "attendee"}, 200},
	{"getTicketQR", request{method: "GET", path: "/v1/bookings/bkg_x/tickets/1/qr.svg", as: "attendee"}, 200},
	{"getTicketCalendar", request{method: "GET", path: "/v1/bookings/bkg_x/tickets/1/calendar.ics", as: "attendee"}, 200},
	{"getSharedTicket", request{method: "GET", path: "/v1/tickets/tok"}, 200},
	{"nameSharedTicket", request{method: "PATCH", path: "/v1/tickets/tok", body: attendee}, 200},
	{"getSharedTicketQR", request{method: "GET", path: "/v1/tickets/tok/qr.svg"}, 200},
	{"getSharedTicketCalendar", request{method: "GET", path: "/v1/tickets/tok/calendar.ics"}, 200},
	{"listEventBookings", request{method: "GET", path: "/v1/events/" + eventID + "/bookings", as: "organiser"}, 200},
	{"getEventSales", request{method: "GET", path: "/v1/events/" + eventID + "/sales", as: "organiser"}, 200},
	{"checkIn", request{method: "POST", path: "/v1/check-ins", as: "staff", body: `{"eventId":"E","code":"c"}`}, 200},
	{"getDoorList", request{method: "GET", path: "/v1/events/" + eventID + "/door-list", as: "staff"}, 200},
	{"getMe", request{method: "GET", path: "/v1/me", as: "attendee"}, 200},
	{"updateMe", request{method: "PATCH", path: "/v1/me", as: "attendee", body: `{"locale":null,"country":"AT"}`}, 200},
	{"getTicketKeys", request{method: "GET", path: "/.well-known/myevents-ticket-keys"}, 200},
	{"getHealth", request{method: "GET", path: "/healthz"}, 200},
	{"getReadiness", request{method: "GET", path: "/readyz"}, 200},
}

type documented struct {
	Paths map[string]map[string]documentedOperation `json:"paths"`
}

type documentedOperation struct {
	OperationID string   `json:"operationId"`
	Permission  string   `json:"x-permission"`
	Summary     string   `json:"summary"`
	Tags        []string `json:"tags"`
	Security    []any    `json:"security"`
	Responses   map[string]struct {
		Description string
		Content     map[string]struct {
			Schema json.RawMessage `json:"schema"`
		} `json:"content"`
	} `json:"responses"`
}

func readDocument(t testing.TB) map[string]documentedOperation {
	t.Helper()
	data, _, err := httpapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc documented
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	all := map[string]documentedOperation{}
	for _, item := range doc.Paths {
		for _, op := range item {
			all[op.OperationID] = op
		}
	}
	return all
}

func TestDocument_EveryOperation(t *testing.T) {
	permissions := []string{"anyone", "signedIn", "organiserOnly", "doorStaff", "adminOnly"}
	ops := readDocument(t)
	for id, op := range ops {
		t.Run(id, func(t *testing.T) {
			if !slices.Contains(permissions, op.Permission) {
				t.Errorf("x-permission: got %q, want one of %v", op.Permission, permissions)
			}
			if op.Summary == "" || len(op.Tags) != 1 || len(op.Security) == 0 {
				t.Errorf("operation: got %+v, want a summary, one tag and security", op)
			}
			if !slices.ContainsFunc(wellFormed, func(c struct {
				operation string
				request
				want int
			},
			) bool {
				return c.operation == id
			}) {
				t.Error("wellFormed: got no call of it, want one")
			}
			for status, r := range op.Responses {
				if r.Description == "" {
					t.Errorf("answer %s: got no description, want one", status)
				}
				if _, ok := r.Content["application/problem+json"]; status >= "400" != ok {
					t.Errorf("answer %s: got problem %v, want %v", status, ok, status >= "400")
				}
			}
		})
	}
	if len(ops) != len(wellFormed) {
		t.Errorf("operations: got %d, want %d", len(ops), len(wellFormed))
	}
}

func TestGateway_WellFormed(t *testing.T) {
	h, ops := gateway(&fake{}, httpapi.Options{}), readDocument(t)
	for _, tc := range wellFormed {
		t.Run(tc.operation, func(t *testing.T) {
			w := tc.do(t, h)
			if w.Code != tc.want {
				t.Fatalf("%s %s: got %d %s, want %d", tc.method, tc.path, w.Code, w.Body, tc.want)
			}
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
			cache := w.Header().Get("Cache-Control")
			if tc.as != "" && cache != "no-store" {
				t.Errorf("Cache-Control of a private answer: got %q, want no-store", cache)
			}
			if w.Body.Len() > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && !json.Valid(w.Body.Bytes()) {
				t.Errorf("body: got %q, want JSON", w.Body)
			}
			if strings.Contains(w.Body.String(), "null") {
				t.Errorf("body: got a null in %s, want absent fields and empty lists", w.Body)
			}
			op := ops[tc.operation]
			if tc.as == "" {
				return
			}
			anonymous := tc.request
			anonymous.as = ""
			if w := anonymous.do(t, h); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("without a token: got %d, want 401 with WWW-Authenticate", w.Code)
			}
			if op.Permission != "signedIn" {
				low := tc.request
				low.as = "attendee"
				if w := low.do(t, h); w.Code != http.StatusForbidden {
					t.Errorf("as attendee: got %d, want 403", w.Code)
				}
			}
			admin := tc.request
			admin.as = "admin"
			if w := admin.do(t, h); w.Code != tc.want {
				t.Errorf("as admin: got %d, want %d", w.Code, tc.want)
			}
		})
		t.Run(tc.operation+"-bad-token", func(t *testing.T) {
			bad := tc.request
			bad.as = "forged"
			w := bad.do(t, h)
			if w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s %s with a bad token: got %d, want 401 with WWW-Authenticate", tc.method, tc.path, w.Code)
			}
			problemOf(t, w)
		})
	}
}
