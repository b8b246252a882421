package localissuer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/myevents/myevents/shared/fault"
)

const (
	accountsFormat = 1
	maxAccounts    = 10_000 // the file is written whole
)

// FileAccounts keeps accounts in one JSON file, readable by its owner only, that several processes may share. Whatever
// PutAccount answered for is on the disk; a crash leaves the file as it was before or after.
type FileAccounts struct {
	path string

	mu       sync.Mutex
	seen     fs.FileInfo // of the file that accounts were read from; nil: there was none
	loaded   bool
	accounts map[string]Account
}

type accountsFile struct {
	Format   int       `json:"format"`
	Accounts []Account `json:"accounts"`
}

// OpenAccounts returns the accounts in the file at path, which need not exist yet; its folder must.
func OpenAccounts(path string) (*FileAccounts, error) {
	f := &FileAccounts{path: path}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		return nil, err
	}
	return f, nil
}

// Account implements Accounts.
func (f *FileAccounts) Account(_ context.Context, email string) (Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.refresh(); err != nil {
		return Account{}, err
	}
	a, ok := f.accounts[email]
	if !ok {
		return Account{}, fault.New(fault.NotFound, "", "there is no such account")
	}
	return a.clone(), nil
}

// PutAccount implements Accounts.
func (f *FileAccounts) PutAccount(_ context.Context, a Account) (Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	unlock, err := lockFile(f.path + ".lock")
	if err != nil {
		return Account{}, fault.Wrap(fault.Unavailable, "accounts cannot be saved at the moment", err)
	}
	defer unlock()
	if err := f.refresh(); err != nil {
		return Account{}, err
	}
	stored, ok := f.accounts[a.Email]
	if stored.Version != a.Version {
		return Account{}, fault.New(fault.Stale, "", "the account was changed meanwhile")
	}
	if !ok && len(f.accounts) >= maxAccounts {
		return Account{}, fault.New(fault.Conflict, "accountsFull", "no more accounts can be made here")
	}
	a = a.clone()
	a.Version++
	next := make([]Account, 0, len(f.accounts)+1)
	for email, other := range f.accounts {
		if email != a.Email {
			next = append(next, other)
		}
	}
	next = append(next, a)
	slices.SortFunc(next, func(x, y Account) int { return strings.Compare(x.Email, y.Email) })
	if err := f.write(next); err != nil {
		return Account{}, fault.Wrap(fault.Unavailable, "accounts cannot be saved at the moment", err)
	}
	f.loaded = false
	return a.clone(), nil
}

// refresh reads the file again if it is another than the one read last. Every change makes a new file.
func (f *FileAccounts) refresh() error {
	info, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		info = nil
	case err != nil:
		return fault.Wrap(fault.Unavailable, "accounts cannot be read at the moment", err)
	}
	if f.loaded && sameFile(info, f.seen) {
		return nil
	}
	accounts := map[string]Account{}
	if info != nil {
		b, err := os.ReadFile(f.path)
		if err != nil {
			return fault.Wrap(fault.Unavailable, "accounts cannot be read at the moment", err)
		}
		var file accountsFile
		if err := json.Unmarshal(b, &file); err != nil {
			return fmt.Errorf("accounts file %s is damaged: %w", f.path, err)
		}
		if file.Format != accountsFormat {
			return fmt.Errorf("accounts file %s has format %d, this program reads %d", f.path, file.Format, accountsFormat)
		}
		for _, a := range file.Accounts {
			accounts[a.Email] = a
		}
	}
	f.accounts, f.seen, f.loaded = accounts, info, true
	return nil
}

func sameFile(a, b fs.FileInfo) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func (f *FileAccounts) write(accounts []Account) (err error) {
	b, err := json.MarshalIndent(accountsFile{Format: accountsFormat, Accounts: accounts}, "", " ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(f.path)
	tmp, err := os.CreateTemp(dir, filepath.Base(f.path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(append(b, '\n'))
	if err == nil {
		err = tmp.Sync()
	}
	err = errors.Join(err, tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), f.path)
	}
	if err != nil {
		return err
	}
	return syncFolder(dir)
}
