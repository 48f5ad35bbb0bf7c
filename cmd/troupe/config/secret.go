package config

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
)

// Secret is a secret in one of three places. It is never printed.
type Secret struct {
	Value Hidden `yaml:"secret" doc:"The secret itself."`
	File  string `yaml:"secret_file" doc:"A file that holds it; one line feed at its end is not part of it."`
	Env   string `yaml:"secret_env" doc:"An environment variable that holds it."`
}

// Hidden is text that does not show in logs and dumps.
type Hidden string

// String hides it.
func (h Hidden) String() string {
	if h == "" {
		return ""
	}
	return "(hidden)"
}

// GoString hides it from %#v.
func (h Hidden) GoString() string { return h.String() }

// LogValue hides it from logs.
func (h Hidden) LogValue() slog.Value { return slog.StringValue(h.String()) }

// Bytes returns the secret. Errors name the place, never the secret.
func (s *Secret) Bytes() ([]byte, error) {
	given := 0
	for _, set := range []bool{s.Value != "", s.File != "", s.Env != ""} {
		if set {
			given++
		}
	}
	if given != 1 {
		return nil, errors.New("exactly one of secret, secret_file and secret_env is needed")
	}
	switch {
	case s.File != "":
		data, err := os.ReadFile(s.File)
		if err != nil {
			return nil, fmt.Errorf("secret_file: %w", err)
		}
		text := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
		return notEmpty(text, "secret_file is empty")
	case s.Env != "":
		return notEmpty(os.Getenv(s.Env), "secret_env: "+s.Env+" is not set")
	}
	return []byte(s.Value), nil
}

func notEmpty(text, otherwise string) ([]byte, error) {
	if text == "" {
		return nil, errors.New(otherwise)
	}
	return []byte(text), nil
}

// Public is a public key in one of two places.
type Public struct {
	Key     string `yaml:"public_key" doc:"An Ed25519 public key: PEM, or 32 bytes in base64."`
	KeyFile string `yaml:"public_key_file" doc:"A file that holds it."`
}

// Ed25519 returns the key.
func (p *Public) Ed25519() (ed25519.PublicKey, error) {
	text := p.Key
	switch {
	case (p.Key == "") == (p.KeyFile == ""):
		return nil, errors.New("exactly one of public_key and public_key_file is needed")
	case p.KeyFile != "":
		data, err := os.ReadFile(p.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("public_key_file: %w", err)
		}
		text = string(data)
	}
	return parseEd25519(text)
}

func parseEd25519(text string) (ed25519.PublicKey, error) {
	if block, _ := pem.Decode([]byte(text)); block != nil {
		parsed, err := x509.ParsePKIXPublicKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("public key: %w", err)
		}
		key, ok := parsed.(ed25519.PublicKey)
		if !ok {
			return nil, errors.New("public key is not an Ed25519 key")
		}
		return key, nil
	}
	trimmed := strings.TrimRight(strings.TrimSpace(text), "=")
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		if raw, err := enc.DecodeString(trimmed); err == nil && len(raw) == ed25519.PublicKeySize {
			return ed25519.PublicKey(raw), nil
		}
	}
	return nil, errors.New("public key is neither PEM nor 32 bytes in base64")
}
