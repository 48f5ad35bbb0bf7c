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
	net.Conn
	upgraded bool
	// buffered is the reader between this and the library.
	buffered *bufio.Reader
	// ahead was read from the socket and not yet by the library.
	ahead []byte
}

// Read implements net.Conn.
func (i *inlet) Read(p []byte) (int, error) {
	if len(i.ahead) > 0 {
		n := copy(p, i.ahead)
		i.ahead = i.ahead[n:]
		return n, nil
	}
	return i.Conn.Read(p)
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

// packet is what one read of a socket brings.
type packet struct {
	n    int
	data [2 << 10]byte
}

var packets = sync.Pool{New: func() any { return new(packet) }}
