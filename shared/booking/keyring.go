package booking

import (
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// Keyring holds the root secrets of hold ids, tokens and ticket codes, by key id. What was made with an old key stays
// good while the key is in the ring; new things are made with the current one.
type Keyring struct {
	current byte
	keys    map[byte]derived
}

// derived are the keys of one root secret, one per purpose (HKDF-SHA-256, RFC 5869).
type derived struct {
	hold, token, share, short []byte
	ticket                    ed25519.PrivateKey
}

// NewKeyring returns the ring of root secrets, each at least 32 bytes long.
func NewKeyring(current byte, secrets map[byte][]byte) (*Keyring, error) {
	r := &Keyring{current: current, keys: make(map[byte]derived, len(secrets))}
	for keyID, secret := range secrets {
		if len(secret) < 32 {
			return nil, fmt.Errorf("key %d: a root secret has at least 32 bytes", keyID)
		}
		var seeds [5][]byte
		for i, purpose := range []string{"hold id", "hold token", "share link", "short code", "ticket code"} {
			seed, err := hkdf.Key(sha256.New, secret, nil, "myevents "+purpose, 32)
			if err != nil {
				return nil, fmt.Errorf("key %d: derive %s: %w", keyID, purpose, err)
			}
			seeds[i] = seed
		}
		r.keys[keyID] = derived{
			hold: seeds[0], token: seeds[1], share: seeds[2], short: seeds[3],
			ticket: ed25519.NewKeyFromSeed(seeds[4]),
		}
	}
	if _, ok := r.keys[current]; !ok {
		return nil, fmt.Errorf("the current key %d is not in the ring", current)
	}
	return r, nil
}

// holdID returns the id of the hold that a user's idempotency key makes at an event: never the house's 0.
func (r *Keyring) holdID(keyID byte, event, user id.Raw, key string) (inventory.HoldID, error) {
	k, ok := r.keys[keyID]
	if !ok {
		return 0, fault.New(fault.Internal, "", fmt.Sprintf("key %d is not in the ring", keyID))
	}
	mac := hmac.New(sha256.New, k.hold)
	mac.Write(event[:])
	mac.Write(user[:])
	mac.Write([]byte(key))
	return max(1, inventory.HoldID(binary.BigEndian.Uint64(mac.Sum(nil)))), nil
}

// tag returns the first n bytes of the MAC over data.
func tag(key, data []byte, n int) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(data)
	return mac.Sum(nil)[:n]
}

// untag splits data from its tag and reports whether the tag is right.
func untag(key, b []byte, n int) (data []byte, ok bool) {
	if len(b) < n {
		return nil, false
	}
	data = b[:len(b)-n]
	return data, subtle.ConstantTimeCompare(b[len(b)-n:], tag(key, data, n)) == 1
}

// TicketKeys returns the public keys that ticket codes verify with, by ascending id.
func (s *Service) TicketKeys() []TicketKey {
	var all []TicketKey
	for _, keyID := range slices.Sorted(maps.Keys(s.d.Keys.keys)) {
		public, _ := s.d.Keys.keys[keyID].ticket.Public().(ed25519.PublicKey)
		all = append(all, TicketKey{ID: keyID, PublicKey: public})
	}
	return all
}
