package httpapi

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/identity"
)

// Door is what the API needs to admit people.
type Door interface {
	CheckIn(ctx context.Context, a booking.Actor, scan booking.Scan) (booking.CheckInResult, error)
	DoorList(ctx context.Context, a booking.Actor, eventID, cursor string, limit int) (items []booking.DoorBooking, next string, err error)
	TicketKeys() []booking.TicketKey
}

// NewCheckIn is a scanned or typed code.
type NewCheckIn struct {
	EventID string `json:"eventId" maxLength:"64" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Code    string `json:"code" minLength:"1" maxLength:"1024" doc:"What the QR code shows, or its short form."`
	// ScanID and ScannedAt are for doors that lose replies, or work without a network and tell later.
	ScanID    string     `json:"scanId,omitempty" maxLength:"64" doc:"The door's own name of this scan, unique. Sent again with it, a scan that was admitted is admitted again." example:"0b0ff1b2-8a44-4f6f-9f0a-2f6c1c0e7d11"`
	ScannedAt *time.Time `json:"scannedAt,omitempty" doc:"When the code was scanned, where that was earlier: at most seven days."`
}

func (n NewCheckIn) scan() booking.Scan {
	s := booking.Scan{EventID: n.EventID, Code: n.Code, ID: n.ScanID}
	if n.ScannedAt != nil {
		s.At = *n.ScannedAt
	}
	return s
}

// CheckIn is what the door sees. Of any number of parallel scans exactly one is admitted.
type CheckIn struct {
	TicketID string          `json:"ticketId,omitempty"`
	Result   string          `json:"result" enum:"admitted,alreadyIn,refused"`
	Reason   string          `json:"reason,omitempty" enum:"wrongEvent,cancelled,renewed,forged,tooEarly" doc:"Why refused."`
	At       time.Time       `json:"at" doc:"When admitted, the first time."`
	Attendee *TicketAttendee `json:"attendee,omitempty"`
	Seat     *Seat           `json:"seat,omitempty"`
}

func (s *server) registerCheckIns(b Door) {
	register(s, operation{
		id: "checkIn", method: "POST", path: "/v1/check-ins", tag: tagOrganiser, summary: "Check a ticket at the door",
		access: identity.DoorStaff, more: []int{404},
	},
		func(ctx context.Context, in *struct{ Body body[NewCheckIn] }) (*answer[CheckIn], error) {
			c, err := b.CheckIn(ctx, doorActorOf(ctx), in.Body.Value.scan())
			if err != nil {
				return nil, err
			}
			v := CheckIn{TicketID: c.TicketID, Result: c.Result, Reason: c.Reason, At: c.At.UTC()}
			if c.Attendee != nil {
				v.Attendee = &TicketAttendee{Name: c.Attendee.Name, Email: c.Attendee.Email}
			}
			if c.Seat != nil {
				seat := seatView(*c.Seat)
				v.Seat = &seat
			}
			return ok(v), nil
		})
}

// DoorBooking is a booking as a door without network needs to know it: a code says user, hold and ticket number, and the
// first two make the booking's id.
type DoorBooking struct {
	BookingID string       `json:"bookingId" example:"bkg_01JD3XW0T6Q6KZJ1J0N3V0Z2M40G4P8H2R1T6"`
	Tickets   []DoorTicket `json:"tickets" nullable:"false" doc:"All of them, in the order of the numbers in codes."`
}

// DoorTicket is one admission as the door needs to know it.
type DoorTicket struct {
	Rotation    int        `json:"rotation,omitempty" doc:"Of the good code; a lower one was renewed. Default 0."`
	Status      string     `json:"status" enum:"valid,checkedIn,cancelled"`
	CheckedInAt *time.Time `json:"checkedInAt,omitempty"`
	Name        string     `json:"name,omitempty" example:"Ada Lovelace"`
	Section     string     `json:"section" example:"Parkett"`
	Row         string     `json:"row,omitempty" example:"A"`
	Number      int        `json:"number" example:"7"`
}

func doorBookingView(b booking.DoorBooking) DoorBooking {
	v := DoorBooking{BookingID: b.BookingID, Tickets: make([]DoorTicket, len(b.Tickets))}
	for i, t := range b.Tickets {
		v.Tickets[i] = DoorTicket{
			Rotation: t.Rotation, Status: t.Status, CheckedInAt: utc(t.CheckedInAt), Name: t.Name,
			Section: t.Seat.Section, Row: t.Seat.Row, Number: t.Seat.Number,
		}
	}
	return v
}

func (s *server) registerDoorList(b Door) {
	register(s, operation{
		id: "getDoorList", method: "GET", path: "/v1/events/{eventId}/door-list", tag: tagOrganiser,
		summary: "The tickets that a door admits without a network", access: identity.DoorStaff,
		description: "By booking. It says nothing that makes a code; those are checked with the public keys.",
	},
		func(ctx context.Context, in *struct {
			EventID string `path:"eventId" doc:"The event's id."`
			Page
		},
		) (*answer[list[DoorBooking]], error) {
			items, next, err := b.DoorList(ctx, doorActorOf(ctx), in.EventID, in.Cursor, in.Limit)
			return ok(listView(items, next, doorBookingView)), err
		})
}

// TicketKeys are the public keys that ticket codes verify with (RFC 7517, RFC 8037).
type TicketKeys struct {
	Keys []TicketKey `json:"keys" nullable:"false"`
}

// TicketKey is one public key.
type TicketKey struct {
	KeyID string `json:"kid" doc:"The first byte of a code, in decimal." example:"1"`
	Type  string `json:"kty" enum:"OKP"`
	Curve string `json:"crv" enum:"Ed25519"`
	Use   string `json:"use" enum:"sig"`
	X     string `json:"x" doc:"The key, base64url."`
}

func (s *server) registerTicketKeys(b Door) {
	register(s, operation{
		id: "getTicketKeys", method: "GET", path: "/.well-known/myevents-ticket-keys", tag: tagService,
		summary: "The public keys of ticket codes", access: identity.Anyone, public: true,
	},
		func(context.Context, *struct{}) (*answer[TicketKeys], error) {
			v := TicketKeys{Keys: []TicketKey{}}
			for _, k := range b.TicketKeys() {
				v.Keys = append(v.Keys, TicketKey{
					KeyID: itoa(int(k.ID)), Type: "OKP", Curve: "Ed25519", Use: "sig",
					X: base64.RawURLEncoding.EncodeToString(k.PublicKey),
				})
			}
			return ok(v), nil
		})
}
