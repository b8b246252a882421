package tickit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/apiclient/apitest"
	"github.com/myevents/myevents/shared/geo"
	"github.com/myevents/myevents/shared/testenv"
	"github.com/myevents/myevents/shared/tickit"
)

var openCities = sync.OnceValues(geo.Open)

func cities(tb testing.TB) *geo.Index {
	tb.Helper()
	x, err := openCities()
	if err != nil {
		tb.Fatal(err)
	}
	return x
}

func importInto(tb testing.TB, s *apitest.Server, c tickit.Config) tickit.Report {
	tb.Helper()
	c.Client, c.Cities = s.Client(tb), cities(tb)
	r, err := tickit.Import(tb.Context(), c)
	if err != nil {
		tb.Fatalf("Import: got %v, want nil", err)
	}
	return r
}

func find[T any](tb testing.TB, list []T, is func(T) bool) T {
	tb.Helper()
	i := slices.IndexFunc(list, is)
	if i < 0 {
		tb.Fatal("not there")
	}
	return list[i]
}

func TestImport_Sample(t *testing.T) {
	t.Parallel()
	dir := testenv.TickitDir(t)
	s := apitest.New()
	r := importInto(t, s, tickit.Config{Dir: dir})
	events, locations := s.Events(), s.Locations()
	by := r.AdjustedBy()
	halls, perHall := 0, map[string]int{}
	for _, l := range locations {
		halls += len(l.Halls)
		for _, h := range l.Halls {
			perHall[h.Name]++
		}
	}
	for _, tc := range []struct {
		name      string
		got, want int
	}{
		{"locations", len(locations), 205},
		{"locations-created", r.Locations.Created, 205},
		{"events", len(events), 8798},
		{"events-created", r.Events.Created, 8798},
		{"published", r.Published, 8798},
		{"rejected", len(r.Rejected), 0},
		{"seats-assumed", by[tickit.SeatsAssumed], 148},
		{"city-corrected", by[tickit.CityCorrected], 1},
		{"halls-added", r.HallsCreated, halls - 205},
		{"time-adjusted", by[tickit.TimeSkipped] + by[tickit.TimeTwice] + by[tickit.LeapDay], 0},
		{"first-halls", perHall["Hall 1"], 205},
		{"mamma-mia", count(events, func(e apiclient.Event) bool { return e.Name == "Mamma Mia!" }), 92},
		{"all-published", count(events, func(e apiclient.Event) bool { return e.Status == apiclient.Published }), 8798},
		{"canadian-dollars", count(events, func(e apiclient.Event) bool {
			return (e.TicketTypes[0].Price == apiclient.Money{Amount: 5000, Currency: "CAD"}) != (country(locations, e) == "CA")
		}), 0},
	} {
		if tc.got != tc.want {
			t.Errorf("%s: got %d, want %d", tc.name, tc.got, tc.want)
		}
	}
	if by[tickit.OtherHall] < 320 {
		t.Errorf("other-hall: got %d, want 320 or more", by[tickit.OtherHall])
	}
	first := find(t, events, func(e apiclient.Event) bool { return e.ExternalID == "tickit-event-1" })
	if first.Name != "Gotterdammerung" || first.Category != "opera" || !first.StartsAt.Equal(time.Date(2020, 1, 25, 20, 30, 0, 0, time.UTC)) {
		t.Errorf("tickit-event-1: got %s, %s, %v", first.Name, first.Category, first.StartsAt)
	}

	writes := func() (n int) {
		for _, route := range []string{"POST /v1/locations", "POST /v1/locations/{id}/halls", "POST /v1/events", "POST /v1/events/{id}/publish"} {
			n += s.Writes(route)
		}
		return n
	}
	before := writes()
	again := importInto(t, s, tickit.Config{Dir: dir})
	if writes() != before || again.Locations.Existing != 205 || again.Events.Existing != 8798 || again.Published != 0 || again.HallsCreated != 0 {
		t.Errorf("again: %d writes more; got %+v %+v, %d published, %d halls; want nothing new", writes()-before, again.Locations, again.Events, again.Published, again.HallsCreated)
	}
	if !slices.Equal(again.Adjusted, r.Adjusted) {
		t.Errorf("again: got %d adjustments, want the same %d", len(again.Adjusted), len(r.Adjusted))
	}
	t.Logf("%d halls added, %d events in other halls, by hall %v", r.HallsCreated, by[tickit.OtherHall], perHall)
}

func count[T any](list []T, is func(T) bool) (n int) {
	for _, v := range list {
		if is(v) {
			n++
		}
	}
	return n
}

func country(locations []apiclient.Location, e apiclient.Event) string {
	for _, l := range locations {
		if l.ID == e.LocationID {
			return l.Country
		}
	}
	return ""
}

// The files of a small sample: good rows only.
const (
	categories = "1|Sports|MLB|Baseball\n6|Shows|Musicals|x\n7|Shows|Plays|x\n8|Shows|Opera|x\n9|Concerts|Pop|x\n10|Concerts|Jazz|x\n11|Concerts|Classical|x\n"
	venues     = "1|Small Hall|New York City|NY|300\n2|Large Hall|Montreal|QC|0\n3|Desert Hall|Phoenix|AZ|"
	events     = "1|1|9|1|One|2020-01-25 14:30:00\n2|2|8|1|Two|2020-02-29 19:00:00\n3|3|6|1|Three|2020-07-01 20:00:00\n"
)

func folder(tb testing.TB, categories, venues, events string) string {
	tb.Helper()
	dir := tb.TempDir()
	for name, content := range map[string]string{"category_pipe.txt": categories, "venue_pipe.txt": venues, "allevents_pipe.txt": events} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func TestImport_Rows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                       string
		categories, venues, events string // in place of the good ones; empty: these
		imported                   int    // events
		rejected                   []string
		adjusted                   []string // beside those of the good rows
	}{
		{"good", "", "", "", 3, nil, nil},
		{"windows-line-ends-and-mark", "", "", "\ufeff" + strings.ReplaceAll(events, "\n", "\r\n") + "\r\n\r\n", 3, nil, nil},
		{
			"wrong-number-of-columns", "", "", events + "4|1|9|1|Four\n5|1|9|1|Fi|ve|2020-03-01 20:00:00\n", 3,
			[]string{"allevents_pipe.txt:4: the line has 5 columns, not 6", "allevents_pipe.txt:5: the line has 7 columns, not 6"},
			nil,
		},
		{
			"bad-numbers", "", "", events + "x|1|9|1|Four|2020-03-01 20:00:00\n-5|1|9|1|Five|2020-03-01 20:00:00\n6|1|99999999999999999999|1|Six|2020-03-01 20:00:00\n", 3,
			[]string{"allevents_pipe.txt:4: the id is not", "allevents_pipe.txt:5: the id is not", "allevents_pipe.txt:6: category: the id is not"},
			nil,
		},
		{
			"bad-dates", "", "", events + "4|1|9|1|Four|2020-02-30 20:00:00\n5|1|9|1|Five|2020-01-01 25:00:00\n6|1|9|1|Six|\n7|1|9|1|Seven|0001-01-01 20:00:00\n", 3,
			[]string{"allevents_pipe.txt:4: the start is not", "allevents_pipe.txt:5: the start is not", "allevents_pipe.txt:6: the start is not", "allevents_pipe.txt:7: starts in the year 1,"},
			nil,
		},
		{
			"unknown-venue-and-category", "", "", events + "4|77|9|1|Four|2020-03-01 20:00:00\n5|1|77|1|Five|2020-03-01 20:00:00\n", 3,
			[]string{"allevents_pipe.txt:4: there is no venue 77", "allevents_pipe.txt:5: there is no category 77"},
			nil,
		},
		{
			"duplicate-ids", "", venues + "\n1|Other|Boston|MA|5\n", events + "1|1|9|1|Again|2020-03-01 20:00:00\n", 3,
			[]string{"allevents_pipe.txt:4: the id 1 is that of a row before", "venue_pipe.txt:4: the id 1 is that"},
			nil,
		},
		{"bad-row-does-not-take-the-id", "", "", "1|1|9|1||2020-01-25 14:30:00\n" + events, 3, []string{"allevents_pipe.txt:1: the name is empty"}, nil},
		{
			"invalid-utf-8-and-control-characters", "", "", events + "4|1|9|1|Fo\xffur|2020-03-01 20:00:00\n5|1|9|1|Fi\x00ve|2020-03-01 20:00:00\n", 3,
			[]string{"allevents_pipe.txt:4: the line is not valid UTF-8", "allevents_pipe.txt:5: the line has control characters"},
			nil,
		},
		{
			"overlong", "", "", "7|1|9|1|" + strings.Repeat("x", 1<<20) + "|2020-03-01 20:00:00\n" + events + "8|1|9|1|" + strings.Repeat("y", 201) + "|2020-03-01 20:00:00", 3,
			[]string{"allevents_pipe.txt:1: the line has more than 4096 bytes", "allevents_pipe.txt:5: the name has more than 200 characters"},
			nil,
		},
		{"overlong-last-line", "", "", events + strings.Repeat("z", 1<<16), 3, []string{"allevents_pipe.txt:4: the line has more than"}, nil},
		{
			"venue-rejected-with-its-events", "", strings.Replace(venues, "Montreal|QC", "Atlantis|QC", 1), "", 2,
			[]string{"allevents_pipe.txt:2: its venue 2 was rejected", "venue_pipe.txt:2: the city is not known"},
			nil,
		},
		{
			"unknown-state", "", strings.Replace(venues, "|QC", "|ZZ", 1), "", 2,
			[]string{"allevents_pipe.txt:2: its venue 2 was rejected", "venue_pipe.txt:2: the state or province is not known"},
			nil,
		},
		{"seats-unreadable", "", strings.Replace(venues, "|300", "|many", 1), "", 3, nil, []string{"venue_pipe.txt:1 seats-unreadable"}},
		{"seats-negative", "", strings.Replace(venues, "|300", "|-3", 1), "", 3, nil, []string{"venue_pipe.txt:1 seats-unreadable"}},
		{
			"category-missing", strings.Replace(categories, "8|Shows|Opera|x\n", "8|Shows\n", 1), "", "", 2,
			[]string{"allevents_pipe.txt:2: there is no category 8", "category_pipe.txt:4: the line has 2 columns"},
			nil,
		},
		{"category-new", strings.Replace(categories, "Opera", "Rodeo", 1), "", "", 3, nil, []string{"category_pipe.txt:4 category-other"}},
		{
			"clash", "", "", events + "4|1|9|1|Four|2020-01-25 17:29:00\n5|1|9|1|Five|2020-01-25 17:30:00\n6|1|9|1|Six|2020-01-25 17:00:00\n", 6, nil,
			[]string{"allevents_pipe.txt:4 other-hall", "allevents_pipe.txt:6 other-hall"},
		},
		{
			"time-skipped-and-twice", "", "", events + "4|1|9|1|Four|2020-03-08 02:30:00\n5|1|9|1|Five|2020-11-01 01:30:00\n6|3|9|1|Six|2020-03-08 02:30:00\n", 6, nil,
			[]string{"allevents_pipe.txt:4 time-skipped", "allevents_pipe.txt:5 time-happens-twice"},
		},
		{"misspelled-city", "", venues + "\n4|AWS Arena|Seatle|WA|5", "", 3, nil, []string{"venue_pipe.txt:4 city-corrected"}},
		{"empty-files", "\n", "\n", "\n", 0, nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			or := func(v, otherwise string) string {
				if v == "" {
					return otherwise
				}
				return v
			}
			s := apitest.New()
			r := importInto(t, s, tickit.Config{Dir: folder(t, or(tc.categories, categories), or(tc.venues, venues), or(tc.events, events))})
			if r.Events.Created != tc.imported || len(s.Events()) != tc.imported || r.Published != tc.imported {
				t.Errorf("events: got %d created, %d published, want %d", r.Events.Created, r.Published, tc.imported)
			}
			if len(r.Rejected) != len(tc.rejected) {
				t.Errorf("rejected: got %v, want %v", r.Rejected, tc.rejected)
			}
			for i := range min(len(r.Rejected), len(tc.rejected)) {
				if got := r.Rejected[i].String() + ": " + r.Rejected[i].Reason; !strings.HasPrefix(got, tc.rejected[i]) {
					t.Errorf("rejected: got %q, want %q", got, tc.rejected[i])
				}
			}
			var adjusted []string
			for _, a := range r.Adjusted {
				if a.Kind != tickit.SeatsAssumed {
					adjusted = append(adjusted, a.String()+" "+string(a.Kind))
				}
			}
			if !slices.Equal(adjusted, tc.adjusted) {
				t.Errorf("adjusted: got %v, want %v", adjusted, tc.adjusted)
			}
		})
	}
}

func TestImport_MakesWhatTheRowsSay(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	importInto(t, s, tickit.Config{Dir: folder(t, categories, venues, events), StartYear: 2027})
	two := find(t, s.Events(), func(e apiclient.Event) bool { return e.ExternalID == "tickit-event-2" })
	place := find(t, s.Locations(), func(l apiclient.Location) bool { return l.ID == two.LocationID })
	if place.ExternalID != "tickit-venue-2" || place.City != "Montreal" || place.Region != "QC" || place.Country != "CA" ||
		place.TimeZone != "America/Toronto" || *place.Latitude < 45 || *place.Latitude > 46 || *place.Longitude > -73 {
		t.Errorf("location: got %+v", place)
	}
	if h := place.Halls[0]; h.Name != "Hall 1" || len(h.Sections) != 1 || h.Sections[0].Kind != apiclient.Standing || h.Sections[0].Capacity != 1000 {
		t.Errorf("hall: got %+v", h)
	}
	if want := time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC); !two.StartsAt.Equal(want) { // 28 February, 19:00 in Montreal
		t.Errorf("start: got %v, want %v", two.StartsAt, want)
	}
	if tt := two.TicketTypes; len(tt) != 1 || tt[0].Name != "General" || tt[0].Price != (apiclient.Money{Amount: 5000, Currency: "CAD"}) || tt[0].SectionIDs[0] != place.Halls[0].Sections[0].ID {
		t.Errorf("ticket types: got %+v", tt)
	}
}

func TestImport_OtherStartYearKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	dir := folder(t, categories, venues, events)
	first := importInto(t, s, tickit.Config{Dir: dir, StartYear: 2027})
	second := importInto(t, s, tickit.Config{Dir: dir, StartYear: 2028})
	if first.YearsMoved != 7 || first.AdjustedBy()[tickit.LeapDay] != 1 {
		t.Errorf("first: got %d years, %v; want 7 and a leap day", first.YearsMoved, first.Adjusted)
	}
	if by := second.AdjustedBy(); second.Events.Existing != 3 || by[tickit.OtherTime] != 3 || by[tickit.LeapDay] != 0 {
		t.Errorf("second: got %+v, %v; want 3 existing at another time", second.Events, by)
	}
}

func TestImport_Progress(t *testing.T) {
	t.Parallel()
	s := apitest.New()
	var out bytes.Buffer
	r := importInto(t, s, tickit.Config{Dir: folder(t, categories, venues, events), Progress: &out})
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); lines[len(lines)-1] != "tickit: 6 of 6 rows, 100 %" {
		t.Errorf("progress: got %q", lines)
	}
	var printed bytes.Buffer
	if err := r.Print(&printed, true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"events          3 created, 0 existing", "venues without a number of seats", "venue_pipe.txt:2: has no number of seats"} {
		if !strings.Contains(printed.String(), want) {
			t.Errorf("Print: got %q, want %q in it", printed.String(), want)
		}
	}
}

func TestImport_StartYearOutOfRange(t *testing.T) {
	t.Parallel()
	for _, year := range []int{-1, 1969, 10000} {
		if _, err := tickit.Import(t.Context(), tickit.Config{Dir: t.TempDir(), StartYear: year}); err == nil || !strings.Contains(err.Error(), "start year") {
			t.Errorf("Import %d: got %v, want an error", year, err)
		}
	}
}
