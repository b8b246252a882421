package embedstore

import (
	"slices"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/myevents/myevents/shared/catalog"
)

// keptEvents bounds the decoded events in memory; one takes a few kB.
const keptEvents = 2048

// eventCache keeps events as they were decoded, by id and version. The version is read from the row each time, so what is
// answered is never older than the row; only decoding it again is saved, which is most of what reading an event costs.
type eventCache struct {
	lru *lru.Cache[string, *catalog.Event]
}

func newEventCache() eventCache {
	c, err := lru.New[string, *catalog.Event](keptEvents)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return eventCache{c}
}

// get returns the decoded event of that version, nil where there is none.
func (c eventCache) get(id string, version int64) *catalog.Event {
	if e, ok := c.lru.Get(id); ok && e.Version == version {
		return e
	}
	return nil
}

// decoded returns the known event, or decodes doc and keeps it. The caller owns what it gets.
func (c eventCache) decoded(id string, version int64, known *catalog.Event, doc []byte) (catalog.Event, error) {
	if known == nil {
		e, err := decode[catalog.Event](doc)
		if err != nil {
			return catalog.Event{}, err
		}
		known = &e
		if e.Version == version {
			c.lru.Add(id, known)
		}
	}
	e := *known
	e.Performers, e.TicketTypes, e.Layout = slices.Clone(e.Performers), slices.Clone(e.TicketTypes), slices.Clone(e.Layout)
	return e, nil
}
