package actors

import (
	"github.com/troupe-im/troupe/group"
	"github.com/troupe-im/troupe/persistence"
	"github.com/troupe-im/troupe/protocol"
	troupev1 "github.com/troupe-im/troupe/protocol/troupe/v1"
)

// attach sends an attach call on its way: the shard begins it, a reader finds
// its streams and how far they go.
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

// lookUp adds to a call what storage knows of the users it is about. Most calls
// are about nobody but a caller who is known; they are spared the view.
func (s *session) lookUp(c *call) error {
	if !s.unnamed && s.knows(c) {
		return nil
	}
	return s.sys.journal.View(func(tx persistence.Tx) error {
		if err := s.introduce(tx); err != nil {
			return err
		}
		return s.facts(tx, c)
	})
}

// knows gives the call its facts without storage, if that can be.
func (s *session) knows(c *call) bool {
	switch c.input.Command.(type) {
	case group.Create, group.Invite, group.Handle:
		return false
	case group.Join:
		if !s.sys.directory.live(c.group) {
			return false
		}
		c.input.Facts = s.own()
	}
	return true
}

// own is what is known of the caller, as far as a livestream needs it.
func (s *session) own() map[group.UserID]group.UserFact {
	return map[group.UserID]group.UserFact{s.user: {Exists: true, Name: s.name, Avatar: s.avatar}}
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
			c.input.Facts = s.own()
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
		c.input.Facts[u] = group.UserFact{} // named, so that it may turn out to be deleted
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
