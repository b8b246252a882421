package queue

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
)

// ParkedGroup is the group of the dead letters that a Lot of LotOf keeps. No service has it.
const ParkedGroup = "parked"

// How a Lot of LotOf keeps what is parked.
const (
	parkedPrefix  = "prk_"    // of the letters' ids
	parkedPart    = 160 << 10 // bytes of a packed body in a letter: in base 64 they fit a message
	parkedReason  = 8 << 10   // bytes of a reason that are kept
	parkedMost    = 8 << 20   // what a packed body may grow to, in bytes: no outbox holds as much
	parkedAtATime = 50        // letters in a page
	forgetTime    = 10 * time.Second
)

// LotOf returns a Lot among dead letters, for queues that have none: what is parked is a letter of ParkedGroup, which
// operators see like all others, or several where it is too large for one. Its id is that of what it holds, and sorts by the
// message's time behind the ids of what was given up, so that parking the same again changes nothing, and a Park that was
// cut off is finished by its repeat. Unpark goes on where the last one reached its limit.
func LotOf(letters DeadLetters) Lot { return &lot{letters: letters, after: parkedPrefix} }

type lot struct {
	letters DeadLetters
	mu      sync.Mutex // held by the Unpark under way
	after   string     // the last letter that was looked at; the prefix: from the oldest
}

// packed is the data of a letter whose body is no envelope, or too large for a message. Such a letter has no type.
type packed struct {
	Part  int    `json:"part"`
	Parts int    `json:"parts"`
	Gzip  []byte `json:"gzip"` // of a part of the body
}

// Park implements Lot.
func (l *lot) Park(ctx context.Context, ps ...Parked) error {
	for _, p := range ps {
		for _, d := range parkedLetters(p, time.Now().UTC()) {
			if err := l.letters.AddDeadLetter(ctx, d); err != nil {
				return fault.Wrap(fault.Unavailable, "park", err)
			}
		}
	}
	return nil
}

func parkedLetters(p Parked, now time.Time) []DeadLetter {
	reason := strings.ToValidUTF8(p.Reason[:min(len(p.Reason), parkedReason)], "")
	m, err := message.Decode(p.Body)
	whole := DeadLetter{ID: id.DerivedAt(parkedPrefix, m.Time, string(p.Body)), Group: ParkedGroup, Reason: reason, At: now}
	if err == nil {
		whole.Message = m
		if again, err := m.Encode(); err == nil && bytes.Equal(again, p.Body) {
			return []DeadLetter{whole}
		}
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write(p.Body) // into memory
	_ = z.Close()
	parts := slices.Collect(slices.Chunk(zipped.Bytes(), parkedPart))
	ds := make([]DeadLetter, len(parts))
	for i, part := range parts {
		ds[i] = whole
		if len(parts) > 1 {
			ds[i].ID += fmt.Sprintf(".%03d", i)
		}
		ds[i].Message = message.New(ds[i].ID, "", "", m.Subject, m.Time, packed{Part: i, Parts: len(parts), Gzip: part})
	}
	return ds
}

// parcel is what is parked, from one letter or several.
type parcel struct {
	Parked
	ids   []string // of its letters so far
	parts int      // how many it has
}

// parcelOf is what the ids of a parcel's letters have in common.
func parcelOf(letter string) string {
	name, _, _ := strings.Cut(letter, ".")
	return name
}

// add takes up a letter; the letters of a parcel come one after the other. It reports whether nothing is missing.
func (c *parcel) add(d DeadLetter) (whole bool, err error) {
	if d.Message.Type != "" {
		body, err := d.Message.Encode()
		*c = parcel{Parked{Body: body, Reason: d.Reason}, []string{d.ID}, 1}
		return true, err
	}
	data, err := message.Body[packed](d.Message)
	if err != nil {
		return false, err
	}
	if data.Part == 0 {
		*c = parcel{Parked{Reason: d.Reason}, nil, data.Parts}
	} else if data.Part != len(c.ids) || data.Parts != c.parts || parcelOf(c.ids[0]) != parcelOf(d.ID) {
		*c = parcel{}
		return false, nil // the rest is not parked yet, or will never be
	}
	c.Body, c.ids = append(c.Body, data.Gzip...), append(c.ids, d.ID)
	if len(c.ids) < c.parts {
		return false, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(c.Body))
	if err == nil {
		c.Body, err = io.ReadAll(io.LimitReader(z, parkedMost))
	}
	return true, err
}

// Unpark implements Lot. What cannot be read stays; the error names it.
func (l *lot) Unpark(ctx context.Context, limit int, publish func(ctx context.Context, p Parked) error) (forgotten int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var c parcel
	for tried := 0; tried < limit; {
		page, looked := l.letters.DeadLetters(ctx, l.after, parkedAtATime)
		if looked != nil {
			return forgotten, errors.Join(err, fault.Wrap(fault.Unavailable, "unpark", looked))
		}
		for _, d := range page {
			if tried == limit {
				return forgotten, err
			}
			if l.after = d.ID; d.Group != ParkedGroup {
				continue
			}
			whole, unread := c.add(d)
			if unread != nil {
				err = errors.Join(err, fmt.Errorf("parked message %s: %w", d.ID, unread))
				continue
			}
			if !whole {
				continue
			}
			tried++
			if ctx.Err() != nil {
				return forgotten, errors.Join(err, fault.Wrap(fault.Unavailable, "unpark", ctx.Err()))
			}
			if publish(ctx, c.Parked) != nil {
				continue
			}
			if stays := l.forget(ctx, c.ids); stays != nil {
				return forgotten, errors.Join(err, fmt.Errorf("a parked message was published but stays: %w", stays))
			}
			forgotten++
		}
		if len(page) < parkedAtATime {
			l.after = parkedPrefix
			break
		}
	}
	return forgotten, err
}

// forget removes letters, the first last: where it is cut off, the parcel is not whole any more.
func (l *lot) forget(ctx context.Context, ids []string) error {
	closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), forgetTime)
	defer cancel()
	for _, letter := range slices.Backward(ids) {
		if err := l.letters.RemoveDeadLetter(closing, letter); err != nil {
			return fault.Wrap(fault.Unavailable, "forget", err)
		}
	}
	return nil
}
