package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
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
		room: s.handshakes,
	}
	tl.running.Go(tl.run)
	return tl
}

// tlsListener does the handshakes itself, each in a goroutine of its own. The
// listener below it bounds how many there are.
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
	// room gets back the places of sockets that net/http never sees.
	room room

	mu  sync.Mutex
	err error // of Accept, once ctx is done; guarded by mu
}

func (l *tlsListener) run() {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			if !l.passing(err) {
				l.end(err)
				return
			}
			continue
		}
		l.running.Go(func() {
			if !l.shake(raw) {
				_ = raw.Close()
				l.room.leave()
			}
		})
	}
}

// exhaustionPause is how long the system is given to get back what is short,
// as descriptors.
const exhaustionPause = 20 * time.Millisecond

// passing waits out a fault of Accept that will go by; false if it will not.
func (l *tlsListener) passing(err error) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) || !errno.Temporary() {
		return false
	}
	pause := time.NewTimer(exhaustionPause)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-l.ctx.Done():
		return false
	}
}

// shake hands a socket on once its handshake is done; false if it came to nothing.
func (l *tlsListener) shake(raw net.Conn) bool {
	paced := &pacedConn{Conn: raw, slots: l.slots}
	conn := tls.Server(paced, l.config)
	ctx, cancel := context.WithTimeout(l.ctx, l.timeout)
	defer cancel()
	l.slots <- struct{}{}
	err := conn.HandshakeContext(ctx)
	paced.through.Store(true)
	<-l.slots
	if err != nil {
		return false
	}
	select {
	case l.ready <- conn:
		return true
	case <-l.ctx.Done():
		return false
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
	n, err := p.Conn.Read(b)
	p.slots <- struct{}{}
	return n, err
}
