package localissuer

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/myevents/myevents/shared/fault"
)

// The cost of a password: argon2id with the first of the settings that OWASP's cheat sheet recommends for little memory.
const (
	argonMemory  = 19 << 10 // KiB
	argonTime    = 2        // passes
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonHash    = 32 // bytes

	minPassword = 8   // characters
	maxPassword = 128 // characters; longer ones are refused rather than hashed
	argonAtOnce = 2   // hashes at once, 19 MiB each
)

// hasher makes and checks password hashes, a few at a time.
type hasher struct {
	slots chan struct{}
	dummy func() string // a hash that no password has
}

func newHasher() *hasher {
	return &hasher{
		slots: make(chan struct{}, argonAtOnce),
		dummy: sync.OnceValue(func() string { return hashPassword(rand.Text()) }),
	}
}

// matches reports whether password is the one that was hashed. With an empty hash, that of an account that does not
// exist, it takes as long and says no.
func (h *hasher) matches(ctx context.Context, hash, password string) (bool, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
	case <-ctx.Done():
		return false, fault.Wrap(fault.Unavailable, "too many people are signing in", ctx.Err())
	}
	exists := hash != ""
	if !exists {
		hash = h.dummy()
	}
	same, err := comparePassword(hash, password)
	return same && exists, err
}

func (h *hasher) hash(ctx context.Context, password string) (string, error) {
	select {
	case h.slots <- struct{}{}:
		defer func() { <-h.slots }()
		return hashPassword(password), nil
	case <-ctx.Done():
		return "", fault.Wrap(fault.Unavailable, "too many people are signing up", ctx.Err())
	}
}

// checkPassword returns what is wrong with a new password; nothing where it may be one.
func checkPassword(password string) complaint {
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		return complaint{field: "password", text: "problem.passwordUnreadable"}
	case n < minPassword:
		return complaint{"password", "problem.passwordShort", []any{minPassword}}
	case n > maxPassword:
		return complaint{"password", "problem.passwordLong", []any{maxPassword}}
	}
	return complaint{}
}

// hashPassword returns the hash in the usual notation: $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func hashPassword(password string) string {
	salt := make([]byte, argonSalt)
	_, _ = rand.Read(salt) // never fails
	hash := argon2.IDKey(passwordBytes(password), salt, argonTime, argonMemory, argonThreads, argonHash)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, b64(salt), b64(hash))
}

// passwordBytes makes the same password the same bytes on every keyboard.
func passwordBytes(password string) []byte { return norm.NFKC.Bytes([]byte(password)) }

var errHash = errors.New("unreadable password hash")

func comparePassword(hash, password string) (bool, error) {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false, errHash
	}
	var memory, passes uint32
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &memory, &passes, &threads); err != nil {
		return false, errHash
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, errHash
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != argonHash || memory > 1<<18 || passes < 1 || passes > 10 || threads < 1 {
		return false, errHash
	}
	if utf8.RuneCountInString(password) > maxPassword {
		password = "" // costs as much, and no password is empty
	}
	got := argon2.IDKey(passwordBytes(password), salt, passes, memory, threads, argonHash)
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}
