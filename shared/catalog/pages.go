package catalog

import (
	"context"
	"sync"
	"time"
)

// How long what the public sees of an event may be old, and how many events are kept for it.
const (
	pageLife  = time.Second
	keptPages = 4096
)

// pages keeps events as the public sees them, so that a page which everybody looks at is read once a second. What this
// process writes is seen at once; what another wrote, within pageLife.
type pages struct {
	mu     sync.RWMutex
	events map[string]page
	writes uint64 // counted, so that what was read before a write is not kept after it
}

type page struct {
	event Event
	at    time.Time
}

// get returns an event that is at most pageLife old: kept, or read.
func (p *pages) get(ctx context.Context, eventID string, now time.Time, read func(context.Context, string) (Event, error)) (Event, error) {
	p.mu.RLock()
	kept, ok := p.events[eventID]
	writes := p.writes
	p.mu.RUnlock()
	if age := now.Sub(kept.at); ok && age >= 0 && age < pageLife {
		return kept.event, nil
	}
	e, err := read(ctx, eventID)
	if err != nil {
		return e, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.writes != writes {
		return e, nil
	}
	if p.events == nil || len(p.events) >= keptPages {
		p.events = make(map[string]page)
	}
	p.events[eventID] = page{event: e, at: now}
	return e, nil
}

// wrote forgets an event that this process wrote, or tried to.
func (p *pages) wrote(eventID string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	delete(p.events, eventID)
}
