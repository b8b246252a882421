package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// demoSale is an event of the demo and how it sells.
type demoSale struct {
	ID, ExternalID, Status, Availability string

	sold, left, in int
}

// demoSales are the demo's events that have sold something, as its organiser sees them.
func (s *server) demoSales() (all []demoSale) {
	s.t.Helper()
	organiser := s.token("organiser@demo.example", "organiser")
	for cursor := ""; ; {
		p := get[page[demoSale]](s, "/v1/events?mine=true&limit=100&cursor="+cursor, organiser)
		for _, e := range p.Items {
			if e.Status != "published" {
				continue
			}
			f := get[struct{ Sold, Left, CheckedIn int }](s, "/v1/events/"+e.ID+"/sales", organiser)
			if e.sold, e.left, e.in = f.Sold, f.Left, f.CheckedIn; e.sold > 0 {
				all = append(all, e)
			}
		}
		if cursor = p.NextCursor; cursor == "" {
			return all
		}
	}
}

func (s *server) demoIsIn() {
	s.t.Helper()
	s.eventually(20*time.Second, "demo data", func() bool { return strings.Contains(s.out.String(), `"demo data is in"`) })
}

// The demo of a first start has what each of its accounts can look at and try; asking for it again, and another start, leave
// it as it is.
func TestDemo_Life(t *testing.T) {
	t.Parallel()
	s := start(t, t.TempDir(), "MYEVENTS_SEED=")
	s.demoIsIn()

	alex := s.token("attendee@demo.example", "attendee")
	mine := s.bookings(alex)
	want(t, "bookings of the attendee", len(mine), 4)
	cancelled := 0
	for _, b := range mine {
		want(t, "booking", b.Status, "confirmed")
		cancelled += len(b.Tickets) - len(b.places())
	}
	want(t, "tickets given back", cancelled, 1)

	all, evening := s.demoSales(), demoSale{}
	s.eventually(10*time.Second, "what is left, at most 2 s old", func() bool {
		soldOut, few := 0, 0
		for _, e := range s.demoSales() {
			switch {
			case e.left == 0 && e.Availability == "soldOut":
				soldOut++
			case e.left > 0 && e.left*10 < e.left+e.sold && e.Availability == "few":
				few++
			}
			if e.in > 0 {
				evening = e
			}
		}
		return soldOut >= 2 && few >= 2
	})
	if len(all) < 15 || evening.in < 20 || evening.in >= evening.sold {
		t.Errorf("demo: got %d events that sell, and %d of %d guests inside", len(all), evening.in, evening.sold)
	}

	before, had := counts(all), fmt.Sprint(mine)
	same := func(after string) {
		t.Helper()
		want(t, "sales after "+after, counts(s.demoSales()), before)
		if fmt.Sprint(s.bookings(alex)) != had {
			t.Errorf("after %s: the attendee's bookings are others", after)
		}
	}
	s.ctl("seed", "--server", s.url)
	same("seeding again")
	if err := s.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	s.run()
	s.demoIsIn()
	same("another start")

	at := slices.IndexFunc(mine, func(b bookingView) bool { return b.EventID == evening.ID })
	if at < 0 {
		t.Fatal("the attendee has no ticket for the evening")
	}
	door := s.token("door@demo.example", "staff")
	for _, result := range []string{"admitted", "alreadyIn"} {
		got := into[struct{ Result string }](t, s.must(200, "POST", "/v1/check-ins", door, object{"eventId": evening.ID, "code": mine[at].Tickets[0].Code}))
		want(t, "check-in", got.Result, result)
	}
}

// counts is what must not change.
func counts(all []demoSale) (out []string) {
	for _, e := range all {
		out = append(out, fmt.Sprintf("%s: %d sold, %d in", e.ExternalID, e.sold, e.in))
	}
	return out
}
