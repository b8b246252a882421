package dynamostore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/queue"
)

// letters is the partition of the dead letters, by their ids. Whatever it were divided by, such as the month, what is given
// up now would go to one part of it: a thousand a second, which is more than are handled where so many fail.
const letters = "LETTERS"

// longestReason is how much of a reason is kept, in bytes: with the largest message it fits an item.
const longestReason = 32 << 10

// letter is a dead letter as it is kept.
type letter struct {
	Group    string          `json:"group"`
	Reason   string          `json:"reason"`
	Attempts int             `json:"attempts"`
	At       time.Time       `json:"at"`
	Message  json.RawMessage `json:"message"`
}

// AddDeadLetter stores a dead letter; see queue.DeadLetters. An id is printable ASCII without spaces, else it is
// fault.Invalid.
func (s *Store) AddDeadLetter(ctx context.Context, d queue.DeadLetter) error {
	err := s.addLetter(ctx, d)
	if errors.Is(err, errStale) { // it is there
		return nil
	}
	if err != nil {
		return fmt.Errorf("dead letter %q: %w", d.ID, err)
	}
	return nil
}

func (s *Store) addLetter(ctx context.Context, d queue.DeadLetter) error {
	if !isLetterID(d.ID) {
		return fault.New(fault.Invalid, "", "a dead letter has an id that cannot be stored")
	}
	doc, err := d.Message.Encode()
	if err != nil {
		return err
	}
	it, err := newItem(s.booking, letters, d.ID, integer(1), letter{
		Group: d.Group, Reason: d.Reason[:min(len(d.Reason), longestReason)], Attempts: d.Attempts, At: d.At.UTC(), Message: doc,
	}, nil)
	if err != nil {
		return err
	}
	return s.put(ctx, it, nil)
}

// isLetterID says whether there can be a dead letter with an id.
func isLetterID(id string) bool {
	return id != "" && len(id) < maxSK && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// DeadLetters lists dead letters, read strongly; see queue.DeadLetters.
func (s *Store) DeadLetters(ctx context.Context, after string, limit int) ([]queue.DeadLetter, error) {
	// No id has a space, which is below all that ids have.
	found, _, err := s.query(ctx, span{table: s.booking, pk: letters, from: after + " ", to: last, strong: true}, limit)
	if err != nil {
		return nil, fmt.Errorf("dead letters: %w", err)
	}
	all := make([]queue.DeadLetter, len(found))
	for i, it := range found {
		if all[i], err = letterOf(it); err != nil {
			return nil, fmt.Errorf("dead letter %q: %w", all[i].ID, err)
		}
	}
	return all, nil
}

func letterOf(found attributes) (d queue.DeadLetter, err error) {
	if d.ID, err = str(found, "sk"); err != nil {
		return d, err
	}
	l, err := decode[letter](found)
	if err != nil {
		return d, err
	}
	d.Group, d.Reason, d.Attempts, d.At = l.Group, l.Reason, l.Attempts, l.At
	if err := json.Unmarshal(l.Message, &d.Message); err != nil {
		return d, bad(err)
	}
	return d, nil
}

// RemoveDeadLetter forgets a dead letter; see queue.DeadLetters.
func (s *Store) RemoveDeadLetter(ctx context.Context, id string) error {
	if !isLetterID(id) {
		return nil
	}
	if err := s.remove(ctx, s.booking, letters, id, "", nil); err != nil {
		return fmt.Errorf("dead letter %q: %w", id, err)
	}
	return nil
}
