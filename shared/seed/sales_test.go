package seed_test

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/seed"
)

// booked is what sells: an event, its hall, and who has booked.
type booked struct {
	event    seed.Event
	hall     apiclient.Hall
	bookings []seed.Booking
}

func (b booked) tickets() (n int) {
	for _, one := range b.bookings {
		n += one.Tickets()
	}
	return n
}

// places are how many the event's ticket types have between them.
func (b booked) places() (n int) {
	for _, s := range b.hall.Sections {
		if slices.ContainsFunc(b.event.TicketTypes, func(t apiclient.TicketType) bool { return slices.Contains(t.SectionIDs, s.Name) }) {
			n += s.Places()
		}
	}
	return n
}

// bookedOf has what a plan sells, and the evening of the plan's moment.
func bookedOf(t *testing.T, p seed.Plan) map[string]booked {
	t.Helper()
	evening, visits, err := seed.Evening(seed.EveningStart(p.At))
	if err != nil {
		t.Fatal(err)
	}
	byID, all := houses(p), map[string]booked{}
	for _, e := range append(slices.Clone(p.Events), evening) {
		halls := byID[e.Location].Halls
		all[e.ExternalID] = booked{event: e, hall: halls[slices.IndexFunc(halls, func(h apiclient.Hall) bool { return h.Name == e.Hall })]}
	}
	for _, b := range append(slices.Clone(p.Bookings), visits...) {
		one, known := all[b.Event]
		if !known {
			t.Fatalf("%s: is for no event of the plan", b.Key)
		}
		one.bookings = append(one.bookings, b)
		all[b.Event] = one
	}
	return all
}

// Whatever the day, the server can do all that is planned: nothing is sold twice, or that is not on sale, and nobody has more
// than they may.
func TestDemo_BookingsCanBe(t *testing.T) {
	t.Parallel()
	good := regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)
	for _, day := range []string{"2026-01-01T00:00:00Z", "2026-03-29T01:10:00Z", "2026-10-25T00:59:00Z", "2026-12-31T23:59:59Z", "2028-02-29T12:00:00Z"} {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			now, err := time.Parse(time.RFC3339, day)
			if err != nil {
				t.Fatal(err)
			}
			keys := map[string]bool{}
			for id, b := range bookedOf(t, demo(t, now)) {
				checkSold(t, b, now)
				buyers := map[string]bool{}
				for _, one := range b.bookings {
					if keys[one.Key] || !good.MatchString(one.Key) {
						t.Errorf("%s: key %q is not fit, or not the only one", id, one.Key)
					}
					keys[one.Key] = true
					if buyers[one.Buyer.Email] {
						t.Errorf("%s: %s buys twice", id, one.Buyer.Email)
					}
					buyers[one.Buyer.Email] = true
					checkBooking(t, b.event, one)
				}
			}
		})
	}
}

func checkSold(t *testing.T, b booked, now time.Time) {
	t.Helper()
	if b.tickets() > b.places() {
		t.Errorf("%s: sells %d of %d places", b.event.ExternalID, b.tickets(), b.places())
	}
	if len(b.bookings) > 0 && (!b.event.Publish || b.event.Cancelled != "" || b.event.OnSaleFrom != nil && b.event.OnSaleFrom.After(now)) {
		t.Errorf("%s: sells, and is not on sale", b.event.ExternalID)
	}
	for _, t2 := range b.event.TicketTypes {
		sold, places := 0, 0
		for _, one := range b.bookings {
			for _, i := range one.Items {
				if i.Type == t2.Name {
					sold += i.Quantity
				}
			}
		}
		for _, s := range b.hall.Sections {
			if slices.Contains(t2.SectionIDs, s.Name) {
				places += s.Places()
			}
		}
		if sold > places {
			t.Errorf("%s, %s: sells %d of %d places", b.event.ExternalID, t2.Name, sold, places)
		}
		if sold > 0 && t2.SalesFrom != nil {
			t.Errorf("%s, %s: sells before it may", b.event.ExternalID, t2.Name)
		}
	}
}

func checkBooking(t *testing.T, e seed.Event, b seed.Booking) {
	t.Helper()
	most := 10 // the server's own limit
	if e.PerPerson != nil {
		most = *e.PerPerson
	}
	if n := b.Tickets(); n < 1 || most > 0 && n > most || n > 64 || len(b.Attendees) > n || b.Cancel > n || len(b.Scans) > n {
		t.Errorf("%s: got %d tickets for %d people, %d of them given back and %d used; at most %d may be", b.Key, n, len(b.Attendees), b.Cancel, len(b.Scans), most)
	}
	if b.Cancel > 0 && e.Cancellation != nil && b.Buyer != seed.Alex {
		t.Errorf("%s: may be too late to give tickets back", b.Key)
	}
	for _, i := range b.Items {
		at := slices.IndexFunc(e.TicketTypes, func(t apiclient.TicketType) bool { return t.Name == i.Type })
		if at < 0 || i.Quantity < 1 || e.TicketTypes[at].PerPerson > 0 && i.Quantity > e.TicketTypes[at].PerPerson {
			t.Errorf("%s: got %d of %s", b.Key, i.Quantity, i.Type)
		}
	}
	if len(b.Attendees) == 0 || b.Attendees[0].Name != b.Buyer.Name {
		t.Errorf("%s: got attendees %v, want %s first", b.Key, b.Attendees, b.Buyer.Name)
	}
}

// There is enough to look at, and not more than a first start has time for.
func TestDemo_Life(t *testing.T) {
	t.Parallel()
	p := demo(t, today)
	if again := demo(t, today); !reflect.DeepEqual(p, again) {
		t.Error("Demo: got another plan for the same moment")
	}
	selling, soldOut, few, alive, bookings, tickets := 0, 0, 0, 0, 0, 0
	for _, b := range bookedOf(t, p) {
		sold, places := b.tickets(), b.places()
		bookings += len(b.bookings)
		tickets += sold
		switch {
		case sold == 0:
			continue
		case sold == places:
			soldOut++
		case (places-sold)*10 < places:
			few++
		}
		selling++
		if len(b.event.TicketTypes) > 2 {
			alive++
		}
	}
	scripts, names := map[string]bool{}, map[string]bool{}
	for _, b := range p.Bookings {
		names[b.Buyer.Name] = true
		for _, r := range b.Buyer.Name {
			for script, table := range unicode.Scripts {
				if script != "Common" && script != "Inherited" && unicode.Is(table, r) {
					scripts[script] = true
				}
			}
		}
	}
	for _, tc := range []struct {
		name             string
		got, least, most int
	}{
		{"events-that-sell", selling, 15, 40},
		{"with-many-ticket-types", alive, 5, 40},
		{"sold-out", soldOut, 2, 3},
		{"few-left", few, 2, 5},
		{"bookings", bookings, 200, 400},
		{"tickets", tickets, 800, 2000},
		{"buyers", len(names), 50, 100},
		{"scripts", len(scripts), 10, 30},
		{"given-back", count(p.Bookings, func(b seed.Booking) bool { return b.Cancel > 0 }), 5, 40},
	} {
		if tc.got < tc.least || tc.got > tc.most {
			t.Errorf("%s: got %d, want %d to %d", tc.name, tc.got, tc.least, tc.most)
		}
	}
}

// Whoever signs in as the demo's attendee finds tickets for three next week, others far ahead, and one that was given back.
func TestDemo_Alex(t *testing.T) {
	t.Parallel()
	for days := range 14 {
		now := today.AddDate(0, 0, days)
		all := bookedOf(t, demo(t, now))
		var got []string
		for _, b := range all {
			for _, one := range b.bookings {
				if one.Buyer != seed.Alex {
					continue
				}
				ahead := b.event.StartsAt.Sub(now)
				switch {
				case ahead < 2*time.Hour && len(one.Scans) == 0:
					got = append(got, "tonight")
				case one.Cancel == 1 && one.Tickets() > 1:
					got = append(got, "given back")
				case ahead > 6*24*time.Hour && ahead < 15*24*time.Hour && len(one.Attendees) == 3 && one.Tickets() == 3:
					got = append(got, "three next week")
				case ahead > 60*24*time.Hour:
					got = append(got, "far ahead")
				default:
					got = append(got, one.Key)
				}
			}
		}
		slices.Sort(got)
		if want := "far ahead|given back|three next week|tonight"; strings.Join(got, "|") != want {
			t.Errorf("%s: got %v, want %s", now, got, want)
		}
	}
}

// At whatever minute the evening is made, its doors are open, and many are in by then.
func TestEvening(t *testing.T) {
	t.Parallel()
	for minute := range 24 * 60 {
		now := today.Add(time.Duration(minute) * time.Minute)
		starts := seed.EveningStart(now)
		e, visits, err := seed.Evening(starts)
		if err != nil {
			t.Fatal(err)
		}
		in, all := 0, 0
		for _, b := range visits {
			in, all = in+len(b.Scans), all+b.Tickets()
			for _, at := range b.Scans {
				if at.Before(*e.DoorsAt) || at.After(now) {
					t.Fatalf("%s: %s is scanned at %v, doors at %v", now, b.Key, at, e.DoorsAt)
				}
			}
		}
		if ahead := starts.Sub(now); ahead < time.Hour || ahead > 75*time.Minute || !e.StartsAt.Equal(starts) || now.Sub(*e.DoorsAt) < 45*time.Minute {
			t.Fatalf("%s: got doors %v and start %v", now, e.DoorsAt, e.StartsAt)
		}
		if in < all/3 || in > all*4/5 {
			t.Errorf("%s: %d of %d are in", now, in, all)
		}
	}
	e, visits, err := seed.Evening(seed.EveningStart(today))
	again, same, err2 := seed.Evening(e.StartsAt)
	if err != nil || err2 != nil || !reflect.DeepEqual(e, again) || !reflect.DeepEqual(visits, same) {
		t.Error("Evening: got another for its own start")
	}
	if _, ok := seed.Artwork(strings.TrimSuffix(strings.TrimPrefix(e.ImageURL, "/art/"), ".svg")); !ok {
		t.Errorf("Artwork of %s: got none", e.ImageURL)
	}
}
