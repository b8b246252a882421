package app

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/myevents/myevents/shared/config"
)

// KeysFile is the file of root secrets in the data folder.
const KeysFile = "keys.json"

// keysFile is what KeysFile holds: root secrets by key id, and which of them makes new things.
type keysFile struct {
	Current byte            `json:"current"`
	Keys    map[byte][]byte `json:"keys"`
}

// ring is the root secrets that everything signed is derived from.
type ring struct {
	current byte
	secrets map[byte][]byte
}

// keys returns the ring that is configured, or the data folder's own, made at first use.
func keys(cfg *config.Config) (ring, error) {
	if !cfg.Keys.Empty() {
		return ring{current: cfg.Keys.Current, secrets: cfg.Keys.Reveal()}, nil
	}
	if !cfg.OneMachine() {
		return ring{}, errors.New("MYEVENTS_KEYS: required off one machine")
	}
	return folderKeys(cfg.DataDir)
}

// folderKeys reads the folder's keys; where there are none it makes them, and of several processes that do so at once one
// wins and all use its keys.
func folderKeys(dir string) (ring, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return ring{}, fmt.Errorf("store folder: %w", err)
	}
	path := filepath.Join(dir, KeysFile)
	r, err := readKeys(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	if err := makeKeys(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return ring{}, fmt.Errorf("make %s: %w", path, err)
	}
	return readKeys(path)
}

func readKeys(path string) (ring, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return ring{}, fmt.Errorf("read keys: %w", err)
	}
	var f keysFile
	if err := json.Unmarshal(b, &f); err != nil {
		return ring{}, fmt.Errorf("%s is damaged; put back a copy, or tickets sold so far cannot be checked", path)
	}
	if len(f.Keys[f.Current]) < 32 {
		return ring{}, fmt.Errorf("%s has no usable current key", path)
	}
	return ring{current: f.Current, secrets: f.Keys}, nil
}

// makeKeys writes a new ring whole before it appears under its name, so that nobody reads half of one.
func makeKeys(path string) error {
	secret := make([]byte, 32)
	rand.Read(secret)
	b, err := json.MarshalIndent(keysFile{Current: 1, Keys: map[byte][]byte{1: secret}}, "", "  ")
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".keys-*") // 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(append(b, '\n'))
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return err
	}
	return os.Link(tmp.Name(), path) // fails where another process was first
}

// issuerPurpose is what the local issuer's secret is derived for.
const issuerPurpose = "local issuer"

// derive returns 32 bytes of the current secret for one purpose.
func (r ring) derive(purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, r.secrets[r.current], nil, "myevents "+purpose, 32)
}

func utcNow() time.Time { return time.Now().UTC() }
