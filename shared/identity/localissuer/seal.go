package localissuer

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
)

// sealer keeps what is handed to browsers unreadable and unchanged: sessions, refresh tokens, codes. Nothing needs
// remembering for that, and it survives a restart.
type sealer struct {
	aead cipher.AEAD
	form []byte // key of the login forms' tokens
}

var errSealed = errors.New("not sealed here")

func newSealer(secret []byte) (*sealer, error) {
	key, err := derive(secret, "seal", 32)
	if err != nil {
		return nil, err
	}
	form, err := derive(secret, "form", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("localissuer: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("localissuer: %w", err)
	}
	return &sealer{aead: aead, form: form}, nil
}

// seal encrypts plain for one purpose; open undoes only the same purpose.
func (s *sealer) seal(purpose string, plain []byte) string {
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal(nil, nil, plain, []byte(purpose))) //nolint:gosec // the cipher draws its own nonce and puts it in front
}

func (s *sealer) open(purpose, sealed string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(sealed)
	if err != nil {
		return nil, errSealed
	}
	plain, err := s.aead.Open(nil, nil, b, []byte(purpose))
	if err != nil {
		return nil, errSealed
	}
	return plain, nil
}

func (s *sealer) sealJSON(purpose string, v any) (string, error) {
	plain, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("seal %s: %w", purpose, err)
	}
	return s.seal(purpose, plain), nil
}

func (s *sealer) openJSON(purpose, sealed string, v any) error {
	plain, err := s.open(purpose, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, v)
}

// Encrypt and Decrypt serve the provider, for authorization codes.
func (s *sealer) Encrypt(plain string) (string, error) { return s.seal("code", []byte(plain)), nil }

func (s *sealer) Decrypt(sealed string) (string, error) {
	plain, err := s.open("code", sealed)
	return string(plain), err
}

// formToken ties a form to the browser and the sign-in it was made for.
func (s *sealer) formToken(browser, request string) string {
	mac := hmac.New(sha256.New, s.form)
	fmt.Fprintf(mac, "%d:%s%s", len(browser), browser, request)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (s *sealer) validFormToken(token, browser, request string) bool {
	return hmac.Equal([]byte(token), []byte(s.formToken(browser, request)))
}
