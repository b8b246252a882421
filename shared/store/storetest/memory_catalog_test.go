package storetest_test

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/myevents/myevents/shared/catalog"
	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/queue"
)

// catalog.Events, catalog.Locations, catalog.Calendar

func (m *memory) PutEvent(ctx context.Context, e catalog.Event, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if err := m.put(m.catalogBox, "E#"+e.ID, e.Version, e, out); err != nil {
		return err
	}
	if m.has("event-drops-its-availability") {
		delete(m.availability, e.ID)
	}
	if m.has("event-writes-its-availability") && e.Availability != nil {
		m.availability[e.ID] = *e.Availability
	}
	return nil
}

func (m *memory) Event(ctx context.Context, eventID string) (catalog.Event, error) {
	e, ok, err := get[catalog.Event](ctx, m, "E#"+eventID)
	if ok {
		m.mu.Lock()
		defer m.mu.Unlock()
		if a, ok := m.availability[eventID]; ok {
			e.Availability = &a
		}
	}
	return must(m, e, ok, err, "event")
}

func (m *memory) EventsByID(ctx context.Context, ids []string) ([]catalog.Event, error) {
	return byID(ctx, m, ids, m.Event)
}

func byID[T any](ctx context.Context, m *memory, ids []string, read func(context.Context, string) (T, error)) ([]T, error) {
	var all []T
	for i, one := range ids {
		v, err := read(ctx, one)
		if fault.Is(err, fault.NotFound) {
			if m.has("unknown-ids-give-empty-records") {
				all = append(all, v)
			}
			continue
		} else if err != nil {
			return nil, err
		}
		if m.has("only-a-hundred-records-are-read") && i >= 100 {
			break
		}
		all = append(all, v)
	}
	if m.has("records-come-in-another-order") {
		slices.Reverse(all)
	}
	return all, nil
}

func (m *memory) PutAvailability(ctx context.Context, eventID string, a catalog.Availability) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if _, ok := m.items["E#"+eventID]; !ok && !m.has("availability-of-unknown-events-is-kept") {
		return notFound("event")
	}
	stored, ok := m.availability[eventID]
	if m.has("newer-is-not-atomic") {
		m.tear()
	}
	switch {
	case !ok, m.has("older-wins"), a.AsOf.After(stored.AsOf), m.has("as-new-wins") && a.AsOf.Equal(stored.AsOf):
		m.availability[eventID] = a
	}
	if i, ok := m.items["E#"+eventID]; ok && m.has("availability-raises-the-version") {
		m.items["E#"+eventID] = item{i.version + 1, i.doc}
	}
	return nil
}

func (m *memory) PutLocation(ctx context.Context, l catalog.Location, out ...outbox.Message) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("location-loses-its-halls") {
		l.Halls = nil
	}
	return m.put(m.catalogBox, "L#"+l.ID, l.Version, l, out)
}

func (m *memory) Location(ctx context.Context, locationID string) (catalog.Location, error) {
	l, ok, err := get[catalog.Location](ctx, m, "L#"+locationID)
	return must(m, l, ok, err, "location")
}

func (m *memory) LocationsByID(ctx context.Context, ids []string) ([]catalog.Location, error) {
	return byID(ctx, m, ids, m.Location)
}

func (m *memory) monthKey(hall, month string) string {
	if m.has("months-are-keyed-by-hall-alone") {
		month = ""
	}
	return "C#" + hall + month
}

func (m *memory) HallMonth(ctx context.Context, hall, month string) (catalog.Month, error) {
	c, _, err := get[catalog.Month](ctx, m, m.monthKey(hall, month))
	return c, err
}

func (m *memory) PutHallMonth(ctx context.Context, c catalog.Month) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	return m.put(m.catalogBox, m.monthKey(c.HallID, c.Month), c.Version, c, nil)
}

// queue.DeadLetters

func (m *memory) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	if m.has("times-are-cut-to-milliseconds") {
		d.At = d.At.Truncate(time.Millisecond)
	}
	if len(d.Message.Data) > message.MaxSize/2 && m.has("large-dead-letters-are-emptied") {
		d.Message.Data = []byte("{}")
	}
	at := slices.IndexFunc(m.letters, func(o queue.DeadLetter) bool { return o.ID == d.ID })
	switch {
	case at < 0, m.has("dead-letter-comes-twice"):
		m.letters = append(m.letters, d)
	case m.has("dead-letter-is-replaced"):
		m.letters[at] = d
	}
	if !m.has("dead-letters-come-as-added") {
		slices.SortFunc(m.letters, func(a, b queue.DeadLetter) int { return cmp.Compare(a.ID, b.ID) })
	}
	return nil
}

func (m *memory) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	unlock, err := m.lock(ctx, false)
	if err != nil {
		return nil, err
	}
	defer unlock()
	start := 0
	if m.has("dead-letters-page-by-a-letter-that-may-be-gone") {
		start = 1 + slices.IndexFunc(m.letters, func(o queue.DeadLetter) bool { return o.ID == after })
	} else if after != "" {
		for start < len(m.letters) && m.letters[start].ID <= after {
			start++
		}
	}
	return slices.Clone(m.letters[start:min(len(m.letters), start+limit)]), nil
}

func (m *memory) RemoveDeadLetter(ctx context.Context, letter string) error {
	unlock, err := m.lock(ctx, true)
	if err != nil {
		return err
	}
	defer unlock()
	n := len(m.letters)
	m.letters = slices.DeleteFunc(m.letters, func(o queue.DeadLetter) bool { return o.ID == letter })
	if m.has("unknown-dead-letter-is-an-error") && len(m.letters) == n {
		return notFound("dead letter")
	}
	return nil
}
