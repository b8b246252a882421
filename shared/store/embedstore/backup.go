package embedstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/myevents/myevents/shared/fault"
)

// Backup writes a copy of the store as of one moment to a file, while the store goes on; an older file of that name is
// replaced only once the copy is whole and on the disk. Restore reads it, and so does any SQLite.
func (s *Store) Backup(ctx context.Context, file string) error {
	if s.isClosed() {
		return errClosed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	part, err := temporary(file)
	if err != nil {
		return fmt.Errorf("backup %s: %w", file, err)
	}
	defer func() { _ = os.Remove(part) }()
	c, err := openConn(filepath.Join(s.dir, FileName), false)
	if err != nil {
		return fmt.Errorf("backup %s: %w", file, asFault(err))
	}
	defer c.close()
	c.busyTimeout(5_000)
	defer c.interruptAfter(ctx)()
	if err := c.run("VACUUM INTO ?", text(part)); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return fmt.Errorf("backup %s: %w", file, asFault(err))
	}
	if err := publish(part, file); err != nil {
		return fmt.Errorf("backup %s: %w", file, fault.Wrap(fault.Unavailable, "the file cannot be written", err))
	}
	return nil
}

// Restore makes a store in a folder that has none from a file that Backup wrote, after checking all of it.
func Restore(ctx context.Context, file, dir string) error {
	if err := restore(ctx, file, dir); err != nil {
		return fmt.Errorf("restore %s to %s: %w", file, dir, err)
	}
	return nil
}

func restore(ctx context.Context, file, dir string) error {
	path := filepath.Join(dir, FileName)
	if _, err := os.Lstat(path); !errors.Is(err, os.ErrNotExist) {
		return errors.Join(err, errors.New("the folder has a store already"))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	part, err := temporary(path)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(part) }()
	if err := copyFile(part, file); err != nil {
		return err
	}
	if err := check(ctx, part); err != nil {
		return fmt.Errorf("%s: %w", explainOpen(err), err)
	}
	return publish(part, path)
}

// check reads the whole file and compares every page with its neighbours.
func check(ctx context.Context, path string) error {
	c, err := openConn(path, false)
	if err != nil {
		return err
	}
	defer c.close()
	defer c.interruptAfter(ctx)()
	var found []string
	err = c.query("PRAGMA quick_check", func(st *stmt) bool {
		found = append(found, st.string(0))
		return true
	})
	if err != nil {
		return errors.Join(ctx.Err(), err)
	}
	if len(found) != 1 || found[0] != "ok" {
		return fmt.Errorf("the file is damaged: %s", strings.Join(found, "; "))
	}
	if app, err := c.number("PRAGMA application_id"); err != nil || app != applicationID {
		return errors.Join(err, errors.New("the file is no backup of a store"))
	}
	return nil
}

// temporary returns the name of a file beside path that does not exist.
func temporary(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".part-*")
	if err != nil {
		return "", err
	}
	return f.Name(), errors.Join(f.Close(), os.Remove(f.Name()))
}

func copyFile(to, from string) error {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(dst, src)
	return errors.Join(err, dst.Close())
}

// publish gives a finished file its name, durably.
func publish(part, name string) error {
	if err := syncPath(part); err != nil {
		return err
	}
	if err := os.Rename(part, name); err != nil {
		return err
	}
	return syncPath(filepath.Dir(name))
}

// syncPath writes a file, or a folder's list of files, to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// interruptAfter ends what the connection is doing when ctx ends. After stop, which comes before close, it does so no more.
func (c *conn) interruptAfter(ctx context.Context) (stop func()) {
	done := make(chan struct{})
	cancel := context.AfterFunc(ctx, func() {
		defer close(done)
		tls := libc.NewTLS() // a connection's own belongs to the goroutine that is using it
		defer tls.Close()
		sqlite3.Xsqlite3_interrupt(tls, c.db)
	})
	return func() {
		if !cancel() {
			<-done
		}
	}
}
