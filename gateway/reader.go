package gateway

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// await waits for the client's next message, without a goroutine where that can
// be. All work is done on goroutines whose stacks have grown already.
func (c *conn) await() {
	if !c.polled {
		go c.read()
		return
	}
	c.waitedFor(c.edge.poller.again(c))
}

// listen is the first await.
func (c *conn) listen() {
	if !c.polled {
		go c.read()
		return
	}
	c.waitedFor(c.edge.poller.add(c))
}

// waitedFor ends a connection that the poller can't wait for: its socket was
// closed meanwhile, or the system refuses.
func (c *conn) waitedFor(ok bool) {
	if !ok {
		c.hangUp()
		c.edge.warm.Go(c.readOn)
	}
}

// read waits in a goroutine, as shallow as can be: most of such a connection's
// memory is the stack it waits on, and goroutines begin with what the average
// one needs.
func (c *conn) read() {
	if c.raw == nil {
		op, r, err := c.ws.NextReader()
		c.edge.warm.Go(func() {
			if err == nil {
				err = c.receive(op, r)
			}
			c.goOn(err)
		})
		return
	}
	// An error, or the end, is met again by who reads.
	_ = c.raw.Read(c.arrived)
	c.edge.warm.Go(c.readOn)
}

// readNow is for a socket that is said to have something.
func (c *conn) readNow(fd uintptr) { c.early = !c.tryRead(fd) }

// readOn reads what has arrived, one message, ping or pong at least.
func (c *conn) readOn() {
	if c.polled && !c.fetch() {
		c.await()
		return
	}
	if p := c.packet; p != nil {
		c.in.ahead = p.data[:p.n]
	}
	c.goOn(c.deal())
}

// fetch reads what there is without waiting; false: there is nothing. An error,
// or the end, is met again by who reads.
func (c *conn) fetch() bool {
	if c.paced != nil {
		return c.fetchTLS()
	}
	c.early = false
	_ = c.raw.Control(c.readNow)
	return !c.early
}

// fetchTLS is fetch through TLS, which may hold what came with an earlier record.
func (c *conn) fetchTLS() bool {
	p := packets.Get().(*packet)
	c.paced.hasty = true
	n, err := c.net.Read(p.data[:])
	c.paced.hasty = false
	if n > 0 {
		p.n, c.packet = n, p
		return true
	}
	packets.Put(p)
	return !errors.Is(err, errNothing)
}

// further: there is more that nobody would be told of by the poller.
func (c *conn) further() bool {
	if c.in.more() {
		return true
	}
	if !c.polled || c.paced == nil {
		return false
	}
	c.letGo()
	more := c.fetchTLS()
	if c.packet != nil {
		c.in.ahead = c.packet.data[:c.packet.n]
	}
	return more
}

// letGo gives back what was read, all of which the library has.
func (c *conn) letGo() {
	if c.packet != nil {
		packets.Put(c.packet)
		c.packet, c.in.ahead = nil, nil
	}
}

// deal deals with one message, or with one ping or pong between messages.
func (c *conn) deal() error {
	if c.control() {
		return nil
	}
	op, r, err := c.ws.NextReader()
	if err != nil {
		return err
	}
	return c.receive(op, r)
}

// goOn deals with all that was read besides, and waits again.
func (c *conn) goOn(err error) {
	for err == nil && c.further() {
		err = c.deal()
	}
	c.letGo()
	if err != nil {
		c.finish(err)
		return
	}
	c.await()
}

// control deals with one ping or pong between messages, if that is what has
// arrived, whole. The library would go on to wait for a message, with all that
// is held here, and idle clients send nothing but pongs.
func (c *conn) control() bool {
	frame := c.in.control()
	if frame == nil {
		return false
	}
	payload := make([]byte, len(frame)-controlHead)
	for i := range payload {
		payload[i] = frame[controlHead+i] ^ frame[2+i%4]
	}
	if frame[0] == pongHead {
		_ = c.onPong("")
	} else {
		_ = c.onPing(string(payload))
	}
	return true
}

// maxKept is the largest read buffer that is kept for reuse.
const maxKept = 64 << 10

var readBuffers = sync.Pool{New: func() any { b := make([]byte, 2<<10); return &b }}

// receive reads one message and hands its requests over.
func (c *conn) receive(op int, r io.Reader) (err error) {
	buf := readBuffers.Get().(*[]byte)
	defer func() {
		if cap(*buf) <= maxKept {
			readBuffers.Put(buf)
		}
		// One client's bytes must not end all connections.
		if p := recover(); p != nil {
			c.edge.log.Error("panic while reading a request", "err", p, "stack", string(debug.Stack()))
			err = errDefect
		}
	}()
	n, err := readInto(r, buf)
	if err != nil {
		return err
	}
	c.edge.metrics.bytesIn.Add(float64(n))
	c.heard.Store(int64(c.edge.now()))
	if c.ending() {
		return nil
	}
	if (op == websocket.TextMessage) != (c.codec == protocol.JSON) {
		c.malformedFrame(protocol.InvalidRequest("the message's type does not fit the subprotocol"))
		return nil
	}
	err = protocol.DecodeRequests(c.codec, (*buf)[:n], c.request)
	var e *protocol.Error
	switch {
	case err == nil:
	case !errors.As(err, &e):
		c.malformedFrame(protocol.NewError(protocol.CodeInvalidRequest))
	case e.Code == protocol.CodeInvalidRequest:
		c.malformedFrame(e)
	case c.spend(e.RequestID):
		c.refuse(e.RequestID, e)
	}
	return nil
}

// readInto reads all of r into buf, which grows as needed. The size of a
// message is limited by the WebSocket reader.
func readInto(r io.Reader, buf *[]byte) (int, error) {
	n := 0
	for {
		if n == len(*buf) {
			*buf = append(*buf, make([]byte, len(*buf))...)
		}
		m, err := r.Read((*buf)[n:])
		n += m
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

// request hands one request over, if there is credit for it.
func (c *conn) request(req *troupev1.Request) {
	if !c.spend(req.GetRequestId()) {
		return
	}
	c.edge.metrics.requests.Inc()
	c.pending.Add(1)
	c.session.Request(req)
}

// spend takes a credit for one request; without credit the request is answered.
func (c *conn) spend(requestID string) bool {
	wait, tooLong := c.credits.spend(c.edge.now(), &c.edge.rate)
	if wait <= 0 {
		return true
	}
	c.edge.metrics.requests.Inc()
	c.edge.metrics.refusals[limitRate].Inc()
	c.refuse(requestID, protocol.RetryLater(group.CodeRateLimited, (wait+time.Millisecond-1).Milliseconds()))
	if tooLong {
		c.edge.metrics.refusals[limitTooFast].Inc()
		c.Close(protocol.CloseTooFast, "too fast")
	}
	return false
}

// refuse answers a request that no session has seen.
func (c *conn) refuse(requestID string, e *protocol.Error) {
	c.push(protocol.NewFrame(protocol.ClassAnswer, &troupev1.Frame{
		Frame: &troupev1.Frame_Answer{Answer: protocol.ErrorAnswer(requestID, e)},
	}))
}

// malformedFrame answers invalid_request; the third time it closes (spec 18.6).
func (c *conn) malformedFrame(e *protocol.Error) {
	c.edge.metrics.badFrames.Inc()
	c.malformed++
	c.refuse(e.RequestID, e)
	if int(c.malformed) >= c.edge.cfg.Malformed {
		c.edge.metrics.refusals[limitMalformed].Inc()
		c.Close(protocol.CloseBadProtocol, "broken protocol")
	}
}

// ending: a close is under way; what still comes in is dropped.
func (c *conn) ending() bool {
	c.out.mu.Lock()
	defer c.out.mu.Unlock()
	return c.out.ended()
}

// finish is the end of the read loop, and of the connection: by the client, by
// the network, or by the client's fault.
func (c *conn) finish(err error) {
	linger := true
	switch {
	case errors.Is(err, websocket.ErrReadLimit):
		c.edge.metrics.refusals[limitFrame].Inc()
		c.Close(protocol.CloseTooLarge, "frame too large")
	case errors.Is(err, errDefect):
		c.Close(protocol.CloseInternal, "internal error")
	case isProtocolError(err):
		c.edge.metrics.badFrames.Inc()
		c.Close(protocol.CloseBadProtocol, "broken protocol")
	default:
		linger = false
	}
	c.edge.sweeper(c.id).remove(c)
	if c.polled {
		c.edge.poller.remove(c)
	}
	if c.session != nil {
		c.session.Closed()
	}
	if linger {
		// The client may still be sending; closing the socket now would reset it
		// before the close frame is read.
		_, _ = io.CopyN(io.Discard, c.net, lingerBytes)
	}
	code, leave := c.readerOver()
	c.edge.metrics.closed(code)
	c.edge.log.LogAttrs(context.Background(), slog.LevelDebug, "connection ended", slog.Uint64("session", c.id), slog.Int("code", code))
	if !leave {
		c.depart()
	}
}

// errDefect ends a connection whose request made the server panic.
var errDefect = errors.New("request caused a panic")

// lingerBytes bounds what is read from a client whose connection is closing.
const lingerBytes = 1 << 20

// isProtocolError: the library has no type for these errors.
func isProtocolError(err error) bool {
	var closed *websocket.CloseError
	return !errors.As(err, &closed) && strings.HasPrefix(err.Error(), "websocket: ")
}

// install sets the handlers of control frames: all answers go through the queue.
func (c *conn) install() {
	c.ws.SetReadLimit(int64(c.edge.cfg.FrameBytes))
	c.ws.SetPingHandler(c.onPing)
	c.ws.SetPongHandler(c.onPong)
	c.ws.SetCloseHandler(c.onClose)
}

func (c *conn) onPing(payload string) error {
	now := c.edge.now()
	c.heard.Store(int64(now))
	// Pings cost credits too, or they were a way around them.
	wait, tooLong := c.credits.spend(now, &c.edge.rate)
	switch {
	case wait <= 0:
		c.pong(payload)
	case tooLong:
		c.edge.metrics.refusals[limitTooFast].Inc()
		c.Close(protocol.CloseTooFast, "too fast")
	}
	return nil
}

func (c *conn) onPong(string) error {
	c.heard.Store(int64(c.edge.now()))
	return nil
}

// onClose echoes the client's close frame. Nothing else is sent any more: the
// client does not read it.
func (c *conn) onClose(code int, _ string) error {
	final := []byte{0x88, 0}
	if code != websocket.CloseNoStatusReceived {
		final = closeFrame(code, "")
	}
	c.shut(codePeer, final, keepNothing)
	return nil
}
