package client

import (
	"context"
	"time"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// read takes the frames of one connection until it ends.
func (s *session) read() {
	defer close(s.over)
	for {
		f, err := s.conn.Recv(context.Background())
		if err != nil {
			s.err = err
			return
		}
		s.c.take(f)
		if !s.wait() {
			s.err = ErrClosed
			return
		}
	}
}

// wait holds the reader while the consumer is slow; false if the connection
// was closed meanwhile.
func (s *session) wait() bool {
	for s.c.queue.full(s.c.waiting()) {
		s.blocked.Store(true)
		select {
		case <-s.c.queue.drained:
		case <-s.conn.closed:
			return false
		}
	}
	if s.blocked.Swap(false) {
		s.touch()
	}
	return true
}

func (c *Client) take(f *troupev1.Frame) {
	if a := f.GetAnswer(); a != nil {
		c.answered(a)
		return
	}
	if e := f.GetEvent(); e != nil {
		c.told(e, f.GetSkipped())
	}
}

// answered gives an answer to whoever waits for it, after it has had its effect
// on the streams.
func (c *Client) answered(a *troupev1.Answer) {
	c.mu.Lock()
	m := c.calls[a.GetRequestId()]
	delete(c.calls, a.GetRequestId())
	if m != nil && a.GetError() == "" {
		c.note(m.req, a)
	}
	c.mu.Unlock()
	if m == nil {
		return
	}
	m.done <- outcome{answer: a}
	signal(c.work) // another call may go out, or a stream be asked for
}

// note takes from an answer what the client must know. Guarded by Client.mu.
func (c *Client) note(req *troupev1.Request, a *troupev1.Answer) {
	switch r := a.GetResult().(type) {
	case *troupev1.Answer_Login:
		c.session, c.limits, c.device = r.Login.GetSessionId(), r.Login.GetLimits(), r.Login.GetDeviceId()
		c.ticket = r.Login.GetResumeTicket()
		c.learnTime(r.Login.GetServerTime())
	case *troupev1.Answer_GuestJoin:
		c.session, c.limits, c.room = r.GuestJoin.GetSessionId(), r.GuestJoin.GetLimits(), r.GuestJoin
		c.learnTime(r.GuestJoin.GetServerTime())
		c.watch(r.GuestJoin)
	case *troupev1.Answer_Ping:
		c.learnTime(r.Ping.GetServerTime())
	case *troupev1.Answer_Attach:
		c.attached(req.GetAttach(), r.Attach)
	case *troupev1.Answer_SendMessage:
		if s := c.streams.get(groupOf(req)); s != nil {
			s.sent(r.SendMessage.GetSeq())
		}
	case *troupev1.Answer_JoinGroup:
		c.learnGroup(r.JoinGroup.GetGroup())
	case *troupev1.Answer_CreateGroup:
		c.learnGroup(r.CreateGroup.GetGroup())
	case *troupev1.Answer_SetRemindType:
		c.learnGroup(r.SetRemindType.GetGroup())
	case *troupev1.Answer_ListJoinedGroups:
		for _, g := range r.ListJoinedGroups.GetGroups() {
			c.learnGroup(g)
		}
	}
}

func (c *Client) learnTime(ms int64) {
	if ms > 0 {
		c.skew = time.UnixMilli(ms).Sub(c.opts.clock.Now())
	}
}

// watch makes the room the guest's only stream.
func (c *Client) watch(r *troupev1.GuestJoinResult) {
	id := r.GetGroup().GetGroupId()
	c.streams = streams{}
	s := c.streams.add(id)
	s.epoch, s.last = r.GetEpoch(), max(r.GetNextSeq(), 1)-1
	c.live = map[string]bool{id: true}
}

func (c *Client) learnGroup(g *troupev1.GroupProfile) {
	if g.GetKind() == troupev1.Kind_KIND_LIVESTREAM {
		c.live[g.GetGroupId()] = true
	}
	remind := g.GetSelf().GetRemindType()
	if remind == troupev1.RemindType_REMIND_TYPE_UNSPECIFIED {
		return
	}
	if s := c.streams.get(g.GetGroupId()); s != nil {
		s.discard = remind == troupev1.RemindType_REMIND_TYPE_DISCARD
	}
}

// told judges an event by its stream and queues it if it is due.
func (c *Client) told(e *troupev1.Event, skipped *troupev1.Skipped) {
	out := Event{Event: e, Skipped: skipped, Group: groupOfEvent(e)}
	c.mu.Lock()
	defer c.mu.Unlock()
	out.Seq = e.GetMessage().GetSeq() + e.GetSystemNotice().GetSeq()
	name := out.Group
	if e.GetSystemNotice() != nil {
		name = inbox
	}
	if out.Seq > 0 && !c.due(name, out.Seq, skipped != nil) {
		return
	}
	c.follow(e, out.Group)
	c.queue.push(out)
}

// due reports whether a numbered frame is to be delivered.
func (c *Client) due(name string, seq uint64, skipped bool) bool {
	s := c.streams.get(name)
	if s == nil {
		if s = c.streams.add(name); c.opts.guest == "" {
			c.streams.verify(name)
			signal(c.work)
		}
		s.last = seq
		return true
	}
	switch s.take(seq, skipped || c.live[name]) {
	case deliver:
		return true
	case missing:
		s.asked = true
		c.streams.verify(name)
		signal(c.work)
	}
	return false
}
