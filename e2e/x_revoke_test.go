package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// tokenRevoked is refused for its token; the connection may try another.
func (w *world) tokenRevoked(old, good *troupev1.Login) {
	w.t.Helper()
	p := w.dial(protocol.Binary)
	p.user = old.GetUserId()
	a := p.code(11057, old)
	require.Equal(w.t, "token_revoked", a.GetError())
	require.Nil(w.t, a.GetResult())
	p.code(11030, &troupev1.ListJoinedGroups{})
	p.ok(good)
	p.ok(&troupev1.ListJoinedGroups{})
	p.cut()
}

func TestRevokeTokens(t *testing.T) {
	t.Parallel()
	t.Run("X-095", func(t *testing.T) {
		w := newWorld(t, rooted)
		old := w.byToken("ann", "old")
		w.advance(10 * time.Second)
		same := w.byToken("ann", "same")
		w.advance(900 * time.Millisecond)
		now := w.now()
		_, ticket := w.enter(same)
		w.peers[0].cut()
		w.advance(100 * time.Millisecond) // a new second
		newer := w.byToken("ann", "newer")
		devices := map[string]*peer{}
		for name, login := range map[string]*troupev1.Login{"old": old, "same": same, "newer": newer} {
			devices[name] = w.dial(protocol.Binary)
			devices[name].user = "ann"
			devices[name].ok(login)
		}
		root, bob := w.trusted("root", ""), w.trusted("bob", "")

		a := root.ok(&troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(now)}).GetRevokeTokens()
		require.Equal(t, now, a.GetNotBefore())
		devices["old"].kickedOffline("token_revoked", 4501)
		devices["same"].kickedOffline("token_revoked", 4501)
		silent(devices["newer"], root, bob)
		devices["newer"].ok(&troupev1.ListJoinedGroups{})
		good := w.byToken("ann", "newer")
		for range 2 {
			w.tokenRevoked(old, good)
			w.tokenRevoked(same, good)
			w.resumeRefused("revoked", w.byTicket("ann", "same", ticket))
			w.restart()
		}
		// It only rises; by default it is now.
		root = w.trusted("root", "")
		a = root.ok(&troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(now - 1)}).GetRevokeTokens()
		require.Equal(t, now, a.GetNotBefore())
		root.code(10004, &troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(w.now() + 1)})
		ann := w.dial(protocol.JSON)
		ann.user = "ann"
		ann.ok(newer)
		a = root.ok(&troupev1.RevokeTokens{UserId: "ann"}).GetRevokeTokens()
		require.Equal(t, w.now(), a.GetNotBefore())
		ann.kickedOffline("token_revoked", 4501)
		w.advance(time.Second)
		w.tokenRevoked(newer, w.byToken("ann", ""))
		w.trusted("bob", "").ok(&troupev1.ListJoinedGroups{})
	})
	t.Run("X-096", func(t *testing.T) {
		w := newWorld(t, rooted)
		phone, laptop, bob := w.trusted("ann", "phone"), w.trusted("ann", "laptop"), w.trusted("bob", "")
		stolen, ofBob := w.byToken("ann", "elsewhere"), w.byToken("bob", "elsewhere")
		w.advance(time.Second)
		bob.create(troupev1.Kind_KIND_LIVESTREAM, "show")
		bob.ok(&troupev1.JoinGroup{GroupId: "show"})
		laptop.ok(&troupev1.JoinGroup{GroupId: "show"})
		bob.ok(&troupev1.Attach{Rest: troupev1.Rest_REST_LIVE})
		w.advance(500 * time.Millisecond)
		bob.untilTip(1)
		forget(w.peers...)
		phone.code(10007, &troupev1.RevokeTokens{UserId: "bob"})
		silent(bob)
		p := w.dial(protocol.Binary)
		p.user = "bob"
		p.ok(ofBob)

		a := phone.ok(&troupev1.RevokeTokens{}).GetRevokeTokens()
		require.Equal(t, w.now(), a.GetNotBefore())
		phone.kickedOffline("token_revoked", 4501)
		laptop.kickedOffline("token_revoked", 4501)
		silent(p)
		w.advance(500 * time.Millisecond)
		bob.gets(1)
		tip := bob.hear().exactly(counts{tips: 1}).theTip(2, "ann", "ann")
		require.Equal(t, "disconnected", tip.GetReason())
		w.advance(time.Second)
		silent(p, bob)
		w.tokenRevoked(stolen, w.byToken("ann", "phone"))
		again := w.trusted("ann", "phone")
		again.ok(&troupev1.RevokeTokens{UserId: "ann", NotBefore: proto.Int64(1)})
		silent(again)
	})
}
