package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
)

// After the failure of a group's actor something may be stored that nobody was
// told: who entered and left, notices. A removed member must not go on
// listening, so the listeners are compared with storage before the actor
// decides anything new (frames that were not told are filled in by poke).

// recheck asks a shard to compare.
type recheck struct {
	aud  *audience
	live bool
	// ended: the group is no more.
	ended bool
	then  func()
	// failed is called instead if a shard fails at it.
	failed func()
}

func (m *recheck) lost()   { m.failed() }
func (m *rechecked) lost() { m.m.failed() }

// rechecked brings what storage says.
type rechecked struct {
	m     *recheck
	found []standing
}

// standing is how one connection's user stands to a group by storage.
type standing struct {
	link     *link
	member   bool
	from, to group.Seq // what a new member gets first, a former one last
	inbox    uint64    // the newest number
}

// recheck looks at everybody who may be concerned.
func (s *shard) recheck(m *recheck) {
	s.sys.failAt(FaultRecheck)
	if m.ended {
		if r := s.rooms[m.aud.stream]; r != nil {
			s.flush(r)
			for i := len(r.subs) - 1; i >= 0; i-- {
				s.drop(r.subs[i])
			}
		}
	}
	j := &recheckJob{sys: s.sys, shard: s.index, m: m}
	for _, l := range s.links {
		if l.attached && l.user != "" {
			j.links = append(j.links, l)
		}
	}
	s.sys.readers.submit(j)
}

// recheckJob reads how the users of a shard stand to a group.
type recheckJob struct {
	sys   *System
	shard int
	m     *recheck
	links []*link
}

// recheckBatch bounds one reading.
const recheckBatch = 256

func (j *recheckJob) run() {
	out := &rechecked{m: j.m}
	for len(j.links) > 0 {
		n := min(recheckBatch, len(j.links))
		err := j.sys.journal.View(func(tx persistence.Tx) error {
			for _, l := range j.links[:n] {
				st, err := j.look(tx, l)
				if err != nil {
					return err
				}
				out.found = append(out.found, st)
			}
			return nil
		})
		if err != nil {
			j.sys.fault("compare listeners with storage", err)
		}
		j.links = j.links[n:]
	}
	j.sys.root.Send(j.sys.delivery.shards[j.shard], out)
}

func (j *recheckJob) look(tx persistence.Tx, l *link) (standing, error) {
	st := standing{link: l}
	st.inbox, _ = persistence.InboxHead(tx, l.user)
	if j.m.live || j.m.ended {
		return st, nil
	}
	row, ok, err := persistence.Membership(tx, l.user, j.m.aud.stream)
	st.member = ok && row.Role != group.NoRole
	st.from, st.to = max(row.JoinSeq, row.VisibleFrom), row.LeftSeq
	return st, err
}

// rechecked brings the listeners into line.
func (s *shard) rechecked(m *rechecked) {
	s.sys.failAt(FaultRecheck)
	for i := range m.found {
		st := &m.found[i]
		if st.link.gone {
			continue
		}
		s.inboxGoesTo(st.link, st.inbox)
		if !m.m.live && !m.m.ended {
			s.stands(m.m.aud, st)
		}
	}
	m.m.then()
}

// inboxGoesTo has a device's inbox filled in up to a number.
func (s *shard) inboxGoesTo(l *link, newest uint64) {
	in := &l.inbox
	switch {
	case !in.attached:
	case in.catch != nil:
		in.catch.due = max(in.catch.due, group.Seq(newest))
	case in.after < newest:
		s.refillInbox(l)
	}
}

// stands lets a member listen who was not told so, and a former one no more.
func (s *shard) stands(aud *audience, st *standing) {
	sub := st.link.subscription(aud.stream)
	if sub != nil {
		s.settle(sub)
	}
	switch {
	case sub == nil && st.member && st.link.rest:
		sub = s.room(aud.stream, aud.group, false).add(st.link, max(st.from, 1)-1, s.index)
		sub.rest = true
		s.refill(sub)
	case sub == nil || st.member:
	case sub.catch != nil:
		s.leave(sub, st.to)
	case sub.after < st.to:
		s.refill(sub)
		s.leave(sub, st.to)
	default:
		s.drop(sub)
	}
}
