package gateway

import (
	"runtime"
	"slices"
	"time"

	"github.com/troupe-im/troupe/actors"
)

// breather is after how many writes a pass lets other goroutines run: a pass
// over a large room takes long, a write some microseconds.
const breather = 16

// WritePass implements actors.PassConn. One goroutine writes to all sockets
// that take what they are given at once, which is much cheaper than a goroutine
// each; those that do not go on in one of their own.
func (*conn) WritePass(conns []actors.PassConn, _ *actors.Pass) {
	a := newAttempt()
	var buf joinBuffer
	defer buf.put()
	var t tally
	var now time.Duration
	edge := conns[0].(*conn).edge
	for i, pc := range conns {
		if i%breather == 0 {
			edge.metrics.add(&t)
			if i > 0 {
				runtime.Gosched()
			}
			now = edge.now()
		}
		pc.(*conn).writeNow(a, &buf, now, &t)
	}
	edge.metrics.add(&t)
}

// writeNow is the writer of one connection for as long as that need not wait.
func (c *conn) writeNow(a *attempt, buf *joinBuffer, now time.Duration, t *tally) {
	data := c.takeOff()
	if data == nil {
		data = c.begin(buf)
	}
	for ; data != nil; data = c.wrote(buf, now, t, false) {
		n, err := a.write(c.raw, data)
		t.bytes += n
		switch {
		case err != nil:
			c.broken()
			return
		case n < len(data):
			c.grounded(now)
			// The buffer is needed for the next connection.
			go c.writeRest(slices.Clone(data[n:]))
			return
		}
	}
}

// takeOff gives the bytes of what is lone; nil if nothing is.
func (c *conn) takeOff() []byte {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	switch {
	case c.out.lone.none():
		return nil
	case c.out.over:
		c.out.lone = lone{}
		return nil
	}
	c.out.flying = true
	return c.out.lone.bytes(c.codec)
}

// grounded: the socket did not take what was lone, so that it waits like all
// else, and the ladder sees it.
func (c *conn) grounded(now time.Duration) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.flying {
		return
	}
	l := c.out.lone
	size := len(l.bytes(c.codec))
	c.out.lone, c.out.flying = lone{}, false
	c.queue().fly(l.flight(size), now)
}
