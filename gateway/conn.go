package gateway

import (
	"net"
	"net/netip"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/protocol"
)

// conn is one WebSocket connection; it implements actors.Conn. There may be
// very many of them: keep it small.
type conn struct {
	// Fixed after construction.
	edge    *edge
	ws      *websocket.Conn
	in      *inlet          // what ws reads from
	net     net.Conn        // all writes go here, never to ws
	raw     syscall.RawConn // of net, to write without waiting; nil if that can't be
	sock    syscall.RawConn // of the socket below; nil if it is not known
	paced   *pacedConn      // what TLS reads from; nil without TLS
	polled  bool            // the edge's poller waits for it
	session actors.Session  // set once, under out.mu, before the read loop starts
	id      uint64
	remote  netip.Addr
	opened  time.Duration
	codec   protocol.Codec

	// Owned by the read loop.
	malformed uint8
	credits   credits
	packet    *packet            // what was waited for
	arrived   func(uintptr) bool // tryRead, made once
	early     bool               // there was nothing to read after all

	// armed: the poller hands the connection over when something has arrived.
	armed atomic.Bool
	// heard is when the client was last heard, since the edge's start.
	heard atomic.Int64
	// pending counts requests that have not been answered.
	pending  atomic.Int32
	signedIn atomic.Bool

	// Owned by the sweeper.
	sweep sweepLink

	out outbox
}

var _ actors.Conn = (*conn)(nil)

// ID implements actors.Conn.
func (c *conn) ID() uint64 { return c.id }

// Codec implements actors.Conn.
func (c *conn) Codec() protocol.Codec { return c.codec }

// Remote implements actors.Conn; the zero Addr means: not known.
func (c *conn) Remote() netip.Addr { return c.remote }

// SignedIn implements actors.Conn.
func (c *conn) SignedIn() { c.signedIn.Store(true) }

// Push implements actors.Conn.
func (c *conn) Push(f *protocol.Frame) bool {
	ok := c.push(f)
	if f.Class == protocol.ClassAnswer {
		c.pending.Add(-1)
	}
	return ok
}

// Close implements actors.Conn. What waits is sent as far as it matters after
// the end: with 1000 and 1001 all of it, else answers and control frames, and
// with 4502 control frames only (spec 18.1).
func (c *conn) Close(code int, reason string) {
	keep := keepAnswers
	switch code {
	case protocol.CloseNormal, protocol.CloseGoingAway:
		keep = keepAll
	case protocol.CloseReplaced, protocol.CloseSilent, protocol.CloseTooSlow:
		keep = keepControl
	}
	c.shut(code, closeFrame(code, reason), keep)
}

// check is called by the sweeper: what time alone brings about. It returns
// when to check again.
func (c *conn) check(now time.Duration) time.Duration {
	cfg := &c.edge.cfg
	silent := now - time.Duration(c.heard.Load())
	switch {
	case !c.signedIn.Load() && now-c.opened >= cfg.LoginWithin:
		c.Close(protocol.CloseNoLogin, "no login")
	case silent >= cfg.SilentAfter:
		c.Close(protocol.CloseSilent, "silent")
	case silent < cfg.PingAfter:
		c.sweep.pinged = false
	case !c.sweep.pinged:
		c.sweep.pinged = true
		c.ping()
	}
	return c.tick(now)
}
