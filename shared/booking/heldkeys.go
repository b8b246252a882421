package booking

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// heldKeys remembers which hold a user's idempotency key made, so that while that hold lives the same
// request gets it again, and another is refused. It is this process's memory alone, to spare every hold a write: what another process, or this one started
// anew, knows of a key is what its hold's own places and the user's list of purchases tell.
type heldKeys struct {
	seed  maphash.Seed
	mu    sync.Mutex
	known map[heldKey]heldUnder
}

// heldKey is a user with the hash of a key.
type heldKey struct {
	user id.Raw
	key  uint64
}

// heldUnder is the hold that was made under a key.
type heldUnder struct {
	token    holdToken
	bodyHash uint64
}

// keptKeys is how many are remembered, of about 300 bytes each.
const keptKeys = 20_000

func newHeldKeys() *heldKeys {
	return &heldKeys{seed: maphash.MakeSeed(), known: map[heldKey]heldUnder{}}
}

func (h *heldKeys) of(user id.Raw, key string) heldKey {
	return heldKey{user, maphash.String(h.seed, key)}
}

func (h *heldKeys) remember(user id.Raw, r HoldRequest, t holdToken) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.known) >= keptKeys {
		for other := range h.known { // any one: what is lost with it is a refusal
			delete(h.known, other)
			break
		}
	}
	h.known[h.of(user, r.Key)] = heldUnder{t, r.BodyHash}
}

// made returns the hold that a request's key made in this process, where that lives: to the same request; to another,
// ErrKeyReused.
func (s *Service) made(ctx context.Context, user id.Raw, r HoldRequest) (t holdToken, alive bool, err error) {
	s.keys.mu.Lock()
	made, ok := s.keys.known[s.keys.of(user, r.Key)]
	s.keys.mu.Unlock()
	now := s.d.Now().Unix()
	if t = made.token; !ok || now > t.extendUntil {
		return t, false, nil
	}
	until, owns, err := s.seats.Owns(ctx, t.ref.Hold, groupsOf(t.items))
	switch {
	case err != nil || !owns:
		return t, false, err
	case made.bodyHash != r.BodyHash:
		return t, false, ErrKeyReused
	}
	return t.until(until), now <= until, nil
}

// until returns the token of a hold whose places are its own for so long.
func (t holdToken) until(until int64) holdToken {
	if until != inventory.Sold {
		t.expires = max(t.expires, until)
	}
	return t
}

// directKey is the key of the hold that a direct booking makes: keys are bound to their route, and a hold's own never
// begin with a space.
func directKey(key string) string { return " " + key }
