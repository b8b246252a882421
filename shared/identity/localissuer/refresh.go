package localissuer

import (
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

const (
	maxChains    = 10_000
	refreshGrace = 10 * time.Second // a token just replaced still works: two tabs may renew at once

	purposeRefresh = "refresh"
)

// refreshToken is what a refresh token says, sealed. The tokens that replace each other since one exchange of a code are
// a chain, numbered from 1.
type refreshToken struct {
	Chain   string   `json:"c"`
	Number  int      `json:"n"`
	Session session  `json:"s"`
	Scopes  []string `json:"o"`
}

func (t *refreshToken) GetAMR() []string            { return []string{"pwd"} }
func (t *refreshToken) GetAudience() []string       { return []string{Audience} }
func (t *refreshToken) GetAuthTime() time.Time      { return t.Session.Began }
func (t *refreshToken) GetClientID() string         { return ClientID }
func (t *refreshToken) GetScopes() []string         { return slices.Clone(t.Scopes) }
func (t *refreshToken) GetSubject() string          { return t.Session.Subject }
func (t *refreshToken) SetCurrentScopes(s []string) { t.Scopes = slices.Clone(s) }

// chains know which token of each chain is the newest.
type chains struct {
	now func() time.Time

	mu     sync.Mutex
	newest *simplelru.LRU[string, link]
}

type link struct {
	number int
	since  time.Time
}

func newChains(now func() time.Time) (*chains, error) {
	newest, err := simplelru.NewLRU[string, link](maxChains, nil)
	if err != nil {
		return nil, err
	}
	return &chains{now: now, newest: newest}, nil
}

// advance returns the number of the token that replaces number; false where number was replaced long ago, so that somebody
// else may have it. The first token seen of a chain, as after a restart, counts as its newest.
func (c *chains) advance(chain string, number int) (next int, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	l, known := c.newest.Get(chain)
	switch {
	case !known || number == l.number:
		l = link{number: number + 1, since: now}
		c.newest.Add(chain, l)
		return l.number, true
	case number == l.number-1 && now.Sub(l.since) < refreshGrace:
		return l.number, true
	}
	return 0, false
}
