package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// ErrAudit reports that the server broke a promise; Report.Faults says which.
var ErrAudit = errors.New("load: the audit failed")

const (
	confirmed = "confirmed"
	recorded  = "recorded"
	cancelled = "cancelled"

	settleWithin = time.Minute     // what the server promises for a booking that it recorded
	auditWithin  = 3 * time.Minute // for all of the audit
	lookAgain    = 250 * time.Millisecond
)

// audit compares what buyers were told with what the server has: every acknowledged booking is there, whole and confirmed,
// none is unsettled after a minute, no place is sold twice, no more are sold than there are, and the event's own count is
// that of the tickets.
func (r *Report) audit(ctx context.Context, c Config, s sale, crowd []*buyer) error {
	ctx, cancel := context.WithTimeout(ctx, auditWithin)
	defer cancel()
	owner := map[string]string{}
	settled := time.Now().Add(settleWithin)
	for _, b := range crowd {
		mine, err := r.settled(ctx, b, settled)
		if err != nil {
			return err
		}
		for _, k := range b.acked {
			if got, ok := mine[k.ID]; !ok || got.Status != confirmed || len(got.Tickets) != len(k.Tickets) {
				r.faultf("booking %s was acknowledged with %d tickets, and is now %q with %d", k.ID, len(k.Tickets), got.Status, len(got.Tickets))
			}
		}
		for _, k := range mine {
			if k.EventID == s.event && k.Status == confirmed {
				r.own(owner, k)
			}
		}
	}
	counted, total, err := count(ctx, c.Client, s.event)
	if err != nil {
		return err
	}
	r.Sold, r.audited = len(owner), true
	switch {
	case counted > total || r.Sold > total:
		r.faultf("the event has %d places, counts %d sold, and the tickets are %d", total, counted, r.Sold)
	case counted < r.Sold || s.own && counted != r.Sold:
		r.faultf("the event counts %d places sold, the tickets are %d", counted, r.Sold)
	}
	if len(r.Faults) > 0 {
		return ErrAudit
	}
	return nil
}

// own notes who has the places of a booking.
func (r *Report) own(owner map[string]string, k apiclient.Booking) {
	for _, t := range k.Tickets {
		if t.Status == cancelled {
			continue
		}
		place := fmt.Sprintf("%s %s %d", t.Seat.SectionID, t.Seat.Row, t.Seat.Number)
		if other, twice := owner[place]; twice {
			r.faultf("place %s is sold in %s and in %s", place, other, k.ID)
		}
		owner[place] = k.ID
	}
}

// settled returns a buyer's bookings once none is on its way any more, or as they are at the deadline.
func (r *Report) settled(ctx context.Context, b *buyer, deadline time.Time) (map[string]apiclient.Booking, error) {
	for {
		mine, err := b.bookings(ctx)
		if err != nil {
			return nil, err
		}
		open := ""
		for _, k := range mine {
			if k.Status == recorded {
				open = k.ID
			}
		}
		if open == "" {
			return mine, nil
		}
		if time.Now().After(deadline) {
			r.faultf("booking %s is unsettled after %v", open, settleWithin)
			return mine, nil
		}
		if err := pause(ctx); err != nil {
			return nil, err
		}
	}
}

// count returns the event's own count of sold places, taken after the call began, and how many places it has.
func count(ctx context.Context, client *apiclient.Client, event string) (sold, total int, err error) {
	for began := time.Now(); ; {
		a, err := client.Availability(ctx, event)
		if err != nil {
			return 0, 0, fmt.Errorf("read the event's count: %w", err)
		}
		if a.AsOf.After(began) {
			for _, section := range a.Sections {
				sold += section.Sold
				total += section.Total
			}
			return sold, total, nil
		}
		if err := pause(ctx); err != nil {
			return 0, 0, fmt.Errorf("wait for a fresh count of the event: %w", err)
		}
	}
}

func pause(ctx context.Context) error {
	t := time.NewTimer(lookAgain)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
