//go:build linux

package swarm

import (
	"context"
	"errors"

	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/proto"

	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// Continue runs another script on connections that are ready, atOnce at a time,
// and waits until all are through. The error is that of the first that could
// not be.
func (s *Swarm) Continue(ctx context.Context, conns []*Conn, script Script, atOnce int) error {
	for len(conns) > 0 {
		some := conns[:min(atOnce, len(conns))]
		conns = conns[len(some):]
		b := &batch{left: len(some), done: make(chan struct{}), again: true}
		for _, c := range some {
			c.l.do(func() { c.goOn(script, b) })
		}
		if err := b.wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

var errNotReady = errors.New("the connection is not ready for another script")

// goOn begins another script. On the loop.
func (c *Conn) goOn(script Script, b *batch) {
	if c.state != stateReady {
		b.finish(c, errNotReady)
		return
	}
	c.Script, c.batch = script, b
	if err := c.begin(); err != nil {
		c.l.end(c, err)
	}
}

// Lagged begins a script anew, or first, for a connection that was told that it
// lags: what was not answered is lost with all else that waited. On the loop.
func (c *Conn) Lagged(script Script) {
	switch c.state {
	case stateReady:
		c.goOn(script, &batch{left: 1, done: make(chan struct{}), again: true})
	case stateScript:
		c.Script = script
		if err := c.begin(); err != nil {
			c.l.end(c, err)
		}
	}
}

var errCut = errors.New("cut by the generator")

// Cut breaks connections without a word, as a cut cable does.
func (s *Swarm) Cut(conns []*Conn) {
	for _, c := range conns {
		c.l.do(func() { c.l.end(c, errCut) })
	}
}

// HangUp closes connections without a word; they do not come back.
func (s *Swarm) HangUp(conns []*Conn) {
	for _, c := range conns {
		c.l.do(func() { c.l.shut(c) })
	}
	s.each(func(*loop) {})
}

// Stall has connections read nothing, or read again.
func (s *Swarm) Stall(conns []*Conn, stalled bool) {
	for _, c := range conns {
		c.l.do(func() {
			if c.fd < 0 || c.stalled == stalled {
				return
			}
			c.stalled = stalled
			events := uint32(unix.EPOLLIN)
			if stalled {
				events = 0
			}
			if err := c.l.watch(unix.EPOLL_CTL_MOD, c.fd, events); err != nil {
				c.l.end(c, err)
			}
		})
	}
	s.each(func(*loop) {})
}

// AttachRequest attaches all rooms of the connection, from its last numbers if
// it has any.
func (c *Conn) AttachRequest() *troupev1.Request {
	a := &troupev1.Attach{}
	for i := range c.seats {
		s := &c.seats[i]
		g := &troupev1.GroupFrom{GroupId: s.view.room.ID}
		if s.next > 0 && s.epoch != "" {
			last := s.next - 1
			g.LastSeq, g.Epoch = &last, s.epoch
		}
		a.Groups = append(a.Groups, g)
	}
	return &troupev1.Request{Op: &troupev1.Request_Attach{Attach: a}}
}

// Attached takes the answer to AttachRequest: from where each room goes on, and
// the gaps that are named.
func (c *Conn) Attached(a *troupev1.Answer) {
	states := a.GetAttach().GetGroups()
	if len(states) != len(c.seats) {
		c.l.fault("%s attached %d rooms, the answer has %d", c.User, len(c.seats), len(states))
		c.l.Wrong++
		return
	}
	for _, st := range states {
		s := c.seatOf([]byte(st.GetGroupId()))
		if s == nil || st.GetCode() != 0 {
			c.l.Wrong++
			c.l.fault("%s could not attach %s: %s", c.User, st.GetGroupId(), st.GetError())
			continue
		}
		s.epoch = st.GetEpoch()
		switch g := st.GetGap(); {
		case g != nil:
			c.l.gap(c.User, s, g)
		case s.next == 0 && s.first == 0:
			s.first = st.GetNextSeq()
		}
	}
}

// gap judges one: it must begin with what is due (18.3).
func (l *loop) gap(user string, s *seat, g *troupev1.Gap) {
	if g.GetReset_() || g.GetFrom() != s.next || g.GetTo() < g.GetFrom() {
		l.Wrong++
		l.fault("%s is told of the gap %v in %s where %d was due", user, g, s.view.room.ID, s.next)
		return
	}
	l.Gaps++
	l.Gapped += g.GetTo() - g.GetFrom() + 1
	s.gaps = append(s.gaps, span{g.GetFrom(), g.GetTo()})
	s.next = g.GetTo() + 1
	l.passOwn(s)
}

// Rejoin begins a room anew for a connection that left it: whatever number
// comes first is right. On the loop.
func (c *Conn) Rejoin(r *Room) {
	if s := c.seatOf([]byte(r.ID)); s != nil {
		if s.start > 0 {
			c.l.past += s.next - s.start
		}
		s.next, s.start, s.first, s.own, s.holes, s.left, s.leaving = 0, 0, 0, nil, nil, false, false
	}
}

// Leaving says that the connection asked to leave a room: it is due everything
// up to the tip that it left, and nothing after that. On the loop.
func (c *Conn) Leaving(r *Room) {
	if s := c.seatOf([]byte(r.ID)); s != nil {
		s.leaving = true
	}
}

// Left reports whether that tip was there. On the loop.
func (c *Conn) Left(r *Room) bool {
	s := c.seatOf([]byte(r.ID))
	return s == nil || s.left
}

// tipNames reports whether an event is a tip that somebody left, and who.
func tipNames(event []byte, user string) bool {
	e := &troupev1.Event{}
	if proto.Unmarshal(event, e) != nil {
		return false
	}
	for _, el := range e.GetMessage().GetElements() {
		for _, u := range el.GetGroupTip().GetUsers() {
			if u.GetUserId() == user {
				return true
			}
		}
	}
	return false
}
