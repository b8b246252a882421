package queue

import (
	"fmt"
	"maps"
	"slices"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
)

// Groups says who wants which types of message; none: every type.
type Groups map[string][]message.Type

// Names returns the groups' names in a fixed order.
func (g Groups) Names() []string { return slices.Sorted(maps.Keys(g)) }

// Known reports a group that nobody declared, as fault.Invalid.
func (g Groups) Known(group string) error {
	if _, ok := g[group]; !ok {
		return fault.New(fault.Invalid, "", fmt.Sprintf("there is no group %q", group))
	}
	return nil
}

// Agree reports a group that nobody declared, or that was declared with other types, as fault.Invalid: for brokers where a
// message reaches a group by what was declared.
func (g Groups) Agree(group string, types []message.Type) error {
	if err := g.Known(group); err != nil {
		return err
	}
	declared := g[group]
	within := func(a, b []message.Type) bool {
		return !slices.ContainsFunc(a, func(t message.Type) bool { return !slices.Contains(b, t) })
	}
	if (len(types) == 0) != (len(declared) == 0) || !within(types, declared) || !within(declared, types) {
		return fault.New(fault.Invalid, "", "group "+group+" wants other types")
	}
	return nil
}

// Wants reports whether a group wants a type.
func (g Groups) Wants(group string, t message.Type) bool { return wants(g[group], t) }

// Wanted reports whether any group wants a type.
func (g Groups) Wanted(t message.Type) bool {
	for _, types := range g {
		if wants(types, t) {
			return true
		}
	}
	return false
}

func wants(types []message.Type, t message.Type) bool {
	return len(types) == 0 || slices.Contains(types, t)
}
