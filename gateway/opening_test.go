package gateway

import (
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
)

// stopped stops the server, which waits for every connection that it counts.
func (w *world) stopped() {
	w.t.Helper()
	done := make(chan error, 1)
	go func() { done <- w.srv.Shutdown(w.t.Context()) }()
	require.NoError(w.t, take(w.t, done))
}

// TestPanicWhileOpening: a session that cannot be opened costs its own
// connection, and no stop waits for it.
func TestPanicWhileOpening(t *testing.T) {
	w := newWorld(t, Config{MaxPerAddress: 1, DrainWindow: time.Nanosecond})
	w.opener.broken.Store(true)
	c, _, err := w.try("troupe.v1", nil)
	require.NoError(t, err)
	ce, before := c.closed()
	require.Equal(t, protocol.CloseInternal, ce.Code)
	require.Empty(t, before)
	require.Eventually(t, func() bool { return w.srv.Connections() == 0 }, patience, time.Millisecond)
	require.Contains(t, w.metrics(), `troupe_gateway_closes_total{code="1011"} 1`+"\n")

	w.opener.broken.Store(false)
	fine, session := w.dial(protocol.Binary) // the address has its place again
	fine.send(pingRequest("a"))
	require.Equal(t, "a", take(t, session.requests).GetRequestId())
	require.NoError(t, fine.ws.Close())
	take(t, session.closed)
	w.stopped()
}

// TestPanicInAHandshake: whoever reads the handshake, what it was counted for
// is given back.
func TestPanicInAHandshake(t *testing.T) {
	for _, by := range []string{"the listener", "net/http"} {
		t.Run(by, func(t *testing.T) {
			w := newWorld(t, Config{MaxHandshakes: 1, DrainWindow: time.Nanosecond, TrustedProxies: prefixes("127.0.0.0/8")})
			addr := w.addr
			if by == "net/http" {
				srv := httptest.NewServer(w.srv.Handler())
				t.Cleanup(srv.Close)
				addr = srv.Listener.Addr().String()
			}
			d := websocket.Dialer{HandshakeTimeout: patience, Subprotocols: []string{"troupe.v1"}}
			_, _, err := d.Dial("ws://"+addr+"/ws", map[string][]string{"X-Forwarded-For": {"192.0.2.99"}})
			require.Error(t, err)
			require.Equal(t, upgradeDefect+" 1", w.upgrades())
			require.Zero(t, w.srv.Connections())
			c, session := w.dial(protocol.Binary)
			require.NoError(t, c.ws.Close())
			take(t, session.closed)
			w.stopped()
		})
	}
}

// TestLaggedWhileOpening: a session that gets more than its connection holds
// before the edge knows it is told so all the same.
func TestLaggedWhileOpening(t *testing.T) {
	w := newWorld(t, Config{QueueFrames: 8})
	w.opener.early = func(s *stubSession) {
		out := &s.conn.(*conn).out
		writes := func(on bool) {
			out.mu.Lock()
			defer out.mu.Unlock()
			out.writing = on
		}
		writes(true) // so that no writer begins
		defer writes(false)
		for seq := uint64(1); seq <= 20; seq++ {
			s.conn.Push(numbered(seq))
		}
	}
	_, _, err := w.try("troupe.v1", nil)
	require.NoError(t, err)
	take(t, w.session().lagged)
}
