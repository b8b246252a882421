package httpapi

import (
	"context"
	"net/mail"
	"net/url"
	"strings"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/identity"
)

// Tickets is what the API needs of tickets and their links.
type Tickets interface {
	RenameTicket(ctx context.Context, user id.Raw, bookingID, ticketID string, to booking.Attendee) (booking.TicketDetails, error)
	Ticket(ctx context.Context, user id.Raw, bookingID, ticketID string) (booking.SharedTicket, error)
	ShareTicket(ctx context.Context, user id.Raw, bookingID, ticketID string) (token string, err error)
	SharedTicket(ctx context.Context, token string) (booking.SharedTicket, error)
	RenameShared(ctx context.Context, token string, to booking.Attendee) (booking.SharedTicket, error)
}

// Ticket is one admission.
type Ticket struct {
	ID          string         `json:"id"`
	Seat        Seat           `json:"seat"`
	Attendee    TicketAttendee `json:"attendee"`
	Status      string         `json:"status" enum:"valid,checkedIn,cancelled"`
	Code        string         `json:"code,omitempty" doc:"What the QR code shows; only for who may use it."`
	ShortCode   string         `json:"shortCode,omitempty" doc:"The code for typing."`
	CheckedInAt *time.Time     `json:"checkedInAt,omitempty"`
	Shared      bool           `json:"shared,omitempty" doc:"A link to it is alive."`
}

// TicketAttendee is the person whom a ticket admits, as far as named.
type TicketAttendee struct {
	Name  string `json:"name,omitempty" example:"Ada Lovelace"`
	Email string `json:"email,omitempty" example:"ada@example.com"`
}

// Attendee names the person whom a ticket admits.
type Attendee struct {
	Name  string `json:"name" minLength:"1" maxLength:"200" example:"Ada Lovelace"`
	Email string `json:"email,omitempty" maxLength:"254" format:"email" example:"ada@example.com"`
}

func (a Attendee) domain() booking.Attendee {
	return booking.Attendee{Name: strings.TrimSpace(a.Name), Email: strings.TrimSpace(a.Email)}
}

// check refuses what is not plainly a name and an address: format allows "Ada <ada@example.com>".
func (a Attendee) check(location string) error {
	if strings.TrimSpace(a.Name) == "" {
		return invalid(location+".name", "must not be blank")
	}
	if a.Email == "" {
		return nil
	}
	if parsed, err := mail.ParseAddress(a.Email); err != nil || parsed.Address != strings.TrimSpace(a.Email) {
		return invalid(location+".email", "expected an address such as ada@example.com")
	}
	return nil
}

// NameAttendee renames a ticket.
type NameAttendee struct {
	Attendee Attendee `json:"attendee"`
}

func ticketView(t booking.TicketDetails) Ticket {
	return Ticket{
		ID: t.ID, Seat: seatView(t.Seat), Attendee: TicketAttendee(t.Attendee), Status: t.Status, Code: t.Code,
		ShortCode: t.ShortCode, CheckedInAt: utc(t.CheckedInAt), Shared: t.Shared,
	}
}

// TicketAndEvent is what a link shows: one ticket and its event, nothing else of the booking.
type TicketAndEvent struct {
	Ticket Ticket      `json:"ticket"`
	Event  BookedEvent `json:"event"`
}

func sharedView(t booking.SharedTicket) TicketAndEvent {
	return TicketAndEvent{Ticket: ticketView(t.Ticket), Event: bookedEventView(t.Event)}
}

// Link is a link to one ticket for one peer.
type Link struct {
	Token string `json:"token"`
	URL   string `json:"url" doc:"Where a person opens it." example:"https://tickets.example/tickets/…"`
}

// file is an answer that is not JSON.
type file struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

var ticketConflicts = []string{"ticketCancelled", "checkedIn", "unsettled", "renamedTooOften"}

func (s *server) registerTickets(b Tickets, baseURL string) {
	type input struct {
		BookingID string `path:"bookingId" doc:"The booking's id."`
		TicketID  string `path:"ticketId" doc:"The ticket's id."`
	}
	const one = "/v1/bookings/{bookingId}/tickets/{ticketId}"
	register(s, operation{
		id: "renameTicket", method: "PATCH", path: one, tag: tagTickets, summary: "Name a ticket's attendee", patch: true,
		description: "Renews the code; the old one is refused at the door. Revokes the ticket's link.", access: identity.SignedIn,
		conflicts: ticketConflicts,
	},
		func(ctx context.Context, in *struct {
			BookingID string `path:"bookingId" doc:"The booking's id."`
			TicketID  string `path:"ticketId" doc:"The ticket's id."`
			Body      body[NameAttendee]
		},
		) (*answer[Ticket], error) {
			to := in.Body.Value.Attendee
			if err := to.check("body.attendee"); err != nil {
				return nil, err
			}
			t, err := b.RenameTicket(ctx, userOf(ctx), in.BookingID, in.TicketID, to.domain())
			return ok(ticketView(t)), err
		})
	register(s, operation{
		id: "shareTicket", method: "POST", path: one + "/share", tag: tagTickets, summary: "Make a link to a ticket for one peer",
		description: "Sharing again or renaming revokes the older link.", access: identity.SignedIn, conflicts: ticketConflicts,
	},
		func(ctx context.Context, in *input) (*answer[Link], error) {
			token, err := b.ShareTicket(ctx, userOf(ctx), in.BookingID, in.TicketID)
			return ok(Link{Token: token, URL: baseURL + "/tickets/" + url.PathEscape(token)}), err
		})
	register(s, operation{
		id: "getTicketQR", method: "GET", path: one + "/qr.svg", tag: tagTickets, summary: "A ticket's QR code",
		access: identity.SignedIn, content: svgType,
	},
		func(ctx context.Context, in *input) (*file, error) {
			t, err := b.Ticket(ctx, userOf(ctx), in.BookingID, in.TicketID)
			if err != nil {
				return nil, err
			}
			return qrFile(t.Ticket)
		})
	register(s, operation{
		id: "getTicketCalendar", method: "GET", path: one + "/calendar.ics", tag: tagTickets, summary: "A ticket's event for a calendar",
		access: identity.SignedIn, content: calendarType,
	},
		func(ctx context.Context, in *input) (*file, error) {
			t, err := b.Ticket(ctx, userOf(ctx), in.BookingID, in.TicketID)
			if err != nil {
				return nil, err
			}
			return calendarFile(t, s.o.Now())
		})
	s.registerShared(b)
}

// registerShared declares what a peer with a link may do; the link is the permission.
func (s *server) registerShared(b Tickets) {
	type input struct {
		Token string `path:"token" doc:"The link's token."`
	}
	register(s, operation{
		id: "getSharedTicket", method: "GET", path: "/v1/tickets/{token}", tag: tagTickets, summary: "Read the ticket of a link",
		access: identity.Anyone,
	},
		func(ctx context.Context, in *input) (*answer[TicketAndEvent], error) {
			t, err := b.SharedTicket(ctx, in.Token)
			return ok(sharedView(t)), err
		})
	register(s, operation{
		id: "nameSharedTicket", method: "PATCH", path: "/v1/tickets/{token}", tag: tagTickets, summary: "Name oneself on the ticket of a link",
		description: "Renews the code.", access: identity.Anyone, patch: true, conflicts: ticketConflicts,
	},
		func(ctx context.Context, in *struct {
			Token string `path:"token" doc:"The link's token."`
			Body  body[NameAttendee]
		},
		) (*answer[TicketAndEvent], error) {
			to := in.Body.Value.Attendee
			if err := to.check("body.attendee"); err != nil {
				return nil, err
			}
			t, err := b.RenameShared(ctx, in.Token, to.domain())
			return ok(sharedView(t)), err
		})
	register(s, operation{
		id: "getSharedTicketQR", method: "GET", path: "/v1/tickets/{token}/qr.svg", tag: tagTickets,
		summary: "The QR code of a link's ticket", access: identity.Anyone, content: svgType,
	},
		func(ctx context.Context, in *input) (*file, error) {
			t, err := b.SharedTicket(ctx, in.Token)
			if err != nil {
				return nil, err
			}
			return qrFile(t.Ticket)
		})
	register(s, operation{
		id: "getSharedTicketCalendar", method: "GET", path: "/v1/tickets/{token}/calendar.ics", tag: tagTickets,
		summary: "The event of a link's ticket for a calendar", access: identity.Anyone, content: calendarType,
	},
		func(ctx context.Context, in *input) (*file, error) {
			t, err := b.SharedTicket(ctx, in.Token)
			if err != nil {
				return nil, err
			}
			return calendarFile(t, s.o.Now())
		})
}
