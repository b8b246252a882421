package embedstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"

	"modernc.org/libc"
	"modernc.org/libc/sys/types"
	sqlite3 "modernc.org/sqlite/lib"
)

// conn is one SQLite connection, spoken to without database/sql: a step of a block costs two statements, and what
// database/sql and the driver allocate for each was as much as SQLite's own work. One goroutine at a time.
type conn struct {
	tls   *libc.TLS
	db    uintptr
	stmts map[string]*stmt
}

// sqliteError is what SQLite answered.
type sqliteError struct {
	code int // extended
	msg  string
}

func (e *sqliteError) Error() string { return fmt.Sprintf("sqlite: %s (%d)", e.msg, e.code) }

// primary returns the primary result code of err; 0 where it is not SQLite's.
func primary(err error) int {
	var e *sqliteError
	if errors.As(err, &e) {
		return e.code & 0xff
	}
	return 0
}

// openConn opens the file, which must exist unless create is set.
func openConn(path string, create bool) (*conn, error) {
	c := &conn{tls: libc.NewTLS(), stmts: map[string]*stmt{}}
	flags := int32(sqlite3.SQLITE_OPEN_READWRITE | sqlite3.SQLITE_OPEN_NOMUTEX)
	if create {
		flags |= sqlite3.SQLITE_OPEN_CREATE
	}
	name, err := libc.CString(path)
	if err != nil {
		c.tls.Close()
		return nil, err
	}
	defer libc.Xfree(c.tls, name)
	out := newCell(c.tls)
	defer out.free(c.tls)
	rc := sqlite3.Xsqlite3_open_v2(c.tls, name, out.p, flags, 0)
	c.db = out.pointer()
	if rc != sqlite3.SQLITE_OK {
		err := c.fail(rc)
		c.close()
		return nil, err
	}
	sqlite3.Xsqlite3_extended_result_codes(c.tls, c.db, 1)
	return c, nil
}

// close ends the connection and its statements.
func (c *conn) close() {
	for _, st := range c.stmts {
		sqlite3.Xsqlite3_finalize(c.tls, st.p)
		libc.Xfree(c.tls, st.mem)
	}
	c.stmts = nil
	if c.db != 0 {
		sqlite3.Xsqlite3_close_v2(c.tls, c.db)
	}
	c.tls.Close()
}

func (c *conn) fail(rc int32) error {
	msg := ""
	if c.db != 0 {
		msg = libc.GoString(sqlite3.Xsqlite3_errmsg(c.tls, c.db))
	}
	if msg == "" {
		msg = libc.GoString(sqlite3.Xsqlite3_errstr(c.tls, rc))
	}
	return &sqliteError{code: int(rc), msg: msg}
}

// exec runs statements that return nothing of interest.
func (c *conn) exec(sql string) error {
	s, err := libc.CString(sql)
	if err != nil {
		return err
	}
	defer libc.Xfree(c.tls, s)
	if rc := sqlite3.Xsqlite3_exec(c.tls, c.db, s, 0, 0, 0); rc != sqlite3.SQLITE_OK {
		return c.fail(rc)
	}
	return nil
}

// busyTimeout says how long SQLite itself waits for a lock.
func (c *conn) busyTimeout(ms int) { sqlite3.Xsqlite3_busy_timeout(c.tls, c.db, int32(ms)) }

// inTx reports whether a transaction is open.
func (c *conn) inTx() bool { return sqlite3.Xsqlite3_get_autocommit(c.tls, c.db) == 0 }

// changes returns how many rows the last statement changed.
func (c *conn) changes() int { return int(sqlite3.Xsqlite3_changes(c.tls, c.db)) }

// checkpoint copies what the log holds into the file, without waiting for anybody, and returns how many pages the log
// holds and how many of them are copied.
func (c *conn) checkpoint(mode int32) (log, done int, err error) {
	name, err := libc.CString("main")
	if err != nil {
		return 0, 0, err
	}
	defer libc.Xfree(c.tls, name)
	nLog, nDone := newCell(c.tls), newCell(c.tls)
	defer nLog.free(c.tls)
	defer nDone.free(c.tls)
	rc := sqlite3.Xsqlite3_wal_checkpoint_v2(c.tls, c.db, name, mode, nLog.p, nDone.p)
	log, done = nLog.int(), nDone.int()
	if rc != sqlite3.SQLITE_OK && rc&0xff != sqlite3.SQLITE_BUSY {
		return log, done, c.fail(rc)
	}
	return log, done, nil
}

// stmt is a prepared statement with the memory that its arguments lie in while it runs.
type stmt struct {
	c   *conn
	p   uintptr
	mem uintptr
	cap int
}

// prepare returns the connection's statement for the text.
func (c *conn) prepare(sql string) (*stmt, error) {
	if st := c.stmts[sql]; st != nil {
		return st, nil
	}
	s, err := libc.CString(sql)
	if err != nil {
		return nil, err
	}
	defer libc.Xfree(c.tls, s)
	out := newCell(c.tls)
	defer out.free(c.tls)
	const persistent = sqlite3.SQLITE_PREPARE_PERSISTENT
	if rc := sqlite3.Xsqlite3_prepare_v3(c.tls, c.db, s, -1, persistent, out.p, 0); rc != sqlite3.SQLITE_OK {
		return nil, c.fail(rc)
	}
	st := &stmt{c: c, p: out.pointer()}
	c.stmts[sql] = st
	return st, nil
}

// arg is an argument of a statement.
type arg struct {
	kind byte
	s    string
	b    []byte
	n    int64
}

func text(s string) arg      { return arg{kind: 't', s: s} }
func textBytes(b []byte) arg { return arg{kind: 'j', b: b} }
func blob(b []byte) arg      { return arg{kind: 'b', b: b} }
func integer(n int64) arg    { return arg{kind: 'i', n: n} }
func textOrNull(b []byte) arg {
	if len(b) == 0 {
		return arg{}
	}
	return textBytes(b)
}

// bind gives the statement its arguments, all of them anew.
func (st *stmt) bind(args ...arg) error {
	need := 1
	for i := range args {
		need += len(args[i].s) + len(args[i].b)
	}
	tls := st.c.tls
	if need > st.cap {
		libc.Xfree(tls, st.mem)
		st.cap = 2 * need
		if st.mem = libc.Xmalloc(tls, types.Size_t(st.cap)); st.mem == 0 {
			st.cap = 0
			return &sqliteError{code: sqlite3.SQLITE_NOMEM, msg: "out of memory"}
		}
	}
	mem, at := libc.GoBytes(st.mem, st.cap), 0
	for i := range args {
		var rc int32
		a, from := &args[i], st.mem+uintptr(at)
		n := int32(i + 1)
		switch a.kind {
		case 't':
			at += copy(mem[at:], a.s)
			rc = sqlite3.Xsqlite3_bind_text(tls, st.p, n, from, int32(len(a.s)), 0)
		case 'j':
			at += copy(mem[at:], a.b)
			rc = sqlite3.Xsqlite3_bind_text(tls, st.p, n, from, int32(len(a.b)), 0)
		case 'b':
			at += copy(mem[at:], a.b)
			rc = sqlite3.Xsqlite3_bind_blob(tls, st.p, n, from, int32(len(a.b)), 0)
		case 'i':
			rc = sqlite3.Xsqlite3_bind_int64(tls, st.p, n, a.n)
		default:
			rc = sqlite3.Xsqlite3_bind_null(tls, st.p, n)
		}
		if rc != sqlite3.SQLITE_OK {
			return st.c.fail(rc)
		}
	}
	return nil
}

// step advances the statement; true: there is a row to read. Whoever gets a row must reset the statement in the end.
func (st *stmt) step() (bool, error) {
	switch rc := sqlite3.Xsqlite3_step(st.c.tls, st.p); rc {
	case sqlite3.SQLITE_ROW:
		return true, nil
	case sqlite3.SQLITE_DONE:
		sqlite3.Xsqlite3_reset(st.c.tls, st.p)
		return false, nil
	default:
		err := st.c.fail(rc)
		sqlite3.Xsqlite3_reset(st.c.tls, st.p)
		return false, err
	}
}

func (st *stmt) reset() { sqlite3.Xsqlite3_reset(st.c.tls, st.p) }

func (st *stmt) int(col int) int64 { return sqlite3.Xsqlite3_column_int64(st.c.tls, st.p, int32(col)) }

// raw returns a column's bytes where SQLite has them: valid until the next step or reset.
func (st *stmt) raw(col int) []byte {
	p := sqlite3.Xsqlite3_column_blob(st.c.tls, st.p, int32(col))
	n := sqlite3.Xsqlite3_column_bytes(st.c.tls, st.p, int32(col))
	if p == 0 || n <= 0 {
		return nil
	}
	return libc.GoBytes(p, int(n))
}

func (st *stmt) bytes(col int) []byte { return append([]byte(nil), st.raw(col)...) }

func (st *stmt) string(col int) string { return string(st.raw(col)) }

// run executes a statement that returns no rows.
func (c *conn) run(sql string, args ...arg) error {
	st, err := c.prepare(sql)
	if err != nil {
		return err
	}
	if err := st.bind(args...); err != nil {
		return err
	}
	row, err := st.step()
	if row {
		st.reset()
	}
	return err
}

// query calls row for each row of the statement until row returns false.
func (c *conn) query(sql string, row func(st *stmt) (more bool), args ...arg) error {
	st, err := c.prepare(sql)
	if err != nil {
		return err
	}
	if err := st.bind(args...); err != nil {
		return err
	}
	for {
		ok, err := st.step()
		if !ok {
			return err
		}
		if !row(st) {
			st.reset()
			return nil
		}
	}
}

// first returns the statement at its first row, to be reset by the caller; nil where there is no row.
func (c *conn) first(sql string, args ...arg) (*stmt, error) {
	st, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	if err := st.bind(args...); err != nil {
		return nil, err
	}
	if ok, err := st.step(); !ok {
		return nil, err
	}
	return st, nil
}

// number returns the first column of the first row; 0 where there is none.
func (c *conn) number(sql string, args ...arg) (int64, error) {
	st, err := c.first(sql, args...)
	if st == nil {
		return 0, err
	}
	defer st.reset()
	return st.int(0), nil
}

// cell is room for one result of a C function.
type cell struct{ p uintptr }

func newCell(tls *libc.TLS) cell { return cell{p: libc.Xcalloc(tls, 1, 8)} }

func (c cell) free(tls *libc.TLS) { libc.Xfree(tls, c.p) }

func (c cell) int() int { return int(int32(binary.NativeEndian.Uint32(libc.GoBytes(c.p, 4)))) }

func (c cell) pointer() uintptr {
	if strconv.IntSize == 32 {
		return uintptr(binary.NativeEndian.Uint32(libc.GoBytes(c.p, 4)))
	}
	return uintptr(binary.NativeEndian.Uint64(libc.GoBytes(c.p, 8)))
}
