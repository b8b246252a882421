package storetest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/message"
	"github.com/myevents/myevents/shared/queue"
)

func deadLetterFacts() []fact {
	return []fact{
		{name: "dead-letter-comes-back-whole", needs: letters, test: wholeLetter},
		{name: "dead-letters-come-oldest-first-in-pages", needs: letters, test: letterPages},
		{name: "dead-letter-added-again-changes-nothing", needs: letters, test: letterAgain},
		{name: "dead-letter-removed-is-forgotten", needs: letters, test: letterRemoved},
		{name: "dead-letters-added-at-once-are-all-kept", needs: letters, test: lettersAtOnce},
		{name: "messages-parked-among-dead-letters-come-back", needs: letters, test: parkedLetters},
	}
}

func (e *env) letter() queue.DeadLetter {
	m := e.message(1, awkward)
	m.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	return queue.DeadLetter{
		ID: e.id(id.Message), Group: "bookings", Message: m.Envelope, Reason: awkward, Attempts: 8,
		At: after(2).Add(999_999_999),
	}
}

func (e *env) addLetter(d queue.DeadLetter) {
	e.Helper()
	e.must("AddDeadLetter", e.DeadLetters.AddDeadLetter(e.Context(), d))
}

// letters reads up to limit after an id; the data of their messages is brought into one form.
func (e *env) letters(after string, limit int) []queue.DeadLetter {
	e.Helper()
	got, err := e.DeadLetters.DeadLetters(e.Context(), after, limit)
	e.must("DeadLetters", err)
	for i := range got {
		got[i].Message.Data = canonical(got[i].Message.Data)
	}
	return got
}

func letterIDs(ds []queue.DeadLetter) []string {
	s := make([]string, len(ds))
	for i, d := range ds {
		s[i] = d.ID
	}
	return s
}

func wholeLetter(e *env) {
	if got := e.letters("", 10); len(got) != 0 {
		e.Errorf("DeadLetters of an empty store: got %d, want none", len(got))
	}
	full := e.letter()
	bare := queue.DeadLetter{ID: e.id(id.Message), At: t0, Message: message.Envelope{Data: []byte("null")}}
	e.addLetter(full)
	e.addLetter(bare)
	full.Message.Data = canonical(full.Message.Data)
	e.equal("DeadLetters", e.letters("", 10), []queue.DeadLetter{full, bare})
}

func letterPages(e *env) {
	all := make([]queue.DeadLetter, 23)
	want := make([]string, len(all))
	for i := range all {
		all[i] = e.letter()
		want[i] = all[i].ID
	}
	late := all[len(all)-1] // added once paging has begun
	for i := range len(all) - 1 {
		e.addLetter(all[i*7%22])
	}
	var got []string
	for cursor := ""; ; {
		page := letterIDs(e.letters(cursor, 5))
		if len(page) > 5 || len(got) > 100 {
			e.Fatalf("DeadLetters after %q, limit 5: got %d, in all %d", cursor, len(page), len(got))
		}
		if len(page) == 0 {
			break
		}
		if cursor == "" {
			e.addLetter(late)
		}
		got, cursor = append(got, page...), page[len(page)-1]
		e.must("RemoveDeadLetter of the cursor", e.DeadLetters.RemoveDeadLetter(e.Context(), cursor))
	}
	e.equal("DeadLetters over pages, each one's last being removed", got, want)
}

func letterAgain(e *env) {
	first := e.letter()
	e.addLetter(first)
	again := first
	again.Reason, again.Attempts, again.Group = "other", 99, "events"
	e.addLetter(first)
	e.addLetter(again)
	first.Message.Data = canonical(first.Message.Data)
	e.equal("DeadLetters after one was added three times", e.letters("", 10), []queue.DeadLetter{first})
}

func letterRemoved(e *env) {
	a, b := e.letter(), e.letter()
	e.addLetter(a)
	e.addLetter(b)
	for _, id := range []string{a.ID, a.ID, "", "unknown", awkward} {
		e.must(fmt.Sprintf("RemoveDeadLetter %q", id), e.DeadLetters.RemoveDeadLetter(e.Context(), id))
	}
	e.equal("DeadLetters after one was removed", letterIDs(e.letters("", 10)), []string{b.ID})
}

func lettersAtOnce(e *env) {
	ds := make([]queue.DeadLetter, callers)
	for i := range ds {
		ds[i] = e.letter()
	}
	parallel(callers, func(i int) {
		for _, d := range []queue.DeadLetter{ds[i], ds[(i+1)%callers]} {
			if err := e.DeadLetters.AddDeadLetter(e.Context(), d); err != nil {
				e.Errorf("AddDeadLetter beside others: got %v, want nil", err)
			}
		}
	})
	want := letterIDs(ds)
	slices.Sort(want)
	e.equal("DeadLetters added by many at once", letterIDs(e.letters("", 1000)), want)
}

// parkedLetters parks what fits a message, what is none, and what takes several letters of the largest size.
func parkedLetters(e *env) {
	random, noise := rand.New(rand.NewPCG(1, 2)), make([]byte, message.MaxSize+message.MaxSize/2)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	envelope, err := e.message(1, awkward).Encode()
	e.must("Encode", err)
	dead, lot := e.letter(), queue.LotOf(e.DeadLetters)
	e.addLetter(dead)
	want := map[string]string{string(envelope): "refused", "no envelope \x00\xff": awkward, string(noise): strings.Repeat("too long ", 4<<10)}
	for range 2 { // parked again it is the same
		for body, reason := range want {
			e.must("Park", lot.Park(e.Context(), queue.Parked{Body: []byte(body), Reason: reason}))
		}
	}
	for range 2 { // what is refused comes again
		left := maps.Clone(want)
		n, err := lot.Unpark(e.Context(), 100, func(_ context.Context, p queue.Parked) error {
			body := string(p.Body)
			if json.Valid(p.Body) {
				body = string(envelope) // its data may have another form
			}
			if reason, parked := left[body]; !parked || p.Reason == "" || !strings.HasPrefix(reason, p.Reason) {
				e.Errorf("Unpark: got %d bytes %.60q for %.60q, want what was parked, once", len(body), body, p.Reason)
			}
			delete(left, body)
			if len(p.Body) == len(noise) {
				return context.DeadlineExceeded
			}
			return nil
		})
		if err != nil || n != len(want)-1 || len(left) > 0 {
			e.Fatalf("Unpark of %d, one of which is refused: got %d forgotten, %d not seen and %v", len(want), n, len(left), err)
		}
		maps.DeleteFunc(want, func(body, _ string) bool { return len(body) != len(noise) })
	}
	if n, err := lot.Unpark(e.Context(), 100, func(context.Context, queue.Parked) error { return nil }); n != 1 || err != nil {
		e.Errorf("Unpark of one: got %d and %v, want 1 and nil", n, err)
	}
	e.equal("DeadLetters when all that was parked is published", letterIDs(e.letters("", 10)), []string{dead.ID})
}
