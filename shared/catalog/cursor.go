package catalog

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/myevents/myevents/shared/fault"
)

// A cursor is where a page ended: a version, a fingerprint of the query that it belongs to, and a position. It is no
// secret and grants nothing; the fingerprint only notices that it was given to another query.
const (
	cursorVersion = 1
	maxCursor     = 1_024 // characters
)

var cursorText = base64.RawURLEncoding.Strict()

// fingerprint tells queries apart by what they ask for.
func fingerprint(parts ...string) uint64 {
	h := sha256.New()
	for _, p := range parts {
		h.Write(binary.AppendUvarint(nil, uint64(len(p))))
		h.Write([]byte(p))
	}
	return binary.BigEndian.Uint64(h.Sum(nil))
}

func encodeCursor(query uint64, p Position) string {
	b := binary.BigEndian.AppendUint64([]byte{cursorVersion}, query)
	b = binary.AppendUvarint(b, uint64(len(p.Sort)))
	b = append(b, p.Sort...)
	return cursorText.EncodeToString(append(b, p.ID...))
}

// decodeCursor returns the position of a cursor of the query.
func decodeCursor(query uint64, cursor string) (Position, error) {
	wrong := fault.InvalidField("query.cursor", "must be the nextCursor of a page of the same query")
	if len(cursor) > maxCursor {
		return Position{}, wrong
	}
	b, err := cursorText.DecodeString(cursor)
	if err != nil || len(b) < 10 || b[0] != cursorVersion || binary.BigEndian.Uint64(b[1:]) != query {
		return Position{}, wrong
	}
	n, size := binary.Uvarint(b[9:])
	if b = b[9:]; size <= 0 || n > uint64(len(b)-size) {
		return Position{}, wrong
	}
	b = b[size:]
	p := Position{Sort: string(b[:n]), ID: string(b[n:])}
	if !utf8.ValidString(p.Sort) || !utf8.ValidString(p.ID) || strings.ContainsRune(p.Sort+p.ID, 0) {
		return Position{}, wrong
	}
	return p, nil
}
