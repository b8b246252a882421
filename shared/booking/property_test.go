package booking_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/payment/testpay"
)

// The limits per person at the events of lives.
const (
	lifeLimit  = 5
	adultLimit = 3
)

// chooser picks a number below n: rapid, so that what fails is made small, or a seed.
type chooser func(what string, n int) int

// life is a small event with a few buyers, to whom anything happens in any order, while processes die at any step.
type life struct {
	*world
	pick   chooser
	base   booking.Store // what processes work on
	state  message.EventStateV1
	users  []string
	door   booking.Actor
	keys   int
	asked  []asked
	acked  map[string]acked
	inside map[string]bool // tickets that were let in
	old    map[string]bool // codes that a rename replaced
}

type asked struct {
	who, key string
	request  booking.HoldRequest
	token    string
}

// acked is a booking that its buyer was told is confirmed.
type acked struct {
	who       string
	tickets   []string
	cancelled map[string]bool // by ticket; maybe, where the process died on the way
}

func newLife(w *world, base booking.Store, name string, pick chooser) *life {
	w.pay = testpay.New(testpay.Config{Now: w.clock.Now, Sleep: func(context.Context, time.Duration) error { return nil }})
	l := &life{
		world: w, base: base, pick: pick, acked: map[string]acked{}, inside: map[string]bool{}, old: map[string]bool{},
		door: booking.Actor{User: user("door"), Organisations: []string{"demo"}},
	}
	w.Service = w.service(base)
	for _, n := range []string{"ana", "rui", "eva"} {
		l.users = append(l.users, n+" of "+name)
	}
	l.state = w.state(name, func(s *message.EventStateV1) {
		s.PerPerson = lifeLimit
		s.TicketTypes[0].PerPerson = adultLimit
		s.Layout[0].Rows = []message.RowV1{{Label: "A", Seats: 4}, {Label: "B", Seats: 3}}
		s.Layout[1].Capacity = 6
	})
	if err := w.ApplyEvent(context.Background(), l.state); err != nil {
		w.t.Fatalf("ApplyEvent: got %v, want nil", err)
	}
	return l
}

// process returns a process to do one thing: this one, or one in three times one that dies on the way.
func (l *life) process() (s *booking.Service, m *mortal) {
	if l.pick("process", 3) > 0 {
		return l.Service, &mortal{}
	}
	m = &mortal{Store: l.base, pay: l.pay, at: 1 + l.pick("dies at", 14), after: l.pick("after", 2) == 0}
	return booking.New(booking.Deps{
		Store: m, Payment: m, Keys: l.world.keys, Now: l.clock.Now,
		NewID: func(prefix string) string { return id.New(prefix, l.clock.Now()) },
	}, booking.Config{}), m
}

// mind reports an answer that no living process gives.
func (l *life) mind(call string, m *mortal, err error) {
	l.t.Helper()
	if err != nil && !m.dead && fault.KindOf(err) == fault.Internal {
		l.t.Errorf("%s: got %v, want no internal error", call, err)
	}
}

func (l *life) who() string { return l.users[l.pick("user", len(l.users))] }

// key returns a new idempotency key, or sometimes one that was used.
func (l *life) key() string {
	if l.keys > 0 && l.pick("same key", 5) == 0 {
		return fmt.Sprint("k", l.pick("key", l.keys))
	}
	l.keys++
	return fmt.Sprint("k", l.keys-1)
}

// ask returns a request for places.
func (l *life) ask(key string) booking.HoldRequest {
	kind := []string{adult, floor}[l.pick("ticket type", 2)]
	r := best(l.state.EventID, kind, 1+l.pick("places", 3), key)
	r.Split = l.pick("split", 2) == 0
	if kind == adult && l.pick("named", 3) == 0 {
		r.Items[0].Quantity, r.BodyHash = 0, 9
		r.Items[0].Seats = []booking.SeatRequest{{SectionID: seated, Row: "A", Number: 1 + l.pick("seat", 4)}}
	}
	return r
}

var payments = []string{testpay.OK, testpay.OK, testpay.OK, testpay.Declined, testpay.Slow, testpay.Lost, testpay.RefuseCapture, testpay.Duplicate}

func (l *life) step() {
	ctx := context.Background()
	switch l.pick("what", 16) {
	case 0, 1:
		s, m := l.process()
		a := asked{who: l.who(), key: l.key()}
		a.request = l.ask(a.key)
		h, err := s.Hold(ctx, user(a.who), a.request)
		l.mind("Hold", m, err)
		if a.token = h.Token; err == nil {
			l.asked = append(l.asked, a)
		}
	case 2, 3, 4:
		if a := l.held(); a != nil {
			l.buy(a.who, booking.BookRequest{HoldToken: a.token, Key: a.key})
		}
	case 5:
		key := l.key()
		r := l.ask(key)
		l.buy(l.who(), booking.BookRequest{Direct: &r, Key: key, BodyHash: r.BodyHash})
	case 6:
		if a := l.held(); a != nil {
			s, m := l.process()
			_, err := s.ExtendHold(ctx, user(a.who), a.token)
			l.mind("ExtendHold", m, err)
		}
	case 7:
		if a := l.held(); a != nil {
			s, m := l.process()
			l.mind("ReleaseHold", m, s.ReleaseHold(ctx, user(a.who), a.token))
		}
	case 8, 9:
		l.cancel()
	case 10:
		l.rename()
	case 11:
		l.checkIn()
	case 12:
		l.clock.add([]time.Duration{time.Second, 30 * time.Second, 11 * time.Minute, 26 * time.Minute}[l.pick("time", 4)])
	case 13:
		l.toil()
	case 14:
		l.janitor()
	case 15:
		l.change()
	}
}

// held picks one of the holds that were made.
func (l *life) held() *asked {
	if len(l.asked) == 0 {
		return nil
	}
	return &l.asked[l.pick("hold", len(l.asked))]
}

func (l *life) buy(who string, r booking.BookRequest) {
	s, m := l.process()
	r.Payment = payWith(payments[l.pick("payment", len(payments))])
	d, err := s.Book(context.Background(), user(who), r)
	l.mind("Book", m, err)
	if err != nil || d.Status != booking.Confirmed {
		return
	}
	a := acked{who: who, cancelled: map[string]bool{}}
	if before, ok := l.acked[d.ID]; ok {
		a.cancelled = before.cancelled
	}
	for _, t := range d.Tickets {
		a.tickets = append(a.tickets, t.ID)
	}
	l.acked[d.ID] = a
}

// one picks one of the acknowledged bookings.
func (l *life) one() (bookingID string, a acked) {
	if len(l.acked) == 0 {
		return "", a
	}
	ids := make([]string, 0, len(l.acked))
	for bookingID := range l.acked {
		ids = append(ids, bookingID)
	}
	slices.Sort(ids)
	bookingID = ids[l.pick("booking", len(ids))]
	return bookingID, l.acked[bookingID]
}

func (l *life) cancel() {
	bookingID, a := l.one()
	if bookingID == "" {
		return
	}
	s, m := l.process()
	by := booking.Actor{User: user(a.who)}
	if l.pick("by the organiser", 3) == 0 {
		by = l.door
	}
	tickets := a.tickets
	var named []string
	if l.pick("one ticket", 3) > 0 {
		named = []string{a.tickets[l.pick("ticket", len(a.tickets))]}
		tickets = named
	}
	_, err := s.CancelTickets(context.Background(), by, bookingID, named)
	l.mind("CancelTickets", m, err)
	if err == nil || m.dead {
		for _, ticket := range tickets {
			a.cancelled[ticket] = true
		}
	}
}

func (l *life) rename() {
	bookingID, a := l.one()
	if bookingID == "" {
		return
	}
	ctx, ticket := context.Background(), a.tickets[l.pick("ticket", len(a.tickets))]
	before, err := l.Ticket(ctx, user(a.who), bookingID, ticket)
	if err != nil {
		l.t.Errorf("Ticket of an acknowledged booking: got %v, want nil", err)
		return
	}
	s, m := l.process()
	after, err := s.RenameTicket(ctx, user(a.who), bookingID, ticket, booking.Attendee{Name: fmt.Sprint("peer ", l.pick("name", 3))})
	l.mind("RenameTicket", m, err)
	if err == nil && after.Code != before.Ticket.Code {
		l.old[before.Ticket.Code] = true
	}
}

func (l *life) checkIn() {
	bookingID, a := l.one()
	if bookingID == "" {
		return
	}
	ctx, n := context.Background(), l.pick("ticket", len(a.tickets))
	d, err := l.Booking(ctx, booking.Actor{User: user(a.who)}, bookingID)
	if err != nil || n >= len(d.Tickets) {
		l.t.Errorf("Booking that was acknowledged: got %d tickets and %v, want %d", len(d.Tickets), err, len(a.tickets))
		return
	}
	code, ticket := d.Tickets[n].Code, d.Tickets[n]
	for replaced := range l.old {
		if code == replaced {
			l.t.Errorf("ticket %s: got a code that a rename replaced, want a new one", ticket.ID)
		}
		if r, err := l.CheckIn(ctx, l.door, booking.Scan{EventID: l.state.EventID, Code: replaced}); err != nil || r.Result != booking.Refused {
			l.t.Errorf("CheckIn with a replaced code: got %s and %v, want refused", r.Result, err)
		}
	}
	s, m := l.process()
	r, err := s.CheckIn(ctx, l.door, booking.Scan{EventID: l.state.EventID, Code: code})
	l.mind("CheckIn", m, err)
	if err != nil || r.Result != booking.Admitted {
		return
	}
	if l.inside[ticket.ID] || ticket.Status == booking.ShownCancelled {
		l.t.Errorf("CheckIn of ticket %s, %s: got admitted, want it once and while it is good", ticket.ID, ticket.Status)
	}
	l.inside[ticket.ID] = true
}

// toil handles what is due, as workers do: what fails waits for its next attempt.
func (l *life) toil() {
	ctx := context.Background()
	for {
		due, err := l.store.BookingOutbox().Claim(ctx, l.clock.Now(), time.Minute, 100)
		if err != nil {
			l.t.Fatalf("Claim: got %v, want nil", err)
		}
		if len(due) == 0 {
			return
		}
		for _, p := range due {
			if err := l.handle(p.Message); err != nil {
				var early *booking.NotYetError
				if fault.KindOf(err) == fault.Internal && !errors.As(err, &early) {
					l.t.Errorf("handle %s: got %v, want no internal error", p.Message.Type, err)
				}
				continue
			}
			if err := l.store.BookingOutbox().MarkSent(ctx, []string{p.Ref}); err != nil {
				l.t.Fatalf("MarkSent: got %v, want nil", err)
			}
		}
	}
}

func (l *life) janitor() {
	for _, clean := range []func(context.Context) (int, error){l.VoidOrphans, l.ResumeCancellations} {
		if _, err := clean(context.Background()); err != nil && fault.KindOf(err) == fault.Internal {
			l.t.Errorf("janitor: got %v, want no internal error", err)
		}
	}
}

// change brings a newer state of the event, or an older one again.
func (l *life) change() {
	s, m := l.process()
	state := l.state
	state.Layout = slices.Clone(state.Layout)
	state.TicketTypes = slices.Clone(state.TicketTypes)
	state.Version++
	switch l.pick("change", 8) {
	case 0:
		state.Status = "cancelled"
	case 1, 2:
		state.Layout[1].Capacity += l.pick("more", 4)
		state.Layout[0].Rows = append(slices.Clone(state.Layout[0].Rows), message.RowV1{Label: fmt.Sprint("R", state.Version), Seats: 2})
	case 3, 4:
		state.Layout[1].Capacity = max(1, state.Layout[1].Capacity-l.pick("less", 4))
	case 5:
		state.TicketTypes[0].Price.Minor += 100
	case 6:
		state.StartsAt = state.StartsAt.Add(24 * time.Hour)
		now := l.clock.Now()
		state.RescheduledAt = &now
	default:
		state.Version -= 2 // late, and no news
		state.Name = "old"
	}
	err := s.ApplyEvent(context.Background(), state)
	l.mind("ApplyEvent", m, err)
	if state.Version > l.state.Version {
		l.state = state
	}
	if m.dead || err != nil { // the broker delivers it again
		if err := l.ApplyEvent(context.Background(), state); err != nil {
			l.t.Errorf("ApplyEvent again: got %v, want nil", err)
		}
	}
}

// judge lets everything that a crash left be mended, and then looks whether all is well.
func (l *life) judge() {
	l.clock.add(21 * time.Second)
	l.toil()
	l.clock.add(16 * time.Minute)
	for range 3 { // a minute each: what failed is tried again, and what it brought to light is cleared away
		l.janitor()
		l.toil()
		l.clock.add(61 * time.Second)
	}
	l.janitor()
	ctx, cancelled := context.Background(), l.state.Status == "cancelled"
	tickets := l.audit(l.state.EventID, l.users...)
	if cancelled && tickets != 0 {
		l.t.Errorf("tickets of a cancelled event: got %d, want none", tickets)
	}
	for bookingID, a := range l.acked {
		d, err := l.Booking(ctx, booking.Actor{User: user(a.who)}, bookingID)
		if err != nil || len(d.Tickets) != len(a.tickets) {
			l.t.Errorf("acknowledged booking %s: got %d tickets and %v, want %d", bookingID, len(d.Tickets), err, len(a.tickets))
			continue
		}
		for _, t := range d.Tickets {
			if gone := t.Status == booking.ShownCancelled; gone && !a.cancelled[t.ID] && !cancelled {
				l.t.Errorf("acknowledged ticket %s: got it cancelled, want what nobody cancelled to stay", t.ID)
			}
		}
	}
	for _, who := range l.users {
		all, adults := 0, 0
		list, _, err := l.UserBookings(ctx, user(who), "", 1000)
		if err != nil {
			l.t.Errorf("UserBookings: got %v, want nil", err)
		}
		for _, b := range list {
			for _, t := range b.Tickets {
				if t.Status == booking.ShownCancelled {
					continue
				}
				if all++; t.Seat.TicketTypeID == adult {
					adults++
				}
			}
		}
		if all > lifeLimit || adults > adultLimit {
			l.t.Errorf("tickets of %s: got %d, %d of them adult, want at most %d and %d", who, all, adults, lifeLimit, adultLimit)
		}
	}
	if _, err := l.VoidOrphans(ctx); err != nil {
		l.t.Errorf("VoidOrphans once all is settled: got %v, want nil", err)
	}
	if open, err := l.store.OpenCancellations(ctx, 10); err != nil || len(open) != 0 {
		l.t.Errorf("OpenCancellations: got %d and %v, want none", len(open), err)
	}
}

func (l *life) run(steps int) {
	for range steps {
		l.step()
	}
	l.judge()
}

// observer is a testing.TB whose failures go elsewhere.
type observer struct {
	testing.TB
	fail func(fatal bool, text string)
}

func (o *observer) Helper()                           {}
func (o *observer) Errorf(format string, args ...any) { o.fail(false, fmt.Sprintf(format, args...)) }
func (o *observer) Fatalf(format string, args ...any) { o.fail(true, fmt.Sprintf(format, args...)) }
func (o *observer) Fatal(args ...any)                 { o.fail(true, fmt.Sprint(args...)) }

// TestService_AnyLife draws lives from rapid; the lives share a store, one event each.
func TestService_AnyLife(t *testing.T) {
	if flag.Lookup("rapid.checks").Value.String() == "100" { // not chosen on the command line
		if err := flag.Set("rapid.checks", "60"); err != nil {
			t.Fatal(err)
		}
	}
	var w *world
	lives, spoilt := 0, true
	rapid.Check(t, func(r *rapid.T) {
		if spoilt { // the first, or one that failed and left its things about
			if w != nil {
				_ = w.store.Close()
			}
			w = newWorld(t)
		}
		spoilt = true
		w.t = &observer{TB: t, fail: func(fatal bool, text string) {
			if r.Errorf("%s", text); fatal {
				r.FailNow()
			}
		}}
		lives++
		newLife(w, w.store, fmt.Sprint("life ", lives), func(what string, n int) int {
			return rapid.IntRange(0, n-1).Draw(r, what)
		}).run(rapid.IntRange(1, 40).Draw(r, "steps"))
		spoilt = r.Failed()
	})
}

// faulty is a store with a bug.
type faulty struct {
	booking.Store
	bug string
}

func (f *faulty) Step(ctx context.Context, b inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	switch {
	case f.bug == "claim-knows-no-others" && s.Op == inventory.OpClaim:
		if found, err := f.Store.Step(ctx, b, s); !errors.Is(err, inventory.ErrTaken) {
			return found, err
		}
		for _, h := range f.holders(ctx, b, s.Slots) {
			_, _ = f.Store.Step(ctx, b, inventory.Step{Op: inventory.OpRelease, Slots: s.Slots, Hold: h, Now: s.Now})
		}
	case f.bug == "release-frees-others" && (s.Op == inventory.OpRelease || s.Op == inventory.OpLetGo):
		for _, h := range f.holders(ctx, b, ^uint64(0)) {
			_, _ = f.Store.Step(ctx, b, inventory.Step{Op: inventory.OpRelease, Slots: ^uint64(0), Hold: h, Now: s.Now})
		}
	case f.bug == "release-does-nothing" && s.Op == inventory.OpRelease:
		return inventory.Block{}, nil
	case f.bug == "let-go-frees-sold" && s.Op == inventory.OpLetGo:
		s.Op = inventory.OpRelease
	}
	return f.Store.Step(ctx, b, s)
}

// holders returns who has places of a block.
func (f *faulty) holders(ctx context.Context, id inventory.BlockID, slots uint64) (holders []inventory.HoldID) {
	_ = f.Blocks(ctx, []inventory.BlockID{id}, true, func(_ int, b *inventory.Block) {
		for slot := range b.Claims {
			if b.Taken&slots&(1<<slot) != 0 {
				holders = append(holders, b.Claims[slot].Hold)
			}
		}
	})
	return holders
}

func (f *faulty) PutPurchases(ctx context.Context, p booking.Purchases) error {
	if f.bug == "purchases-are-forgotten" {
		p.Entries = nil
	}
	return f.Store.PutPurchases(ctx, p)
}

func (f *faulty) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	if f.bug == "bookings-are-not-indexed" {
		return nil
	}
	return f.Store.IndexBooking(ctx, event, r)
}

// TestService_AnyLifeFindsPlantedBugs proves that lives go wrong on a store that breaks a promise.
func TestService_AnyLifeFindsPlantedBugs(t *testing.T) {
	const tries = 300
	for _, bug := range []string{
		"claim-knows-no-others", "release-frees-others", "release-does-nothing", "let-go-frees-sold",
		"purchases-are-forgotten", "bookings-are-not-indexed",
	} {
		t.Run(bug, func(t *testing.T) {
			w := newWorld(t)
			for try := range tries {
				if found := wrong(w, &faulty{Store: w.store, bug: bug}, uint64(try)); found != "" {
					t.Logf("life %d: %s", try, found)
					return
				}
			}
			t.Errorf("lives on a store where %s: got nothing wrong in %d, want the bug found", bug, tries)
		})
	}
}

// wrong lives one life by a seed and returns the first thing that is wrong with it.
func wrong(w *world, base booking.Store, seed uint64) string {
	var found []string
	rng := rand.New(rand.NewPCG(seed, 4))
	w.t = &observer{TB: w.t, fail: func(fatal bool, text string) {
		if found = append(found, text); fatal {
			runtime.Goexit()
		}
	}}
	var done sync.WaitGroup
	done.Go(func() {
		newLife(w, base, fmt.Sprint("life ", seed), func(_ string, n int) int { return rng.IntN(n) }).run(30)
	})
	done.Wait()
	return strings.Join(found[:min(1, len(found))], "")
}
