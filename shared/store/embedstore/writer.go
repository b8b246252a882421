package embedstore

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// maxBatch is how many operations one commit carries at most.
const maxBatch = 1024

// op is an operation that waits for the writer. do may run again when its batch was rolled back.
type op struct {
	do   func(t *tx) error
	err  error
	gone atomic.Bool // the caller went away before it was begun
	done chan error
}

// write has the writer run do, and returns what do returned once that is durable.
func write[T any](ctx context.Context, s *Store, do func(t *tx) (T, error)) (T, error) {
	var zero T
	if err := ctx.Err(); err != nil {
		return zero, err
	}
	if s.isClosed() {
		return zero, errClosed
	}
	out := new(T)
	o := &op{done: make(chan error, 1), do: func(t *tx) (err error) {
		*out, err = do(t)
		return err
	}}
	if s.writer.handleHere(o) {
		err := <-o.done
		return *out, err
	}
	select {
	case s.ops <- o:
	case <-ctx.Done():
		return zero, ctx.Err()
	case <-s.quit:
		return zero, errClosed
	}
	select {
	case err := <-o.done:
		return *out, err
	case <-ctx.Done():
		o.gone.Store(true)
		return zero, ctx.Err()
	case <-s.stopped:
	}
	select {
	case err := <-o.done:
		return *out, err
	default:
		return zero, errClosed
	}
}

// apply is write for what returns nothing.
func (s *Store) apply(ctx context.Context, do func(t *tx) error) error {
	_, err := write(ctx, s, func(t *tx) (struct{}, error) { return struct{}{}, do(t) })
	return err
}

// writer is the one connection that writes. Its goroutine serves a crowd; a caller that is alone serves itself, because
// waking another goroutine and being woken costs a good part of an fsync.
type writer struct {
	s    *Store
	wait time.Duration
	soon chan struct{} // to the checkpointer: there is something to copy

	crowd  atomic.Bool // the batch before carried more than one
	mu     sync.Mutex  // over what follows
	closed bool
	tx     *tx
	batch  []*op
	last   int // size of the batch before
	since  int // operations since the log was last looked at
	look   int // operations after which it is looked at again
}

func (w *writer) run() {
	defer w.close()
	for {
		select {
		case o := <-w.s.ops:
			w.handle(o)
		case <-w.s.quit:
			for {
				select {
				case o := <-w.s.ops:
					w.handle(o)
				default:
					return
				}
			}
		}
	}
}

func (w *writer) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	w.tx.c.close()
}

// handle runs a batch that begins with o, and answers it.
func (w *writer) handle(o *op) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.finish(o, w.begin())
}

// handleHere is handle on the caller's goroutine; false where others write or wait, or another process does.
func (w *writer) handleHere(o *op) bool {
	if w.crowd.Load() || len(w.s.ops) > 0 || !w.mu.TryLock() {
		return false
	}
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	err := w.tx.begin()
	if primary(err) == sqlite3.SQLITE_BUSY {
		return false
	}
	w.finish(o, err)
	return true
}

// finish runs the batch that begins with o once its transaction is open, or answers what kept it from opening.
func (w *writer) finish(o *op, err error) {
	w.batch = append(w.batch[:0], o)
	if err == nil {
		err = w.runBatch()
	}
	if err != nil {
		w.tx.abandon()
		switch primary(err) {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB,
			sqlite3.SQLITE_READONLY:
			w.answerAll(asFault(err))
		default: // one operation's fault, which the others should not pay for
			w.oneByOne()
		}
		return
	}
	w.tx.wakeUp(w.s)
	for _, o := range w.batch {
		o.done <- o.err
	}
	w.last = len(w.batch)
	w.crowd.Store(w.last > 1)
	if w.since += len(w.batch); w.since >= w.look {
		w.since, w.look = 0, moreOps
		select {
		case w.soon <- struct{}{}:
		default:
		}
	}
	clear(w.batch)
}

func (w *writer) answerAll(err error) {
	for _, o := range w.batch {
		o.done <- err
	}
	clear(w.batch)
}

// runBatch does the batch's first operation and all that wait by then, and commits.
func (w *writer) runBatch() error {
	for i := 0; i < len(w.batch); i++ { //nolint:intrange // the batch grows meanwhile
		if err := w.tx.do(w.batch[i]); err != nil {
			w.drain()
			return err
		}
		if i+1 == len(w.batch) {
			w.drain()
		}
	}
	return w.tx.commit()
}

// drain adds what waits to the batch. After a batch of many, its callers are about to be back with their next
// operations: let them run before the disk makes everybody wait.
func (w *writer) drain() {
	for tries := 0; len(w.batch) < maxBatch; {
		select {
		case o := <-w.s.ops:
			w.batch = append(w.batch, o)
		default:
			if tries++; tries > 2 || len(w.batch) >= w.last {
				return
			}
			runtime.Gosched()
		}
	}
}

func (w *writer) oneByOne() {
	for _, o := range w.batch {
		err := w.begin()
		if err == nil {
			err = w.tx.do(o)
		}
		if err == nil {
			err = w.tx.commit()
		}
		if err != nil {
			w.tx.abandon()
			o.done <- asFault(err)
			continue
		}
		w.tx.wakeUp(w.s)
		o.done <- o.err
	}
	clear(w.batch)
}

// begin takes the lock. SQLite's own waiting backs off to 100 ms, and would starve beside a busy process.
func (w *writer) begin() error {
	err := w.tx.begin()
	if err == nil || primary(err) != sqlite3.SQLITE_BUSY {
		return err
	}
	deadline := time.Now().Add(w.wait)
	for pause := 100 * time.Microsecond; primary(err) == sqlite3.SQLITE_BUSY && time.Now().Before(deadline); {
		<-time.After(pause/2 + rand.N(pause))
		pause = min(2*pause, 4*time.Millisecond)
		err = w.tx.begin()
	}
	return err
}

// The write-ahead log. An fsync of a file that grows takes half as long again as one of a file that has its size, so the
// log of a store that is written to gets its size once, and then starts again in the same room.
const (
	firstOps  = 256  // operations after which the log gets its size; tools that write little do without
	moreOps   = 2048 // operations after which the log is copied into the file; each writes one to three pages
	pageSize  = 4096
	logRoom   = 16 << 20                   // bytes
	logLimit  = 64 << 20                   // bytes, to which a longer log is cut when it starts again
	logNearly = logRoom * 3 / 4 / pageSize // pages at which the log starts again if there is next to nothing left to copy
	logFull   = logLimit / pageSize        // pages at which the writer stops until all is copied
)

// checkpoints copies the log into the file beside the writer, which goes on meanwhile.
func (w *writer) checkpoints(c *conn) {
	defer c.close()
	idle := time.NewTicker(5 * time.Second)
	defer idle.Stop()
	sized := false
	for {
		select {
		case <-w.soon:
			if !sized {
				sized = true
				_ = w.s.apply(context.Background(), func(*tx) error { return w.s.sizeLog() })
			}
		case <-idle.C:
		case <-w.s.stopped:
			return // whoever closes the folder last copies the rest
		}
		// What goes wrong here shows in the writer, which tells its callers; the log keeps everything until then.
		log, done, err := c.checkpoint(sqlite3.SQLITE_CHECKPOINT_PASSIVE)
		if err == nil && (log > logFull || log > logNearly && log-done < 100) {
			_ = w.s.apply(context.Background(), func(t *tx) error { t.restart = true; return nil })
		}
	}
}

// sizeLog gives the log its size, in zeros, which SQLite reads as no more frames. It must run in the writer's transaction:
// nobody else writes to the log meanwhile. No room for it is no error.
func (s *Store) sizeLog() error {
	f, err := os.OpenFile(filepath.Join(s.dir, FileName+"-wal"), os.O_WRONLY, 0)
	if err != nil {
		return nil
	}
	defer f.Close() // SQLite's locks are on other files; those would be lost by this
	info, err := f.Stat()
	if err != nil {
		return nil
	}
	zeros := make([]byte, 1<<20)
	for at := info.Size(); at < logRoom; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), logRoom-at)], at); err != nil {
			return nil
		}
	}
	_ = f.Sync()
	return nil
}
