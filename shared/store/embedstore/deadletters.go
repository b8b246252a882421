package embedstore

import (
	"context"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

// AddDeadLetter stores a dead letter; see queue.DeadLetters.
func (s *Store) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	doc, err := d.Message.Encode()
	if err == nil {
		err = s.apply(ctx, func(t *tx) error {
			return t.run("INSERT INTO dead_letters (id, queue, reason, attempts, at, message) VALUES (?, ?, ?, ?, ?, ?) "+
				"ON CONFLICT DO NOTHING", text(d.ID), text(d.Group), text(d.Reason), integer(int64(d.Attempts)),
				text(d.At.UTC().Format(time.RFC3339Nano)), textBytes(doc))
		})
	}
	if err != nil {
		return fmt.Errorf("dead letter %s: %w", d.ID, err)
	}
	return nil
}

// DeadLetters lists dead letters; see queue.DeadLetters.
func (s *Store) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	type row struct {
		queue.DeadLetter
		at  string
		doc []byte
	}
	var rows []row
	err := s.read(ctx, func(c *conn) error {
		return c.query("SELECT id, queue, reason, attempts, at, message FROM dead_letters WHERE id > ? ORDER BY id LIMIT ?",
			func(st *stmt) bool {
				rows = append(rows, row{queue.DeadLetter{
					ID: st.string(0), Group: st.string(1), Reason: st.string(2),
					Attempts: int(st.int(3)),
				}, st.string(4), st.bytes(5)})
				return true
			}, text(after), integer(int64(limit)))
	})
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	all := make([]queue.DeadLetter, 0, len(rows))
	for _, r := range rows {
		if r.Message, err = decode[message.Envelope](r.doc); err == nil {
			r.At, err = time.Parse(time.RFC3339Nano, r.at)
		}
		if err != nil {
			return nil, fmt.Errorf("dead letter %s: %w", r.ID, badRow(err))
		}
		all = append(all, r.DeadLetter)
	}
	return all, nil
}

// RemoveDeadLetter forgets a dead letter; see queue.DeadLetters.
func (s *Store) RemoveDeadLetter(ctx context.Context, id string) error {
	err := s.apply(ctx, func(t *tx) error { return t.run("DELETE FROM dead_letters WHERE id = ?", text(id)) })
	if err != nil {
		return fmt.Errorf("dead letter %s: %w", id, err)
	}
	return nil
}
