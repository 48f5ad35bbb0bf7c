package gateway

import (
	"sync"
	"time"

	"github.com/troupe-im/troupe/protocol"
)

// outbox is the write half of a connection. The mutex, and not a message,
// because a push must cost nanoseconds and pushers are many.
type outbox struct {
	mu sync.Mutex
	// All below is guarded by mu.

	// q is nil while nothing waits at level full.
	q *queue
	// code is that of the close, 0 before.
	code uint16
	// writing: a writer goroutine runs.
	writing bool
	// sent: the close frame was written. readerOver: the read loop has ended.
	// over: the socket is closed, or about to be.
	sent, readerOver, over bool
	// hastened: the sweeper was asked to come soon.
	hastened bool
}

// What a close keeps of what waits.
type keep uint8

const (
	keepNothing keep = iota
	keepControl
	keepAnswers
	keepAll
)

// ended: nothing is let in any more.
func (o *outbox) ended() bool { return o.code != 0 || o.over }

func (c *conn) queue() *queue {
	if c.out.q == nil {
		c.out.q = newQueue(&c.edge.queue, c.codec)
	}
	return c.out.q
}

// push queues a frame by its class and the connection's level.
func (c *conn) push(f *protocol.Frame) bool {
	// Encoded before the lock is taken: the first receiver does it for all.
	size := len(f.Bytes(c.codec))
	c.out.mu.Lock()
	if c.out.ended() {
		c.out.mu.Unlock()
		return false
	}
	q := c.queue()
	ok, lag := q.push(f, size, c.edge.now())
	dead := q.ladder.level == levelClosed
	c.stir()
	c.out.mu.Unlock()
	if !ok {
		c.edge.metrics.leftOut[f.Class].Inc()
	}
	c.tell(lag, dead)
	return ok
}

// tell does, without the lock, what a change of level asks for.
func (c *conn) tell(lag, dead bool) {
	switch {
	case dead:
		c.Close(protocol.CloseTooSlow, "too slow")
	case lag && c.session != nil:
		c.session.Lagged()
	}
}

// stir starts the writer if something is to be written, gives a spent queue
// back, and has the sweeper come soon to a slow connection. Called with mu held.
func (c *conn) stir() {
	o := &c.out
	if o.q == nil || o.over {
		return
	}
	if !o.writing && o.q.next() != nil {
		o.writing = true
		go c.write()
	}
	if !o.writing && o.q.spent() {
		o.q.release()
		o.q = nil
		return
	}
	if !o.hastened && o.q.slow() {
		o.hastened = true
		c.edge.sweeper(c.id).hasten(c)
	}
}

// write is the writer: it runs until nothing waits.
func (c *conn) write() {
	var buf joinBuffer
	defer buf.put()
	for data := c.take(&buf); data != nil; data = c.take(&buf) {
		n, err := c.net.Write(data)
		c.edge.metrics.bytesOut.Add(float64(n))
		if err != nil {
			// The stream may end within a frame: nothing can follow.
			c.broken()
			return
		}
		c.wrote()
	}
}

// take gives the bytes of the next write, nil to end the writer.
func (c *conn) take(buf *joinBuffer) []byte {
	c.out.mu.Lock()
	if data := c.takeLocked(buf); data != nil {
		c.out.mu.Unlock()
		return data
	}
	c.out.writing = false
	waiters := c.takeWaiters()
	c.stir()
	c.out.mu.Unlock()
	for _, fn := range waiters {
		fn()
	}
	return nil
}

func (c *conn) takeLocked(buf *joinBuffer) []byte {
	if c.out.over || c.out.q == nil {
		return nil
	}
	data := c.out.q.take(buf)
	if data != nil && c.out.code == 0 {
		// A close has set its own deadline.
		_ = c.net.SetWriteDeadline(time.Now().Add(c.edge.cfg.WriteTimeout))
	}
	return data
}

func (c *conn) takeWaiters() []func() {
	if c.out.q == nil {
		return nil
	}
	w := c.out.q.waiters
	c.out.q.waiters = nil
	return w
}

// wrote accounts for a finished write.
func (c *conn) wrote() {
	c.out.mu.Lock()
	fl := c.out.q.written(c.edge.now())
	done := false
	if fl.last {
		c.out.sent = true
		done = c.out.readerOver
		c.out.over = c.out.over || done
	}
	c.out.mu.Unlock()
	c.edge.metrics.wrote(&fl)
	if done {
		_ = c.net.Close()
	}
}

// broken ends the connection at once; the reader notices.
func (c *conn) broken() {
	c.out.mu.Lock()
	c.out.over, c.out.writing = true, false
	waiters := c.takeWaiters()
	c.out.mu.Unlock()
	_ = c.net.Close()
	for _, fn := range waiters {
		fn()
	}
}

// shut begins the close: keep what is said, then the close frame, then the
// client has CloseTimeout to answer it.
func (c *conn) shut(code int, final []byte, k keep) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.ended() {
		return
	}
	c.out.code = uint16(code)
	q := c.queue()
	q.end(k, final)
	_ = c.net.SetDeadline(time.Now().Add(c.edge.cfg.CloseTimeout))
	c.stir()
}

// readerOver closes the socket, or leaves that to the writer if it has still
// to send the close frame. It returns the code to count.
func (c *conn) readerOver() int {
	c.out.mu.Lock()
	o := &c.out
	o.readerOver = true
	leave := o.code != 0 && o.writing && !o.sent && !o.over
	code := int(o.code)
	if code == 0 {
		code, o.code = codeGone, codeGone
	}
	var waiters []func()
	if !leave {
		o.over = true
		waiters = c.takeWaiters()
	}
	c.out.mu.Unlock()
	if !leave {
		_ = c.net.Close()
	}
	for _, fn := range waiters {
		go fn()
	}
	return code
}

// ping queues a ping.
func (c *conn) ping() {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.ended() {
		c.queue().ping = true
		c.stir()
	}
}

// pong queues the answer to a ping; of several only the newest waits.
func (c *conn) pong(payload string) {
	frame := append(append(make([]byte, 0, 2+len(payload)), 0x8a, byte(len(payload))), payload...)
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.ended() {
		c.queue().pong = frame
		c.stir()
	}
}

// tick lets the ladder see the time. It returns when to come again.
func (c *conn) tick(now time.Duration) time.Duration {
	c.out.mu.Lock()
	next := now + c.edge.period()
	q := c.out.q
	if q == nil || c.out.ended() {
		c.out.mu.Unlock()
		return next
	}
	lag := q.tick(now)
	dead := q.ladder.level == levelClosed
	if at, ok := q.due(); ok {
		next = min(next, at)
	}
	c.out.hastened = q.slow()
	if c.out.hastened {
		next = now + sweepTick
	}
	c.edge.metrics.depth.Observe(float64(q.frames))
	c.stir()
	c.out.mu.Unlock()
	c.tell(lag, dead)
	return next
}

// Room implements actors.Conn.
func (c *conn) Room() int {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	switch {
	case c.out.ended():
		return 0
	case c.out.q == nil:
		return c.edge.queue.frames / 2
	}
	return c.out.q.room()
}

// WhenRoom implements actors.Conn.
func (c *conn) WhenRoom(fn func()) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.over || c.out.q == nil || !c.out.q.waiting() {
		go fn()
		return
	}
	c.out.q.waiters = append(c.out.q.waiters, fn)
}

// Lagged implements actors.Conn. levelChanged is not needed: the queue knows
// the reason. Without lagging the streams stay attached (guests), and numbers
// that were left out are named by the next frame of their room.
func (c *conn) Lagged(_, lagging *protocol.Frame) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.ended() {
		return
	}
	c.queue().lagged(lagging, c.edge.now())
	c.stir()
}
