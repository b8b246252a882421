package seed

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/myevents/myevents/shared/apiclient"
)

// evening sees to it that an evening is on or about to begin, and that those who have tickets for it come; of one that is there,
// only where whole says so.
func (a *applying) evening(ctx context.Context, now time.Time, whole bool) error {
	starts := EveningStart(now)
	around := url.Values{
		"mine": {"true"}, "from": {now.Add(-eveningLasts).UTC().Format(time.RFC3339)}, "to": {starts.Format(time.RFC3339)},
	}
	for e, err := range a.c.AllEvents(ctx, around) {
		if err != nil {
			return fmt.Errorf("look for the demo's evening: %w", err)
		}
		if isEvening(e.ExternalID) && e.Status == apiclient.Published && e.EndsAt != nil && e.EndsAt.After(now) {
			if !whole {
				a.count(func(r *Report) { r.Events.add(false) })
				return nil
			}
			starts = e.StartsAt
			break
		}
	}
	e, visits, err := Evening(starts)
	if err != nil {
		return err
	}
	if err := a.event(ctx, e); err != nil {
		if apiclient.CodeOf(err) == "hallTaken" { // by the evening of another server, or by the organiser
			return nil
		}
		return err
	}
	return each(ctx, visits, a.book)
}

func (a *applying) book(ctx context.Context, b Booking) error {
	if err := a.buy(ctx, b); err != nil {
		return fmt.Errorf("demo booking %s: %w", b.Key, err)
	}
	return nil
}

// buy books, gives tickets back and comes to the door, as far as that has not happened yet.
func (a *applying) buy(ctx context.Context, b Booking) error {
	a.mu.Lock()
	event := a.events[b.Event]
	a.mu.Unlock()
	request := apiclient.BookRequest{EventID: event.ID, Attendees: b.Attendees, Payment: &apiclient.Payment{Method: "test", Token: "ok"}}
	if b.Apart {
		request.Together = new(bool)
	}
	for _, i := range b.Items {
		for _, t := range event.TicketTypes {
			if t.Name == i.Type {
				request.Items = append(request.Items, apiclient.Item{TicketTypeID: t.ID, Quantity: i.Quantity})
			}
		}
	}
	refused := func() error {
		a.count(func(r *Report) { r.Refused++ })
		return nil
	}
	if event.Status != apiclient.Published || len(request.Items) != len(b.Items) {
		return refused()
	}
	c, err := a.as(b.Buyer)
	if err != nil {
		return err
	}
	made, err := c.Book(ctx, b.Key, request)
	if apiclient.StatusOf(err) == http.StatusConflict || apiclient.CodeOf(err) == "idempotencyMismatch" {
		return refused()
	}
	if err != nil {
		return err
	}
	a.count(func(r *Report) { r.Bookings++ })
	if err := a.giveBack(ctx, c, b, made); err != nil {
		return err
	}
	return a.admit(ctx, b, made)
}

// giveBack cancels the tickets that nobody uses.
func (a *applying) giveBack(ctx context.Context, c *apiclient.Client, b Booking, made apiclient.Booking) error {
	var unused []string
	for _, t := range made.Tickets[max(0, len(made.Tickets)-b.Cancel):] {
		if t.Status == apiclient.Valid {
			unused = append(unused, t.ID)
		}
	}
	if len(unused) == 0 {
		return nil
	}
	_, err := c.CancelBooking(ctx, made.ID, unused...)
	if apiclient.StatusOf(err) == http.StatusConflict { // too late by now
		return nil
	}
	return err
}

// admit scans the tickets of those who have come.
func (a *applying) admit(ctx context.Context, b Booking, made apiclient.Booking) error {
	if len(b.Scans) == 0 {
		return nil
	}
	c, err := a.as(door)
	if err != nil {
		return err
	}
	for i, at := range b.Scans {
		if i >= len(made.Tickets) || made.Tickets[i].Status != apiclient.Valid {
			continue
		}
		h := fnv.New64a()
		_, _ = h.Write([]byte(b.Key + "/" + strconv.Itoa(i))) // never fails
		if _, err := c.CheckIn(ctx, apiclient.CheckIn{
			EventID: made.EventID, Code: made.Tickets[i].Code, ScanID: fmt.Sprintf("demo-%x", h.Sum64()), ScannedAt: &at,
		}); err != nil {
			return err
		}
	}
	return nil
}
