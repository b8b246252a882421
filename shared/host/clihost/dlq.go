package clihost

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"github.com/myevents/myevents/shared/app"
	"github.com/myevents/myevents/shared/queue"
)

type dlqCommand struct {
	List    dlqListCommand    `cmd:"" help:"List messages that were given up, oldest first."`
	Show    dlqShowCommand    `cmd:"" help:"Show one with its body."`
	Redrive dlqRedriveCommand `cmd:"" help:"Hand messages to their group again, and forget those that it takes."`
}

// lettersAtATime is how many dead letters are asked for at a time.
const lettersAtATime = 1000

// letters calls with the dead letters of the queue that is configured.
func letters(e *env, do func(l *app.DeadLetters) error) (err error) {
	l, err := app.OpenDeadLetters(e.ctx, e.cfg, e.with, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	return do(l)
}

// each calls for every dead letter, oldest first, until see wants no more.
func each(e *env, l *app.DeadLetters, see func(d queue.DeadLetter) (more bool)) error {
	for after := ""; ; {
		page, err := l.DeadLetters.DeadLetters(e.ctx, after, lettersAtATime)
		if err != nil {
			return err
		}
		for _, d := range page {
			if after = d.ID; !see(d) {
				return nil
			}
		}
		if len(page) < lettersAtATime {
			return nil
		}
	}
}

// find returns one dead letter. It looks twice: a broker hides for a moment what somebody else is looking at.
func find(e *env, l *app.DeadLetters, id string) (found queue.DeadLetter, err error) {
	for range 2 {
		if err := each(e, l, func(d queue.DeadLetter) bool {
			if d.ID == id {
				found = d
			}
			return d.ID < id
		}); err != nil || found.ID != "" {
			return found, err
		}
	}
	return found, fmt.Errorf("there is no dead letter %q", id)
}

type dlqListCommand struct {
	Group string `help:"Those of one group only."`
}

// Run prints a table.
func (c dlqListCommand) Run(e *env) error {
	return letters(e, func(l *app.DeadLetters) error {
		table := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "ID\tGROUP\tTYPE\tATTEMPTS\tAGE\tREASON") // Flush tells of its errors
		if err := each(e, l, func(d queue.DeadLetter) bool {
			if c.Group == "" || c.Group == d.Group {
				_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", d.ID, d.Group, orDash(plain(string(d.Message.Type))), d.Attempts, age(d.At), short(d.Reason))
			}
			return true
		}); err != nil {
			return err
		}
		return table.Flush()
	})
}

type dlqShowCommand struct {
	ID string `arg:"" help:"Id of the dead letter."`
}

// Run prints the letter and then the body of its message.
func (c dlqShowCommand) Run(e *env) error {
	return letters(e, func(l *app.DeadLetters) error {
		d, err := find(e, l, c.ID)
		if err != nil {
			return err
		}
		return show(e.stdout, d)
	})
}

func show(w io.Writer, d queue.DeadLetter) error {
	m := d.Message
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, row := range [][2]string{
		{"id", d.ID},
		{"group", d.Group},
		{"reason", plain(d.Reason)},
		{"attempts", fmt.Sprint(d.Attempts)},
		{"given up", d.At.UTC().Format(time.RFC3339) + ", " + age(d.At) + " ago"},
		{"message", m.ID},
		{"type", string(m.Type)},
		{"source", m.Source},
		{"subject", m.Subject},
		{"time", m.Time.UTC().Format(time.RFC3339Nano)},
		{"trace", m.TraceParent},
	} {
		_, _ = fmt.Fprintf(table, "%s\t%s\n", row[0], plain(row[1])) // Flush tells of its errors
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var body bytes.Buffer
	if json.Indent(&body, m.Data, "", "  ") != nil {
		body.Reset()
		body.WriteString(plain(string(m.Data)))
	}
	_, err := fmt.Fprintf(w, "\n%s\n", body.Bytes())
	return err
}

type dlqRedriveCommand struct {
	ID    string `arg:"" optional:"" help:"Id of the dead letter."`
	All   bool   `help:"All of them."`
	Group string `help:"All of one group."`
}

// Run redrives what there is now; what fails once more meanwhile is left for another time.
func (c dlqRedriveCommand) Run(e *env) error {
	if chosen := btoi(c.ID != "") + btoi(c.All) + btoi(c.Group != ""); chosen != 1 {
		return errors.New("name one dead letter, or --all, or --group")
	}
	return letters(e, func(l *app.DeadLetters) (err error) {
		var ds []queue.DeadLetter
		if c.ID != "" {
			d, err := find(e, l, c.ID)
			if err != nil {
				return err
			}
			ds = append(ds, d)
		} else if err := each(e, l, func(d queue.DeadLetter) bool {
			if c.All || d.Group == c.Group {
				ds = append(ds, d)
			}
			return true
		}); err != nil {
			return err
		}
		redriven, err := l.Redrive(e.ctx, ds...)
		_, said := fmt.Fprintf(e.stdout, "redrove %d of %d\n", redriven, len(ds))
		return errors.Join(err, said)
	})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// age says how long ago something was, as exactly as it matters.
func age(at time.Time) string {
	d := max(0, time.Since(at))
	switch {
	case d < time.Minute:
		return d.Round(time.Second).String()
	case d < time.Hour:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	}
	return fmt.Sprintf("%dd", d/(24*time.Hour))
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

// plain takes out what a terminal would act on.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// short is plain, and cut to what a table has room for.
func short(s string) string {
	const most = 100
	r := []rune(plain(s))
	if len(r) <= most {
		return string(r)
	}
	return string(r[:most-1]) + "…"
}
