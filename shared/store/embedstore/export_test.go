package embedstore

import (
	"context"
	"path/filepath"
)

// Exec runs a statement in the writer's transaction.
func (s *Store) Exec(sql string) error {
	return s.apply(context.Background(), func(t *tx) error {
		clear(t.blocks)
		return t.run(sql)
	})
}

// Lock takes the write lock of a folder's store as another process would, until unlock.
func Lock(dir string) (unlock func(), err error) {
	c, err := openConn(filepath.Join(dir, FileName), false)
	if err != nil {
		return nil, err
	}
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		c.close()
		return nil, err
	}
	return c.close, nil
}
