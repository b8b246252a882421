package storetest

import (
	"fmt"
	"slices"

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
