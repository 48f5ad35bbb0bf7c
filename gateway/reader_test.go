package gateway

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/troupe-im/troupe/protocol"
)

// masked is one frame as clients send it.
func masked(head byte, payload []byte) []byte {
	mask := [4]byte{1, 2, 3, 4}
	b := []byte{head}
	if n := len(payload); n < 126 {
		b = append(b, 0x80|byte(n))
	} else {
		b = append(b, 0x80|126, byte(n>>8), byte(n))
	}
	b = append(b, mask[:]...)
	for i, p := range payload {
		b = append(b, p^mask[i%4])
	}
	return b
}

// TestReaderWaitsShallow: a client that only answers pings costs no more than
// one that is silent: its read loop waits outside the library.
func TestReaderWaitsShallow(t *testing.T) {
	w := newWorld(t, Config{})
	c, s := w.dial(protocol.Binary)
	conn := s.conn.(*conn)
	w.clock.Advance(time.Second / 2)
	net := c.ws.NetConn()
	for i, b := range [][]byte{masked(pongHead, nil), masked(pongHead, []byte("x")), append(masked(pingHead, nil), masked(pongHead, nil)...)} {
		w.clock.Advance(time.Millisecond)
		now := w.srv.edge.now()
		_, err := net.Write(b)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			return conn.heard.Load() == int64(now) && !strings.Contains(stacks(), "(*conn).readOn(")
		}, patience, time.Millisecond, i)
	}
}

func stacks() string {
	b := make([]byte, 1<<20)
	return string(b[:runtime.Stack(b, true)])
}

// TestReaderTakesAnyPieces: requests, whole or in fragments, pings and pongs
// arrive in any pieces; each is dealt with once and in order.
func TestReaderTakesAnyPieces(t *testing.T) {
	w := newWorld(t, Config{RequestsBurst: 1000})
	rapid.Check(t, func(rt *rapid.T) {
		c, s := w.dial(protocol.Binary)
		var all []byte
		var want []string
		for i := range rapid.IntRange(1, 12).Draw(rt, "items") {
			note := fmt.Sprintf("%d%s", i, strings.Repeat("x", rapid.SampledFrom([]int{0, 1, 100, 118, 119}).Draw(rt, "size")))
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				all = append(all, masked(pongHead, []byte(note))...)
			case 1:
				all = append(all, masked(pingHead, []byte(note))...)
			case 2:
				want = append(want, note)
				all = append(all, masked(0x82, protocol.EncodeRequest(protocol.Binary, pingRequest(note)))...)
			case 3:
				want = append(want, note)
				data := protocol.EncodeRequest(protocol.Binary, pingRequest(note))
				cut := rapid.IntRange(0, len(data)).Draw(rt, "cut")
				all = append(all, masked(0x02, data[:cut])...)
				all = append(all, masked(pingHead, []byte("within"))...)
				all = append(all, masked(0x80, data[cut:])...)
			}
		}
		all = append(all, masked(pingHead, []byte("last"))...)
		net := c.ws.NetConn()
		for len(all) > 0 {
			n := min(rapid.IntRange(1, 300).Draw(rt, "piece"), len(all))
			_, err := net.Write(all[:n])
			require.NoError(rt, err)
			all = all[n:]
		}
		for _, id := range want {
			require.Equal(rt, id, take(t, s.requests).GetRequestId())
		}
		last := false
		c.ws.SetPongHandler(func(p string) error {
			last = last || p == "last"
			if last {
				s.conn.Close(protocol.CloseNormal, "")
			}
			return nil
		})
		ce, _ := c.closed()
		require.Equal(rt, websocket.CloseNormalClosure, ce.Code)
		require.Empty(rt, s.requests)
		take(t, s.closed)
		_ = c.ws.Close()
	})
}
