package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/protocol"
)

// attach registers what the client attaches as catching up; the job then
// reads how far each stream goes, so that nothing falls between (spec 18.3).
func (s *shard) attach(m *attachTo) {
	l, job := m.link, m.job
	if l.gone {
		job.abandon()
		return
	}
	l.attached = true
	if job.rest {
		l.rest = true
	}
	if l.rest {
		delete(s.loose, l)
	} else if job.inbox != nil {
		s.loose[l] = struct{}{}
	}
	if job.inbox != nil {
		l.inbox = inboxState{attached: true, catching: true, run: job.turn}
	}
	for i := range job.streams {
		st := &job.streams[i]
		if st.live || st.stream == 0 {
			continue
		}
		sub := l.subscription(st.stream)
		if sub == nil {
			sub = s.room(st.stream, st.group, false).add(l, 0, s.index)
		}
		sub.catching, sub.run, sub.held, sub.overflow = true, job.turn, nil, false
	}
	s.sys.readers.submit(job)
}

// caughtUp lets out what was held meanwhile and goes on live.
func (s *shard) caughtUp(m *caughtUp) {
	for i := range m.marks {
		k := &m.marks[i]
		if k.stream == 0 {
			s.inboxCaughtUp(m.link, k)
			continue
		}
		sub := m.link.subscription(k.stream)
		if sub == nil || sub.run != k.run || !sub.catching {
			continue
		}
		if k.drop {
			s.unsubscribe(sub)
			continue
		}
		sub.after, sub.catching = group.Seq(k.after), false
		if !sub.reminded {
			sub.discard = k.discard
		}
		sub.reminded = false
		held, overflow := sub.held, sub.overflow
		sub.held, sub.overflow = nil, false
		if overflow {
			s.refill(sub)
			continue
		}
		for j, f := range held {
			if sub.catching {
				// A hole again: the rest waits with it.
				sub.held = append(sub.held, held[j:]...)
				break
			}
			s.give(sub, f, 0)
		}
	}
}

func (s *shard) inboxCaughtUp(l *link, k *mark) {
	in := &l.inbox
	if in.run != k.run || !in.catching {
		return
	}
	in.after, in.catching = k.after, false
	held, overflow := in.held, in.overflow
	in.held, in.overflow = nil, false
	if overflow {
		s.refillInbox(l)
		return
	}
	for j, f := range held {
		if in.catching {
			in.held = append(in.held, held[j:]...)
			return
		}
		s.giveInbox(l, f)
	}
}

// detachAll ends every attachment of a connection that lags and names them; a
// guest goes on by itself, and what it missed is named by skipped (spec 19.11).
func (s *shard) detachAll(l *link) {
	if l.gone {
		return
	}
	if l.user == "" {
		l.conn.Lagged(protocol.LevelChanged("pull", "full"), nil)
		return
	}
	var groups []group.ID
	for len(l.subs) > 0 {
		sub := l.subs[len(l.subs)-1]
		groups = append(groups, sub.room.aud.group)
		s.unsubscribe(sub)
	}
	inbox := l.inbox.attached
	l.inbox = inboxState{run: l.inbox.run}
	l.rest = false
	delete(s.loose, l)
	l.conn.Lagged(protocol.LevelChanged("pull", "full"), protocol.Lagging(inbox, groups))
}

// everyone adds those users of this shard to the job who may be members of the
// group and attach their inbox; the last shard starts it. Who attaches groups
// by rest listens to all of its groups, so only the others must be asked
// besides the listeners: the cost follows the room, not the server.
func (s *shard) everyone(m *everyone) {
	seen := map[group.UserID]bool{}
	var users []group.UserID
	ask := func(l *link) {
		if l.user != "" && l.inbox.attached && !seen[l.user] {
			seen[l.user] = true
			users = append(users, l.user)
		}
	}
	if r := s.rooms[m.stream]; r != nil {
		for _, sub := range r.subs {
			for _, l := range s.users[sub.link.user] {
				ask(l)
			}
		}
	}
	for l := range s.loose {
		ask(l)
	}
	m.job.add(users)
}
