package app

import (
	"context"
	"hash/maphash"
	"log/slog"
	"sync"
	"time"

	"github.com/myevents/myevents/shared/booking"
	"github.com/myevents/myevents/shared/httpapi"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/telemetry"
)

// sight is a verifier that has users recorded at first sight, by whichever request comes first, and again when what
// their tokens say changes. A request never fails for it: who could not be recorded is tried again by the next.
type sight struct {
	httpapi.Verifier
	record func(ctx context.Context, a booking.Account) error
	log    *slog.Logger
	seed   maphash.Seed
	most   int

	mu          sync.Mutex
	recent, old map[uint64]struct{} // fingerprints of principals; the old ones go when the recent ones are many
}

const (
	keptSeen    = 50_000 // principals, of about 40 bytes each
	recordLimit = 2 * time.Second
)

func newSight(v httpapi.Verifier, record func(ctx context.Context, a booking.Account) error, most int, log *slog.Logger) *sight {
	return &sight{Verifier: v, record: record, log: log, seed: maphash.MakeSeed(), most: most, recent: map[uint64]struct{}{}}
}

// Verify implements httpapi.Verifier.
func (s *sight) Verify(ctx context.Context, token string) (identity.Principal, error) {
	p, err := s.Verifier.Verify(ctx, token)
	if err != nil || !p.SignedIn() {
		return p, err
	}
	who := s.fingerprint(p)
	if s.seen(who) {
		return p, nil
	}
	a := booking.Account{ID: p.UserID, Email: p.Email, Name: p.Name, Organisations: p.Organisations, Roles: make([]string, len(p.Roles))}
	for i, r := range p.Roles {
		a.Roles[i] = string(r)
	}
	limited, cancel := context.WithTimeout(ctx, recordLimit)
	defer cancel()
	if err := s.record(limited, a); err != nil {
		s.forget(who)
		s.log.LogAttrs(ctx, slog.LevelWarn, "user not recorded at first sight", telemetry.UserID(p.UserID), telemetry.Err(err))
	}
	return p, nil
}

func (s *sight) fingerprint(p identity.Principal) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	part := func(text string) {
		_, _ = h.WriteString(text)
		_ = h.WriteByte(0)
	}
	part(p.UserID)
	part(p.Email)
	for _, r := range p.Roles {
		part(string(r))
	}
	_ = h.WriteByte(1)
	for _, o := range p.Organisations {
		part(o)
	}
	return h.Sum64()
}

// seen reports whether a principal was seen lately; from now on it was.
func (s *sight) seen(who uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.recent[who]; ok {
		return true
	}
	_, before := s.old[who]
	if len(s.recent) >= s.most/2 {
		s.recent, s.old = make(map[uint64]struct{}, s.most/2), s.recent
	}
	s.recent[who] = struct{}{}
	return before
}

func (s *sight) forget(who uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.recent, who)
	delete(s.old, who)
}
