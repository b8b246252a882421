package dynamostore

import (
	"context"
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/payment"
)

// Open authorisations are found by the hour in which they were made: a marker in one of the hour's partitions stands before
// an entry that says Authorised, and goes after one that says anything else. The directory lists the partitions in use.
const (
	ledgerSK  = "Y"
	directory = "OPEN"
	// hourParts spreads the markers of an hour, so that one partition's 1,000 writes a second bound no sale.
	hourParts = 16
	hourForm  = "2006-01-02T15"
	// hourKept is for how long a partition stays listed though it is empty: until nothing is put into it any more.
	hourKept = 25 * time.Hour
)

func ledgerPK(authorisation string) string { return "Y#" + authorisation }

// hourPart names the part of its hour in which an authorisation's marker is.
func hourPart(at time.Time, authorisation string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(authorisation))
	return fmt.Sprintf("%s#%x", at.UTC().Format(hourForm), h.Sum32()%hourParts)
}

// hourCache remembers which partitions this process has listed.
type hourCache struct {
	mu     sync.Mutex
	listed map[string]struct{}
}

func (c *hourCache) has(part string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, ok := c.listed[part]
	return ok
}

func (c *hourCache) add(part string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.listed == nil || len(c.listed) > 4*hourParts { // earlier hours
		c.listed = map[string]struct{}{}
	}
	c.listed[part] = struct{}{}
}

// Ledger returns the books of a payment provider that runs inside the platform, in the Booking Service's table.
func (s *Store) Ledger() payment.Ledger { return &ledger{s: s} }

// ledger is the Store as a payment.Ledger: catalog.Index has a method of the same name.
type ledger struct {
	s     *Store
	hours hourCache
}

// PutEntry writes an authorisation's entry; see payment.Ledger.
func (l *ledger) PutEntry(ctx context.Context, e payment.Entry) error {
	if e.ID == "" || len(e.ID) > maxSK {
		return fault.New(fault.Invalid, "", "an entry has no id")
	}
	pk, part := ledgerPK(e.ID), hourPart(e.At, e.ID)
	if e.State == payment.Authorised {
		if err := l.mark(ctx, part, e.ID); err != nil {
			return about(err, pk, ledgerSK)
		}
	}
	if err := l.s.putDoc(ctx, l.s.booking, pk, ledgerSK, e.Version, e, nil); err != nil {
		return err
	}
	if e.State != payment.Authorised {
		// The write is done, and a marker that stays is removed by who finds it.
		_ = l.s.remove(ctx, l.s.booking, openPK(part), e.ID, "", nil)
	}
	return nil
}

func openPK(part string) string { return directory + "#" + part }

// mark lists an authorisation under the hour it was made in, and the part of the hour in the directory.
func (l *ledger) mark(ctx context.Context, part, authorisation string) error {
	if !l.hours.has(part) {
		if err := l.s.putMarker(ctx, directory, part); err != nil {
			return err
		}
		l.hours.add(part)
	}
	return l.s.putMarker(ctx, openPK(part), authorisation)
}

// Entry reads an authorisation's entry strongly; see payment.Ledger.
func (l *ledger) Entry(ctx context.Context, authorisation string) (payment.Entry, error) {
	pk := ledgerPK(authorisation)
	e, found, err := get[payment.Entry](ctx, l.s, l.s.booking, pk, ledgerSK)
	if err == nil && !found {
		err = about(payment.ErrUnknown, pk, ledgerSK)
	}
	return e, err
}

// OpenEntries reads entries that are open; see payment.Ledger. It asks for each part of each hour that is listed, the
// oldest first.
func (l *ledger) OpenEntries(ctx context.Context, before time.Time, limit int) ([]payment.Entry, error) {
	var all []payment.Entry
	for from := " "; len(all) < limit; {
		parts, more, err := l.s.query(ctx, span{
			table: l.s.booking, pk: directory, from: from, to: before.UTC().Format(hourForm) + "$", strong: true,
		}, batchKeys)
		if err != nil {
			return nil, fmt.Errorf("open entries: %w", err)
		}
		for _, it := range parts {
			part, err := str(it, "sk")
			if err == nil {
				all, err = l.openIn(ctx, part, before, limit, all)
			}
			if err != nil {
				return nil, fmt.Errorf("open entries of %s: %w", part, err)
			}
			from = part + " "
		}
		if !more {
			break
		}
	}
	return all, nil
}

// openIn adds the open entries of a part of an hour to all. A part in which nothing is, nor will be, leaves the directory.
func (l *ledger) openIn(ctx context.Context, part string, before time.Time, limit int, all []payment.Entry) ([]payment.Entry, error) {
	empty := true
	for from := " "; len(all) < limit; {
		markers, more, err := l.s.query(ctx, span{table: l.s.booking, pk: openPK(part), from: from, to: last, strong: true}, batchKeys)
		if err != nil {
			return all, err
		}
		empty = empty && len(markers) == 0
		pks := make([]string, len(markers))
		for i, m := range markers {
			name, err := str(m, "sk")
			if err != nil {
				return all, err
			}
			pks[i], from = ledgerPK(name), name+" "
		}
		var done []string
		err = l.s.batch(ctx, l.s.booking, pks, ledgerSK, true, func(_ []int, found attributes) error {
			e, err := decode[payment.Entry](found)
			switch {
			case err != nil:
				return err
			case e.State != payment.Authorised: // for good
				done = append(done, e.ID)
			case e.At.Before(before) && len(all) < limit:
				all = append(all, e)
			}
			return nil
		})
		for _, name := range done {
			if err == nil {
				err = l.s.remove(ctx, l.s.booking, openPK(part), name, "", nil)
			}
		}
		if err != nil {
			return all, err
		}
		if !more {
			if at, _, _ := strings.Cut(part, "#"); empty && at < before.Add(-hourKept).UTC().Format(hourForm) {
				return all, l.s.remove(ctx, l.s.booking, directory, part, "", nil)
			}
			break
		}
	}
	return all, nil
}
