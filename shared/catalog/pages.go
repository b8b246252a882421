package catalog

import (
	"context"
	"sync"
	"time"
)

// How long an event is kept as the public sees it, how many are, and for how long after this process wrote one it is not
// read in a way that may lag: twice as long as that lags at most.
const (
	pageLife  = time.Second
	keptPages = 4096
	lagging   = 2 * time.Second
)

// pages keeps events as the public sees them, so that a page which everybody looks at is read once a second, and cheaply.
// What this process writes is seen at once; what another wrote, within pageLife and the second by which a read may lag.
type pages struct {
	mu           sync.RWMutex
	events       map[string]page
	writes       uint64              // counted, so that what was read before a write is not kept after it
	written, old map[string]struct{} // by this process: since turned, and for a while before
	turned       time.Time
}

type page struct {
	event Event
	at    time.Time
}

// reader reads an event.
type reader func(ctx context.Context, eventID string) (Event, error)

// get returns an event that is kept, or else read: cheaply, unless this process wrote it just now.
func (p *pages) get(ctx context.Context, eventID string, now time.Time, cheaply, exactly reader) (Event, error) {
	p.mu.RLock()
	kept, ok := p.events[eventID]
	age := now.Sub(kept.at)
	fresh := ok && age >= 0 && age < pageLife
	writes, read := p.writes, cheaply
	if !fresh && p.wroteLately(eventID, now) {
		read = exactly
	}
	p.mu.RUnlock()
	if fresh {
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
func (p *pages) wrote(eventID string, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.writes++
	delete(p.events, eventID)
	if age := now.Sub(p.turned); p.written == nil || age >= lagging || age < 0 {
		p.old, p.written, p.turned = p.written, map[string]struct{}{}, now
	}
	p.written[eventID] = struct{}{}
}

// wroteLately reports whether this process wrote an event so lately that a cheap read may not show it; or a while longer.
func (p *pages) wroteLately(eventID string, now time.Time) bool {
	age := now.Sub(p.turned)
	_, last := p.written[eventID]
	_, before := p.old[eventID]
	return age < 2*lagging && last || age < lagging && before
}
