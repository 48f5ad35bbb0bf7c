package client

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Client is a logged-in user, or a watching guest, that comes back by itself
// when its connection breaks. Its methods may be called by any goroutine.
//
// Four goroutines serve it: one reads the connection, one keeps it (connects,
// attaches, repeats, watches the heartbeat), one hands out events, and the
// callers write.
type Client struct {
	// Fixed after Dial.
	url    string
	opts   Options
	log    *slog.Logger
	queue  *queue
	events chan Event
	work   chan struct{} // has a token when the keeper has something to do
	ctx    context.Context
	cancel context.CancelFunc
	ended  chan struct{} // closed when Disconnected
	served sync.WaitGroup

	sending sync.Mutex // one flush at a time

	mu      sync.Mutex // guards what follows
	state   State
	cause   error // of Disconnected
	device  string
	session string
	ticket  *troupev1.ResumeTicket
	skew    time.Duration // server time minus own
	limits  *troupev1.Limits
	conn    *Conn
	ready   bool // logged in and attached: calls may go out
	lagged  bool
	calls   map[string]*call
	orders  uint64
	streams streams
	live    map[string]bool // groups known to be livestreams
	room    *troupev1.GuestJoinResult
}

// Dial connects, logs in and attaches as the options say. ctx bounds that and
// nothing later. It makes one attempt: an error is that of the network, a
// *HandshakeError, a *CloseError, or a *protocol.Error of login. The client
// must be closed, also one that the server sent away.
func Dial(ctx context.Context, url string, o Options) (*Client, error) {
	if o.User == "" {
		return nil, errors.New("dial: no user")
	}
	return start(ctx, url, o)
}

// DialGuest connects and watches a livestream without login (spec 6.3). Of the
// options those about users and attaching do not matter.
func DialGuest(ctx context.Context, url, groupID string, o Options) (*Client, error) {
	if groupID == "" {
		return nil, errors.New("dial: no group")
	}
	o.guest = groupID
	return start(ctx, url, o)
}

func start(ctx context.Context, url string, o Options) (*Client, error) {
	c := &Client{
		url: url, opts: o.withDefaults(), device: o.DeviceID,
		events: make(chan Event), work: make(chan struct{}, 1), ended: make(chan struct{}),
		calls: map[string]*call{}, live: map[string]bool{},
	}
	c.log = c.opts.Logger
	c.queue = newQueue(c.opts.QueueSize)
	c.ctx, c.cancel = context.WithCancel(context.Background())
	s, err := c.connect(ctx)
	if err != nil {
		c.cancel()
		return nil, err
	}
	c.served.Add(2)
	go c.keep(s)
	go c.dispatch()
	return c, nil
}

// keep lives through one session after the other.
func (c *Client) keep(s *session) {
	defer c.served.Done()
	attempt := 0
	for {
		began := c.opts.clock.Now()
		err := s.serve(c.ctx)
		c.lost(err)
		if c.opts.clock.Now().Sub(began) > c.opts.timing.quiet {
			attempt = 0
		}
		if s, err = c.comeBack(err, &attempt); err != nil {
			c.end(err)
			return
		}
	}
}

// comeBack connects again; its error is for good.
func (c *Client) comeBack(err error, attempt *int) (*session, error) {
	for {
		wait, again := comeback(err, *attempt)
		*attempt++
		if !again {
			return nil, err
		}
		if !c.pause(context.Background(), wait) {
			return nil, ErrClosed
		}
		var s *session
		if s, err = c.connect(c.ctx); err == nil {
			return s, nil
		}
		c.log.Debug("reconnect", slog.Any("err", err))
		if c.ctx.Err() != nil {
			return nil, ErrClosed
		}
		if !temporary(err, c.opts.TokenSource != nil) {
			return nil, err
		}
	}
}

// lost notes that the connection is gone.
func (c *Client) lost(err error) {
	var closed *CloseError
	if errors.As(err, &closed) && closed.Code == closeTooLarge {
		c.tooLarge()
	}
	c.mu.Lock()
	c.conn, c.ready, c.lagged = nil, false, false
	c.mu.Unlock()
	c.unsend(time.Time{})
	if _, again := comeback(err, 0); again && c.ctx.Err() == nil {
		c.log.Info("connection lost", slog.Any("err", err))
		c.become(Reconnecting, err)
	}
}

func (c *Client) become(s State, cause error) {
	c.mu.Lock()
	changed := c.state != s
	c.state = s
	if s == Disconnected {
		c.cause = cause
	}
	c.mu.Unlock()
	if changed {
		c.opts.OnState(s, cause)
	}
}

// end is the end for good.
func (c *Client) end(err error) {
	c.become(Disconnected, err)
	c.failAll(nil, c.Err())
	close(c.ended)
}

// Close ends the client without logging out: for the server the device is gone
// until it comes back. Requests without an answer fail with ErrClosed, events
// that were not taken are dropped. It waits until all goroutines have ended and
// must not be called by OnEvent.
func (c *Client) Close() error {
	c.cancel()
	c.mu.Lock()
	conn := c.conn
	c.mu.Unlock()
	if conn != nil {
		_ = conn.Close()
	}
	c.served.Wait()
	return nil
}

// Logout ends this device's login (spec 12.1) and the client. An error means
// that the server did not confirm; the client is closed all the same.
func (c *Client) Logout(ctx context.Context) error {
	_, err := c.op(ctx, &troupev1.Request{Op: &troupev1.Request_Logout{Logout: &troupev1.Logout{}}})
	if closed := (*CloseError)(nil); errors.As(err, &closed) && closed.Code == closeNormal {
		err = nil
	}
	_ = c.Close()
	return err
}

// Events are the events in order, each once. The channel is closed when the
// client has ended. With Options.OnEvent nothing comes here.
func (c *Client) Events() <-chan Event { return c.events }

// Done is closed when the client has ended for good.
func (c *Client) Done() <-chan struct{} { return c.ended }

// Err says why the client ended; nil before. ErrClosed after Close.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state != Disconnected {
		return nil
	}
	return c.endedBy()
}

func (c *Client) endedBy() error {
	if c.cause == nil {
		return ErrClosed
	}
	return c.cause
}

// dispatch hands the events to their consumer.
func (c *Client) dispatch() {
	defer c.served.Done()
	defer close(c.events)
	for {
		e, ok := c.queue.pop()
		switch {
		case !ok:
			select {
			case <-c.queue.filled:
			case <-c.ended:
				if e, ok = c.queue.pop(); !ok {
					return
				}
				if !c.hand(e) {
					return
				}
			}
		case !c.hand(e):
			return
		}
	}
}

func (c *Client) hand(e Event) bool {
	if c.opts.OnEvent != nil {
		c.opts.OnEvent(e)
		return c.ctx.Err() == nil
	}
	select {
	case c.events <- e:
		return true
	case <-c.ctx.Done():
		return false
	}
}
