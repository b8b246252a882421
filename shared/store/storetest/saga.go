package storetest

import (
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// The saga's rules are package booking's. What a store owes it is tested here: that the writes of an order, in the saga's
// order, can be cut off after any of them and begun again from the start, by one or by many, and end the same.

func sagaFacts() []fact {
	return []fact{
		{name: "order-cut-off-after-any-write-ends-confirmed", test: orderCutOff},
		{name: "order-settled-by-many-at-once-is-confirmed-once", test: orderSettledByMany},
		{name: "order-that-lost-a-place-ends-failed-after-any-write", test: orderFails},
		{name: "order-booked-from-many-windows-at-once-is-recorded-once", test: orderBookedByMany},
	}
}

var errCutOff = errors.New("cut off")

// order is one booking of places in two blocks.
type order struct {
	e      *env
	ref    booking.Ref
	event  id.Raw
	blocks [2]inventory.BlockID
	left   int // writes until it is cut off; 0: never
}

const orderSlots = 0b111 << 30

func (e *env) order() order {
	event := e.raw()
	return order{
		e: e, ref: booking.Ref{User: e.raw(), Hold: e.hold()}, event: event,
		blocks: [2]inventory.BlockID{{Event: event}, {Event: event, Section: 1, Number: 4}},
	}
}

// did counts a write that was answered.
func (o *order) did(err error) error {
	if err != nil {
		return err
	}
	if o.left--; o.left == 0 {
		return errCutOff
	}
	return nil
}

func (o *order) step(b inventory.BlockID, a act) error {
	_, err := o.e.do(b, a.Step)
	return o.did(err)
}

func (o *order) record(status booking.Status, version int64) booking.Booking {
	return booking.Booking{
		User: o.ref.User, Hold: o.ref.Hold, Event: o.event, Status: status, Key: "key", CreatedAt: t0, Version: version,
		Items: []booking.Item{{Price: 5000, Groups: []inventory.Group{
			{Block: o.blocks[0], Slots: orderSlots}, {Block: o.blocks[1], Slots: orderSlots},
		}}},
	}
}

// put writes a version of the record; another's having been first is no error: the caller reads what it says.
func (o *order) put(b booking.Booking) error {
	m := o.e.message(0, string(b.Status))
	err := o.e.Booking.PutBooking(o.e.Context(), b, m)
	if fault.Is(err, fault.Stale) {
		return nil
	}
	return o.did(err)
}

func (o *order) claim() error {
	for _, b := range o.blocks {
		if err := o.step(b, claim(orderSlots, o.ref.Hold, 600, 0)); err != nil {
			return fmt.Errorf("claim: %w", err)
		}
	}
	p, err := o.e.Booking.Purchases(o.e.Context(), o.ref.User, o.event)
	if err != nil {
		return fmt.Errorf("purchases: %w", err)
	}
	if p.Version == 0 {
		p = booking.Purchases{User: o.ref.User, Event: o.event, Entries: []booking.PurchaseEntry{{Hold: o.ref.Hold}}, Version: 1}
		if err = o.e.Booking.PutPurchases(o.e.Context(), p); err != nil && !fault.Is(err, fault.Stale) {
			return fmt.Errorf("put purchases: %w", err)
		}
		return o.did(nil)
	}
	return nil
}

// book does all of it, from the start.
func (o *order) book() error {
	if err := o.claim(); err != nil {
		return err
	}
	if err := o.put(o.record(booking.Recorded, 1)); err != nil {
		return err
	}
	return o.settle()
}

// settle goes on from whatever the record says.
func (o *order) settle() error {
	for range 8 { // every turn finds a later state than the one before
		b, err := o.e.Booking.Booking(o.e.Context(), o.ref)
		switch {
		case err != nil:
			return fmt.Errorf("booking: %w", err)
		case b.Status == booking.Confirmed, b.Status == booking.Failed && b.Released:
			return nil
		case b.Status == booking.Failed:
			err = o.undo()
		default:
			err = o.confirm()
		}
		if err != nil {
			return err
		}
	}
	return errors.New("settled 8 times over without an end")
}

func (o *order) confirm() error {
	for _, b := range o.blocks {
		err := o.step(b, confirm(orderSlots, o.ref.Hold, 600))
		if errors.Is(err, inventory.ErrTaken) {
			return o.put(o.record(booking.Failed, 2))
		}
		if err != nil {
			return err
		}
	}
	if err := o.did(o.e.Booking.IndexBooking(o.e.Context(), o.event, o.ref)); err != nil {
		return err
	}
	return o.put(o.record(booking.Confirmed, 2))
}

func (o *order) undo() error {
	for _, b := range o.blocks {
		if err := o.step(b, release(orderSlots, o.ref.Hold)); err != nil {
			return err
		}
	}
	done := o.record(booking.Failed, 3)
	done.Released = true
	return o.put(done)
}

// ends checks how the order stands: its record, its places, its index entry, and its messages, one for each version.
func (o *order) ends(call string, want booking.Booking, own [2]uint64, indexed int, told ...string) {
	o.e.Helper()
	o.e.equal(call+": booking", o.e.booking(o.ref), want)
	for i, b := range o.blocks {
		found := o.e.block(b)
		if got := found.Own(all, o.ref.Hold) & found.With(all, inventory.Sold); got != own[i] || found.Own(all, o.ref.Hold) != own[i] {
			o.e.Errorf("%s: block %s, want slots %#x sold to %s and no others its own", call, showBlock(found), own[i], o.ref.Hold)
		}
	}
	if got := o.e.eventBookings(o.event, byte(o.ref.Hold>>56), 10, nil); len(got) != indexed {
		o.e.Errorf("%s: got %d bookings in the event's index, want %d", call, len(got), indexed)
	}
	if o.e.BookingOutbox == nil {
		return
	}
	var texts []string
	got := o.e.claimAt(o.e.BookingOutbox, after(1000), 100)
	for _, p := range got {
		texts = append(texts, string(canonical(p.Message.Data)))
	}
	if len(texts) != len(told) {
		o.e.Errorf("%s: got messages %q, want one for each of %q", call, texts, told)
	}
	o.e.must("MarkSent", o.e.BookingOutbox.MarkSent(o.e.Context(), refs(got)))
}

func (o *order) confirmed(call string) {
	o.e.Helper()
	o.ends(call, o.record(booking.Confirmed, 2), [2]uint64{orderSlots, orderSlots}, 1, "recorded", "confirmed")
}

func orderCutOff(e *env) {
	for cut := 1; ; cut++ {
		o := e.order()
		o.left = cut
		call := fmt.Sprintf("order cut off after write %d", cut)
		err := o.book()
		if err != nil && !errors.Is(err, errCutOff) {
			e.Fatalf("%s: got %v, want none", call, err)
		}
		o.left = 0
		e.must(call+", begun again", o.book())
		o.confirmed(call)
		e.must(call+", begun once more", o.book())
		if err == nil {
			if cut < 8 {
				e.Errorf("order: got done after %d writes, want 8", cut-1)
			}
			return
		}
	}
}

func orderSettledByMany(e *env) {
	for range e.times(8) {
		o := e.order()
		e.must("claim", o.claim())
		e.must("record", o.put(o.record(booking.Recorded, 1)))
		parallel(8, func(int) {
			mine := o
			mine.left = 0
			if err := mine.settle(); err != nil {
				e.Errorf("settle beside others: got %v, want nil", err)
			}
		})
		o.confirmed("order settled by 8 at once")
	}
}

func orderBookedByMany(e *env) {
	o := e.order()
	parallel(callers, func(int) {
		mine := o
		if err := mine.book(); err != nil {
			e.Errorf("book beside repeats of the same order: got %v, want nil", err)
		}
	})
	o.confirmed("order booked by 64 at once")
}

// orderFails lets the hold lapse and bob take its last place, so that the second block refuses; the first is given back.
func orderFails(e *env) {
	late := after(600).Add(time.Minute)
	for cut := 1; ; cut++ {
		o := e.order()
		call := fmt.Sprintf("order that lost a place, cut off after write %d", cut)
		e.must("claim", o.claim())
		e.must("record", o.put(o.record(booking.Recorded, 1)))
		const lost = 1 << 32
		e.step(o.blocks[1], inventory.Step{Op: inventory.OpClaim, Slots: lost, Hold: bob, Expires: in(9000), Now: late})
		o.left = cut
		err := o.settle()
		if err != nil && !errors.Is(err, errCutOff) {
			e.Fatalf("%s: got %v, want none", call, err)
		}
		o.left = 0
		e.must(call+", settled again", o.settle())
		want := o.record(booking.Failed, 3)
		want.Released = true
		o.ends(call, want, [2]uint64{}, 0, "recorded", "failed", "released")
		if found := e.block(o.blocks[1]); found.Own(all, bob) != lost || found.Taken != lost {
			e.Errorf("%s: got block %s, want only the place that bob took", call, showBlock(found))
		}
		if err == nil {
			return
		}
	}
}
