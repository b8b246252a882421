package httpapi_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

var (
	now        = time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	eventID    = id.Derived(id.Event, "e")
	locationID = id.Derived(id.Location, "l")
	hallID     = id.Derived(id.Hall, "h")
	sectionID  = id.Derived(id.Section, "s")
	typeID     = id.Derived(id.TicketType, "t")
	userID     = id.Derived(id.User, "u")
	otherType  = id.Derived(id.TicketType, "u")
	standingID = id.Derived(id.Section, "z")
)

// tokens is a verifier that knows one token per role.
type tokens struct{}

func (tokens) Verify(_ context.Context, token string) (identity.Principal, error) {
	role, ok := identity.ParseRole(token)
	if !ok {
		return identity.Principal{}, fault.New(fault.Unauthenticated, "", "the token is not good")
	}
	return identity.Principal{UserID: userID, Email: "ada@example.com", Name: "Ada", Roles: []identity.Role{role}, Organisations: []string{"demo"}}, nil
}

// fake is both services: it answers one of everything, or err, and notes what it was asked.
type fake struct {
	err   error
	panic any
	asked any
}

func (f *fake) note(v any) error {
	f.asked = v
	if f.panic != nil {
		panic(f.panic)
	}
	return f.err
}

func sampleEvent() catalog.Event {
	ends := now.Add(50 * time.Hour)
	return catalog.Event{
		ID: eventID, OrganisationID: "demo", Name: "Neujahrskonzert", Category: "concert", Status: catalog.Published,
		Description: "Line one.\nLine two.", LocationID: locationID, HallID: hallID, StartsAt: now.Add(48 * time.Hour), EndsAt: &ends,
		TimeZone: "Europe/Vienna", PerPerson: 10, Version: 3,
		TicketTypes: []catalog.TicketType{
			{ID: typeID, Name: "Parkett", Price: money.Of(4500, "EUR"), SectionIDs: []string{sectionID}},
			{ID: otherType, Name: "Stehplatz", Price: money.Of(1200, "EUR"), SectionIDs: []string{standingID}},
		},
		Place:        samplePlace(),
		Availability: &catalog.Availability{AsOf: now, Total: 200, Sold: 20, Left: 180},
	}
}

func samplePlace() message.PlaceV1 {
	return message.PlaceV1{Name: "Musikverein", Address: "Musikvereinsplatz 1", City: "Wien", Country: "AT", HallName: "Großer Saal"}
}

func sampleLocation() catalog.Location {
	return catalog.Location{
		ID: locationID, OrganisationID: "demo", Name: "Musikverein", Address: "Musikvereinsplatz 1", City: "Wien",
		Country: "AT", TimeZone: "Europe/Vienna", Version: 2, Halls: []catalog.Hall{sampleHall()},
	}
}

func sampleHall() catalog.Hall {
	return catalog.Hall{ID: hallID, Name: "Großer Saal", Version: 1, Sections: []catalog.Section{
		{ID: sectionID, Name: "Parkett", Kind: catalog.Seated, Rows: []catalog.Row{{Label: "A", Seats: 10, Accessible: []int{1}}}},
	}}
}

func sampleSeat() booking.Seat {
	return booking.Seat{SectionID: sectionID, Section: "Parkett", Row: "A", Number: 3, TicketTypeID: typeID, Price: money.Of(4500, "EUR")}
}

func sampleHold() booking.Hold {
	return booking.Hold{Token: "h1.token", EventID: eventID, ExpiresAt: now.Add(10 * time.Minute), Seats: []booking.Seat{sampleSeat()}, Total: money.Of(4500, "EUR")}
}

func sampleTicket() booking.SharedTicket {
	return booking.SharedTicket{
		Ticket: booking.TicketDetails{ID: "1", Number: 1, Seat: sampleSeat(), Attendee: booking.Attendee{Name: "Ada"}, Status: booking.ShownValid, Code: strings.Repeat("CODE", 30)},
		Event: booking.EventDetails{
			ID: eventID, OrganisationID: "demo", Name: "Neujahrskonzert; live, in Wien", Status: "published",
			StartsAt: now.Add(48 * time.Hour), TimeZone: "Europe/Vienna", CancelUntil: now.Add(48 * time.Hour), Place: samplePlace(),
		},
	}
}

func sampleBooking() booking.Details {
	t := sampleTicket()
	return booking.Details{
		ID: "bkg_x", EventID: eventID, UserID: userID, Status: booking.Confirmed, Total: money.Of(4500, "EUR"),
		CreatedAt: now, Tickets: []booking.TicketDetails{t.Ticket}, Event: t.Event, Version: 2,
	}
}

func (f *fake) Search(_ context.Context, _ catalog.Actor, q catalog.Query) (catalog.EventPage, error) {
	return catalog.EventPage{Items: []catalog.Event{sampleEvent(), sampleEvent()}, NextCursor: `a"b`}, f.note(q)
}

func (f *fake) Event(_ context.Context, _ catalog.Actor, eventID string) (catalog.Event, error) {
	return sampleEvent(), f.note(eventID)
}

func (f *fake) CreateEvent(_ context.Context, _ catalog.Actor, n catalog.NewEvent) (catalog.Event, bool, error) {
	return sampleEvent(), n.ExternalID == "", f.note(n)
}

func (f *fake) UpdateEvent(_ context.Context, _ catalog.Actor, _ string, ifVersion int64, p catalog.EventPatch) (catalog.Event, error) {
	if err := f.note(p); err != nil {
		return catalog.Event{}, err
	}
	if ifVersion != 3 {
		return catalog.Event{}, fault.New(fault.Stale, "", "it was changed since you read it")
	}
	return sampleEvent(), nil
}

func (f *fake) PublishEvent(context.Context, catalog.Actor, string) (catalog.Event, error) {
	return sampleEvent(), f.note(nil)
}

func (f *fake) CancelEvent(_ context.Context, _ catalog.Actor, _, reason string) (catalog.Event, error) {
	return sampleEvent(), f.note(reason)
}

func (f *fake) RescheduleEvent(_ context.Context, _ catalog.Actor, _ string, startsAt time.Time, _ *time.Time) (catalog.Event, error) {
	return sampleEvent(), f.note(startsAt)
}

func (f *fake) Categories(context.Context) ([]catalog.Category, error) {
	return []catalog.Category{{ID: "concert", Name: "Concert", Count: 3}}, f.note(nil)
}

func (f *fake) Locations(_ context.Context, q catalog.LocationQuery) (catalog.LocationPage, error) {
	return catalog.LocationPage{Items: []catalog.Location{sampleLocation()}}, f.note(q)
}

func (f *fake) Location(_ context.Context, id string) (catalog.Location, error) {
	return sampleLocation(), f.note(id)
}

func (f *fake) CreateLocation(_ context.Context, _ catalog.Actor, n catalog.NewLocation) (catalog.Location, bool, error) {
	return sampleLocation(), n.ExternalID == "", f.note(n)
}

func (f *fake) UpdateLocation(_ context.Context, _ catalog.Actor, _ string, _ int64, p catalog.LocationPatch) (catalog.Location, error) {
	return sampleLocation(), f.note(p)
}

func (f *fake) AddHall(_ context.Context, _ catalog.Actor, _ string, n catalog.NewHall) (catalog.Hall, error) {
	return sampleHall(), f.note(n)
}

func (f *fake) UpdateHall(_ context.Context, _ catalog.Actor, _, _ string, _ int64, p catalog.HallPatch) (catalog.Hall, error) {
	return sampleHall(), f.note(p)
}

func (f *fake) Hold(_ context.Context, _ id.Raw, r booking.HoldRequest) (booking.Hold, error) {
	return sampleHold(), f.note(r)
}

func (f *fake) HeldBy(context.Context, id.Raw, string) (booking.Hold, error) {
	return sampleHold(), f.note(nil)
}

func (f *fake) ExtendHold(context.Context, id.Raw, string) (booking.Hold, error) {
	return sampleHold(), f.note(nil)
}
func (f *fake) ReleaseHold(context.Context, id.Raw, string) error { return f.note(nil) }
func (f *fake) Book(_ context.Context, _ id.Raw, r booking.BookRequest) (booking.Details, error) {
	d := sampleBooking()
	if r.Payment != nil && r.Payment.Token == "slow" {
		d.Status = booking.Recorded
	}
	return d, f.note(r)
}

func (f *fake) UserBookings(_ context.Context, _ id.Raw, _ string, limit int) ([]booking.Details, string, error) {
	return []booking.Details{sampleBooking()}, "next", f.note(limit)
}

func (f *fake) Booking(_ context.Context, a booking.Actor, _ string) (booking.Details, error) {
	return sampleBooking(), f.note(a)
}

func (f *fake) CancelTickets(_ context.Context, _ booking.Actor, _ string, ids []string) (booking.Details, error) {
	return sampleBooking(), f.note(ids)
}

func (f *fake) CancelQuote(_ context.Context, _ booking.Actor, _ string, ids []string) (booking.Quote, error) {
	return booking.Quote{Allowed: true, Refund: money.Of(4500, "EUR"), Until: now}, f.note(ids)
}

func (f *fake) RenameTicket(_ context.Context, _ id.Raw, _, _ string, to booking.Attendee) (booking.TicketDetails, error) {
	return sampleTicket().Ticket, f.note(to)
}

func (f *fake) Ticket(context.Context, id.Raw, string, string) (booking.SharedTicket, error) {
	return sampleTicket(), f.note(nil)
}

func (f *fake) ShareTicket(context.Context, id.Raw, string, string) (string, error) {
	return "share/token", f.note(nil)
}

func (f *fake) SharedTicket(_ context.Context, token string) (booking.SharedTicket, error) {
	return sampleTicket(), f.note(token)
}

func (f *fake) RenameShared(_ context.Context, _ string, to booking.Attendee) (booking.SharedTicket, error) {
	return sampleTicket(), f.note(to)
}

func (f *fake) EventBookings(_ context.Context, a booking.Actor, _, _ string, _ int) ([]booking.Details, string, error) {
	return []booking.Details{sampleBooking()}, "", f.note(a)
}

func (f *fake) EventSales(context.Context, booking.Actor, string) (booking.Figures, error) {
	return booking.Figures{Sold: 1, Left: 9, Revenue: money.Of(4500, "EUR"), ByTicketType: []booking.TypeFigures{{TicketTypeID: typeID, Name: "Parkett", Sold: 1}}}, f.note(nil)
}

func (f *fake) Availability(_ context.Context, eventID string) (booking.Availability, error) {
	return booking.Availability{EventID: eventID, AsOf: now, Sections: []booking.SectionAvailability{{SectionID: sectionID, Total: 10, Sold: 1, Free: 9}}}, f.note(eventID)
}

func (f *fake) Seats(_ context.Context, _, section string) ([]booking.SeatRow, error) {
	return []booking.SeatRow{{Label: "A", Seats: []booking.SeatState{{Number: 1, State: booking.SeatFree, Accessible: true}}}}, f.note(section)
}

func (f *fake) CheckIn(_ context.Context, _ booking.Actor, scan booking.Scan) (booking.CheckInResult, error) {
	seat := sampleSeat()
	return booking.CheckInResult{TicketID: "1", Result: booking.Admitted, At: now, Attendee: &booking.Attendee{Name: "Ada"}, Seat: &seat}, f.note(scan)
}

func (f *fake) DoorList(_ context.Context, _ booking.Actor, _, _ string, _ int) ([]booking.DoorBooking, string, error) {
	return []booking.DoorBooking{{BookingID: "bkg_x", Tickets: []booking.DoorTicket{{Rotation: 1, Status: booking.ShownCheckedIn, CheckedInAt: &now, Name: "Ada", Seat: sampleSeat()}}}}, "", f.note(nil)
}

func (f *fake) TicketKeys() []booking.TicketKey {
	return []booking.TicketKey{{ID: 1, PublicKey: make([]byte, 32)}}
}

func (f *fake) Me(_ context.Context, acc booking.Account) (booking.User, error) {
	return booking.User{ID: acc.ID, Email: acc.Email, Name: acc.Name, Roles: acc.Roles, CreatedAt: now}, f.note(acc)
}

func (f *fake) UpdateMe(_ context.Context, acc booking.Account, p booking.UserPatch) (booking.User, error) {
	return booking.User{ID: acc.ID, CreatedAt: now}, f.note(p)
}

func gateway(f *fake, o httpapi.Options) http.Handler {
	o.Now = func() time.Time { return now }
	return httpapi.Gateway(httpapi.GatewayDeps{Catalog: f, Booking: f, Verifier: tokens{}, Options: o})
}

// request is a call and what is expected of it.
type request struct {
	method, path, as, body string
	headers                map[string]string
}

func (r request) do(t testing.TB, h http.Handler) *httptest.ResponseRecorder {
	t.Helper()
	var body *strings.Reader
	if r.body != "" {
		body = strings.NewReader(r.body)
	}
	var req *http.Request
	if body == nil {
		req = httptest.NewRequestWithContext(t.Context(), r.method, r.path, nil)
	} else {
		req = httptest.NewRequestWithContext(t.Context(), r.method, r.path, body)
		req.Header.Set("Content-Type", "application/json")
	}
	if r.as != "" {
		req.Header.Set("Authorization", "Bearer "+r.as)
	}
	for k, v := range r.headers {
		if v == "" {
			req.Header.Del(k)
			continue
		}
		req.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, req)
	return w
}

func problemOf(t testing.TB, w *httptest.ResponseRecorder) httpapi.Problem {
	t.Helper()
	var p httpapi.Problem
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("Content-Type of %d: got %q, want application/problem+json", w.Code, got)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Errorf("problem %q: got %v, want nil", w.Body, err)
	}
	if p.Status != w.Code || p.Code == "" || p.Title == "" || p.Type == "" || p.RequestID == "" {
		t.Errorf("problem of %d: got %+v, want type, title, status, code and requestId", w.Code, p)
	}
	return p
}
