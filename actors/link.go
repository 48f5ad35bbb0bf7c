package actors

import (
	"github.com/troupe-im/troupe/group"
)

// link is one connection as its shard knows it. Owned by the shard actor,
// but for the fields fixed after construction.
type link struct {
	// Fixed after construction.
	id      uint64
	conn    Conn
	session *session
	user    group.UserID // empty: a guest
	shard   int

	// Owned by the shard.
	// attached: the client has attached once; before that it gets no frames.
	attached bool
	// rest: groups joined later are attached by themselves.
	rest  bool
	inbox inboxState
	subs  []*subscription
	// lags counts how often everything was detached because the client was too
	// slow: an attach from before is void.
	lags uint32
	gone bool
}

// inboxState is how far a device has its user's inbox.
type inboxState struct {
	attached bool
	after    uint64
	catch    *catchUp // nil: live
}

// subscription is one connection listening to one stream. Owned by the shard.
type subscription struct {
	link *link
	conn Conn // the link's: one step less on the way of every frame
	room *room
	// index in room.subs.
	index int
	// next numbers the room's first frame that it has not been given.
	next uint64
	// after is the newest number that was delivered or spared.
	after   group.Seq
	discard bool
	// rest: it was made as the link attaches groups joined later, for that alone.
	rest bool
	// catch: missing frames are being read; nil: live.
	catch *catchUp
}

// room is one stream's listeners in one shard.
type room struct {
	aud  *audience
	live bool
	subs []*subscription
	gathering
}

func (r *room) add(l *link, after group.Seq, shard int) *subscription {
	s := &subscription{link: l, conn: l.conn, room: r, index: len(r.subs), next: r.end(), after: after}
	r.subs = append(r.subs, s)
	l.subs = append(l.subs, s)
	r.aud.counts[shard].Add(1)
	return s
}

// behind gives up what the shard failed to bring.
func (s *subscription) behind() { s.next = max(s.next, s.room.first) }

// remove takes a subscription out of its room and its link.
func (s *subscription) remove(shard int) {
	r := s.room
	last := len(r.subs) - 1
	r.subs[s.index] = r.subs[last]
	r.subs[s.index].index = s.index
	r.subs[last] = nil
	r.subs = r.subs[:last]
	if cap(r.subs) > 64 && len(r.subs) < cap(r.subs)/4 {
		r.subs = append(make([]*subscription, 0, len(r.subs)*2), r.subs...)
	}
	for i, other := range s.link.subs {
		if other == s {
			n := len(s.link.subs) - 1
			s.link.subs[i] = s.link.subs[n]
			s.link.subs[n] = nil
			s.link.subs = s.link.subs[:n]
			break
		}
	}
	s.catch = nil
	r.aud.counts[shard].Add(-1)
}

func (l *link) subscription(stream group.StreamID) *subscription {
	for _, s := range l.subs {
		if s.room.aud.stream == stream {
			return s
		}
	}
	return nil
}
