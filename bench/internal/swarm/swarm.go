//go:build linux

package swarm

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"github.com/troupe-im/troupe/protocol"
)

// Options describe a swarm.
type Options struct {
	// URL is the server's: ws://address:port/path.
	URL string
	// Codec is the sub-protocol.
	Codec protocol.Codec
	// Sources is how many local addresses are used, 127.0.0.2 and up, if the
	// server is on a loopback address.
	Sources int
	// Loops is the number of threads; zero = 1. Loop 0 is as good as the others.
	Loops int
	// Linger is how long a loop lets more come before it looks again; zero = not.
	Linger time.Duration
	// Ring is how many judged frames a room keeps per loop, a power of two;
	// zero = 1024.
	Ring int
	// Bare leaves out the handshake: the other end is no WebSocket server.
	Bare bool
	// Tamper spoils one delivery before it is judged, to see the judge say no;
	// empty = none.
	Tamper Tamper

	// Run begins all request ids. AppID and Tokens are for logins.
	Run, AppID string
	Tokens     func(user string) string
}

// Swarm is many connections and the judgement of what they get.
type Swarm struct {
	o        Options
	server   unix.SockaddrInet4
	upgrade  []byte
	loops    []*loop
	running  sync.WaitGroup
	requests atomic.Uint64
	redials  atomic.Uint64
	dialled  atomic.Uint64

	// mu guards what grows before and while it runs.
	mu    sync.RWMutex
	rooms []*Room
	pubs  []*Publisher
	// peers hold the rest of the receivers, and senders are the users of the
	// publishers if those are elsewhere.
	peers   []Peer
	senders []string
}

// New starts the loops.
func New(o Options) (*Swarm, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	at, err := netip.ParseAddrPort(u.Host)
	if err != nil || !at.Addr().Is4() || u.Scheme != "ws" {
		return nil, fmt.Errorf("%s: want ws://IPv4 address:port/path", o.URL)
	}
	if err := o.Tamper.Check(); err != nil {
		return nil, err
	}
	o.Loops, o.Ring = max(o.Loops, 1), max(o.Ring, 0)
	if o.Ring == 0 {
		o.Ring = 1024
	}
	s := &Swarm{o: o, server: unix.SockaddrInet4{Addr: at.Addr().As4(), Port: int(at.Port())}, upgrade: upgradeRequest(u.Host, u.RequestURI(), o.Codec)}
	if !at.Addr().IsLoopback() {
		s.o.Sources = 0
	}
	for i := range o.Loops {
		l, err := newLoop(s, i)
		if err != nil {
			s.Close()
			return nil, err
		}
		s.loops = append(s.loops, l)
		s.running.Go(l.run)
	}
	return s, nil
}

// source is the local address of the next connection.
func (s *Swarm) source() ([4]byte, bool) {
	if s.o.Sources <= 0 {
		return [4]byte{}, false
	}
	n := 2 + s.dialled.Add(1)%uint64(s.o.Sources)
	return [4]byte{127, 0, byte(n >> 8), byte(n)}, true
}

// Room makes a room known. Call it before anybody sits.
func (s *Swarm) Room(id string, durable bool) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Room{ID: id, Durable: durable, index: len(s.rooms)}
	s.rooms = append(s.rooms, r)
	return r
}

// view is a loop's view of a room.
func (l *loop) view(r *Room) *view {
	for len(l.views) <= r.index {
		l.views = append(l.views, nil)
	}
	if l.views[r.index] == nil {
		l.views[r.index] = &view{room: r, ring: make([]entry, l.s.o.Ring)}
	}
	return l.views[r.index]
}

// Conn makes a connection that is not open yet, on the loop with number n
// (modulo the loops).
func (s *Swarm) Conn(n int, user string, script Script) *Conn {
	return &Conn{User: user, Script: script, l: s.loops[n%len(s.loops)], fd: -1}
}

// Pace says how connections are opened.
type Pace struct {
	// PerSecond is a fixed rate; zero = as fast as AtOnce lets.
	PerSecond float64
	// AtOnce bounds those under way; zero = 128.
	AtOnce int
	// Took, if not nil, is given the time that each took, on its loop.
	Took func(c *Conn, took time.Duration)
}

// Open opens connections and waits until all scripts are through. The error is
// that of the first that could not be.
func (s *Swarm) Open(ctx context.Context, conns []*Conn, p Pace) error {
	if len(conns) == 0 {
		return nil
	}
	b := &batch{left: len(conns), done: make(chan struct{})}
	if p.Took != nil {
		b.took = func(c *Conn) { p.Took(c, time.Duration(Now()-c.began)) }
	}
	if p.AtOnce == 0 {
		p.AtOnce = 128
	}
	mine := make([][]*Conn, len(s.loops))
	for _, c := range conns {
		mine[c.l.number] = append(mine[c.l.number], c)
	}
	for i, l := range s.loops {
		if len(mine[i]) == 0 {
			continue
		}
		share := float64(len(mine[i])) / float64(len(conns))
		l.do(func() { l.opener.begin(mine[i], b, p, share) })
	}
	return b.wait(ctx)
}

func (o *opener) begin(conns []*Conn, b *batch, p Pace, share float64) {
	for _, c := range conns {
		c.batch, c.began, c.dials = b, 0, 0
		c.sit()
	}
	o.queue = append(o.queue, conns...)
	o.atOnce, o.every, o.due = max(1, int(float64(p.AtOnce)*share+0.5)), 0, Now()
	if p.PerSecond > 0 {
		o.every = int64(1e9 / (p.PerSecond * share))
	}
}

// Redials counts connections that came about only at a further try.
func (s *Swarm) Redials() uint64 {
	n := s.redials.Load()
	for _, p := range s.peers {
		n += p.Status().Redials
	}
	return n
}

// each calls fn on each loop in turn.
func (s *Swarm) each(fn func(l *loop)) {
	for _, l := range s.loops {
		l.ask(func() { fn(l) })
	}
}

// FaultText is what is wrong so far, in words; nil = nothing.
func (s *Swarm) FaultText() error {
	var errs []error
	s.each(func(l *loop) {
		for _, f := range l.faults {
			errs = append(errs, errors.New(f))
		}
	})
	return errors.Join(errs...)
}

// Close closes all connections and ends the loops.
func (s *Swarm) Close() {
	for _, l := range s.loops {
		l.stop()
	}
	s.running.Wait()
	for _, l := range s.loops {
		_ = unix.Close(l.wake)
		_ = unix.Close(l.ep)
	}
}

func (s *Swarm) sender(publisher uint32) string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	switch {
	case int(publisher) < len(s.pubs):
		return s.pubs[publisher].c.User
	case int(publisher) < len(s.senders):
		return s.senders[publisher]
	}
	return ""
}

// errNothing is a run that tested nothing.
var errNothing = errors.New("nothing was expected")
