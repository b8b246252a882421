package booking

import (
	"context"
	"encoding/base64"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// What the tests of tokens, codes and cursors look at from outside.

// HoldFields is what a hold's token says.
type HoldFields struct {
	KeyID                byte
	Ref                  Ref
	Event                id.Raw
	Expires, ExtendUntil int64
	Currency             string
	Items                []Item
}

// EncodeHold returns the token that says f.
func EncodeHold(r *Keyring, f HoldFields) string {
	return holdToken{f.KeyID, f.Ref, f.Event, f.Expires, f.ExtendUntil, f.Currency, f.Items}.encode(r)
}

// ParseHold reads a token.
func ParseHold(r *Keyring, s string) (HoldFields, error) {
	t, err := r.parseHold(s)
	return HoldFields{t.keyID, t.ref, t.event, t.expires, t.extendUntil, t.currency, t.items}, err
}

// SignHold returns a token of data that no service would write, under its right MAC.
func SignHold(r *Keyring, data []byte) string {
	b := append([]byte{tokenVersion, r.current}, data...)
	return base64.RawURLEncoding.EncodeToString(append(b, tag(r.keys[r.current].token, b, tokenTag)...))
}

// CodeFields is what a ticket's code says.
type CodeFields struct {
	KeyID            byte
	Ref              Ref
	Number, Rotation int
}

// EncodeCode returns both forms of the code that says f.
func EncodeCode(r *Keyring, f CodeFields, event id.Raw) (full, short string) {
	c := ticketCode{f.KeyID, f.Ref, f.Number, f.Rotation}
	return c.encode(r), c.short(r, event)
}

// ParseCode reads a code in its full form.
func ParseCode(r *Keyring, text string) (CodeFields, error) {
	c, err := r.parseCode(text)
	return CodeFields{c.keyID, c.ref, c.number, c.rotation}, err
}

// ReadCode reads a code in either form.
func (s *Service) ReadCode(ctx context.Context, event id.Raw, text string) (CodeFields, error) {
	c, err := s.readCode(ctx, event, text)
	return CodeFields{c.keyID, c.ref, c.number, c.rotation}, err
}

// ShareToken returns the token of a ticket's link.
func ShareToken(r *Keyring, ref Ref, ticket, n int) string { return r.shareToken(ref, ticket, n) }

// ParseShare reads a link's token.
func ParseShare(r *Keyring, token string) (ref Ref, ticket, n int, err error) {
	return r.parseShare(token)
}

// EncodeCursor returns where a list of bookings goes on.
func EncodeCursor(at int64, hold inventory.HoldID) string { return listCursor{at, hold}.encode() }

// ParseCursor reads it.
func ParseCursor(s string) (at int64, hold inventory.HoldID, err error) {
	c, err := parseListCursor(s)
	return c.at, c.hold, err
}
