package e2e_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"
)

func TestContract_Search(t *testing.T) { onTargets(t, contractSearch) }

func contractSearch(t *testing.T, srv *server) {
	org, other, attendee := srv.token("olga@one.example", "organiser"), srv.orgToken("otto@two.example", "organiser", "two"), srv.token("ana@one.example", "attendee")
	put := func(token, name, category string, v locationWire, at time.Time, edit func(object)) string {
		t.Helper()
		e := into[eventWire](t, srv.must(201, "POST", "/v1/events", token, concert(v, at, func(o object) {
			o["name"], o["category"] = name, category
			if edit != nil {
				edit(o)
			}
		})))
		srv.must(200, "POST", "/v1/events/"+e.ID+"/publish", token, nil)
		return e.ID
	}
	vienna := srv.venue(org, func(o object) { o["latitude"], o["longitude"] = 48.19, 16.42 })
	auckland := srv.venue(org, func(o object) {
		o["name"], o["city"], o["country"], o["timeZone"], o["latitude"], o["longitude"] = "Town Hall", "Tāmaki Makaurau", "NZ", "Pacific/Auckland", -36.85, 174.76
	})
	day := func(n, hour int) time.Time {
		return inDays(n).Truncate(24 * time.Hour).Add(time.Duration(hour) * time.Hour)
	}
	one := put(org, "Mamma Mia!", "musical", vienna, day(10, 18), func(o object) {
		o["performers"] = list{"Björk"}
		o["ticketTypes"].(list)[0].(object)["price"] = object{"amount": 9000, "currency": "EUR"}
	})
	two := put(org, "Zirkus Halligalli", "circus", vienna, day(12, 18), nil)
	three := put(org, "Mamma Roma", "concert", auckland, day(14, 14), nil) // 02:00 or 03:00 of the next day there
	four := put(other, "Their show", "concert", auckland, day(20, 6), func(o object) { o["ticketTypes"].(list)[0].(object)["price"] = object{"amount": 0, "currency": "EUR"} })
	draft := into[eventWire](t, srv.must(201, "POST", "/v1/events", org, concert(vienna, day(16, 18), nil))).ID
	past := put(org, "Long ago", "opera", vienna, inDays(-100), func(o object) { o["externalId"] = "past" })
	gone := put(org, "Called off", "opera", vienna, day(30, 18), nil)
	srv.must(200, "POST", "/v1/events/"+gone+"/cancel", org, object{"reason": "rain"})
	name := map[string]string{one: "one", two: "two", three: "three", four: "four", draft: "draft", past: "past", gone: "gone"}
	find := func(s *server, query, token string) []string {
		s.t.Helper()
		found := []string{}
		for cursor, turns := "", 0; ; turns++ {
			p := get[page[eventWire]](s, "/v1/events?"+query+"&cursor="+url.QueryEscape(cursor), token)
			for _, e := range p.Items {
				found = append(found, name[e.ID])
			}
			if cursor = p.NextCursor; cursor == "" {
				return found
			}
			if turns > 100 {
				s.t.Fatalf("%s: got no last page", query)
			}
		}
	}
	soon := url.QueryEscape(time.Now().AddDate(-1, 0, 0).UTC().Format(time.RFC3339))
	date := func(n int) string { return inDays(n).Format(time.DateOnly) }
	for _, tc := range []struct {
		name, query string
		want        []string
	}{
		{"soonest-first-without-drafts-and-past-ones", "", []string{"one", "two", "three", "four"}},
		{"one-at-a-time", "limit=1", []string{"one", "two", "three", "four"}},
		{"all-words-match", "q=mamma+mia", []string{"one"}},
		{"the-last-word-as-a-prefix", "q=mamma+mi", []string{"one"}},
		{"case-and-accents-do-not-matter", "q=BJORK", []string{"one"}},
		{"by-city-in-words", "q=makaurau", []string{"three", "four"}},
		{"no-word-matches", "q=xyzzy", []string{}},
		{"punctuation-alone-finds-as-if-absent-or-nothing", "q=mamma+roma+%21", []string{"three"}},
		{"by-category", "category=circus", []string{"two"}},
		{"by-country", "country=NZ", []string{"three", "four"}},
		{"by-city", "city=wien", []string{"one", "two"}},
		{"by-accented-city", "city=" + url.QueryEscape("Tamaki Makaurau"), []string{"three", "four"}},
		{"near", "near=48.2,16.37&radiusKm=20", []string{"one", "two"}},
		{"near-but-not-so-near", "near=48.2,16.37&radiusKm=1", []string{}},
		{"near-across-the-date-line", "near=-36.9,-179.9&radiusKm=600", []string{"three", "four"}},
		{"from-a-date", "from=" + date(12), []string{"two", "three", "four"}},
		{"to-a-date-inclusive", "to=" + date(12), []string{"one", "two"}},
		{"to-a-date-of-the-event-s-zone", "to=" + date(14), []string{"one", "two"}},
		{"from-a-date-of-the-event-s-zone", "from=" + date(15), []string{"three", "four"}},
		{"from-a-time", "from=" + url.QueryEscape(stamp(day(12, 18))), []string{"two", "three", "four"}},
		{"after-a-time", "from=" + url.QueryEscape(stamp(day(12, 18).Add(time.Second))), []string{"three", "four"}},
		{"to-a-time", "to=" + url.QueryEscape(stamp(day(12, 18))), []string{"one", "two"}},
		{"an-earlier-from-includes-ended", "from=" + soon + "&to=" + date(12), []string{"past", "one", "two"}},
		{"by-price", "priceMax=3000", []string{"two", "three", "four"}},
		{"by-no-price", "priceMax=0", []string{"four"}},
		{"by-seats-left", "seats=100", []string{"one", "two", "three", "four"}},
		{"by-more-seats-than-left", "seats=101", []string{}},
		{"all-at-once", "q=zirkus&category=circus&country=AT&city=Wien&near=48.2,16.37&radiusKm=50&priceMax=3000&seats=1&limit=1", []string{"two"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want(t, tc.query, find(srv.on(t), tc.query, ""), tc.want)
		})
	}
	t.Run("mine-shows-drafts-of-ones-organisations-alone", func(t *testing.T) {
		s := srv.on(t)
		mine := find(s, "mine=true", org)
		if !slices.Contains(mine, "draft") || slices.Contains(mine, "four") || !slices.Contains(mine, "one") {
			t.Errorf("mine: got %v, want the draft and no other's", mine)
		}
		want(t, "theirs", find(s, "mine=true", other), []string{"four"})
		want(t, "mine=false", find(s, "mine=false", ""), []string{"one", "two", "three", "four"})
		s.refused(401, "", "GET", "/v1/events?mine=true", "", nil)
		s.refused(403, "", "GET", "/v1/events?mine=true", attendee, nil)
	})
	t.Run("ended-events-say-so", func(t *testing.T) {
		e := get[eventWire](srv.on(t), "/v1/events/"+past, "")
		want(t, "availability", e.Availability, "ended")
	})
	t.Run("wrong-parameters-are-422", func(t *testing.T) {
		s := srv.on(t)
		for _, query := range []string{
			"limit=0", "limit=101", "limit=-5", "limit=ten", "limit=1e9", "limit=99999999999999999999", "cursor=nonsense", "from=yesterday",
			"from=2027-13-01", "to=2027-02-30", "near=1", "near=91,0", "near=0,181", "near=a,b", "near=NaN,0", "radiusKm=-1", "radiusKm=0&near=1,1", "radiusKm=NaN&near=1,1",
			"radiusKm=5", "priceMax=-1", "priceMax=x", "seats=0", "seats=-1", "seats=x", "country=Austria", "category=party", "mine=maybe", "q=%ff", "q=%00",
		} {
			s.refused(422, "", "GET", "/v1/events?"+query, "", nil)
		}
	})
	t.Run("paging-neither-repeats-nor-skips-under-inserts", func(t *testing.T) {
		s := srv.on(t)
		seen := []string{}
		for i := range 6 {
			put(org, fmt.Sprint("Parade ", i), "carnival", vienna, day(100+2*i, 12), nil)
		}
		for cursor, n := "", 0; ; n++ {
			p := get[page[eventWire]](s, "/v1/events?category=carnival&limit=2&cursor="+cursor, "")
			for _, e := range p.Items {
				seen = append(seen, e.Name)
			}
			put(org, fmt.Sprint("Extra ", n), "carnival", vienna, day(60+n, 12), nil) // before what comes
			if cursor = p.NextCursor; cursor == "" {
				break
			}
		}
		want(t, "seen", seen, []string{"Parade 0", "Parade 1", "Parade 2", "Parade 3", "Parade 4", "Parade 5"})
	})
}
