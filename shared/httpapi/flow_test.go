package httpapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/httpapi"
)

type events struct {
	Items      []httpapi.Event `json:"items"`
	NextCursor string          `json:"nextCursor"`
}

func TestGateway_OrganisersPutEventsOnSale(t *testing.T) {
	w := newWorld(t)
	l := w.location()
	get := func(path string) request { return request{method: "GET", path: path} }
	patch := func(path, as, body, tag string) request {
		return request{method: "PATCH", path: path, as: as, body: body, headers: ifMatch(tag)}
	}
	loc, _ := ask[httpapi.Location](w, patch("/v1/locations/"+l.ID, olga, `{"region":"Wien"}`, `"1"`), 200)
	if loc.Region != "Wien" || loc.Version != 2 {
		t.Errorf("PATCH location: got %q version %d, want Wien, 2", loc.Region, loc.Version)
	}
	w.refused("stale location", patch("/v1/locations/"+l.ID, olga, `{"region":null}`, `"1"`), 412, "stale")
	w.refused("another's location", patch("/v1/locations/"+l.ID, stranger, `{"region":null}`, `"2"`), 404, "notFound")
	w.refused("attendee", patch("/v1/locations/"+l.ID, ada, `{"region":null}`, `"2"`), 403, "forbidden")
	hall, resp := ask[httpapi.Hall](w, request{method: "POST", path: "/v1/locations/" + l.ID + "/halls", as: olga, body: newHall}, 201)
	if got := resp.Header().Get("ETag"); got != `"1"` {
		t.Errorf("ETag of a new hall: got %s, want \"1\"", got)
	}
	ask[httpapi.Hall](w, patch("/v1/locations/"+l.ID+"/halls/"+hall.ID, olga, `{"name":"Neu"}`, `"1"`), 200)

	e := w.draft(l, "2027-05-01T19:30:00+02:00")
	if e.Status != "draft" || e.Availability != "notOnSale" || e.TimeZone != "Europe/Vienna" || e.PerPerson != 10 || !e.StartsAt.Equal(time.Date(2027, 5, 1, 17, 30, 0, 0, time.UTC)) {
		t.Errorf("POST event: got %+v, want a draft in Vienna with a limit of 10", e)
	}
	w.refused("hall taken", w.draftRequest(l, "2027-05-01T21:30:00+02:00"), 409, "hallTaken")
	w.refused("in the past", w.draftRequest(l, "2020-05-01T21:30:00+02:00"), 422, "invalid")
	w.refused("unknown hall", request{method: "POST", path: "/v1/events", as: olga, body: strings.Replace(newEvent, `"L"`, `"`+l.ID+`"`, 1)}, 422, "invalid")
	w.refused("draft unseen", get("/v1/events/"+e.ID), 404, "notFound")
	ask[httpapi.Event](w, request{method: "GET", path: "/v1/events/" + e.ID, as: olga}, 200)
	w.refused("no such event", get("/v1/events/evt_x"), 404, "notFound")
	w.refused("without If-Match", request{method: "PATCH", path: "/v1/events/" + e.ID, as: olga, body: `{}`}, 428, "preconditionRequired")
	e, _ = ask[httpapi.Event](w, patch("/v1/events/"+e.ID, olga, `{"description":"Zeile 1\nZeile 2","cancellation":{"until":"2027-04-30T00:00:00Z"}}`, `"1.notOnSale"`), 200)
	w.refused("stale event", patch("/v1/events/"+e.ID, olga, `{"name":"X"}`, `"1.available"`), 412, "stale")

	publish := request{method: "POST", path: "/v1/events/" + e.ID + "/publish", as: olga}
	ask[httpapi.Event](w, publish, 200)
	w.refused("inventory not open", get("/v1/events/"+e.ID+"/availability"), 404, "notFound")
	published, _ := ask[httpapi.Event](w, publish, 200)
	w.deliver()
	ask[httpapi.Availability](w, get("/v1/events/"+e.ID+"/availability"), 200)

	read, resp := ask[httpapi.Event](w, get("/v1/events/"+e.ID), 200)
	tag := resp.Header().Get("ETag")
	if want := fmt.Sprintf(`"%d.%s"`, published.Version, read.Availability); tag != want {
		t.Errorf("ETag: got %s, want %s", tag, want)
	}
	if cache := resp.Header().Get("Cache-Control"); cache != "public, max-age=1" {
		t.Errorf("Cache-Control: got %q, want public, max-age=1", cache)
	}
	same := get("/v1/events/" + e.ID)
	same.headers = map[string]string{"If-None-Match": `"0", W/` + tag}
	if _, resp := ask[httpapi.Event](w, same, http.StatusNotModified); resp.Body.Len() != 0 || resp.Header().Get("ETag") != tag {
		t.Errorf("304: got %q with ETag %s, want no body and the ETag", resp.Body, resp.Header().Get("ETag"))
	}
	found, _ := ask[events](w, get("/v1/events?q=mamma+mi&near=48.2,16.4&radiusKm=10&priceMax=1200&country=AT"), 200)
	if len(found.Items) != 1 || found.Items[0].ID != e.ID {
		t.Errorf("search: got %d events, want the one", len(found.Items))
	}
	if door, _ := ask[events](w, request{method: "GET", path: "/v1/events?mine=true", as: staff}, 200); len(door.Items) != 1 {
		t.Errorf("the staff's mine: got %d events, want the one that is published", len(door.Items))
	}
	mine, _ := ask[events](w, request{method: "GET", path: "/v1/events?mine=true", as: stranger}, 200)
	if len(mine.Items) != 0 {
		t.Errorf("another's mine: got %d events, want 0", len(mine.Items))
	}

	moved, _ := ask[httpapi.Event](w, request{method: "POST", path: "/v1/events/" + e.ID + "/reschedule", as: olga, body: `{"startsAt":"2027-05-02T17:30:00Z"}`}, 200)
	if moved.RescheduledAt == nil {
		t.Error("reschedule: got no rescheduledAt, want one")
	}
	cancel := request{method: "POST", path: "/v1/events/" + e.ID + "/cancel", as: olga, body: `{"reason":"ill"}`}
	gone, _ := ask[httpapi.Event](w, cancel, 200)
	again, _ := ask[httpapi.Event](w, cancel, 200)
	if gone.Status != "cancelled" || gone.Availability != "cancelled" || again.Version != gone.Version {
		t.Errorf("cancel twice: got %s %s, versions %d and %d, want cancelled once", gone.Status, gone.Availability, gone.Version, again.Version)
	}
	w.refused("publish cancelled", publish, 409, "eventCancelled")
}

func TestGateway_ExternalIDMeetsWhatExists(t *testing.T) {
	w := newWorld(t)
	r := request{method: "POST", path: "/v1/locations", as: olga, body: strings.Replace(newLocation, "{", `{"externalId":"v1",`, 1)}
	first, resp := ask[httpapi.Location](w, r, 201)
	if got := resp.Header().Get("Location"); got != "/v1/locations/"+first.ID {
		t.Errorf("Location: got %q, want the location's address", got)
	}
	if second, _ := ask[httpapi.Location](w, r, 200); second.ID != first.ID {
		t.Errorf("again: got %s, want %s", second.ID, first.ID)
	}
}

func TestGateway_PeopleBookAndEnter(t *testing.T) {
	w := newWorld(t)
	s := w.onSale()
	post := func(path, as, body, key string) request {
		return request{method: "POST", path: path, as: as, body: body, headers: map[string]string{"Idempotency-Key": key}}
	}
	two := `{"eventId":"` + s.event.ID + `","items":[{"ticketTypeId":"` + s.seats + `","quantity":2}]}`
	hold, _ := ask[httpapi.Hold](w, post("/v1/holds", ada, two, "h1"), 201)
	if hold.Total.Amount != 9000 || len(hold.Seats) != 2 || !hold.ExpiresAt.Equal(now.Add(10*time.Minute)) {
		t.Errorf("hold: got %+v, want 2 seats for 90 € for 10 minutes", hold)
	}
	if again, _ := ask[httpapi.Hold](w, post("/v1/holds", ada, " "+two, "h1"), 201); again.Token != hold.Token {
		t.Error("same key and body: got another hold, want the same")
	}
	w.refused("other body", post("/v1/holds", ada, strings.Replace(two, "2}", "3}", 1), "h1"), 422, "idempotencyMismatch")
	w.refused("limit", post("/v1/holds", ada, strings.Replace(two, "2}", "9}", 1), "h2"), 409, "limitReached")
	w.refused("unknown type", post("/v1/holds", ada, strings.Replace(two, s.seats, "tkt_x", 1), "h3"), 422, "invalid")
	w.refused("too many standing", post("/v1/holds", ada, strings.Replace(strings.Replace(two, s.seats, s.standing, 1), "2}", "6}", 1), "h4"), 409, "soldOut")
	seat := hold.Seats[0]
	named := fmt.Sprintf(`{"eventId":"%s","items":[{"ticketTypeId":"%s","seats":[{"sectionId":"%s","row":"%s","number":%d}]}]}`,
		s.event.ID, s.seats, seat.SectionID, seat.Row, seat.Number)
	w.refused("seat taken", post("/v1/holds", bob, named, "h5"), 409, "seatTaken")
	path := "/v1/holds/" + hold.Token
	ask[httpapi.Hold](w, request{method: "GET", path: path, as: ada}, 200)
	w.refused("another's hold", request{method: "GET", path: path, as: bob}, 404, "notFound")
	w.refused("forged hold", request{method: "GET", path: path[:len(path)-4] + "AAAA", as: ada}, 404, "notFound")
	ask[httpapi.Hold](w, request{method: "POST", path: path + "/extend", as: ada}, 200)

	book := func(token string) string {
		return `{"hold":"` + hold.Token + `","attendees":[{"name":"Ada"},{"name":"Grace","email":"grace@example.com"}],"payment":{"method":"test","token":"` + token + `"}}`
	}
	w.refused("no payment", post("/v1/bookings", ada, `{"hold":"`+hold.Token+`"}`, "b0"), 422, "invalid")
	w.refused("declined", post("/v1/bookings", ada, book("declined"), "b1"), 402, "paymentDeclined")
	b, resp := ask[httpapi.Booking](w, post("/v1/bookings", ada, book("ok"), "b1"), 201)
	if b.Status != "confirmed" || b.Total.Amount != 9000 || len(b.Tickets) != 2 || b.Tickets[1].Attendee.Name != "Grace" || b.Tickets[0].Code == "" {
		t.Errorf("booking: got %+v, want 2 confirmed tickets with codes", b)
	}
	if got := resp.Header().Get("Location"); got != "/v1/bookings/"+b.ID {
		t.Errorf("Location: got %q, want the booking's address", got)
	}
	ask[httpapi.Booking](w, post("/v1/bookings", ada, book("ok"), "b1"), 201)
	w.refused("key of another body", post("/v1/bookings", ada, strings.Replace(book("ok"), "Grace", "Gracia", 1), "b1"), 422, "idempotencyMismatch")
	w.refused("hold used", post("/v1/bookings", ada, book("ok"), "b2"), 409, "holdUsed")
	own := "/v1/bookings/" + b.ID
	w.refused("another's booking", request{method: "GET", path: own, as: bob}, 404, "notFound")
	if seen, _ := ask[httpapi.Booking](w, request{method: "GET", path: own, as: olga}, 200); seen.Tickets[0].Code != "" {
		t.Error("organiser's view: got a code, want none")
	}
	direct, _ := ask[httpapi.Booking](w, post("/v1/bookings", bob, strings.Replace(two, "{", `{"payment":{"method":"test","token":"ok"},`, 1), "d1"), 201)

	ticket := own + "/tickets/" + b.Tickets[0].ID
	_, qr := ask[any](w, request{method: "GET", path: ticket + "/qr.svg", as: ada}, 200)
	if !strings.HasPrefix(qr.Body.String(), "<svg ") || qr.Header().Get("Content-Type") != "image/svg+xml" {
		t.Errorf("qr: got %s %.40s, want an SVG", qr.Header().Get("Content-Type"), qr.Body)
	}
	_, ics := ask[any](w, request{method: "GET", path: ticket + "/calendar.ics", as: ada}, 200)
	for _, want := range []string{"METHOD:PUBLISH", "DTSTART:20270501T173000Z", "DTEND:20270501T203000Z", "UID:" + b.Tickets[0].ID, "GEO:48.200500;16.372500"} {
		if !strings.Contains(strings.ReplaceAll(ics.Body.String(), "\r\n ", ""), want) {
			t.Errorf("calendar: got %s, want %s", ics.Body, want)
		}
	}
	renamed, _ := ask[httpapi.Ticket](w, request{method: "PATCH", path: ticket, as: ada, body: attendee}, 200)
	if renamed.Code == b.Tickets[0].Code || renamed.Attendee.Name != "Ada" {
		t.Errorf("rename: got %+v, want a new code", renamed)
	}
	link, _ := ask[httpapi.Link](w, request{method: "POST", path: ticket + "/share", as: ada}, 200)
	shared, _ := ask[httpapi.TicketAndEvent](w, request{method: "GET", path: "/v1/tickets/" + link.Token}, 200)
	if shared.Ticket.ID != b.Tickets[0].ID || link.URL != "/tickets/"+link.Token {
		t.Errorf("link: got %s of %s, want the ticket", link.URL, shared.Ticket.ID)
	}
	peer, _ := ask[httpapi.TicketAndEvent](w, request{method: "PATCH", path: "/v1/tickets/" + link.Token, body: `{"attendee":{"name":"Lin"}}`}, 200)
	w.refused("no such link", request{method: "GET", path: "/v1/tickets/nope"}, 404, "notFound")

	w.pass(61*24*time.Hour + 5*time.Hour) // an hour before it begins
	scan := func(as, code string) request {
		return request{method: "POST", path: "/v1/check-ins", as: as, body: `{"eventId":"` + s.event.ID + `","code":"` + code + `"}`}
	}
	for _, tc := range []struct{ name, code, result, reason string }{
		{"old-code", renamed.Code, "refused", "renewed"},
		{"forged", "x" + peer.Ticket.Code[1:], "refused", "forged"},
		{"first", peer.Ticket.Code, "admitted", ""},
		{"second", peer.Ticket.Code, "alreadyIn", ""},
	} {
		if got, _ := ask[httpapi.CheckIn](w, scan(staff, tc.code), 200); got.Result != tc.result || got.Reason != tc.reason {
			t.Errorf("check-in %s: got %s %s, want %s %s", tc.name, got.Result, got.Reason, tc.result, tc.reason)
		}
	}
	w.refused("attendee at the door", scan(ada, peer.Ticket.Code), 403, "forbidden")
	w.refused("rival at the door", scan(stranger, peer.Ticket.Code), 404, "notFound")
	w.refused("cancel checked-in", request{method: "POST", path: own + "/cancel", as: ada}, 409, "checkedIn")

	quote, _ := ask[httpapi.Quote](w, request{method: "GET", path: "/v1/bookings/" + direct.ID + "/cancel-quote", as: bob}, 200)
	if !quote.Allowed || quote.Refund.Amount != 9000 {
		t.Errorf("quote: got %+v, want 90 €", quote)
	}
	gone, _ := ask[httpapi.Booking](w, request{method: "POST", path: "/v1/bookings/" + direct.ID + "/cancel", as: bob}, 200)
	again, _ := ask[httpapi.Booking](w, request{method: "POST", path: "/v1/bookings/" + direct.ID + "/cancel", as: bob, body: `{}`}, 200)
	if gone.Status != "cancelled" || gone.Refunded == nil || gone.Refunded.Amount != 9000 || again.Refunded.Amount != 9000 {
		t.Errorf("cancel twice: got %+v, want 90 € back once", gone)
	}
	figures, _ := ask[httpapi.SalesFigures](w, request{method: "GET", path: "/v1/events/" + s.event.ID + "/sales", as: olga}, 200)
	if figures.Sold != 2 || figures.Revenue.Amount != 9000 || figures.CheckedIn != 1 {
		t.Errorf("sales: got %+v, want 2 sold for 90 €, 1 checked in", figures)
	}
	w.refused("rival's sales", request{method: "GET", path: "/v1/events/" + s.event.ID + "/sales", as: stranger}, 404, "notFound")
	me, _ := ask[httpapi.User](w, request{method: "PATCH", path: "/v1/me", as: ada, body: `{"locale":"de-AT","country":"AT"}`}, 200)
	if me.Locale != "de-AT" {
		t.Errorf("PATCH me: got %+v, want locale de-AT", me)
	}
	if me, _ = ask[httpapi.User](w, request{method: "PATCH", path: "/v1/me", as: ada, body: `{"locale":null}`}, 200); me.Locale != "" || me.Country != "AT" {
		t.Errorf("PATCH me: got %+v, want no locale, the country kept", me)
	}
}

func TestGateway_SeatsAreShown(t *testing.T) {
	w := newWorld(t)
	s := w.onSale()
	path := "/v1/events/" + s.event.ID + "/seats?section="
	seats, _ := ask[httpapi.SeatMap](w, request{method: "GET", path: path + s.location.Halls[0].Sections[0].ID}, 200)
	if len(seats.Rows) != 1 || len(seats.Rows[0].Seats) != 10 || !seats.Rows[0].Seats[0].Accessible || seats.Rows[0].Seats[3].State != "free" {
		t.Errorf("seats: got %+v, want a row of 10", seats)
	}
	w.refused("standing", request{method: "GET", path: path + s.location.Halls[0].Sections[1].ID}, 422, "invalid")
	w.refused("unknown event", request{method: "GET", path: "/v1/events/evt_x/availability"}, 404, "notFound")
}

func TestGateway_ForgedIdsAreNotFound(t *testing.T) {
	w := newWorld(t)
	w.onSale()
	for _, id := range []string{"x", "evt_", strings.Repeat("9", 3000), "%00", "%ff", "..%2f", "'; DROP TABLE", "evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"} {
		for _, tc := range wellFormed {
			if !strings.Contains(tc.path, "/v1/") || strings.Count(tc.path, "/") < 3 || tc.operation == "getTicketKeys" {
				continue
			}
			parts := strings.SplitN(tc.path, "/", 5)
			parts[3] = strings.ReplaceAll(id, " ", "%20")
			r := tc.request
			r.path = strings.Join(parts, "/")
			if r.as != "" {
				r.as = olga
			}
			if resp := r.do(t, w.handler); resp.Code != 404 {
				t.Errorf("%s %.80s: got %d %.200s, want 404", r.method, r.path, resp.Code, resp.Body)
			}
		}
	}
}
