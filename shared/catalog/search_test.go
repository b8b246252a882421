package catalog_test

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/money"
)

// at creates a location somewhere.
func (w *world) at(name, city, country, zone string, lat, lon float64) catalog.Location {
	n := arena()
	n.Name, n.City, n.Country, n.TimeZone, n.Latitude, n.Longitude = name, city, country, zone, &lat, &lon
	return w.place(n)
}

// named publishes an event with a name and performers.
func (w *world) named(l catalog.Location, at time.Time, name string, performers ...string) catalog.Event {
	w.t.Helper()
	n := concert(l, at)
	n.Name, n.Performers = name, performers
	return w.published(n)
}

func TestService_Search_words(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.at("Große Halle", "Zürich", "CH", "Europe/Zurich", 47.37, 8.54)
	for i, e := range [][]string{
		{"Mamma Mia!", "ABBA Tribute"},
		{"Mamma Roma", "Łukasz Ångström"},
		{"Éxtasis", "Øyvind"},
		{"東京ドーム Live", "きゃりー"},
		{"Die Straße", "Mötley Crüe"},
		{"Philharmonischer Abend"},
		{"Rock'n'Roll X"},
		{"서울 콘서트"},
		{"Ὀδύσσεια"},
		{"ﬁne ①"},
		{"مهرجان الموسيقى"},
	} {
		w.named(l, start.Add(time.Duration(i+1)*24*time.Hour), e[0], e[1:]...)
	}
	for _, tc := range []struct{ name, q, want string }{
		{"whole-words", "mamma mia", "Mamma Mia!"},
		{"last-as-prefix", "mamma mi", "Mamma Mia!"},
		{"only-the-last-as-prefix", "mam mia", ""},
		{"order-does-not-matter", "mia mamma", "Mamma Mia!"},
		{"a-word-twice", "mia mamma mia", "Mamma Mia!"},
		{"all-must-match", "mamma abba", "Mamma Mia!"},
		{"one-missing", "mamma zappa", ""},
		{"both", "MAMMA", "Mamma Mia!|Mamma Roma"},
		{"accents-in-the-name", "extas", "Éxtasis"},
		{"accents-in-the-query", "ÉXTÁSIS", "Éxtasis"},
		{"accents-decomposed", "E\u0301xtasis", "Éxtasis"},
		{"sharp-s", "strasse", "Die Straße"},
		{"sharp-s-asked", "STRASSE", "Die Straße"},
		{"sharp-s-capital", "STRAẞE", "Die Straße"},
		{"l-with-stroke", "lukasz", "Mamma Roma"},
		{"a-with-ring", "angstrom", "Mamma Roma"},
		{"o-with-stroke", "oyvind", "Éxtasis"},
		{"diaeresis", "motley crue", "Die Straße"},
		{"longer-than-prefixes", "philharmonisch", "Philharmonischer Abend"},
		{"longer-than-prefixes-other", "philharmoniker", ""},
		{"long-word-not-last", "philharmonischer ab", "Philharmonischer Abend"},
		{"apostrophes", "rock n roll", "Rock'n'Roll X"},
		{"one-letter-last", "roll x", "Rock'n'Roll X"},
		{"one-letter", "x", "Rock'n'Roll X"},
		{"han", "東京", "東京ドーム Live"},
		{"katakana-inside", "ドーム", "東京ドーム Live"},
		{"katakana-halfwidth", "ﾄﾞｰﾑ", "東京ドーム Live"},
		{"han-other-order", "京東", ""},
		{"hiragana", "きゃり", "東京ドーム Live"},
		{"han-and-latin", "東京 li", "東京ドーム Live"},
		{"hangul", "콘서", "서울 콘서트"},
		{"greek-accents", "οδυσσεια", "Ὀδύσσεια"},
		{"ligature-and-circled-digit", "fine 1", "ﬁne ①"},
		{"arabic", "الموسيقى", "مهرجان الموسيقى"},
		{"nothing", "zzz", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := strings.Join(w.names(nobody, catalog.Query{Q: tc.q}), "|"); got != tc.want {
				t.Errorf("Search %q: got %s, want %s", tc.q, got, tc.want)
			}
			if got := strings.Join(w.names(alice, catalog.Query{Q: tc.q, Mine: true}), "|"); got != tc.want {
				t.Errorf("Search mine %q: got %s, want %s", tc.q, got, tc.want)
			}
		})
	}
	for _, q := range []string{"grosse halle", "zurich", "ch", "switzerl", "concert", "", "!?", "zürich switzerland conc"} {
		if got := w.names(nobody, catalog.Query{Q: q}); len(got) != 11 {
			t.Errorf("Search %q: got %d, want 11", q, len(got))
		}
	}
}

func TestService_Search_filters(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	berlin := w.at("Arena", "Berlin", "DE", "Europe/Berlin", 52.52, 13.405)
	paulo := w.at("Estádio", "São Paulo", "BR", "America/Sao_Paulo", -23.55, -46.63)
	day := 24 * time.Hour
	circus := concert(paulo, w.in(2*day))
	circus.Name, circus.Category, circus.TicketTypes[0].Price = "Circo", "circus", money.Of(1000, "BRL")
	few := w.named(berlin, w.in(day), "Few left")
	w.published(circus)
	w.draft(func() catalog.NewEvent { n := concert(berlin, w.in(3*day)); n.Name = "Draft"; return n }())
	gone := w.named(berlin, w.in(4*day), "Gone")
	if _, err := w.CancelEvent(t.Context(), alice, gone.ID, ""); err != nil {
		t.Fatal(err)
	}
	w.named(berlin, w.in(5*day), "Unknown left")
	w.sold(few, 20)
	past := concert(berlin, start.Add(time.Hour))
	past.Name = "Soon over"
	w.published(past)
	for _, tc := range []struct {
		name  string
		actor catalog.Actor
		query catalog.Query
		want  string
	}{
		{"soonest-first-without-drafts", nobody, catalog.Query{}, "Soon over|Few left|Circo|Unknown left"},
		{"mine-with-drafts", alice, catalog.Query{Mine: true}, "Soon over|Few left|Circo|Draft|Gone|Unknown left"},
		{"mine-for-staff-without-drafts", catalog.Actor{Staff: true, Organisations: []string{"demo"}}, catalog.Query{Mine: true}, "Soon over|Few left|Circo|Gone|Unknown left"},
		{"mine-of-another", bob, catalog.Query{Mine: true}, ""},
		{"mine-of-several", catalog.Actor{Organiser: true, Organisations: []string{"other", "demo"}}, catalog.Query{Mine: true, Q: "left", Limit: 1}, "Few left|Unknown left"},
		{"mine-near", alice, catalog.Query{Mine: true, Near: "-23,-46", RadiusKm: 200}, "Circo"},
		{"category", nobody, catalog.Query{Category: "circus"}, "Circo"},
		{"country", nobody, catalog.Query{Country: "BR"}, "Circo"},
		{"city-without-accents", nobody, catalog.Query{City: "sao PAULO"}, "Circo"},
		{"city-is-whole", nobody, catalog.Query{City: "São"}, ""},
		{"price", nobody, catalog.Query{PriceMax: ptr(int64(1000))}, "Circo"},
		{"price-below", nobody, catalog.Query{PriceMax: ptr(int64(999))}, ""},
		{"seats", nobody, catalog.Query{Seats: 2, City: "berlin"}, "Soon over|Few left|Unknown left"},
		{"seats-of-which-nothing-was-told-are-all-left", nobody, catalog.Query{Seats: 20, City: "berlin"}, "Soon over|Unknown left"},
		{"more-seats-than-there-are", nobody, catalog.Query{Seats: 10_000, City: "berlin"}, ""},
		{"from-time", nobody, catalog.Query{From: start.Add(day).Format(time.RFC3339)}, "Few left|Circo|Unknown left"},
		{"from-just-behind", nobody, catalog.Query{From: start.Add(day + 1).Format(time.RFC3339Nano)}, "Circo|Unknown left"},
		{"to-time-inclusive", nobody, catalog.Query{To: start.Add(day).Format(time.RFC3339)}, "Soon over|Few left"},
		{"together", nobody, catalog.Query{
			Q: "left", Category: "concert", Country: "DE", City: "Berlin", Near: "52.5,13.4", RadiusKm: 30,
			From: "2027-03-01", To: "2027-03-03", PriceMax: ptr(int64(4500)), Seats: 1,
		}, "Few left"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, limit := range []int{0, 1} {
				tc.query.Limit = limit
				if got := strings.Join(w.names(tc.actor, tc.query), "|"); got != tc.want {
					t.Errorf("Search, limit %d: got %s, want %s", limit, got, tc.want)
				}
			}
		})
	}
	w.advance(5 * time.Hour)
	if _, err := w.CloseEnded(t.Context(), 10); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(w.names(nobody, catalog.Query{}), "|"); got != "Few left|Circo|Unknown left" {
		t.Errorf("from now: got %s, want those to come", got)
	}
	if got := w.names(nobody, catalog.Query{From: "2027-03-01"}); got[0] != "Soon over" {
		t.Errorf("from before: got %v, want what is over first", got)
	}
}

func TestService_Search_datesAreTheEventsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kiritimati := w.at("A", "Kiritimati", "KI", "Pacific/Kiritimati", 1.87, -157.4) // UTC+14
	pago := w.at("B", "Pago Pago", "AS", "Pacific/Pago_Pago", -14.27, -170.7)       // UTC-11
	// In Kiritimati it is the 11th from the 10th 10:00 UTC on, in Pago Pago until the 12th 11:00 UTC.
	w.named(kiritimati, time.Date(2027, 5, 10, 9, 59, 0, 0, time.UTC), "east-10th")
	w.named(kiritimati, time.Date(2027, 5, 10, 13, 0, 0, 0, time.UTC), "east-11th")
	w.named(pago, time.Date(2027, 5, 12, 10, 59, 0, 0, time.UTC), "west-11th")
	w.named(pago, time.Date(2027, 5, 12, 14, 0, 0, 0, time.UTC), "west-12th")
	for _, tc := range []struct{ name, from, to, want string }{
		{"one-day", "2027-05-11", "2027-05-11", "east-11th|west-11th"},
		{"from", "2027-05-11", "", "east-11th|west-11th|west-12th"},
		{"to", "", "2027-05-11", "east-10th|east-11th|west-11th"},
		{"day-before", "2027-05-10", "2027-05-10", "east-10th"},
		{"day-after", "2027-05-12", "2027-05-12", "west-12th"},
		{"time-and-date", "2027-05-10T12:00:00Z", "2027-05-11", "east-11th|west-11th"},
		{"with-offset", "2027-05-11T03:00:00+14:00", "2027-05-11T23:59:00-11:00", "east-11th|west-11th"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := strings.Join(w.names(nobody, catalog.Query{From: tc.from, To: tc.to}), "|"); got != tc.want {
				t.Errorf("Search: got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestService_Search_near(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, p := range []struct {
		name     string
		lat, lon float64
	}{
		{"taveuni-west", -16.85, 179.95},
		{"taveuni-east", -16.85, -179.95},
		{"north-pole", 89.9, 10},
		{"north-pole-far-side", 89.9, -170},
		{"south-pole", -90, 0},
		{"berlin", 52.52, 13.405},
		{"potsdam", 52.39, 13.06},
		{"equator", 0, 0},
		{"date-line", 0, 180},
	} {
		w.named(w.at(p.name, "Somewhere", "FJ", "UTC", p.lat, p.lon), start.Add(time.Duration(i+1)*24*time.Hour), p.name)
	}
	for _, tc := range []struct {
		name, near string
		km         float64
		want       string
	}{
		{"across-the-antimeridian-from-the-west", "-16.85,179.99", 30, "taveuni-west|taveuni-east"},
		{"across-the-antimeridian-from-the-east", "-16.85,-179.99", 30, "taveuni-west|taveuni-east"},
		{"on-one-side", "-16.85,179.95", 5, "taveuni-west"},
		{"over-the-pole", "89.95,-170", 20, "north-pole|north-pole-far-side"},
		{"at-the-pole", "90,0", 12, "north-pole|north-pole-far-side"},
		{"south-pole", "-89.99,77", 5, "south-pole"},
		{"berlin-default-radius", "52.5,13.4", 0, "berlin"},
		{"berlin-and-potsdam", "52.5,13.4", 40, "berlin|potsdam"},
		{"nothing-near", "40,0", 100, ""},
		{"exact-edge", "52.39,13.06", 1, "potsdam"},
		{"equator-180-degrees", "0,-180", 1, "date-line"},
		{"large", "30,0", 7000, "north-pole|north-pole-far-side|berlin|potsdam|equator"},
		{"whole-earth", "0,0", catalog.MaxRadiusKm, "taveuni-west|taveuni-east|north-pole|north-pole-far-side|south-pole|berlin|potsdam|equator|date-line"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, limit := range []int{20, 1} {
				q := catalog.Query{Near: tc.near, RadiusKm: tc.km, Limit: limit}
				if got := strings.Join(w.names(nobody, q), "|"); got != tc.want {
					t.Errorf("Search, limit %d: got %s, want %s", limit, got, tc.want)
				}
			}
		})
	}
}

func TestCover(t *testing.T) {
	t.Parallel()
	if got := catalog.CellHash(57.64911, 10.40744, 5); got != "u4pru" { // the example of the source
		t.Errorf("geohash: got %s, want u4pru", got)
	}
	for _, km := range []float64{0.001, 1, 5, 25, 100, 700, 3000, 9000, 20000} {
		for lat := -90.0; lat <= 90; lat += 7.5 {
			for lon := -180.0; lon <= 180; lon += 15 {
				hashes := catalog.CoverHashes(lat, lon, km)
				if len(hashes) > 9 {
					t.Fatalf("cover %v,%v %v km: got %d cells, want at most 9", lat, lon, km, len(hashes))
				}
				for bearing := 0.0; bearing < 360 && len(hashes) > 0; bearing += 15 {
					la, lo := travel(lat, lon, bearing, km*0.9999)
					if !slices.Contains(hashes, catalog.CellHash(la, lo, len(hashes[0]))) {
						t.Fatalf("cover %v,%v %v km: got %v, want the cell of %v,%v in it", lat, lon, km, hashes, la, lo)
					}
				}
			}
		}
	}
}

// travel goes a distance from a point along a great circle.
func travel(lat, lon, bearing, km float64) (float64, float64) {
	const degree = math.Pi / 180
	d, b, la := km/6371.0088, bearing*degree, lat*degree
	la2 := math.Asin(math.Sin(la)*math.Cos(d) + math.Cos(la)*math.Sin(d)*math.Cos(b))
	lo2 := lon*degree + math.Atan2(math.Sin(b)*math.Sin(d)*math.Cos(la), math.Cos(d)-math.Sin(la)*math.Sin(la2))
	return la2 / degree, math.Mod(lo2/degree+540, 360) - 180
}

func TestService_Search_cursorUnderInserts(t *testing.T) {
	t.Parallel()
	for _, q := range []catalog.Query{
		{Limit: 3},
		{Limit: 3, Q: "show"},
		{Limit: 3, Near: "52.52,13.405", RadiusKm: 60},
		{Limit: 3, Seats: 1},
		{Limit: 3, Mine: true},
	} {
		t.Run(fmt.Sprintf("q=%s,near=%s,seats=%d,mine=%t", q.Q, q.Near, q.Seats, q.Mine), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			l := w.place(arena())
			var want []string
			for i := range 20 {
				name := fmt.Sprintf("Show %02d", i)
				want = append(want, name)
				w.named(l, start.Add(time.Duration(i+1)*24*time.Hour), name)
			}
			var got []string
			for page := 0; ; page++ {
				p, err := w.Search(t.Context(), alice, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range p.Items {
					if strings.HasPrefix(e.Name, "Show") {
						got = append(got, e.Name)
					}
				}
				if q.Cursor = p.NextCursor; q.Cursor == "" {
					break
				}
				w.named(l, start.Add(time.Duration(page+1)*24*time.Hour+3*time.Hour), "Insert show") // before and behind what was read
				w.named(l, start.Add(time.Duration(20-page)*24*time.Hour+6*time.Hour), "Insert show")
				w.advance(time.Hour) // so does the default beginning
			}
			if !slices.Equal(got, want) {
				t.Errorf("pages: got %v, want %v", got, want)
			}
		})
	}
}

// An index that lags behind leads to events that are elsewhere by now, or that match no more: they are left out.
func TestService_Search_staleHits(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	at := w.in(24 * time.Hour)
	moved, renamed, kept, cancelled := w.named(l, at, "Moved"), w.named(l, at.Add(4*time.Hour), "Old name"), w.named(l, at.Add(8*time.Hour), "Kept"),
		w.named(l, at.Add(12*time.Hour), "Cancelled")
	put := func(e catalog.Event, change func(*catalog.Event)) { // past the index, as if the process had stopped
		change(&e)
		e.Version++
		if err := w.store.PutEvent(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	put(moved, func(e *catalog.Event) { e.StartsAt = at.Add(100 * time.Hour) })
	put(renamed, func(e *catalog.Event) { e.Name = "New name" })
	put(kept, func(e *catalog.Event) { e.Description = "of no matter here" })
	put(cancelled, func(e *catalog.Event) { e.Status = catalog.Cancelled })
	if err := w.store.PutEntry(t.Context(), catalog.SpaceEvents, catalog.Entry{
		ID: "evt_gone", Sort: catalog.SortKey(at), Version: 1,
		Tokens: []string{"all"},
	}); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ q, want string }{{"old", ""}, {"moved", ""}, {"kept", "Kept"}, {"cancelled", ""}, {"", "New name|Kept"}} {
		if got := strings.Join(w.names(nobody, catalog.Query{Q: tc.q}), "|"); got != tc.want {
			t.Errorf("Search %q: got %s, want %s", tc.q, got, tc.want)
		}
	}
	w.deliver() // messages, however old, bring the index up to what is stored
	if got := strings.Join(w.names(nobody, catalog.Query{}), "|"); got != "New name|Kept|Moved" {
		t.Errorf("Search: got %s, want it as stored", got)
	}
}

// A page looks at a bounded number of events, however few match.
func TestService_Search_isBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	l := w.place(arena())
	for i := range 450 {
		n := concert(l, start.Add(time.Duration(i+1)*4*time.Hour))
		if i == 449 {
			n.Name, n.TicketTypes[0].Price = "Cheap", money.Of(1, "EUR")
		}
		w.published(n)
	}
	q := catalog.Query{PriceMax: ptr(int64(1))}
	for page, want := range []int{0, 0, 1} {
		p, err := w.Search(t.Context(), nobody, q)
		if err != nil || len(p.Items) != want || (p.NextCursor == "") != (page == 2) {
			t.Fatalf("page %d: got %d, %q, %v, want %d", page, len(p.Items), p.NextCursor, err, want)
		}
		q.Cursor = p.NextCursor
	}
	if got := w.names(nobody, catalog.Query{Limit: 100}); len(got) != 450 {
		t.Errorf("all: got %d, want 450", len(got))
	}
	p, err := w.Search(t.Context(), nobody, catalog.Query{Limit: 100})
	if err != nil || len(p.Items) != 100 {
		t.Errorf("limit 100: got %d, %v, want 100, nil", len(p.Items), err)
	}
}

func TestService_Locations(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at("Zénith", "Paris", "FR", "Europe/Paris", 48.9, 2.4)
	w.at("élysée Montmartre", "Paris", "FR", "Europe/Paris", 48.9, 2.3)
	arena := w.at("Arena", "Berlin", "DE", "Europe/Berlin", 52.5, 13.4)
	names := func(q catalog.LocationQuery) string {
		var all []string
		for {
			p, err := w.Locations(t.Context(), q)
			if err != nil {
				t.Fatalf("Locations: got %v, want nil", err)
			}
			for _, l := range p.Items {
				all = append(all, l.Name)
			}
			if q.Cursor = p.NextCursor; q.Cursor == "" {
				return strings.Join(all, "|")
			}
		}
	}
	for _, tc := range []struct {
		name  string
		query catalog.LocationQuery
		want  string
	}{
		{"by-folded-name", catalog.LocationQuery{}, "Arena|élysée Montmartre|Zénith"},
		{"in-pages", catalog.LocationQuery{Limit: 1}, "Arena|élysée Montmartre|Zénith"},
		{"country", catalog.LocationQuery{Country: "FR"}, "élysée Montmartre|Zénith"},
		{"words", catalog.LocationQuery{Q: "paris zen"}, "Zénith"},
		{"country-name", catalog.LocationQuery{Q: "germany"}, "Arena"},
		{"organisation", catalog.LocationQuery{Organisation: "demo"}, "Arena|élysée Montmartre|Zénith"},
		{"organisation-and-words", catalog.LocationQuery{Organisation: "demo", Q: "paris", Limit: 1}, "élysée Montmartre|Zénith"},
		{"organisation-without-any", catalog.LocationQuery{Organisation: "other"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := names(tc.query); got != tc.want {
				t.Errorf("Locations: got %s, want %s", got, tc.want)
			}
		})
	}
	if _, err := w.UpdateLocation(t.Context(), alice, arena.ID, arena.Version, catalog.LocationPatch{Name: catalog.Some("Zzz")}); err != nil {
		t.Fatal(err)
	}
	if got := names(catalog.LocationQuery{Limit: 2}); got != "élysée Montmartre|Zénith|Zzz" {
		t.Errorf("renamed: got %s, want it last", got)
	}
	for _, q := range []catalog.LocationQuery{{Limit: 101}, {Country: "x"}, {Cursor: "x"}, {Q: "\xff"}} {
		if _, err := w.Locations(t.Context(), q); fieldsOf(err) == "" {
			t.Errorf("Locations %+v: got %v, want a wrong field", q, err)
		}
	}
}
