package naive

import (
	"slices"

	"github.com/troupe-im/troupe/group"
)

// profile is the group as the caller may see it in full.
func (m *Model) profile() *group.Profile {
	p := &group.Profile{
		Group: m.id, Kind: m.kind, Settings: m.settings(), Owner: m.owner(), CreateTime: m.since,
		NextSeq: m.lastSeq() + 1, MemberCount: uint32(len(m.members())),
	}
	for _, f := range m.facts {
		switch f.what {
		case infoTime:
			p.LastInfoTime = f.at
		case said:
			p.LastMessage = f.at
		}
	}
	if m.policy.Connected {
		p.AudienceCount = p.MemberCount + uint32(m.guestCount())
		p.Likes = m.likes()
	}
	if m.isMember(m.caller()) {
		p.Self = m.member(m.caller())
		p.Self.VisibleFrom = m.visibleFrom(m.caller())
	}
	return p
}

func (m *Model) member(u group.UserID) *group.MemberProfile {
	p := &group.MemberProfile{
		User: u, Role: m.role(u), MuteUntil: m.mutedUntil(u), NameCard: m.nameCard(u),
		CustomFields: m.memberFields(u), Remind: m.remind(u),
	}
	present := false
	for _, f := range m.facts {
		switch {
		case f.user != u:
		case f.what == entered:
			present = true
			p.JoinTime, p.LastSendTime, p.JoinSeq = f.at, 0, f.seq
		case f.what == said && present:
			p.LastSendTime = f.at
		case f.what == went:
			present = false
			p.JoinTime, p.LastSendTime, p.JoinSeq = 0, 0, 0
		}
		if f.user == u && f.avatar != "" {
			p.Name, p.Avatar = f.name, f.avatar
		}
	}
	return p
}

// visibleFrom is the lowest number a member may read (row 17, spec 19.17 e).
func (m *Model) visibleFrom(u group.UserID) group.Seq {
	f := m.joining(u)
	switch {
	case m.policy.BeforeJoin:
		return 1
	case f.tipped:
		return f.seq
	}
	return f.seq + 1
}

func (m *Model) showGroup() { m.result.Group = m.profile() }

func (m *Model) showMember(u group.UserID) {
	if m.known(u) {
		m.result.Member = m.member(u)
	}
}

// getProfile is spec 6.11.
func (m *Model) getProfile(c group.GetProfile) *group.Rejection {
	full := !c.Search && (m.appAdmin() || m.role(m.caller()) != group.NoRole)
	if !full && !m.policy.Searchable {
		return no(group.CodeNotSearchable)
	}
	m.showGroup()
	if !full {
		m.makePublic()
	}
	if c.MemberFields && full {
		m.page(m.members(), 0, 100)
	}
	return nil
}

// makePublic leaves of the profile shown what outsiders may see.
func (m *Model) makePublic() {
	g := m.result.Group
	g.Public, g.Settings.Mute, g.Settings.CustomFields, g.Self = true, group.Mute{Mode: g.Settings.Mute.Mode}, nil, nil
}

func (m *Model) page(users []group.UserID, offset, limit int) {
	for i := offset; i < len(users) && i < offset+limit; i++ {
		m.result.Members = append(m.result.Members, *m.member(users[i]))
	}
}

// listMembers is spec 6.12.
func (m *Model) listMembers(c group.ListMembers) *group.Rejection {
	if !m.appAdmin() && m.role(m.caller()) == group.NoRole {
		return no(group.CodeNotMember)
	}
	users := m.members()
	m.result.Total = uint32(len(users))
	if c.Role != group.NoRole {
		users = slices.DeleteFunc(users, func(u group.UserID) bool { return m.role(u) != c.Role })
	}
	limit := min(c.Limit, 100)
	if limit == 0 {
		limit = 100
	}
	m.page(users, c.Offset, limit)
	if c.Role == group.NoRole && c.Offset+limit < len(users) {
		m.result.NextCursor = more
	}
	return nil
}

// getMembers is spec 6.12.
func (m *Model) getMembers(c group.GetMembers) *group.Rejection {
	if !m.appAdmin() && m.role(m.caller()) == group.NoRole {
		return no(group.CodeNotMember)
	}
	m.result.Total = uint32(len(m.members()))
	users := distinct(c.Users)
	for _, u := range users[:min(len(users), 50)] {
		if m.isMember(u) {
			m.result.Members = append(m.result.Members, *m.member(u))
		}
	}
	return nil
}

// getHistory is spec 10.4 and 19.17 (e).
func (m *Model) getHistory() *group.Rejection {
	v := &group.Visibility{Stored: m.policy.History}
	switch {
	case m.appAdmin():
		v.Member, v.From, v.To = true, 1, m.lastSeq()
	case m.isMember(m.caller()):
		v.Member, v.From, v.To = true, m.visibleFrom(m.caller()), m.lastSeq()
	}
	m.result.History = v
	return nil
}
