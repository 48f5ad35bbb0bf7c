//go:build linux

package swarm

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// parse judges the whole frames in b and returns what is left.
func (l *loop) parse(c *Conn, b []byte, now int64) (rest []byte, err error) {
	for len(b) > 0 {
		if len(c.seats) == 1 && !c.seats[0].leaving {
			if n := l.same(&c.seats[0], b, now); n > 0 {
				b = b[n:]
				continue
			}
		}
		op, payload, size, err := wsFrame(b)
		if err != nil || size == 0 {
			return b, err
		}
		if err := l.frame(c, op, payload, b[:size], now); err != nil {
			return nil, err
		}
		if c.state == stateClosed {
			return nil, nil
		}
		b = b[size:]
	}
	return b, nil
}

// errClosed carries the code of a close frame, and the reason.
type errClosed struct {
	code   int
	reason string
}

func (e *errClosed) Error() string {
	return fmt.Sprintf("the server closed with code %d %s", e.code, e.reason)
}

// frame handles one WebSocket frame.
func (l *loop) frame(c *Conn, op byte, payload, whole []byte, now int64) error {
	switch op {
	case opBinary:
		return l.binary(c, payload, whole, now)
	case opText:
		return l.json(c, payload, whole, now)
	case opPing:
		return c.write(appendClientFrame(nil, opPong, payload))
	case opPong:
		return nil
	case opClose:
		if len(payload) < 2 {
			return &errClosed{code: 1005}
		}
		return &errClosed{int(payload[0])<<8 | int(payload[1]), string(payload[2:])}
	}
	return fmt.Errorf("WebSocket opcode %d", op)
}

// binary goes through the frames of one message.
func (l *loop) binary(c *Conn, b, whole []byte, now int64) error {
	alone := true
	for len(b) > 0 {
		size, n := varint(b)
		if n == 0 || size > uint64(len(b)-n) {
			return errWire
		}
		frame := b[n : n+int(size)]
		b = b[n+int(size):]
		alone = alone && len(b) == 0
		var f seen
		if err := scanFrame(frame, &f); err != nil {
			return err
		}
		if !alone || f.hasSkipped {
			whole = nil
		}
		l.take(c, &f, f.raw, whole, now, func() *troupev1.Frame { return decodeBinary(frame) })
	}
	return nil
}

// decodeBinary decodes a frame that was scanned.
func decodeBinary(frame []byte) *troupev1.Frame {
	f := &troupev1.Frame{}
	if err := proto.Unmarshal(frame, f); err != nil {
		return &troupev1.Frame{}
	}
	return f
}

// json does the same for the other codec, with the real decoder.
func (l *loop) json(c *Conn, b, whole []byte, now int64) error {
	var all []*troupev1.Frame
	if err := protocol.DecodeFrames(protocol.JSON, b, func(f *troupev1.Frame) { all = append(all, f) }); err != nil {
		return err
	}
	for _, m := range all {
		f := seenOf(m)
		if len(all) > 1 || f.hasSkipped {
			whole = nil
		}
		l.take(c, &f, f.raw, whole, now, func() *troupev1.Frame { return m })
	}
	return nil
}

// take hands a frame to whom it concerns.
func (l *loop) take(c *Conn, f *seen, event, whole []byte, now int64, decode func() *troupev1.Frame) {
	if f.answer {
		l.answer(c, f, decode)
		return
	}
	switch f.event {
	case eventMessage:
		s := c.seatOf(f.groupID)
		if s == nil || s.left {
			l.Foreign++
			l.fault("%s got number %d of %s, where it has no seat", c.User, f.seq, f.groupID)
			return
		}
		if l.tamper != "" && f.tips == 0 {
			l.spoil(c.User, s, f, event, now)
			return
		}
		l.message(c.User, s, f, event, whole, now)
		return
	case eventRoomSkipped:
		if s := c.seatOf(f.groupID); s != nil {
			l.skip(c.User, s, f.skipped, 0)
			return
		}
		l.Foreign++
		l.fault("%s is told of %s, where it has no seat", c.User, f.groupID)
	case eventLagging:
		l.Lagging++
	case eventLevelChanged:
		l.Levels++
	}
	if c.OnEvent != nil {
		c.OnEvent(c, decode().GetEvent())
	}
}

// spoil judges a message as if something had gone wrong with it, once.
func (l *loop) spoil(user string, s *seat, f *seen, event []byte, now int64) {
	how := l.tamper
	l.tamper = ""
	switch how {
	case TamperLost:
		return
	case TamperDoubled:
		l.message(user, s, f, event, nil, now)
	case TamperChanged:
		f.text, event = append([]byte("x"), f.text[min(1, len(f.text)):]...), nil
	}
	l.message(user, s, f, event, nil, now)
}

// answer goes to the publisher whose message it is about, or to the script.
func (l *loop) answer(c *Conn, f *seen, decode func() *troupev1.Frame) {
	if p, counter, ok := l.s.publisher(f.requestID); ok {
		if s := c.seatOf([]byte(p.room.ID)); s != nil && f.code == 0 {
			l.ownAnswer(c.User, s, f.seq)
		}
		p.answered(f, counter)
		return
	}
	if c.state == stateScript {
		if !c.awaits(f.requestID) {
			return // of a script that was given up
		}
		if again, err := c.resumed(f.code); again || err != nil {
			if err != nil {
				l.end(c, err)
			}
			return
		}
		if f.code != 0 {
			l.end(c, &Refused{Step: c.step, Code: f.code, Name: string(f.errorName)})
			return
		}
		if len(c.asked) > 0 {
			return
		}
		if err := c.next(func() *troupev1.Answer { return decode().GetAnswer() }); err != nil {
			l.end(c, err)
		}
		return
	}
	if c.OnAnswer != nil {
		c.OnAnswer(c, decode().GetAnswer())
	}
}

// Refused is an answer with an error to a script's request.
type Refused struct {
	Step int
	Code int32
	Name string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("step %d was refused: %d %s", r.Step, r.Code, r.Name)
}

// end closes a connection that failed, or that the server ended.
func (l *loop) end(c *Conn, err error) {
	if c.state == stateClosed {
		return
	}
	state, code := c.state, 0
	var closed *errClosed
	if errors.As(err, &closed) {
		code = closed.code
	}
	l.shut(c)
	if state != stateReady {
		l.opener.failed(c, state, err)
		return
	}
	if c.OnEnd != nil {
		c.OnEnd(c, code)
	}
	switch {
	case c.back != nil:
		l.opener.comeBack(c, err)
		return
	case c.OnEnd != nil:
		return
	}
	l.Ended++
	l.fault("the connection of %s ended: %v", c.User, err)
}

// shut closes the socket.
func (l *loop) shut(c *Conn) {
	c.wmu.Lock()
	fd := c.fd
	c.fd, c.out = -1, nil
	c.wmu.Unlock()
	c.state, c.carry, c.stalled = stateClosed, nil, false
	if fd >= 0 {
		l.conns[fd] = nil
		_ = unix.Close(fd)
	}
}
