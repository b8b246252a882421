package identity

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"

	"github.com/myevents/myevents/shared/fault"
)

const (
	refetchAfter = 30 * time.Second // between fetches that unknown key ids cause
	retryAfter   = time.Second      // between fetches while there are no keys at all
	staleAfter   = time.Hour        // then a fetch is due, and the old keys serve if it fails
	deadAfter    = 24 * time.Hour   // then the old keys serve no more
	maxDocument  = 1 << 20          // bytes of a discovery document or key set
	maxKeys      = 100
)

// remoteKeys are the keys that an issuer publishes, fetched when first needed.
type remoteKeys struct {
	issuer    *url.URL
	name      string
	discovery string
	client    *http.Client
	timeout   time.Duration
	now       func() time.Time
	flight    singleflight.Group

	mu      sync.Mutex
	keys    map[string]Key
	fetched time.Time // the last success
	tried   time.Time
	failed  error // of the last try
}

func newRemoteKeys(issuer *url.URL, name string, cfg Config) *remoteKeys {
	return &remoteKeys{
		issuer:    issuer,
		name:      name,
		discovery: strings.TrimSuffix(name, "/") + "/.well-known/openid-configuration",
		client:    cfg.Client,
		timeout:   cfg.FetchTimeout,
		now:       cfg.Now,
	}
}

func (r *remoteKeys) key(ctx context.Context, kid string) (Key, error) {
	k, ok, due := r.look(kid)
	if !due {
		return r.answer(k, ok)
	}
	fetched := r.flight.DoChan("", func() (any, error) {
		// A caller that waited for an earlier fetch to end must not begin another.
		if _, _, due := r.look(kid); !due {
			return struct{}{}, nil
		}
		// One caller going away must not fail the others.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.timeout)
		defer cancel()
		keys, err := r.fetch(ctx)
		r.store(keys, err)
		return struct{}{}, nil
	})
	select {
	case <-fetched:
	case <-ctx.Done():
		return Key{}, unavailable(ctx.Err(), retryAfter)
	}
	k, ok, _ = r.look(kid)
	return r.answer(k, ok)
}

// look finds a key among those at hand, and says whether a fetch is due first.
func (r *remoteKeys) look(kid string) (k Key, ok, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	if r.keys != nil && now.Sub(r.fetched) >= deadAfter {
		r.keys = nil
	}
	k, ok = r.keys[kid]
	wait := refetchAfter
	if r.keys == nil {
		wait = retryAfter
	}
	wanted := !ok || now.Sub(r.fetched) >= staleAfter
	return k, ok, wanted && (r.tried.IsZero() || now.Sub(r.tried) >= wait)
}

func (r *remoteKeys) answer(k Key, ok bool) (Key, error) {
	if ok {
		return k, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failed != nil {
		wait := refetchAfter
		if r.keys == nil {
			wait = retryAfter
		}
		return Key{}, unavailable(r.failed, max(retryAfter, wait-r.now().Sub(r.tried)))
	}
	return Key{}, errNoKey
}

func (r *remoteKeys) store(keys map[string]Key, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tried, r.failed = r.now(), err
	if err == nil {
		r.keys, r.fetched = keys, r.tried
	}
}

func unavailable(cause error, after time.Duration) error {
	return &fault.Error{
		Kind: fault.Unavailable, Code: fault.Unavailable.String(),
		Text: "sign-in cannot be checked at the moment", RetryAfter: after, Cause: cause,
	}
}

func (r *remoteKeys) fetch(ctx context.Context) (map[string]Key, error) {
	var doc struct {
		Issuer string `json:"issuer"`
		KeySet string `json:"jwks_uri"`
	}
	if err := r.get(ctx, r.discovery, &doc); err != nil {
		return nil, err
	}
	if doc.Issuer != r.name {
		return nil, errors.New("the discovery document names another issuer")
	}
	u, err := url.Parse(doc.KeySet)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != r.issuer.Scheme {
		return nil, errors.New("the discovery document names no usable jwks_uri")
	}
	// Keys are read one by one: one of a kind that is not supported must not hide the others.
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := r.get(ctx, doc.KeySet, &set); err != nil {
		return nil, err
	}
	if len(set.Keys) > maxKeys {
		return nil, errors.New("too many keys")
	}
	keys := map[string]Key{}
	for _, raw := range set.Keys {
		var jwk jose.JSONWebKey
		if json.Unmarshal(raw, &jwk) != nil || jwk.KeyID == "" || jwk.Use != "" && jwk.Use != "sig" {
			continue
		}
		k := Key{ID: jwk.KeyID, Public: jwk.Key}
		if alg := k.algorithm(); alg != "" && (jwk.Algorithm == "" || jwk.Algorithm == string(alg)) {
			keys[k.ID] = k
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("the key set has no usable key")
	}
	return keys, nil
}

// statusError is an answer other than 200.
type statusError int

func (s statusError) Error() string { return fmt.Sprintf("status %d", int(s)) }

// ready fetches the keys now, for whoever wants to know whether the issuer is one.
func (r *remoteKeys) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	keys, err := r.fetch(ctx)
	r.store(keys, err)
	var status statusError
	var away *url.Error
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, errors.As(err, &away), errors.As(err, &status) && status >= http.StatusInternalServerError:
		return fault.Wrap(fault.Unavailable, "issuer "+r.name+" is out of reach", err)
	}
	return fault.Wrap(fault.Invalid, "issuer "+r.name+" is none", err)
}

func (r *remoteKeys) get(ctx context.Context, from string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
	if err != nil {
		return fmt.Errorf("get %s: %w", from, err)
	}
	req.Header.Set("Accept", "application/json")
	resp, err := r.client.Do(req)
	if err != nil {
		return fmt.Errorf("get %s: %w", from, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("get %s: %w", from, statusError(resp.StatusCode))
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxDocument+1))
	if err != nil {
		return fmt.Errorf("get %s: %w", from, err)
	}
	if len(b) > maxDocument {
		return fmt.Errorf("get %s: more than %d bytes", from, maxDocument)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return fmt.Errorf("get %s: %w", from, err)
	}
	return nil
}
