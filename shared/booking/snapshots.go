package booking

import (
	"context"
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

// snapshotLife is how old a snapshot is before the next is taken, by the winner of a conditional write, for everybody: so
// what is shown is at most 2 s old, with a second of caching here, and the catalogue is told once a second at most (see
// docs/adr/0009). The sweeps of an event's successive snapshots begin at least so long apart.
const snapshotLife = time.Second

// clockSkew is by how much the clocks of two processes may differ. Amazon's hosts keep within milliseconds, others with
// NTP within some tens.
// Source: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/set-time.html
const clockSkew = 200 * time.Millisecond

// snapshots shares availability between readers and tells the catalogue of changes.
type snapshots struct {
	d       Deps
	ticking bool
	keeper  *inventory.Keeper
	group   singleflight.Group
	mu      sync.Mutex
	last    map[id.Raw]known
	dirty   map[id.Raw]touched // sold or freed since the catalogue was told; only of a process that ticks
}

// known is a snapshot as this process knows it.
type known struct {
	inventory.Snapshot
	own     bool      // counted here, so that AsOf is by this process' clock
	passing bool      // counted here and not stored: there is one of the last second
	awaited time.Time // what the earliest message is about that was put off until there is a newer one
}

// covers reports whether the snapshot shows every step that was answered before at, or before entered by the clock of
// this process.
func (k *known) covers(at, entered time.Time) bool {
	return !k.passing && (!k.AsOf.Before(at.Add(clockSkew)) || k.own && k.AsOf.After(entered))
}

// fits reports whether the snapshot counts the sections that are sold.
func (k *known) fits(sale *onSale) bool { return len(k.Sections) == len(sale.Layout) }

// touched says that an event's places changed hands before at, which this process heard at a moment.
type touched struct{ at, heard time.Time }

func newSnapshots(d Deps, k *inventory.Keeper, ticking bool) *snapshots {
	return &snapshots{d: d, ticking: ticking, keeper: k, last: map[id.Raw]known{}, dirty: map[id.Raw]touched{}}
}

// touch notes that an event's places changed hands now. A process that does not tick leaves that to messages.
func (s *snapshots) touch(event id.Raw) {
	now := s.d.Now()
	s.note(event, touched{at: now, heard: now})
}

func (s *snapshots) note(event id.Raw, t touched) {
	if !s.ticking {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if before := s.dirty[event]; before.at.After(t.at) {
		t.at = before.at
	}
	s.dirty[event] = t
}

// untold notes again that the catalogue is still to be told of an event, unless it was touched meanwhile.
func (s *snapshots) untold(event id.Raw, t touched) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.dirty[event]; !again {
		s.dirty[event] = t
	}
}

// get returns a snapshot that is at most snapshotLife old.
func (s *snapshots) get(ctx context.Context, sale *onSale) (known, error) {
	s.mu.Lock()
	last := s.last[sale.event]
	s.mu.Unlock()
	if s.fresh(&last) && last.fits(sale) {
		return last, nil
	}
	done := s.group.DoChan(sale.event.With(""), func() (any, error) { return s.refresh(context.WithoutCancel(ctx), sale) })
	select {
	case <-ctx.Done():
		return known{}, ctx.Err()
	case r := <-done:
		k, _ := r.Val.(known)
		return k, r.Err
	}
}

func (s *snapshots) fresh(k *known) bool {
	return !k.AsOf.IsZero() && s.d.Now().Sub(k.AsOf) < snapshotLife
}

// refresh returns the stored snapshot where another took one within the second, or takes a new one. The catalogue is told
// in the same write when something changed that it shows.
func (s *snapshots) refresh(ctx context.Context, sale *onSale) (known, error) {
	for range casTries {
		snap, err := s.d.Store.Snapshot(ctx, sale.event)
		if err != nil {
			return known{}, fmt.Errorf("read snapshot of %s: %w", sale.EventID, err)
		}
		stored := known{Snapshot: snap}
		young := s.fresh(&stored)
		if young && stored.fits(sale) {
			return s.keep(stored), nil
		}
		counted := known{own: true}
		if counted.Snapshot, err = s.keeper.Count(ctx, sale.plan, stored.AsOf.Add(snapshotLife)); err != nil {
			return known{}, err
		}
		if young || counted.AsOf.Before(stored.AsOf.Add(snapshotLife)) {
			counted.passing = true // the layout grew since: the next second's is stored
			return counted, nil
		}
		counted.Told, counted.ToldSum = stored.Told, stored.ToldSum
		var out []outbox.Message
		if sum := fingerprint(counted.Snapshot); sum != stored.ToldSum {
			counted.Told, counted.ToldSum = counted.AsOf, sum
			out = append(out, outbox.Message{Envelope: message.New(s.d.NewID(id.Message), message.SourceBooking,
				message.EventAvailability, sale.EventID, counted.AsOf, told(sale, counted.Snapshot))})
		}
		err = s.d.Store.PutSnapshot(ctx, counted.Snapshot, stored.AsOf, out...)
		switch {
		case err == nil:
			return s.keep(counted), nil
		case !fault.Is(err, fault.Stale): // else another's count came first
			return known{}, fmt.Errorf("write snapshot of %s: %w", sale.EventID, err)
		}
	}
	return known{}, fault.New(fault.Unavailable, "", "the event is being counted by others")
}

// keep remembers a stored snapshot where it is newer than the one that is known, and returns the one that then is.
func (s *snapshots) keep(k known) known {
	s.mu.Lock()
	defer s.mu.Unlock()
	last, ok := s.last[k.Event]
	if ok && !k.AsOf.After(last.AsOf) {
		return last
	}
	if !ok && len(s.last) >= keptSales {
		for other := range s.last { // any one: it is read again when it is needed
			delete(s.last, other)
			break
		}
	}
	s.last[k.Event] = k
	return k
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
