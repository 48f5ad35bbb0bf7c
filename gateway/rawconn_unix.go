//go:build unix

package gateway

import (
	"io"
	"net"
	"syscall"
)

// rawConn is what lets a connection be written without waiting; nil if it
// can't be (TLS).
func rawConn(c net.Conn) syscall.RawConn {
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil
	}
	return raw
}

// attempt is one write that does not wait. It is reused, so that no write
// allocates. It asks for the descriptor only, and not for a write that may
// wait, which would touch what Go's poller has of the socket; a connection has
// one writer at a time anyway.
type attempt struct {
	data []byte
	n    int
	err  error
	try  func(fd uintptr)
}

func newAttempt() *attempt {
	a := &attempt{}
	a.try = func(fd uintptr) {
		for {
			a.n, a.err = syscall.Write(int(fd), a.data)
			if a.err != syscall.EINTR {
				return
			}
		}
	}
	return a
}

// write writes what the socket takes at once. n < len(data) without an error
// means that it is full.
func (a *attempt) write(c syscall.RawConn, data []byte) (n int, err error) {
	a.data = data
	err = c.Control(a.try)
	a.data = nil
	if err != nil {
		return 0, err
	}
	if a.err == syscall.EAGAIN {
		return 0, nil
	}
	return max(a.n, 0), a.err
}

// tryRead reads what the socket holds into a packet; false: nothing has arrived.
func (c *conn) tryRead(fd uintptr) bool {
	p := packets.Get().(*packet)
	for {
		n, err := syscall.Read(int(fd), p.data[:])
		switch {
		case err == syscall.EINTR:
			continue
		case n > 0 && err == nil:
			p.n = n
			c.packet = p
			return true
		}
		packets.Put(p)
		return err != syscall.EAGAIN
	}
}

// shutdownSocket ends both directions; false if the socket is closed.
func shutdownSocket(c syscall.RawConn) bool {
	return c.Control(func(fd uintptr) { _ = syscall.Shutdown(int(fd), syscall.SHUT_RDWR) }) == nil
}

// readWaiting reads what a socket holds; if it holds nothing, the error is
// errNothing.
func readWaiting(c net.Conn, b []byte) (n int, err error) {
	raw := rawConn(c)
	if raw == nil {
		return c.Read(b)
	}
	if closed := raw.Read(func(fd uintptr) bool {
		for {
			n, err = syscall.Read(int(fd), b)
			if err != syscall.EINTR {
				return true
			}
		}
	}); closed != nil {
		return 0, closed
	}
	switch {
	case err == syscall.EAGAIN:
		return 0, errNothing
	case err != nil:
		return 0, err
	case n == 0 && len(b) > 0:
		return 0, io.EOF
	}
	return n, nil
}
