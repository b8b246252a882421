package id_test

import (
	"testing"
	"time"

	"github.com/myevents/myevents/shared/id"
)

func TestDerivedAt(t *testing.T) {
	at := time.Date(2031, 3, 5, 19, 30, 0, 0, time.UTC)
	first, again := id.DerivedAt(id.DeadLetter, at, "a", "b"), id.DerivedAt(id.DeadLetter, at, "a", "b")
	if first != again || first == id.DerivedAt(id.DeadLetter, at, "a", "c") {
		t.Errorf("DerivedAt: got %s and %s, want the same for the same parts alone", first, again)
	}
	if made := id.New(id.DeadLetter, at.Add(time.Millisecond)); first >= made {
		t.Errorf("DerivedAt: got %s after %s, want it by its time among those made by New", first, made)
	}
	if _, ok := id.Parse(id.DeadLetter, id.DerivedAt(id.DeadLetter, time.Time{}, "x")); !ok {
		t.Error("DerivedAt of no time: got no id, want one")
	}
}
