package dynamostore_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/money"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/payment/testpay"
	"github.com/myevents/myevents/shared/store/dynamostore"
)

// counted returns a store and what counts its units.
func counted(t testing.TB) (*dynamostore.Store, *metered) {
	t.Helper()
	prefix, api := tables(t)
	m := &metered{API: api}
	return dynamostore.New(m, prefix), m
}

// seller is a Booking Service on a counted store.
type seller struct {
	*booking.Service
	t     *testing.T
	m     *metered
	users int
}

func newSeller(t *testing.T) *seller {
	t.Helper()
	store, m := counted(t)
	keys, err := booking.NewKeyring(1, map[byte][]byte{1: []byte("0123456789abcdef0123456789abcdef")})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return t0 }
	return &seller{t: t, m: m, Service: booking.New(booking.Deps{
		Store: store, Payment: testpay.New(testpay.Config{Now: now}), Keys: keys, Now: now,
		NewID: func(prefix string) string { return id.New(prefix, t0) },
	}, booking.Config{})}
}

var ticketType = id.Derived(id.TicketType, "floor")

// open puts an event of standing places on sale.
func (s *seller) open(name string, perPerson int) string {
	s.t.Helper()
	section := id.Derived(id.Section, "floor")
	e := message.EventStateV1{
		EventID: id.Derived(id.Event, name), Version: 2, OrganisationID: "demo", Status: "published", Name: name, Category: "concert",
		StartsAt: t0.Add(720 * time.Hour), TimeZone: "Europe/Lisbon", PerPerson: perPerson,
		TicketTypes: []message.TicketTypeV1{{ID: ticketType, Name: "Floor", Price: money.Of(3000, "EUR"), SectionIDs: []string{section}}},
		Layout:      []message.SectionV1{{ID: section, Name: "Floor", Kind: "standing", Capacity: 6400}},
	}
	if err := s.ApplyEvent(s.t.Context(), e); err != nil {
		s.t.Fatal(err)
	}
	return e.EventID
}

// cost is the write units of each step of a booking.
type cost struct{ claim, list, record, confirm, done float64 }

// buy holds and books places, one for each attendee.
func (s *seller) buy(event string, attendees []booking.Attendee) (c cost) {
	s.t.Helper()
	s.users++
	user, _ := id.Parse("", id.Derived("", fmt.Sprint(s.users)))
	s.m.take()
	h, err := s.Hold(s.t.Context(), user, booking.HoldRequest{
		EventID: event, Key: "0193d3f2-6a3e-7c1b-9f43-2f6f0f3f1c54", BodyHash: 1 << 63,
		Items: []booking.ItemRequest{{TicketTypeID: ticketType, Quantity: len(attendees)}},
	})
	if err != nil {
		s.t.Fatalf("Hold %d: got %v, want nil", len(attendees), err)
	}
	spent := s.m.take()
	c.claim, c.list = units(spent, true, "B#", ""), units(spent, true, "U#", "P#")
	d, err := s.Book(s.t.Context(), user, booking.BookRequest{
		HoldToken: h.Token, Payment: &booking.PaymentRequest{Method: "test", Token: "ok"}, Key: "0193d3f2-6a3e-7c1b-9f43-2f6f0f3f1c55",
		BodyHash: 1 << 63, Attendees: attendees,
	})
	if err != nil || d.Status != booking.Confirmed {
		s.t.Fatalf("Book %d: got %s and %v, want confirmed", len(attendees), d.Status, err)
	}
	spent = s.m.take()
	c.confirm = units(spent, true, "B#", "")
	for _, n := range spent {
		if n.write && strings.HasPrefix(n.sk, "K#") && strings.HasPrefix(n.pk, "U#") && c.record == 0 {
			c.record = n.units
		}
	}
	c.done = units(spent, true, "", "") - c.confirm - c.record
	return c
}

// The three writes of a booking cost a write unit each, whatever the size of the group, with tickets that have no names yet.
func TestCosts_hold1Record1Confirm1(t *testing.T) {
	s := newSeller(t)
	event := s.open("concert", 0)
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 64} {
		c := s.buy(event, make([]booking.Attendee, n))
		if c.claim != 1 || c.record != 1 || c.confirm != 1 {
			t.Errorf("write units of %d places: got hold %v, record %v, confirm %v, want 1 each", n, c.claim, c.record, c.confirm)
		}
		if c.done > 3 {
			t.Errorf("write units after the answer of %d places: got %v, want at most 3", n, c.done)
		}
	}
	if c := s.buy(s.open("limited", 10), make([]booking.Attendee, 2)); c.list != 1 || c.claim != 1 {
		t.Errorf("write units of a hold under a limit: got claim %v, list %v, want 1 each", c.claim, c.list)
	}
}

var (
	firstNames = strings.Fields("Beatriz Tomás Ingrid Wojciech Amélie Giovanni Katarzyna Mustafa Oluwaseun Priya Haruto Xochitl Dmitri Zsófia Fergus Aaliyah Björn")
	lastNames  = strings.Fields("Vasconcelos Okonkwo Lindqvist Szymański Fitzgerald Montenegro Papadopoulos Yamashita Grünwald Delacroix Hernández Kowalczyk Abdullahi")
	hosts      = strings.Fields("example.com example.org mail.example.net post.example.pt example.co.uk")

	longNames = []booking.Attendee{
		{Name: "Maria Fernanda Albuquerque", Email: "maria.fernanda@example.com"}, {Name: "João Pedro Vasconcelos", Email: "joao.pedro@example.org"},
	}
	shortNames = []booking.Attendee{{Name: "Ana"}, {Name: "Rui"}, {Name: "Eva"}, {Name: "Zé"}}
)

// A record with its message fits a write unit for 2 tickets with long names and for 4 with short ones. How it goes on is
// logged, for docs/performance.md.
func TestCosts_recordBySize(t *testing.T) {
	s := newSeller(t)
	event := s.open("concert", 0)
	named := func(n int, long bool) []booking.Attendee {
		all := make([]booking.Attendee, n)
		for i := range all {
			first, last := firstNames[i*7%len(firstNames)], lastNames[i*11%len(lastNames)]
			if all[i] = (booking.Attendee{Name: first}); long {
				all[i] = booking.Attendee{
					Name: first + " " + lastNames[i*5%len(lastNames)] + " " + last, Email: strings.ToLower(first+"."+last) + "@" + hosts[i%len(hosts)],
				}
			}
		}
		return all
	}
	for _, attendees := range [][]booking.Attendee{longNames, shortNames, named(2, true), named(4, false)} {
		if c := s.buy(event, attendees); c.record != 1 {
			t.Errorf("write units of a record of %d named tickets: got %v, want 1", len(attendees), c.record)
		}
	}
	for _, n := range []int{1, 2, 3, 4, 6, 8, 10, 16, 32, 64} {
		plain, short, long := s.buy(event, make([]booking.Attendee, n)), s.buy(event, named(n, false)), s.buy(event, named(n, true))
		t.Logf("| %d | %v | %v | %v |", n, plain.record, short.record, long.record)
	}
}

// Every step on a block costs one write unit, on a full one too, and what it sends fits the limits of expressions: 4 KB, 300
// operators and functions. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
func TestCosts_block(t *testing.T) {
	s, m := counted(t)
	block := inventory.BlockID{Event: id.Raw{0xff, 1}, Section: 99, Number: 15624}
	const all = ^uint64(0)
	at := func(op inventory.Op, slots uint64, hold inventory.HoldID, expires, now int64) inventory.Step {
		return inventory.Step{Op: op, Slots: slots, Hold: hold, Expires: t0.Unix() + expires, Now: t0.Add(time.Duration(now) * time.Second)}
	}
	for _, tc := range []struct {
		name   string
		step   inventory.Step
		writes float64
	}{
		{"claim", at(inventory.OpClaim, all, 1, 60, 0), 1},
		{"claim-of-what-lapsed", at(inventory.OpClaim, all, 2, 600, 100), 1},
		{"claim-again", at(inventory.OpClaim, all, 2, 600, 100), 1}, // the condition that does not hold
		{"extend", at(inventory.OpExtend, all, 2, 900, 100), 1},
		{"extend-again", at(inventory.OpExtend, all, 2, 900, 100), 0},
		{"confirm", at(inventory.OpConfirm, all, 2, 900, 100), 1},
		{"let-go-of-sold", at(inventory.OpLetGo, all, 2, 0, 0), 0},
		{"release", at(inventory.OpRelease, all, 2, 0, 0), 1},
		{"withhold", at(inventory.OpWithhold, all, 0, 0, 0), 1},
		{"offer", at(inventory.OpOffer, 1, 0, 0, 0), 1},
		{"claim-one-in-a-full-block", at(inventory.OpClaim, 1, 3, 60, 0), 1},
		{"confirm-one-in-a-full-block", at(inventory.OpConfirm, 1, 3, 60, 0), 1},
		{"close", at(inventory.OpClose, 0, 0, 0, 0), 1},
		{"release-in-a-closed-block", at(inventory.OpRelease, 1, 3, 0, 0), 1},
	} {
		m.take()
		if _, err := s.Step(t.Context(), block, tc.step); err != nil {
			t.Errorf("%s: got %v, want nil", tc.name, err)
		}
		if got := units(m.take(), true, "", ""); got != tc.writes {
			t.Errorf("%s: got %v write units, want %v", tc.name, got, tc.writes)
		}
	}
	// Places of 64 holds and 64 expiries: every value in the expressions differs.
	for i := range inventory.BlockSize {
		if _, err := s.Step(t.Context(), inventory.BlockID{Event: block.Event}, at(inventory.OpClaim, 1<<i, 4, int64(i), 0)); err != nil {
			t.Fatal(err)
		}
	}
	m.take()
	for _, op := range []inventory.Op{inventory.OpExtend, inventory.OpConfirm} { // the hint of confirm is wrong for all
		if _, err := s.Step(t.Context(), inventory.BlockID{Event: block.Event}, at(op, all, 4, 32, 0)); err != nil {
			t.Errorf("step %d on places of unequal expiry: got %v, want nil", op, err)
		}
	}
	if got := units(m.take(), true, "", ""); got != 3 {
		t.Errorf("extend and confirm of places of unequal expiry: got %v write units, want 3", got)
	}
	operator := regexp.MustCompile(`=|<|\b(AND|OR|attribute_exists|attribute_not_exists)\b`)
	for _, in := range m.updates {
		for _, e := range []*string{in.UpdateExpression, in.ConditionExpression} {
			if e != nil && (len(*e) >= 4096 || len(operator.FindAllString(*e, -1)) >= 300) {
				t.Errorf("expression of %d bytes, %d operators: want below 4,096 and 300", len(*e), len(operator.FindAllString(*e, -1)))
			}
		}
	}
}

// A hold that lapses costs nothing; nor does the block that nobody has touched yet.
func TestCosts_lapse0(t *testing.T) {
	s, m := counted(t)
	block := inventory.BlockID{Event: id.Raw{2}}
	for i := range int64(10) {
		if _, err := s.Step(t.Context(), block, inventory.Step{
			Op: inventory.OpClaim, Slots: 0b11, Hold: inventory.HoldID(i + 1), Expires: t0.Unix() + i*100 + 60, Now: t0.Add(time.Duration(i) * 100 * time.Second),
		}); err != nil {
			t.Fatal(err)
		}
	}
	if got := units(m.take(), true, "", ""); got != 10 {
		t.Errorf("ten holds of the same places, each after the one before lapsed: got %v write units, want 10", got)
	}
}

// stadium is a hall of 100,000 places as organisers draw it.
func stadium() []message.SectionV1 {
	var all []message.SectionV1
	for i := range 50 {
		section := message.SectionV1{ID: id.Derived(id.Section, fmt.Sprint(i)), Name: fmt.Sprintf("Block %d%c", i/10+1, 'A'+i%10), Kind: "seated"}
		for r := range 50 {
			row := message.RowV1{Label: fmt.Sprint(r + 1), Seats: 40}
			if r == 0 {
				row.Accessible = []int{1, 2, 39, 40}
			}
			section.Rows = append(section.Rows, row)
		}
		all = append(all, section)
	}
	return all
}

// Opening an event of 100,000 places writes its layout and no block.
func TestCosts_opening(t *testing.T) {
	s := newSeller(t)
	e := message.EventStateV1{
		EventID: id.Derived(id.Event, "final"), Version: 2, OrganisationID: "demo", Status: "published", Name: "The final", Category: "sports",
		LocationID: id.Derived(id.Location, "l"), HallID: id.Derived(id.Hall, "h"), StartsAt: t0.Add(720 * time.Hour), TimeZone: "Europe/Lisbon",
		Location: message.PlaceV1{Name: "Stadium", Address: "Rua 1", City: "Lisboa", Country: "PT"}, Layout: stadium(), PerPerson: 4,
	}
	for i, section := range e.Layout {
		if i%5 == 0 {
			e.TicketTypes = append(e.TicketTypes, message.TicketTypeV1{ID: id.Derived(id.TicketType, fmt.Sprint(i)), Name: fmt.Sprint("Category ", i/5+1), Price: money.Of(int64(5000+i*100), "EUR")})
		}
		last := &e.TicketTypes[len(e.TicketTypes)-1]
		last.SectionIDs = append(last.SectionIDs, section.ID)
	}
	if err := s.ApplyEvent(t.Context(), e); err != nil {
		t.Fatal(err)
	}
	spent := s.m.take()
	got := units(spent, true, "", "")
	t.Logf("opening an event of 100,000 places: %v write units", got)
	if got > 5 || units(spent, true, "B#", "") != 0 {
		t.Errorf("opening an event of 100,000 places: got %v write units, %v of blocks, want at most 5 and 0", got, units(spent, true, "B#", ""))
	}
}

// hallEvent is an event in a hall of 1,200 places with what organisers write about one.
func hallEvent(n int) catalog.Event {
	e := catalog.Event{
		ID: id.Derived(id.Event, fmt.Sprint(n)), OrganisationID: "demo", Name: "An evening with the Amber Tide", Category: "concert", Status: catalog.Published,
		Description: strings.Repeat("The band plays its new record from beginning to end, and afterwards whatever you shout for. ", 6),
		Performers:  []string{"The Amber Tide", "Quartz River"}, ImageURL: "https://images.example.org/amber-tide.jpg",
		LocationID: id.Derived(id.Location, "l"), HallID: id.Derived(id.Hall, "h"), StartsAt: t0, TimeZone: "Europe/Lisbon", PerPerson: 10, Version: 1,
		Place: message.PlaceV1{Name: "Coliseu dos Recreios", Address: "Rua das Portas de Santo Antão 96", City: "Lisboa", Country: "PT", HallName: "Main hall"},
	}
	for i := range 4 {
		section := stadium()[i]
		section.Rows = section.Rows[:8]
		e.Layout = append(e.Layout, section)
		e.TicketTypes = append(e.TicketTypes, catalog.TicketType{ID: id.Derived(id.TicketType, fmt.Sprint(i)), Name: section.Name, Price: money.Of(4500, "EUR"), SectionIDs: []string{section.ID}})
	}
	return e
}

func TestCosts_eventPage(t *testing.T) {
	s, m := counted(t)
	e := hallEvent(1)
	published := outbox.Message{Envelope: message.New(id.New(id.Message, t0), message.SourceCatalog, message.EventPublished, e.ID, t0, message.EventStateV1{
		EventID: e.ID, Version: 1, Name: e.Name, Layout: e.Layout, Location: e.Place, StartsAt: e.StartsAt,
	})}
	if err := s.PutEvent(t.Context(), e, published); err != nil {
		t.Fatal(err)
	}
	if err := s.PutAvailability(t.Context(), e.ID, catalog.Availability{AsOf: t0, Total: 1200, Sold: 700, Left: 400}); err != nil {
		t.Fatal(err)
	}
	m.take()
	if found, err := s.EventsByID(t.Context(), []string{e.ID}); err != nil || len(found) != 1 {
		t.Fatalf("EventsByID: got %d and %v, want 1", len(found), err)
	}
	if got := units(m.take(), false, "", ""); got > 0.5 {
		t.Errorf("event page: got %v read units, want at most 0.5", got)
	}
	e = hallEvent(2)
	if e.Layout = stadium(); s.PutEvent(t.Context(), e) != nil {
		t.Fatal("PutEvent of a stadium failed")
	}
	m.take()
	if _, err := s.EventsByID(t.Context(), []string{e.ID}); err != nil {
		t.Fatal(err)
	}
	got := units(m.take(), false, "", "")
	t.Logf("page of an event of 100,000 places: %v read units", got)
	if got > 1 {
		t.Errorf("page of an event of 100,000 places: got %v read units, want at most 1", got)
	}
}

// A search costs at most 5 read units for each 20 entries that it examines, whatever it finds. Entries have as many tokens
// as events do.
func TestCosts_search(t *testing.T) {
	s, m := counted(t)
	const entries = 64
	for i := range entries {
		tokens := []string{"all", fmt.Sprint("k:", i%3), "c:PT", fmt.Sprint("t:city ", i%7), fmt.Sprint("w:rare", i%50)}
		for w := range 14 {
			word := fmt.Sprintf("word%c%dlonger", 'a'+w, i%(w+2))
			tokens = append(tokens, "w:"+word)
			for n := 2; n <= 8; n++ {
				tokens = append(tokens, "p:"+word[:n]+fmt.Sprint(w))
			}
		}
		if i > 2 { // the lists that are searched have all entries, the others three
			tokens = tokens[:5]
			for len(tokens) < 110 {
				tokens = append(tokens, fmt.Sprint("filler", i, len(tokens)))
			}
		}
		if err := s.PutEntry(t.Context(), "events", catalog.Entry{ID: id.Derived(id.Event, fmt.Sprint(i)), Sort: fmt.Sprintf("2031-03-05T19:30:00.%03dZ", i), Version: 1, Tokens: tokens}); err != nil {
			t.Fatal(err)
		}
		if spent := m.take(); i < 3 {
			t.Logf("indexing an event by %d tokens: %v write units", len(tokens), units(spent, true, "", ""))
		}
	}
	for _, tokens := range [][]string{{"all"}, {"all", "c:PT"}, {"k:1", "t:city 3"}, {"all", "k:1", "t:city 3", "w:rare7", "c:PT"}, {"t:city 1", "t:city 2"}} {
		m.take()
		hits, err := s.Search(t.Context(), "events", tokens, catalog.Position{}, "", 20)
		if err != nil {
			t.Fatal(err)
		}
		var cost float64
		examined := 0
		for _, n := range m.take() {
			cost, examined = cost+n.units, examined+n.items
		}
		pages := float64((max(examined, 1) + 19) / 20)
		t.Logf("search of %q: %d found, %d examined, %v read units", tokens, len(hits.Entries), examined, cost)
		if cost > 5*pages {
			t.Errorf("search of %q: got %v read units for %d entries examined, want at most 5 for 20", tokens, cost, examined)
		}
	}
}
