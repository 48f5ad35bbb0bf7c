package gateway

import (
	"sync"
	"time"
)

const (
	// sweepTick is the precision of all periods of connections.
	sweepTick = time.Second
	// sweepSlots is how many ticks ahead a connection can be put.
	sweepSlots = 8
	// maxPeriod is the longest time between two checks of a connection.
	maxPeriod = 5 * sweepTick
)

// sweepLink is a connection's place in its sweeper.
type sweepLink struct {
	// Guarded by the sweeper's mu.
	next, prev *conn
	slot       int8 // -1: in no list
	// gone: not in the sweeper's care, before add and after remove.
	gone bool
	// hasten: come at the next tick (only while it is in no list).
	hasten bool

	// Owned by the sweeper's goroutine.
	pinged bool
}

// unswept is the link of a connection that is in no sweeper.
func unswept() sweepLink { return sweepLink{slot: -1, gone: true} }

// sweeper keeps the periods of a part of the connections: a wheel of lists, one
// per tick, walked with the injected clock. Mutex and lists are shared with the
// goroutines that open, close and hasten connections.
type sweeper struct {
	edge *edge

	mu    sync.Mutex
	slots [sweepSlots]*conn // heads; guarded by mu
	tick  int64             // the newest tick walked; guarded by mu
	shut  bool              // no new connections; guarded by mu
	count int               // guarded by mu

	due []*conn // owned by the goroutine
}

// period is the time between two checks of a connection that is well.
func (e *edge) period() time.Duration { return maxPeriod }

// add takes a connection in; false while the server stops.
func (s *sweeper) add(c *conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.shut {
		return false
	}
	s.count++
	c.sweep.gone = false
	// Spread, so that connections of one second are not all checked together.
	s.link(c, 1+int64(c.id/uint64(len(s.edge.sweeps)))%int64(maxPeriod/sweepTick))
	return true
}

func (s *sweeper) link(c *conn, ahead int64) {
	slot := (s.tick + ahead) % sweepSlots
	l := &c.sweep
	l.slot, l.prev, l.next = int8(slot), nil, s.slots[slot]
	if l.next != nil {
		l.next.sweep.prev = c
	}
	s.slots[slot] = c
}

func (s *sweeper) unlink(c *conn) {
	l := &c.sweep
	switch {
	case l.slot < 0:
		return
	case l.prev != nil:
		l.prev.sweep.next = l.next
	default:
		s.slots[l.slot] = l.next
	}
	if l.next != nil {
		l.next.sweep.prev = l.prev
	}
	l.next, l.prev, l.slot = nil, nil, -1
}

// remove forgets a connection; one that was never added is ignored.
func (s *sweeper) remove(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.sweep.gone {
		c.sweep.gone = true
		s.unlink(c)
		s.count--
	}
}

// hasten has a connection checked at the next tick.
func (s *sweeper) hasten(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case c.sweep.gone:
	case c.sweep.slot < 0:
		c.sweep.hasten = true
	default:
		s.unlink(c)
		s.link(c, 1)
	}
}

// all is every connection there is. With shut no more are taken in.
func (s *sweeper) all(shut bool) []*conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut = s.shut || shut
	out := make([]*conn, 0, s.count)
	for _, c := range s.slots {
		for ; c != nil; c = c.sweep.next {
			out = append(out, c)
		}
	}
	for _, c := range s.due {
		if c != nil {
			out = append(out, c)
		}
	}
	return out
}

// run walks the wheel until done.
func (s *sweeper) run(done <-chan struct{}) {
	ticker := s.edge.clock.NewTicker(sweepTick)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ticker.Chan():
			s.walk(s.edge.now())
		}
	}
}

// walk checks every connection that has become due.
func (s *sweeper) walk(now time.Duration) {
	s.collect(int64(now / sweepTick))
	for i, c := range s.due {
		next := c.check(now)
		s.put(i, c, now, next)
	}
	s.mu.Lock()
	s.due = s.due[:0]
	s.mu.Unlock()
}

// collect takes the connections of all ticks up to this one out of the wheel.
func (s *sweeper) collect(tick int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if tick-s.tick > sweepSlots {
		s.tick = tick - sweepSlots
	}
	for s.tick < tick {
		s.tick++
		for c := s.slots[s.tick%sweepSlots]; c != nil; c = s.slots[s.tick%sweepSlots] {
			s.unlink(c)
			s.due = append(s.due, c)
		}
	}
}

// put gives a checked connection its next place.
func (s *sweeper) put(i int, c *conn, now, next time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.due[i] = nil
	if c.sweep.gone {
		return
	}
	ahead := int64((next - now + sweepTick - 1) / sweepTick)
	if c.sweep.hasten {
		c.sweep.hasten, ahead = false, 1
	}
	s.link(c, min(max(ahead, 1), sweepSlots-1))
}
