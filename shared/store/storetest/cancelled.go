package storetest

import (
	"context"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/inventory"
)

func cancelledFacts() []fact {
	return []fact{
		{name: "read-under-a-cancelled-context-is-an-error", test: cancelledReads},
		{name: "write-under-a-cancelled-context-is-an-error-and-leaves-no-trace", test: cancelledWrites},
		{name: "outbox-under-a-cancelled-context-is-an-error-and-claims-nothing", needs: polling, test: cancelledOutbox},
		{name: "dead-letters-under-a-cancelled-context-are-an-error", needs: letters, test: cancelledLetters},
	}
}

// call is a method with arguments.
type call struct {
	name string
	do   func(ctx context.Context) error
}

// refuses calls each under a context that was cancelled before. The error is not an answer about the data.
func (e *env) refuses(calls []call) {
	e.Helper()
	ctx, cancel := context.WithCancel(e.Context())
	cancel()
	for _, c := range calls {
		err := c.do(ctx)
		switch {
		case err == nil:
			e.Errorf("%s under a cancelled context: got nil, want an error", c.name)
		case fault.Is(err, fault.Stale), fault.Is(err, fault.NotFound), fault.Is(err, fault.Conflict), fault.Is(err, fault.Invalid):
			e.Errorf("%s under a cancelled context: got %s, want an error that says nothing of the data", c.name, kindOf(err))
		}
	}
}

func cancelledReads(e *env) {
	v, l, s := e.bareEvent(), e.sampleLocation(), e.bareSale("cancelled")
	e.putEvent(v)
	e.must("PutLocation", e.Catalog.PutLocation(e.Context(), l))
	e.put(events, v.ID, "1", 1, "music")
	e.putSale(s)
	b, u := e.bareBooking(e.raw(), e.hold()), e.sampleUser()
	e.putBooking(b)
	e.must("PutUser", e.Booking.PutUser(e.Context(), u))
	e.must("PutVenue", e.Booking.PutVenue(e.Context(), booking.Venue{LocationID: l.ID, Version: 1}))
	e.indexBooking(rawOf(s), ref(b))
	block := inventory.BlockID{Event: rawOf(s)}
	e.step(block, claim(1, ann, 60, 0).Step)
	_, err := e.Booking.PutMark(e.Context(), booking.Mark{User: b.User, Key: "k", Until: forever()})
	e.must("PutMark", err)

	blocks := func(strong bool) func(context.Context) error {
		return func(ctx context.Context) error {
			return e.Booking.Blocks(ctx, []inventory.BlockID{block}, strong, func(int, *inventory.Block) {})
		}
	}
	c, k := e.Catalog, e.Booking
	e.refuses([]call{
		{"Event", func(ctx context.Context) error { _, err := c.Event(ctx, v.ID); return err }},
		{"EventsByID", func(ctx context.Context) error { _, err := c.EventsByID(ctx, []string{v.ID}); return err }},
		{"Location", func(ctx context.Context) error { _, err := c.Location(ctx, l.ID); return err }},
		{"LocationsByID", func(ctx context.Context) error { _, err := c.LocationsByID(ctx, []string{l.ID}); return err }},
		{"HallMonth", func(ctx context.Context) error { _, err := c.HallMonth(ctx, "hall", may); return err }},
		{"Search", func(ctx context.Context) error {
			_, err := c.Search(ctx, events, []string{"music"}, catalog.Position{}, "", 10)
			return err
		}},
		{"Count", func(ctx context.Context) error { _, err := c.Count(ctx, events, "music", "", 10); return err }},
		{"Blocks, strong", blocks(true)},
		{"Blocks, weak", blocks(false)},
		{"Snapshot", func(ctx context.Context) error { _, err := k.Snapshot(ctx, rawOf(s)); return err }},
		{"Sale", func(ctx context.Context) error { _, err := k.Sale(ctx, rawOf(s)); return err }},
		{"OpenCancellations", func(ctx context.Context) error { _, err := k.OpenCancellations(ctx, 10); return err }},
		{"Venue", func(ctx context.Context) error { _, err := k.Venue(ctx, l.ID); return err }},
		{"Booking", func(ctx context.Context) error { _, err := k.Booking(ctx, ref(b)); return err }},
		{"UserBookings", func(ctx context.Context) error { _, err := k.UserBookings(ctx, b.User, 0, 10); return err }},
		{"Mark", func(ctx context.Context) error { _, err := k.Mark(ctx, b.User, "k"); return err }},
		{"EventBookings", func(ctx context.Context) error {
			_, err := k.EventBookings(ctx, rawOf(s), byte(b.Hold>>56), 0, 10)
			return err
		}},
		{"Purchases", func(ctx context.Context) error { _, err := k.Purchases(ctx, b.User, rawOf(s)); return err }},
		{"User", func(ctx context.Context) error { _, err := k.User(ctx, u.ID); return err }},
	})
}

// cancelledWrites does every write under a cancelled context, and then as it should be: a trace of the first would refuse
// the second or queue its message twice.
func cancelledWrites(e *env) {
	v, l, s, u := e.bareEvent(), e.sampleLocation(), e.bareSale("published"), e.sampleUser()
	e.putEvent(v)
	next := v
	next.Version = 2
	b := e.bareBooking(e.raw(), e.hold())
	block := inventory.BlockID{Event: rawOf(s)}
	c, k := e.Catalog, e.Booking
	one, two := e.message(1, "event"), e.message(1, "location")
	three, four, five := e.message(1, "snapshot"), e.message(1, "sale"), e.message(1, "booking")
	calls := []call{
		{"PutEvent", func(ctx context.Context) error { return c.PutEvent(ctx, next, one) }},
		{"PutLocation", func(ctx context.Context) error { return c.PutLocation(ctx, l, two) }},
		{"PutHallMonth", func(ctx context.Context) error {
			return c.PutHallMonth(ctx, catalog.Month{HallID: "hall", Month: may, Version: 1})
		}},
		{"PutSnapshot", func(ctx context.Context) error {
			return k.PutSnapshot(ctx, inventory.Snapshot{Event: block.Event, AsOf: t0}, time.Time{}, three)
		}},
		{"PutSale", func(ctx context.Context) error { return k.PutSale(ctx, s, four) }},
		{"PutBooking", func(ctx context.Context) error { return k.PutBooking(ctx, b, five) }},
		{"PutPurchases", func(ctx context.Context) error {
			return k.PutPurchases(ctx, booking.Purchases{User: b.User, Event: b.Event, Version: 1})
		}},
		{"PutUser", func(ctx context.Context) error { return k.PutUser(ctx, u) }},
	}
	e.refuses(calls)
	e.refuses([]call{
		{"PutAvailability", func(ctx context.Context) error {
			return c.PutAvailability(ctx, v.ID, catalog.Availability{AsOf: after(9)})
		}},
		{"PutEntry", func(ctx context.Context) error {
			return c.PutEntry(ctx, events, catalog.Entry{ID: "a", Sort: "1", Version: 9, Tokens: []string{"music"}})
		}},
		{"Step", func(ctx context.Context) error { _, err := k.Step(ctx, block, claim(1, ann, 9000, 0).Step); return err }},
		{"PutVenue", func(ctx context.Context) error { return k.PutVenue(ctx, booking.Venue{LocationID: l.ID, Version: 9}) }},
		{"PutMark", func(ctx context.Context) error {
			_, err := k.PutMark(ctx, booking.Mark{User: b.User, Key: "k", Hold: 9, Until: forever()})
			return err
		}},
		{"IndexBooking", func(ctx context.Context) error { return k.IndexBooking(ctx, b.Event, ref(b)) }},
	})
	e.equal("Event after cancelled writes", e.event(v.ID), v)
	e.finds(search("music"))
	if found := e.block(block); found.Taken != 0 {
		e.Errorf("block after a cancelled claim: got %s, want no claims", showBlock(found))
	}
	_, err := k.Venue(e.Context(), l.ID)
	e.kind("Venue after a cancelled write", err, fault.NotFound)
	_, err = k.Mark(e.Context(), b.User, "k")
	e.kind("Mark after a cancelled write", err, fault.NotFound)
	e.equal("EventBookings after a cancelled write", e.eventBookings(b.Event, byte(b.Hold>>56), 9, nil), []booking.Ref(nil))
	for _, w := range calls {
		e.must(w.name+" after it was cancelled", w.do(e.Context()))
	}
	if e.CatalogOutbox != nil && e.BookingOutbox != nil {
		e.claims("after cancelled writes were repeated", e.CatalogOutbox, after(10), one, two)
		e.claims("after cancelled writes were repeated", e.BookingOutbox, after(10), three, four, five)
	}
}

func cancelledOutbox(e *env) {
	m := e.message(1, "m")
	e.queue(m)
	src := e.BookingOutbox
	e.refuses([]call{
		{"Claim", func(ctx context.Context) error { _, err := src.Claim(ctx, after(0), lease, 10); return err }},
		{"Depth", func(ctx context.Context) error { _, _, err := src.Depth(ctx, after(0)); return err }},
	})
	got := e.claims("after a cancelled claim", src, after(0), m)
	e.refuses([]call{{"MarkSent", func(ctx context.Context) error { return src.MarkSent(ctx, refs(got)) }}})
	e.claims("after a cancelled MarkSent", src, after(40), m)
}

func cancelledLetters(e *env) {
	kept, refused := e.letter(), e.letter()
	e.addLetter(kept)
	d := e.DeadLetters
	e.refuses([]call{
		{"AddDeadLetter", func(ctx context.Context) error { return d.AddDeadLetter(ctx, refused) }},
		{"DeadLetters", func(ctx context.Context) error { _, err := d.DeadLetters(ctx, "", 10); return err }},
		{"RemoveDeadLetter", func(ctx context.Context) error { return d.RemoveDeadLetter(ctx, kept.ID) }},
	})
	e.equal("DeadLetters after cancelled writes", letterIDs(e.letters("", 10)), []string{kept.ID})
}
