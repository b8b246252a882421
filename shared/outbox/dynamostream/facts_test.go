package dynamostream_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/outbox"
	"github.com/myevents/myevents/shared/outbox/dynamostream"
)

// soon is when the timers of these tests fall due: far enough ahead for a write to come first, by a stream whose times are
// rounded to the second.
const soon = 5 * time.Second

// TestStream_Facts holds the stream to what storetest promises of an outbox that is polled.
func TestStream_Facts(t *testing.T) {
	for _, tc := range []struct {
		name string
		test func(t *testing.T, tb *table, k *sink)
	}{
		{"outbox-of-an-empty-table-is-empty", func(t *testing.T, tb *table, k *sink) {
			tb.must(t, "a", 1) // a write without messages
			end := sample("end")
			tb.must(t, "b", 1, end)
			k.sent(t, end)
			if got := k.all(); len(got) != 1 {
				t.Errorf("messages: got %v, want only the last", got)
			}
		}},
		{"every-write-sends-its-messages", func(t *testing.T, tb *table, k *sink) {
			one, two, three := sample("one"), sample("two"), sample("three")
			tb.must(t, "a", 1, one, two)
			tb.must(t, "a", 2)
			tb.must(t, "a", 3, three)
			k.sent(t, one, two, three)
			if got, want := k.all(), []string{"one", "two", "three"}; !slices.Equal(got, want) {
				t.Errorf("messages: got %v, want %v", got, want)
			}
		}},
		{"refused-write-sends-nothing", func(t *testing.T, tb *table, k *sink) {
			first, refused, end := sample("first"), sample("refused"), sample("end")
			tb.refused(t, "a", 2, refused)
			tb.must(t, "a", 1, first)
			tb.refused(t, "a", 1, refused)
			tb.refused(t, "a", 5, refused)
			tb.must(t, "z", 1, end)
			k.sent(t, first, end)
			k.want(t, 0, refused)
		}},
		{"race-sends-only-the-winners-message", func(t *testing.T, tb *table, k *sink) {
			for version := 1; version < 3; version++ {
				var won atomic.Pointer[outbox.Message]
				var work sync.WaitGroup
				for i := range 16 {
					work.Go(func() {
						m := sample(fmt.Sprintf("%d-%d", version, i))
						if tb.put(t.Context(), "a", version, m) == nil && !won.CompareAndSwap(nil, &m) {
							t.Error("race: got two winners, want one")
						}
					})
				}
				work.Wait()
				k.sent(t, *won.Load())
			}
			if got := k.all(); len(got) != 2 {
				t.Errorf("messages: got %v, want one of each race", got)
			}
		}},
		{"message-comes-back-whole", wholeMessage},
		{"message-that-was-sent-comes-no-more", func(t *testing.T, tb *table, k *sink) {
			m := sample("m")
			tb.must(t, "a", 1, m)
			k.sent(t, m)
		}},
		{"timer-is-not-sent-before-it-is-due", func(t *testing.T, tb *table, k *sink) {
			due := time.Now().Add(soon)
			late, now := timerAt("late", due), sample("now")
			tb.must(t, "a", 1, late, now)
			k.sent(t, now, late)
			k.mu.Lock()
			defer k.mu.Unlock()
			if early := due.Sub(k.at["late"]); early > 0 || early < -2*time.Second {
				t.Errorf("timer: got it %v before it was due, want it then", early)
			}
		}},
		{"timer-is-replaced-by-the-next-write", func(t *testing.T, tb *table, k *sink) {
			due := time.Now().Add(soon)
			first, more, now, second, third := timerAt("first", due), timerAt("more", due), sample("now"), timerAt("second", due), timerAt("third", due)
			tb.must(t, "a", 1, first, more, now)
			tb.must(t, "a", 2, second)
			tb.must(t, "b", 1, third)
			k.sent(t, now) // read by now
			tb.must(t, "b", 2)
			k.sent(t, second)
			wait(300 * time.Millisecond)
			k.want(t, 0, first, more, third)
		}},
		{"timer-is-ended-by-the-deletion-of-its-item", func(t *testing.T, tb *table, k *sink) {
			due := time.Now().Add(soon)
			gone, end := timerAt("gone", due), timerAt("end", due)
			tb.must(t, "a", 1, gone)
			tb.must(t, "b", 1, end)
			tb.remove(t, "a")
			k.sent(t, end)
			wait(300 * time.Millisecond)
			k.want(t, 0, gone)
		}},
		{"timer-stays-when-the-next-write-is-refused", func(t *testing.T, tb *table, k *sink) {
			timer, refused := timerAt("kept", time.Now().Add(soon)), timerAt("refused", time.Now())
			tb.must(t, "a", 1, timer)
			tb.refused(t, "a", 1, refused)
			tb.refused(t, "a", 7)
			k.sent(t, timer)
			k.want(t, 0, refused)
		}},
		{"timer-stays-when-another-item-is-written", func(t *testing.T, tb *table, k *sink) {
			one, two := timerAt("one", time.Now().Add(soon)), timerAt("two", time.Now().Add(soon))
			tb.must(t, "a", 1, one)
			tb.must(t, "b", 1, two)
			tb.must(t, "c", 1)
			k.sent(t, one, two)
		}},
		{"due-messages-stay-when-the-item-is-written-again", func(t *testing.T, tb *table, k *sink) {
			due, now, gone := timerAt("due", time.Date(2001, 9, 9, 0, 0, 0, 0, time.UTC)), sample("now"), timerAt("gone", time.Now().Add(soon))
			tb.must(t, "a", 1, due, now, gone)
			tb.must(t, "a", 2)
			k.sent(t, due, now)
			wait(soon + 300*time.Millisecond)
			k.want(t, 0, gone)
		}},
		{"what-cannot-be-read-is-parked-and-stops-nothing", func(t *testing.T, tb *table, k *sink) {
			for i, v := range []types.AttributeValue{
				&types.AttributeValueMemberB{Value: []byte("\x09poison")}, &types.AttributeValueMemberS{Value: "text"},
				&types.AttributeValueMemberN{Value: "7"},
			} {
				name := fmt.Sprint("poison-", i)
				if err := tb.putRaw(t.Context(), map[string]types.AttributeValue{
					"pk": &types.AttributeValueMemberS{Value: "P"}, "sk": &types.AttributeValueMemberS{Value: name}, outbox.Attribute: v,
				}, 1); err != nil {
					t.Fatal(err)
				}
			}
			m := sample("after")
			tb.must(t, "a", 1, m)
			k.sent(t, m)
			eventually(t, "parking", 10*time.Second, func() bool { k.mu.Lock(); defer k.mu.Unlock(); return len(k.parked) == 3 })
			k.mu.Lock()
			slices.Sort(k.parked)
			k.mu.Unlock()
			k.wantParked(t, "\x09poison", "*types.AttributeValueMemberN", "text")
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tb, k := newTable(t), &sink{}
			stop := k.relay(t, tb.reader(t, k))
			tc.test(t, tb, k)
			stop()
			before := len(k.all())
			stop = k.relay(t, tb.reader(t, k)) // and nothing comes again after a stop
			end := sample("end of all")
			tb.must(t, "end of all", 1, end)
			k.sent(t, end)
			stop()
			if got := k.all()[before:]; len(got) != 1 {
				t.Errorf("after a stop: got %v again, want only what is new", got)
			}
		})
	}
}

func wholeMessage(t *testing.T, tb *table, k *sink) {
	rows := make([]string, 2000)
	for i := range rows {
		rows[i] = fmt.Sprintf("row %d with its seats and what else is known of it: x", i)
	}
	m := message.New("whole", message.SourceCatalog, message.EventPublished, "evt-1", time.Now(),
		map[string]any{"text": "\x00\"\\ <é>\U0001f3aa", "big": json.Number("9007199254740993"), "rows": rows})
	m.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	got := make(chan message.Envelope, 1)
	k.broken = func(m message.Envelope) error {
		if m.ID == "whole" {
			got <- m
		}
		return nil
	}
	tb.must(t, "a", 1, outbox.Message{Envelope: m})
	k.sent(t, outbox.Message{Envelope: m})
	if d := cmp.Diff(<-got, m); d != "" {
		t.Errorf("message: got (-) other than (+):\n%.1000s", d)
	}
}

func TestReader_Ready(t *testing.T) {
	tb := newTable(t)
	if err := tb.reader(t, &sink{}).Ready(t.Context()); err != nil {
		t.Errorf("Ready: got %v, want nil", err)
	}
}

// TestLeases holds the leases of a table to their contract, by a clock of its own.
func TestLeases(t *testing.T) {
	tb := newTable(t)
	now := time.Now()
	open := func(owner string) dynamostream.Leases {
		r, err := dynamostream.Open(t.Context(), local(), tb.url, "booking", dynamostream.Options{
			Owner: owner, Lease: time.Minute, Now: func() time.Time { return now },
		})
		if err != nil {
			t.Fatal(err)
		}
		_, l := dynamostream.Parts(r)
		return l
	}
	a, b := open("a"), open("b")
	ctx := t.Context()
	at := func(seq string, at bool) dynamostream.Position {
		return dynamostream.Position{Sequence: seq, At: at}
	}
	check := func(call string, got dynamostream.Lease, ok bool, err error, want dynamostream.Lease, wantOK bool) {
		t.Helper()
		got.Until = time.Time{}
		if ok != wantOK || err != nil || ok && got != want {
			t.Errorf("%s: got %+v, %t and %v, want %+v and %t", call, got, ok, err, want, wantOK)
		}
	}
	take := func(call string, l dynamostream.Leases, want dynamostream.Lease, wantOK bool) {
		t.Helper()
		got, ok, err := l.Take(ctx, "s")
		check(call, got, ok, err, want, wantOK)
	}
	keep := func(call string, l dynamostream.Leases, from dynamostream.Position, want dynamostream.Lease, wantOK bool) {
		t.Helper()
		got, ok, err := l.Keep(ctx, "s", from)
		check(call, got, ok, err, want, wantOK)
	}
	must := func(call string, err error) {
		t.Helper()
		if err != nil {
			t.Errorf("%s: got %v, want nil", call, err)
		}
	}
	keep("Keep of nobody's", a, at("1", false), dynamostream.Lease{}, false)
	take("Take of nobody's", a, dynamostream.Lease{Owner: "a"}, true)
	take("Take again", a, dynamostream.Lease{Owner: "a"}, true)
	take("Take of another's", b, dynamostream.Lease{}, false)
	keep("Keep of another's", b, at("9", false), dynamostream.Lease{}, false)
	must("Free of another's", b.Free(ctx, "s", at("9", false), ""))
	keep("Keep", a, at("5", true), dynamostream.Lease{Owner: "a", From: at("5", true)}, true)
	keep("Keep of the beginning", a, at("", false), dynamostream.Lease{Owner: "a", From: at("5", true)}, true)
	must("Want of a stranger's", b.Want(ctx, "s", "c"))
	must("Want", b.Want(ctx, "s", "a"))
	keep("Keep of one that is wanted", a, at("6", false), dynamostream.Lease{Owner: "a", From: at("6", false), Wanted: "b"}, true)
	must("Free to who wanted it", a.Free(ctx, "s", at("7", false), "b"))
	take("Take of one that was given away", a, dynamostream.Lease{}, false)
	take("Take of one that was given", b, dynamostream.Lease{Owner: "b", From: at("7", false)}, true)
	now = now.Add(59 * time.Second)
	take("Take before the lease runs out", a, dynamostream.Lease{}, false)
	now = now.Add(time.Second)
	take("Take when the lease has run out", a, dynamostream.Lease{Owner: "a", From: at("7", false)}, true)
	keep("Keep of one that was taken", b, at("8", false), dynamostream.Lease{}, false)
	must("Free", a.Free(ctx, "s", at("10", true), ""))
	take("Take of one that is free", b, dynamostream.Lease{Owner: "b", From: at("10", true)}, true)
	if ok, err := a.Finish(ctx, "s"); ok || err != nil {
		t.Errorf("Finish of another's: got %t and %v, want false", ok, err)
	}
	if ok, err := b.Finish(ctx, "s"); !ok || err != nil {
		t.Errorf("Finish: got %t and %v, want true", ok, err)
	}
	now = now.Add(time.Hour)
	take("Take of one that is done with", a, dynamostream.Lease{}, false)
	var ids []string
	for i := range 250 {
		ids = append(ids, fmt.Sprintf("many-%d", i))
	}
	if _, _, err := a.Take(ctx, "many-249"); err != nil {
		t.Fatal(err)
	}
	all, err := a.Read(ctx, append(ids, "s"))
	if err != nil || len(all) != 2 || !all["s"].Done || all["many-249"].Owner != "a" {
		t.Errorf("Read of 251: got %v and %v, want the two that there are", all, err)
	}
}

func TestStream_RacingTakers(t *testing.T) {
	tb := newTable(t)
	var won atomic.Int32
	var work sync.WaitGroup
	for range 16 {
		_, l := dynamostream.Parts(tb.reader(t, &sink{}))
		work.Go(func() {
			if _, ok, err := l.Take(context.WithoutCancel(t.Context()), "s"); err != nil {
				t.Errorf("Take: got %v, want nil", err)
			} else if ok {
				won.Add(1)
			}
		})
	}
	work.Wait()
	if n := won.Load(); n != 1 {
		t.Errorf("Take by 16 at once: got %d winners, want one", n)
	}
}
