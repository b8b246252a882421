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
	CheckIn(ctx context.Context, a booking.Actor, eventID, code string) (booking.CheckInResult, error)
	TicketKeys() []booking.TicketKey
}

// NewCheckIn is a scanned or typed code.
type NewCheckIn struct {
	EventID string `json:"eventId" maxLength:"64" example:"evt_01JD3XW0T6Q6KZJ1J0N3V0Z2M4"`
	Code    string `json:"code" minLength:"1" maxLength:"1024" doc:"What the QR code shows, or its short form."`
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
			c, err := b.CheckIn(ctx, doorActorOf(ctx), in.Body.Value.EventID, in.Body.Value.Code)
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
