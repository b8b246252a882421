package embedstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// CatalogOutbox returns the messages of the Event Service.
func (s *Store) CatalogOutbox() outbox.Source { return &source{s: s, sv: s.catalog} }

// BookingOutbox returns the messages of the Booking Service.
func (s *Store) BookingOutbox() outbox.Source { return &source{s: s, sv: s.booking} }

// source is one service's outbox.
type source struct {
	s  *Store
	sv *service
}

// Wake receives after this process queued a message that is to be sent at once.
func (o *source) Wake() <-chan struct{} { return o.sv.wake }

// Claim claims messages; see outbox.Source. What falls due by now moves from its item to the outbox, where no write of
// the item reaches it any more.
func (o *source) Claim(ctx context.Context, now time.Time, lease time.Duration, limit int) ([]outbox.Pending, error) {
	at, expired := now.UnixMicro(), now.Add(-lease).UnixMicro()
	var ready int64
	err := o.s.read(ctx, func(c *conn) (err error) { // the usual answer is none, and costs no write
		ready, err = c.number(o.sv.ready, integer(at), integer(expired))
		return err
	})
	if err != nil || ready == 0 || limit <= 0 {
		return nil, wrapOutbox("claim", err)
	}
	type row struct {
		ref string
		doc []byte
	}
	rows, err := write(ctx, o.s, func(t *tx) ([]row, error) {
		if err := t.ripenBy(o.sv, at, limit); err != nil {
			return nil, err
		}
		var rows []row
		var seqs []int64
		err := t.c.query(o.sv.claimable, func(st *stmt) bool {
			seqs = append(seqs, st.int(0))
			rows = append(rows, row{ref: strconv.FormatInt(st.int(0), 10) + "/" + st.string(1), doc: st.bytes(2)})
			return true
		}, integer(at), integer(expired), integer(int64(limit)))
		if err != nil {
			return nil, err
		}
		for _, seq := range seqs {
			if err := t.run(o.sv.claim, integer(at), integer(seq)); err != nil {
				return nil, err
			}
		}
		return rows, nil
	})
	if err != nil {
		return nil, wrapOutbox("claim", err)
	}
	all := make([]outbox.Pending, 0, len(rows))
	for _, r := range rows {
		m, err := decode[message.Envelope](r.doc)
		if err != nil {
			continue // it stays, and Depth tells of it; the others must not wait for it
		}
		all = append(all, outbox.Pending{Ref: r.ref, Message: m})
	}
	return all, nil
}

// MarkSent forgets messages; see outbox.Source. A ref names the message beside its place, because SQLite gives the place
// of the last message again once that is gone.
func (o *source) MarkSent(ctx context.Context, refs []string) error {
	if len(refs) == 0 {
		return nil
	}
	err := o.s.apply(ctx, func(t *tx) error {
		for _, ref := range refs {
			place, id, ok := strings.Cut(ref, "/")
			seq, err := strconv.ParseInt(place, 10, 64)
			if !ok || err != nil {
				continue
			}
			if err := t.run(o.sv.sent, integer(seq), text(id)); err != nil {
				return err
			}
		}
		return nil
	})
	return wrapOutbox("mark sent", err)
}

// Depth counts what is due and unsent; see outbox.Source.
func (o *source) Depth(ctx context.Context, now time.Time) (n int, oldest time.Time, err error) {
	err = o.s.read(ctx, func(c *conn) error {
		st, err := c.first(o.sv.depth, integer(now.UnixMicro()))
		if st == nil {
			return err
		}
		defer st.reset()
		if n = int(st.int(0)); n > 0 {
			oldest = time.UnixMicro(st.int(1)).UTC()
		}
		return nil
	})
	return n, oldest, wrapOutbox("depth", err)
}

func wrapOutbox(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("outbox %s: %w", what, err)
}
