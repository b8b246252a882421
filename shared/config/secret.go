package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

const stars = "***"

// Secret is bytes that print as ***, whatever the verb, encoder or logger.
type Secret struct{ b *[]byte } // behind a pointer, so that not even reflection through an outer struct prints it

// NewSecret hides a copy of b.
func NewSecret(b []byte) Secret {
	c := append([]byte(nil), b...)
	return Secret{&c}
}

// Reveal returns the bytes; nil where there are none. Do not change them.
func (s Secret) Reveal() []byte {
	if s.b == nil {
		return nil
	}
	return *s.b
}

// Format prints ***.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(stars)) }

// String returns ***.
func (s Secret) String() string { return stars }

// LogValue logs ***.
func (s Secret) LogValue() slog.Value { return slog.StringValue(stars) }

// MarshalText writes ***.
func (s Secret) MarshalText() ([]byte, error) { return []byte(stars), nil }

// Keys is a ring of root secrets by key id; the current one makes new things, the others still verify old ones.
type Keys struct {
	Current byte
	Secrets map[byte]Secret
}

// Empty reports a ring without keys.
func (k Keys) Empty() bool { return len(k.Secrets) == 0 }

// Reveal returns the bare secrets, for the keyring alone.
func (k Keys) Reveal() map[byte][]byte {
	m := make(map[byte][]byte, len(k.Secrets))
	for id, s := range k.Secrets {
		m[id] = s.Reveal()
	}
	return m
}

// parseKeys reads "2=BASE64,1=BASE64": key ids 0–255, at least 32 bytes each, the first is the current one.
func parseKeys(value string) (Keys, error) {
	k := Keys{Secrets: map[byte]Secret{}}
	for i, part := range strings.Split(value, ",") {
		name, text, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return Keys{}, fmt.Errorf("entry %d: must be id=base64", i+1)
		}
		id, err := strconv.ParseUint(name, 10, 8)
		if err != nil {
			return Keys{}, fmt.Errorf("entry %d: the key id must be a number up to 255", i+1)
		}
		b, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return Keys{}, fmt.Errorf("entry %d: the secret is not base64", i+1)
		}
		if len(b) < 32 {
			return Keys{}, fmt.Errorf("entry %d: the secret must have at least 32 bytes", i+1)
		}
		if _, twice := k.Secrets[byte(id)]; twice {
			return Keys{}, errors.New("a key id comes twice")
		}
		if i == 0 {
			k.Current = byte(id)
		}
		k.Secrets[byte(id)] = NewSecret(b)
	}
	return k, nil
}
