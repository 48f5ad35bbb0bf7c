package e2e

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/cmd/troupe/config"
	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/gateway/auth"
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const (
	webApp    = "1400000000"
	webSecret = "the secret of the app's own server"
)

// deployed is a server as it stands in production: nobody comes in without a
// token, of Tencent's format or the deployment's own.
func deployed(t *testing.T) *world {
	t.Helper()
	return newWorld(t, func(c *config.Config) {
		c.Dev, c.DevAdmins, c.App.ID = false, nil, webApp
		c.Auth.Keys = []config.Key{
			{KID: "own", Format: "hs256", Secret: config.Secret{Value: webSecret}},
			{KID: "sig", Format: "usersig", Secret: config.Secret{Value: webSecret}},
		}
	})
}

// sig makes a UserSig that lasts for an hour.
func (w *world) sig(user string) string {
	w.t.Helper()
	a, err := server.Auth(&w.cfg)
	require.NoError(w.t, err)
	s, err := a.Mint(auth.MintRequest{User: group.UserID(user), KeyID: "sig", IssuedAt: w.clock.Now(), Life: time.Hour})
	require.NoError(w.t, err)
	return s
}

// own makes a token as the app's own server does, with nothing of ours.
func (w *world) own(user, secret string) string {
	w.t.Helper()
	part := func(v any) string {
		data, err := json.Marshal(v)
		require.NoError(w.t, err)
		return base64.RawURLEncoding.EncodeToString(data)
	}
	signed := part(map[string]any{"alg": "HS256", "typ": "JWT"}) + "." + part(map[string]any{
		"sub": user, "aud": webApp, "iat": w.clock.Now().Unix(), "exp": w.clock.Now().Add(time.Hour).Unix(),
	})
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// signsIn connects and logs in by a UserSig, without attaching.
func (w *world) signsIn(user string) *peer {
	w.t.Helper()
	p := w.dial(protocol.JSON)
	p.user = user
	a := p.ok(&troupev1.Login{AppId: webApp, UserId: user, Token: w.sig(user)})
	require.Equal(w.t, user, a.GetLogin().GetUserId())
	return p
}

func TestWebimLogin(t *testing.T) {
	t.Parallel()
	live := &troupev1.Attach{Rest: troupev1.Rest_REST_LIVE}
	t.Run("W-001", func(t *testing.T) {
		w := deployed(t)
		olga, mike, out := w.signsIn("olga"), w.signsIn("mike"), w.signsIn("out")
		olga.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"}, "mike")
		olga.ok(text("g", "before delivery"))
		silent(mike)
		mike.ok(live)
		out.ok(live)
		olga.ok(text("g", "delivered"))
		h := mike.hear().exactly(counts{messages: 1})
		require.Equal(t, "delivered", h.messages[0].GetElements()[0].GetText().GetText())
		silent(olga, out)
	})
	t.Run("W-002", func(t *testing.T) {
		w := deployed(t)
		for _, app := range []string{"", "1400000001", "other"} {
			w.dial(protocol.JSON).code(20002, &troupev1.Login{AppId: app, UserId: "olga", Token: w.sig("olga")})
		}
		w.signsIn("olga")
	})
	t.Run("W-003", func(t *testing.T) {
		w := deployed(t)
		a := w.dial(protocol.JSON).ok(&troupev1.Login{AppId: webApp, UserId: "olga", Token: w.sig("olga"), AccountType: "884"})
		require.Equal(t, "olga", a.GetLogin().GetUserId())
	})
	t.Run("W-004", func(t *testing.T) {
		w := deployed(t)
		for _, id := range []string{"with space", "@TIM#SYSTEM", "ünïcode"} {
			require.Equal(t, "invalid_account", w.dial(protocol.JSON).code(20003, &troupev1.Login{AppId: webApp, UserId: id, Token: w.sig("olga")}).GetError())
		}
		w.dial(protocol.JSON).code(20002, &troupev1.Login{AppId: webApp, UserId: "mike", Token: w.sig("olga")})
		mike, olga := w.signsIn("mike"), w.signsIn("olga")
		mike.ok(live)
		olga.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"}, "mike")
		olga.ok(text("g", "who am I"))
		require.Equal(t, "olga", mike.hear().exactly(counts{messages: 1}).messages[0].GetSenderId())
	})
	t.Run("W-005", func(t *testing.T) {
		w := deployed(t)
		good := w.sig("olga")
		for name, token := range map[string]string{
			"none": "", "of another": w.sig("mike"), "changed": good[:len(good)-4] + "AAAA", "cut off": good[:len(good)/2],
		} {
			require.Equal(t, "auth_failed", w.dial(protocol.JSON).code(20002, &troupev1.Login{AppId: webApp, UserId: "olga", Token: token}).GetError(), name)
		}
		w.advance(time.Hour - time.Millisecond)
		w.dial(protocol.JSON).ok(&troupev1.Login{AppId: webApp, UserId: "olga", Token: good})
		w.advance(time.Millisecond)
		w.dial(protocol.JSON).code(70001, &troupev1.Login{AppId: webApp, UserId: "olga", Token: good})
	})
	t.Run("W-016", func(t *testing.T) {
		w := deployed(t)
		a := w.dial(protocol.JSON).ok(&troupev1.Login{AppId: webApp, UserId: "olga", Token: w.own("olga", webSecret)})
		require.Equal(t, "olga", a.GetLogin().GetUserId())
		w.dial(protocol.JSON).code(20002, &troupev1.Login{AppId: webApp, UserId: "olga", Token: w.own("olga", webSecret+"!")})
		w.dial(protocol.JSON).code(20002, &troupev1.Login{AppId: webApp, UserId: "mike", Token: w.own("olga", webSecret)})
	})
	t.Run("W-017", func(t *testing.T) {
		w := deployed(t)
		olga, phone, tablet := w.signsIn("olga"), w.signsIn("mike"), w.signsIn("mike")
		olga.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"}, "mike")
		phone.ok(live)
		tablet.ok(live)
		logout := request(&troupev1.Logout{})
		require.NoError(t, phone.conn.Send(logout))
		e := phone.ending()
		require.Equal(t, protocol.CloseNormal, e.code)
		require.Len(t, e.answers, 1)
		require.Zero(t, e.answers[0].GetCode())
		olga.ok(text("g", "for the tablet"))
		tablet.hear().exactly(counts{messages: 1})
		require.Equal(t, []string{"olga", "mike"}, olga.roster("g"), "offline, not gone")
	})
	t.Run("W-018", func(t *testing.T) {
		w := deployed(t)
		olga := w.signsIn("olga")
		olga.createWith(&troupev1.CreateGroup{Kind: troupev1.Kind_KIND_CUSTOM, GroupId: "g"})
		p := w.dial(protocol.JSON)
		refused := func(p *peer) {
			require.Equal(t, "not_logged_in", p.code(11030, text("g", "too early")).GetError())
			p.code(11030, &troupev1.JoinGroup{GroupId: "g"})
			p.code(11030, live)
		}
		refused(p)
		p.ok(&troupev1.Login{AppId: webApp, UserId: "mike", Token: w.sig("mike")})
		p.ok(live)
		p.ok(&troupev1.JoinGroup{GroupId: "g"})
		p.ok(text("g", "now"))
		require.NoError(t, p.conn.Send(request(&troupev1.Logout{})))
		require.Equal(t, protocol.CloseNormal, p.ending().code)
		refused(w.dial(protocol.JSON))
	})
}
