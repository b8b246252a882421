package embedstore

import (
	"errors"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/inventory"
)

// tx is the writer's open transaction and what it remembers of blocks.
type tx struct {
	c       *conn
	failed  error   // of SQLite, in the operation under way
	wake    [2]bool // by service: there are messages to send now
	ripe    [2]bool // by service: what was due at this transaction's time is in the outbox
	now     func() time.Time
	restart bool // the log is long: have it start again after this commit

	version int64 // PRAGMA data_version at the last begin
	blocks  map[inventory.BlockID]*cachedBlock
	dirty   []*cachedBlock
	buf     []byte
}

// cachedBlock is a block as the open transaction has it.
type cachedBlock struct {
	key   string
	block inventory.Block
	dirty bool
}

// maxBlocks is how many blocks are remembered from batch to batch, of about 1.1 kB each.
const maxBlocks = 8192

func newTx(c *conn, now func() time.Time) *tx {
	return &tx{c: c, now: now, blocks: map[inventory.BlockID]*cachedBlock{}, buf: make([]byte, 0, 1024)}
}

func (t *tx) begin() error {
	if err := t.c.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	v, err := t.c.number("PRAGMA data_version")
	if err != nil {
		return err
	}
	if v != t.version || len(t.blocks) > maxBlocks {
		clear(t.blocks)
		t.version = v
	}
	t.failed, t.wake, t.ripe, t.dirty = nil, [2]bool{}, [2]bool{}, t.dirty[:0]
	return nil
}

// do runs an operation. Its own answer goes to the operation; what SQLite could not do is returned.
func (t *tx) do(o *op) error {
	if o.gone.Load() {
		return nil
	}
	o.err = o.do(t)
	if t.failed == nil && primary(o.err) != 0 {
		t.failed = o.err
	}
	return t.failed
}

// commit writes the changed blocks and makes everything durable.
func (t *tx) commit() error {
	for _, b := range t.dirty {
		doc, err := b.block.AppendBinary(t.buf[:0])
		if err != nil {
			return err
		}
		t.buf = doc
		if err := t.c.run("INSERT INTO booking_blocks (key, doc) VALUES (?, ?) "+
			"ON CONFLICT (key) DO UPDATE SET doc = excluded.doc", text(b.key), blob(doc)); err != nil {
			return err
		}
		b.dirty = false
	}
	t.dirty = t.dirty[:0]
	if err := t.c.run("COMMIT"); err != nil {
		return err
	}
	if t.restart {
		t.restart = false
		// Waits for nobody: where a reader is in the way, the next long log tries again.
		if _, _, err := t.c.checkpoint(sqlite3.SQLITE_CHECKPOINT_RESTART); err != nil {
			return nil //nolint:nilerr // durable all the same
		}
	}
	return nil
}

// abandon rolls back and forgets what the transaction had changed in memory.
func (t *tx) abandon() {
	if t.c.inTx() {
		_ = t.c.run("ROLLBACK")
	}
	clear(t.blocks)
	t.dirty, t.failed, t.wake = t.dirty[:0], nil, [2]bool{}
}

func (t *tx) wakeUp(s *Store) {
	for i, sv := range [...]*service{s.catalog, s.booking} {
		if t.wake[i] {
			select {
			case sv.wake <- struct{}{}:
			default:
			}
		}
	}
}

// run executes a statement of an operation.
func (t *tx) run(sql string, args ...arg) error {
	err := t.c.run(sql, args...)
	if err != nil {
		t.failed = err
	}
	return err
}

// block returns a block as the transaction has it; an absent one is all free.
func (t *tx) block(id inventory.BlockID) (*cachedBlock, error) {
	if b := t.blocks[id]; b != nil {
		return b, nil
	}
	b := &cachedBlock{key: id.Key()}
	st, err := t.c.first(getBlock, text(b.key))
	if err != nil {
		t.failed = err
		return nil, err
	}
	if st != nil {
		err := b.block.UnmarshalBinary(st.raw(0))
		st.reset()
		if err != nil {
			return nil, err
		}
	}
	t.blocks[id] = b
	return b, nil
}

const getBlock = "SELECT doc FROM booking_blocks WHERE key = ?"

var errBadRow = errors.New("a stored item cannot be read")

// badRow reports a stored item that cannot be read.
func badRow(err error) error { return fault.Wrap(fault.Internal, errBadRow.Error(), err) }
