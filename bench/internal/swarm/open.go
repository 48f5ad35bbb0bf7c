//go:build linux

package swarm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/troupe-im/troupe/protocol"
)

// maxDials is how often a connection is tried: a server that is asked for too
// many at once refuses some, and clients come back.
const maxDials = 12

// opener opens a loop's connections. Owned by the loop.
type opener struct {
	l       *loop
	queue   []*Conn
	retries []retry
	under   int // under way
	atOnce  int // most of them
	// Every per nanoseconds one may begin; 0 = at once.
	every int64
	due   int64
}

type retry struct {
	at int64
	c  *Conn
}

// timeout is for epoll_wait, in ms.
func (o *opener) timeout() int {
	switch {
	case len(o.queue) > 0 && o.under < o.atOnce:
		return 1
	case len(o.retries) > 0:
		return 5
	}
	return -1
}

// open begins what may begin now.
func (o *opener) open() {
	if len(o.queue) == 0 && len(o.retries) == 0 {
		return
	}
	now := Now()
	kept := o.retries[:0]
	for _, r := range o.retries {
		if r.at > now {
			kept = append(kept, r)
		} else {
			o.queue = append(o.queue, r.c)
		}
	}
	o.retries = kept
	for len(o.queue) > 0 && o.under < o.atOnce && (o.every == 0 || o.due <= now) {
		c := o.queue[0]
		o.queue = o.queue[1:]
		if c.began == 0 {
			if c.began = now; o.every > 0 {
				c.began = o.due
			}
		}
		o.due += o.every
		o.under++
		if err := o.dial(c); err != nil {
			o.l.shut(c)
			o.failed(c, stateConnecting, err)
		}
	}
}

func (o *opener) dial(c *Conn) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("socket: %w", err)
	}
	c.wmu.Lock()
	c.fd = fd
	c.wmu.Unlock()
	c.state, c.step, c.resuming = stateConnecting, 0, false
	for len(o.l.conns) <= fd {
		o.l.conns = append(o.l.conns, make([]*Conn, fd+1)...)
	}
	o.l.conns[fd] = c
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if c.SmallBuffer {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096)
	}
	if ip, ok := o.l.s.source(); ok {
		// The port is chosen by connect, when the other end is known.
		_ = unix.SetsockoptInt(fd, unix.SOL_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
		if err := unix.Bind(fd, &unix.SockaddrInet4{Addr: ip}); err != nil {
			return fmt.Errorf("bind: %w", err)
		}
	}
	to := o.l.s.server // Connect writes into it
	if err := unix.Connect(fd, &to); err != nil && !errors.Is(err, unix.EINPROGRESS) {
		return fmt.Errorf("connect: %w", err)
	}
	return o.l.watch(unix.EPOLL_CTL_ADD, fd, unix.EPOLLIN|unix.EPOLLOUT)
}

// connected goes on when the network connection is there, or failed.
func (o *opener) connected(c *Conn) error {
	code, err := unix.GetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_ERROR)
	if err == nil && code != 0 {
		err = unix.Errno(code)
	}
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	if err := o.l.watch(unix.EPOLL_CTL_MOD, c.fd, unix.EPOLLIN); err != nil {
		return err
	}
	if o.l.s.o.Bare {
		return c.begin()
	}
	c.state = stateUpgrading
	return c.write(o.l.s.upgrade)
}

// The key of every handshake and what must come back for it (RFC 6455, 1.3).
const (
	upgradeKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	upgradeAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

func upgradeRequest(host, path string, codec protocol.Codec) []byte {
	return fmt.Appendf(nil, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\nSec-WebSocket-Protocol: %s\r\n\r\n", path, host, upgradeKey, codec)
}

// errUpgrade is a refused handshake.
type errUpgrade struct {
	status     string
	retryAfter time.Duration
}

func (e *errUpgrade) Error() string { return "the handshake was answered with " + e.status }

// upgraded reads the answer to the handshake and begins the script.
func (o *opener) upgraded(c *Conn, b []byte) (rest []byte, err error) {
	i := bytes.Index(b, []byte("\r\n\r\n"))
	if i < 0 {
		return b, nil
	}
	head, rest := b[:i], b[i+4:]
	if !bytes.HasPrefix(head, []byte("HTTP/1.1 101 ")) {
		status, _, _ := bytes.Cut(head, []byte("\r\n"))
		return nil, &errUpgrade{string(status), retryAfter(head)}
	}
	if !bytes.Contains(head, []byte(upgradeAccept)) {
		return nil, errors.New("the handshake's answer does not fit its key")
	}
	return rest, c.begin()
}

// failed tries again or gives up.
func (o *opener) failed(c *Conn, at connState, err error) {
	if c.batch.again {
		c.batch.finish(c, fmt.Errorf("%s: %w", c.User, err))
		return
	}
	o.under--
	var refused *Refused
	if errors.As(err, &refused) || c.dials+1 >= maxDials {
		c.batch.finish(c, fmt.Errorf("%s: %w", c.User, err))
		return
	}
	c.dials++
	o.l.s.redials.Add(1)
	o.retries = append(o.retries, retry{Now() + int64(c.waitOf(err)), c})
}

// batch waits until a number of connections are ready.
type batch struct {
	mu   sync.Mutex
	left int
	err  error
	done chan struct{}
	took func(c *Conn) // on the loop
	// again: they are open already.
	again bool
}

func (b *batch) wait(ctx context.Context) error {
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// finish says that one is ready, or never will be.
func (b *batch) finish(c *Conn, err error) {
	if err == nil && !b.again {
		c.l.opener.under--
	}
	if err == nil && b.took != nil {
		b.took(c)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left--
	if err != nil && b.err == nil {
		b.err = err
	}
	if b.left == 0 {
		close(b.done)
	}
}
