// Package tickit imports the public TICKIT sample, a year of American shows, concerts and games, through the HTTP API: its
// venues become locations, its events are put on sale in them. It reads files and calls the API; stores are none of its
// business. What it had to change or leave out it reports row by row.
package tickit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/myevents/myevents/shared/apiclient"
	"github.com/myevents/myevents/shared/geo"
)

const (
	defaultParallel = 12
	minYear         = 1970
	maxYear         = 9990
	maxServerErrors = 50 // rows that the server fails at with a 5xx, before the import gives up
)

// Config says what to import, and where to.
type Config struct {
	Dir       string            // the folder with the three files
	Client    *apiclient.Client // with an organiser's token
	StartYear int               // moves all dates by whole years, so that the sample's year becomes this one; 0: as they are
	Progress  io.Writer         // shows how far it is, as a bar on a terminal, otherwise as lines; nil: nothing
	Parallel  int               // venues at a time; default 12
	Cities    *geo.Index        // where cities are; default: the table of package geo, read anew
}

// Import brings the sample in. It can be repeated: what exists already, by its external id, is left as it is, except that
// a draft which an interrupted import left behind is published. The report is good also where an error is returned, which
// means that the import could not go on: a file is missing, the token is not accepted, the server cannot be reached, or
// ctx is done. A row that cannot be imported is no error; see Report.Rejected.
func Import(ctx context.Context, c Config) (Report, error) {
	began := time.Now()
	if c.Parallel <= 0 {
		c.Parallel = defaultParallel
	}
	if c.StartYear != 0 && (c.StartYear < minYear || c.StartYear > maxYear) {
		return Report{}, fmt.Errorf("start year: must be from %d to %d", minYear, maxYear)
	}
	if c.Cities == nil {
		var err error
		if c.Cities, err = geo.Open(); err != nil {
			return Report{}, err
		}
	}
	im := &importer{c: c}
	data, err := read(c.Dir, c.Cities, &im.log)
	if err != nil {
		return im.log.report, err
	}
	if c.StartYear != 0 {
		im.log.report.YearsMoved = c.StartYear - data.year
	}
	im.progress = newProgress(c.Progress, len(data.venues)+len(data.events))
	err = im.run(ctx, data)
	im.progress.done(err == nil)
	report := im.log.finish()
	report.Took = time.Since(began)
	return report, err
}

type importer struct {
	c            Config
	log          logbook
	progress     progress
	serverErrors atomic.Int32
}

// run imports venues in parallel, and the events of each in the order of their starts, so that halls are filled the same
// way each time.
func (im *importer) run(ctx context.Context, d *data) error {
	events := make(map[int][]event, len(d.venues))
	for _, e := range d.events {
		events[e.venue] = append(events[e.venue], e)
	}
	// The venues with most events first: a long one that comes last would keep the others waiting.
	venues := slices.SortedStableFunc(slices.Values(d.venues), func(a, b venue) int {
		return cmp.Or(len(events[b.id])-len(events[a.id]), a.id-b.id)
	})
	g, working := errgroup.WithContext(ctx)
	g.SetLimit(im.c.Parallel)
	for _, v := range venues {
		if working.Err() != nil {
			break
		}
		g.Go(func() error { return im.venue(working, v, events[v.id]) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return context.Cause(ctx)
}

func (im *importer) venue(ctx context.Context, v venue, events []event) error {
	place, err := im.place(ctx, v)
	im.progress.step(1)
	if err != nil {
		if fatal := im.fatal(ctx, err, fmt.Sprintf("venue %d", v.id)); fatal != nil {
			return fatal
		}
		im.log.reject(v.row, err.Error())
		for _, e := range events {
			im.log.reject(e.row, fmt.Sprintf("its venue %d was rejected", v.id))
		}
		im.progress.step(len(events))
		return nil
	}
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Or(a.starts.Compare(b.starts), a.id-b.id) })
	for _, e := range events {
		if err := im.event(ctx, place, e); err != nil {
			if fatal := im.fatal(ctx, err, fmt.Sprintf("event %d", e.id)); fatal != nil {
				return fatal
			}
			im.log.reject(e.row, err.Error())
		}
		im.progress.step(1)
	}
	return nil
}

// fatal returns what ends the import; nil: the fault is the row's. what says where it happened.
func (im *importer) fatal(ctx context.Context, err error, what string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // no matter where
	}
	err = fmt.Errorf("%s: %w", what, err)
	switch status := apiclient.StatusOf(err); {
	case errors.Is(err, apiclient.ErrUnreachable), status == http.StatusServiceUnavailable, status == http.StatusTooManyRequests:
		return err
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return fmt.Errorf("the token is not that of an organiser: %w", err)
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return fmt.Errorf("is this the address of a MyEvents server? %w", err)
	case status >= 500 && im.serverErrors.Add(1) >= maxServerErrors:
		return fmt.Errorf("the server fails again and again: %w", err)
	}
	return nil
}

// logbook collects the report from all workers.
type logbook struct {
	mu     sync.Mutex
	report Report
}

func (l *logbook) count(f func(*Report)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.report)
}

func (l *logbook) adjust(at Row, kind Kind, text string) {
	l.count(func(r *Report) { r.Adjusted = append(r.Adjusted, Adjustment{at, kind, text}) })
}

func (l *logbook) reject(at Row, reason string) {
	l.count(func(r *Report) { r.Rejected = append(r.Rejected, Rejection{at, reason}) })
}

func (l *logbook) finish() Report {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.sort()
	return l.report
}
