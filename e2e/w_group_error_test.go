package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/gateway/auth"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// guarded is a deployment that asks for signatures.
func guarded(c *config.Config) {
	c.Dev, c.DevAdmins, c.App.ID = false, nil, "1400000001"
	c.Auth.Keys = []config.Key{{KID: "main", Format: "usersig", Secret: config.Secret{Value: "kept by the app's own server"}}}
}

// enters tries to log in on a connection of its own.
func (w *world) enters(user, token string) *troupev1.Answer {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = user
	a := p.do(&troupev1.Login{AppId: w.cfg.App.ID, UserId: user, Token: token})
	if a.GetCode() != 0 {
		p.code(11030, &troupev1.ListJoinedGroups{})
	} else {
		p.ok(&troupev1.ListJoinedGroups{})
	}
	return a
}

func TestWebimErrors(t *testing.T) {
	t.Parallel()
	t.Run("W-144", func(t *testing.T) {
		w := newWorld(t)
		for _, codec := range []protocol.Codec{protocol.Binary, protocol.JSON} {
			p := w.dial(codec)
			p.ok(&troupev1.Login{UserId: "olga"})
			for range 2 {
				require.NoError(t, p.conn.SendRaw([]byte("\xff{no packet")))
				a := p.recv().GetAnswer()
				require.EqualValues(t, 20001, a.GetCode())
				require.Equal(t, "invalid_request", a.GetError())
			}
			g := p.create(webPublic, "")
			require.Equal(t, g, p.profile(g).GetGroupId(), "the connection goes on")
			require.NotEmpty(t, g)
			silent(p)
		}
	})
	t.Run("W-145", func(t *testing.T) {
		w := newWorld(t, guarded)
		mint := func(key, user string) string {
			t.Helper()
			cfg := w.cfg
			cfg.Auth.Keys = []config.Key{w.cfg.Auth.Keys[0]}
			cfg.Auth.Keys[0].Value = config.Hidden(key)
			a, err := server.Auth(&cfg)
			require.NoError(t, err)
			token, err := a.Mint(auth.MintRequest{User: group.UserID(user), IssuedAt: w.clock.Now(), Life: time.Hour})
			require.NoError(t, err)
			return token
		}
		secret := string(w.cfg.Auth.Keys[0].Value)
		require.Zero(t, w.enters("olga", mint(secret, "olga")).GetCode())
		for name, token := range map[string]string{
			"another key": mint("a secret that somebody guessed", "olga"), "another user": mint(secret, "mike"), "none": "", "noise": strings.Repeat("x", 200),
		} {
			a := w.enters("olga", token)
			require.EqualValues(t, 20002, a.GetCode(), name)
			require.Equal(t, "auth_failed", a.GetError(), name)
		}
	})
	t.Run("W-146", func(t *testing.T) {
		w := newWorld(t)
		for _, user := range []string{"a b", "ümit", "@TIM#SYSTEM", "@TGS#1", "@GUEST#1", strings.Repeat("u", 65), "a\x00"} {
			a := w.enters(user, "")
			require.EqualValues(t, 20003, a.GetCode(), "%q", user)
			require.Equal(t, "invalid_account", a.GetError())
		}
		require.Zero(t, w.enters(strings.Repeat("u", 64), "").GetCode())
	})
	t.Run("W-148", func(t *testing.T) {
		f := &trap{point: actors.FaultSession}
		w := newWorldWith(t, server.Options{Faults: f.spring})
		p := w.users("olga", "mike")
		p[0].createWith(webGroup(webPublic, "g"), "mike")
		f.left.Store(1)
		a := p[0].code(20005, text("g", "lost"))
		require.Equal(t, "internal_error", a.GetError())
		require.EqualValues(t, 1, f.hits.Load())
		w.hears(nil)
		p[0].ok(text("g", "kept"))
		require.Equal(t, "kept", textOf(w.hears(scene{p[1]: {messages: 1}})[p[1]].messages[0]))
	})
}
