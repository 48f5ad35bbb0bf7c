package actors

import (
	"sync"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
)

// toAll brings what every member gets by its inbox to those who are online;
// the others find it placed later. The group actor's part does not depend on
// the size of the group.
func (d *delivery) toAll(g *groupActor, h *held, e *group.Effect) {
	notice, isNotice := e.Frame.(*group.Notice)
	if g.live && isNotice {
		// Guests and attached devices hear of it on the room's road; who is
		// present gets it stored.
		d.guests(g, notice)
		d.sys.announcePresent(g, notice)
		return
	}
	job := &announceJob{sys: d.sys, stream: g.stream, position: h.position, left: len(d.shards)}
	if isNotice {
		job.place = true
	} else {
		job.frame = d.sys.frameOf(g.entry.id, g.stream, g.live, e.Frame, 0)
	}
	for _, pid := range d.shards {
		d.sys.root.Send(pid, &everyone{stream: g.stream, job: job})
	}
}

// guests sends a notice to the guests of a livestream, who have no inbox.
func (d *delivery) guests(g *groupActor, n *group.Notice) {
	f := d.sys.frameOf(g.entry.id, g.stream, true, n, 0)
	f.Class = protocol.ClassControl
	for i, pid := range d.shards {
		if g.aud.counts[i].Load() > 0 {
			d.sys.root.Send(pid, &toGuests{g.aud, f})
		}
	}
}

type toGuests struct {
	aud   *audience
	frame *protocol.Frame
}

func (s *shard) toGuests(m *toGuests) {
	if r := s.rooms[m.aud.stream]; r != nil {
		for _, sub := range r.subs {
			if sub.link.user == "" {
				s.push(sub.conn, m.frame)
			}
		}
	}
}

// everyone adds those users of this shard to the job who may be members of the
// group and attach their inbox; the last shard starts it. Who attaches groups
// by rest listens to all of its groups, so only the others must be asked
// besides the listeners: the cost follows the room, not the server.
func (s *shard) everyone(m *everyone) {
	s.sys.failAt(FaultEveryone)
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

// lost: the users of the other shards do not wait for those of this one.
func (m *everyone) lost() { m.job.add(nil) }

// announceJob brings something to the online members of a group: who of the
// users online was a member at the position is read from the index.
type announceJob struct {
	sys      *System
	stream   group.StreamID
	position group.Position
	// place: the group notices due are placed; otherwise frame is sent.
	place bool
	frame *protocol.Frame

	mu    sync.Mutex // shards add from their own goroutines
	left  int
	users []group.UserID
}

func (j *announceJob) add(users []group.UserID) {
	j.mu.Lock()
	j.users = append(j.users, users...)
	j.left--
	last := j.left == 0
	j.mu.Unlock()
	if last {
		j.sys.readers.submit(j)
	}
}

// announceBatch bounds one transaction of placing.
const announceBatch = 256

func (j *announceJob) run() {
	for len(j.users) > 0 {
		n := min(announceBatch, len(j.users))
		members, err := j.members(j.users[:n])
		if err != nil {
			j.sys.fault("announce", err)
			return
		}
		j.users = j.users[n:]
		j.tell(members)
	}
}

func (j *announceJob) members(users []group.UserID) ([]group.UserID, error) {
	var in []group.UserID
	err := j.sys.journal.View(func(tx persistence.Tx) error {
		for _, u := range users {
			row, ok, err := persistence.Membership(tx, u, j.stream)
			if err != nil {
				return err
			}
			if ok && row.JoinPosition <= j.position && (row.Role != group.NoRole || row.LeftPosition > j.position) {
				in = append(in, u)
			}
		}
		return nil
	})
	return in, err
}

func (j *announceJob) tell(users []group.UserID) {
	if len(users) == 0 {
		return
	}
	if !j.place {
		items := make([]userFrame, len(users))
		for i, u := range users {
			items[i] = userFrame{u, j.frame}
		}
		j.sys.delivery.inbox(items)
		return
	}
	ops := make([]persistence.RowOp, len(users))
	for i, u := range users {
		ops[i] = persistence.PlaceOneOp(u, j.stream, group.Millis(j.sys.now()))
	}
	numbers, err := j.sys.committer.wait(ops)
	if err != nil {
		j.sys.fault("place notices", err)
		return
	}
	for i := range numbers {
		j.sys.placed(users[i], numbers[i])
	}
}

// announcePresent stores a notice for everybody present in a livestream.
func (s *System) announcePresent(g *groupActor, n *group.Notice) {
	id := g.entry.id
	for _, pid := range s.registries {
		s.root.Send(pid, &whoIsIn{stream: g.stream, then: func(cards []group.Card) {
			s.readers.submit(jobFunc(func() { s.storePresent(cards, id, n) }))
		}})
	}
}

func (s *System) storePresent(cards []group.Card, id group.ID, notice *group.Notice) {
	for len(cards) > 0 {
		n := min(announceBatch, len(cards))
		users := make([]group.UserID, n)
		for i := range users {
			users[i] = cards[i].User
		}
		numbers, err := s.committer.wait(persistence.NoticeOps(id, notice, users))
		if err != nil {
			s.fault("store notice", err)
			return
		}
		for i := range numbers {
			s.placed(users[i], numbers[i])
		}
		cards = cards[n:]
	}
}
