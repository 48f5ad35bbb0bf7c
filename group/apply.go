package group

import (
	"maps"
	"slices"
)

// Apply takes over an event from the journal. It is total: what was ever
// stored applies, whatever the table and limits are now. Seq and ordinal of
// livestreams are not taken over, because their numbers do not outlive the
// process that gave them (spec 10.2).
func (m *Machine) Apply(e *Event) {
	if m.exists && m.kind.IsConnected() {
		seq, ordinal := m.seq, m.ordinal
		m.change(e)
		m.seq, m.ordinal = seq, ordinal
	} else {
		m.change(e)
	}
	m.repeats.note(e, nil)
	m.repeats.forget(e.Time)
}

// Recall lets an event that the snapshot covers be recognised when its
// request is repeated, and changes nothing else.
func (m *Machine) Recall(e *Event) { m.repeats.note(e, nil) }

// change is the only code that writes the state.
func (m *Machine) change(e *Event) {
	s := &m.state
	if e.Position != 0 {
		s.position = e.Position
		s.lastTime = max(s.lastTime, e.Time)
		s.records.forget(e.Time - Millis(m.limits.ApplicationLife))
	}
	if e.Seq != 0 {
		s.seq, s.ordinal = e.Seq, e.Ordinal
	}
	m.now = max(m.now, e.Time)
	switch b := e.Body.(type) {
	case *Sent:
		s.sent(e, b)
	case *Liked:
		m.likes.add(b.User, int(b.Count), e.Time)
	case *Joined:
		s.joined(e, b)
	case *Left:
		s.left(e, b.Users, b.Folded)
	case *Kicked:
		s.left(e, b.Users, false)
	case *RoleChanged:
		s.setRole(b.User, b.User.Role)
	case *InfoChanged:
		s.infoChanged(e, b)
	case *MembersMuted:
		s.membersMuted(e, b)
	case *MemberChanged:
		s.memberChanged(b)
	case *RemindChanged:
		if member := s.members.edit(b.User); member != nil {
			member.Remind = b.Remind
		}
	case *Filed:
		r := b.Record
		s.records.put(&r)
	case *RecordChanged:
		r := b.Record
		s.records.put(&r)
	case *NoticeSent:
	case *Created:
		s.created(e, b)
		m.setWindow()
	case *Dismissed:
		s.dissolve(e)
		m.likes = likes{}
	}
}

func (s *state) created(e *Event, b *Created) {
	s.exists = true
	s.group, s.stream, s.kind = b.Group, b.Stream, b.Kind
	s.settings = b.Settings
	s.owner = b.Owner.User
	s.createTime, s.lastInfo, s.lastActive = e.Time, e.Time, e.Time
	owner := MemberState{User: b.Owner.User, Name: b.Owner.Name, Avatar: b.Owner.Avatar, Role: Owner}
	if b.Kind.IsConnected() {
		s.standing[owner.User] = &owner
	}
	if b.OwnerJoins {
		owner.JoinTime = e.Time
		s.members.add(owner)
	}
}

func (s *state) sent(e *Event, b *Sent) {
	s.lastMessage = e.Time
	s.lastActive = max(s.lastActive, e.Time)
	if member := s.members.edit(b.Sender.User); member != nil {
		member.LastSend = e.Time
		member.Name, member.Avatar = b.Sender.Name, b.Sender.Avatar
	}
}

func (s *state) joined(e *Event, b *Joined) {
	if b.Folded {
		return
	}
	s.lastActive = max(s.lastActive, e.Time)
	for i := range b.Users {
		u := &b.Users[i]
		if s.members.get(u.User) != nil {
			continue
		}
		member := MemberState{
			User: u.User, Name: u.Name, Avatar: u.Avatar, NameCard: u.NameCard, Fields: u.CustomFields,
			JoinTime: e.Time, JoinSeq: s.seq, JoinTip: e.Seq != 0, Role: u.Role,
		}
		if kept := s.standing[u.User]; kept != nil {
			member.Role, member.NameCard, member.Fields = kept.Role, kept.NameCard, kept.Fields
		}
		if member.Role == NoRole {
			member.Role = Member
		}
		s.members.add(member)
		if member.Role == Admin && !slices.Contains(s.admins, u.User) {
			s.admins = append(s.admins, u.User)
		}
	}
}

// left takes users out. Owner and admins of a livestream keep their role.
func (s *state) left(e *Event, users []Card, folded bool) {
	if folded {
		return
	}
	s.lastActive = max(s.lastActive, e.Time)
	for i := range users {
		u := users[i].User
		s.members.remove(u)
		if s.kind.IsConnected() {
			continue
		}
		s.dropAdmin(u)
		if s.owner == u {
			s.owner = ""
		}
	}
}

func (s *state) dropAdmin(u UserID) {
	// A new slice: profiles and snapshots may hold the old one.
	if i := slices.Index(s.admins, u); i >= 0 {
		s.admins = slices.Concat(s.admins[:i], s.admins[i+1:])
	}
}

// setRole gives a role other than Owner.
func (s *state) setRole(c Card, r Role) {
	u := c.User
	if member := s.members.edit(u); member != nil {
		member.Role = r
	}
	if r != Admin {
		s.dropAdmin(u)
		delete(s.standing, u)
		return
	}
	if !slices.Contains(s.admins, u) {
		s.admins = append(slices.Clip(s.admins), u)
	}
	if s.kind.IsConnected() && s.standing[u] == nil {
		s.standing[u] = &MemberState{User: u, Name: c.Name, Avatar: c.Avatar, NameCard: c.NameCard, Role: r}
	}
}

func (s *state) infoChanged(e *Event, b *InfoChanged) {
	s.lastInfo = e.Time
	set := &s.settings
	for i := range b.Changes {
		c := &b.Changes[i]
		switch c.Field {
		case FieldAvatar:
			set.Avatar = c.Value
		case FieldName:
			set.Name = c.Value
		case FieldAnnouncement:
			set.Announcement = c.Value
		case FieldIntroduction:
			set.Introduction = c.Value
		case FieldMaxMembers:
			set.MaxMembers = b.MaxMembers
		case FieldCustomFields:
			set.CustomFields = mergeFields(set.CustomFields, c.Fields)
		case FieldOwner:
			s.passOn(b)
		}
	}
	if b.Modes != nil {
		set.Modes = *b.Modes
	}
	if b.Mute != nil {
		set.Mute = *b.Mute
	}
}

// passOn makes the new owner (spec 6.7); its own mute ends (spec 8.1).
func (s *state) passOn(b *InfoChanged) {
	if old := s.members.edit(b.OldOwner); old != nil {
		old.Role = Member
	}
	delete(s.standing, b.OldOwner)
	u := b.Owner.User
	s.owner = u
	s.dropAdmin(u)
	delete(s.mutes, u)
	if member := s.members.edit(u); member != nil {
		member.Role = Owner
	}
	if s.kind.IsConnected() && u != "" {
		s.standing[u] = &MemberState{User: u, Name: b.Owner.Name, Avatar: b.Owner.Avatar, NameCard: b.Owner.NameCard, Role: Owner}
	}
}

func (s *state) membersMuted(e *Event, b *MembersMuted) {
	for _, u := range b.Users {
		if u.Until == 0 {
			delete(s.mutes, u.User)
		} else {
			s.mutes[u.User] = u.Until
		}
	}
	if len(s.mutes) > 2*s.mutesKept+64 {
		maps.DeleteFunc(s.mutes, func(_ UserID, until Millis) bool { return until <= e.Time })
		s.mutesKept = len(s.mutes)
	}
}

func (s *state) memberChanged(b *MemberChanged) {
	for _, member := range [...]*MemberState{s.members.edit(b.User), s.standing[b.User]} {
		if member == nil {
			continue
		}
		if b.NameCard != nil {
			member.NameCard = *b.NameCard
		}
		if len(b.Fields) > 0 {
			member.Fields = mergeFields(member.Fields, b.Fields)
		}
	}
}

// dissolve ends the group with all its pending records (spec 6.2, 7.5).
func (s *state) dissolve(e *Event) {
	for _, old := range s.records.allPending() {
		r := *old
		r.UpdatedAt = e.Time
		if r.ExpiresAt <= e.Time {
			r.State = StateExpired
		} else {
			r.State, r.CloseReason = StateClosed, CloseGroupDismissed
		}
		s.records.put(&r)
	}
	s.dismissed = true
	s.owner, s.admins, s.guests = "", nil, 0
	s.members = newRoster()
	s.mutes, s.standing = map[UserID]Millis{}, map[UserID]*MemberState{}
}
