package queue_test

import (
	"slices"
	"testing"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

func TestGroups(t *testing.T) {
	g := queue.Groups{"b": nil, "a": {message.EventChanged, message.BookingRecorded}}
	if got := g.Names(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Names: got %v, want a and b", got)
	}
	for _, tc := range []struct {
		name, group string
		types       []message.Type
		agrees      bool
	}{
		{"as-declared", "a", []message.Type{message.EventChanged, message.BookingRecorded}, true},
		{"in-another-order", "a", []message.Type{message.BookingRecorded, message.EventChanged}, true},
		{"fewer", "a", []message.Type{message.EventChanged}, false},
		{"more", "a", []message.Type{message.EventChanged, message.BookingRecorded, message.LocationChanged}, false},
		{"every-instead-of-some", "a", nil, false},
		{"every", "b", nil, true},
		{"some-instead-of-every", "b", []message.Type{message.EventChanged}, false},
		{"unknown-group", "c", nil, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if err := g.Agree(tc.group, tc.types); (err == nil) != tc.agrees || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("Agree: got %v, want nil %v, else invalid", err, tc.agrees)
			}
		})
	}
	if err := g.Known("c"); !fault.Is(err, fault.Invalid) || g.Known("a") != nil {
		t.Errorf("Known of a group that nobody declared: got %v, want invalid", err)
	}
	if !g.Wants("b", message.LocationChanged) || g.Wants("a", message.LocationChanged) || !g.Wanted(message.LocationChanged) {
		t.Error("location.changed: got it wanted by others than b, want b alone")
	}
	if only := (queue.Groups{"a": g["a"]}); only.Wanted(message.LocationChanged) {
		t.Error("Wanted of a type that no group wants: got true, want false")
	}
}

func TestPolicy_Set(t *testing.T) {
	for _, tc := range []struct {
		name, value string
		known, good bool
		want        queue.Policy
	}{
		{"attempts", "3", true, true, queue.Policy{Attempts: 3}},
		{"attempts", "0", true, false, queue.Policy{}},
		{"attempts", "x", true, false, queue.Policy{}},
		{"backoff", "20ms", true, true, queue.Policy{Backoff: 20 * time.Millisecond}},
		{"max", "2s", true, true, queue.Policy{Max: 2 * time.Second}},
		{"max", "9ms", true, false, queue.Policy{}},
		{"maxAge", "1h", true, true, queue.Policy{MaxAge: time.Hour}},
		{"maxAge", "soon", true, false, queue.Policy{}},
		{"region", "x", false, true, queue.Policy{}},
	} {
		t.Run(tc.name+"-"+tc.value, func(t *testing.T) {
			var p queue.Policy
			if known, err := p.Set(tc.name, tc.value); known != tc.known || (err == nil) != tc.good || p != tc.want {
				t.Errorf("Set: got %v, %v and %+v, want %v, nil %v and %+v", known, err, p, tc.known, tc.good, tc.want)
			}
		})
	}
}
