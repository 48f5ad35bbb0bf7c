package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Nearly all sockets are clients that upgrade, and net/http would give each a
// goroutine with a fresh stack, two buffers of 4 KB and contexts that the
// upgrade throws away. So a clean handshake is read here; all else is
// net/http's, from its first byte.

// head is the beginning of what a client sends.
type head struct {
	n    int
	data [4 << 10]byte

	// For parsing it.
	bytes  bytes.Reader
	reader *bufio.Reader
	// writer is what the WebSocket library makes its answer in.
	writer *bufio.Writer
}

var heads = sync.Pool{New: func() any {
	return &head{reader: bufio.NewReaderSize(nil, 512), writer: bufio.NewWriterSize(nil, 512)}
}}

var endOfHead = []byte("\r\n\r\n")

// whole: the head has come, and nothing behind it.
func (h *head) whole() bool { return bytes.HasSuffix(h.data[:h.n], endOfHead) }

// request is the handshake that the head is; nil if it is anything else.
func (h *head) request() *http.Request {
	if bytes.Index(h.data[:h.n], endOfHead) != h.n-len(endOfHead) {
		return nil
	}
	h.bytes.Reset(h.data[:h.n])
	h.reader.Reset(&h.bytes)
	r, err := http.ReadRequest(h.reader)
	switch {
	case err != nil || r.ProtoMajor != 1 || r.ProtoMinor != 1:
	case r.URL.IsAbs() || r.URL.Path != socketPath || r.Host == "":
	case h.reader.Buffered() > 0 || h.bytes.Len() > 0: // ended early, by bare line feeds
	case !plain(r):
	case r.ContentLength == 0 && websocket.IsWebSocketUpgrade(r):
		return r
	}
	return nil
}

// plain: of what net/http looks at besides there is nothing: names of fields
// that are none, hosts that can't be, expectations.
func plain(r *http.Request) bool {
	for name := range r.Header {
		if strings.Contains(name, " ") || name == "Expect" {
			return false
		}
	}
	return !strings.ContainsFunc(r.Host, func(c rune) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && !strings.ContainsRune("-._:[]", c)
	})
}

// greet deals with a new socket: one that asks for an upgrade and may have it
// gets it. It returns what is for net/http to deal with, nil if nothing is.
func (l *handshakeListener) greet(c net.Conn) (rest net.Conn) {
	h := heads.Get().(*head)
	defer func() {
		h.reader.Reset(nil)
		h.writer.Reset(nil)
		h.n = 0
		heads.Put(h)
		if p := recover(); p != nil {
			l.server.defect(p)
			rest = nil
			l.dismiss(c)
		}
	}()
	if !l.await(c, h) {
		l.dismiss(c)
		return nil
	}
	if r := h.request(); r != nil && l.server.usher(c, r, h.writer) {
		l.room.leave()
		return nil
	}
	return &replayed{Conn: c, ahead: bytes.Clone(h.data[:h.n])}
}

// dismiss closes a socket that came to nothing.
func (l *handshakeListener) dismiss(c net.Conn) {
	_ = c.Close()
	l.room.leave()
}

// await reads the head, or as much as is enough to see that it is none that
// concerns us; false if the socket is dead, or was silent for too long.
func (l *handshakeListener) await(c net.Conn, h *head) bool {
	if rawConn(c) != nil {
		// Clients send at once, so that mostly it is there.
		n, err := readWaiting(c, h.data[:])
		h.n = max(n, 0)
		switch {
		case err != nil && !errors.Is(err, errNothing):
			return false
		case h.whole():
			return true
		}
	}
	// Before it can be ended for others.
	if err := c.SetReadDeadline(time.Now().Add(l.server.edge.cfg.HeaderTimeout)); err != nil {
		return false
	}
	if !l.waits(c, true) {
		return false
	}
	defer l.waits(c, false)
	for h.n < len(h.data) && !bytes.Contains(h.data[:h.n], endOfHead) {
		n, err := c.Read(h.data[h.n:])
		h.n += n
		switch {
		case errors.Is(err, io.EOF) && h.n > 0:
			return true // net/http has an answer to half a head
		case err != nil:
			return false
		}
	}
	return c.SetReadDeadline(time.Time{}) == nil
}

// waits notes that a socket is read from, or is no longer; false if the
// listener is closed.
func (l *handshakeListener) waits(c net.Conn, yes bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !yes {
		delete(l.waiting, c)
		l.server.lobby.leave(c)
		return true
	}
	if l.err != nil {
		return false
	}
	l.waiting[c] = struct{}{}
	l.server.lobby.enter(c, 0)
	return true
}

// usher upgrades a socket and opens a connection on it; false if it may not:
// net/http has the answer to that, and nothing has happened yet.
func (s *Server) usher(c net.Conn, r *http.Request, w *bufio.Writer) bool {
	r.RemoteAddr = c.RemoteAddr().String()
	out := &direct{conn: c, writer: w}
	_, seated := s.seat(out, r)
	return seated || out.hijacked
}

// direct is where the handler of a handshake may take its connection from, and
// cannot answer.
type direct struct {
	conn     net.Conn
	writer   *bufio.Writer
	hijacked bool
}

// nothingRead tells the handshake that the client was not too early; its place
// is taken before anything is read.
var nothingRead = bufio.NewReaderSize(bytes.NewReader(nil), 16)

// Hijack implements http.Hijacker.
func (d *direct) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	d.hijacked = true
	return d.conn, bufio.NewReadWriter(nothingRead, d.writer), nil
}

// Header implements http.ResponseWriter.
func (d *direct) Header() http.Header { return http.Header{} }

// Write implements http.ResponseWriter.
func (d *direct) Write(p []byte) (int, error) { return len(p), nil }

// WriteHeader implements http.ResponseWriter.
func (d *direct) WriteHeader(int) {}
