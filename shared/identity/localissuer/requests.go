package localissuer

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"github.com/zitadel/oidc/v3/pkg/oidc"
)

const (
	maxRequests = 4096
	requestTTL  = 30 * time.Minute // to type name and password
	codeTTL     = time.Minute      // from the redirect to the exchange
)

// authRequest is a sign-in: begun by the application, done when somebody is signed in. Values of it are copies.
type authRequest struct {
	id, browser, redirectURI, state, nonce, challenge, loginHint string
	lang                                                         string // that the application asked for and the pages speak; else empty

	mode    oidc.ResponseMode
	scopes  []string
	expires time.Time
	session session
	done    bool
	code    string
}

func (a *authRequest) GetID() string                      { return a.id }
func (a *authRequest) GetACR() string                     { return "" }
func (a *authRequest) GetAMR() []string                   { return []string{"pwd"} }
func (a *authRequest) GetAudience() []string              { return []string{Audience} }
func (a *authRequest) GetAuthTime() time.Time             { return a.session.Began }
func (a *authRequest) GetClientID() string                { return ClientID }
func (a *authRequest) GetNonce() string                   { return a.nonce }
func (a *authRequest) GetRedirectURI() string             { return a.redirectURI }
func (a *authRequest) GetResponseType() oidc.ResponseType { return oidc.ResponseTypeCode }
func (a *authRequest) GetResponseMode() oidc.ResponseMode { return a.mode }
func (a *authRequest) GetScopes() []string                { return slices.Clone(a.scopes) }
func (a *authRequest) GetState() string                   { return a.state }
func (a *authRequest) GetSubject() string                 { return a.session.Subject }
func (a *authRequest) Done() bool                         { return a.done }
func (a *authRequest) GetCodeChallenge() *oidc.CodeChallenge {
	return &oidc.CodeChallenge{Challenge: a.challenge, Method: oidc.CodeChallengeMethodS256}
}

// requests are the sign-ins under way and their codes: bounded, so that whoever begins many only ends the oldest.
type requests struct {
	now func() time.Time

	mu    sync.Mutex
	byID  *simplelru.LRU[string, authRequest]
	codes *simplelru.LRU[string, issuedCode]
}

type issuedCode struct {
	request string
	expires time.Time
	used    bool
	subject string // of a used one
}

func newRequests(now func() time.Time) (*requests, error) {
	byID, err := simplelru.NewLRU[string, authRequest](maxRequests, nil)
	if err != nil {
		return nil, err
	}
	codes, err := simplelru.NewLRU[string, issuedCode](maxRequests, nil)
	if err != nil {
		return nil, err
	}
	return &requests{now: now, byID: byID, codes: codes}, nil
}

func (q *requests) add(a authRequest) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a.expires = q.now().Add(requestTTL)
	q.byID.Add(a.id, a)
}

// find returns the sign-in of that id that this browser began.
func (q *requests) find(id, browser string) (authRequest, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a, ok := q.get(id)
	return a, ok && browser != "" && a.browser == browser
}

func (q *requests) get(id string) (authRequest, bool) {
	a, ok := q.byID.Get(id)
	if ok && !q.now().Before(a.expires) {
		q.byID.Remove(id)
		ok = false
	}
	return a, ok
}

// next says how the sign-in goes on: without a form where it is done, else with one in the language that was asked for.
func (q *requests) next(id string) (done bool, lang string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	a, ok := q.get(id)
	return ok && a.done, a.lang
}

// finish notes who signed in.
func (q *requests) finish(id string, s session) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	a, ok := q.get(id)
	if !ok {
		return false
	}
	a.session, a.done = s, true
	q.byID.Add(id, a)
	return true
}

// setCode gives a sign-in its code; an earlier one is of no use any more.
func (q *requests) setCode(id, code string) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	a, ok := q.get(id)
	if !ok || !a.done {
		return errors.New("no such sign-in")
	}
	q.codes.Remove(a.code)
	a.code = code
	q.byID.Add(id, a)
	q.codes.Add(code, issuedCode{request: id, expires: q.now().Add(codeTTL)})
	return nil
}

// takeCode returns the sign-in of a code, once. The second time it returns whose tokens are to be distrusted: the subject,
// and the sign-in's id, which is the id of its chain of refresh tokens.
func (q *requests) takeCode(code string) (a authRequest, ok bool, subject, chain string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	c, ok := q.codes.Get(code)
	if !ok {
		return authRequest{}, false, "", ""
	}
	if c.used {
		return authRequest{}, false, c.subject, c.request
	}
	a, ok = q.get(c.request)
	if !ok || !q.now().Before(c.expires) {
		q.codes.Remove(code)
		return authRequest{}, false, "", ""
	}
	c.used, c.subject = true, a.session.Subject
	q.codes.Add(code, c)
	return a, true, "", ""
}

func (q *requests) remove(id string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.byID.Remove(id)
}
