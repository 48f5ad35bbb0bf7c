package gateway

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/stretchr/testify/require"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/protocol"
)

// writePass does what the end of a pass does.
func writePass(p *actors.Pass) {
	if conns := p.Conns(); len(conns) > 0 {
		conns[0].WritePass(conns, p)
	}
}

func liveBlock(from, to uint64, size int) *protocol.Block {
	var frames []*protocol.Frame
	for seq := from; seq <= to; seq++ {
		frames = append(frames, messageFrame(protocol.ClassLive, 9, seq, size))
	}
	return protocol.NewBlock(frames)
}

// TestPass: one goroutine writes a block to many sockets, each in its codec.
func TestPass(t *testing.T) {
	w := newWorld(t, Config{})
	var clients []*client
	p, b := &actors.Pass{}, liveBlock(1, 3, 10)
	for i := range 2 * breather {
		codec := protocol.Binary
		if i%3 == 0 {
			codec = protocol.JSON
		}
		c, s := w.dial(codec)
		clients = append(clients, c)
		s.conn.PushBlock(b, p)
		if i == 0 {
			// What comes behind it goes with it.
			s.conn.Push(live(4))
		}
	}
	require.Len(t, p.Conns(), len(clients))
	writePass(p)
	for i, c := range clients {
		for seq := range uint64(3) {
			require.Equal(t, seq+1, c.next().GetEvent().GetMessage().GetSeq(), i)
		}
	}
	require.EqualValues(t, 4, clients[0].next().GetEvent().GetMessage().GetSeq())
}

// TestPassLeavesTheSlowBehind: a full socket does not stop the pass, and what
// it was to be sent comes whole and in order.
func TestPassLeavesTheSlowBehind(t *testing.T) {
	w := newWorld(t, Config{SendBuffer: 32 << 10, QueueFrames: 1 << 16, QueueBytes: 1 << 30})
	d := websocket.Dialer{
		Subprotocols: []string{"troupe.v1"},
		NetDial: func(network, addr string) (net.Conn, error) {
			c, err := net.Dial(network, addr)
			if err == nil {
				err = c.(*net.TCPConn).SetReadBuffer(32 << 10)
			}
			return c, err
		},
	}
	ws, _, err := d.Dial("ws://"+w.addr+"/ws", nil)
	require.NoError(t, err)
	t.Cleanup(func() { _ = ws.Close() })
	slow, s := &client{t: t, ws: ws, codec: protocol.Binary}, w.session()
	quick, q := w.dial(protocol.Binary)
	var seq, after uint64
	for blocked := false; !blocked; blocked = after > 10 {
		p := &actors.Pass{}
		b := liveBlock(seq+1, seq+4, 3000)
		s.conn.PushBlock(b, p)
		if len(p.Conns()) == 0 {
			after++ // a goroutine waits for the socket
		}
		q.conn.PushBlock(b, p)
		writePass(p)
		for range 4 {
			seq++
			require.Equal(t, seq, quick.next().GetEvent().GetMessage().GetSeq())
		}
	}
	for n := range seq {
		require.Equal(t, n+1, slow.next().GetEvent().GetMessage().GetSeq())
	}
}

// TestPassOverTheDead: a connection that breaks ends; the others get theirs.
func TestPassOverTheDead(t *testing.T) {
	w := newWorld(t, Config{})
	gone, dead := w.dial(protocol.Binary)
	c, s := w.dial(protocol.Binary)
	for i := range 2 {
		p := &actors.Pass{}
		if i == 0 {
			dead.conn.PushBlock(liveBlock(1, 2, 10), p)
			tcp := gone.ws.NetConn().(*net.TCPConn)
			require.NoError(t, tcp.SetLinger(0))
			require.NoError(t, tcp.Close())
		} else {
			dead.conn.PushBlock(liveBlock(1, 2, 10), p)
			require.Empty(t, p.Conns())
		}
		s.conn.PushBlock(liveBlock(uint64(2*i+1), uint64(2*i+2), 10), p)
		writePass(p)
		require.Equal(t, fmt.Sprint(2*i+1), fmt.Sprint(c.next().GetEvent().GetMessage().GetSeq()))
		require.Equal(t, fmt.Sprint(2*i+2), fmt.Sprint(c.next().GetEvent().GetMessage().GetSeq()))
		if i == 0 {
			<-dead.closed
		}
	}
}

// TestPassWithCompany: what comes while a connection waits for its pass stands
// behind what it waits with, and a close keeps of both what it keeps.
func TestPassWithCompany(t *testing.T) {
	seqs := func(c *client) (got []uint64) {
		for {
			f, err := c.read()
			if err != nil {
				return got
			}
			got = append(got, f.GetEvent().GetMessage().GetSeq())
		}
	}
	for name, tc := range map[string]struct {
		then func(*stubSession, *actors.Pass)
		want []uint64
	}{
		"a frame": {func(s *stubSession, p *actors.Pass) { s.conn.Push(live(4)); writePass(p) }, []uint64{1, 2, 3, 4}},
		"a block": {func(s *stubSession, p *actors.Pass) {
			s.conn.PushBlock(liveBlock(4, 5, 10), &actors.Pass{})
			writePass(p)
		}, []uint64{1, 2, 3, 4, 5}},
		"a frame of the same pass": {func(s *stubSession, p *actors.Pass) { s.conn.PushIn(live(4), p); writePass(p) }, []uint64{1, 2, 3, 4}},
		"an end that keeps all":    {func(s *stubSession, p *actors.Pass) { s.conn.Close(protocol.CloseGoingAway, ""); writePass(p) }, []uint64{1, 2, 3}},
		"an end that keeps little": {func(s *stubSession, p *actors.Pass) { s.conn.Close(protocol.CloseReplaced, ""); writePass(p) }, nil},
		"a detach": {func(s *stubSession, p *actors.Pass) {
			s.conn.Lagged(nil, protocol.Lagging(true, nil))
			writePass(p)
		}, []uint64{0, 0, 0}}, // level_changed, lagging, and back
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, Config{})
			c, s := w.dial(protocol.Binary)
			p := &actors.Pass{}
			s.conn.PushBlock(liveBlock(1, 3, 10), p)
			require.Len(t, p.Conns(), 1)
			tc.then(s, p)
			require.Eventually(t, func() bool {
				conn := s.conn.(*conn)
				conn.out.mu.Lock()
				defer conn.out.mu.Unlock()
				return !conn.out.writing && conn.out.lone.none()
			}, patience, 1e6)
			s.conn.Close(protocol.CloseGoingAway, "")
			require.Equal(t, tc.want, seqs(c))
		})
	}
}

// TestPassThatIsBlocked: who takes no more in the middle of a block, and is
// given nothing else, goes down the ladder by time alone; with TLS, where the
// pass waits for a goroutine, as without.
func TestPassThatIsBlocked(t *testing.T) {
	cert, pool := selfSigned(t)
	for scheme, server := range map[string]*tls.Config{"ws": nil, "wss": {Certificates: []tls.Certificate{cert}}} {
		t.Run(scheme, func(t *testing.T) {
			w := newWorld(t, Config{TLS: server, QueueBytes: 1 << 30, CloseTimeout: 20 * time.Millisecond})
			d := websocket.Dialer{Subprotocols: []string{"troupe.v1"}, TLSClientConfig: &tls.Config{RootCAs: pool}}
			ws, _, err := d.Dial(scheme+"://"+w.addr+"/ws", nil) // reads nothing
			require.NoError(t, err)
			t.Cleanup(func() { _ = ws.Close() })
			s := w.session()
			c := s.conn.(*conn)
			require.Equal(t, server != nil, c.raw == nil)
			w.srv.edge.sweeper(c.id).remove(c) // the test is the sweeper
			p := &actors.Pass{}
			p.Wait()
			s.conn.PushBlock(liveBlock(1, 16, 1<<20), p) // more than the kernel buffers
			writePass(p)
			require.Eventually(t, func() bool { // with TLS another goroutine does
				c.out.mu.Lock()
				defer c.out.mu.Unlock()
				return c.out.q != nil && c.out.q.flight.frames > 0
			}, patience, 1e6, "is being written")
			times := w.srv.edge.queue.times
			require.Equal(t, times.blocked, c.tick(times.blocked*3/4), "when to look again")
			c.tick(times.blocked - 1)
			require.Empty(t, s.lagged)
			c.tick(times.blocked)
			take(t, s.lagged)
			s.conn.Lagged(nil, protocol.Lagging(true, nil))
			c.tick(times.blocked + times.closed - 1)
			require.False(t, c.ending())
			c.tick(times.blocked + times.closed)
			require.True(t, c.ending())
			take(t, s.closed)
			require.Equal(t, uint16(protocol.CloseTooSlow), c.out.code)
		})
	}
}
