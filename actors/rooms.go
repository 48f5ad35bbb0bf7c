package actors

import "github.com/troupe-im/troupe/group"

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
