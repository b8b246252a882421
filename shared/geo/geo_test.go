package geo_test

import (
	"math"
	"testing"
	"time"
	_ "time/tzdata" // a machine without zone files has the zones of the table all the same

	"github.com/myevents/myevents/shared/geo"
)

func open(tb testing.TB) *geo.Index {
	tb.Helper()
	x, err := geo.Open()
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func TestIndex_Lookup(t *testing.T) {
	t.Parallel()
	x := open(t)
	for _, tc := range []struct {
		name, city, region, country string
		want                        geo.Place // without people
	}{
		{"plain", "Seattle", "WA", "US", geo.Place{City: "Seattle", Region: "WA", Country: "US", Latitude: 47.606, Longitude: -122.332, TimeZone: "America/Los_Angeles"}},
		{"country-from-region", "Ottawa", "ON", "", geo.Place{City: "Ottawa", Region: "ON", Country: "CA", Latitude: 45.411, Longitude: -75.698, TimeZone: "America/Toronto"}},
		{"region-by-name", "portland", "Oregon", "", geo.Place{City: "Portland", Region: "OR", Country: "US", Latitude: 45.523, Longitude: -122.676, TimeZone: "America/Los_Angeles"}},
		{"other-portland", "PORTLAND", "ME", "", geo.Place{City: "Portland", Region: "ME", Country: "US", Latitude: 43.661, Longitude: -70.255, TimeZone: "America/New_York"}},
		{"accents-left-out", "Montreal", "QC", "", geo.Place{City: "Montréal", Region: "QC", Country: "CA", Latitude: 45.509, Longitude: -73.588, TimeZone: "America/Toronto"}},
		{"saint-for-st", "Saint Louis", "MO", "", geo.Place{City: "St. Louis", Region: "MO", Country: "US", Latitude: 38.627, Longitude: -90.198, TimeZone: "America/Chicago"}},
		{"st-for-saint", "st  paul", "MN", "US", geo.Place{City: "Saint Paul", Region: "MN", Country: "US", Latitude: 44.944, Longitude: -93.093, TimeZone: "America/Chicago"}},
		{"punctuation", "Coeur d’Alene", "ID", "", geo.Place{City: "Coeur d'Alene", Region: "ID", Country: "US", Latitude: 47.678, Longitude: -116.78, TimeZone: "America/Los_Angeles"}},
		{"largest-without-region", "Columbus", "", "US", geo.Place{City: "Columbus", Region: "OH", Country: "US", Latitude: 39.961, Longitude: -82.999, TimeZone: "America/New_York"}},
		{"largest-of-the-world", "Vienna", "", "", geo.Place{City: "Vienna", Country: "AT", Latitude: 48.208, Longitude: 16.372, TimeZone: "Europe/Vienna"}},
		{"own-language", "Köln", "", "DE", geo.Place{City: "Köln", Country: "DE", Latitude: 50.933, Longitude: 6.95, TimeZone: "Europe/Berlin"}},
		{"region-elsewhere-ignored", "Wien", "Wien", "AT", geo.Place{City: "Vienna", Country: "AT", Latitude: 48.208, Longitude: 16.372, TimeZone: "Europe/Vienna"}},
		{"half-hour-zone", "Mumbai", "", "IN", geo.Place{City: "Mumbai", Country: "IN", Latitude: 19.073, Longitude: 72.883, TimeZone: "Asia/Kolkata"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			got, ok := x.Lookup(tc.city, tc.region, tc.country)
			if !ok {
				t.Fatalf("Lookup(%q, %q, %q): got nothing, want %+v", tc.city, tc.region, tc.country, tc.want)
			}
			if got.City != tc.want.City || got.Region != tc.want.Region || got.Country != tc.want.Country || got.TimeZone != tc.want.TimeZone ||
				math.Abs(got.Latitude-tc.want.Latitude) > 0.05 || math.Abs(got.Longitude-tc.want.Longitude) > 0.05 {
				t.Errorf("Lookup(%q, %q, %q): got %+v, want %+v", tc.city, tc.region, tc.country, got, tc.want)
			}
		})
	}
}

func TestIndex_LookupUnknown(t *testing.T) {
	t.Parallel()
	x := open(t)
	for _, tc := range []struct{ name, city, region, country string }{
		{"empty", "", "", ""},
		{"no-such-city", "Xanadu on Thames", "", ""},
		{"elsewhere", "Seattle", "TX", "US"},
		{"no-such-region", "Seattle", "XX", ""},
		{"region-of-the-other-country", "Ottawa", "ON", "US"},
		{"misspelled", "Seatle", "WA", "US"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if got, ok := x.Lookup(tc.city, tc.region, tc.country); ok {
				t.Errorf("Lookup(%q, %q, %q): got %+v, want nothing", tc.city, tc.region, tc.country, got)
			}
		})
	}
}

func TestOpen_ZonesExist(t *testing.T) {
	t.Parallel()
	zones := open(t).Zones()
	if len(zones) < 200 {
		t.Errorf("zones: got %d, want 200 or more", len(zones))
	}
	for _, zone := range zones {
		if _, err := time.LoadLocation(zone); err != nil {
			t.Errorf("LoadLocation(%s): got %v, want nil", zone, err)
		}
	}
}

func TestCountryOf(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, region, country string
		ok                    bool
	}{
		{"state", "NY", "US", true},
		{"capital-district", "DC", "US", true},
		{"province", "qc", "CA", true},
		{"by-name", "Québec", "CA", true},
		{"california-is-no-country", "CA", "US", true},
		{"unknown", "ZZ", "", false},
		{"empty", "", "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if country, ok := geo.CountryOf(tc.region); country != tc.country || ok != tc.ok {
				t.Errorf("CountryOf(%q): got %q %t, want %q %t", tc.region, country, ok, tc.country, tc.ok)
			}
		})
	}
}

func TestFold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, in, want string }{
		{"plain", "Boston", "boston"},
		{"several-words", "  New   York-City ", "new york city"},
		{"saint", "St. Pete", "saint pete"},
		{"saint-within", "Port St. Lucie", "port saint lucie"},
		{"saint-at-the-end", "Bay St", "bay saint"},
		{"sainte", "Sault Ste. Marie", "sault sainte marie"},
		{"mount-and-fort", "Ft. Mt", "fort mount"},
		{"no-abbreviation", "Stow", "stow"},
		{"dots-and-quotes", "D.C. O'Fallon", "dc ofallon"},
		{"marks", "Québec Łódź Åre", "quebec lodz are"},
		{"ligatures", "Straße & Cœur", "strasse and coeur"},
		{"other-scripts", "Киев", "киев"},
		{"nothing", " -- ", ""},
	} {
		if got := geo.Fold(tc.in); got != tc.want {
			t.Errorf("%s: Fold(%q): got %q, want %q", tc.name, tc.in, got, tc.want)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		open(b)
	}
}
