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
	ctx, cancel := context.WithCancel(context.Background())
	tl := &tlsListener{
		Listener: l, config: cfg, timeout: s.edge.cfg.HandshakeTimeout,
		slots: make(chan struct{}, s.edge.cfg.MaxTLSHandshakes),
		ready: make(chan net.Conn), ctx: ctx, cancel: cancel,
		most: int64(max(s.edge.cfg.FileMargin/2, 1)),
	}
	tl.running.Go(tl.run)
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

	// ctx is the listener's lifetime; its end ends all handshakes.
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	// shaking counts handshakes under way, those that wait included; at most most.
	shaking atomic.Int64
	most    int64

	mu  sync.Mutex
	err error // of Accept, once ctx is done; guarded by mu
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
		if l.shaking.Add(1) > l.most {
			l.shaking.Add(-1)
			_ = raw.Close()
			continue
		}
		l.running.Go(func() {
			defer l.shaking.Add(-1)
			l.shake(raw)
		})
	}
}

func (l *tlsListener) shake(raw net.Conn) {
	paced := &pacedConn{Conn: raw, slots: l.slots}
	conn := tls.Server(paced, l.config)
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
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
	case <-l.ctx.Done():
		_ = raw.Close()
	}
}

// Accept implements net.Listener.
func (l *tlsListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.ready:
		return c, nil
	case <-l.ctx.Done():
		l.mu.Lock()
		defer l.mu.Unlock()
		return nil, l.err
	}
}

// Close implements net.Listener. It waits for the handshakes to end.
func (l *tlsListener) Close() error {
	err := l.Listener.Close()
	l.end(net.ErrClosed)
	l.running.Wait()
	return err
}

// end ends Accept with the first error.
func (l *tlsListener) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.cancel()
	}
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
