package storetest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"runtime"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
	"github.com/myevents/myevents/shared/store/storetest"
)

// memory is the plainest engine that keeps the contract: maps and one lock. bug names the one promise that it breaks; the
// empty string, none. Where a promise is kept, it says so plainly; where a bug is planted, the line begins with m.has.
type memory struct {
	bug string
	now time.Time

	mu           sync.Mutex
	blocks       map[string]*inventory.Block
	read         map[string]inventory.Block // what stale-strong-reads answers
	snapshots    map[id.Raw]inventory.Snapshot
	items        map[string]item
	bookings     map[booking.Ref][]byte
	indexed      map[id.Raw][]booking.Ref
	marks        map[markKey]booking.Mark
	availability map[string]catalog.Availability
	index        map[string]map[string][]catalog.Entry
	late         []lateEntry
	letters      []queue.DeadLetter
	catalogBox   *box
	bookingBox   *box
}

// item is a versioned record as JSON.
type item struct {
	version int64
	doc     []byte
}

type markKey struct {
	user id.Raw
	key  string
}

func newMemory(bug string) *memory {
	m := &memory{
		bug: bug, now: time.Date(2031, 3, 5, 19, 30, 0, 0, time.UTC),
		blocks: map[string]*inventory.Block{}, read: map[string]inventory.Block{}, snapshots: map[id.Raw]inventory.Snapshot{},
		items: map[string]item{}, bookings: map[booking.Ref][]byte{}, indexed: map[id.Raw][]booking.Ref{},
		marks: map[markKey]booking.Mark{}, availability: map[string]catalog.Availability{},
		index: map[string]map[string][]catalog.Entry{},
	}
	m.catalogBox, m.bookingBox = newBox(m, "c"), newBox(m, "b")
	if bug == "services-share-an-outbox" {
		m.catalogBox = m.bookingBox
	}
	return m
}

func (m *memory) stores() storetest.Stores {
	return storetest.Stores{Catalog: m, Booking: m, CatalogOutbox: m.catalogBox, BookingOutbox: m.bookingBox, DeadLetters: m, Ledger: &memoryLedger{m}}
}

func (m *memory) has(bug string) bool { return m.bug == bug }

// lock takes the lock for a call, unless the caller has gone.
func (m *memory) lock(ctx context.Context, write bool) (unlock func(), err error) {
	if err := ctx.Err(); err != nil && !(m.has("reads-ignore-contexts") && !write) && !(m.has("writes-ignore-contexts") && write) {
		return nil, fault.Wrap(fault.Unavailable, "the caller has gone", err)
	}
	if m.bug != "" { // callers take turns, so that a race is found soon
		runtime.Gosched()
	}
	m.mu.Lock()
	return m.mu.Unlock, nil
}

// tear lets others in between a read and the write that depends on it, for a while that is never the same.
func (m *memory) tear() {
	m.mu.Unlock()
	for range rand.IntN(40) {
		runtime.Gosched()
	}
	m.mu.Lock()
}

var errStale = fault.New(fault.Stale, "", "another was first")

func notFound(what string) error { return fault.New(fault.NotFound, "", what+" is unknown") }

// put writes a versioned record with its messages.
func (m *memory) put(b *box, key string, version int64, v any, out []outbox.Message) error {
	stored := m.items[key].version
	if m.has("versions-are-not-atomic") {
		m.tear()
	}
	switch {
	case m.has("stale-version-is-accepted") && version <= stored:
	case m.has("repeated-version-is-accepted") && version == stored && stored > 0:
	case m.has("skipped-version-is-accepted") && version > stored:
	case version != stored+1:
		if m.has("refused-write-queues") {
			b.add(key, out)
		}
		if m.has("refused-write-drops-timers") {
			b.dropTimers(key)
		}
		return errStale
	}
	doc, err := m.encode(key, v)
	if err != nil {
		return err
	}
	m.items[key] = item{version: version, doc: doc}
	b.write(key, out)
	if len(out) == 0 && m.has("silent-write-queues") {
		b.add(key, []outbox.Message{{}})
	}
	return nil
}

// encode writes a record as JSON.
func (m *memory) encode(key string, v any) ([]byte, error) {
	doc, err := json.Marshal(v)
	var fields map[string]any
	switch {
	case err != nil:
	case m.has("records-keep-old-fields"):
		if old := m.items[key].doc; old != nil {
			err = json.Unmarshal(old, &fields)
		}
		err = errors.Join(err, json.Unmarshal(doc, &fields))
		doc, _ = json.Marshal(fields)
	case m.has("numbers-become-floats"):
		err = json.Unmarshal(doc, &fields)
		doc, _ = json.Marshal(fields)
	case m.has("times-are-cut-to-milliseconds"):
		doc = regexp.MustCompile(`(\.\d{3})\d+Z`).ReplaceAll(doc, []byte("${1}Z"))
	case m.has("large-records-are-refused") && len(doc) > 64<<10:
		err = fault.New(fault.Invalid, "", "too large")
	case m.has("records-lose-their-places"):
		doc = regexp.MustCompile(`"place":\{[^}]*\}`).ReplaceAll(doc, []byte(`"place":{}`))
	}
	return doc, err
}

func get[T any](ctx context.Context, m *memory, key string) (v T, found bool, err error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return v, false, err
	}
	defer unlock()
	i, ok := m.items[key]
	if !ok {
		if m.has("nothing-reads-as-unknown") {
			err = notFound(key)
		}
		return v, false, err
	}
	return v, true, json.Unmarshal(i.doc, &v)
}

func must[T any](m *memory, v T, found bool, err error, what string) (T, error) {
	if err == nil && !found && !m.has("unknown-reads-as-empty") {
		err = notFound(what)
	}
	return v, err
}

// inventory.Store

func (m *memory) blockKey(b inventory.BlockID) string {
	if m.has("block-keys-run-together") {
		return fmt.Sprintf("%s%d%d", b.Event.With(""), b.Section, b.Number)
	}
	return b.Key()
}

func (m *memory) Step(ctx context.Context, id inventory.BlockID, s inventory.Step) (inventory.Block, error) {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return inventory.Block{}, err
	}
	defer unlock()
	key := m.blockKey(id)
	var b inventory.Block
	if stored := m.blocks[key]; stored != nil {
		b = *stored
	} else if m.has("close-forgets-absent-blocks") && s.Op == inventory.OpClose {
		return b, nil
	}
	m.read[key] = b
	if m.has("steps-are-not-atomic") && (s.Op == inventory.OpClaim || s.Op == inventory.OpConfirm) {
		m.tear()
	}
	before := b
	if _, err = m.apply(s, &b); err != nil {
		if m.has("refused-step-shows-nothing") {
			return inventory.Block{}, err
		}
		if m.has("refused-step-leaves-traces") {
			m.blocks[key] = &b
		} else {
			b = before
		}
		return b, err
	}
	m.blocks[key] = &b
	if m.has("step-returns-the-block-before") {
		return before, nil
	}
	return b, nil
}

func (m *memory) Blocks(ctx context.Context, blocks []inventory.BlockID, strong bool, yield func(i int, b *inventory.Block)) error {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return err
	}
	defer unlock()
	if len(blocks) == 0 && m.has("nothing-reads-as-unknown") {
		return notFound("blocks")
	}
	for i, id := range blocks {
		b := m.blocks[m.blockKey(id)]
		switch {
		case m.has("only-a-hundred-blocks-are-read") && i >= 100:
		case m.has("stale-strong-reads") && b != nil:
			old := m.read[m.blockKey(id)]
			yield(i, &old)
		case m.has("weak-reads-see-nothing") && !strong:
		case b != nil:
			found := *b
			yield(i, &found)
		case m.has("absent-blocks-are-yielded"):
			yield(i, &inventory.Block{})
		}
	}
	return nil
}

func (m *memory) snapshotKey(event id.Raw) id.Raw {
	if m.has("snapshot-keys-are-cut-short") {
		return id.Raw(append(event[:15:15], 0))
	}
	return event
}

func (m *memory) Snapshot(ctx context.Context, event id.Raw) (inventory.Snapshot, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return inventory.Snapshot{}, err
	}
	defer unlock()
	s, ok := m.snapshots[m.snapshotKey(event)]
	if !ok && m.has("nothing-reads-as-unknown") {
		return s, notFound("snapshot")
	}
	return s, nil
}

func (m *memory) PutSnapshot(ctx context.Context, s inventory.Snapshot, prev time.Time, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	stored := m.snapshots[m.snapshotKey(s.Event)].AsOf
	if m.has("versions-are-not-atomic") {
		m.tear()
	}
	switch {
	case m.has("snapshot-replaces-any-older") && prev.Before(s.AsOf) && stored.Before(s.AsOf):
	case m.has("snapshot-times-are-cut-to-seconds") && stored.Truncate(time.Second).Equal(prev.Truncate(time.Second)):
	case !stored.Equal(prev):
		return errStale
	}
	if m.has("snapshot-loses-its-section-counts") {
		s.Sections = nil
	}
	m.snapshots[m.snapshotKey(s.Event)] = s
	if !m.has("snapshot-queues-nothing") {
		m.bookingBox.write("snapshot"+s.Event.With(""), out)
	}
	return nil
}
