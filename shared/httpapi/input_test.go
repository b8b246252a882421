package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/money"
)

func TestGateway_BadInput(t *testing.T) {
	hold := func(body string) request {
		return request{method: "POST", path: "/v1/holds", as: "attendee", body: body, headers: key}
	}
	event := func(body string) request {
		return request{method: "POST", path: "/v1/events", as: "organiser", body: body}
	}
	get := func(path string) request { return request{method: "GET", path: path} }
	with := func(r request, headers map[string]string) request {
		r.headers = headers
		return r
	}
	field := func(name, value string) string {
		return strings.Replace(newEvent, "{", `{"`+name+`":`+value+",", 1)
	}
	for _, tc := range []struct {
		name string
		request
		want  int
		where string // location of an error
	}{
		{"broken-json", hold(`{"eventId":`), 400, ""},
		{"trailing-data", hold(seatBody + "x"), 400, ""},
		{"empty-body", hold(""), 400, ""},
		{"invalid-utf8", hold("{\"eventId\":\"\xff\",\"items\":[]}"), 400, ""},
		{"not-an-object", hold(`[1]`), 422, "body"},
		{"null-body", hold(`null`), 422, "body"},
		{"deeply-nested", hold(strings.Repeat("[", 20000) + strings.Repeat("]", 20000)), 400, ""},
		{"nested-object", hold(`{"eventId":` + strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000) + `,"items":[]}`), 422, "body.eventId"},
		{"unknown-field", hold(strings.Replace(seatBody, "{", `{"colour":"red",`, 1)), 422, "body.colour"},
		{"unknown-field-inside", hold(strings.Replace(seatBody, `"row"`, `"rank":1,"row"`, 1)), 422, "body.items[0].seats[0].rank"},
		{"other-case", hold(strings.Replace(seatBody, "eventId", "eventID", 1)), 422, "body.eventID"},
		{"null-value", hold(strings.Replace(seatBody, `"A"`, "null", 1)), 422, "body.items[0].seats[0].row"},
		{"missing-field", hold(`{"eventId":"E"}`), 422, "body"},
		{"wrong-type", hold(strings.Replace(seatBody, `"number":3`, `"number":"3"`, 1)), 422, "body.items[0].seats[0].number"},
		{"fraction", hold(strings.Replace(quantity, "2}", "2.5}", 1)), 422, "body.items[0].quantity"},
		{"negative", hold(strings.Replace(quantity, "2}", "-2}", 1)), 422, "body.items[0].quantity"},
		{"zero", hold(strings.Replace(quantity, "2}", "0}", 1)), 422, "body.items[0].quantity"},
		{"too-many", hold(strings.Replace(quantity, "2}", "65}", 1)), 422, "body.items[0].quantity"},
		{"beyond-int64", hold(strings.Replace(quantity, "2}", "99999999999999999999}", 1)), 422, "body.items[0].quantity"},
		{"beyond-float64", hold(strings.Replace(quantity, "2}", "1e999}", 1)), 422, "body"},
		{"quantity-and-seats", hold(strings.Replace(seatBody, `"seats"`, `"quantity":1,"seats"`, 1)), 422, "body.items[0]"},
		{"neither-quantity-nor-seats", hold(`{"eventId":"E","items":[{"ticketTypeId":"T"}]}`), 422, "body.items[0]"},
		{"no-items", hold(`{"eventId":"E","items":[]}`), 422, "body.items"},
		{"nul-character", hold(strings.Replace(seatBody, `"A"`, `"A\u0000"`, 1)), 422, "body.items[0].seats[0].row"},
		{"control-character", event(strings.Replace(newEvent, `"N"`, `"N\u001b[2J"`, 1)), 422, "body.name"},
		{"line-break-in-name", event(strings.Replace(newEvent, `"N"`, `"N\nM"`, 1)), 422, "body.name"},
		{"no-date", event(strings.Replace(newEvent, "2027-05-01T19:30:00+02:00", "tomorrow", 1)), 422, "body.startsAt"},
		{"no-such-date", event(strings.Replace(newEvent, "2027-05-01", "2027-02-30", 1)), 422, "body.startsAt"},
		{"beyond-the-calendar", event(strings.Replace(newEvent, "2027-05-01T19:30:00+02:00", "9999-12-31T23:59:59-14:00", 1)), 422, "body.startsAt"},
		{"huge-price", event(field("ticketTypes", `[{"name":"T","sectionIds":["S"],"price":{"amount":9223372036854775807,"currency":"EUR"}}]`)), 422, "body.ticketTypes[0].price.amount"},
		{"negative-price", event(field("ticketTypes", `[{"name":"T","sectionIds":["S"],"price":{"amount":-1,"currency":"EUR"}}]`)), 422, "body.ticketTypes[0].price.amount"},
		{"no-currency", event(field("ticketTypes", `[{"name":"T","sectionIds":["S"],"price":{"amount":1,"currency":"euro"}}]`)), 422, "body.ticketTypes[0].price.currency"},
		{"server's-field", event(field("id", `"evt_mine"`)), 422, "body.id"},
		{"long-name", event(strings.Replace(newEvent, `"N"`, `"`+strings.Repeat("ü", 201)+`"`, 1)), 422, "body.name"},
		{"latitude", request{method: "POST", path: "/v1/locations", as: "organiser", body: strings.Replace(newLocation, "{", `{"latitude":91,"longitude":0,`, 1)}, 422, "body.latitude"},
		{"capacity", request{method: "POST", path: "/v1/locations/l/halls", as: "organiser", body: strings.Replace(newHall, "100", "-1", 1)}, 422, "body.sections[0].capacity"},
		{"no-key", with(hold(seatBody), nil), 400, ""},
		{"long-key", with(hold(seatBody), map[string]string{"Idempotency-Key": strings.Repeat("k", 256)}), 422, "header.Idempotency-Key"},
		{"strange-key", with(hold(seatBody), map[string]string{"Idempotency-Key": "k\x01"}), 422, "header.Idempotency-Key"},
		{"no-if-match", request{method: "PATCH", path: "/v1/events/e", as: "organiser", body: `{}`}, 428, ""},
		{"strange-if-match", request{method: "PATCH", path: "/v1/events/e", as: "organiser", body: `{}`, headers: ifMatch("abc")}, 412, ""},
		{"stale-if-match", request{method: "PATCH", path: "/v1/events/e", as: "organiser", body: `{}`, headers: ifMatch(`"2.available"`)}, 412, ""},
		{"xml", with(hold(seatBody), map[string]string{"Idempotency-Key": "k", "Content-Type": "application/xml"}), 415, ""},
		{"latin-1", with(hold(seatBody), map[string]string{"Idempotency-Key": "k", "Content-Type": "application/json; charset=latin1"}), 415, ""},
		{"merge-patch-to-post", with(hold(seatBody), map[string]string{"Idempotency-Key": "k", "Content-Type": "application/merge-patch+json"}), 415, ""},
		{"large-body", hold(`{"eventId":"` + strings.Repeat("e", 64<<10) + `","items":[]}`), 413, ""},
		{"large-body-unwanted", request{method: "POST", path: "/v1/events/e/publish", as: "organiser", body: strings.Repeat("x", 64<<10+1)}, 413, ""},
		{"limit-zero", get("/v1/events?limit=0"), 422, "query.limit"},
		{"limit-high", get("/v1/events?limit=101"), 422, "query.limit"},
		{"limit-empty", get("/v1/events?limit="), 422, "query.limit"},
		{"price-empty", get("/v1/events?priceMax="), 422, "query.priceMax"},
		{"limit-empty-of-locations", get("/v1/locations?limit="), 422, "query.limit"},
		{"limit-huge", get("/v1/events?limit=99999999999999999999"), 422, "query.limit"},
		{"limit-words", get("/v1/locations?limit=many"), 422, "query.limit"},
		{"radius-nan", get("/v1/events?radiusKm=NaN"), 422, "query.radiusKm"},
		{"radius-inf", get("/v1/events?radiusKm=Inf"), 422, "query.radiusKm"},
		{"radius-negative", get("/v1/events?radiusKm=-1"), 422, "query.radiusKm"},
		{"price-negative", get("/v1/events?priceMax=-1"), 422, "query.priceMax"},
		{"country", get("/v1/events?country=Austria"), 422, "query.country"},
		{"query-nul", get("/v1/events?q=%00"), 422, "query.q"},
		{"query-invalid-utf8", get("/v1/events?q=%ff"), 422, "query.q"},
		{"mine-anonymous", get("/v1/events?mine=true"), 401, ""},
		{"mine-attendee", request{method: "GET", path: "/v1/events?mine=true", as: "attendee"}, 403, ""},
		{"long-scan-id", request{method: "POST", path: "/v1/check-ins", as: "staff", body: `{"eventId":"e","code":"c","scanId":"` + strings.Repeat("s", 65) + `"}`}, 422, "body.scanId"},
		{"scanned-at-words", request{method: "POST", path: "/v1/check-ins", as: "staff", body: `{"eventId":"e","code":"c","scannedAt":"then"}`}, 422, "body.scannedAt"},
		{"no-section", get("/v1/events/e/seats"), 422, "query.section"},
		{"booking-neither", request{method: "POST", path: "/v1/bookings", as: "attendee", body: `{}`, headers: key}, 422, "body.eventId"},
		{"booking-both", request{method: "POST", path: "/v1/bookings", as: "attendee", body: strings.Replace(seatBody, "{", `{"hold":"h",`, 1), headers: key}, 422, "body.hold"},
		{"attendee-blank", request{method: "PATCH", path: "/v1/tickets/t", body: `{"attendee":{"name":" "}}`}, 422, "body.attendee.name"},
		{"attendee-email", request{method: "PATCH", path: "/v1/tickets/t", body: `{"attendee":{"name":"A","email":"A <a@b.c>"}}`}, 422, "body.attendee.email"},
		{"attendee-in-booking", request{method: "POST", path: "/v1/bookings", as: "attendee", body: `{"hold":"h","attendees":[{"name":"A"},{"name":" "}]}`, headers: key}, 422, "body.attendees[1].name"},
		{"basic-auth", request{method: "GET", path: "/v1/me", headers: map[string]string{"Authorization": "Basic YTpi"}}, 401, ""},
		{"empty-bearer", request{method: "GET", path: "/v1/me", headers: map[string]string{"Authorization": "Bearer "}}, 401, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w := tc.do(t, gateway(&fake{}, httpapi.Options{}))
			if w.Code != tc.want {
				t.Fatalf("%s %.60s %.60s: got %d %.300s, want %d", tc.method, tc.path, tc.body, w.Code, w.Body, tc.want)
			}
			p := problemOf(t, w)
			if strings.Contains(w.Body.String(), "value\"") || w.Body.Len() > 4096 {
				t.Errorf("problem: got %.300s, want no echo", w.Body)
			}
			if tc.where == "" {
				return
			}
			for _, e := range p.Errors {
				if e.Location == tc.where && e.Message != "" {
					return
				}
			}
			t.Errorf("errors: got %+v, want one at %s", p.Errors, tc.where)
		})
	}
}

// TestGateway_LargeBodies sends over a real connection, where a caller who is cut off would never read the answer.
func TestGateway_LargeBodies(t *testing.T) {
	srv := httptest.NewServer(gateway(&fake{}, httpapi.Options{}))
	defer srv.Close()
	for _, tc := range []struct {
		name   string
		length int64
	}{{"announced", 10 << 20}, {"chunked", -1}} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/v1/holds", io.LimitReader(zeros{}, 10<<20))
			if err != nil {
				t.Fatal(err)
			}
			r.ContentLength = tc.length
			r.Header = http.Header{"Authorization": {"Bearer attendee"}, "Idempotency-Key": {"k"}, "Content-Type": {"application/json"}}
			resp, err := srv.Client().Do(r)
			if err != nil {
				t.Fatalf("POST 10 MB: got %v, want an answer", err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != http.StatusRequestEntityTooLarge {
				t.Errorf("POST 10 MB: got %d, want 413", resp.StatusCode)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestEvents_PatchTellsNullFromAbsent(t *testing.T) {
	until := time.Date(2027, 2, 27, 0, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		name, body string
		want       catalog.EventPatch
	}{
		{"nothing", `{}`, catalog.EventPatch{}},
		{"replace", `{"name":"M","perPerson":0}`, catalog.EventPatch{Name: catalog.Some("M"), PerPerson: catalog.Some(0)}},
		{
			"remove", `{"description":null,"endsAt":null,"cancellation":null,"perPerson":null,"performers":null}`,
			catalog.EventPatch{
				Description: catalog.Null[string](), EndsAt: catalog.Null[time.Time](), CancelUntil: catalog.Null[time.Time](),
				PerPerson: catalog.Null[int](), Performers: catalog.Null[[]string](),
			},
		},
		{"empty-list", `{"performers":[]}`, catalog.EventPatch{Performers: catalog.Some([]string{})}},
		{"cancellation", `{"cancellation":{"until":"2027-02-27T00:00:00Z"}}`, catalog.EventPatch{CancelUntil: catalog.Some(until)}},
		{
			"ticket-types", `{"ticketTypes":[{"id":"tkt_1","name":"T","price":{"amount":0,"currency":"EUR"},"sectionIds":["s"]}]}`,
			catalog.EventPatch{TicketTypes: catalog.Some([]catalog.TicketType{{ID: "tkt_1", Name: "T", Price: money.Of(0, "EUR"), SectionIDs: []string{"s"}}})},
		},
	} {
		for _, mediaType := range []string{"application/json", "application/merge-patch+json"} {
			t.Run(tc.name+"-"+mediaType, func(t *testing.T) {
				f := &fake{}
				w := request{
					method: "PATCH", path: "/v1/events/" + eventID, as: "organiser", body: tc.body,
					headers: map[string]string{"If-Match": `"3.few"`, "Content-Type": mediaType},
				}.do(t, gateway(f, httpapi.Options{}))
				if w.Code != 200 {
					t.Fatalf("PATCH %s: got %d %s, want 200", tc.body, w.Code, w.Body)
				}
				if !reflect.DeepEqual(f.asked, tc.want) {
					t.Errorf("PATCH %s: got %+v, want %+v", tc.body, f.asked, tc.want)
				}
			})
		}
	}
	for _, body := range []string{`{"name":null}`, `{"startsAt":null}`, `{"hallId":null}`, `{"cancellation":{}}`, `{"cancellation":{"until":null}}`} {
		t.Run("refused-"+body, func(t *testing.T) {
			w := request{method: "PATCH", path: "/v1/events/" + eventID, as: "organiser", body: body, headers: ifMatch(`"3.few"`)}.do(t, gateway(&fake{}, httpapi.Options{}))
			if w.Code != 422 {
				t.Errorf("PATCH %s: got %d, want 422", body, w.Code)
			}
		})
	}
}

func TestHolds_RequestReachesTheService(t *testing.T) {
	f := &fake{}
	h := gateway(f, httpapi.Options{})
	ask := func(body string) booking.HoldRequest {
		t.Helper()
		w := request{method: "POST", path: "/v1/holds", as: "attendee", body: body, headers: key}.do(t, h)
		if w.Code != 201 {
			t.Fatalf("POST hold %s: got %d %s, want 201", body, w.Code, w.Body)
		}
		return f.asked.(booking.HoldRequest)
	}
	first := ask(seatBody)
	want := booking.HoldRequest{EventID: "E", Key: "k1", BodyHash: first.BodyHash, Items: []booking.ItemRequest{
		{TicketTypeID: "T", Seats: []booking.SeatRequest{{SectionID: "S", Row: "A", Number: 3}}},
	}}
	if !reflect.DeepEqual(first, want) {
		t.Errorf("Hold: got %+v, want %+v", first, want)
	}
	if spaced := ask(" " + strings.ReplaceAll(seatBody, ",", " ,\n")); spaced.BodyHash != first.BodyHash {
		t.Errorf("hash of the same body with other white space: got %d, want %d", spaced.BodyHash, first.BodyHash)
	}
	if other := ask(quantity); other.BodyHash == first.BodyHash || other.Split {
		t.Errorf("other body: got hash %d and split %v, want another hash and false", other.BodyHash, other.Split)
	}
	if apart := ask(strings.Replace(quantity, "{", `{"together":false,`, 1)); !apart.Split {
		t.Error("together false: got split false, want true")
	}
}
