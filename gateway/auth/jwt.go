package auth

import (
	"crypto/ed25519"
	"errors"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// jwtClaims are the claims that are read. The application stands in aud or app_id.
type jwtClaims struct {
	jwt.RegisteredClaims
	AppID string `json:"app_id,omitempty"`
}

// jwtParser leaves the claims' times alone: the end is judged last, and by the
// server's clock (judge).
var jwtParser = jwt.NewParser(
	jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg(), jwt.SigningMethodEdDSA.Alg()}),
	jwt.WithoutClaimsValidation(),
)

// readJWT verifies the signature of a JSON web token. The kid names the key;
// without one, all keys of the algorithm are tried.
func (a *Authenticator) readJWT(token string, now time.Time) (*claims, error) {
	var c jwtClaims
	var used *Key
	// One pass in the usual case of one key that fits; each further key costs
	// a pass of its own.
	for tried, more := 0, true; more && used == nil; tried++ {
		c = jwtClaims{}
		var k *Key
		_, err := jwtParser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
			fit := a.jwtKeys(t, now)
			more = tried+1 < len(fit)
			if tried >= len(fit) {
				return nil, jwt.ErrTokenUnverifiable
			}
			k = fit[tried]
			return k.verifier(), nil
		})
		switch {
		case err == nil:
			used = k
		case k == nil:
			more = false
		}
	}
	if used == nil {
		return nil, errKey
	}
	out := &claims{key: used, user: c.Subject, apps: c.Audience}
	if c.AppID != "" {
		out.apps = append(out.apps, c.AppID)
	}
	for _, d := range []struct {
		from *jwt.NumericDate
		to   *time.Time
	}{{c.IssuedAt, &out.issued}, {c.NotBefore, &out.notBefore}, {c.ExpiresAt, &out.expires}} {
		if d.from != nil {
			*d.to = d.from.Time
		}
	}
	return out, nil
}

// jwtKeys are the keys that may have signed the token.
func (a *Authenticator) jwtKeys(t *jwt.Token, now time.Time) []*Key {
	kid, given := t.Header["kid"]
	var out []*Key
	for _, f := range []Format{HS256, EdDSA} {
		for _, k := range a.keys(f, now) {
			if k.alg() == t.Method.Alg() && (!given || kid == k.ID) {
				out = append(out, k)
			}
		}
	}
	return out
}

func (k *Key) alg() string {
	if k.Format == EdDSA {
		return jwt.SigningMethodEdDSA.Alg()
	}
	return jwt.SigningMethodHS256.Alg()
}

func (k *Key) verifier() any {
	if k.Format == EdDSA {
		return k.Public
	}
	return k.Secret
}

func publicOf(private ed25519.PrivateKey) ed25519.PublicKey {
	return ed25519.PublicKey(private[ed25519.SeedSize:])
}

// mintJWT signs a JSON web token.
func (k *Key) mintJWT(r *MintRequest, appID string) (string, error) {
	c := jwtClaims{RegisteredClaims: jwt.RegisteredClaims{
		Subject:   string(r.User),
		Audience:  jwt.ClaimStrings{appID},
		IssuedAt:  jwt.NewNumericDate(r.IssuedAt),
		ExpiresAt: jwt.NewNumericDate(r.IssuedAt.Add(r.Life)),
	}}
	method, signer := jwt.SigningMethod(jwt.SigningMethodHS256), any(k.Secret)
	if k.Format == EdDSA {
		if len(k.Private) == 0 {
			return "", errors.New("auth: the key has no private part")
		}
		method, signer = jwt.SigningMethodEdDSA, k.Private
	}
	t := jwt.NewWithClaims(method, c)
	t.Header["kid"] = k.ID
	return t.SignedString(signer)
}
