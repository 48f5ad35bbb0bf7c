package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
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
}

// Messages of shards.
type (
	addLink    struct{ link *link }
	removeLink struct{ link *link }
	// attachTo registers the streams as catching up and hands the job on.
	attachTo struct {
		link *link
		job  *attachJob
	}
	// caughtUp ends a catch-up: everything up to after was queued.
	caughtUp struct {
		link  *link
		marks []mark
	}
	// detachAll ends all attachments and tells the session which there were.
	detachAll struct{ link *link }
	// subscribe comes from the actor of a livestream. With a turn, frames are
	// held until the attach of that turn was answered.
	subscribe struct {
		link  *link
		aud   *audience
		after group.Seq
		turn  uint64
	}
	// everyone asks for the online members of a group (spec 19.17 a).
	everyone struct {
		stream group.StreamID
		job    *announceJob
	}
	// leaveRoom detaches one connection from a stream (guest_leave).
	leaveRoom struct {
		link   *link
		stream group.StreamID
	}
)

// mark says how far one stream of a link was caught up. stream 0 = inbox.
type mark struct {
	stream group.StreamID
	run    uint64
	after  uint64
	// drop: the user may not listen after all.
	drop    bool
	discard bool
}

// Receive implements actor.Actor.
func (s *shard) Receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
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
	case *caughtUp:
		s.caughtUp(m)
	case *subscribe:
		s.subscribe(m)
	case *poked:
		s.poked(m)
	case *addLink:
		s.add(m.link)
	case *removeLink:
		s.remove(m.link)
	case *detachAll:
		s.detachAll(m.link)
	case *leaveRoom:
		if sub := m.link.subscription(m.stream); sub != nil {
			s.unsubscribe(sub)
		}
	case *toGuests:
		s.toGuests(m)
	case *everyone:
		s.everyone(m)
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
	l.inbox = inboxState{run: l.inbox.run + 1}
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

func (s *shard) unsubscribe(sub *subscription) {
	r := sub.room
	sub.remove(s.index)
	s.tidy(r)
}

// tidy lets go of a room without listeners.
func (s *shard) tidy(r *room) {
	if len(r.subs) == 0 && s.rooms[r.aud.stream] == r {
		delete(s.rooms, r.aud.stream)
		s.sys.delivery.drop(r.aud)
	}
}

// publish lets newcomers listen, delivers, and lets go who left, in this order.
func (s *shard) publish(m *publish) {
	for _, u := range m.entered {
		s.enter(u, m)
	}
	r := s.rooms[m.aud.stream]
	if r != nil {
		if m.remind != nil {
			s.remind(r, m.remind)
		}
		if m.frame != nil {
			for _, sub := range r.subs {
				s.give(sub, m.frame, m.except)
			}
		}
		for _, u := range m.gone {
			for _, l := range s.users[u] {
				if sub := l.subscription(m.aud.stream); sub != nil {
					s.unsubscribe(sub)
				}
			}
		}
		if m.closed {
			for len(r.subs) > 0 {
				r.subs[len(r.subs)-1].remove(s.index)
			}
		}
		s.tidy(r)
	}
	if m.token {
		m.aud.counts[s.index].Add(-1)
	}
}

// enter attaches a newcomer's devices: those that attach groups joined later,
// and the one that joined (spec 18.3).
func (s *shard) enter(u group.UserID, m *publish) {
	for _, l := range s.users[u] {
		if !l.attached || (!l.rest && l.id != m.caller) || l.subscription(m.aud.stream) != nil {
			continue
		}
		s.room(m.aud.stream, m.aud.group, m.live).add(l, m.after, s.index)
	}
}

func (s *shard) remind(r *room, m *group.RemindChanged) {
	for _, l := range s.users[m.User] {
		if sub := l.subscription(r.aud.stream); sub != nil {
			sub.discard, sub.reminded = m.Remind == group.Discard, sub.catching
		}
	}
}

// give brings one frame to one listener: held while it catches up, skipped if
// it has it already, and after a hole the hole is filled first.
func (s *shard) give(sub *subscription, f *protocol.Frame, except uint64) {
	if sub.catching {
		if !hold(&sub.held, f) {
			sub.overflow = true
		}
		return
	}
	if seq := group.Seq(f.Seq); seq != 0 {
		if seq <= sub.after {
			return
		}
		if seq > sub.after+1 && !sub.room.live {
			s.refill(sub)
			hold(&sub.held, f)
			return
		}
		sub.after = seq
	}
	if sub.link.id == except || (sub.discard && f.Discardable) {
		return
	}
	sub.link.conn.Push(f)
}

// refill starts a catch-up of one stream from where the listener is.
func (s *shard) refill(sub *subscription) {
	sub.catching, sub.run = true, s.sys.turns.Add(1)
	s.sys.metrics.refills.Inc()
	s.sys.readers.submit(&fillJob{
		sys: s.sys, link: sub.link, stream: sub.room.aud.stream, group: sub.room.aud.group,
		turn: sub.run, next: sub.after + 1, discard: sub.discard,
	})
}

func (s *shard) poked(m *poked) {
	r := s.rooms[m.aud.stream]
	if r == nil || r.live {
		return
	}
	for _, sub := range r.subs {
		if !sub.catching && sub.after < m.seq {
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
	if in.catching {
		if !hold(&in.held, f) {
			in.overflow = true
		}
		return
	}
	if f.Seq != 0 {
		if f.Seq <= in.after {
			return
		}
		if f.Seq > in.after+1 {
			s.refillInbox(l)
			hold(&in.held, f)
			return
		}
		in.after = f.Seq
	}
	l.conn.Push(f)
}

func (s *shard) refillInbox(l *link) {
	l.inbox.catching, l.inbox.run = true, s.sys.turns.Add(1)
	s.sys.metrics.refills.Inc()
	s.sys.readers.submit(&fillInboxJob{sys: s.sys, link: l, turn: l.inbox.run, next: l.inbox.after + 1})
}

// subscribe attaches a device or guest to a livestream, at its actor's word.
func (s *shard) subscribe(m *subscribe) {
	defer m.aud.counts[s.index].Add(-1)
	if m.link.gone || s.links[m.link.id] != m.link {
		return
	}
	if sub := m.link.subscription(m.aud.stream); sub != nil {
		if m.turn != 0 {
			sub.after, sub.catching, sub.run, sub.held = m.after, true, m.turn, nil
		}
		return
	}
	if m.link.user == "" {
		for len(m.link.subs) > 0 {
			s.unsubscribe(m.link.subs[0])
		}
	}
	sub := s.room(m.aud.stream, m.aud.group, true).add(m.link, m.after, s.index)
	sub.catching, sub.run = m.turn != 0, m.turn
}
