package actors

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// shard delivers frames to the connections of the users that hash to it. Its
// state outlives a restart of the actor: one lost message must not silence
// everybody.
type shard struct {
	sys   *System
	index int
	links map[uint64]*link
	users map[group.UserID][]*link
	rooms map[group.StreamID]*room
	// loose are the links that attach their inbox but not all groups.
	loose map[*link]struct{}
	// turn collects the connections that the messages in the mailbox give
	// something; nil: none yet.
	turn *Pass
	// legs is how many listeners a leg has.
	legs int
}

func newShard(s *System, index int) *shard {
	return &shard{
		sys: s, index: index, links: map[uint64]*link{}, users: map[group.UserID][]*link{},
		rooms: map[group.StreamID]*room{}, loose: map[*link]struct{}{}, legs: mostInLeg,
	}
}

// Messages of shards.
type (
	addLink struct{ link *link }
	// removeLink: then, if set, is told that nothing more is sent.
	removeLink struct {
		link *link
		then func()
	}
	// expel ends all links of a user.
	expel struct{ user group.UserID }
	// attachTo registers the streams as catching up and hands the job on.
	attachTo struct {
		link *link
		job  *attachJob
	}
	// attachBegin comes before the look at what the user has joined.
	attachBegin struct {
		link *link
		job  *attachJob
	}
	// looked is the answer to an attach: marks are the streams that lack
	// nothing, or are refused; more says that the job goes on.
	looked struct {
		job     *attachJob
		answer  *troupev1.Answer
		refused *protocol.Error
		marks   []mark
		more    bool
		// delivered: the answer is out. Set by the shard.
		delivered bool
	}
	// detachAll ends all attachments and tells the session which there were.
	detachAll struct{ link *link }
	// subscribe comes from the actor of a livestream. With a catch-up, frames
	// are held until the attach that it belongs to was answered.
	subscribe struct {
		link  *link
		aud   *audience
		after group.Seq
		catch *catchUp
	}
	// everyone asks for the online members of a group (spec 19.17 a).
	everyone struct {
		stream group.StreamID
		job    *announceJob
	}
)

// Receive implements actor.Actor.
func (s *shard) Receive(ctx actor.Context) { s.handle(ctx.Message()) }

func (s *shard) handle(message any) {
	switch m := message.(type) {
	case *barrier:
		m.done.Done()
	case *publish:
		s.publish(m)
	case *toInbox:
		for i := range m.items {
			s.toUser(m.items[i].user, m.items[i].frame)
		}
	case *attachTo:
		s.attach(m)
	case *attachBegin:
		s.begin(m)
	case *looked:
		s.looked(m)
	case *fed:
		s.fed(m)
	case *subscribe:
		s.subscribe(m)
	case *poked:
		s.poked(m)
	case *enforce:
		s.enforce()
	case *addLink:
		s.add(m.link)
	case *removeLink:
		s.sys.failAt(FaultUnlink)
		s.remove(m.link)
		if m.then != nil {
			m.then()
		}
	case *expel:
		for _, l := range slices.Clone(s.users[m.user]) {
			s.remove(l)
		}
	case *detachAll:
		s.detachAll(m.link)
	case *toGuests:
		s.toGuests(m)
	case *everyone:
		s.everyone(m)
	case *recheck:
		s.recheck(m)
	case *rechecked:
		s.rechecked(m)
	case *passed:
		s.passed(m)
	case *roomTurned:
		s.roomTurned(m)
	case *turned:
		s.endTurn(m.turn)
	}
}

func (s *shard) add(l *link) {
	if l.gone {
		return
	}
	s.links[l.id] = l
	if l.user != "" {
		s.users[l.user] = append(s.users[l.user], l)
	}
}

func (s *shard) remove(l *link) {
	l.gone = true
	if s.links[l.id] != l {
		return
	}
	delete(s.links, l.id)
	delete(s.loose, l)
	for len(l.subs) > 0 {
		s.unsubscribe(l.subs[len(l.subs)-1])
	}
	l.inbox = inboxState{}
	links := s.users[l.user]
	for i, other := range links {
		if other == l {
			links = append(links[:i], links[i+1:]...)
			break
		}
	}
	if len(links) == 0 {
		delete(s.users, l.user)
	} else {
		s.users[l.user] = links
	}
}

// room gives the stream's room, made if needed.
func (s *shard) room(stream group.StreamID, id group.ID, live bool) *room {
	r := s.rooms[stream]
	if r == nil {
		r = &room{aud: s.sys.delivery.hold(stream, id), live: live}
		s.rooms[stream] = r
	}
	return r
}

// unsubscribe ends a subscription; a guest is no longer counted.
func (s *shard) unsubscribe(sub *subscription) {
	s.drop(sub)
	if sub.link.user == "" {
		s.sys.guestExit(sub.room.aud)
	}
}

func (s *shard) drop(sub *subscription) {
	r := sub.room
	if last := r.subs[len(r.subs)-1]; last != sub && sub.index < r.at {
		// It takes a place that the lap has been at.
		s.settle(last)
	}
	sub.remove(s.index)
	s.tidy(r)
}

// tidy lets go of a room without listeners.
func (s *shard) tidy(r *room) {
	if len(r.subs) == 0 && s.rooms[r.aud.stream] == r {
		s.flush(r)
		delete(s.rooms, r.aud.stream)
		s.sys.delivery.drop(r.aud)
	}
}

// publish lets newcomers listen, delivers, and lets go who left, in this order.
func (s *shard) publish(m *publish) {
	for _, u := range m.entered {
		s.enter(u, m)
	}
	if r := s.rooms[m.aud.stream]; r != nil {
		if m.remind != nil {
			s.remind(r, m.remind)
		}
		if m.frame != nil {
			s.broadcast(r, m.frame, m.except)
		}
		for _, u := range m.gone {
			for _, l := range s.users[u] {
				if sub := l.subscription(m.aud.stream); sub != nil {
					s.leave(sub, m.last())
				}
			}
		}
		if m.closed {
			s.flush(r)
			for i := len(r.subs) - 1; i >= 0; i-- {
				s.leave(r.subs[i], m.last())
			}
		}
		s.tidy(r)
	}
	if m.token {
		m.aud.counts[s.index].Add(-1)
	}
}

// last is the newest number that those may have who leave with this message.
func (m *publish) last() group.Seq {
	if m.frame != nil && m.frame.Seq != 0 {
		return group.Seq(m.frame.Seq)
	}
	return m.after
}

// leave ends a subscription, when it has the last frame due (spec 18.3).
func (s *shard) leave(sub *subscription, last group.Seq) {
	s.settle(sub)
	c := sub.catch
	switch {
	case c == nil:
		s.drop(sub)
	case !c.leaving:
		c.leaving, c.due = true, last
	}
}

// enter attaches a newcomer's devices: those that attach groups joined later,
// and the one that joined (spec 18.3).
func (s *shard) enter(u group.UserID, m *publish) {
	for _, l := range s.users[u] {
		if !l.attached || (!l.rest && l.id != m.caller) {
			continue
		}
		if sub := l.subscription(m.aud.stream); sub != nil {
			if sub.catch == nil || !sub.catch.leaving {
				continue
			}
			// Back before the end of its former membership was sent.
			s.unsubscribe(sub)
		}
		s.room(m.aud.stream, m.aud.group, m.live).add(l, m.after, s.index).rest = l.id != m.caller
	}
}

func (s *shard) remind(r *room, m *group.RemindChanged) {
	for _, l := range s.users[m.User] {
		if sub := l.subscription(r.aud.stream); sub != nil {
			s.settle(sub)
			sub.discard = m.Remind == group.Discard
			if sub.catch != nil {
				sub.catch.reminded = true
			}
		}
	}
}

// give brings one frame to one listener: held while it catches up, skipped if
// it has it already, and after a hole the hole is filled first.
func (s *shard) give(sub *subscription, f *protocol.Frame, except uint64) {
	if c := sub.catch; c != nil {
		switch {
		case c.leaving:
		case sub.room.live && len(c.held) >= maxHeld:
			c.skip(f)
		default:
			c.hold(f, except)
		}
		return
	}
	if seq := group.Seq(f.Seq); seq != 0 {
		if seq <= sub.after {
			return
		}
		if seq > sub.after+1 && !sub.room.live {
			s.refill(sub)
			sub.catch.hold(f, except)
			return
		}
		f = f.For(uint64(sub.after))
		sub.after = seq
	}
	if sub.link.id == except || (sub.discard && f.Discardable) {
		s.spare(sub, f)
		return
	}
	s.push(sub.conn, f)
}

func (s *shard) poked(m *poked) {
	r := s.rooms[m.aud.stream]
	if r == nil || r.live {
		return
	}
	s.flush(r)
	for _, sub := range r.subs {
		switch {
		case sub.catch != nil:
			if !sub.catch.leaving {
				sub.catch.due = max(sub.catch.due, m.seq)
			}
		case sub.after < m.seq:
			s.refill(sub)
		}
	}
}

// toUser brings a frame to the devices of a user that attach the inbox.
func (s *shard) toUser(u group.UserID, f *protocol.Frame) {
	for _, l := range s.users[u] {
		s.giveInbox(l, f)
	}
}

func (s *shard) giveInbox(l *link, f *protocol.Frame) {
	in := &l.inbox
	if !in.attached {
		return
	}
	if in.catch != nil {
		in.catch.hold(f, 0)
		return
	}
	if f.Seq != 0 {
		if f.Seq <= in.after {
			return
		}
		if f.Seq > in.after+1 {
			s.refillInbox(l)
			in.catch.hold(f, 0)
			return
		}
		in.after = f.Seq
	}
	s.push(l.conn, f)
}

// subscribe attaches a device or guest to a livestream, at its actor's word.
func (s *shard) subscribe(m *subscribe) {
	defer m.aud.counts[s.index].Add(-1)
	guest := m.link.user == ""
	if m.link.gone || s.links[m.link.id] != m.link {
		if guest {
			s.sys.guestExit(m.aud)
		}
		return
	}
	if m.catch != nil && m.catch.lags != m.link.lags {
		return
	}
	if sub := m.link.subscription(m.aud.stream); sub != nil {
		if guest {
			// Counted twice.
			s.sys.guestExit(m.aud)
		}
		if m.catch != nil {
			s.settle(sub)
			m.catch.had = true
			sub.after, sub.catch = m.after, m.catch
		}
		return
	}
	for guest && len(m.link.subs) > 0 {
		s.unsubscribe(m.link.subs[0])
	}
	s.room(m.aud.stream, m.aud.group, true).add(m.link, m.after, s.index).catch = m.catch
}
