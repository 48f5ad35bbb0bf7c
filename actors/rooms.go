package actors

import (
	"slices"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/troupe-im/troupe/group"
)

// What registries know of livestreams.

// presence is one livestream that a user is present in.
type presence struct {
	group  group.ID
	stream group.StreamID
	card   group.Card
}

// in finds a room by its stream, -1 if the user is not in it.
func (p *present) in(stream group.StreamID) int {
	return slices.IndexFunc(p.rooms, func(r presence) bool { return r.stream == stream })
}

func (p *present) out(stream group.StreamID) {
	p.rooms = slices.DeleteFunc(p.rooms, func(r presence) bool { return r.stream == stream })
}

// insiders are the users of a registry who are present in each livestream. They
// follow from what it holds of its users, so that the end of a room, and the
// question who is in it, cost as much as the room has users.
type insiders map[group.StreamID]map[group.UserID]*present

func (i insiders) add(stream group.StreamID, u group.UserID, p *present) {
	room := i[stream]
	if room == nil {
		room = map[group.UserID]*present{}
		i[stream] = room
	}
	room[u] = p
}

func (i insiders) remove(stream group.StreamID, u group.UserID) {
	room := i[stream]
	delete(room, u)
	if len(room) == 0 {
		delete(i, stream)
	}
}

// goIn notes that a user is present in a livestream.
func (r *registry) goIn(u group.UserID, p *present, room presence) {
	p.rooms = append(p.rooms, room)
	r.inside.add(room.stream, u, p)
}

// goOut notes that it is not, if it was.
func (r *registry) goOut(u group.UserID, p *present, stream group.StreamID) {
	p.out(stream)
	r.inside.remove(stream, u)
}

// goOutOfAll notes that a user is present nowhere.
func (r *registry) goOutOfAll(u group.UserID, p *present) {
	for _, room := range p.rooms {
		r.inside.remove(room.stream, u)
	}
	p.rooms = nil
}

// entered keeps a user in one livestream at a time, where row 21 says so: the
// last join wins (spec 6.3).
func (r *registry) entered(m *entered) {
	if r.sys.deletions.deleted(m.user) {
		// Decided before the account was closed.
		r.leave(m.group, m.user, group.LeaveAccountDeleted)
		return
	}
	p := r.users[m.user]
	if r.banned(m.user) || p != nil && p.ended {
		// Decided before; its devices have been sent away, or are about to be.
		r.leave(m.group, m.user, group.LeaveDisconnected)
		return
	}
	if p == nil {
		p = &present{offline: r.sys.now()}
		r.users[m.user] = p
	}
	if p.in(m.stream) >= 0 {
		return
	}
	if r.sys.table.Of(group.Livestream).Exclusive {
		for _, room := range p.rooms {
			r.leave(room.group, m.user, group.LeaveMoved)
		}
		r.goOutOfAll(m.user, p)
	}
	r.goIn(m.user, p, presence{group: m.group, stream: m.stream, card: m.card})
}

func (r *registry) left(m *left) {
	if p := r.users[m.user]; p != nil {
		r.goOut(m.user, p, m.stream)
		r.forget(m.user, p)
	}
}

func (r *registry) closed(m *roomClosed) {
	for u, p := range r.inside[m.stream] {
		p.out(m.stream)
		r.forget(u, p)
	}
	delete(r.inside, m.stream)
}

func (m *whereIs) lost() { m.failed() }

func (m *whoIsIn) lost() {
	if m.failed != nil {
		m.failed()
	}
}

func (r *registry) whereIs(m *whereIs) {
	r.sys.failAt(FaultWhereIs)
	var in []group.ID
	if p := r.users[m.user]; p != nil {
		for _, room := range p.rooms {
			in = append(in, room.group)
		}
	}
	m.then(in)
}

func (r *registry) leave(room group.ID, u group.UserID, why group.LeaveReason) {
	r.sys.directory.send(&call{group: room, input: group.Input{
		Caller:  group.Caller{System: true},
		Command: group.Leave{User: u, Reason: why},
		Entropy: r.sys.ids.entropy(),
	}, then: ignore})
}

// end ends the presence of a user whose last device is gone by its own or the
// server's will, also where it is not known of yet.
func (r *registry) end(u group.UserID, p *present) {
	r.disconnect(u, p)
	p.offline, p.ended = r.sys.now(), true
}

// disconnect ends the presence of a user without devices.
func (r *registry) disconnect(u group.UserID, p *present) {
	for _, room := range p.rooms {
		r.leave(room.group, u, group.LeaveDisconnected)
	}
	r.goOutOfAll(u, p)
}

func (r *registry) whoIsIn(m *whoIsIn) {
	r.sys.failAt(FaultWhoIsIn)
	var cards []group.Card
	for u, p := range r.inside[m.stream] {
		card := p.rooms[p.in(m.stream)].card
		card.User = u
		cards = append(cards, card)
	}
	m.then(cards)
}

// enters tells the registries who is let into a livestream.
func (s *System) enters(id group.ID, stream group.StreamID, users []group.UserID) {
	for _, u := range users {
		s.root.Send(s.registryOf(u), &entered{user: u, group: id, stream: stream})
	}
}

// leaves tells the registries who is out of a livestream, or that it is over.
func (s *System) leaves(stream group.StreamID, e *group.Effect) {
	for _, u := range e.Gone {
		s.root.Send(s.registryOf(u), &left{user: u, stream: stream})
	}
	if e.Closed {
		for _, pid := range s.registries {
			s.root.Send(pid, &roomClosed{stream})
		}
	}
}

// askPresence collects who is present in a livestream and tells its actor.
func (s *System) askPresence(to *actor.PID, stream group.StreamID, dead deadFlag) {
	for _, pid := range s.registries {
		s.root.Send(pid, &whoIsIn{stream: stream, then: func(cards []group.Card) {
			s.root.Send(to, &restored{dead: dead, cards: cards})
		}, failed: func() {
			s.root.Send(to, &restored{dead: dead, failed: true})
		}})
	}
}
