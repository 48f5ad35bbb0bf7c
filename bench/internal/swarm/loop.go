//go:build linux

package swarm

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/bench/internal/report"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// readBytes is how much is read at once: what a loop touches stays in the cache.
const readBytes = 64 << 10

// loop reads many connections on one thread.
type loop struct {
	s      *Swarm
	number int
	ep     int
	wake   int // eventfd

	mu   sync.Mutex
	todo []func() // guarded by mu
	over bool     // guarded by mu

	// Owned by run.
	judge
	conns []*Conn // by descriptor
	views []*view // by room
	// past are numbers of seats that began anew.
	past uint64
	// members are the connections that sit in rooms.
	members []*Conn
	buf     []byte
	opener  opener
	events  [512]unix.EpollEvent
}

func newLoop(s *Swarm, number int) (*loop, error) {
	ep, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll: %w", err)
	}
	wake, err := unix.Eventfd(0, unix.EFD_NONBLOCK|unix.EFD_CLOEXEC)
	if err != nil {
		_ = unix.Close(ep)
		return nil, fmt.Errorf("eventfd: %w", err)
	}
	l := &loop{s: s, number: number, ep: ep, wake: wake, buf: make([]byte, maxFrame+readBytes+16)}
	l.lane = report.NewRecorder().Lane()
	l.senders = s.sender
	l.opener.l = l
	return l, l.watch(unix.EPOLL_CTL_ADD, wake, unix.EPOLLIN)
}

func (l *loop) watch(op, fd int, events uint32) error {
	if err := unix.EpollCtl(l.ep, op, fd, &unix.EpollEvent{Events: events, Fd: int32(fd)}); err != nil {
		return fmt.Errorf("epoll: %w", err)
	}
	return nil
}

// do has the loop call fn, soon.
func (l *loop) do(fn func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over {
		return
	}
	l.todo = append(l.todo, fn)
	l.stir()
}

// stir ends the wait for events. The write fails only when it is stirred
// already.
func (l *loop) stir() { _, _ = unix.Write(l.wake, []byte{1, 0, 0, 0, 0, 0, 0, 0}) }

// stop has the loop close its connections and end.
func (l *loop) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.todo = append(l.todo, func() {
		for _, c := range l.conns {
			if c != nil {
				l.shut(c)
			}
		}
	})
	l.over = true
	l.stir()
}

// ask has the loop call fn and waits for it.
func (l *loop) ask(fn func()) {
	done := make(chan struct{})
	l.do(func() {
		fn()
		close(done)
	})
	<-done
}

// run is the loop's thread.
func (l *loop) run() {
	runtime.LockOSThread()
	for {
		n, err := unix.EpollWait(l.ep, l.events[:], l.opener.timeout())
		if err != nil && !errors.Is(err, unix.EINTR) {
			panic(fmt.Sprintf("epoll_wait: %v", err))
		}
		for i := range max(n, 0) {
			l.handle(&l.events[i])
		}
		if l.chores() {
			return
		}
		l.opener.open()
		if l.s.o.Linger > 0 && n > 0 {
			pause(l.s.o.Linger)
		}
	}
}

// pause lets more come before the next look: fewer, larger reads, and a server
// that need not wake this thread for each of its writes.
func pause(d time.Duration) {
	t := unix.NsecToTimespec(int64(d))
	_ = unix.Nanosleep(&t, nil)
}

// chores does what others asked for; true = it is over.
func (l *loop) chores() bool {
	l.mu.Lock()
	todo, over := l.todo, l.over
	l.todo = nil
	l.mu.Unlock()
	for _, fn := range todo {
		fn()
	}
	return over
}

func (l *loop) handle(ev *unix.EpollEvent) {
	fd := int(ev.Fd)
	if fd == l.wake {
		var b [8]byte
		_, _ = unix.Read(l.wake, b[:])
		return
	}
	c := l.conns[fd]
	if c == nil {
		return
	}
	var err error
	if c.state == stateConnecting && ev.Events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		err = l.opener.connected(c)
	} else if ev.Events&unix.EPOLLOUT != 0 {
		err = c.flush()
	}
	if err == nil && ev.Events&(unix.EPOLLIN|unix.EPOLLERR|unix.EPOLLHUP) != 0 && c.state > stateConnecting {
		err = l.read(c)
	}
	if err != nil {
		l.end(c, err)
	}
}

var errEOF = errors.New("the server closed the connection")

// read reads once; epoll tells again if there is more.
func (l *loop) read(c *Conn) error {
	if c.stalled {
		return nil
	}
	have := copy(l.buf, c.carry)
	n, err := rawRead(c.fd, l.buf[have:have+readBytes])
	switch {
	case err == unix.EAGAIN || err == unix.EINTR:
		return nil
	case err != nil:
		return fmt.Errorf("read: %w", err)
	case n == 0:
		return errEOF
	}
	l.Reads++
	l.Bytes += uint64(n)
	b := l.buf[:have+n]
	if c.state == stateUpgrading {
		if b, err = l.opener.upgraded(c, b); err != nil {
			return err
		}
	}
	if c.state > stateUpgrading {
		b, err = l.parse(c, b, Now())
	}
	c.carry = append(c.carry[:0], b...)
	return err
}

// rawRead reads without telling Go's scheduler: the socket does not block.
func rawRead(fd int, b []byte) (int, error) {
	n, _, e := unix.RawSyscall(unix.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if e != 0 {
		return 0, e
	}
	return int(n), nil
}

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

// errClosed carries the code of a close frame.
type errClosed struct{ code int }

func (e *errClosed) Error() string { return fmt.Sprintf("the server closed with code %d", e.code) }

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
		code := 1005
		if len(payload) >= 2 {
			code = int(payload[0])<<8 | int(payload[1])
		}
		return &errClosed{code}
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
		if len(f.requestID) > 0 && string(f.requestID) != c.asked {
			return // of a script that was given up
		}
		if f.code != 0 {
			l.end(c, &Refused{Step: c.step, Code: f.code, Name: string(f.errorName)})
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
		l.opener.comeBack(c)
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
