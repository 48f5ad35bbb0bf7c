package client

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

const (
	closeNormal   = protocol.CloseNormal
	closeTooLarge = protocol.CloseTooLarge
)

// session is one connection of a client.
type session struct {
	c    *Client
	conn *Conn
	// over is closed, after err was set, when the reader has ended.
	over chan struct{}
	err  error

	heard   atomic.Int64 // Unix nanoseconds of the last frame or ping
	blocked atomic.Bool  // the reader waits for the consumer
	pinged  time.Time    // of an unanswered ping; owned by the keeper
}

// serve keeps the session until it ends.
func (s *session) serve(ctx context.Context) error {
	for {
		tick, stop := s.c.opts.clock.After(s.c.opts.timing.tick)
		select {
		case <-s.over:
			stop()
			s.c.failAll(s, s.err)
			return s.err
		case <-s.c.work:
			stop()
			s.chores(ctx)
		case <-tick:
			s.beat()
			s.chores(ctx)
		case <-ctx.Done():
			stop()
			_ = s.conn.Close()
			<-s.over
			return ErrClosed
		}
	}
}

// giveUp breaks a connection that is of no more use; the next one is tried.
func (s *session) giveUp(err error) {
	s.c.log.Debug("connection given up", slog.Any("err", err))
	_ = s.conn.Abort()
	<-s.over
}

// chores does what the reader left, and what is due.
func (s *session) chores(ctx context.Context) {
	if err := s.tend(ctx); err != nil {
		s.giveUp(err)
	}
}

// tend attaches again after lagging, attaches streams by name, sends what
// waited.
func (s *session) tend(ctx context.Context) error {
	c := s.c
	ctx, cancel := context.WithTimeout(ctx, c.opts.timing.establish)
	defer cancel()
	c.mu.Lock()
	lagged := c.lagged
	c.lagged = false
	if lagged {
		c.ready = false
	}
	check := c.checks()
	c.mu.Unlock()
	if lagged {
		c.unsend(time.Time{}) // answers that waited were thrown away
	}
	switch {
	case lagged && c.opts.guest == "": // a guest is attached again by itself
		if err := s.attachAll(ctx); err != nil {
			return err
		}
	case check != nil:
		if err := s.attach(ctx, check); err != nil && s.tolerate(check, err) != nil {
			return err
		}
	}
	c.mu.Lock()
	c.ready = true
	c.mu.Unlock()
	c.flush()
	return nil
}

// tolerate passes over a refusal to attach by name, which is tried again at
// the next tick. A broken connection is no refusal.
func (s *session) tolerate(a *troupev1.Attach, err error) error {
	var refusal *protocol.Error
	if !errors.As(err, &refusal) {
		return err
	}
	c := s.c
	c.log.Warn("attach refused", slog.String("code", refusal.Name))
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.Inbox != nil {
		c.streams.later = append(c.streams.later, inbox)
	}
	for _, g := range a.Groups {
		c.streams.later = append(c.streams.later, g.GroupId)
	}
	return nil
}

// checks makes the attach for the streams to be named. Guarded by Client.mu.
func (c *Client) checks() *troupev1.Attach {
	a := &troupev1.Attach{}
	for len(c.streams.check) > 0 && len(a.Groups) < groupsPerAttach {
		name := c.streams.check[0]
		c.streams.check = c.streams.check[1:]
		switch st := c.streams.get(name); {
		case st == nil:
		case name == inbox:
			a.Inbox = c.streams.inboxFrom()
			st.asked = st.epoch != ""
		default:
			a.Groups = append(a.Groups, st.from())
			st.asked = st.epoch != ""
		}
	}
	if len(c.streams.check) > 0 {
		signal(c.work)
	}
	if a.Inbox == nil && len(a.Groups) == 0 {
		return nil
	}
	return a
}

// beat watches the heartbeat (spec 18.7) and repeats what was not answered.
func (s *session) beat() {
	t, now := &s.c.opts.timing, s.c.opts.clock.Now()
	silent := now.Sub(time.Unix(0, s.heard.Load()))
	switch {
	case s.blocked.Load():
		// The server cannot be heard now, but must hear that we live.
		if now.Sub(s.pinged) >= t.quiet/2 {
			s.ping(now)
		}
	case silent < t.quiet:
		s.pinged = time.Time{}
	case s.pinged.IsZero():
		s.ping(now)
	case now.Sub(s.pinged) >= t.giveUp:
		s.giveUp(errors.New("server is silent"))
	}
	s.c.unsend(now.Add(-t.repeat))
	s.c.mu.Lock()
	for _, name := range s.c.streams.later {
		s.c.streams.verify(name)
	}
	s.c.streams.later = nil
	s.c.mu.Unlock()
}

// ping sends a ping whose answer is only a sign of life.
func (s *session) ping(now time.Time) {
	s.pinged = now
	req := newCall(&troupev1.Request{Op: &troupev1.Request_Ping{Ping: &troupev1.Ping{}}}).req
	if err := s.conn.Send(req); err != nil {
		s.giveUp(err)
	}
}
