package client

import (
	"context"
	"errors"
	"fmt"

	"github.com/gorilla/websocket"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Recv returns the next frame. A context that can end starts one reading
// goroutine for the connection's lifetime, so that giving up waiting loses no
// frame; with context.Background from the start the caller's goroutine reads.
// After an error that is not the context's every call returns that error: a
// *CloseError, ErrClosed, or that of a malformed message.
func (c *Conn) Recv(ctx context.Context) (*troupev1.Frame, error) {
	if c.pump == nil {
		if ctx.Done() == nil {
			return c.read()
		}
		c.pumpOnce.Do(func() {
			c.pump = make(chan received)
			go c.pumpFrames()
		})
	}
	select {
	case r, ok := <-c.pump:
		if !ok {
			return nil, ErrClosed
		}
		return r.frame, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pumpFrames reads until the connection ends. It needs no waiting for: closing
// the connection ends its read, and its last send gives way to closed.
func (c *Conn) pumpFrames() {
	defer close(c.pump)
	for {
		frame, err := c.read()
		select {
		case c.pump <- received{frame, err}:
		case <-c.closed:
			return
		}
	}
}

// read returns the next frame of the message in hand, or of the next one.
func (c *Conn) read() (*troupev1.Frame, error) {
	for len(c.ready) == 0 {
		if c.err == nil {
			c.err = c.readMessage()
		}
		if c.err != nil {
			return nil, c.err
		}
	}
	f := c.ready[0]
	c.ready[0] = nil
	c.ready = c.ready[1:]
	return f, nil
}

func (c *Conn) readMessage() error {
	_, r, err := c.ws.NextReader()
	if err != nil {
		return c.readError(err)
	}
	c.buf.Reset()
	if _, err = c.buf.ReadFrom(r); err != nil {
		return c.readError(err)
	}
	if c.heard != nil {
		c.heard()
	}
	err = protocol.DecodeFrames(c.codec, c.buf.Bytes(), func(f *troupev1.Frame) { c.ready = append(c.ready, f) })
	if err != nil {
		_ = c.CloseWith(websocket.CloseProtocolError, "")
		return fmt.Errorf("malformed message from the server: %w", err)
	}
	return nil
}

func (c *Conn) readError(err error) error {
	select {
	case <-c.closed:
		return ErrClosed
	default:
	}
	var closed *websocket.CloseError
	if errors.As(err, &closed) {
		return &CloseError{Code: closed.Code, Reason: closed.Text}
	}
	if errors.Is(err, websocket.ErrReadLimit) {
		return fmt.Errorf("receive: %w", err)
	}
	return &CloseError{Code: websocket.CloseAbnormalClosure, Reason: err.Error()}
}
