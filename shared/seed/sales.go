package seed

import (
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// Booking is a booking to be.
type Booking struct {
	Key       string // of the request, always the same for the same booking
	Buyer     Person
	Event     string // its ExternalID
	Items     []Item
	Apart     bool // the places need not be side by side
	Attendees []apiclient.Attendee
	Cancel    int         // so many of its tickets are given back, from the last
	Scans     []time.Time // when its first tickets came through the door; the others have not
}

// Item is some tickets of one type, by its name.
type Item struct {
	Type     string
	Quantity int
}

// Tickets returns how many the booking is for.
func (b Booking) Tickets() (n int) {
	for _, i := range b.Items {
		n += i.Quantity
	}
	return n
}

// crowd is how an event sells: to so many buyers, or until so many places are left.
type crowd struct {
	buyers int
	fill   bool
	left   int
}

// crowds are those of the demo's events, by slug; the others have sold nothing yet.
var crowds = map[string]crowd{
	"shadows-by-hand":                {fill: true},          // sold out
	"liffey-comedy-cellar":           {fill: true},          // sold out
	"chansons-du-passage":            {fill: true, left: 9}, // few left
	"string-quartets-by-candlelight": {fill: true, left: 21},
	"voltage-garden":                 {buyers: 24},
	"le-dernier-souffleur":           {buyers: 22},
	"paper-moons":                    {buyers: 26},
	"lanterns-over-the-danube":       {buyers: 9},
	"gravity-optional":               {buyers: 16},
	"the-cartographers-wife":         {buyers: 12},
	"back-porch-blues":               {buyers: 14},
	"under-the-swallow":              {buyers: 10},
	"lagoon-highlife":                {buyers: 8},
	"clowns-in-the-orchard":          {buyers: 8},
	"the-tin-elephant":               {buyers: 6},
	"tides-of-data":                  {buyers: 8},
	"neon-harbour":                   {buyers: 5},
	"tidebreaker-arena-tour":         {buyers: 9},
	"parade-of-the-herons":           {buyers: 6},
	"moonlit-koto":                   {buyers: 6},
	"acacia-sunrise-festival":        {buyers: 4},
}

func (e Event) slug() string { return strings.TrimPrefix(e.ExternalID, "demo-") }

// sales are who has bought for an event.
func sales(e Event, h apiclient.Hall) []Booking {
	c, some := crowds[e.slug()]
	mine := alex(e)
	if !some && mine == nil {
		return nil
	}
	b := newBoxOffice(e, h)
	for i := range mine {
		b.take(mine[i])
	}
	for n := 0; n < c.buyers || c.fill && b.left() > c.left; n++ {
		size := b.size(c.fill)
		if c.fill {
			size = min(size, b.left()-c.left)
		}
		if !b.sell(size, c.fill) {
			break
		}
	}
	if !c.fill && e.Cancellation == nil {
		for i := len(mine) + 4; i < len(b.sold); i += 9 { // now and then somebody falls ill
			b.sold[i].Cancel = 1
		}
	}
	return b.sold
}

// alex returns what the demo's attendee has booked for an event: for three next week, for the two of them far ahead, and for
// four of whom one cannot come.
func alex(e Event) []Booking {
	peers := func(names ...string) []apiclient.Attendee {
		all := []apiclient.Attendee{{Name: Alex.Name, Email: Alex.Email}}
		for _, p := range guests() {
			if slices.Contains(names, p.Name) {
				all = append(all, apiclient.Attendee{Name: p.Name, Email: p.Email})
			}
		}
		return all
	}
	b := Booking{Key: e.ExternalID + "-alex", Buyer: Alex, Event: e.ExternalID}
	switch {
	case e.slug() == "le-dernier-souffleur":
		b.Items, b.Attendees = []Item{{"Orchestre", 3}}, peers("Amélie Fournier", "Kwame Mensah")
	case e.slug() == "neon-harbour":
		b.Items, b.Attendees = []Item{{"Circle", 2}}, peers()
	case e.slug() == "gravity-optional":
		b.Items, b.Cancel = []Item{{"Adult", 2}, {"Child", 2}}, 1
		b.Attendees = append(peers("Giulia Ferraro"), apiclient.Attendee{Name: "Nico"}, apiclient.Attendee{Name: "Mila"})
	case isEvening(e.ExternalID):
		b.Items, b.Attendees = []Item{{"Seat", 2}}, peers("Yusuf Al-Sabah")
	default:
		return nil
	}
	return []Booking{b}
}

// visits are who has bought for an evening: of most, who came in the first three quarters of an hour, when they did.
func visits(e Event, h apiclient.Hall) []Booking {
	b := newBoxOffice(e, h)
	mine := alex(e)
	for i := range mine {
		b.take(mine[i])
	}
	for range 34 {
		b.sell(1+b.upTo(4), false)
	}
	for i := range b.sold[len(mine):] {
		if i%3 == 2 {
			continue // on their way
		}
		one := &b.sold[len(mine)+i]
		// Few come at once, few at the last: the sum of two dice. The last of the group is there before the three quarters are over.
		came := e.DoorsAt.Add(time.Minute + time.Duration(b.upTo(1200)+b.upTo(1200))*time.Second)
		for n := range one.Tickets() {
			one.Scans = append(one.Scans, came.Add(time.Duration(n*7)*time.Second))
		}
	}
	return b.sold
}

// boxOffice sells an event's places by chance, which its name decides, and never more than there are.
type boxOffice struct {
	chance

	event  Event
	room   map[string]int // section → places left
	queue  []Person       // who has not bought yet
	people []Person
	sold   []Booking
}

func newBoxOffice(e Event, h apiclient.Hall) *boxOffice {
	b := &boxOffice{chance: chanceOf(e.ExternalID), event: e, room: map[string]int{}, people: guests()}
	for _, s := range h.Sections {
		b.room[s.Name] = s.Places()
	}
	b.queue = shuffled(&b.chance, b.people)
	return b
}

// left is how many places the ticket types have between them.
func (b *boxOffice) left() (n int) {
	seen := map[string]bool{}
	for _, t := range b.event.TicketTypes {
		for _, s := range t.SectionIDs {
			if !seen[s] {
				seen[s] = true
				n += b.room[s]
			}
		}
	}
	return n
}

func (b *boxOffice) leftOf(t apiclient.TicketType) (n int) {
	for _, s := range t.SectionIDs {
		n += b.room[s]
	}
	return n
}

// size is how many tickets somebody buys: mostly two; where a hall is to be filled, groups come.
func (b *boxOffice) size(groups bool) int {
	if groups {
		return 4 + b.upTo(6)
	}
	return []int{1, 2, 2, 2, 2, 3, 3, 4, 4, 6}[b.upTo(10)]
}

// sell sells at most so many tickets of one type to the next in the queue; false where nobody is left there, or nothing.
func (b *boxOffice) sell(size int, apart bool) bool {
	open := slices.DeleteFunc(slices.Clone(b.event.TicketTypes), func(t apiclient.TicketType) bool {
		return b.leftOf(t) == 0 || t.SalesFrom != nil
	})
	if len(open) == 0 || len(b.queue) == 0 {
		return false
	}
	t := open[min(b.upTo(len(open)), b.upTo(len(open)))] // the first types are the usual ones
	size = min(size, b.leftOf(t))
	if t.PerPerson > 0 {
		size = min(size, t.PerPerson)
	}
	if most := b.event.PerPerson; most != nil && *most > 0 {
		size = min(size, *most)
	}
	buyer := b.queue[0]
	who, _, _ := strings.Cut(buyer.Email, "@")
	one := Booking{Key: b.event.ExternalID + "-" + who, Buyer: buyer, Event: b.event.ExternalID, Items: []Item{{t.Name, size}}, Apart: apart}
	one.Attendees = []apiclient.Attendee{{Name: buyer.Name, Email: buyer.Email}}
	for range size - 1 {
		if b.upTo(4) > 0 { // whoever is not named yet is named later
			one.Attendees = append(one.Attendees, apiclient.Attendee{Name: b.people[b.upTo(len(b.people))].Name})
		}
	}
	b.queue = b.queue[1:]
	b.take(one)
	return true
}

// take notes a booking.
func (b *boxOffice) take(one Booking) {
	for _, i := range one.Items {
		at := slices.IndexFunc(b.event.TicketTypes, func(t apiclient.TicketType) bool { return t.Name == i.Type })
		for _, s := range b.event.TicketTypes[at].SectionIDs {
			n := min(i.Quantity, b.room[s])
			b.room[s] -= n
			i.Quantity -= n
		}
	}
	b.sold = append(b.sold, one)
}
