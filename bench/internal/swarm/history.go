//go:build linux

package swarm

import troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"

// ReadGaps is a script that reads from the history what gaps named, newest
// first, and judges it: a number that is not there is lost.
func ReadGaps(c *Conn, step int, answer func() *troupev1.Answer) *troupev1.Request {
	if step > 0 {
		c.page(answer().GetGetGroupHistory().GetMessages())
	}
	s := c.seatWithGap()
	if s == nil {
		return nil
	}
	to := s.gaps[0].to
	return &troupev1.Request{Op: &troupev1.Request_GetGroupHistory{GetGroupHistory: &troupev1.GetGroupHistory{
		GroupId: s.view.room.ID, ReqSeq: to,
	}}}
}

func (c *Conn) seatWithGap() *seat {
	for i := range c.seats {
		if len(c.seats[i].gaps) > 0 {
			return &c.seats[i]
		}
	}
	return nil
}

// page judges a page that was asked for by ReadGaps.
func (c *Conn) page(messages []*troupev1.Message) {
	s := c.seatWithGap()
	g := &s.gaps[0]
	due := g.to
	for i := len(messages) - 1; i >= 0 && due >= g.from; i-- {
		if messages[i].GetSeq() != due {
			break
		}
		c.l.reread(c.User, s, messages[i])
		due--
	}
	switch {
	case due < g.from:
		s.gaps = s.gaps[1:]
	case due == g.to: // nothing of it was there
		c.l.Lost += due + 1 - g.from
		c.l.fault("%s cannot read the numbers %d to %d of %s", c.User, g.from, due, s.view.room.ID)
		s.gaps = s.gaps[1:]
	default:
		g.to = due
	}
}

// reread judges one message of the history; the verdict compares it with what
// others were given.
func (l *loop) reread(user string, s *seat, m *troupev1.Message) {
	f := seenOf(&troupev1.Frame{Frame: &troupev1.Frame_Event{Event: &troupev1.Event{Event: &troupev1.Event_Message{Message: m}}}})
	e := entry{seq: f.seq, tip: f.tips > 0}
	l.Reread++
	if l.content(user, s.view.room, &f, &e) {
		s.view.log = append(s.view.log, sightOf(&f, &e))
	}
}
