package e2e

import (
	"strconv"
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

// slack is what a check of a connection may come late (spec 18.6, 18.7 give
// periods, not their precision).
const slack = 5 * time.Second

var codecs = map[string]protocol.Codec{"binary": protocol.Binary, "json": protocol.JSON}

// No login for 10 s ends a connection; a ping is none.
func TestConnNoLogin(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{}, func(c *config.Config) { c.Limits.LoginWithin = config.Default().Limits.LoginWithin })
			mute := h.dial(codec)
			mute.ok(&troupev1.Ping{})
			h.advance(10*time.Second - time.Millisecond)
			mute.ok(&troupev1.Ping{})
			h.advance(slack + time.Millisecond)
			e := mute.ending()
			require.Equal(t, protocol.CloseNoLogin, e.code, e.reason)
			require.Empty(t, e.events)
			late := h.dial(codec)
			late.ok(&troupev1.Ping{})
			h.advance(9 * time.Second)
			late.ok(&troupev1.Login{UserId: "late"})
			h.advance(time.Minute)
			late.ok(&troupev1.Ping{})
			h.goesOn()
		})
	}
}

// A silent connection is pinged after 30 s and closed after 60; frames that go
// to it do not count.
func TestConnSilent(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{}, func(c *config.Config) {
		d := config.Default().Limits
		c.Limits.PingAfter, c.Limits.SilentAfter = d.PingAfter, d.SilentAfter
	})
	h.eve.cut()
	l := h.lurk("eve")
	pass := func(d time.Duration) {
		h.advance(d)
		forget(h.alice, h.bob)
	}
	pass(30*time.Second - time.Millisecond)
	h.alice.ok(text(h.g, "before the ping"))
	require.Equal(t, "before the ping", l.next())
	pass(slack + time.Millisecond)
	require.Equal(t, "ping", l.next())
	pass(60*time.Second - (30*time.Second + slack) - time.Millisecond)
	h.alice.ok(text(h.g, "before the close"))
	require.Equal(t, "before the close", l.next())
	pass(slack + time.Millisecond)
	l.closes(protocol.CloseSilent)
	h.goesOn()

	pong := h.device("eve", "")
	h.bob.fence()
	for range 4 {
		h.clock.Advance(40 * time.Second)
		// What answers pings by itself stays.
		for _, p := range []*peer{h.alice, h.bob, pong} {
			p.fence()
		}
	}
	h.goesOn()
}

// The third refused login ends the connection, two do not.
func TestConnRefusedLogins(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			wrong := &troupev1.Login{UserId: "mal", Token: "wrong"}
			p := h.dial(codec)
			p.code(20002, wrong)
			p.code(20002, wrong)
			p.code(11030, &troupev1.ListJoinedGroups{})
			p.ok(&troupev1.Login{UserId: "mal"})
			p.code(20001, &troupev1.Login{UserId: "bob"})

			q := h.dial(codec)
			q.code(20002, wrong)
			q.code(20002, wrong)
			last := request(wrong)
			require.NoError(t, q.conn.Send(last))
			e := q.ending()
			require.Equal(t, protocol.CloseRefused, e.code)
			require.Len(t, e.answers, 1)
			require.Equal(t, last.GetRequestId(), e.answers[0].GetRequestId())
			require.EqualValues(t, 20002, e.answers[0].GetCode())
			h.goesOn()
		})
	}
}

// The same device replaces its older connection, the eleventh device drops the
// one that logged in first; the old ones hear why and nothing more.
func TestConnReplaced(t *testing.T) {
	t.Parallel()
	t.Run("same device", func(t *testing.T) {
		h := newHall(t, server.Options{})
		old := h.device("eve", "phone")
		now := h.device("eve", "phone")
		old.ending().kicked(t, protocol.CloseReplaced, "another_device")
		h.alice.ok(text(h.g, "for the new one"))
		for _, p := range []*peer{now, h.eve, h.bob} {
			p.hear().exactly(counts{messages: 1})
		}
		h.goesOn()
	})
	t.Run("another user's device of that name", func(t *testing.T) {
		h := newHall(t, server.Options{})
		mine := h.device("eve", "phone")
		h.device("bob", "phone")
		silent(mine)
		h.goesOn()
		mine.hear().exactly(counts{messages: 1})
	})
	t.Run("eleventh device", func(t *testing.T) {
		h := newHall(t, server.Options{})
		h.eve.cut()
		h.settle()
		var devices []*peer
		for i := range 11 {
			devices = append(devices, h.device("eve", "d"+strconv.Itoa(i)))
		}
		devices[0].ending().kicked(t, protocol.CloseReplaced, "too_many_devices")
		h.alice.ok(text(h.g, "for ten"))
		for _, p := range devices[1:] {
			p.hear().exactly(counts{messages: 1})
		}
		h.bob.hear().exactly(counts{messages: 1})
		h.goesOn()
	})
}

// signed lets users in by tokens as well as without.
func signed(c *config.Config) {
	c.App.ID = "hall"
	c.Auth.Keys = []config.Key{{KID: "k", Format: "hs256", Secret: config.Secret{Value: "a secret of thirty-two characters"}}}
}

// token mints one that lasts from now on.
func (w *world) token(user string, life time.Duration) string {
	w.t.Helper()
	a, err := server.Auth(&w.cfg)
	require.NoError(w.t, err)
	s, err := a.Mint(auth.MintRequest{User: group.UserID(user), IssuedAt: w.clock.Now(), Life: life})
	require.NoError(w.t, err)
	return s
}

// A connection ends with its token, unless it is renewed.
func TestConnTokenExpires(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{}, signed)
	in := func() *peer {
		p := h.dial(protocol.Binary)
		p.user = "eve"
		p.ok(&troupev1.Login{AppId: "hall", UserId: "eve", Token: h.token("eve", time.Hour)})
		p.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		return p
	}
	idle, renewing := in(), in()
	h.advance(time.Hour - time.Millisecond)
	silent(idle, renewing)
	renewing.ok(&troupev1.Login{AppId: "hall", UserId: "eve", Token: h.token("eve", time.Hour)})
	h.advance(slack)
	idle.ending().kicked(t, protocol.CloseToken, "token_expired")
	h.alice.ok(text(h.g, "for those with a token"))
	for _, p := range []*peer{renewing, h.eve, h.bob} {
		p.hear().exactly(counts{messages: 1})
	}
	h.advance(time.Hour)
	renewing.ending().kicked(t, protocol.CloseToken, "token_expired")
	h.goesOn()
}

// logout is answered, then the connection is closed; the user's others stay.
func TestConnLogout(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			p := h.dial(codec)
			p.ok(&troupev1.Login{UserId: "eve"})
			p.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
			logout := request(&troupev1.Logout{})
			require.NoError(t, p.conn.Send(logout))
			e := p.ending()
			require.Equal(t, protocol.CloseNormal, e.code)
			require.Empty(t, e.events)
			require.Len(t, e.answers, 1)
			require.Equal(t, logout.GetRequestId(), e.answers[0].GetRequestId())
			require.Zero(t, e.answers[0].GetCode())
			h.goesOn()
			h.eve.hear().exactly(counts{messages: 1})
		})
	}
}

// An orderly stop tells each connection when to come back, in ms.
func TestConnStop(t *testing.T) {
	t.Parallel()
	const window = 30 * time.Second
	h := newHall(t, server.Options{}, func(c *config.Config) { c.Drain.ReturnWindow = config.Duration(window) })
	text := h.dial(protocol.JSON)
	text.ok(&troupev1.Login{UserId: "eve"})
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		h.stop()
	}()
	for _, p := range []*peer{h.alice, h.bob, h.eve, text} {
		e := p.ending()
		require.Equal(t, protocol.CloseGoingAway, e.code)
		ms, err := strconv.Atoi(e.reason)
		require.NoError(t, err, "%q", e.reason)
		require.GreaterOrEqual(t, ms, 0)
		require.LessOrEqual(t, ms, int(window.Milliseconds()))
		require.Empty(t, e.events)
	}
	<-stopped
}
