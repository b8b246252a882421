package outbox_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
)

// lot is where messages are parked.
type lot struct {
	mu     sync.Mutex
	bodies []string
	why    []string
	broken error
}

func (l *lot) park(_ context.Context, body []byte, reason string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	l.bodies, l.why = append(l.bodies, string(body)), append(l.why, reason)
	return nil
}

func (l *lot) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.broken = err
}

// want reports messages that are not parked, each once, and others that are.
func (l *lot) want(t *testing.T, ms ...outbox.Message) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, m := range ms {
		if n := strings.Count(strings.Join(l.bodies, "\n"), `"id":"`+m.ID+`"`); n != 1 {
			t.Errorf("%s in the lot: got it %d times, want once", m.ID, n)
		}
	}
	if len(l.bodies) != len(ms) {
		t.Errorf("the lot: got %d, want %d", len(l.bodies), len(ms))
	}
}

func pack(t testing.TB, ms ...outbox.Message) []byte {
	t.Helper()
	if len(ms) == 0 {
		return nil
	}
	b, err := outbox.Pack(ms)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// changes numbers changes and gives them the time of now, where they have none.
func changes(all ...outbox.Change) []outbox.Change {
	for i := range all {
		all[i].Sequence = fmt.Sprint(101 + i)
		if all[i].At.IsZero() {
			all[i].At = time.Now()
		}
	}
	return all
}

func timerAt(name string, at time.Time) outbox.Message {
	m := sample(name)
	m.NotBefore = at
	return m
}

func TestPass_Timers(t *testing.T) {
	for _, tc := range []struct {
		name    string
		due     time.Duration // of the timer, after the first write
		rewrite time.Duration // when its item is written again; 0: never
		other   bool          // the second write is of another item
		age     time.Duration // of the first write as it is passed
		want    int
	}{
		{"sent-early-where-nothing-follows", 20 * time.Second, 0, false, 0, 1},
		{"sent-where-it-is-due", -time.Hour, 0, false, 0, 1},
		{"replaced-before-it-is-due", 20 * time.Second, time.Second, false, 0, 0},
		{"replaced-although-due-by-now", 20 * time.Second, time.Second, false, time.Hour, 0},
		{"due-before-it-was-replaced", 20 * time.Second, 21 * time.Second, false, time.Hour, 1},
		{"due-within-the-rounding-of-when-it-was-replaced", 20 * time.Second, 19 * time.Second, false, time.Hour, 1},
		{"stays-when-another-item-is-written", 20 * time.Second, time.Second, true, 0, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := &broker{}
				at := time.Now().Add(-tc.age)
				timer, now, next := timerAt("timer", at.Add(tc.due)), sample("now"), sample("next")
				all := []outbox.Change{{Item: "a", At: at, Packed: pack(t, timer, now)}}
				if tc.rewrite != 0 {
					second := outbox.Change{Item: "a", At: at.Add(tc.rewrite), Packed: pack(t, next)}
					if tc.other {
						second.Item = "b"
					}
					all = append(all, second)
				} else {
					b.got = append(b.got, next.ID)
				}
				l := &lot{}
				if failed := outbox.Pass(t.Context(), outbox.PassDeps{Publish: b.publish, Park: l.park, Now: time.Now}, changes(all...)); failed != nil {
					t.Errorf("Pass: got %v failed, want none", failed)
				}
				b.want(t, 1, now, next)
				b.want(t, tc.want, timer)
				l.want(t)
			})
		})
	}
}

// TestPass_EndsTimersByWritesThatSayNothing replaces a timer by nothing, twice over.
func TestPass_EndsTimersByWritesThatSayNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, at := &broker{}, time.Now()
		one, two, three := timerAt("one", at.Add(time.Minute)), timerAt("two", at.Add(time.Minute)), timerAt("three", at.Add(time.Minute))
		failed := outbox.Pass(t.Context(), outbox.PassDeps{Publish: b.publish, Park: (&lot{}).park, Now: time.Now}, changes(
			outbox.Change{Item: "a", Packed: pack(t, one)}, outbox.Change{Item: "a", Packed: pack(t, two)}, outbox.Change{Item: "a"},
			outbox.Change{Item: "a", Packed: pack(t, three)}, outbox.Change{Item: "b"}))
		if failed != nil || !slices.Equal(b.got, []string{"three"}) {
			t.Errorf("Pass: got %v sent and %v failed, want only the last timer", b.got, failed)
		}
	})
}

// TestPass_Orders passes many changes of few items: those of an item go out in order, and in few calls.
func TestPass_Orders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls [][]string
		var mu sync.Mutex
		publish := func(_ context.Context, ms ...message.Envelope) error {
			wait(10 * time.Millisecond)
			mu.Lock()
			defer mu.Unlock()
			var ids []string
			for _, m := range ms {
				ids = append(ids, m.ID)
			}
			calls = append(calls, ids)
			return nil
		}
		var all []outbox.Change
		want := map[string][]string{}
		for i := range 1000 {
			m := sample(fmt.Sprintf("%d-%d", i%250, i/250))
			item := fmt.Sprint(i % 250)
			want[item] = append(want[item], m.ID)
			all = append(all, outbox.Change{Item: item, Packed: pack(t, m)})
		}
		began, published := time.Now(), 0
		deps := outbox.PassDeps{Publish: publish, Park: (&lot{}).park, Now: time.Now, Published: func(n int) { mu.Lock(); published += n; mu.Unlock() }}
		if failed := outbox.Pass(t.Context(), deps, changes(all...)); failed != nil {
			t.Errorf("Pass: got %v failed, want none", failed)
		}
		got := map[string][]string{}
		for _, ids := range calls {
			for _, id := range ids {
				item, _, _ := strings.Cut(id, "-")
				got[item] = append(got[item], id)
			}
		}
		for item := range want {
			if !slices.Equal(got[item], want[item]) {
				t.Errorf("messages of %s: got %v, want %v", item, got[item], want[item])
			}
		}
		if len(calls) > 150 || published != 1000 {
			t.Errorf("Publish: got %d calls for %d messages, want at most 150 for 1000", len(calls), published)
		}
		if took := time.Since(began); took > 60*time.Millisecond {
			t.Errorf("Pass: got it after %v, want it after about four calls one after the other", took)
		}
	})
}

func TestPass_Failures(t *testing.T) {
	away, invalid := fault.New(fault.Unavailable, "", "away"), fault.New(fault.Invalid, "", "too large")
	const left = 20 * time.Second
	for _, tc := range []struct {
		name   string
		broken func(id string, since time.Duration) error // Publish
		lot    error
		parked []string
		sent   []string
		failed []string
		most   time.Duration
	}{
		{"a-short-outage", func(_ string, since time.Duration) error {
			if since < 3*time.Second {
				return away
			}
			return nil
		}, nil, nil, []string{"a", "b", "c", "d"}, nil, 10 * time.Second},
		{"a-long-outage", func(string, time.Duration) error { return away }, nil, []string{"a", "b", "c", "d"}, nil, nil, left},
		{"one-that-can-never-be-sent", func(id string, _ time.Duration) error {
			if id == "b" {
				return invalid
			}
			return nil
		}, nil, []string{"b"}, []string{"a", "c", "d"}, nil, time.Second},
		{"one-that-fails-for-ever", func(id string, _ time.Duration) error {
			if id == "c" {
				return away
			}
			return nil
		}, nil, []string{"c"}, []string{"a", "b", "d"}, nil, left},
		{"one-that-cannot-be-parked-either", func(id string, _ time.Duration) error {
			if id == "b" {
				return invalid
			}
			return nil
		}, away, nil, []string{"a", "c"}, []string{"102"}, left},
		{"an-outage-of-all", func(string, time.Duration) error { return away }, away, nil, nil, []string{"101", "102", "103"}, left},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), left)
				defer cancel()
				began, failures := time.Now(), 0
				b := &broker{before: func(_ context.Context, m message.Envelope) error { return tc.broken(m.ID, time.Since(began)) }}
				l := &lot{broken: tc.lot}
				var mu sync.Mutex
				deps := outbox.PassDeps{Publish: b.publish, Park: l.park, Now: time.Now, Failed: func(error) { mu.Lock(); failures++; mu.Unlock() }}
				failed := outbox.Pass(ctx, deps, changes( // b and d are of one change
					outbox.Change{Item: "1", Packed: pack(t, sample("a"))}, outbox.Change{Item: "2", Packed: pack(t, sample("b"), sample("d"))},
					outbox.Change{Item: "3", Packed: pack(t, sample("c"))}))
				if took := time.Since(began); took >= tc.most || ctx.Err() != nil {
					t.Errorf("Pass: got it after %v, want it before %v", took, tc.most)
				}
				if !slices.Equal(failed, tc.failed) {
					t.Errorf("Pass: got %v failed, want %v", failed, tc.failed)
				}
				for _, id := range tc.sent {
					if b.times(id) == 0 {
						t.Errorf("%s: got it not sent, want it sent", id)
					}
				}
				var parked []outbox.Message
				for _, id := range tc.parked {
					parked = append(parked, sample(id))
				}
				l.want(t, parked...)
				for _, why := range l.why {
					if !strings.Contains(why, "away") && !strings.Contains(why, "too large") {
						t.Errorf("the lot: got reason %q, want why it was not published", why)
					}
				}
				if failures == 0 || failures > 400 {
					t.Errorf("Failed: got %d calls, want some", failures)
				}
			})
		})
	}
}

func TestPass_ParksWhatCannotBeUnpacked(t *testing.T) {
	for _, tc := range []struct {
		name   string
		broken error
		failed []string
	}{{"parked", nil, nil}, {"not-parked", errors.New("away"), []string{"102"}}} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b, l := &broker{}, &lot{broken: tc.broken}
				good, more := sample("good"), sample("more")
				failed := outbox.Pass(t.Context(), outbox.PassDeps{Publish: b.publish, Park: l.park, Now: time.Now}, changes(
					outbox.Change{Item: "a", Packed: pack(t, good)}, outbox.Change{Item: "b", Packed: []byte("\x09raw")},
					outbox.Change{Item: "c", Packed: pack(t, more)}))
				if !slices.Equal(failed, tc.failed) {
					t.Errorf("Pass: got %v failed, want %v", failed, tc.failed)
				}
				b.want(t, 1, good, more)
				if tc.broken == nil && !slices.Equal(l.bodies, []string{"\x09raw"}) {
					t.Errorf("the lot: got %q, want the bytes as they were", l.bodies)
				}
			})
		})
	}
}

// TestPass_EndsInTime lets Publish hang: the invocation ends before its deadline, and what is not sent has failed or is parked.
func TestPass_EndsInTime(t *testing.T) {
	for _, left := range []time.Duration{-time.Second, 0, 100 * time.Millisecond, 2 * time.Second, time.Minute} {
		t.Run(left.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), left)
				defer cancel()
				hang := func(ctx context.Context, _ ...message.Envelope) error { <-ctx.Done(); return ctx.Err() }
				began, l := time.Now(), &lot{}
				failed := outbox.Pass(ctx, outbox.PassDeps{Publish: hang, Park: l.park, Now: time.Now}, changes(
					outbox.Change{Item: "a", Packed: pack(t, sample("a"))}, outbox.Change{Item: "b"}, outbox.Change{Item: "c", Packed: pack(t, sample("c"))}))
				if took := time.Since(began); took > max(0, left-400*time.Millisecond) {
					t.Errorf("Pass: got it after %v of %v, want some time left", took, left)
				}
				want := []string{"101", "103"}
				if left > time.Second {
					want = nil
				}
				if !slices.Equal(failed, want) {
					t.Errorf("Pass: got %v failed, want %v", failed, want)
				}
				if len(l.bodies)+len(failed) != 2 {
					t.Errorf("Pass: got %d parked and %v failed, want two together", len(l.bodies), failed)
				}
			})
		})
	}
}

func TestPass_NoChanges(t *testing.T) {
	if failed := outbox.Pass(t.Context(), outbox.PassDeps{}, nil); failed != nil {
		t.Errorf("Pass of nothing: got %v, want nil", failed)
	}
}

func TestReadParked(t *testing.T) {
	one, two := sample("one"), sample("two")
	doc, err := one.Encode()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		body []byte
		want []string
	}{
		{"envelope", doc, []string{"one"}},
		{"packed", pack(t, one, two), []string{"one", "two"}},
		{"neither", []byte("neither"), nil},
		{"nothing", nil, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ms, err := outbox.ReadParked(tc.body)
			var got []string
			for _, m := range ms {
				got = append(got, m.ID)
			}
			if !slices.Equal(got, tc.want) || (tc.want == nil) != fault.Is(err, fault.Invalid) {
				t.Errorf("ReadParked: got %v and %v, want %v", got, err, tc.want)
			}
		})
	}
}
