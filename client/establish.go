package client

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/gorilla/websocket"
	"google.golang.org/protobuf/proto"

	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Bounds of spec 2.5 and 18.3, unless the server's limits say otherwise.
const (
	groupsPerPage   = 200
	groupsPerAttach = 500
)

// connect makes a session: dial, log in, attach.
func (c *Client) connect(ctx context.Context) (*session, error) {
	ctx, cancel := context.WithTimeout(ctx, c.opts.timing.establish)
	defer cancel()
	conn, err := DialConn(ctx, c.url, c.opts.conn())
	if err != nil {
		return nil, err
	}
	s := &session{c: c, conn: conn, over: make(chan struct{})}
	s.touch()
	conn.heard = s.touch
	go s.read()
	if err = s.establish(ctx); err != nil {
		_ = conn.Abort()
		<-s.over
		c.failAll(s, err)
		return nil, err
	}
	c.mu.Lock()
	c.conn, c.ready = conn, true
	c.mu.Unlock()
	c.become(Connected, nil)
	signal(c.work)
	return s, nil
}

func (s *session) touch() { s.heard.Store(s.c.opts.clock.Now().UnixNano()) }

func (s *session) establish(ctx context.Context) error {
	if s.c.opts.guest != "" {
		return s.guest(ctx)
	}
	if err := s.login(ctx); err != nil {
		return err
	}
	return s.attachAll(ctx)
}

// login uses the resume ticket of the login before, if there is one, and else
// the token (spec 19.12).
func (s *session) login(ctx context.Context) error {
	c := s.c
	if ticket := c.takeTicket(); ticket != "" {
		err := s.logIn(ctx, &troupev1.Login{ResumeTicket: ticket})
		var refusal *protocol.Error
		if !errors.As(err, &refusal) || refusal.Code != protocol.CodeResumeRefused {
			return err
		}
		c.log.Debug("resume refused", slog.String("cause", refusal.Details.GetCause()))
	}
	token, err := c.token(ctx)
	if err != nil {
		return err
	}
	return s.logIn(ctx, &troupev1.Login{Token: token})
}

func (s *session) logIn(ctx context.Context, l *troupev1.Login) error {
	l.AppId, l.UserId, l.DeviceId = s.c.opts.AppID, s.c.opts.User, s.c.DeviceID()
	_, err := s.ask(ctx, &troupev1.Request{Op: &troupev1.Request_Login{Login: l}})
	return err
}

// takeTicket gives the resume ticket away: it is good for one try, whose
// answer may be lost. "" if there is none, or its time is over.
func (c *Client) takeTicket() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.ticket
	c.ticket = nil
	if c.opts.clock.Now().Add(c.skew).UnixMilli() >= t.GetExpiresAt() {
		return ""
	}
	return t.GetTicket()
}

func (c *Client) token(ctx context.Context) (string, error) {
	if c.opts.TokenSource == nil {
		return c.opts.Token, nil
	}
	token, err := c.opts.TokenSource(ctx)
	if err != nil {
		return "", fmt.Errorf("token: %w", err)
	}
	return token, nil
}

func (s *session) guest(ctx context.Context) error {
	room := s.c.opts.guest
	if r := s.c.Room(); r != nil {
		room = r.GetGroup().GetGroupId()
	}
	_, err := s.ask(ctx, &troupev1.Request{Op: &troupev1.Request_GuestJoin{GuestJoin: &troupev1.GuestJoin{GroupId: room}}})
	return err
}

// attachAll attaches what is known and, in the live mode, all joined groups by
// name: only so their numbers can be taken up again on the next connection.
func (s *session) attachAll(ctx context.Context) error {
	c := s.c
	var joined []string
	if c.opts.Attach == AttachLive {
		var err error
		if joined, err = s.joined(ctx); err != nil {
			return err
		}
	}
	c.mu.Lock()
	limit := groupsPerAttach
	if n := int(c.limits.GetAttachGroups()); n > 0 {
		limit = n
	}
	calls := c.streams.resume(c.opts.Attach, joined, limit)
	c.streams.check, c.streams.later = nil, nil
	c.mu.Unlock()
	for _, a := range calls {
		if err := s.attach(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) attach(ctx context.Context, a *troupev1.Attach) error {
	_, err := s.ask(ctx, &troupev1.Request{Op: &troupev1.Request_Attach{Attach: a}})
	return err
}

// joined lists the groups the user is in and notes which ones it has set to
// discard, where numbers may jump (spec 18.4).
func (s *session) joined(ctx context.Context) ([]string, error) {
	var names []string
	p := &troupev1.ListJoinedGroups{Limit: groupsPerPage}
	for {
		a, err := s.ask(ctx, &troupev1.Request{Op: &troupev1.Request_ListJoinedGroups{ListJoinedGroups: proto.CloneOf(p)}})
		if err != nil {
			return nil, err
		}
		for _, g := range a.GetListJoinedGroups().GetGroups() {
			names = append(names, g.GetGroupId())
		}
		if p.Cursor = a.GetListJoinedGroups().GetNextCursor(); p.Cursor == "" {
			return names, nil
		}
	}
}

// ask makes one call on this connection and waits for its answer. What the
// server wants repeated is repeated.
func (s *session) ask(ctx context.Context, req *troupev1.Request) (*troupev1.Answer, error) {
	for tries := 0; ; tries++ {
		req.RequestId = ""
		a, err := s.askOnce(ctx, req)
		if err != nil {
			return nil, err
		}
		refusal := AnswerError(a)
		wait, again := repeatAfter(a, tries)
		if refusal == nil || !again || tries >= retries || !s.c.pause(ctx, wait) {
			return a, refusal
		}
	}
}

func (s *session) askOnce(ctx context.Context, req *troupev1.Request) (*troupev1.Answer, error) {
	c := s.c
	m := newCall(req)
	c.mu.Lock()
	m.session, m.sent = s, c.opts.clock.Now()
	c.calls[req.RequestId] = m
	c.mu.Unlock()
	signal(c.queue.drained)
	if err := s.conn.Send(req); err != nil && !errors.Is(err, websocket.ErrCloseSent) {
		return nil, err
	}
	select {
	case o := <-m.done:
		return o.answer, o.err
	case <-s.over:
		return nil, s.err
	case <-ctx.Done():
		return nil, fmt.Errorf("%s: %w", protocol.OpOf(req), ctx.Err())
	}
}
