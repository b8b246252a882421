package samhost

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/template"
)

// Mapping feeds a function from a queue or from a table's stream.
type Mapping struct {
	Function string
	Source   string // the queue's or table's name
	Batch    int
}

// Schedule wakes a function.
type Schedule struct {
	Function string
	Every    time.Duration
}

// plan is what of a template this host does.
type plan struct {
	functions []template.Function
	routes    []Route
	queues    []Mapping
	streams   []Mapping
	schedules []Schedule
}

// planOf reads the template as for a stack of that name.
func planOf(file, stack string) (plan, error) {
	t, err := template.Read(file, template.Options{StackName: stack, Region: region, Account: account, Parameters: map[string]string{"Payment": "test"}})
	if err != nil {
		return plan{}, err
	}
	p := plan{functions: t.Functions()}
	var faults []error
	for _, r := range t.Routes() {
		route := Route{Method: r.Method, Path: r.Path, Function: r.Function}
		if r.Method == "$default" {
			route.Method, route.Path = "", ""
		}
		p.routes = append(p.routes, route)
	}
	for _, q := range t.Queues() {
		p.queues = append(p.queues, Mapping{q.Function, q.Queue, max(1, q.Batch)})
	}
	for _, s := range t.Streams() {
		p.streams = append(p.streams, Mapping{s.Function, s.Table, max(1, s.Batch)})
	}
	for _, s := range t.Schedules() {
		every, err := rate(s.Expression)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", s.Function, err))
			continue
		}
		p.schedules = append(p.schedules, Schedule{s.Function, every})
	}
	if len(p.functions) == 0 || len(p.routes) == 0 {
		faults = append(faults, fmt.Errorf("%s has no functions or no routes", file))
	}
	return p, errors.Join(faults...)
}

// rate reads a schedule such as rate(5 minutes).
func rate(text string) (time.Duration, error) {
	inner, ok := strings.CutPrefix(text, "rate(")
	number, unit, _ := strings.Cut(strings.TrimSuffix(inner, ")"), " ")
	n, err := strconv.Atoi(number)
	each := map[string]time.Duration{"minute": time.Minute, "hour": time.Hour, "day": 24 * time.Hour}[strings.TrimSuffix(unit, "s")]
	if !ok || err != nil || n < 1 || each == 0 {
		return 0, fmt.Errorf("a schedule of %q: only rates are known", text)
	}
	return time.Duration(n) * each, nil
}
