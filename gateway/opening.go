package gateway

import (
	"crypto/tls"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/protocol"
)

// place is what a handshake has taken of the edge. A connection keeps it until
// its end.
type place struct {
	edge    *edge
	remote  netip.Addr
	entered bool // counted with its address
	kept    bool // by a connection
}

// enter counts the address and returns how many connections it has now.
func (p *place) enter() int {
	p.entered = true
	return p.edge.perAddr.enter(p.remote)
}

// giveBack gives up what no connection keeps.
func (p *place) giveBack() {
	switch {
	case p.kept:
	case p.entered:
		p.edge.leave(p.remote)
	default:
		p.edge.done()
	}
}

// connection makes a connection that nobody knows yet.
func (s *Server) connection(ws *websocket.Conn, in *inlet, remote netip.Addr) *conn {
	if tcp, ok := in.Conn.(*net.TCPConn); ok && s.edge.cfg.SendBuffer > 0 {
		_ = tcp.SetWriteBuffer(s.edge.cfg.SendBuffer)
	}
	codec, _ := protocol.CodecOf(ws.Subprotocol())
	c := &conn{edge: s.edge, ws: ws, in: in, net: in.Conn, id: s.edge.ids.Add(1), remote: remote, codec: codec, sweep: unswept()}
	c.raw, c.arrived = rawConn(in.Conn), c.tryRead
	c.sock = c.raw
	if secure, ok := in.Conn.(*tls.Conn); ok {
		if c.paced, ok = secure.NetConn().(*pacedConn); ok {
			c.sock = rawConn(c.paced.Conn)
		}
	}
	c.polled = c.sock != nil && s.edge.poller != nil
	c.opened = s.edge.now()
	c.heard.Store(int64(c.opened))
	c.install()
	return c
}

// open gives a connection its session and its sweeper, or tells it why it must go.
func (s *Server) open(c *conn) {
	session := s.session(c)
	if session == nil {
		c.Close(protocol.CloseInternal, "internal error")
		return
	}
	c.out.mu.Lock()
	c.session = session
	lagged := c.out.q != nil && c.out.q.lagging()
	c.out.mu.Unlock()
	if lagged {
		// It went down the ladder before there was anybody to tell.
		session.Lagged()
	}
	if !s.edge.sweeper(c.id).add(c) {
		// The drain has begun since the handshake was judged.
		c.Close(protocol.CloseGoingAway, s.drainReason())
	}
}

// session opens the session behind a connection; nil if that was a panic, which
// ends this connection alone.
func (s *Server) session(c *conn) (session actors.Session) {
	defer func() {
		if p := recover(); p != nil {
			s.deps.Logger.Error("panic while opening a session", "err", p, slog.Uint64("session", c.id), "stack", string(debug.Stack()))
			session = nil
		}
	}()
	return s.deps.Opener.Open(c)
}

// defect counts and logs a panic in a handshake, whose socket is closed.
func (s *Server) defect(p any) {
	s.metrics.upgrades[upgradeDefect].Inc()
	s.deps.Logger.Error("panic in a handshake", "err", p, "stack", string(debug.Stack()))
}
