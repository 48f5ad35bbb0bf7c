package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
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
	gone  bool
}

// inboxState is how far a device has its user's inbox.
type inboxState struct {
	attached bool
	catching bool
	run      uint64 // tells an old catch-up from the present one
	after    uint64
	held     []*protocol.Frame
	overflow bool
}

// subscription is one connection listening to one stream. Owned by the shard.
type subscription struct {
	link *link
	room *room
	// index in room.subs.
	index int
	// after is the newest number that was delivered or spared.
	after   group.Seq
	discard bool
	// reminded: discard was told while catching up, and is newer than what
	// the catch-up has read.
	reminded bool
	// catching: missing frames are being read; what comes meanwhile is held.
	catching bool
	run      uint64
	held     []*protocol.Frame
	overflow bool
}

// maxHeld bounds what is held for a stream that is catching up; beyond it the
// rest is read from the journal as well.
const maxHeld = 256

// room is one stream's listeners in one shard.
type room struct {
	aud  *audience
	live bool
	subs []*subscription
}

func (r *room) add(l *link, after group.Seq, shard int) *subscription {
	s := &subscription{link: l, room: r, index: len(r.subs), after: after}
	r.subs = append(r.subs, s)
	l.subs = append(l.subs, s)
	r.aud.counts[shard].Add(1)
	if l.user == "" {
		r.aud.guestCount.Add(1)
	}
	return s
}

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
	s.held = nil
	s.run++
	r.aud.counts[shard].Add(-1)
	if s.link.user == "" {
		r.aud.guestCount.Add(-1)
	}
}

func (l *link) subscription(stream group.StreamID) *subscription {
	for _, s := range l.subs {
		if s.room.aud.stream == stream {
			return s
		}
	}
	return nil
}

// hold keeps a frame for later; it reports false if there are too many.
func hold(held *[]*protocol.Frame, f *protocol.Frame) bool {
	if len(*held) >= maxHeld {
		return false
	}
	*held = append(*held, f)
	return true
}
