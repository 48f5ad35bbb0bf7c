package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/cmd/troupe/server"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Who does not speak the protocol does not come in; who offers both codecs
// gets the binary one.
func TestConnHandshake(t *testing.T) {
	t.Parallel()
	h := newHall(t, server.Options{})
	dial := func(header http.Header, protocols ...string) (*websocket.Conn, int) {
		d := websocket.Dialer{Subprotocols: protocols, HandshakeTimeout: patience}
		ws, resp, err := d.Dial(h.url, header)
		if err != nil {
			require.ErrorIs(t, err, websocket.ErrBadHandshake)
			return nil, resp.StatusCode
		}
		t.Cleanup(func() { _ = ws.Close() })
		return ws, resp.StatusCode
	}
	for name, protocols := range map[string][]string{"none": nil, "unknown": {"chat.v9"}} {
		_, status := dial(nil, protocols...)
		require.Equal(t, http.StatusBadRequest, status, name)
	}
	_, status := dial(http.Header{"Origin": {"https://elsewhere.example"}}, protocol.SubprotocolJSON)
	require.Equal(t, http.StatusForbidden, status)
	status, _ = h.page("/ws")
	require.Equal(t, http.StatusBadRequest, status, "no handshake at all")
	for want, offered := range map[string][]string{
		protocol.SubprotocolBinary: {protocol.SubprotocolJSON, "chat.v9", protocol.SubprotocolBinary},
		protocol.SubprotocolJSON:   {"chat.v9", protocol.SubprotocolJSON},
	} {
		ws, _ := dial(nil, offered...)
		require.NotNil(t, ws)
		require.Equal(t, want, ws.Subprotocol())
	}
	h.goesOn()
}

// The phases of a connection: new, guest, signed in (spec 18.1).
func TestConnPhases(t *testing.T) {
	t.Parallel()
	for name, codec := range codecs {
		t.Run(name, func(t *testing.T) {
			h := newHall(t, server.Options{})
			h.alice.create(troupev1.Kind_KIND_LIVESTREAM, "show")
			h.alice.ok(&troupev1.JoinGroup{GroupId: "show"})
			h.advance(500 * time.Millisecond)
			h.alice.untilTip(1)
			forget(h.alice)
			audience := func() (members, all uint32) {
				g := h.bob.profile("show")
				return g.GetMemberCount(), g.GetAudienceCount()
			}
			watch := &troupev1.GuestJoin{GroupId: "show"}
			p := h.dial(codec)
			p.ok(&troupev1.Ping{})
			p.code(11030, text("show", "new"))
			p.code(20001, &troupev1.GuestLeave{})

			p.ok(watch)
			_, all := audience()
			require.EqualValues(t, 2, all)
			p.ok(&troupev1.Ping{})
			p.code(11030, text("show", "a guest"))
			h.alice.ok(text("show", "for guests"))
			p.hear().exactly(counts{messages: 1})
			p.ok(&troupev1.GuestLeave{})
			h.settle()
			_, all = audience()
			require.EqualValues(t, 1, all)
			h.alice.ok(text("show", "for nobody"))
			silent(p)

			p.ok(watch)
			login := p.ok(&troupev1.Login{UserId: "ned"}).GetLogin()
			require.NotEmpty(t, login.GetDeviceId(), "made by the server")
			require.NotEmpty(t, login.GetSessionId())
			require.Equal(t, h.now(), login.GetServerTime())
			require.Positive(t, login.GetHeartbeatS())
			h.settle()
			members, all := audience()
			require.Equal(t, []uint32{1, 1}, []uint32{members, all}, "watching as guest has ended")
			h.alice.ok(text("show", "not for ned"))
			silent(p)
			p.code(20001, watch)
			p.code(20001, &troupev1.GuestLeave{})
			p.code(20001, &troupev1.Login{UserId: "eve"})
			p.ok(&troupev1.Login{UserId: "ned"})
			p.ok(&troupev1.JoinGroup{GroupId: h.g})
			silent(p)
			h.bob.hear().exactly(counts{tips: 1})
			forget(h.alice)
			h.goesOn()
		})
	}
}
