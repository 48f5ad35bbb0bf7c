package gateway

import (
	"crypto/tls"
	"fmt"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
)

// frameOf is a client's frame with a request, masked with nothing.
func frameOf(t *testing.T, id string) []byte {
	t.Helper()
	data := protocol.EncodeRequest(protocol.Binary, pingRequest(id))
	require.Less(t, len(data), 126)
	return append([]byte{0x82, 0x80 | byte(len(data)), 0, 0, 0, 0}, data...)
}

func answered(c *client) string { return c.next().GetAnswer().GetRequestId() }

// TestRequestsInPieces: requests come in whatever pieces the network makes of
// them: many at once, or a byte at a time.
func TestRequestsInPieces(t *testing.T) {
	t.Run("plain", func(t *testing.T) {
		w := newWorld(t, Config{})
		c, s := w.dial(protocol.Binary)
		inPieces(t, c, s)
	})
	t.Run("TLS", func(t *testing.T) {
		cert, pool := selfSigned(t)
		w := newWorld(t, Config{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
		c, s := w.dialTLS(pool)
		inPieces(t, c, s)
		require.NoError(t, c.ws.NetConn().Close())
		take(t, s.closed)
	})
}

func inPieces(t *testing.T, c *client, s *stubSession) {
	t.Helper()
	go func() {
		for {
			select {
			case req := <-s.requests:
				s.conn.Push(answerFrame(req.GetRequestId()))
			case <-t.Context().Done():
				return
			}
		}
	}()
	raw := c.ws.NetConn()
	var many []byte
	for i := range 40 { // more than a read takes
		many = append(many, frameOf(t, fmt.Sprint("m", i, "-", strings.Repeat("x", 60)))...)
	}
	last := frameOf(t, "last")
	_, err := raw.Write(append(many, last[:5]...))
	require.NoError(t, err)
	for i := range 40 {
		require.Contains(t, answered(c), fmt.Sprint("m", i, "-"))
	}
	for _, b := range last[5:] {
		_, err := raw.Write([]byte{b})
		require.NoError(t, err)
	}
	require.Equal(t, "last", answered(c))
	_, err = raw.Write(frameOf(t, "and one more"))
	require.NoError(t, err)
	require.Equal(t, "and one more", answered(c))
}

// TestSilentConnectionsNeedNoGoroutine: that is what makes them cheap.
func TestSilentConnectionsNeedNoGoroutine(t *testing.T) {
	w := newWorld(t, Config{})
	if w.srv.edge.poller == nil {
		t.Skip("no poller on this system")
	}
	c, s := w.dial(protocol.Binary)
	c.send(pingRequest("warm"))
	take(t, s.requests)
	before := runtime.NumGoroutine()
	const n = 60
	for range n {
		c, s := w.dial(protocol.Binary)
		c.send(pingRequest("a"))
		take(t, s.requests)
	}
	require.Eventually(t, func() bool { return runtime.NumGoroutine() < before+n/2 }, patience, time.Millisecond,
		"%d goroutines before, %d now", before, runtime.NumGoroutine())
}

// TestHalfClosed: a client that says it will send no more ends.
func TestHalfClosed(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	require.NoError(t, c.ws.NetConn().(*net.TCPConn).CloseWrite())
	take(t, s.closed)
	require.Eventually(t, func() bool { return w.srv.Connections() == 0 }, patience, time.Millisecond)
}

// TestRefusedClientThatStays: one that is told at once why it must go, and does
// not answer the close, is not waited for without end.
func TestRefusedClientThatStays(t *testing.T) {
	w := newWorld(t, Config{MaxPerAddress: 1, CloseTimeout: 20 * time.Millisecond})
	_, _ = w.dial(protocol.Binary)
	c, _, err := w.try("troupe.v1", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.ws.Close() }) // reads nothing, so it answers nothing
	require.Eventually(t, func() bool { return w.srv.Connections() == 1 }, patience, time.Millisecond)
}
