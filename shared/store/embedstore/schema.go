package embedstore

import (
	"errors"
	"fmt"

	sqlite3 "modernc.org/sqlite/lib"
)

// schemaVersion is the layout of the tables below. A store of a later version is refused; an earlier one is brought up
// step by step when it is opened.
const schemaVersion = 1

// applicationID marks the file as ours, for file(1) and for opening.
const applicationID = 0x4d794576 // "MyEv"

// The tables of version 1. Items are a table with a rowid and a narrow unique index on their key: a new item's key falls
// anywhere in the index, but its document goes to the table's end, where the items that are still being worked on share
// pages; half the pages to write of a table that is sorted by its key. What is not yet due of an item's messages stays
// with the item (timers, due), so that the item's next write replaces it; what is due is in the outbox, where timer says
// that it must not be claimed earlier (0: at any time).
const schema = `
CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;

CREATE TABLE catalog_items (pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER NOT NULL, doc TEXT NOT NULL,
	due INTEGER, timers TEXT, UNIQUE (pk, sk));
CREATE INDEX catalog_due ON catalog_items (due) WHERE due IS NOT NULL;
CREATE TABLE catalog_outbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, due INTEGER NOT NULL, timer INTEGER NOT NULL,
	claimed INTEGER, message TEXT NOT NULL);
CREATE TABLE catalog_indexed (space TEXT NOT NULL, id TEXT NOT NULL, version INTEGER NOT NULL, sort TEXT NOT NULL,
	tokens TEXT NOT NULL, PRIMARY KEY (space, id)) WITHOUT ROWID;
CREATE TABLE catalog_entries (space TEXT NOT NULL, token TEXT NOT NULL, sort TEXT NOT NULL, id TEXT NOT NULL,
	PRIMARY KEY (space, token, sort, id)) WITHOUT ROWID;

CREATE TABLE booking_items (pk TEXT NOT NULL, sk TEXT NOT NULL, version INTEGER NOT NULL, doc TEXT NOT NULL,
	due INTEGER, timers TEXT, UNIQUE (pk, sk));
CREATE INDEX booking_due ON booking_items (due) WHERE due IS NOT NULL;
CREATE TABLE booking_outbox (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, due INTEGER NOT NULL, timer INTEGER NOT NULL,
	claimed INTEGER, message TEXT NOT NULL);
CREATE TABLE booking_open (event TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE booking_blocks (key TEXT PRIMARY KEY, doc BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE booking_events (event TEXT NOT NULL, hold TEXT NOT NULL, user TEXT NOT NULL,
	PRIMARY KEY (event, hold, user)) WITHOUT ROWID;

CREATE TABLE dead_letters (id TEXT PRIMARY KEY, queue TEXT NOT NULL, reason TEXT NOT NULL, attempts INTEGER NOT NULL,
	at TEXT NOT NULL, message TEXT NOT NULL) WITHOUT ROWID;
`

// setUp makes the file a store of this version, whichever process comes first.
func setUp(c *conn) error {
	c.busyTimeout(10_000)
	// The first statement that reads the file finds out whether it is one of SQLite's.
	if err := c.exec("PRAGMA journal_mode = WAL"); err != nil {
		return err
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	if err := c.migrate(); err != nil {
		if c.inTx() {
			_ = c.exec("ROLLBACK")
		}
		return err
	}
	return c.exec("COMMIT")
}

func (c *conn) migrate() error {
	app, err := c.number("PRAGMA application_id")
	if err != nil {
		return err
	}
	tables, err := c.number("SELECT count(*) FROM sqlite_schema")
	if err != nil {
		return err
	}
	if app != applicationID {
		if tables != 0 {
			return errors.New("the file is another program's database")
		}
		if err := c.exec(fmt.Sprintf("PRAGMA application_id = %d", applicationID)); err != nil {
			return err
		}
		if err := c.exec(schema); err != nil {
			return err
		}
		return c.run("INSERT INTO meta (key, value) VALUES ('schema', ?)", integer(schemaVersion))
	}
	version, err := c.number("SELECT value FROM meta WHERE key = 'schema'")
	if err != nil {
		return err
	}
	if version != schemaVersion {
		return fmt.Errorf("the file has schema version %d, this program knows %d", version, schemaVersion)
	}
	return nil
}

// tune sets what each connection needs. The log is copied by a connection of its own, so none does that on a commit.
func (c *conn) tune(cacheKB int) error {
	return c.exec(fmt.Sprintf("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -%d; "+
		"PRAGMA temp_store = MEMORY; PRAGMA journal_size_limit = %d; PRAGMA trusted_schema = OFF", cacheKB, logLimit))
}

// explain says what an error of SQLite means for whoever runs the program.
func explain(err error) string {
	switch primary(err) {
	case sqlite3.SQLITE_NOTADB:
		return "the file is damaged or no database"
	case sqlite3.SQLITE_CORRUPT:
		return "the file is damaged; restore a backup"
	case sqlite3.SQLITE_FULL:
		return "the disk is full"
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return "the folder or the file cannot be written"
	case sqlite3.SQLITE_CANTOPEN:
		return "the file cannot be opened or made"
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return "another process keeps the store locked"
	case sqlite3.SQLITE_IOERR:
		return "the disk cannot be read or written"
	case sqlite3.SQLITE_NOMEM:
		return "out of memory"
	}
	return "the store cannot answer"
}
