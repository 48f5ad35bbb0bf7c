package gateway

import (
	"time"

	"github.com/troupe-im/troupe/actors"
)

// What a close keeps of what waits.
type keep uint8

const (
	keepNothing keep = iota
	keepControl
	keepAnswers
	keepAll
)

// write is the writer: it runs until nothing waits. A pass that waits for it
// is told when it has taken what there was.
func (c *conn) write(p *actors.Pass) {
	var buf joinBuffer
	defer buf.put()
	data := c.begin(&buf)
	if p != nil {
		p.Taken()
	}
	c.writeOn(&buf, data)
}

// writeRest goes on, as the writer, with a write of which the socket took a part.
func (c *conn) writeRest(rest []byte) {
	var buf joinBuffer
	defer buf.put()
	c.writeOn(&buf, rest)
}

func (c *conn) writeOn(buf *joinBuffer, data []byte) {
	var t tally
	for data != nil {
		n, err := c.net.Write(data)
		t.bytes += n
		if err != nil {
			// The stream may end within a frame: nothing can follow.
			c.edge.metrics.add(&t)
			c.broken()
			return
		}
		data = c.wrote(buf, c.edge.now(), &t, true)
	}
}

// begin gives the bytes of the first write, nil if there are none.
func (c *conn) begin(buf *joinBuffer) []byte {
	c.out.mu.Lock()
	data, waiters := c.takeLocked(buf)
	c.out.mu.Unlock()
	for _, fn := range waiters {
		fn()
	}
	return data
}

// wrote accounts for a finished write and gives the bytes of the next, nil to
// end the writer. With count the tally is added up before another writer can
// begin, so that no count comes late.
func (c *conn) wrote(buf *joinBuffer, now time.Duration, t *tally, count bool) []byte {
	c.out.mu.Lock()
	fl := c.landed(now)
	t.wrote(&fl)
	if count {
		c.edge.metrics.add(t)
	}
	done := false
	if fl.last {
		c.out.sent = true
		done = c.mine()
		c.out.over = c.out.over || done
	}
	var waiters []func()
	if c.out.q != nil && c.out.q.drained() {
		waiters = c.takeWaiters()
	}
	data, more := c.takeLocked(buf)
	c.out.mu.Unlock()
	for _, fn := range append(waiters, more...) {
		fn()
	}
	if done {
		c.depart()
	}
	return data
}

// landed is what was written. Called with mu held.
func (c *conn) landed(now time.Duration) flight {
	if !c.out.flying {
		return c.out.q.written(now)
	}
	fl := c.out.lone.flight(len(c.out.lone.bytes(c.codec)))
	c.out.lone, c.out.flying = lone{}, false
	return fl
}

// takeLocked gives the bytes of the next write; with nil the writer has ended,
// and the waiters are to be called.
func (c *conn) takeLocked(buf *joinBuffer) ([]byte, []func()) {
	if !c.out.over && c.out.q != nil {
		if data := c.out.q.take(buf); data != nil {
			return data, nil
		}
	}
	c.out.writing = false
	waiters := c.takeWaiters()
	c.stir(nil)
	return nil, waiters
}

func (c *conn) takeWaiters() []func() {
	if c.out.q == nil {
		return nil
	}
	w := c.out.q.waiters
	c.out.q.waiters = nil
	return w
}

// broken ends the connection at once; the reader notices, unless it has left
// the end to the writer.
func (c *conn) broken() {
	c.out.mu.Lock()
	mine := c.mine()
	c.out.over, c.out.writing = true, false
	c.out.lone, c.out.flying = lone{}, false
	waiters := c.takeWaiters()
	c.out.mu.Unlock()
	if mine {
		c.depart()
	} else {
		c.hangUp()
	}
	for _, fn := range waiters {
		fn()
	}
}

// hangUp has the reader meet the end of the socket, wherever it waits, and
// close it. Writes and reads end at once.
func (c *conn) hangUp() {
	if !c.polled || !shutdownSocket(c.sock) {
		_ = c.net.Close()
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
	if c.polled {
		// Deadlines wake nobody who waits in the poller.
		time.AfterFunc(c.edge.cfg.CloseTimeout, c.hangUp)
	}
	c.stir(nil)
}

// mine: the reader has left it to the writer to close the socket. Called with
// mu held.
func (c *conn) mine() bool { return c.out.readerOver && !c.out.over }

// readerOver says what code to count, and whether the socket is left to the
// writer to close, as it has still to send the close frame.
func (c *conn) readerOver() (code int, leave bool) {
	c.out.mu.Lock()
	o := &c.out
	o.readerOver = true
	leave = o.code != 0 && o.writing && !o.sent && !o.over
	if code = int(o.code); code == 0 {
		code, o.code = codeGone, codeGone
	}
	var waiters []func()
	if !leave {
		o.over = true
		waiters = c.takeWaiters()
	}
	c.out.mu.Unlock()
	for _, fn := range waiters {
		go fn()
	}
	return code, leave
}

// depart closes the socket; from then on the connection is not counted. Reader
// or writer call it, whichever is the last to end.
func (c *conn) depart() {
	_ = c.net.Close()
	c.edge.leave(c.remote)
}
