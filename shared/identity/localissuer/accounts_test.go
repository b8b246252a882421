package localissuer_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/myevents/myevents/shared/fault"
	"github.com/myevents/myevents/shared/identity"
	"github.com/myevents/myevents/shared/identity/localissuer"
)

func account(email string) localissuer.Account {
	return localissuer.Account{
		Email: email, Name: "Ana", Roles: []identity.Role{identity.Attendee}, Password: "hash",
		CreatedAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC), Revoked: map[string]time.Time{"s": time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)},
	}
}

func open(t testing.TB, path string) *localissuer.FileAccounts {
	t.Helper()
	f, err := localissuer.OpenAccounts(path)
	if err != nil {
		t.Fatalf("OpenAccounts: got %v, want nil", err)
	}
	return f
}

func TestFileAccounts(t *testing.T) {
	t.Parallel()
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "accounts.json")
	here, there := open(t, path), open(t, path) // as two processes
	if _, err := here.Account(ctx, "ana@example.org"); !fault.Is(err, fault.NotFound) {
		t.Errorf("Account in no file: got %v, want notFound", err)
	}
	made, err := here.PutAccount(ctx, account("ana@example.org"))
	if err != nil || made.Version != 1 {
		t.Fatalf("PutAccount: got version %d %v, want 1", made.Version, err)
	}
	got, err := there.Account(ctx, "ana@example.org")
	if diff := cmp.Diff(made, got); err != nil || diff != "" {
		t.Errorf("Account in the other process: %v (-want +got)\n%s", err, diff)
	}
	if _, err := there.PutAccount(ctx, account("ana@example.org")); !fault.Is(err, fault.Stale) {
		t.Errorf("PutAccount over another: got %v, want stale", err)
	}
	got.Name = "Ana Ortiz"
	if got, err = there.PutAccount(ctx, got); err != nil || got.Version != 2 {
		t.Errorf("PutAccount: got version %d %v, want 2", got.Version, err)
	}
	if _, err := here.PutAccount(ctx, made); !fault.Is(err, fault.Stale) {
		t.Errorf("PutAccount of an old version: got %v, want stale", err)
	}
	ghost := account("ghost@example.org")
	ghost.Version = 3
	if _, err := here.PutAccount(ctx, ghost); !fault.Is(err, fault.Stale) {
		t.Errorf("PutAccount of one that is gone: got %v, want stale", err)
	}
	got.Revoked["x"] = time.Time{}
	if again, _ := there.Account(ctx, "ana@example.org"); len(again.Revoked) != 1 {
		t.Error("Account: a caller's change shows")
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v %v, want 0600", info.Mode().Perm(), err)
	}
	names, err := filepath.Glob(path + "*")
	if err != nil || len(names) != 2 {
		t.Errorf("files: got %v, want the accounts and their lock", names)
	}
}

func TestFileAccounts_parallel(t *testing.T) {
	t.Parallel()
	const writers, each = 4, 10
	ctx, path := t.Context(), filepath.Join(t.TempDir(), "accounts.json")
	if _, err := open(t, path).PutAccount(ctx, account("shared@example.org")); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range writers {
		f := open(t, path)
		wg.Go(func() {
			for n := range each {
				if _, err := f.PutAccount(ctx, account(fmt.Sprintf("%d-%d@example.org", w, n))); err != nil {
					t.Errorf("PutAccount %d-%d: got %v, want nil", w, n, err)
				}
				for {
					a, err := f.Account(ctx, "shared@example.org")
					if err == nil {
						_, err = f.PutAccount(ctx, a)
					}
					if err == nil {
						break
					}
					if !fault.Is(err, fault.Stale) {
						t.Errorf("PutAccount shared: got %v, want nil or stale", err)
						return
					}
				}
			}
		})
	}
	wg.Wait()
	f := open(t, path)
	if a, err := f.Account(ctx, "shared@example.org"); err != nil || a.Version != 1+writers*each {
		t.Errorf("shared: got version %d %v, want %d", a.Version, err, 1+writers*each)
	}
	for w := range writers {
		for n := range each {
			if _, err := f.Account(ctx, fmt.Sprintf("%d-%d@example.org", w, n)); err != nil {
				t.Errorf("Account %d-%d: got %v, want nil", w, n, err)
			}
		}
	}
}

func TestOpenAccounts_refuses(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, content string }{
		{"empty", ""}, {"cut", `{"format":1,"accounts":[{"em`}, {"other-format", `{"format":2}`}, {"no-object", `[]`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "accounts.json")
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := localissuer.OpenAccounts(path); err == nil || !strings.Contains(err.Error(), path) {
				t.Errorf("OpenAccounts: got %v, want an error that names the file", err)
			}
		})
	}
	t.Run("no-folder", func(t *testing.T) {
		t.Parallel()
		f := open(t, filepath.Join(t.TempDir(), "gone", "accounts.json"))
		if _, err := f.PutAccount(t.Context(), account("a@example.org")); !fault.Is(err, fault.Unavailable) {
			t.Errorf("PutAccount: got %v, want unavailable", err)
		}
	})
}

func TestNewAccount(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	a, err := localissuer.NewAccount(" Ana@Example.ORG", " Ana ", password, []identity.Role{identity.Staff}, []string{"demo"}, now)
	if err != nil {
		t.Fatalf("NewAccount: got %v, want nil", err)
	}
	b, err := localissuer.NewAccount("ana@example.org", "Ana", password, []identity.Role{identity.Staff}, []string{"demo"}, now)
	if err != nil {
		t.Fatal(err)
	}
	if a.Password == b.Password || !strings.HasPrefix(a.Password, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("password: got %s and %s, want two salted argon2id hashes", a.Password, b.Password)
	}
	a.Password, b.Password = "", ""
	if diff := cmp.Diff(a, b); diff != "" {
		t.Errorf("NewAccount: (-first +second)\n%s", diff)
	}
	_, err = localissuer.NewAccount("x", "", "short", nil, nil, now)
	var f *fault.Error
	if !errors.As(err, &f) || f.Kind != fault.Invalid || len(f.Fields) != 3 {
		t.Errorf("NewAccount: got %v, want three bad fields", err)
	}
}

// broken accounts fail when told to.
type broken struct {
	localissuer.Accounts
	mu   sync.Mutex
	fail bool
}

func (b *broken) err() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail {
		return fault.New(fault.Unavailable, "", "disk full")
	}
	return nil
}

func (b *broken) Account(ctx context.Context, email string) (localissuer.Account, error) {
	if err := b.err(); err != nil {
		return localissuer.Account{}, err
	}
	return b.Accounts.Account(ctx, email)
}

func (b *broken) PutAccount(ctx context.Context, a localissuer.Account) (localissuer.Account, error) {
	if err := b.err(); err != nil {
		return localissuer.Account{}, err
	}
	return b.Accounts.PutAccount(ctx, a)
}

func TestIssuer_brokenAccountsSignNobodyOut(t *testing.T) {
	t.Parallel()
	accounts := &broken{Accounts: openAccounts(t)}
	b := newBrowser(t, here, direct{newIssuer(t, localissuer.Config{Accounts: accounts}).Handler()})
	tk := b.signIn("/oauth/signup", "ana@example.org", password)
	_, challenge := pkce()
	other := newBrowser(t, here, b.client.Transport)
	page := other.openLogin("/oauth/login", challenge)
	set := func(fail bool) { accounts.mu.Lock(); accounts.fail = fail; accounts.mu.Unlock() }

	set(true)
	if got, status := b.refresh(tk.Refresh); status != 500 || got.Error != "server_error" {
		t.Errorf("refresh: got %d %s, want 500 server_error", status, got.Error)
	}
	if _, problem := b.silent(challenge, nil); problem != "server_error" {
		t.Errorf("silent: got %q, want server_error", problem)
	}
	if a := other.post("/oauth/login", form(page.body, person("ana@example.org", password))); a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("login: got %d, want 503 with Retry-After", a.status)
	}
	set(false)
	if got, status := b.refresh(tk.Refresh); status != 200 {
		t.Errorf("refresh later: got %d %s, want 200", status, got.Error)
	}
	if code, problem := b.silent(challenge, nil); code == "" {
		t.Errorf("silent later: got %q, want a code", problem)
	}
}
