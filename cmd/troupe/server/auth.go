package server

import (
	"fmt"
	"slices"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/gateway/auth"
	"github.com/troupe-im/troupe/group"
)

// Auth makes what verifies, mints and inspects tokens of a valid configuration.
// It reads the files that hold keys.
func Auth(c *config.Config) (*auth.Authenticator, error) {
	out := auth.Config{AppID: c.App.ID, Dev: c.Dev, Skew: max(c.Auth.Skew.Std(), 1)}
	admins := c.App.Admins
	if c.Dev {
		admins = slices.Concat(admins, c.DevAdmins)
	}
	for _, u := range admins {
		out.Admins = append(out.Admins, group.UserID(u))
	}
	for i := range c.Auth.Keys {
		k, err := authKey(&c.Auth.Keys[i])
		if err != nil {
			return nil, fmt.Errorf("auth.keys[%d]: %w", i, err)
		}
		out.Keys = append(out.Keys, k)
	}
	return auth.New(out)
}

func authKey(k *config.Key) (auth.Key, error) {
	out := auth.Key{ID: k.KID, Format: auth.Format(k.Format), AppID: k.AppID}
	var err error
	if out.NotAfter, err = k.End(); err != nil {
		return out, err
	}
	if out.Format == auth.EdDSA {
		out.Public, err = k.Ed25519()
	} else {
		out.Secret, err = k.Bytes()
	}
	return out, err
}
