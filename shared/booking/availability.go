package booking

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// How old what is shown may be. A snapshot is taken at most once a second, by the winner of a conditional write, and read
// by everybody; with a second of caching here it is at most 2 s old when it is shown.
const (
	snapshotLife = time.Second
	tellEvery    = time.Second // how often the catalogue is told of an event, at most: see docs/adr/0009
)

// snapshots shares availability between readers and tells the catalogue of changes.
type snapshots struct {
	d      Deps
	keeper *inventory.Keeper
	group  singleflight.Group
	mu     sync.Mutex
	last   map[id.Raw]inventory.Snapshot
	dirty  map[id.Raw]touched // sold or freed since the catalogue was told
}

// touched is an event whose places changed hands, the last time at a moment.
type touched struct {
	sale *onSale
	at   time.Time
}

func newSnapshots(d Deps, k *inventory.Keeper) *snapshots {
	return &snapshots{d: d, keeper: k, last: map[id.Raw]inventory.Snapshot{}, dirty: map[id.Raw]touched{}}
}

// touch notes that an event's places changed hands.
func (s *snapshots) touch(sale *onSale) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dirty[sale.event] = touched{sale, s.d.Now()}
}

// untold notes that the catalogue is still to be told of an event, unless it was touched again meanwhile.
func (s *snapshots) untold(t touched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.dirty[t.sale.event]; !again {
		s.dirty[t.sale.event] = t
	}
}

func (s *Service) touch(ctx context.Context, event id.Raw) {
	if sale, err := s.sales.get(ctx, event); err == nil {
		s.snaps.touch(sale)
	}
}

// get returns a snapshot that is at most snapshotLife old.
func (s *snapshots) get(ctx context.Context, sale *onSale) (inventory.Snapshot, error) {
	s.mu.Lock()
	last := s.last[sale.event]
	s.mu.Unlock()
	if s.fresh(last, sale) {
		return last, nil
	}
	done := s.group.DoChan(sale.event.With(""), func() (any, error) { return s.refresh(context.WithoutCancel(ctx), sale) })
	select {
	case <-ctx.Done():
		return inventory.Snapshot{}, ctx.Err()
	case r := <-done:
		snap, _ := r.Val.(inventory.Snapshot)
		return snap, r.Err
	}
}

func (s *snapshots) fresh(snap inventory.Snapshot, sale *onSale) bool {
	return !snap.AsOf.IsZero() && len(snap.Sections) == len(sale.Layout) && s.d.Now().Sub(snap.AsOf) < snapshotLife
}

// refresh returns the stored snapshot where another took one within the second, or takes a new one. The catalogue is told
// in the same write when something changed that it shows.
func (s *snapshots) refresh(ctx context.Context, sale *onSale) (inventory.Snapshot, error) {
	stored, err := s.d.Store.Snapshot(ctx, sale.event)
	if err != nil {
		return stored, fmt.Errorf("read snapshot of %s: %w", sale.EventID, err)
	}
	if s.fresh(stored, sale) {
		return s.keep(stored), nil
	}
	snap, err := s.keeper.Count(ctx, sale.plan)
	if err != nil {
		return snap, err
	}
	if !snap.AsOf.After(stored.AsOf) {
		return s.keep(stored), nil
	}
	snap.Told, snap.ToldSum = stored.Told, stored.ToldSum
	var out []outbox.Message
	if sum := fingerprint(snap); sum != stored.ToldSum {
		if snap.AsOf.Sub(stored.Told) >= tellEvery {
			snap.Told, snap.ToldSum = snap.AsOf, sum
			out = append(out, outbox.Message{Envelope: message.New(s.d.NewID(id.Message), message.SourceBooking,
				message.EventAvailability, sale.EventID, snap.AsOf, told(sale, snap))})
		} else {
			s.touch(sale) // it was told just now, and hears of this in a later turn
		}
	}
	err = s.d.Store.PutSnapshot(ctx, snap, stored.AsOf, out...)
	if fault.Is(err, fault.Stale) {
		s.touch(sale) // another's count came first, which may be older than what changed
	} else if err != nil {
		return snap, fmt.Errorf("write snapshot of %s: %w", sale.EventID, err)
	}
	return s.keep(snap), nil
}

// keep remembers the newest snapshot of an event.
func (s *snapshots) keep(snap inventory.Snapshot) inventory.Snapshot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.last) >= keptSales {
		for other := range s.last { // any one: it is read again when it is needed
			delete(s.last, other)
			break
		}
	}
	s.last[snap.Event] = snap
	return snap
}

// told is what the catalogue is told of a snapshot.
func told(sale *onSale, snap inventory.Snapshot) message.AvailabilityV1 {
	out := message.AvailabilityV1{EventID: sale.EventID, AsOf: snap.AsOf}
	for i, c := range snap.Sections {
		out.Sections = append(out.Sections, message.SectionAvailableV1{
			SectionID: sale.Layout[i].ID, Total: c.Total, Sold: c.Sold, Left: c.Free + c.Held,
		})
	}
	return out
}

// fingerprint tells snapshots apart by what the catalogue shows of them; never 0.
func fingerprint(snap inventory.Snapshot) uint64 {
	h := fnv.New64a()
	for _, c := range snap.Sections {
		fmt.Fprintf(h, "%d/%d/%d ", c.Total, c.Sold, c.Free+c.Held)
	}
	return max(1, h.Sum64())
}

// RefreshAvailability tells the catalogue of events whose places changed hands in this process since it was told, each at
// most once a second. Call it several times a second. It returns how many events it looked at.
func (s *Service) RefreshAvailability(ctx context.Context) (int, error) {
	s.snaps.mu.Lock()
	dirty := s.snaps.dirty
	s.snaps.dirty = make(map[id.Raw]touched, len(dirty))
	s.snaps.mu.Unlock()
	var errs []error
	for _, t := range dirty {
		snap, err := s.snaps.refresh(ctx, t.sale)
		if err != nil {
			errs = append(errs, err)
		}
		if err != nil || !snap.AsOf.After(t.at) { // counted before the change: the next turn looks again
			s.snaps.untold(t)
		}
	}
	return len(dirty), errors.Join(errs...)
}

// Availability counts an event's places, at most 2 s ago. errNoEvent until its inventory is open.
func (s *Service) Availability(ctx context.Context, eventID string) (Availability, error) {
	sale, err := s.sale(ctx, eventID)
	if err != nil {
		return Availability{}, err
	}
	if !sale.open() {
		return Availability{}, errNoEvent
	}
	snap, err := s.snaps.get(ctx, sale)
	if err != nil {
		return Availability{}, err
	}
	out := Availability{EventID: sale.EventID, AsOf: snap.AsOf, Sections: make([]SectionAvailability, len(snap.Sections))}
	for i, c := range snap.Sections {
		out.Sections[i] = SectionAvailability{SectionID: sale.Layout[i].ID, Total: c.Total, Sold: c.Sold, Held: c.Held, Free: c.Free}
	}
	return out, nil
}

// Seats returns the rows of a seated section with the state of each seat. A standing section is fault.Invalid.
func (s *Service) Seats(ctx context.Context, eventID, sectionID string) ([]SeatRow, error) {
	sale, err := s.sale(ctx, eventID)
	if err != nil {
		return nil, err
	}
	if !sale.open() {
		return nil, errNoEvent
	}
	section, ok := sale.plan.Section(sectionID)
	if !ok {
		return nil, fault.InvalidField("query.section", "the event has no such section")
	}
	layout := sale.plan.Layout.Sections[section]
	if layout.Kind == inventory.Standing {
		return nil, fault.InvalidField("query.section", "a standing section has no seats")
	}
	rows := make([]SeatRow, len(layout.Rows))
	for i, row := range layout.Rows {
		rows[i] = SeatRow{Label: row.Label, Seats: make([]SeatState, row.Seats)}
		for n := range rows[i].Seats {
			rows[i].Seats[n] = SeatState{Number: n + 1, State: SeatWithheld}
		}
		for _, n := range row.Accessible {
			rows[i].Seats[n-1].Accessible = true
		}
	}
	err = s.seats.Section(ctx, sale.plan, section, func(b inventory.BlockID, free, held, sold uint64) {
		for _, state := range []struct {
			slots uint64
			name  string
		}{{free, SeatFree}, {held, SeatHeld}, {sold, SeatSold}} {
			for _, seat := range sale.plan.SeatsOf(b, state.slots) {
				rows[seat.Row].Seats[seat.First-1].State = state.name
			}
		}
	})
	return rows, err
}
