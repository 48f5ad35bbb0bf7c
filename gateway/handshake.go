package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// shakeHands wraps a listener so that the handshakes of TLS and WebSocket are
// done here; Accept gives what is for net/http.
func (s *Server) shakeHands(l net.Listener) net.Listener {
	ctx, cancel := context.WithCancel(context.Background())
	hl := &handshakeListener{
		Listener: l, server: s, room: s.handshakes,
		slots: make(chan struct{}, s.edge.cfg.MaxTLSHandshakes),
		ready: make(chan net.Conn), ctx: ctx, cancel: cancel,
		waiting: map[net.Conn]struct{}{},
	}
	if cfg := s.edge.cfg.TLS; cfg != nil {
		hl.tls = cfg.Clone()
		// HTTP/2 connections cannot be hijacked.
		hl.tls.NextProtos = []string{"http/1.1"}
	}
	hl.running.Go(hl.run)
	return hl
}

// handshakeListener gives each socket a goroutine for its handshakes. The
// listener below it bounds how many there are.
type handshakeListener struct {
	net.Listener
	server *Server
	tls    *tls.Config // nil: without
	// slots are held while a TLS handshake computes, not while it waits for the
	// client, so that slow clients hold up nobody: after a restart all come back
	// together, and such a handshake costs a hundred times what an upgrade does.
	slots chan struct{}
	ready chan net.Conn

	// ctx is the listener's lifetime; its end ends all handshakes.
	ctx     context.Context
	cancel  context.CancelFunc
	running sync.WaitGroup
	// room gets back the places of sockets that net/http never sees.
	room room

	mu      sync.Mutex
	err     error                 // of Accept, once ctx is done; guarded by mu
	waiting map[net.Conn]struct{} // whose head is awaited; guarded by mu
}

func (l *handshakeListener) run() {
	for told := false; ; {
		raw, err := l.Listener.Accept()
		if err != nil {
			if !l.passing(err) {
				l.end(err)
				return
			}
			if !told {
				l.server.deps.Logger.Warn("sockets cannot be accepted", "err", err)
			}
			told = true
			continue
		}
		told = false
		l.running.Add(1)
		l.server.edge.warm.Go(func() {
			defer l.running.Done()
			l.shake(raw)
		})
	}
}

// shake does a socket's handshakes.
func (l *handshakeListener) shake(c net.Conn) {
	if l.tls != nil {
		secure := l.shakeTLS(c)
		if secure == nil {
			l.dismiss(c)
			return
		}
		c = secure
	}
	if c = l.greet(c); c == nil {
		return
	}
	l.server.lobby.enter(c, 0)
	select {
	case l.ready <- c:
	case <-l.ctx.Done():
		l.server.lobby.leave(c)
		l.dismiss(c)
	}
}

// exhaustionPause is how long the system is given to get back what is short,
// as descriptors or memory.
const exhaustionPause = 20 * time.Millisecond

// goesBy are faults of Accept that are not the listener's, besides those that
// call themselves temporary: memory is short, or they are one socket's.
var goesBy = []syscall.Errno{syscall.ENOBUFS, syscall.ENOMEM, syscall.ECONNABORTED, syscall.EPROTO,
	syscall.EPERM, syscall.ENETDOWN, syscall.ENETUNREACH, syscall.EHOSTUNREACH}

// passing waits out a fault of Accept that will go by; false if it will not.
func (l *handshakeListener) passing(err error) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) || !errno.Temporary() && !slices.Contains(goesBy, errno) {
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

// Accept implements net.Listener.
func (l *handshakeListener) Accept() (net.Conn, error) {
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
func (l *handshakeListener) Close() error {
	err := l.Listener.Close()
	l.end(net.ErrClosed)
	l.running.Wait()
	return err
}

// end ends Accept with the first error.
func (l *handshakeListener) end(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return
	}
	l.err = err
	l.cancel()
	for c := range l.waiting {
		_ = c.Close()
	}
}
