package gateway

import (
	"runtime"
	"sync"
	"time"

	"github.com/troupe-im/troupe/actors"
	"github.com/troupe-im/troupe/protocol"
)

// outbox is the write half of a connection. The mutex, and not a message,
// because a push must cost nanoseconds and pushers are many.
type outbox struct {
	mu sync.Mutex
	// All below is guarded by mu.

	// q is nil while nothing waits at level full, or only what is lone.
	q *queue
	// lone is all that waits: a pass will write it, or is writing it (flying).
	lone   lone
	flying bool
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

// ended: nothing is let in any more.
func (o *outbox) ended() bool { return o.code != 0 || o.over }

// queue is the connection's, made if needed; what was lone waits in it from
// then on.
func (c *conn) queue() *queue {
	o := &c.out
	if o.q == nil {
		o.q = newQueue(&c.edge.queue, c.codec)
	}
	if !o.flying && !o.lone.none() {
		o.q.append(o.lone.slot(), len(o.lone.bytes(c.codec)), c.edge.now())
		o.lone = lone{}
	}
	return o.q
}

// alone leaves it to a pass to write what is given, without a queue: most
// connections of a room have nothing else to write. It reports false if this
// one has, or if a queue would not let it in as it is.
func (c *conn) alone(l lone, size int, p *actors.Pass) bool {
	o := &c.out
	if o.q != nil || o.writing || p == nil || c.raw == nil || !c.edge.queue.fits(l.frames(), size) {
		return false
	}
	o.lone, o.writing = l, true
	p.Add(c)
	return true
}

// PushIn implements actors.Conn.
func (c *conn) PushIn(f *protocol.Frame, p *actors.Pass) bool { return c.pushIn(f, p) }

// push queues a frame by its class and the connection's level.
func (c *conn) push(f *protocol.Frame) bool { return c.pushIn(f, nil) }

func (c *conn) pushIn(f *protocol.Frame, p *actors.Pass) bool {
	// Encoded before the lock is taken: the first receiver does it for all.
	size := len(f.Bytes(c.codec))
	c.out.mu.Lock()
	if c.out.ended() {
		c.out.mu.Unlock()
		return false
	}
	if f.Class != protocol.ClassControl && c.alone(lone{frame: f}, size, p) {
		c.out.mu.Unlock()
		return true
	}
	q := c.queue()
	ok, lag := q.push(f, size, c.edge.moment(p))
	dead, session := q.ladder.level == levelClosed, c.session
	c.stir(p)
	c.out.mu.Unlock()
	c.tell(session, lag, dead)
	return ok
}

// PushBlock implements actors.Conn.
func (c *conn) PushBlock(b *protocol.Block, p *actors.Pass) {
	size := len(b.Bytes(c.codec))
	c.out.mu.Lock()
	if c.out.ended() {
		c.out.mu.Unlock()
		return
	}
	if b.Classes()[protocol.ClassControl] == 0 && c.alone(lone{block: b}, size, p) {
		c.out.mu.Unlock()
		return
	}
	q, now, lag := c.queue(), c.edge.moment(p), false
	if !q.pushBlock(b, size, now) {
		for _, f := range b.Frames() {
			_, l := q.push(f, len(f.Bytes(c.codec)), now)
			lag = lag || l
		}
	}
	dead, session := q.ladder.level == levelClosed, c.session
	c.stir(p)
	c.out.mu.Unlock()
	c.tell(session, lag, dead)
}

// tell does, without the lock, what a change of level asks for.
func (c *conn) tell(session actors.Session, lag, dead bool) {
	switch {
	case dead:
		c.Close(protocol.CloseTooSlow, "too slow")
	case lag && session != nil:
		session.Lagged()
	}
}

// stir starts the writer if something is to be written, gives a spent queue
// back, and has the sweeper come soon to a slow connection. In a pass the
// writer is the pass's. Called with mu held.
func (c *conn) stir(p *actors.Pass) {
	o := &c.out
	if o.q == nil || o.over {
		return
	}
	if !o.writing && o.q.next() != nil {
		o.writing = true
		switch {
		case p == nil:
			// What is decided meanwhile goes along: under load all that can run does,
			// without load nothing waits.
			c.edge.warm.Go(func() {
				runtime.Gosched()
				c.write(nil)
			})
		case c.raw != nil:
			p.Add(c)
		default:
			p.Wait()
			go c.write(p)
		}
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

// ping queues a ping.
func (c *conn) ping() {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.ended() {
		c.queue().ping = true
		c.stir(nil)
	}
}

// pong queues the answer to a ping; of several only the newest waits.
func (c *conn) pong(payload string) {
	frame := append(append(make([]byte, 0, 2+len(payload)), 0x8a, byte(len(payload))), payload...)
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if !c.out.ended() {
		c.queue().pong = frame
		c.stir(nil)
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
	dead, session := q.ladder.level == levelClosed, c.session
	if at, ok := q.due(); ok {
		next = min(next, at)
	}
	c.out.hastened = q.slow()
	if c.out.hastened {
		next = now + sweepTick
	}
	c.edge.metrics.depth.Observe(float64(q.frames))
	c.stir(nil)
	c.out.mu.Unlock()
	c.tell(session, lag, dead)
	return next
}

// Room implements actors.Conn.
func (c *conn) Room() int {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	switch {
	case c.out.ended(), c.out.q == nil:
		// Who waits for room on a connection that ends would wait in vain.
		return c.edge.queue.frames / 2
	}
	return c.out.q.room()
}

// WhenRoom implements actors.Conn: fn is called when the queue is below an
// eighth of its bounds.
func (c *conn) WhenRoom(fn func()) {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	if c.out.over || c.out.q == nil || c.out.q.drained() {
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
	c.stir(nil)
}
