package seed_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/currency"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/apiclient/apitest"
	"github.com/myevents/myevents/shared/geo"
	"github.com/myevents/myevents/shared/seed"
)

var today = time.Date(2026, 5, 13, 9, 41, 7, 0, time.UTC)

func demo(tb testing.TB, now time.Time) seed.Plan {
	tb.Helper()
	p, err := seed.Demo(now)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func count[T any](list []T, is func(T) bool) (n int) {
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

// houses returns the plan's locations by their external ids.
func houses(p seed.Plan) map[string]apiclient.Location {
	byID := map[string]apiclient.Location{}
	for _, l := range p.Locations {
		byID[l.ExternalID] = l
	}
	return byID
}

func TestDemo_Variety(t *testing.T) {
	t.Parallel()
	p := demo(t, today)
	byID := houses(p)
	countries, categories := map[string]bool{}, map[string]int{}
	for _, e := range p.Events {
		countries[byID[e.Location].Country] = true
		categories[e.Category]++
	}
	var halls []apiclient.Hall
	for _, l := range p.Locations {
		halls = append(halls, l.Halls...)
	}
	has := func(kind string) func(apiclient.Hall) bool {
		return func(h apiclient.Hall) bool {
			return slices.ContainsFunc(h.Sections, func(s apiclient.Section) bool { return s.Kind == kind })
		}
	}
	seats := func(h apiclient.Hall) (n int) {
		for _, s := range h.Sections {
			if s.Kind == apiclient.Seated {
				n += s.Places()
			}
		}
		return n
	}
	typed := func(is func(apiclient.TicketType) bool) func(seed.Event) bool {
		return func(e seed.Event) bool { return slices.ContainsFunc(e.TicketTypes, is) }
	}
	for _, tc := range []struct {
		name             string
		got, least, most int
	}{
		{"events", len(p.Events), 60, 120},
		{"countries", len(countries), 25, 200},
		{"categories", len(categories), len(apitest.Categories), len(apitest.Categories)},
		{"seated-halls", count(halls, func(h apiclient.Hall) bool { return !has(apiclient.Standing)(h) }), 10, 99},
		{"standing-halls", count(halls, func(h apiclient.Hall) bool { return !has(apiclient.Seated)(h) }), 2, 99},
		{"mixed-halls", count(halls, func(h apiclient.Hall) bool { return has(apiclient.Seated)(h) && has(apiclient.Standing)(h) }), 10, 99},
		{"halls-of-5000-seats", count(halls, func(h apiclient.Hall) bool { return seats(h) >= 5000 }), 3, 99},
		{"halls-with-accessible-seats", count(halls, func(h apiclient.Hall) bool {
			return slices.ContainsFunc(h.Sections, func(s apiclient.Section) bool {
				return slices.ContainsFunc(s.Rows, func(r apiclient.Row) bool { return len(r.Accessible) > 0 })
			})
		}), count(halls, has(apiclient.Seated)), 99},
		{"drafts", count(p.Events, func(e seed.Event) bool { return !e.Publish }), 2, 5},
		{"cancelled", count(p.Events, func(e seed.Event) bool { return e.Cancelled != "" }), 1, 1},
		{"on-sale-on-the-day-only", count(p.Events, func(e seed.Event) bool {
			return e.OnSaleFrom != nil && e.StartsAt.Sub(*e.OnSaleFrom) < 24*time.Hour
		}), 1, 1},
		{"not-yet-on-sale", count(p.Events, func(e seed.Event) bool { return e.OnSaleFrom != nil && e.OnSaleFrom.After(today) }), 3, 20},
		{"with-limits-per-person", count(p.Events, func(e seed.Event) bool { return e.PerPerson != nil && *e.PerPerson > 0 }), 5, 30},
		{"without-limit-per-person", count(p.Events, func(e seed.Event) bool { return e.PerPerson != nil && *e.PerPerson == 0 }), 1, 5},
		{"free", count(p.Events, typed(func(t apiclient.TicketType) bool { return t.Price.Amount == 0 })), 3, 10},
		{"all-free", count(p.Events, func(e seed.Event) bool {
			return !slices.ContainsFunc(e.TicketTypes, func(t apiclient.TicketType) bool { return t.Price.Amount > 0 })
		}), 1, 3},
		{"with-early-birds", count(p.Events, typed(func(t apiclient.TicketType) bool { return t.SalesUntil != nil })), 4, 20},
		{"with-late-sales", count(p.Events, typed(func(t apiclient.TicketType) bool { return t.SalesFrom != nil })), 1, 20},
		{"for-children", count(p.Events, typed(func(t apiclient.TicketType) bool { return t.Name == "Child" })), 10, 50},
		{"described", count(p.Events, func(e seed.Event) bool { return len(e.Description) > 20 }), len(p.Events), len(p.Events)},
		{"cancellable-until-a-time", count(p.Events, func(e seed.Event) bool { return e.Cancellation != nil }), 5, 30},
	} {
		if tc.got < tc.least || tc.got > tc.most {
			t.Errorf("%s: got %d, want %d to %d", tc.name, tc.got, tc.least, tc.most)
		}
	}
	for _, first := range []string{"concert", "carnival", "circus"} {
		for _, category := range apitest.Categories[3:] {
			if categories[category] >= categories[first] {
				t.Errorf("%d events of %s, but %d of %s", categories[category], category, categories[first], first)
			}
		}
	}
}

// It works on every day of the year, the days when clocks change and the leap day included: the server's rules hold, no
// two events are in each other's way, and all is in the twelve months to come.
func TestDemo_AnyDay(t *testing.T) {
	t.Parallel()
	for _, day := range []string{"2026-01-01", "2026-03-08", "2026-03-29", "2026-06-30", "2026-10-25", "2026-11-01", "2026-12-31", "2028-02-29", "2030-07-13"} {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, day+"T23:50:00Z")
			if err != nil {
				t.Fatal(err)
			}
			s := apitest.New()
			s.Now = func() time.Time { return now }
			p := demo(t, now)
			r, err := seed.Apply(t.Context(), seed.Actors{Organiser: s.Client(t)}, p)
			if err != nil || r.Events.Created != len(p.Events) || r.Locations.Created != len(p.Locations) || r.Cancelled != 1 {
				t.Fatalf("Apply: got %+v, %v", r, err)
			}
			for _, e := range p.Events {
				if e.StartsAt.Before(now.Add(time.Hour)) || e.EndsAt.After(now.AddDate(1, 0, 0)) {
					t.Errorf("%s: %v to %v, not within the next twelve months", e.ExternalID, e.StartsAt, e.EndsAt)
				}
				for _, tt := range e.TicketTypes {
					if tt.SalesUntil != nil && tt.SalesUntil.Before(now) {
						t.Errorf("%s: %s is on sale until %v only", e.ExternalID, tt.Name, tt.SalesUntil)
					}
				}
			}
		})
	}
}

func TestDemo_LocalEvenings(t *testing.T) {
	t.Parallel()
	p := demo(t, today)
	byID := houses(p)
	evenings, months := 0, map[time.Month]bool{}
	for _, e := range p.Events {
		zone, err := time.LoadLocation(byID[e.Location].TimeZone)
		if err != nil {
			t.Fatal(err)
		}
		local := e.StartsAt.In(zone)
		months[local.Month()] = true
		if local.Hour() >= 18 && local.Hour() <= 21 {
			evenings++
		}
		if local.Minute()%15 != 0 {
			t.Errorf("%s: starts at %v", e.ExternalID, local)
		}
	}
	if evenings < len(p.Events)/2 || len(months) < 11 {
		t.Errorf("got %d of %d events in the evening, in %d months; want half of them, and 11", evenings, len(p.Events), len(months))
	}
}

// The houses stand where their cities are, and their clocks go as the cities' do.
func TestDemo_Places(t *testing.T) {
	t.Parallel()
	x, err := geo.Open()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, l := range demo(t, today).Locations {
		city, ok := x.Lookup(l.City, l.Region, l.Country)
		if !ok {
			t.Logf("%s is too small for the table of cities", l.City)
			continue
		}
		found++
		if km := distance(*l.Latitude, *l.Longitude, city.Latitude, city.Longitude); km > 25 {
			t.Errorf("%s is %.0f km from %s", l.Name, km, l.City)
		}
		if l.TimeZone != city.TimeZone {
			t.Errorf("%s: got zone %s, want %s", l.Name, l.TimeZone, city.TimeZone)
		}
	}
	if found < 30 {
		t.Errorf("got %d houses in known cities, want 30", found)
	}
}

// distance is in km, over the short ways of this test as on a plane.
func distance(lat1, lon1, lat2, lon2 float64) float64 {
	return 111.2 * math.Hypot(lat1-lat2, (lon1-lon2)*math.Cos(lat1*math.Pi/180))
}

// perEuro are rates, roughly, so that a price in wrong minor units stands out.
var perEuro = map[string]float64{
	"EUR": 1, "GBP": 0.85, "BRL": 6, "TTD": 7.5, "USD": 1.1, "CAD": 1.5, "MXN": 20, "ARS": 1200, "COP": 4500, "CLP": 1000,
	"JPY": 165, "KRW": 1550, "INR": 95, "THB": 38, "SGD": 1.45, "AUD": 1.7, "NZD": 1.85, "ZAR": 20, "KES": 145, "NGN": 1700, "EGP": 55, "KWD": 0.34,
	"AED": 4, "TRY": 42, "SEK": 11.3, "DKK": 7.46, "ISK": 145, "PLN": 4.3, "CZK": 25, "CHF": 0.95,
}

func TestDemo_Prices(t *testing.T) {
	t.Parallel()
	seen := map[string]int{} // currency → decimals
	for _, e := range demo(t, today).Events {
		for _, tt := range e.TicketTypes {
			unit, err := currency.ParseISO(tt.Price.Currency)
			if err != nil {
				t.Fatal(err)
			}
			decimals, _ := currency.Standard.Rounding(unit)
			if tt.Price.Currency == "COP" { // the library has what shops there do, ISO 4217 and browsers have two
				decimals = 2
			}
			seen[tt.Price.Currency] = decimals
			euros := float64(tt.Price.Amount) / math.Pow10(decimals) / perEuro[tt.Price.Currency]
			if tt.Price.Amount != 0 && (euros < 0.5 || euros > 700) {
				t.Errorf("%s, %s: %d %s are %.2f euros", e.ExternalID, tt.Name, tt.Price.Amount, tt.Price.Currency, euros)
			}
		}
	}
	for _, tc := range []struct {
		currency string
		decimals int
	}{{"JPY", 0}, {"KRW", 0}, {"KWD", 3}, {"CLP", 0}, {"ISK", 0}, {"COP", 2}, {"EUR", 2}} {
		if got, ok := seen[tc.currency]; !ok || got != tc.decimals {
			t.Errorf("%s: got %d decimals %t, want %d", tc.currency, got, ok, tc.decimals)
		}
	}
	if len(seen) < 20 {
		t.Errorf("currencies: got %d, want 20", len(seen))
	}
}

func TestApply_Repeated(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	s.Now = func() time.Time { return today }
	p := demo(t, today)
	first, err := seed.Apply(t.Context(), seed.Actors{Organiser: s.Client(t)}, p)
	if err != nil {
		t.Fatal(err)
	}
	before := fmt.Sprint(s.Events(), s.Locations())
	for _, later := range []time.Duration{0, 40 * 24 * time.Hour} {
		again, err := seed.Apply(t.Context(), seed.Actors{Organiser: s.Client(t)}, demo(t, today.Add(later)))
		want := seed.Report{Locations: seed.Count{Existing: len(p.Locations)}, Events: seed.Count{Existing: len(p.Events)}}
		if err != nil || again != want {
			t.Errorf("Apply %v later: got %+v, %v; want %+v", later, again, err, want)
		}
	}
	if after := fmt.Sprint(s.Events(), s.Locations()); after != before {
		t.Error("Apply again changed what was there")
	}
	statuses := map[string]int{}
	for _, e := range s.Events() {
		statuses[e.Status]++
		if !strings.HasPrefix(e.ImageURL, "/art/") || e.OrganisationID != seed.Organisation {
			t.Errorf("%s: got picture %q, organisation %q", e.ExternalID, e.ImageURL, e.OrganisationID)
		}
	}
	if statuses[apiclient.Published] != first.Published-1 || statuses[apiclient.Cancelled] != 1 || statuses[apiclient.Draft] != len(p.Events)-first.Published {
		t.Errorf("got %v after publishing %d of %d", statuses, first.Published, len(p.Events))
	}
}

func TestApply_Errors(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	p := demo(t, today)
	if _, err := seed.Apply(t.Context(), seed.Actors{Organiser: s.Client(t).As("somebody")}, p); apiclient.StatusOf(err) != 401 {
		t.Errorf("Apply with a bad token: got %v, want 401", err)
	}
	p.Events[0].Hall = "gone"
	if _, err := seed.Apply(t.Context(), seed.Actors{Organiser: s.Client(t)}, p); err == nil || !strings.Contains(err.Error(), p.Events[0].ExternalID) {
		t.Errorf("Apply without the hall: got %v, want an error that names %s", err, p.Events[0].ExternalID)
	}
}
