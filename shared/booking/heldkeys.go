package booking

import (
	"context"
	"hash/maphash"
	"sync"

	"github.com/myevents/myevents/shared/id"
	"github.com/myevents/myevents/shared/inventory"
)

// heldKeys remembers which hold a user's idempotency key made, so that the key is refused for another request while that
// hold lives. It is this process's memory alone, to spare every hold a write: what another process, or this one started
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
	hold     inventory.HoldID
	bodyHash uint64
	until    int64 // Unix seconds: it lives no longer, extended or not
	groups   []inventory.Group
}

// keptKeys is how many are remembered, of about 100 bytes each.
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
	h.known[h.of(user, r.Key)] = heldUnder{t.ref.Hold, r.BodyHash, t.extendUntil, groupsOf(t.items)}
}

// free checks that a request's key did not make another hold that lives; otherwise ErrKeyReused.
func (s *Service) free(ctx context.Context, user id.Raw, r HoldRequest) error {
	s.keys.mu.Lock()
	made, ok := s.keys.known[s.keys.of(user, r.Key)]
	s.keys.mu.Unlock()
	if !ok || made.bodyHash == r.BodyHash || s.d.Now().Unix() > made.until {
		return nil
	}
	owns, err := s.seats.Owns(ctx, made.hold, made.groups)
	if err == nil && owns {
		return ErrKeyReused
	}
	return err
}

// directKey is the key of the hold that a direct booking makes: keys are bound to their route, and a hold's own never
// begin with a space.
func directKey(key string) string { return " " + key }
