package load

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Report is what a load came to.
type Report struct {
	EventID  string
	Came     int           // buyers, those turned away included
	Took     time.Duration // until the last buyer had their answer
	Outcomes map[string]int
	Sold     int      // places in confirmed bookings of this event, of all buyers
	Faults   []string // broken promises: none is good

	audited   bool // to the end, whatever was found
	mu        sync.Mutex
	latencies []time.Duration // of those who booked, from when they came
}

// maxFaults bounds what a report lists.
const maxFaults = 20

func (r *Report) count(outcome string, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.Came++
	r.Outcomes[outcome]++
	if outcome == booked {
		r.latencies = append(r.latencies, took)
	}
}

func (r *Report) faultf(format string, args ...any) {
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
	}
}

// Latency is how long the given part of those who booked waited at most, from when they came: 0.5 is the median, 1 the
// longest. Where nobody booked it is 0.
func (r *Report) Latency(part float64) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	n := len(r.latencies)
	if n == 0 {
		return 0
	}
	slices.Sort(r.latencies)
	return r.latencies[max(0, min(n-1, int(part*float64(n))))]
}

// Write writes the report for people.
func (r *Report) Write(w io.Writer) error {
	var b strings.Builder
	if r.EventID != "" {
		fmt.Fprintf(&b, "event      %s\nbuyers     %d in %v\n", r.EventID, r.Came, r.Took.Round(time.Millisecond))
	}
	for _, outcome := range slices.Sorted(maps.Keys(r.Outcomes)) {
		fmt.Fprintf(&b, "  %-14s %8d\n", outcome, r.Outcomes[outcome])
	}
	if n := r.Outcomes[booked]; n > 0 {
		at := func(part float64) time.Duration { return r.Latency(part).Round(10 * time.Microsecond) }
		fmt.Fprintf(&b, "rate       %.0f bookings a second\nlatency    p50 %v, p90 %v, p99 %v, max %v, from when a buyer came\n",
			float64(n)/r.Took.Seconds(), at(.5), at(.9), at(.99), at(1))
	}
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "BROKEN     %s\n", f)
	}
	if r.audited {
		fmt.Fprintf(&b, "sold       %d places\n", r.Sold)
		if len(r.Faults) == 0 {
			b.WriteString("audit      nothing oversold, nothing lost\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
