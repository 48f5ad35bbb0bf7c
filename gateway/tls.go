package gateway

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

// shakeTLS is nil if it came to nothing.
func (l *handshakeListener) shakeTLS(raw net.Conn) net.Conn {
	paced := &pacedConn{Conn: raw, slots: l.slots, lobby: l.server.lobby}
	conn := tls.Server(paced, l.tls)
	ctx, cancel := context.WithTimeout(l.ctx, l.server.edge.cfg.HandshakeTimeout)
	defer cancel()
	l.slots <- struct{}{}
	err := conn.HandshakeContext(ctx)
	paced.through.Store(true)
	<-l.slots
	if err != nil {
		return nil
	}
	return conn
}

// pacedConn gives its slot back while it waits for the client.
type pacedConn struct {
	net.Conn
	slots chan struct{}
	lobby *lobby
	// waited is how long the client has been waited for in the handshake, all
	// reads together: a byte now and then does not keep a place. Owned by who reads.
	waited time.Duration
	// through: the handshake is over.
	through atomic.Bool
	// hasty: a read does not wait, and says that its time is over. Owned by who
	// reads.
	hasty bool
}

// nothing says that a socket holds nothing. It is temporary, so that TLS can go
// on after it, and no deadline, which a close sets.
type nothing struct{}

var errNothing net.Error = nothing{}

// Error implements error.
func (nothing) Error() string { return "nothing has arrived" }

// Timeout implements net.Error.
func (nothing) Timeout() bool { return false }

// Temporary implements net.Error.
func (nothing) Temporary() bool { return true }

// Read implements net.Conn.
func (p *pacedConn) Read(b []byte) (int, error) {
	switch {
	case p.hasty:
		return readWaiting(p.Conn, b)
	case p.through.Load():
		return p.Conn.Read(b)
	}
	<-p.slots
	began := time.Now()
	p.lobby.enter(p.Conn, p.waited)
	n, err := p.Conn.Read(b)
	p.lobby.leave(p.Conn)
	p.waited += time.Since(began)
	p.slots <- struct{}{}
	return n, err
}
