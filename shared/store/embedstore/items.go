package embedstore

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/outbox"
)

// service is the statements on one service's items and outbox.
type service struct {
	index int // in tx.wake
	wake  chan struct{}

	get, insert, update         string
	send, depth, ready          string
	due, keep, claimable, claim string
	sent                        string
}

func newService(name string) *service {
	items, box := name+"_items", name+"_outbox"
	sv := &service{
		wake:   make(chan struct{}, 1),
		get:    "SELECT doc, version FROM " + items + " WHERE pk = ? AND sk = ?",
		insert: "INSERT INTO " + items + " (pk, sk, version, doc, due, timers) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		update: "UPDATE " + items + " SET version = ?, doc = ?, due = ?, timers = ? WHERE pk = ? AND sk = ? AND version = ?",
		send:   "INSERT INTO " + box + " (id, due, timer, message) VALUES (?, ?, ?, ?)",
		depth: "SELECT count(*), min(due) FROM (SELECT due FROM " + box + " WHERE timer <= ?1 UNION ALL SELECT due FROM " + items +
			" WHERE due <= ?1)",
		ready: "SELECT EXISTS (SELECT 1 FROM " + box + " WHERE timer <= ?1 AND (claimed IS NULL OR claimed <= ?2)) OR " +
			"EXISTS (SELECT 1 FROM " + items + " WHERE due <= ?1)",
		due:  "SELECT rowid, timers FROM " + items + " WHERE due <= ? ORDER BY due LIMIT ?",
		keep: "UPDATE " + items + " SET due = ?, timers = ? WHERE rowid = ?",
		claimable: "SELECT seq, id, message FROM " + box + " WHERE timer <= ?1 AND (claimed IS NULL OR claimed <= ?2) " +
			"ORDER BY seq LIMIT ?3",
		claim: "UPDATE " + box + " SET claimed = ? WHERE seq = ?",
		sent:  "DELETE FROM " + box + " WHERE seq = ? AND id = ?",
	}
	if name == "booking" {
		sv.index = 1
	}
	return sv
}

// letters are an item's messages, encoded: those to send now, and its timers.
type letters struct {
	now    []timer
	timers []byte // JSON of []timer; nil: none
	due    int64  // of the first timer, Unix microseconds
}

// timer is a message as it is stored. Times are Unix microseconds: nanoseconds would not reach year 1 or 3000.
type timer struct {
	ID      string `json:"-"`
	Due     int64  `json:"due"`
	timed   bool
	Message json.RawMessage `json:"m"`
}

// encode prepares what is to be queued, before the writer's turn. A timer that is due by now is none.
func encode(now time.Time, out []outbox.Message) (letters, error) {
	var l letters
	var later []timer
	for _, m := range out {
		doc, err := m.Encode()
		if err != nil {
			return letters{}, fmt.Errorf("message %s: %w", m.ID, err)
		}
		t := timer{ID: m.ID, Due: m.Time.UnixMicro(), Message: doc}
		if !m.NotBefore.IsZero() {
			t.Due, t.timed = m.NotBefore.UnixMicro(), true
		}
		if !m.NotBefore.After(now) {
			l.now = append(l.now, t)
			continue
		}
		if len(later) == 0 || t.Due < l.due {
			l.due = t.Due
		}
		later = append(later, t)
	}
	l.timers = appendTimers(later)
	return l, nil
}

// appendTimers encodes timers by hand: their messages are JSON already, and json.Marshal would go through them again.
func appendTimers(timers []timer) []byte {
	var to []byte
	for i, t := range timers {
		to = append(to, "[,"[min(i, 1)])
		to = append(to, `{"due":`...)
		to = strconv.AppendInt(to, t.Due, 10)
		to = append(to, `,"m":`...)
		to = append(to, t.Message...)
		to = append(to, '}')
	}
	if to != nil {
		to = append(to, ']')
	}
	return to
}

// item is a row of a service's items. version is of the item after the write; it must be one more than what is stored.
type item struct {
	pk, sk  string
	version int64
	doc     []byte
	letters
}

func (s *Store) newItem(pk, sk string, version int64, doc any, out []outbox.Message) (item, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return item{}, fault.Wrap(fault.Invalid, "the item cannot be stored", err)
	}
	l, err := encode(s.now(), out)
	return item{pk: pk, sk: sk, version: version, doc: b, letters: l}, err
}

// put writes it where the version before is what is stored.
func (t *tx) put(sv *service, it *item) error { return t.putOver(sv, it, it.version-1) }

// putOver writes it where the stored version is prev; 0: where nothing is stored.
func (t *tx) putOver(sv *service, it *item, prev int64) error {
	due, timers := arg{}, textOrNull(it.timers)
	if it.timers != nil {
		due = integer(it.due)
	}
	var err error
	if prev == 0 {
		err = t.run(sv.insert, text(it.pk), text(it.sk), integer(it.version), textBytes(it.doc), due, timers)
	} else if err = t.ripen(sv); err == nil {
		err = t.run(sv.update, integer(it.version), textBytes(it.doc), due, timers, text(it.pk), text(it.sk), integer(prev))
	}
	if err != nil {
		return err
	}
	if t.c.changes() == 0 {
		return errStale
	}
	for i := range it.now {
		if err := t.send(sv, &it.now[i]); err != nil {
			return err
		}
	}
	return nil
}

// send puts a message into the outbox.
func (t *tx) send(sv *service, m *timer) error {
	t.wake[sv.index] = true
	var notBefore int64
	if m.timed {
		notBefore = m.Due
	}
	return t.run(sv.send, text(m.ID), integer(m.Due), integer(notBefore), textBytes(m.Message))
}

// ripen moves the timers that are due by now to the outbox, where no write of their items reaches them any more. Once in
// a transaction is enough.
func (t *tx) ripen(sv *service) error {
	if t.ripe[sv.index] {
		return nil
	}
	t.ripe[sv.index] = true
	return t.ripenBy(sv, t.now().UnixMicro(), -1)
}

// ripenBy moves timers that are due by a time from up to limit items (negative: all).
func (t *tx) ripenBy(sv *service, now int64, limit int) error {
	type row struct {
		id     int64
		timers []byte
	}
	var rows []row
	err := t.c.query(sv.due, func(st *stmt) bool {
		rows = append(rows, row{st.int(0), st.bytes(1)})
		return true
	}, integer(now), integer(int64(limit)))
	if err != nil {
		return err
	}
	for _, r := range rows {
		timers, err := decode[[]timer](r.timers)
		if err != nil {
			continue // it stays, and Depth tells of it; it must not keep others from being written and sent
		}
		due, rest := arg{}, []timer(nil)
		for _, m := range timers {
			if m.Due > now {
				if rest = append(rest, m); len(rest) == 1 || m.Due < due.n {
					due = integer(m.Due)
				}
				continue
			}
			e, _ := decode[struct{ ID string }](m.Message) // JSON, or timers were none
			m.ID, m.timed = e.ID, true
			if err := t.send(sv, &m); err != nil {
				return err
			}
		}
		if err := t.run(sv.keep, due, textOrNull(appendTimers(rest)), integer(r.id)); err != nil {
			return err
		}
	}
	return nil
}

var (
	errStale    = fault.New(fault.Stale, "", "somebody changed it meanwhile")
	errNotFound = fault.New(fault.NotFound, "", "there is no such thing")
)

// load returns an item's document; nil where there is none.
func (c *conn) load(sv *service, pk, sk string) ([]byte, error) {
	st, err := c.first(sv.get, text(pk), text(sk))
	if st == nil {
		return nil, err
	}
	defer st.reset()
	return st.bytes(0), nil
}

// decode reads a stored document.
func decode[T any](doc []byte) (T, error) {
	var v T
	if err := json.Unmarshal(doc, &v); err != nil {
		return v, badRow(err)
	}
	return v, nil
}
