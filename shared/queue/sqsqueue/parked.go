package sqsqueue

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/queue"
)

// parkedHidden is how long a batch of parked messages is kept from others while it is published.
const parkedHidden = 2 * time.Minute

// packedEncoding says how a body is written that SQS would not take as it is.
const packedEncoding = "gzip+base64"

// largestParked bounds what a packed body may grow to, in bytes: no outbox holds as much.
const largestParked = 8 << 20

// Park implements queue.Lot. A body that is no text, or too large, is packed, and goes in parts where it is too large even
// so. Parts whose siblings a failed Park did not store are of no use to anybody, and end in the dead-letter queue.
func (q *Queue) Park(ctx context.Context, ps ...queue.Parked) error {
	var es []entry
	for _, p := range ps {
		es = append(es, parkedEntries(p)...)
	}
	return q.inParts(ctx, es, func(ctx context.Context, part []entry) []error { return q.send(ctx, q.parked(), part) })
}

func parkedEntries(p queue.Parked) []entry {
	const most = maxBytes - ownBytes
	if isLegal(p.Body) && len(p.Body) <= most {
		return []entry{entry{body: string(p.Body)}.withText(attrReason, p.Reason)}
	}
	text := pack(p.Body)
	if len(text) <= most {
		return []entry{entry{body: text}.with(attrEncoding, packedEncoding).withText(attrReason, p.Reason)}
	}
	whole, parts := rand.Text(), (len(text)+most-1)/most
	es := make([]entry, parts)
	for i := range es {
		es[i] = entry{body: text[i*most : min(len(text), (i+1)*most)]}.
			with(attrEncoding, packedEncoding).
			with(attrPart, fmt.Sprintf("%s %d %d", whole, i, parts)).
			withText(attrReason, p.Reason)
	}
	return es
}

func pack(b []byte) string {
	var out bytes.Buffer
	text := base64.NewEncoder(base64.StdEncoding, &out)
	z := gzip.NewWriter(text)
	_, _ = z.Write(b) // into memory
	_ = z.Close()
	_ = text.Close()
	return out.String()
}

func unpack(text []byte) ([]byte, error) {
	z, err := gzip.NewReader(base64.NewDecoder(base64.StdEncoding, bytes.NewReader(text)))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(z, largestParked))
}

// lotted is a parked message, from one message of the queue or several.
type lotted struct {
	reason   string
	packed   bool
	parts    []string
	receipts map[string]string // by message
}

// whole reports whether all parts are there.
func (l *lotted) whole() bool { return !slices.Contains(l.parts, "") }

func (l *lotted) parked() (queue.Parked, error) {
	p := queue.Parked{Body: []byte(strings.Join(l.parts, "")), Reason: l.reason}
	if !l.packed {
		return p, nil
	}
	var err error
	p.Body, err = unpack(p.Body)
	return p, err
}

// gather adds a message of the queue to what it is a part of.
func gather(all map[string]*lotted, d queue.Delivery) *lotted {
	name, i, n := d.ID, 0, 1
	if part := d.Attributes[attrPart]; part != "" {
		if _, err := fmt.Sscanf(part, "%s %d %d", &name, &i, &n); err != nil || i < 0 || i >= n || n > largestParked/ownBytes {
			name, i, n = d.ID, 0, 1
		}
	}
	l := all[name]
	if l == nil || len(l.parts) != n {
		l = &lotted{parts: make([]string, n), receipts: map[string]string{}}
		all[name] = l
	}
	l.reason, l.packed = d.Attributes[attrReason], d.Attributes[attrEncoding] == packedEncoding
	l.parts[i], l.receipts[d.ID] = string(d.Body), d.Receipt
	return l
}

// Unpark implements queue.Lot. What publish fails for is given back at the end; its error is its caller's to report.
func (q *Queue) Unpark(ctx context.Context, limit int, publish func(ctx context.Context, p queue.Parked) error) (forgotten int, err error) {
	name := q.parked()
	url, err := q.urlOf(ctx, name)
	if err != nil {
		return 0, err
	}
	kept, wholes := map[string]string{}, map[string]*lotted{}
	defer func() {
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
		defer cancel()
		q.giveBack(closing, name, kept)
	}()
	for tried := 0; tried < limit; {
		ms, err := q.take(ctx, name, url, limit-tried, min(peekWait, q.d.Poll), parkedHidden)
		if err != nil || len(ms) == 0 {
			return forgotten, err
		}
		for _, m := range ms {
			kept[*m.MessageId] = *m.ReceiptHandle
		}
		for _, m := range ms {
			l := gather(wholes, deliveryOf(m))
			if !l.whole() {
				continue
			}
			tried++
			if ctx.Err() != nil {
				return forgotten, fault.Wrap(fault.Unavailable, "unpark", ctx.Err())
			}
			p, err := l.parked()
			if err != nil {
				q.failed(fmt.Errorf("parked message %s: %w", *m.MessageId, err))
				continue
			}
			if publish(ctx, p) != nil {
				continue
			}
			if err := q.forget(ctx, name, l, kept); err != nil {
				return forgotten, fmt.Errorf("a parked message was published but stays: %w", err)
			}
			forgotten++
		}
	}
	return forgotten, nil
}

// forget deletes what a parked message was made of.
func (q *Queue) forget(ctx context.Context, name string, l *lotted, kept map[string]string) error {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	err := inBatches(slices.Collect(maps.Values(l.receipts)), func(part []string) []error { return q.remove(closing, name, part) })
	if err == nil {
		for id := range l.receipts {
			delete(kept, id)
		}
	}
	return err
}
