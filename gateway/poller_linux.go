package gateway

import (
	"fmt"
	"os"
	"sync"
	"syscall"
)

// poller waits for all connections at once, so that one that is silent needs no
// goroutine: its stack was a third of what such a connection costs. A socket
// stays with Go's own poller as well, which is asked while a message is being
// read or written.
type poller struct {
	file *os.File // the epoll descriptor, itself waited for by Go's poller
	raw  syscall.RawConn
	fd   int
	work func(func())

	mu    sync.RWMutex
	conns []*conn // by descriptor; guarded by mu

	running sync.WaitGroup
}

// newPoller starts a poller; work is called with what is to be done for a
// connection that has something to read, and must not block.
func newPoller(work func(func())) (*poller, error) {
	fd, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("gateway: epoll: %w", err)
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		_ = syscall.Close(fd)
		return nil, fmt.Errorf("gateway: epoll: %w", err)
	}
	p := &poller{file: os.NewFile(uintptr(fd), "epoll"), fd: fd, work: work}
	if p.raw, err = p.file.SyscallConn(); err != nil {
		_ = p.file.Close()
		return nil, fmt.Errorf("gateway: epoll: %w", err)
	}
	p.running.Go(p.run)
	return p, nil
}

// close ends the poller; no connection may be left in it.
func (p *poller) close() {
	_ = p.file.Close()
	p.running.Wait()
}

// run hands over connections as they become readable.
func (p *poller) run() {
	var events [128]syscall.EpollEvent
	var n int
	var err error
	ready := func(uintptr) bool {
		n, err = syscall.EpollWait(p.fd, events[:], 0)
		return n > 0 || err != nil
	}
	for {
		if closed := p.raw.Read(ready); closed != nil || err != nil && err != syscall.EINTR {
			return
		}
		p.mu.RLock()
		for i := range events[:max(n, 0)] {
			if c := p.of(&events[i]); c != nil && c.armed.CompareAndSwap(true, false) {
				p.work(c.readOn)
			}
		}
		p.mu.RUnlock()
	}
}

// of is the connection that an event is about; nil if it is gone.
func (p *poller) of(e *syscall.EpollEvent) *conn {
	fd := int(e.Fd)
	if fd >= len(p.conns) || p.conns[fd] == nil || p.conns[fd].turnstile() != e.Pad {
		return nil
	}
	return p.conns[fd]
}

// turnstile tells a connection from an earlier one with the same descriptor.
func (c *conn) turnstile() int32 { return int32(c.id) }

// add has a connection waited for; false if that can't be.
func (p *poller) add(c *conn) bool {
	ok := false
	_ = c.sock.Control(func(fd uintptr) {
		p.mu.Lock()
		for int(fd) >= len(p.conns) {
			p.conns = append(p.conns, make([]*conn, max(64, len(p.conns)))...)
		}
		p.conns[fd] = c
		p.mu.Unlock()
		ok = p.control(syscall.EPOLL_CTL_ADD, int(fd), c) == nil
	})
	if !ok {
		p.remove(c)
	}
	return ok
}

// again has a connection waited for once more, after it was handed over; false
// if the socket is closed.
func (p *poller) again(c *conn) bool {
	ok := false
	_ = c.sock.Control(func(fd uintptr) { ok = p.control(syscall.EPOLL_CTL_MOD, int(fd), c) == nil })
	return ok
}

func (p *poller) control(op, fd int, c *conn) error {
	c.armed.Store(true)
	// Once, so that one message is read at a time.
	return syscall.EpollCtl(p.fd, op, fd, &syscall.EpollEvent{
		Events: syscall.EPOLLIN | syscall.EPOLLRDHUP | syscall.EPOLLONESHOT, Fd: int32(fd), Pad: c.turnstile(),
	})
}

// remove forgets a connection, before its socket is closed.
func (p *poller) remove(c *conn) {
	_ = c.sock.Control(func(fd uintptr) {
		p.mu.Lock()
		if int(fd) < len(p.conns) && p.conns[fd] == c {
			p.conns[fd] = nil
		}
		p.mu.Unlock()
	})
}
