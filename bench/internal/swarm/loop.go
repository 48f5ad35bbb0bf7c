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

	"github.com/troupe-im/troupe/bench/internal/report"
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
	// tamper spoils the next message; empty = not.
	tamper Tamper
	buf    []byte
	opener opener
	events [512]unix.EpollEvent
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
	l.lane, l.late = report.NewRecorder().Lane(), report.NewRecorder().Lane()
	l.senders = s.sender
	l.opener.l = l
	if number == 0 {
		l.tamper = s.o.Tamper
	}
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
