package group

import "slices"

// Position is that of the newest journalled event; 0 before creation.
func (m *Machine) Position() Position { return m.position }

// Time is the newest moment the machine has seen; 0 before creation.
func (m *Machine) Time() Millis { return m.now }

// Seq is the newest number given.
func (m *Machine) Seq() Seq { return m.seq }

// Ordinal is the number of messages among the numbers up to Seq.
func (m *Machine) Ordinal() uint64 { return m.ordinal }

// Exists reports whether the group was ever created. A dismissed group did exist.
func (m *Machine) Exists() bool { return m.exists }

// Dismissed reports whether the group has ended.
func (m *Machine) Dismissed() bool { return m.dismissed }

// Kind is the group's kind; zero before creation.
func (m *Machine) Kind() Kind { return m.kind }

// Group is the group's public id.
func (m *Machine) Group() ID { return m.group }

// Stream is the incarnation's number.
func (m *Machine) Stream() StreamID { return m.stream }

// Owner is the owner, present or not; empty = none.
func (m *Machine) Owner() UserID { return m.owner }

// Admins lists the admins in order of appointment, absent ones of a
// livestream included.
func (m *Machine) Admins() []UserID { return slices.Clone(m.admins) }

// Approvers lists who may handle applications now by role (spec 7.1).
func (m *Machine) Approvers() []UserID { return m.approvers() }

// Role is a user's role; a standing one where an owner or admin of a
// livestream is absent. NoRole: none.
func (m *Machine) Role(u UserID) Role { return m.role(u) }

// MemberCount is the number of members; in a livestream those present.
func (m *Machine) MemberCount() int { return m.members.len() }

// Guests is the number of guests of a livestream.
func (m *Machine) Guests() int { return m.guests }

// Policy is what the group's kind is ruled by; nil before creation.
func (m *Machine) Policy() *Policy { return m.table.Of(m.kind) }

// Profile is the group as its members see it, without Self.
func (m *Machine) Profile() Profile { return *m.profile("", m.now) }

// Member is a member as others see it; false if the user is none (in a
// livestream: not present).
func (m *Machine) Member(u UserID) (MemberProfile, bool) {
	member := m.members.get(u)
	if member == nil {
		return MemberProfile{}, false
	}
	return m.profileOf(member), true
}

// Record finds an application or invitation that has not been removed yet.
func (m *Machine) Record(id ApplicationID) (Record, bool) {
	r := m.records.get(id)
	if r == nil || m.isForgotten(r, m.now) {
		return Record{}, false
	}
	return *r, true
}

// Records lists all applications and invitations by id, those kept after
// they were decided included (spec 7.6).
func (m *Machine) Records() []*Record {
	return slices.DeleteFunc(m.records.all(), func(r *Record) bool { return m.isForgotten(r, m.now) })
}

// Needs names the users whose facts deciding the command asks for. The
// caller's are needed besides.
func (m *Machine) Needs(c Command) []UserID {
	switch c := c.(type) {
	case Create:
		list := make([]UserID, 0, len(c.InitialMembers)+1)
		if c.OwnerID != "" {
			list = append(list, c.OwnerID)
		}
		for i := range c.InitialMembers {
			list = append(list, c.InitialMembers[i].User)
		}
		return list
	case Invite:
		return c.Users
	case Kick:
		return c.Users
	case SetRole:
		return []UserID{c.User}
	case TransferOwner:
		return []UserID{c.NewOwner}
	case Handle:
		if c.Invitation {
			return nil
		}
		if r := m.lookup(c, m.now); r != nil {
			return []UserID{r.Applicant}
		}
		return []UserID{c.Applicant}
	}
	return nil
}

// profile is the group as a member sees it (spec 6.11).
func (m *Machine) profile(self UserID, now Millis) *Profile {
	// The profile and the caller's own part of it are one allocation.
	both := &struct {
		group Profile
		self  MemberProfile
	}{}
	p := &both.group
	*p = Profile{
		Group: m.group, Kind: m.kind, Settings: m.settings, Owner: m.owner,
		CreateTime: m.createTime, LastInfoTime: m.lastInfo, LastMessage: m.lastMessage,
		NextSeq: m.seq + 1, MemberCount: uint32(m.members.len()),
	}
	p.Settings.Mute = m.muteInForce(now)
	if m.kind.IsConnected() {
		p.AudienceCount, p.Likes = m.Audience(), m.likes.total
	}
	if self != "" {
		if member := m.members.get(self); member != nil {
			both.self = m.state.memberProfile(member, now)
			both.self.VisibleFrom = m.visibleFrom(member)
			p.Self = &both.self
		}
	}
	return p
}

func (m *Machine) profileOf(member *MemberState) MemberProfile {
	p := m.state.memberProfile(member, m.now)
	p.VisibleFrom = m.visibleFrom(member)
	return p
}

// visibleFrom is the lowest number a member may read (row 17, spec 19.17 e).
func (m *Machine) visibleFrom(member *MemberState) Seq {
	switch {
	case m.table.Of(m.kind).HistoryBeforeJoin:
		return 1
	case member.JoinTip:
		return member.JoinSeq
	}
	return member.JoinSeq + 1
}
