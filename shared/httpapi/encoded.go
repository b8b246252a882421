package httpapi

import (
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/myevents/myevents/shared/catalog"
)

// encodedEvents keeps the JSON of events by version. Availability, the one part that changes without a version, is the
// last field and put in at every answer.
type encodedEvents struct {
	known *lru.Cache[string, encodedEvent]
}

type encodedEvent struct {
	version int64
	head    []byte // up to and with `"availability":"`
}

// maxEncoded is how many events are kept, of about 1 kB each.
const maxEncoded = 4096

func newEncodedEvents() *encodedEvents {
	known, err := lru.New[string, encodedEvent](maxEncoded)
	if err != nil { // of a size that is not positive: cannot happen
		return nil
	}
	return &encodedEvents{known: known}
}

func (c *encodedEvents) head(e *catalog.Event) []byte {
	if known, ok := c.known.Get(e.ID); ok && known.version == e.Version {
		return known.head
	}
	whole, err := json.Marshal(eventView(*e))
	if err != nil { // of strings, numbers, and times that were let in: cannot happen
		return []byte(`{"availability":"`)
	}
	head := whole[:len(whole)-len(`"}`)]
	c.known.Add(e.ID, encodedEvent{version: e.Version, head: head})
	return head
}

var jsonType = []string{"application/json"}

// event writes one event as it is shown now.
func (c *encodedEvents) event(e catalog.Event, shown string) func(huma.Context) {
	return func(ctx huma.Context) {
		head := c.head(&e)
		_, w := humago.Unwrap(ctx)
		h := w.Header()
		h["Content-Type"] = jsonType
		buf := newBuffer()
		buf.Write(head)
		buf.WriteString(shown)
		buf.WriteString(`"}`)
		ctx.SetStatus(http.StatusOK)
		_, _ = w.Write(buf.Bytes()) // the caller is gone: nobody to tell
		buf.free()
	}
}

// page writes a page of events.
func (c *encodedEvents) page(p catalog.EventPage, now time.Time) func(huma.Context) {
	return func(ctx huma.Context) {
		buf := newBuffer()
		defer buf.free()
		buf.WriteString(`{"items":[`)
		for i := range p.Items {
			if i > 0 {
				buf.WriteByte(',')
			}
			buf.Write(c.head(&p.Items[i]))
			buf.WriteString(p.Items[i].Shown(now))
			buf.WriteString(`"}`)
		}
		buf.WriteByte(']')
		if p.NextCursor != "" {
			cursor, _ := json.Marshal(p.NextCursor) // a string: cannot fail
			buf.WriteString(`,"nextCursor":`)
			buf.Write(cursor)
		}
		buf.WriteByte('}')
		_, w := humago.Unwrap(ctx)
		h := w.Header()
		h["Content-Type"] = jsonType
		h["Content-Length"] = []string{strconv.Itoa(buf.Len())}
		ctx.SetStatus(http.StatusOK)
		_, _ = w.Write(buf.Bytes())
	}
}
