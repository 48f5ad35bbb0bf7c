package gateway

import (
	"bufio"
	"net"
	"sync"
	"time"
)

// inlet is what the WebSocket library reads from. It drops what the library
// writes by itself, on protocol errors: that would stand between our frames,
// and its deadlines would cut off our writes.
type inlet struct {
	replayed
	upgraded bool
	// buffered is the reader between this and the library.
	buffered *bufio.Reader
}

// replayed is a connection of which something was read already, and not yet by
// who reads it now.
type replayed struct {
	net.Conn
	ahead []byte
}

// Read implements net.Conn.
func (r *replayed) Read(p []byte) (int, error) {
	if len(r.ahead) > 0 {
		n := copy(p, r.ahead)
		r.ahead = r.ahead[n:]
		return n, nil
	}
	return r.Conn.Read(p)
}

// Write implements net.Conn.
func (i *inlet) Write(p []byte) (int, error) {
	if i.upgraded {
		return len(p), nil
	}
	return i.Conn.Write(p)
}

// SetWriteDeadline implements net.Conn.
func (i *inlet) SetWriteDeadline(t time.Time) error {
	if i.upgraded {
		return nil
	}
	return i.Conn.SetWriteDeadline(t)
}

// more: something has been read from the socket that the library has not dealt with.
func (i *inlet) more() bool { return len(i.ahead) > 0 || i.buffered.Buffered() > 0 }

const (
	pingHead, pongHead = 0x89, 0x8a
	// controlHead is two bytes and the mask; controlMost bounds what follows.
	controlHead, controlMost = 6, 125
)

// control takes a ping or pong that has arrived whole, and is what comes next;
// nil if none is. It reads nothing from the socket. The bytes are valid until
// the next read. What is wrong with it, if anything is, is for the library to say.
func (i *inlet) control() []byte {
	all := i.buffered.Buffered() + len(i.ahead)
	if all < controlHead {
		return nil
	}
	head, err := i.buffered.Peek(2)
	if err != nil || head[0] != pingHead && head[0] != pongHead || head[1]&0x80 == 0 {
		return nil
	}
	size := int(head[1] & 0x7f)
	if size > controlMost || all < controlHead+size {
		return nil
	}
	frame, err := i.buffered.Peek(controlHead + size)
	if err != nil {
		return nil
	}
	_, _ = i.buffered.Discard(len(frame))
	return frame
}

// packet is what one read of a socket brings.
type packet struct {
	n    int
	data [2 << 10]byte
}

var packets = sync.Pool{New: func() any { return new(packet) }}
