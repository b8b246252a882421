package sqsqueue

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"fmt"
	"io"
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

// Park implements queue.Lot. A body that is no text, or too large, is packed; one that is too large even so, more than
// 190 KB that do not compress, is fault.Invalid.
func (q *Queue) Park(ctx context.Context, ps ...queue.Parked) error {
	es := make([]entry, len(ps))
	for i, p := range ps {
		var err error
		if es[i], err = parkedEntry(p); err != nil {
			return err
		}
	}
	return q.inParts(ctx, es, func(ctx context.Context, part []entry) []error { return q.send(ctx, q.parked(), part) })
}

func parkedEntry(p queue.Parked) (entry, error) {
	e := entry{body: string(p.Body)}
	if !isLegal(p.Body) || len(p.Body) > maxBytes-ownBytes {
		e = entry{body: pack(p.Body)}.with(attrEncoding, packedEncoding)
		if len(e.body) > maxBytes-ownBytes {
			return entry{}, fault.New(fault.Invalid, "", fmt.Sprintf("%d bytes are too many to be parked", len(p.Body)))
		}
	}
	return e.withText(attrReason, p.Reason), nil
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

// Unpark implements queue.Lot. What publish fails for is given back at the end; its error is its caller's to report.
func (q *Queue) Unpark(ctx context.Context, limit int, publish func(ctx context.Context, p queue.Parked) error) (forgotten int, err error) {
	name := q.parked()
	url, err := q.urlOf(ctx, name)
	if err != nil {
		return 0, err
	}
	kept := map[string]string{} // receipts by message
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
			tried++
			if ctx.Err() != nil {
				return forgotten, fault.Wrap(fault.Unavailable, "unpark", ctx.Err())
			}
			d := deliveryOf(m)
			p := queue.Parked{Body: d.Body, Reason: d.Attributes[attrReason]}
			if d.Attributes[attrEncoding] == packedEncoding {
				if p.Body, err = unpack(d.Body); err != nil {
					q.failed(fmt.Errorf("parked message %s: %w", d.ID, err))
					continue
				}
			}
			if publish(ctx, p) != nil {
				continue
			}
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
			err := q.removeOne(closing, name, d.Receipt)
			cancel()
			if err != nil {
				return forgotten, fmt.Errorf("a parked message was published but stays: %w", err)
			}
			delete(kept, d.ID)
			forgotten++
		}
	}
	return forgotten, nil
}
