package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// maxToken bounds the length of a token in bytes.
const maxToken = 8 << 10

// Authenticator verifies tokens; it implements actors.Authenticator and is safe
// for concurrent use.
type Authenticator struct {
	cfg    Config
	admins map[group.UserID]bool
}

var _ actors.Authenticator = (*Authenticator)(nil)

// New makes an Authenticator; errors are those of Config.Validate.
func New(cfg Config) (*Authenticator, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if cfg.Skew == 0 {
		cfg.Skew = 5 * time.Minute
	}
	cfg.Keys = slices.Clone(cfg.Keys)
	for i := range cfg.Keys {
		cfg.Keys[i].complete(cfg.AppID)
	}
	a := &Authenticator{cfg: cfg, admins: map[group.UserID]bool{}}
	for _, u := range cfg.Admins {
		a.admins[u] = true
	}
	return a, nil
}

// claims is what a token says once its signature, or its cipher, is right.
type claims struct {
	key  *Key
	user string
	apps []string
	// issued is zero if the token does not say.
	issued, notBefore, expires time.Time
}

// Faults of tokens, for operators; clients hear less (Verify).
var (
	errShape     = errors.New("the token has no known form")
	errForm      = errors.New("the token is malformed")
	errKey       = errors.New("no key that is in force verifies the token")
	errUser      = errors.New("the token is for another user")
	errApp       = errors.New("the token is for another application")
	errFuture    = errors.New("the token is not valid yet")
	errExpired   = errors.New("the token has expired")
	errNoExpiry  = errors.New("the token has no end")
	errLoginApp  = errors.New("the login is for another application")
	errNoToken   = errors.New("there is no token")
	errLongToken = errors.New("the token is too long")
)

// Verify implements actors.Authenticator. All failures are auth_failed with the
// same text, but for a token about which everything is right except that it has
// expired: token_expired.
func (a *Authenticator) Verify(appID string, user group.UserID, token string, now time.Time) (actors.Identity, error) {
	id, err := a.verify(appID, user, token, now)
	switch {
	case err == nil:
		return id, nil
	case errors.Is(err, errExpired):
		return actors.Identity{}, protocol.NewError(protocol.CodeTokenExpired)
	}
	return actors.Identity{}, protocol.NewError(protocol.CodeAuthFailed)
}

func (a *Authenticator) verify(appID string, user group.UserID, token string, now time.Time) (actors.Identity, error) {
	id := actors.Identity{User: user, AppAdmin: a.admins[user]}
	switch {
	case user == "":
		return id, errUser
	case token == "" && a.cfg.Dev:
		// As good as a token made at this moment, so that revoking works as well.
		id.IssuedAt = now
		return id, nil
	}
	c, err := a.read(token, now)
	if err != nil {
		return id, err
	}
	if err := a.judge(c, appID, user, now); err != nil {
		return id, err
	}
	id.IssuedAt, id.ExpiresAt = c.issued, c.expires
	return id, nil
}

// AppAdmin implements actors.Authenticator.
func (a *Authenticator) AppAdmin(user group.UserID) bool { return a.admins[user] }

// read finds the format by the token's shape and checks what the key vouches for.
func (a *Authenticator) read(token string, now time.Time) (*claims, error) {
	format, err := shape(token)
	if err != nil {
		return nil, err
	}
	switch format {
	case UserSig:
		return a.readUserSig(token, now)
	case Token04:
		return a.readToken04(token, now)
	}
	return a.readJWT(token, now)
}

// shape tells the formats apart: a JSON web token has two dots, token 04 begins
// with its version, and zlib data always begins with 0x78, in base64 "e".
func shape(token string) (Format, error) {
	switch {
	case token == "":
		return "", errNoToken
	case len(token) > maxToken:
		return "", errLongToken
	case strings.Count(token, ".") == 2:
		return HS256, nil
	case strings.HasPrefix(token, "04"):
		return Token04, nil
	case strings.HasPrefix(token, "e"):
		return UserSig, nil
	}
	return "", errShape
}

// judge compares what a token says with the login. The end comes last: only
// who has the right token is told that it is over (spec 18.8: at the very
// millisecond).
func (a *Authenticator) judge(c *claims, appID string, user group.UserID, now time.Time) error {
	switch {
	case c.user != string(user):
		return errUser
	case !a.appAllowed(c, appID):
		return errLoginApp
	case !a.appMatches(c):
		return errApp
	case c.expires.IsZero():
		return errNoExpiry
	case c.issued.After(now.Add(a.cfg.Skew)), c.notBefore.After(now.Add(a.cfg.Skew)):
		return errFuture
	case !now.Before(c.expires):
		return errExpired
	}
	return nil
}

// appAllowed: a client logs in to the deployment's application, or names the
// number that its vendor's tokens carry.
func (a *Authenticator) appAllowed(c *claims, appID string) bool {
	return a.cfg.Dev || appID == a.cfg.AppID || c.key.AppID != "" && appID == c.key.AppID
}

func (a *Authenticator) appMatches(c *claims) bool {
	want := a.cfg.AppID
	if c.key.AppID != "" {
		want = c.key.AppID
	}
	return a.cfg.Dev && a.cfg.AppID == "" || slices.Contains(c.apps, want)
}

// complete fills in what follows from the rest.
func (k *Key) complete(appID string) {
	switch k.Format {
	case EdDSA:
		if len(k.Public) == 0 {
			k.Public = publicOf(k.Private)
		}
		k.AppID = ""
	case HS256:
		k.AppID = ""
	default:
		if k.AppID == "" {
			k.AppID = appID
		}
	}
}

// keys are those of a format that are in force.
func (a *Authenticator) keys(f Format, now time.Time) []*Key {
	var out []*Key
	for i := range a.cfg.Keys {
		if k := &a.cfg.Keys[i]; k.Format == f && k.alive(now) {
			out = append(out, k)
		}
	}
	return out
}

func formError(what string) error { return fmt.Errorf("%w: %s", errForm, what) }
