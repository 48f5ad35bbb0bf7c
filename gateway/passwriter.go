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
	var now time.Duration
	for i, pc := range conns {
		c := pc.(*conn)
		if i%breather == 0 {
			if i > 0 {
				runtime.Gosched()
			}
			now = c.edge.now()
		}
		c.writeNow(a, &buf, now)
	}
}

// writeNow is the writer of one connection for as long as that need not wait.
func (c *conn) writeNow(a *attempt, buf *joinBuffer, now time.Duration) {
	for data := c.begin(buf); data != nil; data = c.wrote(buf, now) {
		n, err := a.write(c.raw, data)
		c.edge.metrics.bytesOut.Add(float64(n))
		switch {
		case err != nil:
			c.broken()
			return
		case n < len(data):
			// The buffer is needed for the next connection.
			go c.writeRest(slices.Clone(data[n:]))
			return
		}
	}
}
