package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/troupe-im/troupe/group"
)

// MintRequest says what token to make.
type MintRequest struct {
	User group.UserID
	// KeyID names the key, and with it the format. Empty: the first key that
	// can sign and is in force.
	KeyID string
	// IssuedAt is required; whole seconds.
	IssuedAt time.Time
	// Life is at least one second.
	Life time.Duration
	// Random is the source of nonces; nil = crypto/rand.
	Random io.Reader
}

func (r *MintRequest) random() io.Reader {
	if r.Random == nil {
		return rand.Reader
	}
	return r.Random
}

// Mint makes a token, for operators and tests. It is what an application's
// server does by itself.
func (a *Authenticator) Mint(r MintRequest) (string, error) {
	if r.User == "" || r.Life < time.Second || r.IssuedAt.IsZero() {
		return "", errors.New("auth: mint: user, life or issue time is missing")
	}
	k, err := a.mintKey(r.KeyID, r.IssuedAt)
	if err != nil {
		return "", err
	}
	var token string
	switch k.Format {
	case UserSig, Token04:
		app, perr := strconv.ParseUint(k.AppID, 10, 32)
		switch {
		case perr != nil:
			err = perr
		case k.Format == UserSig:
			token, err = k.mintUserSig(&r, app)
		default:
			token, err = k.mintToken04(&r, app)
		}
	default:
		token, err = k.mintJWT(&r, a.cfg.AppID)
	}
	if err != nil {
		return "", fmt.Errorf("auth: mint with %s: %w", k, err)
	}
	return token, nil
}

func (a *Authenticator) mintKey(id string, now time.Time) (*Key, error) {
	for i := range a.cfg.Keys {
		k := &a.cfg.Keys[i]
		canSign := k.Format != EdDSA || len(k.Private) > 0
		if id == k.ID || id == "" && canSign && k.alive(now) {
			return k, nil
		}
	}
	if id == "" {
		return nil, errors.New("auth: mint: no key can sign")
	}
	return nil, fmt.Errorf("auth: mint: there is no key %q", id)
}
