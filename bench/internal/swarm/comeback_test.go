//go:build linux

package swarm

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/protocol"
)

// Who is told to wait does, and comes back with the ticket, or with the token
// where that is refused.
func TestComeBack(t *testing.T) {
	closing := 1 // the connection that is closed instead of being given a message
	server := startFake(t, 0, func(conn int, _ uint64, frame []byte) [][]byte {
		if conn == closing {
			return [][]byte{{0x88, 3, 0x03, 0xe9, '7'}}
		}
		return [][]byte{frame}
	})
	s, err := New(Options{URL: "ws://" + server.Addr().String() + "/ws", Codec: protocol.Binary, Loops: 1, Run: "run", Tokens: func(string) string { return "token" }})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	speaker := s.Conn(0, "ann", LogInOnly)
	require.NoError(t, s.Open(t.Context(), []*Conn{speaker}, Pace{}))
	p := s.Publisher(speaker, s.Room("stage", false), 80)
	bob := s.Conn(0, "bob", LogInKeeping)
	require.NoError(t, s.Open(t.Context(), []*Conn{bob}, Pace{}))

	var took []Back
	comesBack := func() Tally {
		back := s.Reopen([]*Conn{bob}, ComeBack, 1, func(_ *Conn, b Back) { took = append(took, b) })
		require.NoError(t, p.Send(Now()))
		require.NoError(t, back.Wait(t.Context()))
		require.NoError(t, s.Settle(t.Context(), time.Minute))
		return s.Tally()
	}
	got := comesBack()
	require.Equal(t, [4]uint64{1, 1, 0, 0}, [4]uint64{got.Waited, got.Resumed, got.Refused, got.Tokens})
	require.GreaterOrEqual(t, took[0].Away-took[0].After, 7*time.Millisecond)

	server.mu.Lock()
	closing, server.noTickets = 2, true
	server.mu.Unlock()
	got = comesBack()
	require.Equal(t, [4]uint64{2, 1, 1, 1}, [4]uint64{got.Waited, got.Resumed, got.Refused, got.Tokens})
}

func TestToldToWait(t *testing.T) {
	for _, c := range []struct {
		err  error
		wait time.Duration
		told bool
	}{
		{&errClosed{1001, "1500"}, 1500 * time.Millisecond, true},
		{&errClosed{1001, "soon"}, 0, false},
		{&errClosed{4000, "1500"}, 0, false},
		{errCut, 0, false},
	} {
		wait, told := toldToWait(c.err)
		require.Equal(t, c.told, told)
		if told {
			require.Equal(t, c.wait, wait)
		}
	}
	require.Equal(t, 12*time.Second, retryAfter([]byte("HTTP/1.1 503 Service Unavailable\r\nretry-after: 12")))
	require.Zero(t, retryAfter([]byte("HTTP/1.1 503 Service Unavailable\r\nRetry-After: Fri, 31 Dec 1999 23:59:59 GMT")))

	c := &Conn{dials: 1, returning: true}
	for range 100 {
		wait := c.waitOf(errCut)
		require.GreaterOrEqual(t, wait, time.Second)
		require.Less(t, wait, 3*time.Second)
	}
	require.Equal(t, time.Minute, c.waitOf(&errUpgrade{"503", time.Minute}))
}
