package auth

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/troupe-im/troupe/group"
)

// Format is a format of tokens.
type Format string

// The formats.
const (
	HS256   Format = "hs256"   // JSON web token, HMAC-SHA256
	EdDSA   Format = "eddsa"   // JSON web token, Ed25519
	UserSig Format = "usersig" // Tencent UserSig, version 2
	Token04 Format = "token04" // ZEGO token 04
)

// Key verifies tokens of one format. Several may be in force at once, so that
// keys can be changed without a break. A Key prints and logs without its secrets.
type Key struct {
	// ID is the kid of JSON web tokens, and names the key to the operator.
	// Required; unique.
	ID     string
	Format Format
	// Secret is the shared secret: of HS256 at least 32 bytes, of UserSig at
	// least 16, of Token04 exactly 32.
	Secret []byte
	// Public verifies EdDSA; Private is needed only to mint, and may be given instead.
	Public  ed25519.PublicKey
	Private ed25519.PrivateKey
	// AppID is the application number in tokens of UserSig and Token04, in
	// decimal. Default: Config.AppID.
	AppID string
	// NotAfter ends the key: from then on its tokens are refused. Zero: no end.
	NotAfter time.Time
}

// String implements fmt.Stringer.
func (k Key) String() string { return fmt.Sprintf("key %q (%s)", k.ID, k.Format) }

// GoString implements fmt.GoStringer.
func (k Key) GoString() string { return k.String() }

// LogValue implements slog.LogValuer.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// alive: the key is in force.
func (k *Key) alive(now time.Time) bool { return k.NotAfter.IsZero() || now.Before(k.NotAfter) }

// Config is read-only after New.
type Config struct {
	// AppID is the application that tokens must be for. Required unless Dev.
	AppID string
	Keys  []Key
	// Admins are the users who are application administrators.
	Admins []group.UserID
	// Dev lets anybody in under any name with an empty token, and with any
	// application id. Tokens that are given are verified. For trying out only.
	Dev bool
	// Skew is how far in the future a token may have been issued. Default 5 minutes.
	Skew time.Duration
}

// Validate says what is wrong, all of it; nil if nothing is.
func (c Config) Validate() error {
	var errs []error
	if c.AppID == "" && !c.Dev {
		errs = append(errs, errors.New("auth: AppID is missing"))
	}
	if len(c.Keys) == 0 && !c.Dev {
		errs = append(errs, errors.New("auth: there are no keys, so nobody could log in"))
	}
	if c.Skew < 0 {
		errs = append(errs, errors.New("auth: Skew is negative"))
	}
	ids := map[string]bool{}
	for i := range c.Keys {
		k := &c.Keys[i]
		if k.ID == "" || ids[k.ID] {
			errs = append(errs, fmt.Errorf("auth: the id %q of a key is missing or taken", k.ID))
		}
		ids[k.ID] = true
		if err := k.check(c.AppID); err != nil {
			errs = append(errs, fmt.Errorf("auth: %s: %w", k, err))
		}
	}
	return errors.Join(errs...)
}

func (k *Key) check(appID string) error {
	switch k.Format {
	case HS256:
		return shortSecret(k.Secret, 32)
	case EdDSA:
		if len(k.Public) != ed25519.PublicKeySize && len(k.Private) != ed25519.PrivateKeySize {
			return errors.New("needs a public key of 32 bytes or a private key of 64")
		}
		return nil
	case UserSig:
		return errors.Join(shortSecret(k.Secret, 16), vendorApp(k.AppID, appID))
	case Token04:
		if len(k.Secret) != 32 {
			return fmt.Errorf("the secret has %d bytes, must have 32", len(k.Secret))
		}
		return vendorApp(k.AppID, appID)
	}
	return fmt.Errorf("unknown format %q", k.Format)
}

func shortSecret(secret []byte, least int) error {
	if len(secret) < least {
		return fmt.Errorf("the secret has %d bytes, must have at least %d", len(secret), least)
	}
	return nil
}

// vendorApp: tokens of the vendors' formats carry the application as a number.
func vendorApp(own, general string) error {
	if own == "" {
		own = general
	}
	if n, err := strconv.ParseUint(own, 10, 32); err != nil || n == 0 {
		return fmt.Errorf("the application id %q is not a number of 32 bits", own)
	}
	return nil
}
