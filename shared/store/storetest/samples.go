package storetest

import (
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
)

// awkward is text that engines and encodings trip over.
const awkward = "Zoë's \"Ünïcode\" <b>&amp; 東京 🎪 #%_\\ \u2028 𝄞"

func ptr[T any](v T) *T { return &v }

// The samples set every field, so that one that is lost on the way shows.

func (e *env) layout() []message.SectionV1 {
	return []message.SectionV1{
		{ID: e.id(id.Section), Name: "Stalls", Kind: "seated", Rows: []message.RowV1{
			{Label: "A", Seats: 20, Accessible: []int{1, 20}},
			{Label: "Ä", Seats: 64},
		}},
		{ID: e.id(id.Section), Name: awkward, Kind: "standing", Capacity: 1_000_000},
	}
}

func place() message.PlaceV1 {
	return message.PlaceV1{
		Name: "Hall of " + awkward, Address: "1 Main St", City: "São Paulo", Region: "SP", Country: "BR",
		HallName: "Great Hall", Latitude: ptr(-23.5505), Longitude: ptr(0.0),
	}
}

func (e *env) sampleEvent() catalog.Event {
	return catalog.Event{
		ID: e.id(id.Event), OrganisationID: "org_demo", ExternalID: "ext/1", Name: awkward, Category: "circus", Description: awkward,
		Performers: []string{"Ann", "Bob"}, ImageURL: "https://example.org/a?b=c&d", Status: catalog.Published,
		LocationID: e.id(id.Location), HallID: e.id(id.Hall), StartsAt: after(86400), EndsAt: ptr(after(90000)), DoorsAt: ptr(after(80000)),
		TimeZone: "America/Sao_Paulo", OnSaleFrom: ptr(after(-60)), OnSaleUntil: ptr(after(80000)),
		TicketTypes: []catalog.TicketType{
			{
				ID: e.id(id.TicketType), Name: "Full", Price: money.Of(12_345_678_901, "JPY"), SectionIDs: []string{"sec_1", "sec_2"},
				PerPerson: 4, SalesFrom: ptr(after(1)), SalesUntil: ptr(after(2)),
			},
			{ID: e.id(id.TicketType), Name: "Free", SectionIDs: []string{"sec_2"}},
		},
		PerPerson: 10, CancelUntil: ptr(after(3)), CancelReason: awkward, RescheduledAt: ptr(after(4)), Place: place(),
		Layout: e.layout(), Version: 1,
	}
}

func (e *env) sampleLocation() catalog.Location {
	return catalog.Location{
		ID: e.id(id.Location), OrganisationID: "org_demo", ExternalID: "v-17", Name: awkward, Address: "Unter den Linden 1", City: "Berlin",
		Region: "BE", Country: "DE", Latitude: ptr(52.520008), Longitude: ptr(-0.0001), TimeZone: "Europe/Berlin",
		Halls: []catalog.Hall{
			{ID: e.id(id.Hall), Name: "Hall 1", Version: 3, Sections: []catalog.Section{
				{ID: e.id(id.Section), Name: "Stalls", Kind: catalog.Seated, Rows: []catalog.Row{{Label: "A", Seats: 9, Accessible: []int{2}}}},
				{ID: e.id(id.Section), Name: "Floor", Kind: catalog.Standing, Capacity: 700},
			}},
			{ID: e.id(id.Hall), Name: "Hall 2"},
		},
		Version: 1,
	}
}

func (e *env) sampleSale() booking.Sale {
	event := e.id(id.Event)
	return booking.Sale{
		EventStateV1: message.EventStateV1{
			EventID: event, Version: 41, OrganisationID: "org_demo", Status: "published", Name: awkward, Category: "concert",
			LocationID: e.id(id.Location), HallID: e.id(id.Hall), StartsAt: after(86400), EndsAt: ptr(after(90000)), DoorsAt: ptr(after(80000)),
			TimeZone: "Asia/Tokyo", OnSaleFrom: ptr(after(-60)), OnSaleUntil: ptr(after(80000)), PerPerson: 6, CancelUntil: ptr(after(5)),
			RescheduledAt: ptr(after(6)), CancelReason: "rain", Location: place(),
			TicketTypes: []message.TicketTypeV1{{
				ID: e.id(id.TicketType), Name: "Full", Price: money.Of(5000, "EUR"),
				SectionIDs: []string{"sec_1"}, PerPerson: 2, SalesFrom: ptr(after(1)), SalesUntil: ptr(after(2)),
			}},
			Layout: e.layout(),
		},
		KeyID: 200, OpenedAt: after(-5), ClosedAt: ptr(after(7)), Refunded: true, Lacks: e.items()[0].Groups, Rev: 1,
	}
}

// bareSale is a sale with as little set as may be.
func (e *env) bareSale(status string) booking.Sale {
	return booking.Sale{EventStateV1: message.EventStateV1{EventID: e.id(id.Event), Version: 1, Status: status}, Rev: 1}
}

func rawOf(s booking.Sale) id.Raw {
	r, _ := id.Parse(id.Event, s.EventID)
	return r
}

func (e *env) items() []booking.Item {
	event := e.raw()
	return []booking.Item{
		{TicketType: e.raw(), Price: 9_007_199_254_740_993, Groups: []inventory.Group{
			{Block: inventory.BlockID{Event: event, Section: 99, Number: 15624}, Slots: all},
			{Block: inventory.BlockID{Event: event}, Slots: 1 << 63},
		}},
		{TicketType: e.raw(), Groups: []inventory.Group{{Block: inventory.BlockID{Event: event, Section: 1}, Slots: 0b101}}},
	}
}

func (e *env) sampleBooking() booking.Booking {
	return booking.Booking{
		User: e.raw(), Hold: e.hold(), Event: e.raw(), Status: booking.Confirmed, Key: awkward, BodyHash: all, Items: e.items(),
		Tickets: []booking.Ticket{
			{Name: awkward, Email: "a@example.org", Status: booking.CheckedIn, Rotation: 3, Share: 2, Shared: true, At: 1_930_000_000_123, Scan: all},
			{},
			{Status: booking.TicketCancelled},
		},
		Currency: "EUR", Payment: "pay_1", Captured: true, Failure: "seatTaken", Released: true,
		Refunds:   []booking.Refund{{Key: "r1", Tickets: 1 << 63, Amount: 9_007_199_254_740_993, Done: true}, {Key: "r2", Tickets: 1}},
		CreatedAt: after(0).Add(999_999_999), Expires: in(600), Version: 1,
	}
}

// bareBooking is a record with as little set as may be.
func (e *env) bareBooking(user id.Raw, h inventory.HoldID) booking.Booking {
	return booking.Booking{User: user, Hold: h, Event: e.raw(), Status: booking.Recorded, CreatedAt: t0, Version: 1}
}

func (e *env) sampleUser() booking.User {
	return booking.User{
		ID: e.id(id.User), Email: "ann+x@example.org", Name: awkward, Locale: "pt-BR", Country: "BR",
		Roles: []string{"organiser", "staff"}, Organisations: []string{"demo"}, CreatedAt: after(1), Version: 1,
	}
}

// forever is when marks may be forgotten: later than any engine's clock, which may sweep what has run out.
func forever() time.Time { return time.Date(2096, 1, 1, 0, 0, 0, 0, time.UTC) }
