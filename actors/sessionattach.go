package actors

import (
	"sync/atomic"

	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// attach resolves the groups of an attach call and asks the actors of
// livestreams; then the shard and a reader carry it out.
func (s *session) attach(req *troupev1.Request, m *troupev1.Attach) {
	if len(m.GetGroups()) > s.sys.cfg.AttachGroups {
		s.refuse(req, protocol.InvalidParameter("groups", "too many groups in one call"))
		return
	}
	job := &attachJob{
		sys: s.sys, session: s, link: s.link, req: req,
		inbox: m.GetInbox(), rest: m.GetRest() == troupev1.Rest_REST_LIVE,
	}
	if job.rest && job.inbox == nil {
		job.inbox = &troupev1.InboxFrom{}
	}
	s.attaching = true
	s.sys.root.Send(s.shard(), &attachBegin{link: s.link, job: job})
}

// attachResolve goes on with an attach that its shard has begun.
func (s *session) attachResolve(job *attachJob) {
	if err := s.sys.journal.View(func(tx persistence.Tx) error { return s.resolve(tx, job, job.req.GetAttach()) }); err != nil {
		s.sys.fault("resolve groups", err)
		job.abandon()
		return
	}
	if !job.rest {
		s.askLive(job)
		return
	}
	s.sys.root.Send(s.sys.registryOf(s.user), &whereIs{user: s.user, then: func(rooms []group.ID) {
		for _, room := range rooms {
			if !job.names(room) {
				job.streams = append(job.streams, attachStream{group: room, live: true})
			}
		}
		s.tell(&attachGo{job})
	}})
}

// resolve finds the streams of the groups named and, with rest live, of all
// other joined groups.
func (s *session) resolve(tx persistence.Tx, job *attachJob, m *troupev1.Attach) error {
	for _, from := range m.GetGroups() {
		st := attachStream{group: group.ID(from.GetGroupId()), named: true, from: from}
		if job.names(st.group) {
			continue
		}
		if e := protocol.CheckGroupID(from.GetGroupId()); e != nil {
			st.state, st.drop = &troupev1.StreamState{GroupId: from.GetGroupId()}, true
			stateError(st.state, e.Code)
			job.streams = append(job.streams, st)
			continue
		}
		name, ok, err := persistence.LookupGroup(tx, st.group)
		if err != nil {
			return err
		}
		if !ok || name.ReservedUntil != 0 {
			st.state = &troupev1.StreamState{GroupId: from.GetGroupId()}
			stateError(st.state, group.CodeGroupNotFound)
			st.drop = true
		} else {
			st.stream, st.live = name.Stream, name.Kind == group.Livestream
		}
		job.streams = append(job.streams, st)
	}
	if !job.rest {
		return nil
	}
	seen := make(map[group.StreamID]bool, len(job.streams))
	for i := range job.streams {
		seen[job.streams[i].stream] = true
	}
	return persistence.Memberships(tx, s.user, func(row *persistence.MemberRow) bool {
		if row.Role != group.NoRole && !seen[row.Stream] && row.Kind != group.Livestream {
			job.streams = append(job.streams, attachStream{group: row.Group, stream: row.Stream})
		}
		return true
	})
}

func (j *attachJob) names(id group.ID) bool {
	for i := range j.streams {
		if j.streams[i].group == id {
			return true
		}
	}
	return false
}

// askLive asks the actors of the livestreams of an attach; the last answer
// sends the job on.
func (s *session) askLive(job *attachJob) {
	var waiting atomic.Int32
	waiting.Store(1)
	done := func() {
		if waiting.Add(-1) == 0 {
			s.sys.root.Send(s.sys.delivery.shards[job.link.shard], &attachTo{link: job.link, job: job})
		}
	}
	for i := range job.streams {
		st := &job.streams[i]
		if !st.live {
			continue
		}
		st.catch = &catchUp{}
		waiting.Add(1)
		then := func(stream group.StreamID, state *troupev1.StreamState, after group.Seq, ok bool) {
			st.stream, st.state, st.drop = stream, state, !ok
			st.head, st.next = after, after+1
			done()
		}
		e := s.sys.directory.take(st.group, true)
		e.lastUsed.Store(s.sys.now())
		e.send(s.sys, &subscribeLive{link: job.link, catch: st.catch, from: st.from, then: then})
		e.waiting.Add(-1)
	}
	done()
}

// attachNow goes on with an attach after the registry's answer.
func (s *session) attachNow(job *attachJob) {
	if s.phase != phaseSignedIn {
		return
	}
	s.askLive(job)
}

// facts reads what the command needs to know of users (spec: facts owned by
// others arrive with the command and may be slightly old).
func (s *session) facts(tx persistence.Tx, c *call) error {
	var users []group.UserID
	caller := false
	switch m := c.input.Command.(type) {
	case group.Create:
		caller = true
		if m.OwnerID != "" {
			users = append(users, m.OwnerID)
		}
		for i := range m.InitialMembers {
			users = append(users, m.InitialMembers[i].User)
		}
	case group.Join:
		name, ok, err := persistence.LookupGroup(tx, c.group)
		if err != nil {
			return err
		}
		caller = !ok || name.Kind != group.Livestream
		if !caller {
			c.input.Facts = map[group.UserID]group.UserFact{s.user: {Exists: true, Name: s.name, Avatar: s.avatar}}
			return nil
		}
	case group.Invite:
		users = m.Users
	case group.Handle:
		if m.Invitation {
			caller = true
			break
		}
		if m.ID != 0 && m.Applicant == "" {
			applicant, err := applicantOf(tx, c.group, m.ID)
			if err != nil {
				return err
			}
			users = append(users, applicant)
			break
		}
		users = append(users, m.Applicant)
	}
	if caller {
		users = append(users, s.user)
	}
	if len(users) == 0 {
		return nil
	}
	name, _, err := persistence.LookupGroup(tx, c.group)
	if err != nil {
		return err
	}
	c.input.Facts = make(map[group.UserID]group.UserFact, len(users))
	for _, u := range users {
		if err := s.fact(tx, c, u, name.Stream); err != nil {
			return err
		}
	}
	return nil
}

// applicantOf is who would enter by a record, "" if there is none.
func applicantOf(tx persistence.Tx, id group.ID, record group.ApplicationID) (group.UserID, error) {
	name, ok, err := persistence.LookupGroup(tx, id)
	if err != nil || !ok {
		return "", err
	}
	data := tx.Get(persistence.TableApplications, persistence.StreamNumberKey(name.Stream, uint64(record)))
	if data == nil {
		return "", nil
	}
	r, err := persistence.DecodeRecord(data)
	if err != nil {
		return "", err
	}
	return r.Applicant, nil
}

func (s *session) fact(tx persistence.Tx, c *call, u group.UserID, stream group.StreamID) error {
	row, ok, err := persistence.ReadUser(tx, u)
	if err != nil || !ok {
		return err
	}
	fact := group.UserFact{Exists: true, Name: row.Name, Avatar: row.Avatar}
	if fact.Groups, err = persistence.GroupCount(tx, u, s.sys.limits.GroupsPerUser); err != nil {
		return err
	}
	if stream != 0 {
		member, was, err := persistence.Membership(tx, u, stream)
		if err != nil {
			return err
		}
		fact.Former = was && member.Role == group.NoRole
	}
	c.input.Facts[u] = fact
	return nil
}
