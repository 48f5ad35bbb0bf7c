package group

import "slices"

// state is a group. It is changed by change (apply.go) alone.
//
// Invariants (Machine.Check): the owner, where there is one, is a member with
// role Owner, and nobody else has that role; admins lists exactly the members
// with role Admin; in kinds with connected membership both may be absent and
// standing holds them; the owner is never muted by itself; ordinal ≤ seq;
// records are indexed as book says.
type state struct {
	exists    bool
	dismissed bool
	group     ID
	stream    StreamID
	kind      Kind
	settings  Settings
	owner     UserID
	// admins in order of appointment.
	admins []UserID

	createTime  Millis
	lastInfo    Millis
	lastMessage Millis
	// lastActive is the time of the last message or change of membership (spec 13).
	lastActive Millis
	// lastTime is the time of the newest journalled event.
	lastTime Millis

	position Position
	seq      Seq
	ordinal  uint64

	members roster
	// mutes outlive membership (spec 8.1); those that are over are left until swept.
	mutes     map[UserID]Millis
	mutesKept int
	records   book
	// standing keeps the owner and admins of a livestream while absent.
	standing map[UserID]*MemberState
	// guests of a livestream.
	guests int
}

func newState() state {
	return state{members: newRoster(), mutes: map[UserID]Millis{}, records: newBook(), standing: map[UserID]*MemberState{}}
}

// role is a user's role: a member's, or a standing one while absent.
func (s *state) role(u UserID) Role {
	if m := s.find(u); m != nil {
		return m.Role
	}
	return NoRole
}

// mutedUntil is the end of a user's own mute, 0 if it is over.
func (s *state) mutedUntil(u UserID, now Millis) Millis {
	if until := s.mutes[u]; until > now {
		return until
	}
	return 0
}

// muteInForce is the group mute, none if it is over.
func (s *state) muteInForce(now Millis) Mute {
	m := s.settings.Mute
	if m.Mode == MuteNone || (m.ExpiresAt != NoEnd && m.ExpiresAt <= now) {
		return Mute{}
	}
	return m
}

// mutesAll reports what mute_all shows (spec 6.11).
func (m Mute) mutesAll() bool { return m.Mode == MuteOrdinary || m.Mode == MuteAll }

// silences reports whether the mute keeps a role from sending (spec 8.2).
func (m Mute) silences(r Role) bool {
	switch m.Mode {
	case MuteOrdinary:
		return r >= Member
	case MuteAll:
		return true
	case MuteRoles:
		return slices.Contains(m.Roles, r)
	}
	return false
}

func (m Mute) equal(o Mute) bool {
	return m.Mode == o.Mode && m.ExpiresAt == o.ExpiresAt && slices.Equal(m.Roles, o.Roles)
}

// approvers are the owner and the admins, under owner_approval the owner
// alone unless there is none (spec 7.1, 7.5).
func (s *state) approvers() []UserID {
	var list []UserID
	if s.owner != "" {
		list = append(list, s.owner)
		if s.settings.Modes.JoinOption == OwnerApproval {
			return list
		}
	}
	return append(list, s.admins...)
}

// isApprover reports whether a user may handle applications by its role.
func (s *state) isApprover(u UserID) bool {
	switch s.role(u) {
	case Owner:
		return true
	case Admin:
		return s.owner == "" || s.settings.Modes.JoinOption != OwnerApproval
	}
	return false
}

// isFull reports whether nobody more may enter (spec 4.3).
func (s *state) isFull() bool {
	return s.settings.MaxMembers != 0 && s.members.len() >= int(s.settings.MaxMembers)
}

// memberProfile shows a member, or an absent owner or admin of a livestream.
func (s *state) memberProfile(m *MemberState, now Millis) MemberProfile {
	p := MemberProfile{
		User: m.User, Name: m.Name, Avatar: m.Avatar, Role: m.Role,
		JoinTime: m.JoinTime, LastSendTime: m.LastSend, MuteUntil: s.mutedUntil(m.User, now),
		NameCard: m.NameCard, CustomFields: m.Fields, Remind: m.Remind, JoinSeq: m.JoinSeq,
	}
	if p.Remind == 0 {
		p.Remind = AcceptNotify
	}
	return p
}

// find looks up a member, or an absent owner or admin of a livestream; nil if
// the user is neither.
func (s *state) find(u UserID) *MemberState {
	if m := s.members.get(u); m != nil {
		return m
	}
	return s.standing[u]
}

// card shows a user as stamped into tips and messages. What the shell knows
// now goes before what was known at joining.
func (m *MemberState) card(u UserID, f UserFact) Card {
	c := Card{User: u, Name: f.Name, Avatar: f.Avatar}
	if m != nil {
		// The roster's copy of the id, so that the one that came in is not kept.
		c.User, c.NameCard, c.Role = m.User, m.NameCard, m.Role
		if !f.Exists && f.Name == "" && f.Avatar == "" {
			c.Name, c.Avatar = m.Name, m.Avatar
		}
	}
	return c
}
