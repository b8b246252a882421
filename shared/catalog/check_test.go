package catalog_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/money"
)

func TestService_CreateLocation_fields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(r catalog.Row) func(*catalog.NewLocation) {
		return func(n *catalog.NewLocation) { n.Halls[0].Sections[0].Rows[1] = r }
	}
	for _, tc := range []struct {
		name   string
		change func(*catalog.NewLocation)
		want   string
	}{
		{"good", func(*catalog.NewLocation) {}, ""},
		{"unicode", func(n *catalog.NewLocation) { n.Name, n.City = "東京ドーム 👩‍👩‍👧", "São Paulo" }, ""},
		{"longest-name", func(n *catalog.NewLocation) { n.Name = strings.Repeat("ü", 200) }, ""},
		{"name-too-long", func(n *catalog.NewLocation) { n.Name = strings.Repeat("ü", 201) }, "body.name"},
		{"name-empty", func(n *catalog.NewLocation) { n.Name = "" }, "body.name"},
		{"name-blank", func(n *catalog.NewLocation) { n.Name = " \u3000\u200b" }, "body.name"},
		{"name-with-control", func(n *catalog.NewLocation) { n.Name = "a\x00b" }, "body.name"},
		{"name-with-line-break", func(n *catalog.NewLocation) { n.Name = "a\nb" }, "body.name"},
		{"name-not-utf8", func(n *catalog.NewLocation) { n.Name = "a\xff" }, "body.name"},
		{"address-and-city-missing", func(n *catalog.NewLocation) { n.Address, n.City = "", "" }, "body.address body.city"},
		{"region-with-control", func(n *catalog.NewLocation) { n.Region = "\x1b[0m" }, "body.region"},
		{"external-id-too-long", func(n *catalog.NewLocation) { n.ExternalID = strings.Repeat("x", 201) }, "body.externalId"},
		{"country-name", func(n *catalog.NewLocation) { n.Country = "Germany" }, "body.country"},
		{"country-lower-case", func(n *catalog.NewLocation) { n.Country = "de" }, "body.country"},
		{"country-three-letters", func(n *catalog.NewLocation) { n.Country = "DEU" }, "body.country"},
		{"country-unknown", func(n *catalog.NewLocation) { n.Country = "ZZ" }, "body.country"},
		{"country-unassigned", func(n *catalog.NewLocation) { n.Country = "XX" }, "body.country"},
		{"country-group", func(n *catalog.NewLocation) { n.Country = "EU" }, "body.country"},
		{"country-alias", func(n *catalog.NewLocation) { n.Country = "UK" }, "body.country"},
		{"zone-unknown", func(n *catalog.NewLocation) { n.TimeZone = "Europe/Atlantis" }, "body.timeZone"},
		{"zone-local", func(n *catalog.NewLocation) { n.TimeZone = "Local" }, "body.timeZone"},
		{"zone-empty", func(n *catalog.NewLocation) { n.TimeZone = "" }, "body.timeZone"},
		{"zone-path", func(n *catalog.NewLocation) { n.TimeZone = "../../etc/passwd" }, "body.timeZone"},
		{"zone-utc", func(n *catalog.NewLocation) { n.TimeZone = "UTC" }, ""},
		{"longitude-alone", func(n *catalog.NewLocation) { n.Latitude = nil }, "body.latitude"},
		{"latitude-alone", func(n *catalog.NewLocation) { n.Longitude = nil }, "body.longitude"},
		{"no-coordinates", func(n *catalog.NewLocation) { n.Latitude, n.Longitude = nil, nil }, ""},
		{"coordinates-too-far", func(n *catalog.NewLocation) { n.Latitude, n.Longitude = ptr(90.1), ptr(-180.1) }, "body.latitude body.longitude"},
		{"coordinates-not-numbers", func(n *catalog.NewLocation) { n.Latitude, n.Longitude = ptr(math.NaN()), ptr(math.Inf(1)) }, "body.latitude body.longitude"},
		{"coordinates-at-the-edge", func(n *catalog.NewLocation) { n.Latitude, n.Longitude = ptr(-90.0), ptr(180.0) }, ""},
		{"too-many-halls", func(n *catalog.NewLocation) { n.Halls = make([]catalog.NewHall, 201) }, "body.halls"},
		{"hall-without-name-and-sections", func(n *catalog.NewLocation) { n.Halls = append(n.Halls, catalog.NewHall{}) }, "body.halls[1].name body.halls[1].sections"},
		{"too-many-sections", func(n *catalog.NewLocation) { n.Halls[0].Sections = make([]catalog.Section, 100) }, "body.halls[0].sections"},
		{"section-id-given", func(n *catalog.NewLocation) { n.Halls[0].Sections[0].ID = "sec_1" }, "body.halls[0].sections[0].id"},
		{"section-without-name", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Name = "" }, "body.halls[0].sections[1].name"},
		{"section-of-no-kind", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Kind = "lying" }, "body.halls[0].sections[1].kind"},
		{"standing-with-rows", func(n *catalog.NewLocation) { n.Halls[0].Sections[0].Kind = catalog.Standing }, "body.halls[0].sections[0].capacity body.halls[0].sections[0].rows"},
		{"seated-with-capacity", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Kind = catalog.Seated }, "body.halls[0].sections[1].capacity body.halls[0].sections[1].rows"},
		{"standing-of-none", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Capacity = 0 }, "body.halls[0].sections[1].capacity"},
		{"standing-negative", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Capacity = math.MinInt }, "body.halls[0].sections[1].capacity"},
		{"standing-too-large", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Capacity = 1_000_001 }, "body.halls[0].sections[1].capacity"},
		{"largest-hall", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Capacity = 1_000_000 - 22 }, ""},
		{"hall-too-large", func(n *catalog.NewLocation) { n.Halls[0].Sections[1].Capacity = 1_000_000 }, "body.halls[0].sections"},
		{"row-without-label", row(catalog.Row{Label: " ", Seats: 3}), "body.halls[0].sections[0].rows[1].label"},
		{"row-label-twice", row(catalog.Row{Label: "A ", Seats: 3}), "body.halls[0].sections[0].rows[1].label"},
		{"row-without-seats", row(catalog.Row{Label: "B"}), "body.halls[0].sections[0].rows[1].seats"},
		{"row-negative", row(catalog.Row{Label: "B", Seats: -1}), "body.halls[0].sections[0].rows[1].seats"},
		{"row-longest", row(catalog.Row{Label: "B", Seats: 500}), ""},
		{"row-too-long", row(catalog.Row{Label: "B", Seats: 501}), "body.halls[0].sections[0].rows[1].seats"},
		{
			"accessible-outside", row(catalog.Row{Label: "B", Seats: 3, Accessible: []int{0, 3, 4}}),
			"body.halls[0].sections[0].rows[1].accessible[0] body.halls[0].sections[0].rows[1].accessible[2]",
		},
		{"too-many-rows", func(n *catalog.NewLocation) { n.Halls[0].Sections[0].Rows = make([]catalog.Row, 2001) }, "body.halls[0].sections[0].rows"},
		{"too-many-bytes", func(n *catalog.NewLocation) {
			for i := range 5 {
				n.Halls[0].Sections = append(n.Halls[0].Sections, catalog.Section{Name: fmt.Sprint(i), Kind: catalog.Seated})
				for r := range 2000 {
					n.Halls[0].Sections[2+i].Rows = append(n.Halls[0].Sections[2+i].Rows, catalog.Row{Label: fmt.Sprint(r), Seats: 1})
				}
			}
		}, "body.halls[0].sections"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			n := arena()
			tc.change(&n)
			_, created, err := w.CreateLocation(t.Context(), alice, n)
			if got := fieldsOf(err); got != tc.want || created != (tc.want == "") {
				t.Errorf("CreateLocation: got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}

func TestService_CreateEvent_fields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	section := l.Halls[0].Sections[0].ID
	next := 0
	for _, tc := range []struct {
		name   string
		change func(*catalog.NewEvent)
		want   string
	}{
		{"good", func(*catalog.NewEvent) {}, ""},
		{"all-at-once", func(n *catalog.NewEvent) {
			*n = catalog.NewEvent{TicketTypes: []catalog.TicketType{{}}, PerPerson: ptr(-1)}
		}, "body.category body.locationId body.name body.perPerson body.startsAt body.ticketTypes[0].name body.ticketTypes[0].price.currency body.ticketTypes[0].sectionIds"},
		{"unknown-location", func(n *catalog.NewEvent) { n.LocationID = "loc_01JD3XW0T6Q6KZJ1J0N3V0Z2M4" }, "body.locationId"},
		{"unknown-hall", func(n *catalog.NewEvent) { n.HallID = "hal_01JD3XW0T6Q6KZJ1J0N3V0Z2M4" }, "body.hallId"},
		{"section-in-no-hall", func(n *catalog.NewEvent) { n.TicketTypes[0].SectionIDs = []string{section, "sec_x"} }, "body.ticketTypes[0].sectionIds[1]"},
		{"section-twice", func(n *catalog.NewEvent) { n.TicketTypes[0].SectionIDs = []string{section, section} }, "body.ticketTypes[0].sectionIds[1]"},
		{"category-unknown", func(n *catalog.NewEvent) { n.Category = "Concert" }, "body.category"},
		{"description-with-lines", func(n *catalog.NewEvent) { n.Description = "a\r\n\tb" }, ""},
		{"description-longest", func(n *catalog.NewEvent) { n.Description = strings.Repeat("ü", 10_000) }, ""},
		{"description-too-long", func(n *catalog.NewEvent) { n.Description = strings.Repeat("ü", 10_001) }, "body.description"},
		{"description-with-control", func(n *catalog.NewEvent) { n.Description = "a\x07" }, "body.description"},
		{"performers", func(n *catalog.NewEvent) { n.Performers = []string{"a", "", "\xff"} }, "body.performers[1] body.performers[2]"},
		{"too-many-performers", func(n *catalog.NewEvent) { n.Performers = make([]string, 51) }, "body.performers"},
		{"start-missing", func(n *catalog.NewEvent) { n.StartsAt = time.Time{} }, "body.startsAt"},
		{"start-in-the-past", func(n *catalog.NewEvent) { n.StartsAt = start.Add(-time.Second) }, "body.startsAt"},
		{"start-in-the-past-recorded", func(n *catalog.NewEvent) { n.StartsAt, n.ExternalID = start.Add(-1000*time.Hour), "old" }, ""},
		{"start-before-1970", func(n *catalog.NewEvent) {
			n.StartsAt, n.ExternalID = time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC), "x"
		}, "body.startsAt"},
		{"start-after-9999", func(n *catalog.NewEvent) { n.StartsAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) }, "body.startsAt"},
		{"end-before-start", func(n *catalog.NewEvent) { n.EndsAt = ptr(n.StartsAt.Add(-1)) }, "body.endsAt"},
		{"end-at-start", func(n *catalog.NewEvent) { n.EndsAt = &n.StartsAt }, "body.endsAt"},
		{"end-too-late", func(n *catalog.NewEvent) { n.EndsAt = ptr(n.StartsAt.Add(366*24*time.Hour + time.Second)) }, "body.endsAt"},
		{"doors-after-start", func(n *catalog.NewEvent) { n.DoorsAt = ptr(n.StartsAt.Add(time.Minute)) }, "body.doorsAt"},
		{"doors-at-start", func(n *catalog.NewEvent) { n.DoorsAt = &n.StartsAt }, ""},
		{"sale-ends-before-it-begins", func(n *catalog.NewEvent) { n.OnSaleFrom, n.OnSaleUntil = ptr(start), ptr(start) }, "body.onSaleUntil"},
		{"sale-begins-after-the-event", func(n *catalog.NewEvent) { n.OnSaleFrom = ptr(n.StartsAt.Add(3 * time.Hour)) }, "body.onSaleFrom"},
		{"cancellation-after-the-event", func(n *catalog.NewEvent) { n.CancelUntil = ptr(n.StartsAt.Add(4 * time.Hour)) }, "body.cancellation.until"},
		{"no-limit-per-person", func(n *catalog.NewEvent) { n.PerPerson = ptr(0) }, ""},
		{"per-person-too-many", func(n *catalog.NewEvent) { n.PerPerson = ptr(math.MaxInt) }, "body.perPerson"},
		{"type-per-person-negative", func(n *catalog.NewEvent) { n.TicketTypes[0].PerPerson = -1 }, "body.ticketTypes[0].perPerson"},
		{"type-id-given", func(n *catalog.NewEvent) { n.TicketTypes[0].ID = "tkt_1" }, "body.ticketTypes[0].id"},
		{"type-sale-empty", func(n *catalog.NewEvent) {
			n.TicketTypes[0].SalesFrom, n.TicketTypes[0].SalesUntil = ptr(start), ptr(start.Add(-1))
		}, "body.ticketTypes[0].salesUntil"},
		{"price-negative", func(n *catalog.NewEvent) { n.TicketTypes[0].Price = money.Of(-1, "EUR") }, "body.ticketTypes[0].price.amount"},
		{"price-huge", func(n *catalog.NewEvent) { n.TicketTypes[0].Price = money.Of(math.MaxInt64, "EUR") }, "body.ticketTypes[0].price.amount"},
		{"price-free", func(n *catalog.NewEvent) { n.TicketTypes[0].Price = money.Of(0, "EUR") }, ""},
		{"currency-unknown", func(n *catalog.NewEvent) { n.TicketTypes[0].Price = money.Of(1, "EURO") }, "body.ticketTypes[0].price.currency"},
		{"two-currencies", func(n *catalog.NewEvent) {
			n.TicketTypes = append(n.TicketTypes, catalog.TicketType{Name: "b", Price: money.Of(1, "USD"), SectionIDs: []string{section}})
		}, "body.ticketTypes[1].price.currency"},
		{"too-many-types", func(n *catalog.NewEvent) { n.TicketTypes = make([]catalog.TicketType, 101) }, "body.ticketTypes"},
		{"image-https", func(n *catalog.NewEvent) { n.ImageURL = "https://example.org/a.jpg?x=1" }, ""},
		{"image-relative", func(n *catalog.NewEvent) { n.ImageURL = "/images/a.jpg" }, ""},
		{"image-script", func(n *catalog.NewEvent) { n.ImageURL = "javascript:alert(1)" }, "body.imageUrl"},
		{"image-data", func(n *catalog.NewEvent) { n.ImageURL = "data:image/png;base64,AA" }, "body.imageUrl"},
		{"image-of-another-scheme", func(n *catalog.NewEvent) { n.ImageURL = "ftp://example.org/a" }, "body.imageUrl"},
		{"image-without-host", func(n *catalog.NewEvent) { n.ImageURL = "https:///a" }, "body.imageUrl"},
		{"image-of-any-scheme", func(n *catalog.NewEvent) { n.ImageURL = "//example.org/a" }, "body.imageUrl"},
		{"image-with-backslash", func(n *catalog.NewEvent) { n.ImageURL = `/\example.org` }, "body.imageUrl"},
		{"image-with-password", func(n *catalog.NewEvent) { n.ImageURL = "https://a:b@example.org/" }, "body.imageUrl"},
		{"image-too-long", func(n *catalog.NewEvent) { n.ImageURL = "/" + strings.Repeat("a", 2000) }, "body.imageUrl"},
		{"other-organisation", func(n *catalog.NewEvent) { n.OrganisationID = "other" }, "body.organisationId"},
	} {
		next++
		t.Run(tc.name, func(t *testing.T) {
			n := concert(l, start.Add(time.Duration(next)*12*time.Hour))
			tc.change(&n)
			_, created, err := w.CreateEvent(t.Context(), alice, n)
			if got := fieldsOf(err); got != tc.want || created != (tc.want == "") {
				t.Errorf("CreateEvent: got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}

func TestService_Search_fields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tc := range []struct {
		name  string
		query catalog.Query
		want  string
	}{
		{"nothing", catalog.Query{}, ""},
		{"limit-negative", catalog.Query{Limit: -1}, "query.limit"},
		{"limit-most", catalog.Query{Limit: 100}, ""},
		{"limit-too-large", catalog.Query{Limit: 101}, "query.limit"},
		{"q-not-utf8", catalog.Query{Q: "\xff"}, "query.q"},
		{"q-with-control", catalog.Query{Q: "\x00"}, "query.q"},
		{"q-too-long", catalog.Query{Q: strings.Repeat("x", 201)}, "query.q"},
		{"q-of-signs", catalog.Query{Q: "!?"}, ""},
		{"category-unknown", catalog.Query{Category: "x"}, "query.category"},
		{"country-unknown", catalog.Query{Country: "xx"}, "query.country"},
		{"city-blank", catalog.Query{City: " "}, "query.city"},
		{"near-one-number", catalog.Query{Near: "52.5"}, "query.near"},
		{"near-words", catalog.Query{Near: "a,b"}, "query.near"},
		{"near-not-a-number", catalog.Query{Near: "NaN,0"}, "query.near"},
		{"near-off-the-earth", catalog.Query{Near: "91,0"}, "query.near"},
		{"near", catalog.Query{Near: "52.5, 13.4"}, ""},
		{"radius-without-near", catalog.Query{RadiusKm: 5}, "query.radiusKm"},
		{"radius-negative", catalog.Query{Near: "0,0", RadiusKm: -5}, "query.radiusKm"},
		{"radius-not-a-number", catalog.Query{Near: "0,0", RadiusKm: math.NaN()}, "query.radiusKm"},
		{"radius-too-large", catalog.Query{Near: "0,0", RadiusKm: 1e9}, "query.radiusKm"},
		{"from-garbage", catalog.Query{From: "tomorrow"}, "query.from"},
		{"from-impossible", catalog.Query{From: "2027-02-30"}, "query.from"},
		{"to-garbage", catalog.Query{To: "2027-13-01"}, "query.to"},
		{"to-before-from", catalog.Query{From: "2027-05-02", To: "2027-05-01"}, "query.to"},
		{"to-before-now", catalog.Query{To: "2020-01-01"}, ""},
		{"first-and-last-date", catalog.Query{From: "0000-01-01", To: "9999-12-31"}, ""},
		{"first-and-last-time", catalog.Query{From: "0000-01-01T00:00:00+23:59", To: "9999-12-31T23:59:59-23:59"}, ""},
		{"price-negative", catalog.Query{PriceMax: ptr(int64(-1))}, "query.priceMax"},
		{"seats-negative", catalog.Query{Seats: -1}, "query.seats"},
		{"cursor-garbage", catalog.Query{Cursor: "%%%"}, "query.cursor"},
		{"cursor-too-long", catalog.Query{Cursor: strings.Repeat("A", 2000)}, "query.cursor"},
		{"cursor-of-another-query", catalog.Query{Cursor: catalog.EncodeCursor(1, catalog.Position{})}, "query.cursor"},
		{
			"everything-at-once",
			catalog.Query{Limit: 1000, Category: "x", From: "x", Near: "x", Cursor: "x"},
			"query.category query.cursor query.from query.limit query.near",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.Search(t.Context(), alice, tc.query)
			if got := fieldsOf(err); got != tc.want || (err == nil) != (tc.want == "") {
				t.Errorf("Search: got %q (%v), want %q", got, err, tc.want)
			}
			tc.query.Mine = true
			_, err = w.Search(t.Context(), alice, tc.query)
			if got := fieldsOf(err); got != tc.want {
				t.Errorf("Search mine: got %q (%v), want %q", got, err, tc.want)
			}
		})
	}
}

// However much is wrong, the answer names a bounded part of it and never the value.
func TestService_problemsAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := arena()
	n.Halls[0].Sections[0].Rows = make([]catalog.Row, 2000)
	n.Name = "secret\x00"
	_, _, err := w.CreateLocation(t.Context(), alice, n)
	var f *fault.Error
	if !errors.As(err, &f) || len(f.Fields) != 50 {
		t.Errorf("CreateLocation: got %d fields, want 50", len(f.Fields))
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("CreateLocation: got %q, want no values in it", err)
	}
}
