package auth

import (
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/troupe-im/troupe/group"
)

// Inspection is what there is to say about a token, for operators.
type Inspection struct {
	Format Format
	// KeyID is the key that verifies it; empty if none does.
	KeyID string
	User  group.UserID
	Apps  []string
	// IssuedAt and ExpiresAt are zero if the token does not say.
	IssuedAt, ExpiresAt time.Time
	// Fault says why a login with it would fail now; nil if it would not. What
	// stands above is then only what the token claims.
	Fault error
}

// Inspect takes a token apart, verified or not. Of a token 04 that no key
// decrypts only the end can be read.
func (a *Authenticator) Inspect(token string, now time.Time) Inspection {
	format, err := shape(token)
	if err != nil {
		return Inspection{Fault: err}
	}
	c, err := a.read(token, now)
	if err != nil {
		in := unverified(format, token)
		in.Fault = err
		return in
	}
	app := a.cfg.AppID
	if c.key.AppID != "" {
		app = c.key.AppID
	}
	return Inspection{
		Format: c.key.Format, KeyID: c.key.ID, User: group.UserID(c.user), Apps: c.apps,
		IssuedAt: c.issued, ExpiresAt: c.expires,
		Fault: a.judge(c, app, group.UserID(c.user), now),
	}
}

// unverified reads what can be read without a key.
func unverified(format Format, token string) Inspection {
	in := Inspection{Format: format}
	switch format {
	case UserSig:
		if s, err := decodeUserSig(token); err == nil {
			in.User, in.Apps = group.UserID(s.Identifier), []string{strconv.FormatUint(s.AppID, 10)}
			in.IssuedAt, in.ExpiresAt = time.Unix(s.Time, 0), time.Unix(s.Time+s.Expire, 0)
		}
	case Token04:
		if s, err := openToken04(token); err == nil {
			in.ExpiresAt = time.Unix(s.expire, 0)
		}
	default:
		var c jwtClaims
		t, _, err := jwt.NewParser().ParseUnverified(token, &c)
		if err != nil {
			break
		}
		if t.Method.Alg() == jwt.SigningMethodEdDSA.Alg() {
			in.Format = EdDSA
		}
		in.User, in.Apps = group.UserID(c.Subject), c.Audience
		if c.AppID != "" {
			in.Apps = append(in.Apps, c.AppID)
		}
		if c.IssuedAt != nil {
			in.IssuedAt = c.IssuedAt.Time
		}
		if c.ExpiresAt != nil {
			in.ExpiresAt = c.ExpiresAt.Time
		}
	}
	return in
}
