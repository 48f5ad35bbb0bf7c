package client

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// DialFunc opens the network connection below a WebSocket.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// ConnOptions describe one connection. The zero value is usable.
type ConnOptions struct {
	// Codec chooses the sub-protocol; zero = protocol.Binary.
	Codec protocol.Codec
	// TLSConfig is for wss; nil = the default.
	TLSConfig *tls.Config
	// Header is added to the upgrade.
	Header http.Header
	// Dial opens the network connection; nil = net.Dialer. With it a program can
	// choose its local address.
	Dial DialFunc
	// HandshakeTimeout bounds dialling and upgrade together; zero = 10 s.
	HandshakeTimeout time.Duration
	// WriteTimeout bounds one write; zero = 10 s, negative = none.
	WriteTimeout time.Duration
	// MaxMessage is the largest message taken, in bytes; zero = 2 MiB, twice the
	// server's largest frame (spec 18.6).
	MaxMessage int64
	// ReadBuffer and WriteBuffer are in bytes; zero = 4096 and 1024.
	ReadBuffer, WriteBuffer int
}

func (o ConnOptions) withDefaults() ConnOptions {
	if o.Codec == 0 {
		o.Codec = protocol.Binary
	}
	if o.HandshakeTimeout == 0 {
		o.HandshakeTimeout = 10 * time.Second
	}
	if o.WriteTimeout == 0 {
		o.WriteTimeout = 10 * time.Second
	}
	if o.MaxMessage == 0 {
		o.MaxMessage = 2 << 20
	}
	if o.ReadBuffer == 0 {
		o.ReadBuffer = 4096
	}
	if o.WriteBuffer == 0 {
		o.WriteBuffer = 1024
	}
	return o
}

// Conn is one connection: requests go out, frames come in, nothing happens by
// itself but the pong to a ping, while Recv runs. Send, Close and Abort may be
// called by any goroutine, Recv by one at a time.
type Conn struct {
	ws           *websocket.Conn
	codec        protocol.Codec
	writeTimeout time.Duration
	heard        func() // called for every message and ping; nil = not

	wmu sync.Mutex // one writer at a time

	// Owned by the reader: the caller of Recv, or the pump once it runs.
	buf   bytes.Buffer
	ready []*troupev1.Frame
	err   error // the end

	closed   chan struct{}
	once     sync.Once
	pumpOnce sync.Once
	pump     chan received
}

type received struct {
	frame *troupev1.Frame
	err   error
}

// DialConn connects and upgrades. ctx bounds only that. Errors are a
// *HandshakeError if the server refused, else of the network.
func DialConn(ctx context.Context, url string, o ConnOptions) (*Conn, error) {
	o = o.withDefaults()
	d := websocket.Dialer{
		NetDialContext:   o.Dial,
		TLSClientConfig:  o.TLSConfig,
		Proxy:            http.ProxyFromEnvironment,
		HandshakeTimeout: o.HandshakeTimeout,
		ReadBufferSize:   o.ReadBuffer,
		WriteBufferSize:  o.WriteBuffer,
		Subprotocols:     []string{o.Codec.String()},
	}
	if o.Dial != nil {
		d.Proxy = nil
	}
	ws, resp, err := d.DialContext(ctx, url, o.Header)
	if err != nil {
		return nil, dialError(err, resp)
	}
	if ws.Subprotocol() != o.Codec.String() {
		_ = ws.Close()
		return nil, fmt.Errorf("dial %s: server does not speak %s", url, o.Codec)
	}
	ws.SetReadLimit(o.MaxMessage)
	c := &Conn{ws: ws, codec: o.Codec, writeTimeout: o.WriteTimeout, closed: make(chan struct{})}
	ws.SetPingHandler(c.pong)
	return c, nil
}

func dialError(err error, resp *http.Response) error {
	if !errors.Is(err, websocket.ErrBadHandshake) || resp == nil {
		return fmt.Errorf("dial: %w", err)
	}
	e := &HandshakeError{Status: resp.StatusCode}
	if s, bad := strconv.Atoi(resp.Header.Get("Retry-After")); bad == nil && s > 0 {
		e.RetryAfter = time.Duration(s) * time.Second
	}
	return e
}

// Codec is the connection's codec.
func (c *Conn) Codec() protocol.Codec { return c.codec }

// LocalAddr is the connection's own address.
func (c *Conn) LocalAddr() net.Addr { return c.ws.LocalAddr() }

// Send writes one request as one message.
func (c *Conn) Send(req *troupev1.Request) error {
	return c.SendRaw(protocol.EncodeRequest(c.codec, req))
}

// SendRaw writes one message as it is. Tests send malformed ones; load
// generators send the same bytes many times.
func (c *Conn) SendRaw(message []byte) error {
	kind := websocket.BinaryMessage
	if c.codec == protocol.JSON {
		kind = websocket.TextMessage
	}
	c.wmu.Lock()
	defer c.wmu.Unlock()
	if c.writeTimeout > 0 {
		if err := c.ws.SetWriteDeadline(time.Now().Add(c.writeTimeout)); err != nil {
			return fmt.Errorf("send: %w", err)
		}
	}
	if err := c.ws.WriteMessage(kind, message); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// Close says goodbye with code 1000 and closes. Later calls do nothing.
func (c *Conn) Close() error { return c.CloseWith(websocket.CloseNormalClosure, "") }

// CloseWith closes with a code and reason of the caller's choice.
func (c *Conn) CloseWith(code int, reason string) error {
	var err error
	c.once.Do(func() {
		close(c.closed)
		// A peer that takes nothing any more must not hold up the close.
		goodbye := websocket.FormatCloseMessage(code, reason)
		_ = c.ws.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
		err = c.ws.Close()
	})
	return err
}

// Abort closes the network connection without a word, as a cut cable does.
func (c *Conn) Abort() error {
	var err error
	c.once.Do(func() {
		close(c.closed)
		err = c.ws.NetConn().Close()
	})
	return err
}

func (c *Conn) pong(data string) error {
	if c.heard != nil {
		c.heard()
	}
	err := c.ws.WriteControl(websocket.PongMessage, []byte(data), time.Now().Add(time.Second))
	var timeout net.Error
	if errors.Is(err, websocket.ErrCloseSent) || errors.As(err, &timeout) {
		return nil // the next read or write says what is wrong
	}
	return err
}
