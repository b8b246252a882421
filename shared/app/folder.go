package app

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/myevents/myevents/shared/config"
)

// FolderKeys returns the root keys of a folder in the form of MYEVENTS_KEYS, made at first use: for programs on one machine
// whose store is elsewhere.
func FolderKeys(dir string) (string, error) {
	r, err := folderKeys(dir)
	if err != nil {
		return "", err
	}
	var rest []string
	for id, secret := range r.secrets {
		if id != r.current {
			rest = append(rest, entry(id, secret))
		}
	}
	slices.Sort(rest)
	return strings.Join(append([]string{entry(r.current, r.secrets[r.current])}, rest...), ","), nil
}

func entry(id byte, secret []byte) string {
	return fmt.Sprintf("%d=%s", id, base64.StdEncoding.EncodeToString(secret))
}

// IssuerSecret returns what the local issuer's keys are derived from.
func IssuerSecret(cfg config.Config) ([]byte, error) {
	root, err := keys(&cfg)
	if err != nil {
		return nil, err
	}
	return root.derive(issuerPurpose)
}
