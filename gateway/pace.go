package gateway

import (
	"net"
	"net/http"
	"runtime"
	"sync"
	"time"
)

// room has places for sockets that have not become WebSocket connections. One
// is taken before a socket is accepted and given back when it is upgraded or
// closed.
type room chan struct{}

// yieldEvery is how often is looked for somebody to give up a place.
const yieldEvery = 100 * time.Millisecond

// enter waits for a place; false once over is closed. If there is none at once
// waited is called, and yield until there is.
func (r room) enter(over <-chan struct{}, waited, yield func()) bool {
	select {
	case r <- struct{}{}:
		return true
	default:
		waited()
	}
	tick := time.NewTicker(yieldEvery)
	defer tick.Stop()
	for {
		yield()
		select {
		case r <- struct{}{}:
			return true
		case <-over:
			return false
		case <-tick.C:
		}
	}
}

func (r room) leave() { <-r }

// lobby are the sockets with a place whose client is being waited for, or that
// net/http deals with. Shared by all who wait for one.
type lobby struct {
	// after is how long a client is waited for if others want its place. Fixed.
	after time.Duration
	// yielded is called when one is ended for others. Fixed.
	yielded func()

	mu    sync.Mutex
	since map[net.Conn]time.Time // guarded by mu
}

// enter: the client has been waited for before, for that long.
func (l *lobby) enter(c net.Conn, before time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.since[c] = time.Now().Add(-before)
}

func (l *lobby) leave(c net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.since, c)
}

// yield ends the socket that has been waited for longest, if that is long
// enough, so that there is a place for the next: clients that say nothing must
// not keep those out that do.
func (l *lobby) yield() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var longest net.Conn
	since := time.Now().Add(-l.after)
	for c, at := range l.since {
		if !at.After(since) {
			longest, since = c, at
		}
	}
	if longest != nil {
		delete(l.since, longest)
		l.yielded()
		// Whoever reads from it meets an error and closes it.
		_ = longest.SetDeadline(time.Unix(1, 0))
	}
}

// pacedListener is where a storm of clients queues: a socket that is not
// accepted waits in the system's queue, where it costs nothing, and when that
// is full the system has the client try again.
type pacedListener struct {
	net.Listener
	room   room
	waited func()
	yield  func()

	over chan struct{}
	once sync.Once
}

func (s *Server) pace(l net.Listener) net.Listener {
	return &pacedListener{Listener: l, room: s.handshakes, waited: s.metrics.acceptWaits.Inc, yield: s.lobby.yield, over: make(chan struct{})}
}

// Accept implements net.Listener. It lets go of the processor first, so that
// everything that can run has its turn between two sockets: while there is
// nothing else to do they come as fast as they can, and while a storm lasts
// those that are in get theirs, whatever a handshake and a login cost here.
func (p *pacedListener) Accept() (net.Conn, error) {
	if !p.room.enter(p.over, p.waited, p.yield) {
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
func (s *Server) countSocket(c net.Conn, state http.ConnState) {
	if state == http.StateHijacked || state == http.StateClosed {
		s.lobby.leave(c)
		s.handshakes.leave()
	}
}
