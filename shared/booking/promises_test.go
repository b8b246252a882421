package booking_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// metered is a store that counts its writes by kind.
type metered struct {
	booking.Store
	steps, records, lists, others, reads atomic.Int64
}

func (m *metered) Step(ctx context.Context, b inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	m.steps.Add(1)
	return m.Store.Step(ctx, b, s)
}

func (m *metered) PutBooking(ctx context.Context, b booking.Booking, out ...outbox.Message) error {
	m.records.Add(1)
	return m.Store.PutBooking(ctx, b, out...)
}

func (m *metered) PutPurchases(ctx context.Context, p booking.Purchases) error {
	m.lists.Add(1)
	return m.Store.PutPurchases(ctx, p)
}

func (m *metered) IndexBooking(ctx context.Context, event id.Raw, r booking.Ref) error {
	m.others.Add(1)
	return m.Store.IndexBooking(ctx, event, r)
}

func (m *metered) PutMark(ctx context.Context, k booking.Mark) (booking.Mark, error) {
	m.others.Add(1)
	return m.Store.PutMark(ctx, k)
}

func (m *metered) Blocks(ctx context.Context, ids []inventory.BlockID, strong bool, yield func(int, *inventory.Block)) error {
	if len(ids) > 1 {
		m.reads.Add(1)
	}
	return m.Store.Blocks(ctx, ids, strong, yield)
}

// A booking costs a write for each of claim, record and confirm, one more under a limit, and three to complete it: the
// index, the key's mark and the record; whatever the size of group and hall. Opening an event writes no block.
func TestService_Book_CostsAFewWrites(t *testing.T) {
	for _, tc := range []struct {
		limit, places int
		lists         int64
	}{{0, 1, 0}, {0, 64, 0}, {10, 2, 1}} {
		t.Run(fmt.Sprintf("limit-%d/places-%d", tc.limit, tc.places), func(t *testing.T) {
			w := newWorld(t)
			m := &metered{Store: w.store}
			w.Service = w.service(m)
			event := w.open("concert", func(s *message.EventStateV1) { s.PerPerson, s.Layout[1].Capacity = tc.limit, 100_000 })
			if n := m.steps.Load(); n != 0 {
				t.Errorf("writes of blocks to open an event: got %d, want none", n)
			}
			w.bought("ana", event, floor, tc.places, "k")
			for _, c := range []struct {
				of        string
				got, want int64
			}{
				{"blocks: claim and confirm", m.steps.Load(), 2},
				{"the record: recorded and confirmed", m.records.Load(), 2},
				{"the list of purchases", m.lists.Load(), tc.lists},
				{"index and mark", m.others.Load(), 2},
			} {
				if c.got != c.want {
					t.Errorf("writes of %s: got %d, want %d", c.of, c.got, c.want)
				}
			}
		})
	}
}

func TestBooking_FitsAKilobyte(t *testing.T) {
	for _, tc := range []struct {
		places    int
		attendees []booking.Attendee
	}{
		{2, []booking.Attendee{{Name: "Maria Fernanda Albuquerque", Email: "maria.fernanda@example.com"}, {Name: "João Pedro Vasconcelos", Email: "joao.pedro@example.org"}}},
		{4, []booking.Attendee{{Name: "Ana"}, {Name: "Rui"}, {Name: "Eva"}, {Name: "Zé"}}},
	} {
		w := newWorld(t)
		h := w.hold("ana", w.open("concert", nil), adult, tc.places, "k")
		d, err := w.Book(t.Context(), user("ana"), booking.BookRequest{
			HoldToken: h.Token, Payment: payWith("ok"), Key: "0193d3f2-6a3e-7c1b-9f43-2f6f0f3f1c55", BodyHash: 1 << 63, Attendees: tc.attendees,
		})
		if err != nil {
			t.Fatal(err)
		}
		ref, _ := booking.ParseRef(d.ID)
		b, err := w.store.Booking(t.Context(), ref)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := json.Marshal(b); err != nil || len(data) > 1024-100 { // the keys and a timer take the rest
			t.Errorf("record of %d tickets: got %d bytes and %v, want at most 924", tc.places, len(data), err)
		}
	}
}

// What was recorded in time is settled whenever that may be.
func TestService_Settle_IsNeverTooLate(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, floor, 2, "k")
	dying, _ := w.dying(2, true) // authorises and records
	_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
	w.clock.add(20 * 24 * time.Hour)
	w.work()
	if n := w.audit(event, "ana"); n != 2 {
		t.Errorf("tickets of a booking settled after 20 days: got %d, want 2", n)
	}
}

// All tokens of one hold share one record: of bookings under different keys one wins, and the others give back what they
// had authorised.
func TestService_Book_OneOfManyKeysWins(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	h := w.hold("ana", event, adult, 3, "k")
	longer, err := w.ExtendHold(t.Context(), user("ana"), h.Token)
	if err != nil {
		t.Fatal(err)
	}
	var wins atomic.Int64
	var work sync.WaitGroup
	for n := range 16 {
		work.Go(func() {
			s := w.service(w.store)
			token := []string{h.Token, longer.Token}[n%2]
			_, err := s.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: token, Payment: payWith("ok"), Key: fmt.Sprint(n)})
			switch {
			case err == nil:
				wins.Add(1)
			case !errors.Is(err, booking.ErrHoldUsed):
				t.Errorf("Book by a loser: got %v, want holdUsed", err)
			}
		})
	}
	work.Wait()
	if wins.Load() != 1 {
		t.Errorf("bookings of one hold: got %d, want 1", wins.Load())
	}
	w.audit(event, "ana")
}

// Keys may change between a hold and its booking, and between a sale and the door.
func TestService_KeysRotate(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", nil)
	before, door := w.bought("ana", event, adult, 1, "k"), booking.Actor{User: user("door"), Organisations: []string{"demo"}}
	link, err := w.ShareTicket(t.Context(), user("ana"), before.ID, before.Tickets[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	ask := best(event, adult, 2, "k2")
	h := w.hold("ana", event, adult, 2, "k2")
	w.keys, err = booking.NewKeyring(2, map[byte][]byte{
		1: []byte("0123456789abcdef0123456789abcdef"), 2: []byte("fedcba9876543210fedcba9876543210"),
	})
	if err != nil {
		t.Fatal(err)
	}
	w.Service = w.service(w.store)
	again, err := w.Hold(t.Context(), user("ana"), ask)
	if err != nil || len(again.Seats) != 2 || seatKey(again.Seats[0]) != seatKey(h.Seats[0]) {
		t.Errorf("Hold again with a new key: got %v and %v, want %v", again.Seats, err, h.Seats)
	}
	d := w.book("ana", h.Token, "b")
	if same := w.book("ana", again.Token, "b"); same.ID != d.ID {
		t.Errorf("Book with the token of the new key: got %s, want %s", same.ID, d.ID)
	}
	if _, err := w.SharedTicket(t.Context(), link); err != nil {
		t.Errorf("SharedTicket by a link of the old key: got %v, want nil", err)
	}
	for _, code := range []string{before.Tickets[0].Code, d.Tickets[0].ShortCode} {
		if r, err := w.CheckIn(t.Context(), door, booking.Scan{EventID: event, Code: code}); err != nil || r.Result != booking.Admitted {
			t.Errorf("CheckIn: got %s %s and %v, want admitted", r.Result, r.Reason, err)
		}
	}
	if r, err := w.CheckIn(t.Context(), door, booking.Scan{EventID: event, Code: before.Tickets[0].ShortCode}); err != nil || r.Result != booking.AlreadyIn {
		t.Errorf("CheckIn by the other form: got %s and %v, want alreadyIn", r.Result, err)
	}
}

// Who asks when nothing is left shares one look at the blocks with all who ask within the second.
func TestService_Hold_RefusalsShareASweep(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", func(s *message.EventStateV1) { noLimit(s); s.Layout[1].Capacity = 640 })
	for n := range 10 {
		w.bought("rui", event, floor, 64, fmt.Sprint(n))
	}
	m := &metered{Store: w.store}
	s := w.service(m)
	var work sync.WaitGroup
	for n := range 64 {
		work.Go(func() {
			_, err := s.Hold(t.Context(), user(fmt.Sprint("u", n)), best(event, floor, 2, "k"))
			wantErr(t, "Hold", err, inventory.ErrSoldOut)
		})
	}
	work.Wait()
	if n := m.reads.Load(); n != 1 {
		t.Errorf("looks at all blocks for 64 refusals: got %d, want one", n)
	}
}

// A provider's notice settles what its request left, and leaves alone what its request is at.
func TestService_PaymentNotified(t *testing.T) {
	w := newWorld(t)
	event := w.open("concert", noLimit)
	h := w.hold("ana", event, floor, 2, "k")
	dying, _ := w.dying(2, true) // authorises and records
	_, _ = dying.Book(t.Context(), user("ana"), booking.BookRequest{HoldToken: h.Token, Payment: payWith("ok"), Key: "b"})
	owner := w.pay.Ledger()[0].Owner
	for _, tc := range []struct {
		after time.Duration
		want  booking.Status
	}{{time.Second, booking.Recorded}, {9 * time.Second, booking.Confirmed}, {0, booking.Confirmed}} {
		w.clock.add(tc.after)
		if err := w.PaymentNotified(t.Context(), owner); err != nil {
			t.Errorf("PaymentNotified: got %v, want nil", err)
		}
		if d, err := w.Booking(t.Context(), booking.Actor{User: user("ana")}, owner); err != nil || d.Status != tc.want {
			t.Errorf("booking after a notice: got %s and %v, want %s", d.Status, err, tc.want)
		}
	}
	if err := w.PaymentNotified(t.Context(), booking.Ref{User: user("rui"), Hold: 1}.ID()); err != nil {
		t.Errorf("PaymentNotified of what was never recorded: got %v, want nil", err)
	}
	w.audit(event, "ana")
}
