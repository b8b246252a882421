package apiclient

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// CreateLocation creates a location, or returns what exists under its ExternalID; created says which.
func (c *Client) CreateLocation(ctx context.Context, l Location) (out Location, created bool, err error) {
	a, err := c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/locations", Body: l, Repeatable: l.ExternalID != ""}, &out)
	return out, a.Status == http.StatusCreated, err
}

// Location returns a location and its ETag.
func (c *Client) Location(ctx context.Context, id string) (out Location, etag string, err error) {
	a, err := c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/locations/" + url.PathEscape(id)}, &out)
	return out, a.Header.Get("ETag"), err
}

// CreateHall adds a hall. It is not repeated where it is unknown whether the server did it.
func (c *Client) CreateHall(ctx context.Context, locationID string, h Hall) (out Hall, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/locations/" + url.PathEscape(locationID) + "/halls", Body: h}, &out)
	return out, err
}

// CreateEvent creates a draft, or returns what exists under its ExternalID; created says which.
func (c *Client) CreateEvent(ctx context.Context, e NewEvent) (out Event, created bool, err error) {
	a, err := c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/events", Body: e, Repeatable: e.ExternalID != ""}, &out)
	return out, a.Status == http.StatusCreated, err
}

// Event returns an event and its ETag.
func (c *Client) Event(ctx context.Context, id string) (out Event, etag string, err error) {
	a, err := c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/events/" + url.PathEscape(id)}, &out)
	return out, a.Header.Get("ETag"), err
}

// UpdateEvent applies a merge patch to the event that has this ETag.
func (c *Client) UpdateEvent(ctx context.Context, id, etag string, patch any) (out Event, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodPatch, Path: "/v1/events/" + url.PathEscape(id), Body: patch, IfMatch: etag}, &out)
	return out, err
}

// PublishEvent puts a draft on sale; repeating it changes nothing.
func (c *Client) PublishEvent(ctx context.Context, id string) (out Event, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/events/" + url.PathEscape(id) + "/publish", Repeatable: true}, &out)
	return out, err
}

// CancelEvent cancels an event for good; repeating it changes nothing.
func (c *Client) CancelEvent(ctx context.Context, id, reason string) (out Event, err error) {
	_, err = c.Do(ctx, Call{
		Method: http.MethodPost, Path: "/v1/events/" + url.PathEscape(id) + "/cancel",
		Body: map[string]string{"reason": reason}, Repeatable: true,
	}, &out)
	return out, err
}

// Events returns one page of a search; query as the API takes it.
func (c *Client) Events(ctx context.Context, query url.Values) (out Page[Event], err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/events", Query: query}, &out)
	return out, err
}

// AllEvents returns everything that a search finds, page by page.
func (c *Client) AllEvents(ctx context.Context, query url.Values) iter.Seq2[Event, error] {
	return all(query, func(q url.Values) (Page[Event], error) { return c.Events(ctx, q) })
}

// Locations returns one page of locations; query as the API takes it.
func (c *Client) Locations(ctx context.Context, query url.Values) (out Page[Location], err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/locations", Query: query}, &out)
	return out, err
}

// AllLocations returns everything that a search finds, page by page.
func (c *Client) AllLocations(ctx context.Context, query url.Values) iter.Seq2[Location, error] {
	return all(query, func(q url.Values) (Page[Location], error) { return c.Locations(ctx, q) })
}

// all walks a list to its end, past pages that are empty.
func all[T any](query url.Values, page func(url.Values) (Page[T], error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		q := url.Values{}
		for k, v := range query {
			q[k] = v
		}
		if !q.Has("limit") {
			q.Set("limit", strconv.Itoa(100))
		}
		for {
			p, err := page(q)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range p.Items {
				if !yield(item, nil) {
					return
				}
			}
			if p.NextCursor == "" {
				return
			}
			if p.NextCursor == q.Get("cursor") {
				var none T
				yield(none, fmt.Errorf("the list does not end: its cursor stays the same"))
				return
			}
			q.Set("cursor", p.NextCursor)
		}
	}
}

// Categories returns the kinds of event.
func (c *Client) Categories(ctx context.Context) ([]Category, error) {
	var out Page[Category]
	_, err := c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/categories"}, &out)
	return out.Items, err
}

// Availability returns how many places of an event are left.
func (c *Client) Availability(ctx context.Context, eventID string) (out Availability, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/events/" + url.PathEscape(eventID) + "/availability"}, &out)
	return out, err
}

// HoldRequest asks for places.
type HoldRequest struct {
	EventID  string `json:"eventId"`
	Items    []Item `json:"items"`
	Together *bool  `json:"together,omitempty"` // default true
}

// Hold claims places for some minutes; key makes it safe to repeat.
func (c *Client) Hold(ctx context.Context, key string, r HoldRequest) (out Hold, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/holds", Body: r, IdempotencyKey: key}, &out)
	return out, err
}

// ReleaseHold gives held places back; repeating it changes nothing.
func (c *Client) ReleaseHold(ctx context.Context, token string) error {
	_, err := c.Do(ctx, Call{Method: http.MethodDelete, Path: "/v1/holds/" + url.PathEscape(token)}, nil)
	return err
}

// BookRequest buys what a hold claims; or, with EventID and Items instead of Hold, holds and books in one call.
type BookRequest struct {
	Hold      string     `json:"hold,omitempty"`
	EventID   string     `json:"eventId,omitempty"`
	Items     []Item     `json:"items,omitempty"`
	Together  *bool      `json:"together,omitempty"` // default true
	Attendees []Attendee `json:"attendees,omitempty"`
	Payment   *Payment   `json:"payment,omitempty"`
}

// Book buys; key makes it safe to repeat. The booking may still be settling: see its Status.
func (c *Client) Book(ctx context.Context, key string, r BookRequest) (out Booking, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/bookings", Body: r, IdempotencyKey: key}, &out)
	return out, err
}

// Booking returns a booking.
func (c *Client) Booking(ctx context.Context, id string) (out Booking, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodGet, Path: "/v1/bookings/" + url.PathEscape(id)}, &out)
	return out, err
}

// CancelBooking cancels tickets, all of them where none are named; repeating it changes nothing.
func (c *Client) CancelBooking(ctx context.Context, id string, ticketIDs ...string) (out Booking, err error) {
	body := map[string][]string{}
	if len(ticketIDs) > 0 {
		body["ticketIds"] = ticketIDs
	}
	_, err = c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/bookings/" + url.PathEscape(id) + "/cancel", Body: body, Repeatable: true}, &out)
	return out, err
}

// CheckIn is a code as a door read it.
type CheckIn struct {
	EventID   string     `json:"eventId"`
	Code      string     `json:"code"`
	ScanID    string     `json:"scanId,omitempty"` // makes it safe to repeat
	ScannedAt *time.Time `json:"scannedAt,omitempty"`
}

// CheckedIn is what a door is told.
type CheckedIn struct {
	TicketID string    `json:"ticketId"`
	Result   string    `json:"result"` // admitted, alreadyIn or refused
	Reason   string    `json:"reason"` // why refused
	At       time.Time `json:"at"`
}

// CheckIn admits the bearer of a code, once.
func (c *Client) CheckIn(ctx context.Context, in CheckIn) (out CheckedIn, err error) {
	_, err = c.Do(ctx, Call{Method: http.MethodPost, Path: "/v1/check-ins", Body: in, Repeatable: in.ScanID != ""}, &out)
	return out, err
}
