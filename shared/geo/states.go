package geo

import "strings"

type state struct{ code, country, name string }

// states are the states and provinces of the two countries whose addresses always name them.
var states = [...]state{
	{"AL", "US", "Alabama"},
	{"AK", "US", "Alaska"},
	{"AZ", "US", "Arizona"},
	{"AR", "US", "Arkansas"},
	{"CA", "US", "California"},
	{"CO", "US", "Colorado"},
	{"CT", "US", "Connecticut"},
	{"DE", "US", "Delaware"},
	{"DC", "US", "District of Columbia"},
	{"FL", "US", "Florida"},
	{"GA", "US", "Georgia"},
	{"HI", "US", "Hawaii"},
	{"ID", "US", "Idaho"},
	{"IL", "US", "Illinois"},
	{"IN", "US", "Indiana"},
	{"IA", "US", "Iowa"},
	{"KS", "US", "Kansas"},
	{"KY", "US", "Kentucky"},
	{"LA", "US", "Louisiana"},
	{"ME", "US", "Maine"},
	{"MD", "US", "Maryland"},
	{"MA", "US", "Massachusetts"},
	{"MI", "US", "Michigan"},
	{"MN", "US", "Minnesota"},
	{"MS", "US", "Mississippi"},
	{"MO", "US", "Missouri"},
	{"MT", "US", "Montana"},
	{"NE", "US", "Nebraska"},
	{"NV", "US", "Nevada"},
	{"NH", "US", "New Hampshire"},
	{"NJ", "US", "New Jersey"},
	{"NM", "US", "New Mexico"},
	{"NY", "US", "New York"},
	{"NC", "US", "North Carolina"},
	{"ND", "US", "North Dakota"},
	{"OH", "US", "Ohio"},
	{"OK", "US", "Oklahoma"},
	{"OR", "US", "Oregon"},
	{"PA", "US", "Pennsylvania"},
	{"RI", "US", "Rhode Island"},
	{"SC", "US", "South Carolina"},
	{"SD", "US", "South Dakota"},
	{"TN", "US", "Tennessee"},
	{"TX", "US", "Texas"},
	{"UT", "US", "Utah"},
	{"VT", "US", "Vermont"},
	{"VA", "US", "Virginia"},
	{"WA", "US", "Washington"},
	{"WV", "US", "West Virginia"},
	{"WI", "US", "Wisconsin"},
	{"WY", "US", "Wyoming"},
	{"AB", "CA", "Alberta"},
	{"BC", "CA", "British Columbia"},
	{"MB", "CA", "Manitoba"},
	{"NB", "CA", "New Brunswick"},
	{"NL", "CA", "Newfoundland and Labrador"},
	{"NS", "CA", "Nova Scotia"},
	{"NT", "CA", "Northwest Territories"},
	{"NU", "CA", "Nunavut"},
	{"ON", "CA", "Ontario"},
	{"PE", "CA", "Prince Edward Island"},
	{"QC", "CA", "Quebec"},
	{"SK", "CA", "Saskatchewan"},
	{"YT", "CA", "Yukon"},
}

// CountryOf returns the country, US or CA, of a state or province given by code or name.
func CountryOf(region string) (country string, ok bool) {
	s, ok := findState(region, "")
	return s.country, ok
}

func findState(region, country string) (state, bool) {
	folded := fold(region)
	for _, s := range &states {
		if (country == "" || strings.EqualFold(s.country, country)) && (strings.EqualFold(s.code, strings.TrimSpace(region)) || fold(s.name) == folded) {
			return s, true
		}
	}
	return state{}, false
}
