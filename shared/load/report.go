package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// ErrAudit reports that the server broke a promise; Report.Faults says which.
var ErrAudit = errors.New("load: the audit failed")

// Report is what a load came to.
type Report struct {
	EventID  string
	Took     time.Duration
	Outcomes map[string]int
	Sold     int      // places in confirmed bookings of this event, of all buyers
	Faults   []string // broken promises: none is good

	mu        sync.Mutex
	latencies []time.Duration // of those who booked, from when they came
}

// maxFaults bounds what a report lists.
const maxFaults = 20

func (r *Report) count(outcome string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Outcomes[outcome]++
	if outcome == "booked" {
		r.latencies = append(r.latencies, took)
	}
}

func (r *Report) fault(format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// audit compares what buyers were told with what the server has: every acknowledged booking is there and confirmed, no
// place is sold twice, no more places than there are, and the event's own count is that of the tickets.
func (r *Report) audit(ctx context.Context, c Config, s sale, crowd []*buyer) error {
	owner := map[string]string{}
	for _, b := range crowd {
		mine, err := b.bookings(ctx)
		if err != nil {
			return fmt.Errorf("read a buyer's bookings: %w", err)
		}
		for _, k := range b.acked {
			if got, ok := mine[k.ID]; !ok || got.Status != "confirmed" {
				r.fault("booking %s was acknowledged and is now %q", k.ID, got.Status)
			}
		}
		for _, k := range mine {
			if k.EventID != s.event || k.Status != "confirmed" {
				continue
			}
			for _, t := range k.Tickets {
				place := fmt.Sprintf("%s %s %d", t.Seat.SectionID, t.Seat.Row, t.Seat.Number)
				if other, twice := owner[place]; twice && t.Status != "cancelled" {
					r.fault("place %s is sold in %s and in %s", place, other, k.ID)
				}
				owner[place] = k.ID
			}
		}
	}
	r.Sold = len(owner)
	if s.places > 0 {
		if r.Sold > s.places {
			r.fault("%d of %d places are sold", r.Sold, s.places)
		}
		if counted, err := sold(ctx, c.Client, s.event); err != nil {
			return err
		} else if counted != r.Sold {
			r.fault("the event counts %d places sold, the tickets are %d", counted, r.Sold)
		}
	}
	if len(r.Faults) > 0 {
		return ErrAudit
	}
	return nil
}

// bookings returns all of a buyer's, by id.
func (b *buyer) bookings(ctx context.Context) (map[string]booking, error) {
	all := map[string]booking{}
	for cursor := ""; ; {
		var page struct {
			Items      []booking `json:"items"`
			NextCursor string    `json:"nextCursor"`
		}
		call := apiclient.Call{Method: http.MethodGet, Path: "/v1/bookings", Query: url.Values{"limit": {"100"}, "cursor": {cursor}}}
		if _, err := b.client.Do(ctx, call, &page); err != nil {
			return nil, err
		}
		for _, k := range page.Items {
			all[k.ID] = k
		}
		if cursor = page.NextCursor; cursor == "" {
			return all, nil
		}
	}
}

// sold returns the event's own count of sold places, taken after the call began.
func sold(ctx context.Context, client *apiclient.Client, event string) (n int, err error) {
	began := time.Now()
	again := time.NewTicker(250 * time.Millisecond)
	defer again.Stop()
	for {
		var a struct {
			AsOf     time.Time `json:"asOf"`
			Sections []struct {
				Sold int `json:"sold"`
			} `json:"sections"`
		}
		if _, err := client.Do(ctx, apiclient.Call{Method: http.MethodGet, Path: "/v1/events/" + event + "/availability"}, &a); err != nil {
			return 0, fmt.Errorf("read the event's count: %w", err)
		}
		if a.AsOf.After(began) {
			for _, section := range a.Sections {
				n += section.Sold
			}
			return n, nil
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-again.C:
		}
	}
}

// Write writes the report for people.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "event      %s\ntook       %v\n", r.EventID, r.Took.Round(time.Millisecond))
	for _, outcome := range slices.Sorted(maps.Keys(r.Outcomes)) {
		fmt.Fprintf(&b, "%-14s %8d\n", outcome, r.Outcomes[outcome])
	}
	if n := len(r.latencies); n > 0 {
		slices.Sort(r.latencies)
		at := func(q float64) time.Duration {
			return r.latencies[min(n-1, int(q*float64(n)))].Round(10 * time.Microsecond)
		}
		fmt.Fprintf(&b, "rate       %.0f bookings a second\nlatency    p50 %v, p90 %v, p99 %v, max %v, from when a buyer came\n",
			float64(n)/r.Took.Seconds(), at(.5), at(.9), at(.99), r.latencies[n-1].Round(10*time.Microsecond))
	}
	fmt.Fprintf(&b, "sold       %d places\n", r.Sold)
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "BROKEN     %s\n", f)
	}
	if len(r.Faults) == 0 {
		b.WriteString("audit      nothing oversold, nothing lost\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
