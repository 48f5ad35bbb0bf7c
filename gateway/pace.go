package gateway

import (
	"net"
	"net/http"
	"runtime"
	"sync"
)

// room has places for sockets that have not become WebSocket connections. One
// is taken before a socket is accepted and given back when it is upgraded or
// closed.
type room chan struct{}

// enter waits for a place; false once over is closed. waited is called if
// there was none at once.
func (r room) enter(over <-chan struct{}, waited func()) bool {
	select {
	case r <- struct{}{}:
		return true
	default:
		waited()
	}
	select {
	case r <- struct{}{}:
		return true
	case <-over:
		return false
	}
}

func (r room) leave() { <-r }

// pacedListener is where a storm of clients queues: a socket that is not
// accepted waits in the system's queue, where it costs nothing, and when that
// is full the system has the client try again.
type pacedListener struct {
	net.Listener
	room   room
	waited func()

	over chan struct{}
	once sync.Once
}

func (s *Server) pace(l net.Listener) net.Listener {
	return &pacedListener{Listener: l, room: s.handshakes, waited: s.metrics.acceptWaits.Inc, over: make(chan struct{})}
}

// Accept implements net.Listener. It lets go of the processor first, so that
// everything that can run has its turn between two sockets: while there is
// nothing else to do they come as fast as they can, and while a storm lasts
// those that are in get theirs, whatever a handshake and a login cost here.
func (p *pacedListener) Accept() (net.Conn, error) {
	if !p.room.enter(p.over, p.waited) {
		return nil, net.ErrClosed
	}
	runtime.Gosched()
	c, err := p.Listener.Accept()
	if err != nil {
		p.room.leave()
	}
	return c, err
}

// Close implements net.Listener.
func (p *pacedListener) Close() error {
	p.once.Do(func() { close(p.over) })
	return p.Listener.Close()
}

// countSocket gives a place back; net/http calls it.
func (s *Server) countSocket(_ net.Conn, state http.ConnState) {
	if state == http.StateHijacked || state == http.StateClosed {
		s.handshakes.leave()
	}
}
