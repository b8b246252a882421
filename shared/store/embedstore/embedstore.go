// Package embedstore keeps everything in one SQLite file in a folder, for the one-machine platform. It implements the
// stores of both services, their outboxes and the dead letters.
//
// One file, not one per service: the tables of the two services have names and keys of their own and no statement touches
// both, so the services stay apart; but they share one log, so one fsync carries what both have to write, and a backup is
// one moment of both.
//
// # Consistency
//
// All writes of a process go through one connection. It takes the lock (BEGIN IMMEDIATE), does whatever operations wait,
// at most 1,024, commits once with synchronous=FULL, and only then answers each; so an answer means that the write is on
// the disk, and one fsync carries many. An operation checks first and writes last, and so is done whole or not at all
// without a savepoint. It sees the operations before it in its batch, and is answered only if all of them are kept.
// Blocks are changed in memory and written once a batch; what is remembered of them from batch to batch is dropped
// whenever PRAGMA data_version says that another connection wrote. A caller that is alone writes on its own goroutine,
// which saves waking another. Reads use connections of their own and see every
// commit that ended before they began. Several processes may use the folder at once: the lock is held only while a batch
// is written, and never while idle. Positions in a search are keys, so that inserts neither repeat nor skip an entry.
//
// # Limits
//
// One machine, a local disk with honest fsync and locks (no network file system), one writer at a time. A message of an
// outbox that is claimed is remembered by time, so that clocks of processes on one folder must agree to within the lease.
// Close lets go; a process that is killed needs no repair, the next one to open reads the log.
//
// # Failure
//
// A full disk, a folder that cannot be written, a lock that another process does not let go and a damaged file answer
// fault.Unavailable with the reason; the batch is rolled back, what was answered before stays, and writing goes on when
// the cause is gone. The same at Open is a plain error that says what to do. A row that cannot be read is fault.Internal.
// A failed fsync leaves it open whether the batch survives; nobody was told that it does.
package embedstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"

	"github.com/myevents/myevents/shared/fault"
)

// FileName is the name of the store's file in its folder; SQLite keeps two more beside it while the store is open.
const FileName = "myevents.db"

// Store is an open folder. It is safe for concurrent use.
type Store struct {
	dir     string
	ops     chan *op
	quit    chan struct{} // closed: no more operations
	stopped chan struct{} // closed: the writer is done
	readers chan *conn
	writer  *writer
	now     func() time.Time
	work    sync.WaitGroup // writer and checkpointer
	once    sync.Once

	catalog, booking *service
	events           eventCache
}

// options are what Open may be told.
type options struct {
	readers int
	wait    time.Duration
	now     func() time.Time
}

// Option changes a default of Open.
type Option func(*options)

// WithReaders sets how many reads may run at once; the default is twice the processors, at least 4.
func WithReaders(n int) Option { return func(o *options) { o.readers = max(n, 1) } }

// WithLockWait sets how long a write waits for another process before it answers fault.Unavailable; the default is 10 s.
func WithLockWait(d time.Duration) Option { return func(o *options) { o.wait = d } }

// WithClock sets what tells whether a timer of an item that is written again was due already; the default is time.Now.
func WithClock(now func() time.Time) Option { return func(o *options) { o.now = now } }

// Open opens the store in a folder, and makes both where they are missing. Its error says what is wrong with the folder.
func Open(ctx context.Context, dir string, opts ...Option) (*Store, error) {
	o := options{readers: max(4, 2*runtime.GOMAXPROCS(0)), wait: 10 * time.Second, now: time.Now}
	for _, opt := range opts {
		opt(&o)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("store folder %s: %w", dir, err)
	}
	path := filepath.Join(dir, FileName)
	w, err := openWriter(path)
	if err != nil {
		return nil, fmt.Errorf("store %s: %s: %w", path, explainOpen(err), err)
	}
	s := &Store{
		dir: dir, now: o.now, ops: make(chan *op, maxBatch), quit: make(chan struct{}), stopped: make(chan struct{}),
		readers: make(chan *conn, o.readers), catalog: newService("catalog"), booking: newService("booking"), events: newEventCache(),
	}
	for range o.readers {
		c, err := openConn(path, false)
		if err == nil {
			c.busyTimeout(5_000)
			err = c.tune(2_000)
		}
		if err != nil {
			s.closeReaders()
			w.close()
			return nil, fmt.Errorf("store %s: %s: %w", path, explainOpen(err), err)
		}
		s.readers <- c
	}
	cp, err := openConn(path, false)
	if err == nil {
		err = cp.tune(256)
	}
	if err != nil {
		s.closeReaders()
		w.close()
		return nil, fmt.Errorf("store %s: %s: %w", path, explainOpen(err), err)
	}
	wr := &writer{s: s, wait: o.wait, soon: make(chan struct{}, 1), look: firstOps, tx: newTx(w, o.now)}
	s.writer = wr
	s.work.Add(2)
	go func() { defer s.work.Done(); defer close(s.stopped); wr.run() }()
	go func() { defer s.work.Done(); wr.checkpoints(cp) }() //nolint:contextcheck // outlives the call, as the store does
	return s, nil
}

func openWriter(path string) (*conn, error) {
	// SQLite would let everybody read a new file. What it puts beside the file has the file's mode.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o600); err == nil {
		_ = f.Close() // nobody has locks yet that this could lose
	}
	c, err := openConn(path, true)
	if err != nil {
		return nil, err
	}
	// Two that open a new folder at once can meet where SQLite does not wait.
	for began := time.Now(); ; <-time.After(10 * time.Millisecond) {
		if err = setUp(c); primary(err) != sqlite3.SQLITE_BUSY || time.Since(began) > 10*time.Second {
			break
		}
	}
	if err == nil {
		err = c.tune(32_000)
	}
	if err != nil {
		c.close()
		return nil, err
	}
	c.busyTimeout(0)
	return c, nil
}

// explainOpen is explain where the reason is SQLite's, and silent where the error speaks for itself.
func explainOpen(err error) string {
	if primary(err) == 0 {
		return "cannot be used"
	}
	return explain(err)
}

// Close answers what waits, then lets the folder go. Operations after it are fault.Unavailable.
func (s *Store) Close() error {
	s.once.Do(func() {
		close(s.quit)
		s.work.Wait()
		s.closeReaders()
	})
	return nil
}

func (s *Store) closeReaders() {
	for range cap(s.readers) {
		select {
		case c := <-s.readers:
			c.close()
		default: // not opened, when Open failed; Close comes after the last read has returned its own
			if s.isClosed() {
				c := <-s.readers
				c.close()
			}
		}
	}
}

func (s *Store) isClosed() bool {
	select {
	case <-s.quit:
		return true
	default:
		return false
	}
}

var errClosed = fault.New(fault.Unavailable, "", "the store is closed")

// read runs f on a connection of its own.
func (s *Store) read(ctx context.Context, f func(c *conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.isClosed() {
		return errClosed
	}
	var c *conn
	select {
	case c = <-s.readers:
	default:
		select {
		case c = <-s.readers:
		case <-s.quit:
			return errClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer func() { s.readers <- c }()
	return asFault(f(c))
}

// atOnce runs f, which makes n reads, so that all of them see one moment.
func (s *Store) atOnce(ctx context.Context, n int, f func(c *conn) error) error {
	if n == 1 { // one statement is a transaction already
		return s.read(ctx, f)
	}
	return s.read(ctx, func(c *conn) error {
		if err := c.run("BEGIN"); err != nil {
			return err
		}
		err := f(c)
		return errors.Join(err, c.run("COMMIT"))
	})
}

// asFault gives an error of SQLite its kind; others keep theirs.
func asFault(err error) error {
	if primary(err) == 0 {
		return err
	}
	return fault.Wrap(fault.Unavailable, explain(err), err)
}
