package gateway

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// listenTLS wraps a listener so that only so many handshakes are computed at
// once: after a restart all clients come back together, and a handshake costs
// a hundred times what an upgrade does.
func (s *Server) listenTLS(l net.Listener) net.Listener {
	cfg := s.edge.cfg.TLS.Clone()
	// HTTP/2 connections cannot be hijacked.
	cfg.NextProtos = []string{"http/1.1"}
	tl := &tlsListener{
		Listener: l, config: cfg, timeout: s.edge.cfg.HandshakeTimeout,
		slots: make(chan struct{}, s.edge.cfg.MaxTLSHandshakes),
		ready: make(chan net.Conn), done: make(chan struct{}),
	}
	go tl.run()
	return tl
}

// tlsListener does the handshakes itself, each in a goroutine of its own.
type tlsListener struct {
	net.Listener
	config  *tls.Config
	timeout time.Duration
	// slots are held while a handshake computes, not while it waits for the
	// client, so that slow clients hold up nobody.
	slots chan struct{}
	ready chan net.Conn

	stop sync.Once
	done chan struct{}
	err  error // of Accept; written before done is closed by run
}

func (l *tlsListener) run() {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			if ne, ok := err.(net.Error); ok && ne.Timeout() {
				continue
			}
			l.end(err)
			return
		}
		go l.shake(raw)
	}
}

func (l *tlsListener) shake(raw net.Conn) {
	paced := &pacedConn{Conn: raw, slots: l.slots}
	conn := tls.Server(paced, l.config)
	ctx, cancel := context.WithTimeout(context.Background(), l.timeout)
	defer cancel()
	l.slots <- struct{}{}
	err := conn.HandshakeContext(ctx)
	paced.through.Store(true)
	<-l.slots
	if err != nil {
		_ = raw.Close()
		return
	}
	select {
	case l.ready <- conn:
	case <-l.done:
		_ = raw.Close()
	}
}

// Accept implements net.Listener.
func (l *tlsListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.done:
		return nil, l.err
	}
}

// Close implements net.Listener.
func (l *tlsListener) Close() error {
	err := l.Listener.Close()
	l.end(net.ErrClosed)
	return err
}

func (l *tlsListener) end(err error) {
	l.stop.Do(func() {
		l.err = err
		close(l.done)
	})
}

// pacedConn gives its slot back while it waits for the client.
type pacedConn struct {
	net.Conn
	slots chan struct{}
	// through: the handshake is over.
	through atomic.Bool
}

// Read implements net.Conn.
func (p *pacedConn) Read(b []byte) (int, error) {
	if p.through.Load() {
		return p.Conn.Read(b)
	}
	<-p.slots
	n, err := p.Conn.Read(b)
	p.slots <- struct{}{}
	return n, err
}
