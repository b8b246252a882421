package booking

import (
	"context"
	"crypto/ed25519"
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"strings"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// A ticket's code is derived, not stored: key id, user, hold id, ticket number, rotation, and an Ed25519 signature, so
// that a scanner without network can tell a forged one. Its short form, for typing, leaves the user to the event's index
// and the signature to a MAC of 32 bits that only the server can check; guesses meet the door's rate limit.

// The layout of codes: base 32 in upper case, which QR codes hold in their compact alphanumeric mode.
const (
	codePrefix  = "ME1-"
	codeLen     = 1 + 16 + 8 + 1 + 2
	shortLen    = 1 + 8 + 1 + 1
	shortTag    = 4
	maxRotation = 255
)

// ticketCode is what a code says.
type ticketCode struct {
	keyID    byte
	ref      Ref
	number   int // of the ticket, from 0
	rotation int
}

func (c ticketCode) encode(r *Keyring) string {
	b := make([]byte, 0, codeLen+ed25519.SignatureSize)
	b = append(b, c.keyID)
	b = append(b, c.ref.User[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.ref.Hold))
	b = append(b, byte(c.number))
	b = binary.BigEndian.AppendUint16(b, uint16(c.rotation))
	return codePrefix + digits.EncodeToString(append(b, ed25519.Sign(r.keys[c.keyID].ticket, b)...))
}

// short returns the form for typing: 24 characters in six groups of four.
func (c ticketCode) short(r *Keyring, event id.Raw) string {
	b := make([]byte, 0, shortLen+shortTag)
	b = append(b, c.keyID)
	b = binary.BigEndian.AppendUint64(b, uint64(c.ref.Hold))
	b = append(b, byte(c.number), byte(c.rotation))
	text := digits.EncodeToString(append(b, shortCodeTag(r.keys[c.keyID].short, b, event)...))
	var out strings.Builder
	for i := 0; i < len(text); i += 4 {
		if i > 0 {
			out.WriteByte('-')
		}
		out.WriteString(text[i:min(i+4, len(text))])
	}
	return out.String()
}

func shortCodeTag(key, b []byte, event id.Raw) []byte {
	return tag(key, append(append([]byte{}, b...), event[:]...), shortTag)
}

// errForged reports a code that this ring did not make.
var errForged = fault.New(fault.Invalid, "forged", "the code is not one of ours")

// parseCode reads a code in its full form, as scanned.
func (r *Keyring) parseCode(text string) (ticketCode, error) {
	rest, ok := strings.CutPrefix(text, codePrefix)
	if !ok || len(rest) != digits.EncodedLen(codeLen+ed25519.SignatureSize) {
		return ticketCode{}, errForged
	}
	b, err := digits.DecodeString(rest)
	if err != nil || digits.EncodeToString(b) != rest {
		return ticketCode{}, errForged
	}
	k, ok := r.keys[b[0]]
	if !ok {
		return ticketCode{}, errForged
	}
	public, _ := k.ticket.Public().(ed25519.PublicKey)
	if !ed25519.Verify(public, b[:codeLen], b[codeLen:]) {
		return ticketCode{}, errForged
	}
	return ticketCode{keyID: b[0], ref: refOf(b[1:25]), number: int(b[25]), rotation: int(binary.BigEndian.Uint16(b[26:]))}, nil
}

// readCode reads a code in either form; the short one's user comes from the event's index.
func (s *Service) readCode(ctx context.Context, event id.Raw, text string) (ticketCode, error) {
	if len(text) > 512 {
		return ticketCode{}, errForged
	}
	text = strings.ToUpper(strings.TrimSpace(text))
	if strings.HasPrefix(text, codePrefix) {
		return s.d.Keys.parseCode(text)
	}
	// As typed: O is 0, I and L are 1 (Crockford), spaces and dashes do not matter.
	text = strings.NewReplacer("-", "", " ", "", "O", "0", "I", "1", "L", "1").Replace(text)
	b, err := digits.DecodeString(text)
	if err != nil || len(b) != shortLen+shortTag {
		return ticketCode{}, errForged
	}
	k, ok := s.d.Keys.keys[b[0]]
	if !ok || !hmac.Equal(b[shortLen:], shortCodeTag(k.short, b[:shortLen], event)) {
		return ticketCode{}, errForged
	}
	hold := inventory.HoldID(binary.BigEndian.Uint64(b[1:9]))
	refs, err := s.d.Store.EventBookings(ctx, event, b[1], hold-1, 1)
	if err != nil {
		return ticketCode{}, err
	}
	if len(refs) == 0 || refs[0].Hold != hold {
		return ticketCode{}, errForged
	}
	return ticketCode{keyID: b[0], ref: refs[0], number: int(b[9]), rotation: int(b[10])}, nil
}

// shareTag is the length of a share link's MAC, in bytes.
const shareTag = 16

// shareToken returns the token of a ticket's link number n.
func (r *Keyring) shareToken(ref Ref, ticket, n int) string {
	b := append([]byte{r.current}, ref.User[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(ref.Hold))
	b = append(b, byte(ticket))
	b = binary.AppendUvarint(b, uint64(n))
	return base64.RawURLEncoding.EncodeToString(append(b, tag(r.keys[r.current].share, b, shareTag)...))
}

// parseShare reads a link's token; anything that this ring did not make is not found.
func (r *Keyring) parseShare(token string) (ref Ref, ticket, n int, err error) {
	b, err := decode64(token)
	if err != nil || len(token) > 128 || len(b) < 27+shareTag {
		return Ref{}, 0, 0, errNoTicket
	}
	k, ok := r.keys[b[0]]
	if !ok {
		return Ref{}, 0, 0, errNoTicket
	}
	data, ok := untag(k.share, b, shareTag)
	if !ok {
		return Ref{}, 0, 0, errNoTicket
	}
	in := reader{b: data[26:]}
	n = int(in.varint(1 << 31))
	return refOf(data[1:25]), int(data[25]), n, nil
}
